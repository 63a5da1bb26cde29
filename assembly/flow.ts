// What the interpreter's loop asks for between opcodes: entering a basic block, where a jump leads, whether memory is paid for, and the
// ways a frame ends or rests.

import { INVALID_INSTRUCTION, OUT_OF_GAS, STACK_OVERFLOW, STACK_UNDERFLOW, UNDEFINED_INSTRUCTION } from './abi.ts'
import { UNDEFINED_NEED } from './env.ts'
import { Frame } from './frame.ts'
import { leaveFrame } from './message.ts'
import { fitsU64 } from './word/word.ts'

const JUMPDEST: u32 = 0x5b
const STACK_BYTES: i32 = 32768

/** How executeFrames ended. */
export const EXECUTED: i32 = 0
export const EXECUTE_MISS: i32 = 1
export const EXECUTE_NO_MEMORY: i32 = 2
export const EXECUTE_YIELD: i32 = 3
export const EXECUTE_TRACE_FULL: i32 = 4

/** The loop has left the frame, or rests in it: executeFrames goes on with the frame that is current. */
export const GO_ON: i32 = 0

/** The running frame ends without gas or output. */
export function end(frame: Frame, status: i32): i32 {
  frame.gas = 0
  leaveFrame(status, 0, 0)
  return GO_ON
}

/** The check before an opcode failed: which one? Any of them ends the frame and takes its gas. */
export function refuse(frame: Frame, opcode: u32, height: i32, check: u64): i32 {
  const need = (check >> 16) & 0xffff
  let status = OUT_OF_GAS
  if (need == UNDEFINED_NEED) status = opcode == 0xfe ? INVALID_INSTRUCTION : UNDEFINED_INSTRUCTION
  else if (height < <i32>need) status = STACK_UNDERFLOW
  else if (height > <i32>((check >> 32) & 0xffff)) status = STACK_OVERFLOW
  return end(frame, status)
}

/** Interrupts the loop; the frame goes on at `pc`, where `block` begins. */
export function rest(frame: Frame, pc: usize, sp: usize, gas: i64, block: usize): i32 {
  frame.pc = pc
  frame.sp = sp
  frame.gas = gas
  frame.block = block
  return GO_ON
}

/**
 * Pays for the block that begins at `pc`. Negative when its needs are not met: then the frame is left there to go on opcode
 * by opcode.
 */
@inline
export function enterBlock(frame: Frame, block: usize, pc: usize, sp: usize, gas: i64): i64 {
  const need = load<u64>(block)
  const left = gas - <i64>(need & 0xffffffff)
  const height = <i32>(sp - frame.bottom)
  if (left < 0 || height < <i32>((need >> 32) & 0xffff) || height + <i32>(need >> 48) > STACK_BYTES) {
    rest(frame, pc, sp, gas, block)
    frame.careful = 1
    return -1
  }
  return left
}

/** What the block needs that a jump to the word leads to; 0 when no JUMPDEST is there. */
@inline
export function jumpTarget(frame: Frame, word: usize): usize {
  if (!fitsU64(word)) return 0
  const target = load<u64>(word)
  if (target >= frame.codeLength || load<u8>(frame.code + <usize>target) != JUMPDEST) return 0
  const entry = frame.map + ((<usize>target >> 6) << 4)
  const bit = (<u64>1) << (target & 63)
  const bits = load<u64>(entry)
  if (!(bits & bit)) return 0
  return frame.needs + (load<u32>(entry, 8) + <u32>popcnt(bits & (bit - 1))) * 8
}

/** Do 32 bytes at the offset lie in memory that has been paid for? */
@inline
export function isInMemory(frame: Frame, offset: usize): bool {
  return fitsU64(offset) && load<u64>(offset) < <u64>frame.memorySize && load<u64>(offset) + 32 <= <u64>frame.memorySize
}
