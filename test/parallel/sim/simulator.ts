// Runs blocks on the SIM build of the core, one thread at a time, by schedules that a seed determines. The instances live as long as
// one case does, so that a schedule can be run again: with the same case, after the same schedules.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { KnownSigners } from '../../../bench/cases/signers.ts'
import type { CoreExports } from '../../../src/abi.ts'
import { type ReplayOptions, replayBlock } from '../../../src/block.ts'
import { Core } from '../../../src/core/core.ts'
import { Precompiles } from '../../../src/core/precompiles.ts'
import { Engine } from '../../../src/engine.ts'
import type { Pool } from '../../../src/pool/pool.ts'
import type { Span } from '../../../src/schedule/simulate.ts'
import type { Precompile } from '../../../src/types.ts'
import { type Case, type Ending, endingOf } from '../engines.ts'
import type { Load, ThreadData } from './thread.ts'
import { TASK_LOAD, TASK_STOP, Turns } from './turns.ts'

/** Steps after which a schedule is taken to have no end; the longest of those that end have a fiftieth of it. */
const LIMIT = 2_000_000
const PAGES = 4096
/** thread.ts, in a runtime that may know no TypeScript. */
const START = `import('tsx/esm/api').then(tsx => {
  tsx.register()
  return import(${JSON.stringify(new URL('./thread.ts', import.meta.url).href)})
})`

/** Signers are recovered once, and by all threads where that is asked for. */
class Signers extends KnownSigners {
  override sharesSigners = false
}

/** What a block is run with. */
export type RunOptions = Pick<ReplayOptions, 'dispatch' | 'hints' | 'speculativeRuns' | 'report'>

/** What a schedule came to. */
export interface Run {
  /** A text: what was thrown. */
  ending: Ending | string
  steps: number
  /** Hash of all steps in order. */
  trace: number
  /** What the threads did when, with the option `report`; times are in steps. */
  spans: readonly Span[]
}

/** Threads of which one runs at a time. */
export class Simulator {
  readonly #turns: Turns
  readonly #workers: Worker[]
  readonly #crypto = new Signers()
  #engine: Engine | undefined
  #complaint: string | undefined

  private constructor(threads: number) {
    this.#turns = new Turns(threads)
    const { words } = this.#turns
    this.#workers = Array.from({ length: threads - 1 }, (_, i) => {
      const data: ThreadData = { me: i + 1, threads, words }
      const worker = new Worker(START, { eval: true, workerData: data })
      worker.on('message', message => {
        if (message !== 'ready') this.#complaint ??= message
      })
      return worker
    })
  }

  /** Starts the threads. */
  static async start(threads: number): Promise<Simulator> {
    const simulator = new Simulator(threads)
    await Promise.all([
      simulator.#crypto.load('secp256k1'),
      ...simulator.#workers.map(worker => once(worker, 'message')),
    ])
    for (const worker of simulator.#workers) worker.unref()
    return simulator
  }

  /** Gives all threads new instances over a new memory; `precompiles` are contracts of one's own. */
  load(module: WebAssembly.Module, precompiles: readonly Precompile[] = []): void {
    const memory = new WebAssembly.Memory({ initial: 64, maximum: PAGES, shared: true })
    const turns = this.#turns
    turns.begin(1, 0, 0, 1, LIMIT)
    const step = (kind: number, pointer: number): void => turns.step(0, kind, pointer)
    const now = (): number => turns.steps
    const { exports } = new WebAssembly.Instance(module, { env: { memory, step, now } })
    const core = new Core({ ...(exports as unknown as CoreExports), memory })
    for (const [i, worker] of this.#workers.entries()) {
      const load: Load = { module, memory }
      worker.postMessage(load)
      turns.order(i + 1, TASK_LOAD)
    }
    const pool = {
      size: this.#workers.length,
      join: (control: number) => {
        for (const i of this.#workers.keys()) turns.call(i + 1, control)
      },
      check: async () => {},
      close: () => {},
    }
    const machine = { core, pool: pool as unknown as Pool }
    this.#engine = new Engine(async () => machine, this.#crypto, undefined, new Precompiles(precompiles))
  }

  /** Runs a block by the schedule of a seed. After a text as ending, load() is due. */
  async run({ block, source }: Case, options: RunOptions, seed: number): Promise<Run> {
    const turns = this.#turns
    const engine = this.#engine
    if (!engine) throw new Error('load() comes before run()')
    const every = [0, 2, 0, 6, 0, 20, 0, 60][seed & 7]!
    this.#crypto.sharesSigners = seed % 4 === 3
    turns.begin(seed, every, 1 + ((seed >>> 3) & 3), 400, LIMIT)
    this.#complaint = undefined
    let spans: readonly Span[] = []
    const run = endingOf(async () => {
      const { report, ...outcome } = await replayBlock(engine, block, { source: source(), ...options })
      spans = report?.spans ?? []
      return outcome
    })
    let ending = await run.catch((error: unknown) => {
      turns.breakOff()
      return describeError(error)
    })
    turns.drain()
    if (turns.isBroken) {
      // A thread's complaint comes by message.
      await new Promise(resolve => setTimeout(resolve, 20))
      ending = this.#complaint ?? ending
    }
    return { ending, steps: turns.steps, trace: turns.trace, spans }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    for (const i of this.#workers.keys()) this.#turns.order(i + 1, TASK_STOP)
    await Promise.all(this.#workers.map(worker => worker.terminate()))
  }
}

function describeError(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${describeError(error.cause)}` : ''
  return `${String(error)}${cause}`
}
