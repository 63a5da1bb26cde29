// What a speculative run leaves behind until it is committed: its outcome, its read record and write set (the entries of its view
// as they are), its logs. One block of the pool of the thread that ran it:
//
//   pool's 16 bytes │ head │ accounts │ slots │ logs

import { exhausted } from '../arena.ts'
import { GAS_PRICE, env } from '../env.ts'
import { logCount, logsLength, logsStart } from '../logs.ts'
import { ACCOUNT_SIZE, SLOT_SIZE, accountCount, accountsStart, slotCount, slotsStart } from '../state/view.ts'
import { txCreated, txGasUsed, txRejection, txStatus } from '../transaction/execute.ts'
import { copyWord } from '../word/word.ts'
import { recordBlock } from './pool.ts'

export const RECORD_ACCOUNT_COUNT: usize = 16
export const RECORD_SLOT_COUNT: usize = 20
export const RECORD_LOG_COUNT: usize = 24
export const RECORD_LOG_BYTES: usize = 28
export const RECORD_STATUS: usize = 32
/** The run ended without an outcome: VOID_*; 0 = it has one. */
export const RECORD_VOID: usize = 36
export const RECORD_GAS_USED: usize = 40
export const RECORD_CREATED: usize = 48
export const RECORD_PRICE: usize = 64
const HEAD: u32 = 96

/** It was rejected. */
export const VOID_REJECTED: u32 = 1
/** It needed state that is not there. */
export const VOID_MISSED: u32 = 2

/** Keeps what the run that has just ended in this instance came to; 0 when memory is exhausted. */
export function keepRecord(missed: bool): usize {
  const accounts = accountCount * ACCOUNT_SIZE
  const slots = slotCount * SLOT_SIZE
  const isVoid = missed ? VOID_MISSED : txRejection ? VOID_REJECTED : 0
  const block = recordBlock(isVoid ? HEAD : HEAD + accounts + slots + logsLength())
  if (exhausted) return 0
  store<u32>(block, isVoid, RECORD_VOID)
  if (isVoid) return block
  store<u32>(block, accountCount, RECORD_ACCOUNT_COUNT)
  store<u32>(block, slotCount, RECORD_SLOT_COUNT)
  store<u32>(block, logCount, RECORD_LOG_COUNT)
  store<u32>(block, logsLength(), RECORD_LOG_BYTES)
  store<i32>(block, txStatus, RECORD_STATUS)
  store<u64>(block, txGasUsed, RECORD_GAS_USED)
  store<u32>(block, txCreated, RECORD_CREATED)
  copyWord(block + RECORD_PRICE, env + GAS_PRICE)
  memory.copy(recordAccounts(block), accountsStart(), accounts)
  memory.copy(recordSlots(block), slotsStart(), slots)
  memory.copy(recordLogs(block), logsStart(), logsLength())
  return block
}

@inline
export function recordAccounts(block: usize): usize {
  return block + HEAD
}

@inline
export function recordSlots(block: usize): usize {
  return recordAccounts(block) + load<u32>(block, RECORD_ACCOUNT_COUNT) * ACCOUNT_SIZE
}

@inline
export function recordLogs(block: usize): usize {
  return recordSlots(block) + load<u32>(block, RECORD_SLOT_COUNT) * SLOT_SIZE
}
