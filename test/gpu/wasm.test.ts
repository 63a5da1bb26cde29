// Hashing in the core, in both builds: batches in its own memory, and in another that is copied through it.
import { describe, expect, it } from 'vitest'
import type { HashExports } from '../../src/abi.ts'
import { InputError } from '../../src/errors.ts'
import { WasmHasher } from '../../src/gpu/wasm.ts'
import { wasmBytes } from '../setup/weft.ts'
import { type Case, chains, clearDigests, expectDigests, keys, levels, messageRoom, messages, room } from './batches.ts'

const lengths = Array.from({ length: 1201 }, (_, i) => (i * 601) % 1201)

describe.each(['scalar', 'simd'] as const)('the backend wasm (%s)', build => {
  async function hasher(): Promise<WasmHasher> {
    return WasmHasher.create(wasmBytes(build))
  }

  /** Runs a case in the core's own memory and in another. */
  async function both(bytes: number, make: (place: ReturnType<typeof room>) => Case): Promise<void> {
    const backend = await hasher()
    const own = make({ memory: backend.memory, at: backend.allocate(bytes) })
    const other = make(room(bytes))
    for (const made of [own, other]) {
      expect(backend.hash(made.batch)).toMatchObject({ backend: 'wasm', dispatches: 0 })
      expectDigests(made)
      clearDigests(made)
      backend.hash(made.batch)
      expectDigests(made)
    }
  }

  it('makes the digests of @noble/hashes for every length from 0 to 1200', () =>
    both(messageRoom(lengths), place => messages(place, lengths)))

  it('hashes messages that lie far apart', () => {
    const few = [0, 31, 300, 64, 5000, 136]
    return both(messageRoom(few, 100_000), place => messages(place, few, () => 99_999))
  })

  it('hashes a message larger than what is copied at a time', () => {
    const large = [1, 300_000, 700_001, 2]
    return both(messageRoom(large), place => messages(place, large))
  })

  it.each([20, 32] as const)('hashes keys of %i bytes', size => both(10_000 * 64, place => keys(place, size, 9999)))

  it.each([1, 2, 5])('hashes chains of %i keys', depth =>
    both(600 * (depth * 2 + 1) * 32, place => chains(place, depth, 599)),
  )

  it('hashes levels whose digests are part of later messages', async () => {
    const backend = await hasher()
    for (const place of [room(200_000), { memory: backend.memory, at: backend.allocate(200_000) }]) {
      const made = levels(place, 20)
      backend.hash(made.batch)
      expectDigests(made)
    }
  })

  it('hashes nothing in an empty batch', async () => {
    const backend = await hasher()
    const { memory } = room(64)
    backend.hash({ kind: 'messages', memory, jobs: 0, count: 0 })
    backend.hash({ kind: 'keys', memory, input: 64, size: 20, count: 0, output: 64 })
    expect([...new Uint8Array(memory.buffer)].every(byte => byte === 0xa5)).toBe(true)
  })

  it('refuses batches that do not lie in their memory', async () => {
    const backend = await hasher()
    const { memory } = room(1024)
    const jobs = new Uint32Array(memory.buffer)
    const refuse = (input: number, length: number, digest: number): void => {
      jobs.set([input, length, digest])
      expect(() => backend.hash({ kind: 'messages', memory, jobs: 0, count: 1 })).toThrow(InputError)
    }
    refuse(1000, 25, 100)
    refuse(0xffffffff, 1, 100)
    refuse(100, 10, 1000)
    for (const batch of [
      { kind: 'messages', memory, jobs: 2, count: 1 },
      { kind: 'messages', memory, jobs: 0, count: 100 },
      { kind: 'messages', memory, jobs: 0, count: 1, levels: [2] },
      { kind: 'keys', memory, input: 0, size: 20, count: 100, output: 0 },
      { kind: 'chains', memory, input: 0, depth: 0, count: 1, output: 0 },
    ] as const) {
      expect(() => backend.hash(batch)).toThrow(InputError)
    }
  })
})

it('the exports answer bad input with a status', async () => {
  const { instance } = await WebAssembly.instantiate(wasmBytes('simd'), {})
  const core = instance.exports as unknown as HashExports
  const at = core.weft_alloc(4096) >>> 0
  const jobs = new Uint32Array(core.memory.buffer, at, 6)
  const bad = -11
  expect(core.weft_keccak_batch(at, 0)).toBe(0)
  expect(core.weft_keccak_batch(0xffffff00, 1)).toBe(bad)
  expect(core.weft_keccak_batch(at, 0xffffffff)).toBe(bad)
  jobs.set([0xfffffff0, 64, at + 1024])
  expect(core.weft_keccak_batch(at, 1)).toBe(bad)
  // A digest over the jobs would change what is hashed next.
  jobs.set([at + 2048, 64, at + 12, at + 2048, 64, at + 1024])
  expect(core.weft_keccak_batch(at, 2)).toBe(bad)
  expect(core.weft_keccak_many(at, 0xffffff00, 64, 10)).toBe(bad)
  expect(core.weft_keccak_many(at, at, 0xffffffff, 0xffffffff)).toBe(bad)
  expect(core.weft_keccak_chains(at, at, 0xffffffff, 1)).toBe(bad)
  expect(core.weft_keccak_chains(at, at, 0, 5)).toBe(0)
})
