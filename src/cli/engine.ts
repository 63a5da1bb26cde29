// The public API as the commands use it, behind small interfaces: tests put another engine in its place, and the core
// is loaded only when there is work for it.
import type { Source } from '../state/source.ts'
import type { Block, BlockOutcome, ExpectedHeader, ForkName, TxOutcome } from '../types.ts'

/** What `weft replay` needs. */
export interface BlockEngine {
  replayBlock(
    block: Block,
    options: { source: Source; expected?: ExpectedHeader; onProgress?: (done: number, total: number) => void },
  ): Promise<BlockOutcome>
}

/** What `weft run` asks for. */
export interface CodeRun {
  code: Uint8Array
  input: Uint8Array
  gas: bigint
  value: bigint
  fork: ForkName
  /** The code is initcode: run it as a creation. */
  create: boolean
}

/** What `weft run` needs. */
export interface CodeEngine {
  call(run: CodeRun): Promise<TxOutcome>
}

/** One case of a state test. */
export interface StateTestCase {
  fork: string
  index: number
}

/** What `weft statetest` needs. */
export interface StateTestRunner {
  cases(test: unknown): Iterable<StateTestCase>
  run(test: unknown, testCase: StateTestCase): Promise<{ pass: boolean; stateRoot: string; error?: string }>
}

/** The engine for blocks and code. */
export async function loadEngine(): Promise<BlockEngine & CodeEngine> {
  const { createWeft } = await import('../index.ts')
  return createWeft()
}

/** The engine and the runner of src/statetest.ts. */
export async function loadStateTestRunner(): Promise<StateTestRunner> {
  const runner: string = '../statetest.ts'
  const [weft, { stateTestCases, runCase }] = await Promise.all([loadEngine(), import(runner)])
  return { cases: stateTestCases, run: (test, testCase) => runCase(weft, test, testCase) }
}
