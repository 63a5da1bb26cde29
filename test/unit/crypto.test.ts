// The host's curves: all official precompile vectors with their failures, recovery and random inputs against
// @noble/curves, and encodings that only one side of a library refuses.
import { readFileSync } from 'node:fs'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Crypto, CryptoNotLoadedError, createCrypto, loadCrypto } from '../../src/crypto/crypto.ts'
import { describeWithData } from '../setup/data.ts'

interface Vector {
  Name: string
  Input: string
  Expected?: string
}

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto({ recover: true, curves: true })
})

const bytes = (value: bigint, length: number): Uint8Array => hexToBytes(value.toString(16).padStart(2 * length, '0'))
const number = (value: Uint8Array): bigint => (value.length === 0 ? 0n : BigInt(`0x${bytesToHex(value)}`))
const hex = (output: Uint8Array | undefined): string => (output === undefined ? 'fails' : bytesToHex(output))
const run = (address: number, ...parts: Uint8Array[]): string => hex(crypto.precompile(address, concatBytes(...parts)))
const ONE = bytesToHex(bytes(1n, 32))
const ZERO = bytesToHex(bytes(0n, 32))

describeWithData('precompile-vectors', 'official vectors', folder => {
  it.each([
    ['ecRecover', 0x01, 3],
    ['bn256Add', 0x06, 12],
    ['bn256ScalarMul', 0x07, 13],
    ['bn256Pairing', 0x08, 11],
    ['pointEvaluation', 0x0a, 1],
    ['blsG1Add', 0x0b, 72],
    ['blsG1Mul', 0x0c, 8],
    ['blsG1MultiExp', 0x0c, 125],
    ['eip2537-msm_G1_bls', 0x0c, 113],
    ['blsG2Add', 0x0d, 81],
    ['blsG2Mul', 0x0e, 6],
    ['blsG2MultiExp', 0x0e, 113],
    ['blsPairing', 0x0f, 80],
    ['eip2537-pairing_check_bls', 0x0f, 6],
    ['blsMapG1', 0x10, 81],
    ['blsMapG2', 0x11, 82],
    ['p256Verify', 0x100, 595],
    ['fail-blsG1Add', 0x0b, 5],
    ['fail-eip2537-add_G1_bls', 0x0b, 5],
    ['fail-blsG1Mul', 0x0c, 6],
    ['fail-blsG1MultiExp', 0x0c, 5],
    ['fail-eip2537-msm_G1_bls', 0x0c, 5],
    ['fail-eip2537-mul_G1_bls', 0x0c, 1],
    ['fail-blsG2Add', 0x0d, 5],
    ['fail-eip2537-add_G2_bls', 0x0d, 5],
    ['fail-blsG2Mul', 0x0e, 6],
    ['fail-blsG2MultiExp', 0x0e, 4],
    ['fail-eip2537-msm_G2_bls', 0x0e, 5],
    ['fail-blsPairing', 0x0f, 8],
    ['fail-eip2537-pairing_check_bls', 0x0f, 18],
    ['fail-blsMapG1', 0x10, 2],
    ['fail-blsMapG2', 0x11, 3],
  ] as const)('%s.json at address %d: %d', (file, address, count) => {
    const list = JSON.parse(readFileSync(`${folder}/${file}.json`, 'utf8')) as Vector[]
    expect(list.length).toBeGreaterThanOrEqual(count)
    for (const { Name, Input, Expected } of list) {
      expect(file.startsWith('fail-')).toBe(Expected === undefined)
      expect(run(address, hexToBytes(Input)), Name).toBe(Expected ?? 'fails')
    }
  })
})

