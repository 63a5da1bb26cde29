// Trie nodes: one record per node, and its encoding (Yellow Paper, appendix D).
//
// A node record knows the entries below it only by one of them: the nibbles of a path are read from that key. Its
// reference is what the parent writes into itself: the digest of the encoding, or the encoding where that is shorter
// than 32 bytes. Records are made by trie/plan.ts; trie/batch.ts encodes and hashes them, children first.
//
// A branch record with a path in front of it stands for two nodes, the branch and the extension that leads to it: first
// it is encoded as the branch, and then, from the reference that gave, as the extension.

import { encodeBytes, encodeListHeader, listHeaderSize } from '../rlp.ts'
import { copyWord } from '../word/word.ts'
import { ENTRY_KEY, ENTRY_KEY_LENGTH, ENTRY_VALUE, ENTRY_VALUE_LENGTH, nibbleAt } from './entries.ts'

// ┌ 0 ──── 4 ──── 8 ───── 12 ─── 16 ──── 20 ──── 24 ──── 28 ───── 30 ─────── 32 ──────── 64
// │ entry │ start │ depth │ next │ first │ last  │ level │ nibble │ reference │ reference │
// │       │       │       │      │ child │ child │ link  │        │ length    │           │
// └───────┴───────┴───────┴──────┴───────┴───────┴───────┴────────┴───────────┴───────────┘
/** An entry below the node: the leaf's own, the first one below a branch. */
export const NODE_ENTRY: usize = 0
/** The nibble where the node's path begins. */
export const NODE_START: usize = 4
/** The nibble where its path ends: the one a branch branches on, the length of the key for a leaf. */
export const NODE_DEPTH: usize = 8
/** The parent's next child, in nibble order; 0 = none. */
export const NODE_NEXT: usize = 12
/** 0 for a leaf. */
export const NODE_FIRST: usize = 16
export const NODE_LAST: usize = 20
/** Height over the leaves while the branch is open; afterwards the next branch of the same height. */
export const NODE_LEVEL: usize = 24
/** Where the node hangs in its parent. */
export const NODE_NIBBLE: usize = 28
/** 32: the reference is a digest; less: it is the encoding itself. */
export const NODE_REFERENCE_LENGTH: usize = 30
export const NODE_REFERENCE: usize = 32
export const NODE_SIZE: usize = 64

/** The most a list header of a u32 length takes: encoders write the payload after it and the header in front of that. */
const HEADER_SPACE: usize = 5
const EMPTY_STRING: u8 = 0x80
const DIGEST_HEADER: u8 = 0xa0
/** Kinds of path. */
export const LEAF_PATH: u32 = 0x20
export const EXTENSION_PATH: u32 = 0x00

/** Bytes a node may use beyond key and value: 17 references, headers, what an encoder writes over. */
export const NODE_SLACK: usize = 17 * 33 + 3 * HEADER_SPACE + 64

/** Whether a key ends at the branch, so that its value stands in the branch. It is the first key below it then. */
export function endsAtBranch(entry: usize, depth: u32): bool {
  return load<u32>(entry, ENTRY_KEY_LENGTH) << 1 == depth
}

/** An upper bound of the bytes that encoding a node uses. */
export function nodeBound(node: usize): usize {
  const entry: usize = load<u32>(node, NODE_ENTRY)
  return NODE_SLACK + load<u32>(entry, ENTRY_KEY_LENGTH) + load<u32>(entry, ENTRY_VALUE_LENGTH)
}

// The encoders below return the end of the payload they wrote at `out`; `finishNode` puts the list header in front.

/** Where an encoder writes the payload of a node whose space begins at `out`. */
export function payloadAt(out: usize): usize {
  return out + HEADER_SPACE
}

/** Writes the list header in front of the payload [payload, end). Returns where the encoding begins. */
export function finishNode(payload: usize, end: usize): usize {
  const length = <u32>(end - payload)
  const start = payload - listHeaderSize(length)
  encodeListHeader(start, length)
  return start
}

