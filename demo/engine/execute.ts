// Runs a block as the visitor asked for it: once to check it, some times beside sequential execution to measure it, once more to record it.

import {
  checkOutcome,
  createWeft,
  hasThreads,
  type ParallelMetrics,
  type ReplayOptions,
  type ReplayOutcome,
  type Weft,
} from '../../src/index.ts'
import { type Loaded, loadBlock } from './blocks.ts'
import { factsOf } from './facts.ts'
import type { BlockChoice, HeaderCheck, RunResult, Settings, Timing } from './protocol.ts'

/** Tells how far it is: what is being done, and the part (0..1) where it is known. */
export type Tell = (stage: string, part?: number) => void

/** Runs that are measured each way: enough for a median, and no more than a visitor waits for. */
const RUNS = { most: 9, least: 3, ms: 1500 } as const
/** Runs before those: templates of codes are made, and V8 compiles what proved hot once more. */
const WARM_UP = { runs: 3, ms: 500 } as const

const THREADS_BUILD = new URL('../../dist/weft.threads.wasm', import.meta.url)

/** The engines of the worker, made when they are first needed and kept: codes stay analysed. */
export class Engines {
  #plain: Promise<Weft> | undefined
  #shared: Promise<Weft> | undefined
  #threads = 0

  /** One thread, without shared memory. */
  plain(): Promise<Weft> {
    this.#plain ??= createWeft()
    return this.#plain
  }

  /** That many threads over a shared memory. One thread is enough to record, and shared memory that is never sent needs no isolation. */
  async shared(threads: number): Promise<Weft> {
    if (this.#threads !== threads) {
      const last = this.#shared
      this.#threads = threads
      this.#shared = createWeft({ threads, threadsWasm: THREADS_BUILD })
      await (await last?.catch(() => undefined))?.close()
    }
    return this.#shared!
  }
}

/** Loads, runs, measures and records a block. Rejects with the signal's reason where it is given up. */
export async function execute(
  engines: Engines,
  { choice, settings, signal, tell }: { choice: BlockChoice; settings: Settings; signal: AbortSignal; tell: Tell },
): Promise<RunResult> {
  tell('Loading the block')
  const loaded = await loadBlock(choice, signal)
  signal.throwIfAborted()
  tell('Starting the engine')
  const run = new BlockRun(engines, loaded, settings, signal)
  const first = await run.asAsked((done, total) => tell('Executing', total ? done / total : 1))
  const measured = settings.compare ? await run.measure(part => tell('Measuring', part)) : { timing: timingOf([first]) }
  tell('Recording')
  const { block, title } = loaded
  return {
    title,
    number: String(block.env.number),
    fork: block.env.fork,
    settings,
    transactions: block.transactions.map((signed, i) => factsOf(signed, first.receipts[i]!)),
    gasUsed: Number(first.gasUsed),
    checks: headerChecks(loaded, first),
    ...measured,
    hash: first.hash,
    ...(first.parallel && { parallel: first.parallel }),
    ...(await run.record()),
  }
}

/** One block under one set of settings. */
class BlockRun {
  readonly #engines: Engines
  readonly #loaded: Loaded
  readonly #settings: Settings
  readonly #options: ReplayOptions

  constructor(engines: Engines, loaded: Loaded, settings: Settings, signal: AbortSignal) {
    this.#engines = engines
    this.#loaded = loaded
    this.#settings = settings
    this.#options = { source: loaded.source, signal, hash: settings.hash }
  }

  /** One thread that was asked for takes the build without threads, unless it is to dispatch as threads do. */
  #engine(): Promise<Weft> {
    const { threads, dispatch } = this.#settings
    const isPlain = threads === 1 && (dispatch === 'auto' || dispatch === 'sequential')
    return isPlain ? this.#engines.plain() : this.#engines.shared(threads)
  }

  async asAsked(onProgress?: ReplayOptions['onProgress']): Promise<ReplayOutcome> {
    const { dispatch, hints } = this.#settings
    const weft = await this.#engine()
    const options = { ...this.#options, ...(onProgress && { onProgress }) }
    return weft.replayBlock(this.#loaded.block, { ...options, dispatch, ...(!hints && { hints: 'none' as const }) })
  }

  async #sequentially(): Promise<ReplayOutcome> {
    const weft = await this.#engines.plain()
    return weft.replayBlock(this.#loaded.block, { ...this.#options, dispatch: 'sequential' })
  }

  /** In turns, so that what else the machine does falls on both. */
  async measure(tell: (part: number) => void): Promise<{ timing: Timing; sequential?: Timing }> {
    const { threads, dispatch } = this.#settings
    const isSequential = threads === 1 && (dispatch === 'auto' || dispatch === 'sequential')
    const [ours, theirs]: ReplayOutcome[][] = [[], []]
    const began = performance.now()
    const spent = (): number => performance.now() - began
    for (let i = 0; i < WARM_UP.runs && spent() < WARM_UP.ms; i++) {
      await this.asAsked()
      if (!isSequential) await this.#sequentially()
    }
    const warm = spent()
    for (let i = 0; i < RUNS.most && (i < RUNS.least || spent() - warm < RUNS.ms); i++) {
      tell(Math.max(i / RUNS.most, (spent() - warm) / RUNS.ms))
      ours!.push(await this.asAsked())
      if (!isSequential) theirs!.push(await this.#sequentially())
    }
    return { timing: timingOf(ours!), ...(!isSequential && { sequential: timingOf(theirs!) }) }
  }

  /** Accesses, graphs and times, in a run that dispatches as threads do whatever was asked for: without that there is nothing to see. */
  async record(): Promise<Pick<RunResult, 'report' | 'recorded' | 'unrecorded'>> {
    const { threads, dispatch, hints } = this.#settings
    try {
      const weft = await this.#engines.shared(threads)
      const how = dispatch === 'batched' ? 'batched' : 'dataflow'
      const options = {
        ...this.#options,
        dispatch: how,
        report: true,
        ...(!hints && { hints: 'none' as const }),
      } as const
      const { report, parallel } = await weft.replayBlock(this.#loaded.block, options)
      return { ...(report && { report }), ...(parallel && { recorded: parallel as ParallelMetrics }) }
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      const cause = error instanceof Error ? error.message : String(error)
      return { unrecorded: hasThreads() ? cause : `this browser has no shared memory on this page: ${cause}` }
    }
  }
}

function timingOf(outcomes: readonly ReplayOutcome[]): Timing {
  const median = (of: (outcome: ReplayOutcome) => number): number => {
    const sorted = outcomes.map(of).sort((a, b) => a - b)
    const middle = sorted.length >> 1
    return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  }
  return { execute: median(({ ms }) => ms.execute), total: median(({ ms }) => ms.total), runs: outcomes.length }
}

/** One line per field of the header, roots first. */
function headerChecks({ block, expected }: Loaded, outcome: ReplayOutcome): HeaderCheck[] {
  const checks = checkOutcome(block, expected, outcome)
  const order = [
    'receiptsRoot',
    'stateRoot',
    'transactionsRoot',
    'withdrawalsRoot',
    'requestsHash',
    'logsBloom',
    'gasUsed',
  ]
  const place = (field: string): number => (order.includes(field) ? order.indexOf(field) : order.length)
  return (Object.keys(checks) as (keyof typeof checks)[])
    .sort((a, b) => place(a) - place(b))
    .map(field => ({
      field,
      check: checks[field]!,
      expected: String(expected[field] ?? ''),
      found: String(outcome[field] ?? ''),
    }))
}
