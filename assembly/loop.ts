// The interpreter's loop: one pass per opcode. What is frequent and short is a case here; the rest (state, calls, copies, hashes,
// long arithmetic) is in instructions/dispatch.ts, behind one call: where many paths of the loop contain calls, a register allocator
// spills pc and sp at every opcode (V8: 11 cycles each). Around that call they pass through the frame.
//
// Every opcode has a case of its own, so that the compiler makes one jump table and the offsets of DUP and SWAP are constants.
// Against a tree of branches, the most frequent opcode first, on a processor that predicts indirect jumps (EPYC, fastest runs): classics
// 0.91 of the time, micros 0.92, mainnet blocks the same. On one that does not (IBRS on older servers, 11.5 ns a jump) a stack of PUSH, DUP and SWAP took
// 2.2 times as long as with the tree. One case for all DUPs and a table of kinds, as short as it is, lost 5 %.

import { BAD_JUMP_DESTINATION } from './abi.ts'
import { checks } from './env.ts'
import { EXECUTE_TRACE_FULL, GO_ON, end, enterBlock, isInMemory, jumpTarget, refuse, rest } from './flow.ts'
import { current } from './frame.ts'
import { ENDED, NEXT_BLOCK, dispatch } from './instructions/dispatch.ts'
import { refund } from './message.ts'
import { closeStep, dropStep, isTraceFull, openStep } from './trace.ts'
import { add, mul, sub } from './word/arithmetic.ts'
import { and, not, or, sar, shl, shr, xor } from './word/bits.ts'
import {
  copyWord,
  equalWords,
  isZeroWord,
  lessThan,
  loadBigEndian,
  loadBytes,
  setWord,
  signedLessThan,
  storeBigEndian,
  swapWords,
  zeroWord,
} from './word/word.ts'

const JUMPDEST: u32 = 0x5b
/** Gas after which a jump interrupts the loop: gas and not jumps, because between two jumps may lie much work. */
const GAS_PER_REST: i64 = 200000

/** The three instances of the loop, as types: what tells them apart is known at compile time. */
export type Careful = u8
export type Traced = u16
export type ByBlocks = u32

@inline
function byBlocks<Mode>(): bool {
  return sizeof<Mode>() == sizeof<ByBlocks>()
}

@inline
function traced<Mode>(): bool {
  return sizeof<Mode>() == sizeof<Traced>()
}

