// From changes (trie/changes.ts) to a new root: first branches and extensions that are left with too little below them collapse, then
// all records are encoded and hashed, children before parents.
//
// Records are listed by generation: the root, what hangs in it, and so on; storage tries hang in the leaves of their accounts. Records
// of a generation do not depend on each other, so it is one batch: `encodeChanges` lists it as jobs (JOB_* of abi.ts), and whoever
// makes the digests, the core or a host, the next call takes them over and goes on with the generation above.

import { JOB_SIZE, TRIE_JOBS, TRIE_JOB_COUNT, TRIE_ROOT } from '../abi.ts'
import { exhausted, scratch } from '../arena.ts'
import { setJob } from '../keccak-batch.ts'
import { encodeBytes } from '../rlp.ts'
import { copyWord } from '../word/word.ts'
import {
  GONE,
  RECORD_END,
  RECORD_KEY,
  RECORD_LENGTH,
  RECORD_MASK,
  RECORD_NODE,
  RECORD_OWNER,
  RECORD_REFERENCE,
  RECORD_REFERENCE_LENGTH,
  RECORD_START,
  RECORD_VALUE,
  RECORD_VALUE_LENGTH,
  child,
  fault,
  isRecord,
  readInto,
  recordAt,
  refuse,
  resolve,
  setItem,
  setRecord,
} from './changes.ts'
import { BRANCH, EXTENSION, LEAF, itemAfter, readNode, setNibble } from './encoded.ts'
import { GENERATIONS, JOBS, ORDER, addKnown, trieBuffer, trieBytes, trieReport } from './known.ts'
import { EXTENSION_PATH, LEAF_PATH, NODE_SLACK, encodePath, finishNode, payloadAt } from './nodes.ts'
import { emptyRoot } from './root.ts'

/** Records that are encoded together: their encodings and jobs take some megabytes at the most. */
const MAX_BATCH: u32 = 8192
/** Bytes that a record needs beyond NODE_SLACK: its path, and the value of a leaf. */
const PATH_AND_VALUE: u32 = 33 + 128
/** Where the storage root stands in an encoded account, from its end: the root, and a code hash with its header. */
const STORAGE_ROOT_FROM_END: u32 = 32 + 33

/** Generations that are not encoded yet, and of the last of them the first record that is not. */
let generation: u32 = 0
let next: u32 = 0
/** The records that are being hashed. */
let batchStart: u32 = 0
let batchEnd: u32 = 0

// ---- generations ----------------------------------------------------------------------------------------------------------

// Offsets of records, and for each generation where it begins among them, and where the last ends.

@inline
function listed(i: u32): u32 {
  return load<u32>(trieBuffer(ORDER).ptr + ((<usize>i) << 2))
}

@inline
function listedCount(): u32 {
  return trieBuffer(ORDER).length >> 2
}

@inline
function generationStart(i: u32): u32 {
  return load<u32>(trieBuffer(GENERATIONS).ptr + ((<usize>i) << 2))
}

function endGeneration(): void {
  store<u32>(trieBuffer(GENERATIONS).push(4), listedCount())
}

/** Collapses what has to, and makes ready to encode. False: a node is missing or malformed, or memory is exhausted. */
export function settleChanges(): bool {
  trieBuffer(ORDER).length = 0
  trieBuffer(GENERATIONS).length = 0
  generation = 0
  batchStart = batchEnd = 0
  endGeneration()
  listChildren(0, 1)
  for (let from: u32 = 0; from < listedCount() && !exhausted; generation++) {
    const end = listedCount()
    endGeneration()
    for (; from < end; from++) {
      listChildren(listed(from), load<u32>(recordAt(listed(from)), RECORD_NODE) == BRANCH ? 16 : 1)
    }
  }
  for (let i = listedCount(); i > 0 && !fault && !exhausted; i--) collapse(listed(i - 1))
  next = generation ? generationStart(generation - 1) : 0
  return !fault && !exhausted
}

function listChildren(record: u32, slots: u32): void {
  for (let slot: u32 = 0; slot < slots; slot++) {
    if (isRecord(record, slot)) store<u32>(trieBuffer(ORDER).push(4), child(record, slot))
  }
}

// ---- collapsing -----------------------------------------------------------------------------------------------------------

