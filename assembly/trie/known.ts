// Trie nodes that are known by their hash: those of a witness, and those that updates have made. A node is kept as it is encoded;
// whoever needs one reads it there (trie/encoded.ts). Nothing is ever taken away before the next reset, so any root whose nodes are
// here can be read, and updated, again.
//
// All memory of the tries hangs on one block, which is reserved when the first node comes: a core that never sees one pays nothing.

import {
  JOB_DIGEST,
  JOB_INPUT,
  JOB_LENGTH,
  JOB_SIZE,
  RUN_BAD_INPUT,
  RUN_DONE,
  TRIE_ACCOUNT,
  TRIE_BYTES,
  TRIE_HASH,
  TRIE_INDEX,
  TRIE_IN_STORAGE,
  TRIE_KEY,
  TRIE_MALFORMED,
  TRIE_NODES,
  TRIE_NODE_COUNT,
  TRIE_NODE_LENGTH,
  TRIE_NODE_OFFSET,
  TRIE_NODE_SIZE,
  TRIE_NODE_USED,
  TRIE_PATH,
  TRIE_PATH_LENGTH,
  TRIE_STRUCT_SIZE,
} from '../abi.ts'
import { Buffer, exhausted, release, reserve } from '../arena.ts'
import { inMemory } from '../bounds.ts'
import { copyWord, equalWords } from '../word/word.ts'
import { isNode, setNibble } from './encoded.ts'

// ┌ 0 ───────────────── 256 ──────────────────────────────────────────── 4096
// │ report: TRIE_* │ buffers: bytes, nodes, and those of trie/changes.ts │
// └────────────────┴─────────────────────────────────────────────────────┘
const BUFFERS: usize = 256
/** Numbers of the buffers. Encodings, and what changes write beside them. */
const BYTES: usize = 0
/** TRIE_NODE_* */
const NODES: usize = 1
/** What changes are made of, their order, where generations begin in that, and jobs: see trie/changes.ts and trie/settle.ts. */
export const RECORDS: usize = 2
export const ORDER: usize = 3
export const GENERATIONS: usize = 4
export const JOBS: usize = 5
const BUFFER_COUNT: usize = 6
const BLOCK_SIZE: u64 = 4096
const FIRST_CAPACITY: u32 = 1024

const EMPTY_NODE: u8 = 0x80

let block: usize = 0
let index: usize = 0 // open addressing: number of the node + 1
let capacity: u32 = 0
export let knownCount: u32 = 0

/** Forgets all nodes. */
export function resetKnown(): void {
  if (!block) return
  for (let i: usize = 0; i < BUFFER_COUNT; i++) trieBuffer(i).length = 0
  memory.fill(index, 0, capacity * 4)
  startKnown()
}

/** The memory is gone (rewindArena). */
export function forgetKnown(): void {
  block = 0
}

/** Makes sure that there is memory for the report and the first nodes. False: it is exhausted. */
export function prepareKnown(): bool {
  if (block) return true
  block = reserve(BLOCK_SIZE)
  if (!block) return false
  memory.fill(block, 0, <usize>BLOCK_SIZE)
  capacity = FIRST_CAPACITY
  index = reserve(capacity * 4)
  if (!index) {
    block = 0
    return false
  }
  memory.fill(index, 0, capacity * 4)
  startKnown()
  return true
}

function startKnown(): void {
  knownCount = 0
  memory.fill(block, 0, TRIE_STRUCT_SIZE)
  trieBuffer(BYTES).push(8) // no node has offset 0
}

/** One of the buffers. */
@inline
export function trieBuffer(number: usize): Buffer {
  return changetype<Buffer>(block + BUFFERS + number * 16)
}

/** Encodings, and what changes write beside them. */
@inline
export function trieBytes(): Buffer {
  return trieBuffer(BYTES)
}

/** The report (TRIE_*), brought up to date where nodes moved. */
export function trieReport(): usize {
  store<u32>(block, <u32>trieBuffer(NODES).ptr, TRIE_NODES)
  store<u32>(block, knownCount, TRIE_NODE_COUNT)
  store<u32>(block, <u32>trieBytes().ptr, TRIE_BYTES)
  return block
}

@inline
function nodeAt(number: u32): usize {
  return trieBuffer(NODES).ptr + number * <u32>TRIE_NODE_SIZE
}

// ---- adding ---------------------------------------------------------------------------------------------------------------