/** Leaf: the rest of the key, the value. */
export function encodeLeaf(out: usize, node: usize): usize {
  const entry: usize = load<u32>(node, NODE_ENTRY)
  const key: usize = load<u32>(entry, ENTRY_KEY)
  const end = encodePath(out, key, load<u32>(node, NODE_START), load<u32>(entry, ENTRY_KEY_LENGTH) << 1, LEAF_PATH)
  return encodeBytes(end, load<u32>(entry, ENTRY_VALUE), load<u32>(entry, ENTRY_VALUE_LENGTH))
}

/** Extension: the nibbles in front of a branch, the branch's reference. */
export function encodeExtension(out: usize, node: usize): usize {
  const key: usize = load<u32>(<usize>load<u32>(node, NODE_ENTRY), ENTRY_KEY)
  const end = encodePath(out, key, load<u32>(node, NODE_START), load<u32>(node, NODE_DEPTH), EXTENSION_PATH)
  return encodeReference(end, node)
}

/** Branch: sixteen references, the value of a key that ends here. */
export function encodeBranch(out: usize, node: usize): usize {
  let slot: u32 = 0
  for (let child: usize = load<u32>(node, NODE_FIRST); child; child = load<u32>(child, NODE_NEXT)) {
    const nibble: u32 = load<u8>(child, NODE_NIBBLE)
    fillEmpty(out)
    out = encodeReference(out + (nibble - slot), child)
    slot = nibble + 1
  }
  fillEmpty(out)
  out += 16 - slot
  const entry: usize = load<u32>(node, NODE_ENTRY)
  if (endsAtBranch(entry, load<u32>(node, NODE_DEPTH))) {
    return encodeBytes(out, load<u32>(entry, ENTRY_VALUE), load<u32>(entry, ENTRY_VALUE_LENGTH))
  }
  store<u8>(out, EMPTY_STRING)
  return out + 1
}

/** Sixteen empty references at once; those that are not empty are written over them. */
function fillEmpty(out: usize): void {
  store<u64>(out, 0x8080808080808080)
  store<u64>(out, 0x8080808080808080, 8)
}

function encodeReference(out: usize, node: usize): usize {
  const length: u32 = load<u8>(node, NODE_REFERENCE_LENGTH)
  if (length == 32) store<u8>(out++, DIGEST_HEADER)
  // All 32 bytes whatever the length: what is too much is written over, and NODE_SLACK has room for it.
  copyWord(out, node + NODE_REFERENCE)
  return out + length
}

/**
 * The nibbles [start, end) of a key as an RLP string in hex-prefix encoding (Yellow Paper, appendix C): the first
 * byte says leaf or extension and whether the count is odd, in which case it also holds the first nibble.
 */
export function encodePath(out: usize, key: usize, start: u32, end: u32, kind: u32): usize {
  const odd = (end - start) & 1
  const bytes = (end - start) >> 1
  const first = odd ? kind | 0x10 | nibbleAt(key, start) : kind
  if (bytes) out = stringHeader(out, bytes + 1)
  store<u8>(out++, <u8>first)
  let from = key + ((start + odd) >> 1)
  if ((start + odd) & 1) {
    // Only extensions: where a leaf's path ends on a byte, what follows its odd nibble begins on one.
    for (let i: u32 = 0; i < bytes; i++, from++) {
      store<u8>(out++, (load<u8>(from) << 4) | (load<u8>(from, 1) >> 4))
    }
    return out
  }
  let i: u32 = 0
  for (; i + 8 <= bytes; i += 8) store<u64>(out + i, load<u64>(from + i))
  for (; i < bytes; i++) store<u8>(out + i, load<u8>(from + i))
  return out + bytes
}

/** The header of an RLP string of 2 bytes or more. */
function stringHeader(out: usize, length: u32): usize {
  if (length < 56) {
    store<u8>(out, <u8>(0x80 + length))
    return out + 1
  }
  const size: u32 = <u32>(39 - clz(length)) >> 3
  store<u8>(out, <u8>(0xb7 + size))
  for (let i: u32 = 0; i < size; i++) store<u8>(out + size - i, <u8>(length >> (i << 3)))
  return out + size + 1
}