/** The answers of `onlySlot` that are no slot. */
const NONE: u32 = 16
const SEVERAL: u32 = 17

/** Brings a record into the one form that a node with what hangs in it may have. All below it have theirs. */
function collapse(record: u32): void {
  const at = recordAt(record)
  const kind = load<u32>(at, RECORD_NODE)
  if (kind == BRANCH) {
    const slot = onlySlot(record, 16)
    if (slot == NONE) store<u32>(at, GONE, RECORD_NODE)
    else if (slot != SEVERAL) collapseBranch(record, slot)
  } else if (kind == EXTENSION) {
    if (onlySlot(record, 1) == NONE) store<u32>(at, GONE, RECORD_NODE)
    else absorb(record)
  } else if (kind == LEAF && isRecord(record, 0)) {
    if (onlySlot(record, 1) == NONE) emptyRoot(storageRootIn(at))
  }
}

/** Empties the slots whose record is gone. Returns the one slot that is not empty, NONE or SEVERAL. */
function onlySlot(record: u32, slots: u32): u32 {
  let only = NONE
  for (let slot: u32 = 0; slot < slots; slot++) {
    const below = child(record, slot)
    if (isRecord(record, slot) && load<u32>(recordAt(below), RECORD_NODE) == GONE) setItem(record, slot, 0)
    else if (below) only = only == NONE ? slot : SEVERAL
  }
  return only
}

/** A branch with one reference becomes an extension by one nibble, or one with the leaf or extension that it leads to. */
function collapseBranch(record: u32, slot: u32): void {
  const at = recordAt(record)
  const below = child(record, slot)
  const depth = load<u32>(at, RECORD_END)
  const path = scratch()
  copyWord(path, at + RECORD_KEY)
  setNibble(path, depth, slot)
  if (isRecord(record, slot)) {
    extend(record, path)
    setRecord(record, 0, below)
    absorb(record)
    return
  }
  const node = resolve(below, path, depth + 1, at + RECORD_KEY, load<u32>(at, RECORD_OWNER))
  if (!node) return
  if (readNode(node) == BRANCH) {
    extend(record, path)
    setItem(record, 0, below)
    return
  }
  copyWord(at + RECORD_KEY, path)
  if (!readInto(record, node, depth + 1)) refuse(below, path, depth + 1, load<u32>(at, RECORD_OWNER))
}

/** Makes an extension by one nibble of a branch. */
function extend(record: u32, path: usize): void {
  const at = recordAt(record)
  store<u32>(at, EXTENSION, RECORD_NODE)
  store<u32>(at, load<u32>(at, RECORD_END) + 1, RECORD_END)
  store<u32>(at, 0, RECORD_MASK)
  copyWord(at + RECORD_KEY, path)
}

/** Makes one of an extension and the record that it leads to, unless that is a branch. */
function absorb(record: u32): void {
  if (!isRecord(record, 0)) return
  const at = recordAt(record)
  const below = recordAt(child(record, 0))
  if (load<u32>(below, RECORD_NODE) == BRANCH) return
  const start = load<u32>(at, RECORD_START)
  memory.copy(at, below, RECORD_LENGTH)
  store<u32>(at, start, RECORD_START)
  store<u32>(below, GONE, RECORD_NODE)
}

// ---- encoding -------------------------------------------------------------------------------------------------------------

/**
 * Takes the digests of the last batch over and lists the next. Returns the number of jobs (TRIE_JOBS); 0: the root stands at
 * TRIE_ROOT, and all nodes that are new are known. The digests have to be written before the next call.
 */
export function encodeChanges(): u32 {
  takeDigests()
  const jobs = trieBuffer(JOBS)
  jobs.length = 0
  while (generation && !exhausted) {
    const end = generationStart(generation)
    if (next < end) {
      batchStart = next
      batchEnd = min(end, next + MAX_BATCH)
      next = batchEnd
      encodeRecords()
      if (jobs.length) break
    } else if (--generation) next = generationStart(generation - 1)
  }
  const count = jobs.length / <u32>JOB_SIZE
  const report = trieReport()
  store<u32>(report, <u32>jobs.ptr, TRIE_JOBS)
  store<u32>(report, count, TRIE_JOB_COUNT)
  if (!count) writeRoot(report + TRIE_ROOT)
  return count
}

