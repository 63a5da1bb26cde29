// What is reported of a block that ran in parallel (research: what maintainers and users of parallel engines ask for):
// how parallel it could be, how well that was foreseen, what was wasted, where the time went, who waited for what. The
// engine fills ParallelMetrics in; `--json` prints it as it is under `parallel`, `--explain` as the tables made here.
// Tables are plain rows: the command line aligns them.

import { dsaturColours } from './colouring.ts'
import type { ConflictGraph, EdgeAccuracy } from './graph.ts'
import {
  boundsOf,
  type CliqueBounds,
  cliqueBoundsOf,
  componentsOf,
  countOf,
  criticalPathOf,
  type HotObject,
  hottestObjects,
  levelsOf,
} from './levels.ts'

/** How transactions were given to workers. */
export type Dispatch = 'dataflow' | 'batched' | 'sequential'

/** The shape of a conflict graph in figures. */
export interface GraphMetrics {
  edges: number
  /** Colours that keep the order. */
  levels: number
  /** Colours where the order is free (DSATUR); only where it was asked for. */
  colours?: number
  components: number
  /** Transactions of the largest component. */
  largestComponent: number
  criticalGas: number
  criticalTransactions: number
  /** Gas over critical-path gas. */
  parallelism: number
  /** Gas over max(critical-path gas, gas / workers). */
  bound: number
  hottest: HotObject[]
  clique: CliqueBounds
}

/** Where a prediction came from. */
export type PredictionSource = 'envelope' | 'static' | 'learned' | 'accessList' | 'hint'

/** How well storage accesses were foreseen, by one source or by all together. */
export interface SourceMetrics {
  source: PredictionSource | 'all'
  /** Keys predicted, per transaction and each once. */
  predicted: number
  /** Keys really accessed. */
  actual: number
  /** Keys both predicted and accessed. */
  common: number
  /** The same, of those keys at which transactions of the block really met. */
  conflictActual: number
  conflictCommon: number
}

/** Time of each phase in milliseconds. */
export interface ParallelTimes {
  predict: number
  graph: number
  execute: number
  roots: number
}

/** What one worker did, in milliseconds. */
export interface WorkerMetrics {
  worker: number
  /** Executions that counted. */
  run: number
  /** Executions that did not hold. */
  rerun: number
  /** Validation and commits. */
  frontier: number
  /** Nothing to do, or waiting for a lock. */
  wait: number
  transactions: number
}

/** Why a transaction waited. */
export interface WaitMetrics {
  tx: number
  /** The transaction that it waited for. */
  for: number
  /** What they met at, where it is known. */
  object?: string
  /** From the beginning of the block to the transaction's first run. */
  microseconds: number
  /** predicted: held back until that one had run. rerun: it ran before that one, and then again. */
  kind: 'predicted' | 'rerun'
}

/** A block in parallel. */
export interface ParallelMetrics {
  workers: number
  dispatch: { asked: Dispatch | 'auto'; chosen: Dispatch; reason: string }
  transactions: number
  gas: number
  /** The predicted graph in two figures, always there: colours in the order of the block, gas over critical-path gas. */
  colours: number
  parallelism: number
  /** Its whole shape; absent where accesses were not recorded. */
  predicted?: GraphMetrics
  /** Shape of the graph of real accesses; absent where they were not recorded. */
  actual?: GraphMetrics
  edges?: EdgeAccuracy
  /** By source, and `all` last; empty where accesses were not recorded. */
  prediction: SourceMetrics[]
  /** Runs whose work was thrown away, whoever found that they did not hold. */
  aborts: number
  /** Runs after the first, ahead of the frontier. */
  reruns: number
  /** Runs after the first, at the frontier. */
  frontierReruns: number
  /** Runs that ended because state was missing. */
  misses: number
  /** Gas of runs that did not count. */
  wastedGas: number
  /** Times a worker found nothing to do. */
  idle: number
  /** Hashes made for predictions, and how often runs found theirs among them. */
  hashing: { hashes: number; memoHits: number; memoMisses: number }
  ms: ParallelTimes
  /** Empty where times were not recorded. */
  workerMs: WorkerMetrics[]
  /** The longest waits, longest first; empty where times were not recorded. */
  waits: WaitMetrics[]
  /** Time of sequential execution over time of this; only where both were measured. */
  speedup?: number
}

/** The figures of a graph for that many workers. `withColours` also colours it for free order, which takes longer. */
export function graphMetrics(graph: ConflictGraph, workers: number, withColours = false): GraphMetrics {
  const components = componentsOf(graph)
  const path = criticalPathOf(graph)
  const { parallelism, speedup } = boundsOf(graph, workers)
  return {
    edges: graph.successors.length,
    levels: countOf(levelsOf(graph)),
    ...(withColours && { colours: countOf(dsaturColours(graph)) }),
    components: components.count,
    largestComponent: components.sizes.reduce((most, each) => Math.max(most, each), 0),
    criticalGas: path.gas,
    criticalTransactions: path.transactions.length,
    parallelism,
    bound: speedup,
    hottest: hottestObjects(graph, 5),
    clique: cliqueBoundsOf(graph),
  }
}

/** A table without its layout; the columns are those of the command line's tables. */
export interface MetricsTable {
  columns: { title: string; align: 'left' | 'right' }[]
  rows: string[][]
}

