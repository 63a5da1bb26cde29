// Decoded transactions and authorizations of the run: the tables that decode.ts fills and the rest of this folder reads.
// Byte strings of variable length stay where the host put them; their fields point there.

import { Buffer, bufferAt, exhausted } from '../arena.ts'

@unmanaged
export class Tx {
  type: u32
  isCreate: u32
  nonce: u64
  gasLimit: u64
  chainId: u64
  /** The signature names a chain (all but legacy transactions before EIP-155). */
  hasChainId: u32
  parity: u32
  data: usize
  dataLength: u32
  /** Payload of the access list, and the numbers of its addresses and keys. */
  access: usize
  accessEnd: usize
  accessAddresses: u32
  accessKeys: u32
  /** First versioned hash; the next follow at BLOB_HASH_STRIDE. */
  blobHashes: usize
  blobCount: u32
  /** Index of the first authorization in their table, and their number. */
  authorizations: u32
  authorizationCount: u32
  senderKnown: u32
  /** REJECT_* found while decoding or recovering, REJECT_NONE otherwise. */
  rejection: u32
  to0: u64
  to1: u64
  to2: u64
  to3: u64
  sender0: u64
  sender1: u64
  sender2: u64
  sender3: u64
  value0: u64
  value1: u64
  value2: u64
  value3: u64
  /** maxFeePerGas, or gasPrice. */
  maxFee0: u64
  maxFee1: u64
  maxFee2: u64
  maxFee3: u64
  priorityFee0: u64
  priorityFee1: u64
  priorityFee2: u64
  priorityFee3: u64
  blobFee0: u64
  blobFee1: u64
  blobFee2: u64
  blobFee3: u64
  r0: u64
  r1: u64
  r2: u64
  r3: u64
  s0: u64
  s1: u64
  s2: u64
  s3: u64
  hash0: u64
  hash1: u64
  hash2: u64
  hash3: u64

  @inline
  get to(): usize {
    return changetype<usize>(this) + offsetof<Tx>('to0')
  }
  @inline
  get sender(): usize {
    return changetype<usize>(this) + offsetof<Tx>('sender0')
  }
  @inline
  get value(): usize {
    return changetype<usize>(this) + offsetof<Tx>('value0')
  }
  @inline
  get maxFee(): usize {
    return changetype<usize>(this) + offsetof<Tx>('maxFee0')
  }
  @inline
  get priorityFee(): usize {
    return changetype<usize>(this) + offsetof<Tx>('priorityFee0')
  }
  @inline
  get blobFee(): usize {
    return changetype<usize>(this) + offsetof<Tx>('blobFee0')
  }
  @inline
  get r(): usize {
    return changetype<usize>(this) + offsetof<Tx>('r0')
  }
  @inline
  get s(): usize {
    return changetype<usize>(this) + offsetof<Tx>('s0')
  }
  /** keccak of the whole encoding, as bytes. */
  @inline
  get hash(): usize {
    return changetype<usize>(this) + offsetof<Tx>('hash0')
  }
}

/** One entry of an EIP-7702 authorization list. */
@unmanaged
export class Authorization {
  chainId0: u64
  chainId1: u64
  chainId2: u64
  chainId3: u64
  address0: u64
  address1: u64
  address2: u64
  address3: u64
  authority0: u64
  authority1: u64
  authority2: u64
  authority3: u64
  nonce: u64
  /** The signature gave an authority. */
  isValid: u32
  reserved: u32

  @inline
  get chainId(): usize {
    return changetype<usize>(this)
  }
  @inline
  get address(): usize {
    return changetype<usize>(this) + offsetof<Authorization>('address0')
  }
  @inline
  get authority(): usize {
    return changetype<usize>(this) + offsetof<Authorization>('authority0')
  }
}

const TX_SIZE: u32 = offsetof<Tx>()
const AUTHORIZATION_SIZE: u32 = offsetof<Authorization>()
/** An RLP-encoded 32-byte string takes 33 bytes. */
export const BLOB_HASH_STRIDE: usize = 33

let txs: Buffer = changetype<Buffer>(0)
let authorizations: Buffer = changetype<Buffer>(0)

export let txCount: u32 = 0
export let authorizationCount: u32 = 0
/** The largest gas limit of the table: with 21,000 nothing but plain transfers can run. */
export let largestGasLimit: u64 = 0

/** Empties both tables. */
export function resetTxs(): void {
  txs = bufferAt(14)
  authorizations = bufferAt(15)
  txs.ensure(TX_SIZE)
  authorizations.ensure(AUTHORIZATION_SIZE)
  txs.length = 0
  authorizations.length = 0
  txCount = 0
  authorizationCount = 0
  largestGasLimit = 0
}

/** Uses the tables of another instance: their buffers, and how many entries they hold. */
export function adoptTxs(table: Buffer, authorizationTable: Buffer): void {
  txs = table
  authorizations = authorizationTable
  txCount = table.length / TX_SIZE
  authorizationCount = authorizationTable.length / AUTHORIZATION_SIZE
}

@inline
export function txAt(index: u32): Tx {
  return changetype<Tx>(txs.ptr + index * TX_SIZE)
}

@inline
export function authorizationAt(index: u32): Authorization {
  return changetype<Authorization>(authorizations.ptr + index * AUTHORIZATION_SIZE)
}

/** A new transaction, all fields zero. */
export function addTx(): Tx {
  const pointer = txs.push(TX_SIZE)
  memory.fill(pointer, 0, TX_SIZE)
  if (!exhausted) txCount++
  return changetype<Tx>(pointer)
}

/** The transaction has been decoded. */
@inline
export function noteGasLimit(limit: u64): void {
  largestGasLimit = max(largestGasLimit, limit)
}

/** A new authorization, all fields zero. */
export function addAuthorization(): Authorization {
  const pointer = authorizations.push(AUTHORIZATION_SIZE)
  memory.fill(pointer, 0, AUTHORIZATION_SIZE)
  if (!exhausted) authorizationCount++
  return changetype<Authorization>(pointer)
}
