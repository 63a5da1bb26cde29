// What every thread of a block does until all transactions are committed: commit what is due; else run the transaction at the
// frontier, if nobody has begun it; else run the ready one of the highest priority on the versions below it; else run one again whose
// answers have changed; else wait. A run ahead of the frontier looks at its answers now and then, and begins again when one has changed.
//
// Whoever holds the frontier lock runs the transaction at the frontier on the committed state: such a run needs no check and no
// versions. So one thread walks through the block in order while the others run ahead of it, and one thread alone does what
// sequential execution does. A run can suspend for the host (a precompiled contract), and work() is called again with its answer.

import {
  DISPATCH_BATCHED,
  KIND_CUSTOM,
  KIND_PRECOMPILE,
  SPAN_AT_FRONTIER,
  SPAN_COMMIT,
  SPAN_SPECULATIVE,
  SPAN_WAIT,
} from '../abi.ts'
import { exhausted } from '../arena.ts'
import { gasOfFrames } from '../frame.ts'
import { clearLogs } from '../logs.ts'
import { abandonFrames } from '../message.ts'
import { resetPrecompiles } from '../precompiles/run.ts'
import { requestCount, requestKind, resetRequest } from '../request.ts'
import { accountCount, accountsStart, slotCount, slotsStart } from '../state/view.ts'
import {
  TX_DONE,
  TX_MISS,
  TX_NO_MEMORY,
  TX_YIELD,
  beginTx,
  runTx,
  txGasUsed,
  txRejection,
} from '../transaction/execute.ts'
import { txAt } from '../transaction/tx.ts'
import { atomicAdd, atomicLoad, atomicStore, atomicSwap, atomicWait } from './atomic.ts'
import {
  ABORTS,
  CHECKING,
  COLOUR,
  COLOURS,
  COMMITTED,
  DISPATCH,
  EXECUTED,
  FRONTIER,
  FRONTIER_RERUNS,
  FRONTIER_RUNS,
  HOSTED,
  LOCK,
  MAX_RUNS,
  MISSES,
  NEWS,
  READY,
  REJECTION,
  RERUNS,
  RUNNING,
  RUNS,
  STOP,
  STOP_DONE,
  STOP_MISS,
  STOP_NO_MEMORY,
  STOP_REJECTED,
  TX_COLOUR,
  TX_COUNT,
  TX_RECORD,
  TX_RELEASED,
  TX_STATE,
  WAITING,
  WAITS,
  WAITS_STATE,
  WASTED_GAS,
  control,
  txState,
} from './control.ts'
import { now } from './clock.ts'
import { MOST_AHEAD, isBetterLeft, isHeldBack, isTimed, noteConflict, noteRun, noteTime } from './kinds.ts'
import {
  blobsLeft,
  commitRecord,
  commitView,
  entriesHold,
  gasLeft,
  holds,
  looksCurrent,
  takeOutdatedBy,
  viewLooksCurrent,
} from './frontier.ts'
import { releaseRecord } from './pool.ts'
import { NOTHING, claim, pushReady, releaseHeld, releaseSuccessors, takeReady, tell } from './queue.ts'
import { RECORD_GAS_USED, RECORD_VOID, VOID_MISSED, keepRecord } from './record.ts'
import { noteSpan, spanStart } from './report.ts'
import { LAYER_COMMITTED, LAYER_VERSIONS, publish, readFrom } from './versions.ts'

/** How work() ended: the threads are to leave (STOP says why), or this one needs its host. */
export const WORK_LEFT: i32 = 0
export const WORK_REQUEST: i32 = 1
/** Nothing happened for a while: the host may look whether the other threads are alive. */
export const WORK_YIELD: i32 = 2

/** Who works: a thread beside the main instance, that instance, or it alone, with no other thread inside. */
export const HELPER: u32 = 0
export const MAIN: u32 = 1
export const ALONE: u32 = 2

const IDLE: u32 = 0
const SPECULATIVE: u32 = 1
const AT_FRONTIER: u32 = 2
/** No job, but the frontier may have passed over what this thread looked at. */
const LOOK_AGAIN: u32 = 3

