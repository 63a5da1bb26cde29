// Signed transactions in their consensus encoding (EIP-155, 2718, 2930, 1559, 4844, 7702) → Tx. Strict RLP; form and ranges
// are checked here, what depends on the fork or on state in validate.ts. Signers are asked of the host in one batch.

import {
  REJECT_AUTHORIZATION_FORMAT,
  REJECT_BLOB_CREATE,
  REJECT_NONE,
  REJECT_RLP,
  REJECT_SIGNATURE,
  REJECT_TYPE_UNKNOWN,
  REJECT_AUTHORIZATION_CREATE,
} from '../abi.ts'
import { bufferAt, scratch } from '../arena.ts'
import { keccak256 } from '../keccak.ts'
import { requestRecover } from '../request.ts'
import {
  encodeListHeader,
  encodeNumber,
  itemData,
  itemEnd,
  itemIsInteger,
  itemIsList,
  itemLength,
  readHeader,
} from '../rlp.ts'
import { loadAddressBytes } from '../state/address.ts'
import { copyWord, lessThan, loadBigEndian } from '../word/word.ts'
import { Authorization, Tx, addAuthorization, addTx, authorizationCount, noteGasLimit } from './tx.ts'

/** Recover requests of authorizations bear this number plus their index; those of transactions their index. */
export const AUTHORIZATION_INDEX: u32 = 0x80000000

// Half the order of secp256k1, as a word (EIP-2).
const HALF_ORDER = memory.data<u64>([0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff])

// The reading position, and the first reason to reject.
let at: usize = 0
let end: usize = 0
let rejection: u32 = REJECT_NONE

/**
 * Decodes a transaction into the table and, unless the sender is given, asks for its signer; `index` names the request. A
 * malformed one has `rejection` set and must not be executed.
 */
export function decodeTx(index: u32, bytes: usize, length: u32, sender: usize): Tx {
  const tx = addTx()
  rejection = REJECT_NONE
  keccak256(tx.hash, bytes, length)
  end = bytes + length
  const first: u32 = length ? load<u8>(bytes) : 0
  if (first >= 0xc0) {
    if (openList(bytes)) decodeLegacy(tx, index, sender)
  } else if (!length || first >= 0x80)
    rejection = REJECT_RLP // a byte string is neither a list nor a type (EIP-2718)
  else if (first < 1 || first > 4) rejection = REJECT_TYPE_UNKNOWN
  else {
    tx.type = first
    if (openList(bytes + 1)) decodeTyped(tx, index, first, sender)
  }
  if (sender) {
    loadAddressBytes(tx.sender, sender)
    tx.senderKnown = 1
  }
  tx.rejection = rejection
  noteGasLimit(tx.gasLimit)
  return tx
}

/** Enters the list that has to fill the rest of the transaction. */
function openList(from: usize): bool {
  if (!readHeader(from, end) || !itemIsList() || itemEnd() != end) {
    reject(REJECT_RLP)
    return false
  }
  at = itemData()
  return true
}

function decodeLegacy(tx: Tx, index: u32, sender: usize): void {
  const start = at
  tx.nonce = number()
  word(tx.maxFee)
  copyWord(tx.priorityFee, tx.maxFee)
  tx.gasLimit = number()
  recipient(tx)
  word(tx.value)
  data(tx)
  const signed = at
  const v = number()
  word(tx.r)
  word(tx.s)
  close()
  if (rejection) return
  if (v == 27 || v == 28) tx.parity = <u32>(v - 27)
  else if (v >= 35) {
    tx.hasChainId = 1
    tx.chainId = (v - 35) >> 1
    tx.parity = <u32>(v - 35) & 1
  } else if (!sender) rejection = REJECT_SIGNATURE
  if (!rejection && !sender) askSigner(tx, index, 0, start, signed)
}

function decodeTyped(tx: Tx, index: u32, type: u32, sender: usize): void {
  const start = at
  tx.chainId = number()
  tx.hasChainId = 1
  tx.nonce = number()
  word(tx.priorityFee)
  if (type == 1) copyWord(tx.maxFee, tx.priorityFee)
  else word(tx.maxFee)
  tx.gasLimit = number()
  recipient(tx)
  if (!rejection && tx.isCreate && type >= 3) rejection = type == 3 ? REJECT_BLOB_CREATE : REJECT_AUTHORIZATION_CREATE
  word(tx.value)
  data(tx)
  accessList(tx)
  if (type == 3) {
    word(tx.blobFee)
    blobHashes(tx)
  }
  if (type == 4) authorizationList(tx)
  const signed = at
  const parity = number()
  word(tx.r)
  word(tx.s)
  close()
  if (rejection) return
  tx.parity = <u32>parity
  if (sender) return
  if (parity > 1) rejection = REJECT_SIGNATURE
  else askSigner(tx, index, type, start, signed)
}

// ---- fields -----------------------------------------------------------------------------------------------------------

@inline
function reject(reason: u32): void {
  if (!rejection) rejection = reason
}

/** Reads the next item as a byte string; false (and rejected) when it is none. */
function next(): bool {
  if (rejection) return false
  if (!readHeader(at, end) || itemIsList()) {
    rejection = REJECT_RLP
    return false
  }
  at = itemEnd()
  return true
}

