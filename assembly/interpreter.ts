// The interpreter: one loop over the bytes of the running frame's code (Yellow Paper 9).
//
// What is short and frequent is done here, found by a tree of branches, the most frequent first; everything else (state, calls,
// copies, hashes, long arithmetic) in instructions/dispatch.ts, by one br_table behind one call. Two measurements made this shape:
// - An indirect jump costs 11.5 ns where the processor does not predict it (IBRS, as on many shared machines), a branch 1.8.
//   With a br_table for all opcodes a stack of PUSH, DUP and SWAP took 2.2 times as long; where indirect jumps are predicted the
//   tree costs nothing that shows.
// - A register allocator spills pc and sp at every opcode when many paths of the loop contain calls (V8: 11 cycles each). So the
//   loop has a single one, and pc, sp and gas pass through the frame there.
//
// Base gas is paid and the stack neither too low nor too high before an opcode is executed. Two instances of the loop see to that:
// ByBlocks asks once per basic block, with the sums of analysis.ts; a frame that comes to a block whose needs are not met goes on
// in Careful, which asks before every opcode, with the fork's check table (env.ts), and so ends exactly where the EVM ends. Traced
// is Careful and records every opcode (trace.ts); it runs where steps are traced, and there alone.
//
// Engines do not replace a running WASM frame by optimised code (measured: 1.2 ns per opcode in one long call, 0.41 in repeated
// short ones). So runFrame returns at every change of frame and at the first jump after GAS_PER_REST at the latest.

import {
  BAD_JUMP_DESTINATION,
  INVALID_INSTRUCTION,
  OUT_OF_GAS,
  STACK_OVERFLOW,
  STACK_UNDERFLOW,
  SUCCESS,
  TRACE_STEPS,
  UNDEFINED_INSTRUCTION,
} from './abi.ts'
import { exhausted } from './arena.ts'
import { UNDEFINED_NEED, checks } from './env.ts'
import { Frame, current, frameCount } from './frame.ts'
import { ENDED, NEXT_BLOCK, dispatch } from './instructions/dispatch.ts'
import { leaveFrame, refund } from './message.ts'
import { runPrecompile } from './precompiles/run.ts'
import { closeStep, dropStep, isTraceFull, openStep, traceFrame, tracing } from './trace.ts'
import { add, sub } from './word/arithmetic.ts'
import { and, or, shl, shr } from './word/bits.ts'
import {
  copyWord,
  equalWords,
  fitsU64,
  isZeroWord,
  lessThan,
  loadBigEndian,
  loadBytes,
  setWord,
  signedLessThan,
  storeBigEndian,
} from './word/word.ts'

// The opcodes that the loop knows by name; families by their first member.
const ADD: u32 = 0x01
const SUB: u32 = 0x03
const LT: u32 = 0x10
const GT: u32 = 0x11
const SLT: u32 = 0x12
const EQ: u32 = 0x14
const ISZERO: u32 = 0x15
const AND: u32 = 0x16
const OR: u32 = 0x17
const SHL: u32 = 0x1b
const SHR: u32 = 0x1c
const KECCAK256: u32 = 0x20
const POP: u32 = 0x50
const MLOAD: u32 = 0x51
const MSTORE: u32 = 0x52
const JUMP: u32 = 0x56
const JUMPDEST: u32 = 0x5b
const PUSH1: u32 = 0x60
const PUSH2: u32 = 0x61
const DUP1: u32 = 0x80
const SWAP1: u32 = 0x90
const LOG0: u32 = 0xa0

const STACK_BYTES: i32 = 32768
/** Gas after which a jump interrupts the loop: gas and not jumps, because between two jumps may lie much work. */
const GAS_PER_REST: i64 = 200000
/** Work after which the host is let in, at most a second: a change of frame counts as 1 of it, */
export const WORK_PER_YIELD: u32 = 50000
/** and as much as this a rest of the loop, or a precompiled contract. */
const LONG_WORK: u32 = 400

/** How executeFrames ended. */
export const EXECUTED: i32 = 0
export const EXECUTE_MISS: i32 = 1
export const EXECUTE_NO_MEMORY: i32 = 2
export const EXECUTE_YIELD: i32 = 3
export const EXECUTE_TRACE_FULL: i32 = 4

const GO_ON: i32 = 0

/** The three instances of the loop, as types: what tells them apart is known at compile time. */
type Careful = u8
type Traced = u16
type ByBlocks = u32

@inline
function byBlocks<Mode>(): bool {
  return sizeof<Mode>() == sizeof<ByBlocks>()
}

