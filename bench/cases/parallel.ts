// Blocks in parallel against the same blocks one after the other, on one engine each that lives through all cases, so that codes are
// analysed and templates known as in a client that follows a chain. What counts of a run is execute: predictions, graph, all transactions;
// of the mainnet blocks also prepare, taking over the pre-state, which is larger than the work in the generated blocks. Every run has to
// give the receipts root of a sequential one.

import { existsSync } from 'node:fs'
import { type DispatchOption, type ReplayOutcome, replayBlock } from '../../src/block.ts'
import { instantiateCore } from '../../src/core/load.ts'
import { Engine, type Machine, threadedMachine } from '../../src/engine.ts'
import type { BlockFile } from '../../src/input/block-file.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { MemorySource } from '../../src/state/memory.ts'
import type { Block, PlainState } from '../../src/types.ts'
import type { RecipeName } from '../blocks/recipes.ts'
import { importRival } from '../field.ts'
import type { Runner } from '../harness.ts'
import { blockFiles, QUICK_STEP } from './blocks.ts'
import { type CaseEntry, demand } from './case.ts'
import { knownSigners } from './signers.ts'

/** Bytes that the threads may share. */
const MEMORY = 2 ** 30

/** Rounds after which a block that still wants templates is measured as it is. */
const TEMPLATE_ROUNDS = 24
/** Rounds at least: V8 has compiled what is hot. */
const LEAST_ROUNDS = 4

/** A block and how it is run in parallel. */
interface Setting {
  /** Taking over the pre-state counts. */
  withPrepare: boolean
  block: Block
  state: PlainState
  threads: number
  dispatch: DispatchOption
}

/** The engines of all cases: one per number of threads, made when it is first needed. */
export class ParallelEngines {
  readonly #sequential: WebAssembly.Module
  readonly #threads: WebAssembly.Module
  readonly #made = new Map<number, Engine>()

  constructor(sequential: WebAssembly.Module, threads: WebAssembly.Module) {
    this.#sequential = sequential
    this.#threads = threads
  }

