import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builds, loadKernel } from '../kernel/load.ts'

interface WordKernel {
  apply(operation: number, cases: number, count: number, alias: number): void
  loadBytes(out: number, bytes: number, n: number): void
  setWordScratch(ptr: number): void
}
type Kernel = WordKernel & { memory: WebAssembly.Memory }
type Reference = (a: bigint, b: bigint, c: bigint) => bigint

const SCRATCH = 65_536
const CASES = SCRATCH + 512
const BATCH = 2_000
const MAX = (1n << 256n) - 1n
const wrap = (x: bigint) => x & MAX
const signed = (x: bigint) => BigInt.asIntN(256, x)
const truth = (x: boolean) => (x ? 1n : 0n)
const bitLength = (x: bigint) => (x === 0n ? 0 : x.toString(2).length)
const reverseBytes = (x: bigint) => BigInt(`0x${x.toString(16).padStart(64, '0').match(/../g)!.reverse().join('')}`)

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let factor = base; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = wrap(result * factor)
    factor = wrap(factor * factor)
  }
  return result
}

function signExtended(index: bigint, value: bigint): bigint {
  return index >= 31n ? value : wrap(BigInt.asIntN(Number(index) * 8 + 8, value))
}

/** An address occupies the first 20 of 32 bytes in memory; the number is those bytes read as big-endian. */
function addressOf(word: bigint): bigint {
  return reverseBytes(word) >> 96n
}

/** Kernel number, cases, and what the operation has to give. */
const operations: Record<string, [number, number, Reference]> = {
  add: [0, 6_000, (a, b) => wrap(a + b)],
  sub: [1, 6_000, (a, b) => wrap(a - b)],
  mul: [2, 20_000, (a, b) => wrap(a * b)],
  div: [3, 24_000, (a, b) => (b ? a / b : 0n)],
  mod: [4, 24_000, (a, b) => (b ? a % b : 0n)],
  sdiv: [5, 20_000, (a, b) => (b ? wrap(signed(a) / signed(b)) : 0n)],
  smod: [6, 20_000, (a, b) => (b ? wrap(signed(a) % signed(b)) : 0n)],
  addmod: [7, 24_000, (a, b, c) => (c ? (a + b) % c : 0n)],
  mulmod: [8, 24_000, (a, b, c) => (c ? (a * b) % c : 0n)],
  exp: [9, 2_000, power],
  signExtend: [10, 6_000, signExtended],
  and: [11, 2_000, (a, b) => a & b],
  or: [12, 2_000, (a, b) => a | b],
  xor: [13, 2_000, (a, b) => a ^ b],
  not: [14, 2_000, a => wrap(~a)],
  byteAt: [15, 6_000, (a, b) => (a < 32n ? (b >> (248n - a * 8n)) & 255n : 0n)],
  shl: [16, 6_000, (a, b) => (a < 256n ? wrap(b << a) : 0n)],
  shr: [17, 6_000, (a, b) => (a < 256n ? b >> a : 0n)],
  sar: [18, 6_000, (a, b) => wrap(signed(b) >> (a < 256n ? a : 255n))],
  clz: [19, 6_000, a => BigInt(256 - bitLength(a))],
  byteLength: [20, 6_000, a => BigInt((bitLength(a) + 7) >> 3)],
  lessThan: [21, 6_000, (a, b) => truth(a < b)],
  signedLessThan: [22, 6_000, (a, b) => truth(signed(a) < signed(b))],
  equalWords: [23, 6_000, (a, b) => truth(a === b)],
  isZeroWord: [24, 2_000, a => truth(a === 0n)],
  fitsU64: [25, 2_000, a => truth(a < 1n << 64n)],
  addOverflow: [26, 6_000, (a, b) => truth(a + b > MAX)],
  subUnderflow: [27, 6_000, (a, b) => truth(a < b)],
  mulOverflow: [28, 20_000, (a, b) => truth(a * b > MAX)],
  loadBigEndian: [29, 2_000, reverseBytes],
  storeBigEndian: [30, 2_000, reverseBytes],
  loadAddress: [31, 2_000, addressOf],
  storeAddress: [32, 2_000, a => reverseBytes((a & ((1n << 160n) - 1n)) << 96n)],
}
/** Operations whose first operand is a small number more often than not. */
const indexed = new Set(['signExtend', 'byteAt', 'shl', 'shr', 'sar'])

const edges = [0n, 1n, 2n, 3n, 31n, 32n, 255n, 256n]
for (const bits of [32n, 63n, 64n, 65n, 127n, 128n, 129n, 191n, 192n, 255n, 256n]) {
  for (const delta of [-1n, 0n, 1n]) edges.push(wrap((1n << bits) + delta))
}
// secp256k1 and bn254: the moduli that contracts use.
edges.push(MAX - 0x1000003d0n, 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n)

