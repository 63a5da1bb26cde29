import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, it } from 'vitest'
import { builds, loadKernel } from '../kernel/load.ts'

interface HashKernel {
  keccak256(out: number, data: number, len: number): void
  keccak256Pair64(outA: number, outB: number, a: number, b: number): void
  hashAllLengths(out: number, data: number, max: number): void
}

const DATA = 65_536
const OUT = DATA + 65_536
const MAX = 1201

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

  it('hashes two 64-byte messages at once', async () => {
    const kernel = await loadKernel<HashKernel>('hashing', build)
    kernel.memory.grow(8)
    const bytes = new Uint8Array(kernel.memory.buffer)
    for (let seed = 1; seed < 50; seed++) {
      const a = pattern(64, seed)
      const b = pattern(64, seed + 1000)
      bytes.set(a, DATA + 1)
      bytes.set(b, DATA + 200)
      kernel.keccak256Pair64(OUT, OUT + 32, DATA + 1, DATA + 200)
      expect(bytes.slice(OUT, OUT + 32)).toEqual(keccak_256(a))
      expect(bytes.slice(OUT + 32, OUT + 64)).toEqual(keccak_256(b))
    }
  })
})
