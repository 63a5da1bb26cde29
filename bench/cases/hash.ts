// Hashing in bulk, in both backends, against libraries and against each other. Every run is checked against @noble/hashes.
//
//   hash.wasm.*   the core against hash-wasm and @noble/hashes; `single`: one message per call, as hash-wasm does
//   hash.gpu.*    WebGPU against the core, and against @noble/hashes at one size
//   hash.auto.*   `auto` against the core: what the choice costs and gains. A software adapter may be chosen here.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { createKeccak } from 'hash-wasm'
import type { CoreExports } from '../../src/abi.ts'
import type { HashBackend, MessageBatch } from '../../src/gpu/batch.ts'
import { createHasher, type Hasher } from '../../src/gpu/hasher.ts'
import { WasmHasher } from '../../src/gpu/wasm.ts'
import { WebGpuHasher } from '../../src/gpu/webgpu.ts'
import { hexOf } from '../../src/input/hex.ts'
import type { Case, Runner } from '../harness.ts'
import { type CaseEntry, demand } from './case.ts'

/** Batches on the GPU, in messages. */
const SIZES = [16, 256, 1024, 4096, 16_384, 65_536]
const MESSAGES = 4096

/** The backends, made when the first case needs them. */
export class HashBackends {
  readonly #module: WebAssembly.Module
  #core: Promise<CoreExports> | undefined
  #wasm: Promise<WasmHasher> | undefined
  #gpu: Promise<WebGpuHasher> | undefined
  #auto: Promise<Hasher> | undefined

  constructor(module: WebAssembly.Module) {
    this.#module = module
  }

  core(): Promise<CoreExports> {
    this.#core ??= WebAssembly.instantiate(this.#module, {}).then(({ exports }) => exports as unknown as CoreExports)
    return this.#core
  }

  wasm(): Promise<WasmHasher> {
    this.#wasm ??= this.core().then(core => new WasmHasher(core))
    return this.#wasm
  }

  gpu(): Promise<WebGpuHasher> {
    this.#gpu ??= WebGpuHasher.create()
    return this.#gpu
  }

  auto(): Promise<Hasher> {
    this.#auto ??= createHasher({ core: this.#module, software: true })
    return this.#auto
  }

