// Signers are recovered once per process, before the timed runs, for all engines alike.

import { instantiateKeccak } from '../../src/core/apart.ts'
import { Crypto } from '../../src/crypto/crypto.ts'
import { hexOf } from '../../src/input/hex.ts'
import { buildOf } from '../built.ts'

/** Recovers each signer once. */
export class KnownSigners extends Crypto {
  readonly #known = new Map<string, Uint8Array | undefined>()

  override recover(hash: Uint8Array, r: Uint8Array, s: Uint8Array, yParity: 0 | 1): Uint8Array | undefined {
    const key = `${hexOf(hash)}${hexOf(r)}${hexOf(s)}${yParity}`
    if (!this.#known.has(key)) this.#known.set(key, super.recover(hash, r, s, yParity))
    return this.#known.get(key)
  }
}

/** What is known is known in this thread. */
class KnownHere extends KnownSigners {
  override readonly sharesSigners = false
}

/** The libraries are loaded once per process, as in any client. */
export const knownSigners: Crypto = new KnownHere({ keccak: async () => instantiateKeccak(await buildOf('weft.simd')) })
