// The transaction's own view of state: what it asked, what it changed, and the journal that undoes a change.
//
// Every account or slot that a transaction touches has one entry here. An entry holds the first answer from below (`base`),
// the current value, and what was asked of it (`asked`, and the interval `atLeast ≤ base balance < below` of funds checks):
// together the entries are the transaction's read record and its write set. commit() is the only way into the store.
//
// A question that needs state the host has not supplied returns 0 after noting a request (request.ts): the instruction ends
// with MISS and is executed again, so it must not have changed anything before.

import {
  ASKED_BALANCE,
  ASKED_CODE,
  ASKED_EMPTY,
  ASKED_EXISTS,
  ASKED_FUNDS,
  ASKED_NONCE,
  ASKED_STORAGE,
  SPURIOUS_DRAGON,
} from '../abi.ts'
import { Buffer, bufferAt, exhausted, release, reserve, scratch } from '../arena.ts'
import { EMPTY_CODE, isCodeLoaded } from '../code.ts'
import { writeAccount, writeSlotAt } from '../parallel/commit.ts'
import { locateAccount, locateSlot } from '../parallel/locations.ts'
import { hasStorageBelow, layer, readLocation, snapshot } from '../parallel/versions.ts'
import { precompileAt } from '../precompiles/addresses.ts'
import { requestAccount, requestCode, requestSlot } from '../request.ts'
import { add, addOverflow, sub } from '../word/arithmetic.ts'
import { copyWord, equalWords, isZeroWord, lessThan, zeroWord } from '../word/word.ts'
import { copyAddress, equalAddresses, hashAddress } from './address.ts'
import {
  EXISTS,
  PLACEHOLDER,
  STORAGE_KNOWN,
  StoredAccount,
  addAccount,
  addSlot,
  deleteAccount,
  findAccount,
  findSlot,
  hasStorage,
  isComplete,
  readSlot,
  storedAccount,
  writeSlot,
} from './store.ts'

// Entry flags beside EXISTS.
/** Accessed in this transaction (EIP-2929). */
export const WARM: u32 = 16
/** Takes part in state clearing (EIP-161). */
export const TOUCHED: u32 = 32
/** Created in this transaction (EIP-6780): its storage is empty. */
export const CREATED: u32 = 64
/** To be deleted at the end of the transaction. */
export const DESTROYED: u32 = 128

// A slot's flags: WARM, and
/** The transaction read the slot, or wrote it at a price that depends on its value. */
export const ASKED: u32 = 1

// What was asked of an account is ASKED_* of abi.ts, and
/** with ASKED_STORAGE: there was. */
export const HAD_STORAGE: u32 = 128

@unmanaged
export class Account {
  address0: u64
  address1: u64
  address2: u64
  flags: u32
  code: u32
  balance0: u64
  balance1: u64
  balance2: u64
  balance3: u64
  base0: u64
  base1: u64
  base2: u64
  base3: u64
  atLeast0: u64
  atLeast1: u64
  atLeast2: u64
  atLeast3: u64
  below0: u64
  below1: u64
  below2: u64
  below3: u64
  nonce: u64
  baseNonce: u64
  baseFlags: u32
  baseCode: u32
  asked: u32
  /** Index of the record in the store; the location (parallel/versions.ts) while transactions run in parallel. */
  stored: u32

  @inline
  get address(): usize {
    return changetype<usize>(this)
  }
  @inline
  get balance(): usize {
    return changetype<usize>(this) + offsetof<Account>('balance0')
  }
  @inline
  get base(): usize {
    return changetype<usize>(this) + offsetof<Account>('base0')
  }
  @inline
  get atLeast(): usize {
    return changetype<usize>(this) + offsetof<Account>('atLeast0')
  }
  @inline
  get below(): usize {
    return changetype<usize>(this) + offsetof<Account>('below0')
  }
}

@unmanaged
export class Slot {
  key0: u64
  key1: u64
  key2: u64
  key3: u64
  value0: u64
  value1: u64
  value2: u64
  value3: u64
  original0: u64
  original1: u64
  original2: u64
  original3: u64
  /** Index of the account's entry, with TRANSIENT set for transient storage. */
  owner: u32
  flags: u32
  /** Index + 1 of the record in the store, or the location; 0 = none yet. */
  stored: u32
  reserved: u32

