// Recursive length prefix (Yellow Paper appendix B): writing into memory and strict reading, without allocation.
// The encoder is used for trie nodes, receipts, addresses of created contracts and signing payloads; every `encode…`
// returns the end of what it wrote, every `…Size` what that will take. The decoder reads one item header at a time into
// per-instance registers and refuses every non-canonical form, as consensus demands of transactions.
import { byteLength } from './word/word.ts'

// ---- writing --------------------------------------------------------------------------------------------------------

/** Size of the encoding of `len` bytes at `ptr`. */
export function bytesSize(ptr: usize, len: u32): u32 {
  return len == 1 && load<u8>(ptr) < 0x80 ? 1 : headerSize(len) + len
}

/** Writes `len` bytes at `ptr` as a string. */
export function encodeBytes(out: usize, ptr: usize, len: u32): usize {
  if (len == 1 && load<u8>(ptr) < 0x80) {
    store<u8>(out, load<u8>(ptr))
    return out + 1
  }
  out = encodeHeader(out, len, 0x80)
  memory.copy(out, ptr, len)
  return out + len
}

/** Size of the encoding of a number. */
export function numberSize(value: u64): u32 {
  return value < 0x80 ? 1 : 1 + significantBytes(value)
}

/** Writes a number as a big-endian string without leading zeros. */
export function encodeNumber(out: usize, value: u64): usize {
  if (value < 0x80) {
    store<u8>(out, value ? <u8>value : 0x80)
    return out + 1
  }
  const size = significantBytes(value)
  store<u8>(out, <u8>(0x80 + size))
  return storeNumber(out + 1, value, size)
}

/** Size of the encoding of the word at `word` as a number. */
export function wordSize(word: usize): u32 {
  const size = byteLength(word)
  return size <= 1 && load<u8>(word) < 0x80 ? 1 : 1 + size
}

/** Writes the word at `word` as a big-endian string without leading zeros. */
export function encodeWord(out: usize, word: usize): usize {
  const size = byteLength(word)
  if (size <= 8) return encodeNumber(out, load<u64>(word))
  store<u8>(out, <u8>(0x80 + size))
  out++
  for (let i = size - 1; i >= 0; i--) store<u8>(out++, load<u8>(word + i))
  return out
}

/** Size of the header of a list whose items take `payload` bytes. */
export function listHeaderSize(payload: u32): u32 {
  return headerSize(payload)
}

/** Writes the header of a list whose items take `payload` bytes; the items follow. */
export function encodeListHeader(out: usize, payload: u32): usize {
  return encodeHeader(out, payload, 0xc0)
}

@inline
function headerSize(length: u32): u32 {
  return length < 56 ? 1 : 1 + significantBytes(length)
}

function encodeHeader(out: usize, length: u32, base: u32): usize {
  if (length < 56) {
    store<u8>(out, <u8>(base + length))
    return out + 1
  }
  const size = significantBytes(length)
  store<u8>(out, <u8>(base + 55 + size))
  return storeNumber(out + 1, length, size)
}

@inline
function significantBytes(value: u64): u32 {
  return 8 - <u32>(clz<u64>(value) >> 3)
}

@inline
function storeNumber(out: usize, value: u64, size: u32): usize {
  for (let shift = <i32>(size << 3) - 8; shift >= 0; shift -= 8) store<u8>(out++, <u8>(value >> shift))
  return out
}

// ---- reading --------------------------------------------------------------------------------------------------------

let list: bool = false
let data: usize = 0
let length: u32 = 0

/**
 * Reads the header of the item at `ptr`, of which nothing may lie at or after `end`. False when it is not canonical
 * RLP; then the item… functions have no meaning. The items of a list are not looked at: read them from itemData() to
 * itemEnd().
 */
export function readHeader(ptr: usize, end: usize): bool {
  if (ptr >= end) return false
  const first = <u32>load<u8>(ptr)
  list = first >= 0xc0
  if (first < 0x80) {
    data = ptr
    length = 1
    return true
  }
  const short = first & 0x3f
  data = ptr + 1
  if (short < 56) {
    length = short
    if (<usize>short > end - data) return false
    return first != 0x81 || load<u8>(data) >= 0x80
  }
  const size = short - 55
  if (<usize>size > end - data) return false
  // A length of more than four significant bytes does not fit the memory, so it cannot lie before `end`.
  if (size > 4 || load<u8>(data) == 0) return false
  let value: u32 = 0
  for (let i: u32 = 0; i < size; i++) value = (value << 8) | load<u8>(data + i)
  data += size
  length = value
  return value >= 56 && <usize>value <= end - data
}

/** Whether the item last read is a list. */
@inline
export function itemIsList(): bool {
  return list
}

/** Where the content of the item last read begins. */
@inline
export function itemData(): usize {
  return data
}

/** Length of the content of the item last read. */
@inline
export function itemLength(): u32 {
  return length
}

/** Where the item last read ends and the next begins. */
@inline
export function itemEnd(): usize {
  return data + length
}

/** Whether the item last read is a string without a leading zero byte, as every integer has to be. */
export function itemIsInteger(): bool {
  return !list && (length == 0 || load<u8>(data) != 0)
}
