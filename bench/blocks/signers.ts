// Wallets and signatures for blocks of thousands of transactions. Keys follow one another (d, d+1, …), and so do the
// nonces of the signatures, so that each new point on the curve is one addition instead of a multiplication: 10,000 of
// both take about a second instead of a minute. With such nonces every key could be computed from its signatures; the
// keys are public anyway (accounts.ts). The signatures are ordinary ones, low s and all.

import { bytesToHex, hexToBytes, utf8ToBytes } from '@ethereumjs/util'
import { normalizeZ } from '@noble/curves/abstract/curve.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { Wallet } from './accounts.ts'
import { word } from './format.ts'
import { keccak } from './random.ts'

/** A signature as a transaction holds it. */
export interface Signature {
  r: bigint
  s: bigint
  yParity: 0 | 1
}

const { Point } = secp256k1
const { Fn } = Point
/** So many points are brought to affine form together, and so many scalars inverted: one inversion for all. */
const BATCH = 512

interface Step {
  scalar: bigint
  inverse: bigint
  x: bigint
  y: bigint
}

/** k, k+1, … and those multiples of the generator, from a seed. */
function* multiples(seed: string): Generator<Step> {
  let scalar = Fn.create(BigInt(bytesToHex(keccak(utf8ToBytes(seed)))))
  let point = Point.BASE.multiply(scalar)
  for (;;) {
    const batch = [point]
    while (batch.length < BATCH) batch.push(batch[batch.length - 1]!.add(Point.BASE))
    point = batch[BATCH - 1]!.add(Point.BASE)
    const scalars = batch.map((_, i) => Fn.add(scalar, BigInt(i)))
    const inverses = Fn.invertBatch(scalars)
    for (const [i, each] of normalizeZ(Point, batch).entries()) {
      yield { scalar: scalars[i]!, inverse: inverses[i]!, ...each.toAffine() }
    }
    scalar = Fn.add(scalar, BigInt(BATCH))
  }
}

/** Hands out one wallet after another. */
export class ManyWallets {
  private readonly steps: Generator<Step>

  constructor(seed: string) {
    this.steps = multiples(`${seed}/keys`)
  }

  /** The next wallet of the seed. */
  next(): Wallet {
    const { scalar, x, y } = this.steps.next().value as Step
    const publicKey = new Uint8Array(64)
    publicKey.set(bytesOf(x))
    publicKey.set(bytesOf(y), 32)
    return { key: bytesOf(scalar), publicKey, address: bytesToHex(keccak(publicKey).subarray(12)) }
  }
}

/** Signs one hash after another. */
export class ManySignatures {
  private readonly steps: Generator<Step>

  constructor(seed: string) {
    this.steps = multiples(`${seed}/nonces`)
  }

  /** ECDSA: s = (hash + r d) / k, the lower of s and -s (EIP-2). */
  sign(hash: Uint8Array, { key }: Wallet): Signature {
    const { inverse, x, y } = this.steps.next().value as Step
    const r = Fn.create(x)
    const [z, d] = [BigInt(bytesToHex(hash)), BigInt(bytesToHex(key))]
    const s = Fn.mul(inverse, Fn.create(z + r * d))
    const isHigh = s > Fn.ORDER >> 1n
    const yParity = ((y & 1n) === 1n) !== isHigh ? 1 : 0
    return { r, s: isHigh ? Fn.neg(s) : s, yParity }
  }
}

function bytesOf(number: bigint): Uint8Array {
  return hexToBytes(word(number))
}
