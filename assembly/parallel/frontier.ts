// The frontier: transactions commit one after the other, in the order of the block. The argument why the result is that of
// sequential execution: a transaction's execution depends on nothing but itself, the block's constants and the answers to its
// questions about state. If, with all earlier ones committed, each recorded answer is what the committed state gives, then it would
// have asked the same questions in the same order and ended the same. What does not hold runs again here, on the committed state
// itself, where nothing can change any more. So predictions, thread counts and timing decide only when the work is done.

import {
  ASKED_BALANCE,
  ASKED_CODE,
  ASKED_EMPTY,
  ASKED_EXISTS,
  ASKED_FUNDS,
  ASKED_NONCE,
  ASKED_STORAGE,
} from '../abi.ts'
import { Buffer, scratch } from '../arena.ts'
import { EMPTY_CODE } from '../code.ts'
import { GAS_PRICE, env } from '../env.ts'
import { logCount, logsLength, logsStart } from '../logs.ts'
import { putReceipt } from '../receipts.ts'
import { EXISTS, StoredAccount, StoredSlot } from '../state/store.ts'
import {
  ACCOUNT_SIZE,
  ASKED,
  Account,
  HAD_STORAGE,
  SLOT_SIZE,
  Slot,
  TRANSIENT,
  accountAt,
  accountCount,
  accountsStart,
  commitEntries,
  slotCount,
  slotsStart,
} from '../state/view.ts'
import { txCreated, txGasUsed, txStatus } from '../transaction/execute.ts'
import { txAt } from '../transaction/tx.ts'
import { equalWords, isZeroWord, lessThan } from '../word/word.ts'
import {
  BLOBS_USED,
  BLOB_LIMIT,
  GAS_LIMIT,
  GAS_USED,
  LOG_BUFFER,
  LOG_COUNT,
  RECEIPT_BUFFER,
  RECEIPT_COUNT,
  control,
} from './control.ts'
import { accountBy, slotBy } from './locations.ts'
import {
  RECORD_ACCOUNT_COUNT,
  RECORD_CREATED,
  RECORD_GAS_USED,
  RECORD_LOG_BYTES,
  RECORD_LOG_COUNT,
  RECORD_PRICE,
  RECORD_SLOT_COUNT,
  RECORD_STATUS,
  RECORD_VOID,
  VOID_MISSED,
  recordAccounts,
  recordLogs,
  recordSlots,
} from './record.ts'
import { noteAccesses } from './report.ts'
import { LAYER_COMMITTED, LAYER_VERSIONS, hasStorageBelow, readFrom, readLocation, snapshot } from './versions.ts'

/** Gas that the block has left for the next transaction. */
@inline
export function gasLeft(): u64 {
  return load<u64>(control, GAS_LIMIT) - load<u64>(control, GAS_USED)
}

/** Blobs that it has left. */
@inline
export function blobsLeft(): u32 {
  return load<u32>(control, BLOB_LIMIT) - load<u32>(control, BLOBS_USED)
}

/** Is the run of the transaction at the frontier what sequential execution would give? With the lock. */
export function holds(index: u32, record: usize): bool {
  const tx = txAt(index)
  if (load<u32>(record, RECORD_VOID) || tx.gasLimit > gasLeft() || tx.blobCount > blobsLeft()) return false
  const accounts = recordAccounts(record)
  return entriesHold(
    accounts,
    load<u32>(record, RECORD_ACCOUNT_COUNT),
    recordSlots(record),
    load<u32>(record, RECORD_SLOT_COUNT),
  )
}

let outdatedBy: u32 = 0

/** Index + 1 of the transaction whose commit made the record outdated that did not hold; 0 = it was for another reason. */
export function takeOutdatedBy(): u32 {
  const by = outdatedBy
  outdatedBy = 0
  return by
}

/** Are the answers in a read record those of the committed state? */
export function entriesHold(accounts: usize, accountCount: u32, slots: usize, slotCount: u32): bool {
  for (let i: u32 = 0; i < accountCount; i++) {
    const entry = changetype<Account>(accounts + i * ACCOUNT_SIZE)
    if (!entry.asked) continue
    const record = changetype<StoredAccount>(entry.stored)
    const holds = nonceHolds(entry, record) && accountHolds(entry, record)
    if (holds && (!(entry.asked & ASKED_STORAGE) || storageHolds(entry))) continue
    outdatedBy = accountBy(entry.stored)
    return false
  }
  for (let i: u32 = 0; i < slotCount; i++) {
    const entry = changetype<Slot>(slots + i * SLOT_SIZE)
    if (!isStateQuestion(entry) || slotHolds(entry)) continue
    outdatedBy = slotBy(entry.stored)
    return false
  }
  return true
}

/**
 * Are they those of the versions that are there now, as far as can be seen? Says nothing about what is right, only whether another run
 * before the transaction's turn is worth it.
 */
export function looksCurrent(index: u32, record: usize): bool {
  if (load<u32>(record, RECORD_VOID)) return load<u32>(record, RECORD_VOID) == VOID_MISSED
  readFrom(LAYER_VERSIONS, index)
  return entriesLookCurrent(
    recordAccounts(record),
    load<u32>(record, RECORD_ACCOUNT_COUNT),
    recordSlots(record),
    load<u32>(record, RECORD_SLOT_COUNT),
  )
}

/** The same of the run under way, on the versions. */
export function viewLooksCurrent(): bool {
  return entriesLookCurrent(accountsStart(), accountCount, slotsStart(), slotCount)
}

