// Messages: how a call or creation begins in a frame of its own, and how its end reaches the caller
// (Yellow Paper 7 and 8; EIP-150, 158, 170, 211, 2929, 3541, 6780, 7610).

import {
  CONTRACT_VALIDATION_FAILURE,
  HOMESTEAD,
  LONDON,
  OUT_OF_GAS,
  OUT_OF_MEMORY,
  REVERT,
  SPURIOUS_DRAGON,
  SUCCESS,
} from './abi.ts'
import { blockMap, blockNeeds } from './analysis.ts'
import { scratch } from './arena.ts'
import { copyBytes } from './bytes.ts'
import {
  MAX_CODE_SIZE,
  addCode,
  codeAnalysis,
  codeBytes,
  codeLength,
  holdInitcode,
  initcodeAnalysis,
  releaseInitcode,
} from './code.ts'
import { fork } from './env.ts'
import {
  Frame,
  MESSAGE_CREATE,
  current,
  frameCount,
  parent,
  popFrame,
  pushFrame,
  returnData,
  returnLength,
  setReturnData,
} from './frame.ts'
import { CODE_DEPOSIT } from './gas.ts'
import { keccak256 } from './keccak.ts'
import { cutLogs, logCount, logsLength } from './logs.ts'
import { addressToWord } from './state/address.ts'
import { failStep, hideSteps, traceExit, tracing } from './trace.ts'
import { checkpoint, credit, debit, markCreated, rollback, setCode, setNonce, touch } from './state/view.ts'
import { setWord } from './word/word.ts'

/** EIP-3298 and before: the transaction's refund counter. */
export let refund: i64 = 0
/** How the outermost frame ended, and with how much gas. */
export let finalStatus: i32 = SUCCESS
export let finalGas: i64 = 0

export function resetRefund(): void {
  refund = 0
}

export function addRefund(change: i64): void {
  refund += change
}

/**
 * Begins a message in a new frame: remembers the state to return to. The caller fills in code, input, addresses and value.
 * Returns 0 when memory is exhausted.
 */
export function openFrame(kind: i32, gas: i64, isStatic: u32): Frame {
  const frame = pushFrame()
  if (!changetype<usize>(frame)) return frame
  frame.kind = kind
  frame.gas = gas
  frame.isStatic = isStatic
  frame.mark = checkpoint()
  frame.logBytes = logsLength()
  frame.logCount = logCount
  frame.refund = refund
  return frame
}

/** The frame executes the code with this id. */
export function useCode(frame: Frame, code: u32): void {
  if (codeLength(code)) start(frame, codeBytes(code), codeLength(code), codeAnalysis(code))
}

/** The frame executes initcode. False when memory is exhausted. */
export function useInitcode(frame: Frame, bytes: usize, length: u32): bool {
  const code = holdInitcode(bytes, length)
  if (!code) return false
  frame.ownsCode = 1
  start(frame, code, length, initcodeAnalysis)
  return true
}

/** EIP-684: a creation that collides ends at once and takes all gas; INVALID as code does just that. False when memory is exhausted. */
export function collide(frame: Frame): bool {
  store<u8>(scratch() + 128, 0xfe)
  hideSteps()
  return useInitcode(frame, scratch() + 128, 1)
}

function start(frame: Frame, code: usize, length: u32, analysis: usize): void {
  frame.code = code
  frame.pc = code
  if (!analysis) return // memory is exhausted: the run ends
  frame.codeLength = length
  frame.map = blockMap(analysis)
  frame.needs = blockNeeds(analysis, length)
  frame.block = frame.needs
}

/** Moves `value` between two accounts that are different or the same; the payer canPay it. */
export function transfer(from: u32, to: u32, value: usize): void {
  debit(from, value)
  credit(to, value)
}

/** Makes the account of a contract that is being created: nonce 1 (EIP-161), the endowment. */
export function openContract(creator: u32, created: u32, value: usize): void {
  markCreated(created)
  touch(created)
  if (fork >= SPURIOUS_DRAGON) setNonce(created, 1)
  transfer(creator, created, value)
}

/**
 * Ends the running frame with `status` and `length` bytes of output at `output` (in its memory, or return data itself). The
 * result goes to the caller's stack and memory; for the outermost frame into finalStatus and finalGas.
 */
export function leaveFrame(status: i32, output: usize, length: u32): void {
  const frame = current
  const outputLength = length
  let gas = frame.gas
  if (tracing) failStep(status)
  if (status == SUCCESS && frame.kind == MESSAGE_CREATE) {
    const left = deposit(frame, gas, output, length)
    if (frameCount > 1 || left == gas) length = 0 // a creation by transaction or message gives its code as output
    if (left < 0) status = <i32>-left
    else gas = left
  }
  if (status != SUCCESS) {
    rollback(frame.mark)
    cutLogs(frame.logBytes, frame.logCount)
    refund = frame.refund
    if (status != REVERT) {
      gas = 0
      length = 0
    }
  }
  if (tracing) traceExit(status, gas, output, outputLength)
  if (output != returnData() || length != returnLength()) setReturnData(output, length)
  if (frame.ownsCode) releaseInitcode(frame.code)
  if (frameCount > 1) answerCaller(frame, status, gas)
  else {
    finalStatus = status
    finalGas = gas
  }
  popFrame()
}

function answerCaller(frame: Frame, status: i32, gas: i64): void {
  const caller = parent()
  caller.gas += gas
  caller.sp += 32
  if (frame.kind == MESSAGE_CREATE) {
    if (status == SUCCESS) addressToWord(caller.sp, frame.address)
    else setWord(caller.sp, 0)
    return
  }
  setWord(caller.sp, status == SUCCESS ? 1 : 0)
  copyBytes(caller.memory + frame.outOffset, returnData(), min(frame.outLength, returnLength()))
}

/** Stores the output of initcode as the new contract's code. Returns the gas left, or a negated status. */
function deposit(frame: Frame, gas: i64, output: usize, length: u32): i64 {
  if (fork >= LONDON && length && load<u8>(output) == 0xef) return -CONTRACT_VALIDATION_FAILURE // EIP-3541
  if (fork >= SPURIOUS_DRAGON && length > MAX_CODE_SIZE) return -OUT_OF_GAS // EIP-170
  const price = <i64>length * CODE_DEPOSIT
  // Frontier: a contract that cannot pay for its code stays without (EIP-2 changed it).
  if (gas < price) return fork >= HOMESTEAD ? -OUT_OF_GAS : gas
  if (length) {
    const hash = scratch()
    keccak256(hash, output, length)
    setCode(frame.self, addCode(hash, output, length))
  }
  return gas - price
}

/** The running frame failed to begin for want of memory: unwinds everything. */
export function abandonFrames(): void {
  while (frameCount) {
    if (current.ownsCode) releaseInitcode(current.code)
    popFrame()
  }
  finalStatus = OUT_OF_MEMORY
  finalGas = 0
}
