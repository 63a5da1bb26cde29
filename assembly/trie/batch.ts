// Encoding and hashing a planned trie, children before parents, in batches.
//
// `encodeBatch` encodes nodes whose children are resolved and lists those to be hashed as jobs; `hashBatch` is the one
// place where digests are made. Between the two a host may take the jobs (JOB_* of abi.ts) and write the digests itself:
// that is the form in which src/gpu takes its batches. Called by trie/root.ts.

import { JOB_SIZE } from '../abi.ts'
import { keccak256 } from '../keccak.ts'
import { hashJobs, setJob } from '../keccak-batch.ts'
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
import {
  isNode,
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

/**
 * Encodes nodes until the batch is full or the nodes that do not depend on each other are through. Returns the number
 * of jobs (JOB_*), which end at [PLAN_BATCH_END]. 0: the trie is done. The digests of a batch have to be written before
 * the next call.
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
      setJob(jobs, start, <u32>(payloadEnd - start), node + NODE_REFERENCE)
      out = payloadEnd
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

/** Makes the digests of the `count` jobs that encodeBatch listed. */
export function hashBatch(plan: usize, count: u32): void {
  hashJobs(batchJobs(plan, count), count, plan + PLAN_WAITING)
}

/** The jobs of the `count` that encodeBatch listed last. */
export function batchJobs(plan: usize, count: u32): usize {
  return <usize>load<u32>(plan, PLAN_BATCH_END) - <usize>count * JOB_SIZE
}

/** The root hash of the trie of a plan that is done. */
export function rootDigest(out: usize, plan: usize): void {
  digestOf(out, load<u32>(plan, PLAN_ROOT))
}

/** The same of one of many, by its root node: unlike any other node, the root is hashed however short it is. */
export function digestOf(out: usize, root: usize): void {
  const length: u32 = load<u8>(root, NODE_REFERENCE_LENGTH)
  if (length == 32) memory.copy(out, root + NODE_REFERENCE, 32)
  else keccak256(out, root + NODE_REFERENCE, length)
}