  @inline
  get key(): usize {
    return changetype<usize>(this)
  }
  @inline
  get value(): usize {
    return changetype<usize>(this) + offsetof<Slot>('value0')
  }
  @inline
  get original(): usize {
    return changetype<usize>(this) + offsetof<Slot>('original0')
  }
}

export const ACCOUNT_SIZE: u32 = offsetof<Account>()
export const SLOT_SIZE: u32 = offsetof<Slot>()
const FIRST_CAPACITY: u32 = 256
export const TRANSIENT: u32 = 0x80000000
const VIEW_SCRATCH: usize = 12288

// Journal record: what, which entry, old value (32 bytes).
const UNDO_SIZE: u32 = 40
const UNDO_BALANCE: u32 = 0
const UNDO_NONCE: u32 = 1
const UNDO_CODE: u32 = 2
const UNDO_FLAGS: u32 = 3
const UNDO_SLOT: u32 = 4
const UNDO_SLOT_FLAGS: u32 = 5

let accounts: Buffer = changetype<Buffer>(0)
let slots: Buffer = changetype<Buffer>(0)
let journal: Buffer = changetype<Buffer>(0)
let accountIndex: usize = 0 // open addressing: entry index + 1
let accountCapacity: u32 = 0
let accountReserved: u32 = 0
let slotIndex: usize = 0
let slotCapacity: u32 = 0
let slotReserved: u32 = 0
let fork: i32 = 0

export let accountCount: u32 = 0
export let slotCount: u32 = 0

/** Begins a transaction: nothing asked, nothing changed. */
export function beginView(rules: i32): void {
  if (!accountReserved) {
    accounts = bufferAt(3)
    slots = bufferAt(4)
    journal = bufferAt(5)
    accountReserved = FIRST_CAPACITY
    slotReserved = FIRST_CAPACITY
    accountIndex = reserve(FIRST_CAPACITY * 4)
    slotIndex = reserve(FIRST_CAPACITY * 4)
    accounts.ensure(ACCOUNT_SIZE)
    slots.ensure(SLOT_SIZE)
    journal.ensure(UNDO_SIZE)
  }
  fork = rules
  accounts.length = 0
  slots.length = 0
  journal.length = 0
  accountCount = 0
  slotCount = 0
  accountCapacity = FIRST_CAPACITY
  slotCapacity = FIRST_CAPACITY
  memory.fill(accountIndex, 0, FIRST_CAPACITY * 4)
  memory.fill(slotIndex, 0, FIRST_CAPACITY * 4)
}

/** The tables are gone (rewindArena). */
export function forgetView(): void {
  accountReserved = 0
}

// ---- questions ------------------------------------------------------------------------------------------------------

@inline
export function accountsStart(): usize {
  return accounts.ptr
}

@inline
export function slotsStart(): usize {
  return slots.ptr
}

@inline
export function accountAt(index: u32): Account {
  return changetype<Account>(accounts.ptr + index * ACCOUNT_SIZE)
}

@inline
export function slotAt(index: u32): Slot {
  return changetype<Slot>(slots.ptr + index * SLOT_SIZE)
}

/** Index + 1 of the entry of an address (24 bytes, may be the low part of a word); 0 = miss. */
export function account(address: usize): u32 {
  const mask = accountCapacity - 1
  let at = hashAddress(address) & mask
  while (true) {
    const found = load<u32>(accountIndex + at * 4)
    if (!found) break
    if (equalAddresses(accountAt(found - 1).address, address)) return found
    at = (at + 1) & mask
  }
  if (ASC_FEATURE_THREADS) {
    if (layer) {
      const location = locateAccount(address)
      return location ? addEntry(address, location, snapshot(location)) : 0
    }
  }
  let stored = findAccount(address)
  if (!stored || storedAccount(stored - 1).flags & PLACEHOLDER) {
    if (!isComplete) {
      requestAccount(address)
      return 0
    }
    if (!stored) stored = addAccount(address) + 1
    storedAccount(stored - 1).flags = STORAGE_KNOWN
  }
  return addEntry(address, stored - 1, storedAccount(stored - 1))
}

