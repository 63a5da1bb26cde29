// Before a block's transactions run: how much work each will be, what it will access, the graph that follows from it; whether running
// them in parallel is worth it; and the ready queue, in which those without predecessors stand by priority.

import {
  DISPATCH_AUTO,
  DISPATCH_BATCHED,
  DISPATCH_DATAFLOW,
  DISPATCH_SEQUENTIAL,
  REASON_ASKED,
  REASON_CHEAP,
  REASON_FEW,
  REASON_PARALLEL,
  REASON_SERIAL,
  REASON_SLOWER,
} from '../abi.ts'
import { bufferAt } from '../arena.ts'
import { atomicStore } from './atomic.ts'
import { now } from './clock.ts'
import {
  BUCKETS,
  BUCKET_COUNT,
  COLOURS,
  COLOUR_COUNT,
  CRITICAL_TIME,
  READY,
  SUCCESSORS,
  TOTAL_TIME,
  TX_BOTTOM,
  TX_BUCKET,
  TX_COLOUR,
  TX_PREDECESSORS,
  TX_SUCCESSORS,
  TX_SUCCESSORS_END,
  TX_RECORD_SIZE,
  TX_STATE,
  TX_STATES,
  TX_TIME,
  control,
  txState,
} from './control.ts'
import { makeGraph } from './graph.ts'
import {
  areTransfers,
  blocksSeen,
  estimate,
  expectedGain,
  expectedLoss,
  expectedParallelism,
  helpers,
  holdBack,
  noteConflict,
  noteParallelism,
  openKinds,
} from './kinds.ts'
import { endPrediction, isBound, offerPrediction, predictAll } from './predict.ts'
import { BUCKET_RING, BUCKET_SIZE, pushReady } from './queue.ts'
import { isPredicted } from './templates.ts'

/** Priorities in the ready queue. With two threads each is half of the one before, measured in time to the end of the block; */
const HALVES: u32 = 8
/** with more a span of time in which a transaction should begin. */
const STARTS: u32 = 64

/** `auto`: fewer transactions run one after the other, */
const FEWEST: u32 = 4
/** and so do blocks of which two threads take less off the first than these nanoseconds. To call the threads takes some 0.2 ms. */
const LEAST_SAVED: u64 = 400_000
/** What a transaction costs two threads more than one, whatever it does: its record, locations, versions and commit. */
const SHARING: u64 = 400
/** Work over critical path, in 64ths, below which the chain decides: 1.15. */
const LEAST_PARALLELISM: u64 = 74
/** Time of one thread over that of several, in 64ths, below which earlier blocks speak against sharing: 1.03. */
const LEAST_GAIN: u64 = 66
/** A block whose kinds were a chain in earlier ones, or not faster, is not predicted; but one in so many is, for that may change. */
const LOOK_AGAIN: u32 = 16
/** Transactions that are looked at of a larger block, to tell whether its kinds have spoken against sharing: one in so many, evenly. */
const GLANCED: u32 = 256
/** What is so many transactions per thread ahead in the block has been committed by the time it could be met. */
const NEAR: u32 = 8

/** Why the plan is what it is (REASON_*), and how long its parts took in microseconds. */
export let planReason: u32 = REASON_ASKED
export let predictTime: u32 = 0
export let graphTime: u32 = 0

/** The host is offered the hashes that predictions take: then finishPlan(). */
export const PLAN_WAITS: i32 = -2

/** Nanoseconds of work that the plan counts on, and when it began to predict. */
let work: u64 = 0
let began: f64 = 0

/**
 * Lays records and graph of `count` transactions out. Returns the dispatch that is taken, PLAN_WAITS, or -1: memory is
 * exhausted.
 */
export function plan(count: u32, asked: u32): i32 {
  if (asked == DISPATCH_AUTO && areTransfers()) {
    // Records take a tenth of the time of such a block.
    forgetPlan()
    planReason = count < FEWEST ? REASON_FEW : REASON_CHEAP
    return DISPATCH_SEQUENTIAL
  }
  if (!openKinds() || !layOutTxs(count)) return -1
  const isDoubted = blocksSeen() % LOOK_AGAIN == 0
  if (asked == DISPATCH_AUTO && !isDoubted && isKnownAtAGlance(count)) return DISPATCH_SEQUENTIAL
  work = estimateEach(1, count)
  planReason = asked == DISPATCH_AUTO ? atFirstSight(count) : REASON_ASKED
  const isKnown = planReason == REASON_SERIAL || planReason == REASON_SLOWER
  if (asked == DISPATCH_AUTO && planReason != REASON_PARALLEL && !(isKnown && isDoubted)) return DISPATCH_SEQUENTIAL
  began = now()
  if (!predictAll(count, planReason == REASON_SERIAL)) return -1
  return offerPrediction() ? PLAN_WAITS : finishPlan(count, asked)
}

