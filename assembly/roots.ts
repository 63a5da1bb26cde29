// The commitments of a header: receipts, transactions, withdrawals and requests, bloom, and the state root where the whole state
// is known. Tries are built by trie/.

import { BLOCK_WITHDRAWALS, BLOCK_WITHDRAWAL_COUNT, WITHDRAWAL_SIZE } from './abi.ts'
import { release, reserve, scratch } from './arena.ts'
import { codeHash } from './code.ts'
import { keccak256 } from './keccak.ts'
import { encodeReceipt, receiptCount, receiptsBound } from './receipts.ts'
import { encodeBytes, encodeListHeader, encodeNumber, numberSize } from './rlp.ts'
import { storeAddressBytes } from './state/address.ts'
import { EXISTS, StoredAccount, accountCount, storedAccount, storedSlot } from './state/store.ts'
import { ACCOUNT_ENCODING_MAX, STORAGE_VALUE_MAX, encodeAccount, encodeStorageValue } from './trie/account.ts'
import { ENTRY_SIZE, setEntry, sortEntries, sortScratch } from './trie/entries.ts'
import { trieScratchFor } from './trie/plan.ts'
import { emptyRoot, orderedRoot, orderedScratch, trieRoot } from './trie/root.ts'
import { isZeroWord, storeBigEndian } from './word/word.ts'

/** { pointer, length }. */
const ITEM_SIZE: usize = 8
const WITHDRAWAL_BOUND: u32 = 64

/** Root of a list of { pointer, length } byte strings. */
export function listRoot(out: usize, items: usize, count: u32): void {
  const size = orderedScratch(items, count)
  const work = reserve(size)
  if (!work) return
  orderedRoot(out, items, count, work)
  release(work, size)
}

/** Root of the receipts, whose blooms it adds to `bloom`; before Byzantium they have to hold their state roots. */
export function receiptsRoot(out: usize, bloom: usize): void {
  const itemsSize = receiptCount * <u32>ITEM_SIZE
  const size: u64 = <u64>itemsSize + receiptsBound()
  const items = reserve(size)
  if (!items) return
  let at = items + itemsSize
  for (let i: u32 = 0; i < receiptCount; i++) {
    const end = encodeReceipt(at, i, bloom)
    store<u32>(items + <usize>i * ITEM_SIZE, <u32>at)
    store<u32>(items + <usize>i * ITEM_SIZE, <u32>(end - at), 4)
    at = end
  }
  listRoot(out, items, receiptCount)
  release(items, size)
}

/** Root of the withdrawals of a block input (EIP-4895). */
export function withdrawalsRoot(out: usize, block: usize): void {
  const count = load<u32>(block, BLOCK_WITHDRAWAL_COUNT)
  const from = <usize>load<u32>(block, BLOCK_WITHDRAWALS)
  const size: u64 = <u64>count * (<u64>ITEM_SIZE + WITHDRAWAL_BOUND)
  const items = reserve(size)
  if (!items) return
  let at = items + <usize>count * ITEM_SIZE
  for (let i: u32 = 0; i < count; i++) {
    const end = encodeWithdrawal(at, from + i * WITHDRAWAL_SIZE)
    store<u32>(items + <usize>i * ITEM_SIZE, <u32>at)
    store<u32>(items + <usize>i * ITEM_SIZE, <u32>(end - at), 4)
    at = end
  }
  listRoot(out, items, count)
  release(items, size)
}

/** [index, validator, address, amount]. */
function encodeWithdrawal(out: usize, withdrawal: usize): usize {
  const index = load<u64>(withdrawal)
  const validator = load<u64>(withdrawal, 8)
  const amount = load<u64>(withdrawal, 16)
  let end = encodeListHeader(out, numberSize(index) + numberSize(validator) + 21 + numberSize(amount))
  end = encodeNumber(end, index)
  end = encodeNumber(end, validator)
  end = encodeBytes(end, withdrawal + 24, 20)
  return encodeNumber(end, amount)
}

// ---- state ----------------------------------------------------------------------------------------------------------------

/** Root of all accounts in the store: the state root if the store is complete. */
export function stateRoot(out: usize): void {
  const stride = <u32>ENTRY_SIZE + 32 + <u32>ACCOUNT_ENCODING_MAX
  const size: u64 = <u64>accountCount * stride
  const entries = reserve(size)
  if (!entries) return
  const keys = entries + <usize>accountCount * ENTRY_SIZE
  let value = keys + accountCount * 32
  let count: u32 = 0
  for (let i: u32 = 0; i < accountCount; i++) {
    const account = storedAccount(i)
    if (!(account.flags & EXISTS)) continue
    const root = scratch() + 64
    storageRoot(root, account)
    const end = encodeAccount(value, account.nonce, account.balance, root, codeHash(account.code))
    const key = keys + count * 32
    storeAddressBytes(key, account.address)
    keccak256(key, key, 20)
    setEntry(entries + <usize>count * ENTRY_SIZE, key, 32, value, <u32>(end - value))
    value = end
    count++
  }
  sortedRoot(out, entries, count, <u32>ACCOUNT_ENCODING_MAX)
  release(entries, size)
}

function storageRoot(out: usize, account: StoredAccount): void {
  let count: u32 = 0
  for (let next = account.slots; next; next = storedSlot(next - 1).next) count++
  if (!count) {
    emptyRoot(out)
    return
  }
  const stride = <u32>ENTRY_SIZE + 32 + <u32>STORAGE_VALUE_MAX
  const size: u64 = <u64>count * stride
  const entries = reserve(size)
  if (!entries) return
  const keys = entries + <usize>count * ENTRY_SIZE
  let value = keys + count * 32
  count = 0
  for (let next = account.slots; next; ) {
    const slot = storedSlot(next - 1)
    next = slot.next
    if (slot.epoch != account.epoch || isZeroWord(slot.value)) continue
    const key = keys + count * 32
    storeBigEndian(key, slot.key)
    keccak256(key, key, 32)
    const end = encodeStorageValue(value, slot.value)
    setEntry(entries + <usize>count * ENTRY_SIZE, key, 32, value, <u32>(end - value))
    value = end
    count++
  }
  sortedRoot(out, entries, count, <u32>STORAGE_VALUE_MAX)
  release(entries, size)
}

function sortedRoot(out: usize, entries: usize, count: u32, longestValue: u32): void {
  const size = max(sortScratch(count), trieScratchFor(count, 32, longestValue))
  const work = reserve(size)
  if (!work) return
  sortEntries(entries, count, work)
  trieRoot(out, entries, count, work)
  release(work, size)
}
