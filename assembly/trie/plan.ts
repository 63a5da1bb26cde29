// The shape of a trie, found in one pass over its sorted entries, before anything is encoded or hashed.
//
// What two neighbouring keys share says where they part: a branch stands exactly at these depths. The pass keeps the
// branches on the way down to the current key on a stack and closes those the next key is not below. A closed branch
// is listed under its height over the leaves: all nodes of one height can be encoded and hashed together
// (trie/batch.ts). A plan is plain memory that the caller provides, so a build can stop between two batches.

import { commonNibbles, ENTRY_KEY, ENTRY_KEY_LENGTH, ENTRY_SIZE, ENTRY_VALUE_LENGTH, nibbleAt } from './entries.ts'
import {
  endsAtBranch,
  NODE_DEPTH,
  NODE_ENTRY,
  NODE_FIRST,
  NODE_LAST,
  NODE_LEVEL,
  NODE_NEXT,
  NODE_NIBBLE,
  NODE_SIZE,
  NODE_SLACK,
  NODE_START,
} from './nodes.ts'

// ┌ plan ────┬───────────────────────┬────────────────────┬──────────────────┬──────────────────┬──────────────────┐
// │ header   │ open branches: a      │ lists of branches, │ leaves, one per  │ branches, at     │ batch: encodings │
// │ 64 bytes │ stack of pointers     │ one per height     │ entry, in order  │ most count - 1   │ →     ← jobs     │
// └──────────┴───────────────────────┴────────────────────┴──────────────────┴──────────────────┴──────────────────┘
/** The root of a trie that was planned alone. */
export const PLAN_ROOT: usize = 0
export const PLAN_LEAVES: usize = 4
export const PLAN_LEAVES_END: usize = 8
/** Pointer to the branch lists; the one of height h is at h * 4, and list 0 is empty. */
export const PLAN_LEVELS: usize = 12
/** The greatest height. */
export const PLAN_TOP: usize = 16
export const PLAN_BATCH: usize = 20
export const PLAN_BATCH_END: usize = 24
/** What trie/batch.ts encodes next: step 0 are the leaves, 2h-1 the branches of height h, 2h their extensions. */
export const PLAN_STEP: usize = 28
/** Where it stands within the step. */
export const PLAN_CURSOR: usize = 32
/** WAITING_SIZE bytes for keccak-batch.ts. */
export const PLAN_WAITING: usize = 36
const PLAN_SIZE: usize = 64

/** Room for encodings that are hashed together, beyond the largest node: more than the caches hold gains nothing. */
const BATCH_BYTES: usize = 32 * 1024

/** Bytes of scratch memory that the build of a trie needs at most. More make the batches larger. */
export function trieScratch(entries: usize, count: u32): usize {
  return trieScratchFor(count, longest(entries, count, ENTRY_KEY_LENGTH), longest(entries, count, ENTRY_VALUE_LENGTH))
}

/** The same for any `count` entries with keys and values of at most these lengths. */
export function trieScratchFor(count: u32, longestKey: u32, longestValue: u32): usize {
  const largestNode = NODE_SLACK + longestKey + longestValue
  return PLAN_SIZE + 2 * listBytes(longestKey) + 2 * NODE_SIZE * count + BATCH_BYTES + largestNode
}

/** The greatest of the entries' key or value lengths. */
function longest(entries: usize, count: u32, field: usize): u32 {
  let length: u32 = 0
  const end = entries + <usize>count * ENTRY_SIZE
  for (let entry = entries; entry < end; entry += ENTRY_SIZE) length = max(length, load<u32>(entry + field))
  return length
}

/** Bytes of the stack, and of the branch lists: a way down meets at most one branch per nibble and one at the end. */
function listBytes(longestKey: u32): usize {
  return (<usize>(longestKey << 1) + 3) << 2
}

/**
 * Lays out a trie in `plan`, `size` bytes of scratch memory (at least `trieScratch`), from entries sorted by key.
 * Entries, keys and values are read again while the plan is worked off: they have to stay where they are.
 */
export function planTrie(plan: usize, size: usize, entries: usize, count: u32): void {
  store<u32>(plan, count, PLAN_ROOT)
  planTries(plan, size, entries, count, plan + PLAN_ROOT, 1)
}

/**
 * The same for many tries at once, whose nodes of one height are then hashed together: `count` entries, those of one trie sorted
 * and one after the other. `tries`: per trie how many are its own, u32; in their place comes its root node, 0 where there are none.
 */
