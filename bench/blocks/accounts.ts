// Deterministic keys: account i of a seed is keccak256("<seed>/<i>"). Everyone can derive them, so they must
// never hold anything on a real network.

import { bytesToHex, privateToPublic, publicToAddress, utf8ToBytes } from '@ethereumjs/util'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { Hex } from './format.ts'
import { keccak } from './random.ts'

/** An account that can sign. */
export interface Wallet {
  address: Hex
  key: Uint8Array
  publicKey: Uint8Array
}

/** Hands out one wallet after another. */
export class Wallets {
  private used = 0
  private readonly seed: string

  constructor(seed: string) {
    this.seed = seed
  }

  /** The next wallet of the seed. */
  next(): Wallet {
    const key = keccak(utf8ToBytes(`${this.seed}/${this.used++}`))
    const publicKey = privateToPublic(key)
    return { key, publicKey, address: bytesToHex(publicToAddress(publicKey)) }
  }
}

/** An ECDSA signature over a hash, with the `v` (27 or 28) that the ecrecover precompile wants. */
export function signHash(hash: Uint8Array, { key }: Wallet): { v: bigint; r: bigint; s: bigint } {
  const bytes = secp256k1.sign(hash, key, { prehash: false, format: 'recovered' })
  const { recovery, r, s } = secp256k1.Signature.fromBytes(bytes, 'recovered')
  return { v: 27n + BigInt(recovery!), r, s }
}
