// State between the journal and the store while transactions run in parallel: what is committed (locations.ts), and over it the versions
// that executed transactions have written and not committed:
//
//   location → newest version → older version → …      sorted by transaction
//
// A read of transaction i takes the newest version below i, else what is committed. It may be wrong, outdated or torn: whatever it
// gave is in the transaction's read record and is compared with the committed state before the transaction commits (frontier.ts).
// So nothing here decides what is right; it only decides how often a run has to be repeated.
//
// Versions live until the end of the block and are never unlinked.

import { SPURIOUS_DRAGON } from '../abi.ts'
import { EMPTY_CODE } from '../code.ts'
import { fork } from '../env.ts'
import { equalAddresses } from '../state/address.ts'
import {
  EXISTS,
  HAS_STORAGE,
  PRESENT_ACCOUNT_SIZE,
  StoredAccount,
  StoredSlot,
  storedAccount,
  storedSlot,
} from '../state/store.ts'
import { ACCOUNT_SIZE, Account, CREATED, DESTROYED, SLOT_SIZE, Slot, TOUCHED, TRANSIENT } from '../state/view.ts'
import { add, sub } from '../word/arithmetic.ts'
import { copyWord, equalWords, isZeroWord, zeroWord } from '../word/word.ts'
import { atomicLoad, atomicStore, atomicSwap } from './atomic.ts'
import { EXECUTED, TX_STATE, txState } from './control.ts'
import {
  ACCOUNT_BY,
  ACCOUNT_STORED,
  ACCOUNT_VERSIONS,
  ACCOUNT_WIPED,
  SLOT_BY,
  SLOT_VERSIONS,
  isCommittedTo,
  locateSlot,
} from './locations.ts'
import { piece } from './pool.ts'

// ---- what this thread reads ---------------------------------------------------------------------------------------------

/** The store: transactions run one after the other. */
export const LAYER_STORE: u32 = 0
/** Versions below the running transaction, then what is committed. */
export const LAYER_VERSIONS: u32 = 1
/** Only what is committed: the transaction at the frontier. */
export const LAYER_COMMITTED: u32 = 2

export let layer: u32 = LAYER_STORE
/** The transaction that reads, or is being committed. */
export let reader: u32 = 0
/** A composed account, for snapshot(). */
let composed: usize = 0
let coinbase: usize = 0

export function readFrom(below: u32, transaction: u32): void {
  layer = below
  reader = transaction
}

/** Prepares this thread for a block. False: memory is exhausted. */
export function initVersions(beneficiary: usize): bool {
  composed = piece(PRESENT_ACCOUNT_SIZE + 32)
  coinbase = beneficiary
  return composed != 0
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
  while (version && load<u32>(version, TX) >= reader) version = atomicLoad(version + NEXT)
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
    while (version && (load<u32>(version, TX) >= reader || !isValid(version))) version = atomicLoad(version + NEXT)
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
    if (load<u32>(version, TX) >= reader || !(load<u32>(version, WHAT) & (DELETES | WIPES))) continue
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