function addEntry(address: usize, stored: u32, record: StoredAccount): u32 {
  const pointer = accounts.push(ACCOUNT_SIZE)
  if (exhausted) return 1
  memory.fill(pointer, 0, ACCOUNT_SIZE)
  const entry = changetype<Account>(pointer)
  copyAddress(entry.address, address)
  entry.stored = stored
  entry.flags = record.flags & EXISTS
  if (precompileAt(address, fork)) entry.flags |= WARM
  entry.baseFlags = entry.flags
  // Each field is read once: another thread may be committing to the record, and what is read has to be what is recorded.
  entry.code = record.code
  entry.baseCode = entry.code
  entry.nonce = record.nonce
  entry.baseNonce = entry.nonce
  copyWord(entry.balance, record.balance)
  copyWord(entry.base, entry.balance)
  memory.fill(entry.below, 0xff, 32)
  const index = accountCount++
  if (accountCount * 2 > accountCapacity) growAccounts()
  else insertAccount(index)
  return index + 1
}

/** Index + 1 of the entry of a storage slot of account `owner`; 0 = miss. */
export function slot(owner: u32, key: usize): u32 {
  const found = findEntry(owner, key)
  if (found) return found
  const holder = accountAt(owner)
  let stored: u32 = 0
  if (ASC_FEATURE_THREADS) {
    if (layer) {
      if (!(holder.flags & CREATED)) {
        stored = locateSlot(holder.stored, key)
        if (!stored) return 0
      }
      const entry = addSlotEntry(owner, key)
      if (stored) {
        readLocation(entry.value, stored)
        copyWord(entry.original, entry.value)
        entry.stored = stored
      }
      return max<u32>(slotCount, 1)
    }
  }
  if (!(holder.flags & CREATED)) {
    const record = storedAccount(holder.stored)
    stored = findSlot(holder.stored, key)
    if (!stored && !isComplete && !(record.flags & STORAGE_KNOWN)) {
      requestSlot(holder.address, key)
      return 0
    }
  }
  const entry = addSlotEntry(owner, key)
  if (stored) {
    readSlot(entry.value, stored - 1)
    copyWord(entry.original, entry.value)
    entry.stored = stored
  }
  return max<u32>(slotCount, 1)
}

/** Index + 1 of the entry of a transient storage slot (EIP-1153). */
export function transientSlot(owner: u32, key: usize): u32 {
  const found = findEntry(owner | TRANSIENT, key)
  if (found) return found
  addSlotEntry(owner | TRANSIENT, key)
  return max<u32>(slotCount, 1)
}

/** The exact balance: pointer to a word. */
@inline
export function balance(entry: Account): usize {
  entry.asked |= ASKED_BALANCE
  return entry.balance
}

/** Does the account hold `amount`? Recorded as a bound on its balance below, not as the balance. */
export function canPay(entry: Account, amount: usize): bool {
  if (isZeroWord(amount)) return true
  entry.asked |= ASKED_FUNDS
  const bound = scratch() + VIEW_SCRATCH
  if (lessThan(entry.balance, amount)) {
    // It would hold with `amount - balance` more below.
    sub(bound, amount, entry.balance)
    if (!addOverflow(bound, bound, entry.base) && lessThan(bound, entry.below)) copyWord(entry.below, bound)
    return false
  }
  sub(bound, entry.balance, amount)
  if (lessThan(bound, entry.base)) {
    sub(bound, entry.base, bound)
    if (lessThan(entry.atLeast, bound)) copyWord(entry.atLeast, bound)
  }
  return true
}

@inline
export function nonceOf(entry: Account): u64 {
  entry.asked |= ASKED_NONCE
  return entry.nonce
}

/** The account's code id. Its bytes may still be missing: see needCode. */
@inline
export function codeOf(entry: Account): u32 {
  entry.asked |= ASKED_CODE
  return entry.code
}

/** Are the bytes of a code here? False = miss. */
@inline
export function needCode(code: u32): bool {
  if (isCodeLoaded(code)) return true
  requestCode(code, false)
  return false
}

/** The transaction's nonce is taken to be right until the transaction commits: so those of one sender can run side by side. */
export function assumeNonce(entry: Account, nonce: u64): void {
  entry.asked |= ASKED_NONCE
  entry.baseNonce = nonce
  entry.nonce = nonce
}

/**
 * Is the account dead in the sense of EIP-161: nonce 0, balance 0, no code? Recorded as one bit while the transaction has not
 * changed the account; after that the answer depends on the exact values.
 */
