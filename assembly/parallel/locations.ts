// What transactions of a block touch. A location is an account or a slot, as it is committed so far: at first the state before the
// block, later changed only by the holder of the frontier lock. With it stand the last transaction that was committed to it, and the
// list of the versions that executed transactions wrote (versions.ts). Any thread makes a location when it first asks for it:
//
//   table → bucket → { committed value · by whom · newest version } → …
//
// Locations live until the end of the block and are never unlinked, so a pointer to one stays good.

import { EMPTY_CODE } from '../code.ts'
import { requestAccount, requestSlot } from '../request.ts'
import { copyAddress, equalAddresses, hashAddress } from '../state/address.ts'
import {
  PLACEHOLDER,
  PRESENT_ACCOUNT_SIZE,
  PRESENT_SLOT_SIZE,
  STORAGE_KNOWN,
  StoredAccount,
  StoredSlot,
  findAccount,
  findSlot,
  isComplete,
  readSlot,
  storedAccount,
} from '../state/store.ts'
import { copyWord, equalWords, zeroWord } from '../word/word.ts'
import { atomicLoad, atomicSwap } from './atomic.ts'
import { LOCATIONS, LOCATION_MASK, control } from './control.ts'
import { piece } from './pool.ts'

// An account's location begins with a StoredAccount, whose `slots` is the newest slot location that has been committed to; a slot's
// with a StoredSlot, whose `account` is the account's location and `next` the next of these.

const ACCOUNT_NEXT: usize = <usize>PRESENT_ACCOUNT_SIZE
export const ACCOUNT_VERSIONS: usize = ACCOUNT_NEXT + 4
/** Index + 1 in the store. */
export const ACCOUNT_STORED: usize = ACCOUNT_NEXT + 8
/** Index + 1 of the last transaction that has been committed to it; 0: none has. */
export const ACCOUNT_BY: usize = ACCOUNT_NEXT + 12
/** Its storage is wiped by some version, or has been. */
export const ACCOUNT_WIPED: usize = ACCOUNT_NEXT + 16
const ACCOUNT_HASH: usize = ACCOUNT_NEXT + 20
const ACCOUNT_LOCATION: u32 = <u32>ACCOUNT_NEXT + 24

const SLOT_NEXT: usize = <usize>PRESENT_SLOT_SIZE
export const SLOT_VERSIONS: usize = SLOT_NEXT + 4
export const SLOT_STORED: usize = SLOT_NEXT + 8
export const SLOT_BY: usize = SLOT_NEXT + 12
const SLOT_HASH: usize = SLOT_NEXT + 16
const SLOT_LOCATION: u32 = <u32>SLOT_NEXT + 20

@inline
function bucketOf(hash: u32): usize {
  return load<u32>(control, LOCATIONS) + (hash & load<u32>(control, LOCATION_MASK)) * 8
}

/** The location of an account; 0 = the state is missing, and has been asked for. */
export function locateAccount(address: usize): u32 {
  const hash = hashAddress(address)
  const bucket = bucketOf(hash)
  let head = atomicLoad(bucket)
  let found = findAccountIn(head, 0, hash, address)
  if (found) return found
  const stored = findAccount(address)
  const isMissing = !stored || (storedAccount(stored - 1).flags & PLACEHOLDER) != 0
  if (isMissing && !isComplete) {
    requestAccount(address)
    return 0
  }
  const location = piece(ACCOUNT_LOCATION)
  if (!location) return 0
  makeAccount(location, address, isMissing ? changetype<StoredAccount>(0) : storedAccount(stored - 1))
  store<u32>(location, stored, ACCOUNT_STORED)
  store<u32>(location, hash, ACCOUNT_HASH)
  while (true) {
    store<u32>(location, head, ACCOUNT_NEXT)
    if (atomicSwap(bucket, head, <u32>location)) return <u32>location
    const known = head
    head = atomicLoad(bucket)
    found = findAccountIn(head, known, hash, address)
    if (found) return found
  }
}

