// What more workers would bring, where there are not enough cores to measure it: the mainnet blocks from Istanbul on with at least 50
// transactions (set M of research on real blocks) in the model of schedule/simulate. It schedules with the predicted edges and
// charges what was measured on one worker: the time of each transaction, of prediction and graph, of a commit. A transaction whose
// prediction was wrong runs again. Beside it what no schedule can beat, the larger of critical path and work over workers.

import { existsSync } from 'node:fs'
import * as abi from '../src/abi.ts'
import { replayBlock } from '../src/block.ts'
import { forkByName } from '../src/chain/forks.ts'
import { type Column, formatTable } from '../src/cli/table.ts'
import type { BlockFile } from '../src/input/block-file.ts'
import { blockFileReader } from '../src/input/file.node.ts'
import type { ParallelReport } from '../src/schedule/outcome.ts'
import { type Costs, simulate } from '../src/schedule/simulate.ts'
import { MemorySource } from '../src/state/memory.ts'
import { blockFiles } from './cases/blocks.ts'
import { type ParallelEngines, warmUp } from './cases/parallel.ts'
import { quantile } from './statistics.ts'

const WORKERS = [2, 4, 8, 16, 32] as const
const LEAST_TRANSACTIONS = 50
/** Recorded runs of each block: the fastest time of each transaction counts. */
const RUNS = 5

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
  /** Transactions that ran again, of all. */
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
  const observed: Observed[] = []
  for (const file of blocks) {
    await warmUp(engines, file, [1, 2])
    observed.push(await observe(engines, file))
  }
  // Where the second thread never came to run anything ahead of its turn, a commit costs what it does elsewhere.
  const usual = quantile(observed.map(({ costs }) => costs.frontier!).filter(Number.isFinite), 0.5)
  for (const { costs } of observed) if (!Number.isFinite(costs.frontier)) costs.frontier = usual
  return WORKERS.map(workers => rowOf(observed, workers))
}

interface Observed {
  report: ParallelReport
  costs: Costs
}

/** Runs a block on one worker and takes its times; what a commit costs shows only where another thread has run the transaction. */
async function observe(engines: ParallelEngines, { block, state }: BlockFile): Promise<Observed> {
  const execution = new Float64Array(block.transactions.length).fill(Number.POSITIVE_INFINITY)
  let [prepare, frontier] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let report: ParallelReport | undefined
  for (let run = 0; run < RUNS; run++) {
    const source = new MemorySource({ ...state, complete: false })
    const outcome = await replayBlock(engines.with(1), block, { source, dispatch: 'dataflow', report: true })
    report = outcome.report!
    for (const { tx, kind, start, end } of report.spans) {
      if (kind === 'run' || kind === 'rerun') execution[tx] = Math.min(execution[tx]!, end - start)
    }
    const { predict, graph } = outcome.parallel!.ms
    prepare = Math.min(prepare, 1000 * (predict + graph))
    frontier = Math.min(frontier, await commitTime(engines, { block, state }))
  }
  return { report: report!, costs: { execution, prepare, frontier } }
}

/** Microseconds of a commit, with two threads. */
async function commitTime(
  engines: ParallelEngines,
  { block, state }: Pick<BlockFile, 'block' | 'state'>,
): Promise<number> {
  const source = new MemorySource({ ...state, complete: false })
  const { report } = await replayBlock(engines.with(2), block, { source, dispatch: 'dataflow', report: true })
  let [time, ahead] = [0, 0]
  for (const { kind, start, end, reason } of report!.spans) {
    if (kind === 'frontier') time += end - start
    else if (kind !== 'wait' && reason === undefined) ahead++
  }
  return ahead === 0 ? Number.POSITIVE_INFINITY : time / ahead
}

function rowOf(observed: readonly Observed[], workers: number): ModelRow {
  const each = observed.map(({ report, costs }) => {
    const { makespan, sequential, bound, frontierReruns } = simulate(report.predicted, {
      workers,
      costs,
      actual: report.actual,
    })
    return { makespan, sequential, least: sequential / bound, frontierReruns, count: report.predicted.count }
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
    reruns: sum(one => one.frontierReruns) / sum(one => one.count),
  }
}

const COLUMNS: readonly Column[] = [
  { title: 'workers (model)', align: 'right' },
  { title: 'speed-up', align: 'right' },
  { title: 'median block', align: 'right' },
  { title: 'bound', align: 'right' },
  { title: 'reached', align: 'right' },
  { title: 'run again', align: 'right' },
]

/** The table of the model. */
export function modelLines(rows: readonly ModelRow[]): string[] {
  return formatTable(
    COLUMNS,
    rows.map(({ workers, speedup, medianSpeedup, bound, reached, reruns }) => [
      String(workers),
      speedup.toFixed(2),
      medianSpeedup.toFixed(2),
      bound.toFixed(2),
      `${(100 * reached).toFixed(1)} %`,
      `${(100 * reruns).toFixed(2)} %`,
    ]),
  )
}