@inline
function traced<Mode>(): bool {
  return sizeof<Mode>() == sizeof<Traced>()
}

/** Runs until the last frame has ended, state is missing, memory or trace is full, or after so much work others should be let in. */
export function executeFrames(patience: u32 = WORK_PER_YIELD): i32 {
  for (let work: u32 = 0; work < patience; ) {
    if (!frameCount) return EXECUTED
    if (exhausted) return EXECUTE_NO_MEMORY
    const frame = current
    if (tracing) {
      if (isTraceFull()) return EXECUTE_TRACE_FULL
      traceFrame(frame)
    }
    if (frame.precompile) {
      if (!runPrecompile(frame)) return EXECUTE_MISS
      work += LONG_WORK
    } else if (!frame.codeLength) leaveFrame(SUCCESS, 0, 0)
    else {
      if (tracing & TRACE_STEPS) frame.careful = 2
      const ended = !frame.careful
        ? runFrame<ByBlocks>()
        : frame.careful == 1
          ? runFrame<Careful>()
          : runFrame<Traced>()
      if (ended != GO_ON) return ended
      work += current == frame ? LONG_WORK : 1
    }
  }
  return EXECUTE_YIELD
}

/** Runs the current frame until it ends, calls, misses or has used its budget. */
function runFrame<Mode>(): i32 {
  const frame = current
  let pc = frame.pc
  let sp = frame.sp
  let gas = frame.gas
  let block = frame.block
  const floor = gas - GAS_PER_REST
  if (byBlocks<Mode>()) {
    if (!frame.entered) {
      gas = enterBlock(frame, block, pc, sp, gas)
      if (gas < 0) return GO_ON
      if (load<u8>(pc) == JUMPDEST) pc++
    }
    frame.entered = 0
  }
  while (true) {
    const opcode = <u32>load<u8>(pc)
    if (traced<Mode>()) {
      closeStep(sp, gas)
      if (isTraceFull()) {
        rest(frame, pc, sp, gas, block)
        return EXECUTE_TRACE_FULL
      }
      openStep(frame, opcode, pc, sp, gas, refund)
    }
    if (!byBlocks<Mode>()) {
      const check = load<u64>(checks() + ((<usize>opcode) << 3))
      const height = <i32>(sp - frame.bottom)
      gas -= <i64>(check & 0xffff)
      if (gas < 0 || height < <i32>((check >> 16) & 0xffff) || height > <i32>((check >> 32) & 0xffff)) {
        return refuse(frame, opcode, height, check)
      }
    }
    if (opcode >= PUSH1) {
      if (opcode < DUP1) {
        sp += 32
        if (opcode == PUSH1) setWord(sp, load<u8>(pc, 1))
        else if (opcode == PUSH2) setWord(sp, bswap<u16>(load<u16>(pc, 1)))
        else loadBytes(sp, pc + 1, <i32>opcode - 0x5f)
        pc += opcode - 0x5e
        continue
      }
      if (opcode < SWAP1) {
        copyWord(sp + 32, sp - ((<usize>opcode - DUP1) << 5))
        sp += 32
        pc++
        continue
      }
      if (opcode < LOG0) {
        swapWords(sp, sp - ((<usize>opcode - SWAP1 + 1) << 5))
        pc++
        continue
      }
    } else if (opcode >= POP) {
      if (opcode == POP) {
        sp -= 32
        pc++
        continue
      }
      if (opcode == JUMPDEST) {
        if (byBlocks<Mode>()) {
          block += 8
          gas = enterBlock(frame, block, pc, sp, gas)
          if (gas < 0) return GO_ON
        }
        pc++
        continue
      }
      if (opcode <= MSTORE) {
        if (isInMemory(frame, sp)) {
          const at = frame.memory + load<u32>(sp)
          if (opcode == MLOAD) loadBigEndian(sp, at)
          else {
            storeBigEndian(at, sp - 32)
            sp -= 64
          }
          pc++
          continue
        }
      } else if (opcode - JUMP < 2) {
        const from = sp
        sp -= opcode == JUMP ? 32 : 64
        if (opcode == JUMP || !isZeroWord(from - 32)) {
          block = jumpTarget(frame, from)
          if (!block) return end(frame, BAD_JUMP_DESTINATION)
          pc = frame.code + load<u32>(from)
          if (gas < floor) {
            if (traced<Mode>()) closeStep(sp, gas)
            return rest(frame, pc, sp, gas, block)
          }
          if (byBlocks<Mode>()) {
            gas = enterBlock(frame, block, pc, sp, gas)
            if (gas < 0) return GO_ON
            pc++
          }
          continue
        }
        pc++
        if (byBlocks<Mode>()) {
          block += 8
          gas = enterBlock(frame, block, pc, sp, gas)
          if (gas < 0) return GO_ON
          if (load<u8>(pc) == JUMPDEST) pc++
        }
        continue
      }
    } else if (opcode < KECCAK256) {
      if (opcode == ISZERO) {
        setWord(sp, isZeroWord(sp) ? 1 : 0)
        pc++
        continue
      }
      if (binary(sp, opcode)) {
        sp -= 32
        pc++
        continue
      }
    }
    frame.pc = pc
    frame.sp = sp
    frame.gas = gas
    frame.block = block
    const ended = dispatch(frame, opcode)
    if (ended == ENDED) {
      if (traced<Mode>()) closeStep(frame.sp, frame.gas)
      return GO_ON
    }
    if (ended > NEXT_BLOCK) {
      if (traced<Mode>()) dropStep()
      return ended - NEXT_BLOCK
    }
    pc = frame.pc
    sp = frame.sp
    gas = frame.gas
    block = frame.block
    if (byBlocks<Mode>() && ended == NEXT_BLOCK) {
      block += 8
      gas = enterBlock(frame, block, pc, sp, gas)
      if (gas < 0) return GO_ON
      if (load<u8>(pc) == JUMPDEST) pc++
    }
  }
}

