// The choice: what `auto` takes and why, that what a device fails at is done over, and that an explicit choice is never replaced.
import { describe, expect, it } from 'vitest'
import { GpuError, InputError } from '../../src/errors.ts'
import { AutoHasher, type Costs } from '../../src/gpu/auto.ts'
import { createHasher } from '../../src/gpu/hasher.ts'
import { wasmBytes } from '../setup/weft.ts'
import { describeOnGpu, missingAdapter } from './adapter.ts'
import { chains, clearDigests, expectDigests, keys, messageRoom, messages, room } from './batches.ts'

const core = wasmBytes('simd')

describe('createHasher', () => {
  it('takes WASM where it is asked for', async () => {
    const { backend, reason } = await createHasher({ hash: 'wasm', core })
    expect([backend.name, reason]).toEqual(['wasm', 'it was asked for'])
  })

  it('refuses an unknown choice', async () => {
    await expect(createHasher({ hash: 'cuda' as never, core })).rejects.toThrow(InputError)
  })

  it('says why where there is no GPU to choose', async () => {
    const { backend, reason, adapter } = await createHasher({ core })
    if (backend.name === 'auto') expect(adapter?.software).toBe(false)
    else expect(reason).toMatch(missingAdapter ? /no WebGPU|no adapter/ : /software/)
  })
})

describeOnGpu('auto', () => {
  async function auto(costs?: Costs): Promise<AutoHasher> {
    const { backend, reason } = await createHasher({ core, software: true, ...(costs && { costs }) })
    if (!(backend instanceof AutoHasher)) throw new Error(`expected auto, got ${backend.name}: ${reason}`)
    return backend
  }

  /** Costs with this crossover, which no drift changes. */
  function from(crossover: number): Costs {
    const cost = { wasmNs: 1000, gpuNs: 1, gpuMs: 1, crossover }
    return { messages: cost, keys: cost, chains: cost }
  }

  it('has measured every kernel on both, once', async () => {
    const backend = await auto()
    for (const { wasmNs, gpuMs, gpuNs, crossover } of Object.values(backend.costs)) {
      expect(wasmNs).toBeGreaterThan(10)
      expect(gpuMs).toBeGreaterThan(0)
      expect(gpuNs).toBeGreaterThanOrEqual(0)
      expect(crossover).toBeGreaterThan(0)
    }
    backend.close()
    const again = await auto()
    expect(again.costs).toBe(backend.costs)
    again.close()
  })

  it('gives batches from the crossover on to the GPU, smaller ones to WASM, with the same digests', async () => {
    const lengths = [0, 135, 136, 1000, 64]
    for (const crossover of [1, Number.POSITIVE_INFINITY, 16, 17]) {
      const backend = await auto(from(crossover))
      for (const made of [
        messages(room(messageRoom(lengths)), lengths), // 13 permutations
        keys(room(2000), 20, 16),
        chains(room(2000), 2, 8),
      ]) {
        const run = await backend.hash(made.batch)
        expectDigests(made)
        const work = made.batch.kind === 'messages' ? 13 : 16
        expect(run).toMatchObject({ backend: work >= crossover ? 'webgpu' : 'wasm' })
        expect(run.redone).toBeUndefined()
      }
      backend.close()
    }
  })

  it('does over on WASM what a message too long for a device is in, and goes on with the device', async () => {
    const backend = await auto(from(1))
    const long = messages(room(messageRoom([10, 200_000])), [10, 200_000])
    expect(await backend.hash(long.batch)).toMatchObject({
      backend: 'wasm',
      redone: expect.stringMatching(/at most 139263 bytes/),
    })
    expectDigests(long)
    const short = keys(room(2000), 20, 20)
    expect(await backend.hash(short.batch)).toMatchObject({ backend: 'webgpu' })
    expectDigests(short)
    backend.close()
  })

  it('does a batch over on WASM when the device goes in the middle of it, and says so', async () => {
    const backend = await auto(from(1))
    const lengths = Array.from({ length: 1201 }, (_, i) => i)
    const made = messages(room(messageRoom(lengths)), lengths)
    const run = backend.hash(made.batch)
    backend.gpu.device.destroy()
    expect(await run).toMatchObject({ backend: 'wasm', redone: expect.stringMatching(/was lost/) })
    expectDigests(made)
    expect(backend.failure).toBeInstanceOf(GpuError)
    // From then on WASM, at once.
    clearDigests(made)
    expect(backend.hash(made.batch)).toMatchObject({ backend: 'wasm' })
    expectDigests(made)
  })

  it('takes a size from the GPU that it keeps losing with', async () => {
    const backend = await auto()
    const cost = backend.costs.keys
    const measured = { ...cost }
    // As if WASM took no time: whatever the GPU does, it loses.
    Object.assign(cost, { wasmNs: 0, crossover: 1 })
    const made = keys(room(16 * 64), 32, 16)
    for (let i = 0; i < 4; i++) expect(await backend.hash(made.batch)).toMatchObject({ backend: 'webgpu' })
    expect(cost.crossover).toBe(32)
    expect(backend.hash(made.batch)).toMatchObject({ backend: 'wasm' })
    Object.assign(cost, measured)
    backend.close()
  })

  it('measures again when times are steadily not what was measured', async () => {
    const backend = await auto()
    const cost = backend.costs.keys
    cost.gpuMs = 1e6
    cost.crossover = 1
    const made = keys(room(4096 * 64), 32, 4096)
    for (let i = 0; i < 4; i++) await backend.hash(made.batch)
    // While it measures, WASM.
    expect(backend.hash(made.batch)).toMatchObject({ backend: 'wasm' })
    await backend.settled()
    expect(backend.costs.keys.gpuMs).toBeLessThan(1e5)
    backend.close()
  })
})