describe('loading', () => {
  it('names the group that a synchronous call lacks', async () => {
    const fresh = createCrypto()
    expect(() => fresh.precompile(0x06, new Uint8Array())).toThrow(CryptoNotLoadedError)
    expect(() => fresh.recover(bytes(1n, 32), bytes(1n, 32), bytes(1n, 32), 0)).toThrow('"secp256k1"')
    expect([1, 6, 7, 8, 10, 11, 17, 256].map(address => fresh.needs(address))).toEqual([
      'secp256k1',
      'bn254',
      'bn254',
      'bn254',
      'bls12-381',
      'bls12-381',
      'bls12-381',
      'p256',
    ])
    expect([0, 2, 3, 4, 5, 9, 18, 255, 257].map(address => fresh.needs(address))).toEqual(Array(9).fill(undefined))
    expect(() => fresh.precompile(5, new Uint8Array())).toThrow('"address"')
    expect(fresh.isLoaded('p256')).toBe(false)
    await Promise.all([fresh.load('p256'), fresh.load('p256')])
    expect(fresh.isLoaded('p256')).toBe(true)
    expect(hex(fresh.precompile(0x100, new Uint8Array(160)))).toBe('')
  })
})

describe('secp256k1', () => {
  const { n } = secp256k1.Point.CURVE()
  const prime = secp256k1.Point.Fp.ORDER

  function expected(hash: Uint8Array, r: bigint, s: bigint, yParity: number): string {
    if (r < 1n || s < 1n || r >= n || s >= n) return 'fails'
    try {
      const signature = new secp256k1.Signature(r, s, yParity)
      const key = signature.recoverPublicKey(hash).toBytes(false)
      return bytesToHex(keccak_256(key.slice(1)).slice(12))
    } catch {
      return 'fails'
    }
  }

  it('recovers what @noble/curves recovers, at the edges of r, s and the hash', () => {
    const edges = [0n, 1n, 2n, n - 1n, n, n + 1n, prime, prime - 1n, (1n << 256n) - 1n, n / 2n, n / 2n + 1n]
    const word = fc.oneof(fc.constantFrom(...edges), fc.bigInt(0n, (1n << 256n) - 1n))
    let recovered = 0
    fc.assert(
      fc.property(word, word, word, fc.constantFrom(0, 1), (hash, r, s, yParity) => {
        const output = hex(crypto.recover(bytes(hash, 32), bytes(r, 32), bytes(s, 32), yParity as 0 | 1))
        expect(output).toBe(expected(bytes(hash, 32), r, s, yParity))
        if (output !== 'fails') recovered++
      }),
      { numRuns: 300 },
    )
    expect(recovered).toBeGreaterThan(50)
  })

  it('the precompile takes v 27 and 28 as whole words, short and long input, and never fails', () => {
    const key = bytes(0xabcdefn, 32)
    const hash = keccak_256(new Uint8Array([1]))
    const signed = secp256k1.sign(hash, key, { prehash: false, format: 'recovered' })
    const address = bytesToHex(keccak_256(secp256k1.getPublicKey(key, false).slice(1)).slice(12))
    const v = bytes(27n + BigInt(signed[0]!), 32)
    const rs = signed.slice(1)
    expect(run(1, hash, v, rs)).toBe(address.padStart(64, '0'))
    expect(run(1, hash, v, rs, new Uint8Array(40).fill(7))).toBe(address.padStart(64, '0'))
    for (const bad of [0n, 1n, 26n, 29n, 283n, (1n << 248n) + 27n]) expect(run(1, hash, bytes(bad, 32), rs)).toBe('')
    expect(run(1, hash, v, rs.slice(0, 32))).toBe('')
    expect(run(1)).toBe('')
  })
})

