// Calls of precompiled contracts of the host's own as the core tells of them (CUSTOM_*), and answers as it takes them (ANSWER_*).

import * as abi from '../abi.ts'
import { putSlot, type Reader, type Writer } from '../abi.ts'
import type { Account, Address, Log, PrecompileCall } from '../types.ts'

/** The call at `at`. */
export function readCustomCall(reader: Reader, at: number): PrecompileCall {
  return {
    address: reader.hex(at + abi.CUSTOM_ADDRESS, 20),
    self: reader.hex(at + abi.CUSTOM_SELF, 20),
    caller: reader.hex(at + abi.CUSTOM_CALLER, 20),
    value: reader.word(at + abi.CUSTOM_VALUE),
    input: reader.bytes(reader.u32(at + abi.CUSTOM_INPUT), reader.u32(at + abi.CUSTOM_INPUT_LENGTH)),
    gas: reader.u64(at + abi.CUSTOM_GAS),
    isStatic: (reader.u32(at + abi.CUSTOM_FLAGS) & abi.CUSTOM_STATIC) !== 0,
    depth: reader.u32(at + abi.CUSTOM_DEPTH),
  }
}

/** The account in the record at `at`; null where it does not exist. */
export function readAccount(reader: Reader, at: number): Account | null {
  if (!(reader.u32(at + abi.ACCOUNT_FLAGS) & abi.ACCOUNT_EXISTS)) return null
  return {
    nonce: reader.u64(at + abi.ACCOUNT_NONCE),
    balance: reader.word(at + abi.ACCOUNT_BALANCE),
    codeHash: reader.hex(at + abi.ACCOUNT_CODE_HASH, 32),
  }
}

/** Something that a contract changes. */
export type CustomChange =
  | { kind: 'storage'; address: Address; key: bigint; value: bigint }
  | { kind: 'balance'; address: Address; balance: bigint }
  | ({ kind: 'log' } & Log)

/** What a contract answers, checked. */
export interface CustomAnswer {
  /** SUCCESS, REVERT or PRECOMPILE_FAILURE. */
  status: number
  gasUsed: bigint
  output: Uint8Array
  changes: readonly CustomChange[]
}

/** Record of an answer. */
export function putAnswer(writer: Writer, { status, gasUsed, output, changes }: CustomAnswer): void {
  const at = writer.room(abi.ANSWER_OUTPUT + padded(output.length))
  writer.u32(at + abi.RECORD_KIND, abi.KIND_CUSTOM)
  writer.u32(at + abi.ANSWER_STATUS, status)
  writer.u32(at + abi.ANSWER_LENGTH, output.length)
  writer.u64(at + abi.ANSWER_GAS_USED, gasUsed)
  writer.put(at + abi.ANSWER_OUTPUT, output)
  const first = writer.length
  for (const change of changes) putChange(writer, change)
  writer.u32(at + abi.ANSWER_CHANGES, writer.length - first)
  writer.u32(at + abi.RECORD_SIZE, writer.length - at)
}

function putChange(writer: Writer, change: CustomChange): void {
  if (change.kind === 'storage') putSlot(writer, change.address, change.key, change.value)
  else if (change.kind === 'balance') putBalance(writer, change.address, change.balance)
  else putLog(writer, change)
}

function putBalance(writer: Writer, address: Address, balance: bigint): void {
  const at = writer.room(abi.BALANCE_RECORD_SIZE)
  writer.u32(at + abi.RECORD_KIND, abi.KIND_BALANCE)
  writer.u32(at + abi.RECORD_SIZE, abi.BALANCE_RECORD_SIZE)
  writer.hex(at + abi.BALANCE_ADDRESS, address)
  writer.word(at + abi.BALANCE_VALUE, balance)
}

function putLog(writer: Writer, { address, topics, data }: Log): void {
  const size = abi.LOG_TOPICS + topics.length * 32 + padded(data.length)
  const at = writer.room(abi.LOGGED_LOG + size)
  writer.u32(at + abi.RECORD_KIND, abi.KIND_LOG)
  writer.u32(at + abi.RECORD_SIZE, abi.LOGGED_LOG + size)
  const log = at + abi.LOGGED_LOG
  writer.u32(log + abi.LOG_SIZE, size)
  writer.u32(log + abi.LOG_TOPIC_COUNT, topics.length)
  writer.u32(log + abi.LOG_DATA_LENGTH, data.length)
  writer.hex(log + abi.LOG_ADDRESS, address)
  for (const [i, topic] of topics.entries()) writer.hex(log + abi.LOG_TOPICS + i * 32, topic)
  writer.put(log + abi.LOG_TOPICS + topics.length * 32, data)
}

const padded = (length: number): number => (length + 7) & ~7
