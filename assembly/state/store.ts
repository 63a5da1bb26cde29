// The store: accounts and slots as committed so far, over what the host supplied. `base` is the state before the block (or
// before the first transaction since weft_reset), so that the state diff is what differs from it. Only commit() in view.ts
// writes here.
//
//   account: address 24 │ flags │ code │ balance │ nonce │ epoch │ first slot ║ base: balance │ nonce │ code │ flags │ epoch
//   slot:    key │ value │ account │ epoch │ next slot of the account ║ base: value
//
// What is left of ║ is also what a location of parallel/versions.ts begins with.
//
// A wipe of an account's storage (SELFDESTRUCT) is a new epoch: slots of an older epoch read as zero.

import { ACCOUNT_EXISTS } from '../abi.ts'
import { Buffer, bufferAt, exhausted, release, reserve } from '../arena.ts'
import { EMPTY_CODE } from '../code.ts'
import { copyWord, equalWords, isZeroWord, zeroWord } from '../word/word.ts'
import { copyAddress, equalAddresses, hashAddress } from './address.ts'

/** The account is in the state (before EIP-161 an empty account may be). */
export const EXISTS: u32 = ACCOUNT_EXISTS
/** Slots without a record are zero. */
export const STORAGE_KNOWN: u32 = 2
/** The host said that the storage is not empty (EIP-7610). */
export const HAS_STORAGE: u32 = 4
/** Only slots of the account were supplied so far, not the account. */
export const PLACEHOLDER: u32 = 8

@unmanaged
export class StoredAccount {
  address0: u64
  address1: u64
  address2: u64
  flags: u32
  code: u32
  balance0: u64
  balance1: u64
  balance2: u64
  balance3: u64
  nonce: u64
  epoch: u32
  /** Index + 1 of the newest slot record; 0 = none. */
  slots: u32
  baseBalance0: u64
  baseBalance1: u64
  baseBalance2: u64
  baseBalance3: u64
  baseNonce: u64
  baseCode: u32
  baseFlags: u32
  baseEpoch: u32
  reserved: u32

  @inline
  get address(): usize {
    return changetype<usize>(this)
  }
  @inline
  get balance(): usize {
    return changetype<usize>(this) + offsetof<StoredAccount>('balance0')
  }
  @inline
  get baseBalance(): usize {
    return changetype<usize>(this) + offsetof<StoredAccount>('baseBalance0')
  }
}

@unmanaged
export class StoredSlot {
  key0: u64
  key1: u64
  key2: u64
  key3: u64
  value0: u64
  value1: u64
  value2: u64
  value3: u64
  account: u32
  epoch: u32
  /** Index + 1 of the next slot record of the account. */
  next: u32
  reserved: u32
  base0: u64
  base1: u64
  base2: u64
  base3: u64

  @inline
  get key(): usize {
    return changetype<usize>(this)
  }
  @inline
  get value(): usize {
    return changetype<usize>(this) + offsetof<StoredSlot>('value0')
  }
  @inline
  get base(): usize {
    return changetype<usize>(this) + offsetof<StoredSlot>('base0')
  }
}

export const STORED_ACCOUNT_SIZE: u32 = offsetof<StoredAccount>()
export const STORED_SLOT_SIZE: u32 = offsetof<StoredSlot>()
/** Bytes of the present values: those before the base. */
export const PRESENT_ACCOUNT_SIZE: u32 = offsetof<StoredAccount>('baseBalance0')
export const PRESENT_SLOT_SIZE: u32 = offsetof<StoredSlot>('base0')
const FIRST_CAPACITY: u32 = 1024

let accounts: Buffer = changetype<Buffer>(0)
let slots: Buffer = changetype<Buffer>(0)
let accountIndex: usize = 0 // open addressing: record index + 1
let accountCapacity: u32 = 0
let slotIndex: usize = 0
let slotCapacity: u32 = 0

export let accountCount: u32 = 0
export let slotCount: u32 = 0
/** Accounts and slots that were not supplied do not exist (ENV_COMPLETE_STATE). */
export let isComplete: bool = false

