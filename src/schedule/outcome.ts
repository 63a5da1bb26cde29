// The figures of a block for whoever asked to run it: a summary always, everything where it was recorded.

import * as abi from '../abi.ts'
import type { ParallelCounters, ThreadReport } from '../core/report.ts'
import type { BlockTimes } from '../types.ts'
import { type ConflictGraph, edgeAccuracy } from './graph.ts'
import { type Dispatch, graphMetrics, type ParallelMetrics } from './metrics.ts'
import {
  actualGraph,
  type ObservedAccess,
  observed,
  predictedGraph,
  predictionMetrics,
  spansOf,
  waitsOf,
  workerMetrics,
} from './observe.ts'
import type { Span } from './simulate.ts'

/** What was recorded of a block. */
export interface ParallelReport {
  /** What the engine went by, weighted with the gas it expected. */
  predicted: ConflictGraph
  /** What the transactions really accessed, weighted with the gas they used. */
  actual: ConflictGraph
  /** Colour of each transaction in the predicted graph. */
  colours: Uint32Array
  /** What each transaction was expected to access, and what it did access. */
  foreseen: ObservedAccess[]
  accesses: ObservedAccess[]
  /** Runs of each transaction. */
  runs: Uint32Array
  /** What the threads did when. */
  spans: Span[]
}

/** What is known of a block besides the core's report. */
export interface BlockFacts {
  workers: number
  asked: Dispatch | 'auto'
  gas: number
  ms: BlockTimes
}

const CHOSEN: Record<number, Dispatch> = {
  [abi.DISPATCH_SEQUENTIAL]: 'sequential',
  [abi.DISPATCH_DATAFLOW]: 'dataflow',
  [abi.DISPATCH_BATCHED]: 'batched',
}

/** The summary of a block that the core planned. */
export function parallelMetrics(facts: BlockFacts, counters: ParallelCounters): ParallelMetrics {
  const { workers, asked, gas, ms } = facts
  const { predictMs, graphMs, dispatch } = counters
  return {
    workers,
    dispatch: { asked, chosen: CHOSEN[dispatch] ?? 'sequential', reason: reasonOf(counters) },
    transactions: counters.transactions,
    gas,
    colours: counters.colours,
    parallelism: counters.criticalTime ? counters.time / counters.criticalTime : 1,
    prediction: [],
    aborts: counters.aborts,
    reruns: counters.reruns,
    frontierReruns: counters.frontierReruns,
    misses: counters.misses,
    wastedGas: counters.wastedGas,
    idle: counters.waits,
    hashing: { hashes: counters.hashes, memoHits: counters.memoHits, memoMisses: counters.memoMisses },
    ms: { predict: predictMs, graph: graphMs, execute: ms.execute - predictMs - graphMs, roots: ms.roots },
    workerMs: [],
    waits: [],
  }
}

/** The summary of a block that the core was not asked to plan. */
export function sequentialMetrics(facts: BlockFacts, transactions: number, reason: string): ParallelMetrics {
  const { workers, asked, gas, ms } = facts
  return {
    workers,
    dispatch: { asked, chosen: 'sequential', reason },
    transactions,
    gas,
    colours: transactions,
    parallelism: 1,
    prediction: [],
    aborts: 0,
    reruns: 0,
    frontierReruns: 0,
    misses: 0,
    wastedGas: 0,
    idle: 0,
    hashing: { hashes: 0, memoHits: 0, memoMisses: 0 },
    ms: { predict: 0, graph: 0, execute: ms.execute, roots: ms.roots },
    workerMs: [],
    waits: [],
  }
}

/** Summary and spans of a block of which only those were recorded; there are none where the transactions ran one after the other. */
export function spanReport(facts: BlockFacts, report: ThreadReport): { parallel: ParallelMetrics; spans?: Span[] } {
  const parallel = parallelMetrics(facts, report)
  if (report.dispatch === abi.DISPATCH_SEQUENTIAL) return { parallel }
  const spans = spansOf(report)
  return { parallel: { ...parallel, workerMs: workerMetrics(spans) }, spans }
}

/**
 * Summary and record of a block of which everything was to be recorded. `gas`: what each transaction used. There is no record
 * where the transactions ran one after the other.
 */
export function fullReport(
  facts: BlockFacts,
  report: ThreadReport,
  gas: Float64Array,
): { parallel: ParallelMetrics; report?: ParallelReport } {
  const { parallel: summary, spans } = spanReport(facts, report)
  if (!spans) return { parallel: summary }
  const predicted = predictedGraph(report)
  const actual = actualGraph(report, gas)
  const parallel = {
    ...summary,
    predicted: graphMetrics(predicted, facts.workers),
    actual: graphMetrics(actual, facts.workers),
    edges: edgeAccuracy(predicted, actual),
    prediction: predictionMetrics(report),
    waits: waitsOf(predicted, actual, spans),
  }
  const [foreseen, accesses] = [observed(report.predicted), observed(report.accesses)]
  const { txColours: colours, txRuns: runs } = report
  return { parallel, report: { predicted, actual, colours, foreseen, accesses, runs, spans } }
}

function reasonOf({ reason, transactions, time, criticalTime }: ParallelCounters): string {
  switch (reason) {
    case abi.REASON_ASKED:
      return 'it was asked for'
    case abi.REASON_FEW:
      return `${transactions} transactions are too few to share out`
    case abi.REASON_CHEAP:
      return 'there is too little work to share out'
    case abi.REASON_SERIAL:
      return time
        ? `one chain of dependencies takes ${Math.round((100 * criticalTime) / time)} % of the time`
        : 'blocks with such transactions were one chain of dependencies'
    case abi.REASON_SLOWER:
      return 'blocks with such transactions were not faster on several threads'
    case abi.REASON_ROOTS:
      return 'receipts hold state roots, which need one transaction after the other'
    default:
      return `the work is ${(time / criticalTime).toFixed(1)} times that of the longest chain of dependencies`
  }
}
