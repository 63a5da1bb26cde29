// What the core tells of a block that ran in parallel (PARALLEL_* of the ABI), as plain values and arrays.

import type { Reader } from '../abi.ts'
import * as abi from '../abi.ts'
import type { Address } from '../types.ts'

/** Counters of a block, always there. */
export interface ParallelCounters {
  /** DISPATCH_* that was taken, and why: REASON_*. */
  dispatch: number
  reason: number
  transactions: number
  /** Colours of the predicted graph. */
  colours: number
  /** Predicted nanoseconds, in all and on the critical path. */
  time: number
  criticalTime: number
  /** Speculative runs, those of them after a transaction's first, those that did not hold, those that lacked state. */
  runs: number
  reruns: number
  aborts: number
  misses: number
  /** Runs at the frontier, and those of them of transactions that had run before. */
  frontierRuns: number
  frontierReruns: number
  waits: number
  wastedGas: number
  /** Hashes made for predictions, those of them that runs asked for, and hashes of the same lengths that were not among them. */
  hashes: number
  memoHits: number
  memoMisses: number
  /** Milliseconds. */
  predictMs: number
  graphMs: number
}

/** An access, predicted or real. */
export interface Access {
  tx: number
  address: Address
  /** WHAT_*, MODE_* and SOURCE_* of assembly/parallel/program.ts; a real one has source 0. */
  what: number
  mode: number
  source: number
  key: bigint
}

/** What a thread did for a while: SPAN_*; times in milliseconds since the transactions began. */
export interface ThreadSpan {
  thread: number
  tx: number
  kind: number
  run: number
  start: number
  end: number
}

/** Everything that was recorded. */
export interface ThreadReport extends ParallelCounters {
  /** Predicted gas, colour and runs of each transaction. */
  txGas: Float64Array
  txColours: Uint32Array
  txRuns: Uint32Array
  /** Edges of the predicted graph, as in schedule/graph. */
  successorStart: Uint32Array
  successors: Uint32Array
  predicted: Access[]
  accesses: Access[]
  spans: ThreadSpan[]
}

/** Reads the counters of the report at `at`. */
export function readCounters(reader: Reader, at: number): ParallelCounters {
  return {
    dispatch: reader.u32(at + abi.PARALLEL_DISPATCH),
    reason: reader.u32(at + abi.PARALLEL_REASON),
    transactions: reader.u32(at + abi.PARALLEL_TXS),
    colours: reader.u32(at + abi.PARALLEL_COLOURS),
    time: Number(reader.u64(at + abi.PARALLEL_TIME)),
    criticalTime: Number(reader.u64(at + abi.PARALLEL_CRITICAL_TIME)),
    runs: reader.u32(at + abi.PARALLEL_RUNS),
    reruns: reader.u32(at + abi.PARALLEL_RERUNS),
    aborts: reader.u32(at + abi.PARALLEL_ABORTS),
    misses: reader.u32(at + abi.PARALLEL_MISSES),
    frontierRuns: reader.u32(at + abi.PARALLEL_FRONTIER_RUNS),
    frontierReruns: reader.u32(at + abi.PARALLEL_FRONTIER_RERUNS),
    waits: reader.u32(at + abi.PARALLEL_WAITS),
    wastedGas: Number(reader.u64(at + abi.PARALLEL_WASTED_GAS)),
    hashes: reader.u32(at + abi.PARALLEL_HASHES),
    memoHits: reader.u32(at + abi.PARALLEL_MEMO_HITS),
    memoMisses: reader.u32(at + abi.PARALLEL_MEMO_MISSES),
    predictMs: reader.u32(at + abi.PARALLEL_PREDICT_TIME) / 1000,
    graphMs: reader.u32(at + abi.PARALLEL_GRAPH_TIME) / 1000,
  }
}

/** Reads all of the report at `at`. */
export function readReport(reader: Reader, at: number): ThreadReport {
  const counters = readCounters(reader, at)
  const graph = reader.u32(at + abi.PARALLEL_GRAPH)
  const count = counters.transactions
  const each = (field: number): number[] =>
    Array.from({ length: count }, (_, i) => reader.u32(graph + i * abi.GRAPH_TX_SIZE + field))
  const edges = reader.u32(at + abi.PARALLEL_EDGES)
  const successors = reader.u32(at + abi.PARALLEL_SUCCESSORS)
  return {
    ...counters,
    txGas: Float64Array.from(each(abi.GRAPH_TX_GAS)),
    txColours: Uint32Array.from(each(abi.GRAPH_TX_COLOUR)),
    txRuns: Uint32Array.from(each(abi.GRAPH_TX_RUNS)),
    successorStart: Uint32Array.from(edges ? [...each(abi.GRAPH_TX_SUCCESSORS), edges] : new Array(count + 1).fill(0)),
    successors: Uint32Array.from({ length: edges }, (_, i) => reader.u32(successors + i * 4)),
    predicted: readAccesses(reader, at, abi.PARALLEL_PREDICTED, abi.PARALLEL_PREDICTED_COUNT),
    accesses: readAccesses(reader, at, abi.PARALLEL_ACCESSES, abi.PARALLEL_ACCESS_COUNT),
    spans: readSpans(reader, at),
  }
}

function readAccesses(reader: Reader, report: number, list: number, count: number): Access[] {
  const first = reader.u32(report + list)
  return Array.from({ length: reader.u32(report + count) }, (_, i) => {
    const at = first + i * abi.ACCESS_SIZE
    const what = reader.u32(at + abi.ACCESS_WHAT)
    return {
      tx: reader.u32(at + abi.ACCESS_TX),
      address: reader.hex(at + abi.ACCESS_ADDRESS, 20),
      what: what & 255,
      mode: reader.u32(at + abi.ACCESS_MODE),
      source: what >>> 8,
      key: reader.word(at + abi.ACCESS_KEY),
    }
  })
}

function readSpans(reader: Reader, report: number): ThreadSpan[] {
  const first = reader.u32(report + abi.PARALLEL_SPANS)
  const began = reader.f64(report + abi.PARALLEL_BEGAN)
  return Array.from({ length: reader.u32(report + abi.PARALLEL_SPAN_COUNT) }, (_, i) => {
    const at = first + i * abi.SPAN_SIZE
    return {
      thread: reader.u32(at + abi.SPAN_THREAD),
      tx: reader.u32(at + abi.SPAN_TX),
      kind: reader.u32(at + abi.SPAN_KIND),
      run: reader.u32(at + abi.SPAN_RUN),
      start: reader.f64(at + abi.SPAN_START) - began,
      end: reader.f64(at + abi.SPAN_END) - began,
    }
  })
}
