// Use-case: execute a block on a state and return what it came to. Comparing with a header is chain/checks.ts.

import * as abi from './abi.ts'
import { forkByName } from './chain/forks.ts'
import type { BlockResult, Core } from './core/core.ts'
import type { Engine } from './engine.ts'
import { describe, InputError, InvalidBlockError } from './errors.ts'
import { TraceSession } from './trace/session.ts'
import type { Tracer } from './trace/tracer.ts'
import type { Block, BlockOutcome, BlockTimes, ExpectedHeader, Source } from './types.ts'

/** How the transactions of a block are dispatched: see docs/ARCHITECTURE.md. */
export type Dispatch = 'auto' | 'sequential' | 'dataflow' | 'batched'

const DISPATCHES = {
  sequential: abi.DISPATCH_SEQUENTIAL,
  dataflow: abi.DISPATCH_DATAFLOW,
  batched: abi.DISPATCH_BATCHED,
} as const

/** Options of `replayBlock`. */
export interface ReplayOptions {
  /** State before the block. */
  source: Source
  /** Called now and then with the transactions executed so far. */
  onProgress?: (done: number, total: number) => void
  /** The tracer of each transaction by index, asked for before the first runs; undefined where there is to be none. */
  tracer?: (index: number) => Tracer | undefined
  /** How the transactions are dispatched. Default: 'auto'. */
  dispatch?: Dispatch
  /** Not used for execution; accepted so that a read block file can be passed on as it is. */
  expected?: ExpectedHeader
}

/**
 * Executes a block: system calls, transactions, withdrawals, requests, rewards, commitments.
 * Throws InvalidBlockError naming the transaction at fault, MissingStateError or SourceError; no state is changed anywhere then.
 */
export function replayBlock(engine: Engine, block: Block, options: ReplayOptions): Promise<BlockOutcome> {
  return engine.alone(async (core, pool) => {
    const clock = new BlockClock()
    const { source, onProgress, tracer } = options
    const listed = engine.prepare(core, block.env, source)
    const rules = forkByName(block.env.fork).rules
    const rootReceipts = listed && source.complete === true
    const trace =
      tracer &&
      new TraceSession(
        core,
        block.env.fork,
        Array.from(block.transactions, (_, i) => tracer(i)),
      )
    const dispatch = options.dispatch === undefined || options.dispatch === 'auto' ? 'sequential' : options.dispatch
    if (dispatch !== 'sequential' && !pool)
      throw new InputError({
        field: 'dispatch',
        expected: 'sequential or auto, or an engine made with threads',
        found: describe(dispatch),
      })
    if (dispatch !== 'sequential') core.setOption(abi.OPTION_DISPATCH, DISPATCHES[dispatch])
    core.beginBlock(block, { complete: listed, rewards: rules < abi.PARIS, rootReceipts })
    clock.enter('execute')
    await engine.drive(core, source, {
      ...trace?.hooks,
      ...(pool &&
        dispatch !== 'sequential' && { onParallel: () => pool.join(core.threadControl()), wait: () => pool.check() }),
      onRecover: phase => clock.enter(phase === 'before' ? 'senders' : 'execute'),
      onYield: () => {
        const { done, atRoots } = core.progress()
        if (atRoots) clock.enter('roots')
        onProgress?.(done, block.transactions.length)
      },
    })
    clock.enter('roots')
    const result = core.blockResult()
    if (result.rejection) throw invalid(block, result)
    const stateRoot = source.complete && listed ? core.stateRoot() : undefined
    const ms = clock.stop()
    return outcomeOf(core, result, rules, stateRoot, ms)
  })
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
  stateRoot: BlockOutcome['stateRoot'],
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
