// What the hash backends have in common: batches that lie in a memory, and what came of one. Nothing is copied into objects:
// a batch is an address and a count, and its digests go back into the same memory.

import { JOB_DIGEST, JOB_INPUT, JOB_LENGTH, JOB_SIZE } from '../abi.ts'
import { describe, InputError } from '../errors.ts'

/** Where batches are hashed. */
export type HashOption = (typeof HASH_OPTIONS)[number]

/** All of them. */
export const HASH_OPTIONS = ['auto', 'wasm', 'webgpu'] as const

/** Throws an InputError unless it is one. */
export function checkHashOption(hash: HashOption): void {
  if (HASH_OPTIONS.includes(hash)) return
  throw new InputError({ field: 'hash', expected: 'auto, wasm or webgpu', found: describe(hash) })
}

/** The core's memory, or any other bytes. Its buffer is asked for anew after every wait, since memory that grows gets another. */
export interface Memory {
  readonly buffer: ArrayBufferLike
}

/** Messages that lie anywhere in a memory, as the core lists them (JOB_*). No digest lies over a message of its own level. */
export interface MessageBatch {
  kind: 'messages'
  memory: Memory
  /** Address of the jobs, a multiple of 4. */
  jobs: number
  count: number
  /**
   * Jobs per level where a digest is part of a message of a later level: a trie from its leaves up. Default: one level.
   * On the GPU all levels are hashed without coming back in between.
   */
  levels?: readonly number[]
}

/** Keys of secure tries: addresses or slots, one after the other. */
export interface KeyBatch {
  kind: 'keys'
  memory: Memory
  /** Address of the first key, a multiple of 4. */
  input: number
  /** Bytes of a key. */
  size: 20 | 32
  count: number
  /** Address of the first digest. */
  output: number
}

/** Slots of nested mappings: see weft_keccak_chains in docs/ABI.md. */
export interface ChainBatch {
  kind: 'chains'
  memory: Memory
  /** Address of the first chain, a multiple of 4: `depth` keys, outermost first, and a slot, 32 bytes each. */
  input: number
  /** Keys of a chain: 1 to 65,535. */
  depth: number
  count: number
  /** Address of the first chain's digests: `depth` of 32 bytes, digest k = keccak(key k . digest k + 1). */
  output: number
}

/** Work for a hash backend. */
export type Batch = MessageBatch | KeyBatch | ChainBatch

/** The kernels, each of which pays from another size on. */
export type Kernel = Batch['kind']

/** What became of a batch. */
export interface HashRun {
  /** Who made the digests. */
  backend: 'wasm' | 'webgpu'
  /** Milliseconds from call to last digest. */
  ms: number
  /** Dispatches on the device; 0 for `wasm`. */
  dispatches: number
  /** Milliseconds of the kernels alone, where the backend was asked to time them and the device has timestamps. */
  kernelMs?: number
  /** Why `auto` did over on WASM what it had given to the GPU. */
  redone?: string
}

/** Makes digests. Batches may be given one after the other without waiting. */
export interface HashBackend {
  readonly name: 'wasm' | 'webgpu' | 'auto'
  /** A promise only where a device is waited for. Throws an InputError for a batch outside its memory; see GpuError. */
  hash(batch: Batch): HashRun | Promise<HashRun>
  /** Gives the device back. */
  close(): void
}

/** Bytes that one permutation absorbs. */
export const RATE = 136

/** The jobs of a batch, three numbers each: message, length, digest. Valid until the memory grows. */
export function jobsOf({ memory, jobs, count }: MessageBatch): Uint32Array {
  return new Uint32Array(memory.buffer, jobs, count * (JOB_SIZE / 4))
}

/** Numbers of a job within `jobsOf`. */
export const JOB: { words: number; input: number; length: number; digest: number } = {
  words: JOB_SIZE / 4,
  input: JOB_INPUT / 4,
  length: JOB_LENGTH / 4,
  digest: JOB_DIGEST / 4,
}

/** Permutations that a batch takes: its price on either backend. */
export function permutations(batch: Batch): number {
  if (batch.kind === 'keys') return batch.count
  if (batch.kind === 'chains') return batch.count * batch.depth
  const jobs = jobsOf(batch)
  let sum = batch.count
  for (let at = JOB.length; at < jobs.length; at += JOB.words) sum += Math.floor(jobs[at]! / RATE)
  return sum
}

/** Bytes in and out of one item of a batch of equal ones. */
export function strideOf(batch: KeyBatch | ChainBatch): { input: number; output: number } {
  if (batch.kind === 'keys') return { input: batch.size, output: 32 }
  return { input: (batch.depth + 1) * 32, output: batch.depth * 32 }
}

/** Throws an InputError unless the batch has the documented form and lies in its memory. */
export function checkBatch(batch: Batch): void {
  const { kind, count, memory } = batch
  const { byteLength } = memory.buffer
  demand(isCount(count), 'count', 'a whole number', count)
  if (kind === 'messages') {
    checkMessages(batch, byteLength)
    return
  }
  if (kind === 'keys') demand(batch.size === 20 || batch.size === 32, 'size', '20 or 32', batch.size)
  else demand(isCount(batch.depth) && batch.depth >= 1 && batch.depth <= 0xffff, 'depth', '1..65535', batch.depth)
  const { input, output } = strideOf(batch)
  const inside = (address: number, bytes: number): boolean => isCount(address) && address + bytes <= byteLength
  demand(batch.input % 4 === 0, 'input', 'a multiple of 4', batch.input)
  demand(inside(batch.input, count * input), 'input', 'items inside the memory', batch.input)
  demand(inside(batch.output, count * output), 'output', 'room for the digests inside the memory', batch.output)
}

function checkMessages(batch: MessageBatch, byteLength: number): void {
  const { count, levels } = batch
  demand(batch.jobs % 4 === 0, 'jobs', 'a multiple of 4', batch.jobs)
  demand(
    isCount(batch.jobs) && batch.jobs + count * JOB_SIZE <= byteLength,
    'jobs',
    'jobs inside the memory',
    batch.jobs,
  )
  if (levels) {
    const sum = levels.every(isCount) ? levels.reduce((total, level) => total + level, 0) : -1
    demand(sum === count, 'levels', `counts that make ${count} together`, levels)
  }
  const jobs = jobsOf(batch)
  for (let at = 0; at < jobs.length; at += JOB.words) {
    const isInside =
      jobs[at + JOB.input]! + jobs[at + JOB.length]! <= byteLength && jobs[at + JOB.digest]! + 32 <= byteLength
    if (!isInside) demand(false, `jobs[${at / JOB.words}]`, 'a message and a digest inside the memory', jobs[at])
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

function demand(holds: boolean, field: string, expected: string, found: unknown): void {
  if (!holds) throw new InputError({ field, expected, found: describe(found) })
}
