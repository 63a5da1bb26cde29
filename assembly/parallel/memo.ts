// The keccak memo of a block: preimages of 32 and 64 bytes that binding the templates came upon, and their digests. Most storage keys
// are such hashes, so the KECCAK256 instruction finds them here while the transactions run in parallel; it compares the whole
// preimage, so what stands here can be useless but not wrong. Filled by the main instance before the threads start, then only read.
//
// Preimages lie packed in one buffer and digests in another under the same number, so that a batch can be hashed elsewhere: what has
// no digest is collected over all transactions and hashed two at a time by hashPending(). A digest that binding needs at once is made
// by resolve(), together with one that waits.

import { JOB_SIZE, PURPOSE_BINDING } from '../abi.ts'
import { bufferAt, release, reserve } from '../arena.ts'
import { countOwn, hashOrOffer, isCounting, mayOffer } from '../hashing.ts'
import { keccak256 } from '../keccak.ts'
import { setJob } from '../keccak-batch.ts'
import { keccak256Pair64 } from '../keccak-pair.ts'
import { copyWord, equalWords, zeroWord } from '../word/word.ts'

/** An entry that is not there. */
export const NO_ENTRY: u32 = u32.MAX_VALUE

// An entry of the preimages: 64 bytes │ length u32 │ has a digest u32.
const LENGTH: usize = 64
const DONE: usize = 68
const PREIMAGE_SIZE: u32 = 72

const SMALLEST_INDEX: u32 = 1024
const MAX_ENTRIES: u32 = 65536
/** Places looked at: preimages chosen to collide are not kept, and cost no more than that. */
const MAX_PROBES: u32 = 16

let index: usize = 0 // open addressing: entry + 1
let capacity: u32 = 0
let preimages: usize = 0
let digests: usize = 0
/** Entries that the buffers take. */
let room: u32 = 0
/** Entries before it have digests. */
let firstPending: u32 = 0
/** Entries before it have digests, or the host is making them; how many it is making. */
let offered: u32 = 0
let given: u32 = 0

/** Entries so far. */
export let memoCount: u32 = 0

/** Empties the memo for a block. False: memory is exhausted. */
export function resetMemo(): bool {
  const wanted = capacity > SMALLEST_INDEX && memoCount * 8 < capacity ? capacity / 2 : max(capacity, SMALLEST_INDEX)
  if (wanted != capacity && !reindex(wanted)) return false
  memory.fill(index, 0, capacity * 4)
  memoCount = 0
  firstPending = 0
  offered = 0
  given = 0
  return ensure(capacity / 2)
}

/** The tables are gone (rewindArena). */
export function forgetMemo(): void {
  index = 0
  capacity = 0
  memoCount = 0
  firstPending = 0
  offered = 0
  given = 0
}

function ensure(count: u32): bool {
  const from = bufferAt(35)
  const to = bufferAt(44)
  from.length = memoCount * PREIMAGE_SIZE
  to.length = memoCount * 32
  if (!from.ensure((count + 1) * PREIMAGE_SIZE) || !to.ensure((count + 1) * 32)) return false
  preimages = from.ptr
  digests = to.ptr
  room = min(count, MAX_ENTRIES)
  return true
}

function reindex(size: u32): bool {
  const fresh = reserve(size * 4)
  if (!fresh) return false
  if (index) release(index, capacity * 4)
  index = fresh
  capacity = size
  return true
}

/** Where the preimage of a new entry is to be written (64 bytes). */
@inline
export function candidate(): usize {
  return preimages + memoCount * PREIMAGE_SIZE
}

/** The entry of the preimage written at candidate(), `length` 32 or 64; NO_ENTRY: there is no room for it. */
export function intern(length: u32): u32 {
  const preimage = candidate()
  if (length == 32) zeroWord(preimage + 32)
  const mask = capacity - 1
  let at = hashOf(preimage, length) & mask
  for (let probes: u32 = 0; probes < MAX_PROBES; probes++) {
    const found = load<u32>(index + at * 4)
    if (!found) return memoCount < room ? add(length, index + at * 4) : NO_ENTRY
    if (isEntry(preimages + (found - 1) * PREIMAGE_SIZE, preimage, length)) return found - 1
    at = (at + 1) & mask
  }
  return NO_ENTRY
}

