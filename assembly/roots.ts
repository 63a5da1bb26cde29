// The commitments of a header that are lists: transactions, receipts, withdrawals. The state root is state-root.ts. Each of them can
// stop where a batch of hashes is offered to the host (hashing.ts): then it returns false, and goes on when it is called again.

import {
  BLOCK_TXS,
  BLOCK_TX_COUNT,
  BLOCK_WITHDRAWALS,
  BLOCK_WITHDRAWAL_COUNT,
  PURPOSE_RECEIPTS,
  PURPOSE_TRANSACTIONS,
  PURPOSE_WITHDRAWALS,
  WITHDRAWAL_SIZE,
} from './abi.ts'
import { release, reserve } from './arena.ts'
import { hashNodes, offerRoom } from './hashing.ts'
import { encodeReceipt, receiptCount, receiptsBound } from './receipts.ts'
import { encodeBytes, encodeListHeader, encodeNumber, numberSize } from './rlp.ts'
import { rootDigest } from './trie/batch.ts'
import { emptyRoot, orderedScratch, planOrdered } from './trie/root.ts'

/** { pointer, length }. */
const ITEM_SIZE: usize = 8
const WITHDRAWAL_BOUND: u32 = 64

// What is under way, 0 where nothing is: a list that was encoded for its root, and the trie.
let list: usize = 0
let listSize: u64 = 0
let work: usize = 0
let workSize: u64 = 0
let plan: usize = 0

/** Gives up what is under way. */
export function abandonRoots(): void {
  if (list) release(list, listSize)
  if (work) release(work, workSize)
  forgetRoots()
}

/** What was under way is gone (rewindArena). */
export function forgetRoots(): void {
  list = 0
  work = 0
}

/** Root of a list of { pointer, length } byte strings. False: it waits for digests. */
function listRoot(out: usize, items: usize, count: u32, purpose: u32): bool {
  if (!count) {
    emptyRoot(out)
    return true
  }
  if (!work) {
    const size = orderedScratch(items, count)
    workSize = <u64>size + offerRoom(count, <u32>((<u64>size / count) >> 1))
    work = reserve(workSize)
    if (!work) return true
    plan = planOrdered(items, count, work, <usize>workSize)
  }
  if (!hashNodes(plan, purpose)) return false
  rootDigest(out, plan)
  release(work, workSize)
  work = 0
  return true
}

/** Room for a list to be encoded; 0: memory is exhausted. */
function openList(size: u64): usize {
  listSize = size
  list = reserve(size)
  return list
}

/** Root of the list that was encoded, whose items stand at its beginning. */
function encodedRoot(out: usize, count: u32, purpose: u32): bool {
  if (!listRoot(out, list, count, purpose)) return false
  release(list, listSize)
  list = 0
  return true
}

/** Root of the transactions of a block input. False: it waits for digests. */
export function transactionsRoot(out: usize, block: usize): bool {
  return listRoot(out, load<u32>(block, BLOCK_TXS), load<u32>(block, BLOCK_TX_COUNT), PURPOSE_TRANSACTIONS)
}

/** Root of the receipts, whose blooms it adds to `bloom`; before Byzantium they have to hold their state roots. False: it waits for digests. */
export function receiptsRoot(out: usize, bloom: usize): bool {
  if (!list && !encodeReceipts(bloom)) return true
  return encodedRoot(out, receiptCount, PURPOSE_RECEIPTS)
}

function encodeReceipts(bloom: usize): bool {
  const itemsSize = receiptCount * <u32>ITEM_SIZE
  const items = openList(<u64>itemsSize + receiptsBound())
  if (!items) return false
  let at = items + itemsSize
  for (let i: u32 = 0; i < receiptCount; i++) at = putItem(items, i, at, encodeReceipt(at, i, bloom))
  return true
}

/** Root of the withdrawals of a block input (EIP-4895). False: it waits for digests. */
export function withdrawalsRoot(out: usize, block: usize): bool {
  if (!list && !encodeWithdrawals(block)) return true
  return encodedRoot(out, load<u32>(block, BLOCK_WITHDRAWAL_COUNT), PURPOSE_WITHDRAWALS)
}

function encodeWithdrawals(block: usize): bool {
  const count = load<u32>(block, BLOCK_WITHDRAWAL_COUNT)
  const from = <usize>load<u32>(block, BLOCK_WITHDRAWALS)
  const items = openList(<u64>count * (<u64>ITEM_SIZE + WITHDRAWAL_BOUND))
  if (!items) return false
  let at = items + <usize>count * ITEM_SIZE
  for (let i: u32 = 0; i < count; i++) at = putItem(items, i, at, encodeWithdrawal(at, from + i * WITHDRAWAL_SIZE))
  return true
}

/** Item `index` is what lies from `at` to `end`. Returns the end. */
function putItem(items: usize, index: u32, at: usize, end: usize): usize {
  store<u32>(items + <usize>index * ITEM_SIZE, <u32>at)
  store<u32>(items + <usize>index * ITEM_SIZE, <u32>(end - at), 4)
  return end
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
