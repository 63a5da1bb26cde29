// The walk along the frontier: whoever holds its lock commits in order what has executed and holds, and runs the transaction at the
// frontier where nobody has begun it, or its run does not hold. frontier.ts says what holds, and commits it.

import { DISPATCH_BATCHED, SPAN_AT_FRONTIER, SPAN_COMMIT } from '../abi.ts'
import { exhausted } from '../arena.ts'
import { abandonFrames } from '../message.ts'
import { resetRequest } from '../request.ts'
import { accountCount, accountsStart, slotCount, slotsStart } from '../state/view.ts'
import { txGasUsed, txRejection } from '../transaction/execute.ts'
import { txAt } from '../transaction/tx.ts'
import { atomicAdd, atomicLoad, atomicStore, atomicSwap } from './atomic.ts'
import {
  CHECKING,
  COLOUR,
  COMMITTED,
  DISPATCH,
  EXECUTED,
  FRONTIER,
  FRONTIER_RERUNS,
  FRONTIER_RUNS,
  HOSTED,
  LOCK,
  READY,
  REJECTION,
  RUNNING,
  STOP,
  STOP_DONE,
  TX_COLOUR,
  TX_COUNT,
  TX_RECORD,
  TX_STATE,
  WAITS_STATE,
  control,
  txState,
} from './control.ts'
import { blobsLeft, commitRecord, commitView, entriesHold, gasLeft, holds, takeOutdatedBy } from './frontier.ts'
import { MOST_AHEAD, isHeldBack, isTimed, noteConflict, noteRun, noteTime } from './kinds.ts'
import { releaseRecord } from './pool.ts'
import { NOTHING, claim, executed, giveUp, releaseHeld, tell } from './queue.ts'
import { RECORD_GAS_USED, RECORD_VOID, VOID_MISSED } from './record.ts'
import { noteSpan, spanStart } from './report.ts'
import { HELPER, abort, began, beginAtFrontier, current, endRun, worker } from './run.ts'

/** The last transaction that the main instance was told of. */
let lastTold: u32 = NOTHING

/** The main instance has been told of none. */
export function resetWalk(): void {
  lastTold = NOTHING
}

/** Commits what is due. True: it begins a run at the frontier, with the lock. */
export function advance(): bool {
  while (isDue() && atomicSwap(control + LOCK, 0, 1)) {
    if (walk()) return true
    atomicStore(control + LOCK, 0)
  }
  return false
}

/** Is there anything to do at the frontier, as far as can be seen without the lock? */
function isDue(): bool {
  const index = atomicLoad(control + FRONTIER)
  if (index >= load<u32>(control, TX_COUNT)) return false
  const state = atomicLoad(txState(index) + TX_STATE) & 255
  return state == EXECUTED || (state == HOSTED ? isOurs(index) : canBegin(index, state))
}

/** A transaction that is left to the main instance is at the frontier: another thread tells it, once. */
function isOurs(index: u32): bool {
  if (worker != HELPER) return true
  if (lastTold != index) {
    lastTold = index
    tell()
  }
  return false
}

/** Colour by colour, the frontier too waits for the colour of its transaction. */
@inline
function canBegin(index: u32, state: u32): bool {
  if (state != READY && state != WAITS_STATE) return false
  return (
    load<u32>(control, DISPATCH) != DISPATCH_BATCHED ||
    load<u32>(txState(index), TX_COLOUR) <= atomicLoad(control + COLOUR)
  )
}

/** With the lock: commits in order as far as it goes. True: it begins a run and keeps the lock. */
function walk(): bool {
  const start = spanStart(false)
  const first = atomicLoad(control + FRONTIER)
  const begins = commitDue()
  if (atomicLoad(control + FRONTIER) != first) noteSpan(SPAN_COMMIT, first, 0, start)
  return begins
}

function commitDue(): bool {
  while (true) {
    const index = atomicLoad(control + FRONTIER)
    if (index >= load<u32>(control, TX_COUNT)) return false
    const at = txState(index) + TX_STATE
    const now = atomicLoad(at)
    const state = now & 255
    if (state == EXECUTED) {
      // repeat() may be about to look at the same record: whoever changes the state has it.
      if (!atomicSwap(at, now, (now & ~255) | CHECKING)) continue
      const record = <usize>load<u32>(txState(index), TX_RECORD)
      const held = holds(index, record)
      if (load<u32>(record, RECORD_VOID) != VOID_MISSED) noteRun(index, held)
      if (held) {
        commitRecord(index, record)
        releaseRecord(record)
        committed(index, now >> 8)
        if (exhausted) return false
        continue
      }
      outdated(index, load<u64>(record, RECORD_GAS_USED))
      releaseRecord(record)
      atomicStore(at, (((now >> 8) + 1) << 8) | RUNNING)
    } else if (state == HOSTED) {
      if (!isOurs(index)) return false
      atomicStore(at, (((now >> 8) + 1) << 8) | RUNNING)
    } else if (!canBegin(index, state) || !claim(index, state)) return false
    beginAtFrontier(index)
    return true
  }
}

/** The run of the transaction at the frontier does not hold: with the lock. */
function outdated(index: u32, gas: u64): void {
  abort(gas)
  atomicAdd(control + FRONTIER_RERUNS, 1)
  const writer = takeOutdatedBy()
  if (!writer) return
  noteConflict(index)
  noteConflict(writer - 1)
}

/** The run that has ended here is that of the frontier, whose lock this thread has. */
export function commitOwn(index: u32, run: u32): void {
  const tx = txAt(index)
  const fits = !txRejection && tx.gasLimit <= gasLeft() && tx.blobCount <= blobsLeft()
  const held = fits && entriesHold(accountsStart(), accountCount, slotsStart(), slotCount)
  noteRun(index, held)
  if (held) {
    commitView(index)
    committed(index, run)
    atomicStore(control + LOCK, 0)
    executed(index)
    return
  }
  outdated(index, txRejection ? 0 : txGasUsed)
  atomicStore(txState(index) + TX_STATE, ((run + 1) << 8) | RUNNING)
  beginAtFrontier(index)
}

/** Commits the run that has ended at the frontier and goes on from there. False: the transaction is invalid. */
export function finishAtFrontier(): bool {
  const index = current
  endRun()
  atomicAdd(control + FRONTIER_RUNS, 1)
  if (txRejection) {
    store<u32>(control, txRejection, REJECTION)
    return false
  }
  commitView(index)
  const run = atomicLoad(txState(index) + TX_STATE) >> 8
  noteSpan(SPAN_AT_FRONTIER, index, run, began)
  if (isTimed(index)) noteTime(index, began)
  committed(index, run)
  atomicStore(control + LOCK, 0)
  executed(index)
  return true
}

/** The frontier moves on. */
function committed(index: u32, run: u32): void {
  atomicStore(txState(index) + TX_STATE, (run << 8) | COMMITTED)
  atomicStore(control + FRONTIER, index + 1)
  const count = load<u32>(control, TX_COUNT)
  if (index + MOST_AHEAD < count && isHeldBack(index + MOST_AHEAD)) releaseHeld(index + MOST_AHEAD)
  if (index + 1 == count) {
    atomicStore(control + STOP, STOP_DONE)
    tell()
  }
}

/** The run at the frontier needs state: it begins again when that is there. */
export function giveBack(): void {
  abandonFrames()
  resetRequest()
  giveUp(current)
  endRun()
  atomicStore(control + LOCK, 0)
}
