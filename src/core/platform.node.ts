// Platform services in Node: the only files of src/ outside cli/ that may import node: modules end in .node.ts. Chosen
// by the `#platform` entry of package.json; the browser and every other runtime get platform.web.ts with the same
// exports. Called by core/load and pool.

import { appendFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Journal } from './journal.ts'
import type { FromThread, Thread, ThreadEntry, ThreadEvents, ToThread } from './thread.ts'

export type { Journal } from './journal.ts'

/** The bytes of a file of the package (WASM, shaders): read from disk for file: URLs, fetched for all others. */
export async function readAsset(url: URL): Promise<BufferSource | Response> {
  return url.protocol === 'file:' ? await readFile(url) : await fetch(url)
}

/** May this thread block in Atomics.wait? */
export const canWait = true

/** Threads that run at the same time. */
export function coreCount(): number {
  return availableParallelism()
}

let gpu: GPU | undefined

/**
 * WebGPU: the runtime's own, or the package `webgpu`, which the user installs. Undefined where there is neither.
 * The object is kept for good: when it is collected while one of its devices lives, the process dies.
 */
export async function findGpu(): Promise<GPU | undefined> {
  gpu ??= globalThis.navigator?.gpu
  if (gpu) return gpu
  try {
    const { create } = await import('webgpu')
    gpu ??= create([])
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
  }
  return gpu
}

/** Starts a thread that runs a file of src/. */
export function startThread<To = ToThread, From = FromThread>(
  events: ThreadEvents<From>,
  entry: ThreadEntry = 'pool/worker',
): Thread<To> {
  // Sources run as they are (tests, bench) have the compiled worker beside them in dist/.
  const own = import.meta.url
  const url = own.endsWith('.ts') ? new URL(`../../dist/src/${entry}.js`, own) : new URL(`../${entry}.js`, own)
  // Flags of the host's own program (--input-type, --eval, loaders) mean nothing to this one, and some keep it from starting.
  const worker = new Worker(url, { name: 'weft', execArgv: [] })
  worker.on('message', message => {
    events.message(message)
    worker.unref() // it is there: it does not keep the program running
  })
  worker.on('error', cause => events.failure(cause))
  worker.on('exit', code => events.failure(new Error(`a thread ended with code ${code}`)))
  return { post: message => worker.postMessage(message), stop: () => void worker.terminate() }
}

/** After everything that has happened by now has been told: messages, errors, ends of threads. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** The file of that name in a folder, which is made where it is missing. A line whose writing was cut off ends with the next. */
export async function openJournal(folder: string, name: string): Promise<Journal> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${name}.jsonl`)
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return ''
    throw cause
  })
  let before = text === '' || text.endsWith('\n') ? '' : '\n'
  return {
    lines: text.split('\n'),
    append(lines) {
      appendFileSync(file, `${before}${lines.join('\n')}\n`)
      before = ''
    },
  }
}
