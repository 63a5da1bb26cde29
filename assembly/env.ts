// What a run is surrounded by: the block's and the transaction's constants, in the form the opcodes want (little-endian
// words), and the fork's check table. One region per instance.

import { FORK_COUNT, FRONTIER } from './abi.ts'
import { reserve } from './arena.ts'
import { eachOpcode } from './opcodes.ts'

// Offsets of words (32 bytes each) within the region.
export const COINBASE: usize = 0
export const RANDOM: usize = 32
export const BASE_FEE: usize = 64
export const BLOB_BASE_FEE: usize = 96
export const ORIGIN: usize = 128
export const GAS_PRICE: usize = 160
export const CHAIN_ID: usize = 192
export const NUMBER: usize = 224
export const TIMESTAMP: usize = 256
export const GAS_LIMIT: usize = 288
// Byte strings.
export const PARENT_HASH: usize = 320
export const PARENT_BEACON_ROOT: usize = 352
/** Known block hashes: 256 entries { block number + 1 u64, hash 32 bytes } by number mod 256. */
const BLOCK_HASHES: usize = 384
const BLOCK_HASH_ENTRY: usize = 40
const CHECKS: usize = BLOCK_HASHES + 256 * BLOCK_HASH_ENTRY
/** Precompiled contracts of the host's own (precompiles/addresses.ts): how many, most, and their addresses, 24 bytes each. */
export const CUSTOM_COUNT: usize = CHECKS + 2048
export const MAX_CUSTOM: u32 = 128
export const CUSTOM_LIST: usize = CUSTOM_COUNT + 8
const REGION_SIZE: u32 = <u32>CUSTOM_LIST + MAX_CUSTOM * 24

/** Base of the region. */
export let env: usize = 0
/** The rules in force: a fork id. */
export let fork: i32 = FRONTIER
/** Blob hashes of the transaction: pointer to the first (stride BLOB_HASH_STRIDE), and their number. */
export let blobHashes: usize = 0
export let blobHashCount: u32 = 0

let checksFor: i32 = -1

export function initEnv(): void {
  if (env) return
  env = reserve(REGION_SIZE)
  memory.fill(env, 0, REGION_SIZE)
}

/** Takes the constants and rules of another instance over. */
export function adoptEnv(from: usize, rules: i32): void {
  memory.copy(env, from, REGION_SIZE)
  fork = rules
  checksFor = rules
}

/** The region is gone (rewindArena). */
export function forgetEnv(): void {
  env = 0
  checksFor = -1
}

export function setBlobHashes(pointer: usize, count: u32): void {
  blobHashes = pointer
  blobHashCount = count
}

// ---- block hashes ---------------------------------------------------------------------------------------------------

export function clearBlockHashes(): void {
  memory.fill(env + BLOCK_HASHES, 0, 256 * BLOCK_HASH_ENTRY)
}

/** Pointer to the hash of a block, 0 when it is not known. */
export function blockHash(number: u64): usize {
  const entry = env + BLOCK_HASHES + <usize>(number & 255) * BLOCK_HASH_ENTRY
  return load<u64>(entry) == number + 1 ? entry + 8 : 0
}

export function setBlockHash(number: u64, hash: usize): void {
  const entry = env + BLOCK_HASHES + <usize>(number & 255) * BLOCK_HASH_ENTRY
  store<u64>(entry, number + 1)
  memory.copy(entry + 8, hash, 32)
}

// ---- the check table --------------------------------------------------------------------------------------------------
// One u64 per opcode byte, so that the interpreter asks one question before every opcode:
//   bits 0–15 base gas │ 16–31 bytes the stack must hold │ 32–47 bytes it may hold at most │ 48–63 bytes it grows, signed
// An opcode that the fork does not have needs more stack than there is.

export const UNDEFINED_NEED: u64 = 0xffff
const STACK_BYTES: i32 = 32768

/** The table of the present fork. */
@inline
export function checks(): usize {
  return env + CHECKS
}

/** Puts the rules of a fork in force. */
export function setFork(rules: i32): void {
  fork = max(min(rules, FORK_COUNT - 1), FRONTIER)
  if (checksFor == fork) return
  checksFor = fork
  for (let i: usize = 0; i < 256; i++) store<u64>(checks() + i * 8, UNDEFINED_NEED << 16)
  eachOpcode(putOpcode, putGas)
}

function putOpcode(opcode: i32, name: string, takes: i32, puts: i32, gas: i32, since: i32): void {
  if (fork < since || opcode == 0xfe) return
  const room = STACK_BYTES - max(puts - takes, 0) * 32
  const grows = <u64>((<i64>((puts - takes) * 32)) << 48)
  const check = <u64>gas | ((<u64>(takes * 32)) << 16) | ((<u64>room) << 32) | grows
  store<u64>(checks() + ((<usize>opcode) << 3), check)
}

function putGas(opcode: i32, gas: i32, since: i32): void {
  if (fork >= since) store<u16>(checks() + ((<usize>opcode) << 3), <u16>gas)
}