describe('bn254', () => {
  const { Fp } = bn254.fields
  const { n } = bn254.G1.Point.CURVE()
  const prime = Fp.ORDER
  type G1 = InstanceType<typeof bn254.G1.Point>
  type G2 = InstanceType<typeof bn254.G2.Point>
  const g1 = (point: G1): Uint8Array => {
    if (point.is0()) return new Uint8Array(64)
    const { x, y } = point.toAffine()
    return concatBytes(bytes(x, 32), bytes(y, 32))
  }
  const g2 = (point: G2): Uint8Array => {
    if (point.is0()) return new Uint8Array(128)
    const { x, y } = point.toAffine()
    return concatBytes(...[x.c1, x.c0, y.c1, y.c0].map(c => bytes(c, 32)))
  }
  const at = (k: bigint): G1 => (k % n === 0n ? bn254.G1.Point.ZERO : bn254.G1.Point.BASE.multiply(k % n))
  const scalar = fc.oneof(fc.constantFrom(0n, 1n, 2n, n - 1n, n), fc.bigInt(0n, (1n << 256n) - 1n))

  it('adds and multiplies as @noble/curves, with equal, opposite and infinite points', () => {
    const small = fc.oneof(fc.bigInt(0n, 3n), fc.constantFrom(n - 1n, n - 2n), fc.bigInt(0n, n))
    fc.assert(
      fc.property(small, small, scalar, (a, b, k) => {
        expect(run(6, g1(at(a)), g1(at(b)))).toBe(bytesToHex(g1(at(a).add(at(b)))))
        expect(run(7, g1(at(a)), bytes(k, 32))).toBe(bytesToHex(g1(at((a * (k % n)) % n))))
      }),
      { numRuns: 100 },
    )
  })

  it('reads short input as zeros, cuts long input, refuses coordinates from p on and points off the curve', () => {
    const p = g1(at(5n))
    expect(run(6, p)).toBe(bytesToHex(p))
    expect(run(6)).toBe('00'.repeat(64))
    expect(run(7, p)).toBe('00'.repeat(64))
    expect(run(6, p, new Uint8Array(100))).toBe(bytesToHex(p))
    expect(run(6, p.slice(0, 63))).toBe('fails')
    for (const [x, y] of [
      [prime, 0n],
      [0n, prime],
      [1n, 3n],
      [1n + prime, 2n],
      [(1n << 256n) - 1n, 2n],
    ] as const) {
      expect(run(6, bytes(x, 32), bytes(y, 32))).toBe('fails')
      expect(run(7, bytes(x, 32), bytes(y, 32), bytes(0n, 32))).toBe('fails')
      expect(run(8, bytes(x, 32), bytes(y, 32), new Uint8Array(128))).toBe('fails')
    }
  })

  it('pairs as the discrete logarithms say', () => {
    const generator = bn254.G2.Point.BASE
    fc.assert(
      fc.property(fc.bigInt(1n, n - 1n), fc.bigInt(1n, n - 1n), fc.boolean(), (a, b, right) => {
        const product = ((a * b) % n) + (right ? 0n : 1n)
        const pairs = concatBytes(g1(at(a)), g2(generator.multiply(b)), g1(at(product).negate()), g2(generator))
        expect(run(8, pairs)).toBe(right ? ONE : ZERO)
        expect(run(8, pairs, g1(at(3n)), new Uint8Array(128), new Uint8Array(64), g2(generator))).toBe(
          right ? ONE : ZERO,
        )
      }),
      { numRuns: 20 },
    )
    expect(run(8)).toBe(ONE)
    expect(run(8, new Uint8Array(191))).toBe('fails')
    expect(run(8, g1(at(1n)), g2(generator))).toBe(ZERO)
  })

  it('takes points of the subgroup and refuses points of the order of a cofactor', () => {
    const { b } = bn254.G2.Point.CURVE()
    const cofactor = 2n * prime - n
    // the smallest prime factors of the cofactor, the rest of it, and all of it together with the subgroup's order
    const factors = [10069n, 5864401n, cofactor / 10069n / 5864401n]
    const multiply = (point: G2, k: bigint): G2 => {
      let sum = bn254.G2.Point.ZERO
      for (const bit of k.toString(2)) sum = bit === '1' ? sum.double().add(point) : sum.double()
      return sum
    }
    for (const encoded of twistPoints(3)) {
      const [x1, x0, y1, y0] = [0, 32, 64, 96].map(at => number(encoded.slice(at, at + 32)))
      const point = new bn254.G2.Point(
        { c0: x0!, c1: x1! } as typeof b,
        { c0: y0!, c1: y1! } as typeof b,
        bn254.fields.Fp2.ONE,
      )
      const inside = multiply(point, cofactor)
      expect(run(8, new Uint8Array(64), g2(inside))).toBe(ONE)
      for (const factor of factors) {
        const small = multiply(point, (cofactor / factor) * n)
        expect(multiply(small, factor).is0() && !small.is0()).toBe(true)
        expect(run(8, new Uint8Array(64), g2(small)), `order ${factor}`).toBe('fails')
        expect(run(8, new Uint8Array(64), g2(small.add(inside))), `order ${factor} n`).toBe('fails')
      }
    }
    for (const k of [1n, 2n, n - 1n, 0x123456789abcdefn]) {
      expect(run(8, new Uint8Array(64), g2(bn254.G2.Point.BASE.multiply(k)))).toBe(ONE)
    }
  })

  it('refuses points of the twist outside the subgroup, also beside infinity', () => {
    const outside = twistPoints(20)
    expect(outside.length).toBe(20)
    for (const point of outside) {
      expect(run(8, g1(at(1n)), point)).toBe('fails')
      expect(run(8, new Uint8Array(64), point)).toBe('fails')
      const broken = point.slice()
      broken[127]! ^= 1
      expect(run(8, new Uint8Array(64), broken)).toBe('fails')
    }
  })

  /** Encodings of points on the twist; a random one is in the subgroup with probability 2^-254. */
  function twistPoints(count: number): Uint8Array[] {
    const { Fp2 } = bn254.fields
    const { b } = bn254.G2.Point.CURVE()
    const points: Uint8Array[] = []
    for (let i = 1n; points.length < count; i++) {
      const x = Fp2.create({ c0: i * 0x1234567n, c1: i + 5n })
      const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)
      try {
        const y = Fp2.sqrt(square)
        points.push(concatBytes(...[x.c1, x.c0, y.c1, y.c0].map(c => bytes(c, 32))))
      } catch {
        // not a square: no point with this x
      }
    }
    return points
  }
})

