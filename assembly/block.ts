// A whole block: senders, system calls, transactions in order, withdrawals, requests, rewards, commitments. Each step can wait
// for the host; an invalid transaction ends the block as REJECTED, and the store is then not the state of anything.
//
//   RECOVER → PREFETCH → BEACON_ROOT → HISTORY → TXS → WITHDRAWALS → DEPOSITS → WITHDRAWAL_ and CONSOLIDATION_REQUESTS → REWARDS → ROOTS

import {
  BLOCK_FLAGS,
  BLOCK_ROOT_RECEIPTS,
  BLOCK_SENDERS,
  BLOCK_TXS,
  BLOCK_TX_COUNT,
  BYZANTIUM,
  CANCUN,
  DISPATCH_BATCHED,
  DISPATCH_SEQUENTIAL,
  ENV_BLOB_MAX,
  ENV_FLAGS,
  ENV_HAS_BEACON_ROOT,
  PRAGUE,
  RECEIPT_STATE_ROOT,
  REJECTED,
  REJECT_DEPOSIT_LAYOUT,
  REJECT_NONE,
  REJECT_SYSTEM_CALL_EMPTY,
  REJECT_SYSTEM_CALL_FAILED,
  REASON_FEW,
  REASON_ROOTS,
  RESULT_BLOB_GAS_USED,
  RESULT_BLOOM,
  RESULT_GAS_USED,
  RESULT_LOGS,
  RESULT_LOG_COUNT,
  RESULT_RECEIPTS,
  RESULT_RECEIPTS_ROOT,
  RESULT_RECEIPT_COUNT,
  RESULT_REJECTION,
  RESULT_REQUESTS_HASH,
  RESULT_SIZE,
  RESULT_STATUS,
  RESULT_STRUCT_SIZE,
  RESULT_TRANSACTIONS_ROOT,
  RESULT_TX_INDEX,
  RESULT_WITHDRAWALS_ROOT,
  SHANGHAI,
  SUCCESS,
} from './abi.ts'
import { bufferAt, exhausted } from './arena.ts'
import { askInAdvance } from './code.ts'
import { GAS_LIMIT, PARENT_BEACON_ROOT, PARENT_HASH, env, fork } from './env.ts'
import { returnData, returnLength } from './frame.ts'
import { logCount, logsLength, logsStart, resetLogs } from './logs.ts'
import { alertThreads } from './parallel/gate.ts'
import {
  beginPhase,
  continuePhase,
  isReported,
  noPhase,
  phaseBlobs,
  phaseGas,
  phaseProgress,
  phaseRejection,
  reopenPhase,
  runPhase,
} from './parallel/phase.ts'
import { now } from './parallel/clock.ts'
import { isTimed, learnGain, learnKinds, noteTime } from './parallel/kinds.ts'
import { PLAN_WAITS } from './parallel/plan.ts'
import { isRecovering, recoverSigners, shareSigners } from './parallel/recovery.ts'
import { isHopeless } from './parallel/ahead.ts'
import { asksPrecompile } from './parallel/worker.ts'
import { addLogsToBloom, addReceipt, lastReceipt, receiptCount, receiptsStart, resetReceipts } from './receipts.ts'
import { requestAccount, requestCode, requestCount } from './request.ts'
import { receiptsRoot, transactionsRoot, withdrawalsRoot } from './roots.ts'
import { stateRoot } from './state-root.ts'
import { accountCount, findAccount, isComplete, storedAccount } from './state/store.ts'
import { commit } from './state/view.ts'
import {
  BAD_DEPOSIT,
  BEACON_ROOTS_ADDRESS,
  CALL_EMPTY,
  CALL_FAILED,
  CONSOLIDATION_REQUESTS_ADDRESS,
  HISTORY_ADDRESS,
  WITHDRAWAL_REQUESTS_ADDRESS,
  addRequests,
  beginSystemCall,
  collectDeposits,
  payRewards,
  payWithdrawals,
  requestsHash,
  resetRequests,
  runSystemCall,
} from './system.ts'
import { decodeTx } from './transaction/decode.ts'
import {
  TX_DONE,
  TX_HASH,
  TX_MISS,
  TX_NO_MEMORY,
  TX_PARALLEL,
  TX_YIELD,
  beginTx,
  runTx,
  txGasUsed,
  txRejection,
} from './transaction/execute.ts'
import { resetTxs, txAt } from './transaction/tx.ts'
import { GAS_PER_BLOB } from './transaction/validate.ts'

