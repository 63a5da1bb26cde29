// LOG0 … LOG4: offset, size, topics →

import { LOG_TOPICS, STATIC_MODE_VIOLATION } from '../abi.ts'
import { current } from '../frame.ts'
import { NO_GAS, NO_MEMORY, useMemory } from '../gas.ts'
import { addLog } from '../logs.ts'
import { traceLog, tracing } from '../trace.ts'
import { storeBigEndian } from '../word/word.ts'

/** LOGn with n = `topics`. */
export function log(sp: usize, gas: i64, topics: u32): i64 {
  if (current.isStatic) return -STATIC_MODE_VIOLATION
  let left = useMemory(gas, sp, sp - 32)
  if (left < 0) return left
  const length = load<u32>(sp - 32)
  left -= <i64>length * 8
  if (left < 0) return NO_GAS
  const record = addLog(current.address, topics, length ? current.memory + load<u32>(sp) : 0, length)
  if (!record) return NO_MEMORY
  for (let i: u32 = 0; i < topics; i++) storeBigEndian(record + LOG_TOPICS + i * 32, sp - 64 - i * 32)
  if (tracing) traceLog(record)
  return left
}
