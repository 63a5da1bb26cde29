// What a block teaches: the committed transactions whose accesses were not all predicted, or where something learned had a part in the
// prediction, with the slots that they touched, and the hashes of the block, which explain the keys. The host learns from it in its own
// time and hands programs in (SOURCE_LEARNED).

import {
  LESSON_ACCESS_COUNT,
  LESSON_ACCESS_SIZE,
  LESSON_ADDRESS,
  LESSON_CALLS,
  LESSON_CALL_SIZE,
  LESSON_CODE_HASH,
  LESSON_DATA_LENGTH,
  LESSON_DIGEST,
  LESSON_HASHES,
  LESSON_HASH_COUNT,
  LESSON_HASH_SIZE,
  LESSON_HEADER,
  LESSON_KEY,
  LESSON_LENGTH,
  LESSON_MODE,
  LESSON_PREIMAGE,
  LESSON_PREIMAGE_LENGTH,
  LESSON_SENDER,
  LESSON_TO,
  LESSON_VALUE,
} from '../abi.ts'
import { Buffer, bufferAt, exhausted } from '../arena.ts'
import { equalAddresses, storeAddressBytes } from '../state/address.ts'
import { txAt } from '../transaction/tx.ts'
import { copyWord, equalWords, storeBigEndian } from '../word/word.ts'
import { HASH_BUFFER, TX_ACCESSED, TX_COUNT, TX_PREDICTED, TX_TEMPLATE, control, txState } from './control.ts'
import { copyEntry, memoCount } from './memo.ts'
import { WHAT_SLOT } from './program.ts'
import { ACCESS_KEY, ACCESS_MODE, ACCESS_RECORD, ACCESS_WHAT } from './records.ts'
import { REAL_RECORD, REAL_VALUE } from './report.ts'
import { templateAt } from './templates.ts'

const MAX_CALLS: u32 = 1024
/** A selector and 48 words: what the learner looks at. */
const MAX_DATA: u32 = 1540
const MAX_HASHES: u32 = 32768

/** LESSON_*; 0 when memory is exhausted. */
export function lessonStruct(): usize {
  const out = bufferAt(55)
  out.length = 0
  out.push(LESSON_HEADER)
  const calls = putCalls(out)
  const hashesAt = out.length
  if (calls) putHashes(out)
  if (exhausted) return 0
  store<u32>(out.ptr, out.length, LESSON_LENGTH)
  store<u32>(out.ptr, calls, LESSON_CALLS)
  store<u32>(out.ptr, hashesAt, LESSON_HASHES)
  store<u32>(out.ptr, (out.length - hashesAt) / LESSON_HASH_SIZE, LESSON_HASH_COUNT)
  return out.ptr
}

/** Appends the calls that teach something; returns their number. */
function putCalls(out: Buffer): u32 {
  const accesses = bufferAt(41)
  if (!control || !load<u32>(control, HASH_BUFFER) || !accesses.length) return 0
  const count = load<u32>(control, TX_COUNT)
  let calls: u32 = 0
  for (let i: u32 = 0; i < count && calls < MAX_CALLS && !exhausted; i++) {
    const template = load<u32>(txState(i), TX_TEMPLATE)
    const from = load<u32>(txState(i), TX_ACCESSED)
    const to = endOf(i, count, TX_ACCESSED, accesses)
    if (!template || from == to) continue
    if (!templateAt(template - 1).learned && !isMissed(i, count, accesses.ptr + from, accesses.ptr + to)) continue
    putCall(out, i, template - 1, accesses.ptr + from, accesses.ptr + to)
    calls++
  }
  return calls
}

/** Where the records of a transaction end in a buffer that has those of all in order. */
@inline
function endOf(index: u32, count: u32, start: usize, buffer: Buffer): u32 {
  return index + 1 < count ? load<u32>(txState(index + 1) + start) : buffer.length
}

