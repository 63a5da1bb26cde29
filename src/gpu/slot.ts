// One of the two sets of buffers of a device: while the device works on one, the next piece is packed and uploaded into the other.
// Buffers are kept from piece to piece and grow by doubling.

import { KernelClock } from './clock.ts'
import type { Device } from './device.ts'
import { BINDINGS, type KernelFile, type Pipeline, RANGE_STRIDE, WORKGROUP } from './kernels.ts'

// GPUBufferUsage and GPUMapMode, which Node has no globals for.
const MAP_READ = 0x0001
const COPY_SRC = 0x0004
const COPY_DST = 0x0008
const UNIFORM = 0x0040
const STORAGE = 0x0080
const MODE_READ = 1

const USAGES = {
  input: STORAGE | COPY_DST,
  jobs: STORAGE | COPY_DST,
  digests: STORAGE | COPY_SRC,
  ranges: UNIFORM | COPY_DST,
  result: MAP_READ | COPY_DST,
}
type BufferName = keyof typeof USAGES

const BUFFERS: Record<KernelFile, readonly BufferName[]> = {
  messages: ['input', 'jobs', 'digests', 'ranges'],
  place: ['input', 'jobs', 'digests', 'ranges'],
  keys: ['input', 'digests', 'ranges'],
  chains: ['input', 'digests', 'ranges'],
}

const LEAST_BYTES = 65_536

/** A dispatch: a kernel over items [first, end), with a parameter of its own. */
export interface Dispatch {
  kernel: KernelFile
  first: number
  end: number
  parameter: number
  /** Begins a new submission, so that no submission is long. */
  cut: boolean
}

/** Buffers of a device, and what is dispatched over them. */
export class Slot {
  readonly #device: Device
  readonly #kernels: Record<KernelFile, Pipeline>
  readonly #buffers: Partial<Record<BufferName, GPUBuffer>> = {}
  readonly #groups: Partial<Record<KernelFile, GPUBindGroup>> = {}
  readonly #clock: KernelClock | undefined
  #ranges: Uint32Array<ArrayBuffer> = new Uint32Array((16 * RANGE_STRIDE) / 4)

  /** `timed`: kernels are timed by the device's clock, if it has one. */
  constructor(device: Device, kernels: Record<KernelFile, Pipeline>, timed: boolean) {
    this.#device = device
    this.#kernels = kernels
    this.#clock = timed ? KernelClock.of(device) : undefined
  }

  /** Copies bytes (a multiple of 4) to the device. */
  upload(name: 'input' | 'jobs' | 'ranges', bytes: Uint8Array): void {
    const buffer = this.#buffer(name, bytes.length)
    // A view of shared memory is refused by some; then it is copied first.
    const data = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes)
    if (bytes.length > 0) this.#device.gpu.queue.writeBuffer(buffer, 0, data)
  }

  /** Submits dispatches, of which each sees what those before it wrote, and the copy of `size` bytes of digests at their end. */
  submit(dispatches: readonly Dispatch[], size: number): void {
    const { queue } = this.#device.gpu
    this.#buffer('digests', size)
    this.#buffer('result', size)
    this.#uploadRanges(dispatches)
    this.#clock?.begin(dispatches.length)
    let encoder = this.#device.gpu.createCommandEncoder()
    for (const [i, { kernel, first, end, cut }] of dispatches.entries()) {
      if (cut && i > 0) {
        queue.submit([encoder.finish()])
        encoder = this.#device.gpu.createCommandEncoder()
      }
      const pass = encoder.beginComputePass(this.#clock?.pass(i))
      pass.setPipeline(this.#kernels[kernel].pipeline)
      pass.setBindGroup(0, this.#group(kernel), [i * RANGE_STRIDE])
      pass.dispatchWorkgroups(Math.ceil((end - first) / WORKGROUP))
      pass.end()
    }
    this.#clock?.end(encoder)
    encoder.copyBufferToBuffer(this.#buffers.digests!, 0, this.#buffers.result!, 0, size)
    queue.submit([encoder.finish()])
  }

  /** When the digests of the last submit are there. Rejects when the device is lost. */
  ready(size: number): Promise<void> {
    return this.#buffers.result!.mapAsync(MODE_READ, 0, size)
  }

  /** Milliseconds that the kernels of the last submit took; undefined where they are not timed. */
  async kernelMs(): Promise<number | undefined> {
    return this.#clock?.read()
  }

  /** Gives a view of the digests that are there to `use`. */
  take(size: number, use: (digests: Uint8Array) => void): void {
    const buffer = this.#buffers.result!
    use(new Uint8Array(buffer.getMappedRange(0, size)))
    buffer.unmap()
  }

  #uploadRanges(dispatches: readonly Dispatch[]): void {
    const words = (dispatches.length * RANGE_STRIDE) / 4
    if (words > this.#ranges.length) this.#ranges = new Uint32Array(words * 2)
    for (const [i, { first, end, parameter }] of dispatches.entries()) {
      this.#ranges.set([first, end, parameter, 0], (i * RANGE_STRIDE) / 4)
    }
    this.upload('ranges', new Uint8Array(this.#ranges.buffer, 0, words * 4))
  }

  /** The buffer with room for `size` bytes. A new one voids the bind groups. */
  #buffer(name: BufferName, size: number): GPUBuffer {
    const old = this.#buffers[name]
    if (old && old.size >= size) return old
    old?.destroy()
    const room = Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(size)))
    const buffer = this.#device.gpu.createBuffer({ label: name, size: room, usage: USAGES[name] })
    this.#buffers[name] = buffer
    for (const kernel of Object.keys(BINDINGS) as KernelFile[]) delete this.#groups[kernel]
    return buffer
  }

  #group(kernel: KernelFile): GPUBindGroup {
    const made = this.#groups[kernel]
    if (made) return made
    const entries = BUFFERS[kernel].map((name, binding): GPUBindGroupEntry => {
      const buffer = this.#buffer(name, 16)
      return { binding, resource: name === 'ranges' ? { buffer, size: 16 } : { buffer } }
    })
    const group = this.#device.gpu.createBindGroup({ label: kernel, layout: this.#kernels[kernel].layout, entries })
    this.#groups[kernel] = group
    return group
  }
}
