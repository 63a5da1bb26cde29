// Hashing in the core: one message after the other in the scalar build, two at once with SIMD. Always there, never waits.

import type { HashExports } from '../abi.ts'
import * as abi from '../abi.ts'
import { compileCore, type WasmSource } from '../core/load.ts'
import { InternalError } from '../errors.ts'
import {
  type Batch,
  checkBatch,
  type HashBackend,
  type HashRun,
  JOB,
  jobsOf,
  type MessageBatch,
  strideOf,
} from './batch.ts'
import { Piece, scatter } from './pack.ts'

/** Bytes that are copied at a time from another memory: what a second-level cache holds. */
const STAGE = { bytes: 256 * 1024, jobs: 4096 }

/** The backend `wasm`. A batch in the memory of its own core is hashed where it lies; any other is copied through it. */
export class WasmHasher implements HashBackend {
  readonly name = 'wasm'
  readonly #core: HashExports
  readonly #piece = new Piece()
  /** Addresses in the core's memory: messages, jobs, digests. */
  #stage = { bytes: 0, room: 0, jobs: 0, digests: 0 }

  constructor(core: HashExports) {
    this.#core = core
  }

  /** A backend with a core of its own. */
  static async create(source?: WasmSource): Promise<WasmHasher> {
    const { exports } = await WebAssembly.instantiate(await compileCore(source), {})
    return new WasmHasher(exports as unknown as HashExports)
  }

  /** The memory in which batches are hashed without being copied. */
  get memory(): WebAssembly.Memory {
    return this.#core.memory
  }

  /** Memory for batches, 8-byte aligned, until it is freed. */
  allocate(bytes: number): number {
    const address = this.#core.weft_alloc(bytes) >>> 0
    if (address === 0) throw new InternalError('the core ran out of memory', { code: 'OUT_OF_MEMORY' })
    return address
  }

  /** Gives back what `allocate` returned. */
  free(address: number): void {
    this.#core.weft_free(address)
  }

  hash(batch: Batch): HashRun {
    const start = performance.now()
    checkBatch(batch)
    if (batch.memory.buffer === this.#core.memory.buffer) this.#inPlace(batch)
    else if (batch.kind === 'messages') this.#messages(batch)
    else this.#items(batch)
    return { backend: 'wasm', ms: performance.now() - start, dispatches: 0 }
  }

  close(): void {}

  #inPlace(batch: Batch): void {
    const core = this.#core
    if (batch.kind === 'keys') check(core.weft_keccak_many(batch.output, batch.input, batch.size, batch.count))
    else if (batch.kind === 'chains') {
      check(core.weft_keccak_chains(batch.output, batch.input, batch.depth, batch.count))
    } else {
      let at = batch.jobs
      for (const count of batch.levels ?? [batch.count]) {
        check(core.weft_keccak_batch(at, count))
        at += count * abi.JOB_SIZE
      }
    }
  }

  #messages(batch: MessageBatch): void {
    const memory = new Uint8Array(batch.memory.buffer)
    const jobs = jobsOf(batch)
    let end = 0
    for (const level of batch.levels ?? [batch.count]) {
      let next = end
      end += level
      while (next < end) {
        next = this.#piece.fill(memory, jobs, next, end, STAGE, 'listed')
        this.#hashPiece(memory)
      }
    }
  }

  #hashPiece(memory: Uint8Array): void {
    const { bytes, records, targets, count } = this.#piece
    const stage = this.#room(bytes.length)
    const { buffer } = this.#core.memory
    new Uint8Array(buffer, stage.bytes, bytes.length).set(bytes)
    const jobs = new Uint32Array(buffer, stage.jobs, count * JOB.words)
    for (let i = 0; i < count; i++) {
      const at = i * JOB.words
      jobs[at + JOB.input] = stage.bytes + records[at + JOB.input]!
      jobs[at + JOB.length] = records[at + JOB.length]!
      jobs[at + JOB.digest] = stage.digests + i * 32
    }
    check(this.#core.weft_keccak_batch(stage.jobs, count))
    scatter(memory, targets, count, new Uint8Array(this.#core.memory.buffer, stage.digests, count * 32))
  }

  #items(batch: Exclude<Batch, MessageBatch>): void {
    const memory = new Uint8Array(batch.memory.buffer)
    const stride = strideOf(batch)
    const step = Math.max(1, Math.min(STAGE.jobs, Math.floor(STAGE.bytes / stride.input)))
    for (let first = 0; first < batch.count; first += step) {
      const count = Math.min(step, batch.count - first)
      const [from, to] = [batch.input + first * stride.input, batch.output + first * stride.output]
      const [size, room] = [count * stride.input, count * stride.output]
      const stage = this.#room(size + room)
      const output = stage.bytes + size
      new Uint8Array(this.#core.memory.buffer, stage.bytes, size).set(memory.subarray(from, from + size))
      this.#inPlace({ ...batch, memory: this.#core.memory, input: stage.bytes, output, count })
      memory.set(new Uint8Array(this.#core.memory.buffer, output, room), to)
    }
  }

  #room(bytes: number): { bytes: number; jobs: number; digests: number } {
    const stage = this.#stage
    if (stage.jobs === 0) {
      stage.jobs = this.allocate(STAGE.jobs * abi.JOB_SIZE)
      stage.digests = this.allocate(STAGE.jobs * 32)
    }
    if (bytes > stage.room) {
      if (stage.bytes) this.#core.weft_free(stage.bytes)
      stage.room = Math.max(bytes, STAGE.bytes)
      stage.bytes = this.allocate(stage.room)
    }
    return stage
  }
}

function check(status: number): void {
  if (status === abi.RUN_DONE) return
  if (status === abi.OUT_OF_MEMORY) throw new InternalError('the core ran out of memory', { code: 'OUT_OF_MEMORY' })
  throw new InternalError(`hashing expected status 0, got ${status}`)
}
