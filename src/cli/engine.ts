// The public API as the commands use it, behind small interfaces: tests put another engine in its place, and the core
// is loaded only when there is work for it.
import type { DispatchOption, ReplayOutcome } from '../block.ts'
import { rejectionOf } from '../errors.ts'
import type { HashBackend, HashOption } from '../gpu/batch.ts'
import type { Place } from '../input/fields.ts'
import { hexOf } from '../input/hex.ts'
import { allocJson } from '../state/alloc.ts'
import type { Source } from '../state/source.ts'
import type { WitnessSource } from '../state/witness.ts'
import type { StateTestOptions, StateTestResult } from '../statetest.ts'
import type { Tracer } from '../trace/tracer.ts'
import type { Address, Block, ExpectedHeader, ForkName, StateDiff, TxOutcome, Witness } from '../types.ts'

/** What `weft replay` needs. */
export interface BlockEngine {
  replayBlock(
    block: Block,
    options: {
      source: Source
      expected?: ExpectedHeader
      onProgress?: (done: number, total: number) => void
      tracer?: (index: number) => Tracer | undefined
      dispatch?: DispatchOption
      hints?: 'none' | 'all'
      report?: boolean
    },
  ): Promise<ReplayOutcome>
  /** What a witness proves of the state before a block; `place` is where it was read. */
  witnessSource(witness: Witness, block: Block, place: Place): Promise<Source & Pick<WitnessSource, 'report'>>
}

/** What `weft run` asks for. */
export interface CodeRun {
  /** Initcode, with `create`. */
  code?: Uint8Array
  input: Uint8Array
  gas: bigint
  value: bigint
  fork: ForkName
  create: boolean
  from: Address
  /** Whose code is run, without `create`. */
  to: Address
  source: Source
  /** The outcome has what the code changed. */
  withDiff?: boolean
  tracer?: Tracer
}

/** What `weft run` needs. */
export interface CodeEngine {
  call(run: CodeRun): Promise<TxOutcome & { diff?: StateDiff }>
}

/** One case of a state test. */
export interface StateTestCase {
  fork: string
  index: number
}

/** What a case came to; what is beyond `error` is there for machine-readable output. */
export interface StateTestOutcome {
  pass: boolean
  stateRoot: string
  error?: string
  logsHash?: string
  gasUsed?: bigint
  /** Return data as hex. */
  output?: string
  /** How the transaction ended, in a word, or why it was refused. */
  ending?: string
  /** Which of the test's data, gas limits and values were taken. */
  indexes?: { d: number; g: number; v: number }
  /** The state after the case, where it was asked for. */
  state?: unknown
}

/** A state test that has been read. */
export interface OpenStateTest {
  cases(): Iterable<StateTestCase>
  run(testCase: StateTestCase, options?: StateTestOptions): Promise<StateTestOutcome>
}

/** Reads a state test; `name` is for errors. What `weft statetest` needs. */
export type StateTestReader = (name: string, json: unknown) => OpenStateTest

/** The engine for blocks and code, on that many threads. */
export async function loadEngine(threads = 1, hash: HashOption = 'auto'): Promise<BlockEngine & CodeEngine> {
  const [{ createWeft, witnessSource }, { compileCore }] = await Promise.all([
    import('../index.ts'),
    import('../core/load.ts'),
  ])
  const weft = await createWeft({ threads, hash })
  let compiled: Promise<WebAssembly.Module> | undefined
  let device: Promise<HashBackend> | undefined
  return {
    ...weft,
    witnessSource: async (witness, { env }, place) => {
      compiled ??= compileCore()
      // `auto` too hashes witnesses in WASM: to open a device takes longer than to hash one.
      if (hash === 'webgpu') device ??= import('../gpu/webgpu.ts').then(({ WebGpuHasher }) => WebGpuHasher.create())
      return witnessSource(witness, env, { wasm: await compiled, place, ...(device && { hash: await device }) })
    },
  }
}

/** The state-test runner on an engine of its own. */
export async function loadStateTestReader(): Promise<StateTestReader> {
  const [{ createEngine }, { readStateTest, runStateTestCase, stateTestCases }] = await Promise.all([
    import('../index.ts'),
    import('../statetest.ts'),
  ])
  const engine = await createEngine()
  return (name, json) => {
    const test = readStateTest(name, json)
    return {
      cases: () => stateTestCases(test),
      run: async (testCase, options) => outcomeOf(await runStateTestCase(engine, test, testCase, options)),
    }
  }
}

function outcomeOf(run: StateTestResult): StateTestOutcome {
  const { pass, stateRoot, logsHash, error, result, indexes, state } = run
  const { data: d, gas: g, value: v } = indexes
  const common = { pass, stateRoot, logsHash, indexes: { d, g, v }, ...(error !== undefined && { error }) }
  const dumped = { ...common, ...(state && { state: { root: stateRoot, accounts: allocJson(state) } }) }
  if (!('outcome' in result)) return { ...dumped, ending: rejectionOf(result.rejection).code }
  const { status, haltReason, gasUsed, output } = result.outcome
  return { ...dumped, gasUsed, output: hexOf(output), ending: haltReason ?? status }
}
