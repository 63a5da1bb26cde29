// Use-case: execute a block on a state and return what it came to. Comparing with a header is chain/checks.ts.

import { nextTurn } from '#platform'
import type { AccessHint } from './abi.ts'
import * as abi from './abi.ts'
import type { TemplateSupply } from './analysis/supply.ts'
import { forkByName } from './chain/forks.ts'
import { SYSTEM_CONTRACTS } from './chain/system.ts'
import { unlessAborted } from './core/abort.ts'
import type { BlockResult, Core } from './core/core.ts'
import { type DriveHooks, driveStateRoot } from './core/drive.ts'
import type { Engine, Machine } from './engine.ts'
import { describe, InputError, InternalError, InvalidBlockError, PrecompileError, WeftError } from './errors.ts'
import { checkHashOption, type HashOption } from './gpu/batch.ts'
import { type Hashing, HashLog, type HashMetrics } from './gpu/hashing.ts'
import { hexBytes } from './input/hex.ts'
import type { Pool } from './pool/pool.ts'
import { driveAtOnce } from './run.ts'
import type { Dispatch, ParallelMetrics } from './schedule/metrics.ts'
import { fullReport, type ParallelReport, parallelMetrics, sequentialMetrics, spanReport } from './schedule/outcome.ts'
import type { Span } from './schedule/simulate.ts'
import { readTransaction } from './signed.ts'
import { type Expected, type FarSource, isFar, SynchronousSource, settled } from './state/guess.ts'
import { TraceSession } from './trace/session.ts'
import type { Tracer } from './trace/tracer.ts'
import type {
  Address,
  Block,
  BlockOutcome,
  BlockTimes,
  ExpectedHeader,
  Foreseen,
  Hex,
  MaybePromise,
  Source,
  StateKey,
} from './types.ts'

/** How the transactions of a block are dispatched: see docs/ARCHITECTURE.md. */
export type DispatchOption = 'auto' | Dispatch

const DISPATCHES = {
  sequential: abi.DISPATCH_SEQUENTIAL,
  dataflow: abi.DISPATCH_DATAFLOW,
  batched: abi.DISPATCH_BATCHED,
  auto: abi.DISPATCH_AUTO,
} as const

/** Options of `replayBlock`. */
export interface ReplayOptions {
  /** State before the block. */
  source: Source
  /** Called now and then with the transactions executed so far. */
  onProgress?: (done: number, total: number) => void
  /** The tracer of each transaction by index, asked for before the first runs; undefined where there is to be none. Traced blocks run sequentially. */
  tracer?: (index: number) => Tracer | undefined
  /**
   * How the transactions are dispatched. Default: 'auto', which takes what promises to be faster and tells why. Another choice is never
   * replaced: where it cannot be, the call fails.
   */
  dispatch?: DispatchOption
  /**
   * What transactions are expected to access: 'none', a list, or 'all', which is what the analyzer finds. Default: what it finds where that
   * is worth its time. The result never depends on it.
   */
  hints?: 'none' | 'all' | readonly AccessHint[]
  /** Runs of a transaction ahead of its turn: 1 or more. Default: 2. */
  speculativeRuns?: number
  /** Where batches of hashes are made; see `WeftOptions.hash`, which is the default. */
  hash?: HashOption
  /** Records accesses and times, which takes time: the outcome then has a `report`. */
  report?: boolean
  /** Records only what the threads do when, which takes hardly any: the outcome then has `spans`. With `report` they are a part of that. */
  spans?: boolean
  /** Gives the block up: the promise rejects with the signal's reason, and no state is changed. */
  signal?: AbortSignal
  /** Not used for execution; accepted so that a read block file can be passed on as it is. */
  expected?: ExpectedHeader
}

/** What a block came to, and how it ran where there were threads to share it. */
export interface ReplayOutcome extends BlockOutcome {
  /** Where hashes were made, and how many. */
  hash: HashMetrics
  parallel?: ParallelMetrics
  /** What was recorded; with the option `report`, where the transactions did not run one after the other. */
  report?: ParallelReport
  /** What the threads did when; with the option `spans`, where the transactions did not run one after the other. */
  spans?: Span[]
}

/**
 * Executes a block: system calls, transactions, withdrawals, requests, rewards, commitments.
 * Throws InvalidBlockError naming the transaction at fault, MissingStateError or SourceError; no state is changed anywhere then.
 */