/** The rest of plan(), with the digests that the host was offered. */
export function finishPlan(count: u32, asked: u32): i32 {
  if (!endPrediction()) return -1
  const predicted = now()
  if (!makeGraph(count, bufferAt(32), isBound())) return -1
  noteGraph(count)
  predictTime = <u32>((predicted - began) * 1000)
  graphTime = <u32>((now() - predicted) * 1000)
  if (asked != DISPATCH_AUTO) return asked
  planReason = reasonOf(
    expectedWaste(count) + 2 * SHARING * count,
    load<u64>(control, TOTAL_TIME),
    load<u64>(control, CRITICAL_TIME),
  )
  return planReason == REASON_PARALLEL ? DISPATCH_DATAFLOW : DISPATCH_SEQUENTIAL
}

/** To look at each of 10,000 transfers of a token, and to learn from each, takes 6 % of the time in which they run. So nothing is learned. */
function isKnownAtAGlance(count: u32): bool {
  const step = count / GLANCED
  if (step < 2) return false
  work = estimateEach(step, count)
  planReason = reasonOfKinds(step, count)
  if (planReason == REASON_PARALLEL && isCheap(work * step, count)) planReason = REASON_CHEAP
  if (planReason == REASON_PARALLEL) return false
  forgetPlan()
  return true
}

/** What can be said of a block before its transactions are predicted; REASON_PARALLEL: nothing against it. */
function atFirstSight(count: u32): u32 {
  if (count < FEWEST) return REASON_FEW
  return isCheap(work, count) ? REASON_CHEAP : reasonOfKinds(1, count)
}

/** Does it take less than reasonOf() will set against it at least? What cannot pass there need not be predicted. */
function isCheap(nanoseconds: u64, count: u32): bool {
  return nanoseconds / 2 < LEAST_SAVED + SHARING * count
}

/** What earlier blocks with such transactions say, by those of them, one in `step`, that `work` was estimated from. */
function reasonOfKinds(step: u32, count: u32): u32 {
  if (isBelow(LEAST_PARALLELISM, expectedParallelism, step, count)) return REASON_SERIAL
  return isBelow(LEAST_GAIN, expectedGain, step, count) ? REASON_SLOWER : REASON_PARALLEL
}

/** Is something known of the kinds of most transactions, and is it less than `least` on average? All are weighted by their time. */
function isBelow(least: u64, expected: (index: u32) => u32, step: u32, count: u32): bool {
  let known: u64 = 0
  let sum: u64 = 0
  for (let i: u32 = 0; i < count; i += step) {
    const value = expected(i)
    if (!value) continue
    const time = <u64>load<u32>(txState(i), TX_TIME)
    known += time
    sum += time * value
  }
  return known > (work * 3) / 4 && sum < known * least
}

/** What the graph says of a block that has work enough. */
function reasonOf(waste: u64, total: u64, critical: u64): u32 {
  if (total * 64 < critical * LEAST_PARALLELISM) return REASON_SERIAL
  const left = max<u64>(critical, (work + waste) / 2)
  return work < left + LEAST_SAVED ? REASON_CHEAP : REASON_PARALLEL
}

/** Nanoseconds of runs that will not hold, because nobody predicted the conflict. */
function expectedWaste(count: u32): u64 {
  let waste: u64 = 0
  for (let i: u32 = 0; i < count; i++) if (!isPredicted(i)) waste += expectedLoss(i)
  return waste
}

/** Of the block before nothing is left: no predictions, no records. */
function forgetPlan(): void {
  bufferAt(32).length = 0
  predictTime = 0
  graphTime = 0
  store<u32>(control, 0, TX_STATES)
}

function layOutTxs(count: u32): bool {
  forgetPlan()
  const states = bufferAt(30)
  if (!states.ensure(count * TX_RECORD_SIZE)) return false
  memory.fill(states.ptr, 0, count * TX_RECORD_SIZE)
  store<u32>(control, <u32>states.ptr, TX_STATES)
  return true
}

/** The transactions run one after the other for `reason`. False: memory is exhausted. */
export function noPlan(count: u32, reason: u32): bool {
  planReason = reason
  return layOutTxs(count)
}

