// KECCAK256 of 32 and 64 bytes, which is what most storage keys are: the memo of the block has many of them. Where somebody learns from
// the block, those that it did not have are logged: digest and preimage explain the keys. Each thread has its own log, and hands it
// in when it leaves.
//
//   record (LESSON_HASH_SIZE): digest 32 │ preimage 64 │ length u32 │ 0

import { LESSON_DIGEST, LESSON_HASH_SIZE, LESSON_PREIMAGE, LESSON_PREIMAGE_LENGTH } from '../abi.ts'
import { Buffer, bufferAt } from '../arena.ts'
import { keccak256 } from '../keccak.ts'
import { copyWord } from '../word/word.ts'
import { releaseLock, takeLock } from './atomic.ts'
import { HASH_BUFFER, SPAN_LOCK, control } from './control.ts'
import { isMemoOpen, recall } from './memo.ts'

/** Hashes that one thread logs in a block, and all together: a block has some thousands. */
const MAX_OWN: u32 = 4096
const MAX_ALL: u32 = 16384
/** Places for what has been logged lately, by digest. Two that share one are logged more often, which is not wrong. */
const PLACES: u32 = 2048

let isLogging: bool = false

/** The digest of the 32 or 64 bytes at `data` to `out`. */
export function hashShort(out: usize, data: usize, length: u32): void {
  if (isMemoOpen() && recall(out, data, length)) return
  keccak256(out, data, length)
  if (isLogging) log(out, data, length)
}

function log(digest: usize, data: usize, length: u32): void {
  const own = bufferAt(52)
  const mark = load<u32>(digest)
  const place = bufferAt(54).ptr + ((mark & (PLACES - 1)) << 2)
  if (load<u32>(place) == mark || own.length >= MAX_OWN * LESSON_HASH_SIZE) return
  store<u32>(place, mark)
  const record = own.push(LESSON_HASH_SIZE)
  memory.fill(record, 0, LESSON_HASH_SIZE)
  copyWord(record + LESSON_DIGEST, digest)
  memory.copy(record + LESSON_PREIMAGE, data, length)
  store<u32>(record, length, LESSON_PREIMAGE_LENGTH)
}

/** A block begins for this thread: it logs, where somebody learns. */
export function beginHashes(): void {
  isLogging = load<u32>(control, HASH_BUFFER) != 0 && bufferAt(54).ensure(PLACES * 4)
  if (!isLogging) return
  memory.fill(bufferAt(54).ptr, 0, PLACES * 4)
  bufferAt(52).length = 0
}

/** This thread logs no more. */
export function endHashes(): void {
  isLogging = false
}

/** Hands in what this thread has logged. */
export function handInHashes(): void {
  if (!isLogging) return
  const own = bufferAt(52)
  const all = changetype<Buffer>(load<u32>(control, HASH_BUFFER))
  takeLock(control + SPAN_LOCK)
  all.append(own.ptr, min<u32>(own.length, MAX_ALL * LESSON_HASH_SIZE - all.length))
  releaseLock(control + SPAN_LOCK)
  own.length = 0
}