function putCall(out: Buffer, index: u32, template: u32, from: usize, to: usize): void {
  const tx = txAt(index)
  const start = out.length
  const call = out.push(LESSON_CALL_SIZE)
  memory.fill(call, 0, LESSON_CALL_SIZE)
  copyWord(call + LESSON_CODE_HASH, changetype<usize>(templateAt(template)))
  storeAddressBytes(call + LESSON_SENDER, tx.sender)
  storeAddressBytes(call + LESSON_TO, tx.to)
  let count: u32 = 0
  for (let record = from; record < to; record += REAL_RECORD) {
    if (load<u32>(record, ACCESS_WHAT) != <u32>WHAT_SLOT) continue
    const access = out.push(LESSON_ACCESS_SIZE)
    storeAddressBytes(access + LESSON_ADDRESS, record)
    store<u32>(access, load<u32>(record, ACCESS_MODE), LESSON_MODE)
    storeBigEndian(access + LESSON_KEY, record + ACCESS_KEY)
    storeBigEndian(access + LESSON_VALUE, record + REAL_VALUE)
    count++
  }
  const length = min(tx.dataLength, MAX_DATA)
  const padded = (length + 7) & ~7
  const data = out.push(padded)
  memory.fill(data, 0, padded)
  memory.copy(data, tx.data, length)
  if (exhausted) return
  store<u32>(out.ptr + start, count, LESSON_ACCESS_COUNT)
  store<u32>(out.ptr + start, length, LESSON_DATA_LENGTH)
}

/** What runs hashed, and what was hashed for predictions. */
function putHashes(out: Buffer): void {
  const logged = bufferAt(53)
  out.append(logged.ptr, logged.length)
  const room = MAX_HASHES - logged.length / LESSON_HASH_SIZE
  for (let entry: u32 = 0; entry < min(memoCount, room) && !exhausted; entry++) {
    const record = out.push(LESSON_HASH_SIZE)
    const length = copyEntry(entry, record + LESSON_PREIMAGE, record + LESSON_DIGEST)
    store<u64>(record, length, LESSON_PREIMAGE_LENGTH)
  }
}

// ---- what was predicted -------------------------------------------------------------------------------------------------------

const MAX_PROBES: u32 = 32
let places: usize = 0
let mask: u32 = 0

/** Did a transaction touch a slot that was not predicted? */
function isMissed(index: u32, count: u32, from: usize, to: usize): bool {
  const predictions = bufferAt(32)
  const first = predictions.ptr + load<u32>(txState(index), TX_PREDICTED)
  const end = predictions.ptr + endOf(index, count, TX_PREDICTED, predictions)
  if (!layOutPlaces(<u32>(end - first) / ACCESS_RECORD)) return false
  for (let record = first; record < end; record += ACCESS_RECORD) {
    if ((load<u32>(record, ACCESS_WHAT) & 255) == <u32>WHAT_SLOT) store<u32>(placeOf(record), <u32>record)
  }
  for (let record = from; record < to; record += REAL_RECORD) {
    if (load<u32>(record, ACCESS_WHAT) == <u32>WHAT_SLOT && !load<u32>(placeOf(record))) return true
  }
  return false
}

/** An empty table for `count` records, at most half full. */
function layOutPlaces(count: u32): bool {
  let capacity: u32 = 16
  while (capacity < count * 2) capacity *= 2
  const table = bufferAt(51)
  if (!table.ensure(capacity * 4)) return false
  memory.fill(table.ptr, 0, capacity * 4)
  places = table.ptr
  mask = capacity - 1
  return true
}

/** The place of a record of the same slot, or a free one; of many keys that were made to collide, any. */
function placeOf(record: usize): usize {
  const key = record + ACCESS_KEY
  const mixed = (load<u64>(record) ^ load<u64>(key) ^ (load<u64>(key, 24) * 0xff51afd7ed558ccd)) * 0x9e3779b97f4a7c15
  let place: usize = 0
  for (let probes: u32 = 0; probes < MAX_PROBES; probes++) {
    place = places + ((<usize>((<u32>(mixed >> 32) + probes) & mask)) << 2)
    const found = <usize>load<u32>(place)
    if (!found || (equalAddresses(found, record) && equalWords(found + ACCESS_KEY, key))) break
  }
  return place
}