export function isEmpty(entry: Account): bool {
  const isUnchanged =
    entry.nonce == entry.baseNonce && entry.code == entry.baseCode && equalWords(entry.balance, entry.base)
  entry.asked |= isUnchanged ? ASKED_EMPTY : ASKED_BALANCE | ASKED_NONCE | ASKED_CODE
  return entry.nonce == 0 && entry.code == EMPTY_CODE && isZeroWord(entry.balance)
}

/** Is the account in the state? (Matters before EIP-161 only.) */
@inline
export function exists(entry: Account): bool {
  entry.asked |= ASKED_EXISTS
  return (entry.flags & EXISTS) != 0
}

/** May a contract be created here: nonce 0, no code, no storage (EIP-684, EIP-7610)? */
export function isVacant(entry: Account): bool {
  entry.asked |= ASKED_NONCE | ASKED_CODE
  return entry.nonce == 0 && entry.code == EMPTY_CODE && !storageOf(entry)
}

function storageOf(entry: Account): bool {
  const has = hasStorageOf(entry.stored)
  entry.asked |= has ? ASKED_STORAGE | HAD_STORAGE : ASKED_STORAGE
  return has
}

function hasStorageOf(stored: u32): bool {
  if (ASC_FEATURE_THREADS) {
    if (layer) return hasStorageBelow(stored)
  }
  return hasStorage(stored)
}

// ---- changes --------------------------------------------------------------------------------------------------------

/** Adds to a balance (mod 2^256) and touches the account. */
export function credit(index: u32, amount: usize): void {
  touch(index)
  if (isZeroWord(amount)) return
  const entry = accountAt(index)
  keepWord(UNDO_BALANCE, index, entry.balance)
  add(entry.balance, entry.balance, amount)
}

/** Takes from a balance that canPay `amount`, and touches the account. */
export function debit(index: u32, amount: usize): void {
  touch(index)
  if (isZeroWord(amount)) return
  const entry = accountAt(index)
  keepWord(UNDO_BALANCE, index, entry.balance)
  sub(entry.balance, entry.balance, amount)
}

/** The account takes part in state clearing, and exists from now on. */
export function touch(index: u32): void {
  const flags = accountAt(index).flags
  if ((flags & (TOUCHED | EXISTS)) != (TOUCHED | EXISTS)) setFlags(index, flags | TOUCHED | EXISTS)
}

export function setNonce(index: u32, nonce: u64): void {
  touch(index)
  const entry = accountAt(index)
  keepNumber(UNDO_NONCE, index, entry.nonce)
  entry.nonce = nonce
}

export function setCode(index: u32, code: u32): void {
  touch(index)
  const entry = accountAt(index)
  keepNumber(UNDO_CODE, index, entry.code)
  entry.code = code
}

/** The account was created in this transaction. */
export function markCreated(index: u32): void {
  setFlags(index, accountAt(index).flags | CREATED)
}

/** Schedules the account for deletion; its balance goes. False when it was scheduled before. */
export function destroy(index: u32): bool {
  const entry = accountAt(index)
  if (!isZeroWord(entry.balance)) {
    keepWord(UNDO_BALANCE, index, entry.balance)
    zeroWord(entry.balance)
  }
  const first = !(entry.flags & DESTROYED)
  if (first) setFlags(index, entry.flags | DESTROYED | TOUCHED)
  return first
}

/** Marks an account as accessed; true when it was cold. */
export function warmAccount(index: u32): bool {
  const flags = accountAt(index).flags
  if (flags & WARM) return false
  setFlags(index, flags | WARM)
  return true
}

/** Marks a slot as accessed; true when it was cold. */
export function warmSlot(index: u32): bool {
  const entry = slotAt(index)
  if (entry.flags & WARM) return false
  keepNumber(UNDO_SLOT_FLAGS, index, entry.flags)
  entry.flags |= WARM
  return true
}

/** Writes a slot (storage or transient). */
export function setSlot(index: u32, value: usize): void {
  const entry = slotAt(index)
  keepWord(UNDO_SLOT, index, entry.value)
  copyWord(entry.value, value)
}

function setFlags(index: u32, flags: u32): void {
  const entry = accountAt(index)
  keepNumber(UNDO_FLAGS, index, entry.flags)
  entry.flags = flags
}

// ---- journal --------------------------------------------------------------------------------------------------------

