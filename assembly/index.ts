// The embedding ABI, version 1 (docs/ABI.md): the weft_* exports and nothing else. No function traps on any input that lies in
// memory; none is re-entrant; pointers it returns are valid until the next call.

import {
  ABI_VERSION,
  BLOCK_STRUCT_SIZE,
  CALL_STRUCT_SIZE,
  ENV_STRUCT_SIZE,
  INTERNAL_ERROR,
  OUT_OF_MEMORY,
  RUN_BAD_INPUT,
  RUN_DONE,
  RUN_IDLE,
  RUN_REQUEST,
  RUN_YIELD,
  TX_FLAGS,
  TX_RLP,
  TX_RLP_LENGTH,
  TX_SENDER,
  TX_SENDER_GIVEN,
  TX_STRUCT_SIZE,
  TX_UNCHECKED,
} from './abi.ts'
import { exhausted, initArena, release, reserve, resetArena } from './arena.ts'
import { beginBlock, blockProgress, blockResult, isAtRoots, runBlock } from './block.ts'
import { beginCall, runCall } from './call.ts'
import { initCode } from './code.ts'
import { GAS_LIMIT, clearBlockHashes, env, initEnv, setFork } from './env.ts'
import { initFrames, resetFrames } from './frame.ts'
import { keccak256 } from './keccak.ts'
import { logsHash, resetReceipts } from './receipts.ts'
import { resetLogs } from './logs.ts'
import { setBlock, writeOutcome } from './outcome.ts'
import { resetPrecompiles } from './precompiles/run.ts'
import { requestCount, requestStruct, resetRequest } from './request.ts'
import { stateRoot } from './roots.ts'
import { resetStore, settle } from './state/store.ts'
import { beginView, commit } from './state/view.ts'
import { supply, writeDiff } from './supply.ts'
import { decodeTx } from './transaction/decode.ts'
import { TX_DONE, TX_MISS, TX_NO_MEMORY, TX_YIELD, beginTx, runTx } from './transaction/execute.ts'
import { resetTxs } from './transaction/tx.ts'

const IDLE: u32 = 0
const TX: u32 = 1
const CALL: u32 = 2
const BLOCK: u32 = 3

let mode: u32 = IDLE
let finished: bool = true
/** The transaction waits for its signer. */
let signing: bool = false
let isUnchecked: bool = false
let blobMax: u32 = 0

/** Marks ABI version 1 by its presence; never called. */
export function weft_abi_1(): void {}

/** The ABI version. */
export function weft_abi_version(): i32 {
  return ABI_VERSION
}

/** A block of `length` bytes for the host's data, 8-byte aligned; 0 when memory is exhausted. */
export function weft_alloc(length: u32): usize {
  initArena()
  const size: u64 = <u64>length + 16
  const block = reserve(size)
  if (!block) return 0
  store<u64>(block, size)
  return block + 16
}

/** Gives back what weft_alloc returned. */
export function weft_free(pointer: usize): void {
  if (pointer) release(pointer - 16, load<u64>(pointer - 16))
}

/** Forgets all state, block hashes and runs; code stays. Puts a fork in force. Also the way out of OUT_OF_MEMORY. */
export function weft_reset(fork: i32): void {
  initArena()
  resetArena()
  initCode()
  initEnv()
  initFrames()
  resetStore()
  clearBlockHashes()
  resetFrames()
  resetTxs()
  resetLogs()
  resetReceipts()
  resetRequest()
  resetPrecompiles()
  setFork(fork)
  beginView(fork)
  mode = IDLE
  finished = true
}

/** Sets the block environment (ENV_*). */
export function weft_set_block(pointer: usize): i32 {
  if (load<u32>(pointer) < <u32>ENV_STRUCT_SIZE) return RUN_BAD_INPUT
  blobMax = setBlock(pointer)
  return RUN_DONE
}

