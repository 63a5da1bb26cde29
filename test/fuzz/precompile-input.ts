// Inputs for precompiled contracts that get past the first check: real signatures, points on the curves, lengths that fit. One in
// a few is damaged. Curve libraries of the oracle are slow, so the expensive ones are small.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import type { Random } from '../../bench/blocks/random.ts'
import { randomBytes, wordOf } from './words.ts'

/** Input for the precompile at that address. */
export function precompileInput(random: Random, address: number): number[] {
  const input = cleanInput(random, address)
  const draw = random.below(16)
  if (draw === 0) input[random.below(Math.max(input.length, 1))] = random.below(256)
  else if (draw === 1) input.length = random.below(input.length + 1)
  else if (draw === 2) input.push(...randomBytes(random, 1 + random.below(40)))
  return input
}

function cleanInput(random: Random, address: number): number[] {
  switch (address) {
    case 1:
      return ecrecover(random)
    case 5:
      return modexp(random)
    case 6:
      return [...bnPoint(random), ...bnPoint(random)]
    case 7:
      return [...bnPoint(random), ...word(wordOf(random))]
    case 8:
      return random.below(3) ? [] : [...bnPoint(random), ...bnTwist(random)]
    case 9:
      return [
        0,
        0,
        random.below(2),
        random.below(40),
        ...randomBytes(random, 208),
        random.below(8) ? random.below(2) : 2,
      ]
    case 0x0b:
      return [...g1(random), ...g1(random)]
    case 0x0c:
      return [...g1(random), ...word(wordOf(random))]
    case 0x0d:
      return [...g2(random), ...g2(random)]
    case 0x0e:
      return [...g2(random), ...word(wordOf(random))]
    case 0x0f:
      return random.below(3) ? [] : [...g1(random), ...g2(random)]
    case 0x10:
      return fieldElement(random)
    case 0x11:
      return [...fieldElement(random), ...fieldElement(random)]
    case 0x100:
      return p256Signature(random)
    default:
      return randomBytes(random, random.below(random.below(5) ? 70 : 200))
  }
}

function word(value: bigint): number[] {
  return [...Buffer.from(value.toString(16).padStart(64, '0'), 'hex')]
}

const signatures = new Map<number, number[]>()

function ecrecover(random: Random): number[] {
  const which = random.below(4)
  let input = signatures.get(which)
  if (input === undefined) {
    const digest = keccak_256(Uint8Array.of(which))
    const key = keccak_256(Uint8Array.of(which, 1))
    const signed = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' })
    input = [...digest, ...word(27n + BigInt(signed[0]!)), ...signed.subarray(1)]
    signatures.set(which, input)
  }
  const copy = [...input]
  if (random.below(4) === 0) copy[63] = 26 + random.below(5)
  if (random.below(8) === 0) copy.splice(64 + 32 * random.below(2), 32, ...word(wordOf(random)))
  return copy
}

function p256Signature(random: Random): number[] {
  const which = 16 + random.below(3)
  let input = signatures.get(which)
  if (input === undefined) {
    const digest = keccak_256(Uint8Array.of(which))
    const key = keccak_256(Uint8Array.of(which, 1))
    const signed = p256.sign(digest, key, { prehash: false, lowS: false })
    input = [...digest, ...signed, ...p256.getPublicKey(key, false).subarray(1)]
    signatures.set(which, input)
  }
  const copy = [...input]
  if (random.below(4) === 0) copy.splice(32 * random.below(5), 32, ...word(wordOf(random)))
  return copy
}

function modexp(random: Random): number[] {
  const length = (): number => (random.below(3) ? random.below(40) : random.below(3) * 32)
  const [base, exponent, modulus] = [length(), length(), length()]
  const lengths = [base, exponent, modulus].map(BigInt)
  if (random.below(12) === 0) lengths[random.below(3)] = wordOf(random)
  const body = randomBytes(random, base + exponent + modulus)
  if (random.below(3) === 0) body.fill(0, base, base + exponent - 1)
  if (random.below(4) === 0) body.fill(random.pick([0, 1, 255]), base + exponent)
  return [...lengths.flatMap(word), ...body.slice(0, random.below(6) ? body.length : random.below(body.length + 1))]
}

const SCALARS = [1n, 2n, 3n, 7n]
/** Small multiples of the generators, made when first wanted. */
const bnPoints = multiples(scalar => bn254.G1.Point.BASE.multiply(scalar).toAffine())
const bnTwists = multiples(scalar => bn254.G2.Point.BASE.multiply(scalar).toAffine())
const blsG1 = multiples(scalar => bls12_381.G1.Point.BASE.multiply(scalar).toAffine())
const blsG2 = multiples(scalar => bls12_381.G2.Point.BASE.multiply(scalar).toAffine())

function multiples<T>(multiple: (scalar: bigint) => T): () => T[] {
  let made: T[] | undefined
  return () => {
    made ??= SCALARS.map(multiple)
    return made
  }
}

function pick<T>(random: Random, points: () => T[]): T {
  return random.pick(points())
}

function bnPoint(random: Random): number[] {
  const draw = random.below(10)
  if (draw === 0) return new Array<number>(64).fill(0)
  if (draw === 1) return randomBytes(random, 64)
  const point = pick(random, bnPoints)
  const y = random.below(3) ? point.y : bn254.fields.Fp.neg(point.y)
  const beyond = random.below(12) === 0 ? bn254.fields.Fp.ORDER : 0n
  return [...word(point.x + beyond), ...word(y)]
}

function bnTwist(random: Random): number[] {
  const draw = random.below(8)
  if (draw === 0) return new Array<number>(128).fill(0)
  const { x, y } = pick(random, bnTwists)
  const coordinates = [x.c1, x.c0, y.c1, draw === 1 ? y.c0 + 1n : y.c0]
  return coordinates.flatMap(word)
}

function element(value: bigint): number[] {
  return [...Buffer.from(value.toString(16).padStart(128, '0'), 'hex')]
}

function fieldElement(random: Random): number[] {
  const { ORDER } = bls12_381.fields.Fp
  if (random.below(8) === 0) return element(ORDER + BigInt(random.below(3)) - 1n)
  return element((wordOf(random) * wordOf(random)) % ORDER)
}

function g1(random: Random): number[] {
  const draw = random.below(10)
  if (draw === 0) return new Array<number>(128).fill(0)
  if (draw === 1) return [...fieldElement(random), ...fieldElement(random)]
  const { x, y } = pick(random, blsG1)
  return [...element(x), ...element(random.below(3) ? y : bls12_381.fields.Fp.neg(y))]
}

function g2(random: Random): number[] {
  const draw = random.below(10)
  if (draw === 0) return new Array<number>(256).fill(0)
  if (draw === 1) return Array.from({ length: 4 }, () => fieldElement(random)).flat()
  const { x, y } = pick(random, blsG2)
  return [x.c0, x.c1, y.c0, y.c1].flatMap(element)
}
