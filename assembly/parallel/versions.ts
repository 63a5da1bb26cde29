// State between the journal and the store while transactions run in parallel. A location is an account or a slot that some
// transaction of the block touches. It holds what is committed so far (at first the state before the block, later changed only by
// the holder of the frontier lock) and the versions that executed transactions have written and not committed:
//
//   table → location { committed value · by whom │ newest version → older version → … }      versions sorted by transaction
//
// A read of transaction i takes the newest version below i, else what is committed. It may be wrong, outdated or torn: whatever it
// gave is in the transaction's read record and is compared with the committed state before the transaction commits (frontier.ts).
// So nothing here decides what is right; it only decides how often a run has to be repeated.
//
// Locations and versions live until the end of the block and are never unlinked, so a pointer to one stays good.

import { Buffer, bufferAt, exhausted } from '../arena.ts'
import { EMPTY_CODE } from '../code.ts'
import { requestAccount, requestSlot } from '../request.ts'
import { copyAddress, equalAddresses, hashAddress } from '../state/address.ts'
import {
  EXISTS,
  HAS_STORAGE,
  PLACEHOLDER,
  STORAGE_KNOWN,
  PRESENT_ACCOUNT_SIZE,
  PRESENT_SLOT_SIZE,
  StoredAccount,
  StoredSlot,
  addAccount,
  addSlot,
  findAccount,
  findSlot,
  isComplete,
  readSlot,
  storedAccount,
  storedSlot,
  writeSlot,
} from '../state/store.ts'
import { Account, CREATED, DESTROYED, SLOT_SIZE, ACCOUNT_SIZE, Slot, TOUCHED, TRANSIENT } from '../state/view.ts'
import { SPURIOUS_DRAGON } from '../abi.ts'
import { fork } from '../env.ts'
import { add, sub } from '../word/arithmetic.ts'
import { copyWord, equalWords, isZeroWord, zeroWord } from '../word/word.ts'
import { atomicLoad, atomicStore, atomicSwap } from './atomic.ts'
import {
  DIRTY_ACCOUNTS,
  DIRTY_SLOTS,
  EXECUTED,
  LOCATIONS,
  LOCATION_MASK,
  TX_STATE,
  control,
  txState,
} from './control.ts'
import { piece } from './pool.ts'

/** Number of the buffer of accounts that have been committed to; the next is that of the slots. */
const DIRTY: usize = 62

// ---- what this thread reads ---------------------------------------------------------------------------------------------

/** The store: transactions run one after the other. */
export const LAYER_STORE: u32 = 0
/** Versions below the running transaction, then what is committed. */
export const LAYER_VERSIONS: u32 = 1
/** Only what is committed: the transaction at the frontier. */
export const LAYER_COMMITTED: u32 = 2

export let layer: u32 = LAYER_STORE
let self: u32 = 0
/** A composed account, for snapshot(). */
let composed: usize = 0
let coinbase: usize = 0

export function readFrom(below: u32, transaction: u32): void {
  layer = below
  self = transaction
}

/** Prepares this thread for a block. False: memory is exhausted. */
export function initVersions(beneficiary: usize): bool {
  composed = piece(PRESENT_ACCOUNT_SIZE + 32)
  coinbase = beneficiary
  return composed != 0
}

// ---- locations ------------------------------------------------------------------------------------------------------------
// An account's location begins with a StoredAccount, whose `slots` is the newest slot location that has been committed to; a slot's
// with a StoredSlot, whose `account` is the account's location and `next` the next of these.

const ACCOUNT_NEXT: usize = <usize>PRESENT_ACCOUNT_SIZE
const ACCOUNT_VERSIONS: usize = ACCOUNT_NEXT + 4
/** Index + 1 in the store. */
const ACCOUNT_STORED: usize = ACCOUNT_NEXT + 8
/** Index + 1 of the last transaction that has been committed to it; 0: none has. */
const ACCOUNT_BY: usize = ACCOUNT_NEXT + 12
/** Its storage is wiped by some version, or has been. */
const ACCOUNT_WIPED: usize = ACCOUNT_NEXT + 16
const ACCOUNT_HASH: usize = ACCOUNT_NEXT + 20
const ACCOUNT_LOCATION: u32 = <u32>ACCOUNT_NEXT + 24

