// The accounts and slots that a transaction asked for or changed, before and after it, as trace records: what a prestate tracer
// needs. Read from the view (state/view.ts) when the transaction is done and not yet committed. The records of a large transaction
// do not fit the buffer at once, so this can stop after any of them and go on later.

import {
  CODE_BYTES,
  CODE_HASH,
  CODE_LENGTH,
  SPURIOUS_DRAGON,
  TRACED_ACCOUNT_SIZE,
  TRACED_ADDRESS,
  TRACED_BALANCE,
  TRACED_BALANCE_AFTER,
  TRACED_CODE_HASH,
  TRACED_CODE_HASH_AFTER,
  TRACED_EXISTS,
  TRACED_EXISTS_AFTER,
  TRACED_FLAGS,
  TRACED_NONCE,
  TRACED_NONCE_AFTER,
  TRACED_SLOT_ADDRESS,
  TRACED_SLOT_KEY,
  TRACED_SLOT_SIZE,
  TRACED_SLOT_VALUE,
  TRACED_SLOT_VALUE_AFTER,
  TRACE_ACCOUNT,
  TRACE_CODE,
  TRACE_SLOT,
  TRACE_STATE,
} from './abi.ts'
import { EMPTY_CODE, codeBytes, codeHash, codeLength, isCodeLoaded } from './code.ts'
import { fork } from './env.ts'
import { storeAddressBytes } from './state/address.ts'
import { EXISTS } from './state/store.ts'
import { ASKED, Account, DESTROYED, Slot, TOUCHED, accountAt, accountCount, slotAt, slotCount } from './state/view.ts'
import { addRecord, isTraceFull, traceTx, tracing } from './trace.ts'
import { isZeroWord, storeBigEndian } from './word/word.ts'

/** In a slot's owner: transient storage (state/view.ts). */
const TRANSIENT: u32 = 0x80000000

/** Records written so far: accounts, then their codes, then slots. */
let done: u32 = 0

/** Begins with the records of a transaction that is done. */
export function beginTraceEnd(): void {
  done = 0
}

/** Writes the last records of the transaction. False: the buffer is full; to be called again. */
export function traceEnd(status: i32, gasLimit: u64, gasUsed: u64, gasRefunded: u64): bool {
  if (tracing & TRACE_STATE) {
    for (; done < accountCount * 2 + slotCount; done++) {
      if (isTraceFull()) return false
      if (done < accountCount) traceAccount(accountAt(done))
      else if (done < accountCount * 2) traceCodes(accountAt(done - accountCount))
      else traceSlot(slotAt(done - accountCount * 2))
    }
  }
  traceTx(status, gasLimit, gasUsed, gasRefunded)
  return true
}

/** Nothing that the transaction saw depends on an entry that was only loaded. */
@inline
function isUsed(entry: Account): bool {
  return entry.asked != 0 || (entry.flags & TOUCHED) != 0
}

/** The account is not in the state after the transaction. */
function isGone(entry: Account): bool {
  if (entry.flags & DESTROYED || !(entry.flags & EXISTS)) return true
  const isEmpty = entry.nonce == 0 && entry.code == EMPTY_CODE && isZeroWord(entry.balance)
  return isEmpty && fork >= SPURIOUS_DRAGON && (entry.flags & TOUCHED) != 0
}

function traceAccount(entry: Account): void {
  if (!isUsed(entry)) return
  const record = addRecord(TRACE_ACCOUNT, TRACED_ACCOUNT_SIZE)
  if (!record) return
  memory.fill(record + TRACED_FLAGS, 0, TRACED_ACCOUNT_SIZE - TRACED_FLAGS)
  const gone = isGone(entry)
  store<u32>(record, (entry.baseFlags & EXISTS ? TRACED_EXISTS : 0) | (gone ? 0 : TRACED_EXISTS_AFTER), TRACED_FLAGS)
  storeAddressBytes(record + TRACED_ADDRESS, entry.address)
  store<u64>(record, entry.baseNonce, TRACED_NONCE)
  storeBigEndian(record + TRACED_BALANCE, entry.base)
  memory.copy(record + TRACED_CODE_HASH, codeHash(entry.baseCode), 32)
  memory.copy(record + TRACED_CODE_HASH_AFTER, codeHash(gone ? EMPTY_CODE : entry.code), 32)
  if (gone) return
  store<u64>(record, entry.nonce, TRACED_NONCE_AFTER)
  storeBigEndian(record + TRACED_BALANCE_AFTER, entry.balance)
}

function traceCodes(entry: Account): void {
  if (!isUsed(entry)) return
  traceCode(entry.baseCode)
  if (entry.code != entry.baseCode) traceCode(entry.code)
}

function traceCode(code: u32): void {
  if (code == EMPTY_CODE || !isCodeLoaded(code)) return
  const length = codeLength(code)
  const record = addRecord(TRACE_CODE, <u64>CODE_BYTES + ((length + 7) & ~7))
  if (!record) return
  store<u32>(record, length, CODE_LENGTH)
  memory.copy(record + CODE_HASH, codeHash(code), 32)
  memory.copy(record + CODE_BYTES, codeBytes(code), length)
}

function traceSlot(entry: Slot): void {
  if (entry.owner & TRANSIENT || !(entry.flags & ASKED)) return
  const holder = accountAt(entry.owner)
  const record = addRecord(TRACE_SLOT, TRACED_SLOT_SIZE)
  if (!record) return
  store<u64>(record, 0, 24) // behind the address
  storeAddressBytes(record + TRACED_SLOT_ADDRESS, holder.address)
  storeBigEndian(record + TRACED_SLOT_KEY, entry.key)
  storeBigEndian(record + TRACED_SLOT_VALUE, entry.original)
  if (isGone(holder)) memory.fill(record + TRACED_SLOT_VALUE_AFTER, 0, 32)
  else storeBigEndian(record + TRACED_SLOT_VALUE_AFTER, entry.value)
}
