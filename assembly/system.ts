// System calls and what a block does beside its transactions (EIP-2935, 4788, 4895, 6110, 7002, 7251, 7685, block rewards).

import {
  BLOCK_FLAGS,
  BLOCK_REWARD,
  BLOCK_UNCLES,
  BLOCK_UNCLES_UNPAID,
  BLOCK_UNCLE_COUNT,
  BLOCK_WITHDRAWALS,
  BLOCK_WITHDRAWAL_COUNT,
  BYZANTIUM,
  CONSTANTINOPLE,
  LOG_ADDRESS,
  LOG_DATA_LENGTH,
  LOG_SIZE,
  LOG_TOPICS,
  LOG_TOPIC_COUNT,
  SUCCESS,
  UNCLE_SIZE,
  WITHDRAWAL_SIZE,
} from './abi.ts'
import { Buffer, bufferAt, scratch } from './arena.ts'
import { NUMBER, ORIGIN, COINBASE, env, fork } from './env.ts'
import { MESSAGE_CALL, resetFrames } from './frame.ts'
import { EXECUTED } from './flow.ts'
import { executeFrames } from './interpreter.ts'
import { logCount, logsStart } from './logs.ts'
import { finalStatus, openFrame, resetRefund, useCode } from './message.ts'
import { sha256 } from './precompiles/sha256.ts'
import { addressToWord, loadAddressBytes } from './state/address.ts'
import { beginTrace } from './trace.ts'
import { account, accountAt, beginView, codeOf, credit, needCode } from './state/view.ts'
import { codeLength } from './code.ts'
import { mul } from './word/arithmetic.ts'
import { setWord } from './word/word.ts'

/** How a step beside the transactions ended; the first three are TX_DONE, TX_MISS, TX_NO_MEMORY. */
export const CALL_EMPTY: i32 = 10
export const CALL_FAILED: i32 = 11
export const BAD_DEPOSIT: i32 = 12

const DONE: i32 = 0
const MISSED: i32 = 1

// biome-ignore format: twenty bytes each
export const BEACON_ROOTS_ADDRESS = memory.data<u8>([0x00,0x0f,0x3d,0xf6,0xd7,0x32,0x80,0x7e,0xf1,0x31,0x9f,0xb7,0xb8,0xbb,0x85,0x22,0xd0,0xbe,0xac,0x02])
// biome-ignore format: twenty bytes each
export const HISTORY_ADDRESS = memory.data<u8>([0x00,0x00,0xf9,0x08,0x27,0xf1,0xc5,0x3a,0x10,0xcb,0x7a,0x02,0x33,0x5b,0x17,0x53,0x20,0x00,0x29,0x35])
// biome-ignore format: twenty bytes each
export const WITHDRAWAL_REQUESTS_ADDRESS = memory.data<u8>([0x00,0x00,0x09,0x61,0xef,0x48,0x0e,0xb5,0x5e,0x80,0xd1,0x9a,0xd8,0x35,0x79,0xa6,0x4c,0x00,0x70,0x02])
// biome-ignore format: twenty bytes each
export const CONSOLIDATION_REQUESTS_ADDRESS = memory.data<u8>([0x00,0x00,0xbb,0xdd,0xc7,0xce,0x48,0x86,0x42,0xfb,0x57,0x9f,0x8b,0x00,0xf3,0xa5,0x90,0x00,0x72,0x51])
// biome-ignore format: twenty bytes each
const DEPOSIT_ADDRESS = memory.data<u8>([0x00,0x00,0x00,0x00,0x21,0x9a,0xb5,0x40,0x35,0x6c,0xbb,0x83,0x9c,0xbe,0x05,0x30,0x3d,0x77,0x05,0xfa])
// biome-ignore format: twenty bytes each
const SYSTEM_ADDRESS = memory.data<u8>([0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xfe])
// keccak("DepositEvent(bytes,bytes,bytes,bytes,bytes)")
// biome-ignore format: thirty-two bytes
const DEPOSIT_TOPIC = memory.data<u8>([0x64,0x9b,0xbc,0x62,0xd0,0xe3,0x13,0x42,0xaf,0xea,0x4e,0x5c,0xd8,0x2d,0x40,0x49,0xe7,0xe1,0xee,0x91,0x2f,0xc0,0x88,0x9a,0xa7,0x90,0x80,0x3b,0xe3,0x90,0x38,0xc5])