export async function replayBlock(engine: Engine, block: Block, options: ReplayOptions): Promise<ReplayOutcome> {
  checkOptions(options)
  const { onProgress, tracer, ...rest } = options
  const isObserved = onProgress !== undefined || tracer !== undefined
  const { signal } = options
  if (isFar(options.source)) await unlessAborted(fetchEnvelope(engine, block, options.source), signal)
  const expected = (source: Source): Promise<Expected> =>
    engine.foresight.expected(source, block.env, (source, tracer) =>
      replay(engine, block, { ...rest, source, tracer: () => tracer }),
    )
  return settled({ source: options.source, expected, isObserved, signal }, (source, isTrial) =>
    replay(engine, block, { ...(isTrial ? rest : options), source }),
  )
}

/**
 * The same at once, on the one thread of the engine; see `runSync`. Batches of hashes are made in WASM. Throws an InputError where the engine has
 * more threads, where hashes are to be made on a GPU, and where the source can tell its state root by a promise only.
 */
export function replayBlockSync(engine: Engine, block: Block, options: ReplayOptions): ReplayOutcome {
  checkOptions(options)
  if (engine.hasThreads) {
    const expected = 'one with one thread: a block on several threads is waited for (replayBlock)'
    throw new InputError({ field: 'engine', expected, found: 'one with threads' })
  }
  return engine.now(core => new Replay(engine, block, options, { core }).runAtOnce())
}

const FEES = ['gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas'] as const

/** What the transactions name is asked for at once, where it has not been: a run on guesses ends at the first sender without funds. */
async function fetchEnvelope({ crypto }: Engine, { transactions, env }: Block, source: FarSource): Promise<void> {
  await crypto.load('secp256k1')
  const read = transactions.map(signed => readTransaction(signed, crypto))
  const messages = read.map(({ from, to, input, value, gas, ...fees }): Foreseen => {
    return {
      from,
      ...(to !== null && { to: to as Address }),
      input: hexBytes(input as Hex)!,
      value: BigInt(value as Hex),
      gas: BigInt(gas),
      ...Object.fromEntries(
        FEES.flatMap(name => (fees[name] === undefined ? [] : [[name, BigInt(fees[name] as Hex)]])),
      ),
    }
  })
  const named = [env.coinbase, ...SYSTEM_CONTRACTS, ...messages.flatMap(({ from, to }) => [from!, to ?? from!])]
  const missing = named.map((address): StateKey => ({ kind: 'account', address })).filter(key => !source.has(key))
  if (missing.length > 0) await source.prefetch(missing, messages)
}

async function replay(engine: Engine, block: Block, options: ReplayOptions): Promise<ReplayOutcome> {
  try {
    return await engine.alone((_, machine) => new Replay(engine, block, options, machine).run())
  } catch (error) {
    // A choice of `auto` that failed for want of memory or of a thread is another choice: the pre-state is untouched.
    const isFailure = error instanceof InternalError && (error.code === 'THREAD' || error.code === 'OUT_OF_MEMORY')
    if (!isFailure || !engine.hasThreads || (options.dispatch ?? 'auto') !== 'auto') throw error
    const reason = error.code === 'THREAD' ? 'a thread failed' : 'the shared memory was too small'
    return engine.alone((_, machine) => new Replay(engine, block, options, machine, reason).run())
  }
}

function checkOptions({ dispatch, speculativeRuns, hints, tracer, hash }: ReplayOptions): void {
  if (hash !== undefined) checkHashOption(hash)
  const names = Object.keys(DISPATCHES).join(', ')
  if (dispatch !== undefined && !Object.hasOwn(DISPATCHES, dispatch)) {
    throw new InputError({ field: 'dispatch', expected: names, found: describe(dispatch) })
  }
  if (tracer && (dispatch === 'dataflow' || dispatch === 'batched')) {
    throw new InputError({
      field: 'dispatch',
      expected: 'sequential or auto, with a tracer',
      found: describe(dispatch),
    })
  }
  if (speculativeRuns !== undefined && !(Number.isInteger(speculativeRuns) && speculativeRuns >= 1)) {
    throw new InputError({ field: 'speculativeRuns', expected: 'a number from 1 up', found: describe(speculativeRuns) })
  }
  if (hints === undefined || hints === 'none' || hints === 'all') return
  const wrong = hints.findIndex(({ tx }, i) => !Number.isInteger(tx) || tx < (hints[i - 1]?.tx ?? 0))
  if (wrong >= 0) {
    const expected = 'hints in the order of their transactions'
    throw new InputError({ field: `hints[${wrong}].tx`, expected, found: describe(hints[wrong]?.tx) })
  }
}

/** One execution of a block. */
class Replay {
  readonly #engine: Engine
  readonly #block: Block
  readonly #options: ReplayOptions
  /** Number of the fork. */
  readonly #rules: number
  readonly #core: Core
  readonly #pool: Pool | undefined
  readonly #templates: TemplateSupply | undefined
  readonly #clock = new BlockClock()
  readonly #hashLog = new HashLog()
  readonly #asked: DispatchOption
  /** Why it runs sequentially, where the core is not asked. */
  readonly #because: string | undefined
  /** Other threads may be running transactions. */
  #isShared = false
  /** The core has all the state. */
  #isWhole = false