/** Codes asked for at once, before they are needed. */
const MAX_PREFETCHED_CODES: u32 = 4096

/** How often a block lets the host report progress. */
const TXS_PER_YIELD: u32 = 256

const RECOVER: u32 = 0
const PREFETCH: u32 = 1
const BEACON_ROOT: u32 = 2
const HISTORY: u32 = 3
const TXS: u32 = 4
const WITHDRAWALS: u32 = 5
const DEPOSITS: u32 = 6
const WITHDRAWAL_REQUESTS: u32 = 7
const CONSOLIDATION_REQUESTS: u32 = 8
const REWARDS: u32 = 9
const ROOTS: u32 = 10
const FINISHED: u32 = 11

let block: usize = 0
let step: u32 = FINISHED
/** The present step has begun (a system call has its view, a transaction its number). */
let begun: bool = false
let prefetchedCodes: bool = false
/** The present step has let the host look at the time. */
let hasYielded: bool = false
let txIndex: u32 = 0
let gasUsed: u64 = 0
let blobs: u32 = 0
let logsBefore: u32 = 0
let logCountBefore: u32 = 0

/** Begins the block whose input struct is at `input` (input.ts). */
export function beginBlock(input: usize): void {
  block = input
  step = RECOVER
  begun = false
  hasYielded = false
  prefetchedCodes = false
  if (ASC_FEATURE_THREADS) {
    if (isParallel && dispatch != DISPATCH_SEQUENTIAL) alertThreads() // it was the last time, and probably is again
  }
  isPlanned = false
  isPlanning = false
  isParallel = false
  isRooting = false
  txsBegan = 0
  asked = 0
  txIndex = 0
  gasUsed = 0
  blobs = 0
  resetTxs()
  resetLogs()
  resetReceipts()
  resetRequests()
}

/** Runs until the block is done (TX_DONE) or waits (TX_MISS, TX_HASH, TX_YIELD, TX_NO_MEMORY). */
export function runBlock(): i32 {
  while (step != FINISHED) {
    const ended = runStep()
    if (exhausted) return TX_NO_MEMORY
    if (ended == TX_DONE) {
      step++
      begun = false
      hasYielded = false
    } else if (ended == CALL_EMPTY) reject(REJECT_SYSTEM_CALL_EMPTY, -1)
    else if (ended == CALL_FAILED) reject(REJECT_SYSTEM_CALL_FAILED, -1)
    else if (ended == BAD_DEPOSIT) reject(REJECT_DEPOSIT_LAYOUT, -1)
    else if (ended != REJECTED) return ended
  }
  return TX_DONE
}

