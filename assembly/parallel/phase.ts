// The transactions of a block, in parallel, as the main instance sees them: it lays out what the threads share, opens the gate,
// works like the others, waits until all have left, and takes what is committed over into the store. join() is what the others do.
//
//   begin ─ RUN_PARALLEL → the host calls weft_join() in its threads ─ work ─ all left ─ store
//                                    ↑                                    │
//                                    └── state supplied ── RUN_REQUEST ───┘ the frontier needs state: it waits without the others

import { DISPATCH_SEQUENTIAL, ENV_BLOB_MAX } from '../abi.ts'
import { Buffer, bufferAt, initArena, exhausted, reserve } from '../arena.ts'
import { adoptCodes, shareCodes, unshareCodes } from '../code.ts'
import { COINBASE, GAS_LIMIT as ENV_GAS_LIMIT, adoptEnv, env, fork, initEnv } from '../env.ts'
import { initFrames, resetFrames } from '../frame.ts'
import { resetLogs, useLogs } from '../logs.ts'
import { resetPrecompiles } from '../precompiles/run.ts'
import { setReceiptCount } from '../receipts.ts'
import { resetRequest } from '../request.ts'
import { adoptStore, shareStore } from '../state/store.ts'
import { beginView } from '../state/view.ts'
import { resetOptions } from '../trace.ts'
import { TX_DONE, TX_MISS, TX_NO_MEMORY, TX_PARALLEL, TX_YIELD } from '../transaction/execute.ts'
import { adoptTxs } from '../transaction/tx.ts'
import { atomicAdd, atomicLoad, atomicStore, atomicSwap, atomicWait, atomicWake } from './atomic.ts'
import {
  ALERTS,
  AUTHORIZATIONS_BUFFER,
  BLOBS_USED,
  BLOB_LIMIT,
  BLOCK_AGE,
  CALL,
  CLOSED,
  CODES_SHARE,
  COLOUR,
  CONTROL_SIZE,
  DISPATCH,
  ENVIRONMENT,
  FRONTIER,
  GAS_LIMIT,
  GAS_USED,
  GATE,
  LINGERING,
  LOCATIONS,
  LOCATION_MASK,
  LOG_BUFFER,
  LOG_COUNT,
  MAX_RUNS,
  MEMO_HITS,
  MEMO_MISSES,
  MEMO_SHARE,
  RECEIPT_BUFFER,
  RECEIPT_COUNT,
  REJECTION,
  RULES,
  SPAN_BUFFER,
  STOP,
  STOP_DONE,
  STOP_MISS,
  STOP_NO_MEMORY,
  STOP_REJECTED,
  STORE_SHARE,
  THREADS,
  TXS_BUFFER,
  TX_COUNT,
  control,
  setControl,
} from './control.ts'
import { initVersions, foldIntoStore, LAYER_STORE, readFrom } from './versions.ts'
import { loseRecords, resetPool } from './pool.ts'
import { beginHashes, endHashes, handInHashes } from './hashes.ts'
import { noteHelpers } from './kinds.ts'
import { closeMemo, memoHits, memoMisses, openMemo, shareMemo } from './memo.ts'
import { finishPlan, layOutQueue, noPlan, plan } from './plan.ts'
import { tell } from './queue.ts'
import { beginReport, beginSpans, handInSpans } from './report.ts'
import {
  ALONE,
  HELPER,
  MAIN,
  WORK_LEFT,
  WORK_REQUEST,
  WORK_YIELD,
  asksPrecompile,
  isAtFrontier,
  resetWork,
  work,
} from './worker.ts'

const SMALLEST_TABLE: u32 = 4096
const LARGEST_TABLE: u32 = 262144
/** Sooner or later a transaction has to wait for its turn: more runs ahead of it cost more than they save. */
export const DEFAULT_RUNS: u32 = 2
/** Longest wait for the other threads before the host may look. */
const PATIENCE_MICROSECONDS: u32 = 10000
/** A thread waits that long for the next block before it returns to its event loop. */
const LINGER_MICROSECONDS: u32 = 500000
/** After an alert it looks that often for the call before it sleeps again: some milliseconds. */
const ALERT_LOOKS: u32 = 200000

