// What a state key is in JSON-RPC: the calls that ask for it, what their results say, and the line that a cache file keeps of it.

import { keccak_256 } from '@noble/hashes/sha3.js'
import type { StateKey } from '../errors.ts'
import { Fields, readBytes, readHash, readQuantity, refuse } from '../input/fields.ts'
import { hexBytes, hexOf } from '../input/hex.ts'
import { MAX_CODE_BYTES } from '../limits.ts'
import { type Account, EMPTY_CODE_HASH, type Hex } from '../types.ts'
import { quantityHex, wordHex } from './alloc.ts'
import type { RpcCall } from './rpc-client.ts'

/** What a node tells of an account; the code comes with it, since who asks for an account mostly asks for its code next. */
export interface ToldAccount {
  account: Account | null
  code: Uint8Array
}

/** What a key leads to: of accounts, storage and block hashes. */
export type Told = ToldAccount | bigint | Hex

/** A key that a node can be asked for: codes come with their accounts. */
export type RpcKey = Exclude<StateKey, { kind: 'code' }>

/** A key as text, for tables. */
export function nameOf(key: StateKey): string {
  if (key.kind === 'account') return key.address
  if (key.kind === 'storage') return `${key.address}.${key.key.toString(16)}`
  return key.kind === 'code' ? key.codeHash : `#${key.number}`
}

/** The calls that ask for a key at the state of block `hash`, which has that number. */
export function callsFor(key: RpcKey, { hash, number }: { hash: Hex; number: bigint }): RpcCall[] {
  const at = { blockHash: hash }
  if (key.kind === 'account') {
    return ['eth_getBalance', 'eth_getTransactionCount', 'eth_getCode'].map(method => [method, [key.address, at]])
  }
  if (key.kind === 'storage') return [['eth_getStorageAt', [key.address, wordHex(key.key), at]]]
  // A number names a block of the chain as it is now, so the block of the state is asked for again beside it.
  return [key.number, number].map(asked => ['eth_getBlockByNumber', [quantityHex(asked), false]])
}

/** What the results of `callsFor` say. Throws InputError where they are malformed. */
export function readTold(key: RpcKey, results: readonly unknown[], hash: Hex): Told {
  const place = (method: string): { file: string; path: string } => ({ file: method, path: '' })
  if (key.kind === 'storage') return readQuantity(results[0], place('eth_getStorageAt'), 32)
  if (key.kind === 'account') {
    const balance = readQuantity(results[0], place('eth_getBalance'), 32)
    const nonce = readQuantity(results[1], place('eth_getTransactionCount'), 8)
    return toldAccount(nonce, balance, readBytes(results[2], place('eth_getCode'), MAX_CODE_BYTES, 'MAX_CODE_BYTES'))
  }
  const [asked, own] = results.map(result => new Fields(result, place('eth_getBlockByNumber'), 'a block').hash('hash'))
  if (own !== hash) refuse(place('eth_getBlockByNumber'), `block ${hash}, as before`, `${own}: the chain has changed`)
  return asked!
}

/** From EIP-161 on nothing but an absent account is empty; before it a node does not tell the two apart. */
function toldAccount(nonce: bigint, balance: bigint, code: Uint8Array): ToldAccount {
  const codeHash = code.length === 0 ? EMPTY_CODE_HASH : hexOf(keccak_256(code))
  const isEmpty = nonce === 0n && balance === 0n && code.length === 0
  return { account: isEmpty ? null : { nonce, balance, codeHash }, code }
}

/** Bytes that a value takes, beyond those of any. */
export function sizeOf(told: Told): number {
  return typeof told === 'object' ? 256 + told.code.length : 64
}

/** A line that keeps a key and its value. */
export function keptLine(key: RpcKey, told: Told): string {
  if (key.kind === 'storage') return JSON.stringify(['s', key.address, wordHex(key.key), wordHex(told as bigint)])
  if (key.kind === 'blockHash') return JSON.stringify(['b', quantityHex(key.number), told])
  const { account, code } = told as ToldAccount
  return JSON.stringify([
    'a',
    key.address,
    quantityHex(account?.nonce ?? 0n),
    quantityHex(account?.balance ?? 0n),
    hexOf(code),
  ])
}

/** What a line kept; undefined where it is damaged, as the last one is when the program was ended while it wrote. */
export function readLine(line: string): { key: RpcKey; told: Told } | undefined {
  try {
    const [kind, first, ...rest] = JSON.parse(line) as string[]
    const place = { file: 'cache', path: '' }
    if (kind === 'b') {
      return { key: { kind: 'blockHash', number: readQuantity(first, place, 8) }, told: readHash(rest[0], place) }
    }
    if (!/^0x[0-9a-f]{40}$/.test(first!)) return undefined
    const address = first as Hex
    if (kind === 's') {
      return {
        key: { kind: 'storage', address, key: readQuantity(rest[0], place, 32) },
        told: readQuantity(rest[1], place, 32),
      }
    }
    const code = hexBytes(rest[2]!)
    if (kind !== 'a' || !code) return undefined
    const [nonce, balance] = [readQuantity(rest[0], place, 8), readQuantity(rest[1], place, 32)]
    return { key: { kind: 'account', address }, told: toldAccount(nonce, balance, code) }
  } catch {
    return undefined
  }
}