const SLOT_NEXT: usize = <usize>PRESENT_SLOT_SIZE
const SLOT_VERSIONS: usize = SLOT_NEXT + 4
const SLOT_STORED: usize = SLOT_NEXT + 8
const SLOT_BY: usize = SLOT_NEXT + 12
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

// ---- versions -------------------------------------------------------------------------------------------------------------

// Head of a version; an account's is followed by nonce u64, code u32, exists u32, balance change 32; a slot's by the value.
const NEXT: usize = 0
const TX: usize = 4
const RUN: usize = 8
const WHAT: usize = 12
const NONCE: usize = 16
const CODE: usize = 24
const EXISTENCE: usize = 28
const CHANGE: usize = 32
const VALUE: usize = 16
const ACCOUNT_VERSION: u32 = 64
const SLOT_VERSION: u32 = 48

const SETS_NONCE: u32 = 1
const SETS_CODE: u32 = 2
const SETS_BALANCE: u32 = 4
/** Every version does. */
const SETS_EXISTENCE: u32 = 32
/** Deleted: nonce, code, balance and storage go. */
const DELETES: u32 = 8
/** A contract was created: its storage is empty before what the same transaction wrote. */
const WIPES: u32 = 16

/** The version's transaction has executed, and the version is from its last run. */
@inline
function isValid(version: usize): bool {
  const state = atomicLoad(txState(load<u32>(version, TX)) + TX_STATE)
  return (state & 255) >= EXECUTED && state >> 8 == load<u32>(version, RUN)
}

/** The account at a location as the running transaction sees it. The result is good until the next call. */
export function snapshot(location: usize): StoredAccount {
  const record = changetype<StoredAccount>(location)
  if (layer == LAYER_COMMITTED) return record
  const by = atomicLoad(location + ACCOUNT_BY)
  let version: usize = atomicLoad(location + ACCOUNT_VERSIONS)
  while (version && load<u32>(version, TX) >= self) version = atomicLoad(version + NEXT)
  if (!version || load<u32>(version, TX) < by) return record
  memory.copy(composed, location, PRESENT_ACCOUNT_SIZE)
  compose(changetype<StoredAccount>(composed), version, by)
  return changetype<StoredAccount>(composed)
}

/** Puts the versions from the newest that counts down to those that are committed over an account. */
function compose(account: StoredAccount, newest: usize, by: u32): void {
  const change = composed + PRESENT_ACCOUNT_SIZE
  zeroWord(change)
  let known: u32 = 0
  for (let version = newest; version && load<u32>(version, TX) >= by; version = atomicLoad(version + NEXT)) {
    if (!isValid(version)) continue
    const what = load<u32>(version, WHAT)
    if (!(known & SETS_EXISTENCE)) account.flags = load<u32>(version, EXISTENCE)
    if (what & SETS_NONCE && !(known & SETS_NONCE)) account.nonce = load<u64>(version, NONCE)
    if (what & SETS_CODE && !(known & SETS_CODE)) account.code = load<u32>(version, CODE)
    known |= what | SETS_EXISTENCE
    if (what & DELETES) {
      if (!(known & SETS_NONCE)) account.nonce = 0
      if (!(known & SETS_CODE)) account.code = EMPTY_CODE
      copyWord(account.balance, change)
      return
    }
    if (what & SETS_BALANCE) add(change, change, version + CHANGE)
  }
  add(account.balance, account.balance, change)
}

/** The value of a slot as the running transaction sees it. */
export function readLocation(out: usize, location: usize): void {
  const slot = changetype<StoredSlot>(location)
  const owner = <usize>slot.account
  if (layer == LAYER_VERSIONS) {
    const by = atomicLoad(location + SLOT_BY)
    let version: usize = atomicLoad(location + SLOT_VERSIONS)
    while (version && (load<u32>(version, TX) >= self || !isValid(version))) version = atomicLoad(version + NEXT)
    const isNewer = version != 0 && load<u32>(version, TX) >= by
    if (atomicLoad(owner + ACCOUNT_WIPED)) {
      const wipe = lastWipe(owner)
      if (wipe > (isNewer ? load<u32>(version, TX) + 1 : by)) {
        zeroWord(out)
        return
      }
    }
    if (isNewer) {
      copyWord(out, version + VALUE)
      return
    }
  }
  if (slot.epoch == changetype<StoredAccount>(owner).epoch) copyWord(out, slot.value)
  else zeroWord(out)
}