/** Runs the current frame until it ends, calls, misses or has used its budget. */
export function runFrame<Mode>(): i32 {
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
    pc++
    switch (opcode) {
      case 0x01: // ADD
        add(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      case 0x02: // MUL
        mul(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      case 0x03: // SUB
        sub(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      case 0x10: // LT
        setWord(sp - 32, lessThan(sp, sp - 32) ? 1 : 0)
        sp -= 32
        continue
      case 0x11: // GT
        setWord(sp - 32, lessThan(sp - 32, sp) ? 1 : 0)
        sp -= 32
        continue
      case 0x12: // SLT
        setWord(sp - 32, signedLessThan(sp, sp - 32) ? 1 : 0)
        sp -= 32
        continue
      case 0x13: // SGT
        setWord(sp - 32, signedLessThan(sp - 32, sp) ? 1 : 0)
        sp -= 32
        continue
      case 0x14: // EQ
        setWord(sp - 32, equalWords(sp, sp - 32) ? 1 : 0)
        sp -= 32
        continue
      case 0x15: // ISZERO
        setWord(sp, isZeroWord(sp) ? 1 : 0)
        continue
      case 0x16: // AND
        and(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      case 0x17: // OR
        or(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      case 0x18: // XOR
        xor(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      case 0x19: // NOT
        not(sp, sp)
        continue
      case 0x1b: // SHL
        shl(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      case 0x1c: // SHR
        shr(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      case 0x1d: // SAR
        sar(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      case 0x33: // CALLER
        sp += 32
        copyWord(sp, frame.caller)
        continue
      case 0x34: // CALLVALUE
        sp += 32
        copyWord(sp, frame.value)
        continue
      case 0x36: // CALLDATASIZE
        sp += 32
        setWord(sp, frame.inputLength)
        continue
      case 0x50: // POP
        sp -= 32
        continue
      case 0x51: // MLOAD
        if (!isInMemory(frame, sp)) break
        loadBigEndian(sp, frame.memory + load<u32>(sp))
        continue
      case 0x52: // MSTORE
        if (!isInMemory(frame, sp)) break
        storeBigEndian(frame.memory + load<u32>(sp), sp - 32)
        sp -= 64
        continue
      case 0x56: // JUMP
        sp -= 32
        block = jumpTarget(frame, sp + 32)
        if (!block) return end(frame, BAD_JUMP_DESTINATION)
        pc = frame.code + load<u32>(sp, 32)
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
      case 0x57: // JUMPI
        sp -= 64
        if (isZeroWord(sp + 32)) {
          if (byBlocks<Mode>()) {
            block += 8
            gas = enterBlock(frame, block, pc, sp, gas)
            if (gas < 0) return GO_ON
            if (load<u8>(pc) == JUMPDEST) pc++
          }
          continue
        }
        block = jumpTarget(frame, sp + 64)
        if (!block) return end(frame, BAD_JUMP_DESTINATION)
        pc = frame.code + load<u32>(sp, 64)
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
      case 0x5b: // JUMPDEST
        if (byBlocks<Mode>()) {
          block += 8
          gas = enterBlock(frame, block, pc - 1, sp, gas)
          if (gas < 0) return GO_ON
        }
        continue
      case 0x5f: // PUSH0
        sp += 32
        zeroWord(sp)
        continue
      case 0x60: // PUSH1
        sp += 32
        setWord(sp, load<u8>(pc))
        pc++
        continue
      case 0x61: // PUSH2
        sp += 32
        setWord(sp, bswap<u16>(load<u16>(pc)))
        pc += 2
        continue
      case 0x62: // PUSH3
        sp += 32
        loadBytes(sp, pc, 3)
        pc += 3
        continue
      case 0x63: // PUSH4
        sp += 32
        loadBytes(sp, pc, 4)
        pc += 4
        continue
      case 0x73: // PUSH20
        sp += 32
        loadBytes(sp, pc, 20)
        pc += 20
        continue
      case 0x7f: // PUSH32
        sp += 32
        loadBytes(sp, pc, 32)
        pc += 32
        continue
      case 0x64: // PUSH5
      case 0x65: // PUSH6
      case 0x66: // PUSH7
      case 0x67: // PUSH8
      case 0x68: // PUSH9
      case 0x69: // PUSH10
      case 0x6a: // PUSH11
      case 0x6b: // PUSH12
      case 0x6c: // PUSH13
      case 0x6d: // PUSH14
      case 0x6e: // PUSH15
      case 0x6f: // PUSH16
      case 0x70: // PUSH17
      case 0x71: // PUSH18
      case 0x72: // PUSH19
      case 0x74: // PUSH21
      case 0x75: // PUSH22
      case 0x76: // PUSH23
      case 0x77: // PUSH24
      case 0x78: // PUSH25
      case 0x79: // PUSH26
      case 0x7a: // PUSH27
      case 0x7b: // PUSH28
      case 0x7c: // PUSH29
      case 0x7d: // PUSH30
      case 0x7e: // PUSH31
        sp += 32
        loadBytes(sp, pc, <i32>opcode - 0x5f)
        pc += opcode - 0x5f
        continue
      case 0x80: // DUP1
        sp = dup(sp, 1)
        continue
      case 0x81: // DUP2
        sp = dup(sp, 2)
        continue
      case 0x82: // DUP3
        sp = dup(sp, 3)
        continue
      case 0x83: // DUP4
        sp = dup(sp, 4)
        continue
      case 0x84: // DUP5
        sp = dup(sp, 5)
        continue
      case 0x85: // DUP6
        sp = dup(sp, 6)
        continue
      case 0x86: // DUP7
        sp = dup(sp, 7)
        continue
      case 0x87: // DUP8
        sp = dup(sp, 8)
        continue
      case 0x88: // DUP9
        sp = dup(sp, 9)
        continue
      case 0x89: // DUP10
        sp = dup(sp, 10)
        continue
      case 0x8a: // DUP11
        sp = dup(sp, 11)
        continue
      case 0x8b: // DUP12
        sp = dup(sp, 12)
        continue
      case 0x8c: // DUP13
        sp = dup(sp, 13)
        continue
      case 0x8d: // DUP14
        sp = dup(sp, 14)
        continue
      case 0x8e: // DUP15
        sp = dup(sp, 15)
        continue
      case 0x8f: // DUP16
        sp = dup(sp, 16)
        continue
      case 0x90: // SWAP1
        swapWords(sp, sp - 32)
        continue
      case 0x91: // SWAP2
        swapWords(sp, sp - 64)
        continue
      case 0x92: // SWAP3
        swapWords(sp, sp - 96)
        continue
      case 0x93: // SWAP4
        swapWords(sp, sp - 128)
        continue
      case 0x94: // SWAP5
        swapWords(sp, sp - 160)
        continue
      case 0x95: // SWAP6
        swapWords(sp, sp - 192)
        continue
      case 0x96: // SWAP7
        swapWords(sp, sp - 224)
        continue
      case 0x97: // SWAP8
        swapWords(sp, sp - 256)
        continue
      case 0x98: // SWAP9
        swapWords(sp, sp - 288)
        continue
      case 0x99: // SWAP10
        swapWords(sp, sp - 320)
        continue
      case 0x9a: // SWAP11
        swapWords(sp, sp - 352)
        continue
      case 0x9b: // SWAP12
        swapWords(sp, sp - 384)
        continue
      case 0x9c: // SWAP13
        swapWords(sp, sp - 416)
        continue
      case 0x9d: // SWAP14
        swapWords(sp, sp - 448)
        continue
      case 0x9e: // SWAP15
        swapWords(sp, sp - 480)
        continue
      case 0x9f: // SWAP16
        swapWords(sp, sp - 512)
        continue
      default:
    }
    frame.pc = pc - 1
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

/** Puts the `n`th word of the stack, 1 = the top, on it again; returns the new stack pointer. */
@inline
function dup(sp: usize, n: usize): usize {
  copyWord(sp + 32, sp - (n - 1) * 32)
  return sp + 32
}
