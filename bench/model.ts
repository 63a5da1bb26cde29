// What more workers would bring, where there are not enough cores to measure it: the mainnet blocks from Istanbul on with at least 50
// transactions (set M of research on real blocks) in the model of schedule/simulate. It schedules with the predicted edges and
// charges what was measured: on one worker the time of each transaction, of prediction and graph; on two what a run ahead costs
// besides, and its commit. A transaction whose prediction was wrong runs again, or is left to its turn where others of its kind in the
// block ran in vain. Beside it what no schedule can beat, the larger of critical path and work over workers; and the same in batches,
// one colour after the other, with barriers that cost nothing.

import { existsSync } from 'node:fs'
import * as abi from '../src/abi.ts'
import { replayBlock } from '../src/block.ts'
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
/** Recorded runs of each block: the fastest time of each transaction counts. */
const RUNS = 5
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
  const observed: Observed[] = []
  for (const file of blocks) {
    await warmUp(engines, file, [1, 2])
    observed.push(await observe(engines, file))
  }
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

/** Runs a block on one worker and takes its times; what a commit costs shows only where another thread has run the transaction. */
async function observe(engines: ParallelEngines, file: BlockFile): Promise<Observed> {
  const { block, state, expected } = file
  const execution = new Float64Array(block.transactions.length).fill(Number.POSITIVE_INFINITY)
  let [prepare, frontier, dispatch] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let report: ParallelReport | undefined
  for (let run = 0; run < RUNS; run++) {
    const source = new MemorySource({ ...state, complete: false })
    const outcome = await replayBlock(engines.with(1), block, { source, dispatch: 'dataflow', report: true })
    demand('weft', 'receipts root', expected.receiptsRoot, outcome.receiptsRoot)
    report = outcome.report!
    for (const { tx, kind, start, end } of report.spans) {
      if (kind === 'run' || kind === 'rerun') execution[tx] = Math.min(execution[tx]!, end - start)
    }
    const { predict, graph } = outcome.parallel!.ms
    prepare = Math.min(prepare, 1000 * (predict + graph))
    const ahead = await runAhead(engines, file)
    frontier = Math.min(frontier, ahead.frontier)
    dispatch = Math.min(dispatch, ahead.dispatch)
  }
  return { report: report!, costs: { execution, prepare, frontier, dispatch }, kinds: kindsOf(block) }
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

/** Microseconds of a commit, and of what lies between a run ahead and what its thread does next, with two threads. */
async function runAhead(
  engines: ParallelEngines,
  { block, state, expected }: BlockFile,
): Promise<{ frontier: number; dispatch: number }> {
  const source = new MemorySource({ ...state, complete: false })
  const options = { source, dispatch: 'dataflow', report: true } as const
  const { report, receiptsRoot } = await replayBlock(engines.with(2), block, options)
  demand('weft', 'receipts root', expected.receiptsRoot, receiptsRoot)
  let [time, ahead] = [0, 0]
  const gaps: number[] = []
  const last = new Map<number, Span>()
  for (const span of report!.spans) {
    const { worker, kind, start, end, reason } = span
    const before = last.get(worker)
    last.set(worker, span)
    if (before && isAhead(before) && kind !== 'wait') gaps.push(start - before.end)
    if (kind === 'frontier') time += end - start
    else if (kind !== 'wait' && reason === undefined) ahead++
  }
  if (ahead === 0) return { frontier: Number.POSITIVE_INFINITY, dispatch: Number.POSITIVE_INFINITY }
  return { frontier: time / ahead, dispatch: gaps.length > 0 ? meanOf(gaps) : Number.POSITIVE_INFINITY }
}

const isAhead = ({ kind, reason }: Span): boolean => (kind === 'run' || kind === 'rerun') && reason === undefined

/** Without the tenth that is longest: threads are interrupted. */
function meanOf(values: number[]): number {
  const kept = values.sort((a, b) => a - b).slice(0, Math.ceil(0.9 * values.length))
  return kept.reduce((sum, each) => sum + each, 0) / kept.length
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
