// Linear memory, handed out explicitly: there is no heap and no garbage collector in the core.
//
//   0 ──────────── __heap_base ── control ─────────────────────────────────────────────── memory.size()
//   constant data │  (align 64)  │ free lists · buffers · scratch │ blocks, powers of two ≥ 4 KiB, by bump or free list
//
// In the threads build all instances share the memory. Then a shared head lies at __heap_base (how much has been claimed, the lock
// for growing, the lock of the code table), and the control block of each instance is claimed behind it like any other memory.
//
// A block is taken with reserve() and given back with release(); growable data lives in a Buffer. Running out of memory
// never traps: `exhausted` is set, writes go to a sink, and the run ends with OUT_OF_MEMORY at the next frame change.

import { atomicAdd, releaseLock, takeLock } from './parallel/atomic.ts'
import { setWordScratch } from './word/division.ts'

const SMALLEST_CLASS: u32 = 12 // 4 KiB
const LARGEST_CLASS: u32 = 31
const PAGE_SHIFT: u64 = 16
const GROWTH_PAGES: u64 = 16
/** Bytes that memory grows ahead of what is claimed, where threads share it. */
const AHEAD: u64 = 1 << 24

// Offsets within the control block.
const FREE_LISTS: usize = 0
/** 88 of them, by number, up to the scratch of words. */
const BUFFERS: usize = 128
const WORD_SCRATCH: usize = 1536
const SCRATCH: usize = 2048
const CONTROL_SIZE: usize = 16384

// Offsets within the shared head of the threads build.
const CLAIMED: usize = 0
const GROW_LOCK: usize = 64
const CODE_LOCK: usize = 128
const HEAD_SIZE: usize = 192

/** Largest piece that Buffer.push may be asked for: what the sink takes when memory is exhausted. */
export const MAX_PUSH: u32 = 65536

let control: usize = 0
let bump: usize = 0
let sink: usize = 0

/** Linear memory could not grow; the current run is void. Cleared by rewindArena. */
export let exhausted: bool = false
/** Shared memory has come to its limit. */
let cannotGrow: bool = false
/** Goes up with every rewind. */
export let arenaAge: u32 = 0

/** A growable byte region. Its address changes when it grows: keep offsets, not pointers, across a push. */
@unmanaged
export class Buffer {
  ptr: usize
  length: u32
  capacity: u32

  /** Appends `size` ≤ MAX_PUSH bytes (not cleared) and returns their address. */
  @inline
  push(size: u32): usize {
    const at = this.length
    if (<u64>at + size > this.capacity && !this.grow(<u64>at + size)) return sink
    this.length = at + size
    return this.ptr + at
  }

  /** Appends a copy of any number of bytes; none when memory is exhausted. */
  append(from: usize, length: u32): void {
    const at = this.length
    if (!this.ensure(<u64>at + length)) return
    memory.copy(this.ptr + at, from, length)
    this.length = at + length
  }

  /** Makes room for `size` bytes in all; false when memory is exhausted. */
  @inline
  ensure(size: u64): bool {
    return size <= this.capacity || this.grow(size)
  }

  grow(size: u64): bool {
    let capacity: u64 = max<u64>(<u64>this.capacity * 2, 1 << SMALLEST_CLASS)
    while (capacity < size) capacity *= 2
    const ptr = reserve(capacity)
    if (!ptr) return false
    memory.copy(ptr, this.ptr, this.length)
    if (this.capacity) release(this.ptr, this.capacity)
    this.ptr = ptr
    this.capacity = <u32>capacity
    return true
  }
}

/** Sets the arena up on the first call of an instance. */
export function initArena(): void {
  if (control) return
  bump = (__heap_base + 63) & ~63
  control = claim(CONTROL_SIZE)
  if (!control) return
  memory.fill(control, 0, CONTROL_SIZE)
  sink = claim(MAX_PUSH)
  setWordScratch(control + WORD_SCRATCH)
}

/**
 * Takes all blocks back, after memory was exhausted: what is free then lies in pieces of the wrong sizes. Everybody who kept the
 * address of one has to forget it; buffers are empty.
 */
export function rewindArena(): void {
  if (ASC_FEATURE_THREADS) atomic.store<u32>(bump + CLAIMED, <u32>(sink + MAX_PUSH - bump - HEAD_SIZE))
  else bump = sink + MAX_PUSH
  memory.fill(control, 0, CONTROL_SIZE)
  arenaAge++
  exhausted = false
}

/** A table that must not grow is full: as if memory were. */
export function giveUpMemory(): void {
  exhausted = true
}

