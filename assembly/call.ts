// One message (weft_begin_call): nothing is paid, the outcome's gas is the message's. On its own, caller and callee are warm; as a part of
// a transaction that the host executes (CALL_IN_TX), what the host says is.

import {
  BERLIN,
  CALL_BLOB_HASHES,
  CALL_BLOB_HASH_COUNT,
  CALL_CODE,
  CALL_CODE_LENGTH,
  CALL_CREATE,
  CALL_FLAGS,
  CALL_GAS,
  CALL_GAS_PRICE,
  CALL_HAS_CODE,
  CALL_INPUT,
  CALL_INPUT_LENGTH,
  CALL_IN_TX,
  CALL_ORIGIN,
  CALL_RECIPIENT,
  CALL_SENDER,
  CALL_STATIC,
  CALL_VALUE,
  CALL_VALUE_STAYS,
  CALL_WARM,
  CALL_WARM_COUNT,
  INSUFFICIENT_BALANCE,
  WARM_ADDRESS,
  WARM_HAS_KEY,
  WARM_KEY,
  WARM_SIZE,
} from './abi.ts'
import { exhausted, scratch } from './arena.ts'
import { EMPTY_CODE } from './code.ts'
import { COINBASE, GAS_PRICE, ORIGIN, env, fork, setBlobHashes } from './env.ts'
import { Frame, MESSAGE_CALL, MESSAGE_CREATE, resetFrames } from './frame.ts'
import { delegateOf, isDelegate } from './instructions/call.ts'
import { createAddress } from './instructions/create.ts'
import { EXECUTED, EXECUTE_NO_MEMORY } from './flow.ts'
import { executeFrames } from './interpreter.ts'
import {
  abandonFrames,
  collide,
  finalGas,
  finalStatus,
  openContract,
  openFrame,
  refund,
  resetRefund,
  transfer,
  useCode,
  useInitcode,
} from './message.ts'
import { customAt, precompileAt } from './precompiles/addresses.ts'
import { requestCount } from './request.ts'
import { addressToWord, loadAddressBytes } from './state/address.ts'
import {
  account,
  accountAt,
  beginView,
  canPay,
  codeOf,
  isVacant,
  needCode,
  nonceOf,
  setNonce,
  slot,
  warmAccount,
  warmSlot,
} from './state/view.ts'
import { TX_DONE, TX_MISS, TX_NO_MEMORY, TX_TRACE_FULL } from './transaction/execute.ts'
import { beginTraceEnd, traceEnd } from './trace-state.ts'
import { beginTrace, tracing } from './trace.ts'
import { copyWord, loadBigEndian, zeroWord } from './word/word.ts'

let message: usize = 0
let opened: bool = false
/** Only the end of the trace is left to write. */
let ended: bool = false

/** The message's end, as EVMC has it, its gas, its refund counter, and index + 1 in the view of a contract that it created. */
export let callStatus: i32 = 0
export let callGasUsed: u64 = 0
export let callRefund: u64 = 0
export let callCreated: u32 = 0

export function beginCall(pointer: usize): void {
  message = pointer
  opened = false
  ended = false
  callStatus = 0
  callGasUsed = 0
  callRefund = 0
  callCreated = 0
  setBlobHashes(load<u32>(message, CALL_BLOB_HASHES), load<u32>(message, CALL_BLOB_HASH_COUNT))
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
    callRefund = <u64>max<i64>(refund, 0)
    if (callStatus != 0) callCreated = 0
    if (!tracing) return TX_DONE
    ended = true
    beginTraceEnd()
  }
  return traceEnd(callStatus, gas, callGasUsed, 0) ? TX_DONE : TX_TRACE_FULL
}

