// What every thread of a block does until all transactions are committed: commit what is due; else run the transaction at the
// frontier, if nobody has begun it (walk.ts); else run the ready one of the highest priority on the versions below it; else run one again
// whose answers have changed (ahead.ts); else wait.
//
// Whoever holds the frontier lock runs the transaction at the frontier on the committed state: such a run needs no check and no
// versions. So one thread walks through the block in order while the others run ahead of it, and one thread alone does what
// sequential execution does. A run can suspend for the host (a precompiled contract), and work() is called again with its answer.

import { KIND_CUSTOM, KIND_PRECOMPILE, SPAN_SPECULATIVE, SPAN_WAIT } from '../abi.ts'
import { exhausted } from '../arena.ts'
import { abandonFrames } from '../message.ts'
import { resetPrecompiles } from '../precompiles/run.ts'
import { requestCount, requestKind, resetRequest } from '../request.ts'
import { TX_DONE, TX_MISS, TX_NO_MEMORY, TX_YIELD, runTx } from '../transaction/execute.ts'
import { LOOK_AGAIN, finishAhead, patience, reconsider, repeat, speculate } from './ahead.ts'
import { atomicAdd, atomicLoad, atomicStore, atomicSwap, atomicWait } from './atomic.ts'
import {
  FRONTIER,
  HOSTED,
  LOCK,
  MISSES,
  NEWS,
  RUNS,
  STOP,
  STOP_MISS,
  STOP_NO_MEMORY,
  STOP_REJECTED,
  TX_STATE,
  WAITING,
  WAITS,
  control,
  txState,
} from './control.ts'
import { executed, forgetNext, leaveNext, tell } from './queue.ts'
import { noteSpan, spanStart } from './report.ts'
import {
  ALONE,
  AT_FRONTIER,
  HELPER,
  IDLE,
  MAIN,
  SPECULATIVE,
  awaitState,
  began,
  current,
  endRun,
  goOn,
  job,
} from './run.ts'
import { advance, finishAtFrontier, giveBack, resetWalk } from './walk.ts'

/** How work() ended: the threads are to leave (STOP says why), or this one needs its host. */
export const WORK_LEFT: i32 = 0
export const WORK_REQUEST: i32 = 1
/** Nothing happened for a while: the host may look whether the other threads are alive. */
export const WORK_YIELD: i32 = 2

/** Looks at the news before a thread goes to sleep: about two microseconds. */
const SPINS: u32 = 60
const SLEEP_MICROSECONDS: u32 = 1000
const SLEEPS_PER_YIELD: u32 = 20
/** Runs of the main instance before the host may look at progress, and whether it is to give the block up. */
const RUNS_PER_YIELD: u32 = 256

let sleeps: u32 = 0
/** Runs since the main instance last yielded. */
let runs: u32 = 0

/** This thread has no run under way. */
export function resetWork(): void {
  endRun()
  forgetNext()
  resetWalk()
  sleeps = 0
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
  if (exhausted) return stop(STOP_NO_MEMORY)
  goOn(who)
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
      } else if (job == SPECULATIVE) finishAhead(true)
      else if (who == HELPER) {
        // The main instance keeps the run and asks when the others have left; any other leaves it to the main instance.
        giveBack()
        return stop(STOP_MISS)
      } else {
        awaitState()
        return who == ALONE ? WORK_REQUEST : stop(STOP_MISS)
      }
    } else if (ended != TX_DONE) return stop(STOP_NO_MEMORY)
    else if (job == SPECULATIVE) finishAhead(false)
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

function leave(): i32 {
  // The last commit may have found no room for what it appends, and have ended the block all the same.
  if (exhausted) atomicStore(control + STOP, STOP_NO_MEMORY)
  leaveNext()
  return WORK_LEFT
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
  endRun()
  atomicStore(at, (run << 8) | HOSTED)
  if (isSpeculative) executed(index)
  else atomicStore(control + LOCK, 0)
  if (atomicLoad(control + FRONTIER) == index) tell()
}
