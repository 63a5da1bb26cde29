// Call frames in linear memory: the interpreter never recurses, so 1,024 nested calls need no host stack, and a run can stop
// anywhere and go on later. Three regions, all growing on demand:
//
//   frames  │ Frame 0 │ Frame 1 │ …                         fixed size, depth 0 … 1024
//   stack   │ used words of 0 │ used words of 1 │ … room for 1,024 words
//   memory  │ memory of 0     │ memory of 1     │ …
//
// A caller's stack and memory cannot grow while its callee runs, so the callee's begin where they end.

import { Buffer, bufferAt, reserve } from './arena.ts'
import { clearBytes, copyBytes } from './bytes.ts'

export const MAX_DEPTH: u32 = 1024
const STACK_BYTES: u32 = 32768
/** Bytes of memory that are zeroed in advance: a call of memory.fill costs as much as zeroing them. */
const MEMORY_AHEAD: u32 = 512
/** CALL has seven operands. */
const OPERANDS: u32 = 7 * 32

export const MESSAGE_CALL: i32 = 0
export const MESSAGE_CREATE: i32 = 1

@unmanaged
export class Frame {
  kind: i32
  isStatic: u32
  depth: u32
  /** Account whose storage and balance is used, as index of its entry in the view. */
  self: u32
  pc: usize
  /** Top word of the stack; one word below `stack` when it is empty. */
  sp: usize
  gas: i64
  code: usize
  codeLength: u32
  /** Where blocks begin, and what each needs (analysis.ts). */
  map: usize
  needs: usize
  /** What the present block needs; `entered`: that has been paid. */
  block: usize
  entered: u32
  /** Opcode by opcode: 1 = a block's needs were not met, 2 = traced. */
  careful: u32
  /** The code is initcode that this frame holds. */
  ownsCode: u32
  stack: usize
  memory: usize
  /** Bytes, a multiple of 32. */
  memorySize: u32
  /** Bytes that are zero or used: a little more than memorySize, so that memory which grows word by word is not zeroed so. */
  memoryReady: u32
  input: usize
  inputLength: u32
  /** The input lies in the memory region (and moves with it). */
  inputInMemory: u32
  /** Where the caller wants the output: offset in its memory, length. */
  outOffset: u32
  outLength: u32
  /** The precompiled contract that this frame stands for (precompileAt), 0 = none. */
  precompile: u32
  // State to return to on failure.
  mark: u32
  logBytes: u32
  logCount: u32
  refund: i64
  address0: u64
  address1: u64
  address2: u64
  address3: u64
  caller0: u64
  caller1: u64
  caller2: u64
  caller3: u64
  value0: u64
  value1: u64
  value2: u64
  value3: u64

  /** Word of the executing account's address. */
  @inline
  get address(): usize {
    return changetype<usize>(this) + offsetof<Frame>('address0')
  }
  @inline
  get caller(): usize {
    return changetype<usize>(this) + offsetof<Frame>('caller0')
  }
  @inline
  get value(): usize {
    return changetype<usize>(this) + offsetof<Frame>('value0')
  }
  /** The stack pointer of an empty stack. */
  @inline
  get bottom(): usize {
    return this.stack - 32
  }
}

/** A multiple of 16 bytes, which are cleared at a time. */
const FRAME_SIZE: u32 = (<u32>offsetof<Frame>() + 15) & ~15

let frames: usize = 0
let stacks: Buffer = changetype<Buffer>(0)
let memories: Buffer = changetype<Buffer>(0)
let returned: Buffer = changetype<Buffer>(0)

/** The running frame; 0 before the first and after the last. */
export let current: Frame = changetype<Frame>(0)
/** Frames on the stack. */
export let frameCount: u32 = 0

export function initFrames(): void {
  if (frames) return
  frames = reserve((MAX_DEPTH + 1) * FRAME_SIZE)
  stacks = bufferAt(9)
  memories = bufferAt(10)
  returned = bufferAt(11)
  stacks.ensure(STACK_BYTES + 64)
  memories.ensure(65536)
  returned.ensure(4096)
}

/** The regions are gone (rewindArena). */
export function forgetFrames(): void {
  frames = 0
}