function takeDigests(): void {
  for (let i = batchStart; i < batchEnd; i++) {
    const at = recordAt(listed(i))
    if (load<u32>(at, RECORD_NODE) == GONE || load<u32>(at, RECORD_REFERENCE_LENGTH) < 32) continue
    addKnown(at + RECORD_REFERENCE, load<u32>(at, RECORD_VALUE), load<u32>(at, RECORD_VALUE_LENGTH))
  }
  batchStart = batchEnd
}

function encodeRecords(): void {
  const bytes = trieBytes()
  const jobs = trieBuffer(JOBS)
  const count = batchEnd - batchStart
  if (!jobs.ensure(<u64>count * JOB_SIZE)) return
  if (!bytes.ensure(<u64>bytes.length + <u64>count * (NODE_SLACK + PATH_AND_VALUE))) return
  for (let i = batchStart; i < batchEnd; i++) {
    const record = listed(i)
    const at = recordAt(record)
    if (load<u32>(at, RECORD_NODE) == GONE) continue
    const payload = payloadAt(bytes.ptr + bytes.length)
    const end = encodeRecord(payload, record)
    const start = finishNode(payload, end)
    const length = <u32>(end - start)
    // The root of a trie is hashed however short it is.
    if (length < 32 && load<u32>(at, RECORD_START)) {
      memory.copy(at + RECORD_REFERENCE, start, length)
      store<u32>(at, length, RECORD_REFERENCE_LENGTH)
      continue
    }
    store<u32>(at, 32, RECORD_REFERENCE_LENGTH)
    store<u32>(at, <u32>(start - bytes.ptr), RECORD_VALUE)
    store<u32>(at, length, RECORD_VALUE_LENGTH)
    setJob(jobs.push(JOB_SIZE), start, length, at + RECORD_REFERENCE)
    bytes.length = <u32>(end - bytes.ptr)
  }
}

/** Writes the payload of a node. Returns its end. */
function encodeRecord(out: usize, record: u32): usize {
  const at = recordAt(record)
  const kind = load<u32>(at, RECORD_NODE)
  if (kind == BRANCH) {
    for (let slot: u32 = 0; slot < 16; slot++) out = encodeReference(out, record, slot)
    store<u8>(out, 0x80)
    return out + 1
  }
  const start = load<u32>(at, RECORD_START)
  const end = load<u32>(at, RECORD_END)
  if (kind == EXTENSION) {
    return encodeReference(encodePath(out, at + RECORD_KEY, start, end, EXTENSION_PATH), record, 0)
  }
  if (isRecord(record, 0)) copyWord(storageRootIn(at), recordAt(child(record, 0)) + RECORD_REFERENCE)
  out = encodePath(out, at + RECORD_KEY, start, end, LEAF_PATH)
  return encodeBytes(out, trieBytes().ptr + load<u32>(at, RECORD_VALUE), load<u32>(at, RECORD_VALUE_LENGTH))
}

function encodeReference(out: usize, record: u32, slot: u32): usize {
  const below = child(record, slot)
  if (isRecord(record, slot)) {
    const at = recordAt(below)
    const length = load<u32>(at, RECORD_REFERENCE_LENGTH)
    if (length == 32) store<u8>(out++, 0xa0)
    memory.copy(out, at + RECORD_REFERENCE, length)
    return out + length
  }
  if (!below) {
    store<u8>(out, 0x80)
    return out + 1
  }
  const item = trieBytes().ptr + below
  const length = itemAfter(item) - item
  memory.copy(out, item, length)
  return out + length
}

/** Where the storage root stands in the value of an account's leaf. */
function storageRootIn(leaf: usize): usize {
  const end = load<u32>(leaf, RECORD_VALUE) + load<u32>(leaf, RECORD_VALUE_LENGTH)
  return trieBytes().ptr + end - STORAGE_ROOT_FROM_END
}

function writeRoot(out: usize): void {
  const below = child(0, 0)
  if (!below) emptyRoot(out)
  else if (!isRecord(0, 0)) copyWord(out, trieBytes().ptr + below + 1)
  else if (load<u32>(recordAt(below), RECORD_NODE) == GONE) emptyRoot(out)
  else copyWord(out, recordAt(below) + RECORD_REFERENCE)
}
