// What a node can say beforehand of messages and of a block: the calls that ask it, and the keys that their answers lead to. The node's
// word is a hint, so an answer that is an error, or something else than expected, says nothing.

import type { StateKey } from '../errors.ts'
import { Fields, readAddress, readQuantity, under } from '../input/fields.ts'
import { hexOf } from '../input/hex.ts'
import type { Address, Foreseen, Hex } from '../types.ts'
import { quantityHex } from './alloc.ts'
import { addressesIn, addressIn, contractKeys, messagesIn } from './named.ts'
import type { RpcAnswer, RpcCall } from './rpc-client.ts'

/** What is going to be needed. */
export interface Outlook {
  keys: StateKey[]
  /** Messages that may be made on the way: what they touch is worth another question. */
  messages: Foreseen[]
  /** Messages of which the node gave no list. */
  refused: Foreseen[]
}

/** Nothing is known. */
export const NO_OUTLOOK: Outlook = { keys: [], messages: [], refused: [] }

/** Tells accounts and slots as they were before. */
const PRESTATE = { tracer: 'prestateTracer', tracerConfig: { disableCode: true } }
/** Keys and transactions of one answer at most. */
const MAX_KEYS = 1_000_000
/** Accounts that one transaction is taken to need beyond what the node lists, and all of them, and messages that these make. */
const MAX_NAMED = 16
const MAX_BEYOND = 128
const MAX_MESSAGES = 256

/** What a node is asked about. */
export interface Subject {
  messages?: readonly Foreseen[]
  /** Messages that it has refused a list of. */
  refused?: readonly Foreseen[]
  /** The block whose transactions `messages` are. */
  block?: Hex
}

/** A question to a node about what is going to run. */
export class Inquiry {
  readonly calls: readonly RpcCall[]
  readonly #messages: readonly Foreseen[]
  /** Calls of each message. */
  readonly #lists: readonly (readonly RpcCall[])[]
  readonly #traces: number
  readonly #hasBlock: boolean

  /** On the state of block `at`. */
  constructor(at: Hex, { messages = [], refused = [], block }: Subject) {
    this.#messages = messages
    this.#lists = messages.map(message => listCalls(message, at))
    this.#traces = refused.length
    this.#hasBlock = block !== undefined
    this.calls = [
      ...refused.map(message => traceCall(message, at)),
      ...(block === undefined ? [] : blockCalls(block)),
      ...this.#lists.flat(),
    ]
  }

