// Batches of the hash cases, in the core's memory, one per kernel and size; their digests are held against @noble/hashes.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Batch, JOB, type Kernel } from '../../src/gpu/batch.ts'
import type { WasmHasher } from '../../src/gpu/wasm.ts'
import { hexOf } from '../../src/input/hex.ts'
import { demand } from './case.ts'

/** Bytes of a message of the kernels that have one length: a slot or hashed address, and key and slot of a mapping. */
const LENGTHS = { keys: 32, chains: 64 } as const

/** Equal messages that lie one after the other, and their digests likewise. */
export class Sample {
  readonly batch: Batch
  readonly length: number
  readonly #input: number
  readonly #output: number
  readonly #free: () => void

  /** `length`: bytes of a message, for the kernel `messages`. */
  constructor(core: WasmHasher, kernel: Kernel, count: number, length = 64) {
    this.length = kernel === 'messages' ? length : LENGTHS[kernel]
    const jobs = core.allocate(count * (JOB.words * 4 + this.length + 32))
    this.#free = () => core.free(jobs)
    this.#input = jobs + count * JOB.words * 4
    this.#output = this.#input + count * this.length
    const { memory } = core
    const bytes = new Uint8Array(memory.buffer, this.#input, count * this.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 2_654_435_761) >>> 13
    const [input, output] = [this.#input, this.#output]
    if (kernel === 'keys') this.batch = { kind: 'keys', memory, input, size: 32, count, output }
    else if (kernel === 'chains') this.batch = { kind: 'chains', memory, input, depth: 1, count, output }
    else {
      const list = new Uint32Array(memory.buffer, jobs, count * JOB.words)
      for (let i = 0; i < count; i++) {
        list.set([input + i * this.length, this.length, output + i * 32], i * JOB.words)
      }
      this.batch = { kind: 'messages', memory, jobs, count }
    }
  }

  /** A view of a message, until the memory grows. */
  message(i: number): Uint8Array {
    return new Uint8Array(this.batch.memory.buffer, this.#input + i * this.length, this.length)
  }

  /** Overwrites all digests. */
  clear(): void {
    new Uint8Array(this.batch.memory.buffer, this.#output, this.batch.count * 32).fill(0)
  }

  /** Holds some digests against the oracle. Throws a WrongResult. */
  verify(engine: string): void {
    const { count, memory } = this.batch
    for (const i of new Set([0, count >> 1, count - 1])) {
      const digest = new Uint8Array(memory.buffer, this.#output + i * 32, 32)
      demand(engine, `digest ${i}`, hexOf(keccak_256(this.message(i))), hexOf(digest))
    }
  }

  /** Gives the memory back. */
  free(): void {
    this.#free()
  }
}
