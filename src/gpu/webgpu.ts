// Hashing on a GPU. A batch goes to the device in pieces that its limits allow, through two slots: while one is on the device, the
// next is packed. Every dispatch is short, so that no watchdog takes the device away and no page stands still.

import { GpuError } from '../errors.ts'
import {
  type Batch,
  type ChainBatch,
  checkBatch,
  type HashBackend,
  type HashRun,
  JOB,
  jobsOf,
  type KeyBatch,
  type MessageBatch,
  strideOf,
} from './batch.ts'
import { type AdapterFacts, type AdapterOptions, type Device, failureOf, guarded, openDevice } from './device.ts'
import { compileKernels, type KernelFile, type Pipeline, WORKGROUP } from './kernels.ts'
import { LONGEST_MESSAGE, Piece, type PieceLimits, scatter } from './pack.ts'
import { type Dispatch, Slot } from './slot.ts'

/** Limits of a device that batches are split by. */
export interface DeviceLimits {
  maxStorageBufferBindingSize: number
  maxComputeWorkgroupsPerDimension: number
}

/** Options of `WebGpuHasher.create`. */
export interface WebGpuOptions extends AdapterOptions {
  /** Lower limits than the device's own. */
  limits?: Partial<DeviceLimits>
  /** Times kernels by the device's clock (`HashRun.kernelMs`): for measurements, as it costs a little. */
  timed?: boolean
}

const MIB = 2 ** 20
/** Enough for a device to be busy, and small enough that packing and device overlap. */
const PIECE: PieceLimits = { bytes: 8 * MIB, jobs: 65_536 }
/** The levels of a trie stay on the device together. */
const LEVELS: PieceLimits = { bytes: 64 * MIB, jobs: 2 ** 20 }

/** Milliseconds that a dispatch is meant to take; the promise is 50. */
const DISPATCH_MS = 15
/** Permutations per millisecond that every device is trusted with before it was measured; SwiftShader on two cores makes 250. */
const FIRST_RATE = 200
/** No pause of the machine makes it less. */
const LEAST_RATE = 50

/** Buffers for a piece, and when they are free again. */
interface Lane {
  slot: Slot
  piece: Piece
  free: Promise<void>
}

/** The backend `webgpu`. Failures are a GpuError; after one of the device the backend is of no more use. */
export class WebGpuHasher implements HashBackend {
  readonly name = 'webgpu'
  readonly #device: Device
  readonly #limits: DeviceLimits
  readonly #lanes: readonly [Lane, Lane]
  readonly #timed: boolean
  #turn = 0
  /** Of the batches under way; only the difference that one batch makes means anything. */
  #kernelMs = 0
  #rate = FIRST_RATE
  #failure: GpuError | undefined

  private constructor(device: Device, kernels: Record<KernelFile, Pipeline>, limits: DeviceLimits, timed: boolean) {
    this.#device = device
    this.#limits = limits
    this.#timed = timed && device.gpu.features.has('timestamp-query')
    const lane = (): Lane => ({ slot: new Slot(device, kernels, timed), piece: new Piece(), free: Promise.resolve() })
    this.#lanes = [lane(), lane()]
  }