/** Looks at the news before a thread goes to sleep: about two microseconds. */
const SPINS: u32 = 60
const SLEEP_MICROSECONDS: u32 = 1000
const SLEEPS_PER_YIELD: u32 = 20
/** Runs of the main instance before the host may look at progress, and whether it is to give the block up. */
const RUNS_PER_YIELD: u32 = 256
/** How far ahead of the frontier runs are looked at that may have to be repeated. */
const LOOK_AHEAD: u32 = 64
/** When a quarter of the runs does not hold, from so many on, one is tried for so many commits. */
const LEAST_ABORTS: u32 = 8
const COMMITS_PER_TRY: u32 = 16

let isHelper: bool = false
let job: u32 = IDLE
let current: u32 = 0
/** The successor that stays on this thread. */
let next: u32 = NOTHING
let sleeps: u32 = 0
/** The last transaction that the main instance was told of. */
let lastTold: u32 = NOTHING
/** Since it last yielded. */
let runs: u32 = 0
/** When the run under way began, where somebody wants to know: later by the time that it waited for state. */
let began: f64 = 0
/** Since when it waits for state; 0: it does not. */
let asked: f64 = 0

/** This thread has no run under way. */
export function resetWork(): void {
  job = IDLE
  next = NOTHING
  sleeps = 0
  lastTold = NOTHING
  asked = 0
}

/** A run at the frontier waits for state: this thread holds the lock. */
export function isAtFrontier(): bool {
  return job == AT_FRONTIER
}

/** This thread's run asks for a precompiled contract, not for state. */
export function asksPrecompile(): bool {
  return requestCount != 0 && requestKind() == KIND_PRECOMPILE
}

/** It calls a contract of the host's own. */
function asksCustom(): bool {
  return requestCount != 0 && requestKind() == KIND_CUSTOM
}

/** Works until the threads are to leave, or the host is needed. */
export function work(who: u32): i32 {
  isHelper = who == HELPER
  if (exhausted) return stop(STOP_NO_MEMORY)
  if (asked) began += now() - asked
  asked = 0
  while (true) {
    if (job == IDLE) {
      const news = atomicLoad(control + NEWS)
      if (atomicLoad(control + STOP)) return leave()
      if (who == MAIN && runs >= RUNS_PER_YIELD) {
        runs = 0
        return WORK_YIELD
      }
      if (!advance() && !speculate()) {
        if (atomicLoad(control + STOP)) return leave()
        const again = repeat()
        if (again == LOOK_AGAIN || (again == IDLE && !rest(news))) continue
        if (again == IDLE) return WORK_YIELD
      }
      sleeps = 0
      runs++
    }
    resetRequest()
    const ended = job == SPECULATIVE ? runTx(patience()) : runTx()
    if (exhausted || ended == TX_NO_MEMORY) return stop(STOP_NO_MEMORY)
    if (ended == TX_YIELD) {
      if (job == SPECULATIVE) reconsider()
      continue
    }
    if (ended == TX_MISS) {
      if (asksPrecompile()) return WORK_REQUEST
      if (asksCustom()) {
        if (job == AT_FRONTIER && who != HELPER) return WORK_REQUEST
        leaveToHost()
      } else if (job == SPECULATIVE) finish(true)
      else if (who == HELPER) {
        // The main instance keeps the run and asks when the others have left; any other leaves it to the main instance.
        giveBack()
        return stop(STOP_MISS)
      } else {
        asked = now()
        return who == ALONE ? WORK_REQUEST : stop(STOP_MISS)
      }
    } else if (ended != TX_DONE) return stop(STOP_NO_MEMORY)
    else if (job == SPECULATIVE) finish(false)
    else if (!finishAtFrontier()) return stop(STOP_REJECTED)
    if (exhausted) return stop(STOP_NO_MEMORY)
  }
}

function stop(why: u32): i32 {
  if (why == STOP_NO_MEMORY) atomicStore(control + STOP, why)
  else atomicSwap(control + STOP, 0, why)
  tell()
  return leave()
}

/** The successor kept for later is for whoever comes back first. */
function leave(): i32 {
  // The last commit may have found no room for what it appends, and have ended the block all the same.
  if (exhausted) atomicStore(control + STOP, STOP_NO_MEMORY)
  if (next != NOTHING) {
    giveUp(next)
    pushReady(next)
    next = NOTHING
  }
  return WORK_LEFT
}

/** A transaction that this thread took is ready again. */
function giveUp(index: u32): void {
  const at = txState(index) + TX_STATE
  atomicStore(at, (((atomicLoad(at) >> 8) - 1) << 8) | READY)
}