/**
 * The buffer with the given number; each owner has its own (see the calls). 60 to 63 are what a commit appends to: one cache line, which
 * goes to the thread that commits, with nothing in it that the others read.
 */
export function bufferAt(index: usize): Buffer {
  return changetype<Buffer>(control + BUFFERS + index * 16)
}

/** 14 KiB for computations that end before control leaves the core; nobody may keep anything here. */
@inline
export function scratch(): usize {
  return control + SCRATCH
}

/** A block of at least `size` bytes (content undefined), or 0 when memory is exhausted. */
export function reserve(size: u64): usize {
  const sizeClass = classOf(size)
  if (sizeClass > LARGEST_CLASS) {
    exhausted = true
    return 0
  }
  const list = control + FREE_LISTS + ((sizeClass as usize) << 2)
  const head = load<u32>(list)
  if (head) {
    store<u32>(list, load<u32>(head))
    return head
  }
  const fresh = claim((<usize>1) << sizeClass)
  return fresh ? fresh : split(sizeClass)
}

/** A block cut out of a larger free one: only when memory cannot grow, since the pieces are not put together again. */
function split(sizeClass: u32): usize {
  for (let larger = sizeClass + 1; larger <= LARGEST_CLASS; larger++) {
    const list = control + FREE_LISTS + ((larger as usize) << 2)
    const block = load<u32>(list)
    if (!block) continue
    store<u32>(list, load<u32>(block))
    for (let half = larger; half > sizeClass; ) {
      half--
      release(<usize>block + ((<usize>1) << half), (<u64>1) << half)
    }
    return block
  }
  exhausted = true
  return 0
}

/** Gives a block back that reserve(size) returned. */
export function release(ptr: usize, size: u64): void {
  const list = control + FREE_LISTS + ((classOf(size) as usize) << 2)
  store<u32>(ptr, load<u32>(list))
  store<u32>(list, ptr as u32)
}

function classOf(size: u64): u32 {
  return max<u32>(SMALLEST_CLASS, 64 - <u32>clz<u64>(max<u64>(size, 1) - 1))
}

/** The lock of the code table (threads build). */
export function codeLock(): usize {
  return bump + CODE_LOCK
}

/** Memory that nobody had yet; 0 when there is none. */
function claim(size: usize): usize {
  if (ASC_FEATURE_THREADS) return claimShared((size + 63) & ~63)
  const end: u64 = <u64>bump + size
  const have: u64 = (<u64>(<u32>memory.size())) << PAGE_SHIFT
  if (end > have) {
    const missing = (end - have + 0xffff) >> PAGE_SHIFT
    const grown =
      end < 0xffff0000 && (memory.grow(<i32>max<u64>(missing, GROWTH_PAGES)) >= 0 || memory.grow(<i32>missing) >= 0)
    if (!grown) return 0
  }
  const ptr = bump
  bump = <usize>end
  return ptr
}

/**
 * The same where `bump` is the shared head. What could not be had stays claimed: nobody gets memory any more until the rewind.
 *
 * Memory grows long before what is new is used. An engine tells the other threads of its growth at the next function they call, and until then
 * their atomic instructions trap beyond the old end, though a pointer to there has reached them (seen in V8 of Node 20).
 */
function claimShared(size: usize): usize {
  const ptr: u64 = <u64>bump + HEAD_SIZE + atomicAdd(bump + CLAIMED, <u32>size)
  const end: u64 = ptr + size
  if (end > 0xffff0000) {
    atomicAdd(bump + CLAIMED, -(<u32>size)) // else the counter would come round
    return 0
  }
  const have: u64 = (<u64>(<u32>memory.size())) << PAGE_SHIFT
  const wanted = cannotGrow ? end : end + AHEAD / 2
  if (wanted > have && !growShared(end)) return 0
  return <usize>ptr
}

/** Grows beyond `end`; false when memory does not even reach up to there. */
function growShared(end: u64): bool {
  takeLock(bump + GROW_LOCK)
  // Not memory.size(), which another thread's growth may not have reached.
  const have: u64 = (<u64>(<u32>memory.grow(0))) << PAGE_SHIFT
  const missing = end > have ? (end - have + 0xffff) >> PAGE_SHIFT : 0
  let grown = end + AHEAD / 2 <= have
  for (let pages = missing + (AHEAD >> PAGE_SHIFT); !grown && pages > missing; pages = missing + (pages - missing) / 2)
    grown = memory.grow(<i32>pages) >= 0
  if (!grown) {
    cannotGrow = true
    grown = !missing || memory.grow(<i32>missing) >= 0
  }
  releaseLock(bump + GROW_LOCK)
  return grown
}
