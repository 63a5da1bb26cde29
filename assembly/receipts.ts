// Receipts of the block: their records for the host, their encoding for the receipts trie, the bloom filter
// (Yellow Paper 4.4.1 and 4.3.1; EIP-658, 2718).

import {
  BYZANTIUM,
  LOG_ADDRESS,
  LOG_DATA_LENGTH,
  LOG_SIZE,
  LOG_TOPICS,
  LOG_TOPIC_COUNT,
  RECEIPT_CREATED,
  RECEIPT_CUMULATIVE_GAS,
  RECEIPT_FLAGS,
  RECEIPT_GAS_PRICE,
  RECEIPT_GAS_USED,
  RECEIPT_HALT,
  RECEIPT_HASH,
  RECEIPT_LOGS,
  RECEIPT_LOG_COUNT,
  RECEIPT_SENDER,
  RECEIPT_STATE_ROOT,
  RECEIPT_STATUS,
  RECEIPT_STRUCT_SIZE,
  RECEIPT_TYPE,
  SUCCESS,
} from './abi.ts'
import { Buffer, bufferAt, scratch } from './arena.ts'
import { GAS_PRICE, env, fork } from './env.ts'
import { keccak256 } from './keccak.ts'
import { logCount, logsLength, logsStart } from './logs.ts'
import { encodeBytes, encodeListHeader, encodeNumber, bytesSize, listHeaderSize, numberSize } from './rlp.ts'
import { storeAddressBytes } from './state/address.ts'
import { accountAt } from './state/view.ts'
import { txCreated, txGasUsed, txStatus } from './transaction/execute.ts'
import { txAt } from './transaction/tx.ts'
import { storeBigEndian } from './word/word.ts'

export const BLOOM_SIZE: u32 = 256

let receipts: Buffer = changetype<Buffer>(0)
export let receiptCount: u32 = 0

export function resetReceipts(): void {
  receipts = bufferAt(60)
  receipts.ensure(RECEIPT_STRUCT_SIZE)
  receipts.length = 0
  receiptCount = 0
}

@inline
export function receiptsStart(): usize {
  return receipts.ptr
}

/** The record of the last receipt. */
export function lastReceipt(): usize {
  return receipts.ptr + receipts.length - RECEIPT_STRUCT_SIZE
}

/** Adds the receipt of the transaction that has just been executed; its logs begin at `logs` bytes, record number `firstLog`. */
export function addReceipt(index: u32, cumulativeGas: u64, logs: u32, firstLog: u32): void {
  receiptCount++
  const created = txCreated ? accountAt(txCreated - 1).address : 0
  const count = logCount - firstLog
  putReceipt(receipts, index, txStatus, txGasUsed, cumulativeGas, logs, count, env + GAS_PRICE, created)
}

/** Appends a receipt to a buffer of them; `price` is a word, `created` an address or 0. Returns its record. */
export function putReceipt(
  to: Buffer,
  index: u32,
  status: i32,
  gasUsed: u64,
  cumulativeGas: u64,
  logs: u32,
  logCount: u32,
  price: usize,
  created: usize,
): usize {
  const tx = txAt(index)
  const record = to.push(RECEIPT_STRUCT_SIZE)
  memory.fill(record, 0, RECEIPT_STRUCT_SIZE)
  store<u32>(record, status == SUCCESS ? 1 : 0, RECEIPT_STATUS)
  store<i32>(record, status, RECEIPT_HALT)
  store<u32>(record, tx.type, RECEIPT_TYPE)
  store<u64>(record, gasUsed, RECEIPT_GAS_USED)
  store<u64>(record, cumulativeGas, RECEIPT_CUMULATIVE_GAS)
  store<u32>(record, logs, RECEIPT_LOGS)
  store<u32>(record, logCount, RECEIPT_LOG_COUNT)
  storeBigEndian(record + RECEIPT_GAS_PRICE, price)
  storeAddressBytes(record + RECEIPT_SENDER, tx.sender)
  memory.copy(record + RECEIPT_HASH, tx.hash, 32)
  if (created) {
    store<u32>(record, 1, RECEIPT_FLAGS)
    storeAddressBytes(record + RECEIPT_CREATED, created)
  }
  return record
}

/** Receipts that other threads have put into the buffer count from now on. */
export function setReceiptCount(count: u32): void {
  receiptCount = count
}

// ---- bloom --------------------------------------------------------------------------------------------------------------

/** Adds `count` logs, records from `at` on, to a bloom filter of 2,048 bits. */
export function addLogsToBloom(bloom: usize, at: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    addToBloom(bloom, at + LOG_ADDRESS, 20)
    const topics = load<u32>(at, LOG_TOPIC_COUNT)
    for (let t: u32 = 0; t < topics; t++) addToBloom(bloom, at + LOG_TOPICS + t * 32, 32)
    at += load<u32>(at, LOG_SIZE)
  }
}

