// What the core asks its host to compute: sender recovery and the precompiles on curves. Each group of curves is loaded
// on first need, once per thread; after that calls are synchronous. Called by the drive loop and by the workers.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { WeftError } from '../errors.ts'
import { loadBls12381 } from './bls12-381.ts'
import { loadBn254 } from './bn254.ts'
import { loadP256 } from './p256.ts'
import { createEcrecover, createRecover, type Keccak, type Recover } from './secp256k1.ts'

/** A library instance with the curves that it serves. */
export type CryptoGroup = 'secp256k1' | 'bn254' | 'bls12-381' | 'p256'

type Precompile = (input: Uint8Array) => Uint8Array | undefined

/** A synchronous call came before `load()` of its group. */
export class CryptoNotLoadedError extends WeftError {
  readonly group: CryptoGroup

  constructor(group: CryptoGroup) {
    super(`"${group}" expected to be loaded before a synchronous call`, {
      code: 'CRYPTO_NOT_LOADED',
      details: `Call await crypto.load('${group}') first.`,
    })
    this.group = group
  }
}

/** Options of createCrypto(). */
export interface CryptoOptions {
  /** Loads Keccak-256 for addresses with the library that recovers signers. Default: that of @noble/hashes. */
  keccak?: () => Promise<Keccak>
}

const GROUP_OF = new Map<number, CryptoGroup>([
  [0x01, 'secp256k1'],
  [0x06, 'bn254'],
  [0x07, 'bn254'],
  [0x08, 'bn254'],
  [0x0a, 'bls12-381'],
  [0x0b, 'bls12-381'],
  [0x0c, 'bls12-381'],
  [0x0d, 'bls12-381'],
  [0x0e, 'bls12-381'],
  [0x0f, 'bls12-381'],
  [0x10, 'bls12-381'],
  [0x11, 'bls12-381'],
  [0x100, 'p256'],
])

/** Recovery and precompiles of one thread. Nothing is loaded at first. */
export class Crypto {
  /** Other threads may recover signers with libraries of their own. */
  readonly sharesSigners: boolean = true
  readonly #keccak: () => Promise<Keccak>
  readonly #loading = new Map<CryptoGroup, Promise<void>>()
  readonly #loaded = new Set<CryptoGroup>()
  readonly #precompiles = new Map<number, Precompile>()
  #recover: Recover | undefined

  constructor({ keccak = async () => keccak_256 }: CryptoOptions = {}) {
    this.#keccak = keccak
  }

  /** The group that precompile `address` needs, or undefined when the host computes no such precompile. */
  needs(address: number): CryptoGroup | undefined {
    return GROUP_OF.get(address)
  }

  /** May the group's functions be called now? */
  isLoaded(group: CryptoGroup): boolean {
    return this.#loaded.has(group)
  }

  /** Loads a group, once. */
  load(group: CryptoGroup): Promise<void> {
    if (this.#loaded.has(group)) return Promise.resolve()
    const loading = this.#loading.get(group) ?? this.#loadGroup(group)
    this.#loading.set(group, loading)
    return loading
  }

  /** The address that signed `hash`; see Recover. Throws CryptoNotLoadedError before load('secp256k1'). */
  recover(hash: Uint8Array, r: Uint8Array, s: Uint8Array, yParity: 0 | 1): Uint8Array | undefined {
    if (this.#recover === undefined) throw new CryptoNotLoadedError('secp256k1')
    return this.#recover(hash, r, s, yParity)
  }

  /**
   * The output of precompile `address` (1, 6–8, 10–17, 256), undefined where it fails; the caller has charged gas.
   * Throws CryptoNotLoadedError before load(needs(address)).
   */
  precompile(address: number, input: Uint8Array): Uint8Array | undefined {
    const precompile = this.#precompiles.get(address)
    if (precompile !== undefined) return precompile(input)
    const group = GROUP_OF.get(address)
    if (group !== undefined) throw new CryptoNotLoadedError(group)
    throw new WeftError(`"address" expected a precompile of the host (1, 6–8, 10–17, 256), got ${address}`)
  }

  async #loadGroup(group: CryptoGroup): Promise<void> {
    try {
      for (const [address, precompile] of await this.#precompilesOf(group)) this.#precompiles.set(address, precompile)
      this.#loaded.add(group)
    } finally {
      this.#loading.delete(group) // after a failure, for instance of a dynamic import, the next call tries again
    }
  }

  async #precompilesOf(group: CryptoGroup): Promise<[number, Precompile][]> {
    switch (group) {
      case 'secp256k1':
        this.#recover = await createRecover(await this.#keccak())
        return [[0x01, createEcrecover(this.#recover)]]
      case 'bn254': {
        const { add, multiply, pairing } = await loadBn254()
        return [
          [0x06, add],
          [0x07, multiply],
          [0x08, pairing],
        ]
      }
      case 'bls12-381': {
        const curve = await loadBls12381()
        return [
          [0x0a, curve.pointEvaluation],
          [0x0b, curve.g1Add],
          [0x0c, curve.g1MultiExp],
          [0x0d, curve.g2Add],
          [0x0e, curve.g2MultiExp],
          [0x0f, curve.pairing],
          [0x10, curve.mapToG1],
          [0x11, curve.mapToG2],
        ]
      }
      case 'p256':
        return [[0x100, await loadP256()]]
    }
  }
}

/** A Crypto with nothing loaded yet. */
export function createCrypto(options: CryptoOptions = {}): Crypto {
  return new Crypto(options)
}

/** A Crypto with what is named loaded: sender recovery (default), and all groups of curves. */
export async function loadCrypto({
  recover = true,
  curves = false,
  ...options
}: { recover?: boolean; curves?: boolean } & CryptoOptions = {}): Promise<Crypto> {
  const crypto = createCrypto(options)
  if (recover) await crypto.load('secp256k1')
  if (curves) for (const group of new Set(GROUP_OF.values())) await crypto.load(group)
  return crypto
}
