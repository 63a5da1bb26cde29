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
import type { AccountProof } from '../state/proof.ts'
import type { State } from '../state/state.ts'
import type { Tracer } from '../trace/tracer.ts'
import type { TxOptions, TxResult } from '../tx.ts'
import type { Address, BlockEnv, Hex, Source, TxOutcome } from '../types.ts'
import { Clock } from './clock.ts'
import { Filters, type Tell } from './filters.ts'
import type { Wallet } from './wallet.ts'

/** What a chain asks of an engine: a part of `Weft`. */
export interface ChainEngine {
  runTx(signed: Uint8Array, options: TxOptions): Promise<TxResult>
  simulate(options: SimulateOptions): Promise<Simulation>
  estimateGas(request: TxRequest, options: SimulationOptions): Promise<bigint>
  createAccessList(request: TxRequest, options: SimulationOptions): Promise<AccessListResult>
  getProof(address: Address, keys: readonly bigint[], source: Source): Promise<AccountProof>
}

/** A transaction that waits, or is in a block. */
export interface ChainTransaction {
  json: TransactionJson
  signed: Uint8Array
  /** Taken for its signer: it came unsigned from an account of this chain. */
  sender: Address | undefined
}

/** A transaction in a block, and what it came to. */
export interface MinedTransaction extends ChainTransaction {
  outcome: TxOutcome
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

/** Who is told what happens. */
export interface Watcher {
  block(block: ChainBlock): void
  /** A transaction was taken. */
  transaction(hash: Hex): void
}

/** wei per gas: the tip of transactions that say nothing of it, as Anvil has it. */
export const TIP = 1_000_000_000n

interface Snapshot {
  state: number
  blocks: number
  pending: ChainTransaction[]
}

/** The chain. */
export class Chain {
  readonly engine: ChainEngine
  readonly wallet: Wallet
  /** Mines blocks by time, where it was told to. */
  readonly clock: Clock
  readonly filters: Filters
  readonly watchers: Set<Watcher> = new Set()
  /** wei that each of its accounts began with; undefined: what the state says. */
  readonly funds: bigint | undefined
  state!: State
  /** Blocks since the beginning; the first is the one that the state is of. */
  blocks!: ChainBlock[]
  /** Hashes of all transactions that were ever taken. */
  taken: Hex[] = []
  readonly mined: Map<Hex, { block: ChainBlock; tx: MinedTransaction }> = new Map()
  readonly accounts: Set<Address>
  readonly #crypto = new Crypto()
  readonly #snapshots: Snapshot[] = []
  /** The state's snapshot of when the chain began. */
  #beginning!: number
  pending: ChainTransaction[] = []
  isAutomatic = true
  /** Values of the next block, where they were told. */
  next: Partial<BlockEnv> = {}
  /** Seconds added to the time of the next blocks. */
  shift = 0n
  /** Seconds from each block to the next, instead of what the clock says. */
  interval: bigint | undefined

  /** Which forks its blocks have; undefined: that of the first, for ever. */
  readonly rules: ChainRuleset | undefined

  constructor(engine: ChainEngine, state: State, env: BlockEnv, options: ChainSettings) {
    this.engine = engine
    this.rules = options.rules
    this.wallet = options.wallet
    this.funds = options.funds
    this.accounts = new Set(options.accounts)
    this.clock = new Clock(() => options.queue(() => this.mine()))
    this.filters = new Filters(this, options.tell)
    this.begin(state, env)
  }

  /** Begins anew with a state, and the block that it is after. */
  begin(state: State, env: BlockEnv): void {
    this.state = state
    this.blocks = [{ env, hash: hashOf(env, []), gasUsed: 0n, transactions: [], height: state.height }]
    state.setBlockHash(env.number, this.blocks[0]!.hash)
    this.#beginning = state.snapshot()
    this.#forget()
  }

  get head(): ChainBlock {
    return this.blocks.at(-1)!
  }

  /** The environment of the next block. */
  nextEnv(): BlockEnv {
    const { timestamp } = this.head.env
    const now = BigInt(Math.floor(Date.now() / 1000)) + this.shift
    const time = this.interval !== undefined ? timestamp + this.interval : later(now, timestamp)
    return this.envAfter(this.head, { timestamp: time, ...this.next })
  }

