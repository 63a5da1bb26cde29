// What the views show, drawn from the record of a run: a graph with its batches, and what each transaction did when.

import {
  batchesOf,
  type ConflictGraph,
  type CriticalPath,
  criticalPathOf,
  levelsOf,
  type ObservedAccess,
  type ParallelReport,
  type Predecessors,
  predecessorsOf,
  type Span,
} from '../../src/index.ts'

/** Which accesses a graph was made of. */
export type GraphKind = 'actual' | 'predicted'

/** A conflict graph, ready to be drawn. */
export interface GraphModel {
  kind: GraphKind
  graph: ConflictGraph
  predecessors: Predecessors
  /** The batch of each transaction, and the transactions of each batch. */
  batchOf: Uint32Array
  batches: readonly Uint32Array[]
  critical: CriticalPath
  isCritical: Uint8Array
}

/** The graph of what was really accessed, or of what was predicted. */
export function graphModel(report: ParallelReport, kind: GraphKind): GraphModel {
  const graph = report[kind]
  const batchOf = kind === 'predicted' ? report.colours : levelsOf(graph)
  const critical = criticalPathOf(graph)
  const isCritical = new Uint8Array(graph.count)
  for (const tx of critical.transactions) isCritical[tx] = 1
  return {
    kind,
    graph,
    predecessors: predecessorsOf(graph),
    batchOf,
    batches: batchesOf(batchOf),
    critical,
    isCritical,
  }
}

/** Runs and commit of a transaction, in µs since the block's transactions began. */
export interface TxTimes {
  /** In the order of time; all but the last did not hold. */
  runs: readonly Span[]
  /** Until it was committed; the end of its last run where that was not recorded. */
  committed: number
}

/** Times of all transactions, and when the last of them was over. */
export interface Times {
  of: readonly TxTimes[]
  workers: number
  end: number
}

/** Sorts the spans by transaction. */
export function timesOf({ spans, actual }: ParallelReport): Times {
  const runs: Span[][] = Array.from({ length: actual.count }, () => [])
  const committed = new Float64Array(actual.count)
  let [end, workers] = [1, 1]
  for (const span of spans) {
    end = Math.max(end, span.end)
    workers = Math.max(workers, span.worker + 1)
    if (span.tx >= actual.count) continue
    if (span.kind === 'run' || span.kind === 'rerun') runs[span.tx]!.push(span)
    if (span.kind === 'frontier') committed[span.tx] = Math.max(committed[span.tx]!, span.end)
  }
  const of = runs.map((list, tx) => ({ runs: list, committed: Math.max(committed[tx]!, list.at(-1)?.end ?? 0) }))
  return { of, workers, end }
}

/** What a transaction is at, at some time. */
export type TxState = 'waiting' | 'running' | 'failed' | 'executed' | 'committed'

/** The state of a transaction at a time in µs. */
export function stateAt({ runs, committed }: TxTimes, time: number): TxState {
  if (time >= committed) return 'committed'
  let state: TxState = 'waiting'
  for (const [i, { start, end }] of runs.entries()) {
    if (time < start) break
    if (time < end) return 'running'
    state = i === runs.length - 1 ? 'executed' : 'failed'
  }
  return state
}

/** An access as it was foreseen and as it was. */
export interface ComparedAccess {
  name: string
  foreseen: string
  actual: string
}

/** The accesses of a transaction, foreseen beside actual ones. */
export function comparedAccesses(report: ParallelReport, tx: number): ComparedAccess[] {
  const rows = new Map<string, ComparedAccess>()
  const add = (accesses: readonly ObservedAccess[], column: 'foreseen' | 'actual'): void => {
    for (const access of accesses) {
      if (access.tx !== tx) continue
      const row = rows.get(access.name) ?? { name: access.name, foreseen: '', actual: '' }
      row[column] = joined(row[column], access)
      rows.set(access.name, row)
    }
  }
  add(report.accesses, 'actual')
  add(report.foreseen, 'foreseen')
  return [...rows.values()]
}

/** One letter for each of reads, writes and adds. */
function joined(before: string, { reads, writes, adds }: ObservedAccess): string {
  const has = (letter: string, now: boolean): string => (now || before.includes(letter) ? letter : '')
  return has('R', reads) + has('W', writes) + has('A', adds)
}

/** What a transaction had to wait for: the last writers of what it reads. */
export interface Wait {
  tx: number
  objects: readonly string[]
}

/** The transactions before a transaction, the last first, with what they meet at. */
export function waitsFor({ graph, predecessors }: GraphModel, tx: number): Wait[] {
  const { predecessorStart, predecessors: list } = predecessors
  const before = [...list.subarray(predecessorStart[tx], predecessorStart[tx + 1])].reverse()
  const mine = graph.objects?.filter(({ readers }) => readers.includes(tx)) ?? []
  return before.map(each => ({
    tx: each,
    objects: mine
      .filter(({ writers, deltas }) => writers.includes(each) || deltas?.includes(each))
      .map(({ name }) => name),
  }))
}