function runStep(): i32 {
  switch (step) {
    case RECOVER:
      return decodeAll()
    case PREFETCH:
      return prefetch()
    case BEACON_ROOT: {
      const applies = fork >= CANCUN && load<u32>(block, ENV_FLAGS) & ENV_HAS_BEACON_ROOT
      return applies ? systemCall(BEACON_ROOTS_ADDRESS, env + PARENT_BEACON_ROOT, false) : TX_DONE
    }
    case HISTORY:
      return fork >= PRAGUE ? systemCall(HISTORY_ADDRESS, env + PARENT_HASH, false) : TX_DONE
    case TXS:
      return runTxs()
    case WITHDRAWALS:
      if (fork < SHANGHAI) return TX_DONE
      return payWithdrawals(block) ? committed() : TX_MISS
    case DEPOSITS:
      return fork >= PRAGUE ? collectDeposits() : TX_DONE
    case WITHDRAWAL_REQUESTS:
      return fork >= PRAGUE ? requestCall(1, WITHDRAWAL_REQUESTS_ADDRESS) : TX_DONE
    case CONSOLIDATION_REQUESTS:
      return fork >= PRAGUE ? requestCall(2, CONSOLIDATION_REQUESTS_ADDRESS) : TX_DONE
    case REWARDS:
      return payRewards(block) ? committed() : TX_MISS
    default:
      if (yieldOnce() != TX_DONE) return TX_YIELD
      return writeRoots() ? TX_DONE : TX_HASH
  }
}

function committed(): i32 {
  commit()
  return TX_DONE
}

// ---- steps ------------------------------------------------------------------------------------------------------------------

/** Decodes all transactions; the request asks for all signers at once. */
function decodeAll(): i32 {
  if (begun) return goOnRecovering()
  begun = true
  const items = <usize>load<u32>(block, BLOCK_TXS)
  const senders = <usize>load<u32>(block, BLOCK_SENDERS)
  const count = load<u32>(block, BLOCK_TX_COUNT)
  for (let i: u32 = 0; i < count && !exhausted; i++) {
    const item = items + i * 8
    decodeTx(i, load<u32>(item), load<u32>(item, 4), senders ? senders + i * 24 : 0)
  }
  if (ASC_FEATURE_THREADS) {
    if (dispatch != DISPATCH_SEQUENTIAL && shareSigners()) return TX_PARALLEL
  }
  return requestCount ? TX_MISS : yieldOnce()
}

/** All signers have been asked for; with several threads each asks for some. */
function goOnRecovering(): i32 {
  if (ASC_FEATURE_THREADS) {
    const ended = isRecovering() ? recoverSigners() : TX_DONE
    if (ended != TX_DONE) return ended
  }
  return yieldOnce()
}

/** So that the host can tell the time of one part of the block from that of the next. */
function yieldOnce(): i32 {
  if (hasYielded) return TX_DONE
  hasYielded = true
  return TX_YIELD
}

/**
 * Asks for all senders and recipients in one request, once; what else is missing, each transaction asks for. Before transactions run
 * in parallel, also for the codes of all accounts that are there: a run that misses one would stop all threads.
 */
function prefetch(): i32 {
  if (!begun && !isComplete) {
    begun = true
    prefetchAccounts()
    if (requestCount) return TX_MISS
  }
  if (dispatch == DISPATCH_SEQUENTIAL || prefetchedCodes) return TX_DONE
  prefetchedCodes = true
  for (let i: u32 = 0; i < accountCount && requestCount < MAX_PREFETCHED_CODES; i++) {
    const code = storedAccount(i).code
    if (askInAdvance(code)) requestCode(code, true)
  }
  return requestCount ? TX_MISS : TX_DONE
}

function prefetchAccounts(): void {
  for (let i: u32 = 0; i < load<u32>(block, BLOCK_TX_COUNT); i++) {
    const tx = txAt(i)
    if (!findAccount(tx.sender)) requestAccount(tx.sender)
    if (!tx.isCreate && !findAccount(tx.to)) requestAccount(tx.to)
  }
}

/** EIP-2935 and 4788: a contract that is not there is no error, nor is a failing one. */
function systemCall(address: usize, input: usize, mustWork: bool): i32 {
  if (!begun) beginSystemCall()
  begun = true
  const ended = runSystemCall(address, input, input ? 32 : 0)
  if (ended == TX_DONE) commit()
  return !mustWork && (ended == CALL_EMPTY || ended == CALL_FAILED) ? TX_DONE : ended
}

/** EIP-7002 and 7251: the contract has to be there and to succeed; its output is the request list. */
function requestCall(type: u8, address: usize): i32 {
  const ended = systemCall(address, 0, true)
  if (ended == TX_DONE) addRequests(type, returnData(), returnLength())
  return ended
}

