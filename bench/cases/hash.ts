// Hashing in bulk, in both backends, against libraries and against each other. Every run is checked against @noble/hashes.
//
//   hash.wasm.*     the core against hash-wasm, @noble/hashes and js-sha3; `single`: one message per call, as these do
//   hash.batch.*    the same with messages of 64 bytes, by the size of the batch
//   hash.gpu.*      WebGPU against the core, and against @noble/hashes at one size
//   hash.kernel.*   the kernels alone, by the device's clock, against the way there and back
//
// Those on the GPU are in a group of their own, which comes last: a driver that computes on the processor starts threads, and they
// stay. Whether `auto` chooses well is another question: bench/auto.ts.

import type { CoreExports } from '../../src/abi.ts'
import { GpuError } from '../../src/errors.ts'
import { type HashBackend, JOB, type Kernel, type MessageBatch } from '../../src/gpu/batch.ts'
import { type AdapterFacts, absence, factsOf, findAdapter } from '../../src/gpu/device.ts'
import { createHasher, type Hasher } from '../../src/gpu/hasher.ts'
import { WasmHasher } from '../../src/gpu/wasm.ts'
import { WebGpuHasher } from '../../src/gpu/webgpu.ts'
import type { Field } from '../field.ts'
import { type Case, Missing, type Runner } from '../harness.ts'
import { hashWasm, jsSha3, noble } from '../rivals/hashes.ts'
import { Sample } from './batches.ts'
import type { CaseEntry } from './case.ts'

/** Batches on the GPU, in messages. */
const SIZES = [16, 256, 1024, 4096, 16_384, 65_536]
const MESSAGES = 4096
/** Of messages: a mapping's key, and a branch node of a trie. */
const LENGTHS = [64, 532]
/** And the others: a storage key, a block of the sponge, a piece of code. */
const MORE_LENGTHS = [32, 136, 1024]
const MOST = 65_536

/** The backends, made when the first case needs them. */
export class HashBackends {
  readonly module: WebAssembly.Module
  #core: Promise<CoreExports> | undefined
  #wasm: Promise<WasmHasher> | undefined
  #gpu: Promise<WebGpuHasher> | undefined
  #timed: Promise<WebGpuHasher> | undefined
  #auto: Promise<Hasher> | undefined

  constructor(module: WebAssembly.Module) {
    this.module = module
  }

  core(): Promise<CoreExports> {
    this.#core ??= WebAssembly.instantiate(this.module, {}).then(({ exports }) => exports as unknown as CoreExports)
    return this.#core
  }

  wasm(): Promise<WasmHasher> {
    this.#wasm ??= this.core().then(core => new WasmHasher(core))
    return this.#wasm
  }

  /** Throws a Missing where there is no adapter. */
  gpu(): Promise<WebGpuHasher> {
    this.#gpu ??= WebGpuHasher.create().catch(missing)
    return this.#gpu
  }

