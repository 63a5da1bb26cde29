// An unsigned transaction in viem's names, as the core takes it: consensus encoding with a signature that nobody looks at.

import { describe, InputError } from '../errors.ts'
import { addressOf, bytesOf } from '../input/given.ts'
import { hexBytes } from '../input/hex.ts'
import { encodeRlp, type RlpItem } from '../input/rlp.ts'
import type { Address, Foreseen, Hex } from '../types.ts'

/** Accounts and slots that are warm from the beginning (EIP-2930). */
export type AccessList = readonly { address: Address; storageKeys: readonly Hex[] }[]

/** A signed authorization (EIP-7702). */
export interface Authorization {
  chainId: number | bigint
  address: Address
  nonce: number | bigint
  r: Hex
  s: Hex
  yParity: number
}

/** Who sends, as viem names it: an address, or an account that has one. */
export type AccountName = Address | { readonly address: Address }

/** A transaction that nobody has signed, in viem's names. */
export interface TxRequest {
  /** Default: the zero address. */
  from?: Address
  /** The same, as viem's actions name it. */
  account?: AccountName
  /** Absent or null: a creation. */
  to?: Address | null
  data?: Hex | Uint8Array
  /** wei */
  value?: bigint
  /** Default: all the gas of the block, at most 50 million, from Osaka on 2^24. */
  gas?: bigint
  /** wei per gas: what GASPRICE gives; nothing is paid. */
  gasPrice?: bigint
  maxFeePerGas?: bigint
  maxPriorityFeePerGas?: bigint
  maxFeePerBlobGas?: bigint
  accessList?: AccessList
  authorizationList?: readonly Authorization[]
  blobVersionedHashes?: readonly Hex[]
  /** Not used: that of the sender is not checked. */
  nonce?: number | bigint
  /** Not used: the fields say it. */
  type?: string
}

const ZERO_ADDRESS: Address = '0x0000000000000000000000000000000000000000'
const ONE = Uint8Array.of(1)
const NOTHING = new Uint8Array(0)

/** Who sends a request or a call. Throws InputError for what is no address, and for two that differ. */
export function senderOf({ from, account }: Pick<TxRequest, 'from' | 'account'>): Address {
  const named = typeof account === 'object' ? account?.address : account
  const sender = addressOf(from === undefined ? 'account' : 'from', from ?? named ?? ZERO_ADDRESS)
  if (from !== undefined && named != null && addressOf('account', named) !== sender) {
    throw new InputError({ field: 'account', expected: `${sender}, as from says, or nothing`, found: describe(named) })
  }
  return sender
}

/**
 * The encoding of a request with that much gas; its signature is a placeholder, or has an address in it so that the same request of two
 * accounts is not the same transaction. Throws InputError.
 */
export function encodeRequest(
  request: TxRequest,
  gas: bigint,
  chainId: bigint,
  sent: { nonce: bigint; seal: Address } = { nonce: 0n, seal: ZERO_ADDRESS },
): Uint8Array {
  const { accessList, authorizationList, blobVersionedHashes, gasPrice = 0n } = request
  if ('blobs' in request && request.blobs && !blobVersionedHashes) {
    throw new InputError({ field: 'blobs', expected: 'their hashes, as blobVersionedHashes', found: 'the blobs' })
  }
  const [maxFee, tip] = [request.maxFeePerGas ?? gasPrice, request.maxPriorityFeePerGas ?? gasPrice]
  const list = (accessList ?? []).map(({ address: of, storageKeys }) => {
    return [bytesOf('accessList', addressOf('accessList', of)), storageKeys.map(key => bytesOf('accessList', key, 32))]
  })
  const to = request.to == null ? NOTHING : hexBytes(addressOf('to', request.to))!
  const common = [quantity('gas', gas), to, quantity('value', request.value ?? 0n), dataOf(request)]
  const nonce = quantity('nonce', sent.nonce)
  const r = quantity('from', BigInt(sent.seal) + 1n)
  const signature = [ONE, r, ONE]
  const chain = quantity('chainId', chainId)
  const fees = [quantity('maxPriorityFeePerGas', tip), quantity('maxFeePerGas', maxFee)]
  if (authorizationList) {
    return encodeRlp([chain, nonce, ...fees, ...common, list, authorizationList.map(authorization), ...signature], 4)
  }
  if (blobVersionedHashes) {
    const hashes = blobVersionedHashes.map(hash => bytesOf('blobVersionedHashes', hash, 32))
    const blobs = [quantity('maxFeePerBlobGas', request.maxFeePerBlobGas ?? 0n), hashes]
    return encodeRlp([chain, nonce, ...fees, ...common, list, ...blobs, ...signature], 3)
  }
  if (request.maxFeePerGas !== undefined || request.maxPriorityFeePerGas !== undefined) {
    return encodeRlp([chain, nonce, ...fees, ...common, list, ...signature], 2)
  }
  const price = quantity('gasPrice', gasPrice)
  if (accessList) return encodeRlp([chain, nonce, price, ...common, list, ...signature], 1)
  return encodeRlp([nonce, price, ...common, Uint8Array.of(27), r, ONE])
}

/** What sources are told of a request. */
export function foreseenOf(request: TxRequest): Foreseen {
  const { to, value, gas } = request
  return {
    from: senderOf(request),
    ...(to && { to }),
    input: dataOf(request),
    ...(value && { value }),
    ...(gas && { gas }),
  }
}

function authorization({ chainId, address: to, nonce, r, s, yParity }: Authorization): RlpItem {
  const field = 'authorizationList'
  const parts = [quantity(field, BigInt(chainId)), bytesOf(field, addressOf(field, to)), quantity(field, BigInt(nonce))]
  return [...parts, quantity(field, BigInt(yParity)), quantity(field, BigInt(r)), quantity(field, BigInt(s))]
}

function dataOf({ data = NOTHING }: TxRequest): Uint8Array {
  return bytesOf('data', data)
}

function quantity(field: string, value: bigint): Uint8Array {
  if (typeof value !== 'bigint' || value < 0n || value >> 256n) {
    throw new InputError({ field, expected: 'a bigint 0..2^256-1', found: describe(value) })
  }
  const digits = value.toString(16)
  return value === 0n ? NOTHING : hexBytes(`0x${digits.length & 1 ? '0' : ''}${digits}`)!
}
