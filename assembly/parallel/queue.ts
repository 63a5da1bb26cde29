// The ready queue: buckets by priority, each a ring in which a transaction is put when its last predecessor has executed. In the
// batched dispatch a bucket is a colour, and only the present one is open. A transaction taken by the frontier stays in its ring
// and is passed over: what counts is who changes its state from READY to RUNNING.

import { atomicAdd, atomicLoad, atomicStore, atomicSwap, atomicWake } from './atomic.ts'
import {
  BUCKETS,
  BUCKET_COUNT,
  COLOUR,
  COLOURS,
  DISPATCH,
  NEWS,
  READY,
  RUNNING,
  SUCCESSORS,
  TX_BUCKET,
  TX_COLOUR,
  TX_PREDECESSORS,
  TX_RELEASED,
  TX_STATE,
  TX_SUCCESSORS,
  TX_SUCCESSORS_END,
  WAITING,
  WAITS_STATE,
  control,
  txState,
} from './control.ts'
import { DISPATCH_BATCHED } from '../abi.ts'

// A bucket.
const HEAD: usize = 0
const TAIL: usize = 4
export const BUCKET_RING: usize = 8
export const BUCKET_SIZE: u32 = 16

export const NOTHING: u32 = 0xffffffff

@inline
function bucketAt(index: u32): usize {
  return load<u32>(control, BUCKETS) + index * BUCKET_SIZE
}

/** Puts a ready transaction into its bucket. */
export function pushReady(index: u32): void {
  const bucket = bucketAt(load<u32>(txState(index), TX_BUCKET))
  const at = atomicAdd(bucket + TAIL, 1)
  atomicStore(load<u32>(bucket, BUCKET_RING) + at * 4, index + 1)
}

/** Tells the threads that wait to look again. */
export function tell(): void {
  atomicAdd(control + NEWS, 1)
  if (atomicLoad(control + WAITING)) atomicWake(control + NEWS)
}

/** Takes the ready transaction of the highest priority: it is RUNNING then. NOTHING when there is none. */
export function takeReady(): u32 {
  if (load<u32>(control, DISPATCH) == DISPATCH_BATCHED) return takeFrom(bucketAt(atomicLoad(control + COLOUR)))
  const count = load<u32>(control, BUCKET_COUNT)
  for (let i: u32 = 0; i < count; i++) {
    const taken = takeFrom(bucketAt(i))
    if (taken != NOTHING) return taken
  }
  return NOTHING
}

function takeFrom(bucket: usize): u32 {
  while (true) {
    const head = atomicLoad(bucket + HEAD)
    if (head >= atomicLoad(bucket + TAIL)) return NOTHING
    const entry = atomicLoad(load<u32>(bucket, BUCKET_RING) + head * 4)
    if (!entry) return NOTHING // its place is taken, its number not yet written
    if (!atomicSwap(bucket + HEAD, head, head + 1)) continue
    if (claim(entry - 1, READY)) return entry - 1
  }
}

/** Takes a transaction that is in `state` for a run. */
export function claim(index: u32, state: u32): bool {
  const at = txState(index) + TX_STATE
  const now = atomicLoad(at)
  return (now & 255) == state && atomicSwap(at, now, (((now >> 8) + 1) << 8) | RUNNING)
}

/** True: it waits for nothing any more, and is for the caller to push. */
function waitsForOneLess(index: u32): bool {
  if (atomicAdd(txState(index) + TX_PREDECESSORS, -1) != 1) return false
  const at = txState(index) + TX_STATE
  const now = atomicLoad(at)
  // The frontier may have been faster.
  return (now & 255) == WAITS_STATE && atomicSwap(at, now, (now & ~255) | READY)
}

/** The frontier has come near a transaction that was held back. */
export function releaseHeld(index: u32): void {
  if (!waitsForOneLess(index)) return
  pushReady(index)
  tell()
}

/**
 * A transaction has executed for the first time: its successors wait for one less. Returns the one of the highest priority that
 * became ready, already RUNNING, for this thread to go on with; NOTHING when there is none. The others are for the threads that wait.
 */
export function releaseSuccessors(index: u32): u32 {
  const tx = txState(index)
  const list = load<u32>(control, SUCCESSORS)
  const end = load<u32>(tx, TX_SUCCESSORS_END)
  let best = NOTHING
  let others = false
  for (let i = load<u32>(tx, TX_SUCCESSORS); i < end; i++) {
    const next = load<u32>(list + i * 4)
    if (!waitsForOneLess(next)) continue
    if (best == NOTHING || load<u32>(txState(next), TX_BUCKET) < load<u32>(txState(best), TX_BUCKET)) {
      if (best != NOTHING) {
        pushReady(best)
        others = true
      }
      best = next
    } else {
      pushReady(next)
      others = true
    }
  }
  if (others) tell()
  if (best == NOTHING) return NOTHING
  if (claim(best, READY)) return best
  return NOTHING
}

// ---- what this thread goes on with -------------------------------------------------------------------------------------------

/** The successor that stays on this thread. */
let next: u32 = NOTHING

/** Takes the successor that was kept, else what is ready; NOTHING when there is none. */
export function takeNext(): u32 {
  const index = next != NOTHING ? next : takeReady()
  next = NOTHING
  return index
}

export function hasNext(): bool {
  return next != NOTHING
}

/** The successor kept for later is for whoever comes back first. */
export function leaveNext(): void {
  if (next == NOTHING) return
  giveUp(next)
  pushReady(next)
  next = NOTHING
}

/** Nothing is kept. */
export function forgetNext(): void {
  next = NOTHING
}

/** A transaction that this thread took is ready again. */
export function giveUp(index: u32): void {
  const at = txState(index) + TX_STATE
  atomicStore(at, (((atomicLoad(at) >> 8) - 1) << 8) | READY)
}

/**
 * The first execution of a transaction sets its successors free. Nobody who waits is woken for a commit: this thread sees to the
 * frontier itself, and to wake a thread takes as long as a small transaction.
 */
export function executed(index: u32): void {
  // Whoever ran it and whoever commits it may both come here.
  if (!atomicSwap(txState(index) + TX_RELEASED, 0, 1)) return
  keep(releaseSuccessors(index))
  if (load<u32>(control, DISPATCH) == DISPATCH_BATCHED) leaveColour(index)
}

/** A successor that became ready stays on this thread, unless one does already: a run at the frontier may have come between. */
function keep(ready: u32): void {
  if (next == NOTHING) next = ready
  else if (ready != NOTHING) {
    giveUp(ready)
    pushReady(ready)
    tell()
  }
}

/** Colour by colour: the last transaction of one opens the next. */
function leaveColour(index: u32): void {
  const colour = load<u32>(txState(index), TX_COLOUR)
  if (atomicAdd(load<u32>(control, COLOURS) + colour * 4, -1) != 1) return
  atomicStore(control + COLOUR, colour + 1)
  tell()
}