/** Empties the store. */
export function resetStore(): void {
  if (!accountIndex) {
    accounts = bufferAt(1)
    slots = bufferAt(2)
    accountCapacity = FIRST_CAPACITY
    slotCapacity = FIRST_CAPACITY
    accountIndex = reserve(FIRST_CAPACITY * 4)
    slotIndex = reserve(FIRST_CAPACITY * 4)
  }
  accounts.length = 0
  slots.length = 0
  accounts.ensure(STORED_ACCOUNT_SIZE)
  slots.ensure(STORED_SLOT_SIZE)
  accountCount = 0
  slotCount = 0
  isComplete = false
  memory.fill(accountIndex, 0, accountCapacity * 4)
  memory.fill(slotIndex, 0, slotCapacity * 4)
}

/** The tables are gone (rewindArena). */
export function forgetStore(): void {
  accountIndex = 0
}

// ---- threads --------------------------------------------------------------------------------------------------------------
// While transactions run in parallel the store stands still and everybody reads it: it is the state before the first of them.

/** Bytes of what another instance needs to read the store. */
export const STORE_SHARE_SIZE: usize = 32

/** Describes the store at `out`. */
export function shareStore(out: usize): void {
  store<u32>(out, <u32>changetype<usize>(accounts))
  store<u32>(out, <u32>changetype<usize>(slots), 4)
  store<u32>(out, <u32>accountIndex, 8)
  store<u32>(out, accountCapacity, 12)
  store<u32>(out, <u32>slotIndex, 16)
  store<u32>(out, slotCapacity, 20)
  store<u32>(out, isComplete ? 1 : 0, 24)
}

/** Reads the store of another instance from now on. */
export function adoptStore(from: usize): void {
  accounts = changetype<Buffer>(load<u32>(from))
  slots = changetype<Buffer>(load<u32>(from, 4))
  accountIndex = load<u32>(from, 8)
  accountCapacity = load<u32>(from, 12)
  slotIndex = load<u32>(from, 16)
  slotCapacity = load<u32>(from, 20)
  isComplete = load<u32>(from, 24) != 0
}

export function setComplete(complete: bool): void {
  isComplete = complete
}

@inline
export function storedAccount(index: u32): StoredAccount {
  return changetype<StoredAccount>(accounts.ptr + index * STORED_ACCOUNT_SIZE)
}

@inline
export function storedSlot(index: u32): StoredSlot {
  return changetype<StoredSlot>(slots.ptr + index * STORED_SLOT_SIZE)
}

/** Index + 1 of the record of an address (24 bytes), 0 when there is none. */
export function findAccount(address: usize): u32 {
  const mask = accountCapacity - 1
  let at = hashAddress(address) & mask
  while (true) {
    const found = load<u32>(accountIndex + at * 4)
    if (!found || equalAddresses(storedAccount(found - 1).address, address)) return found
    at = (at + 1) & mask
  }
}

/** Adds the record of an account that is not there: not existing, balance 0. Returns its index. */
export function addAccount(address: usize): u32 {
  const record = accounts.push(STORED_ACCOUNT_SIZE)
  if (exhausted) return 0
  memory.fill(record, 0, STORED_ACCOUNT_SIZE)
  copyAddress(record, address)
  const index = accountCount++
  if (accountCount * 2 > accountCapacity) growAccounts()
  else insertAccount(index)
  return index
}

/** Index + 1 of the record of a slot, 0 when there is none. */
export function findSlot(account: u32, key: usize): u32 {
  const mask = slotCapacity - 1
  let at = hashSlot(account, key) & mask
  while (true) {
    const found = load<u32>(slotIndex + at * 4)
    if (!found) return 0
    const slot = storedSlot(found - 1)
    if (slot.account == account && equalWords(slot.key, key)) return found
    at = (at + 1) & mask
  }
}

