// Digests of the last messages of 64 bytes: what the keys of mappings are hashed from. Only where the host asks for it
// (OPTION_HASH_MEMO): code that hashes the same keys again and again gains, other code loses the comparison. A digest is found by its
// whole message, so nothing but time depends on it. In the threads build the memo of predictions has this place (parallel/memo.ts).

import { reserve } from './arena.ts'
import { copyBytes } from './bytes.ts'
import { keccak256 } from './keccak.ts'
import { copyWord } from './word/word.ts'

//   entry: message 64 │ digest 32, whose first eight bytes are 0 where there is none
const DIGEST: usize = 64
const ENTRY_SIZE: u32 = 96
const INDEX_BITS: u64 = 8
const TABLE_SIZE: u32 = ENTRY_SIZE << (<u32>INDEX_BITS)

let table: usize = 0
/** KECCAK256 looks here first. */
export let isRemembering: bool = false

/** Begins with nothing remembered, or ends. False: memory is exhausted. */
export function setRemembering(on: bool): bool {
  isRemembering = false
  if (!on) return true
  if (!table) table = reserve(TABLE_SIZE)
  if (!table) return false
  memory.fill(table, 0, TABLE_SIZE)
  isRemembering = true
  return true
}

/** The table is gone (rewindArena). */
export function forgetDigests(): void {
  table = 0
}

/** The digest of the 64 bytes at `data` to `out`. */
export function hashRemembered(out: usize, data: usize): void {
  // The ends of both words: low bytes of addresses, numbers and digests differ most.
  const mixed = (load<u64>(data, 24) ^ rotl(load<u64>(data, 56), 23)) * 0x9e3779b97f4a7c15
  const entry = table + <usize>(mixed >> (64 - INDEX_BITS)) * ENTRY_SIZE
  if (load<u64>(entry, DIGEST) && isSame(entry, data)) return copyWord(out, entry + DIGEST)
  copyBytes(entry, data, <u32>DIGEST)
  keccak256(out, data, <u32>DIGEST)
  copyWord(entry + DIGEST, out)
}

@inline
function isSame(a: usize, b: usize): bool {
  let different: u64 = 0
  for (let i: usize = 0; i < DIGEST; i += 8) different |= load<u64>(a + i) ^ load<u64>(b + i)
  return !different
}
