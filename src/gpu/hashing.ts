// Where the hashes of blocks are made. A core that is told so (OPTION_HASH) offers its large batches instead of making them; here they
// are sent to the backend that was asked for, and what became of them is kept. Small ones never leave the core.

import * as abi from '../abi.ts'
import { instantiateHashing } from '../core/apart.ts'
import type { Core, HashRequest } from '../core/core.ts'
import { InputError } from '../errors.ts'
import type { AutoHasher, Costs } from './auto.ts'
import type { Batch, HashBackend, HashOption, HashRun } from './batch.ts'
import type { AdapterOptions } from './device.ts'
import type { Hasher } from './hasher.ts'
import type { WebGpuHasher } from './webgpu.ts'

/** What hashes are for, in the order of PURPOSE_*. */
const PURPOSES = ['codes', 'binding', 'transactions', 'receipts', 'withdrawals', 'state keys', 'state nodes'] as const

/** What hashes are for. */
export type HashPurpose = (typeof PURPOSES)[number]

/** Hashes for one purpose that one backend made. */
export interface HashWork {
  purpose: HashPurpose
  /** `core`: batches too small to leave it, made where they came up; their time is in that of the block. */
  backend: 'core' | 'wasm' | 'webgpu'
  /** Batches that left the core. */
  batches: number
  messages: number
  /** Permutations of Keccak-f: one per 136 bytes of a message. */
  permutations: number
  /** Milliseconds from request to last digest. */
  ms: number
  /** Why `auto` did a batch over on WASM that it had given to the GPU. */
  redone?: string
}

/** Where the hashes of a block were made. */
export interface HashMetrics {
  asked: HashOption
  /** Why it was done so, in one sentence. */
  reason: string
  /** The GPU that was asked; its name says when it is software. */
  adapter?: string
  work: HashWork[]
}

/** How batches are sent, where not as usual. For tests and benchmarks. */
export interface HashingSettings extends AdapterOptions {
  /** Permutations from which on the core offers a batch. */
  least?: number
  /** Milliseconds of hashing before `auto` looks for a GPU. */
  worthMs?: number
  /** As in HasherOptions. */
  software?: boolean
  costs?: Costs
}

/** What a `Hashing` is made of. */
export interface HashingOptions {
  /** The compiled core, of any build; default: the packaged one, loaded when it is needed. */
  module?: WebAssembly.Module
  settings?: HashingSettings
}

/** Batches of so many permutations leave the core: 0.06 ms of work, of which a suspended run is a few percent. */
const LEAST = 256
/**
 * `auto` looks for a GPU when so much time has gone into batches that one might have taken. To load the package, open a device, compile
 * kernels and measure takes about as long, so at worst it costs as much again as was spent; and who hashes less never pays for it.
 */
const WORTH_MS = 500
/** Smaller batches count for nothing there: a device takes 0.1 ms and more to answer, in which WASM makes half of one. */
const TELLING = 4096

/** The hash backend of an engine, whatever core it has. */
export class Hashing {
  readonly option: HashOption
  readonly #module: WebAssembly.Module | undefined
  readonly #settings: HashingSettings
  #spentMs = 0
  /** What `auto` found when it looked. */
  #auto: Hasher | undefined
  #gpu: WebGpuHasher | undefined

  constructor(option: HashOption, { module, settings = {} }: HashingOptions = {}) {
    this.option = option
    this.#module = module
    this.#settings = settings
  }

