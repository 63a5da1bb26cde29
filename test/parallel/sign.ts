// Signs transactions for the blocks of these tests: with the signatures of bench/blocks/signers.ts, each of which costs one curve
// addition, so that a block can be made in the time that it takes to run it. Each signature has another nonce: a block that is made twice
// differs in the hashes of its transactions.
import { RLP } from '@ethereumjs/rlp'
import { keccak_256 } from '@noble/hashes/sha3.js'
import type { Wallet } from '../../bench/blocks/accounts.ts'
import { ManySignatures } from '../../bench/blocks/signers.ts'
import { hexBytes, hexOf, quantity } from '../../src/input/hex.ts'
import { encodeRlp, type RlpItem } from '../../src/input/rlp.ts'
import { encodeTransaction } from '../../src/input/transaction.ts'
import type { Address, Hex } from '../../src/types.ts'

/** Who signs: the key is enough. */
export type Signer = Pick<Wallet, 'key' | 'address'>

const signatures = new ManySignatures('parallel')
const sign = (hash: Uint8Array, { key, address }: Signer) =>
  signatures.sign(hash, { key, address, publicKey: new Uint8Array() })

/** Big-endian without leading zeros; zero is nothing. */
export function integer(value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array() : hexBytes(evenHex(value))!
}

function evenHex(value: bigint): Hex {
  const digits = value.toString(16)
  return `0x${digits.length % 2 ? '0' : ''}${digits}`
}

/** The transaction with another nonce, signed anew; a legacy one keeps its protection (EIP-155), or goes on having none. */
export function signAgain(bytes: Uint8Array, nonce: bigint, signer: Signer): Uint8Array {
  const type = bytes[0]! < 0x80 ? bytes[0]! : 0
  const items = RLP.decode(type ? bytes.subarray(1) : bytes) as RlpItem[]
  const body = items.slice(0, -3)
  body[type ? 1 : 0] = integer(nonce)
  const v = quantity(hexOf(items.at(-3) as Uint8Array), 32) ?? 0n
  const chainId = type === 0 && v >= 35n ? (v - 35n) >> 1n : undefined
  const protection = chainId === undefined ? [] : [integer(chainId), new Uint8Array(), new Uint8Array()]
  const { r, s, yParity } = sign(keccak_256(encodeRlp([...body, ...protection], type || undefined)), signer)
  const parity = BigInt(yParity)
  const signed = type ? parity : chainId === undefined ? 27n + parity : 35n + 2n * chainId + parity
  return encodeRlp([...body, ...[signed, r, s].map(integer)], type || undefined)
}

/** Signs a transaction object of JSON-RPC; `v`, `r` and `s` are not needed. A legacy one is not protected. */
export function signTransaction(json: object & { nonce: Hex }, signer: Signer): Uint8Array {
  const type = 'type' in json ? json.type : '0x0'
  const placeholder = { v: type === '0x0' ? '0x1b' : '0x0', r: '0x1', s: '0x1' }
  const bytes = encodeTransaction({ chainId: '0x1', ...json, ...placeholder }, { file: 'test', path: 'transaction' })
  return signAgain(bytes, BigInt(json.nonce), signer)
}

/** An authorization of EIP-7702, as a transaction object holds it. */
export function authorize(chainId: bigint, address: Address, nonce: bigint, signer: Signer): Record<string, Hex> {
  const fields = encodeRlp([integer(chainId), hexBytes(address)!, integer(nonce)], 5)
  const { r, s, yParity } = sign(keccak_256(fields), signer)
  const hex = (value: bigint): Hex => `0x${value.toString(16)}`
  return { chainId: hex(chainId), address, nonce: hex(nonce), yParity: hex(BigInt(yParity)), r: hex(r), s: hex(s) }
}