/** Leaves no frame. */
export function resetFrames(): void {
  frameCount = 0
  current = changetype<Frame>(0)
  returned.length = 0
}

@inline
function frameAt(index: u32): Frame {
  return changetype<Frame>(frames + index * FRAME_SIZE)
}

/** The frame that called the running one; only valid with frameCount > 1. */
@inline
export function parent(): Frame {
  return frameAt(frameCount - 2)
}

/** A new frame with empty stack and memory above the running one, all else zero; 0 when memory is exhausted. */
export function pushFrame(): Frame {
  const below = current
  let stackOffset: usize = 32 // PUSH and empty-stack pointers look one word below
  let memoryOffset: usize = 0
  if (frameCount) {
    stackOffset = below.sp + 32 - stacks.ptr
    memoryOffset = below.memory + below.memorySize - memories.ptr
  }
  if (!reserveStack(stackOffset)) return changetype<Frame>(0)
  if (frameCount) below.memoryReady = below.memorySize // what lies beyond is the callee's now
  const frame = frameAt(frameCount)
  clearBytes(changetype<usize>(frame), FRAME_SIZE)
  frame.depth = frameCount
  frame.stack = stacks.ptr + stackOffset
  frame.sp = frame.stack - 32
  frame.memory = memories.ptr + memoryOffset
  frameCount++
  current = frame
  return frame
}

/** Gas that the frames have left, all together. */
export function gasOfFrames(): i64 {
  let gas: i64 = 0
  for (let i: u32 = 0; i < frameCount; i++) gas += frameAt(i).gas
  return gas
}

/** Drops the running frame; its caller runs on. */
export function popFrame(): void {
  frameCount--
  current = frameCount ? frameAt(frameCount - 1) : changetype<Frame>(0)
}

function reserveStack(offset: usize): bool {
  const end: u64 = <u64>offset + STACK_BYTES + 64
  if (end <= stacks.capacity) return true
  const old = stacks.ptr
  stacks.length = <u32>offset + OPERANDS // the caller's operands lie above its stack pointer and are still read
  if (!stacks.grow(end)) return false
  const moved = stacks.ptr - old
  for (let i: u32 = 0; i < frameCount; i++) {
    frameAt(i).stack += moved
    frameAt(i).sp += moved
  }
  return true
}

/** Grows the running frame's memory to `size` bytes (a multiple of 32), zeroed; false when linear memory is exhausted. */
export function growMemory(size: u32): bool {
  const frame = current
  if (size > frame.memoryReady && !readyMemory(frame, size)) return false
  frame.memorySize = size
  return true
}

function readyMemory(frame: Frame, size: u32): bool {
  const offset = frame.memory - memories.ptr
  const end: u64 = <u64>offset + size
  if (end > memories.capacity) {
    const old = memories.ptr
    memories.length = <u32>offset + frame.memorySize
    if (!memories.grow(end)) return false
    const moved = memories.ptr - old
    for (let i: u32 = 0; i < frameCount; i++) {
      const other = frameAt(i)
      other.memory += moved
      if (other.inputInMemory) other.input += moved
    }
  }
  const ready = min(size + MEMORY_AHEAD, memories.capacity - <u32>offset)
  memory.fill(frame.memory + frame.memorySize, 0, ready - frame.memorySize)
  frame.memoryReady = ready
  return true
}

// ---- return data ------------------------------------------------------------------------------------------------------

/** Output of the last call, for RETURNDATACOPY and, after the last frame, the output of the run. */
@inline
export function returnData(): usize {
  return returned.ptr
}

@inline
export function returnLength(): u32 {
  return returned.length
}

/** Keeps a copy of `length` bytes as return data. */
export function setReturnData(data: usize, length: u32): void {
  returned.length = 0
  if (!length || !returned.ensure(length)) return
  copyBytes(returned.ptr, data, length)
  returned.length = length
}

/** Room for `length` bytes of return data, to be filled by the caller; 0 when memory is exhausted. */
export function roomForReturnData(length: u32): usize {
  returned.length = 0
  if (!returned.ensure(length)) return 0
  returned.length = length
  return returned.ptr
}
