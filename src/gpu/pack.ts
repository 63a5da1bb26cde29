// From jobs in the core's memory to what a kernel reads: bytes to upload, and records sorted by their number of blocks, because
// the invocations of a workgroup wait for the longest message. Everything is kept from batch to batch and only ever grows.

import { JOB, RATE } from './batch.ts'

/** What a piece may hold at most. */
export interface PieceLimits {
  /** Bytes of messages. */
  bytes: number
  jobs: number
}

/** The longest message in blocks: one invocation works on it alone, about 20 ms on a slow device. */
const MOST_BLOCKS = 1024

/** Longer messages do not go to a device (bytes): 139,263. */
export const LONGEST_MESSAGE: number = MOST_BLOCKS * RATE - 1

/** The place of a digest that is part of no message. */
const NOWHERE = 0xffffffff

/** Holes between messages are uploaded with them as long as they are less than this part of the whole. */
const HOLES = 1 / 3

/** A part of a batch on its way to a device. */
export class Piece {
  /** What is uploaded: the memory itself where the messages lie close together, else a copy of them. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Offset, length and place of each message (shaders/messages.wgsl). */
  records: Uint32Array<ArrayBuffer> = new Uint32Array(0)
  /** Where the digest of each record goes in memory. */
  targets: Uint32Array = new Uint32Array(0)
  /** Permutations of each record. */
  blocks: Uint16Array = new Uint16Array(0)
  count = 0
  #copy = new Uint8Array(0)
  readonly #heads = new Uint32Array(MOST_BLOCKS + 2)

  /**
   * Takes jobs from `from` on, as many as fit and at least one. Returns the number of the next. `order`: as they are listed, or
   * by blocks, where none may be longer than LONGEST_MESSAGE.
   */
  fill(
    memory: Uint8Array,
    jobs: Uint32Array,
    from: number,
    to: number,
    limits: PieceLimits,
    order: 'listed' | 'blocks',
  ): number {
    let [low, high, sum] = [Number.POSITIVE_INFINITY, 0, 0]
    const last = Math.min(to, from + limits.jobs)
    let end = from
    for (; end < last; end++) {
      const input = jobs[end * JOB.words + JOB.input]!
      const length = (jobs[end * JOB.words + JOB.length]! + 3) & ~3
      if (end > from && sum + length > limits.bytes) break
      sum += length
      if (input < low) low = input
      if (input + length > high) high = input + length
    }
    const [start, stop] = [low & ~3, (high + 3) & ~3]
    const isDense = stop - start <= Math.min(sum / (1 - HOLES) + 4096, limits.bytes) && stop <= memory.length
    this.#reserve(end - from)
    if (isDense) this.bytes = memory.subarray(start, stop)
    else this.#gather(memory, jobs, from, end, sum)
    this.#record(jobs, from, end, 0, isDense ? start : undefined, order)
    this.count = end - from
    return end
  }

  /**
   * Takes all levels at once, with the places of digests in messages of later levels. False when they are too much or too far
   * apart: then level by level.
   */
  fillLevels(memory: Uint8Array, jobs: Uint32Array, levels: readonly number[], limits: PieceLimits): boolean {
    const count = jobs.length / JOB.words
    let [low, high] = [Number.POSITIVE_INFINITY, 0]
    for (let at = 0; at < jobs.length; at += JOB.words) {
      const input = jobs[at + JOB.input]!
      if (input < low) low = input
      if (input + jobs[at + JOB.length]! > high) high = input + jobs[at + JOB.length]!
    }
    const [start, stop] = [low & ~3, (high + 3) & ~3]
    if (count === 0 || count > limits.jobs || stop - start > limits.bytes || stop > memory.length) return false
    this.#reserve(count)
    this.bytes = memory.subarray(start, stop)
    let from = 0
    for (const level of levels) {
      this.#record(jobs, from, from + level, from, start, 'blocks')
      from += level
    }
    for (let i = 0; i < count; i++) {
      const place = this.targets[i]! - start
      if (place >= 0 && place + 32 <= stop - start) this.records[i * JOB.words + JOB.digest] = place
    }
    this.count = count
    return true
  }

  #reserve(count: number): void {
    if (count <= this.targets.length) return
    const room = 2 ** Math.ceil(Math.log2(count))
    this.records = new Uint32Array(room * JOB.words)
    this.targets = new Uint32Array(room)
    this.blocks = new Uint16Array(room)
  }

  /** Copies the messages one after the other, each at a multiple of 4. */
  #gather(memory: Uint8Array, jobs: Uint32Array, from: number, to: number, size: number): void {
    if (size > this.#copy.length) this.#copy = new Uint8Array(2 ** Math.ceil(Math.log2(size)))
    const copy = this.#copy
    let at = 0
    for (let i = from; i < to; i++) {
      const input = jobs[i * JOB.words + JOB.input]!
      const length = jobs[i * JOB.words + JOB.length]!
      // A view of its own would cost more than short messages do.
      if (length > 256) copy.set(memory.subarray(input, input + length), at)
      else for (let k = 0; k < length; k++) copy[at + k] = memory[input + k]!
      at += (length + 3) & ~3
    }
    this.bytes = copy.subarray(0, size)
  }

  /** Records of the jobs [from, to), from `first` on. `start`: address of the first byte uploaded; none: gathered. */
  #record(
    jobs: Uint32Array,
    from: number,
    to: number,
    first: number,
    start: number | undefined,
    order: 'listed' | 'blocks',
  ): void {
    const heads = this.#heads
    if (order === 'blocks') this.#count(jobs, from, to, first)
    let at = 0
    for (let i = from; i < to; i++) {
      const input = jobs[i * JOB.words + JOB.input]!
      const length = jobs[i * JOB.words + JOB.length]!
      const blocks = blocksOf(length)
      const record = order === 'blocks' ? heads[blocks]!++ : first + i - from
      this.records[record * JOB.words + JOB.input] = start === undefined ? at : input - start
      this.records[record * JOB.words + JOB.length] = length
      this.records[record * JOB.words + JOB.digest] = NOWHERE
      this.targets[record] = jobs[i * JOB.words + JOB.digest]!
      this.blocks[record] = blocks
      at += (length + 3) & ~3
    }
  }

  /** Where the records of each number of blocks begin. */
  #count(jobs: Uint32Array, from: number, to: number, first: number): void {
    const heads = this.#heads.fill(0)
    for (let i = from; i < to; i++) heads[blocksOf(jobs[i * JOB.words + JOB.length]!) + 1]!++
    heads[0] = first
    for (let i = 1; i < heads.length; i++) heads[i]! += heads[i - 1]!
  }
}

/** Permutations of a message. */
function blocksOf(length: number): number {
  return Math.floor(length / RATE) + 1
}

/** Writes digests, 32 bytes each, to where they go: `targets` are addresses in `memory`. */
export function scatter(memory: Uint8Array, targets: Uint32Array, count: number, digests: Uint8Array): void {
  const words = new Uint32Array(memory.buffer, 0, memory.buffer.byteLength >> 2)
  const from = new Uint32Array(digests.buffer, digests.byteOffset, count * 8)
  for (let i = 0; i < count; i++) {
    const target = targets[i]!
    if (target % 4 === 0) for (let k = 0; k < 8; k++) words[(target >> 2) + k] = from[i * 8 + k]!
    else for (let k = 0; k < 32; k++) memory[target + k] = digests[i * 32 + k]!
  }
}