function add(length: u32, place: usize): u32 {
  const entry = memoCount++
  const preimage = preimages + entry * PREIMAGE_SIZE
  store<u32>(preimage, length, LENGTH)
  store<u32>(preimage, 0, DONE)
  store<u32>(place, memoCount)
  if (memoCount * 2 >= capacity && memoCount < MAX_ENTRIES) grow()
  return entry
}

/** Doubles the index. Where that fails, memory is exhausted and the memo full. */
function grow(): void {
  if (!ensure(capacity) || !reindex(capacity * 2)) return
  memory.fill(index, 0, capacity * 4)
  const mask = capacity - 1
  for (let entry: u32 = 0; entry < memoCount; entry++) {
    const preimage = preimages + entry * PREIMAGE_SIZE
    let at = hashOf(preimage, load<u32>(preimage, LENGTH)) & mask
    while (load<u32>(index + at * 4)) at = (at + 1) & mask
    store<u32>(index + at * 4, entry + 1)
  }
}

/** A sum of products by odd constants: a chain of multiplications would take longer than the comparison. */
@inline
function hashOf(data: usize, length: u32): u32 {
  let sum =
    load<u64>(data) * 0x9e3779b97f4a7c15 +
    load<u64>(data, 8) * 0xd6e8feb86659fd93 +
    load<u64>(data, 16) * 0xff51afd7ed558ccd +
    load<u64>(data, 24) * 0xc4ceb9fe1a85ec53
  if (length == 64) {
    sum +=
      load<u64>(data, 32) * 0xbf58476d1ce4e5b9 +
      load<u64>(data, 40) * 0x94d049bb133111eb +
      load<u64>(data, 48) * 0xa0761d6478bd642f +
      load<u64>(data, 56) * 0xe7037ed1a0b428db
  }
  return <u32>(((sum ^ (sum >> 32)) * 0x8ebc6af09c88c6e3) >> 32)
}

@inline
function isEntry(entry: usize, data: usize, length: u32): bool {
  return (
    load<u32>(entry, LENGTH) == length && equalWords(entry, data) && (length == 32 || equalWords(entry + 32, data + 32))
  )
}

// ---- digests ----------------------------------------------------------------------------------------------------------------

/** Has the entry a digest? */
@inline
export function isResolved(entry: u32): bool {
  return load<u32>(preimages + entry * PREIMAGE_SIZE, DONE) != 0
}

/** The digest of an entry that has one: 32 bytes, big-endian. */
@inline
export function digestOf(entry: u32): usize {
  return digests + entry * 32
}

/** Makes the digest of an entry now, and that of another on the way. */
export function resolve(entry: u32): void {
  if (isResolved(entry)) return
  while (firstPending < memoCount && isResolved(firstPending)) firstPending++
  const end = min(memoCount, firstPending + 4)
  for (let other = firstPending; other < end && isPairable(entry); other++) {
    if (other != entry && isPairable(other)) return hashTwo(entry, other)
  }
  hashOne(entry)
}

@inline
function isPairable(entry: u32): bool {
  const preimage = preimages + entry * PREIMAGE_SIZE
  return !load<u32>(preimage, DONE) && load<u32>(preimage, LENGTH) == 64
}

function hashOne(entry: u32): void {
  const preimage = preimages + entry * PREIMAGE_SIZE
  keccak256(digestOf(entry), preimage, load<u32>(preimage, LENGTH))
  store<u32>(preimage, 1, DONE)
}

function hashTwo(a: u32, b: u32): void {
  const first = preimages + a * PREIMAGE_SIZE
  const second = preimages + b * PREIMAGE_SIZE
  keccak256Pair64(digestOf(a), digestOf(b), first, second)
  store<u32>(first, 1, DONE)
  store<u32>(second, 1, DONE)
}

