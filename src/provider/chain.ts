// A chain of one's own for tests and what-ifs: transactions are executed when a block is mined, one block for each or when it is told
// to. Its blocks have hashes but no roots (zeros), no seal, and no system calls: what is exact is what transactions do.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { LONDON } from '../abi.ts'
import type { Chain as ChainRuleset } from '../chain/chain.ts'
import { createEnv } from '../chain/env.ts'
import { forkByName } from '../chain/forks.ts'
import { INITIAL_BASE_FEE, nextBaseFee } from '../chain/header.ts'
import { Crypto } from '../crypto/crypto.ts'
import { InputError, InvalidTransactionError } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import { readTransaction, type TransactionJson } from '../signed.ts'
import { encodeRequest, type TxRequest } from '../simulate/request.ts'
import type { AccessListResult, SimulateOptions, Simulation, SimulationOptions } from '../simulate/simulate.ts'
import type { State } from '../state/state.ts'
import type { Tracer } from '../trace/tracer.ts'
import type { TxOptions, TxResult } from '../tx.ts'
import type { Address, BlockEnv, Hex, Log } from '../types.ts'

/** What a chain asks of an engine: a part of `Weft`. */
export interface ChainEngine {
  runTx(signed: Uint8Array, options: TxOptions): Promise<TxResult>
  simulate(options: SimulateOptions): Promise<Simulation>
  estimateGas(request: TxRequest, options: SimulationOptions): Promise<bigint>
  createAccessList(request: TxRequest, options: SimulationOptions): Promise<AccessListResult>
}

/** A transaction that waits, or is in a block. */
export interface ChainTransaction {
  json: TransactionJson
  signed: Uint8Array
  /** Taken for its signer: it was sent by an account of this chain. */
  sender: Address | undefined
}

/** A transaction in a block, and what it came to. */
export interface MinedTransaction extends ChainTransaction {
  outcome: TxResult
  index: number
  /** Of the block up to this transaction. */
  cumulativeGas: bigint
  /** Index in the block of its first log. */
  firstLog: number
  gasPrice: bigint
}

/** A block of the chain. */
export interface ChainBlock {
  env: BlockEnv
  hash: Hex
  gasUsed: bigint
  transactions: MinedTransaction[]
  /** Height of the state after it. */
  height: number
}

interface Snapshot {
  state: number
  blocks: number
  pending: ChainTransaction[]
}

/** The chain. */
export class Chain {
  readonly engine: ChainEngine
  readonly state: State
  /** Blocks since the beginning; the first is the one that the state is of. */
  readonly blocks: ChainBlock[]
  readonly mined: Map<Hex, { block: ChainBlock; tx: MinedTransaction }> = new Map()
  readonly accounts: Set<Address>
  readonly #crypto = new Crypto()
  readonly #snapshots: Snapshot[] = []
  /** The state's snapshot of when the chain began. */
  #beginning: number
  pending: ChainTransaction[] = []
  isAutomatic = true
  /** Values of the next block, where they were told. */
  next: Partial<BlockEnv> = {}
  /** Seconds added to the time of the next blocks. */
  shift = 0n
  /** Seconds from each block to the next, instead of what the clock says. */
  interval: bigint | undefined

  readonly #rules: ChainRuleset | undefined

  /** `rules`: which forks its blocks have; without them that of `env`. */
  constructor(
    engine: ChainEngine,
    state: State,
    env: BlockEnv,
    { accounts, rules }: { accounts: readonly Address[]; rules?: ChainRuleset | undefined },
  ) {
    this.#rules = rules
    this.engine = engine
    this.state = state
    this.accounts = new Set(accounts)
    this.blocks = [{ env, hash: hashOf(env, []), gasUsed: 0n, transactions: [], height: state.height }]
    state.setBlockHash(env.number, this.blocks[0]!.hash)
    this.#beginning = state.snapshot()
  }

