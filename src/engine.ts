// What the use-cases share: a core with the libraries that answer it, one run at a time, and state put before a run.

import { Writer } from './abi.ts'
import { Foresight } from './analysis/foresight.ts'
import { TemplateSupply } from './analysis/supply.ts'
import type { Core } from './core/core.ts'
import { type Answers, type DriveHooks, drive } from './core/drive.ts'
import { instantiateShared } from './core/load.ts'
import { Precompiles } from './core/precompiles.ts'
import type { Crypto } from './crypto/crypto.ts'
import { InputError, InternalError } from './errors.ts'
import type { HashOption } from './gpu/batch.ts'
import { Hashing, type HashingOptions } from './gpu/hashing.ts'
import { Pool } from './pool/pool.ts'
import { listedState } from './state/preload.ts'
import type { BlockEnv, Source } from './types.ts'

/** A core, and the threads beside it where there are any. */
export interface Machine {
  core: Core
  pool?: Pool
  /** What the core gets its template programs from; beside a pool. */
  templates?: TemplateSupply
}

/** A core of the threads build with `threads - 1` threads beside it, over a shared memory of at most `maximum` bytes. `learn`: from blocks. */
export async function threadedMachine(
  module: WebAssembly.Module,
  { threads, maximum, learn }: { threads: number; maximum: number; learn: boolean },
): Promise<Machine> {
  const { core, memory } = await instantiateShared(module, maximum)
  const pool = new Pool(module, memory, threads - 1)
  await pool.ready()
  return { core, pool, templates: new TemplateSupply(learn) }
}

/** Where an engine hashes, unless a call says otherwise. */
export interface EngineHashing extends HashingOptions {
  hash: HashOption
}

/** A core and what it needs to run; calls on one engine queue. */
export class Engine {
  readonly crypto: Crypto
  /** Contracts of its user. */
  readonly precompiles: Precompiles
  /** For sources that are far away. */
  readonly foresight: Foresight = new Foresight()
  readonly #hashing: EngineHashing
  readonly #hashings = new Map<HashOption, Hashing>()
  readonly #make: () => Promise<Machine>
  /** The listed state of a run on its way to the core. Kept, since that of a block is large. */
  readonly #listed = new Writer(1 << 16)
  #machine: Machine | undefined
  #last: Promise<unknown> = Promise.resolve()
  #hasThreads = false
  #closed = false
  /** Calls that have been made and are not done. */
  #pending = 0

  constructor(
    make: () => Promise<Machine>,
    crypto: Crypto,
    hashing: EngineHashing = { hash: 'auto' },
    precompiles: Precompiles = new Precompiles([]),
  ) {
    this.#make = make
    this.crypto = crypto
    this.precompiles = precompiles
    this.#hashing = hashing
  }

  /** The compiled core, of whichever build. */
  get module(): WebAssembly.Module | undefined {
    return this.#hashing.module
  }

  /** The hash backend for a block, ready to be used. Throws a GpuError where `webgpu` is asked for and cannot be had. */
  async hashing(option: HashOption = this.#hashing.hash): Promise<Hashing> {
    let hashing = this.#hashings.get(option)
    if (!hashing) {
      hashing = new Hashing(option, this.#hashing)
      this.#hashings.set(option, hashing)
    }
    await hashing.open()
    return hashing
  }

  /** The hash backend for a block that is not waited for: WASM. Throws an InputError where a GPU is asked for. */
  hashingAtOnce(option: HashOption = this.#hashing.hash): Hashing {
    return Hashing.atOnce(option)
  }

  /** Runs `work` alone with the core, after everything that was asked before. A core that broke is replaced, with its threads. */
  alone<T>(work: (core: Core, machine: Machine) => T | Promise<T>): Promise<T> {
    this.#pending++
    const run = this.#last.then(async () => {
      if (this.#closed) throw new InputError({ field: 'engine', expected: 'one that is open', found: 'a closed one' })
      this.#machine ??= await this.#make()
      this.#hasThreads = this.#machine.pool !== undefined
      try {
        return await work(this.#machine.core, this.#machine)
      } catch (error) {
        if (error instanceof InternalError) this.discard()
        throw error
      }
    })
    this.#last = run
      .catch(() => {})
      .then(() => {
        this.#pending--
      })
    return run
  }

  /** Makes the core, with its threads where there are to be any. */
  async ready(): Promise<void> {
    await this.alone(() => {})
  }

  /** Runs `work` with the core at once. Throws an InputError while another call has it, or when the engine is closed or not ready. */
  now<T>(work: (core: Core) => T): T {
    const found = this.#closed ? 'a closed one' : this.#pending > 0 ? 'a call that is not done' : 'one without a core'
    if (this.#closed || this.#pending > 0 || !this.#machine) {
      throw new InputError({ field: 'engine', expected: 'one that is ready and idle, for a synchronous call', found })
    }
    try {
      return work(this.#machine.core)
    } catch (error) {
      if (error instanceof InternalError) this.discard()
      throw error
    }
  }

  /** The present core has threads beside it. */
  get hasThreads(): boolean {
    return this.#hasThreads
  }

  /** When the codes of the blocks so far have been analysed: how many analyses there were. For tests and benchmarks: nothing waits for it. */
  async analysed(): Promise<number> {
    await this.#last
    return (await this.#machine?.templates?.idle()) ?? 0
  }

  /** Drops the core and its threads: the next call makes new ones. */
  discard(): void {
    this.#machine?.pool?.close()
    this.#machine?.templates?.close()
    this.#machine = undefined
  }

  /** Ends the threads and gives devices back, after everything that was asked before; later calls fail. */
  async close(): Promise<void> {
    await this.#last
    this.#closed = true
    for (const hashing of this.#hashings.values()) hashing.close()
    this.discard()
  }

  /** Empties the core and gives it the environment and all the state that the source can list. Returns: it listed it. */
  prepare(core: Core, env: BlockEnv, source: Source): boolean {
    core.reset(env.fork)
    core.setPrecompiles(this.precompiles.addresses)
    const listed = listedState(source, this.#listed)
    if (listed) core.supply(listed)
    core.setBlock(env, listed !== undefined)
    return listed !== undefined
  }

  /** Runs what has been begun on the core. */
  drive(core: Core, source: Source, hooks?: DriveHooks): void | Promise<void> {
    const answers: Answers = { source, crypto: this.crypto, precompiles: this.precompiles }
    return drive(core, answers, hooks)
  }
}