describe('bls12-381', () => {
  const { n } = bls12_381.G1.Point.CURVE()
  const prime = bls12_381.fields.Fp.ORDER
  type G1 = InstanceType<typeof bls12_381.G1.Point>
  type G2 = InstanceType<typeof bls12_381.G2.Point>
  const g1 = (point: G1): Uint8Array => {
    if (point.is0()) return new Uint8Array(128)
    const { x, y } = point.toAffine()
    return concatBytes(bytes(x, 64), bytes(y, 64))
  }
  const g2 = (point: G2): Uint8Array => {
    if (point.is0()) return new Uint8Array(256)
    const { x, y } = point.toAffine()
    return concatBytes(...[x.c0, x.c1, y.c0, y.c1].map(c => bytes(c, 64)))
  }
  const at1 = (k: bigint): G1 => (k % n === 0n ? bls12_381.G1.Point.ZERO : bls12_381.G1.Point.BASE.multiply(k % n))
  const at2 = (k: bigint): G2 => (k % n === 0n ? bls12_381.G2.Point.ZERO : bls12_381.G2.Point.BASE.multiply(k % n))
  const small = fc.oneof(fc.bigInt(0n, 3n), fc.constantFrom(n - 1n, n - 2n), fc.bigInt(0n, n))
  const scalar = fc.oneof(fc.constantFrom(0n, 1n, n - 1n, n, n + 1n), fc.bigInt(0n, (1n << 256n) - 1n))

  it('adds and multiplies as @noble/curves', () => {
    const terms = fc.array(fc.tuple(small, scalar), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(small, small, terms, (a, b, list) => {
        expect(run(0x0b, g1(at1(a)), g1(at1(b)))).toBe(bytesToHex(g1(at1(a + b))))
        expect(run(0x0d, g2(at2(a)), g2(at2(b)))).toBe(bytesToHex(g2(at2(a + b))))
        const sum = list.reduce((total, [x, k]) => total + x * k, 0n)
        expect(run(0x0c, ...list.flatMap(([x, k]) => [g1(at1(x)), bytes(k, 32)]))).toBe(bytesToHex(g1(at1(sum))))
        expect(run(0x0e, ...list.flatMap(([x, k]) => [g2(at2(x)), bytes(k, 32)]))).toBe(bytesToHex(g2(at2(sum))))
      }),
      { numRuns: 30 },
    )
  })

  it('sums many points: 200 terms of both groups', () => {
    const terms = Array.from({ length: 200 }, (_, i) => [BigInt(i + 1), (n - 1n) / BigInt(i + 2)] as const)
    const sum = terms.reduce((total, [x, k]) => total + x * k, 0n)
    let [p, q] = [at1(0n), at2(0n)]
    const encoded = terms.map(([, k]) => {
      p = p.add(at1(1n))
      q = q.add(at2(1n))
      return [g1(p), g2(q), bytes(k, 32)] as const
    })
    expect(run(0x0c, ...encoded.flatMap(([x, , k]) => [x, k]))).toBe(bytesToHex(g1(at1(sum))))
    expect(run(0x0e, ...encoded.flatMap(([, x, k]) => [x, k]))).toBe(bytesToHex(g2(at2(sum))))
  })

  it('pairs as the discrete logarithms say', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, n - 1n), fc.bigInt(1n, n - 1n), fc.boolean(), (a, b, right) => {
        const product = ((a * b) % n) + (right ? 0n : 1n)
        const pairs = concatBytes(g1(at1(a)), g2(at2(b)), g1(at1(product).negate()), g2(at2(1n)))
        expect(run(0x0f, pairs)).toBe(right ? ONE : ZERO)
        expect(run(0x0f, pairs, g1(at1(3n)), new Uint8Array(256), new Uint8Array(128), g2(at2(1n)))).toBe(
          right ? ONE : ZERO,
        )
      }),
      { numRuns: 20 },
    )
    expect(run(0x0f)).toBe('fails')
  })

  it('maps field elements as @noble/curves', () => {
    const element = fc.oneof(fc.constantFrom(0n, 1n, prime - 1n, prime, (1n << 384n) - 1n), fc.bigInt(0n, prime - 1n))
    fc.assert(
      fc.property(element, element, (a, b) => {
        const in1 = a < prime
        const in2 = in1 && b < prime
        expect(run(0x10, bytes(a, 64))).toBe(
          in1 ? bytesToHex(g1(bls12_381.G1.mapToCurve(a as unknown as bigint[]) as unknown as G1)) : 'fails',
        )
        expect(run(0x11, bytes(a, 64), bytes(b, 64))).toBe(
          in2 ? bytesToHex(g2(bls12_381.G2.mapToCurve([a, b]) as unknown as G2)) : 'fails',
        )
      }),
      { numRuns: 40 },
    )
    expect(run(0x10, bytes(1n << 384n, 64))).toBe('fails')
  })
})