/** Begins a signed transaction (TX_*). Its bytes have to stay until it is done. */
export function weft_begin_tx(pointer: usize): i32 {
  if (load<u32>(pointer) < <u32>TX_STRUCT_SIZE) return RUN_BAD_INPUT
  const flags = load<u32>(pointer, TX_FLAGS)
  resetTxs()
  resetLogs()
  resetRequest()
  decodeTx(
    0,
    load<u32>(pointer, TX_RLP),
    load<u32>(pointer, TX_RLP_LENGTH),
    flags & TX_SENDER_GIVEN ? pointer + TX_SENDER : 0,
  )
  mode = TX
  finished = false
  signing = requestCount > 0
  isUnchecked = (flags & TX_UNCHECKED) != 0
  beginTx(0, load<u64>(env + GAS_LIMIT), blobMax, isUnchecked)
  return RUN_DONE
}

/** Begins one message (CALL_*): no intrinsic gas, no fee, no nonce check. Its input has to stay until it is done. */
export function weft_begin_call(pointer: usize): i32 {
  if (load<u32>(pointer) < <u32>CALL_STRUCT_SIZE) return RUN_BAD_INPUT
  resetLogs()
  resetRequest()
  beginCall(pointer)
  mode = CALL
  finished = false
  return RUN_DONE
}

/** Begins a whole block (ENV_*, BLOCK_*). */
export function weft_begin_block(pointer: usize): i32 {
  if (load<u32>(pointer) < <u32>BLOCK_STRUCT_SIZE) return RUN_BAD_INPUT
  blobMax = setBlock(pointer)
  resetRequest()
  beginBlock(pointer)
  mode = BLOCK
  finished = false
  return RUN_DONE
}

/** Runs on: RUN_DONE, RUN_REQUEST, RUN_YIELD, or a negative status. */
export function weft_run(): i32 {
  if (mode == IDLE) return RUN_IDLE
  if (exhausted) return OUT_OF_MEMORY
  if (finished) return RUN_DONE
  if (signing) {
    signing = false
    return RUN_REQUEST
  }
  resetRequest()
  const ended = mode == BLOCK ? runBlock() : mode == TX ? runTx() : runCall()
  if (exhausted || ended == TX_NO_MEMORY) return OUT_OF_MEMORY
  if (ended == TX_MISS) return RUN_REQUEST
  if (ended == TX_YIELD) return RUN_YIELD
  if (ended != TX_DONE) return INTERNAL_ERROR
  finished = true
  return RUN_DONE
}

/** Transactions of the block executed so far; the top bit is set when only its commitments are left to make. */
export function weft_progress(): u32 {
  return blockProgress() | (isAtRoots() ? 0x80000000 : 0)
}

/** What the host has to supply: { count, items } (REQUEST_*, ITEM_*). */
export function weft_request(): usize {
  return requestStruct()
}

/** Answers: records (RECORD_*, …). Also takes state that nobody asked for. */
export function weft_supply(pointer: usize, length: u32): i32 {
  const taken = supply(pointer, length)
  return exhausted ? OUT_OF_MEMORY : taken
}

/** The outcome of the last transaction or message (OUTCOME_*), or of the last block (RESULT_*). */
export function weft_outcome(): usize {
  return mode == BLOCK ? blockResult() : writeOutcome(mode == CALL)
}

/** Takes the changes of the last transaction or message into the state. Blocks do so themselves. */
export function weft_commit(): void {
  if (mode == BLOCK || !finished) return
  commit()
  weft_discard()
}

/** Drops the changes of the last transaction or message. */
export function weft_discard(): void {
  if (mode == BLOCK) return
  beginView(0)
  mode = IDLE
  finished = true
}

/** The state diff against the base: { records pointer, length } (RECORD_*). */
export function weft_diff(): usize {
  return changetype<usize>(writeDiff())
}

/** Makes the present state the base of the next diff. */
export function weft_settle(): void {
  settle()
}

/** Writes the root of all accounts known, 32 bytes: the state root when the state is complete. */
export function weft_state_root(out: usize): i32 {
  stateRoot(out)
  return exhausted ? OUT_OF_MEMORY : RUN_DONE
}

/** Writes keccak(rlp(logs)) of the last run, 32 bytes. */
export function weft_logs_hash(out: usize): void {
  logsHash(out)
}

/** Writes the Keccak-256 digest of `length` bytes. */
export function weft_keccak(out: usize, pointer: usize, length: u32): void {
  keccak256(out, pointer, length)
}