/** Waits for news. True: it has waited so long that the host should look. */
function rest(news: u32): bool {
  for (let i: u32 = 0; i < SPINS; i++) if (atomicLoad(control + NEWS) != news) return false
  const start = spanStart(false)
  atomicAdd(control + WAITING, 1)
  atomicAdd(control + WAITS, 1)
  atomicWait(control + NEWS, news, SLEEP_MICROSECONDS)
  atomicAdd(control + WAITING, -1)
  noteSpan(SPAN_WAIT, atomicLoad(control + FRONTIER), 0, start)
  if (++sleeps < SLEEPS_PER_YIELD) return false
  sleeps = 0
  return true
}

// ---- speculative runs -------------------------------------------------------------------------------------------------------

/** Begins a run of a ready transaction; false when there is none. */
function speculate(): bool {
  if (next == NOTHING && isHopeless()) return false
  while (true) {
    const index = next != NOTHING ? next : takeReady()
    next = NOTHING
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

function beginSpeculative(index: u32): void {
  job = SPECULATIVE
  current = index
  began = spanStart(isTimed(index))
  clearLogs()
  readFrom(LAYER_VERSIONS, index)
  beginTx(index, i64.MAX_VALUE, u32.MAX_VALUE, false)
}

/** Work (interpreter.ts) between two looks of a run ahead of the frontier at its answers: a tenth of a millisecond. Tests look all the time. */
@inline
function patience(): u32 {
  return isDefined(SIM) ? 1 : 64
}

/** The run under way begins again when an answer has changed: it cannot hold, and may be long. A run may be broken off that repeat() would not begin. */
function reconsider(): void {
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
function repeat(): u32 {
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
function finish(missed: bool): void {
  const index = current
  const at = txState(index) + TX_STATE
  const run = atomicLoad(at) >> 8
  atomicAdd(control + RUNS, 1)
  noteSpan(SPAN_SPECULATIVE, index, run, began)
  if (!missed && isTimed(index)) noteTime(index, began)
  job = IDLE
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

/**
 * The run calls a contract of the host's own. At its turn the main instance runs the transaction, on committed state: so the host is asked
 * once for each call and in the order of the block, whatever the number of threads.
 */
function leaveToHost(): void {
  const index = current
  const at = txState(index) + TX_STATE
  const run = atomicLoad(at) >> 8
  const isSpeculative = job == SPECULATIVE
  if (isSpeculative) {
    atomicAdd(control + RUNS, 1)
    atomicAdd(control + MISSES, 1)
    noteSpan(SPAN_SPECULATIVE, index, run, began)
  }
  abandonFrames()
  resetRequest()
  resetPrecompiles()
  job = IDLE
  atomicStore(at, (run << 8) | HOSTED)
  if (isSpeculative) executed(index)
  else atomicStore(control + LOCK, 0)
  if (atomicLoad(control + FRONTIER) == index) tell()
}

/** The run that has ended here is that of the frontier, whose lock this thread has. */
function commitOwn(index: u32, run: u32): void {
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

/**
 * The first execution of a transaction sets its successors free. Nobody who waits is woken for a commit: this thread sees to the
 * frontier itself, and to wake a thread takes as long as a small transaction.
 */
function executed(index: u32): void {
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

// ---- the frontier -----------------------------------------------------------------------------------------------------------

/** Commits what is due. True: it begins a run at the frontier, with the lock. */
function advance(): bool {
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
  if (!isHelper) return true
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

function abort(gas: u64): void {
  atomicAdd(control + ABORTS, 1)
  atomicAdd(control + WASTED_GAS, <u32>gas)
}

function beginAtFrontier(index: u32): void {
  job = AT_FRONTIER
  current = index
  began = spanStart(isTimed(index))
  clearLogs()
  readFrom(LAYER_COMMITTED, index)
  beginTx(index, gasLeft(), blobsLeft(), false)
}

/** Commits the run that has ended at the frontier and goes on from there. False: the transaction is invalid. */
function finishAtFrontier(): bool {
  const index = current
  job = IDLE
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
function giveBack(): void {
  abandonFrames()
  resetRequest()
  giveUp(current)
  job = IDLE
  atomicStore(control + LOCK, 0)
}
