// One message on its own (weft_begin_call): caller and callee are warm, nothing is paid, the outcome's gas is the message's.

import {
  BERLIN,
  CALL_CREATE,
  CALL_FLAGS,
  CALL_GAS,
  CALL_INPUT,
  CALL_INPUT_LENGTH,
  CALL_RECIPIENT,
  CALL_SENDER,
  CALL_STATIC,
  CALL_VALUE,
  INSUFFICIENT_BALANCE,
} from './abi.ts'
import { exhausted, scratch } from './arena.ts'
import { COINBASE, ORIGIN, env, fork, setBlobHashes } from './env.ts'
import { MESSAGE_CALL, MESSAGE_CREATE, resetFrames } from './frame.ts'
import { delegateOf, isDelegate } from './instructions/call.ts'
import { createAddress } from './instructions/create.ts'
import { EXECUTED, EXECUTE_NO_MEMORY, executeFrames } from './interpreter.ts'
import {
  abandonFrames,
  finalGas,
  finalStatus,
  openContract,
  openFrame,
  resetRefund,
  transfer,
  useCode,
  useInitcode,
} from './message.ts'
import { isPrecompile } from './precompiles/addresses.ts'
import { requestCount } from './request.ts'
import { addressNumber, addressToWord, loadAddressBytes } from './state/address.ts'
import {
  account,
  accountAt,
  beginView,
  canPay,
  codeOf,
  needCode,
  nonceOf,
  setNonce,
  warmAccount,
} from './state/view.ts'
import { TX_DONE, TX_MISS, TX_NO_MEMORY, TX_TRACE_FULL } from './transaction/execute.ts'
import { beginTraceEnd, traceEnd } from './trace-state.ts'
import { beginTrace, tracing } from './trace.ts'
import { copyWord, loadBigEndian } from './word/word.ts'

let message: usize = 0
let opened: bool = false
/** Only the end of the trace is left to write. */
let ended: bool = false

/** The message's end, as EVMC has it, its gas, and index + 1 in the view of a contract that it created. */
export let callStatus: i32 = 0
export let callGasUsed: u64 = 0
export let callCreated: u32 = 0

export function beginCall(pointer: usize): void {
  message = pointer
  opened = false
  ended = false
  callStatus = 0
  callGasUsed = 0
  callCreated = 0
  setBlobHashes(0, 0)
  beginView(fork)
  resetFrames()
  resetRefund()
  beginTrace(0)
}

/** Runs until the message is done, or waits. */
export function runCall(): i32 {
  if (!opened) {
    const state = open()
    if (state != TX_DONE || !opened) return state
  }
  const gas = load<u64>(message, CALL_GAS)
  if (!ended) {
    const state = executeFrames()
    if (state == EXECUTE_NO_MEMORY || exhausted) {
      abandonFrames()
      return TX_NO_MEMORY
    }
    if (state != EXECUTED) return state
    callStatus = finalStatus
    callGasUsed = gas - <u64>finalGas
    if (callStatus != 0) callCreated = 0
    if (!tracing) return TX_DONE
    ended = true
    beginTraceEnd()
  }
  return traceEnd(callStatus, gas, callGasUsed, 0) ? TX_DONE : TX_TRACE_FULL
}

function open(): i32 {
  const flags = load<u32>(message, CALL_FLAGS)
  const sender = scratch() + 64
  const target = scratch() + 96
  const value = scratch() + 160
  loadAddressBytes(sender, message + CALL_SENDER)
  loadBigEndian(value, message + CALL_VALUE)
  const from = account(sender)
  account(env + COINBASE)
  if (!from) return TX_MISS
  const creates = (flags & CALL_CREATE) != 0
  const nonce = creates ? nonceOf(accountAt(from - 1)) : 0
  if (creates) createAddress(target, sender, nonce)
  else loadAddressBytes(target, message + CALL_RECIPIENT)
  const to = account(target)
  if (!to || !needCode(codeOf(accountAt(to - 1)))) return TX_MISS
  const delegate = delegateOf(codeOf(accountAt(to - 1)))
  if (isDelegate(delegate)) needCode(accountAt(delegate).code)
  if (requestCount) return TX_MISS
  if (!canPay(accountAt(from - 1), value)) {
    callStatus = INSUFFICIENT_BALANCE
    return TX_DONE
  }
  if (fork >= BERLIN) {
    warmAccount(from - 1)
    warmAccount(to - 1)
  }
  addressToWord(env + ORIGIN, sender)
  if (creates) setNonce(from - 1, nonce + 1)
  const frame = openFrame(
    creates ? MESSAGE_CREATE : MESSAGE_CALL,
    load<i64>(message, CALL_GAS),
    flags & CALL_STATIC ? 1 : 0,
  )
  if (!changetype<usize>(frame)) return TX_NO_MEMORY
  frame.self = to - 1
  addressToWord(frame.address, target)
  addressToWord(frame.caller, sender)
  copyWord(frame.value, value)
  const input = <usize>load<u32>(message, CALL_INPUT)
  const length = load<u32>(message, CALL_INPUT_LENGTH)
  opened = true
  if (creates) {
    if (!useInitcode(frame, input, length)) return TX_NO_MEMORY
    callCreated = to
    openContract(from - 1, to - 1, value)
    return TX_DONE
  }
  frame.input = input
  frame.inputLength = length
  if (isPrecompile(target, fork)) frame.precompile = <u32>addressNumber(target)
  useCode(frame, codeOf(accountAt(isDelegate(delegate) ? delegate : to - 1)))
  transfer(from - 1, to - 1, value)
  return TX_DONE
}