/** The present moment, for rollback. */
@inline
export function checkpoint(): u32 {
  return journal.length
}

/** Undoes every change since a checkpoint; what was asked stays asked. */
export function rollback(mark: u32): void {
  while (journal.length > mark) {
    journal.length -= UNDO_SIZE
    undo(journal.ptr + journal.length)
  }
}

function undo(record: usize): void {
  const index = load<u32>(record, 4)
  const old = record + 8
  switch (load<u32>(record)) {
    case UNDO_BALANCE:
      copyWord(accountAt(index).balance, old)
      break
    case UNDO_NONCE:
      accountAt(index).nonce = load<u64>(old)
      break
    case UNDO_CODE:
      accountAt(index).code = load<u32>(old)
      break
    case UNDO_FLAGS: {
      const entry = accountAt(index)
      // The touch of RIPEMD-160 outlives a revert from EIP-161 on: block 2675119 made that consensus (EIP-716 never did).
      const kept = entry.address0 == 3 && !entry.address1 && !entry.address2 ? entry.flags & TOUCHED : 0
      entry.flags = load<u32>(old) | kept
      break
    }
    case UNDO_SLOT:
      copyWord(slotAt(index).value, old)
      break
    default:
      slotAt(index).flags = load<u32>(old)
  }
}

function keepWord(kind: u32, index: u32, old: usize): void {
  const record = journal.push(UNDO_SIZE)
  store<u32>(record, kind)
  store<u32>(record, index, 4)
  copyWord(record + 8, old)
}

function keepNumber(kind: u32, index: u32, old: u64): void {
  const record = journal.push(UNDO_SIZE)
  store<u32>(record, kind)
  store<u32>(record, index, 4)
  store<u64>(record, old, 8)
}

// ---- end of the transaction -----------------------------------------------------------------------------------------

/** Takes the write set over into the store. */
export function commit(): void {
  commitEntries(accounts.ptr, accountCount, slots.ptr, slotCount)
}

/** Takes a write set over: deletions, state clearing (EIP-161), balances as deltas, the rest as values. */
export function commitEntries(accounts: usize, accountCount: u32, slots: usize, slotCount: u32): void {
  for (let i: u32 = 0; i < accountCount; i++) commitAccount(changetype<Account>(accounts + i * ACCOUNT_SIZE))
  for (let i: u32 = 0; i < slotCount && !exhausted; i++) {
    const entry = changetype<Slot>(slots + i * SLOT_SIZE)
    if (entry.owner & TRANSIENT || equalWords(entry.value, entry.original)) continue
    commitSlot(entry, changetype<Account>(accounts + entry.owner * ACCOUNT_SIZE))
  }
}

/** What is committed of an account. */
@inline
function committed(stored: u32): StoredAccount {
  if (ASC_FEATURE_THREADS) {
    if (layer) return changetype<StoredAccount>(stored)
  }
  return storedAccount(stored)
}

function commitAccount(entry: Account): void {
  const flags = entry.flags
  if (!(flags & (TOUCHED | CREATED | DESTROYED))) return // every change touches
  const record = committed(entry.stored)
  if (isOnlyTouched(entry, record)) return
  if (ASC_FEATURE_THREADS) {
    if (layer) writeAccount(entry.stored)
  }
  if (flags & DESTROYED) {
    deleteAccount(record)
    return
  }
  const existed = record.flags & EXISTS
  if (!equalWords(entry.balance, entry.base)) {
    const change = scratch() + VIEW_SCRATCH
    sub(change, entry.balance, entry.base)
    add(record.balance, record.balance, change)
    copyWord(entry.base, entry.balance) // committing again would change nothing
  }
  if (entry.nonce != entry.baseNonce) record.nonce = entry.nonce
  if (entry.code != entry.baseCode) record.code = entry.code
  if (fork >= SPURIOUS_DRAGON && flags & TOUCHED && isEmptyRecord(record)) {
    if (existed) deleteAccount(record)
    return
  }
  if (!(flags & EXISTS)) return
  if (flags & CREATED) {
    record.epoch++
    record.flags = EXISTS | STORAGE_KNOWN
  } else record.flags |= EXISTS
}