const CLOSED_STAGE: u32 = 0
/** The gate is open. */
const OPEN: u32 = 1
/** The others are leaving. */
const LEAVING: u32 = 2
/** This thread is alone and gets the state that the frontier needs. */
const ASKING: u32 = 3

let stage: u32 = CLOSED_STAGE
let shared: usize = 0

/** The control block lives as long as the instance: threads that come late look at it. */
export function controlBlock(): usize {
  if (!shared) {
    shared = reserve(CONTROL_SIZE)
    if (!shared) return 0
    memory.fill(shared, 0, CONTROL_SIZE)
    atomicStore(shared + GATE, CLOSED)
  }
  setControl(shared)
  return shared
}

/** Why the block ended, when it is invalid: REJECT_* and the transaction at fault. */
export function phaseRejection(): u32 {
  return load<u32>(control, REJECTION)
}

/** Transactions committed so far. */
export function phaseProgress(): u32 {
  return atomicLoad(control + FRONTIER)
}

/** Gas of all transactions, and their blobs. */
export function phaseGas(): u64 {
  return load<u64>(control, GAS_USED)
}

export function phaseBlobs(): u32 {
  return load<u32>(control, BLOBS_USED)
}

/** A phase that was broken off leaves nothing behind. The threads have been stopped by then. */
export function abandonPhase(): void {
  if (stage == CLOSED_STAGE) return
  stage = CLOSED_STAGE
  endHashes()
  loseRecords()
  atomicStore(control + STOP, STOP_NO_MEMORY)
  atomicStore(control + GATE, CLOSED)
  comeBack()
}

/** Everything that a thread does is to be recorded. */
let isRecorded: bool = false
/** What transactions access and hash is to be recorded. */
let isLearning: bool = false
/** Speculative runs of a transaction. */
let maxRuns: u32 = DEFAULT_RUNS

/** For the blocks that begin from now on. */
export function setReport(full: bool): void {
  isRecorded = full
}

/** For the blocks that begin from now on. */
export function setLearning(on: bool): void {
  isLearning = on
}

/** For the blocks that begin from now on. */
export function setSpeculativeRuns(most: u32): void {
  maxRuns = most
}

/**
 * Lays the phase out for `count` transactions and opens it. Returns the dispatch that is taken; sequential: nothing was opened; PLAN_WAITS:
 * then continuePhase(); -1: memory is exhausted.
 */
export function beginPhase(count: u32, asked: u32, block: usize, gasUsed: u64): i32 {
  if (!controlBlock()) return -1
  noteHelpers(atomicLoad(control + THREADS))
  clearControl()
  store<u32>(control, count, TX_COUNT)
  store<u32>(control, maxRuns, MAX_RUNS)
  store<u32>(control, <u32>env, ENVIRONMENT)
  store<u32>(control, fork, RULES)
  store<u64>(control, load<u64>(env + ENV_GAS_LIMIT), GAS_LIMIT)
  store<u32>(control, load<u32>(block, ENV_BLOB_MAX), BLOB_LIMIT)
  store<u64>(control, gasUsed, GAS_USED)
  store<u32>(control, <u32>changetype<usize>(bufferAt(18)), RECEIPT_BUFFER)
  store<u32>(control, <u32>changetype<usize>(bufferAt(12)), LOG_BUFFER)
  store<u32>(control, <u32>changetype<usize>(bufferAt(14)), TXS_BUFFER)
  store<u32>(control, <u32>changetype<usize>(bufferAt(15)), AUTHORIZATIONS_BUFFER)
  return openPhase(count, plan(count, asked))
}

/** Goes on with the plan when the digests that it waited for are there. */
export function continuePhase(count: u32, asked: u32): i32 {
  return openPhase(count, finishPlan(count, asked))
}

function openPhase(count: u32, dispatch: i32): i32 {
  if (dispatch < 0) return dispatch
  store<u32>(control, dispatch, DISPATCH)
  beginReport(count, dispatch, isRecorded, isLearning)
  if (dispatch == DISPATCH_SEQUENTIAL) return dispatch
  if (!layOutLocations(count) || !layOutQueue(count, dispatch)) return -1
  resetPool()
  resetWork()
  beginSpans(0)
  beginHashes()
  shareMemo(control + MEMO_SHARE)
  // commitEntries() goes by the fork of the view, and a thread may commit before it has run anything in this block.
  beginView(fork)
  return initVersions(env + COINBASE) && open() ? dispatch : -1
}