  /** The same with the kernels timed. Throws a Missing where the adapter has no timestamps. */
  timed(): Promise<WebGpuHasher> {
    this.#timed ??= WebGpuHasher.create({ timed: true }).catch(missing)
    return this.#timed.then(gpu => {
      if (gpu.adapter.features.includes('timestamp-query')) return gpu
      throw new Missing(`${gpu.adapter.name} has no timestamp-query`)
    })
  }

  /** `auto` with a GPU to choose, be it a software adapter. Throws a Missing where there is none. */
  async auto(): Promise<Hasher> {
    this.#auto ??= createHasher({ core: this.module, software: true })
    const hasher = await this.#auto
    if (hasher.backend.name !== 'auto') throw new Missing(hasher.reason)
    return hasher
  }

  /** What is known of the adapter. Throws a Missing where there is none. */
  async adapter(): Promise<AdapterFacts> {
    const found = await findAdapter().catch(missing)
    if (!found) throw new Missing(await absence())
    return factsOf(found)
  }

  /** Gives the devices back. */
  async close(): Promise<void> {
    const made = await Promise.allSettled([this.#gpu, this.#timed, this.#auto?.then(({ backend }) => backend)])
    for (const end of made) if (end.status === 'fulfilled') end.value?.close()
  }
}

function missing(error: unknown): never {
  throw error instanceof GpuError && error.code === 'GPU_ABSENT' ? new Missing(error.shortMessage) : error
}

function backendRunner(name: string, backend: HashBackend, sample: Sample): Runner {
  return {
    prepare: () => sample.clear(),
    run: async () => void (await backend.hash(sample.batch)),
    verify: () => sample.verify(name),
  }
}

/** What counts of a run is the kernel. */
function kernelRunner(gpu: WebGpuHasher, sample: Sample): Runner {
  return {
    prepare: () => sample.clear(),
    run: async () => (await gpu.hash(sample.batch)).kernelMs,
    verify: () => sample.verify('webgpu'),
  }
}

/** The core, one message per call. */
function singleRunner(core: CoreExports, sample: Sample): Runner {
  const { jobs, count } = sample.batch as MessageBatch
  const list = new Uint32Array(core.memory.buffer, jobs, count * JOB.words)
  return {
    prepare: () => sample.clear(),
    run: () => {
      for (let at = 0; at < list.length; at += JOB.words) {
        core.weft_keccak(list[at + JOB.digest]!, list[at + JOB.input]!, list[at + JOB.length]!)
      }
    },
    verify: () => sample.verify('core'),
  }
}

/** The cases of group `hash` by length: in WASM. */
export function hashCases(backends: HashBackends, field: Field): CaseEntry[] {
  const single: Make = async sample => singleRunner(await backends.core(), sample)
  return [
    hashCase(backends, field, { name: 'wasm.64-bytes.single', make: single }),
    ...LENGTHS.map(length => hashCase(backends, field, { name: `wasm.${length}-bytes`, length })),
  ]
}

/** More of group `hash`: other lengths, and batches of several sizes. */
export function moreHashCases(backends: HashBackends, field: Field): CaseEntry[] {
  return [
    ...MORE_LENGTHS.map(length => hashCase(backends, field, { name: `wasm.${length}-bytes`, length })),
    ...SIZES.map(count => hashCase(backends, field, { name: `batch.${count}`, count })),
  ]
}

type Make = (sample: Sample) => Promise<Runner>

function hashCase(
  backends: HashBackends,
  field: Field,
  { name, count = MESSAGES, length = 64, make }: { name: string; count?: number; length?: number; make?: Make },
): CaseEntry {
  const batch: Make = async sample => backendRunner('wasm', await backends.wasm(), sample)
  return {
    name: `hash.${name}`,
    group: 'hash',
    load: async () => {
      const sample = new Sample(await backends.wasm(), 'messages', count, length)
      const rivals = await field.take({
        'hash-wasm': () => hashWasm(sample),
        '@noble/hashes': () => noble(sample),
        'js-sha3': () => jsSha3(sample),
      })
      return { gas: 0, items: count, ours: await (make ?? batch)(sample), rivals, close: () => sample.free() }
    },
  }
}

/** The cases of group `gpu`. */
export function gpuCases(backends: HashBackends, field: Field): CaseEntry[] {
  const entry = (name: string, load: () => Promise<Case>): CaseEntry => ({ name: `hash.${name}`, group: 'gpu', load })
  return [
    ...SIZES.map(count =>
      entry(`gpu.${count}`, async () => {
        const [core, gpu] = await Promise.all([backends.wasm(), backends.gpu()])
        const sample = new Sample(core, 'messages', count)
        const libraries = await field.take(count === MESSAGES ? { '@noble/hashes': () => noble(sample) } : {})
        const rivals = { wasm: backendRunner('wasm', core, sample), ...libraries }
        return { gas: 0, items: count, ours: backendRunner('webgpu', gpu, sample), rivals, close: () => sample.free() }
      }),
    ),
    ...(['messages', 'keys', 'chains'] as const).map(kernel =>
      entry(`kernel.${kernel}`, () => kernelCase(backends, kernel)),
    ),
  ]
}

async function kernelCase(backends: HashBackends, kernel: Kernel): Promise<Case> {
  const [core, timed, gpu] = await Promise.all([backends.wasm(), backends.timed(), backends.gpu()])
  const sample = new Sample(core, kernel, MOST)
  const rivals = { 'end to end': backendRunner('webgpu', gpu, sample) }
  return { gas: 0, items: MOST, ours: kernelRunner(timed, sample), rivals, close: () => sample.free() }
}
