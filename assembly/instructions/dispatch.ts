// Everything that the interpreter's loop does not do itself: one case per opcode, called with pc, sp and gas in the frame.
// Base gas is paid and the stack checked before.

import { INVALID_INSTRUCTION, OUT_OF_GAS, REVERT, SUCCESS, UNDEFINED_INSTRUCTION } from '../abi.ts'
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
  checks,
  env,
} from '../env.ts'
import { Frame, current, returnLength } from '../frame.ts'
import { MISS, NO_MEMORY, exponentByte, useMemory } from '../gas.ts'
import { leaveFrame } from '../message.ts'
import { byteAt, clz as countZeros, signExtend } from '../word/bits.ts'
import { addmod, div, mod, mulmod, sdiv, smod } from '../word/division.ts'
import { exp } from '../word/exp.ts'
import { byteLength, copyWord, setWord, zeroWord } from '../word/word.ts'
import { balanceOf, blobhash, blockhash, extcodecopy, extcodehash, extcodesize, selfbalance } from './account.ts'
import { CALL, CALLCODE, DELEGATECALL, STATICCALL, call } from './call.ts'
import { create } from './create.ts'
import { log } from './log.ts'
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
} from './memory.ts'
import { selfdestruct } from './selfdestruct.ts'
import { sload, sstore, tload, tstore } from './storage.ts'

/** How dispatch ended: the frame is done or another one is current … */
export const ENDED: i32 = 0
/** … the next opcode follows … */
export const NEXT: i32 = 1
/** … the next opcode follows and begins a block … */
export const NEXT_BLOCK: i32 = 2
/** … state is missing (the opcode is to be executed again), or memory is exhausted. NEXT_BLOCK plus EXECUTE_MISS, EXECUTE_NO_MEMORY. */
const MISSED: i32 = 3
const EXHAUSTED: i32 = 4

