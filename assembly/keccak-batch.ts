// Keccak-256 of many messages: what the core hashes in bulk passes here, and the host may ask for it (weft_keccak_*). With
// SIMD two messages of the same number of blocks are hashed at a time. The inputs of a batch must not be written by it: no
// digest lies over a message of the same batch.

import { JOB_DIGEST, JOB_INPUT, JOB_LENGTH, JOB_SIZE } from './abi.ts'
import { keccak256 } from './keccak.ts'
import { blockCount, isPairable, keccak256Pair } from './keccak-pair.ts'
import { copyWord } from './word/word.ts'

/** Longer messages are hashed one by one: a full branch of a trie has four blocks, and few of other lengths find a second. */
const PAIRED_BLOCKS: u32 = 4

/** Bytes of memory in which jobs wait for a second one. */
export const WAITING_SIZE: u32 = PAIRED_BLOCKS << 2

/** Writes a job (JOB_*): the message at `input` is to be hashed to `digest`. */
@inline
export function setJob(job: usize, input: usize, length: u32, digest: usize): void {
  store<u32>(job, <u32>input, JOB_INPUT)
  store<u32>(job, length, JOB_LENGTH)
  store<u32>(job, <u32>digest, JOB_DIGEST)
}

/** Makes the digests of `count` jobs (JOB_*) in any order. `waiting`: WAITING_SIZE bytes. */
export function hashJobs(jobs: usize, count: u32, waiting: usize): void {
  const end = jobs + <usize>count * JOB_SIZE
  if (!ASC_FEATURE_SIMD) {
    for (let job = jobs; job < end; job += JOB_SIZE) hashJob(job)
    return
  }
  memory.fill(waiting, 0, WAITING_SIZE)
  for (let job = jobs; job < end; job += JOB_SIZE) {
    const length = load<u32>(job, JOB_LENGTH)
    const blocks = blockCount(length)
    if (blocks <= PAIRED_BLOCKS && isPairable(load<u32>(job, JOB_INPUT), length)) {
      pairJob(waiting + ((blocks - 1) << 2), job)
    } else hashJob(job)
  }
  for (let i: u32 = 0; i < PAIRED_BLOCKS; i++) {
    const job: usize = load<u32>(waiting + (i << 2))
    if (job) hashJob(job)
  }
}

function hashJob(job: usize): void {
  keccak256(load<u32>(job, JOB_DIGEST), load<u32>(job, JOB_INPUT), load<u32>(job, JOB_LENGTH))
}

/** Hashes a job with the one that waits at `waiting`, or lets it wait there. */
function pairJob(waiting: usize, job: usize): void {
  const first: usize = load<u32>(waiting)
  store<u32>(waiting, first ? 0 : <u32>job)
  if (!first) return
  keccak256Pair(
    load<u32>(first, JOB_DIGEST),
    load<u32>(job, JOB_DIGEST),
    load<u32>(first, JOB_INPUT),
    load<u32>(first, JOB_LENGTH),
    load<u32>(job, JOB_INPUT),
    load<u32>(job, JOB_LENGTH),
  )
}

/** The digests of `count` messages of `length` bytes that follow one another; the digests do too. */
export function hashMany(out: usize, data: usize, length: u32, count: u32): void {
  let i: u32 = 0
  if (ASC_FEATURE_SIMD) {
    for (; i + 1 < count; i += 2) {
      const at = data + <usize>i * length
      if (!isPairable(at + length, length)) break
      const to = out + ((<usize>i) << 5)
      keccak256Pair(to, to + 32, at, length, at + length, length)
    }
  }
  for (; i < count; i++) keccak256(out + ((<usize>i) << 5), data + <usize>i * length, length)
}

/**
 * Slots of nested mappings: `count` chains of `depth` keys and a slot, 32 bytes each, outermost key first. Writes `depth`
 * digests per chain: digest k is keccak(key k . digest k + 1), where the slot stands for digest `depth`. `scratch`: 128 bytes.
 */
export function hashChains(out: usize, words: usize, depth: u32, count: u32, scratch: usize): void {
  const step = (<usize>depth + 1) << 5
  const outStep = (<usize>depth) << 5
  let i: u32 = 0
  if (ASC_FEATURE_SIMD) {
    for (; i + 1 < count; i += 2, words += step << 1, out += outStep << 1) {
      copyWord(scratch + 32, words + outStep)
      copyWord(scratch + 96, words + step + outStep)
      for (let key = outStep; key; ) {
        key -= 32
        copyWord(scratch, words + key)
        copyWord(scratch + 64, words + step + key)
        keccak256Pair(scratch + 32, scratch + 96, scratch, 64, scratch + 64, 64)
        copyWord(out + key, scratch + 32)
        copyWord(out + outStep + key, scratch + 96)
      }
    }
  }
  for (; i < count; i++, words += step, out += outStep) {
    copyWord(scratch + 32, words + outStep)
    for (let key = outStep; key; ) {
      key -= 32
      copyWord(scratch, words + key)
      keccak256(scratch + 32, scratch, 64)
      copyWord(out + key, scratch + 32)
    }
  }
}
