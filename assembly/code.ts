// Contract code, kept once per code hash for the life of the instance. A code is named by its id, an index into the code
// table; id 0 is the empty code. An id may stand for a hash whose bytes the host has not supplied yet.
//
// Bytes lie between zeros, so that PUSH may read 32 bytes ending at its data and running off the end executes STOP:
//
//   32 zeros │ code │ 64 zeros
//
// The analysis of a code (analysis.ts) is made when it is first executed, and again under another fork.

import { analyze, takeAnalysis } from './analysis.ts'
import { Buffer, bufferAt, codeLock, exhausted, giveUpMemory, release, reserve } from './arena.ts'
import { fork } from './env.ts'
import { keccak256 } from './keccak.ts'
import { atomicLoad, atomicStore, releaseLock, takeLock } from './parallel/atomic.ts'

const FIRST_CAPACITY: u32 = 1024
const CHUNK_SIZE: u32 = 262144
const CHUNK_HEADER: usize = 16
/** Codes of some hundred mainnet blocks; beyond it they are dropped at the next reset, and asked for again. */
const MAX_CODE_MEMORY: u32 = 67108864
const HEAD: usize = 32
const TAIL: usize = 64

/** EIP-170. */
export const MAX_CODE_SIZE: u32 = 24576
/** EIP-3860. */
export const MAX_INITCODE_SIZE: u32 = 49152

const LOADED: u32 = 1
/** The host has been asked for it in advance, once. */
const ASKED: u32 = 2

@unmanaged
class Code {
  hash0: u64
  hash1: u64
  hash2: u64
  hash3: u64
  bytes: usize
  length: u32
  /** 0, LOADED or ASKED. */
  isLoaded: u32
  analysis: usize
  /** The fork that the analysis was made for, plus 1; 0 = there is none. */
  analyzedFor: i32
}
const CODE_ENTRY: u32 = offsetof<Code>()

export const EMPTY_CODE: u32 = 0

let ready: bool = false
let codes: Buffer = changetype<Buffer>(0)
let index: usize = 0 // open addressing: code id + 1, 0 = free
let indexCapacity: u32 = 0
// Codes and analyses lie in chunks, each with { next u32, size u32 } at its head.
let chunks: usize = 0
let chunkBytes: u32 = 0
let chunk: usize = 0
let chunkEnd: usize = 0
/** Where the table is described while other threads use it: then it must not move, and only the holder of the lock adds to it. */
let share: usize = 0

@inline
function codeAt(id: u32): Code {
  return changetype<Code>(codes.ptr + id * CODE_ENTRY)
}

/** Prepares the code table. Codes already known stay, until they take MAX_CODE_MEMORY; no id is in use when this is called. */
export function initCode(): void {
  if (ready && chunkBytes <= MAX_CODE_MEMORY) return
  if (ready) dropCodes()
  ready = true
  codes = bufferAt(0)
  codes.length = 0
  indexCapacity = FIRST_CAPACITY
  index = reserve(indexCapacity * 4)
  memory.fill(index, 0, indexCapacity * 4)
  const entry = changetype<Code>(codes.push(CODE_ENTRY))
  memory.fill(changetype<usize>(entry), 0, CODE_ENTRY)
  keccak256(changetype<usize>(entry), 0, 0)
  insertIndex(EMPTY_CODE)
  entry.bytes = codeSpace(0)
  entry.isLoaded = 1
}

/** Gives all memory of the codes back. */
function dropCodes(): void {
  release(index, indexCapacity * 4)
  while (chunks) {
    const next = load<u32>(chunks)
    release(chunks, load<u32>(chunks, 4))
    chunks = next
  }
  chunk = 0
  chunkEnd = 0
  chunkBytes = 0
}

/** The table is gone (rewindArena). */
export function forgetCode(): void {
  ready = false
  chunks = 0
  chunk = 0
  chunkEnd = 0
  chunkBytes = 0
}

// ---- threads --------------------------------------------------------------------------------------------------------------
// While transactions run in parallel the table of the main instance is everybody's. It has room for the codes that a block may
// add, and neither it nor its index moves.

/** Codes that the table takes while it is shared: contracts of a block at 32,000 gas each, and delegations at 12,500. */
const SHARED_ROOM: u32 = 16384

