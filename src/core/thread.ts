// What a pool and its threads say to each other. A thread gets the compiled core and the shared memory once, then a message per
// block; it answers only when it is ready for the first time and when something went wrong.

/** The time that the threads build of the core asks for: milliseconds, the same on all threads of a process. */
export function sharedClock(): () => number {
  const { timeOrigin } = performance
  return () => timeOrigin + performance.now()
}

/** Host to thread. */
export type ToThread =
  | { kind: 'start'; module: WebAssembly.Module; memory: WebAssembly.Memory }
  /** A block's transactions run: the address of the control block. */
  | { kind: 'join'; control: number }

/** Thread to host. */
export type FromThread = { kind: 'ready' } | { kind: 'failed'; message: string }

/** What a thread runs: a file of src/ without its ending. */
export type ThreadEntry = 'pool/worker' | 'analysis/thread'

/** A running thread. */
export interface Thread<To = ToThread> {
  post(message: To): void
  stop(): void
}

/** What a thread tells its host. */
export interface ThreadEvents<From = FromThread> {
  message(message: From): void
  /** It threw, could not be loaded or ended. */
  failure(cause: Error): void
}

/** A thread's way to its host. */
export interface HostPort<To = ToThread, From = FromThread> {
  listen(take: (message: To) => void): void
  post(message: From): void
}
