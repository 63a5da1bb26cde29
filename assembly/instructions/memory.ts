// Memory, call data, code and return data: MLOAD … MCOPY, *COPY, CALLDATALOAD, KECCAK256. Offsets are full words; what lies
// beyond the source reads as zero, except for RETURNDATACOPY (EIP-211).

import { INVALID_MEMORY_ACCESS } from '../abi.ts'
import { copyBytes } from '../bytes.ts'
import { current, returnData, returnLength } from '../frame.ts'
import { NO_GAS, perWord, useMemory, useRange } from '../gas.ts'
import { hashRemembered, isRemembering } from '../hash-memo.ts'
import { keccak256 } from '../keccak.ts'
import { hashShort } from '../parallel/hashes.ts'
import { fitsU64, loadBigEndian, storeBigEndian, zeroWord } from '../word/word.ts'

/** MLOAD: offset → word. */
export function mload(sp: usize, gas: i64): i64 {
  if (!fitsU64(sp)) return NO_GAS
  const offset = load<u64>(sp)
  const left = useRange(gas, offset, 32)
  if (left >= 0) loadBigEndian(sp, current.memory + <usize>offset)
  return left
}

/** MSTORE: offset, word → */
export function mstore(sp: usize, gas: i64): i64 {
  if (!fitsU64(sp)) return NO_GAS
  const offset = load<u64>(sp)
  const left = useRange(gas, offset, 32)
  if (left >= 0) storeBigEndian(current.memory + <usize>offset, sp - 32)
  return left
}

/** MSTORE8: offset, word → */
export function mstore8(sp: usize, gas: i64): i64 {
  if (!fitsU64(sp)) return NO_GAS
  const offset = load<u64>(sp)
  const left = useRange(gas, offset, 1)
  if (left >= 0) store<u8>(current.memory + <usize>offset, load<u8>(sp - 32))
  return left
}

/** MCOPY: destination, source, size → (EIP-5656). */
export function mcopy(sp: usize, gas: i64): i64 {
  const size = sp - 64
  let left = useMemory(gas, sp, size)
  if (left >= 0) left = useMemory(left, sp - 32, size)
  if (left < 0) return left
  const bytes = load<u32>(size)
  left = perWord(left, bytes, 3)
  if (left < 0) return NO_GAS
  if (bytes) copyBytes(current.memory + load<u32>(sp), current.memory + load<u32>(sp - 32), bytes)
  return left
}

/** KECCAK256: offset, size → hash. */
export function keccak(sp: usize, gas: i64): i64 {
  const size = sp - 32
  let left = useMemory(gas, sp, size)
  if (left < 0) return left
  const bytes = load<u32>(size)
  left = perWord(left, bytes, 6)
  if (left < 0) return NO_GAS
  const data = bytes ? current.memory + load<u32>(sp) : 0
  if (ASC_FEATURE_THREADS && (bytes == 64 || bytes == 32)) hashShort(size, data, bytes)
  else if (isRemembering && bytes == 64) hashRemembered(size, data)
  else keccak256(size, data, bytes)
  loadBigEndian(size, size)
  return left
}

/** CALLDATALOAD: offset → word. */
export function calldataload(sp: usize): void {
  const frame = current
  const offset = load<u64>(sp)
  if (!fitsU64(sp) || offset >= frame.inputLength) {
    zeroWord(sp)
    return
  }
  const from = frame.input + <usize>offset
  const have = frame.inputLength - <u32>offset
  if (have >= 32) {
    loadBigEndian(sp, from)
    return
  }
  zeroWord(sp)
  copyBytes(sp, from, have)
  loadBigEndian(sp, sp)
}

/** CALLDATACOPY: destination, source, size → */
export function calldatacopy(sp: usize, gas: i64): i64 {
  const left = payCopy(sp, gas)
  if (left >= 0) copyPadded(sp, sp - 32, sp - 64, current.input, current.inputLength)
  return left
}

/** CODECOPY: destination, source, size → */
export function codecopy(sp: usize, gas: i64): i64 {
  const left = payCopy(sp, gas)
  if (left >= 0) copyPadded(sp, sp - 32, sp - 64, current.code, current.codeLength)
  return left
}

/** RETURNDATACOPY: destination, source, size →; reading beyond the end is an exceptional halt. */
export function returndatacopy(sp: usize, gas: i64): i64 {
  const source = sp - 32
  const size = sp - 64
  if (!fitsU64(source) || !fitsU64(size)) return -INVALID_MEMORY_ACCESS
  const end = load<u64>(source) + load<u64>(size)
  if (end < load<u64>(source) || end > returnLength()) return -INVALID_MEMORY_ACCESS
  const left = payCopy(sp, gas)
  if (left >= 0 && load<u32>(size))
    copyBytes(current.memory + load<u32>(sp), returnData() + load<u32>(source), load<u32>(size))
  return left
}

function payCopy(sp: usize, gas: i64): i64 {
  const left = useMemory(gas, sp, sp - 64)
  if (left < 0) return left
  const paid = perWord(left, load<u32>(sp - 64), 3)
  return paid < 0 ? NO_GAS : paid
}

/** Copies `size` bytes to memory, reading zeros beyond the end of the source. The operands are words; size fits memory. */
export function copyPadded(destination: usize, source: usize, size: usize, from: usize, length: u32): void {
  const bytes = load<u32>(size)
  if (!bytes) return
  const to = current.memory + load<u32>(destination)
  const start = fitsU64(source) ? min<u64>(load<u64>(source), length) : <u64>length
  const have = min(<u32>(length - start), bytes)
  copyBytes(to, from + <usize>start, have)
  if (have < bytes) memory.fill(to + have, 0, bytes - have)
}
