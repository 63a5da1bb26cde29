// Running a precompiled contract: hashes, identity, BLAKE2b F and modexp here, curves by the host, who is asked once and
// whose answer waits in `answer` until the frame is executed again. Contracts of the host's own are in custom.ts.

import { OUT_OF_GAS, PRECOMPILE_FAILURE, SUCCESS } from '../abi.ts'
import { Buffer, bufferAt, release, reserve, scratch } from '../arena.ts'
import { fork } from '../env.ts'
import { Frame, returnData, returnLength, roomForReturnData } from '../frame.ts'
import { leaveFrame } from '../message.ts'
import { requestPrecompile } from '../request.ts'
import { IS_CUSTOM } from './addresses.ts'
import { blake2Compress } from './blake2f.ts'
import { resetCustom, runCustom } from './custom.ts'
import { precompileGas } from './gas.ts'
import { modexp, modexpGas, modexpScratch } from './modexp.ts'
import { ripemd160 } from './ripemd160.ts'
import { sha256 } from './sha256.ts'

const NO_ANSWER: u32 = 0
const ANSWER_OK: u32 = 1
const ANSWER_FAILED: u32 = 2
/** The host has been asked. */
const ASKED: u32 = 3

let answer: Buffer = changetype<Buffer>(0)
let answerState: u32 = NO_ANSWER

export function resetPrecompiles(): void {
  answer = bufferAt(13)
  answer.ensure(1024)
  answerState = NO_ANSWER
  resetCustom()
}

/** Takes the host's answer, when a precompile waits for one; false when memory is exhausted. */
export function answerPrecompile(ok: bool, output: usize, length: u32): bool {
  if (answerState != ASKED) return true
  answer.length = 0
  if (!answer.ensure(length)) return false
  memory.copy(answer.ptr, output, length)
  answer.length = length
  answerState = ok ? ANSWER_OK : ANSWER_FAILED
  return true
}

/** Runs the precompile of the current frame to its end. False = the host has to compute it; then call again. */
export function runPrecompile(frame: Frame): bool {
  const number = frame.precompile
  if (number & IS_CUSTOM) return runCustom(frame)
  if (number == 5) {
    runModexp(frame)
    return true
  }
  const gas = precompileGas(number, frame.input, frame.inputLength, fork)
  if (gas > <u64>frame.gas) {
    fail(frame, gas == u64.MAX_VALUE ? PRECOMPILE_FAILURE : OUT_OF_GAS)
    return true
  }
  if (number == 4) {
    succeed(frame, gas, frame.input, frame.inputLength)
    return true
  }
  if (number == 2 || number == 3 || number == 9) {
    runHash(frame, number, gas)
    return true
  }
  if (answerState == NO_ANSWER || answerState == ASKED) {
    answerState = ASKED
    requestPrecompile(number, frame.input, frame.inputLength)
    return false
  }
  const ok = answerState == ANSWER_OK
  answerState = NO_ANSWER
  if (ok) succeed(frame, gas, answer.ptr, answer.length)
  else fail(frame, PRECOMPILE_FAILURE)
  return true
}

function runHash(frame: Frame, number: u32, gas: u64): void {
  const out = scratch()
  const work = scratch() + 128
  if (number == 9) {
    if (blake2Compress(out, frame.input, work)) succeed(frame, gas, out, 64)
    else fail(frame, PRECOMPILE_FAILURE)
    return
  }
  memory.fill(out, 0, 32)
  if (number == 2) sha256(out, frame.input, frame.inputLength, work)
  else ripemd160(out + 12, frame.input, frame.inputLength, work)
  succeed(frame, gas, out, 32)
}

function runModexp(frame: Frame): void {
  const gas = modexpGas(fork, frame.input, frame.inputLength)
  if (gas > <u64>frame.gas) {
    fail(frame, OUT_OF_GAS)
    return
  }
  const modulus = lengthAt(frame, 64)
  if (!modulus) {
    succeed(frame, gas, 0, 0)
    return
  }
  // With a modulus the price has bounded all three lengths; more than u32 needs more gas than any block has.
  const base = <u32>lengthAt(frame, 0)
  const exponent = <u32>lengthAt(frame, 32)
  const fits = (lengthAt(frame, 0) | lengthAt(frame, 32) | modulus) <= u32.MAX_VALUE
  const size: u64 = fits ? modexpScratch(base, exponent, <u32>modulus) : u64.MAX_VALUE
  const work = reserve(size)
  const out = work ? roomForReturnData(<u32>modulus) : 0
  if (!out) return // exhausted: the run ends
  modexp(out, base, exponent, <u32>modulus, frame.input, frame.inputLength, work)
  release(work, size)
  frame.gas -= <i64>gas
  leaveFrame(SUCCESS, returnData(), returnLength())
}

/** A 32-byte big-endian length in the input, zeros beyond its end, at most u64.MAX. */
function lengthAt(frame: Frame, offset: u32): u64 {
  let value: u64 = 0
  for (let i: u32 = offset; i < offset + 32; i++) {
    const byte: u64 = i < frame.inputLength ? load<u8>(frame.input + i) : 0
    if (value >> 56) return u64.MAX_VALUE
    value = (value << 8) | byte
  }
  return value
}

function succeed(frame: Frame, gas: u64, output: usize, length: u32): void {
  frame.gas -= <i64>gas
  leaveFrame(SUCCESS, output, length)
}

function fail(frame: Frame, status: i32): void {
  frame.gas = 0
  leaveFrame(status, 0, 0)
}
