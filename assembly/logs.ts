// Log records of the block or transaction, in the layout of abi.ts, one after the other. A frame that fails cuts them back.

import { LOG_ADDRESS, LOG_DATA_LENGTH, LOG_SIZE, LOG_TOPICS, LOG_TOPIC_COUNT } from './abi.ts'
import { Buffer, bufferAt } from './arena.ts'
import { clearBytes, copyBytes } from './bytes.ts'
import { storeAddressBytes } from './state/address.ts'

let logs: Buffer = changetype<Buffer>(0)

/** Number of logs. */
export let logCount: u32 = 0

export function resetLogs(): void {
  logs = bufferAt(61)
  logs.ensure(4096)
  logs.length = 0
  logCount = 0
}

/** No logs. */
export function clearLogs(): void {
  logs.length = 0
  logCount = 0
}

/** Logs go to another buffer from now on, which already holds `count` of them. */
export function useLogs(buffer: Buffer, count: u32): void {
  logs = buffer
  logCount = count
}

@inline
export function logsStart(): usize {
  return logs.ptr
}

/** Bytes of all records. */
@inline
export function logsLength(): u32 {
  return logs.length
}

/** Forgets all records behind the first `count`, which take `bytes`. */
export function cutLogs(bytes: u32, count: u32): void {
  logs.length = bytes
  logCount = count
}

/** Adds a record; its topics are to be written at the returned address + LOG_TOPICS. 0 when memory is exhausted. */
export function addLog(address: usize, topics: u32, data: usize, length: u32): usize {
  const size = LOG_TOPICS + topics * 32 + ((length + 7) & ~7)
  const at = logs.length
  if (!logs.ensure(<u64>at + size)) return 0
  logs.length = at + size
  const record = logs.ptr + at
  clearBytes(record, LOG_TOPICS)
  store<u32>(record, size, LOG_SIZE)
  store<u32>(record, topics, LOG_TOPIC_COUNT)
  store<u32>(record, length, LOG_DATA_LENGTH)
  storeAddressBytes(record + LOG_ADDRESS, address)
  copyBytes(record + LOG_TOPICS + topics * 32, data, length)
  logCount++
  return record
}
