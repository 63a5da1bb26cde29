// The device's own clock: how long kernels take without packing, upload and read-back. Only where a hasher was asked to measure, since
// timestamps cost a resolve and a second read-back per submission, and browsers round them.

import type { Device } from './device.ts'

// GPUBufferUsage and GPUMapMode, which Node has no globals for.
const MAP_READ = 0x0001
const COPY_SRC = 0x0004
const COPY_DST = 0x0008
const QUERY_RESOLVE = 0x0200
const MODE_READ = 1

/** Two timestamps per dispatch; no query set holds more than 4096. */
const DISPATCHES = 2048
const BYTES = DISPATCHES * 2 * 8

/** Timestamps around the dispatches of one submission at a time. */
export class KernelClock {
  readonly #set: GPUQuerySet
  readonly #resolved: GPUBuffer
  readonly #result: GPUBuffer
  #dispatches = 0

  private constructor({ gpu }: Device) {
    this.#set = gpu.createQuerySet({ type: 'timestamp', count: 2 * DISPATCHES })
    this.#resolved = gpu.createBuffer({ label: 'timestamps', size: BYTES, usage: QUERY_RESOLVE | COPY_SRC })
    this.#result = gpu.createBuffer({ label: 'times', size: BYTES, usage: MAP_READ | COPY_DST })
  }

  /** Undefined where the device has no timestamps. */
  static of(device: Device): KernelClock | undefined {
    return device.gpu.features.has('timestamp-query') ? new KernelClock(device) : undefined
  }

  /** Starts over, with so many dispatches to come; more than 2048 are not timed. */
  begin(dispatches: number): void {
    this.#dispatches = dispatches <= DISPATCHES ? dispatches : 0
  }

  /** What a pass has to be told to be timed as dispatch `i`. */
  pass(i: number): GPUComputePassDescriptor {
    if (i >= this.#dispatches) return {}
    const timestampWrites = { querySet: this.#set, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 }
    return { timestampWrites }
  }

  /** To be called on the encoder of the last dispatch, behind it. */
  end(encoder: GPUCommandEncoder): void {
    if (this.#dispatches === 0) return
    encoder.resolveQuerySet(this.#set, 0, 2 * this.#dispatches, this.#resolved, 0)
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#result, 0, this.#dispatches * 16)
  }

  /** Milliseconds of the dispatches together; undefined where they were not timed. */
  async read(): Promise<number | undefined> {
    const size = this.#dispatches * 16
    if (size === 0) return undefined
    await this.#result.mapAsync(MODE_READ, 0, size)
    const times = new BigUint64Array(this.#result.getMappedRange(0, size))
    let nanoseconds = 0n
    for (let i = 0; i < times.length; i += 2) {
      // Devices may reset their clock between two readings; then this dispatch counts as nothing.
      if (times[i + 1]! > times[i]!) nanoseconds += times[i + 1]! - times[i]!
    }
    this.#result.unmap()
    return Number(nanoseconds) / 1e6
  }
}