describe('KZG point evaluation', () => {
  const { n } = bls12_381.G1.Point.CURVE()
  const INFINITY = concatBytes(new Uint8Array([0xc0]), new Uint8Array(47))
  const success = bytesToHex(concatBytes(bytes(4096n, 32), bytes(n, 32)))
  const generator = bls12_381.G1.Point.BASE
  const evaluate = (z: bigint, y: bigint, commitment: Uint8Array, proof: Uint8Array): string => {
    const hash = sha256(commitment)
    hash[0] = 1
    return run(0x0a, hash, bytes(z, 32), bytes(y, 32), commitment, proof)
  }

  it('takes constant polynomials: the commitment is a multiple of the generator, the proof infinity', () => {
    for (const c of [0n, 1n, 7n, n - 1n]) {
      const commitment = c === 0n ? INFINITY : generator.multiply(c).toBytes(true)
      expect(evaluate(5n, c, commitment, INFINITY)).toBe(success)
      expect(evaluate(n - 1n, (c + 1n) % n, commitment, INFINITY)).toBe('fails')
      expect(evaluate(5n, c, commitment, generator.toBytes(true))).toBe('fails')
    }
  })

  it('refuses z and y from the order on, wrong hashes and lengths', () => {
    const commitment = generator.toBytes(true)
    expect(evaluate(0n, 1n, commitment, INFINITY)).toBe(success)
    expect(evaluate(n, 1n, commitment, INFINITY)).toBe('fails')
    expect(evaluate(0n, n + 1n, commitment, INFINITY)).toBe('fails')
    const hash = sha256(commitment)
    const rest = concatBytes(bytes(0n, 32), bytes(1n, 32), commitment, INFINITY)
    expect(run(0x0a, hash, rest)).toBe(hash[0] === 1 ? success : 'fails')
    hash[0] = 1
    expect(run(0x0a, hash, rest, new Uint8Array(1))).toBe('fails')
    hash[31]! ^= 1
    expect(run(0x0a, hash, rest)).toBe('fails')
  })

  it('refuses encodings that are not canonical and points outside the subgroup', () => {
    expect(bls12_381.fields.Fp.sqrt(4n ** 3n + 4n)).toBeGreaterThan(0n)
    const bad = [
      concatBytes(new Uint8Array([0xc0]), new Uint8Array(46), new Uint8Array([1])),
      concatBytes(new Uint8Array([0xe0]), new Uint8Array(47)),
      concatBytes(new Uint8Array([0x40]), new Uint8Array(47)),
      new Uint8Array(48),
      bytes((0x80n << 376n) + bls12_381.fields.Fp.ORDER, 48),
      bytes((0x80n << 376n) + 4n, 48), // on the curve, not in the subgroup
    ]
    for (const point of bad) {
      expect(evaluate(0n, 0n, point, INFINITY), bytesToHex(point)).toBe('fails')
      expect(evaluate(0n, 0n, INFINITY, point), bytesToHex(point)).toBe('fails')
    }
    expect(evaluate(0n, 0n, INFINITY, INFINITY)).toBe(success)
  })
})