/** Offers the digests that are still missing to the host. True: it makes them, and then hashPending() takes them. */
export function offerPending(): bool {
  if (!mayOffer(memoCount)) return false
  const jobs = bufferAt(50)
  jobs.length = 0
  if (!jobs.ensure(memoCount * JOB_SIZE)) return false
  for (let entry = firstPending; entry < memoCount; entry++) {
    if (isResolved(entry)) continue
    const preimage = preimages + entry * PREIMAGE_SIZE
    setJob(jobs.push(JOB_SIZE), preimage, load<u32>(preimage, LENGTH), digestOf(entry))
  }
  const count = jobs.length / JOB_SIZE
  if (!mayOffer(count) || !hashOrOffer(PURPOSE_BINDING, jobs.ptr, count)) return false
  offered = memoCount
  given = count
  return true
}

/** Makes all digests that are still missing: the batch of the block. */
export function hashPending(): void {
  for (; firstPending < offered; firstPending++) store<u32>(preimages + firstPending * PREIMAGE_SIZE, 1, DONE)
  let waiting = NO_ENTRY
  for (let entry = firstPending; entry < memoCount; entry++) {
    if (isResolved(entry)) continue
    if (!isPairable(entry)) hashOne(entry)
    else if (waiting == NO_ENTRY) waiting = entry
    else {
      hashTwo(waiting, entry)
      waiting = NO_ENTRY
    }
  }
  if (waiting != NO_ENTRY) hashOne(waiting)
  if (isCounting()) countOwn(PURPOSE_BINDING, memoCount - given, memoCount - given)
  firstPending = memoCount
}

/** Writes the preimage of an entry (64 bytes, zeros after 32) and its digest. Returns the preimage's length; 0: it has no digest. */
export function copyEntry(entry: u32, preimage: usize, digest: usize): u32 {
  const from = preimages + entry * PREIMAGE_SIZE
  memory.copy(preimage, from, 64)
  copyWord(digest, digestOf(entry))
  return isResolved(entry) ? load<u32>(from, LENGTH) : 0
}

// ---- while the transactions run ---------------------------------------------------------------------------------------------

let openIndex: usize = 0
let openMask: u32 = 0
let openPreimages: usize = 0
let openDigests: usize = 0

/** Hashes of this instance that the memo had, and those of the same lengths that it did not have. */
export let memoHits: u32 = 0
export let memoMisses: u32 = 0

/** Bytes of what another instance needs to read the memo. */
export const MEMO_SHARE_SIZE: usize = 16

/** Describes the memo at `out`, complete after hashPending(). */
export function shareMemo(out: usize): void {
  store<u32>(out, memoCount ? <u32>index : 0)
  store<u32>(out, capacity - 1, 4)
  store<u32>(out, <u32>preimages, 8)
  store<u32>(out, <u32>digests, 12)
}

/** KECCAK256 of this instance consults the memo described at `from` from now on. */
export function openMemo(from: usize): void {
  openIndex = load<u32>(from)
  openMask = load<u32>(from, 4)
  openPreimages = load<u32>(from, 8)
  openDigests = load<u32>(from, 12)
  memoHits = 0
  memoMisses = 0
}

/** Nobody consults the memo any more. */
export function closeMemo(): void {
  openIndex = 0
}

/** Does KECCAK256 have to ask for messages of 32 and 64 bytes? */
@inline
export function isMemoOpen(): bool {
  return openIndex != 0
}

/** Copies the digest of the 32 or 64 bytes at `data` to `out`, if the memo has it. */
export function recall(out: usize, data: usize, length: u32): bool {
  let at = hashOf(data, length) & openMask
  for (let probes: u32 = 0; probes < MAX_PROBES; probes++) {
    const found = load<u32>(openIndex + at * 4)
    if (!found) break
    const entry = openPreimages + (found - 1) * PREIMAGE_SIZE
    if (isEntry(entry, data, length)) {
      if (!load<u32>(entry, DONE)) break // nobody made its digest: predictions may leave out what they like
      copyWord(out, openDigests + (found - 1) * 32)
      memoHits++
      return true
    }
    at = (at + 1) & openMask
  }
  memoMisses++
  return false
}