const SYSTEM_GAS: i64 = 30000000

// ---- system calls -----------------------------------------------------------------------------------------------------------

let opened: bool = false

/** Begins a system call; then runSystemCall until it is done. */
export function beginSystemCall(): void {
  opened = false
  beginView(fork)
  resetFrames()
  resetRefund()
  beginTrace(-1)
}

/**
 * Calls `address` (20 bytes) from the system address with `length` bytes of input: DONE, MISSED, or another end of
 * executeFrames; CALL_EMPTY when there is no code, CALL_FAILED when the call fails. Its output is return data. The caller commits.
 */
export function runSystemCall(address: usize, input: usize, length: u32): i32 {
  if (!opened) {
    const target = scratch()
    loadAddressBytes(target, address)
    const found = account(target)
    if (!found) return MISSED
    const code = codeOf(accountAt(found - 1))
    if (!needCode(code)) return MISSED
    if (!codeLength(code)) return CALL_EMPTY
    const frame = openFrame(MESSAGE_CALL, SYSTEM_GAS, 0)
    if (!changetype<usize>(frame)) return 2
    frame.self = found - 1
    addressToWord(frame.address, accountAt(found - 1).address)
    loadAddressBytes(frame.caller, SYSTEM_ADDRESS)
    addressToWord(env + ORIGIN, frame.caller)
    frame.input = input
    frame.inputLength = length
    useCode(frame, code)
    opened = true
  }
  const ended = executeFrames()
  if (ended != EXECUTED) return ended
  return finalStatus == SUCCESS ? DONE : CALL_FAILED
}

// ---- credits ----------------------------------------------------------------------------------------------------------------

/** Pays the withdrawals of a block input, in gwei (EIP-4895). False = miss; all of them are paid in one view. */
export function payWithdrawals(block: usize): bool {
  const from = <usize>load<u32>(block, BLOCK_WITHDRAWALS)
  const count = load<u32>(block, BLOCK_WITHDRAWAL_COUNT)
  const address = scratch()
  const amount = scratch() + 32
  const gwei = scratch() + 64
  beginView(fork)
  let missed = false
  for (let i: u32 = 0; i < count; i++) {
    loadAddressBytes(address, from + i * WITHDRAWAL_SIZE + 24)
    if (!account(address)) missed = true
  }
  if (missed) return false
  for (let i: u32 = 0; i < count; i++) {
    const withdrawal = from + i * WITHDRAWAL_SIZE
    loadAddressBytes(address, withdrawal + 24)
    setWord(amount, load<u64>(withdrawal, 16))
    setWord(gwei, 1000000000)
    mul(amount, amount, gwei)
    credit(account(address) - 1, amount)
  }
  return true
}

/** Pays the static block reward and those of the uncles (Yellow Paper 11.3; EIP-649, 1234). False = miss. */
export function payRewards(block: usize): bool {
  const flags = load<u32>(block, BLOCK_FLAGS)
  beginView(fork) // nothing of the step before is left to commit
  if (!(flags & BLOCK_REWARD)) return true
  const uncles = <usize>load<u32>(block, BLOCK_UNCLES)
  const count = load<u32>(block, BLOCK_UNCLE_COUNT)
  const address = scratch()
  let missed = !account(env + COINBASE)
  for (let i: u32 = 0; i < count && !(flags & BLOCK_UNCLES_UNPAID); i++) {
    loadAddressBytes(address, uncles + i * UNCLE_SIZE + 8)
    if (!account(address)) missed = true
  }
  if (missed) return false
  const ether: u64 = fork >= CONSTANTINOPLE ? 2 : fork >= BYZANTIUM ? 3 : 5
  const amount = scratch() + 32
  reward(amount, ether, 32 + count, 32)
  credit(account(env + COINBASE) - 1, amount)
  for (let i: u32 = 0; i < count && !(flags & BLOCK_UNCLES_UNPAID); i++) {
    const uncle = uncles + i * UNCLE_SIZE
    loadAddressBytes(address, uncle + 8)
    const age = load<u64>(env + NUMBER) - load<u64>(uncle)
    reward(amount, ether, 8 - <u32>min<u64>(age, 8), 8)
    credit(account(address) - 1, amount)
  }
  return true
}

