// What the tests of the parallel engine share: an engine per number of threads, outcomes in a form that two runs of a block
// have in common, and the comparison with sequential execution, which is that of the single-threaded build.
import { inspect, isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { type DispatchOption, replayBlock } from '../../src/block.ts'
import type { Engine } from '../../src/engine.ts'
import { createEngine, InternalError, InvalidBlockError, type Source } from '../../src/index.ts'
import type { Block, BlockOutcome } from '../../src/types.ts'
import { wasmBytes } from '../setup/weft.ts'
import { comparable } from '../spec/block-results.ts'

/** `npm run test:spec`: everything instead of a sample. */
export const isFull: boolean = process.env.WEFT_SPEC === 'full'

/** The ways to dispatch transactions that use more than one thread. */
export const PARALLEL = ['dataflow', 'batched'] as const

/** Numbers of threads that results are compared at; most machines have fewer cores. */
export const THREADS = [1, 2, 3, 8, 16] as const

/** A number of threads and a dispatch. */
export interface Way {
  threads: number
  dispatch: DispatchOption
}

/** All ways. */
export const WAYS: readonly Way[] = THREADS.flatMap(threads => PARALLEL.map(dispatch => ({ threads, dispatch })))

/** The ways with those numbers of threads. */
export function waysAt(...threads: number[]): readonly Way[] {
  return WAYS.filter(way => threads.includes(way.threads))
}

/** Memory of a core never shrinks: above this a new one takes over. */
const LARGE = 256 * 1024 * 1024
/** As much as the single-threaded build can have: what is too much for one is too much for both. */
const MOST_MEMORY = 4 * 1024 * 1024 * 1024

const engines = new Map<number, Promise<Engine>>()

/** The engine with that number of threads; 0: of the single-threaded build. Each is made once per test file. */
export function engineWith(threads: number): Promise<Engine> {
  let engine = engines.get(threads)
  if (!engine) {
    const shared = { threads, threadsWasm: wasmBytes('threads'), maximumMemory: MOST_MEMORY }
    engine = createEngine(threads === 0 ? { wasm: wasmBytes('simd') } : shared)
    engines.set(threads, engine)
  }
  return engine
}

/** Drops the core of an engine, with its threads, where its memory has grown: the next call makes new ones. */
export function dropLarge(engine: Engine): Promise<void> {
  return engine.alone(core => {
    if (core.memorySize > LARGE) engine.discard()
  })
}

/** A block and the state before it; `source` makes a new one for each run. */
export interface Case {
  block: Block
  source: () => Source
}

/**
 * What a block came to, but for times and figures of the dispatch: an outcome, why and where the block is invalid, or that there is
 * too little memory for it.
 */
export type Ending =
  | { outcome: Record<string, unknown> }
  | { invalid: string; index: number | undefined }
  | { failed: 'OUT_OF_MEMORY' }

/** The ending of a block that is run that way. Errors other than of an invalid block are thrown. */
export async function endingOf(run: () => Promise<BlockOutcome>): Promise<Ending> {
  try {
    const outcome = comparable(await run()) as Record<string, unknown>
    delete outcome.parallel
    return { outcome }
  } catch (error) {
    if (error instanceof InternalError && error.code === 'OUT_OF_MEMORY') return { failed: error.code }
    if (!(error instanceof InvalidBlockError)) throw error
    return { invalid: error.code, index: error.index }
  }
}

/** The ending of sequential execution, on the single-threaded build. */
export async function sequentialEnding(given: Case): Promise<Ending> {
  return endingWith(0, given)
}

/** The ending of a parallel run. */
export async function parallelEnding(given: Case, { threads, dispatch }: Way): Promise<Ending> {
  return endingWith(threads, given, dispatch)
}

async function endingWith(threads: number, { block, source }: Case, dispatch?: DispatchOption): Promise<Ending> {
  const engine = await engineWith(threads)
  const ending = await endingOf(() => replayBlock(engine, block, { source: source(), ...(dispatch && { dispatch }) }))
  await dropLarge(engine)
  return ending
}

/** Expects the ending of sequential execution from every one of the ways. */
export async function expectSame(given: Case, ways: readonly Way[], name = ''): Promise<Ending> {
  const expected = await sequentialEnding(given)
  for (const way of ways) {
    const ending = await parallelEnding(given, way)
    // Several runs at once, each of a gigabyte of frames, may take more than there is: that has to be said, and `auto` has to recover.
    if ('failed' in ending && !('failed' in expected)) {
      expect(await endingWith(way.threads, given, 'auto'), `${name} ${way.threads} threads, auto`).toEqual(expected)
      continue
    }
    // Vitest's own comparison is slow on large outcomes; it is there for its message.
    if (isDeepStrictEqual(ending, expected)) continue
    expect(ending, `${name} ${way.threads} threads, ${way.dispatch}`).toEqual(expected)
  }
  return expected
}

/** Where two endings differ, one line each, twenty at most. */
export function differences(expected: unknown, got: unknown, path = ''): string[] {
  if (isDeepStrictEqual(expected, got)) return []
  const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
  if (!isPlain(expected) || !isPlain(got)) return [`${path}: expected ${brief(expected)}, got ${brief(got)}`]
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(got)])]
  return keys.flatMap(key => differences(expected[key], got[key], `${path}.${key}`)).slice(0, 20)
}

function brief(value: unknown): string {
  return inspect(value, { depth: 1 }).slice(0, 500)
}