/** Nothing comes of it, as of most calls: what all transactions call is not written to, and stays in the cache of every thread. */
function isOnlyTouched(entry: Account, record: StoredAccount): bool {
  return (
    !(entry.flags & (CREATED | DESTROYED)) &&
    (record.flags & EXISTS) != 0 &&
    entry.nonce == entry.baseNonce &&
    entry.code == entry.baseCode &&
    equalWords(entry.balance, entry.base) &&
    !isEmptyRecord(record)
  )
}

/** Nonce, code and balance are those of an account that there need not be (EIP-161). */
function isEmptyRecord(record: StoredAccount): bool {
  return record.nonce == 0 && record.code == EMPTY_CODE && isZeroWord(record.balance)
}

function commitSlot(entry: Slot, holder: Account): void {
  const record = committed(holder.stored)
  if (!(record.flags & EXISTS)) return // destroyed, or dead: the slots went with it
  let stored = entry.stored
  if (ASC_FEATURE_THREADS) {
    if (layer) {
      if (!stored) stored = locateSlot(holder.stored, entry.key)
      if (exhausted) return
      writeSlotAt(stored, record.epoch, entry.value)
      return
    }
  }
  if (!stored) {
    stored = findSlot(holder.stored, entry.key)
    if (!stored) stored = addSlot(holder.stored, entry.key) + 1
    if (exhausted) return
  }
  writeSlot(stored - 1, entry.value)
}

// ---- tables ---------------------------------------------------------------------------------------------------------

function findEntry(owner: u32, key: usize): u32 {
  const mask = slotCapacity - 1
  let at = hashEntry(owner, key) & mask
  while (true) {
    const found = load<u32>(slotIndex + at * 4)
    if (!found) return 0
    const entry = slotAt(found - 1)
    if (entry.owner == owner && equalWords(entry.key, key)) return found
    at = (at + 1) & mask
  }
}

function addSlotEntry(owner: u32, key: usize): Slot {
  const pointer = slots.push(SLOT_SIZE)
  const entry = changetype<Slot>(pointer)
  if (exhausted) return entry
  memory.fill(pointer, 0, SLOT_SIZE)
  copyWord(entry.key, key)
  entry.owner = owner
  const index = slotCount++
  if (slotCount * 2 > slotCapacity) growSlots()
  else insertSlot(index)
  return entry
}

@inline
function hashEntry(owner: u32, key: usize): u32 {
  const mixed =
    (load<u64>(key) + <u64>owner * 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93 +
    (load<u64>(key, 8) ^ (load<u64>(key, 16) * 0xff51afd7ed558ccd) ^ (load<u64>(key, 24) * 0xc4ceb9fe1a85ec53))
  return <u32>(((mixed ^ (mixed >> 29)) * 0x9e3779b97f4a7c15) >> 32)
}

function insertAccount(index: u32): void {
  const mask = accountCapacity - 1
  let at = hashAddress(accountAt(index).address) & mask
  while (load<u32>(accountIndex + at * 4)) at = (at + 1) & mask
  store<u32>(accountIndex + at * 4, index + 1)
}

function insertSlot(index: u32): void {
  const entry = slotAt(index)
  const mask = slotCapacity - 1
  let at = hashEntry(entry.owner, entry.key) & mask
  while (load<u32>(slotIndex + at * 4)) at = (at + 1) & mask
  store<u32>(slotIndex + at * 4, index + 1)
}

// The index tables start every transaction small, so that clearing them costs 2 KiB; the room of an earlier large
// transaction is kept.
function growAccounts(): void {
  accountCapacity *= 2
  if (accountCapacity > accountReserved) {
    const larger = reserve(<u64>accountCapacity * 4)
    if (!larger) {
      accountCapacity /= 2
      return
    }
    release(accountIndex, accountReserved * 4)
    accountIndex = larger
    accountReserved = accountCapacity
  }
  memory.fill(accountIndex, 0, accountCapacity * 4)
  for (let i: u32 = 0; i < accountCount; i++) insertAccount(i)
}

function growSlots(): void {
  slotCapacity *= 2
  if (slotCapacity > slotReserved) {
    const larger = reserve(<u64>slotCapacity * 4)
    if (!larger) {
      slotCapacity /= 2
      return
    }
    release(slotIndex, slotReserved * 4)
    slotIndex = larger
    slotReserved = slotCapacity
  }
  memory.fill(slotIndex, 0, slotCapacity * 4)
  for (let i: u32 = 0; i < slotCount; i++) insertSlot(i)
}
