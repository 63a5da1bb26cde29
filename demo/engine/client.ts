// The page's end of the worker: one run at a time, as a promise.

import type { BlockChoice, Failure, FromWorker, RunResult, Settings, ToWorker } from './protocol.ts'

/** Milliseconds that a run has to give itself up, before the worker is ended: a file of 100 MB is parsed without a stop. */
const PATIENCE = 1500

/** What became of a run. */
export type Ending = { kind: 'done'; result: RunResult } | { kind: 'cancelled' } | { kind: 'failed'; failure: Failure }

/** Runs blocks in a worker that is started with the first of them. */
export class EngineClient {
  #worker: Worker | undefined
  #end: ((ending: Ending) => void) | undefined
  #onProgress: ((stage: string, part?: number) => void) | undefined

  /** Runs a block; never rejects. */
  run(choice: BlockChoice, settings: Settings, onProgress: (stage: string, part?: number) => void): Promise<Ending> {
    this.#onProgress = onProgress
    const worker = this.#start()
    return new Promise(resolve => {
      this.#end = ending => {
        this.#end = undefined
        resolve(ending)
      }
      worker.postMessage({ kind: 'run', choice, settings } satisfies ToWorker)
    })
  }

  /** Gives the run up; one that does not listen is ended with its worker. */
  cancel(): void {
    const end = this.#end
    if (!end) return
    this.#worker?.postMessage({ kind: 'cancel' } satisfies ToWorker)
    setTimeout(() => {
      if (this.#end !== end) return
      this.#stop()
      end({ kind: 'cancelled' })
    }, PATIENCE)
  }

  #start(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'weft-page' })
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === 'progress') this.#onProgress?.(data.stage, data.part)
      else this.#end?.(data)
    }
    worker.onerror = event => {
      event.preventDefault()
      this.#stop()
      const message = event.message || 'the worker could not be loaded'
      this.#end?.({ kind: 'failed', failure: { message } })
    }
    this.#worker = worker
    return worker
  }

  #stop(): void {
    this.#worker?.terminate()
    this.#worker = undefined
  }
}