  constructor(engine: Engine, block: Block, options: ReplayOptions, machine: Machine, because?: string) {
    this.#engine = engine
    this.#block = block
    this.#options = options
    this.#rules = forkByName(block.env.fork).rules
    this.#core = machine.core
    this.#pool = machine.pool
    this.#templates = machine.templates
    this.#asked = options.dispatch ?? 'auto'
    this.#because = because ?? (this.#asked === 'sequential' ? 'it was asked for' : options.tracer && 'it is traced')
    if (this.#pool || this.#asked === 'auto' || this.#asked === 'sequential') return
    const expected = 'sequential or auto, or an engine made with threads'
    throw new InputError({ field: 'dispatch', expected, found: describe(this.#asked) })
  }

  async run(): Promise<ReplayOutcome> {
    this.#options.signal?.throwIfAborted()
    const hashing = await this.#engine.hashing(this.#options.hash)
    const hooks = this.#begin(hashing, this.#options.source)
    await this.#drive(hooks)
    const result = this.#result()
    return this.#outcome(result, hashing, await this.#stateRoot(hooks))
  }

  /** The same without waiting. */
  runAtOnce(): ReplayOutcome {
    this.#options.signal?.throwIfAborted()
    const hashing = this.#engine.hashingAtOnce(this.#options.hash)
    const source = new SynchronousSource(this.#options.source)
    const { wait, signal, ...hooks } = this.#begin(hashing, source)
    driveAtOnce(this.#engine, this.#core, source, hooks)
    const result = this.#result()
    const stateRoot = this.#stateRoot(hooks)
    if (!(stateRoot instanceof Promise)) return this.#outcome(result, hashing, stateRoot)
    stateRoot.catch(() => {})
    const expected = 'one that tells its state root at once, in a synchronous call'
    throw new InputError({ field: 'source.stateRoot', expected, found: 'a promise' })
  }

  /** Puts the state in, and begins the block. */
  #begin(hashing: Hashing, source: Source): DriveHooks {
    const [core, block] = [this.#core, this.#block]
    const listed = this.#engine.prepare(core, block.env, source)
    this.#isWhole = listed && source.complete === true
    if (this.#isWhole && this.#rules < abi.BYZANTIUM) this.#checkOrder()
    const hooks = this.#hooks(hashing)
    this.#setOptions()
    core.setOption(abi.OPTION_HASH, hashing.least)
    const rewards = this.#rules < abi.PARIS
    core.beginBlock(block, { complete: listed, rewards, rootReceipts: this.#isWhole })
    this.#clock.enter('senders')
    return hooks
  }

  /** Throws an InvalidBlockError. */
  #result(): BlockResult {
    this.#clock.enter('roots')
    const result = this.#core.blockResult()
    if (result.rejection) throw invalid(this.#block, result)
    return result
  }

  #stateRoot(hooks: DriveHooks): MaybePromise<Hex> | undefined {
    return this.#isWhole ? driveStateRoot(this.#core, hooks) : this.#options.source.stateRoot?.(this.#core.diff())
  }

  #outcome(result: BlockResult, hashing: Hashing, stateRoot: Hex | undefined): ReplayOutcome {
    const ms = this.#clock.stop()
    if (this.#isPlanned) this.#templates?.collect(this.#core)
    const hash = hashing.metrics(this.#core, this.#hashLog)
    return { ...outcomeOf(this.#core, result, this.#rules, stateRoot, ms), hash, ...this.#observed(result, ms) }
  }

  async #drive(hooks: DriveHooks): Promise<void> {
    try {
      await this.#engine.drive(this.#core, this.#options.source, hooks)
    } catch (error) {
      // A contract of the user's own, or a library, fails while the other threads run: the memory that they share is given up with them.
      const isForeign = error instanceof PrecompileError || !(error instanceof WeftError)
      if (this.#isShared && (isForeign || this.#options.signal?.aborted)) this.#engine.discard()
      throw error
    }
  }

  /** Receipts with state roots need one transaction after the other. */
  #checkOrder(): void {
    if (this.#asked === 'auto' || this.#asked === 'sequential') return
    const expected = 'sequential or auto for a block before Byzantium whose receipts hold state roots'
    const details = 'Where the source does not have the whole state there are no such roots, and any dispatch will do.'
    throw new InputError({ field: 'dispatch', expected, found: describe(this.#asked), details })
  }

  /** The core decides how the transactions are dispatched, or is told. */
  get #isPlanned(): boolean {
    return this.#pool !== undefined && this.#because === undefined
  }

  #setOptions(): void {
    const { hints, speculativeRuns, report, spans } = this.#options
    if (!this.#isPlanned) return
    this.#templates?.feed(this.#core)
    if (this.#engine.crypto.sharesSigners) this.#core.setOption(abi.OPTION_SHARE_SIGNERS, 1)
    this.#core.setOption(abi.OPTION_DISPATCH, DISPATCHES[this.#asked])
    if (speculativeRuns !== undefined) this.#core.setOption(abi.OPTION_SPECULATIVE_RUNS, speculativeRuns)
    if (report || spans) this.#core.setOption(abi.OPTION_REPORT, report ? abi.REPORT_ALL : abi.REPORT_SPANS)
    if (hints === 'none') this.#core.setOption(abi.OPTION_HINTS, abi.HINTS_NONE)
    else if (hints === 'all') this.#core.setOption(abi.OPTION_HINTS, abi.HINTS_ALL)
    else if (hints) this.#core.hint(hints)
  }

  #hooks(hashing: Hashing): DriveHooks {
    const { onProgress, tracer, signal } = this.#options
    const [core, block, pool, clock] = [this.#core, this.#block, this.#pool, this.#clock]
    const trace =
      tracer &&
      new TraceSession(
        core,
        block.env.fork,
        Array.from(block.transactions, (_, i) => tracer(i)),
      )
    const wait = async (): Promise<void> => {
      if (this.#isShared) await pool?.check()
      else await nextTurn()
      if (!signal?.aborted) return
      // Other threads may still be writing: the memory that they share is given up with them.
      if (this.#isShared) this.#engine.discard()
      signal.throwIfAborted()
    }
    return {
      ...trace?.hooks,
      signal,
      onHash: () => hashing.hash(core, this.#hashLog),
      onParallel: () => {
        this.#isShared = true
        if (pool && core.lingering() < pool.size) pool.join(core.threadControl())
      },
      wait: () => (this.#isShared || signal ? wait() : undefined),
      onYield: () => {
        const { done, atRoots } = core.progress()
        clock.enter(atRoots ? 'roots' : 'execute')
        if (atRoots) this.#isShared = false
        onProgress?.(done, block.transactions.length)
      },
    }
  }

  #observed(result: BlockResult, ms: BlockTimes): Pick<ReplayOutcome, 'parallel' | 'report' | 'spans'> {
    if (!this.#pool) return {}
    const facts = { workers: this.#pool.size + 1, asked: this.#asked, gas: Number(result.gasUsed), ms }
    if (this.#because !== undefined) {
      return { parallel: sequentialMetrics(facts, this.#block.transactions.length, this.#because) }
    }
    const { report, spans } = this.#options
    if (report) {
      const gas = Float64Array.from(result.receipts, ({ gasUsed }) => Number(gasUsed))
      return fullReport(facts, this.#core.parallelReport(), gas)
    }
    if (spans) return spanReport(facts, this.#core.parallelReport())
    return { parallel: parallelMetrics(facts, this.#core.parallelCounters()) }
  }
}

function invalid(block: Block, result: BlockResult): InvalidBlockError {
  const place = {
    number: block.env.number,
    receipts: result.receipts,
    ...(result.txIndex >= 0 && { index: result.txIndex }),
  }
  return new InvalidBlockError(result.rejection, place)
}

function outcomeOf(
  core: Core,
  result: BlockResult,
  rules: number,
  stateRoot: Hex | undefined,
  ms: BlockTimes,
): BlockOutcome {
  const { gasUsed, blobGasUsed, receipts, receiptsRoot, transactionsRoot, logsBloom } = result
  return {
    gasUsed,
    blobGasUsed,
    receipts,
    receiptsRoot,
    transactionsRoot,
    ...(rules >= abi.SHANGHAI && { withdrawalsRoot: result.withdrawalsRoot }),
    ...(rules >= abi.PRAGUE && { requestsHash: result.requestsHash }),
    ...(stateRoot && { stateRoot }),
    logsBloom,
    diff: core.diff(),
    ms,
  }
}

/** Adds up the time of each phase; begins with `prepare`. */
class BlockClock {
  readonly #ms: BlockTimes = { prepare: 0, senders: 0, execute: 0, roots: 0, total: 0 }
  #phase: keyof BlockTimes = 'prepare'
  #since = performance.now()

  enter(phase: keyof BlockTimes): void {
    const now = performance.now()
    this.#ms[this.#phase] += now - this.#since
    this.#ms.total += now - this.#since
    this.#phase = phase
    this.#since = now
  }

  stop(): BlockTimes {
    this.enter(this.#phase)
    return this.#ms
  }
}