  /** Opens a device and compiles the kernels. Throws a GpuError. */
  static async create(options: WebGpuOptions = {}): Promise<WebGpuHasher> {
    const device = await openDevice(options)
    try {
      const kernels = await compileKernels(device)
      const { maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = device.gpu.limits
      const own = { maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension }
      const hasher = new WebGpuHasher(device, kernels, { ...own, ...options.limits }, options.timed === true)
      await hasher.#warmUp()
      return hasher
    } catch (cause) {
      device.close()
      throw await failureOf(device, cause)
    }
  }

  get adapter(): AdapterFacts {
    return this.#device.adapter
  }

  /** Why the backend is of no more use, if so. */
  get failure(): GpuError | undefined {
    return this.#failure ?? this.#device.lost
  }

  /** The device itself, for tests and measurements. */
  get device(): GPUDevice {
    return this.#device.gpu
  }

  async hash(batch: Batch): Promise<HashRun> {
    const start = performance.now()
    checkBatch(batch)
    const failure = this.failure
    if (failure) throw failure
    const before = this.#kernelMs
    const dispatches = batch.kind === 'messages' ? await this.#messages(batch) : await this.#items(batch)
    const ms = performance.now() - start
    return { backend: 'webgpu', ms, dispatches, ...(this.#timed && { kernelMs: this.#kernelMs - before }) }
  }

  close(): void {
    this.#failure ??= new GpuError('GPU_LOST', 'the device was closed')
    this.#device.close()
  }

  /** Runs every kernel once: some drivers compile them only then, which takes up to a second. */
  async #warmUp(): Promise<void> {
    const memory = { buffer: new ArrayBuffer(256) }
    await this.hash({ kind: 'messages', memory, jobs: 0, count: 2, levels: [1, 1] })
    await this.hash({ kind: 'keys', memory, input: 0, size: 32, count: 1, output: 64 })
    await this.hash({ kind: 'chains', memory, input: 0, depth: 1, count: 1, output: 64 })
    this.#rate = FIRST_RATE
  }

  async #messages(batch: MessageBatch): Promise<number> {
    checkLengths(batch, Math.min(LONGEST_MESSAGE, this.#limits.maxStorageBufferBindingSize))
    const { levels = [batch.count] } = batch
    if (levels.length > 1) {
      const dispatches = await this.#levels(batch, levels)
      if (dispatches > 0) return dispatches
    }
    let [dispatches, from] = [0, 0]
    for (const level of levels) {
      dispatches += await this.#level(batch, from, from + level)
      from += level
    }
    return dispatches
  }

  /** The jobs [from, to), none of which needs a digest of another. */
  async #level(batch: MessageBatch, from: number, to: number): Promise<number> {
    const pieces = new Pieces()
    const limits = this.#pieceLimits(PIECE)
    let next = from
    while (next < to && !pieces.failed) {
      await this.#begin(pieces, ({ slot, piece }) => {
        next = piece.fill(new Uint8Array(batch.memory.buffer), jobsOf(batch), next, to, limits, 'blocks')
        return this.#hashPiece(batch, slot, piece, this.#cutByBlocks(piece, 0, piece.count))
      })
    }
    return pieces.end()
  }