/** Executes the opcode at frame.pc. */
export function dispatch(frame: Frame, opcode: u32): i32 {
  const sp = frame.sp
  let gas = frame.gas
  /** Bytes that the stack grows. */
  let grows = 0
  switch (opcode) {
    case 0x00: // STOP
      return end(frame, SUCCESS, gas, 0, 0)
    case 0x04: // DIV
      div(sp - 32, sp, sp - 32)
      grows = -32
      break
    case 0x05: // SDIV
      sdiv(sp - 32, sp, sp - 32)
      grows = -32
      break
    case 0x06: // MOD
      mod(sp - 32, sp, sp - 32)
      grows = -32
      break
    case 0x07: // SMOD
      smod(sp - 32, sp, sp - 32)
      grows = -32
      break
    case 0x08: // ADDMOD
      addmod(sp - 64, sp, sp - 32, sp - 64)
      grows = -64
      break
    case 0x09: // MULMOD
      mulmod(sp - 64, sp, sp - 32, sp - 64)
      grows = -64
      break
    case 0x0a: // EXP
      gas -= <i64>byteLength(sp - 32) * exponentByte()
      if (gas < 0) return end(frame, OUT_OF_GAS, 0, 0, 0)
      exp(sp - 32, sp, sp - 32)
      grows = -32
      break
    case 0x0b: // SIGNEXTEND
      signExtend(sp - 32, sp, sp - 32)
      grows = -32
      break
    case 0x1a: // BYTE
      byteAt(sp - 32, sp, sp - 32)
      grows = -32
      break
    case 0x1e: // CLZ
      countZeros(sp, sp)
      break
    case 0x20: // KECCAK256
      gas = keccak(sp, gas)
      grows = -32
      break
    case 0x30: // ADDRESS
      copyWord(sp + 32, frame.address)
      grows = 32
      break
    case 0x31: // BALANCE
      gas = balanceOf(sp, gas)
      break
    case 0x32: // ORIGIN
      copyWord(sp + 32, env + ORIGIN)
      grows = 32
      break
    case 0x35: // CALLDATALOAD
      calldataload(sp)
      break
    case 0x37: // CALLDATACOPY
      gas = calldatacopy(sp, gas)
      grows = -96
      break
    case 0x38: // CODESIZE
      setWord(sp + 32, frame.codeLength)
      grows = 32
      break
    case 0x39: // CODECOPY
      gas = codecopy(sp, gas)
      grows = -96
      break
    case 0x3a: // GASPRICE
      copyWord(sp + 32, env + GAS_PRICE)
      grows = 32
      break
    case 0x3b: // EXTCODESIZE
      gas = extcodesize(sp, gas)
      break
    case 0x3c: // EXTCODECOPY
      gas = extcodecopy(sp, gas)
      grows = -128
      break
    case 0x3d: // RETURNDATASIZE
      setWord(sp + 32, returnLength())
      grows = 32
      break
    case 0x3e: // RETURNDATACOPY
      gas = returndatacopy(sp, gas)
      grows = -96
      break
    case 0x3f: // EXTCODEHASH
      gas = extcodehash(sp, gas)
      break
    case 0x40: // BLOCKHASH
      gas = blockhash(sp, gas)
      break
    case 0x41: // COINBASE
      copyWord(sp + 32, env + COINBASE)
      grows = 32
      break
    case 0x42: // TIMESTAMP
      copyWord(sp + 32, env + TIMESTAMP)
      grows = 32
      break
    case 0x43: // NUMBER
      copyWord(sp + 32, env + NUMBER)
      grows = 32
      break
    case 0x44: // PREVRANDAO, DIFFICULTY
      copyWord(sp + 32, env + RANDOM)
      grows = 32
      break
    case 0x45: // GASLIMIT
      copyWord(sp + 32, env + GAS_LIMIT)
      grows = 32
      break
    case 0x46: // CHAINID
      copyWord(sp + 32, env + CHAIN_ID)
      grows = 32
      break
    case 0x47: // SELFBALANCE
      selfbalance(sp + 32)
      grows = 32
      break
    case 0x48: // BASEFEE
      copyWord(sp + 32, env + BASE_FEE)
      grows = 32
      break
    case 0x49: // BLOBHASH
      blobhash(sp)
      break
    case 0x4a: // BLOBBASEFEE
      copyWord(sp + 32, env + BLOB_BASE_FEE)
      grows = 32
      break
    case 0x51: // MLOAD
      gas = mload(sp, gas)
      break
    case 0x52: // MSTORE
      gas = mstore(sp, gas)
      grows = -64
      break
    case 0x53: // MSTORE8
      gas = mstore8(sp, gas)
      grows = -64
      break
    case 0x54: // SLOAD
      gas = sload(sp, gas)
      break
    case 0x55: // SSTORE
      gas = sstore(sp, gas)
      if (gas < 0) return fail(frame, gas)
      return goOn(frame, sp - 64, gas, NEXT_BLOCK)
    case 0x58: // PC
      setWord(sp + 32, frame.pc - frame.code)
      grows = 32
      break
    case 0x59: // MSIZE
      setWord(sp + 32, frame.memorySize)
      grows = 32
      break
    case 0x5a: // GAS
      setWord(sp + 32, gas)
      return goOn(frame, sp + 32, gas, NEXT_BLOCK)
    case 0x5c: // TLOAD
      tload(sp)
      break
    case 0x5d: // TSTORE
      gas = tstore(sp, gas)
      grows = -64
      break
    case 0x5e: // MCOPY
      gas = mcopy(sp, gas)
      grows = -96
      break
    case 0xa0: // LOG0
      gas = log(sp, gas, 0)
      grows = -64
      break
    case 0xa1: // LOG1
      gas = log(sp, gas, 1)
      grows = -96
      break
    case 0xa2: // LOG2
      gas = log(sp, gas, 2)
      grows = -128
      break
    case 0xa3: // LOG3
      gas = log(sp, gas, 3)
      grows = -160
      break
    case 0xa4: // LOG4
      gas = log(sp, gas, 4)
      grows = -192
      break
    case 0xf0: // CREATE
      return afterCall(frame, create(sp, gas, false))
    case 0xf1: // CALL
      return afterCall(frame, call(sp, gas, CALL))
    case 0xf2: // CALLCODE
      return afterCall(frame, call(sp, gas, CALLCODE))
    case 0xf3: // RETURN
      return giveBack(frame, SUCCESS, sp, gas)
    case 0xf4: // DELEGATECALL
      return afterCall(frame, call(sp, gas, DELEGATECALL))
    case 0xf5: // CREATE2
      return afterCall(frame, create(sp, gas, true))
    case 0xfa: // STATICCALL
      return afterCall(frame, call(sp, gas, STATICCALL))
    case 0xfd: // REVERT
      return giveBack(frame, REVERT, sp, gas)
    case 0xfe: // INVALID
      return end(frame, INVALID_INSTRUCTION, 0, 0, 0)
    case 0xff: // SELFDESTRUCT
      gas = selfdestruct(sp, gas)
      return gas < 0 ? fail(frame, gas) : end(frame, SUCCESS, gas, 0, 0)
    default:
      return end(frame, UNDEFINED_INSTRUCTION, 0, 0, 0)
  }
  return gas < 0 ? fail(frame, gas) : goOn(frame, sp + grows, gas, NEXT)
}

@inline
function goOn(frame: Frame, sp: usize, gas: i64, next: i32): i32 {
  frame.pc++
  frame.sp = sp
  frame.gas = gas
  return next
}

/** The running frame ends. */
function end(frame: Frame, status: i32, gas: i64, output: usize, length: u32): i32 {
  frame.gas = gas
  leaveFrame(status, output, length)
  return ENDED
}

/** RETURN and REVERT: offset, size → */
function giveBack(frame: Frame, status: i32, sp: usize, gas: i64): i32 {
  const left = useMemory(gas, sp, sp - 32)
  if (left < 0) return fail(frame, left)
  const length = load<u32>(sp - 32)
  return end(frame, status, left, frame.memory + (length ? <usize>load<u32>(sp) : 0), length)
}

/** An instruction returned `left` < 0: the frame ends, or waits to execute it again. */
function fail(frame: Frame, left: i64): i32 {
  if (left == NO_MEMORY) return EXHAUSTED
  if (left != MISS) return end(frame, <i32>-left, 0, 0, 0)
  // Its base gas is asked for again, unless the block has paid for all of its opcodes.
  if (frame.careful) frame.gas += <i64>(load<u64>(checks() + ((<usize>load<u8>(frame.pc)) << 3)) & 0xffff)
  frame.entered = 1
  return MISSED
}

/** A call or creation: the callee's frame is current, or it failed and its result is on the stack (frame.sp). */
function afterCall(frame: Frame, left: i64): i32 {
  if (left < 0) return fail(frame, left)
  frame.pc++
  frame.gas = left
  if (current == frame) return NEXT_BLOCK
  frame.block += 8
  return ENDED
}
