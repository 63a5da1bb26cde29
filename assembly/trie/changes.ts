// Changes to a trie of known nodes. A node that a change passes is read into a record; what no change passes stays as it is and is
// known by its reference only. So the records are exactly the nodes whose hash may be another afterwards.
//
// While changes are made nothing collapses: a branch may be left with one child or none, and a deleted key is a record that is gone.
// trie/settle.ts puts that right once, at the end. So the order of changes does not matter, and no sibling has to be known that the
// result does not need.
//
// A record hangs in a slot: a record and the number of one of its references. The root hangs in slot 0 of the record at offset 0, the
// root of an account's storage in slot 0 of that account's leaf. Records and encodings are named by offsets, because buffers move.

import { RUN_DONE, TRIE_MALFORMED, TRIE_MISSING } from '../abi.ts'
import { exhausted } from '../arena.ts'
import { itemData, itemLength, readHeader } from '../rlp.ts'
import { copyWord } from '../word/word.ts'
import { nibbleAt } from './entries.ts'
import {
  BRANCH,
  EXTENSION,
  KEY_NIBBLES,
  LEAF,
  childItem,
  copyPath,
  isDigest,
  isEmptyItem,
  isEmptyRoot,
  itemAfter,
  pathLength,
  readNode,
  secondItem,
  setNibble,
} from './encoded.ts'
import { RECORDS, knownNode, noteFault, noteStorage, trieBuffer, trieBytes } from './known.ts'

// ┌ 0 ─── 4 ───── 8 ─── 12 ──── 16 ───── 20 ───── 24 ────── 28 ── 32 ──── 64 ──────── 96 ────── 160
// │ kind │ start │ end │ owner │ records │ value  │ value  │ ref. │ key   │ reference │ 16        │
// │      │       │     │       │ (mask)  │ offset │ length │ size │       │           │ references│
// └──────┴───────┴─────┴───────┴─────────┴────────┴────────┴──────┴───────┴───────────┴───────────┘
/** LEAF, EXTENSION, BRANCH; GONE: there is no such node any more. */
export const RECORD_NODE: usize = 0
/** The path of a leaf or extension: nibbles [start, end) of the key. A branch branches on nibble start = end. */
export const RECORD_START: usize = 4
export const RECORD_END: usize = 8
/** The record in whose slot 0 the trie hangs. */
export const RECORD_OWNER: usize = 12
/** A bit for every reference that is a record: its offset. The others are offsets of RLP items, 0 where there is nothing. */
export const RECORD_MASK: usize = 16
/** Of a leaf: its value, among the bytes. When the node is encoded, its encoding. */
export const RECORD_VALUE: usize = 20
export const RECORD_VALUE_LENGTH: usize = 24
/** As NODE_REFERENCE_LENGTH. */
export const RECORD_REFERENCE_LENGTH: usize = 28
/** The nibbles before `end` lead to the node; those after are of the key that was changed last below it. */
export const RECORD_KEY: usize = 32
export const RECORD_REFERENCE: usize = 64
export const RECORD_CHILDREN: usize = 96
export const RECORD_LENGTH: u32 = 160

export const GONE: u32 = 0

/** RUN_DONE, or why the changes cannot be made: TRIE_MISSING, TRIE_MALFORMED. */
export let fault: i32 = RUN_DONE

/** Pointer to a record; valid until the next one is made. */
@inline
export function recordAt(record: u32): usize {
  return trieBuffer(RECORDS).ptr + record
}

/** Begins with the trie of a root (32 bytes) and no changes. */
export function beginChanges(root: usize): void {
  fault = RUN_DONE
  trieBuffer(RECORDS).length = 0
  const top = newRecord(EXTENSION, root, 0, 0, 0)
  if (isEmptyRoot(root)) return
  const bytes = trieBytes()
  const item = bytes.length
  store<u8>(bytes.push(33), 0xa0)
  if (exhausted) return
  copyWord(bytes.ptr + item + 1, root)
  setItem(top, 0, item)
}

function newRecord(kind: u32, key: usize, start: u32, end: u32, owner: u32): u32 {
  const records = trieBuffer(RECORDS)
  const offset = records.length
  const record = records.push(RECORD_LENGTH)
  memory.fill(record, 0, RECORD_LENGTH)
  store<u32>(record, kind)
  store<u32>(record, start, RECORD_START)
  store<u32>(record, end, RECORD_END)
  store<u32>(record, owner, RECORD_OWNER)
  copyWord(record + RECORD_KEY, key)
  return offset
}

