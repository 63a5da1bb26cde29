// From options to a hash backend.

import type { HashExports } from '../abi.ts'
import type { WasmSource } from '../core/load.ts'
import { GpuError } from '../errors.ts'
import { AutoHasher, type Costs } from './auto.ts'
import { checkHashOption, type HashBackend, type HashOption } from './batch.ts'
import { type AdapterFacts, type AdapterOptions, absence, factsOf, findAdapter } from './device.ts'
import { WasmHasher } from './wasm.ts'
import { WebGpuHasher } from './webgpu.ts'

/** Options of `createHasher`. */
export interface HasherOptions extends AdapterOptions {
  /** `auto` (default) takes what promises to be faster; another choice is never replaced: where it cannot be, it is an error. */
  hash?: HashOption
  /** The core whose memory holds the batches, or where to load one from. Default: the packaged build. */
  core?: HashExports | WasmSource
  /**
   * Whether `auto` may choose a software adapter. Default: false, because such a one computes on the cores that threads execute
   * blocks on, and its speed is no property of a GPU.
   */
  software?: boolean
  /** What was measured before (`Hasher.costs`): taken as it is, and nothing is measured. */
  costs?: Costs
}

/** A backend, and what is to be said of the choice. */
export interface Hasher {
  backend: HashBackend
  /** The backend that batches in the memory of the core can always go to. */
  wasm: WasmHasher
  /** What the choice fell on, and why, in one sentence. */
  reason: string
  adapter?: AdapterFacts
  costs?: Costs
}

/** Makes a hash backend. Throws a GpuError when `webgpu` is asked for and cannot be had. */
export async function createHasher(options: HasherOptions = {}): Promise<Hasher> {
  const { hash = 'auto', core } = options
  checkHashOption(hash)
  const wasm = isExports(core) ? new WasmHasher(core) : await WasmHasher.create(core)
  if (hash === 'wasm') return { backend: wasm, wasm, reason: 'it was asked for' }
  if (hash === 'webgpu') {
    const backend = await WebGpuHasher.create(options)
    return { backend, wasm, reason: 'it was asked for', adapter: backend.adapter }
  }
  try {
    return await choose(wasm, options)
  } catch (error) {
    if (!(error instanceof GpuError)) throw error
    return { backend: wasm, wasm, reason: error.shortMessage }
  }
}

/** `auto`: a GPU where there is one. */
async function choose(wasm: WasmHasher, options: HasherOptions): Promise<Hasher> {
  const found = await findAdapter(options)
  if (!found) return { backend: wasm, wasm, reason: await absence() }
  const adapter = factsOf(found)
  if (adapter.software && options.software !== true) {
    return { backend: wasm, wasm, reason: `the only adapter is ${adapter.name}`, adapter }
  }
  const gpu = await WebGpuHasher.create(options)
  try {
    const backend = await AutoHasher.create(wasm, gpu, options.costs)
    return { backend, wasm, reason: 'large batches go to the GPU, small ones to WASM', adapter, costs: backend.costs }
  } catch (error) {
    gpu.close()
    throw error
  }
}

function isExports(core: HasherOptions['core']): core is HashExports {
  return typeof core === 'object' && 'weft_keccak_batch' in core
}
