// What has been committed, and its way into the store. Only with the frontier lock. What has been committed to is kept in two lists. They
// are arrays: if each location named the next, the fold would wait for one after the other, and many are in the cache of another core
// (3.0 ms for 10,000 transfers of a token; 2.1 ms as it is).

import { Buffer, bufferAt, exhausted } from '../arena.ts'
import {
  StoredAccount,
  StoredSlot,
  addAccount,
  addSlot,
  findAccount,
  findSlot,
  storedAccount,
  writeSlot,
} from '../state/store.ts'
import { copyWord } from '../word/word.ts'
import { atomicStore } from './atomic.ts'
import { DIRTY_ACCOUNTS, DIRTY_SLOTS, control } from './control.ts'
import { ACCOUNT_BY, ACCOUNT_STORED, SLOT_BY, SLOT_STORED } from './locations.ts'
import { reader } from './versions.ts'

/** Number of the buffer of accounts that have been committed to; the next is that of the slots. */
const DIRTY: usize = 62

/** Empties the lists. */
export function openLists(): void {
  for (let i: usize = 0; i < 2; i++) bufferAt(DIRTY + i).length = 0
  store<u32>(control, <u32>changetype<usize>(bufferAt(DIRTY)), DIRTY_ACCOUNTS)
  store<u32>(control, <u32>changetype<usize>(bufferAt(DIRTY + 1)), DIRTY_SLOTS)
}

/** The transaction that is being committed changes an account. */
export function writeAccount(location: usize): void {
  if (!load<u32>(location, ACCOUNT_BY)) list(DIRTY_ACCOUNTS, location)
  atomicStore(location + ACCOUNT_BY, reader + 1)
}

/** The transaction that is being committed changes a slot. */
export function writeSlotAt(location: usize, epoch: u32, value: usize): void {
  const slot = changetype<StoredSlot>(location)
  const isFirst = !load<u32>(location, SLOT_BY)
  slot.epoch = epoch
  copyWord(slot.value, value)
  atomicStore(location + SLOT_BY, reader + 1)
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