/** Estimates one transaction in `step`; returns the nanoseconds of those that are not plain transfers. */
function estimateEach(step: u32, count: u32): u64 {
  let work: u64 = 0
  for (let i: u32 = 0; i < count; i += step) work += estimate(i)
  return work
}

/** What the graph tells of the kinds of transactions that were predicted; edges of others are guessed. */
function noteGraph(count: u32): void {
  const critical = load<u64>(control, CRITICAL_TIME)
  const parallelism = critical ? (load<u64>(control, TOTAL_TIME) * 64) / critical : 0
  const list = load<u32>(control, SUCCESSORS)
  const near = NEAR * (helpers + 1)
  for (let i: u32 = 0; i < count; i++) {
    const tx = txState(i)
    if (!isPredicted(i)) continue
    noteParallelism(i, parallelism)
    for (let next = load<u32>(tx, TX_SUCCESSORS); next < load<u32>(tx, TX_SUCCESSORS_END); next++) {
      const successor = load<u32>(list + next * 4)
      if (successor - i > near || !isPredicted(successor)) continue
      noteConflict(i)
      noteConflict(successor)
    }
  }
}

// ---- ready queue ------------------------------------------------------------------------------------------------------------

/** Lays the ready queue out and puts the transactions in that may run. False: memory is exhausted. */
export function layOutQueue(count: u32, dispatch: u32): bool {
  const isBatched = dispatch == DISPATCH_BATCHED
  const threads = helpers + 1
  const buckets = isBatched ? load<u32>(control, COLOUR_COUNT) : threads > 2 ? STARTS : HALVES
  // One more bucket, always empty, is what is open when the last colour has run.
  const size = (buckets + 1) * (BUCKET_SIZE + 4) + count * 4
  const queue = bufferAt(31)
  if (!queue.ensure(size)) return false
  memory.fill(queue.ptr, 0, size)
  store<u32>(control, <u32>queue.ptr, BUCKETS)
  store<u32>(control, buckets, BUCKET_COUNT)
  const sizes = queue.ptr + (buckets + 1) * BUCKET_SIZE
  store<u32>(control, <u32>sizes, COLOURS)
  const critical = load<u64>(control, CRITICAL_TIME)
  const least = max<u64>(1, max<u64>(critical, load<u64>(control, TOTAL_TIME) / threads))
  let before: u64 = 0
  for (let i: u32 = 0; i < count; i++) {
    const tx = txState(i)
    const bottom = load<u32>(tx, TX_BOTTOM)
    let bucket = load<u32>(tx, TX_COLOUR)
    if (!isBatched)
      bucket = threads > 2 ? bucketByStart(before / threads, bottom, least) : bucketByLength(bottom, critical)
    before += load<u32>(tx, TX_TIME)
    store<u32>(tx, bucket, TX_BUCKET)
    store<u32>(sizes + bucket * 4, load<u32>(sizes + bucket * 4) + 1)
  }
  let ring = sizes + (buckets + 1) * 4
  for (let b: u32 = 0; b < buckets; b++) {
    store<u32>(queue.ptr + b * BUCKET_SIZE, <u32>ring, BUCKET_RING)
    ring += load<u32>(sizes + b * 4) * 4
  }
  for (let i: u32 = 0; i < count; i++) {
    const waits = txState(i) + TX_PREDECESSORS
    if (!isBatched && holdBack(i)) store<u32>(waits, load<u32>(waits) + 1)
    if (!isBatched && load<u32>(waits)) continue
    atomicStore(txState(i) + TX_STATE, READY)
    pushReady(i)
  }
  return true
}

/**
 * With two threads, the longest first: the one at the frontier goes in the order of the block, and runs what is short as fast as it could
 * commit it. 0 for the upper half of the critical path, 1 for the quarter below it, and so on.
 */
function bucketByLength(bottom: u64, critical: u64): u32 {
  let least = critical / 2
  let bucket: u32 = 0
  while (bottom < least && bucket < HALVES - 1) {
    least /= 2
    bucket++
  }
  return bucket
}

/**
 * With more, by when it should begin: in the order of the block, so that what it needs from those before it is there in most cases, also
 * what nobody predicted; but no later than what follows from it allows. Against the longest first it brings 5 % at four workers in the
 * model of schedule/simulate, and costs 4 % at two (2.5 % measured).
 */
function bucketByStart(inOrder: u64, bottom: u64, least: u64): u32 {
  const latest = least > bottom ? least - bottom : 0
  return <u32>min<u64>((min<u64>(inOrder, latest) * STARTS) / least, STARTS - 1)
}
