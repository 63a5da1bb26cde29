// modexp: the official vectors of the three gas rules with exact gas, gas at extreme lengths against the EIPs' formulas on
// BigInt, and results against BigInt for every kind of modulus and for truncated input, in both builds.
import { readFileSync } from 'node:fs'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BERLIN, BYZANTIUM, ISTANBUL, OSAKA, PRAGUE } from '../../assembly/abi.ts'
import { builds, loadKernel } from '../kernel/load.ts'
import { describeWithData } from '../setup/data.ts'

interface Exports {
  modexp(out: number, base: number, exp: number, mod: number, input: number, inputLength: number, scratch: number): void
  modexpGas(fork: number, input: number, inputLength: number): bigint
  modexpLength(input: number, inputLength: number, index: number): bigint
  modexpScratch(base: number, exp: number, mod: number): number
}
interface Vector {
  Name: string
  Input: string
  Expected: string
  Gas: number
}
type Call = { base: Uint8Array; exponent: Uint8Array; modulus: Uint8Array; cut: number }

const OUT = 0x10000
const INPUT = 0x20001 // odd on purpose: inputs come from EVM memory at any address
const SCRATCH = 0x40000
const MEMORY_PAGES = 40
const MAX = (1n << 64n) - 1n

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`)
}
function toBytes(value: bigint, length: number): Uint8Array {
  return hexToBytes(value.toString(16).padStart(2 * length, '0'))
}
function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap(part => [...part]))
}
function header(base: bigint | number, exponent: bigint | number, modulus: bigint | number): Uint8Array {
  return concat(...[base, exponent, modulus].map(length => toBytes(BigInt(length), 32)))
}
function powerMod(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (modulus === 0n) return 0n
  let result = 1n % modulus
  let square = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

/** The gas of EIP-198, EIP-2565 and EIP-7883 as they are written. */
function gasOf(fork: number, input: Uint8Array): bigint {
  const padded = (from: bigint, count: number): bigint => {
    const start = from > BigInt(input.length) ? input.length : Number(from)
    return toBigInt(concat(input.slice(start, start + count), new Uint8Array(count)).slice(0, count))
  }
  const [base, exponent, modulus] = [padded(0n, 32), padded(32n, 32), padded(64n, 32)]
  const head = padded(96n + base, exponent < 32n ? Number(exponent) : 32)
  const bits = head === 0n ? 0n : BigInt(head.toString(2).length - 1)
  const longest = larger(base, modulus)
  const words = (longest + 7n) / 8n
  const count = (perByte: bigint): bigint => {
    const n = exponent <= 32n ? bits : perByte * (exponent - 32n) + bits
    return larger(n, 1n)
  }
  if (fork >= OSAKA) {
    if (base > 1024n || exponent > 1024n || modulus > 1024n) return MAX
    return larger(500n, (longest <= 32n ? 16n : 2n * words * words) * count(16n))
  }
  if (fork >= BERLIN) return larger(200n, (words * words * count(8n)) / 3n)
  if (longest <= 64n) return (longest ** 2n * count(8n)) / 20n
  if (longest <= 1024n) return ((longest ** 2n / 4n + 96n * longest - 3072n) * count(8n)) / 20n
  return ((longest ** 2n / 16n + 480n * longest - 199680n) * count(8n)) / 20n
}

describe.each(builds)('modexp, %s build', async build => {
  const kernel = await loadKernel<Exports>('precompiles', build)
  kernel.memory.grow(MEMORY_PAGES - kernel.memory.buffer.byteLength / 65536)
  const memory = new Uint8Array(kernel.memory.buffer)

  function gas(fork: number, input: Uint8Array): bigint {
    memory.fill(0xcc, INPUT, INPUT + input.length + 64)
    memory.set(input, INPUT)
    return BigInt.asUintN(64, kernel.modexpGas(fork, INPUT, input.length))
  }

  /** The result, after a check that nothing was written beyond the output and beyond the scratch. */
  function run(input: Uint8Array): Uint8Array {
    memory.fill(0xcc, INPUT, INPUT + input.length + 64) // what lies beyond the input must not be read
    memory.set(input, INPUT)
    const lengths = [0, 1, 2].map(index => Number(kernel.modexpLength(INPUT, input.length, index)))
    const [base, exponent, modulus] = lengths as [number, number, number]
    const scratch = kernel.modexpScratch(base, exponent, modulus) >>> 0
    memory.fill(0xdd, SCRATCH, SCRATCH + scratch)
    memory.fill(0xee, SCRATCH + scratch, SCRATCH + scratch + 64)
    memory.fill(0xaa, OUT, OUT + modulus + 64)
    kernel.modexp(OUT, base, exponent, modulus, INPUT, input.length, SCRATCH)
    expect(memory.subarray(SCRATCH + scratch, SCRATCH + scratch + 64).every(byte => byte === 0xee)).toBe(true)
    expect(memory.subarray(OUT + modulus, OUT + modulus + 64).every(byte => byte === 0xaa)).toBe(true)
    return memory.slice(OUT, OUT + modulus)
  }

  function check({ base, exponent, modulus, cut }: Call): void {
    const whole = concat(header(base.length, exponent.length, modulus.length), base, exponent, modulus)
    const input = whole.slice(0, Math.max(96, whole.length - cut))
    const body = concat(input.slice(96), new Uint8Array(whole.length - input.length))
    const b = toBigInt(body.slice(0, base.length))
    const e = toBigInt(body.slice(base.length, base.length + exponent.length))
    const m = toBigInt(body.slice(base.length + exponent.length))
    const expected = modulus.length === 0 ? '' : bytesToHex(toBytes(powerMod(b, e, m), modulus.length))
    expect(bytesToHex(run(input)), `${b} ^ ${e} mod ${m}`).toBe(expected)
  }

  describeWithData('precompile-vectors', 'official vectors', folder => {
    it.each([
      ['modexp', ISTANBUL],
      ['modexp_eip2565', PRAGUE],
      ['modexp_eip7883', OSAKA],
    ] as const)('%s.json, results and gas', (name, fork) => {
      const list = JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')) as Vector[]
      expect(list.length).toBeGreaterThan(10)
      for (const { Name, Input, Expected, Gas } of list) {
        const input = hexToBytes(Input)
        expect(bytesToHex(run(input)), Name).toBe(Expected)
        expect(gas(fork, input), Name).toBe(BigInt(Gas))
      }
    })
  })

  it('gas equals the formulas of the EIPs at every length and saturates', () => {
    const edges = [0, 1, 31, 32, 33, 63, 64, 65, 1023, 1024, 1025, 2 ** 20, 2 ** 31, 2 ** 32 - 1].map(BigInt)
    const length = fc.oneof(fc.constantFrom(...edges), fc.bigInt(0n, 2000n), fc.bigInt(0n, (1n << 32n) - 1n))
    const exponent = fc.oneof(length, fc.bigInt(0n, (1n << 256n) - 1n), fc.constantFrom(MAX, MAX + 1n, 1n << 255n))
    const body = fc.uint8Array({ maxLength: 100 })
    fc.assert(
      fc.property(length, exponent, length, body, fc.nat(20), (b, e, m, rest, zeros) => {
        const input = concat(header(b, e, m), new Uint8Array(zeros), rest)
        for (const fork of [BYZANTIUM, BERLIN, OSAKA]) {
          const expected = gasOf(fork, input)
          // prices that no gas limit pays may be saturated
          if (expected < 1n << 57n) expect(gas(fork, input), `${fork}`).toBe(expected)
          else expect(gas(fork, input), `${fork}`).toBeGreaterThanOrEqual(1n << 57n)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('a base or modulus that no memory holds costs more than any gas', () => {
    for (const fork of [BYZANTIUM, BERLIN, OSAKA]) {
      expect(gas(fork, header(1n << 32n, 1n, 1n)), `${fork}`).toBeGreaterThanOrEqual(1n << 57n)
      expect(gas(fork, header(0n, 0n, 1n << 32n)), `${fork}`).toBeGreaterThanOrEqual(1n << 57n)
    }
  })

  it('gas of huge, truncated and empty headers', () => {
    const huge = (1n << 256n) - 1n
    for (const fork of [BYZANTIUM, BERLIN, OSAKA]) {
      for (const [b, e, m] of [
        [huge, 0n, 0n],
        [0n, 0n, huge],
        [1n << 64n, 1n, 1n],
        [1n, huge, 1n],
      ] as const) {
        expect(gas(fork, header(b, e, m))).toBe(MAX)
      }
      for (const size of [0, 1, 31, 32, 63, 64, 95, 96]) {
        const input = header(5, 3, 7).slice(0, size)
        expect(gas(fork, input), `${fork}, ${size} bytes`).toBe(gasOf(fork, input))
      }
    }
    // EIP-198: without base and modulus the exponent costs nothing, EIP-7883 charges for it
    expect(gas(BYZANTIUM, header(0, huge, 0))).toBe(0n)
    expect(gas(BERLIN, header(0, huge, 0))).toBe(200n)
    expect(gas(OSAKA, header(0, 1024, 0))).toBe(16n * 16n * 992n)
  })

  it.each([
    [1024, 1024, 1024, 1],
    [1025, 1, 1, 0],
    [1, 1025, 1, 0],
    [1, 1, 1025, 0],
  ])('EIP-7823 limits the lengths in Osaka: %d, %d, %d', (b, e, m, allowed) => {
    expect(gas(OSAKA, header(b, e, m)) !== MAX).toBe(allowed === 1)
    expect(gas(PRAGUE, header(b, e, m))).toBeLessThan(MAX)
  })

  it('equals BigInt for all sizes, odd, even, one and zero moduli, padded and truncated input', () => {
    // random bytes, or one of the shapes that find carry and division errors
    const number = (maxLength: number): fc.Arbitrary<Uint8Array> =>
      fc.oneof(
        { weight: 4, arbitrary: fc.uint8Array({ maxLength, size: 'max' }) },
        fc
          .tuple(fc.nat(maxLength), fc.nat(8 * maxLength), fc.constantFrom(0n, 1n, -1n))
          .map(([length, bit, offset]) => {
            const top = 1n << BigInt(8 * length)
            return length === 0
              ? new Uint8Array()
              : toBytes(((1n << BigInt(bit % (8 * length))) + offset + top) % top, length)
          }),
        fc
          .tuple(fc.nat(maxLength), fc.constantFrom(0, 255, 0x80))
          .map(([length, byte]) => new Uint8Array(length).fill(byte)),
        fc
          .tuple(fc.uint8Array({ maxLength, size: 'max' }), fc.nat(maxLength), fc.boolean())
          .map(([bytes, count, low]) => (low ? bytes.fill(0, count) : bytes.fill(0, 0, count))),
      )
    const sized = fc.oneof({ weight: 3, arbitrary: number(40) }, number(12), number(300))
    const modulus = fc.tuple(sized, fc.boolean()).map(([bytes, odd]) => {
      if (odd && bytes.length > 0) bytes[bytes.length - 1]! |= 1
      return bytes
    })
    const exponent = fc.oneof({ weight: 3, arbitrary: number(4) }, number(40), number(1))
    const cut = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(400))
    fc.assert(fc.property(fc.record({ base: sized, exponent, modulus, cut }), check), { numRuns: 3000 })
  })

  it('equals BigInt for long exponents and at every length around the limb and path boundaries', () => {
    const bytes = (length: number, seed: number): Uint8Array =>
      Uint8Array.from({ length }, (_, i) => (Math.imul(i + seed, 0x9e3779b1) >>> 24) | (i === 0 ? 1 : 0))
    for (let size = 1; size <= 75; size++) {
      for (const last of [1, 0, 8, 0x80]) {
        const modulus = bytes(size, size)
        modulus[size - 1] = last
        for (const length of [1, 33]) {
          check({ base: bytes(size + (size % 3), 7), exponent: bytes(length, 3), modulus, cut: 0 })
        }
      }
    }
    for (const [size, zeros] of [
      [8, 0],
      [16, 9],
      [33, 12],
      [128, 64],
      [400, 0],
      [400, 350],
      [450, 443],
    ] as const) {
      const modulus = bytes(size, 11).fill(0, size - zeros)
      check({ base: bytes(size, 5), exponent: bytes(100, 9), modulus, cut: 0 })
    }
    // more than 128 limbs: the columns have to be carried on the way
    for (const fill of [0xff, 0xaa]) {
      const modulus = new Uint8Array(1024).fill(fill)
      modulus[1023]! |= 1
      const base = new Uint8Array(1024).fill(0xff)
      base[1023] = 0xfd
      check({ base, exponent: new Uint8Array([3]), modulus, cut: 0 })
      check({ base, exponent: new Uint8Array([1, 0, 1]), modulus, cut: 0 })
      check({ base, exponent: new Uint8Array([1, 0, 1]), modulus: modulus.fill(0, 512), cut: 0 })
    }
  })

  it('takes base 0 to the power 0 as 1, except modulo 1 and 0', () => {
    const cases = [
      [2, '01'],
      [1, '00'],
      [0, '00'],
    ] as const
    for (const [modulus, expected] of cases) {
      expect(bytesToHex(run(concat(header(0, 0, 1), new Uint8Array([modulus]))))).toBe(expected)
    }
    expect(run(header(1, 1, 0))).toHaveLength(0)
    expect(bytesToHex(run(header(0, 0, 3)))).toBe('000000')
  })
})
