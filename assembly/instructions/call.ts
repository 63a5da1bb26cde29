// CALL, CALLCODE, DELEGATECALL, STATICCALL (EIP-7, 150, 161, 214, 2929, 7702). What is missing is asked for before anything is
// paid or changed, so that the instruction can be executed again.

import {
  BERLIN,
  CALL_DEPTH_EXCEEDED,
  INSUFFICIENT_BALANCE,
  PRAGUE,
  SPURIOUS_DRAGON,
  STATIC_MODE_VIOLATION,
  TANGERINE_WHISTLE,
} from '../abi.ts'
import { scratch } from '../arena.ts'
import { EMPTY_CODE, codeBytes, isDelegation } from '../code.ts'
import { fork } from '../env.ts'
import { Frame, MAX_DEPTH, MESSAGE_CALL, current, setReturnData } from '../frame.ts'
import {
  CALL_STIPEND,
  CALL_VALUE,
  COLD_ACCOUNT,
  MISS,
  NEW_ACCOUNT,
  NO_GAS,
  NO_MEMORY,
  WARM_ACCESS,
  allButOne64th,
  isCold,
  useMemory,
} from '../gas.ts'
import { openFrame, transfer, useCode } from '../message.ts'
import { customAt, precompileAt } from '../precompiles/addresses.ts'
import { addressToWord, loadAddressBytes } from '../state/address.ts'
import { account, accountAt, canPay, codeOf, exists, isEmpty, needCode, touch, warmAccount } from '../state/view.ts'
import { traceRefusal, tracing } from '../trace.ts'
import { copyWord, fitsU64, isZeroWord, setWord } from '../word/word.ts'

export const CALL: u32 = 0xf1
export const CALLCODE: u32 = 0xf2
export const DELEGATECALL: u32 = 0xf4
export const STATICCALL: u32 = 0xfa

/**
 * gas, address, [value,] input offset, input size, output offset, output size → success.
 * Either a frame for the callee is `current` afterwards, or the call failed at once and 0 is on the stack (frame.sp).
 */
export function call(sp: usize, gas: i64, opcode: u32): i64 {
  const frame = current
  const hasValue = opcode == CALL || opcode == CALLCODE
  const value = sp - 64
  const sends = hasValue && !isZeroWord(value)
  if (sends && opcode == CALL && frame.isStatic) return -STATIC_MODE_VIOLATION

  const found = account(sp - 32)
  if (!found) return MISS
  const target = found - 1
  // A contract of the host's own runs whatever code its account has.
  let code = customAt(sp - 32) ? EMPTY_CODE : codeOf(accountAt(target))
  if (!needCode(code)) return MISS
  const delegate = delegateOf(code)
  if (delegate == DELEGATE_MISS) return MISS
  if (delegate != NO_DELEGATE) {
    code = codeOf(accountAt(delegate))
    if (!needCode(code)) return MISS
  }

  const input = sp - (hasValue ? 96 : 64)
  let left = useMemory(gas, input, input - 32)
  if (left >= 0) left = useMemory(left, input - 64, input - 96)
  if (left < 0) return left
  left = payAccess(left, target, delegate)
  if (sends) left -= CALL_VALUE
  if (opcode == CALL && makesAccount(target, sends)) left -= NEW_ACCOUNT
  if (left < 0) return NO_GAS

  const passed = gasToPass(left, sp)
  if (passed < 0) return NO_GAS
  left -= passed
  setReturnData(0, 0)
  frame.sp = input - 128
  const calleeGas = passed + (sends ? CALL_STIPEND : 0)
  if (frame.depth >= MAX_DEPTH || (sends && !canPay(accountAt(frame.self), value))) {
    if (tracing) refused(frame, sp, opcode, calleeGas)
    frame.sp += 32
    setWord(frame.sp, 0)
    return left + calleeGas
  }
  return enter(frame, opcode, target, delegate == NO_DELEGATE, code, calleeGas) ? left : NO_MEMORY
}

