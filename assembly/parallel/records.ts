// The predicted accesses of a block as the binder writes them: records in the caller's buffer. What one transaction touches more than
// once is one record. A key that is a hash nobody needed for anything else waits for the batch of the block: its record names the
// memo's entry until fillKeys() puts the digest there.

import { Buffer, bufferAt, exhausted } from '../arena.ts'
import { copyAddress, equalAddresses } from '../state/address.ts'
import { copyWord, equalWords, loadBigEndian, storeLimbs, zeroWord } from '../word/word.ts'
import { digestOf, hashPending } from './memo.ts'
import { WHAT_SLOT } from './program.ts'

// A record of an access, predicted or real: address 24 │ mode u32 │ what u8, source u24 │ key 32 (a slot's only, else zero).
export const ACCESS_RECORD: u32 = 64
/** MODE_*, and MODE_MAYBE. */
export const ACCESS_MODE: usize = 24
/** WHAT_* in the low byte, SOURCE_* above. */
export const ACCESS_WHAT: usize = 28
export const ACCESS_KEY: usize = 32
/** In the mode: behind a condition that could not be decided. */
export const MODE_MAYBE: u32 = 256

/** Places of the table that finds what a transaction has touched before; what does not fit is recorded twice. */
const PLACES: u32 = 4096
const MAX_PROBES: u32 = 8
/** Bytes of that table. */
export const PLACES_SIZE: u32 = PLACES * 4
/** Stands in a key that waits. */
const WAITING_KEY: u64 = 0x5765667420776169

let out: Buffer = changetype<Buffer>(0)
let waiting: Buffer = changetype<Buffer>(0)
let places: usize = 0
let first: u32 = 0
let end: u32 = 0

/** Begins a block; `table` are PLACES_SIZE bytes with any content. */
export function resetRecords(table: usize): void {
  places = table
  waiting = bufferAt(46)
  waiting.length = 0
}

/** The records that follow, at most `most`, are of one transaction. */
export function beginRecords(buffer: Buffer, most: u32): void {
  out = buffer
  first = buffer.length / ACCESS_RECORD
  end = first + most
}

/** Records so far of the transaction. */
@inline
export function recordCount(): u32 {
  return out.length / ACCESS_RECORD - first
}

/** Appends a record that is known to be new; `mode` with MODE_MAYBE, `what` with the source. */
export function append(address: usize, mode: u32, what: u32, key: usize): void {
  const record = out.push(ACCESS_RECORD)
  copyAddress(record, address)
  store<u32>(record, mode, ACCESS_MODE)
  store<u32>(record, what, ACCESS_WHAT)
  if (key) copyWord(record + ACCESS_KEY, key)
  else zeroWord(record + ACCESS_KEY)
}

/** Records an access; `key` 0: there is none. */
export function note(address: usize, mode: u32, what: u32, key: usize): void {
  const count = out.length / ACCESS_RECORD
  if (count >= end) return
  const place = findPlace(address, mode, what, key, count)
  if (place == MERGED) return
  append(address, mode, what, key)
  if (place) store<u32>(place, count)
}

/** Records an access to the slot whose key is the digest of a memo entry that waits. `word`: 32 bytes of room. */
export function noteWaiting(address: usize, mode: u32, what: u32, entry: u32, word: usize): void {
  const before = out.length
  storeLimbs(word, entry, WAITING_KEY, 0, 0)
  note(address, mode, what, word)
  if (out.length == before || exhausted) return
  const pair = waiting.push(8)
  store<u32>(pair, before)
  store<u32>(pair, entry, 4)
}

/** The access was there before: it has been merged. */
const MERGED: usize = 1

/** The free place for a new record, 0 where there is none. A place is free unless it names a record of this transaction. */
function findPlace(address: usize, mode: u32, what: u32, key: usize, count: u32): usize {
  let mixed = load<u64>(address) ^ (load<u64>(address, 8) * 0x9e3779b97f4a7c15) ^ <u64>(what & 255)
  if (key) {
    mixed =
      (mixed + load<u64>(key) * 0xff51afd7ed558ccd + load<u64>(key, 24)) * 0xd6e8feb86659fd93 +
      (load<u64>(key, 8) ^ load<u64>(key, 16))
  }
  let at = <u32>((mixed * 0x9e3779b97f4a7c15) >> 40)
  for (let probes: u32 = 0; probes < MAX_PROBES; probes++) {
    const place = places + ((at++ & (PLACES - 1)) << 2)
    const found = load<u32>(place)
    if (found - first >= count - first) return place
    const record = out.ptr + found * ACCESS_RECORD
    if (load<u8>(record, ACCESS_WHAT) != <u8>what || !equalAddresses(record, address)) continue
    if ((what & 255) == <u32>WHAT_SLOT && !equalWords(record + ACCESS_KEY, key)) continue
    const known = load<u32>(record, ACCESS_MODE)
    store<u32>(record, ((known | mode) & ~MODE_MAYBE) | (known & mode & MODE_MAYBE), ACCESS_MODE)
    return MERGED
  }
  return 0
}

/** Hashes what waits, and completes the keys in `buffer`, which holds the records of all transactions. */
export function fillKeys(buffer: Buffer): void {
  hashPending()
  const pairs = waiting.ptr + waiting.length
  for (let pair = waiting.ptr; pair < pairs; pair += 8) {
    loadBigEndian(buffer.ptr + load<u32>(pair) + ACCESS_KEY, digestOf(load<u32>(pair, 4)))
  }
  waiting.length = 0
}