/** ether · numerator / denominator, in wei; exact, since 10^18 is a multiple of 32. */
function reward(out: usize, ether: u64, numerator: u32, denominator: u64): void {
  const factor = scratch() + 64
  setWord(out, 1000000000000000000 / denominator)
  setWord(factor, ether * numerator)
  mul(out, out, factor)
}

// ---- requests (EIP-7685) ------------------------------------------------------------------------------------------------------

/** Bytes of the digests of all requests so far, for requestsHash. */
export function resetRequests(): void {
  bufferAt(20).length = 0
}

/** Adds a request list of a type; an empty one does not count. */
export function addRequests(type: u8, data: usize, length: u32): void {
  if (!length) return
  const work = bufferAt(21)
  if (!work.ensure(<u64>length + 1)) return
  store<u8>(work.ptr, type)
  memory.copy(work.ptr + 1, data, length)
  sha256(bufferAt(20).push(32), work.ptr, length + 1, scratch())
}

/** sha256 over the digests. */
export function requestsHash(out: usize): void {
  const digests = bufferAt(20)
  sha256(out, digests.ptr, digests.length, scratch())
}

/** Collects the deposits of all logs (EIP-6110): DONE, or BAD_DEPOSIT when an event does not have the contract's layout. */
export function collectDeposits(): i32 {
  const out = bufferAt(22)
  out.length = 0
  let at = logsStart()
  for (let i: u32 = 0; i < logCount; i++) {
    if (isDeposit(at) && !takeDeposit(out, at)) return BAD_DEPOSIT
    at += load<u32>(at, LOG_SIZE)
  }
  addRequests(0, out.ptr, out.length)
  return DONE
}

function isDeposit(log: usize): bool {
  return (
    load<u32>(log, LOG_TOPIC_COUNT) > 0 &&
    memory.compare(log + LOG_ADDRESS, DEPOSIT_ADDRESS, 20) == 0 &&
    memory.compare(log + LOG_TOPICS, DEPOSIT_TOPIC, 32) == 0
  )
}

/** Five ABI-encoded byte strings: public key 48, credentials 32, amount 8, signature 96, index 8. */
function takeDeposit(out: Buffer, log: usize): bool {
  const data = log + LOG_TOPICS + load<u32>(log, LOG_TOPIC_COUNT) * 32
  if (load<u32>(log, LOG_DATA_LENGTH) != 576) return false
  const offsetsFit =
    isWord(data, 160) &&
    isWord(data + 32, 256) &&
    isWord(data + 64, 320) &&
    isWord(data + 96, 384) &&
    isWord(data + 128, 512)
  const sizesFit =
    isWord(data + 160, 48) &&
    isWord(data + 256, 32) &&
    isWord(data + 320, 8) &&
    isWord(data + 384, 96) &&
    isWord(data + 512, 8)
  if (!offsetsFit || !sizesFit) return false
  const request = out.push(192)
  memory.copy(request, data + 192, 48)
  memory.copy(request + 48, data + 288, 32)
  memory.copy(request + 80, data + 352, 8)
  memory.copy(request + 88, data + 416, 96)
  memory.copy(request + 184, data + 544, 8)
  return true
}

/** Are the 32 big-endian bytes the number `value`? */
function isWord(bytes: usize, value: u64): bool {
  return (
    (load<u64>(bytes) | load<u64>(bytes, 8) | load<u64>(bytes, 16)) == 0 && bswap<u64>(load<u64>(bytes, 24)) == value
  )
}
