// The end of a message as a host needs it that executes the transaction around it and keeps the state itself: what the message used
// and changed (OUTCOME_USED), with logs and output as bytes.

import type { Reader } from '../abi.ts'
import * as abi from '../abi.ts'
import type { Address, Hex } from '../types.ts'

/** An account that a message asked for or changed, and what it is afterwards: all zero where it is gone. */
export interface UsedAccount {
  address: Address
  /** It was in the state before. */
  existed: boolean
  /** It is afterwards: neither destroyed, nor empty and touched (EIP-161). */
  exists: boolean
  /** A contract was created there. */
  created: boolean
  /** It goes by SELFDESTRUCT at the end of the transaction. */
  destroyed: boolean
  /** Nonce, balance or code are others than before, or it is there or not. */
  changed: boolean
  nonce: bigint
  balance: bigint
  /** Only where it is another than before. */
  newCodeHash?: Hex
}

/** A slot that a message asked for or changed. */
export interface UsedSlot {
  address: Address
  /** 32 bytes. */
  key: Uint8Array
  before: bigint
  after: bigint
}

/** A log in bytes: address, topics, data. */
export type LogBytes = [address: Uint8Array, topics: Uint8Array[], data: Uint8Array]

/** How a message ended. */
export interface MessageEnd {
  /** EVMC status: SUCCESS and those below it in assembly/abi.ts. */
  status: number
  gasUsed: bigint
  /** The refund counter; 0 where the message failed. */
  refund: bigint
  output: Uint8Array
  logs: LogBytes[]
  accounts: UsedAccount[]
  slots: UsedSlot[]
}

/** Reads the outcome (OUTCOME_*) of a message. */
export function readMessageEnd(reader: Reader, at: number): MessageEnd {
  const accounts: UsedAccount[] = []
  const slots: UsedSlot[] = []
  let record = reader.u32(at + abi.OUTCOME_USED)
  const end = record + reader.u32(at + abi.OUTCOME_USED_LENGTH)
  for (; record < end; record += reader.u32(record + abi.RECORD_SIZE)) {
    if (reader.u32(record + abi.RECORD_KIND) === abi.TRACE_ACCOUNT) accounts.push(readAccount(reader, record))
    else slots.push(readSlot(reader, record))
  }
  return {
    status: reader.i32(at + abi.OUTCOME_STATUS),
    gasUsed: reader.u64(at + abi.OUTCOME_GAS_USED),
    refund: reader.u64(at + abi.OUTCOME_REFUND),
    output: reader.bytes(reader.u32(at + abi.OUTCOME_OUTPUT), reader.u32(at + abi.OUTCOME_OUTPUT_LENGTH)),
    logs: readLogs(reader, reader.u32(at + abi.OUTCOME_LOGS), reader.u32(at + abi.OUTCOME_LOG_COUNT)),
    accounts,
    slots,
  }
}

function readAccount(reader: Reader, at: number): UsedAccount {
  const flags = reader.u32(at + abi.TRACED_FLAGS)
  const existed = (flags & abi.TRACED_EXISTS) !== 0
  const exists = (flags & abi.TRACED_EXISTS_AFTER) !== 0
  const nonce = reader.u64(at + abi.TRACED_NONCE_AFTER)
  const balance = reader.word(at + abi.TRACED_BALANCE_AFTER)
  const codeHash = reader.hex(at + abi.TRACED_CODE_HASH_AFTER, 32)
  const isNewCode = codeHash !== reader.hex(at + abi.TRACED_CODE_HASH, 32)
  const isSame =
    existed === exists &&
    nonce === reader.u64(at + abi.TRACED_NONCE) &&
    balance === reader.word(at + abi.TRACED_BALANCE)
  return {
    address: reader.hex(at + abi.TRACED_ADDRESS, 20),
    existed,
    exists,
    created: (flags & abi.TRACED_CREATED) !== 0,
    destroyed: (flags & abi.TRACED_DESTROYED) !== 0,
    changed: isNewCode || !isSame,
    nonce,
    balance,
    ...(isNewCode && { newCodeHash: codeHash }),
  }
}

function readSlot(reader: Reader, at: number): UsedSlot {
  return {
    address: reader.hex(at + abi.TRACED_SLOT_ADDRESS, 20),
    key: reader.bytes(at + abi.TRACED_SLOT_KEY, 32),
    before: reader.word(at + abi.TRACED_SLOT_VALUE),
    after: reader.word(at + abi.TRACED_SLOT_VALUE_AFTER),
  }
}

function readLogs(reader: Reader, at: number, count: number): LogBytes[] {
  const logs: LogBytes[] = []
  for (let i = 0; i < count; i++) {
    const topicCount = reader.u32(at + abi.LOG_TOPIC_COUNT)
    const data = at + abi.LOG_TOPICS + topicCount * 32
    const topics = Array.from({ length: topicCount }, (_, t) => reader.bytes(at + abi.LOG_TOPICS + t * 32, 32))
    logs.push([
      reader.bytes(at + abi.LOG_ADDRESS, 20),
      topics,
      reader.bytes(data, reader.u32(at + abi.LOG_DATA_LENGTH)),
    ])
    at += reader.u32(at + abi.LOG_SIZE)
  }
  return logs
}