/** The low 11 bits of the first three byte pairs of the hash are the bits to set. */
function addToBloom(bloom: usize, data: usize, length: u32): void {
  const hash = scratch()
  keccak256(hash, data, length)
  for (let pair: usize = 0; pair < 6; pair += 2) {
    const bit = <u32>bswap<u16>(load<u16>(hash + pair)) & 2047
    const byte = bloom + 255 - (bit >> 3)
    store<u8>(byte, <u8>(<u32>load<u8>(byte) | ((<u32>1) << (bit & 7))))
  }
}

// ---- encoding -----------------------------------------------------------------------------------------------------------

/** Bytes that the list of `count` logs from `at` on takes in RLP. */
export function logsSize(at: usize, count: u32): u32 {
  const payload = logsPayload(at, count)
  return listHeaderSize(payload) + payload
}

function logsPayload(at: usize, count: u32): u32 {
  let size: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const payload = logPayload(at)
    size += listHeaderSize(payload) + payload
    at += load<u32>(at, LOG_SIZE)
  }
  return size
}

/** [address, [topics], data]. */
function logPayload(log: usize): u32 {
  const topics = load<u32>(log, LOG_TOPIC_COUNT)
  return 21 + listHeaderSize(topics * 33) + topics * 33 + bytesSize(logData(log), load<u32>(log, LOG_DATA_LENGTH))
}

@inline
function logData(log: usize): usize {
  return log + LOG_TOPICS + load<u32>(log, LOG_TOPIC_COUNT) * 32
}

/** Writes the list of `count` logs from `at` on. */
export function encodeLogs(out: usize, at: usize, count: u32): usize {
  let end = encodeListHeader(out, logsPayload(at, count))
  for (let i: u32 = 0; i < count; i++) {
    const topics = load<u32>(at, LOG_TOPIC_COUNT)
    end = encodeListHeader(end, logPayload(at))
    end = encodeBytes(end, at + LOG_ADDRESS, 20)
    end = encodeListHeader(end, topics * 33)
    for (let t: u32 = 0; t < topics; t++) end = encodeBytes(end, at + LOG_TOPICS + t * 32, 32)
    end = encodeBytes(end, logData(at), load<u32>(at, LOG_DATA_LENGTH))
    at += load<u32>(at, LOG_SIZE)
  }
  return end
}

/** keccak(rlp(all logs)), as state tests state it. `buffer` has room for logsSize. */
export function logsHash(out: usize): void {
  const buffer = bufferAt(19)
  if (!buffer.ensure(logsSize(logsStart(), logCount))) return
  keccak256(out, buffer.ptr, <u32>(encodeLogs(buffer.ptr, logsStart(), logCount) - buffer.ptr))
}

/** Most bytes that all receipts take together when encoded. */
export function receiptsBound(): u32 {
  return receiptCount * 340 + logsLength()
}

/**
 * Writes the encoding of receipt `index`: type ‖ rlp([status, cumulative gas, bloom, logs]); before Byzantium (EIP-658) the state
 * root stands in place of the status. Its bloom is added to `total`.
 */
export function encodeReceipt(out: usize, index: u32, total: usize): usize {
  const record = receipts.ptr + index * RECEIPT_STRUCT_SIZE
  const logs = logsStart() + load<u32>(record, RECEIPT_LOGS)
  const count = load<u32>(record, RECEIPT_LOG_COUNT)
  const gas = load<u64>(record, RECEIPT_CUMULATIVE_GAS)
  const bloom = scratch() + 1024
  memory.fill(bloom, 0, BLOOM_SIZE)
  addLogsToBloom(bloom, logs, count)
  for (let at: usize = 0; at < BLOOM_SIZE; at += 8) {
    store<u64>(total + at, load<u64>(total + at) | load<u64>(bloom + at))
  }
  let end = out
  if (load<u32>(record, RECEIPT_TYPE)) store<u8>(end++, load<u8>(record, RECEIPT_TYPE))
  const outcomeSize: u32 = fork < BYZANTIUM ? 33 : 1
  end = encodeListHeader(end, outcomeSize + numberSize(gas) + 3 + BLOOM_SIZE + logsSize(logs, count))
  if (fork < BYZANTIUM) end = encodeBytes(end, record + RECEIPT_STATE_ROOT, 32)
  else end = encodeNumber(end, load<u32>(record, RECEIPT_STATUS))
  end = encodeNumber(end, gas)
  end = encodeBytes(end, bloom, BLOOM_SIZE)
  return encodeLogs(end, logs, count)
}
