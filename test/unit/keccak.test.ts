import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, it } from 'vitest'
import { builds, loadKernel } from '../kernel/load.ts'

interface HashKernel {
  keccak256(out: number, data: number, len: number): void
  keccak256Pair64(outA: number, outB: number, a: number, b: number): void
  hashJobs(jobs: number, count: number, waiting: number): void
  hashMany(out: number, data: number, length: number, count: number): void
  hashChains(out: number, words: number, depth: number, count: number, scratch: number): void
  hashAllLengths(out: number, data: number, max: number): void
}

const DATA = 65_536
const OUT = DATA + 65_536
const MAX = 1201
/** Behind the constant data of the kernel. */
const SCRATCH = 61_440

/** Bytes that differ from place to place, the same in every run. */
function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

describe.each(builds)('keccak256 (%s)', build => {
  it('agrees with @noble/hashes for every length from 0 to 1200', async () => {
    const kernel = await loadKernel<HashKernel>('hashing', build)
    kernel.memory.grow(8)
    const bytes = new Uint8Array(kernel.memory.buffer)
    // At an odd address, with neighbours that must not be hashed.
    bytes.fill(0xff, DATA, OUT)
    const message = pattern(MAX, 7)
    bytes.set(message, DATA + 3)
    kernel.hashAllLengths(OUT, DATA + 3, MAX)
    for (let length = 0; length < MAX; length++) {
      const digest = bytes.slice(OUT + length * 32, OUT + length * 32 + 32)
      expect(digest, `length ${length}`).toEqual(keccak_256(message.subarray(0, length)))
    }
  })

  it('reads nothing outside the message', async () => {
    const kernel = await loadKernel<HashKernel>('hashing', build)
    kernel.memory.grow(8)
    const bytes = new Uint8Array(kernel.memory.buffer)
    const message = pattern(300, 11)
    for (const length of [0, 1, 7, 8, 9, 64, 135, 136, 137, 143, 144, 271, 272, 300]) {
      const end = bytes.length
      bytes.set(message.subarray(0, length), end - length)
      kernel.keccak256(DATA, end - length, length)
      const expected = keccak_256(message.subarray(0, length))
      expect(bytes.slice(DATA, DATA + 32), `length ${length} at the end of memory`).toEqual(expected)
    }
  })

  it('may write the digest over the message', async () => {
    const kernel = await loadKernel<HashKernel>('hashing', build)
    kernel.memory.grow(8)
    const bytes = new Uint8Array(kernel.memory.buffer)
    const message = pattern(500, 13)
    bytes.set(message, DATA)
    kernel.keccak256(DATA + 16, DATA, 500)
    expect(bytes.slice(DATA + 16, DATA + 48)).toEqual(keccak_256(message))
  })

  it('hashes two 64-byte messages at once, up to the end of memory', async () => {
    const kernel = await loadKernel<HashKernel>('hashing', build)
    kernel.memory.grow(8)
    const bytes = new Uint8Array(kernel.memory.buffer)
    for (let seed = 1; seed < 50; seed++) {
      const a = pattern(64, seed)
      const b = pattern(64, seed + 1000)
      bytes.set(a, DATA + 1)
      bytes.set(b, bytes.length - 64)
      kernel.keccak256Pair64(OUT, OUT + 32, DATA + 1, bytes.length - 64)
      expect(bytes.slice(OUT, OUT + 32)).toEqual(keccak_256(a))
      expect(bytes.slice(OUT + 32, OUT + 64)).toEqual(keccak_256(b))
    }
  })

  it('hashes jobs of every length from 0 to 1200, in any order, wherever they lie', async () => {
    const kernel = await loadKernel<HashKernel>('hashing', build)
    kernel.memory.grow(32)
    const bytes = new Uint8Array(kernel.memory.buffer).fill(0xff, DATA)
    const jobs = new DataView(kernel.memory.buffer, DATA)
    const digests = DATA + 16 * MAX
    const messages = digests + 32 * MAX
    let at = messages
    for (let i = 0; i < MAX; i++) {
      const length = (i * 601) % MAX // 601 has no divisor in common with 1201
      bytes.set(pattern(length, i), at)
      jobs.setUint32(i * 12, at, true)
      jobs.setUint32(i * 12 + 4, length, true)
      jobs.setUint32(i * 12 + 8, digests + i * 32, true)
      at += length + (i % 5)
    }
    kernel.hashJobs(DATA, MAX, SCRATCH)
    for (let i = 0; i < MAX; i++) {
      const digest = bytes.slice(digests + i * 32, digests + i * 32 + 32)
      expect(digest, `length ${(i * 601) % MAX}`).toEqual(keccak_256(pattern((i * 601) % MAX, i)))
    }
  })

  it('reads nothing beyond the end of memory in a batch', async () => {
    const kernel = await loadKernel<HashKernel>('hashing', build)
    kernel.memory.grow(1)
    const bytes = new Uint8Array(kernel.memory.buffer)
    for (const length of [0, 1, 15, 16, 20, 32, 64, 120, 135, 136, 137]) {
      const start = bytes.length - 3 * length
      const messages = [1, 2, 3].map(seed => pattern(length, seed))
      messages.forEach((message, i) => {
        bytes.set(message, start + i * length)
      })
      kernel.hashMany(DATA, start, length, 3)
      messages.forEach((message, i) => {
        expect(bytes.slice(DATA + i * 32, DATA + i * 32 + 32), `length ${length}`).toEqual(keccak_256(message))
      })
    }
  })

  it.each([1, 2, 3])('hashes chains of %i keys', async depth => {
    const kernel = await loadKernel<HashKernel>('hashing', build)
    kernel.memory.grow(8)
    const bytes = new Uint8Array(kernel.memory.buffer)
    for (const count of [0, 1, 2, 7]) {
      const words = pattern(count * (depth + 1) * 32, count + 1)
      bytes.set(words, DATA)
      kernel.hashChains(OUT, DATA, depth, count, SCRATCH)
      for (let i = 0; i < count; i++) {
        const word = (k: number) => words.subarray((i * (depth + 1) + k) * 32, (i * (depth + 1) + k + 1) * 32)
        let digest = word(depth)
        for (let k = depth - 1; k >= 0; k--) {
          digest = keccak_256(Uint8Array.of(...word(k), ...digest))
          const at = OUT + (i * depth + k) * 32
          expect(bytes.slice(at, at + 32), `chain ${i}, key ${k}`).toEqual(digest)
        }
      }
    }
  })
})