/** The running frame ends without gas or output. */
function end(frame: Frame, status: i32): i32 {
  frame.gas = 0
  leaveFrame(status, 0, 0)
  return GO_ON
}

/** The check before an opcode failed: which one? Any of them ends the frame and takes its gas. */
function refuse(frame: Frame, opcode: u32, height: i32, check: u64): i32 {
  const need = (check >> 16) & 0xffff
  let status = OUT_OF_GAS
  if (need == UNDEFINED_NEED) status = opcode == 0xfe ? INVALID_INSTRUCTION : UNDEFINED_INSTRUCTION
  else if (height < <i32>need) status = STACK_UNDERFLOW
  else if (height > <i32>((check >> 32) & 0xffff)) status = STACK_OVERFLOW
  return end(frame, status)
}

/** Interrupts the loop; the frame goes on at `pc`, where `block` begins. */
function rest(frame: Frame, pc: usize, sp: usize, gas: i64, block: usize): i32 {
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
function enterBlock(frame: Frame, block: usize, pc: usize, sp: usize, gas: i64): i64 {
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

/** The frequent opcodes that take two words and put one; false when it is none of them. */
@inline
function binary(sp: usize, opcode: u32): bool {
  const out = sp - 32
  if (opcode < LT) {
    if (opcode == ADD) add(out, sp, out)
    else if (opcode == SUB) sub(out, sp, out)
    else return false
  } else if (opcode < EQ) {
    if (opcode == LT) setWord(out, lessThan(sp, out) ? 1 : 0)
    else if (opcode == GT) setWord(out, lessThan(out, sp) ? 1 : 0)
    else if (opcode == SLT) setWord(out, signedLessThan(sp, out) ? 1 : 0)
    else setWord(out, signedLessThan(out, sp) ? 1 : 0)
  } else if (opcode == AND) and(out, sp, out)
  else if (opcode == EQ) setWord(out, equalWords(sp, out) ? 1 : 0)
  else if (opcode == SHR) shr(out, sp, out)
  else if (opcode == SHL) shl(out, sp, out)
  else if (opcode == OR) or(out, sp, out)
  else return false
  return true
}

/** What the block needs that a jump to the word leads to; 0 when no JUMPDEST is there. */
@inline
function jumpTarget(frame: Frame, word: usize): usize {
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
function isInMemory(frame: Frame, offset: usize): bool {
  return fitsU64(offset) && load<u64>(offset) < <u64>frame.memorySize && load<u64>(offset) + 32 <= <u64>frame.memorySize
}

@inline
function swapWords(a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    const low = v128.load(a)
    const high = v128.load(a, 16)
    v128.store(a, v128.load(b))
    v128.store(a, v128.load(b, 16), 16)
    v128.store(b, low)
    v128.store(b, high, 16)
  } else {
    swapLimb(a, b)
    swapLimb(a + 8, b + 8)
    swapLimb(a + 16, b + 16)
    swapLimb(a + 24, b + 24)
  }
}

@inline
function swapLimb(a: usize, b: usize): void {
  const limb = load<u64>(a)
  store<u64>(a, load<u64>(b))
  store<u64>(b, limb)
}