  get head(): ChainBlock {
    return this.blocks.at(-1)!
  }

  /** The environment of the next block. */
  nextEnv(): BlockEnv {
    const { env, gasUsed, hash } = this.head
    const now = BigInt(Math.floor(Date.now() / 1000)) + this.shift
    const { gasLimit, baseFee } = env
    const next = {
      ...env,
      number: env.number + 1n,
      timestamp: this.interval !== undefined ? env.timestamp + this.interval : later(now, env.timestamp),
      parentHash: hash,
      baseFee: baseFee === 0n ? 0n : nextBaseFee({ gasLimit, gasUsed, baseFee }),
      ...this.next,
    }
    return this.#rules ? this.#ruled(this.#rules, next) : next
  }

  /** The block with the fork and blob parameters that it has on its chain; the first one of London has a base fee (EIP-1559). */
  #ruled(rules: ChainRuleset, next: BlockEnv): BlockEnv {
    const { number, timestamp } = next
    const { fork, blobMax, blobUpdateFraction } = createEnv(rules, { number, timestamp })
    const isFirst = forkByName(this.head.env.fork).rules < LONDON && forkByName(fork).rules >= LONDON
    const baseFee = isFirst && this.next.baseFee === undefined ? INITIAL_BASE_FEE : next.baseFee
    return { ...next, fork, blobMax, blobUpdateFraction, baseFee }
  }

  /** State after a block, and the block. */
  at(block: ChainBlock): State {
    return block === this.head ? this.state : this.state.at(block.height)
  }

  /** Takes a signed transaction; it is mined at once unless that was switched off. Throws what makes it invalid. */
  async send(signed: Uint8Array): Promise<Hex> {
    await this.#crypto.load('secp256k1')
    return this.#take({ json: readTransaction(signed, this.#crypto), signed, sender: undefined })
  }

  /** Takes an unsigned transaction of one of the chain's accounts. */
  async sendFrom(request: TxRequest & { from: Address }, nonce: bigint): Promise<Hex> {
    if (!this.accounts.has(request.from)) {
      const expected = 'an account of this chain, or an impersonated one'
      throw new InputError({ field: 'from', expected, found: request.from })
    }
    const { env } = this.head
    const on = { env: this.nextEnv(), source: this.state }
    const gas = request.gas ?? (await this.engine.estimateGas(request, on))
    const fee = request.maxFeePerGas ?? request.gasPrice ?? on.env.baseFee * 2n
    const priced =
      request.gasPrice === undefined
        ? { maxFeePerGas: fee, maxPriorityFeePerGas: request.maxPriorityFeePerGas ?? 0n }
        : {}
    const signed = encodeRequest({ ...request, ...priced }, gas, env.chainId, { nonce, seal: request.from })
    const json = readTransaction(signed, this.#crypto, request.from)
    return this.#take({ json, signed, sender: request.from })
  }

  async #take(tx: ChainTransaction): Promise<Hex> {
    this.pending.push(tx)
    if (!this.isAutomatic) return tx.json.hash
    try {
      await this.mine()
    } catch (error) {
      this.pending = this.pending.filter(other => other !== tx)
      throw error
    }
    return tx.json.hash
  }

  /** Mines what is pending. A transaction that is invalid by now is dropped; throws where it is the only one. */
  async mine(): Promise<ChainBlock> {
    const env = this.nextEnv()
    const [waiting, transactions] = [this.pending, [] as MinedTransaction[]]
    let [gasUsed, logs] = [0n, 0]
    for (const tx of waiting) {
      const outcome = await this.#execute(tx, { ...env, gasLimit: env.gasLimit - gasUsed }, waiting.length === 1)
      if (!outcome) continue
      this.state.apply(outcome.diff)
      gasUsed += outcome.gasUsed
      const place = { index: transactions.length, cumulativeGas: gasUsed, firstLog: logs }
      transactions.push({ ...tx, outcome, ...place, gasPrice: priceOf(tx.json, env.baseFee) })
      logs += outcome.logs.length
    }
    this.pending = this.pending.filter(tx => !waiting.includes(tx))
    this.next = {}
    const hash = hashOf(
      env,
      transactions.map(({ json }) => json.hash),
    )
    const block = { env, hash, gasUsed, transactions, height: this.state.height }
    this.blocks.push(block)
    this.state.setBlockHash(env.number, hash)
    for (const tx of transactions) this.mined.set(tx.json.hash, { block, tx })
    return block
  }

  async #execute(tx: ChainTransaction, env: BlockEnv, isOnly: boolean): Promise<TxResult | undefined> {
    try {
      const sender = tx.sender && { sender: tx.sender }
      return await this.engine.runTx(tx.signed, { env, source: this.state, ...sender })
    } catch (error) {
      if (!(error instanceof InvalidTransactionError)) throw error
      if (isOnly && this.isAutomatic) throw error
      return undefined
    }
  }

  /** Runs a mined transaction again with a tracer, on the state that it ran on. */
  async trace({ block, tx }: { block: ChainBlock; tx: MinedTransaction }, tracer: Tracer): Promise<TxResult> {
    const source = this.state.at(block.height - block.transactions.length + tx.index)
    const env = { ...block.env, gasLimit: block.env.gasLimit - (tx.cumulativeGas - tx.outcome.gasUsed) }
    return this.engine.runTx(tx.signed, { env, source, tracer, ...(tx.sender && { sender: tx.sender }) })
  }

  /** A number to go back to this chain with. */
  snapshot(): number {
    return this.#snapshots.push({
      state: this.state.snapshot(),
      blocks: this.blocks.length,
      pending: [...this.pending],
    })
  }

  /** Goes back to a snapshot; false: there is none of that number. */
  revert(number: number): boolean {
    const snapshot = this.#snapshots[number - 1]
    if (!snapshot || !this.state.revert(snapshot.state)) return false
    this.#snapshots.length = number - 1
    for (const { transactions } of this.blocks.splice(snapshot.blocks)) {
      for (const { json } of transactions) this.mined.delete(json.hash)
    }
    this.pending = snapshot.pending
    return true
  }

  /** Goes back to the first block, and forgets all that was set since, but for accounts. */
  reset(): void {
    this.state.revert(this.#beginning)
    this.#beginning = this.state.snapshot()
    this.blocks.length = 1
    this.#snapshots.length = 0
    this.mined.clear()
    this.pending = []
    this.next = {}
    this.shift = 0n
    this.interval = undefined
  }
}

function later(now: bigint, before: bigint): bigint {
  return now > before ? now : before + 1n
}

/** What a transaction pays per gas. */
function priceOf(json: TransactionJson, baseFee: bigint): bigint {
  if (json.gasPrice !== undefined) return BigInt(json.gasPrice as Hex)
  const [most, tip] = [BigInt(json.maxFeePerGas as Hex), BigInt(json.maxPriorityFeePerGas as Hex)]
  return baseFee + tip < most ? baseFee + tip : most
}

/** Not the hash of a header, of which the roots are missing, but as good as one to name the block by. */
function hashOf(env: BlockEnv, transactions: readonly Hex[]): Hex {
  const parts = [env.parentHash, env.number, env.timestamp, env.chainId, ...transactions].join()
  return hexOf(keccak_256(new TextEncoder().encode(parts)))
}

/** A log with the place where it stands. */
export interface PlacedLog extends Log {
  block: ChainBlock
  tx: MinedTransaction
  index: number
}

/** The logs of a block, in order. */
export function logsOf(block: ChainBlock): PlacedLog[] {
  return block.transactions.flatMap(tx =>
    tx.outcome.logs.map((log, i) => ({ ...log, block, tx, index: tx.firstLog + i })),
  )
}