/** Takes nodes over whose digests have been made, jobs (JOB_*). TRIE_MALFORMED, and none is taken, where one is no node. */
export function addNodes(jobs: usize, count: u32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const job = jobs + <usize>i * JOB_SIZE
    const input: usize = load<u32>(job, JOB_INPUT)
    const length = load<u32>(job, JOB_LENGTH)
    if (isEmptyNode(input, length) || isNode(input, input + length)) continue
    store<u32>(block, i, TRIE_INDEX)
    return TRIE_MALFORMED
  }
  const bytes = trieBytes()
  for (let i: u32 = 0; i < count; i++) {
    const job = jobs + <usize>i * JOB_SIZE
    const input: usize = load<u32>(job, JOB_INPUT)
    const length = load<u32>(job, JOB_LENGTH)
    const digest: usize = load<u32>(job, JOB_DIGEST)
    // Asked again, and of the copy, because the host's jobs and nodes may lie in memory that taking the one before has changed.
    if (!inMemory(input, length) || !inMemory(digest, 32)) return RUN_BAD_INPUT
    if (isEmptyNode(input, length) || findKnown(digest)) continue
    const offset = bytes.length
    bytes.append(input, length)
    if (exhausted) break
    const copy = bytes.ptr + offset
    if (!isNode(copy, copy + length)) return RUN_BAD_INPUT
    addKnown(digest, offset, length)
    if (exhausted) break
  }
  return RUN_DONE
}

/** The trie without entries is no node that anything leads to, but some clients list it. */
function isEmptyNode(input: usize, length: u32): bool {
  return length == 1 && load<u8>(input) == EMPTY_NODE
}

/** Makes the encoding known that lies at `offset` of the bytes. */
export function addKnown(digest: usize, offset: u32, length: u32): void {
  if (findKnown(digest)) return
  const node = trieBuffer(NODES).push(TRIE_NODE_SIZE)
  if (exhausted) return
  copyWord(node, digest)
  store<u32>(node, offset, TRIE_NODE_OFFSET)
  store<u32>(node, length, TRIE_NODE_LENGTH)
  store<u64>(node, 0, TRIE_NODE_USED)
  const number = knownCount++
  if (knownCount * 2 > capacity) grow()
  else insert(number)
}

function insert(number: u32): void {
  const mask = capacity - 1
  let at = load<u32>(nodeAt(number)) & mask
  while (load<u32>(index + at * 4)) at = (at + 1) & mask
  store<u32>(index + at * 4, number + 1)
}

function grow(): void {
  const larger = reserve(<u64>capacity * 8)
  if (!larger) return
  release(index, capacity * 4)
  index = larger
  capacity *= 2
  memory.fill(index, 0, capacity * 4)
  for (let i: u32 = 0; i < knownCount; i++) insert(i)
}

/** The entry of a node, 0 where it is not known. */
function findKnown(digest: usize): usize {
  const mask = capacity - 1
  let at = load<u32>(digest) & mask
  while (true) {
    const found = load<u32>(index + at * 4)
    if (!found) return 0
    const node = nodeAt(found - 1)
    if (equalWords(node, digest)) return node
    at = (at + 1) & mask
  }
}

// ---- reading --------------------------------------------------------------------------------------------------------------

/** The encoding of the node with that hash, which counts as used from now on; 0 where it is not known. */
export function knownNode(hash: usize): usize {
  const node = findKnown(hash)
  if (!node) return 0
  store<u32>(node, 1, TRIE_NODE_USED)
  return trieBytes().ptr + load<u32>(node, TRIE_NODE_OFFSET)
}

/** Notes which node is missing or malformed: `length` nibbles of `path` lead to it, `key` was looked for or changed. */
export function noteFault(hash: usize, path: usize, length: u32, key: usize): void {
  copyWord(block + TRIE_HASH, hash)
  copyWord(block + TRIE_PATH, path)
  for (let i = length; i < 64; i++) setNibble(block + TRIE_PATH, i, 0)
  store<u32>(block, length, TRIE_PATH_LENGTH)
  copyWord(block + TRIE_KEY, key)
  store<u32>(block, 0, TRIE_IN_STORAGE)
}

/** Notes that this was in the storage trie of the account with that hashed address. */
export function noteStorage(account: usize): void {
  store<u32>(block, 1, TRIE_IN_STORAGE)
  copyWord(block + TRIE_ACCOUNT, account)
}