  /** All levels in one upload and one read-back; 0 when they do not fit. */
  async #levels(batch: MessageBatch, levels: readonly number[]): Promise<number> {
    const pieces = new Pieces()
    await this.#begin(pieces, async ({ slot, piece }) => {
      const memory = new Uint8Array(batch.memory.buffer)
      if (!piece.fillLevels(memory, jobsOf(batch), levels, this.#pieceLimits(LEVELS))) return 0
      const dispatches: Dispatch[] = []
      let first = 0
      for (const level of levels) {
        const end = first + level
        dispatches.push(...this.#cutByBlocks(piece, first, end))
        // The last level's digests are in no message.
        if (end < piece.count) dispatches.push(...this.#cutEvenly('place', first, end, 0, 1 / 16))
        first = end
      }
      return this.#hashPiece(batch, slot, piece, dispatches)
    })
    return pieces.end()
  }

  async #hashPiece(batch: MessageBatch, slot: Slot, piece: Piece, dispatches: Dispatch[]): Promise<number> {
    const { bytes, records, targets, count } = piece
    const work = piece.blocks.subarray(0, count).reduce((sum, blocks) => sum + blocks, 0)
    await this.#run(slot, dispatches, count * 32, work, () => {
      slot.upload('input', bytes)
      slot.upload('jobs', new Uint8Array(records.buffer, 0, count * JOB.words * 4))
    })
    slot.take(count * 32, digests => scatter(new Uint8Array(batch.memory.buffer), targets, count, digests))
    return dispatches.length
  }

  async #items(batch: KeyBatch | ChainBatch): Promise<number> {
    const stride = strideOf(batch)
    const [parameter, price] = batch.kind === 'keys' ? [batch.size / 4, 1] : [batch.depth, batch.depth]
    const { bytes, jobs } = this.#pieceLimits(PIECE)
    const step = Math.min(jobs, Math.floor(bytes / Math.max(stride.input, stride.output)))
    if (step === 0) throw tooLong(stride.input, bytes)
    const pieces = new Pieces()
    for (let first = 0; first < batch.count && !pieces.failed; first += step) {
      await this.#begin(pieces, async ({ slot }) => {
        const count = Math.min(step, batch.count - first)
        const dispatches = this.#cutEvenly(batch.kind, 0, count, parameter, price)
        const size = count * stride.output
        await this.#run(slot, dispatches, size, count * price, () => {
          slot.upload(
            'input',
            new Uint8Array(batch.memory.buffer, batch.input + first * stride.input, count * stride.input),
          )
        })
        slot.take(size, digests =>
          new Uint8Array(batch.memory.buffer).set(digests, batch.output + first * stride.output),
        )
        return dispatches.length
      })
    }
    return pieces.end()
  }

  /** Takes the lane whose turn it is as soon as it is free, and starts a piece on it. Resolves when it is started. */
  async #begin(pieces: Pieces, start: (lane: Lane) => Promise<number>): Promise<void> {
    const lane = this.#lanes[this.#turn++ % 2]!
    const { free } = lane
    let release = (): void => {}
    lane.free = new Promise(resolve => {
      release = resolve
    })
    await free
    const work = async (): Promise<number> => {
      try {
        return await start(lane)
      } catch (cause) {
        this.#failure ??= await failureOf(this.#device, cause)
        throw this.#failure
      } finally {
        release()
      }
    }
    pieces.add(work())
  }

  /** Uploads, dispatches and waits for `size` bytes of digests. `work`: the permutations, from which the device's rate is learnt. */
  async #run(slot: Slot, dispatches: Dispatch[], size: number, work: number, upload: () => void): Promise<void> {
    if (this.#failure) throw this.#failure
    const start = performance.now()
    const accepted = guarded(this.#device, () => {
      upload()
      slot.submit(dispatches, size)
    })
    await Promise.all([accepted, slot.ready(size)])
    const rate = work / (performance.now() - start)
    if (this.#timed) this.#kernelMs += (await slot.kernelMs()) ?? 0
    // Small pieces say more of the way to the device than of the device.
    if (rate < this.#rate && work < this.#rate * DISPATCH_MS) return
    this.#rate = Math.max(LEAST_RATE, (this.#rate + rate) / 2)
  }

  /** Dispatches over sorted records. */
  #cutByBlocks(piece: Piece, first: number, end: number): Dispatch[] {
    const most = this.#rate * DISPATCH_MS
    const items = this.#limits.maxComputeWorkgroupsPerDimension * WORKGROUP
    const dispatches: Dispatch[] = []
    let [from, sum] = [first, 0]
    for (let i = first; i < end; i++) {
      const blocks = piece.blocks[i]!
      if (i > from && ((sum + blocks > most && (i - from) % WORKGROUP === 0) || i - from === items)) {
        dispatches.push({ kernel: 'messages', first: from, end: i, parameter: 0, cut: true })
        from = i
        sum = 0
      }
      sum += blocks
    }
    if (from < end) dispatches.push({ kernel: 'messages', first: from, end, parameter: 0, cut: true })
    return dispatches
  }

  /** Dispatches over items that take `price` permutations each. */
  #cutEvenly(kernel: KernelFile, first: number, end: number, parameter: number, price: number): Dispatch[] {
    const groups = Math.max(1, Math.floor((this.#rate * DISPATCH_MS) / (price * WORKGROUP)))
    const step = Math.min(groups, this.#limits.maxComputeWorkgroupsPerDimension) * WORKGROUP
    const dispatches: Dispatch[] = []
    for (let from = first; from < end; from += step) {
      dispatches.push({ kernel, first: from, end: Math.min(end, from + step), parameter, cut: kernel !== 'place' })
    }
    return dispatches
  }

  #pieceLimits(most: PieceLimits): PieceLimits {
    const { maxStorageBufferBindingSize: binding } = this.#limits
    return { bytes: Math.min(most.bytes, binding), jobs: Math.min(most.jobs, Math.floor(binding / 32)) }
  }
}

/** The pieces of a batch that are on their way. */
class Pieces {
  readonly #ends: Promise<number>[] = []
  /** One has failed: no more need to be started. */
  failed = false

  add(end: Promise<number>): void {
    this.#ends.push(end)
    end.catch(() => {
      this.failed = true
    })
  }

  /** When all are done: the dispatches of all. */
  async end(): Promise<number> {
    const settled = await Promise.allSettled(this.#ends)
    let dispatches = 0
    for (const end of settled) {
      if (end.status === 'rejected') throw end.reason
      dispatches += end.value
    }
    return dispatches
  }
}

function checkLengths(batch: MessageBatch, most: number): void {
  const jobs = jobsOf(batch)
  for (let at = JOB.length; at < jobs.length; at += JOB.words) {
    if (jobs[at]! > most) throw tooLong(jobs[at]!, most)
  }
}

function tooLong(length: number, most: number): GpuError {
  return new GpuError('GPU_LIMIT', `a message for the GPU expected at most ${most} bytes, got ${length}`)
}
