// Encoding and hashing a planned trie, children before parents, in batches.
//
// `encodeBatch` encodes nodes whose children are resolved and lists those to be hashed as jobs; `hashBatch` is the one
// place where digests are made. Between the two a host may take the jobs and write the digests itself (a GPU): a job is
// where the input is, its length, and where the digest goes. Called by trie/root.ts.

import { keccak256 } from '../keccak.ts'
import {
  encodeBranch,
  encodeExtension,
  encodeLeaf,
  finishNode,
  NODE_DEPTH,
  NODE_LEVEL,
  NODE_REFERENCE,
  NODE_REFERENCE_LENGTH,
  NODE_SIZE,
  NODE_START,
  nodeBound,
  payloadAt,
} from './nodes.ts'
import { blockCount, keccak256Pair, padMessage } from '../keccak-pair.ts'
import {
  isNode,
  PAIRED_BLOCKS,
  PLAN_BATCH,
  PLAN_BATCH_END,
  PLAN_CURSOR,
  PLAN_LEAVES_END,
  PLAN_LEVELS,
  PLAN_ROOT,
  PLAN_STEP,
  PLAN_TOP,
  PLAN_WAITING,
} from './plan.ts'

// Jobs of 12 bytes from the end of the batch downwards: input pointer, input length, digest pointer.
export const JOB_INPUT: usize = 0
export const JOB_LENGTH: usize = 4
export const JOB_DIGEST: usize = 8
export const JOB_SIZE: usize = 12

/**
 * Encodes nodes until the batch is full or the nodes that do not depend on each other are through. Returns the number
 * of jobs; job i is at [PLAN_BATCH_END] - (i + 1) * JOB_SIZE. 0: the trie is done. The digests of a batch have to be
 * written before the next call.
 */
export function encodeBatch(plan: usize): u32 {
  const end: usize = load<u32>(plan, PLAN_BATCH_END)
  let out: usize = load<u32>(plan, PLAN_BATCH)
  let jobs = end
  let step = load<u32>(plan, PLAN_STEP)
  const lastStep = load<u32>(plan, PLAN_TOP) << 1
  let node: usize = load<u32>(plan, PLAN_CURSOR)
  while (step <= lastStep) {
    for (; node; node = nextNode(plan, step, node)) {
      if (!belongs(step, node)) continue
      if (out + nodeBound(node) + JOB_SIZE > jobs && jobs != end) break
      const payload = payloadAt(out)
      const payloadEnd = encodeNode(payload, step, node)
      const start = finishNode(payload, payloadEnd)
      if (resolveShort(node, start, payloadEnd - start)) continue
      jobs -= JOB_SIZE
      store<u32>(jobs, <u32>start, JOB_INPUT)
      store<u32>(jobs, <u32>(payloadEnd - start), JOB_LENGTH)
      store<u32>(jobs, <u32>(node + NODE_REFERENCE), JOB_DIGEST)
      out = ASC_FEATURE_SIMD ? padMessage(start, <u32>(payloadEnd - start)) : payloadEnd
    }
    if (!node) {
      step++
      node = load<u32>(<usize>load<u32>(plan, PLAN_LEVELS) + (((step + 1) >> 1) << 2))
    }
    if (jobs != end) break
  }
  store<u32>(plan, step, PLAN_STEP)
  store<u32>(plan, <u32>node, PLAN_CURSOR)
  return <u32>(end - jobs) / <u32>JOB_SIZE
}

function nextNode(plan: usize, step: u32, node: usize): usize {
  if (step) return load<u32>(node, NODE_LEVEL)
  const next = node + NODE_SIZE
  return next < <usize>load<u32>(plan, PLAN_LEAVES_END) ? next : 0
}

/** Whether a node has an encoding in this step. */
function belongs(step: u32, node: usize): bool {
  if (step == 0) return isNode(node)
  return (step & 1) == 1 || load<u32>(node, NODE_START) < load<u32>(node, NODE_DEPTH)
}

function encodeNode(out: usize, step: u32, node: usize): usize {
  if (step == 0) return encodeLeaf(out, node)
  return step & 1 ? encodeBranch(out, node) : encodeExtension(out, node)
}

/** Sets the length of the reference, and the reference itself where it is the encoding. Returns whether it is. */
function resolveShort(node: usize, encoding: usize, length: usize): bool {
  const short = length < 32
  store<u8>(node, short ? <u8>length : 32, NODE_REFERENCE_LENGTH)
  if (short) memory.copy(node + NODE_REFERENCE, encoding, length)
  return short
}

/** Makes the digests of the first `count` jobs: with SIMD two of equal size at a time, the order does not matter. */
export function hashBatch(plan: usize, count: u32): void {
  const end: usize = load<u32>(plan, PLAN_BATCH_END)
  for (let job = end - JOB_SIZE; count; count--, job -= JOB_SIZE) {
    if (ASC_FEATURE_SIMD) {
      const blocks = blockCount(load<u32>(job, JOB_LENGTH))
      if (blocks <= PAIRED_BLOCKS) {
        pairJob(plan + PLAN_WAITING + ((blocks - 1) << 2), job, blocks)
        continue
      }
    }
    hashJob(job)
  }
  if (ASC_FEATURE_SIMD) hashWaiting(plan)
}

function hashJob(job: usize): void {
  keccak256(load<u32>(job, JOB_DIGEST), load<u32>(job, JOB_INPUT), load<u32>(job, JOB_LENGTH))
}

/** Hashes a job with the one that waits at `waiting`, or lets it wait there. */
function pairJob(waiting: usize, job: usize, blocks: u32): void {
  const first: usize = load<u32>(waiting)
  store<u32>(waiting, first ? 0 : <u32>job)
  if (!first) return
  keccak256Pair(
    load<u32>(first, JOB_DIGEST),
    load<u32>(job, JOB_DIGEST),
    load<u32>(first, JOB_INPUT),
    load<u32>(job, JOB_INPUT),
    blocks,
  )
}

/** Hashes the jobs that found no second one. */
function hashWaiting(plan: usize): void {
  for (let i: u32 = 0; i < PAIRED_BLOCKS; i++) {
    const job: usize = load<u32>(plan + PLAN_WAITING + (i << 2))
    if (job) hashJob(job)
    store<u32>(plan + PLAN_WAITING + (i << 2), 0)
  }
}

/** The root hash of a trie that is done: unlike any other node, the root is hashed however short it is. */
export function rootDigest(out: usize, plan: usize): void {
  const root: usize = load<u32>(plan, PLAN_ROOT)
  const length: u32 = load<u8>(root, NODE_REFERENCE_LENGTH)
  if (length == 32) memory.copy(out, root + NODE_REFERENCE, 32)
  else keccak256(out, root + NODE_REFERENCE, length)
}