/** Threads that look at the block's age know a new one from it. */
function clearControl(): void {
  const age = load<u32>(control, BLOCK_AGE) + 1
  memory.fill(control + FRONTIER, 0, CONTROL_SIZE - <u32>FRONTIER)
  store<u32>(control, age, BLOCK_AGE)
}

/** The transactions run one after the other, for a reason that has nothing to do with them. False: memory is exhausted. */
export function noPhase(count: u32, reason: u32): bool {
  if (!controlBlock()) return false
  clearControl()
  const planned = noPlan(count, reason)
  beginReport(count, DISPATCH_SEQUENTIAL, false, false)
  return planned
}

/** The hash table of locations. */
function layOutLocations(count: u32): bool {
  let buckets = SMALLEST_TABLE
  while (buckets < LARGEST_TABLE && buckets < count * 8) buckets *= 2
  const table = bufferAt(29)
  if (!table.ensure(buckets * 8)) return false
  memory.fill(table.ptr, 0, buckets * 8)
  store<u32>(control, <u32>table.ptr, LOCATIONS)
  store<u32>(control, buckets - 1, LOCATION_MASK)
  return true
}

/**
 * A block begins that may run in parallel: threads that linger wake up now, while its transactions are decoded. A core that has been
 * idle for some milliseconds takes up to another one for that.
 */
export function alertThreads(): void {
  if (!controlBlock()) return
  wakeLingering(ALERTS)
}

/** Lets the threads in, and wakes those that linger. */
function openGate(): void {
  atomicStore(control + GATE, 1)
  wakeLingering(CALL)
}

/** Wakes the threads that linger, and tells why: CALL or ALERTS. */
function wakeLingering(why: usize): void {
  atomicAdd(control + why, 1)
  if (atomicLoad(control + LINGERING)) atomicWake(control + CALL)
}

/** Is everything recorded that the threads of this block do? */
export function isReported(): bool {
  return load<u32>(control, SPAN_BUFFER) != 0
}

/** Threads that need no message: they linger, and see that the gate has opened. */
export function lingering(): u32 {
  return atomicLoad(control + LINGERING)
}

/** Shares store and codes, and lets the threads in. */
function open(): bool {
  shareStore(control + STORE_SHARE)
  if (!shareCodes(control + CODES_SHARE)) return false
  useLogs(bufferAt(28), 0)
  openMemo(control + MEMO_SHARE)
  atomicStore(control + STOP, 0)
  openGate()
  stage = OPEN
  return true
}

/** Works on the phase that has begun: TX_DONE, or what the main instance waits for. `REJECTED` is told by phaseRejection(). */
export function runPhase(): i32 {
  while (true) {
    if (stage == OPEN || stage == ASKING) {
      const ended = work(stage == ASKING ? ALONE : MAIN)
      if (ended == WORK_REQUEST) return TX_MISS
      if (ended == WORK_YIELD) return TX_YIELD
      stage = LEAVING
    }
    if (!everybodyLeft()) return TX_YIELD
    const why = atomicLoad(control + STOP)
    if (why == STOP_MISS) {
      stage = ASKING
      atomicStore(control + STOP, 0)
      if (isAtFrontier()) return TX_MISS
      continue
    }
    handIn()
    endHashes()
    comeBack()
    stage = CLOSED_STAGE
    if (why == STOP_NO_MEMORY || exhausted) return TX_NO_MEMORY
    if (why == STOP_DONE) foldIntoStore()
    return exhausted ? TX_NO_MEMORY : TX_DONE
  }
}

let askedPrecompile: bool = false

/** What the host was asked for last, before the request is forgotten. */
export function noteRequest(): void {
  askedPrecompile = asksPrecompile()
}

/** The host has supplied what the frontier needs. True: the gate is open again, and the host should call the threads. */
export function reopenPhase(): bool {
  if (stage != ASKING || askedPrecompile) return false
  shareStore(control + STORE_SHARE)
  openMemo(control + MEMO_SHARE)
  openGate()
  stage = OPEN
  return true
}