  /** With that many threads; 0: the single-threaded build. */
  with(threads: number): Engine {
    let engine = this.#made.get(threads)
    if (!engine) {
      const make = async (): Promise<Machine> => {
        if (threads === 0) return { core: await instantiateCore(this.#sequential) }
        return threadedMachine(this.#threads, { threads, maximum: MEMORY, learn: false })
      }
      // No GPU: its driver's threads would take part.
      engine = new Engine(make, knownSigners, { hash: 'wasm', module: this.#sequential })
      this.#made.set(threads, engine)
    }
    return engine
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    await Promise.all([...this.#made.values()].map(engine => engine.close()))
  }
}

/** A generated block by name and size, and how it is run. */
type RecipeCase = readonly [name: RecipeName, size: number, dispatch: DispatchOption, threads: number]

/** Blocks of 1,000 and 10,000 transactions without conflicts, with some, and of one chain, on two threads. */
const ON_TWO: readonly RecipeCase[] = [
  ['erc20-distinct', 10_000, 'dataflow', 2],
  ['ether-distinct', 10_000, 'dataflow', 2],
  ['ether-distinct', 10_000, 'auto', 2],
  ['swaps-few-pairs', 1000, 'auto', 2],
  ['erc20-hot-holder', 10_000, 'auto', 2],
  ['swaps-one-pair', 1000, 'auto', 2],
  ['erc20-chain', 10_000, 'auto', 2],
]

/** Swaps without conflicts on 1 to as many threads as there are cores, but two at least, under both dispatches. */
function scalingCases(cores: number): RecipeCase[] {
  const most = Math.max(2, cores)
  const threads = new Set(Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i).concat(most))
  return [...threads].flatMap(count =>
    (['dataflow', 'batched'] as const).map(dispatch => ['swaps-separate', 1000, dispatch, count] as const),
  )
}

/** All of them: the generated blocks, and the mainnet blocks where their folder is; in quick runs every ninth. */
export function parallelCases(
  engines: ParallelEngines,
  { isQuick, cores, folder }: { isQuick: boolean; cores: number; folder: string },
): CaseEntry[] {
  const blocks = existsSync(folder) ? parallelBlockCases(engines, folder, isQuick ? QUICK_STEP : 1) : []
  return [...recipeCases(engines, isQuick, cores), ...blocks]
}

/** The generated blocks; in quick runs a tenth of their size. */
export function recipeCases(engines: ParallelEngines, isQuick: boolean, cores: number): CaseEntry[] {
  return [...scalingCases(cores), ...ON_TWO].map(([name, full, dispatch, threads]) =>
    recipeCase(engines, { name, size: isQuick ? full / 10 : full, dispatch, threads }),
  )
}

/** A generated block of so many transactions, under one dispatch, on so many threads. */
export function recipeCase(
  engines: ParallelEngines,
  { name, size, dispatch, threads }: { name: RecipeName; size: number; dispatch: DispatchOption; threads: number },
): CaseEntry {
  return {
    name: `parallel.${name}.${size}.${dispatch}${threads}`,
    group: 'parallel',
    load: async () => {
      // What makes them stands in no published package.
      const { recipeBlock } = await importRival('@ethereumjs/tx', () => import('../blocks/recipes.ts'))
      const { block, state } = recipeBlock(name, size)
      return makeCase(engines, { block, state, threads, dispatch, withPrepare: false })
    },
  }
}

/** The mainnet blocks of the folder under `auto` with two threads, every `step`-th. */
function parallelBlockCases(engines: ParallelEngines, folder: string, step: number): CaseEntry[] {
  const read = blockFileReader()
  const files = blockFiles(folder, step)
  let isWarm = false
  return files.map(({ number, file }) => ({
    name: `parallel.block.${number}`,
    group: 'parallel-block',
    load: async () => {
      if (!isWarm) for (const other of files) await warmUp(engines, read(other.file), [0, 2])
      isWarm = true
      const { block, state } = read(file)
      return makeCase(engines, { block, state, threads: 2, dispatch: 'auto', withPrepare: true })
    },
  }))
}

/**
 * Runs a block on engines of so many threads until they have the templates of all codes and know the kinds of transactions. V8 compiles
 * WASM that proved hot once more, on the cores that the threads run on: a client that follows a chain has all that behind it.
 */
export async function warmUp(
  engines: ParallelEngines,
  { block, state }: BlockFile,
  threads: readonly number[],
): Promise<void> {
  const source = new MemorySource({ ...state, complete: false })
  for (const each of threads) {
    const engine = engines.with(each)
    await untilAnalysed(engine, () =>
      replayBlock(engine, block, { source, dispatch: each ? 'dataflow' : 'sequential' }),
    )
  }
}

/** Runs until the templates of all codes are there: a callee's is asked for when its caller's is known. */
export async function untilAnalysed(engine: Engine, run: () => Promise<unknown>): Promise<void> {
  let known = -1
  for (let round = 0; round < TEMPLATE_ROUNDS; round++) {
    await run()
    const analyses = await engine.analysed()
    if (round + 1 >= LEAST_ROUNDS && analyses === known) return
    known = analyses
  }
}

async function makeCase(engines: ParallelEngines, setting: Setting): Promise<Awaited<ReturnType<CaseEntry['load']>>> {
  const theirs = new BlockRun(engines.with(0), setting, 'sequential')
  await theirs.run()
  const expected = theirs.outcome!
  const ours = new BlockRun(engines.with(setting.threads), setting, setting.dispatch, expected)
  // Templates of codes are made once: what is measured is a client that has seen these contracts before.
  await untilAnalysed(engines.with(setting.threads), () => ours.run())
  return { gas: Number(expected.gasUsed), ours, rivals: { sequential: theirs }, note: () => noteOf(ours.outcome!) }
}

function noteOf({ parallel }: ReplayOutcome): string {
  if (!parallel) return ''
  const { dispatch, aborts, transactions, ms } = parallel
  const again = `${aborts} of ${transactions} again`
  return `${dispatch.chosen}, ${again}, ${(1000 * (ms.predict + ms.graph)).toFixed(0)} µs to plan`
}

/** The block on one engine. */
class BlockRun implements Runner {
  outcome: ReplayOutcome | undefined
  readonly #engine: Engine
  readonly #setting: Setting
  readonly #dispatch: DispatchOption
  readonly #expected: ReplayOutcome | undefined
  /** One for all runs: to make it leaves garbage. */
  readonly #source: MemorySource

  constructor(engine: Engine, setting: Setting, dispatch: DispatchOption, expected?: ReplayOutcome) {
    this.#engine = engine
    this.#setting = setting
    this.#dispatch = dispatch
    this.#expected = expected
    this.#source = new MemorySource({ ...setting.state, complete: false })
  }

  /** A client has twelve seconds between two blocks: what is still analysed would be in the way here. */
  async prepare(): Promise<void> {
    await this.#engine.analysed()
  }

  async run(): Promise<number> {
    const options = { source: this.#source, dispatch: this.#dispatch }
    this.outcome = await replayBlock(this.#engine, this.#setting.block, options)
    const { prepare, execute } = this.outcome.ms
    return this.#setting.withPrepare ? prepare + execute : execute
  }

  verify(): void {
    const expected = this.#expected ?? this.outcome!
    demand('weft', 'receipts root', expected.receiptsRoot, this.outcome!.receiptsRoot)
    demand('weft', 'gas', expected.gasUsed, this.outcome!.gasUsed)
  }
}
