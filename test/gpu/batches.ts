// Batches for the tests of hashing, with what their digests have to be. Messages are made of a seeded pattern; the oracle is
// @noble/hashes.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { expect } from 'vitest'
import type { Batch, ChainBatch, KeyBatch, Memory, MessageBatch } from '../../src/gpu/batch.ts'

/** A batch and its digests, in the order of its items. */
export interface Case<B extends Batch = Batch> {
  batch: B
  expected: Uint8Array[]
  /** Address of each digest. */
  addresses: number[]
}

/** Bytes that differ from place to place, the same in every run. */
export function pattern(bytes: Uint8Array, seed: number): void {
  let state = seed
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
}

/** Where a case is laid out: a memory and the first address that is free. */
export interface Room {
  memory: Memory
  at: number
}

/** Plain memory of `bytes`, full of what is no message. */
export function room(bytes: number): Room {
  const buffer = new ArrayBuffer((bytes + 3) & ~3)
  new Uint8Array(buffer).fill(0xa5)
  return { memory: { buffer }, at: 0 }
}

/** Messages of these lengths. `gap(i)`: bytes between message i and the next, which are no message. */
export function messages(
  { memory, at }: Room,
  lengths: readonly number[],
  gap: (i: number) => number = i => i % 5,
): Case<MessageBatch> {
  const bytes = new Uint8Array(memory.buffer)
  const count = lengths.length
  const jobs = new Uint32Array(memory.buffer, at, count * 3)
  const digests = at + count * 12
  let input = digests + count * 32
  const expected = lengths.map((length, i) => {
    const message = bytes.subarray(input, input + length)
    pattern(message, i + 1)
    // Digests are listed backwards, so that order does not happen to be right.
    jobs.set([input, length, digests + (count - 1 - i) * 32], i * 3)
    input += length + gap(i)
    return keccak_256(message)
  })
  const addresses = lengths.map((_, i) => digests + (count - 1 - i) * 32)
  return { batch: { kind: 'messages', memory, jobs: at, count }, expected, addresses }
}

/** Bytes that `messages` needs. */
export function messageRoom(lengths: readonly number[], gap = 4): number {
  return lengths.reduce((sum, length) => sum + length + gap + 44, 0)
}

/** Keys of one size. */
export function keys({ memory, at }: Room, size: 20 | 32, count: number): Case<KeyBatch> {
  const output = at + count * size
  const input = new Uint8Array(memory.buffer, at, count * size)
  pattern(input, size)
  const expected = Array.from({ length: count }, (_, i) => keccak_256(input.subarray(i * size, (i + 1) * size)))
  const addresses = expected.map((_, i) => output + i * 32)
  return { batch: { kind: 'keys', memory, input: at, size, count, output }, expected, addresses }
}

/** Chains of `depth` keys and a slot. */
export function chains({ memory, at }: Room, depth: number, count: number): Case<ChainBatch> {
  const step = (depth + 1) * 32
  const output = at + count * step
  const words = new Uint8Array(memory.buffer, at, count * step)
  pattern(words, depth)
  const expected: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const word = (k: number): Uint8Array => words.subarray(i * step + k * 32, i * step + (k + 1) * 32)
    let digest = word(depth)
    for (let k = depth - 1; k >= 0; k--) {
      digest = keccak_256(Uint8Array.of(...word(k), ...digest))
      expected[i * depth + k] = digest
    }
  }
  const addresses = expected.map((_, i) => output + i * 32)
  return { batch: { kind: 'chains', memory, input: at, depth, count, output }, expected, addresses }
}

/** Two levels and a root: leaves whose digests stand at odd bytes of branches, which a last message contains. */
export function levels({ memory, at }: Room, branches: number): Case<MessageBatch> {
  const bytes = new Uint8Array(memory.buffer)
  const leafCount = branches * 16
  const counts = [leafCount, branches, 1]
  const count = leafCount + branches + 1
  const jobs = new Uint32Array(memory.buffer, at, count * 3)
  const [leafSize, branchSize, rootSize] = [77, 17 * 33 + 3, 1 + branches * 33]
  const leaves = at + count * 12
  const branchAt = leaves + leafCount * leafSize
  const rootAt = branchAt + branches * branchSize
  pattern(bytes.subarray(leaves, rootAt + rootSize), 5)
  const expected: Uint8Array[] = []
  const addresses: number[] = []
  // What the messages come to, in a copy: the memory itself stays as it is until it is hashed.
  const model = bytes.slice(0, rootAt + rootSize + 64)
  const add = (input: number, length: number, target: number): void => {
    jobs.set([input, length, target], expected.length * 3)
    expected.push(keccak_256(model.subarray(input, input + length)))
    addresses.push(target)
    model.set(expected.at(-1)!, target)
  }
  for (let i = 0; i < leafCount; i++) {
    add(leaves + i * leafSize, leafSize, branchAt + (i >> 4) * branchSize + 3 + (i % 16) * 33)
  }
  for (let i = 0; i < branches; i++) add(branchAt + i * branchSize, branchSize, rootAt + 1 + i * 33)
  add(rootAt, rootSize, rootAt + rootSize + 7)
  return { batch: { kind: 'messages', memory, jobs: at, count, levels: counts }, expected, addresses }
}

/** Holds every digest against the oracle's. */
export function expectDigests({ batch, expected, addresses }: Case): void {
  const bytes = new Uint8Array(batch.memory.buffer)
  const wrong = expected.findIndex((digest, i) => digest.some((byte, k) => bytes[addresses[i]! + k] !== byte))
  expect(wrong, 'index of the first wrong digest').toBe(-1)
}

/** All digests overwritten, so that a run cannot live on the one before. */
export function clearDigests({ batch, addresses }: Case): void {
  const bytes = new Uint8Array(batch.memory.buffer)
  for (const address of addresses) bytes.fill(0, address, address + 32)
}
