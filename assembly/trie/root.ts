// Root hashes of Merkle-Patricia tries (Yellow Paper, appendix D), built in bulk from all entries of a trie.
//
// State and storage roots come from sorted entries, transaction, receipt and withdrawal roots from lists. Called by
// the state root and the block commitments. The caller provides scratch memory and says with trieScratch or orderedScratch
// how much that is; nothing is kept between two calls.

import { keccak256 } from '../keccak.ts'
import { encodeBatch, hashBatch, rootDigest } from './batch.ts'
import { ENTRY_SIZE, setEntry } from './entries.ts'
import { planTrie, trieScratch, trieScratchFor } from './plan.ts'

/** The root of the trie of `count` entries sorted by key. `scratch`: `trieScratch(entries, count)` bytes. */
export function trieRoot(out: usize, entries: usize, count: u32, scratch: usize): void {
  if (!count) return emptyRoot(out)
  planTrie(scratch, trieScratch(entries, count), entries, count)
  for (let jobs = encodeBatch(scratch); jobs; jobs = encodeBatch(scratch)) hashBatch(scratch, jobs)
  rootDigest(out, scratch)
}

/** The root of a trie without entries: the hash of the empty string's RLP. */
export function emptyRoot(out: usize): void {
  store<u8>(out, 0x80)
  keccak256(out, out, 1)
}

// A list item: pointer u32, length u32 (as in BLOCK_TXS of abi.ts).
const ITEM_LENGTH: usize = 4
const ITEM_SIZE: usize = 8

/** An index below 2^32 takes 5 bytes as RLP; each key has 8. */
const LONGEST_KEY: u32 = 5
const KEY_SIZE: usize = 8

/** Bytes of scratch memory that `orderedRoot` needs at most. */
export function orderedScratch(items: usize, count: u32): usize {
  let longest: u32 = 0
  for (let i: u32 = 0; i < count; i++) longest = max(longest, load<u32>(items + <usize>i * ITEM_SIZE, ITEM_LENGTH))
  return <usize>count * (ENTRY_SIZE + KEY_SIZE) + trieScratchFor(count, LONGEST_KEY, longest)
}

/** The root of a list: item i under the key rlp(i). `scratch`: `orderedScratch(items, count)` bytes. */
export function orderedRoot(out: usize, items: usize, count: u32, scratch: usize): void {
  if (!count) return emptyRoot(out)
  const plan = planOrdered(items, count, scratch, orderedScratch(items, count))
  for (let jobs = encodeBatch(plan); jobs; jobs = encodeBatch(plan)) hashBatch(plan, jobs)
  rootDigest(out, plan)
}

/**
 * Plans the trie of a list of at least one item in `size` bytes; more than needed make the batches larger. Returns the plan.
 * No sort is needed. In byte order come 1 to 127 (themselves), 0 (0x80), then 128 and up (0x81.., 0x82....).
 */
export function planOrdered(items: usize, count: u32, scratch: usize, size: usize): usize {
  const keys = scratch + <usize>count * ENTRY_SIZE
  const small = min(count, 128)
  for (let i: u32 = 0; i < count; i++) {
    const index = i < small ? (i + 1 < small ? i + 1 : 0) : i
    const item = items + <usize>index * ITEM_SIZE
    const key = keys + <usize>i * KEY_SIZE
    setEntry(scratch + <usize>i * ENTRY_SIZE, key, indexKey(key, index), load<u32>(item), load<u32>(item, ITEM_LENGTH))
  }
  const plan = keys + <usize>count * KEY_SIZE
  planTrie(plan, scratch + size - plan, scratch, count)
  return plan
}

/** Writes rlp(index) and returns its length. */
function indexKey(out: usize, index: u32): u32 {
  if (index - 1 < 127) {
    store<u8>(out, <u8>index)
    return 1
  }
  const bytes: u32 = <u32>(39 - clz(index)) >> 3
  store<u8>(out, <u8>(0x80 + bytes))
  for (let i: u32 = 0; i < bytes; i++) store<u8>(out + bytes - i, <u8>(index >> (i << 3)))
  return bytes + 1
}