/** What another instance needs to use the table: its place, and the chunk that is being filled. */
export const CODES_SHARE_SIZE: usize = 32

/** Makes the table ready to be shared and describes it at `at`. False: memory is exhausted. */
export function shareCodes(at: usize): bool {
  const wanted = codes.length / CODE_ENTRY + SHARED_ROOM
  while (indexCapacity < wanted * 2 && !exhausted) growIndex()
  if (exhausted || !codes.ensure(<u64>wanted * CODE_ENTRY)) return false
  share = at
  store<u32>(at, <u32>changetype<usize>(codes))
  store<u32>(at, <u32>index, 4)
  store<u32>(at, indexCapacity, 8)
  leaveCodes()
  return true
}

/** Uses the table of another instance. */
export function adoptCodes(at: usize): void {
  share = at
  codes = changetype<Buffer>(load<u32>(at))
  index = load<u32>(at, 4)
  indexCapacity = load<u32>(at, 8)
  ready = true
}

/** The table is this instance's alone again. */
export function unshareCodes(): void {
  enterCodes()
  share = 0
}

/** With the lock taken: the chunk that is being filled is this instance's for now. */
function enterCodes(): void {
  chunks = load<u32>(share, 12)
  chunkBytes = load<u32>(share, 16)
  chunk = load<u32>(share, 20)
  chunkEnd = load<u32>(share, 24)
}

function leaveCodes(): void {
  store<u32>(share, <u32>chunks, 12)
  store<u32>(share, chunkBytes, 16)
  store<u32>(share, <u32>chunk, 20)
  store<u32>(share, <u32>chunkEnd, 24)
}

/** Pointer to the hash of a code: 32 bytes. */
@inline
export function codeHash(id: u32): usize {
  return changetype<usize>(codeAt(id))
}

@inline
export function codeBytes(id: u32): usize {
  return codeAt(id).bytes
}

@inline
export function codeLength(id: u32): u32 {
  return codeAt(id).length
}

/** The bytes of the code are here. */
@inline
export function isCodeLoaded(id: u32): bool {
  return codeAt(id).isLoaded == LOADED
}

/** The bytes are neither here nor have been asked for in advance; from now on they have. */
export function askInAdvance(id: u32): bool {
  if (codeAt(id).isLoaded) return false
  codeAt(id).isLoaded = ASKED
  return true
}

/** Analysis of a loaded code under the present fork, made on first use; 0 when memory is exhausted. */
export function codeAnalysis(id: u32): usize {
  const code = codeAt(id)
  if (ASC_FEATURE_THREADS) {
    if (share) {
      if (atomicLoad(analyzedForOf(code)) == fork + 1) return code.analysis
      takeLock(codeLock())
      enterCodes()
      const analysis = analyzeCode(code)
      leaveCodes()
      releaseLock(codeLock())
      return analysis
    }
  }
  return analyzeCode(code)
}

@inline
function analyzedForOf(code: Code): usize {
  return changetype<usize>(code) + offsetof<Code>('analyzedFor')
}

function analyzeCode(code: Code): usize {
  if (code.analyzedFor == fork + 1) return code.analysis
  const size = analyze(code.bytes, code.length)
  // Blocks do not depend on the fork: under another one the analysis has the same size.
  if (!code.analysis) code.analysis = size ? space(size) : 0
  if (!size || !code.analysis) return 0
  takeAnalysis(code.analysis, code.length)
  if (ASC_FEATURE_THREADS) atomicStore(analyzedForOf(code), fork + 1)
  else code.analyzedFor = fork + 1
  return code.analysis
}

/** The id of a code hash (32 bytes at `hash`); a new id without bytes when it is unknown. */
export function internCodeHash(hash: usize): u32 {
  const mask = indexCapacity - 1
  let at = load<u32>(hash) & mask
  while (true) {
    const found = load<u32>(index + at * 4)
    if (!found) break
    if (memory.compare(codeHash(found - 1), hash, 32) == 0) return found - 1
    at = (at + 1) & mask
  }
  const id = codes.length / CODE_ENTRY
  if (ASC_FEATURE_THREADS) {
    if (share && ((id + 1) * CODE_ENTRY > codes.capacity || id * 2 + 2 > indexCapacity)) {
      giveUpMemory()
      return EMPTY_CODE
    }
  }
  const entry = codes.push(CODE_ENTRY)
  if (exhausted) return EMPTY_CODE
  memory.copy(entry, hash, 32)
  memory.fill(entry + 32, 0, CODE_ENTRY - 32)
  if (id * 2 >= indexCapacity) growIndex()
  else insertIndex(id)
  return id
}