/** Tells the tracer of a call that fails before it begins. */
function refused(frame: Frame, sp: usize, opcode: u32, gas: i64): void {
  const hasValue = opcode == CALL || opcode == CALLCODE
  const value = hasValue ? sp - 64 : opcode == DELEGATECALL ? frame.value : 0
  const input = sp - (hasValue ? 96 : 64)
  const length = load<u32>(input - 32)
  const status = frame.depth >= MAX_DEPTH ? CALL_DEPTH_EXCEEDED : INSUFFICIENT_BALANCE
  traceRefusal(opcode, status, sp - 32, value, gas, gas, length ? frame.memory + load<u32>(input) : 0, length)
}

/** Opens the callee's frame. The operands still lie above the caller's stack pointer. */
function enter(frame: Frame, opcode: u32, target: u32, direct: bool, code: u32, gas: i64): bool {
  const callee = openFrame(MESSAGE_CALL, gas, frame.isStatic | <u32>(opcode == STATICCALL))
  if (!changetype<usize>(callee)) return false
  const sp = frame.sp + (opcode == CALL || opcode == CALLCODE ? 224 : 192)
  const input = sp - (opcode == CALL || opcode == CALLCODE ? 96 : 64)
  callee.inputLength = load<u32>(input - 32)
  callee.input = frame.memory + (callee.inputLength ? <usize>load<u32>(input) : 0)
  callee.inputInMemory = 1
  callee.outLength = load<u32>(input - 96)
  callee.outOffset = callee.outLength ? load<u32>(input - 64) : 0
  const keepsSelf = opcode == CALLCODE || opcode == DELEGATECALL
  callee.self = keepsSelf ? frame.self : target
  if (keepsSelf) copyWord(callee.address, frame.address)
  else addressToWord(callee.address, sp - 32)
  copyWord(callee.caller, opcode == DELEGATECALL ? frame.caller : frame.address)
  if (opcode == DELEGATECALL) copyWord(callee.value, frame.value)
  else if (opcode != STATICCALL) copyWord(callee.value, sp - 64)
  if (direct) callee.precompile = precompileAt(sp - 32, fork)
  useCode(callee, code)
  if (opcode == CALL) transfer(frame.self, target, callee.value)
  else if (opcode == STATICCALL) touch(target)
  return true
}

const NO_DELEGATE: u32 = 0xffffffff
const DELEGATE_MISS: u32 = 0xfffffffe

/** The account that a delegation designator names (EIP-7702): index, NO_DELEGATE or DELEGATE_MISS. */
export function delegateOf(code: u32): u32 {
  if (fork < PRAGUE || !isDelegation(code)) return NO_DELEGATE
  const address = scratch()
  loadAddressBytes(address, codeBytes(code) + 3)
  const found = account(address)
  return found ? found - 1 : DELEGATE_MISS
}

/** Did delegateOf find a delegate? */
@inline
export function isDelegate(delegate: u32): bool {
  return delegate < DELEGATE_MISS
}

function payAccess(gas: i64, target: u32, delegate: u32): i64 {
  if (fork < BERLIN) return gas
  let left = gas - (isCold(target) ? COLD_ACCOUNT : WARM_ACCESS)
  if (left < 0) return left
  warmAccount(target)
  if (delegate != NO_DELEGATE) {
    left -= isCold(delegate) ? COLD_ACCOUNT : WARM_ACCESS
    if (left >= 0) warmAccount(delegate)
  }
  return left
}

function makesAccount(target: u32, sends: bool): bool {
  const entry = accountAt(target)
  return fork >= SPURIOUS_DRAGON ? sends && isEmpty(entry) : !exists(entry)
}

/** Gas for the callee: what was asked for, at most all but one 64th (EIP-150); negative when it is not there. */
function gasToPass(left: i64, requested: usize): i64 {
  const most = allButOne64th(left)
  if (fitsU64(requested) && load<u64>(requested) <= <u64>most) return load<i64>(requested)
  return fork >= TANGERINE_WHISTLE ? most : -1
}
