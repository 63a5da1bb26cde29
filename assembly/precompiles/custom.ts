// Precompiled contracts of the host's own. A call is a frame like any other. The host is told of it (KIND_CUSTOM), may look at accounts and
// slots as the frame sees them, and answers with status, gas, output, and what the contract changes; that is made here, in the
// frame's own place of the journal, so it goes when the frame or one around it fails.
//
// One buffer holds the state that the host wanted to see and that is missing; then the answer.

import {
  ACCOUNT_ADDRESS,
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_HASH,
  ACCOUNT_EXISTS,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  ACCOUNT_RECORD_SIZE,
  ANSWER_CHANGES,
  ANSWER_GAS_USED,
  ANSWER_LENGTH,
  ANSWER_OUTPUT,
  ANSWER_STATUS,
  ASKED_BALANCE,
  ASKED_CODE,
  ASKED_EXISTS,
  ASKED_NONCE,
  BALANCE_ADDRESS,
  BALANCE_RECORD_SIZE,
  BALANCE_VALUE,
  CUSTOM_ADDRESS,
  CUSTOM_CALLER,
  CUSTOM_DEPTH,
  CUSTOM_FLAGS,
  CUSTOM_GAS,
  CUSTOM_INPUT,
  CUSTOM_INPUT_LENGTH,
  CUSTOM_SELF,
  CUSTOM_SIZE,
  CUSTOM_STATIC,
  CUSTOM_STRUCT_SIZE,
  CUSTOM_VALUE,
  KIND_ACCOUNT,
  KIND_BALANCE,
  KIND_LOG,
  KIND_STORAGE,
  LOGGED_LOG,
  LOG_ADDRESS,
  LOG_DATA_LENGTH,
  LOG_SIZE,
  LOG_TOPICS,
  LOG_TOPIC_COUNT,
  OUT_OF_GAS,
  OUT_OF_MEMORY,
  PRECOMPILE_FAILURE,
  RECORD_KIND,
  RECORD_SIZE,
  REVERT,
  RUN_DONE,
  RUN_IDLE,
  RUN_REQUEST,
  STATIC_MODE_VIOLATION,
  STORAGE_ADDRESS,
  STORAGE_KEY,
  STORAGE_RECORD_SIZE,
  STORAGE_VALUE,
  SUCCESS,
} from '../abi.ts'
import { Buffer, bufferAt, exhausted, scratch } from '../arena.ts'
import { codeHash } from '../code.ts'
import { Frame } from '../frame.ts'
import { addLog } from '../logs.ts'
import { leaveFrame } from '../message.ts'
import { requestCount, requestCustom } from '../request.ts'
import { loadAddressBytes, storeAddressBytes } from '../state/address.ts'
import { EXISTS } from '../state/store.ts'
import {
  ASKED,
  account,
  accountAt,
  balance,
  credit,
  debit,
  isEmpty,
  setNonce,
  setSlot,
  slot,
  slotAt,
  touch,
} from '../state/view.ts'
import { traceLog, tracing } from '../trace.ts'
import { sub } from '../word/arithmetic.ts'
import { equalWords, lessThan, loadBigEndian, storeBigEndian } from '../word/word.ts'
import { customAddress } from './addresses.ts'

const NO_CALL: u32 = 0
/** The host has been told of the call. */
const TOLD: u32 = 1
const ANSWERED: u32 = 2

/** What the host wanted to see and is missing: an address (24 bytes), whether it is a slot (u32), its key. */
const WANTED_SIZE: u32 = 64
const WANTED_HAS_KEY: usize = 24
const WANTED_KEY: usize = 32
/** More than that is asked for later. */
const MOST_WANTED: u32 = 4096

/** Buffer that runPrecompile() shares: only one contract is asked of the host at a time. */
const BUFFER: usize = 13

let state: u32 = NO_CALL

export function resetCustom(): void {
  state = NO_CALL
}

/** Runs the host's contract that the current frame stands for. False = the host is to be asked; then call again. */
export function runCustom(frame: Frame): bool {
  if (state == TOLD && !loadWanted()) return false
  if (state != ANSWERED) {
    tell(frame)
    return false
  }
  const answer = bufferAt(BUFFER).ptr
  const status = load<i32>(answer, ANSWER_STATUS)
  const gas = load<u64>(answer, ANSWER_GAS_USED)
  if (status != SUCCESS && status != REVERT) return fail(frame, PRECOMPILE_FAILURE)
  if (gas > <u64>frame.gas) return fail(frame, OUT_OF_GAS)
  if (status == SUCCESS && load<u32>(answer, ANSWER_CHANGES)) {
    if (frame.isStatic) return fail(frame, STATIC_MODE_VIOLATION)
    if (!change(answer, false)) return false // state is missing; the answer waits
    change(answer, true)
  }
  state = NO_CALL
  frame.gas -= <i64>gas
  leaveFrame(status, answer + ANSWER_OUTPUT, load<u32>(answer, ANSWER_LENGTH))
  return true
}

