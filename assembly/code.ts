// Contract code, kept once per code hash for the life of the instance. A code is named by its id, an index into the code
// table; id 0 is the empty code. An id may stand for a hash whose bytes the host has not supplied yet.
//
// Bytes lie between zeros, so that PUSH may read 32 bytes ending at its data and running off the end executes STOP:
//
//   32 zeros │ code │ 64 zeros │ JUMPDEST bitmap, one bit per byte of code

import { Buffer, bufferAt, release, reserve } from './arena.ts'
import { keccak256 } from './keccak.ts'

const CHUNK_SIZE: u32 = 262144
const HEAD: usize = 32
const TAIL: usize = 64

/** EIP-170. */
export const MAX_CODE_SIZE: u32 = 24576
/** EIP-3860. */
export const MAX_INITCODE_SIZE: u32 = 49152

@unmanaged
class Code {
  hash0: u64
  hash1: u64
  hash2: u64
  hash3: u64
  bytes: usize
  length: u32
  bitmap: usize
  state: u32
}
const CODE_ENTRY: u32 = 48

const UNKNOWN: u32 = 0
const LOADED: u32 = 1
const ANALYZED: u32 = 2

export const EMPTY_CODE: u32 = 0

let ready: bool = false
let codes: Buffer = changetype<Buffer>(0)
let index: usize = 0 // open addressing: code id + 1, 0 = free
let indexCapacity: u32 = 0
let chunk: usize = 0
let chunkEnd: usize = 0

@inline
function codeAt(id: u32): Code {
  return changetype<Code>(codes.ptr + id * CODE_ENTRY)
}

/** Prepares the code table; codes already known stay. */
export function initCode(): void {
  if (ready) return
  ready = true
  codes = bufferAt(0)
  indexCapacity = 1024
  index = reserve(indexCapacity * 4)
  memory.fill(index, 0, indexCapacity * 4)
  const entry = changetype<Code>(codes.push(CODE_ENTRY))
  memory.fill(changetype<usize>(entry), 0, CODE_ENTRY)
  keccak256(changetype<usize>(entry), 0, 0)
  insertIndex(EMPTY_CODE)
  entry.bytes = codeSpace(0)
  entry.bitmap = entry.bytes + TAIL
  entry.state = ANALYZED
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
  return codeAt(id).state != UNKNOWN
}

/** JUMPDEST bitmap of a loaded code, made on first use. */
export function codeBitmap(id: u32): usize {
  const code = codeAt(id)
  if (code.state != ANALYZED) {
    markJumpDestinations(code.bytes, code.length, code.bitmap)
    code.state = ANALYZED
  }
  return code.bitmap
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
  const entry = codes.push(CODE_ENTRY)
  memory.copy(entry, hash, 32)
  memory.fill(entry + 32, 0, CODE_ENTRY - 32)
  if (id * 2 >= indexCapacity) growIndex()
  else insertIndex(id)
  return id
}

/** Stores the bytes of a code under its hash (32 bytes at `hash`), copies them, and returns the id. */
export function addCode(hash: usize, bytes: usize, length: u32): u32 {
  const id = internCodeHash(hash)
  if (codeAt(id).state != UNKNOWN) return id
  const space = codeSpace(length)
  if (!space) return EMPTY_CODE
  memory.copy(space, bytes, length)
  const code = codeAt(id)
  code.bytes = space
  code.length = length
  code.bitmap = space + length + TAIL
  code.state = LOADED
  return id
}

/** Bytes that a padded copy of `length` bytes of code takes, bitmap included. */
@inline
function paddedSize(length: u32): u32 {
  return (<u32>(HEAD + TAIL) + length + ((length + 7) >> 3) + 15) & ~15
}

/** Room for a code between its zeros; returns the address of its first byte, or 0. */
function codeSpace(length: u32): usize {
  const size = paddedSize(length)
  if (<usize>size > chunkEnd - chunk) {
    const chunkSize = max<u32>(size, CHUNK_SIZE)
    const fresh = reserve(chunkSize)
    if (!fresh) return 0
    chunk = fresh
    chunkEnd = fresh + chunkSize
  }
  const at = chunk
  chunk += size
  memory.fill(at, 0, size)
  return at + HEAD
}

/** A padded, analysed copy of initcode, which no hash names. Returns the address of its first byte, or 0; see releaseInitcode. */
export function holdInitcode(bytes: usize, length: u32): usize {
  const block = reserve(paddedSize(length))
  if (!block) return 0
  memory.fill(block, 0, paddedSize(length))
  memory.copy(block + HEAD, bytes, length)
  markJumpDestinations(block + HEAD, length, block + HEAD + length + TAIL)
  return block + HEAD
}

/** Bitmap of a code that holdInitcode returned. */
@inline
export function initcodeBitmap(code: usize, length: u32): usize {
  return code + length + TAIL
}

export function releaseInitcode(code: usize, length: u32): void {
  release(code - HEAD, paddedSize(length))
}

/** Is the code a delegation designator 0xef0100 ‖ address (EIP-7702)? */
export function isDelegation(id: u32): bool {
  const code = codeAt(id)
  return code.length == 23 && (load<u32>(code.bytes) & 0xffffff) == 0x0001ef
}

/** Sets a bit for every JUMPDEST that is no push data (Yellow Paper 9.4.3). The bitmap is zero before. */
function markJumpDestinations(bytes: usize, length: u32, bitmap: usize): void {
  for (let at: u32 = 0; at < length; at++) {
    const opcode = <u32>load<u8>(bytes + at)
    if (opcode == 0x5b) {
      const byte = bitmap + (at >> 3)
      store<u8>(byte, <u8>(<u32>load<u8>(byte) | ((<u32>1) << (at & 7))))
    } else if (opcode - 0x60 < 32) at += opcode - 0x5f
  }
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
