// SHA-256 and RIPEMD-160 against @noble/hashes, BLAKE2b F against the official vectors of EIP-152, in both builds.
import { readFileSync } from 'node:fs'
import { ripemd160 as nobleRipemd160 } from '@noble/hashes/legacy.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, it } from 'vitest'
import { builds, loadKernel } from '../kernel/load.ts'
import { describeWithData } from '../setup/data.ts'

interface Exports {
  sha256(out: number, data: number, length: number, scratch: number): void
  ripemd160(out: number, data: number, length: number, scratch: number): void
  blake2Compress(out: number, input: number, scratch: number): number
}
interface Vector {
  Name: string
  Input: string
  Expected?: string
}

const OUT = 0x10000
const SCRATCH = 0x10100
const DATA = 0x11001 // odd on purpose: inputs come from EVM memory at any address

/** Deterministic bytes that are not periodic in the block size. */
function pattern(length: number, seed: number): Uint8Array {
  let x = seed
  return Uint8Array.from({ length }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return x >>> 24
  })
}

describe.each(builds)('hash precompiles, %s build', async build => {
  const kernel = await loadKernel<Exports>('precompiles', build)
  const pages = Math.ceil((DATA + 1_100_000) / 65536) - kernel.memory.buffer.byteLength / 65536
  if (pages > 0) kernel.memory.grow(pages)

  function put(at: number, bytes: Uint8Array): void {
    new Uint8Array(kernel.memory.buffer).set(bytes, at)
  }
  function get(length: number): Uint8Array {
    return new Uint8Array(kernel.memory.buffer).slice(OUT, OUT + length)
  }

  const lengths = [...Array.from({ length: 301 }, (_, i) => i), 4096, 65_537, 1_000_003]

  it.each([
    ['sha256', 32, nobleSha256],
    ['ripemd160', 20, nobleRipemd160],
  ] as const)('%s equals @noble/hashes for lengths 0–300 and large ones', (name, size, reference) => {
    for (const length of lengths) {
      const data = pattern(length, length + 1)
      put(DATA, data)
      put(OUT, new Uint8Array(64).fill(0xaa))
      kernel[name](OUT, DATA, length, SCRATCH)
      expect(bytesToHex(get(size + 1)), `length ${length}`).toBe(`${bytesToHex(reference(data))}aa`)
    }
  })

  describeWithData('precompile-vectors', 'official vectors', folder => {
    it('blake2F', () => {
      const good = JSON.parse(readFileSync(`${folder}/blake2F.json`, 'utf8')) as Vector[]
      const bad = JSON.parse(readFileSync(`${folder}/fail-blake2f.json`, 'utf8')) as Vector[]
      expect(good.length).toBeGreaterThan(2)
      for (const { Name, Input, Expected } of good) {
        put(DATA, hexToBytes(Input))
        expect(kernel.blake2Compress(OUT, DATA, SCRATCH), Name).toBe(1)
        expect(bytesToHex(get(64)), Name).toBe(Expected)
      }
      // The failing vectors all have a wrong length, which the caller checks.
      for (const { Name, Input } of bad) expect(Input.length, Name).not.toBe(2 * 213)
    })
  })

  it('blake2F refuses a final flag other than 0 and 1 and writes nothing', () => {
    for (const flag of [0, 1, 2, 3, 128, 255]) {
      const input = new Uint8Array(213)
      input[212] = flag
      put(DATA, input)
      put(OUT, new Uint8Array(64).fill(0xaa))
      expect(kernel.blake2Compress(OUT, DATA, SCRATCH), `flag ${flag}`).toBe(flag < 2 ? 1 : 0)
      expect(get(64).every(byte => byte === 0xaa)).toBe(flag > 1)
    }
  })

  it('blake2F gives the same for many rounds whether they fit one call or not', () => {
    // h after 12 rounds of "abc" from RFC 7693 appendix A: the digest of BLAKE2b-512("abc")
    const input = new Uint8Array(213)
    new DataView(input.buffer).setUint32(0, 12)
    const iv = [
      0x6a09e667f3bcc908n ^ 0x01010040n,
      0xbb67ae8584caa73bn,
      0x3c6ef372fe94f82bn,
      0xa54ff53a5f1d36f1n,
      0x510e527fade682d1n,
      0x9b05688c2b3e6c1fn,
      0x1f83d9abfb41bd6bn,
      0x5be0cd19137e2179n,
    ]
    for (const [i, word] of iv.entries()) new DataView(input.buffer).setBigUint64(4 + 8 * i, word, true)
    input.set([0x61, 0x62, 0x63], 68)
    input[196] = 3
    input[212] = 1
    put(DATA, input)
    kernel.blake2Compress(OUT, DATA, SCRATCH)
    expect(bytesToHex(get(64))).toMatch(/^ba80a53f981c4d0d6a2797b69f12f6e9/)
    for (const rounds of [0, 1, 199, 200, 201, 1234]) {
      new DataView(input.buffer).setUint32(0, rounds)
      put(DATA, input)
      kernel.blake2Compress(OUT, DATA, SCRATCH)
      expect(bytesToHex(get(64)), `${rounds} rounds`).toBe(bytesToHex(compress(input)))
    }
  })
})

const MASK = (1n << 64n) - 1n
const sigma = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
].map(row => [...row].map(digit => Number.parseInt(digit, 16)))

/** F of RFC 7693 on BigInt, for any number of rounds. */
function compress(input: Uint8Array): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset)
  const word = (at: number): bigint => view.getBigUint64(at, true)
  const h = Array.from({ length: 8 }, (_, i) => word(4 + 8 * i))
  const m = Array.from({ length: 16 }, (_, i) => word(68 + 8 * i))
  const iv = [0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n]
  iv.push(0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n)
  const v = [...h, ...iv]
  v[12]! ^= word(196)
  v[13]! ^= word(204)
  if (input[212] === 1) v[14]! ^= MASK
  const rotate = (x: bigint, by: bigint): bigint => ((x >> by) | (x << (64n - by))) & MASK
  const mix = (a: number, b: number, c: number, d: number, x: bigint, y: bigint): void => {
    v[a] = (v[a]! + v[b]! + x) & MASK
    v[d] = rotate(v[d]! ^ v[a]!, 32n)
    v[c] = (v[c]! + v[d]!) & MASK
    v[b] = rotate(v[b]! ^ v[c]!, 24n)
    v[a] = (v[a]! + v[b]! + y) & MASK
    v[d] = rotate(v[d]! ^ v[a]!, 16n)
    v[c] = (v[c]! + v[d]!) & MASK
    v[b] = rotate(v[b]! ^ v[c]!, 63n)
  }
  for (let r = 0; r < view.getUint32(0); r++) {
    const s = sigma[r % 10]!
    for (let i = 0; i < 4; i++) mix(i, 4 + i, 8 + i, 12 + i, m[s[2 * i]!]!, m[s[2 * i + 1]!]!)
    for (let i = 0; i < 4; i++) {
      mix(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4), m[s[8 + 2 * i]!]!, m[s[9 + 2 * i]!]!)
    }
  }
  const out = new DataView(new ArrayBuffer(64))
  for (let i = 0; i < 8; i++) out.setBigUint64(8 * i, h[i]! ^ v[i]! ^ v[i + 8]!, true)
  return new Uint8Array(out.buffer)
}