  /** Gives the devices back. */
  async close(): Promise<void> {
    const made = await Promise.allSettled([this.#gpu, this.#auto?.then(({ backend }) => backend)])
    for (const end of made) if (end.status === 'fulfilled') end.value?.close()
  }
}

/** Messages of one length in the core's memory, and what their digests are. */
class Messages {
  readonly batch: MessageBatch
  readonly #input: number
  readonly #output: number
  readonly #length: number

  constructor(
    { memory, allocate }: { memory: WebAssembly.Memory; allocate: (bytes: number) => number },
    count: number,
    length: number,
  ) {
    const jobs = allocate(count * (12 + length + 32))
    this.#input = jobs + count * 12
    this.#output = this.#input + count * length
    this.#length = length
    const list = new Uint32Array(memory.buffer, jobs, count * 3)
    for (let i = 0; i < count; i++) list.set([this.#input + i * length, length, this.#output + i * 32], i * 3)
    const bytes = new Uint8Array(memory.buffer, this.#input, count * length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 2_654_435_761) >>> 13
    this.batch = { kind: 'messages', memory, jobs, count }
  }

  message(i: number): Uint8Array {
    return new Uint8Array(this.batch.memory.buffer, this.#input + i * this.#length, this.#length)
  }

  /** Overwrites all digests. */
  clear(): void {
    new Uint8Array(this.batch.memory.buffer, this.#output, this.batch.count * 32).fill(0)
  }

  /** Holds some digests against the oracle. */
  verify(engine: string): void {
    const { count, memory } = this.batch
    for (const i of [0, count >> 1, count - 1]) {
      const digest = new Uint8Array(memory.buffer, this.#output + i * 32, 32)
      demand(engine, `digest ${i}`, hexOf(keccak_256(this.message(i))), hexOf(digest))
    }
  }
}

function messagesIn(core: WasmHasher, count: number, length: number): Messages {
  return new Messages({ memory: core.memory, allocate: bytes => core.allocate(bytes) }, count, length)
}

function backendRunner(name: string, backend: HashBackend, messages: Messages): Runner {
  return {
    prepare: () => messages.clear(),
    run: () => backend.hash(messages.batch),
    verify: () => messages.verify(name),
  }
}

/** A library that makes one digest per call. */
function libraryRunner(name: string, messages: Messages, hash: (message: Uint8Array) => Uint8Array): Runner {
  // Views are made before the time, as they are there in any program that hashes them.
  const inputs = Array.from({ length: messages.batch.count }, (_, i) => messages.message(i))
  let last = new Uint8Array(0)
  return {
    prepare: () => {},
    run: () => {
      for (const input of inputs) last = hash(input) as Uint8Array<ArrayBuffer>
    },
    verify: () => demand(name, 'last digest', hexOf(keccak_256(inputs.at(-1)!)), hexOf(last)),
  }
}

/** The core, one message per call. */
function singleRunner(core: CoreExports, messages: Messages): Runner {
  const { jobs, count } = messages.batch
  const list = new Uint32Array(core.memory.buffer, jobs, count * 3)
  return {
    prepare: () => messages.clear(),
    run: () => {
      for (let at = 0; at < list.length; at += 3) core.weft_keccak(list[at + 2]!, list[at]!, list[at + 1]!)
    },
    verify: () => messages.verify('core'),
  }
}

async function hashWasm(messages: Messages): Promise<Runner> {
  const keccak = await createKeccak(256)
  return libraryRunner('hash-wasm', messages, message => keccak.init().update(message).digest('binary'))
}

/** The cases of group `hash`. `hasGpu`: there is an adapter; without one only those in WASM. */
export function hashCases(backends: HashBackends, hasGpu: boolean): CaseEntry[] {
  const entry = (name: string, load: () => Promise<Case>): CaseEntry => ({ name: `hash.${name}`, group: 'hash', load })
  const inWasm = [64, 532].flatMap(length => [
    entry(`wasm.${length}-bytes`, async () => {
      const core = await backends.wasm()
      const messages = messagesIn(core, MESSAGES, length)
      const ours = backendRunner('wasm', core, messages)
      return { gas: 0, items: MESSAGES, ours, theirs: await hashWasm(messages), note: () => 'hash-wasm' }
    }),
  ])
  const single = entry('wasm.64-bytes.single', async () => {
    const [core, hasher] = await Promise.all([backends.core(), backends.wasm()])
    const messages = messagesIn(hasher, MESSAGES, 64)
    const ours = singleRunner(core, messages)
    return { gas: 0, items: MESSAGES, ours, theirs: await hashWasm(messages), note: () => 'hash-wasm' }
  })
  const noble = entry('wasm.64-bytes.noble', async () => {
    const core = await backends.wasm()
    const messages = messagesIn(core, MESSAGES, 64)
    const theirs = libraryRunner('noble', messages, keccak_256)
    return { gas: 0, items: MESSAGES, ours: backendRunner('wasm', core, messages), theirs, note: () => '@noble/hashes' }
  })
  if (!hasGpu) return [single, ...inWasm, noble]
  return [
    single,
    ...inWasm,
    noble,
    entry('gpu.4096.noble', async () => {
      const [core, gpu] = await Promise.all([backends.wasm(), backends.gpu()])
      const messages = messagesIn(core, MESSAGES, 64)
      const theirs = libraryRunner('noble', messages, keccak_256)
      const note = (): string => `@noble/hashes; ${gpu.adapter.name}`
      return { gas: 0, items: MESSAGES, ours: backendRunner('webgpu', gpu, messages), theirs, note }
    }),
    ...SIZES.map(count =>
      entry(`gpu.${count}`, async () => {
        const [core, gpu] = await Promise.all([backends.wasm(), backends.gpu()])
        const messages = messagesIn(core, count, 64)
        const theirs = backendRunner('wasm', core, messages)
        const note = (): string => `the core; ${gpu.adapter.name}`
        return { gas: 0, items: count, ours: backendRunner('webgpu', gpu, messages), theirs, note }
      }),
    ),
    ...SIZES.map(count =>
      entry(`auto.${count}`, async () => {
        const { backend, wasm, costs } = await backends.auto()
        const messages = messagesIn(wasm, count, 64)
        const theirs = backendRunner('wasm', wasm, messages)
        const note = (): string => `the core; GPU from ${costs?.messages.crossover ?? 'no'} on`
        return { gas: 0, items: count, ours: backendRunner('auto', backend, messages), theirs, note }
      }),
    ),
  ]
}
