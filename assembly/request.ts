// Questions to the host: items collected here are handed out by weft_request() and answered by weft_supply().

import {
  CUSTOM_STRUCT_SIZE,
  ITEM_ADDRESS,
  ITEM_KEY,
  ITEM_KIND,
  ITEM_LEN,
  ITEM_NUMBER,
  ITEM_PARITY,
  ITEM_PTR,
  ITEM_R,
  ITEM_S,
  ITEM_SIZE,
  KIND_ACCOUNT,
  KIND_BLOCK_HASH,
  KIND_CODE,
  KIND_CUSTOM,
  KIND_PRECOMPILE,
  KIND_RECOVER,
  KIND_STORAGE,
  REQUEST_COUNT,
  REQUEST_ITEMS,
} from './abi.ts'
import { Buffer, bufferAt } from './arena.ts'
import { codeHash } from './code.ts'
import { storeAddressBytes } from './state/address.ts'
import { storeBigEndian } from './word/word.ts'

let items: Buffer = changetype<Buffer>(0)
/** Count and pointer; then the call that KIND_CUSTOM tells of, which stays where it is while it waits. */
let header: Buffer = changetype<Buffer>(0)
const CALL: usize = 8

/** Number of items waiting for an answer. */
export let requestCount: u32 = 0
/** Where they are, if in another instance's request. */
let lent: usize = 0

export function resetRequest(): void {
  items = bufferAt(6)
  header = bufferAt(7)
  header.ensure(<u64>CALL + CUSTOM_STRUCT_SIZE)
  items.length = 0
  requestCount = 0
  lent = 0
}

/** The items. */
export function requestItems(): usize {
  return lent ? lent : items.ptr
}

/** Asks for items of another instance's request, or some of an own one before. They stay where they are. */
export function lendRequest(at: usize, count: u32): void {
  lent = at
  requestCount = count
}

/** What the first item asks for (KIND_*). */
export function requestKind(): u32 {
  return load<u32>(requestItems(), ITEM_KIND)
}

/** The request as the host reads it: count, pointer to the items. */
export function requestStruct(): usize {
  store<u32>(header.ptr, requestCount, REQUEST_COUNT)
  store<u32>(header.ptr, <u32>requestItems(), REQUEST_ITEMS)
  return header.ptr
}

function addItem(kind: u32): usize {
  const item = items.push(ITEM_SIZE)
  memory.fill(item, 0, ITEM_SIZE)
  store<u32>(item, kind, ITEM_KIND)
  requestCount++
  return item
}

export function requestAccount(address: usize): void {
  storeAddressBytes(addItem(KIND_ACCOUNT) + ITEM_ADDRESS, address)
}

export function requestSlot(address: usize, key: usize): void {
  const item = addItem(KIND_STORAGE)
  storeAddressBytes(item + ITEM_ADDRESS, address)
  storeBigEndian(item + ITEM_KEY, key)
}

/** Asks for a code; `optional`: it may not be needed, and the host need not have it. */
export function requestCode(code: u32, optional: bool): void {
  const item = addItem(KIND_CODE)
  memory.copy(item + ITEM_KEY, codeHash(code), 32)
  store<u64>(item, optional ? 1 : 0, ITEM_NUMBER)
}

export function requestBlockHash(number: u64): void {
  store<u64>(addItem(KIND_BLOCK_HASH), number, ITEM_NUMBER)
}

/** Asks the host to compute a precompiled contract. */
export function requestPrecompile(address: u64, input: usize, length: u32): void {
  const item = addItem(KIND_PRECOMPILE)
  store<u64>(item, address, ITEM_NUMBER)
  store<u32>(item, <u32>input, ITEM_PTR)
  store<u32>(item, length, ITEM_LEN)
}

/** Tells the host of a call of the contract of its own at `address`. Returns where the call is to be written (CUSTOM_*), cleared. */
export function requestCustom(address: usize): usize {
  const item = addItem(KIND_CUSTOM)
  const call = header.ptr + CALL
  store<u32>(item, <u32>call, ITEM_PTR)
  store<u32>(item, CUSTOM_STRUCT_SIZE, ITEM_LEN)
  storeAddressBytes(item + ITEM_ADDRESS, address)
  memory.fill(call, 0, CUSTOM_STRUCT_SIZE)
  return call
}

/** Asks for the signer of `hash` (32 bytes); r and s are words. */
export function requestRecover(index: u32, hash: usize, r: usize, s: usize, parity: u32): void {
  const item = addItem(KIND_RECOVER)
  store<u32>(item, index, ITEM_PTR)
  store<u32>(item, parity, ITEM_PARITY)
  memory.copy(item + ITEM_KEY, hash, 32)
  storeBigEndian(item + ITEM_R, r)
  storeBigEndian(item + ITEM_S, s)
}
