// eth_simulateV1: blocks of calls, one after the other, on what the ones before left. Nothing is checked or paid.

import { Fields, under } from '../input/fields.ts'
import { hexOf } from '../input/hex.ts'
import { MAX_RPC_ITEMS, MAX_SIMULATED_BLOCKS } from '../limits.ts'
import { overridden, overriddenEnv } from '../simulate/overrides.ts'
import { encodeRequest, senderOf, type TxRequest } from '../simulate/request.ts'
import { State } from '../state/state.ts'
import type { CallEnd, CallStart, Tracer, TraceSwitches } from '../trace/tracer.ts'
import type { Address, BlockEnv, Hex, Log, TxOutcome } from '../types.ts'
import { type Chain, type ChainBlock, hashOf, type MinedTransaction, priceOf } from './chain.ts'
import { knownBlock, type Method } from './place.ts'
import {
  blockJson,
  logJson,
  quantityJson,
  readBlockOverrides,
  readRequest,
  readStateOverride,
  refuseParam,
  wordJson,
} from './read.ts'

/** Seconds from a block to the next. */
const SLOT = 12n
/** Who logs a transfer of ether, where those are told as if it were a token (ERC-7528). */
const ETHER: Address = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'
/** keccak of Transfer(address,address,uint256). */
const TRANSFER: Hex = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

/** The logs of each transaction, and its transfers of ether as logs among them. */
class Transfers implements Tracer {
  readonly switches: TraceSwitches = { logs: true }
  readonly logs: Log[][] = []
  /** How many logs there were when a frame began: one that fails takes its own along. */
  readonly #before: number[] = []

  begin(): void {
    this.logs.push([])
  }

  enter({ type, from, to, value }: CallStart): void {
    const logs = this.logs.at(-1)!
    this.#before.push(logs.length)
    if (value === 0n || type === 'DELEGATECALL' || type === 'CALLCODE') return
    const topics = [TRANSFER, ...[from, to].map(address => wordJson(BigInt(address)))]
    logs.push({ address: ETHER, topics, data: wordBytes(value) })
  }

  exit({ status }: CallEnd): void {
    const before = this.#before.pop()!
    if (status !== 'success') this.logs.at(-1)!.length = before
  }

  log(log: Log): void {
    this.logs.at(-1)!.push({ ...log, data: log.data.slice() })
  }
}

function wordBytes(value: bigint): Uint8Array {
  return Uint8Array.from(wordJson(value).slice(2).match(/../g)!, byte => Number.parseInt(byte, 16))
}

/** Blocks that are simulated, on a state of their own. */
class Simulated {
  readonly #chain: Chain
  readonly #options: Fields
  #state: State
  #last: ChainBlock

  constructor(chain: Chain, options: Fields, base: ChainBlock) {
    this.#chain = chain
    this.#options = options
    this.#state = new State(chain.at(base))
    this.#last = base
  }