// ---- references -----------------------------------------------------------------------------------------------------------

@inline
function childAt(record: u32, slot: u32): usize {
  return recordAt(record) + RECORD_CHILDREN + ((<usize>slot) << 2)
}

/** What stands in a slot: the offset of a record where isRecord says so, else of an item. */
@inline
export function child(record: u32, slot: u32): u32 {
  return load<u32>(childAt(record, slot))
}

@inline
export function isRecord(record: u32, slot: u32): bool {
  return ((load<u32>(recordAt(record), RECORD_MASK) >> slot) & 1) != 0
}

/** Hangs a record in a slot. */
export function setRecord(record: u32, slot: u32, child: u32): void {
  store<u32>(childAt(record, slot), child)
  const at = recordAt(record)
  store<u32>(at, load<u32>(at, RECORD_MASK) | (1 << slot), RECORD_MASK)
}

/** Puts a reference in a slot, the offset of an RLP item; 0 empties it. */
export function setItem(record: u32, slot: u32, item: u32): void {
  store<u32>(childAt(record, slot), item)
  const at = recordAt(record)
  store<u32>(at, load<u32>(at, RECORD_MASK) & ~(1 << slot), RECORD_MASK)
}

/** Moves what hangs in slot 0 of one record to a slot of another. */
function passOn(from: u32, to: u32, slot: u32): void {
  if (isRecord(from, 0)) setRecord(to, slot, child(from, 0))
  else setItem(to, slot, child(from, 0))
}

// ---- reading known nodes --------------------------------------------------------------------------------------------------

/** The encoding that a reference leads to, 0 with a fault where it is not known. `depth` nibbles of `key` lead there. */
export function resolve(item: u32, path: usize, depth: u32, key: usize, owner: u32): usize {
  const at = trieBytes().ptr + item
  if (!isDigest(at)) return at
  const node = knownNode(at + 1)
  if (!node) setFault(TRIE_MISSING, at + 1, path, depth, key, owner)
  return node
}

/** The node that a reference leads to has a path of a length that does not occur where it stands. */
export function refuse(item: u32, path: usize, depth: u32, owner: u32): void {
  const at = trieBytes().ptr + item
  setFault(TRIE_MALFORMED, isDigest(at) ? at + 1 : noHash(), path, depth, path, owner)
}

/** The value of a leaf does not have the form it should have. */
export function refuseLeaf(leaf: u32): void {
  const key = recordAt(leaf) + RECORD_KEY
  setFault(TRIE_MALFORMED, noHash(), key, KEY_NIBBLES, key, load<u32>(recordAt(leaf), RECORD_OWNER))
}

/** 32 zeros, where the hash is not at hand: the top record has no reference. */
function noHash(): usize {
  return recordAt(0) + RECORD_REFERENCE
}

function setFault(status: i32, hash: usize, path: usize, depth: u32, key: usize, owner: u32): void {
  fault = status
  noteFault(hash, path, depth, key)
  if (owner) noteStorage(recordAt(owner) + RECORD_KEY)
}

/**
 * Reads a node at `depth` into a record, whose key has the nibbles before. False: paths of this length do not lead to where the
 * node stands.
 */
export function readInto(record: u32, node: usize, depth: u32): bool {
  const at = recordAt(record)
  const bytes = trieBytes().ptr
  const kind = readNode(node)
  const end = kind == BRANCH ? depth : depth + pathLength
  if (kind == LEAF ? end != KEY_NIBBLES : end >= KEY_NIBBLES) return false
  store<u32>(at, kind)
  store<u32>(at, end, RECORD_END)
  store<u32>(at, 0, RECORD_MASK)
  if (kind == BRANCH) {
    let item = childItem(0)
    for (let slot: u32 = 0; slot < 16; slot++) {
      setItem(record, slot, isEmptyItem(item) ? 0 : <u32>(item - bytes))
      item = itemAfter(item)
    }
    return true
  }
  copyPath(at + RECORD_KEY, depth)
  if (kind == EXTENSION) setItem(record, 0, <u32>(secondItem() - bytes))
  else {
    readHeader(secondItem(), usize.MAX_VALUE)
    store<u32>(at, <u32>(itemData() - bytes), RECORD_VALUE)
    store<u32>(at, itemLength(), RECORD_VALUE_LENGTH)
  }
  return true
}

