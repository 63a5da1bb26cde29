// What crosses the ABI whole: the block environment on the way in, the outcome of a transaction or message on the way out.

import {
  ENV_ASK_PARENT_HASH,
  ENV_BASE_FEE,
  ENV_BLOB_MAX,
  ENV_BLOB_UPDATE_FRACTION,
  ENV_CHAIN_ID,
  ENV_COINBASE,
  ENV_COMPLETE_STATE,
  ENV_EXCESS_BLOB_GAS,
  ENV_FLAGS,
  ENV_FORK,
  ENV_GAS_LIMIT,
  ENV_NUMBER,
  ENV_PARENT_BEACON_ROOT,
  ENV_PARENT_HASH,
  ENV_RANDOM,
  ENV_TIMESTAMP,
  OUTCOME_CREATED,
  OUTCOME_FLAGS,
  OUTCOME_GAS_REFUNDED,
  OUTCOME_GAS_USED,
  OUTCOME_HAS_CREATED,
  OUTCOME_LOGS,
  OUTCOME_LOG_COUNT,
  OUTCOME_OUTPUT,
  OUTCOME_OUTPUT_LENGTH,
  OUTCOME_REFUND,
  OUTCOME_REJECTION,
  OUTCOME_SIZE,
  OUTCOME_STATUS,
  OUTCOME_STRUCT_SIZE,
  OUTCOME_USED,
  OUTCOME_USED_LENGTH,
} from './abi.ts'
import { bufferAt, exhausted } from './arena.ts'
import { blobBaseFee } from './blobfee.ts'
import { callCreated, callGasUsed, callRefund, callStatus } from './call.ts'
import {
  BASE_FEE,
  BLOB_BASE_FEE,
  CHAIN_ID,
  COINBASE,
  GAS_LIMIT,
  NUMBER,
  PARENT_BEACON_ROOT,
  PARENT_HASH,
  RANDOM,
  TIMESTAMP,
  env,
  setBlockHash,
  setFork,
} from './env.ts'
import { returnData, returnLength } from './frame.ts'
import { logCount, logsStart } from './logs.ts'
import { loadAddressBytes, storeAddressBytes } from './state/address.ts'
import { setComplete } from './state/store.ts'
import { accountAt } from './state/view.ts'
import { txCreated, txGasUsed, txRefunded, txRejection, txStatus } from './transaction/execute.ts'
import { writeUsed } from './used.ts'
import { loadBigEndian, setWord } from './word/word.ts'

/** Takes the environment over (ENV_*); returns the block's blob limit. */
export function setBlock(from: usize): u32 {
  const number = load<u64>(from, ENV_NUMBER)
  setFork(load<i32>(from, ENV_FORK))
  setWord(env + NUMBER, number)
  setWord(env + TIMESTAMP, load<u64>(from, ENV_TIMESTAMP))
  setWord(env + GAS_LIMIT, load<u64>(from, ENV_GAS_LIMIT))
  setWord(env + CHAIN_ID, load<u64>(from, ENV_CHAIN_ID))
  setWord(env + COINBASE, 0)
  loadAddressBytes(env + COINBASE, from + ENV_COINBASE)
  loadBigEndian(env + BASE_FEE, from + ENV_BASE_FEE)
  loadBigEndian(env + RANDOM, from + ENV_RANDOM)
  blobBaseFee(env + BLOB_BASE_FEE, load<u64>(from, ENV_EXCESS_BLOB_GAS), load<u64>(from, ENV_BLOB_UPDATE_FRACTION))
  memory.copy(env + PARENT_HASH, from + ENV_PARENT_HASH, 32)
  memory.copy(env + PARENT_BEACON_ROOT, from + ENV_PARENT_BEACON_ROOT, 32)
  const flags = load<u32>(from, ENV_FLAGS)
  if (number && !(flags & ENV_ASK_PARENT_HASH)) setBlockHash(number - 1, env + PARENT_HASH)
  setComplete((flags & ENV_COMPLETE_STATE) != 0)
  return load<u32>(from, ENV_BLOB_MAX)
}

/** Writes the outcome of the last transaction, or message, and returns its address; 0 when memory is exhausted. */
export function writeOutcome(isCall: bool): usize {
  const buffer = bufferAt(23)
  const used = writeUsed()
  if (exhausted || !buffer.ensure(OUTCOME_STRUCT_SIZE)) return 0
  const out = buffer.ptr
  const created = isCall ? callCreated : txCreated
  memory.fill(out, 0, OUTCOME_STRUCT_SIZE)
  store<u32>(out, OUTCOME_STRUCT_SIZE, OUTCOME_SIZE)
  store<i32>(out, isCall ? callStatus : txStatus, OUTCOME_STATUS)
  store<u32>(out, isCall ? 0 : txRejection, OUTCOME_REJECTION)
  store<u64>(out, isCall ? callGasUsed : txGasUsed, OUTCOME_GAS_USED)
  store<u64>(out, isCall ? 0 : txRefunded, OUTCOME_GAS_REFUNDED)
  store<u32>(out, <u32>returnData(), OUTCOME_OUTPUT)
  store<u32>(out, returnLength(), OUTCOME_OUTPUT_LENGTH)
  store<u32>(out, <u32>logsStart(), OUTCOME_LOGS)
  store<u32>(out, logCount, OUTCOME_LOG_COUNT)
  store<u32>(out, <u32>used.ptr, OUTCOME_USED)
  store<u32>(out, used.length, OUTCOME_USED_LENGTH)
  store<u64>(out, isCall ? callRefund : 0, OUTCOME_REFUND)
  if (created) {
    store<u32>(out, OUTCOME_HAS_CREATED, OUTCOME_FLAGS)
    storeAddressBytes(out + OUTCOME_CREATED, accountAt(created - 1).address)
  }
  return out
}
