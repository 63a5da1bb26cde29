// From what the core recorded of a block (core/report.ts) to graphs and figures: who touched what, as predicted and in fact.

import * as program from '../../assembly/parallel/program.ts'
import * as abi from '../abi.ts'
import type { Access, ThreadReport, ThreadSpan } from '../core/report.ts'
import { type ConflictGraph, type ConflictObject, graphOf, predecessorsOf } from './graph.ts'
import { canConflict } from './levels.ts'
import type { PredictionSource, SourceMetrics, WaitMetrics, WorkerMetrics } from './metrics.ts'
import type { Span } from './simulate.ts'

const SOURCES: Record<number, PredictionSource> = {
  [program.SOURCE_ENVELOPE]: 'envelope',
  [program.SOURCE_ACCESS_LIST]: 'accessList',
  [program.SOURCE_STATIC]: 'static',
  [program.SOURCE_LEARNED]: 'learned',
  [program.SOURCE_HINT]: 'hint',
}

/** Longest waits that are reported. */
const MOST_WAITS = 10

/** The graph that the core made of its predictions. */
export function predictedGraph(report: ThreadReport): ConflictGraph {
  const { transactions, txGas, successorStart, successors, predicted } = report
  const objects = objectsOf(predicted.filter(({ mode }) => (mode & ~7) === 0))
  return { count: transactions, gas: txGas, successorStart, successors, objects }
}

/** The graph of what the transactions really accessed. `gas`: what each really used. */
export function actualGraph(report: ThreadReport, gas: Float64Array): ConflictGraph {
  return graphOf(report.transactions, gas, objectsOf(report.accesses))
}

/** The objects of accesses that come in the order of their transactions; those that only one transaction touches are left out. */
function objectsOf(accesses: readonly Access[]): ConflictObject[] {
  const found = new Map<string, { readers: number[]; writers: number[]; deltas: number[] }>()
  for (const access of accesses) {
    if (access.what === program.WHAT_NONCE) continue // nonces are predicates: nobody waits for one
    const name = nameOf(access)
    let object = found.get(name)
    if (!object) {
      object = { readers: [], writers: [], deltas: [] }
      found.set(name, object)
    }
    const { tx, mode, what } = access
    // The price of SSTORE depends on the value before it, so whoever writes a slot reads it.
    const reads = mode & program.MODE_READ || (what === program.WHAT_SLOT && mode & program.MODE_WRITE)
    if (reads && object.readers.at(-1) !== tx) object.readers.push(tx)
    if (mode & program.MODE_WRITE && object.writers.at(-1) !== tx) object.writers.push(tx)
    if (mode & program.MODE_DELTA && object.deltas.at(-1) !== tx) object.deltas.push(tx)
  }
  const objects: ConflictObject[] = []
  for (const [name, { readers, writers, deltas }] of found) {
    if (new Set([...readers, ...writers, ...deltas]).size < 2) continue
    objects.push({
      name,
      readers: Uint32Array.from(readers),
      writers: Uint32Array.from(writers),
      deltas: Uint32Array.from(deltas),
    })
  }
  return objects
}

function nameOf({ address, what, key }: Access): string {
  if (what === program.WHAT_SLOT) return `${address}: slot 0x${key.toString(16)}`
  return `${address}: ${what === program.WHAT_BALANCE ? 'balance' : what === program.WHAT_CODE ? 'code' : 'nonce'}`
}

/** An access of a transaction to something that transactions can meet at. */
export interface ObservedAccess {
  tx: number
  /** As in `ConflictObject`. */
  name: string
  reads: boolean
  writes: boolean
  /** Only adds to it, as fees and credits do. */
  adds: boolean
}

/** Accesses in the order of their transactions, those included at which nobody else was. */
export function observed(accesses: readonly Access[]): ObservedAccess[] {
  return accesses
    .filter(({ what, mode }) => what !== program.WHAT_NONCE && (mode & ~7) === 0)
    .map(access => {
      const has = (mode: number): boolean => (access.mode & mode) !== 0
      const { tx } = access
      const adds = has(program.MODE_DELTA)
      return { tx, name: nameOf(access), reads: has(program.MODE_READ), writes: has(program.MODE_WRITE), adds }
    })
}