  /** The next block with its calls. */
  async next(given: Fields): Promise<unknown> {
    const overrides = readStateOverride(given.raw('stateOverrides'), given.at('stateOverrides'))
    const source = await overridden(this.#state, overrides)
    this.#state = source instanceof State ? source : new State(source)
    const env = this.#envOf(given)
    const calls = given
      .array('calls', MAX_RPC_ITEMS, 'MAX_RPC_ITEMS')
      .map((call, i) => readRequest(new Fields(call, under(given.at('calls'), i))))
    const transfers = this.#options.flag('traceTransfers', false) ? new Transfers() : undefined
    const signed = await this.#encoded(calls, env)
    const { results, diff } = await this.#chain.engine.simulate({
      calls,
      env,
      source: this.#state,
      ...(transfers && { tracer: transfers }),
    })
    this.#state.apply(diff)
    const outcomes = results.map((outcome, i) => (transfers ? { ...outcome, logs: transfers.logs[i]! } : outcome))
    const block = this.#blockOf(env, calls.map(senderOf), signed, outcomes)
    this.#last = block
    this.#state.setBlockHash(env.number, block.hash)
    const isWhole = this.#options.flag('returnFullTransactions', false)
    return { ...blockJson(block, isWhole), calls: block.transactions.map(tx => callJson(block, tx)) }
  }

  #envOf(given: Fields): BlockEnv {
    const last = this.#last.env
    const usual = this.#chain.envAfter(this.#last, { timestamp: last.timestamp + SLOT, baseFee: 0n })
    const overrides = readBlockOverrides(new Fields(given.raw('blockOverrides') ?? {}, given.at('blockOverrides')))
    const env = this.#chain.envAfter(this.#last, overriddenEnv(usual, overrides))
    if (env.number <= last.number) refuseParam('number', `a block after ${last.number}`, String(env.number))
    if (env.timestamp <= last.timestamp) refuseParam('time', `a time after ${last.timestamp}`, String(env.timestamp))
    return env
  }

  /** Calls as transactions with the nonces that they would have. */
  async #encoded(calls: readonly TxRequest[], env: BlockEnv): Promise<Uint8Array[]> {
    const sent = new Map<Address, bigint>()
    const encoded: Uint8Array[] = []
    for (const request of calls) {
      const from = senderOf(request)
      const nonce = sent.get(from) ?? (await this.#state.account(from))?.nonce ?? 0n
      sent.set(from, nonce + 1n)
      encoded.push(encodeRequest(request, request.gas ?? env.gasLimit, env.chainId, { nonce, seal: from }))
    }
    return encoded
  }

  #blockOf(
    env: BlockEnv,
    senders: readonly Address[],
    signed: readonly Uint8Array[],
    outcomes: readonly TxOutcome[],
  ): ChainBlock {
    let [cumulativeGas, firstLog] = [0n, 0]
    const transactions = outcomes.map((outcome, index): MinedTransaction => {
      const json = this.#chain.read(signed[index]!, senders[index]!)
      cumulativeGas += outcome.gasUsed
      const place = { index, cumulativeGas, firstLog, gasPrice: priceOf(json, env.baseFee) }
      firstLog += outcome.logs.length
      return { json, signed: signed[index]!, sender: json.from, outcome, ...place }
    })
    if (cumulativeGas > env.gasLimit) refuseParam('calls', `at most ${env.gasLimit} gas in a block`, `${cumulativeGas}`)
    const hashes = transactions.map(({ json }) => json.hash)
    return { env, hash: hashOf(env, hashes), gasUsed: cumulativeGas, transactions, height: 0 }
  }
}

/** What a call came to, as execution-apis has it. */
function callJson(block: ChainBlock, tx: MinedTransaction): unknown {
  const { status, gasUsed, output, logs, haltReason } = tx.outcome
  const data = hexOf(output)
  const isSuccess = status === 'success'
  const error =
    status === 'revert' ? { code: 3, message: 'execution reverted', data } : { code: -32015, message: haltReason }
  return {
    status: isSuccess ? '0x1' : '0x0',
    gasUsed: quantityJson(gasUsed),
    returnData: data,
    logs: logs.map((log, i) => logJson({ ...log, block, tx, index: tx.firstLog + i })),
    ...(!isSuccess && { error }),
  }
}

const simulateBlocks: Method = async (chain, params) => {
  const options = params.fields(0)
  if (options.flag('validation', false)) {
    options.refuse('validation', 'false: what is simulated is neither checked nor paid')
  }
  const simulated = new Simulated(chain, options, knownBlock(chain, params.raw(1)))
  const blocks: unknown[] = []
  for (const [i, item] of options.array('blockStateCalls', MAX_SIMULATED_BLOCKS, 'MAX_SIMULATED_BLOCKS').entries()) {
    blocks.push(await simulated.next(new Fields(item, under(options.at('blockStateCalls'), i))))
  }
  return blocks
}

/** Methods that simulate. */
export const SIMULATING: Readonly<Record<string, Method>> = { eth_simulateV1: simulateBlocks }