/** Index + 1 of the newest executed transaction below the running one that wiped the account's storage and is not committed; 0 = none. */
function lastWipe(owner: usize): u32 {
  const by = atomicLoad(owner + ACCOUNT_BY)
  let version: usize = atomicLoad(owner + ACCOUNT_VERSIONS)
  for (; version && load<u32>(version, TX) >= by; version = atomicLoad(version + NEXT)) {
    if (load<u32>(version, TX) >= self || !(load<u32>(version, WHAT) & (DELETES | WIPES))) continue
    if (isValid(version)) return load<u32>(version, TX) + 1
  }
  return 0
}

/** Is some slot of the account committed as non-zero (EIP-7610)? What is not committed yet does not count; frontier.ts asks again. */
export function hasStorageBelow(location: usize): bool {
  const record = changetype<StoredAccount>(location)
  if (record.epoch == 0 && record.flags & HAS_STORAGE) return true
  for (let at = atomicLoad(location + offsetof<StoredAccount>('slots')); at; at = changetype<StoredSlot>(at).next) {
    const slot = changetype<StoredSlot>(at)
    if (slot.epoch == record.epoch && !isZeroWord(slot.value)) return true
  }
  const stored = load<u32>(location, ACCOUNT_STORED)
  if (record.epoch || !stored) return false
  for (let next = storedAccount(stored - 1).slots; next; ) {
    const slot = storedSlot(next - 1)
    const isCurrent = slot.epoch == storedAccount(stored - 1).epoch
    if (isCurrent && !isZeroWord(slot.value) && !isCommittedTo(location, slot.key)) return true
    next = slot.next
  }
  return false
}

function isCommittedTo(owner: usize, key: usize): bool {
  const hash = hashSlotKey(<u32>owner, key)
  const slot = findSlotIn(atomicLoad(bucketOf(hash) + 4), 0, hash, <u32>owner, key)
  return slot != 0 && atomicLoad(slot + SLOT_BY) != 0
}

// ---- publication ----------------------------------------------------------------------------------------------------------

/** Makes versions of what a run of `transaction` has written. They count from the moment on when its state is EXECUTED with that run. */
export function publish(
  transaction: u32,
  run: u32,
  accounts: usize,
  accountCount: u32,
  slots: usize,
  slotCount: u32,
): void {
  for (let i: u32 = 0; i < accountCount; i++) {
    publishAccount(transaction, run, changetype<Account>(accounts + i * ACCOUNT_SIZE))
  }
  for (let i: u32 = 0; i < slotCount; i++) {
    const entry = changetype<Slot>(slots + i * SLOT_SIZE)
    if (entry.owner & TRANSIENT || equalWords(entry.value, entry.original)) continue
    const holder = changetype<Account>(accounts + entry.owner * ACCOUNT_SIZE)
    if (holder.flags & DESTROYED) continue
    const location = entry.stored ? <usize>entry.stored : locateSlot(holder.stored, entry.key)
    const version = location ? piece(SLOT_VERSION) : 0
    if (!version) return // missing or exhausted: who reads it reads something else, and finds out
    store<u32>(version, transaction, TX)
    store<u32>(version, run, RUN)
    copyWord(version + VALUE, entry.value)
    insert(location + SLOT_VERSIONS, version, transaction)
  }
}

function publishAccount(transaction: u32, run: u32, entry: Account): void {
  if (!(entry.flags & (TOUCHED | CREATED | DESTROYED))) return
  let what: u32 = entry.flags & DESTROYED ? DELETES : entry.flags & CREATED ? WIPES : 0
  if (entry.nonce != entry.baseNonce) what |= SETS_NONCE
  if (entry.code != entry.baseCode) what |= SETS_CODE
  if (!equalWords(entry.balance, entry.base)) what |= SETS_BALANCE
  const isDead =
    (entry.flags & DESTROYED) != 0 ||
    (fork >= SPURIOUS_DRAGON && entry.nonce == 0 && entry.code == EMPTY_CODE && isZeroWord(entry.balance))
  const existence = isDead ? 0 : EXISTS
  if (!what && existence == (entry.baseFlags & EXISTS)) return
  // Fees commute: nobody waits for them, and who asks for the beneficiary's exact balance runs at the frontier.
  if (what == SETS_BALANCE && equalAddresses(entry.address, coinbase)) return
  const version = piece(ACCOUNT_VERSION)
  if (!version) return
  store<u32>(version, transaction, TX)
  store<u32>(version, run, RUN)
  store<u32>(version, what, WHAT)
  store<u64>(version, entry.nonce, NONCE)
  store<u32>(version, entry.code, CODE)
  store<u32>(version, existence, EXISTENCE)
  sub(version + CHANGE, entry.balance, entry.base)
  if (what & (DELETES | WIPES)) atomicStore(<usize>entry.stored + ACCOUNT_WIPED, 1)
  insert(<usize>entry.stored + ACCOUNT_VERSIONS, version, transaction)
}

