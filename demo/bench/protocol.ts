// What the Bench tab and its worker tell each other.

import type { Report } from '../../bench/report.ts'

/** Kinds of cases that can be chosen. */
export const KINDS = {
  contracts: { title: 'Contracts', about: 'one call each, run on the raw core; output and gas are checked' },
  hashing: { title: 'Keccak-256', about: 'WASM against WebGPU over sizes of batches, every digest kind checked' },
  scaling: { title: 'Block scaling', about: '1,000 swaps on growing numbers of threads, against one after the other' },
} as const

/** Name of a kind of cases. */
export type Kind = keyof typeof KINDS

/** To the worker: measures these. It is ended where that is to be stopped. */
export interface BenchOrder {
  kinds: readonly Kind[]
  /** Most threads; 1 where the page is not isolated. */
  threads: number
}

/** From the worker. */
export type BenchNews =
  | { kind: 'progress'; name: string; part: number }
  | { kind: 'done'; report: Report }
  | { kind: 'failed'; message: string }
