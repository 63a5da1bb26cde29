// Runs ahead of the frontier: a ready transaction is run on the versions below it, looks at its answers now and then, and leaves a record
// and versions for whoever commits it. Where nothing is ready, one is run again whose answers have changed since.

import { DISPATCH_BATCHED, SPAN_SPECULATIVE } from '../abi.ts'
import { gasOfFrames } from '../frame.ts'
import { abandonFrames } from '../message.ts'
import { resetRequest } from '../request.ts'
import { accountCount, accountsStart, slotCount, slotsStart } from '../state/view.ts'
import { txAt } from '../transaction/tx.ts'
import { atomicAdd, atomicLoad, atomicStore, atomicSwap } from './atomic.ts'
import {
  ABORTS,
  CHECKING,
  DISPATCH,
  EXECUTED,
  FRONTIER,
  LOCK,
  MAX_RUNS,
  MISSES,
  RERUNS,
  RUNNING,
  RUNS,
  TX_COUNT,
  TX_RECORD,
  TX_STATE,
  control,
  txState,
} from './control.ts'
import { looksCurrent, viewLooksCurrent } from './frontier.ts'
import { isBetterLeft, isTimed, noteRun, noteTime } from './kinds.ts'
import { releaseRecord } from './pool.ts'
import { NOTHING, executed, giveUp, hasNext, takeNext, tell } from './queue.ts'
import { RECORD_GAS_USED, RECORD_VOID, keepRecord } from './record.ts'
import { noteSpan } from './report.ts'
import { IDLE, SPECULATIVE, abort, began, beginSpeculative, current, endRun } from './run.ts'
import { publish } from './versions.ts'
import { commitOwn } from './walk.ts'

/** No job, but the frontier may have passed over what this thread looked at. */
export const LOOK_AGAIN: u32 = 3

/** How far ahead of the frontier runs are looked at that may have to be repeated. */
const LOOK_AHEAD: u32 = 64
/** When a quarter of the runs does not hold, from so many on, one is tried for so many commits. */
const LEAST_ABORTS: u32 = 8
const COMMITS_PER_TRY: u32 = 16

/** Begins a run of a ready transaction; false when there is none. */
export function speculate(): bool {
  if (!hasNext() && isHopeless()) return false
  while (true) {
    const index = takeNext()
    if (index == NOTHING) return false
    if (load<u32>(control, DISPATCH) == DISPATCH_BATCHED || !isBetterLeft(index)) {
      beginSpeculative(index)
      return true
    }
    giveUp(index)
    if (atomicLoad(control + FRONTIER) == index) tell()
  }
}

/**
 * Many runs ahead of the frontier did not hold: what nobody foresaw is a chain, and the frontier is faster alone. Now and then one more
 * is tried. Colour by colour the frontier cannot do without the others.
 */
export function isHopeless(): bool {
  const aborts = atomicLoad(control + ABORTS)
  if (aborts < LEAST_ABORTS || load<u32>(control, DISPATCH) == DISPATCH_BATCHED) return false
  return aborts > atomicLoad(control + RUNS) / 4 + atomicLoad(control + FRONTIER) / COMMITS_PER_TRY
}

/** Work (interpreter.ts) between two looks of a run ahead of the frontier at its answers: a tenth of a millisecond. Tests look all the time. */
@inline
export function patience(): u32 {
  return isDefined(SIM) ? 1 : 64
}

/** The run under way begins again when an answer has changed: it cannot hold, and may be long. A run may be broken off that repeat() would not begin. */
export function reconsider(): void {
  const run = atomicLoad(txState(current) + TX_STATE) >> 8
  if (run > load<u32>(control, MAX_RUNS) || viewLooksCurrent()) return
  noteRun(current, false)
  abort(txAt(current).gasLimit - gasOfFrames())
  abandonFrames()
  atomicAdd(control + RUNS, 1)
  noteSpan(SPAN_SPECULATIVE, current, run, began)
  beginAgain(current, run)
}

/** Begins the run after `run` of a transaction that this thread has. */
function beginAgain(index: u32, run: u32): void {
  atomicAdd(control + RERUNS, 1)
  atomicStore(txState(index) + TX_STATE, ((run + 1) << 8) | RUNNING)
  beginSpeculative(index)
}

/**
 * Begins another run of a transaction whose answers have changed since, so that those after it find better ones: SPECULATIVE; IDLE
 * when there is none. The one at the frontier is the frontier's.
 */
export function repeat(): u32 {
  const most = load<u32>(control, MAX_RUNS)
  const first = atomicLoad(control + FRONTIER) + 1
  const end = min<u32>(first + LOOK_AHEAD, load<u32>(control, TX_COUNT))
  for (let index = first; index < end; index++) {
    const at = txState(index) + TX_STATE
    const now = atomicLoad(at)
    const run = now >> 8
    // Whoever changes the state has the record: the frontier passes over a transaction that is being looked at.
    if ((now & 255) != EXECUTED || run >= most || !atomicSwap(at, now, (run << 8) | CHECKING)) continue
    const record = <usize>load<u32>(txState(index), TX_RECORD)
    if (looksCurrent(index, record)) {
      atomicStore(at, now)
      if (atomicLoad(control + FRONTIER) == index) return LOOK_AGAIN
      continue
    }
    noteRun(index, false)
    abort(load<u64>(record, RECORD_GAS_USED))
    releaseRecord(record)
    beginAgain(index, run)
    return SPECULATIVE
  }
  return IDLE
}

/** Ends a speculative run: commits it at once where its turn has come, else leaves a record and versions. */
export function finishAhead(missed: bool): void {
  const index = current
  const at = txState(index) + TX_STATE
  const run = atomicLoad(at) >> 8
  atomicAdd(control + RUNS, 1)
  noteSpan(SPAN_SPECULATIVE, index, run, began)
  if (!missed && isTimed(index)) noteTime(index, began)
  endRun()
  if (missed) {
    atomicAdd(control + MISSES, 1)
    abandonFrames()
  } else if (atomicLoad(control + FRONTIER) == index && atomicSwap(control + LOCK, 0, 1)) {
    commitOwn(index, run)
    return
  }
  const record = keepRecord(missed)
  if (!record) return
  if (!load<u32>(record, RECORD_VOID)) publish(index, run, accountsStart(), accountCount, slotsStart(), slotCount)
  resetRequest()
  store<u32>(txState(index), <u32>record, TX_RECORD)
  atomicStore(at, (run << 8) | EXECUTED)
  executed(index)
  // Whoever commits may have looked in vain just before; advance() looks again.
}