/** The tables of `--explain`, in the order in which they are printed; those without rows are left out. */
export function metricsTables(metrics: ParallelMetrics): MetricsTable[] {
  const tables = [
    summaryTable(metrics),
    graphTable(metrics),
    predictionTable(metrics),
    hottestTable(metrics),
    workerTable(metrics),
    waitTable(metrics),
  ]
  return tables.filter(({ rows }) => rows.length > 0)
}

function summaryTable(metrics: ParallelMetrics): MetricsTable {
  const { dispatch, workers, transactions, gas, ms } = metrics
  const asked = dispatch.asked === dispatch.chosen ? '' : ` (${dispatch.asked})`
  const rows = [
    ['dispatch', `${dispatch.chosen}${asked}: ${dispatch.reason}`],
    ['workers', grouped(workers)],
    ['transactions', grouped(transactions)],
    ['gas', grouped(gas)],
    ['runs again', `${grouped(metrics.reruns)}, and ${grouped(metrics.frontierReruns)} at the frontier`],
    ['runs that did not hold', grouped(metrics.aborts)],
    ['runs that lacked state', grouped(metrics.misses)],
    ['wasted gas', `${grouped(metrics.wastedGas)} (${percent(metrics.wastedGas, gas)})`],
    ['hashes for predictions', grouped(metrics.hashing.hashes)],
    ['hash memo', `${percent(metrics.hashing.memoHits, metrics.hashing.memoHits + metrics.hashing.memoMisses)} hits`],
    ['batches predicted', grouped(metrics.colours)],
    ['parallelism predicted', metrics.parallelism.toFixed(2)],
    ...Object.entries(ms).map(([phase, time]) => [`${phase} ms`, milliseconds(time)]),
  ]
  const { speedup, predicted, actual } = metrics
  if (speedup !== undefined) {
    const bound = (actual ?? predicted)?.bound
    const reached = bound === undefined ? '' : `, ${percent(speedup, bound)} of the bound`
    rows.push(['speed-up', `${speedup.toFixed(2)}${reached}`])
  }
  return { columns: [left('block'), left('')], rows }
}

function graphTable({ predicted, actual, edges }: ParallelMetrics): MetricsTable {
  const columns = [left('conflict graph'), right('predicted'), right('actual')]
  if (predicted === undefined && actual === undefined) return { columns, rows: [] }
  const row = (title: string, value: (graph: GraphMetrics) => string): string[] => [
    title,
    ...[predicted, actual].map(each => (each ? value(each) : '-')),
  ]
  const rows = [
    row('edges', graph => grouped(graph.edges)),
    row('levels', graph => grouped(graph.levels)),
    row('colours, free order', ({ colours }) => (colours === undefined ? '-' : grouped(colours))),
    row('largest clique', graph => grouped(graph.clique.colours)),
    row('components', graph => grouped(graph.components)),
    row('largest component', graph => grouped(graph.largestComponent)),
    row('critical path, transactions', graph => grouped(graph.criticalTransactions)),
    row('critical path, gas', graph => grouped(graph.criticalGas)),
    row('parallelism', graph => graph.parallelism.toFixed(2)),
    row('bound for these workers', graph => graph.bound.toFixed(2)),
  ]
  if (edges) {
    rows.push(['precision of edges', '', percent(edges.common, edges.predicted)])
    rows.push(['recall of edges', '', percent(edges.common, edges.actual)])
  }
  return { columns, rows }
}

function predictionTable({ prediction }: ParallelMetrics): MetricsTable {
  return {
    columns: [
      left('prediction'),
      right('keys'),
      right('precision'),
      right('recall'),
      right('recall where transactions meet'),
    ],
    rows: prediction.map(each => [
      each.source,
      grouped(each.predicted),
      percent(each.common, each.predicted),
      percent(each.common, each.actual),
      percent(each.conflictCommon, each.conflictActual),
    ]),
  }
}

function hottestTable({ predicted, actual }: ParallelMetrics): MetricsTable {
  const hottest = (actual ?? predicted)?.hottest ?? []
  return {
    columns: [left('hottest objects'), right('txs'), right('gas'), right('read'), right('written'), right('added to')],
    rows: hottest.map(({ name, transactions, gas, readers, writers, deltas }) => [
      name,
      ...[transactions, gas, readers, writers, deltas].map(grouped),
    ]),
  }
}

function workerTable({ workerMs }: ParallelMetrics): MetricsTable {
  return {
    columns: [
      left('worker'),
      right('txs'),
      right('run ms'),
      right('rerun ms'),
      right('frontier ms'),
      right('wait ms'),
      right('busy'),
    ],
    rows: workerMs.map(({ worker, transactions, run, rerun, frontier, wait }) => {
      const busy = run + rerun + frontier
      const times = [run, rerun, frontier, wait].map(milliseconds)
      return [String(worker), grouped(transactions), ...times, percent(busy, busy + wait)]
    }),
  }
}

function waitTable({ waits }: ParallelMetrics): MetricsTable {
  return {
    columns: [left('why it waited'), right('for'), right('µs'), left('kind'), left('object')],
    rows: waits.map(each => [
      `tx ${each.tx}`,
      `tx ${each.for}`,
      each.microseconds.toFixed(1),
      each.kind,
      each.object ?? '-',
    ]),
  }
}

function left(title: string): MetricsTable['columns'][number] {
  return { title, align: 'left' }
}

function right(title: string): MetricsTable['columns'][number] {
  return { title, align: 'right' }
}

function grouped(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}

function milliseconds(time: number): string {
  return time.toFixed(3)
}

/** A share; "-" where there is nothing to have a share of. */
function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`
}