/** Writes what an account's location begins with, from the store; null: the account does not exist. */
@inline
function makeAccount(location: usize, address: usize, from: StoredAccount): void {
  const record = changetype<StoredAccount>(location)
  copyAddress(location, address)
  if (changetype<usize>(from)) {
    record.flags = from.flags
    record.code = from.code
    copyWord(record.balance, from.balance)
    record.nonce = from.nonce
  } else {
    record.flags = STORAGE_KNOWN
    record.code = EMPTY_CODE
    zeroWord(record.balance)
    record.nonce = 0
  }
  record.epoch = 0
  record.slots = 0
  // Field by field, here and in locateSlot(): memory.fill and memory.copy of so few bytes are calls into the host.
  store<u32>(location, 0, ACCOUNT_VERSIONS)
  store<u32>(location, 0, ACCOUNT_BY)
  store<u32>(location, 0, ACCOUNT_WIPED)
}

function findAccountIn(head: u32, end: u32, hash: u32, address: usize): u32 {
  for (let at = head; at != end; at = load<u32>(at, ACCOUNT_NEXT)) {
    if (load<u32>(at, ACCOUNT_HASH) == hash && equalAddresses(at, address)) return at
  }
  return 0
}

/** The location of a slot of the account at `owner`; 0 = its value is missing, and has been asked for. */
export function locateSlot(owner: u32, key: usize): u32 {
  const hash = hashSlotKey(owner, key)
  const bucket = bucketOf(hash) + 4
  let head = atomicLoad(bucket)
  let found = findSlotIn(head, 0, hash, owner, key)
  if (found) return found
  const holder = changetype<StoredAccount>(owner)
  const account = load<u32>(owner, ACCOUNT_STORED)
  const stored = account ? findSlot(account - 1, key) : 0
  if (!stored && !isComplete && !(holder.flags & STORAGE_KNOWN)) {
    requestSlot(owner, key)
    return 0
  }
  const location = piece(SLOT_LOCATION)
  if (!location) return 0
  const slot = changetype<StoredSlot>(location)
  copyWord(slot.key, key)
  if (stored) readSlot(slot.value, stored - 1)
  else zeroWord(slot.value)
  slot.account = owner
  slot.epoch = 0
  store<u32>(location, 0, SLOT_VERSIONS)
  store<u32>(location, 0, SLOT_BY)
  store<u32>(location, stored, SLOT_STORED)
  store<u32>(location, hash, SLOT_HASH)
  while (true) {
    store<u32>(location, head, SLOT_NEXT)
    if (atomicSwap(bucket, head, <u32>location)) return <u32>location
    const known = head
    head = atomicLoad(bucket)
    found = findSlotIn(head, known, hash, owner, key)
    if (found) return found
  }
}

function findSlotIn(head: u32, end: u32, hash: u32, owner: u32, key: usize): u32 {
  for (let at = head; at != end; at = load<u32>(at, SLOT_NEXT)) {
    if (load<u32>(at, SLOT_HASH) != hash) continue
    const slot = changetype<StoredSlot>(at)
    if (slot.account == owner && equalWords(slot.key, key)) return at
  }
  return 0
}

@inline
function hashSlotKey(owner: u32, key: usize): u32 {
  const mixed =
    (load<u64>(key) + <u64>owner * 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93 +
    (load<u64>(key, 8) ^ (load<u64>(key, 16) * 0xff51afd7ed558ccd) ^ (load<u64>(key, 24) * 0xc4ceb9fe1a85ec53))
  return <u32>(((mixed ^ (mixed >> 29)) * 0x9e3779b97f4a7c15) >> 32)
}

/** Has a transaction been committed to the slot of an account? */
export function isCommittedTo(owner: usize, key: usize): bool {
  const hash = hashSlotKey(<u32>owner, key)
  const slot = findSlotIn(atomicLoad(bucketOf(hash) + 4), 0, hash, <u32>owner, key)
  return slot != 0 && atomicLoad(<usize>slot + SLOT_BY) != 0
}

/** Index + 1 of the last transaction that was committed to an account's location. */
@inline
export function accountBy(location: usize): u32 {
  return load<u32>(location, ACCOUNT_BY)
}

/** The same of a slot's. */
@inline
export function slotBy(location: usize): u32 {
  return load<u32>(location, SLOT_BY)
}