  /** What the answers to `calls` say. */
  read(answers: readonly RpcAnswer[]): Outlook {
    const rest = answers.slice(this.#traces)
    const [trace, receipts] = this.#hasBlock ? rest.splice(0, 2) : []
    const traced = said(trace, blockTraceKeys)
    const outcomes = said(receipts, outcomesIn) ?? []
    const keys = [...answers.slice(0, this.#traces).flatMap(answer => said(answer, traceKeys) ?? []), ...(traced ?? [])]
    const outlook: Outlook = { keys, messages: [], refused: [] }
    const beyond = new Set<Address>()
    for (const [i, message] of this.#messages.entries()) {
      const lists = rest.splice(0, this.#lists[i]!.length).flatMap(answer => said(answer, readList) ?? [])
      keys.push(...lists.flatMap(list => list.keys))
      if (traced) continue
      if (lists.length === 0) outlook.refused.push(message)
      lookBeyond(message, lists, outcomes[i], { beyond, messages: outlook.messages })
    }
    for (const address of beyond) keys.push(...contractKeys(address))
    return outlook
  }
}

/** A transaction that goes another way in its block than on the state before: what it names is likely to be there. */
function lookBeyond(
  { to, input }: Foreseen,
  lists: readonly ReadList[],
  outcome: TxFacts | undefined,
  { beyond, messages }: { beyond: Set<Address>; messages: Foreseen[] },
): void {
  const listed = new Set(lists.flatMap(({ addresses }) => addresses))
  const hasPassed = lists.some(({ passed }) => passed)
  const emitters = outcome?.emitters ?? []
  if (to === undefined || input === undefined || outcome?.passed === false) return
  if (hasPassed && emitters.every(address => listed.has(address))) return
  const others = [...(outcome?.named ?? []), ...addressesIn(input)].filter(address => !listed.has(address))
  // Those who wrote logs did more than the list says, where it has them.
  const named = [...new Set([...emitters, ...others])].slice(0, MAX_NAMED)
  const inside = messagesIn(input)
  for (const address of named) {
    if (beyond.size < MAX_BEYOND) beyond.add(address)
    for (const data of inside) {
      if (messages.length < MAX_MESSAGES) messages.push({ from: to, to: address, input: data })
    }
  }
}

/** Ask what a block's transactions touched, and how they went. */
function blockCalls(block: Hex): RpcCall[] {
  return [
    ['debug_traceBlockByHash', [block, PRESTATE]],
    ['eth_getBlockReceipts', [block]],
  ]
}

/**
 * Asks what a message touches on the state of block `at`. With its price, which contracts may go by, and its gas; and without a price and with
 * more gas, since on this state its sender may not be able to pay, or its gas not suffice.
 */
function listCalls(message: Foreseen, at: Hex): RpcCall[] {
  const { gas, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = message
  const limits = quantities({ gas, gasPrice, maxFeePerGas, maxPriorityFeePerGas })
  const hasCode = message.input !== undefined && message.input.length > 0
  const variants = hasCode && gas ? [limits, quantities({ gas: gas + gas / 4n })] : [quantities({ gas })]
  return variants.map(limits => ['eth_createAccessList', [{ ...messageJson(message), ...limits }, { blockHash: at }]])
}

/** Asks the same of a node that gives no list of what is reverted, and has debug_ methods. */
function traceCall(message: Foreseen, at: Hex): RpcCall {
  return ['debug_traceCall', [messageJson(message), { blockHash: at }, PRESTATE]]
}

function messageJson({ from, to, input, value }: Foreseen): Record<string, Hex> {
  return { ...(from && { from }), ...(to && { to }), ...(input && { data: hexOf(input) }), ...quantities({ value }) }
}

/** Quantities as JSON-RPC has them; those that are absent or zero are left out. */
function quantities(amounts: Readonly<Record<string, bigint | undefined>>): Record<string, Hex> {
  return Object.fromEntries(
    Object.entries(amounts).flatMap(([name, amount]) => (amount ? [[name, quantityHex(amount)]] : [])),
  )
}

/** What an answer says; undefined where it is an error, or something else. */
function said<T>(answer: RpcAnswer | undefined, read: (whole: Fields) => T): T | undefined {
  if (!answer || 'error' in answer) return undefined
  try {
    return read(new Fields({ answer: answer.result }, { file: 'answer', path: '' }))
  } catch {
    return undefined
  }
}

interface ReadList {
  keys: StateKey[]
  addresses: Address[]
  passed: boolean
}

/** The answer of eth_createAccessList. */
function readList(whole: Fields): ReadList {
  const answer = whole.fields('answer')
  const entries = answer.array('accessList', MAX_KEYS, 'keys').map((item, i) => {
    const entry = new Fields(item, under(answer.at('accessList'), i))
    return [entry.address('address'), entry.array('storageKeys', MAX_KEYS, 'keys')] as const
  })
  return {
    keys: entries.flatMap(([address, slots]) => keysOf(address, slots)),
    addresses: entries.map(([address]) => address),
    passed: !answer.has('error'),
  }
}

/** What receipts tell of a transaction. */
interface TxFacts {
  passed: boolean
  /** Who wrote logs. */
  emitters: Address[]
  /** Addresses that these have as topics. */
  named: Address[]
}

/** The answer of eth_getBlockReceipts. */
function outcomesIn(whole: Fields): TxFacts[] {
  return whole.array('answer', MAX_KEYS, 'receipts').map((item, i) => {
    const receipt = new Fields(item, under(whole.at('answer'), i))
    const logs = receipt.array('logs', MAX_KEYS, 'logs').map(log => new Fields(log, receipt.at('logs')))
    const topics = logs.flatMap(log => log.array('topics', 4, 'topics').slice(1))
    return {
      passed: !receipt.has('status') || receipt.u64('status') === 1n,
      emitters: logs.map(log => log.address('address')),
      named: topics.flatMap(topic => addressIn(readQuantity(topic, receipt.at('logs'), 32)) ?? []),
    }
  })
}

/** The prestate tracer's answer of a block: what `result` tells of each transaction. */
function blockTraceKeys(whole: Fields): StateKey[] {
  return whole.array('answer', MAX_KEYS, 'transactions').flatMap((item, i) => {
    return prestateKeys(new Fields(item, under(whole.at('answer'), i)), 'result')
  })
}

/** The same of one message. */
function traceKeys(whole: Fields): StateKey[] {
  return prestateKeys(whole, 'answer')
}

/** The accounts of a prestate, with the slots under `storage`. */
function prestateKeys(whole: Fields, name: string): StateKey[] {
  return whole.entries(name).flatMap(([address, account]) => {
    const slots = new Fields(account, whole.at(name)).entries('storage')
    return keysOf(
      readAddress(address, whole.at(name)),
      slots.map(([key]) => key),
    )
  })
}

function keysOf(address: Address, slots: readonly unknown[]): StateKey[] {
  const storage = slots.map((slot): StateKey => {
    return { kind: 'storage', address, key: readQuantity(slot, { file: '', path: '' }, 32) }
  })
  return [{ kind: 'account', address }, ...storage]
}
