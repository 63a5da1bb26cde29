// What more workers would bring, where there are not enough cores to measure it: the mainnet blocks from Istanbul on with at least 50
// transactions (set M of research on real blocks) in the model of schedule/simulate. It schedules with the predicted edges and
// charges what was measured: on one worker the time of each transaction, of prediction and graph; on two what a run ahead costs
// besides, and its commit. A transaction whose prediction was wrong runs again, or is left to its turn where others of its kind in the
// block ran in vain. Beside it what no schedule can beat, the larger of critical path and work over workers; and the same in batches,
// one colour after the other, with barriers that cost nothing.

import { existsSync } from 'node:fs'
import * as abi from '../src/abi.ts'
import { type ReplayOutcome, replayBlock } from '../src/block.ts'
import { forkByName } from '../src/chain/forks.ts'
import { type Column, formatTable } from '../src/cli/table.ts'
import { Crypto } from '../src/crypto/crypto.ts'
import type { BlockFile } from '../src/input/block-file.ts'
import { blockFileReader } from '../src/input/file.node.ts'
import { prioritiesOf } from '../src/schedule/levels.ts'
import type { ParallelReport } from '../src/schedule/outcome.ts'
import { type Costs, type Span, simulate } from '../src/schedule/simulate.ts'
import { readTransaction } from '../src/signed.ts'
import { MemorySource } from '../src/state/memory.ts'
import type { Address, Block } from '../src/types.ts'
import { blockFiles } from './cases/blocks.ts'
import { demand } from './cases/case.ts'
import { type ParallelEngines, warmUp } from './cases/parallel.ts'
import { quantile } from './statistics.ts'

const WORKERS = [2, 4, 8, 16, 32] as const
const LEAST_TRANSACTIONS = 50
/** Recorded runs of each block, with one thread and with two: the least time of each transaction counts. */
const RUNS = 9
/** Whom transactions are said to come from: who signed them does not matter here. */
const NOBODY: Address = `0x${'00'.repeat(20)}`

/** Figures of all blocks at one number of workers. */
export interface ModelRow {
  workers: number
  /** Sequential time over modelled time, all blocks together, and of the median block. */
  speedup: number
  medianSpeedup: number
  /** What no schedule can beat, all blocks together. */
  bound: number
  /** speedup / bound */
  reached: number
  /** The same blocks batch by batch, all blocks together; barriers cost nothing. Reports from before it was modelled have none. */
  batched?: number
  /** Runs that were made again, per transaction. */
  reruns: number
}

/** The model over the blocks of the folder; undefined where it is absent. */
export async function runModel(engines: ParallelEngines, folder: string): Promise<ModelRow[] | undefined> {
  if (!existsSync(folder)) return undefined
  const read = blockFileReader()
  const blocks = blockFiles(folder)
    .map(({ file }) => read(file))
    .filter(({ block }) => forkByName(block.env.fork).rules >= abi.ISTANBUL)
    .filter(({ block }) => block.transactions.length >= LEAST_TRANSACTIONS)
  for (const file of blocks) await warmUp(engines, file, [1, 2])
  const observers = blocks.map(file => new Observer(engines, file))
  // All blocks in turns: what else the machine does for a while falls on some runs of each, and not on all of one.
  for (let run = 0; run < RUNS; run++) for (const observer of observers) await observer.run()
  const observed: Observed[] = []
  for (const observer of observers) observed.push(await observer.end())
  // Where the second thread never came to run anything ahead of its turn, it costs what it does elsewhere.
  for (const cost of ['frontier', 'dispatch'] as const) {
    const usual = quantile(observed.map(({ costs }) => costs[cost]!).filter(Number.isFinite), 0.5)
    for (const { costs } of observed) if (!Number.isFinite(costs[cost])) costs[cost] = usual
  }
  return WORKERS.map(workers => rowOf(observed, workers))
}

interface Observed {
  report: ParallelReport
  costs: Costs
  kinds: Uint32Array
}

/** Takes the times of a block: on one worker; and on two, since what a commit costs shows only where another thread has run the transaction. */
class Observer {
  readonly #engines: ParallelEngines
  readonly #file: BlockFile
  /** Least microseconds of each transaction: of its run, of its commit, and of what lies between a run ahead and what its thread does next. */
  readonly #execution: Float64Array
  readonly #commits: Float64Array
  readonly #gaps: Float64Array
  #prepare = Number.POSITIVE_INFINITY

  constructor(engines: ParallelEngines, file: BlockFile) {
    this.#engines = engines
    this.#file = file
    const times = () => new Float64Array(file.block.transactions.length).fill(Number.POSITIVE_INFINITY)
    this.#execution = times()
    this.#commits = times()
    this.#gaps = times()
  }