describe('p256', () => {
  it('verifies as @noble/curves', () => {
    const { n } = p256.Point.CURVE()
    let valid = 0
    fc.assert(
      fc.property(
        fc.bigInt(1n, n - 1n),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.nat(4),
        (d, hash, kind) => {
          const signature = p256.sign(hash, bytes(d, 32), { prehash: false, lowS: false })
          const key = p256.getPublicKey(bytes(d, 32), false).slice(1)
          const [r, s] = [number(signature.slice(0, 32)), number(signature.slice(32))]
          const input = concatBytes(hash, signature, key)
          if (kind === 1) input[31]! ^= 1
          if (kind === 2) input.set(bytes(n - s, 32), 64) // the other signature of the pair
          if (kind === 3) input.set(bytes(r + 1n, 32), 32)
          if (kind === 4) input[159]! ^= 1
          let expected = false
          try {
            const pub = concatBytes(new Uint8Array([4]), input.slice(96))
            expected = p256.verify(input.slice(32, 96), input.slice(0, 32), pub, { prehash: false, lowS: false })
          } catch {
            // a key off the curve
          }
          if (expected) valid++
          expect(run(0x100, input)).toBe(expected ? ONE : '')
        },
      ),
      { numRuns: 100 },
    )
    expect(valid).toBeGreaterThan(20)
  })
})