/** Reads an integer of at most `bytes` bytes; its digits are the item. */
function integer(bytes: u32): bool {
  if (!next()) return false
  if (itemIsInteger() && itemLength() <= bytes) return true
  rejection = REJECT_RLP
  return false
}

function number(): u64 {
  if (!integer(8)) return 0
  let value: u64 = 0
  for (let i: u32 = 0; i < itemLength(); i++) value = (value << 8) | load<u8>(itemData() + i)
  return value
}

function word(out: usize): void {
  if (integer(32)) rightAligned(out)
}

/** The item, a big-endian number of at most 32 bytes, as a word. */
function rightAligned(out: usize): void {
  const padded = scratch()
  memory.fill(padded, 0, 32)
  memory.copy(padded + 32 - itemLength(), itemData(), itemLength())
  loadBigEndian(out, padded)
}

function recipient(tx: Tx): void {
  if (!next()) return
  if (itemLength() == 20) loadAddressBytes(tx.to, itemData())
  else if (itemLength()) rejection = REJECT_RLP
  else tx.isCreate = 1
}

function data(tx: Tx): void {
  if (!next()) return
  tx.data = itemData()
  tx.dataLength = itemLength()
}

/** Enters a list; its end is returned, 0 when there is none. */
function enter(): usize {
  if (rejection) return 0
  if (!readHeader(at, end) || !itemIsList()) {
    rejection = REJECT_RLP
    return 0
  }
  at = itemData()
  return itemEnd()
}

/** A byte string of exactly `length` bytes. */
function fixed(length: u32): bool {
  if (!next()) return false
  if (itemLength() != length) rejection = REJECT_RLP
  return !rejection
}

function accessList(tx: Tx): void {
  const listEnd = enter()
  if (!listEnd) return
  tx.access = at
  tx.accessEnd = listEnd
  while (at < listEnd && !rejection) {
    const entryEnd = enter()
    fixed(20)
    tx.accessAddresses++
    const keysEnd = enter()
    while (at < keysEnd && fixed(32)) tx.accessKeys++
    if (at != keysEnd || at != entryEnd) reject(REJECT_RLP)
  }
  if (at != listEnd) reject(REJECT_RLP)
}

function blobHashes(tx: Tx): void {
  const listEnd = enter()
  if (!listEnd) return
  tx.blobHashes = at + 1
  while (at < listEnd && fixed(32)) tx.blobCount++
  if (at != listEnd) reject(REJECT_RLP)
}

function authorizationList(tx: Tx): void {
  const listEnd = enter()
  if (!listEnd) return
  tx.authorizations = authorizationCount
  while (at < listEnd && !rejection) {
    const index = authorizationCount
    const entry = addAuthorization()
    tx.authorizationCount++
    authorization(entry, index)
  }
  if (at != listEnd) reject(REJECT_AUTHORIZATION_FORMAT)
}

/** [chain id, address, nonce, y parity, r, s]; an invalid signature makes the entry void, not the transaction. */
function authorization(entry: Authorization, index: u32): void {
  const entryEnd = enter()
  const start = at
  word(entry.chainId)
  if (fixed(20)) loadAddressBytes(entry.address, itemData())
  entry.nonce = number()
  const signed = at
  const r = scratch() + 64
  const s = scratch() + 96
  const parity = integer(1) && itemLength() ? <u32>load<u8>(itemData()) : 0
  word(r)
  word(s)
  if (rejection || at != entryEnd) {
    rejection = REJECT_AUTHORIZATION_FORMAT
    return
  }
  if (parity > 1 || lessThan(HALF_ORDER, s)) return
  const hash = scratch() + 128
  hashFields(hash, 5, start, signed, 0, false)
  requestRecover(AUTHORIZATION_INDEX + index, hash, r, s, parity)
}

/** The transaction has no further fields. */
function close(): void {
  if (at != end) reject(REJECT_RLP)
}

// ---- signatures -------------------------------------------------------------------------------------------------------

function askSigner(tx: Tx, index: u32, type: u32, start: usize, signed: usize): void {
  const hash = scratch() + 128
  hashFields(hash, type, start, signed, tx.chainId, type == 0 && tx.hasChainId != 0)
  requestRecover(index, hash, tx.r, tx.s, tx.parity)
}

/** keccak(type ‖ rlp(fields[, chain id, 0, 0])): what a signature signs. `type` 0 is not written. */
function hashFields(out: usize, type: u32, start: usize, signed: usize, chainId: u64, withChain: bool): void {
  const buffer = bufferAt(16)
  const fields = <u32>(signed - start)
  if (!buffer.ensure(<u64>fields + 32)) return
  const tail = scratch()
  let tailEnd = tail
  if (withChain) {
    tailEnd = encodeNumber(encodeNumber(encodeNumber(tail, chainId), 0), 0)
  }
  const tailLength = <u32>(tailEnd - tail)
  let to = buffer.ptr
  if (type) store<u8>(to++, <u8>type)
  to = encodeListHeader(to, fields + tailLength)
  memory.copy(to, start, fields)
  memory.copy(to + fields, tail, tailLength)
  keccak256(out, buffer.ptr, <u32>(to + fields + tailLength - buffer.ptr))
}

/** EIP-2: is s in the lower half of the order? */
export function isLowS(s: usize): bool {
  return !lessThan(HALF_ORDER, s)
}
