// The interpreter: one loop over the bytes of the running frame's code (Yellow Paper 9).
//
// Every opcode byte has a case, so that the switch becomes one br_table. Before each opcode one look into the fork's check
// table (env.ts) pays the base gas and proves that the stack is neither too low nor too high; the cases assume both. pc, sp
// and gas live in locals and change only here; an instruction that needs more than its operands is a function
// (sp, gas) → gas left, negative = how it ends.
//
// The engines below do not replace a running WASM frame by optimised code (measured: 1.2 ns per opcode in one long call,
// 0.41 in repeated short ones). So runFrame returns at every change of frame and after BUDGET jumps at the latest.

import {
  BAD_JUMP_DESTINATION,
  INVALID_INSTRUCTION,
  OUT_OF_GAS,
  REVERT,
  STACK_OVERFLOW,
  STACK_UNDERFLOW,
  SUCCESS,
  UNDEFINED_INSTRUCTION,
} from './abi.ts'
import { exhausted } from './arena.ts'
import {
  BASE_FEE,
  BLOB_BASE_FEE,
  CHAIN_ID,
  COINBASE,
  GAS_LIMIT,
  GAS_PRICE,
  NUMBER,
  ORIGIN,
  RANDOM,
  TIMESTAMP,
  UNDEFINED_NEED,
  checks,
  env,
} from './env.ts'
import { Frame, current, frameCount, returnLength } from './frame.ts'
import { MISS, NO_MEMORY, exponentByte, useMemory } from './gas.ts'
import {
  balanceOf,
  blobhash,
  blockhash,
  extcodecopy,
  extcodehash,
  extcodesize,
  selfbalance,
} from './instructions/account.ts'
import { CALL, CALLCODE, DELEGATECALL, STATICCALL, call } from './instructions/call.ts'
import { create } from './instructions/create.ts'
import { log } from './instructions/log.ts'
import {
  calldatacopy,
  calldataload,
  codecopy,
  keccak,
  mcopy,
  mload,
  mstore,
  mstore8,
  returndatacopy,
} from './instructions/memory.ts'
import { selfdestruct } from './instructions/selfdestruct.ts'
import { sload, sstore, tload, tstore } from './instructions/storage.ts'
import { leaveFrame } from './message.ts'
import { runPrecompile } from './precompiles/run.ts'
import { add, mul, sub } from './word/arithmetic.ts'
import { and, byteAt, clz as countZeros, not, or, sar, shl, shr, signExtend, xor } from './word/bits.ts'
import { addmod, div, mod, mulmod, sdiv, smod } from './word/division.ts'
import { exp } from './word/exp.ts'
import {
  byteLength,
  copyWord,
  equalWords,
  fitsU64,
  isZeroWord,
  lessThan,
  loadBytes,
  setWord,
  signedLessThan,
  zeroWord,
} from './word/word.ts'

/** Taken jumps after which the loop comes up for air. */
const BUDGET: i32 = 10000
/** Returns to the host's loop after this many rounds of runFrame: about a second of work. */
const ROUNDS: u32 = 100000

/** How executeFrames ended. */
export const EXECUTED: i32 = 0
export const EXECUTE_MISS: i32 = 1
export const EXECUTE_NO_MEMORY: i32 = 2
export const EXECUTE_YIELD: i32 = 3

const GO_ON: i32 = 0

/** Runs until the last frame has ended, state is missing, memory is exhausted, or a long run should let the host in. */
export function executeFrames(): i32 {
  for (let round: u32 = 0; round < ROUNDS; round++) {
    if (!frameCount) return EXECUTED
    if (exhausted) return EXECUTE_NO_MEMORY
    const frame = current
    if (frame.precompile) {
      if (!runPrecompile(frame)) return EXECUTE_MISS
    } else if (!frame.codeLength) leaveFrame(SUCCESS, 0, 0)
    else {
      const ended = runFrame()
      if (ended != GO_ON) return ended
    }
  }
  return EXECUTE_YIELD
}