/** Closes the gate and waits a little for the threads inside. */
function everybodyLeft(): bool {
  const gate = control + GATE
  while (true) {
    const now = atomicLoad(gate)
    if (now & CLOSED || atomicSwap(gate, now, now | CLOSED)) break
  }
  for (let spins: u32 = 0; spins < 2000; spins++) if (atomicLoad(gate) == (CLOSED | 1)) return true
  tell()
  const now = atomicLoad(gate)
  if (now == (CLOSED | 1)) return true
  atomicWait(gate, now, PATIENCE_MICROSECONDS)
  return atomicLoad(gate) == (CLOSED | 1)
}

/** This instance is on its own again. */
function comeBack(): void {
  readFrom(LAYER_STORE, 0)
  unshareCodes()
  useLogs(changetype<Buffer>(load<u32>(control, LOG_BUFFER)), load<u32>(control, LOG_COUNT))
  setReceiptCount(load<u32>(control, RECEIPT_COUNT))
}

// ---- the other threads --------------------------------------------------------------------------------------------------------

let inside: bool = false
let ready: bool = false
let age: u32 = 0

/** Takes part in the phase of the control block at `at`, if it is open. WORK_LEFT, or WORK_REQUEST: to be called again with the answer. */
export function join(at: usize): i32 {
  if (!inside) {
    if (!ready) boot()
    if (exhausted) return TX_NO_MEMORY
    setControl(at)
    seen = atomicLoad(at + CALL)
    while (true) {
      const now = atomicLoad(at + GATE)
      if (now & CLOSED) return WORK_LEFT
      if (atomicSwap(at + GATE, now, now + 1)) break
    }
    inside = true
    adopt()
  }
  let ended: i32 = WORK_YIELD
  while (ended == WORK_YIELD) ended = work(HELPER)
  if (ended == WORK_REQUEST) return ended
  inside = false
  handIn()
  atomicAdd(at + GATE, -1)
  atomic.notify(at + GATE, 1)
  return WORK_LEFT
}

/** The call that this thread has seen last. */
let seen: u32 = 0

/** After join(): waits for the next block for a while. True: there is one, to be joined. To be called by a message takes ten times as long. */
export function linger(): bool {
  atomicAdd(control + LINGERING, 1)
  while (atomicLoad(control + CALL) == seen) {
    const alerts = atomicLoad(control + ALERTS)
    atomicWait(control + CALL, seen, LINGER_MICROSECONDS)
    if (atomicLoad(control + ALERTS) == alerts) break
    for (let looks: u32 = 0; looks < ALERT_LOOKS && atomicLoad(control + CALL) == seen; looks++) {}
  }
  // In this order: who is counted sees the call.
  atomicAdd(control + LINGERING, -1)
  return atomicLoad(control + CALL) != seen
}

/** What this thread has recorded of the block, before it leaves. */
function handIn(): void {
  closeMemo()
  atomicAdd(control + MEMO_HITS, memoHits)
  atomicAdd(control + MEMO_MISSES, memoMisses)
  handInSpans()
  handInHashes()
  if (atomicLoad(control + STOP) != STOP_DONE) loseRecords()
}

function boot(): void {
  ready = true
  initArena()
  initEnv()
  initFrames()
  resetFrames()
  resetRequest()
  resetPrecompiles()
  resetOptions()
  resetLogs()
  beginView(0)
}

/** Sees the block through the eyes of the main instance. */
function adopt(): void {
  adoptStore(control + STORE_SHARE)
  adoptCodes(control + CODES_SHARE)
  adoptTxs(
    changetype<Buffer>(load<u32>(control, TXS_BUFFER)),
    changetype<Buffer>(load<u32>(control, AUTHORIZATIONS_BUFFER)),
  )
  adoptEnv(load<u32>(control, ENVIRONMENT), load<u32>(control, RULES))
  beginView(fork) // see beginPhase()
  if (age != load<u32>(control, BLOCK_AGE)) {
    age = load<u32>(control, BLOCK_AGE)
    resetPool()
    resetWork()
    beginSpans(atomicAdd(control + THREADS, 1) + 1)
    beginHashes()
    initVersions(env + COINBASE)
  }
  openMemo(control + MEMO_SHARE)
}
