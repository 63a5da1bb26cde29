// The transactions of a block, in parallel, as the main instance sees them: it lays out what the threads share, opens the gate,
// works like the others, waits until all have left, and takes what is committed over into the store. join() is what the others do.
//
//   begin ─ RUN_PARALLEL → the host calls weft_join() in its threads ─ work ─ all left ─ store
//                                    ↑                                    │
//                                    └── state supplied ── RUN_REQUEST ───┘ the frontier needs state: it waits without the others

import { DISPATCH_SEQUENTIAL, ENV_BLOB_MAX, REPORT_NONE } from '../abi.ts'
import { Buffer, bufferAt, initArena, exhausted } from '../arena.ts'
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
import { abandonRecovery, adoptSigners, isRecovering, takeSigners } from './recovery.ts'
import { foldIntoStore, openLists } from './commit.ts'
import { LAYER_STORE, initVersions, readFrom } from './versions.ts'
import { loseRecords, resetPool } from './pool.ts'
import { beginHashes, endHashes, handInHashes } from './hashes.ts'
import { noteHelpers } from './kinds.ts'
import { closeMemo, memoHits, memoMisses, openMemo, shareMemo } from './memo.ts'
import { controlBlock, enterGate, everybodyLeft, leaveGate, openGate } from './gate.ts'
import { finishPlan, layOutQueue, noPlan, plan } from './plan.ts'
import { tell } from './queue.ts'
import { beginReport, beginSpans, handInSpans } from './report.ts'
import { ALONE, HELPER, MAIN, isAtFrontier } from './run.ts'
import { WORK_LEFT, WORK_REQUEST, WORK_YIELD, asksPrecompile, resetWork, work } from './worker.ts'

const SMALLEST_TABLE: u32 = 4096
const LARGEST_TABLE: u32 = 262144
/** Sooner or later a transaction has to wait for its turn: more runs ahead of it cost more than they save. */
export const DEFAULT_RUNS: u32 = 2
const CLOSED_STAGE: u32 = 0
/** The gate is open. */
const OPEN: u32 = 1
/** The others are leaving. */
const LEAVING: u32 = 2
/** This thread is alone and gets the state that the frontier needs. */
const ASKING: u32 = 3

let stage: u32 = CLOSED_STAGE

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
  abandonRecovery()
  if (stage == CLOSED_STAGE) return
  stage = CLOSED_STAGE
  endHashes()
  loseRecords()
  atomicStore(control + STOP, STOP_NO_MEMORY)
  atomicStore(control + GATE, CLOSED)
  comeBack()
}

/** What is to be recorded for the report: REPORT_*. */
let recorded: u32 = REPORT_NONE
/** What transactions access and hash is to be recorded. */
let isLearning: bool = false
/** Speculative runs of a transaction. */
let maxRuns: u32 = DEFAULT_RUNS

/** For the blocks that begin from now on. */
export function setReport(what: u32): void {
  recorded = what
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
  store<u32>(control, <u32>changetype<usize>(bufferAt(60)), RECEIPT_BUFFER)
  store<u32>(control, <u32>changetype<usize>(bufferAt(61)), LOG_BUFFER)
  store<u32>(control, <u32>changetype<usize>(bufferAt(14)), TXS_BUFFER)
  store<u32>(control, <u32>changetype<usize>(bufferAt(15)), AUTHORIZATIONS_BUFFER)
  openLists()
  return openPhase(count, plan(count, asked))
}

/** Goes on with the plan when the digests that it waited for are there. */
export function continuePhase(count: u32, asked: u32): i32 {
  return openPhase(count, finishPlan(count, asked))
}

function openPhase(count: u32, dispatch: i32): i32 {
  if (dispatch < 0) return dispatch
  store<u32>(control, dispatch, DISPATCH)
  beginReport(count, dispatch, recorded, isLearning)
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
  beginReport(count, DISPATCH_SEQUENTIAL, REPORT_NONE, false)
  return planned
}

/** The hash table of locations. */
function layOutLocations(count: u32): bool {
  let buckets = SMALLEST_TABLE
  while (buckets < LARGEST_TABLE && buckets < count * 4) buckets *= 2
  const table = bufferAt(29)
  if (!table.ensure(buckets * 8)) return false
  memory.fill(table.ptr, 0, buckets * 8)
  store<u32>(control, <u32>table.ptr, LOCATIONS)
  store<u32>(control, buckets - 1, LOCATION_MASK)
  return true
}

/** Is recorded what the threads of this block do when? */
export function isReported(): bool {
  return load<u32>(control, SPAN_BUFFER) != 0
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

/** This instance is on its own again. */
function comeBack(): void {
  readFrom(LAYER_STORE, 0)
  unshareCodes()
  useLogs(changetype<Buffer>(load<u32>(control, LOG_BUFFER)), load<u32>(control, LOG_COUNT))
  setReceiptCount(load<u32>(control, RECEIPT_COUNT))
}

// ---- the other threads --------------------------------------------------------------------------------------------------------

let inside: bool = false
/** The threads are inside to recover signers. */
let recovers: bool = false
let ready: bool = false
let age: u32 = 0

/** Takes part in the stage of the control block at `at`, if it is open. WORK_LEFT, or WORK_REQUEST: to be called again with the answer. */
export function join(at: usize): i32 {
  if (!inside) {
    if (!ready) boot()
    if (exhausted) return TX_NO_MEMORY
    if (!enterGate(at)) return WORK_LEFT
    inside = true
    recovers = isRecovering()
    if (recovers) adoptSigners()
    else adopt()
  }
  if (recovers) {
    resetRequest()
    if (takeSigners()) return WORK_REQUEST
  } else {
    let ended: i32 = WORK_YIELD
    while (ended == WORK_YIELD) ended = work(HELPER)
    if (ended == WORK_REQUEST) return ended
    handIn()
  }
  inside = false
  leaveGate()
  return WORK_LEFT
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