export function planTries(plan: usize, size: usize, entries: usize, count: u32, tries: usize, trieCount: u32): void {
  const lists = listBytes(longest(entries, count, ENTRY_KEY_LENGTH))
  const levels = plan + PLAN_SIZE + lists
  const leaves = levels + lists
  const leavesEnd = leaves + <usize>count * NODE_SIZE
  memory.fill(plan + PLAN_LEAVES, 0, PLAN_SIZE - PLAN_LEAVES)
  memory.fill(levels, 0, lists)
  store<u32>(plan, <u32>leaves, PLAN_LEAVES)
  store<u32>(plan, <u32>leavesEnd, PLAN_LEAVES_END)
  store<u32>(plan, <u32>levels, PLAN_LEVELS)
  store<u32>(plan, <u32>leaves, PLAN_CURSOR)
  store<u32>(plan, <u32>((plan + size) & ~3), PLAN_BATCH_END) // jobs are words, which hosts read as such

  let entry = entries
  let leaf = leaves
  let free = leavesEnd
  const end = tries + ((<usize>trieCount) << 2)
  for (let trie = tries; trie < end; trie += 4) {
    const own = load<u32>(trie)
    if (!own) continue
    free = layOut(plan, entry, own, leaf, free)
    store<u32>(trie, load<u32>(plan, PLAN_ROOT))
    entry += <usize>own * ENTRY_SIZE
    leaf += <usize>own * NODE_SIZE
  }
  store<u32>(plan, <u32>free, PLAN_BATCH)
}

/** One trie: its root goes to PLAN_ROOT, its branches begin at `free`. Returns their end. */
function layOut(plan: usize, entries: usize, count: u32, leaves: usize, free: usize): usize {
  const bottom = plan + PLAN_SIZE
  let top = bottom // end of the stack of open branches
  let before: i32 = -1 // nibbles shared with the key before, and the depth of the innermost open branch
  for (let i: u32 = 0; i < count; i++) {
    const entry = entries + <usize>i * ENTRY_SIZE
    const after: i32 = i + 1 < count ? commonNibbles(entry, entry + ENTRY_SIZE) : -1
    if (after > before) {
      initNode(free, entry, after)
      store<u32>(top, <u32>free)
      top += 4
      free += NODE_SIZE
    }
    const leaf = leaves + <usize>i * NODE_SIZE
    initNode(leaf, entry, load<u32>(entry, ENTRY_KEY_LENGTH) << 1)
    if (top == bottom) store<u32>(plan, <u32>leaf, PLAN_ROOT)
    else attach(load<u32>(top - 4), leaf)

    while (top > bottom && <i32>load<u32>(load<u32>(top - 4), NODE_DEPTH) > after) {
      top -= 4
      const branch: usize = load<u32>(top)
      const height = load<u32>(branch, NODE_LEVEL)
      if (after >= 0 && (top == bottom || <i32>load<u32>(load<u32>(top - 4), NODE_DEPTH) < after)) {
        initNode(free, load<u32>(branch, NODE_ENTRY), after)
        store<u32>(top, <u32>free)
        top += 4
        free += NODE_SIZE
      }
      if (top == bottom) store<u32>(plan, <u32>branch, PLAN_ROOT)
      else attach(load<u32>(top - 4), branch)
      closeBranch(plan, branch, height)
    }
    before = after
  }
  return free
}

function initNode(node: usize, entry: usize, depth: u32): void {
  store<u32>(node, <u32>entry, NODE_ENTRY)
  store<u32>(node, 0, NODE_START)
  store<u32>(node, depth, NODE_DEPTH)
  store<u64>(node, 0, NODE_NEXT) // and NODE_FIRST
  store<u64>(node, 0, NODE_LAST) // and NODE_LEVEL
  store<u32>(node, 0, NODE_NIBBLE)
}

/** Hangs a node below an open branch, after the children it has. */
function attach(parent: usize, child: usize): void {
  const depth = load<u32>(parent, NODE_DEPTH)
  const entry: usize = load<u32>(child, NODE_ENTRY)
  // Beyond the key's end for a value that stands in the branch: such a leaf is no node (isNode).
  store<u32>(child, depth + 1, NODE_START)
  const height = load<u32>(child, NODE_LEVEL) + 1
  if (height > load<u32>(parent, NODE_LEVEL)) store<u32>(parent, height, NODE_LEVEL)
  if (endsAtBranch(entry, depth)) return
  store<u8>(child, <u8>nibbleAt(load<u32>(entry, ENTRY_KEY), depth), NODE_NIBBLE)
  const last: usize = load<u32>(parent, NODE_LAST)
  if (last) store<u32>(last, <u32>child, NODE_NEXT)
  else store<u32>(parent, <u32>child, NODE_FIRST)
  store<u32>(parent, <u32>child, NODE_LAST)
}

/** Lists a branch under its height. */
function closeBranch(plan: usize, branch: usize, height: u32): void {
  const list = <usize>load<u32>(plan, PLAN_LEVELS) + ((<usize>height) << 2)
  store<u32>(branch, load<u32>(list), NODE_LEVEL)
  store<u32>(list, <u32>branch)
  if (height > load<u32>(plan, PLAN_TOP)) store<u32>(plan, height, PLAN_TOP)
}

/** Whether a leaf record is a node of the trie; where not, the branch above it holds the value. */
export function isNode(leaf: usize): bool {
  return load<u32>(leaf, NODE_START) <= load<u32>(leaf, NODE_DEPTH)
}