  /** Makes ready for a block. Throws a GpuError where `webgpu` is asked for and cannot be had. */
  async open(): Promise<void> {
    if (this.option !== 'webgpu' || (this.#gpu && !this.#gpu.failure)) return
    const { WebGpuHasher } = await import('./webgpu.ts')
    this.#gpu = await WebGpuHasher.create(this.#settings)
  }

  /** Permutations from which on the core is to offer a batch (OPTION_HASH). What is asked of a GPU explicitly is all of it. */
  get least(): number {
    if (this.#settings.least !== undefined) return this.#settings.least
    if (this.option === 'webgpu') return 1
    const crossovers = Object.values(this.#choice?.costs ?? {}).map(({ crossover }) => crossover)
    return Math.min(LEAST, ...crossovers)
  }

  /** `auto` where it has a choice. */
  get #choice(): AutoHasher | undefined {
    const backend = this.#auto?.backend
    return backend?.name === 'auto' ? (backend as AutoHasher) : undefined
  }

  /** Makes the digests that the core waits for. Throws a GpuError where `webgpu` fails. A promise only where something is waited for. */
  hash(core: Core, log: HashLog): void | Promise<void> {
    const request = core.hashRequest()
    const backend = this.#backendFor(request)
    if (!backend) return this.#inCore(core, request, log)
    const run = backend.hash(batchOf(core, request))
    if (!(run instanceof Promise)) log.add(request, run)
    else return run.then(made => log.add(request, made))
  }

  /** Gives devices back. */
  close(): void {
    this.#gpu?.close()
    this.#auto?.backend.close()
    this.#gpu = undefined
    this.#auto = undefined
  }

  /** The device, where there is one; for tests. */
  get device(): GPUDevice | undefined {
    return (this.#gpu ?? this.#choice?.gpu)?.device
  }

  /** Of an engine's choice, what can be had without waiting: WASM. Throws an InputError where a GPU was asked for. */
  static atOnce(option: HashOption): Hashing {
    if (option !== 'webgpu') return new Hashing('wasm')
    const expected = 'wasm or auto for a synchronous call: a GPU has to be waited for'
    throw new InputError({ field: 'hash', expected, found: option })
  }

  /** What there is to say of a block. */
  metrics(core: Core, log: HashLog): HashMetrics {
    const adapter = this.#gpu?.adapter ?? this.#auto?.adapter
    return {
      asked: this.option,
      reason: this.#reason,
      ...(adapter && { adapter: adapter.name }),
      work: log.with(core.ownHashes()),
    }
  }

  get #reason(): string {
    if (this.option !== 'auto') return 'it was asked for'
    if (!this.#auto) return 'there was too little to hash for a GPU to be looked for'
    const failure = this.#choice?.failure
    return failure ? `the GPU failed: ${failure.shortMessage}` : this.#auto.reason
  }

  /** The GPU, where the batch is to go there. */
  #backendFor({ kind, purpose, permutations }: HashRequest): HashBackend | undefined {
    if (this.option === 'webgpu') return this.#gpu
    const choice = this.#choice
    // A code is hashed block after block, by one invocation of the kernel: a device has little to share out.
    if (!choice || choice.failure || purpose === abi.PURPOSE_CODES) return undefined
    return permutations >= choice.costs[kind].crossover ? choice : undefined
  }

  #inCore(core: Core, request: HashRequest, log: HashLog): void | Promise<void> {
    const start = performance.now()
    core.hash(request)
    const ms = performance.now() - start
    log.add(request, { backend: 'wasm', ms, dispatches: 0 })
    if (this.option !== 'auto' || this.#auto || request.permutations < (this.#settings.least ?? TELLING)) return
    this.#spentMs += ms
    if (this.#spentMs >= (this.#settings.worthMs ?? WORTH_MS)) return this.#look()
  }

  /** Looks for a GPU. It has a core of its own to measure against: that of the engine is in the middle of a run. */
  async #look(): Promise<void> {
    const { createHasher } = await import('./hasher.ts')
    const core = this.#module && (await instantiateHashing(this.#module))
    this.#auto = await createHasher({ ...this.#settings, hash: 'auto', ...(core && { core }) })
  }
}

function batchOf({ memory }: Core, { kind, input, count, size, output }: HashRequest): Batch {
  if (kind === 'messages') return { kind, memory, jobs: input, count }
  return { kind, memory, input, size: size === 20 ? 20 : 32, count, output }
}

/** What became of the batches of one block. */
export class HashLog {
  readonly #work: HashWork[] = []

  /** A batch that left the core. */
  add({ purpose, count, permutations }: HashRequest, { backend, ms, redone }: HashRun): void {
    const work = this.#find(PURPOSES[purpose]!, backend)
    work.batches++
    work.messages += count
    work.permutations += permutations
    work.ms += ms
    if (redone !== undefined) work.redone = redone
  }

  /** All of it, with what the core made itself, ordered by purpose. */
  with(own: ReturnType<Core['ownHashes']>): HashWork[] {
    const inCore = own
      .filter(({ messages }) => messages > 0)
      .map(({ purpose, messages, permutations }): HashWork => {
        return { purpose: PURPOSES[purpose]!, backend: 'core', batches: 0, messages, permutations, ms: 0 }
      })
    const place = ({ purpose }: HashWork): number => PURPOSES.indexOf(purpose)
    return [...inCore, ...this.#work].sort((a, b) => place(a) - place(b))
  }

  #find(purpose: HashPurpose, backend: HashRun['backend']): HashWork {
    const found = this.#work.find(work => work.purpose === purpose && work.backend === backend)
    if (found) return found
    const work: HashWork = { purpose, backend, batches: 0, messages: 0, permutations: 0, ms: 0 }
    this.#work.push(work)
    return work
  }
}
