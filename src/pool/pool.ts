// The threads beside the host's own: as many instances of the core over one shared memory. They are started once and wait for blocks in
// their event loops. A thread that fails makes the whole pool void, with the memory it shares: nobody knows what it was writing.

import { nextTurn, startThread } from '#platform'
import type { Thread } from '../core/thread.ts'
import { InternalError } from '../errors.ts'

/** Threads over one shared memory. */
export class Pool {
  readonly #threads: Thread[] = []
  readonly #ready: Promise<void>
  #failure: Error | undefined
  #closed = false

  /** Starts `count` threads. */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, count: number) {
    const starting: Promise<void>[] = []
    for (let i = 0; i < count; i++) {
      starting.push(
        new Promise((resolve, reject) => {
          const fail = (cause: Error): void => {
            if (!this.#closed) this.#failure ??= cause
            reject(cause)
          }
          const thread = startThread({
            message: message => (message.kind === 'ready' ? resolve() : fail(new Error(message.message))),
            failure: fail,
          })
          thread.post({ kind: 'start', module, memory })
          this.#threads.push(thread)
        }),
      )
    }
    this.#ready = Promise.all(starting).then(() => {})
    this.#ready.catch(() => {})
  }

  get size(): number {
    return this.#threads.length
  }

  /** When all threads are there. Rejects with the failure of the first that is not. */
  ready(): Promise<void> {
    return this.#ready
  }

  /** A block's transactions run: the threads take part. */
  join(control: number): void {
    for (const thread of this.#threads) thread.post({ kind: 'join', control })
  }

  /** Lets the event loop tell what happened to the threads; throws when one has failed. */
  async check(): Promise<void> {
    await nextTurn()
    if (this.#failure) throw new InternalError('a thread failed', { code: 'THREAD', cause: this.#failure })
  }

  /** Ends the threads. */
  close(): void {
    this.#closed = true
    for (const thread of this.#threads) thread.stop()
  }
}
