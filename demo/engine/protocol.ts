// What the page and its worker tell each other. The worker holds the engine, so that the page stays responsive and threads may wait.

import type {
  Check,
  DispatchOption,
  HashMetrics,
  HashOption,
  Hex,
  ParallelMetrics,
  ParallelReport,
  TxStatus,
} from '../../src/index.ts'
import type { SampleName } from '../samples/samples.ts'

/** Which block is to run. */
export type BlockChoice =
  | { kind: 'sample'; name: SampleName }
  /** A block file, and perhaps the codes that it leaves to codes.json(.gz). */
  | { kind: 'files'; files: readonly File[] }
  | { kind: 'rpc'; url: string; block: string }

/** How it is to run. */
export interface Settings {
  /** 1 or more; more than 1 only on a page that is cross-origin isolated. */
  threads: number
  dispatch: DispatchOption
  hash: HashOption
  /** Whether accesses are predicted. */
  hints: boolean
  /** Whether it is run some more times, and sequentially beside, to be measured. */
  compare: boolean
}

/** To the worker. */
export type ToWorker = { kind: 'run'; choice: BlockChoice; settings: Settings } | { kind: 'cancel' }

/** From the worker. */
export type FromWorker =
  | { kind: 'progress'; stage: string; part?: number }
  | { kind: 'done'; result: RunResult }
  | { kind: 'cancelled' }
  | { kind: 'failed'; failure: Failure }

/** Why there is no result. */
export interface Failure {
  /** One sentence. */
  message: string
  /** What to do about it, where there is something to be said. */
  details?: string
}

/** What is to be seen of a transaction. */
export interface TxFacts {
  hash: Hex
  from: Hex
  /** Absent: it creates a contract. */
  to?: Hex
  /** First four bytes of the calldata. */
  selector?: Hex
  /** wei */
  value: bigint
  type: number
  gasUsed: number
  status: TxStatus
  logs: number
}

/** A field of the header, as expected and as it came out. */
export interface HeaderCheck {
  field: string
  check: Check
  expected: string
  found: string
}

/** Times of runs in milliseconds, of which the median is shown. */
export interface Timing {
  /** Predictions, graph, system calls, transactions. */
  execute: number
  /** The same with signers, state and roots. */
  total: number
  runs: number
}

/** Everything that there is to see of a block. */
export interface RunResult {
  title: string
  number: string
  fork: string
  settings: Settings
  transactions: readonly TxFacts[]
  gasUsed: number
  checks: readonly HeaderCheck[]
  /** As it was asked for. */
  timing: Timing
  /** One transaction after the other on one thread; absent where that is what was asked for. */
  sequential?: Timing
  hash: HashMetrics
  parallel?: ParallelMetrics
  /** What was recorded in a run of its own, since recording takes time. */
  report?: ParallelReport
  /** How that run went, and its threads. */
  recorded?: ParallelMetrics
  /** Why there is no report. */
  unrecorded?: string
}