/** Adds the record of a slot that is not there, with value 0. Returns its index. */
export function addSlot(account: u32, key: usize): u32 {
  const slot = changetype<StoredSlot>(slots.push(STORED_SLOT_SIZE))
  if (exhausted) return 0
  memory.fill(changetype<usize>(slot), 0, STORED_SLOT_SIZE)
  copyWord(slot.key, key)
  slot.account = account
  const owner = storedAccount(account)
  slot.epoch = owner.epoch
  slot.next = owner.slots
  const index = slotCount++
  owner.slots = index + 1
  if (slotCount * 2 > slotCapacity) growSlots()
  else insertSlot(index)
  return index
}

/** The current value of a slot: zero when its record is older than the last wipe. */
export function readSlot(out: usize, index: u32): void {
  const slot = storedSlot(index)
  if (slot.epoch == storedAccount(slot.account).epoch) copyWord(out, slot.value)
  else zeroWord(out)
}

/** Writes a slot's value. */
export function writeSlot(index: u32, value: usize): void {
  const slot = storedSlot(index)
  slot.epoch = storedAccount(slot.account).epoch
  copyWord(slot.value, value)
}

/** Is a slot of the account known to be non-zero (EIP-7610)? */
export function hasStorage(index: u32): bool {
  const account = storedAccount(index)
  if (account.epoch == 0 && account.flags & HAS_STORAGE) return true
  for (let next = account.slots; next; ) {
    const slot = storedSlot(next - 1)
    if (slot.epoch == account.epoch && !isZeroWord(slot.value)) return true
    next = slot.next
  }
  return false
}

/** Empties an account: destroyed, or dead at the end of a transaction (EIP-161). */
export function deleteAccount(account: StoredAccount): void {
  account.flags = STORAGE_KNOWN
  account.nonce = 0
  account.code = EMPTY_CODE
  account.epoch++
  zeroWord(account.balance)
}

/** Makes the present state the base of the next diff. */
export function settle(): void {
  for (let i: u32 = 0; i < accountCount; i++) {
    const account = storedAccount(i)
    copyWord(account.baseBalance, account.balance)
    account.baseNonce = account.nonce
    account.baseCode = account.code
    account.baseFlags = account.flags
    account.baseEpoch = account.epoch
  }
  for (let i: u32 = 0; i < slotCount; i++) {
    const slot = storedSlot(i)
    const account = storedAccount(slot.account)
    if (slot.epoch != account.epoch) {
      zeroWord(slot.value)
      slot.epoch = account.epoch
    }
    copyWord(slot.base, slot.value)
  }
}

@inline
function hashSlot(account: u32, key: usize): u32 {
  const mixed =
    (load<u64>(key) + <u64>account * 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93 +
    (load<u64>(key, 8) ^ (load<u64>(key, 16) * 0xff51afd7ed558ccd) ^ (load<u64>(key, 24) * 0xc4ceb9fe1a85ec53))
  return <u32>(((mixed ^ (mixed >> 29)) * 0x9e3779b97f4a7c15) >> 32)
}

function insertAccount(index: u32): void {
  const mask = accountCapacity - 1
  let at = hashAddress(storedAccount(index).address) & mask
  while (load<u32>(accountIndex + at * 4)) at = (at + 1) & mask
  store<u32>(accountIndex + at * 4, index + 1)
}

function insertSlot(index: u32): void {
  const slot = storedSlot(index)
  const mask = slotCapacity - 1
  let at = hashSlot(slot.account, slot.key) & mask
  while (load<u32>(slotIndex + at * 4)) at = (at + 1) & mask
  store<u32>(slotIndex + at * 4, index + 1)
}

function growAccounts(): void {
  const larger = reserve(<u64>accountCapacity * 8)
  if (!larger) return
  release(accountIndex, accountCapacity * 4)
  accountIndex = larger
  accountCapacity *= 2
  memory.fill(accountIndex, 0, accountCapacity * 4)
  for (let i: u32 = 0; i < accountCount; i++) insertAccount(i)
}

function growSlots(): void {
  const larger = reserve(<u64>slotCapacity * 8)
  if (!larger) return
  release(slotIndex, slotCapacity * 4)
  slotIndex = larger
  slotCapacity *= 2
  memory.fill(slotIndex, 0, slotCapacity * 4)
  for (let i: u32 = 0; i < slotCount; i++) insertSlot(i)
}
