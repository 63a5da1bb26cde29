// What a run begins with, copied out of the host's memory: when a begin has returned, the host may do with its blocks what it
// likes, and nothing that was checked can change any more. One buffer, valid until the next begin.

import {
  BLOCK_FLAGS,
  BLOCK_SENDERS,
  BLOCK_STRUCT_SIZE,
  BLOCK_TXS,
  BLOCK_TX_COUNT,
  BLOCK_UNCLES,
  BLOCK_UNCLES_UNPAID,
  BLOCK_UNCLE_COUNT,
  BLOCK_WITHDRAWALS,
  BLOCK_WITHDRAWAL_COUNT,
  CALL_BLOB_HASHES,
  CALL_BLOB_HASH_COUNT,
  CALL_CODE,
  CALL_CODE_LENGTH,
  CALL_CREATE,
  CALL_FLAGS,
  CALL_HAS_CODE,
  CALL_INPUT,
  CALL_INPUT_LENGTH,
  CALL_IN_TX,
  CALL_STRUCT_SIZE,
  CALL_VALUE_STAYS,
  CALL_WARM,
  CALL_WARM_COUNT,
  OUT_OF_MEMORY,
  RUN_BAD_INPUT,
  RUN_DONE,
  UNCLE_SIZE,
  WARM_SIZE,
  WITHDRAWAL_SIZE,
} from './abi.ts'
import { bufferAt, scratch } from './arena.ts'
import { isArray, isPiece } from './bounds.ts'
import { BLOB_HASH_STRIDE } from './transaction/tx.ts'

const HELD: usize = 26
const ITEM: u32 = 8
const SENDER: u32 = 24

/** The copy: the transaction's bytes, the message struct, or the block struct. */
export let input: usize = 0
/** End of what has been copied. */
let filled: usize = 0

/** Copies the `length` bytes of a transaction. */
export function holdTx(bytes: usize, length: u32): i32 {
  const held = bufferAt(HELD)
  if (!held.ensure(length)) return OUT_OF_MEMORY
  input = held.ptr
  memory.copy(input, bytes, length)
  return RUN_DONE
}

/** Copies a message struct and what it points to. What its size or its flags leave out is zero in the copy. */
export function holdCall(from: usize): i32 {
  const head = scratch()
  memory.fill(head, 0, CALL_STRUCT_SIZE)
  memory.copy(head, from, min<u32>(load<u32>(from), CALL_STRUCT_SIZE))
  const flags = load<u32>(head, CALL_FLAGS)
  if (flags & CALL_CREATE && flags & (CALL_HAS_CODE | CALL_VALUE_STAYS)) return RUN_BAD_INPUT
  if (!(flags & CALL_HAS_CODE)) store<u64>(head, 0, CALL_CODE)
  if (!(flags & CALL_IN_TX)) memory.fill(head + CALL_WARM, 0, CALL_STRUCT_SIZE - CALL_WARM)
  const warm = load<u32>(head, CALL_WARM_COUNT)
  const hashes = load<u32>(head, CALL_BLOB_HASH_COUNT)
  if (
    !isPiece(head + CALL_INPUT) ||
    !isPiece(head + CALL_CODE) ||
    !isArray(head + CALL_WARM, warm, WARM_SIZE) ||
    !isArray(head + CALL_BLOB_HASHES, hashes, 32)
  )
    return RUN_BAD_INPUT
  const length = load<u32>(head, CALL_INPUT_LENGTH)
  const code = load<u32>(head, CALL_CODE_LENGTH)
  const size = CALL_STRUCT_SIZE + <u64>length + code + <u64>warm * WARM_SIZE + <u64>hashes * BLOB_HASH_STRIDE
  const held = bufferAt(HELD)
  if (!held.ensure(size)) return OUT_OF_MEMORY

  input = held.ptr
  memory.copy(input, head, CALL_STRUCT_SIZE)
  filled = input + CALL_STRUCT_SIZE
  take(input + CALL_INPUT, length)
  take(input + CALL_CODE, code)
  take(input + CALL_WARM, warm * WARM_SIZE)
  const hash = <usize>load<u32>(input, CALL_BLOB_HASHES)
  store<u32>(input, <u32>filled, CALL_BLOB_HASHES)
  for (let i: u32 = 0; i < hashes; i++) memory.copy(filled + i * BLOB_HASH_STRIDE, hash + i * 32, 32)
  return RUN_DONE
}

/** Copies a block struct and everything that it points to. */
export function holdBlock(from: usize): i32 {
  const head = scratch()
  memory.copy(head, from, BLOCK_STRUCT_SIZE)
  const count = load<u32>(head, BLOCK_TX_COUNT)
  const withdrawals = load<u32>(head, BLOCK_WITHDRAWAL_COUNT)
  const uncles = load<u32>(head, BLOCK_FLAGS) & BLOCK_UNCLES_UNPAID ? 0 : load<u32>(head, BLOCK_UNCLE_COUNT)
  const senders = load<u32>(head, BLOCK_SENDERS) ? count : 0
  if (
    !isArray(head + BLOCK_TXS, count, ITEM) ||
    !isArray(head + BLOCK_WITHDRAWALS, withdrawals, WITHDRAWAL_SIZE) ||
    !isArray(head + BLOCK_UNCLES, uncles, UNCLE_SIZE) ||
    !isArray(head + BLOCK_SENDERS, senders, SENDER)
  )
    return RUN_BAD_INPUT
  let size: u64 = BLOCK_STRUCT_SIZE + <u64>count * ITEM + <u64>withdrawals * WITHDRAWAL_SIZE
  size += <u64>uncles * UNCLE_SIZE + <u64>senders * SENDER
  const items = <usize>load<u32>(head, BLOCK_TXS)
  for (let i: u32 = 0; i < count; i++) size += load<u32>(items + i * ITEM, 4)
  const held = bufferAt(HELD)
  if (!held.ensure(size)) return OUT_OF_MEMORY

  input = held.ptr
  memory.copy(input, head, BLOCK_STRUCT_SIZE)
  filled = input + BLOCK_STRUCT_SIZE
  take(input + BLOCK_TXS, count * ITEM)
  take(input + BLOCK_WITHDRAWALS, withdrawals * WITHDRAWAL_SIZE)
  take(input + BLOCK_UNCLES, uncles * UNCLE_SIZE)
  if (senders) take(input + BLOCK_SENDERS, senders * SENDER)
  const end = input + <usize>size
  for (let i: u32 = 0; i < count; i++) {
    const item = <usize>load<u32>(input, BLOCK_TXS) + i * ITEM
    const length = load<u32>(item, 4)
    // Asked of the copy: where the host's items lie in the core's own memory, growing it may have changed them.
    if (!isPiece(item) || <usize>length > end - filled) return RUN_BAD_INPUT
    take(item, length)
  }
  return RUN_DONE
}

/** Copies the `length` bytes whose address is at `field`, and puts the address of the copy there. */
function take(field: usize, length: u32): void {
  memory.copy(filled, load<u32>(field), length)
  store<u32>(field, <u32>filled)
  filled += length
}