function open(): i32 {
  const flags = load<u32>(message, CALL_FLAGS)
  const creates = (flags & CALL_CREATE) != 0
  const inTx = (flags & CALL_IN_TX) != 0
  const moves = !(flags & CALL_VALUE_STAYS)
  const sender = scratch() + 64
  const target = scratch() + 96
  const value = scratch() + 160
  loadAddressBytes(sender, message + CALL_SENDER)
  loadBigEndian(value, message + CALL_VALUE)
  const from = account(sender)
  account(env + COINBASE)
  if (!from) return TX_MISS
  const nonce = creates ? nonceOf(accountAt(from - 1)) : 0
  if (creates) createAddress(target, sender, inTx ? nonce - 1 : nonce)
  else loadAddressBytes(target, message + CALL_RECIPIENT)
  const to = account(target)
  walkWarm(false)
  if (!to || !needCode(codeOf(accountAt(to - 1)))) return TX_MISS
  const delegate = delegateOf(customAt(target) ? EMPTY_CODE : codeOf(accountAt(to - 1)))
  if (isDelegate(delegate)) needCode(accountAt(delegate).code)
  if (requestCount) return TX_MISS
  if (moves && !canPay(accountAt(from - 1), value)) {
    callStatus = INSUFFICIENT_BALANCE
    return TX_DONE
  }
  if (fork >= BERLIN) {
    if (!inTx) warmAccount(from - 1)
    if (!inTx || creates) warmAccount(to - 1)
    if (inTx && isDelegate(delegate)) warmAccount(delegate)
    walkWarm(true)
  }
  surround(sender, inTx)
  if (creates && !inTx) setNonce(from - 1, nonce + 1)
  const gas = load<i64>(message, CALL_GAS)
  const frame = openFrame(creates ? MESSAGE_CREATE : MESSAGE_CALL, gas, flags & CALL_STATIC ? 1 : 0)
  if (!changetype<usize>(frame)) return TX_NO_MEMORY
  frame.self = to - 1
  addressToWord(frame.address, target)
  addressToWord(frame.caller, sender)
  copyWord(frame.value, value)
  opened = true
  if (creates) return openCreation(frame, from - 1, to - 1, value)
  frame.input = <usize>load<u32>(message, CALL_INPUT)
  frame.inputLength = load<u32>(message, CALL_INPUT_LENGTH)
  if (flags & CALL_HAS_CODE) {
    if (!useInitcode(frame, load<u32>(message, CALL_CODE), load<u32>(message, CALL_CODE_LENGTH))) return TX_NO_MEMORY
  } else {
    frame.precompile = precompileAt(target, fork)
    useCode(frame, codeOf(accountAt(isDelegate(delegate) ? delegate : to - 1)))
  }
  if (moves) transfer(from - 1, to - 1, value)
  return TX_DONE
}

/** What the opcodes ORIGIN and GASPRICE give. */
function surround(sender: usize, inTx: bool): void {
  zeroWord(env + GAS_PRICE)
  if (!inTx) return addressToWord(env + ORIGIN, sender)
  loadBigEndian(env + GAS_PRICE, message + CALL_GAS_PRICE)
  zeroWord(env + ORIGIN)
  loadAddressBytes(env + ORIGIN, message + CALL_ORIGIN)
}

/** Loads what CALL_WARM lists, or marks it as accessed. */
function walkWarm(warm: bool): void {
  const address = scratch() + 192
  const key = scratch() + 224
  const first = <usize>load<u32>(message, CALL_WARM)
  const end = first + load<u32>(message, CALL_WARM_COUNT) * <usize>WARM_SIZE
  for (let at = first; at < end; at += WARM_SIZE) {
    loadAddressBytes(address, at + WARM_ADDRESS)
    const found = account(address)
    if (found && warm) warmAccount(found - 1)
    if (!found || !load<u32>(at, WARM_HAS_KEY)) continue
    loadBigEndian(key, at + WARM_KEY)
    const owned = slot(found - 1, key)
    if (owned && warm) warmSlot(owned - 1)
  }
}

function openCreation(frame: Frame, creator: u32, created: u32, value: usize): i32 {
  if (!isVacant(accountAt(created))) return collide(frame) ? TX_DONE : TX_NO_MEMORY
  const input = <usize>load<u32>(message, CALL_INPUT)
  if (!useInitcode(frame, input, load<u32>(message, CALL_INPUT_LENGTH))) return TX_NO_MEMORY
  callCreated = created + 1
  openContract(creator, created, value)
  return TX_DONE
}