/** Stores the bytes of a code under its hash (32 bytes at `hash`), copies them, and returns the id. */
export function addCode(hash: usize, bytes: usize, length: u32): u32 {
  if (ASC_FEATURE_THREADS) {
    if (share) {
      takeLock(codeLock())
      enterCodes()
      const id = putCode(hash, bytes, length)
      leaveCodes()
      releaseLock(codeLock())
      return id
    }
  }
  return putCode(hash, bytes, length)
}

function putCode(hash: usize, bytes: usize, length: u32): u32 {
  const id = internCodeHash(hash)
  if (codeAt(id).isLoaded == LOADED) return id
  const to = codeSpace(length)
  if (!to) return EMPTY_CODE
  memory.copy(to, bytes, length)
  const code = codeAt(id)
  code.bytes = to
  code.length = length
  code.isLoaded = 1
  return id
}

/** Room for a code between its zeros; returns the address of its first byte, or 0. */
function codeSpace(length: u32): usize {
  const size = <u32>(HEAD + TAIL) + length
  const at = space(size)
  if (!at) return 0
  memory.fill(at, 0, size)
  return at + HEAD
}

/** A piece of the present chunk, kept for the life of the instance; 0 when memory is exhausted. */
function space(bytes: u32): usize {
  const size = (bytes + 15) & ~15
  if (<usize>size > chunkEnd - chunk) {
    const chunkSize = max<u32>(size + <u32>CHUNK_HEADER, CHUNK_SIZE)
    const fresh = reserve(chunkSize)
    if (!fresh) return 0
    store<u32>(fresh, <u32>chunks)
    store<u32>(fresh, chunkSize, 4)
    chunks = fresh
    chunkBytes += chunkSize
    chunk = fresh + CHUNK_HEADER
    chunkEnd = fresh + chunkSize
  }
  const at = chunk
  chunk += size
  return at
}

// ---- initcode -----------------------------------------------------------------------------------------------------------
// Initcode has no id: the frame of a creation holds a padded copy and its analysis in one block of the arena until it ends:
//
//   size of the block u64 │ 32 zeros │ code │ zeros │ analysis

/** Where the analysis of the initcode lies that was held last. */
export let initcodeAnalysis: usize = 0

/** Holds a padded, analysed copy; returns the address of its first byte, or 0 when memory is exhausted. */
export function holdInitcode(bytes: usize, length: u32): usize {
  const padded = (<u32>(HEAD + TAIL) + length + 15) & ~15
  const size = analyze(bytes, length)
  const block = size ? reserve(<u64>padded + size + 8) : 0
  if (!block) return 0
  store<u64>(block, <u64>padded + size + 8)
  memory.fill(block + 8, 0, padded)
  memory.copy(block + 8 + HEAD, bytes, length)
  initcodeAnalysis = block + 8 + padded
  takeAnalysis(initcodeAnalysis, length)
  return block + 8 + HEAD
}

/** Gives back what holdInitcode returned. */
export function releaseInitcode(code: usize): void {
  const block = code - HEAD - 8
  release(block, load<u64>(block))
}

/** Is the code a delegation designator 0xef0100 ‖ address (EIP-7702)? */
export function isDelegation(id: u32): bool {
  const code = codeAt(id)
  return code.length == 23 && (load<u32>(code.bytes) & 0xffffff) == 0x0001ef
}

function insertIndex(id: u32): void {
  const mask = indexCapacity - 1
  let at = load<u32>(codeHash(id)) & mask
  while (load<u32>(index + at * 4)) at = (at + 1) & mask
  store<u32>(index + at * 4, id + 1)
}

function growIndex(): void {
  const larger = reserve(indexCapacity * 8)
  if (!larger) return
  release(index, indexCapacity * 4)
  index = larger
  indexCapacity *= 2
  memory.fill(index, 0, indexCapacity * 4)
  const count = codes.length / CODE_ENTRY
  for (let id: u32 = 0; id < count; id++) insertIndex(id)
}