/** The record in a slot that `depth` nibbles of `key` lead to, made if need be; 0 where the slot is empty, or with a fault. */
function open(parent: u32, slot: u32, key: usize, depth: u32, owner: u32): u32 {
  const item = child(parent, slot)
  if (isRecord(parent, slot)) return load<u32>(recordAt(item)) == GONE ? 0 : item
  if (!item) return 0
  const node = resolve(item, key, depth, key, owner)
  if (!node) return 0
  const record = newRecord(GONE, key, depth, depth, owner)
  if (exhausted) return 0
  setRecord(parent, slot, record)
  if (readInto(record, node, depth)) return record
  refuse(item, key, depth, owner)
  return 0
}

// ---- changing -------------------------------------------------------------------------------------------------------------

// Where `walk` ended: the slot in which the key's leaf hangs, or would.
let slotRecord: u32 = 0
let slotNumber: u32 = 0
/** Nibbles that lead to the slot. */
let slotDepth: u32 = 0

/**
 * Goes from a trie's root towards a key: to its leaf, to an empty slot (0), or to a leaf or extension whose path leaves that of the key.
 * Returns the record in the slot where it ends.
 */
function walk(owner: u32, key: usize): u32 {
  slotRecord = owner
  slotNumber = 0
  slotDepth = 0
  while (true) {
    const record = open(slotRecord, slotNumber, key, slotDepth, owner)
    if (!record || fault) return 0
    const at = recordAt(record)
    const kind = load<u32>(at)
    const end = load<u32>(at, RECORD_END)
    if (kind == LEAF || firstOther(at, key) < end) return record
    // The nibbles that lead here are the same: this only says what is changed below.
    copyWord(at + RECORD_KEY, key)
    slotRecord = record
    slotNumber = kind == BRANCH ? nibbleAt(key, end) : 0
    slotDepth = kind == BRANCH ? end + 1 : end
  }
}

/** The first nibble from the start of a record's path on in which the record's key and this one differ. */
function firstOther(record: usize, key: usize): u32 {
  let nibble = load<u32>(record, RECORD_START)
  const end = load<u32>(record, RECORD_END)
  while (nibble < end && nibbleAt(record + RECORD_KEY, nibble) == nibbleAt(key, nibble)) nibble++
  return nibble
}

/** The leaf of a key in the trie of `owner`, made if it is not there: then it has no value. 0 with a fault, or without memory. */
export function leafOf(owner: u32, key: usize): u32 {
  const found = walk(owner, key)
  if (fault || exhausted) return 0
  if (found) {
    const parting = firstOther(recordAt(found), key)
    if (parting == KEY_NIBBLES) return found
    split(found, parting, key, owner)
  }
  const leaf = newRecord(LEAF, key, slotDepth, KEY_NIBBLES, owner)
  if (exhausted) return 0
  setRecord(slotRecord, slotNumber, leaf)
  return leaf
}

/**
 * Puts a branch where the path of the record in the present slot leaves the key, an extension before it where they share some
 * nibbles, and what is left of the record below it. The present slot is then that of the key in the branch.
 */
function split(record: u32, parting: u32, key: usize, owner: u32): void {
  const nibble = nibbleAt(recordAt(record) + RECORD_KEY, parting)
  const branch = newRecord(BRANCH, key, parting, parting, owner)
  let top = branch
  if (parting > slotDepth) {
    top = newRecord(EXTENSION, key, slotDepth, parting, owner)
    setRecord(top, 0, branch)
  }
  if (exhausted) return
  setRecord(slotRecord, slotNumber, top)
  const at = recordAt(record)
  if (load<u32>(at) == LEAF || parting + 1 < load<u32>(at, RECORD_END)) {
    store<u32>(at, parting + 1, RECORD_START)
    setRecord(branch, nibble, record)
  } else {
    // Nothing is left of the extension: what it led to hangs in the branch.
    passOn(record, branch, nibble)
    store<u32>(at, GONE)
  }
  slotRecord = branch
  slotNumber = nibbleAt(key, parting)
  slotDepth = parting + 1
}

/** Takes a key out of the trie of `owner`, if it is there. */
export function removeKey(owner: u32, key: usize): void {
  const found = walk(owner, key)
  if (!found || firstOther(recordAt(found), key) < KEY_NIBBLES) return
  store<u32>(recordAt(found), GONE)
  store<u32>(recordAt(found), 0, RECORD_MASK) // what hung in it goes with it
}

/** Sets the value of a leaf: `length` bytes among the bytes. */
export function setValue(leaf: u32, offset: u32, length: u32): void {
  const at = recordAt(leaf)
  store<u32>(at, offset, RECORD_VALUE)
  store<u32>(at, length, RECORD_VALUE_LENGTH)
}