function fail(frame: Frame, status: i32): bool {
  state = NO_CALL
  frame.gas = 0
  leaveFrame(status, 0, 0)
  return true
}

// ---- the question -------------------------------------------------------------------------------------------------------------

function tell(frame: Frame): void {
  const call = requestCustom(customAddress(frame.precompile))
  store<u32>(call, CUSTOM_STRUCT_SIZE, CUSTOM_SIZE)
  store<u32>(call, frame.isStatic ? CUSTOM_STATIC : 0, CUSTOM_FLAGS)
  store<i64>(call, frame.gas, CUSTOM_GAS)
  store<u32>(call, <u32>frame.input, CUSTOM_INPUT)
  store<u32>(call, frame.inputLength, CUSTOM_INPUT_LENGTH)
  store<u32>(call, frame.depth, CUSTOM_DEPTH)
  storeAddressBytes(call + CUSTOM_ADDRESS, customAddress(frame.precompile))
  storeAddressBytes(call + CUSTOM_SELF, frame.address)
  storeAddressBytes(call + CUSTOM_CALLER, frame.caller)
  storeBigEndian(call + CUSTOM_VALUE, frame.value)
  bufferAt(BUFFER).length = 0
  state = TOLD
}

/** Loads what the host wanted to see. False: it has been asked for. */
function loadWanted(): bool {
  const buffer = bufferAt(BUFFER)
  for (let at: u32 = 0; at + WANTED_SIZE <= buffer.length; at += WANTED_SIZE) {
    const wanted = buffer.ptr + at
    const found = account(wanted)
    if (found && load<u32>(wanted, WANTED_HAS_KEY)) slot(found - 1, wanted + WANTED_KEY)
    if (exhausted) return false
  }
  return requestCount == 0
}

// ---- what the host looks at ---------------------------------------------------------------------------------------------------

/** Writes the record of an account (20 bytes at `address`) as the call sees it: RUN_DONE, RUN_REQUEST, RUN_IDLE, OUT_OF_MEMORY. */
export function showAccount(out: usize, address: usize): i32 {
  if (state != TOLD) return RUN_IDLE
  const word = scratch() + 64
  loadAddressBytes(word, address)
  const found = account(word)
  if (exhausted) return OUT_OF_MEMORY
  if (!found) return want(word, 0)
  const entry = accountAt(found - 1)
  entry.asked |= ASKED_BALANCE | ASKED_NONCE | ASKED_CODE | ASKED_EXISTS
  memory.fill(out, 0, ACCOUNT_RECORD_SIZE)
  store<u32>(out, KIND_ACCOUNT, RECORD_KIND)
  store<u32>(out, ACCOUNT_RECORD_SIZE, RECORD_SIZE)
  store<u32>(out, entry.flags & EXISTS ? ACCOUNT_EXISTS : 0, ACCOUNT_FLAGS)
  store<u64>(out, entry.nonce, ACCOUNT_NONCE)
  storeAddressBytes(out + ACCOUNT_ADDRESS, word)
  storeBigEndian(out + ACCOUNT_BALANCE, entry.balance)
  memory.copy(out + ACCOUNT_CODE_HASH, codeHash(entry.code), 32)
  return RUN_DONE
}

/** Writes the record of a slot (32 bytes at `key`) as the call sees it. */
export function showSlot(out: usize, address: usize, key: usize): i32 {
  if (state != TOLD) return RUN_IDLE
  const word = scratch() + 64
  const keyWord = scratch() + 96
  loadAddressBytes(word, address)
  loadBigEndian(keyWord, key)
  const holder = account(word)
  if (exhausted) return OUT_OF_MEMORY
  const found = holder ? slot(holder - 1, keyWord) : 0
  if (exhausted) return OUT_OF_MEMORY
  if (!found) return want(word, keyWord)
  const entry = slotAt(found - 1)
  entry.flags |= ASKED
  memory.fill(out, 0, STORAGE_RECORD_SIZE)
  store<u32>(out, KIND_STORAGE, RECORD_KIND)
  store<u32>(out, STORAGE_RECORD_SIZE, RECORD_SIZE)
  storeAddressBytes(out + STORAGE_ADDRESS, word)
  storeBigEndian(out + STORAGE_KEY, keyWord)
  storeBigEndian(out + STORAGE_VALUE, entry.value)
  return RUN_DONE
}

/** Notes what is missing: it is asked for when the run goes on. `key` 0: an account. */
function want(address: usize, key: usize): i32 {
  const buffer = bufferAt(BUFFER)
  if (buffer.length >= MOST_WANTED * WANTED_SIZE) return RUN_REQUEST
  const wanted = buffer.push(WANTED_SIZE)
  if (exhausted) return OUT_OF_MEMORY
  memory.fill(wanted, 0, WANTED_SIZE)
  memory.copy(wanted, address, WANTED_HAS_KEY)
  if (!key) return RUN_REQUEST
  store<u32>(wanted, 1, WANTED_HAS_KEY)
  memory.copy(wanted + WANTED_KEY, key, 32)
  return RUN_REQUEST
}

// ---- the answer ---------------------------------------------------------------------------------------------------------------

