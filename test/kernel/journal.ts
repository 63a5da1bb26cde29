// The view, its journal and the store for test/unit/journal.test.ts. Accounts and keys are named by small numbers; words cross
// in the exchange region, 32 bytes little-endian each.
import { initArena, reserve } from '../../assembly/arena.ts'
import { EMPTY_CODE, addCode, initCode } from '../../assembly/code.ts'
import { initEnv, setFork } from '../../assembly/env.ts'
import { keccak256 } from '../../assembly/keccak.ts'
import { requestCount, resetRequest } from '../../assembly/request.ts'
import { setAddress } from '../../assembly/state/address.ts'
import {
  EXISTS,
  STORAGE_KNOWN,
  addAccount,
  addSlot,
  findAccount,
  findSlot,
  readSlot,
  resetStore,
  setComplete,
  storedAccount,
  storedSlot,
  writeSlot,
} from '../../assembly/state/store.ts'
import * as view from '../../assembly/state/view.ts'
import {
  checkpoint,
  commit,
  destroy,
  markCreated,
  rollback,
  setCode,
  setNonce,
  touch,
  warmAccount,
  warmSlot,
} from '../../assembly/state/view.ts'
import { add } from '../../assembly/word/arithmetic.ts'
import { copyWord, setWord, zeroWord } from '../../assembly/word/word.ts'

export { checkpoint, commit, destroy, markCreated, rollback, setCode, setNonce, touch, warmAccount, warmSlot }

let region: usize = 0
let rules: i32 = 0

/** Empties everything; the region for words begins at the returned address. */
export function start(fork: i32, complete: bool): usize {
  initArena()
  initCode()
  initEnv()
  setFork(fork)
  resetStore()
  setComplete(complete)
  if (!region) region = reserve(4096)
  rules = fork
  begin()
  return region
}

/** Begins a transaction. */
export function begin(): void {
  resetRequest()
  view.beginView(rules)
}

/** Questions that went unanswered since the last `begin`. */
export function misses(): u32 {
  return requestCount
}

/** Id of the code that is the one byte `number`; 0 is the empty code. */
export function codeId(number: u32): u32 {
  if (!number) return EMPTY_CODE
  const at = region + 2048
  store<u8>(at, <u8>number)
  keccak256(at + 32, at, 1)
  return addCode(at + 32, at, 1)
}

function addressOf(number: u32): usize {
  const at = region + 1024
  setAddress(at, number)
  return at
}

function keyOf(number: u32): usize {
  const at = region + 1088
  setWord(at, number)
  // Keys that differ in every limb, so that a comparison of one limb is not enough.
  store<u64>(at, (<u64>number) << 56, 8)
  store<u64>(at, <u64>number * 0x9e3779b97f4a7c15, 24)
  return at
}

// ---- the store ----------------------------------------------------------------------------------------------------------

/** An account as the host would supply it; its balance is the first word of the region. */
export function putAccount(number: u32, exists: bool, nonce: u64, code: u32, storageKnown: bool): void {
  const found = findAccount(addressOf(number))
  const account = storedAccount(found ? found - 1 : addAccount(addressOf(number)))
  account.flags = (exists ? EXISTS : STORAGE_KNOWN) | (storageKnown ? STORAGE_KNOWN : 0)
  account.nonce = nonce
  account.code = code
  copyWord(account.balance, region)
}

/** A slot as the host would supply it; its value is the first word of the region. */
export function putSlot(number: u32, key: u32): void {
  const account = findAccount(addressOf(number)) - 1
  const found = findSlot(account, keyOf(key))
  writeSlot(found ? found - 1 : addSlot(account, keyOf(key)), region)
}

/** Somebody else pays into the account below the view. */
export function payBelow(number: u32): void {
  const account = storedAccount(findAccount(addressOf(number)) - 1)
  add(account.balance, account.balance, region)
}

/** The stored account: returns its flags + 1, 0 when there is none; nonce, code, balance go to the region. */
export function readStored(number: u32): u32 {
  const found = findAccount(addressOf(number))
  if (!found) return 0
  const account = storedAccount(found - 1)
  store<u64>(region, account.nonce)
  store<u64>(region, account.code, 8)
  copyWord(region + 32, account.balance)
  return account.flags + 1
}

/** The stored slot's value goes to the region; zero when there is none. */
export function readStoredSlot(number: u32, key: u32): void {
  zeroWord(region)
  const account = findAccount(addressOf(number))
  const found = account ? findSlot(account - 1, keyOf(key)) : 0
  if (found) readSlot(region, found - 1)
}

/** Slots of the account in its list; -1 when one belongs to another account. */
export function listedSlots(number: u32): i32 {
  const account = findAccount(addressOf(number)) - 1
  let count = 0
  for (let next = storedAccount(account).slots; next; next = storedSlot(next - 1).next) {
    if (storedSlot(next - 1).account != account) return -1
    count++
  }
  return count
}

// ---- the view -----------------------------------------------------------------------------------------------------------

export function account(number: u32): u32 {
  return view.account(addressOf(number))
}

export function slot(owner: u32, key: u32): u32 {
  return view.slot(owner, keyOf(key))
}

export function transientSlot(owner: u32, key: u32): u32 {
  return view.transientSlot(owner, keyOf(key))
}

/** Returns the flags; nonce, code, asked, balance, base, atLeast, below go to the region, 32 bytes each but the first three. */
export function readAccount(index: u32): u32 {
  const entry = view.accountAt(index)
  store<u64>(region, entry.nonce)
  store<u64>(region, entry.code, 8)
  store<u64>(region, entry.asked, 16)
  copyWord(region + 32, entry.balance)
  copyWord(region + 64, entry.base)
  copyWord(region + 96, entry.atLeast)
  copyWord(region + 128, entry.below)
  return entry.flags
}

/** Returns the flags; value and original go to the region. */
export function readSlotEntry(index: u32): u32 {
  const entry = view.slotAt(index)
  copyWord(region, entry.value)
  copyWord(region + 32, entry.original)
  return entry.flags
}

/** Does the account hold the first word of the region? */
export function canPay(index: u32): bool {
  return view.canPay(view.accountAt(index), region)
}

export function credit(index: u32): void {
  view.credit(index, region)
}

export function debit(index: u32): void {
  view.debit(index, region)
}

export function setSlot(index: u32): void {
  view.setSlot(index, region)
}

export function isEmpty(index: u32): bool {
  return view.isEmpty(view.accountAt(index))
}

export function exists(index: u32): bool {
  return view.exists(view.accountAt(index))
}

export function isVacant(index: u32): bool {
  return view.isVacant(view.accountAt(index))
}
