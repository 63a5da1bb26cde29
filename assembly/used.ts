// What a transaction used of the state: the accounts and slots that it asked for or changed, with what it asked, the answers, and what
// they are afterwards. So a host can run transactions in instances of its own, side by side, and tell which of them hold when their turn
// comes (docs/ABI.md). Read from the view (state/view.ts) when the transaction is done and neither committed nor discarded.

import {
  RECORD_KIND,
  RECORD_SIZE,
  SPURIOUS_DRAGON,
  TRACED_ACCOUNT_SIZE,
  TRACED_ADDRESS,
  TRACED_ASKED,
  TRACED_AT_LEAST,
  TRACED_BALANCE,
  TRACED_BALANCE_AFTER,
  TRACED_BELOW,
  TRACED_CODE_HASH,
  TRACED_CODE_HASH_AFTER,
  TRACED_CREATED,
  TRACED_DESTROYED,
  TRACED_EXISTS,
  TRACED_EXISTS_AFTER,
  TRACED_FLAGS,
  TRACED_HAS_STORAGE,
  TRACED_NONCE,
  TRACED_NONCE_AFTER,
  TRACED_SLOT_ADDRESS,
  TRACED_SLOT_ASKED,
  TRACED_SLOT_KEY,
  TRACED_SLOT_SIZE,
  TRACED_SLOT_VALUE,
  TRACED_SLOT_VALUE_AFTER,
  TRACED_STORAGE_CLEARED,
  TRACE_ACCOUNT,
  TRACE_SLOT,
} from './abi.ts'
import { Buffer, bufferAt } from './arena.ts'
import { EMPTY_CODE, codeHash } from './code.ts'
import { fork } from './env.ts'
import { storeAddressBytes } from './state/address.ts'
import { EXISTS } from './state/store.ts'
import {
  ASKED,
  Account,
  CREATED,
  DESTROYED,
  HAD_STORAGE,
  Slot,
  TOUCHED,
  TRANSIENT,
  accountAt,
  accountCount,
  slotAt,
  slotCount,
} from './state/view.ts'
import { equalWords, isZeroWord, storeBigEndian } from './word/word.ts'

/** Writes a record for every account and slot that was used, accounts first. Memory may be exhausted afterwards. */
export function writeUsed(): Buffer {
  const out = bufferAt(8)
  out.length = 0
  for (let i: u32 = 0; i < accountCount; i++) {
    const entry = accountAt(i)
    if (isUsed(entry)) fillAccount(begin(out, TRACE_ACCOUNT, TRACED_ACCOUNT_SIZE), entry)
  }
  for (let i: u32 = 0; i < slotCount; i++) {
    const entry = slotAt(i)
    if (wasAsked(entry) || wasChanged(entry)) fillSlot(begin(out, TRACE_SLOT, TRACED_SLOT_SIZE), entry)
  }
  return out
}

function begin(out: Buffer, kind: u32, size: u32): usize {
  const record = out.push(size)
  store<u32>(record, kind, RECORD_KIND)
  store<u32>(record, size, RECORD_SIZE)
  return record
}

/** Nothing that the transaction saw depends on an entry that was only loaded. */
@inline
export function isUsed(entry: Account): bool {
  return entry.asked != 0 || (entry.flags & (TOUCHED | CREATED | DESTROYED)) != 0
}

/** Did the transaction depend on the slot's value? */
@inline
export function wasAsked(entry: Slot): bool {
  return !(entry.owner & TRANSIENT) && (entry.flags & ASKED) != 0
}

function wasChanged(entry: Slot): bool {
  return !(entry.owner & TRANSIENT) && !equalWords(entry.value, entry.original)
}

/** The account is not in the state after the transaction. */
function isGone(entry: Account): bool {
  if (entry.flags & DESTROYED || !(entry.flags & EXISTS)) return true
  const isEmpty = entry.nonce == 0 && entry.code == EMPTY_CODE && isZeroWord(entry.balance)
  return isEmpty && fork >= SPURIOUS_DRAGON && (entry.flags & TOUCHED) != 0
}

/** Fills in what follows kind and size of an account's record (TRACED_*). */
export function fillAccount(record: usize, entry: Account): void {
  memory.fill(record + TRACED_FLAGS, 0, TRACED_ACCOUNT_SIZE - TRACED_FLAGS)
  const gone = isGone(entry)
  store<u32>(record, flagsOf(entry, gone), TRACED_FLAGS)
  store<u32>(record, entry.asked & ~HAD_STORAGE, TRACED_ASKED)
  storeAddressBytes(record + TRACED_ADDRESS, entry.address)
  store<u64>(record, entry.baseNonce, TRACED_NONCE)
  storeBigEndian(record + TRACED_BALANCE, entry.base)
  storeBigEndian(record + TRACED_AT_LEAST, entry.atLeast)
  storeBigEndian(record + TRACED_BELOW, entry.below)
  memory.copy(record + TRACED_CODE_HASH, codeHash(entry.baseCode), 32)
  memory.copy(record + TRACED_CODE_HASH_AFTER, codeHash(gone ? EMPTY_CODE : entry.code), 32)
  if (gone) return
  store<u64>(record, entry.nonce, TRACED_NONCE_AFTER)
  storeBigEndian(record + TRACED_BALANCE_AFTER, entry.balance)
}

function flagsOf(entry: Account, gone: bool): u32 {
  let known = (entry.baseFlags & EXISTS ? TRACED_EXISTS : 0) | (entry.asked & HAD_STORAGE ? TRACED_HAS_STORAGE : 0)
  if (entry.flags & CREATED) known |= TRACED_CREATED
  if (entry.flags & DESTROYED) known |= TRACED_DESTROYED
  if (gone) return known
  return known | TRACED_EXISTS_AFTER | (entry.flags & CREATED ? TRACED_STORAGE_CLEARED : 0)
}

/** The same of a slot's record. */
export function fillSlot(record: usize, entry: Slot): void {
  const holder = accountAt(entry.owner)
  storeAddressBytes(record + TRACED_SLOT_ADDRESS, holder.address)
  store<u32>(record, wasAsked(entry) ? 1 : 0, TRACED_SLOT_ASKED)
  storeBigEndian(record + TRACED_SLOT_KEY, entry.key)
  storeBigEndian(record + TRACED_SLOT_VALUE, entry.original)
  if (isGone(holder)) memory.fill(record + TRACED_SLOT_VALUE_AFTER, 0, 32)
  else storeBigEndian(record + TRACED_SLOT_VALUE_AFTER, entry.value)
}
