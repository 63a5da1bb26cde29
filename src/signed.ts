// A signed transaction taken apart (EIP-2718): what JSON-RPC tells of it, and who signed it.

import { keccak_256 } from '@noble/hashes/sha3.js'
import type { Crypto } from './crypto/crypto.ts'
import type { Sign } from './crypto/sign.ts'
import { describe, InputError } from './errors.ts'
import { hexOf } from './input/hex.ts'
import { encodeRlp, type RlpItem } from './input/rlp.ts'
import { decodeRlp } from './input/rlp-decode.ts'
import type { Address, Hex } from './types.ts'

/** The fields of a transaction as JSON-RPC names them, without those of its block. */
export type TransactionJson = Record<string, unknown> & { hash: Hex; from: Address; nonce: Hex; type: Hex; gas: Hex }

const NAMES: Readonly<Record<number, readonly string[]>> = {
  0: ['nonce', 'gasPrice', 'gas', 'to', 'value', 'input'],
  1: ['chainId', 'nonce', 'gasPrice', 'gas', 'to', 'value', 'input', 'accessList'],
  2: ['chainId', 'nonce', 'maxPriorityFeePerGas', 'maxFeePerGas', 'gas', 'to', 'value', 'input', 'accessList'],
  3: [
    ...['chainId', 'nonce', 'maxPriorityFeePerGas', 'maxFeePerGas', 'gas', 'to', 'value', 'input', 'accessList'],
    ...['maxFeePerBlobGas', 'blobVersionedHashes'],
  ],
  4: [
    ...['chainId', 'nonce', 'maxPriorityFeePerGas', 'maxFeePerGas', 'gas', 'to', 'value', 'input', 'accessList'],
    'authorizationList',
  ],
}

/** Takes a transaction apart; `sender`: taken instead of its signer. Throws InputError for bytes that are none. */
export function readTransaction(signed: Uint8Array, crypto: Crypto, sender?: Address): TransactionJson {
  const type = signed[0]! >= 0xc0 ? 0 : signed[0]!
  const names = NAMES[type]
  const items = names && itemsOf(type === 0 ? signed : signed.subarray(1))
  if (items?.length !== (names?.length ?? 0) + 3 || !names) {
    throw new InputError({ field: 'transaction', expected: 'a signed transaction', found: describe(signed) })
  }
  const [v, r, s] = items.slice(names.length) as [Uint8Array, Uint8Array, Uint8Array]
  const fields = Object.fromEntries(names.map((name, i) => [name, fieldOf(name, items[i]!)]))
  const from = sender ?? signerOf(crypto, type, items.slice(0, names.length), { v: numberOf(v), r, s })
  return {
    ...fields,
    type: hexNumber(BigInt(type)),
    hash: hexOf(keccak_256(signed)),
    from,
    ...(type > 0 && { yParity: hexNumber(numberOf(v)) }),
    ...(type === 0 && numberOf(v) >= 35n && { chainId: hexNumber((numberOf(v) - 35n) / 2n) }),
    v: hexNumber(numberOf(v)),
    r: hexNumber(numberOf(r)),
    s: hexNumber(numberOf(s)),
  } as unknown as TransactionJson
}

/** What a transaction is signed with. */
export interface Signing {
  sign: Sign
  /** 32 bytes. */
  key: Uint8Array
  /** Legacy transactions are bound to this chain (EIP-155); undefined: to none. */
  chainId: bigint | undefined
}

/** An encoded transaction with another signature in the place of its last three fields; undefined: the key is none. */
export function signAgain(encoded: Uint8Array, { sign, key, chainId }: Signing): Uint8Array | undefined {
  const type = encoded[0]! < 0x80 ? encoded[0] : undefined
  const body = (decodeRlp(type === undefined ? encoded : encoded.subarray(1)) as readonly RlpItem[]).slice(0, -3)
  const nothing = new Uint8Array(0)
  const isBound = type === undefined && chainId !== undefined
  const message = isBound ? [...body, bytesOf(chainId), nothing, nothing] : body
  const signature = sign(keccak_256(encodeRlp(message, type)), key)
  if (!signature) return undefined
  const parity = BigInt(signature.yParity)
  const v = type !== undefined ? parity : isBound ? 35n + 2n * chainId + parity : 27n + parity
  return encodeRlp([...body, ...[v, numberOf(signature.r), numberOf(signature.s)].map(bytesOf)], type)
}

function itemsOf(bytes: Uint8Array): readonly RlpItem[] | undefined {
  try {
    const items = decodeRlp(bytes)
    return items instanceof Uint8Array ? undefined : items
  } catch {
    return undefined
  }
}

/** What was signed is the transaction without its signature; of legacy ones with a chain id that and two zeros (EIP-155). */
function signerOf(
  crypto: Crypto,
  type: number,
  unsigned: readonly RlpItem[],
  { v, r, s }: { v: bigint; r: Uint8Array; s: Uint8Array },
): Address {
  const nothing = new Uint8Array(0)
  const chain = type === 0 && v >= 35n ? [bytesOf((v - 35n) / 2n), nothing, nothing] : []
  const parity = type > 0 ? v : v >= 35n ? (v - 35n) % 2n : v - 27n
  const hash = keccak_256(encodeRlp([...unsigned, ...chain], type === 0 ? undefined : type))
  const signer =
    parity === 0n || parity === 1n ? crypto.recover(hash, padded(r), padded(s), Number(parity) as 0 | 1) : undefined
  if (!signer) throw new InputError({ field: 'transaction', expected: 'a valid signature', found: 'another one' })
  return hexOf(signer.subarray(signer.length - 20))
}

function fieldOf(name: string, item: RlpItem): unknown {
  if (name === 'to') return (item as Uint8Array).length === 0 ? null : hexOf(item as Uint8Array)
  if (name === 'input') return hexOf(item as Uint8Array)
  if (name === 'accessList') {
    return (item as readonly (readonly [Uint8Array, readonly Uint8Array[]])[]).map(([address, keys]) => ({
      address: hexOf(address),
      storageKeys: keys.map(hexOf),
    }))
  }
  if (name === 'blobVersionedHashes') return (item as readonly Uint8Array[]).map(hexOf)
  if (name === 'authorizationList') {
    return (item as readonly (readonly Uint8Array[])[]).map(([chainId, address, nonce, yParity, r, s]) => ({
      address: hexOf(address!),
      ...Object.fromEntries(
        Object.entries({ chainId, nonce, yParity, r, s }).map(([key, value]) => [key, hexNumber(numberOf(value!))]),
      ),
    }))
  }
  return hexNumber(numberOf(item as Uint8Array))
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(hexOf(bytes))
}

function hexNumber(value: bigint): Hex {
  return `0x${value.toString(16)}`
}

/** A number as RLP stores it. */
function bytesOf(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  const digits = value.toString(16)
  return Uint8Array.from(digits.padStart(digits.length + (digits.length & 1), '0').match(/../g)!, byte =>
    Number.parseInt(byte, 16),
  )
}

function padded(bytes: Uint8Array): Uint8Array {
  const word = new Uint8Array(32)
  word.set(bytes.subarray(-32), 32 - Math.min(32, bytes.length))
  return word
}