/** How the transactions are dispatched (DISPATCH_*). */
let dispatch: u32 = DISPATCH_SEQUENTIAL
let isPlanned: bool = false
/** The plan waits for digests. */
let isPlanning: bool = false
let isParallel: bool = false
/** When the transaction under way began, */
let began: f64 = 0
/** and when the first, later by the time that state was waited for; 0: the time says nothing, since all is recorded. */
let txsBegan: f64 = 0
/** When the transactions began to wait for state; 0: they do not. */
let asked: f64 = 0

/** For the blocks that begin from now on. */
export function setDispatch(how: u32): void {
  dispatch = how
}

/** Plans the transactions as a whole: TX_PARALLEL, TX_DONE where they run one after the other, TX_HASH, TX_NO_MEMORY. */
function planTxs(): i32 {
  const count = load<u32>(block, BLOCK_TX_COUNT)
  if (hasRootReceipts() || !count) {
    isPlanned = true
    return noPhase(count, hasRootReceipts() ? REASON_ROOTS : REASON_FEW) ? TX_DONE : TX_NO_MEMORY
  }
  if (!isPlanning) txsBegan = now()
  const taken = isPlanning ? continuePhase(count, dispatch) : beginPhase(count, dispatch, block, gasUsed)
  isPlanning = taken == PLAN_WAITS
  if (isPlanning) return TX_HASH
  isPlanned = true
  if (taken < 0) return TX_NO_MEMORY
  if (taken == DISPATCH_BATCHED || isReported()) txsBegan = 0
  isParallel = taken != DISPATCH_SEQUENTIAL
  return isParallel ? TX_PARALLEL : TX_DONE
}

function runParallel(): i32 {
  if (reopenPhase()) return TX_PARALLEL
  const ended = runPhase()
  txIndex = phaseProgress()
  if (ended != TX_DONE) return suspended(ended)
  gasUsed = phaseGas()
  blobs = phaseBlobs()
  learn()
  if (!phaseRejection()) return TX_DONE
  reject(phaseRejection(), txIndex)
  return REJECTED
}

/** The transactions wait for the host: for state, that does not count as their time. */
function suspended(ended: i32): i32 {
  if (ended == TX_MISS && !asksPrecompile()) asked = now()
  return ended
}

function resumed(): void {
  if (!asked) return
  const waited = now() - asked
  if (txsBegan) txsBegan += waited
  began += waited
  asked = 0
}

/** What the transactions that have run teach of later blocks. */
function learn(): void {
  if (txsBegan) learnGain(receiptCount, now() - txsBegan, isParallel)
  learnKinds(receiptsStart(), receiptCount, isParallel, isParallel && isHopeless())
}

function runTxs(): i32 {
  if (ASC_FEATURE_THREADS) {
    resumed()
    if (dispatch != DISPATCH_SEQUENTIAL && !isPlanned) {
      const planned = planTxs()
      if (planned != TX_DONE) return planned
    }
    if (isParallel) return runParallel()
  }
  const count = load<u32>(block, BLOCK_TX_COUNT)
  while (txIndex < count) {
    if (!isRooting) {
      const ended = runNext()
      if (ended != TX_DONE) return ASC_FEATURE_THREADS && isPlanned ? suspended(ended) : ended
    }
    isRooting = hasRootReceipts() && !stateRoot(lastReceipt() + RECEIPT_STATE_ROOT)
    if (isRooting) return TX_HASH
    begun = false
    txIndex++
    if (txIndex % TXS_PER_YIELD == 0) return TX_YIELD
  }
  if (ASC_FEATURE_THREADS) {
    if (isPlanned) learn()
  }
  return TX_DONE
}

/** The state root after the last transaction waits for digests. */
let isRooting: bool = false

