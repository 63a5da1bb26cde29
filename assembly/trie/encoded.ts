// Reading trie nodes as they are encoded (Yellow Paper, appendices C and D). Only tries of state and storage: keys are 32 bytes, so a
// value stands in a leaf and never in a branch, and a node is short.
//
// `isNode` looks at every byte once, embedded nodes included; all other functions trust what has passed it. Where in a trie a node
// stands it cannot tell: that paths end after 64 nibbles is checked by whoever follows them.

import { itemData, itemEnd, itemIsList, itemLength, readHeader } from '../rlp.ts'
import { nibbleAt } from './entries.ts'

/** Nibbles of a key. */
export const KEY_NIBBLES: u32 = 64

export const LEAF: u32 = 1
export const EXTENSION: u32 = 2
export const BRANCH: u32 = 3

/** The most bytes of a node: a full branch has 532, a leaf with an account less. */
const MAX_NODE_SIZE: usize = 576
const MAX_PATH_SIZE: u32 = 33
const DIGEST_HEADER: u8 = 0xa0
const EMPTY_STRING: u8 = 0x80
const ANYWHERE: usize = usize.MAX_VALUE

// ---- checking -------------------------------------------------------------------------------------------------------------

/** Whether [at, end) is a node. An embedded node is shorter than its parent, and below 32 bytes: 15 deep at the most. */
export function isNode(at: usize, end: usize): bool {
  if (end - at > MAX_NODE_SIZE || !readHeader(at, end) || !itemIsList() || itemEnd() != end) return false
  const first = itemData()
  let items = 0
  for (let item = first; item < end; item = itemEnd()) {
    if (!readHeader(item, end)) return false
    items++
  }
  if (items == 2) return isShortNode(first)
  if (items != 17) return false
  let item = first
  for (let i = 0; i < 16; i++) {
    if (!isReference(item) && load<u8>(item) != EMPTY_STRING) return false
    item = itemAfter(item)
  }
  return load<u8>(item) == EMPTY_STRING
}

/** Whether the two items are those of a leaf or an extension. */
function isShortNode(path: usize): bool {
  readHeader(path, ANYWHERE)
  const length = itemLength()
  if (itemIsList() || !length || length > MAX_PATH_SIZE) return false
  const flags: u32 = load<u8>(itemData())
  const isOdd = (flags & 0x10) != 0
  const nibbles = ((length - 1) << 1) + (isOdd ? 1 : 0)
  if (flags > 0x3f || (!isOdd && (flags & 15) != 0) || nibbles > KEY_NIBBLES) return false
  const second = itemEnd()
  if (!(flags & 0x20)) return nibbles > 0 && isReference(second)
  readHeader(second, ANYWHERE)
  return !itemIsList() && itemLength() > 0
}

/** Whether an item is a digest or an embedded node. */
function isReference(item: usize): bool {
  readHeader(item, ANYWHERE)
  if (!itemIsList()) return itemLength() == 32
  const end = itemEnd()
  return end - item < 32 && isNode(item, end)
}

// ---- reading --------------------------------------------------------------------------------------------------------------

let first: usize = 0
let second: usize = 0
let path: usize = 0
/** 1 where the path begins in the low half of its first byte, 2 where it begins in the second. */
let pathStart: u32 = 0

/** Length of the path of the leaf or extension that was read last, in nibbles. */
export let pathLength: u32 = 0

/** Reads a node: what kind it is. */
export function readNode(node: usize): u32 {
  readHeader(node, ANYWHERE)
  const end = itemEnd()
  first = itemData()
  second = itemAfter(first)
  if (itemAfter(second) != end) return BRANCH
  readHeader(first, ANYWHERE)
  path = itemData()
  const flags: u32 = load<u8>(path)
  pathStart = flags & 0x10 ? 1 : 2
  pathLength = (itemLength() << 1) - pathStart
  return flags & 0x20 ? LEAF : EXTENSION
}

/** The number of nibbles that the path and `key` from nibble `from` on share. */
export function sharedPath(key: usize, from: u32): u32 {
  const most = min(pathLength, KEY_NIBBLES - from)
  let i: u32 = 0
  while (i < most && nibbleAt(key, from + i) == nibbleAt(path, pathStart + i)) i++
  return i
}

/** Copies the path to nibble `from` of `key` and after. The caller has seen that it fits. */
export function copyPath(key: usize, from: u32): void {
  for (let i: u32 = 0; i < pathLength; i++) setNibble(key, from + i, nibbleAt(path, pathStart + i))
}

/** Sets nibble `index` of a key. */
export function setNibble(key: usize, index: u32, nibble: u32): void {
  const at = key + (index >> 1)
  const byte: u32 = load<u8>(at)
  store<u8>(at, <u8>(index & 1 ? (byte & 0xf0) | nibble : (byte & 15) | (nibble << 4)))
}

/** The second item of the leaf or extension that was read last: a value, a reference. */
export function secondItem(): usize {
  return second
}

/** Reference `nibble` of the branch that was read last. */
export function childItem(nibble: u32): usize {
  let item = first
  while (nibble--) item = itemAfter(item)
  return item
}

/** Where the item after this one begins. */
export function itemAfter(item: usize): usize {
  readHeader(item, ANYWHERE)
  return itemEnd()
}

@inline
export function isEmptyItem(item: usize): bool {
  return load<u8>(item) == EMPTY_STRING
}

/** Whether a root is that of the trie without entries, keccak(0x80). */
export function isEmptyRoot(hash: usize): bool {
  return (
    load<u64>(hash) == 0xa655cc1b171fe856 &&
    load<u64>(hash, 8) == 0x6ef8c092e64583ff &&
    load<u64>(hash, 16) == 0xc0ad6c991be0485b &&
    load<u64>(hash, 24) == 0x21b463e3b52f6201
  )
}

/** Whether a reference is a digest, which follows its first byte; else it is the node itself. */
@inline
export function isDigest(item: usize): bool {
  return load<u8>(item) == DIGEST_HEADER
}
