// Platform services in browsers and other runtimes with fetch; the same exports as platform.node.ts. Called by core/load and pool.

import { InputError } from '../errors.ts'
import type { Journal } from './journal.ts'
import type { FromThread, Thread, ThreadEntry, ThreadEvents, ToThread } from './thread.ts'

export type { Journal } from './journal.ts'

/** The response that carries a file of the package (WASM, for streaming compilation; shaders). */
export async function readAsset(url: URL): Promise<BufferSource | Response> {
  return await fetch(url)
}

/** May this thread block in Atomics.wait? Not the one that draws the page. */
export const canWait: boolean = typeof document === 'undefined'

/** Threads that run at the same time. */
export function coreCount(): number {
  return navigator.hardwareConcurrency ?? 1
}

/** WebGPU, where the browser has it; in workers too. */
export async function findGpu(): Promise<GPU | undefined> {
  return globalThis.navigator?.gpu
}

/** Starts a thread that runs a file of src/. Bundlers look for the whole expression, so it stands here once for each file. */
export function startThread<To = ToThread, From = FromThread>(
  events: ThreadEvents<From>,
  entry: ThreadEntry = 'pool/worker',
): Thread<To> {
  const worker =
    entry === 'pool/worker'
      ? new Worker(new URL('../pool/worker.js', import.meta.url), { type: 'module', name: 'weft' })
      : new Worker(new URL('../analysis/thread.js', import.meta.url), { type: 'module', name: 'weft' })
  worker.onmessage = ({ data }) => events.message(data)
  worker.onerror = event => events.failure(new Error(event.message ?? 'a thread could not be started'))
  return { post: message => worker.postMessage(message), stop: () => worker.terminate() }
}

/** After everything that has happened by now has been told: messages, errors, ends of threads. */
export function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise(resolve => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

/** There are no files here. */
export async function openJournal(folder: string, _name: string): Promise<Journal> {
  throw new InputError({ field: 'cacheFolder', expected: 'nothing in a runtime without files', found: folder })
}
