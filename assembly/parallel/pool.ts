// Memory that a thread uses during one block: pieces that live until its end, by bump, and blocks for the records of runs, which are
// used again as soon as they have been committed, so that they stay in the processor's cache. Both keep their memory for later blocks.

import { exhausted, reserve } from '../arena.ts'
import { atomicLoad, atomicStore, atomicSwap } from './atomic.ts'

const CHUNK: u32 = 262144
/** Bytes at the head of a chunk: the next one, its size. */
const CHUNK_HEAD: usize = 64
/** Bytes of a usual record: about 12 accounts and 12 slots. */
const RECORD_BLOCK: u32 = 8192

/** At the head of a record block: the next free one, its size, where it is returned to, and the one that was made before it. */
const NEXT: usize = 0
const SIZE: usize = 4
const HOME: usize = 8
const MADE: usize = 12

let first: usize = 0
let chunk: usize = 0
let at: usize = 0
let end: usize = 0
/** Record blocks: the newest that was made, those that are free, and ° the place of the newest that another thread has returned. */
let made: usize = 0
let free: usize = 0
let home: usize = 0
let isLost: bool = false

/** All pieces of the last block are free again, and the records of one that was not committed to its end. */
export function resetPool(): void {
  chunk = first
  at = chunk ? chunk + CHUNK_HEAD : 0
  end = chunk ? chunk + load<u32>(chunk, 4) : 0
  if (isLost) recover()
}

/** The block was not committed to its end: nobody returns what is left of its records. */
export function loseRecords(): void {
  isLost = true
}

function recover(): void {
  isLost = false
  free = 0
  if (home) atomicStore(home, 0)
  for (let block = made; block; block = load<u32>(block, MADE)) {
    store<u32>(block, <u32>free, NEXT)
    free = block
  }
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
  if (!free) takeReturned()
  let before: usize = 0
  for (let block = free; block; block = load<u32>(block, NEXT)) {
    if (load<u32>(block, SIZE) >= bytes) {
      const next = load<u32>(block, NEXT)
      if (before) store<u32>(before, next, NEXT)
      else free = next
      return block
    }
    before = block
  }
  return makeRecord(max<u32>(bytes, RECORD_BLOCK))
}

function takeReturned(): void {
  if (!home) return
  do free = atomicLoad(home)
  while (free && !atomicSwap(home, <u32>free, 0))
}

function makeRecord(size: u32): usize {
  if (!home) {
    home = reserve(4)
    if (home) atomicStore(home, 0)
  }
  const fresh = reserve(size)
  if (exhausted) return 0
  store<u32>(fresh, size, SIZE)
  store<u32>(fresh, <u32>home, HOME)
  store<u32>(fresh, <u32>made, MADE)
  made = fresh
  return fresh
}

/** The record has been committed, or is void: its owner may use the block again. */
export function releaseRecord(block: usize): void {
  const home = <usize>load<u32>(block, HOME)
  while (true) {
    const newest = atomicLoad(home)
    store<u32>(block, newest, NEXT)
    if (atomicSwap(home, newest, <u32>block)) return
  }
}
