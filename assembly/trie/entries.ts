// Trie entries: what a trie maps, as an array of { key, value } records in linear memory, and their order.
//
// State and storage tries have 32-byte keys (keccak of address or slot), ordered lists have keys of up to 5 bytes
// (RLP of the index). Keys are unique, values are never empty: leaving an entry out is how a trie deletes.
// Called by trie/plan.ts and by whoever collects the entries: state root, storage roots, block commitments.

// ┌ 0 ─────── 4 ───────── 8 ───── 12 ────────── 16
// │ key       │ key       │ value │ value       │
// │ pointer   │ length    │ ptr   │ length      │
// └───────────┴───────────┴───────┴─────────────┘
export const ENTRY_KEY: usize = 0
/** In bytes. */
export const ENTRY_KEY_LENGTH: usize = 4
export const ENTRY_VALUE: usize = 8
export const ENTRY_VALUE_LENGTH: usize = 12
export const ENTRY_SIZE: usize = 16

/** Writes one entry. The key and the value are referenced, not copied. */
export function setEntry(entry: usize, key: usize, keyLength: u32, value: usize, valueLength: u32): void {
  store<u32>(entry, <u32>key, ENTRY_KEY)
  store<u32>(entry, keyLength, ENTRY_KEY_LENGTH)
  store<u32>(entry, <u32>value, ENTRY_VALUE)
  store<u32>(entry, valueLength, ENTRY_VALUE_LENGTH)
}

/** Nibble `index` of a key, the high half of a byte first. */
export function nibbleAt(key: usize, index: u32): u32 {
  const byte: u32 = load<u8>(key + (index >> 1))
  return index & 1 ? byte & 15 : byte >> 4
}

/** The number of bytes at the front that `a` and `b` share, at most `length`. */
function commonBytes(a: usize, b: usize, length: u32): u32 {
  let i: u32 = 0
  for (; i + 8 <= length; i += 8) {
    const difference = load<u64>(a + i) ^ load<u64>(b + i)
    if (difference) return i + (<u32>ctz(difference) >> 3)
  }
  while (i < length && load<u8>(a + i) == load<u8>(b + i)) i++
  return i
}

function shorterKey(a: usize, b: usize): u32 {
  return min(load<u32>(a, ENTRY_KEY_LENGTH), load<u32>(b, ENTRY_KEY_LENGTH))
}

/** The number of nibbles at the front that the keys of two entries share. */
export function commonNibbles(a: usize, b: usize): u32 {
  const keyA: usize = load<u32>(a, ENTRY_KEY)
  const keyB: usize = load<u32>(b, ENTRY_KEY)
  const length = shorterKey(a, b)
  const common = commonBytes(keyA, keyB, length)
  if (common == length) return common << 1
  const difference = load<u8>(keyA + common) ^ load<u8>(keyB + common)
  return (common << 1) + (difference < 16 ? 1 : 0)
}

/** Whether the key of entry `a` comes before that of entry `b`; a prefix comes before what it begins. */
function comesBefore(a: usize, b: usize): bool {
  const keyA: usize = load<u32>(a, ENTRY_KEY)
  const keyB: usize = load<u32>(b, ENTRY_KEY)
  const length = shorterKey(a, b)
  const common = commonBytes(keyA, keyB, length)
  if (common < length) return load<u8>(keyA + common) < load<u8>(keyB + common)
  return load<u32>(a, ENTRY_KEY_LENGTH) < load<u32>(b, ENTRY_KEY_LENGTH)
}

// Sorting moves { first 8 key bytes as a number, entry } records: hashed keys almost never share 8 bytes, so a
// comparison reads memory in order and does not follow the key pointers.
const RECORD_ENTRY: usize = 8
const RECORD_SIZE: usize = 16

/** Bytes of scratch memory that `sortEntries` uses for `count` entries. */
export function sortScratch(count: u32): usize {
  return <usize>count * RECORD_SIZE * 2
}

/** Sorts entries by key, ascending. Merge sort, bottom up: n log n whatever the keys, no recursion. */
export function sortEntries(entries: usize, count: u32, scratch: usize): void {
  if (isSorted(entries, count)) return
  const bytes = <usize>count * RECORD_SIZE
  let from = scratch
  let to = scratch + bytes
  for (let offset: usize = 0; offset < bytes; offset += RECORD_SIZE) {
    const entry = entries + offset
    store<u64>(from + offset, keyPrefix(load<u32>(entry, ENTRY_KEY), load<u32>(entry, ENTRY_KEY_LENGTH)))
    store<u64>(from + offset, <u64>entry, RECORD_ENTRY)
  }
  for (let run = RECORD_SIZE; run < bytes; run <<= 1) {
    for (let offset: usize = 0; offset < bytes; offset += run << 1) {
      mergeRuns(to + offset, from + offset, from + min(offset + run, bytes), from + min(offset + (run << 1), bytes))
    }
    const merged = to
    to = from
    from = merged
  }
  // An entry is as large as a record, so the other half takes the entries in their new order.
  for (let offset: usize = 0; offset < bytes; offset += RECORD_SIZE) {
    copyEntry(to + offset, <usize>load<u64>(from + offset, RECORD_ENTRY))
  }
  memory.copy(entries, to, bytes)
}

function isSorted(entries: usize, count: u32): bool {
  for (let i: u32 = 1; i < count; i++) {
    const entry = entries + <usize>i * ENTRY_SIZE
    if (comesBefore(entry, entry - ENTRY_SIZE)) return false
  }
  return true
}

/** The first 8 bytes of a key as a big-endian number, zeros where it is shorter. */
function keyPrefix(key: usize, length: u32): u64 {
  if (length >= 8) return bswap<u64>(load<u64>(key))
  let prefix: u64 = 0
  for (let i: u32 = 0; i < length; i++) prefix |= (<u64>load<u8>(key + i)) << (56 - (i << 3))
  return prefix
}

function copyEntry(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from))
  store<u64>(to, load<u64>(from, 8), 8)
}

/** Merges the sorted runs [left, middle) and [middle, end) to `to`. */
function mergeRuns(to: usize, left: usize, middle: usize, end: usize): void {
  let right = middle
  while (left < middle && right < end) {
    if (recordBefore(right, left)) {
      copyEntry(to, right)
      right += RECORD_SIZE
    } else {
      copyEntry(to, left)
      left += RECORD_SIZE
    }
    to += RECORD_SIZE
  }
  // One of the two is empty by now. Loops, because a memory.copy of few bytes costs more than it moves.
  for (; left < middle; left += RECORD_SIZE, to += RECORD_SIZE) copyEntry(to, left)
  for (; right < end; right += RECORD_SIZE, to += RECORD_SIZE) copyEntry(to, right)
}

function recordBefore(a: usize, b: usize): bool {
  const prefixA = load<u64>(a)
  const prefixB = load<u64>(b)
  if (prefixA != prefixB) return prefixA < prefixB
  return comesBefore(<usize>load<u64>(a, RECORD_ENTRY), <usize>load<u64>(b, RECORD_ENTRY))
}