function entriesLookCurrent(accounts: usize, accountCount: u32, slots: usize, slotCount: u32): bool {
  for (let i: u32 = 0; i < accountCount; i++) {
    const entry = changetype<Account>(accounts + i * ACCOUNT_SIZE)
    if (!entry.asked) continue
    const record = snapshot(entry.stored)
    // A lower nonce only tells that earlier transactions of a sender, for which this one does not wait, are still to run.
    if (entry.asked & ASKED_NONCE && record.nonce > entry.baseNonce) return false
    if (!accountHolds(entry, record)) return false
  }
  for (let i: u32 = 0; i < slotCount; i++) {
    const entry = changetype<Slot>(slots + i * SLOT_SIZE)
    if (!isStateQuestion(entry)) continue
    readLocation(scratch(), entry.stored)
    if (!equalWords(scratch(), entry.original)) return false
  }
  return true
}

@inline
function isStateQuestion(entry: Slot): bool {
  return (entry.flags & ASKED) != 0 && entry.stored != 0 && !(entry.owner & TRANSIENT)
}

@inline
function nonceHolds(entry: Account, record: StoredAccount): bool {
  return !(entry.asked & ASKED_NONCE) || record.nonce == entry.baseNonce
}

/** What was asked of an account, but for its nonce. */
function accountHolds(entry: Account, record: StoredAccount): bool {
  const asked = entry.asked
  if (asked & ASKED_CODE && record.code != entry.baseCode) return false
  if (asked & ASKED_BALANCE && !equalWords(record.balance, entry.base)) return false
  if (asked & ASKED_FUNDS && (lessThan(record.balance, entry.atLeast) || !lessThan(record.balance, entry.below)))
    return false
  if (asked & ASKED_EXISTS && (record.flags ^ entry.baseFlags) & EXISTS) return false
  if (asked & ASKED_EMPTY) {
    const isEmpty = record.nonce == 0 && record.code == EMPTY_CODE && isZeroWord(record.balance)
    const wasEmpty = entry.baseNonce == 0 && entry.baseCode == EMPTY_CODE && isZeroWord(entry.base)
    if (isEmpty != wasEmpty) return false
  }
  return true
}

function storageHolds(entry: Account): bool {
  return hasStorageBelow(entry.stored) == ((entry.asked & HAD_STORAGE) != 0)
}

@inline
function slotHolds(entry: Slot): bool {
  const slot = changetype<StoredSlot>(entry.stored)
  const isCurrent = slot.epoch == changetype<StoredAccount>(slot.account).epoch
  return isCurrent ? equalWords(slot.value, entry.original) : isZeroWord(entry.original)
}

/** Commits a run that holds. With the lock. */
export function commitRecord(index: u32, record: usize): void {
  const accounts = recordAccounts(record)
  const created = load<u32>(record, RECORD_CREATED)
  readFrom(LAYER_COMMITTED, index)
  addOutcome(
    index,
    load<i32>(record, RECORD_STATUS),
    load<u64>(record, RECORD_GAS_USED),
    recordLogs(record),
    load<u32>(record, RECORD_LOG_BYTES),
    load<u32>(record, RECORD_LOG_COUNT),
    record + RECORD_PRICE,
    created ? changetype<Account>(accounts + (created - 1) * ACCOUNT_SIZE).address : 0,
  )
  noteAccesses(
    index,
    accounts,
    load<u32>(record, RECORD_ACCOUNT_COUNT),
    recordSlots(record),
    load<u32>(record, RECORD_SLOT_COUNT),
  )
  commitEntries(
    accounts,
    load<u32>(record, RECORD_ACCOUNT_COUNT),
    recordSlots(record),
    load<u32>(record, RECORD_SLOT_COUNT),
  )
}

/** Commits the run that has just ended in this instance's view, on the committed state or found to hold. With the lock. */
export function commitView(index: u32): void {
  readFrom(LAYER_COMMITTED, index)
  const created = txCreated ? accountAt(txCreated - 1).address : 0
  addOutcome(index, txStatus, txGasUsed, logsStart(), logsLength(), logCount, env + GAS_PRICE, created)
  noteAccesses(index, accountsStart(), accountCount, slotsStart(), slotCount)
  commitEntries(accountsStart(), accountCount, slotsStart(), slotCount)
}

function addOutcome(
  index: u32,
  status: i32,
  gasUsed: u64,
  logs: usize,
  logBytes: u32,
  count: u32,
  price: usize,
  created: usize,
): void {
  const gas = load<u64>(control, GAS_USED) + gasUsed
  store<u64>(control, gas, GAS_USED)
  store<u32>(control, blobsUsed() + txAt(index).blobCount, BLOBS_USED)
  const to = changetype<Buffer>(load<u32>(control, LOG_BUFFER))
  putReceipt(
    changetype<Buffer>(load<u32>(control, RECEIPT_BUFFER)),
    index,
    status,
    gasUsed,
    gas,
    to.length,
    count,
    price,
    created,
  )
  to.append(logs, logBytes)
  store<u32>(control, load<u32>(control, LOG_COUNT) + count, LOG_COUNT)
  store<u32>(control, load<u32>(control, RECEIPT_COUNT) + 1, RECEIPT_COUNT)
}

@inline
function blobsUsed(): u32 {
  return load<u32>(control, BLOBS_USED)
}