  async run(): Promise<void> {
    const { spans, parallel } = await this.#replay(1, 'spans')
    for (const { tx, kind, start, end } of spans!) {
      if (kind === 'run' || kind === 'rerun') least(this.#execution, tx, end - start)
    }
    const { predict, graph } = parallel!.ms
    this.#prepare = Math.min(this.#prepare, 1000 * (predict + graph))
    this.#takeAhead((await this.#replay(2, 'spans')).spans!)
  }

  async end(): Promise<Observed> {
    const { report } = await this.#replay(1, 'report')
    const costs = {
      execution: this.#execution,
      prepare: this.#prepare,
      frontier: meanOf(this.#commits),
      dispatch: meanOf(this.#gaps),
    }
    return { report: report!, costs, kinds: kindsOf(this.#file.block) }
  }

  async #replay(threads: number, record: 'report' | 'spans'): Promise<ReplayOutcome> {
    const { block, state, expected } = this.#file
    const source = new MemorySource({ ...state, complete: false })
    const options = { source, dispatch: 'dataflow', [record]: true } as const
    const outcome = await replayBlock(this.#engines.with(threads), block, options)
    demand('weft', 'receipts root', expected.receiptsRoot, outcome.receiptsRoot)
    return outcome
  }

  #takeAhead(spans: readonly Span[]): void {
    const last = new Map<number, Span>()
    for (const span of spans) {
      const before = last.get(span.worker)
      last.set(span.worker, span)
      if (before && isAhead(before) && span.kind !== 'wait') least(this.#gaps, before.tx, span.start - before.end)
    }
    // A span at the frontier goes up to where the next one begins: the commits of several transactions share one.
    const atFrontier = spans.filter(({ kind, reason }) => kind === 'frontier' || reason !== undefined)
    atFrontier.sort((a, b) => a.tx - b.tx)
    for (const [i, { tx, kind, start, end }] of atFrontier.entries()) {
      if (kind !== 'frontier') continue
      const next = atFrontier[i + 1]?.tx ?? this.#commits.length
      for (let each = tx; each < next; each++) least(this.#commits, each, (end - start) / (next - tx))
    }
  }
}

const isAhead = ({ kind, reason }: Span): boolean => (kind === 'run' || kind === 'rerun') && reason === undefined

function least(times: Float64Array, tx: number, time: number): void {
  times[tx] = Math.min(times[tx]!, time)
}

/** Of the transactions for which it was seen, without the tenth that is longest: threads are interrupted. Infinite where it never was. */
function meanOf(times: Float64Array): number {
  const seen = times.filter(Number.isFinite).sort()
  const kept = seen.subarray(0, Math.ceil(0.9 * seen.length))
  return kept.length > 0 ? kept.reduce((sum, each) => sum + each, 0) / kept.length : Number.POSITIVE_INFINITY
}

/** What each transaction calls: the contract and the selector. */
function kindsOf({ transactions }: Block): Uint32Array {
  const numbers = new Map<string, number>()
  const crypto = new Crypto()
  return Uint32Array.from(transactions, bytes => {
    const { to, input } = readTransaction(bytes, crypto, NOBODY)
    const kind = `${to}/${String(input).slice(0, 10)}`
    const number = numbers.get(kind) ?? numbers.size
    numbers.set(kind, number)
    return number
  })
}

function rowOf(observed: readonly Observed[], workers: number): ModelRow {
  const each = observed.map(({ report, costs, kinds }) => {
    const { makespan, sequential, bound, reruns, frontierReruns } = simulate(report.predicted, {
      workers,
      costs,
      actual: report.actual,
      kinds,
      priorities: prioritiesOf(report.predicted, workers, costs.execution),
    })
    const again = reruns + frontierReruns
    const inBatches = simulate(report.predicted, {
      workers,
      costs,
      actual: report.actual,
      dispatch: 'batched',
    }).makespan
    return { makespan, inBatches, sequential, least: sequential / bound, again, count: report.predicted.count }
  })
  const sum = (of: (one: (typeof each)[number]) => number): number => each.reduce((total, one) => total + of(one), 0)
  const speedup = sum(one => one.sequential) / sum(one => one.makespan)
  const bound = sum(one => one.sequential) / sum(one => one.least)
  return {
    workers,
    speedup,
    medianSpeedup: quantile(
      each.map(one => one.sequential / one.makespan),
      0.5,
    ),
    bound,
    reached: speedup / bound,
    batched: sum(one => one.sequential) / sum(one => one.inBatches),
    reruns: sum(one => one.again) / sum(one => one.count),
  }
}

const COLUMNS: readonly Column[] = [
  { title: 'workers (model)', align: 'right' },
  { title: 'speed-up', align: 'right' },
  { title: 'median block', align: 'right' },
  { title: 'bound', align: 'right' },
  { title: 'reached', align: 'right' },
  { title: 'run again', align: 'right' },
  { title: 'in batches', align: 'right' },
]

/** The table of the model. */
export function modelLines(rows: readonly ModelRow[]): string[] {
  return formatTable(
    COLUMNS,
    rows.map(({ workers, speedup, medianSpeedup, bound, reached, reruns, batched }) => [
      String(workers),
      speedup.toFixed(2),
      medianSpeedup.toFixed(2),
      bound.toFixed(2),
      `${(100 * reached).toFixed(1)} %`,
      `${(100 * reruns).toFixed(2)} %`,
      batched === undefined ? '-' : batched.toFixed(2),
    ]),
  )
}
