// The choice between WASM and GPU: both are measured once per adapter and kernel, and a batch goes to the GPU where that promises
// to be faster. A wrong choice costs time only, and not for long: where the GPU keeps taking longer than WASM would have, batches of
// that size go to WASM from then on. What the device fails at is done over on WASM, and the outcome says so.

import { GpuError } from '../errors.ts'
import { type Batch, type HashBackend, type HashRun, JOB, type Kernel, permutations } from './batch.ts'
import type { WasmHasher } from './wasm.ts'
import type { WebGpuHasher } from './webgpu.ts'

/** What a kernel costs on both backends. */
export interface Cost {
  /** Nanoseconds per permutation. */
  wasmNs: number
  gpuNs: number
  /** Milliseconds that any batch takes on the GPU. */
  gpuMs: number
  /** Permutations from which the GPU is chosen; Infinity: never. */
  crossover: number
}

/** Costs of all kernels on one adapter. */
export type Costs = Record<Kernel, Cost>

const KERNELS: readonly Kernel[] = ['messages', 'keys', 'chains']

/** The GPU has to promise so much less, because both times waver. */
const MARGIN = 0.85
/** A cost is measured anew when it was this many times off, or the inverse, in so many batches of one backend in a row. */
const DRIFT = { factor: 1.6, batches: 4 }
/** What a batch may take longer on the GPU than in WASM, and how many more such batches than others there may be. */
const PATIENCE = { part: 1.05, ms: 0.02, batches: 4 }
/** Shorter runs say nothing of the rate. */
const TELLING_MS = 0.5

const SMALL = 64
const LARGE = 8192
const SLOW_MS = 12

/** Costs by adapter, for all engines of this thread. */
const known = new Map<string, Costs>()

/** The backend `auto` where there is a GPU to choose. */
export class AutoHasher implements HashBackend {
  readonly name = 'auto'
  readonly wasm: WasmHasher
  readonly gpu: WebGpuHasher
  /** What was measured. */
  costs: Costs
  /** Why nothing goes to the GPU any more. */
  failure: GpuError | undefined
  /** Batches in a row on one backend whose time was not as expected. */
  #surprises = 0
  /** Batches that WASM would have done sooner, less those that it would not. */
  readonly #losses: Record<Kernel, number> = { messages: 0, keys: 0, chains: 0 }
  #measuring: Promise<void> | undefined
  readonly #isGiven: boolean

  private constructor(wasm: WasmHasher, gpu: WebGpuHasher, costs: Costs, isGiven: boolean) {
    this.wasm = wasm
    this.gpu = gpu
    this.costs = costs
    this.#isGiven = isGiven
  }

  /** Measures, unless this adapter has been or costs are given. Throws a GpuError when the GPU fails at it. */
  static async create(wasm: WasmHasher, gpu: WebGpuHasher, given?: Costs): Promise<AutoHasher> {
    const { name } = gpu.adapter
    const costs = given ?? known.get(name) ?? (await measure(wasm, gpu))
    if (!given) known.set(name, costs)
    return new AutoHasher(wasm, gpu, costs, given !== undefined)
  }

  hash(batch: Batch): HashRun | Promise<HashRun> {
    if (this.failure || this.#measuring) return this.wasm.hash(batch)
    const cost = this.costs[batch.kind]
    // Most batches are too small by their count alone.
    if (cost.crossover === Number.POSITIVE_INFINITY || batch.count === 0) return this.wasm.hash(batch)
    const work = permutations(batch)
    if (work < cost.crossover) {
      const run = this.wasm.hash(batch)
      this.#observe(run, (work * cost.wasmNs) / 1e6)
      return run
    }
    return this.#onGpu(batch, work)
  }

  close(): void {
    this.gpu.close()
  }

  /** The present measuring, if there is one. */
  settled(): Promise<void> {
    return this.#measuring ?? Promise.resolve()
  }

  async #onGpu(batch: Batch, work: number): Promise<HashRun> {
    const cost = this.costs[batch.kind]
    const start = performance.now()
    try {
      const run = await this.gpu.hash(batch)
      this.#weigh(batch.kind, cost, work, run.ms)
      this.#observe(run, cost.gpuMs + (work * cost.gpuNs) / 1e6)
      return run
    } catch (error) {
      if (!(error instanceof GpuError)) throw error
      // A message that is too long says nothing against the device.
      if (error.code !== 'GPU_LIMIT') this.failure = error
      const { dispatches } = this.wasm.hash(batch)
      return { backend: 'wasm', ms: performance.now() - start, dispatches, redone: error.shortMessage }
    }
  }

