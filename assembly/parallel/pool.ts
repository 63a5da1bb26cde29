// Memory that a thread uses during one block: pieces that live until its end, by bump, and blocks for the records of runs, which are
// used again as soon as they have been committed, so that they stay in the processor's cache. Both keep their memory for later blocks.

import { exhausted, reserve } from '../arena.ts'
import { atomicLoad, atomicStore } from './atomic.ts'

const CHUNK: u32 = 262144
/** Bytes at the head of a chunk: the next one, its size. */
const CHUNK_HEAD: usize = 64
/** Bytes of a usual record: about 12 accounts and 12 slots. */
const RECORD_BLOCK: u32 = 8192
/** Records looked at before a new one is made. */
const TRIES: u32 = 4

/** At the head of a record block: ° in use, the next block, its size. */
const USED: usize = 0
const NEXT: usize = 4
const SIZE: usize = 8

let first: usize = 0
let chunk: usize = 0
let at: usize = 0
let end: usize = 0
let records: usize = 0

/** All pieces of the last block are free again. */
export function resetPool(): void {
  chunk = first
  at = chunk ? chunk + CHUNK_HEAD : 0
  end = chunk ? chunk + load<u32>(chunk, 4) : 0
  for (let block = records; block; block = load<u32>(block, NEXT)) store<u32>(block, 0, USED)
}

/** A piece of memory until the end of the block, in cache lines of its own, with any content; 0 when memory is exhausted. */
export function piece(bytes: u32): usize {
  const size = (bytes + 63) & ~63
  while (<usize>size > end - at) {
    const next = chunk ? <usize>load<u32>(chunk) : first
    if (next) chunk = next
    else {
      const length = max<u32>(size + <u32>CHUNK_HEAD, CHUNK)
      const fresh = reserve(length)
      if (!fresh) return 0
      store<u32>(fresh, 0)
      store<u32>(fresh, length, 4)
      if (chunk) store<u32>(chunk, <u32>fresh)
      else first = fresh
      chunk = fresh
    }
    at = chunk + CHUNK_HEAD
    end = chunk + load<u32>(chunk, 4)
  }
  const result = at
  at += size
  return result
}

/** A block for a record of `bytes`; the first 16 are the pool's. 0 when memory is exhausted. */
export function recordBlock(bytes: u32): usize {
  let block = records
  let before: usize = 0
  for (let i: u32 = 0; block && i < TRIES; i++) {
    if (!atomicLoad(block + USED) && load<u32>(block, SIZE) >= bytes) {
      store<u32>(block, 1, USED)
      // To the end of the tries next time would be fairer; to the front keeps it in the cache.
      if (before) {
        store<u32>(before, load<u32>(block, NEXT), NEXT)
        store<u32>(block, <u32>records, NEXT)
        records = block
      }
      return block
    }
    before = block
    block = load<u32>(block, NEXT)
  }
  const size = max<u32>(bytes, RECORD_BLOCK)
  const fresh = reserve(size)
  if (exhausted) return 0
  store<u32>(fresh, 1, USED)
  store<u32>(fresh, <u32>records, NEXT)
  store<u32>(fresh, size, SIZE)
  records = fresh
  return fresh
}

/** The record has been committed, or is void: its owner may use the block again. */
@inline
export function releaseRecord(block: usize): void {
  atomicStore(block + USED, 0)
}
