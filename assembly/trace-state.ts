// The accounts and slots that a transaction asked for or changed, before and after it, as trace records: what a prestate tracer
// needs. Read from the view (state/view.ts) when the transaction is done and not yet committed. The records of a large transaction
// do not fit the buffer at once, so this can stop after any of them and go on later.

import {
  CODE_BYTES,
  CODE_HASH,
  CODE_LENGTH,
  TRACED_ACCOUNT_SIZE,
  TRACED_SLOT_SIZE,
  TRACE_ACCOUNT,
  TRACE_CODE,
  TRACE_SLOT,
  TRACE_STATE,
} from './abi.ts'
import { EMPTY_CODE, codeBytes, codeHash, codeLength, isCodeLoaded } from './code.ts'
import { Account, Slot, accountAt, accountCount, slotAt, slotCount } from './state/view.ts'
import { addRecord, isTraceFull, traceTx, tracing } from './trace.ts'
import { fillAccount, fillSlot, isUsed, wasAsked } from './used.ts'

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

function traceAccount(entry: Account): void {
  if (!isUsed(entry)) return
  const record = addRecord(TRACE_ACCOUNT, TRACED_ACCOUNT_SIZE)
  if (record) fillAccount(record, entry)
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
  if (!wasAsked(entry)) return
  const record = addRecord(TRACE_SLOT, TRACED_SLOT_SIZE)
  if (record) fillSlot(record, entry)
}
