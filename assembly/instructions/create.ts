// CREATE and CREATE2 (EIP-2, 150, 170, 684, 1014, 2929, 3860, 7610).

import {
  ARGUMENT_OUT_OF_RANGE,
  BERLIN,
  CALL_DEPTH_EXCEEDED,
  FAILURE,
  INSUFFICIENT_BALANCE,
  SHANGHAI,
  STATIC_MODE_VIOLATION,
} from '../abi.ts'
import { scratch } from '../arena.ts'
import { MAX_INITCODE_SIZE } from '../code.ts'
import { fork } from '../env.ts'
import { Frame, MAX_DEPTH, MESSAGE_CREATE, current, setReturnData } from '../frame.ts'
import { MISS, NO_GAS, NO_MEMORY, allButOne64th, perWord, useMemory } from '../gas.ts'
import { keccak256 } from '../keccak.ts'
import { openContract, openFrame, useInitcode } from '../message.ts'
import { encodeBytes, encodeListHeader, encodeNumber, numberSize } from '../rlp.ts'
import { addressToWord, loadAddressBytes, storeAddressBytes } from '../state/address.ts'
import { account, accountAt, canPay, isVacant, nonceOf, setNonce, warmAccount } from '../state/view.ts'
import { traceRefusal, tracing } from '../trace.ts'
import { copyWord, setWord, storeBigEndian } from '../word/word.ts'

/** value, offset, size[, salt] → address. As call(): either a frame is open afterwards, or 0 is on the stack (frame.sp). */
export function create(sp: usize, gas: i64, isCreate2: bool): i64 {
  const frame = current
  if (frame.isStatic) return -STATIC_MODE_VIOLATION
  const memoryBefore = frame.memorySize
  const offset = sp - 32
  const size = sp - 64
  let left = useMemory(gas, offset, size)
  if (left < 0) return left
  const length = load<u32>(size)
  if (fork >= SHANGHAI) {
    if (length > MAX_INITCODE_SIZE) return NO_GAS
    left = perWord(left, length, 2)
  }
  if (isCreate2) left = perWord(left, length, 6)
  if (left < 0) return NO_GAS

  const initcode = frame.memory + (length ? <usize>load<u32>(offset) : 0)
  const creator = accountAt(frame.self)
  const nonce = nonceOf(creator)
  const address = scratch() + 64
  if (isCreate2) create2Address(address, frame.address, sp - 96, initcode, length)
  else createAddress(address, frame.address, nonce)
  const found = account(address)
  if (!found) {
    frame.memorySize = memoryBefore // paid for again when the instruction is executed again
    return MISS
  }

  setReturnData(0, 0)
  frame.sp = sp - (isCreate2 ? 128 : 96)
  if (frame.depth >= MAX_DEPTH || nonce == u64.MAX_VALUE || !canPay(accountAt(frame.self), sp)) {
    if (tracing) refused(isCreate2, unable(frame, nonce), address, sp, allButOne64th(left), allButOne64th(left))
    return pushZero(left)
  }
  const passed = allButOne64th(left)
  left -= passed
  setNonce(frame.self, nonce + 1)
  if (fork >= BERLIN) warmAccount(found - 1)
  if (!isVacant(accountAt(found - 1))) {
    if (tracing) refused(isCreate2, FAILURE, address, sp, passed, 0)
    return pushZero(left)
  }

  const child = openFrame(MESSAGE_CREATE, passed, 0)
  if (!changetype<usize>(child) || !useInitcode(child, initcode, length)) return NO_MEMORY
  child.self = found - 1
  addressToWord(child.address, address)
  copyWord(child.caller, frame.address)
  copyWord(child.value, frame.sp + (isCreate2 ? 128 : 96))
  openContract(frame.self, found - 1, child.value)
  return left
}

/** Why no creation can begin. */
function unable(frame: Frame, nonce: u64): i32 {
  if (frame.depth >= MAX_DEPTH) return CALL_DEPTH_EXCEEDED
  return nonce == u64.MAX_VALUE ? ARGUMENT_OUT_OF_RANGE : INSUFFICIENT_BALANCE
}

/** Tells the tracer of a creation that fails before it begins. */
function refused(isCreate2: bool, status: i32, address: usize, sp: usize, gas: i64, left: i64): void {
  const length = load<u32>(sp - 64)
  const initcode = current.memory + (length ? <usize>load<u32>(sp - 32) : 0)
  traceRefusal(isCreate2 ? 0xf5 : 0xf0, status, address, sp, gas, left, initcode, length)
}

function pushZero(gas: i64): i64 {
  const frame = current
  frame.sp += 32
  setWord(frame.sp, 0)
  return gas
}

/** Address (24 bytes) of a contract made by CREATE or a transaction: keccak(rlp([creator, nonce])). */
export function createAddress(out: usize, creator: usize, nonce: u64): void {
  const buffer = scratch() + 128
  const bytes = scratch() + 192
  storeAddressBytes(bytes, creator)
  let end = encodeListHeader(buffer, 21 + numberSize(nonce))
  end = encodeBytes(end, bytes, 20)
  end = encodeNumber(end, nonce)
  keccak256(bytes, buffer, <u32>(end - buffer))
  loadAddressBytes(out, bytes + 12)
}

/** EIP-1014: keccak(0xff ‖ creator ‖ salt ‖ keccak(initcode)). */
function create2Address(out: usize, creator: usize, salt: usize, initcode: usize, length: u32): void {
  const buffer = scratch() + 128
  store<u8>(buffer, 0xff)
  storeAddressBytes(buffer + 1, creator)
  storeBigEndian(buffer + 21, salt)
  keccak256(buffer + 53, initcode, length)
  keccak256(buffer, buffer, 85)
  loadAddressBytes(out, buffer + 12)
}