  /** The environment of the block after another, with some values of one's own. */
  envAfter({ env, gasUsed, hash }: ChainBlock, values: Partial<BlockEnv>): BlockEnv {
    const { gasLimit, baseFee, number } = env
    const usual = baseFee === 0n ? 0n : nextBaseFee({ gasLimit, gasUsed, baseFee })
    const next = { ...env, number: number + 1n, parentHash: hash, baseFee: usual, ...values }
    if (!this.rules) return next
    // Fork and blob parameters are those of its place; the first block of London has a base fee (EIP-1559).
    const { fork, blobMax, blobUpdateFraction } = createEnv(this.rules, next)
    const isFirst = forkByName(env.fork).rules < LONDON && forkByName(fork).rules >= LONDON
    const ruled = { ...next, fork, blobMax, blobUpdateFraction }
    return isFirst && values.baseFee === undefined ? { ...ruled, baseFee: INITIAL_BASE_FEE } : ruled
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

  /** Takes an unsigned transaction of one of the chain's accounts, and signs it where the key is known. */
  async sendFrom(request: SentRequest): Promise<Hex> {
    const { from } = request
    if (!this.accounts.has(from)) {
      const expected = 'an account of this chain, or an impersonated one'
      throw new InputError({ field: 'from', expected, found: from })
    }
    const filled = await this.fill(request)
    const { chainId } = this.head.env
    const signed = this.wallet.has(from) ? await this.wallet.signTransaction(from, filled, chainId) : filled
    return this.#take({ json: this.read(signed, from), signed, sender: from })
  }

  /** The encoding of a request with the gas, fees and nonce that it does not name, and a signature that is a placeholder. */
  async fill(request: SentRequest): Promise<Uint8Array> {
    const env = this.nextEnv()
    const nonce = request.nonce === undefined ? await this.nextNonce(request.from) : BigInt(request.nonce)
    const gas = request.gas ?? (await this.engine.estimateGas(request, { env, source: this.state }))
    const priced = { ...request, ...feesOf(request, env) }
    return encodeRequest(priced, gas, env.chainId, { nonce, seal: request.from })
  }

  /** What JSON-RPC tells of a transaction of an account. */
  read(signed: Uint8Array, from: Address): TransactionJson {
    return readTransaction(signed, this.#crypto, from)
  }

  /** The nonce of an account's next transaction, after those that wait. */
  async nextNonce(address: Address): Promise<bigint> {
    const account = await this.state.account(address)
    return (account?.nonce ?? 0n) + BigInt(this.pending.filter(({ json }) => json.from === address).length)
  }

  async #take(tx: ChainTransaction): Promise<Hex> {
    this.pending.push(tx)
    try {
      if (this.isAutomatic) await this.mine()
    } catch (error) {
      this.pending = this.pending.filter(other => other !== tx)
      throw error
    }
    this.taken.push(tx.json.hash)
    for (const watcher of this.watchers) watcher.transaction(tx.json.hash)
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
    for (const watcher of this.watchers) watcher.block(block)
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
    this.#forget()
  }

  #forget(): void {
    this.#snapshots.length = 0
    this.mined.clear()
    this.pending = []
    this.taken = []
    this.next = {}
    this.shift = 0n
    this.interval = undefined
  }
}

/** What a chain is made with. */
export interface ChainSettings {
  accounts: readonly Address[]
  wallet: Wallet
  rules?: ChainRuleset | undefined
  funds?: bigint | undefined
  /** Does something when all that came before is done. */
  queue(work: () => Promise<unknown>): Promise<unknown>
  tell: Tell
}

/** A request, and who sends it. */
export type SentRequest = TxRequest & { from: Address }

/** The fees of a request that names none: enough for the next blocks. */
function feesOf({ gasPrice, maxFeePerGas, maxPriorityFeePerGas }: TxRequest, { fork, baseFee }: BlockEnv) {
  if (gasPrice !== undefined) return {}
  if (forkByName(fork).rules < LONDON) return { gasPrice: TIP }
  const tip = maxPriorityFeePerGas ?? (maxFeePerGas !== undefined && maxFeePerGas < TIP ? maxFeePerGas : TIP)
  return { maxFeePerGas: maxFeePerGas ?? baseFee * 2n + tip, maxPriorityFeePerGas: tip }
}

function later(now: bigint, before: bigint): bigint {
  return now > before ? now : before + 1n
}

/** What a transaction pays per gas. */
export function priceOf(json: TransactionJson, baseFee: bigint): bigint {
  if (json.gasPrice !== undefined) return BigInt(json.gasPrice as Hex)
  const [most, tip] = [BigInt(json.maxFeePerGas as Hex), BigInt(json.maxPriorityFeePerGas as Hex)]
  return baseFee + tip < most ? baseFee + tip : most
}

/** Not the hash of a header, of which the roots are missing, but as good as one to name the block by. */
export function hashOf(env: BlockEnv, transactions: readonly Hex[]): Hex {
  const parts = [env.parentHash, env.number, env.timestamp, env.chainId, ...transactions].join()
  return hexOf(keccak_256(new TextEncoder().encode(parts)))
}
