// What the use-cases share: a core with the libraries that answer it, one run at a time, and state put before a run.

import type { Core } from './core/core.ts'
import { type Answers, type DriveHooks, drive } from './core/drive.ts'
import type { Crypto } from './crypto/crypto.ts'
import { InternalError } from './errors.ts'
import { listedState } from './state/preload.ts'
import type { BlockEnv, Source } from './types.ts'

/** A core and what it needs to run; calls on one engine queue. */
export class Engine {
  readonly crypto: Crypto
  readonly #make: () => Promise<Core>
  #core: Core | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(make: () => Promise<Core>, crypto: Crypto) {
    this.#make = make
    this.crypto = crypto
  }

  /** Runs `work` alone with the core, after everything that was asked before. A core that broke is replaced. */
  alone<T>(work: (core: Core) => T | Promise<T>): Promise<T> {
    const run = this.#last.then(async () => {
      this.#core ??= await this.#make()
      try {
        return await work(this.#core)
      } catch (error) {
        if (error instanceof InternalError) this.#core = undefined
        throw error
      }
    })
    this.#last = run.catch(() => {})
    return run
  }

  /** Empties the core and gives it the environment and all the state that the source can list. Returns: it listed it. */
  prepare(core: Core, env: BlockEnv, source: Source): boolean {
    core.reset(env.fork)
    const listed = listedState(source)
    if (listed) core.supply(listed)
    core.setBlock(env, listed !== undefined)
    return listed !== undefined
  }

  /** Runs what has been begun on the core. */
  drive(core: Core, source: Source, hooks?: DriveHooks): void | Promise<void> {
    const answers: Answers = { source, crypto: this.crypto }
    return drive(core, answers, hooks)
  }
}
