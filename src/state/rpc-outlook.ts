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
}

/** Keys and transactions of one answer at most. */
const MAX_KEYS = 1_000_000
/** Addresses that are looked for in one transaction, and messages in it. */
const MAX_NAMED = 16
const MAX_EMBEDDED = 4
/** Messages that a block's transactions are taken to make, and accounts that they are taken to need beyond what the node lists. */
const MAX_MESSAGES = 256
const MAX_BEYOND = 128

/** A question to a node about what is going to run. */
export class Inquiry {
  readonly calls: readonly RpcCall[]
  readonly #messages: readonly Foreseen[]
  /** Calls of each message. */
  readonly #lists: readonly (readonly RpcCall[])[]
  readonly #block: readonly RpcCall[]

  /** About messages on the state of block `at`; they are the transactions of `block`, where that is given. */
  constructor(at: Hex, messages: readonly Foreseen[], block?: Hex) {
    this.#messages = messages
    this.#lists = messages.map(message => listCalls(message, at))
    this.#block = block === undefined ? [] : blockCalls(block)
    this.calls = [...this.#block, ...this.#lists.flat()]
  }

  /** What the answers to `calls` say. */
  read(answers: readonly RpcAnswer[]): Outlook {
    const [trace, receipts] = this.#block.length > 0 ? answers : []
    const traced = said(trace, tracedKeys)
    const outlook: Outlook = { keys: traced ?? [], messages: [] }
    const beyond = new Set<Address>()
    const outcomes = said(receipts, outcomesIn) ?? []
    let at = this.#block.length
    for (const [i, message] of this.#messages.entries()) {
      const given = answers.slice(at, at + this.#lists[i]!.length)
      at += given.length
      const lists = given.flatMap(answer => said(answer, readList) ?? [])
      outlook.keys.push(...lists.flatMap(({ keys }) => keys))
      if (!traced) lookBeyond(message, lists, outcomes[i], { beyond, messages: outlook.messages })
    }
    for (const address of beyond) outlook.keys.push(...contractKeys(address))
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
  const others = [...(outcome?.named ?? []), ...addressesIn(input, MAX_NAMED)].filter(address => !listed.has(address))
  // Those who wrote logs were more than asked, if they are listed.
  const named = [...new Set([...emitters, ...others])].slice(0, MAX_NAMED)
  const inside = messagesIn(input, MAX_EMBEDDED)
  for (const address of named) {
    if (beyond.size < MAX_BEYOND) beyond.add(address)
    for (const data of inside) {
      if (messages.length < MAX_MESSAGES) messages.push({ from: to, to: address, input: data })
    }
  }
}

/** How a block's transactions went, and what else there was. */
function blockCalls(block: Hex): RpcCall[] {
  const options = { tracer: 'prestateTracer', tracerConfig: { disableCode: true } }
  return [
    ['debug_traceBlockByHash', [block, options]],
    ['eth_getBlockReceipts', [block]],
  ]
}

/**
 * Asks what a message touches on the state of block `at`. With its price, which contracts may go by; and without, since on this state its
 * sender may not be able to pay it.
 */
function listCalls({ from, to, input, ...amounts }: Foreseen, at: Hex): RpcCall[] {
  const { value, gas, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = amounts
  const message = {
    ...(from && { from }),
    ...(to && { to }),
    ...(input && { data: hexOf(input) }),
    ...quantities({ value, gas }),
  }
  const fees = quantities({ gasPrice, maxFeePerGas, maxPriorityFeePerGas })
  const isPriced = Object.keys(fees).length > 0 && input !== undefined && input.length > 0
  const variants = isPriced ? [{ ...message, ...fees }, message] : [message]
  return variants.map(variant => ['eth_createAccessList', [variant, { blockHash: at }]])
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

/** The prestate tracer's answer: per transaction the accounts, with the slots under `storage`. */
function tracedKeys(whole: Fields): StateKey[] {
  return whole.array('answer', MAX_KEYS, 'transactions').flatMap((item, i) => {
    const result = new Fields(item, under(whole.at('answer'), i))
    return result.entries('result').flatMap(([address, account]) => {
      const slots = new Fields(account, result.at('result')).entries('storage')
      return keysOf(
        readAddress(address, result.at('result')),
        slots.map(([key]) => key),
      )
    })
  })
}

function keysOf(address: Address, slots: readonly unknown[]): StateKey[] {
  const storage = slots.map((slot): StateKey => {
    return { kind: 'storage', address, key: readQuantity(slot, { file: '', path: '' }, 32) }
  })
  return [{ kind: 'account', address }, ...storage]
}