  /** Takes batches of this size from the GPU, once it has lost with them for the last time. */
  #weigh(kernel: Kernel, cost: Cost, work: number, ms: number): void {
    if (this.#isGiven) return
    const hasLost = ms > ((work * cost.wasmNs) / 1e6) * PATIENCE.part + PATIENCE.ms
    this.#losses[kernel] = Math.max(0, this.#losses[kernel] + (hasLost ? 1 : -1))
    if (this.#losses[kernel] < PATIENCE.batches) return
    this.#losses[kernel] = 0
    cost.crossover = Math.max(cost.crossover, 2 * work)
  }

  /** Measures again when times are steadily not what was measured: other work came or went, or the code became hot. */
  #observe({ ms }: HashRun, expectedMs: number): void {
    if (this.#isGiven || Math.max(ms, expectedMs) < TELLING_MS) return
    const ratio = ms / expectedMs
    const isSurprise = ratio > DRIFT.factor || ratio < 1 / DRIFT.factor
    this.#surprises = isSurprise ? this.#surprises + 1 : 0
    if (this.#surprises < DRIFT.batches) return
    this.#surprises = 0
    this.#measuring = measure(this.wasm, this.gpu)
      .then(costs => {
        this.costs = costs
        known.set(this.gpu.adapter.name, costs)
      })
      .catch(error => {
        this.failure =
          error instanceof GpuError ? error : new GpuError('GPU_INVALID', 'measuring failed', { cause: error })
      })
      .finally(() => {
        this.#measuring = undefined
      })
  }
}

/** Costs of all kernels, in some ten milliseconds. Throws what the GPU throws. */
async function measure(wasm: WasmHasher, gpu: WebGpuHasher): Promise<Costs> {
  const costs: Partial<Costs> = {}
  const address = wasm.allocate(SAMPLE_BYTES)
  try {
    for (const kernel of KERNELS) costs[kernel] = await measureKernel(wasm, gpu, kernel, address)
  } finally {
    wasm.free(address)
  }
  return costs as Costs
}

async function measureKernel(wasm: WasmHasher, gpu: WebGpuHasher, kernel: Kernel, at: number): Promise<Cost> {
  const [small, large] = [sample(wasm, kernel, SMALL, at), sample(wasm, kernel, LARGE, at)]
  // A device that has not worked for a while, and one that is not known, is given short dispatches.
  for (const warm of [small, large, large]) await gpu.hash(warm)
  const wasmMs = await medianOf(() => wasm.hash(large), 5)
  const gpuMs = await medianOf(() => gpu.hash(small), 7)
  const largeMs = await medianOf(() => gpu.hash(large), 5)
  const wasmNs = (wasmMs * 1e6) / LARGE
  const gpuNs = Math.max(0, ((largeMs - gpuMs) * 1e6) / (LARGE - SMALL))
  const gain = wasmNs * MARGIN - gpuNs
  const promised = gain > 0 ? Math.ceil((gpuMs * 1e6) / gain) : Number.POSITIVE_INFINITY
  const hasWon = async (count: number): Promise<boolean> => {
    const batch = sample(wasm, kernel, count, at)
    const gpuMs = await medianOf(() => gpu.hash(batch), 7)
    return gpuMs < MARGIN * (await medianOf(() => wasm.hash(batch), 5))
  }
  return { wasmNs, gpuNs, gpuMs, crossover: await firstWin(promised, hasWon) }
}

/**
 * The size from which the GPU wins, at or above the one that a straight line through two sizes promises: a device that shares cores
 * with this thread, or clocks down, is slower in between. Beyond the largest sample the line is all there is.
 */
async function firstWin(promised: number, hasWon: (count: number) => Promise<boolean>): Promise<number> {
  if (promised > LARGE) return promised
  for (let count = promised; count < LARGE; count *= 2) if (await hasWon(count)) return count
  return (await hasWon(LARGE)) ? LARGE : Number.POSITIVE_INFINITY
}

/** Median milliseconds of some runs; fewer where one is long. */
async function medianOf(run: () => HashRun | Promise<HashRun>, times: number): Promise<number> {
  const ms: number[] = []
  for (let i = 0; i < times; i++) {
    ms.push((await run()).ms)
    if (ms[i]! > SLOW_MS) break
  }
  return ms.sort((a, b) => a - b)[ms.length >> 1]!
}

const MESSAGE_BYTES = 100
/** Jobs, messages and digests. */
const SAMPLE_BYTES = LARGE * (12 + MESSAGE_BYTES + 32)

/** A batch of some messages in the core's memory. What the messages are does not matter. */
function sample(wasm: WasmHasher, kernel: Kernel, count: number, at: number): Batch {
  const { memory } = wasm
  const input = at + LARGE * 12
  const output = input + LARGE * MESSAGE_BYTES
  if (kernel === 'keys') return { kind: 'keys', memory, input, size: 32, count, output }
  if (kernel === 'chains') return { kind: 'chains', memory, input, depth: 1, count, output }
  const jobs = new Uint32Array(memory.buffer, at, count * JOB.words)
  for (let i = 0; i < count; i++) {
    jobs[i * JOB.words + JOB.input] = input + i * MESSAGE_BYTES
    jobs[i * JOB.words + JOB.length] = MESSAGE_BYTES
    jobs[i * JOB.words + JOB.digest] = output + i * 32
  }
  return { kind: 'messages', memory, jobs: at, count }
}
