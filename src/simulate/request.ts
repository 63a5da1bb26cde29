// An unsigned transaction in viem's names, as the core takes it: consensus encoding with a signature that nobody looks at.

import { describe, InputError } from '../errors.ts'
import { hexBytes, isHexOf } from '../input/hex.ts'
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

/** A transaction that nobody has signed, in viem's names. */
export interface TxRequest {
  /** Default: the zero address. */
  from?: Address
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
}

const ZERO_ADDRESS: Address = '0x0000000000000000000000000000000000000000'
const ONE = Uint8Array.of(1)
const NOTHING = new Uint8Array(0)

/** Who sends a request. Throws InputError for what is no address. */
export function senderOf({ from = ZERO_ADDRESS }: TxRequest): Address {
  return address('from', from)
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
  const [maxFee, tip] = [request.maxFeePerGas ?? gasPrice, request.maxPriorityFeePerGas ?? gasPrice]
  const list = (accessList ?? []).map(({ address: of, storageKeys }) => {
    return [bytesOf('accessList', address('accessList', of)), storageKeys.map(key => bytesOf('accessList', key, 32))]
  })
  const to = request.to == null ? NOTHING : hexBytes(address('to', request.to))!
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
  const parts = [quantity(field, BigInt(chainId)), bytesOf(field, address(field, to)), quantity(field, BigInt(nonce))]
  return [...parts, quantity(field, BigInt(yParity)), quantity(field, BigInt(r)), quantity(field, BigInt(s))]
}

function dataOf({ data = NOTHING }: TxRequest): Uint8Array {
  return typeof data === 'string' ? bytesOf('data', data) : data
}

function address(field: string, value: unknown): Address {
  if (typeof value === 'string' && isHexOf(value, 20)) return value.toLowerCase() as Address
  throw new InputError({ field, expected: '0x and 40 hex digits', found: describe(value) })
}

function bytesOf(field: string, value: Hex, length?: number): Uint8Array {
  const bytes = typeof value === 'string' ? hexBytes(value) : undefined
  if (bytes && (length === undefined || bytes.length === length)) return bytes
  const expected = length === undefined ? '0x hex with two digits per byte' : `0x and ${2 * length} hex digits`
  throw new InputError({ field, expected, found: describe(value) })
}

function quantity(field: string, value: bigint): Uint8Array {
  if (typeof value !== 'bigint' || value < 0n || value >> 256n) {
    throw new InputError({ field, expected: 'a bigint 0..2^256-1', found: describe(value) })
  }
  const digits = value.toString(16)
  return value === 0n ? NOTHING : hexBytes(`0x${digits.length & 1 ? '0' : ''}${digits}`)!
}