/** How well storage accesses were foreseen, by source and in all. */
export function predictionMetrics({ predicted, accesses }: ThreadReport): SourceMetrics[] {
  const slotOf = (access: Access): string => `${access.tx} ${access.address} ${access.key}`
  const actual = new Set<string>()
  const conflicting = new Set<string>()
  const slots = accesses.filter(({ what }) => what === program.WHAT_SLOT)
  const met = new Set(
    objectsOf(slots)
      .filter(canConflict)
      .map(({ name }) => name),
  )
  for (const access of slots) {
    actual.add(slotOf(access))
    if (met.has(nameOf(access))) conflicting.add(slotOf(access))
  }
  const metricsOf = (source: SourceMetrics['source'], keys: Set<string>): SourceMetrics => {
    const common = [...keys].filter(key => actual.has(key))
    return {
      source,
      predicted: keys.size,
      actual: actual.size,
      common: common.length,
      conflictActual: conflicting.size,
      conflictCommon: common.filter(key => conflicting.has(key)).length,
    }
  }
  const bySource = new Map<PredictionSource, Set<string>>()
  const all = new Set<string>()
  for (const access of predicted) {
    if (access.what !== program.WHAT_SLOT) continue
    const source = SOURCES[access.source] ?? 'hint'
    const keys = bySource.get(source) ?? new Set()
    bySource.set(source, keys.add(slotOf(access)))
    all.add(slotOf(access))
  }
  const rows = [...bySource].map(([source, keys]) => metricsOf(source, keys))
  return [...rows, metricsOf('all', all)]
}

/** The spans of the threads for a timeline: µs since the transactions began. */
export function spansOf(report: ThreadReport): Span[] {
  return report.spans
    .map(span => ({
      worker: span.thread,
      tx: span.tx,
      run: Math.max(0, span.run - 1),
      start: span.start * 1000,
      end: span.end * 1000,
      kind: kindOf(span),
      ...(span.kind === abi.SPAN_AT_FRONTIER && { reason: 'at the frontier' }),
    }))
    .sort((a, b) => a.start - b.start || a.worker - b.worker)
}

function kindOf({ kind, run }: ThreadSpan): Span['kind'] {
  if (kind === abi.SPAN_WAIT) return 'wait'
  if (kind === abi.SPAN_COMMIT) return 'frontier'
  return run > 1 ? 'rerun' : 'run'
}

/** What each worker did with its time. */
export function workerMetrics(spans: readonly Span[]): WorkerMetrics[] {
  const workers = new Map<number, WorkerMetrics>()
  for (const { worker, kind, start, end } of spans) {
    const metrics = workers.get(worker) ?? { worker, run: 0, rerun: 0, frontier: 0, wait: 0, transactions: 0 }
    workers.set(worker, metrics)
    metrics[kind] += (end - start) / 1000
    if (kind === 'run') metrics.transactions++
  }
  return [...workers.values()].sort((a, b) => a.worker - b.worker)
}

/** The transactions that began last because of another one, or ran again because of one. */
export function waitsOf(predicted: ConflictGraph, actual: ConflictGraph, spans: readonly Span[]): WaitMetrics[] {
  const began = new Map<number, number>()
  const again = new Set<number>()
  for (const { tx, kind, start } of spans) {
    if (kind === 'run') began.set(tx, Math.min(start, began.get(tx) ?? start))
    if (kind === 'rerun') again.add(tx)
  }
  const waits: WaitMetrics[] = []
  const collect = (graph: ConflictGraph, kind: WaitMetrics['kind'], isOne: (tx: number) => boolean): void => {
    const { predecessorStart, predecessors } = predecessorsOf(graph)
    for (const [tx, microseconds] of began) {
      const last = predecessors.subarray(predecessorStart[tx], predecessorStart[tx + 1]).at(-1)
      if (last === undefined || !isOne(tx)) continue
      const object = graph.objects?.find(each => meets(each, last, tx))?.name
      waits.push({ tx, for: last, ...(object && { object }), microseconds, kind })
    }
  }
  collect(predicted, 'predicted', tx => !again.has(tx))
  collect(actual, 'rerun', tx => again.has(tx))
  return waits.sort((a, b) => b.microseconds - a.microseconds).slice(0, MOST_WAITS)
}

function meets({ readers, writers, deltas }: ConflictObject, from: number, to: number): boolean {
  return readers.includes(to) && (writers.includes(from) || deltas?.includes(from) === true)
}
