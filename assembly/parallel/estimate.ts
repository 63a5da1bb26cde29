// Gas that a transaction will probably use: what others with the same code and selector used lately, by a moving average. Priorities
// and the choice of `auto` rest on it, results never. The table stays from block to block; an entry that is displaced is forgotten.

import { RECEIPT_GAS_USED, RECEIPT_STRUCT_SIZE } from '../abi.ts'
import { bufferAt } from '../arena.ts'
import { EMPTY_CODE, codeHash } from '../code.ts'
import { findAccount, storedAccount } from '../state/store.ts'
import { Tx, txAt } from '../transaction/tx.ts'

const TRANSFER_GAS: u32 = 21000
const ENTRIES: u32 = 8192
const ENTRY_SIZE: u32 = 16
// An entry: tag u64, gas u32.
const TAG: usize = 0
const GAS: usize = 8

/** The new value counts a quarter. */
const SHARE: u32 = 4

/** Where the estimates lie; 0 when memory is exhausted. */
function table(): usize {
  const buffer = bufferAt(40)
  const isNew = !buffer.capacity
  if (!buffer.ensure(ENTRIES * ENTRY_SIZE)) return 0
  if (isNew) memory.fill(buffer.ptr, 0, ENTRIES * ENTRY_SIZE)
  return buffer.ptr
}

/** Id of the code that a transaction calls; the empty code where there is none, or none is known. */
export function calledCode(tx: Tx): u32 {
  if (tx.isCreate) return EMPTY_CODE
  const found = findAccount(tx.to)
  return found ? storedAccount(found - 1).code : EMPTY_CODE
}

/** Code and selector in a word; never 0. */
function tagOf(tx: Tx, code: u32): u64 {
  const selector: u64 = tx.dataLength >= 4 ? load<u32>(tx.data) : 0xffffffff
  return (load<u64>(codeHash(code)) ^ (selector * 0x9e3779b97f4a7c15)) | 1
}

@inline
function entryOf(tag: u64): usize {
  return <usize>(((tag * 0xd6e8feb86659fd93) >> 40) & (ENTRIES - 1)) * ENTRY_SIZE
}

/** Gas that the transaction will probably use: its limit at most. */
export function estimateGas(index: u32): u32 {
  const tx = txAt(index)
  const limit = <u32>min<u64>(tx.gasLimit, u32.MAX_VALUE)
  const code = calledCode(tx)
  if (code == EMPTY_CODE && !tx.isCreate) return min<u32>(limit, TRANSFER_GAS)
  const entries = table()
  const tag = tagOf(tx, code)
  if (entries && load<u64>(entries + entryOf(tag), TAG) == tag)
    return min<u32>(limit, load<u32>(entries + entryOf(tag), GAS))
  return limit / 2 // wallets ask for a node's estimate and some more, and limits of contracts are round numbers
}

/** Learns from the receipts of a block: records from `receipts` on, one for each of its first `count` transactions. */
export function learnGas(receipts: usize, count: u32): void {
  const entries = table()
  if (!entries) return
  for (let i: u32 = 0; i < count; i++) {
    const tx = txAt(i)
    const code = calledCode(tx)
    if (code == EMPTY_CODE && !tx.isCreate) continue
    const gas = <u32>min<u64>(load<u64>(receipts + i * RECEIPT_STRUCT_SIZE, RECEIPT_GAS_USED), u32.MAX_VALUE)
    const tag = tagOf(tx, code)
    const entry = entries + entryOf(tag)
    const known = load<u64>(entry, TAG) == tag
    const before = load<u32>(entry, GAS)
    store<u64>(entry, tag, TAG)
    store<u32>(entry, known ? before - before / SHARE + gas / SHARE : gas, GAS)
  }
}