/** Runs the next transaction, commits it and writes its receipt. */
function runNext(): i32 {
  if (!begun) beginNext()
  const ended = runTx()
  if (ended != TX_DONE) return ended
  if (ASC_FEATURE_THREADS) {
    if (isPlanned && isTimed(txIndex)) noteTime(txIndex, began)
  }
  if (txRejection) return reject(txRejection, txIndex)
  commit()
  gasUsed += txGasUsed
  blobs += txAt(txIndex).blobCount
  addReceipt(txIndex, gasUsed, logsBefore, logCountBefore)
  return TX_DONE
}

/** Before EIP-658 a receipt holds the state root after its transaction; that takes the whole state. */
function hasRootReceipts(): bool {
  return fork < BYZANTIUM && (load<u32>(block, BLOCK_FLAGS) & BLOCK_ROOT_RECEIPTS) != 0
}

/** Transactions executed so far. */
export function blockProgress(): u32 {
  return txIndex
}

/** The present block has only its commitments left to make. */
export function isAtRoots(): bool {
  return step >= ROOTS
}

function beginNext(): void {
  begun = true
  if (ASC_FEATURE_THREADS) {
    if (isPlanned && isTimed(txIndex)) began = now()
  }
  logsBefore = logsLength()
  logCountBefore = logCount
  beginTx(txIndex, load<u64>(env + GAS_LIMIT) - gasUsed, load<u32>(block, ENV_BLOB_MAX) - blobs, false)
}

/** The block ends here as invalid; REJECTED is also how the step ends that found it. */
function reject(reason: u32, index: i32): i32 {
  writeResult(REJECTED, reason, index)
  step = FINISHED
  return REJECTED
}

// ---- result -----------------------------------------------------------------------------------------------------------------

/** The result struct of the last block. */
export function blockResult(): usize {
  return bufferAt(23).ptr
}

function writeResult(status: i32, reason: u32, index: i32): void {
  const buffer = bufferAt(23)
  if (!buffer.ensure(RESULT_STRUCT_SIZE)) return
  const out = buffer.ptr
  memory.fill(out, 0, RESULT_STRUCT_SIZE)
  store<u32>(out, RESULT_STRUCT_SIZE, RESULT_SIZE)
  store<i32>(out, status, RESULT_STATUS)
  store<u32>(out, reason, RESULT_REJECTION)
  store<i32>(out, index, RESULT_TX_INDEX)
  store<u64>(out, gasUsed, RESULT_GAS_USED)
  store<u64>(out, blobs * GAS_PER_BLOB, RESULT_BLOB_GAS_USED)
  store<u32>(out, <u32>receiptsStart(), RESULT_RECEIPTS)
  store<u32>(out, receiptCount, RESULT_RECEIPT_COUNT)
  store<u32>(out, <u32>logsStart(), RESULT_LOGS)
  store<u32>(out, logCount, RESULT_LOG_COUNT)
}

/** Root that is next. */
let root: u32 = 0

/** Writes the result and its roots. False: one waits for digests. */
function writeRoots(): bool {
  if (!begun) {
    begun = true
    root = 0
    writeResult(SUCCESS, REJECT_NONE, -1)
  }
  const out = blockResult()
  for (; root < 3 && !exhausted; root++) if (!writeRoot(out)) return false
  if (fork >= PRAGUE) requestsHash(out + RESULT_REQUESTS_HASH)
  return true
}

function writeRoot(out: usize): bool {
  if (root == 0) return transactionsRoot(out + RESULT_TRANSACTIONS_ROOT, block)
  if (root == 2) return fork < SHANGHAI || withdrawalsRoot(out + RESULT_WITHDRAWALS_ROOT, block)
  if (fork >= BYZANTIUM || hasRootReceipts()) return receiptsRoot(out + RESULT_RECEIPTS_ROOT, out + RESULT_BLOOM)
  addLogsToBloom(out + RESULT_BLOOM, logsStart(), logCount)
  return true
}