// ---- cases: the same in every run, with many zero and all-one limbs, which is where carries and digits go wrong -----
let state = 0x9e3779b9
function random32(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return state >>> 0
}
function randomLimb(): bigint {
  const limb = (BigInt(random32()) << 32n) | BigInt(random32())
  const kind = random32() % 8
  if (kind === 0) return 0n
  if (kind === 1) return 0xffff_ffff_ffff_ffffn
  if (kind === 2) return limb >> BigInt(random32() % 64)
  if (kind === 3) return 1n << BigInt(random32() % 64)
  if (kind === 4) return 0xffff_ffff_ffff_ffffn - (limb >> BigInt(random32() % 64))
  return limb
}
function randomWord(): bigint {
  if (random32() % 16 === 0) return edges[random32() % edges.length]!
  let word = 0n
  for (let limbs = (random32() % 4) + 1; limbs > 0; limbs--) word = (word << 64n) | randomLimb()
  return word
}
/** A triple; every third one puts the first operand right at a multiple of the second, another puts all near 2^256. */
function randomTriple(): [bigint, bigint, bigint] {
  const a = randomWord()
  const b = randomWord()
  const c = randomWord()
  const kind = random32() % 6
  if (kind === 0 && b) return [wrap((a / b) * b + (random32() % 3 === 0 ? b - 1n : 0n)), b, c]
  if (kind === 1) return [a, b, wrap(a + BigInt(random32() % 3) - 1n)]
  if (kind === 2) {
    // Just below a modulus just below 2^256: the product leaves a small remainder, so every carry of the reduction
    // counts.
    const m = MAX - randomLimb()
    return [m - (randomLimb() >> 1n), m - (randomLimb() >> 1n), m]
  }
  return [a, b, c]
}
const triples = Array.from({ length: 24_000 - edges.length ** 2 }, randomTriple)
for (const a of edges) for (const b of edges) triples.push([a, b, edges[random32() % edges.length]!])
const indexes = triples.map(() => BigInt(random32() % 300))

function writeCase(words: BigUint64Array, index: number, operands: readonly bigint[]): void {
  for (let i = 0; i < 3; i++) {
    for (let limb = 0; limb < 4; limb++) words[index * 12 + i * 4 + limb] = operands[i]! >> BigInt(limb * 64)
  }
}
function readResult(words: BigUint64Array, index: number, alias: number): bigint {
  const at = index * 12 + alias * 4
  return words[at]! | (words[at + 1]! << 64n) | (words[at + 2]! << 128n) | (words[at + 3]! << 192n)
}
async function start(build: (typeof builds)[number]): Promise<Kernel> {
  const kernel = await loadKernel<WordKernel>('words', build)
  kernel.memory.grow(8)
  kernel.setWordScratch(SCRATCH)
  return kernel
}

describe.each(builds)('words (%s)', build => {
  it.each(Object.entries(operations))('%s agrees with BigInt', async (name, [number, total, reference]) => {
    const kernel = await start(build)
    const words = new BigUint64Array(kernel.memory.buffer, CASES, BATCH * 12)
    for (let from = triples.length - total; from < triples.length; from += BATCH) {
      const cases = triples.slice(from, from + BATCH)
      if (indexed.has(name)) for (let i = 0; i < cases.length; i += 2) cases[i] = [indexes[i]!, cases[i]![1], 0n]
      const expected = cases.map(operands => reference(...operands))
      // The result replaces the first, the second or the third word, so aliased operands are covered by every
      // operation.
      for (let alias = 0; alias < 3; alias++) {
        if (name === 'storeAddress' && alias === 2) continue
        cases.forEach((operands, i) => void writeCase(words, i, operands))
        kernel.apply(number, CASES, cases.length, alias)
        for (let i = 0; i < cases.length; i++) {
          if (readResult(words, i, alias) === expected[i]) continue
          const shown = cases[i]!.map(x => `0x${x.toString(16)}`).join(', ')
          expect.fail(`${name}(${shown}) into operand ${alias}: 0x${readResult(words, i, alias).toString(16)}`)
        }
      }
    }
  })

  it('finds no counterexample by search (fast-check)', async () => {
    const kernel = await start(build)
    const words = new BigUint64Array(kernel.memory.buffer, CASES, 12)
    const word = fc.oneof(
      fc.bigInt({ min: 0n, max: MAX }),
      fc.bigInt({ min: 0n, max: 1n << 66n }),
      fc.constantFrom(...edges),
    )
    for (const [name, [number, , reference]] of Object.entries(operations)) {
      const holds = (...operands: [bigint, bigint, bigint]) => {
        writeCase(words, 0, operands)
        kernel.apply(number, CASES, 1, 0)
        expect(readResult(words, 0, 0), name).toBe(reference(...operands))
      }
      // Shrinking three 256-bit numbers takes minutes; the first counterexample says enough.
      fc.assert(fc.property(word, word, word, holds), { numRuns: 300, endOnFailure: true })
    }
  })

  it('loadBytes reads 0 to 32 big-endian bytes and nothing else', async () => {
    const kernel = await start(build)
    const bytes = new Uint8Array(kernel.memory.buffer)
    const words = new BigUint64Array(kernel.memory.buffer, CASES, 4)
    bytes.fill(0xee, CASES + 64, CASES + 256)
    for (let n = 0; n <= 32; n++) {
      for (let i = 0; i < n; i++) bytes[CASES + 128 + i] = random32()
      const hex = Buffer.from(bytes.slice(CASES + 128, CASES + 128 + n)).toString('hex')
      kernel.loadBytes(CASES, CASES + 128, n)
      expect(readResult(words, 0, 0)).toBe(BigInt(`0x${hex || '0'}`))
    }
  })
})
