// Hashing on a device, or on a driver that computes on the processor: the same digests as @noble/hashes, whatever the batch, and
// a GpuError that names the cause where the device fails.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { GpuError, InputError } from '../../src/errors.ts'
import { LONGEST_MESSAGE } from '../../src/gpu/pack.ts'
import { WebGpuHasher, type WebGpuOptions } from '../../src/gpu/webgpu.ts'
import { describeOnGpu, isFull } from './adapter.ts'
import { type Case, chains, clearDigests, expectDigests, keys, levels, messageRoom, messages, room } from './batches.ts'

const lengths = Array.from({ length: 1201 }, (_, i) => (i * 601) % 1201)

describeOnGpu('the backend webgpu', () => {
  let backend: WebGpuHasher
  beforeAll(async () => {
    backend = await WebGpuHasher.create()
    backend.device.addEventListener('uncapturederror', event => {
      throw new Error(`not captured: ${(event as GPUUncapturedErrorEvent).error.message}`)
    })
  })
  afterAll(() => backend?.close())

  async function hash(made: Case, by = backend): Promise<number> {
    const run = await by.hash(made.batch)
    expectDigests(made)
    return run.dispatches
  }

  async function check(made: Case): Promise<void> {
    await hash(made)
  }

  async function limited<T>(options: WebGpuOptions, use: (by: WebGpuHasher) => Promise<T>): Promise<T> {
    const by = await WebGpuHasher.create(options)
    try {
      return await use(by)
    } finally {
      by.close()
    }
  }

  it('makes the digests of @noble/hashes for every length from 0 to 1200', () =>
    check(messages(room(messageRoom(lengths)), lengths)))

  it('does so at every byte offset', async () => {
    for (const shift of [0, 1, 2, 3]) {
      const some = [0, 3, 4, 5, 134, 135, 136, 137, 271, 272, 273]
      await hash(messages(room(messageRoom(some)), some, i => (shift - some[i]!) & 3))
    }
  })

  it('hashes messages that lie far apart', () => {
    const few = [0, 31, 300, 64, 5000, 136]
    return check(messages(room(messageRoom(few, 100_000)), few, () => 99_999))
  })

  it('hashes one message, and none', async () => {
    await hash(messages(room(200), [77]))
    await hash(messages(room(200), [0]))
    expect(await hash(messages(room(200), []))).toBe(0)
    expect(await hash(keys(room(200), 32, 0))).toBe(0)
  })

  it.each([20, 32] as const)('hashes keys of %i bytes', async size => {
    for (const count of [1, 63, 64, 65, 5000]) await hash(keys(room(count * 64), size, count))
  })

  it.each([1, 2, 5])('hashes chains of %i keys', depth => {
    return check(chains(room(600 * (2 * depth + 1) * 32), depth, 599))
  })

  it('hashes levels without coming back in between', async () => {
    // Three levels with two writes into messages between them.
    expect(await hash(levels(room(200_000), 20))).toBe(5)
  })

  it('hashes levels that do not fit one by one', () =>
    limited({ limits: { maxStorageBufferBindingSize: 8192 } }, by => hash(levels(room(200_000), 20), by)))

  it('splits batches at small limits', () =>
    limited({ limits: { maxStorageBufferBindingSize: 16_384, maxComputeWorkgroupsPerDimension: 2 } }, async by => {
      expect(await hash(messages(room(messageRoom(lengths)), lengths), by)).toBeGreaterThan(44)
      expect(await hash(keys(room(5000 * 64), 20, 5000), by)).toBeGreaterThan(9)
      expect(await hash(chains(room(1000 * 160), 2, 1000), by)).toBeGreaterThan(5)
    }))

  // 1 GiB with `npm run test:spec -- test/gpu`.
  it(`hashes ${isFull ? '1 GiB' : '64 MiB'} in pieces`, { timeout: 600_000 }, async () => {
    const size = 1024
    const count = isFull ? 2 ** 20 : 2 ** 16
    const { memory } = room(count * (size + 44))
    const jobs = new Uint32Array(memory.buffer, 0, count * 3)
    const input = count * 44
    // Many equal messages: the oracle takes 15 us for each that is different.
    const distinct = messages(room(messageRoom([size])), [size], () => 0)
    const [message] = [new Uint8Array(distinct.batch.memory.buffer, 44, size)]
    const bytes = new Uint8Array(memory.buffer)
    for (let i = 0; i < count; i++) {
      jobs.set([input + i * size, size, count * 12 + i * 32], i * 3)
      bytes.set(message!, input + i * size)
    }
    const addresses = Array.from({ length: count }, (_, i) => count * 12 + i * 32)
    const expected = addresses.map(() => distinct.expected[0]!)
    const made: Case = { batch: { kind: 'messages', memory, jobs: 0, count }, expected, addresses }
    clearDigests(made)
    expect(await hash(made)).toBeGreaterThan(7)
  })

  it('times kernels by the clock of the device, where it has one', () =>
    limited({ timed: true, limits: { maxComputeWorkgroupsPerDimension: 2 } }, async by => {
      for (const made of [messages(room(messageRoom(lengths)), lengths), keys(room(5000 * 64), 20, 5000)]) {
        const { ms, kernelMs, dispatches } = await by.hash(made.batch)
        expectDigests(made)
        expect(dispatches).toBeGreaterThan(9)
        if (!by.device.features.has('timestamp-query')) expect(kernelMs).toBeUndefined()
        else {
          expect(kernelMs).toBeGreaterThan(0)
          expect(kernelMs).toBeLessThan(ms)
        }
      }
      const untimed = await backend.hash(keys(room(640), 20, 10).batch)
      expect(untimed.kernelMs).toBeUndefined()
    }))

  it('takes several batches at a time', async () => {
    const many = Array.from({ length: 7 }, (_, i) => messages(room(messageRoom(lengths, 8)), lengths, () => i))
    await Promise.all(many.map(made => backend.hash(made.batch)))
    for (const made of many) expectDigests(made)
  })

  it('hashes in shared memory', async () => {
    const memory = { buffer: new SharedArrayBuffer(64 * 1024) as ArrayBufferLike }
    const some = [0, 5, 64, 136, 500]
    await hash(messages({ memory, at: 0 }, some))
    await hash(keys({ memory, at: 0 }, 32, 100))
  })

  it('follows memory that grows while it waits', async () => {
    const memory = new WebAssembly.Memory({ initial: 2 })
    const made = messages({ memory, at: 0 }, [1, 100, 1000])
    const run = backend.hash(made.batch)
    memory.grow(1)
    await run
    expectDigests(made)
  })

  it('refuses a message that would keep the device for long', async () => {
    await hash(messages(room(messageRoom([LONGEST_MESSAGE])), [LONGEST_MESSAGE]))
    const made = messages(room(messageRoom([LONGEST_MESSAGE + 1])), [LONGEST_MESSAGE + 1])
    await expect(backend.hash(made.batch)).rejects.toMatchObject({ code: 'GPU_LIMIT' })
    await hash(messages(room(200), [77]))
  })

  it('refuses batches that do not lie in their memory', async () => {
    const { memory } = room(1024)
    await expect(backend.hash({ kind: 'messages', memory, jobs: 0, count: 100 })).rejects.toThrow(InputError)
  })

  it('says that the device was lost, in the middle of a batch and after it', () =>
    limited({}, async by => {
      const made = messages(room(messageRoom(lengths)), lengths)
      const run = by.hash(made.batch)
      by.device.destroy()
      const error = await run.then(
        () => undefined,
        error => error,
      )
      expect(error).toBeInstanceOf(GpuError)
      expect(error).toMatchObject({ code: 'GPU_LOST', message: expect.stringContaining('destroyed') })
      await expect(by.hash(made.batch)).rejects.toMatchObject({ code: 'GPU_LOST' })
    }))
})