/** Puts a version before the first one whose transaction is not above its own. */
function insert(list: usize, version: usize, transaction: u32): void {
  while (true) {
    let link = list
    let next: usize = atomicLoad(link)
    while (next && load<u32>(next, TX) > transaction) {
      link = next + NEXT
      next = atomicLoad(link)
    }
    store<u32>(version, <u32>next, NEXT)
    if (atomicSwap(link, <u32>next, <u32>version)) return
  }
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

// ---- commit ---------------------------------------------------------------------------------------------------------------
// Only with the frontier lock. What has been committed to is kept in two lists, for the store at the end of the phase. They are arrays:
// if each location named the next, the fold would wait for one after the other, and many are in the cache of another core (3.0 ms for
// 10,000 transfers of a token; 2.1 ms as it is).

/** Empties the lists. */
export function openLists(): void {
  for (let i: usize = 0; i < 2; i++) bufferAt(DIRTY + i).length = 0
  store<u32>(control, <u32>changetype<usize>(bufferAt(DIRTY)), DIRTY_ACCOUNTS)
  store<u32>(control, <u32>changetype<usize>(bufferAt(DIRTY + 1)), DIRTY_SLOTS)
}

/** The transaction that is being committed changes an account. */
export function writeAccount(location: usize): void {
  if (!load<u32>(location, ACCOUNT_BY)) list(DIRTY_ACCOUNTS, location)
  atomicStore(location + ACCOUNT_BY, self + 1)
}

/** The transaction that is being committed changes a slot. */
export function writeSlotAt(location: usize, epoch: u32, value: usize): void {
  const slot = changetype<StoredSlot>(location)
  const isFirst = !load<u32>(location, SLOT_BY)
  slot.epoch = epoch
  copyWord(slot.value, value)
  atomicStore(location + SLOT_BY, self + 1)
  if (!isFirst) return
  list(DIRTY_SLOTS, location)
  // Here and not where the location is made, as there all threads would write to a contract that all of them call.
  const newest = <usize>slot.account + offsetof<StoredAccount>('slots')
  slot.next = load<u32>(newest)
  atomicStore(newest, <u32>location)
}

function list(which: usize, location: usize): void {
  store<u32>(changetype<Buffer>(load<u32>(control + which)).push(4), <u32>location)
}

/** Takes everything that has been committed over into the store; all threads have left. */
export function foldIntoStore(): void {
  const accounts = changetype<Buffer>(load<u32>(control, DIRTY_ACCOUNTS))
  for (let at: u32 = 0; at < accounts.length && !exhausted; at += 4) foldAccount(load<u32>(accounts.ptr + at))
  const slots = changetype<Buffer>(load<u32>(control, DIRTY_SLOTS))
  for (let at: u32 = 0; at < slots.length && !exhausted; at += 4) foldSlot(load<u32>(slots.ptr + at))
}

function foldAccount(location: usize): void {
  const from = changetype<StoredAccount>(location)
  let stored = load<u32>(location, ACCOUNT_STORED)
  if (!stored) {
    stored = findAccount(location)
    if (!stored) stored = addAccount(location) + 1
    if (exhausted) return
    store<u32>(location, stored, ACCOUNT_STORED)
  }
  const to = storedAccount(stored - 1)
  to.flags = from.flags
  to.code = from.code
  to.nonce = from.nonce
  to.epoch += from.epoch
  copyWord(to.balance, from.balance)
}

function foldSlot(location: usize): void {
  const from = changetype<StoredSlot>(location)
  const owner = changetype<StoredAccount>(from.account)
  if (from.epoch != owner.epoch) return // wiped since
  let stored = load<u32>(location, SLOT_STORED)
  if (!stored) {
    const account = load<u32>(from.account, ACCOUNT_STORED) - 1
    stored = findSlot(account, from.key)
    if (!stored) stored = addSlot(account, from.key) + 1
    if (exhausted) return
  }
  writeSlot(stored - 1, from.value)
}