/** Takes the host's answer (ANSWER_*), when a call waits for one. */
export function answerCustom(record: usize, size: u32): void {
  if (state != TOLD) return
  const buffer = bufferAt(BUFFER)
  buffer.length = 0
  if (!buffer.ensure(size)) return
  memory.copy(buffer.ptr, record, size)
  buffer.length = size
  // Asked again, of the copy: the record may lie in memory that making room has changed.
  state = isAnswer(buffer.ptr, size) ? ANSWERED : NO_CALL
}

/** Has the record of `size` bytes the form of an answer? */
export function isAnswer(record: usize, size: u32): bool {
  if (size < <u32>ANSWER_OUTPUT) return false
  const status = load<i32>(record, ANSWER_STATUS)
  if (status != SUCCESS && status != REVERT && status != PRECOMPILE_FAILURE) return false
  const output = (<u64>load<u32>(record, ANSWER_LENGTH) + 7) & ~7
  const changes = load<u32>(record, ANSWER_CHANGES)
  if (ANSWER_OUTPUT + output + changes > <u64>size) return false
  let at = record + ANSWER_OUTPUT + <usize>output
  for (const end = at + changes; at < end; at += load<u32>(at, RECORD_SIZE)) {
    if (!isChange(at, <u32>(end - at))) return false
  }
  return true
}

function isChange(record: usize, room: u32): bool {
  if (room < 16) return false
  const size = load<u32>(record, RECORD_SIZE)
  if (size > room || size & 7) return false
  switch (load<u32>(record, RECORD_KIND)) {
    case KIND_STORAGE:
      return size == STORAGE_RECORD_SIZE
    case KIND_BALANCE:
      return size == BALANCE_RECORD_SIZE
    case KIND_LOG:
      return size >= <u32>LOGGED_LOG + LOG_TOPICS && isLog(record + LOGGED_LOG, size - LOGGED_LOG)
    default:
      return false
  }
}

function isLog(log: usize, size: u32): bool {
  const topics = load<u32>(log, LOG_TOPIC_COUNT)
  const data = (<u64>load<u32>(log, LOG_DATA_LENGTH) + 7) & ~7
  return load<u32>(log, LOG_SIZE) == size && topics <= 4 && LOG_TOPICS + <u64>topics * 32 + data == <u64>size
}

/** Loads what the changes of an answer need, or with `isMade` makes them. False: state is missing, and has been asked for. */
function change(answer: usize, isMade: bool): bool {
  let at = answer + ANSWER_OUTPUT + ((load<u32>(answer, ANSWER_LENGTH) + 7) & ~7)
  const end = at + load<u32>(answer, ANSWER_CHANGES)
  for (; at < end && !exhausted; at += load<u32>(at, RECORD_SIZE)) {
    const kind = load<u32>(at, RECORD_KIND)
    if (kind == KIND_STORAGE) changeSlot(at, isMade)
    else if (kind == KIND_BALANCE) changeBalance(at, isMade)
    else if (isMade) writeLog(at + LOGGED_LOG)
  }
  return requestCount == 0
}

function changeSlot(record: usize, isMade: bool): void {
  const address = scratch() + 64
  const word = scratch() + 96
  loadAddressBytes(address, record + STORAGE_ADDRESS)
  loadBigEndian(word, record + STORAGE_KEY)
  const holder = account(address)
  const found = holder ? slot(holder - 1, word) : 0
  if (!isMade || !found || exhausted) return
  const entry = slotAt(found - 1)
  entry.flags |= ASKED
  loadBigEndian(word, record + STORAGE_VALUE)
  if (equalWords(entry.value, word)) return
  // An empty account would go at the end of the transaction with its storage (EIP-161); a new contract has nonce 1 for the same reason.
  if (isEmpty(accountAt(holder - 1))) setNonce(holder - 1, 1)
  touch(holder - 1)
  setSlot(found - 1, word)
}

function changeBalance(record: usize, isMade: bool): void {
  const address = scratch() + 64
  const amount = scratch() + 96
  loadAddressBytes(address, record + BALANCE_ADDRESS)
  const found = account(address)
  if (!isMade || !found || exhausted) return
  const before = balance(accountAt(found - 1))
  loadBigEndian(amount, record + BALANCE_VALUE)
  if (equalWords(amount, before)) return
  const isLess = lessThan(amount, before)
  if (isLess) sub(amount, before, amount)
  else sub(amount, amount, before)
  if (isLess) debit(found - 1, amount)
  else credit(found - 1, amount)
}

function writeLog(log: usize): void {
  const address = scratch() + 64
  const topics = load<u32>(log, LOG_TOPIC_COUNT)
  loadAddressBytes(address, log + LOG_ADDRESS)
  const record = addLog(address, topics, log + LOG_TOPICS + topics * 32, load<u32>(log, LOG_DATA_LENGTH))
  if (!record) return // exhausted: the run ends
  memory.copy(record + LOG_TOPICS, log + LOG_TOPICS, topics * 32)
  if (tracing) traceLog(record)
}