/** Runs the current frame until it ends, calls, misses or has used its budget. */
function runFrame(): i32 {
  const frame = current
  const bottom = frame.bottom
  const table = checks()
  let pc = frame.pc
  let sp = frame.sp
  let gas = frame.gas
  let budget = BUDGET
  let left: i64 = 0
  while (true) {
    const opcode = load<u8>(pc)
    const check = load<u64>(table + ((<usize>opcode) << 3))
    const height = <i32>(sp - bottom)
    gas -= <i64>(check & 0xffff)
    if (gas < 0 || height < <i32>((check >> 16) & 0xffff) || height > <i32>(check >> 32)) {
      return refuse(frame, opcode, height, check)
    }
    switch (opcode) {
      case 0x00: // STOP
        return end(frame, SUCCESS, gas, 0, 0)
      case 0x01: // ADD
        add(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x02: // MUL
        mul(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x03: // SUB
        sub(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x04: // DIV
        div(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x05: // SDIV
        sdiv(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x06: // MOD
        mod(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x07: // SMOD
        smod(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x08: // ADDMOD
        addmod(sp - 64, sp, sp - 32, sp - 64)
        sp -= 64
        break
      case 0x09: // MULMOD
        mulmod(sp - 64, sp, sp - 32, sp - 64)
        sp -= 64
        break
      case 0x0a: // EXP
        gas -= <i64>byteLength(sp - 32) * exponentByte()
        if (gas < 0) return end(frame, OUT_OF_GAS, 0, 0, 0)
        exp(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x0b: // SIGNEXTEND
        signExtend(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x0c:
      case 0x0d:
      case 0x0e:
      case 0x0f:
        return end(frame, UNDEFINED_INSTRUCTION, 0, 0, 0)
      case 0x10: // LT
        setWord(sp - 32, lessThan(sp, sp - 32) ? 1 : 0)
        sp -= 32
        break
      case 0x11: // GT
        setWord(sp - 32, lessThan(sp - 32, sp) ? 1 : 0)
        sp -= 32
        break
      case 0x12: // SLT
        setWord(sp - 32, signedLessThan(sp, sp - 32) ? 1 : 0)
        sp -= 32
        break
      case 0x13: // SGT
        setWord(sp - 32, signedLessThan(sp - 32, sp) ? 1 : 0)
        sp -= 32
        break
      case 0x14: // EQ
        setWord(sp - 32, equalWords(sp, sp - 32) ? 1 : 0)
        sp -= 32
        break
      case 0x15: // ISZERO
        setWord(sp, isZeroWord(sp) ? 1 : 0)
        break
      case 0x16: // AND
        and(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x17: // OR
        or(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x18: // XOR
        xor(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x19: // NOT
        not(sp, sp)
        break
      case 0x1a: // BYTE
        byteAt(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x1b: // SHL
        shl(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x1c: // SHR
        shr(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x1d: // SAR
        sar(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x1e: // CLZ
        countZeros(sp, sp)
        break
      case 0x1f:
        return end(frame, UNDEFINED_INSTRUCTION, 0, 0, 0)
      case 0x20: // KECCAK256
        left = keccak(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 32
        break
      case 0x21:
      case 0x22:
      case 0x23:
      case 0x24:
      case 0x25:
      case 0x26:
      case 0x27:
      case 0x28:
      case 0x29:
      case 0x2a:
      case 0x2b:
      case 0x2c:
      case 0x2d:
      case 0x2e:
      case 0x2f:
        return end(frame, UNDEFINED_INSTRUCTION, 0, 0, 0)
      case 0x30: // ADDRESS
        sp += 32
        copyWord(sp, frame.address)
        break
      case 0x31: // BALANCE
        left = balanceOf(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        break
      case 0x32: // ORIGIN
        sp += 32
        copyWord(sp, env + ORIGIN)
        break
      case 0x33: // CALLER
        sp += 32
        copyWord(sp, frame.caller)
        break
      case 0x34: // CALLVALUE
        sp += 32
        copyWord(sp, frame.value)
        break
      case 0x35: // CALLDATALOAD
        calldataload(sp)
        break
      case 0x36: // CALLDATASIZE
        sp += 32
        setWord(sp, frame.inputLength)
        break
      case 0x37: // CALLDATACOPY
        left = calldatacopy(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 96
        break
      case 0x38: // CODESIZE
        sp += 32
        setWord(sp, frame.codeLength)
        break
      case 0x39: // CODECOPY
        left = codecopy(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 96
        break
      case 0x3a: // GASPRICE
        sp += 32
        copyWord(sp, env + GAS_PRICE)
        break
      case 0x3b: // EXTCODESIZE
        left = extcodesize(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        break
      case 0x3c: // EXTCODECOPY
        left = extcodecopy(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 128
        break
      case 0x3d: // RETURNDATASIZE
        sp += 32
        setWord(sp, returnLength())
        break
      case 0x3e: // RETURNDATACOPY
        left = returndatacopy(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 96
        break
      case 0x3f: // EXTCODEHASH
        left = extcodehash(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        break
      case 0x40: // BLOCKHASH
        left = blockhash(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        break
      case 0x41: // COINBASE
        sp += 32
        copyWord(sp, env + COINBASE)
        break
      case 0x42: // TIMESTAMP
        sp += 32
        copyWord(sp, env + TIMESTAMP)
        break
      case 0x43: // NUMBER
        sp += 32
        copyWord(sp, env + NUMBER)
        break
      case 0x44: // PREVRANDAO, DIFFICULTY
        sp += 32
        copyWord(sp, env + RANDOM)
        break
      case 0x45: // GASLIMIT
        sp += 32
        copyWord(sp, env + GAS_LIMIT)
        break
      case 0x46: // CHAINID
        sp += 32
        copyWord(sp, env + CHAIN_ID)
        break
      case 0x47: // SELFBALANCE
        sp += 32
        selfbalance(sp)
        break
      case 0x48: // BASEFEE
        sp += 32
        copyWord(sp, env + BASE_FEE)
        break
      case 0x49: // BLOBHASH
        blobhash(sp)
        break
      case 0x4a: // BLOBBASEFEE
        sp += 32
        copyWord(sp, env + BLOB_BASE_FEE)
        break
      case 0x4b:
      case 0x4c:
      case 0x4d:
      case 0x4e:
      case 0x4f:
        return end(frame, UNDEFINED_INSTRUCTION, 0, 0, 0)
      case 0x50: // POP
        sp -= 32
        break
      case 0x51: // MLOAD
        left = mload(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        break
      case 0x52: // MSTORE
        left = mstore(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 64
        break
      case 0x53: // MSTORE8
        left = mstore8(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 64
        break
      case 0x54: // SLOAD
        left = sload(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        break
      case 0x55: // SSTORE
        left = sstore(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 64
        break
      case 0x56: // JUMP
        if (!isJumpDestination(frame, sp)) return end(frame, BAD_JUMP_DESTINATION, 0, 0, 0)
        pc = frame.code + load<u32>(sp)
        sp -= 32
        if (--budget == 0) return rest(frame, pc, sp, gas)
        continue
      case 0x57: // JUMPI
        if (isZeroWord(sp - 32)) {
          sp -= 64
          break
        }
        if (!isJumpDestination(frame, sp)) return end(frame, BAD_JUMP_DESTINATION, 0, 0, 0)
        pc = frame.code + load<u32>(sp)
        sp -= 64
        if (--budget == 0) return rest(frame, pc, sp, gas)
        continue
      case 0x58: // PC
        sp += 32
        setWord(sp, pc - frame.code)
        break
      case 0x59: // MSIZE
        sp += 32
        setWord(sp, frame.memorySize)
        break
      case 0x5a: // GAS
        sp += 32
        setWord(sp, gas)
        break
      case 0x5b: // JUMPDEST
        break
      case 0x5c: // TLOAD
        tload(sp)
        break
      case 0x5d: // TSTORE
        left = tstore(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 64
        break
      case 0x5e: // MCOPY
        left = mcopy(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 96
        break
      case 0x5f: // PUSH0
        sp += 32
        zeroWord(sp)
        break
      case 0x60: // PUSH1
        sp += 32
        setWord(sp, load<u8>(pc, 1))
        pc += 2
        continue
      case 0x61: // PUSH2
        sp += 32
        setWord(sp, bswap<u16>(load<u16>(pc, 1)))
        pc += 3
        continue
      case 0x62: // PUSH3
        sp += 32
        loadBytes(sp, pc + 1, 3)
        pc += 4
        continue
      case 0x63: // PUSH4
        sp += 32
        setWord(sp, bswap<u32>(load<u32>(pc, 1)))
        pc += 5
        continue
      case 0x64: // PUSH5
        sp += 32
        loadBytes(sp, pc + 1, 5)
        pc += 6
        continue
      case 0x65: // PUSH6
        sp += 32
        loadBytes(sp, pc + 1, 6)
        pc += 7
        continue
      case 0x66: // PUSH7
        sp += 32
        loadBytes(sp, pc + 1, 7)
        pc += 8
        continue
      case 0x67: // PUSH8
        sp += 32
        loadBytes(sp, pc + 1, 8)
        pc += 9
        continue
      case 0x68: // PUSH9
        sp += 32
        loadBytes(sp, pc + 1, 9)
        pc += 10
        continue
      case 0x69: // PUSH10
        sp += 32
        loadBytes(sp, pc + 1, 10)
        pc += 11
        continue
      case 0x6a: // PUSH11
        sp += 32
        loadBytes(sp, pc + 1, 11)
        pc += 12
        continue
      case 0x6b: // PUSH12
        sp += 32
        loadBytes(sp, pc + 1, 12)
        pc += 13
        continue
      case 0x6c: // PUSH13
        sp += 32
        loadBytes(sp, pc + 1, 13)
        pc += 14
        continue
      case 0x6d: // PUSH14
        sp += 32
        loadBytes(sp, pc + 1, 14)
        pc += 15
        continue
      case 0x6e: // PUSH15
        sp += 32
        loadBytes(sp, pc + 1, 15)
        pc += 16
        continue
      case 0x6f: // PUSH16
        sp += 32
        loadBytes(sp, pc + 1, 16)
        pc += 17
        continue
      case 0x70: // PUSH17
        sp += 32
        loadBytes(sp, pc + 1, 17)
        pc += 18
        continue
      case 0x71: // PUSH18
        sp += 32
        loadBytes(sp, pc + 1, 18)
        pc += 19
        continue
      case 0x72: // PUSH19
        sp += 32
        loadBytes(sp, pc + 1, 19)
        pc += 20
        continue
      case 0x73: // PUSH20
        sp += 32
        loadBytes(sp, pc + 1, 20)
        pc += 21
        continue
      case 0x74: // PUSH21
        sp += 32
        loadBytes(sp, pc + 1, 21)
        pc += 22
        continue
      case 0x75: // PUSH22
        sp += 32
        loadBytes(sp, pc + 1, 22)
        pc += 23
        continue
      case 0x76: // PUSH23
        sp += 32
        loadBytes(sp, pc + 1, 23)
        pc += 24
        continue
      case 0x77: // PUSH24
        sp += 32
        loadBytes(sp, pc + 1, 24)
        pc += 25
        continue
      case 0x78: // PUSH25
        sp += 32
        loadBytes(sp, pc + 1, 25)
        pc += 26
        continue
      case 0x79: // PUSH26
        sp += 32
        loadBytes(sp, pc + 1, 26)
        pc += 27
        continue
      case 0x7a: // PUSH27
        sp += 32
        loadBytes(sp, pc + 1, 27)
        pc += 28
        continue
      case 0x7b: // PUSH28
        sp += 32
        loadBytes(sp, pc + 1, 28)
        pc += 29
        continue
      case 0x7c: // PUSH29
        sp += 32
        loadBytes(sp, pc + 1, 29)
        pc += 30
        continue
      case 0x7d: // PUSH30
        sp += 32
        loadBytes(sp, pc + 1, 30)
        pc += 31
        continue
      case 0x7e: // PUSH31
        sp += 32
        loadBytes(sp, pc + 1, 31)
        pc += 32
        continue
      case 0x7f: // PUSH32
        sp += 32
        loadBytes(sp, pc + 1, 32)
        pc += 33
        continue
      case 0x80: // DUP1
        copyWord(sp + 32, sp)
        sp += 32
        break
      case 0x81: // DUP2
        copyWord(sp + 32, sp - 32)
        sp += 32
        break
      case 0x82: // DUP3
        copyWord(sp + 32, sp - 64)
        sp += 32
        break
      case 0x83: // DUP4
        copyWord(sp + 32, sp - 96)
        sp += 32
        break
      case 0x84: // DUP5
        copyWord(sp + 32, sp - 128)
        sp += 32
        break
      case 0x85: // DUP6
        copyWord(sp + 32, sp - 160)
        sp += 32
        break
      case 0x86: // DUP7
        copyWord(sp + 32, sp - 192)
        sp += 32
        break
      case 0x87: // DUP8
        copyWord(sp + 32, sp - 224)
        sp += 32
        break
      case 0x88: // DUP9
        copyWord(sp + 32, sp - 256)
        sp += 32
        break
      case 0x89: // DUP10
        copyWord(sp + 32, sp - 288)
        sp += 32
        break
      case 0x8a: // DUP11
        copyWord(sp + 32, sp - 320)
        sp += 32
        break
      case 0x8b: // DUP12
        copyWord(sp + 32, sp - 352)
        sp += 32
        break
      case 0x8c: // DUP13
        copyWord(sp + 32, sp - 384)
        sp += 32
        break
      case 0x8d: // DUP14
        copyWord(sp + 32, sp - 416)
        sp += 32
        break
      case 0x8e: // DUP15
        copyWord(sp + 32, sp - 448)
        sp += 32
        break
      case 0x8f: // DUP16
        copyWord(sp + 32, sp - 480)
        sp += 32
        break
      case 0x90: // SWAP1
        swapWords(sp, sp - 32)
        break
      case 0x91: // SWAP2
        swapWords(sp, sp - 64)
        break
      case 0x92: // SWAP3
        swapWords(sp, sp - 96)
        break
      case 0x93: // SWAP4
        swapWords(sp, sp - 128)
        break
      case 0x94: // SWAP5
        swapWords(sp, sp - 160)
        break
      case 0x95: // SWAP6
        swapWords(sp, sp - 192)
        break
      case 0x96: // SWAP7
        swapWords(sp, sp - 224)
        break
      case 0x97: // SWAP8
        swapWords(sp, sp - 256)
        break
      case 0x98: // SWAP9
        swapWords(sp, sp - 288)
        break
      case 0x99: // SWAP10
        swapWords(sp, sp - 320)
        break
      case 0x9a: // SWAP11
        swapWords(sp, sp - 352)
        break
      case 0x9b: // SWAP12
        swapWords(sp, sp - 384)
        break
      case 0x9c: // SWAP13
        swapWords(sp, sp - 416)
        break
      case 0x9d: // SWAP14
        swapWords(sp, sp - 448)
        break
      case 0x9e: // SWAP15
        swapWords(sp, sp - 480)
        break
      case 0x9f: // SWAP16
        swapWords(sp, sp - 512)
        break
      case 0xa0: // LOG0
        left = log(sp, gas, 0)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 64
        break
      case 0xa1: // LOG1
        left = log(sp, gas, 1)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 96
        break
      case 0xa2: // LOG2
        left = log(sp, gas, 2)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 128
        break
      case 0xa3: // LOG3
        left = log(sp, gas, 3)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 160
        break
      case 0xa4: // LOG4
        left = log(sp, gas, 4)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        gas = left
        sp -= 192
        break
      case 0xa5:
      case 0xa6:
      case 0xa7:
      case 0xa8:
      case 0xa9:
      case 0xaa:
      case 0xab:
      case 0xac:
      case 0xad:
      case 0xae:
      case 0xaf:
      case 0xb0:
      case 0xb1:
      case 0xb2:
      case 0xb3:
      case 0xb4:
      case 0xb5:
      case 0xb6:
      case 0xb7:
      case 0xb8:
      case 0xb9:
      case 0xba:
      case 0xbb:
      case 0xbc:
      case 0xbd:
      case 0xbe:
      case 0xbf:
      case 0xc0:
      case 0xc1:
      case 0xc2:
      case 0xc3:
      case 0xc4:
      case 0xc5:
      case 0xc6:
      case 0xc7:
      case 0xc8:
      case 0xc9:
      case 0xca:
      case 0xcb:
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
      case 0xd9:
      case 0xda:
      case 0xdb:
      case 0xdc:
      case 0xdd:
      case 0xde:
      case 0xdf:
      case 0xe0:
      case 0xe1:
      case 0xe2:
      case 0xe3:
      case 0xe4:
      case 0xe5:
      case 0xe6:
      case 0xe7:
      case 0xe8:
      case 0xe9:
      case 0xea:
      case 0xeb:
      case 0xec:
      case 0xed:
      case 0xee:
      case 0xef:
        return end(frame, UNDEFINED_INSTRUCTION, 0, 0, 0)
      case 0xf0: // CREATE
        left = create(sp, gas, false)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        frame.pc = pc + 1
        frame.gas = left
        if (current != frame) return GO_ON
        gas = left
        sp = frame.sp
        break
      case 0xf1: // CALL
        left = call(sp, gas, CALL)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        frame.pc = pc + 1
        frame.gas = left
        if (current != frame) return GO_ON
        gas = left
        sp = frame.sp
        break
      case 0xf2: // CALLCODE
        left = call(sp, gas, CALLCODE)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        frame.pc = pc + 1
        frame.gas = left
        if (current != frame) return GO_ON
        gas = left
        sp = frame.sp
        break
      case 0xf3: // RETURN
        return giveBack(frame, SUCCESS, sp, gas)
      case 0xf4: // DELEGATECALL
        left = call(sp, gas, DELEGATECALL)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        frame.pc = pc + 1
        frame.gas = left
        if (current != frame) return GO_ON
        gas = left
        sp = frame.sp
        break
      case 0xf5: // CREATE2
        left = create(sp, gas, true)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        frame.pc = pc + 1
        frame.gas = left
        if (current != frame) return GO_ON
        gas = left
        sp = frame.sp
        break
      case 0xf6:
      case 0xf7:
      case 0xf8:
      case 0xf9:
        return end(frame, UNDEFINED_INSTRUCTION, 0, 0, 0)
      case 0xfa: // STATICCALL
        left = call(sp, gas, STATICCALL)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        frame.pc = pc + 1
        frame.gas = left
        if (current != frame) return GO_ON
        gas = left
        sp = frame.sp
        break
      case 0xfb:
      case 0xfc:
        return end(frame, UNDEFINED_INSTRUCTION, 0, 0, 0)
      case 0xfd: // REVERT
        return giveBack(frame, REVERT, sp, gas)
      case 0xfe:
        return end(frame, UNDEFINED_INSTRUCTION, 0, 0, 0)
      case 0xff: // SELFDESTRUCT
        left = selfdestruct(sp, gas)
        if (left < 0) return fail(frame, pc, sp, gas, left)
        return end(frame, SUCCESS, left, 0, 0)
    }
    pc++
  }
}

/** The running frame ends. */
function end(frame: Frame, status: i32, gas: i64, output: usize, length: u32): i32 {
  frame.gas = gas
  leaveFrame(status, output, length)
  return GO_ON
}

/** RETURN and REVERT: offset, size → */
function giveBack(frame: Frame, status: i32, sp: usize, gas: i64): i32 {
  const left = useMemory(gas, sp, sp - 32)
  if (left == NO_MEMORY) return EXECUTE_NO_MEMORY
  if (left < 0) return end(frame, OUT_OF_GAS, 0, 0, 0)
  const length = load<u32>(sp - 32)
  return end(frame, status, left, frame.memory + (length ? <usize>load<u32>(sp) : 0), length)
}

/** An instruction returned `left` < 0: the frame ends, or waits to execute it again. */
function fail(frame: Frame, pc: usize, sp: usize, gas: i64, left: i64): i32 {
  if (left == NO_MEMORY) return EXECUTE_NO_MEMORY
  if (left != MISS) return end(frame, <i32>-left, 0, 0, 0)
  frame.pc = pc
  frame.sp = sp
  frame.gas = gas + <i64>(load<u64>(checks() + ((<usize>load<u8>(pc)) << 3)) & 0xffff)
  return EXECUTE_MISS
}

/** The check before an opcode failed: which one? Any of them ends the frame and takes its gas. */
function refuse(frame: Frame, opcode: u8, height: i32, check: u64): i32 {
  const need = (check >> 16) & 0xffff
  let status = OUT_OF_GAS
  if (need == UNDEFINED_NEED) status = opcode == 0xfe ? INVALID_INSTRUCTION : UNDEFINED_INSTRUCTION
  else if (height < <i32>need) status = STACK_UNDERFLOW
  else if (height > <i32>(check >> 32)) status = STACK_OVERFLOW
  return end(frame, status, 0, 0, 0)
}

/** Interrupts the loop; the frame goes on at `pc`. */
function rest(frame: Frame, pc: usize, sp: usize, gas: i64): i32 {
  frame.pc = pc
  frame.sp = sp
  frame.gas = gas
  return GO_ON
}

@inline
function isJumpDestination(frame: Frame, word: usize): bool {
  if (!fitsU64(word)) return false
  const target = load<u64>(word)
  if (target >= frame.codeLength) return false
  const at = <u32>target
  return (load<u8>(frame.bitmap + (at >> 3)) & (1 << (at & 7))) != 0
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
