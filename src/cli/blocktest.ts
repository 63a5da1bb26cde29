// weft blocktest: runs plain JSON block tests (BlockchainTests format) and says how many pass. With --json the array that geth's
// `evm blocktest` prints, with the head and its state root beside name, pass and fork.
import type { BlockTestOptions, BlockTestResult } from '../blocktest.ts'
import type { Header } from '../chain/header.ts'
import { hexOf } from '../input/hex.ts'
import { allocJson, quantityHex } from '../state/alloc.ts'
import type { Tracer } from '../trace/tracer.ts'
import { type Command, type OptionValues, UsageError } from './command.ts'
import { readSelection, type Selection, selectsName } from './selection.ts'
import { type NamedTests, orFailure, printable, runTestFiles, type TestResult, testsOf } from './testrun.ts'
import { createTracer, readTraceFormat, TRACE_HELP, TRACE_SWITCHES, TraceOutput } from './tracing.ts'

const HELP = `Usage: weft blocktest [PATH...] [options]

Runs block tests in JSON: { name: { network, pre, genesisBlockHeader, blocks, lastblockhash } }. PATH is a file (.json or
.json.gz) or a folder, which is walked. Without PATH, file names are read from stdin, one per line, until an empty
line; each file is run as its name comes in. The blocks of a test are decoded, validated and executed in order. A test passes
when every invalid block is refused, for the reason that the test names, and every other one accepted, and when head
and post-state are the expected ones. Seals of proof of work (nonce and mix hash) are not checked.

Options:
  --json                   a JSON array of { name, pass, fork, head, stateRoot, error? }, one per file with names from stdin
  --run REGEX              only tests whose name matches
  -k, --match TEXT         only tests whose name contains TEXT
  --trace                  traces on stderr (EIP-3155): before each transaction a line with block and tx, its number and
                           index, and after each test one with the stateRoot of the head
  --trace.format json      accepted: there is no other
${TRACE_HELP}
  --print-env-on-error     for a test that fails, a JSON object on stderr: the header of the block at fault or the last
                           one, the state before it, and after it if it was executed
  --keep-going             accepted: a failed test never ends the run
  --omit-progress          no progress line
  -v, --verbose            stack traces of errors
  -h, --help               this text
  -V, --version

Exit code: 0 all tests pass, 1 some test failed, 2 usage or file error.`

/** Runs one test. */
export type BlockTestRunner = (name: string, json: unknown, options?: BlockTestOptions) => Promise<BlockTestResult>

/** Result of one test. */
export interface BlockResult extends TestResult {
  head: string
  stateRoot: string
}

/** How the tests of a file are run. */
export interface RunOptions extends BlockTestOptions {
  verbose?: boolean
  selection?: Selection
  /** Called after each test. */
  onResult?: (result: BlockResult, outcome: BlockTestResult | undefined) => void
}

/** The runner on an engine of its own. */
async function loadRunner(): Promise<BlockTestRunner> {
  const [{ createEngine }, { runBlockTest }] = await Promise.all([import('../index.ts'), import('../blocktest.ts')])
  const engine = await createEngine()
  return (name, json, options) => runBlockTest(engine, name, json, options)
}

/** The tests of a parsed file. Throws an InputError where it holds none. */
export function namedTests(json: unknown, file: string): NamedTests {
  const expected = 'block tests { name: { network, pre, genesisBlockHeader, blocks } }'
  return testsOf(json, file, expected, ['pre', 'genesisBlockHeader', 'blocks'])
}

/** Runs the selected tests of one file. A test that cannot be run has failed. */
export async function runTests(
  tests: NamedTests,
  file: string,
  runner: BlockTestRunner,
  { verbose = false, selection = {}, onResult, ...options }: RunOptions = {},
): Promise<BlockResult[]> {
  const results: BlockResult[] = []
  for (const [name, test] of tests) {
    if (!selectsName(selection, name)) continue
    const fork = typeof test.network === 'string' ? test.network : ''
    let outcome: BlockTestResult | undefined
    const result = await orFailure<BlockResult>(
      async () => {
        outcome = await runner(`${file}: ${printable(name)}`, test, options)
        const { pass, head, stateRoot, error } = outcome
        return { name, pass, fork, head, stateRoot, ...(error !== undefined && { error }) }
      },
      error => ({ name, pass: false, fork, head: '', stateRoot: '', error }),
      verbose,
    )
    results.push(result)
    onResult?.(result, outcome)
  }
  return results
}

/** What goes to stderr beside failures: traces, and what is to be known of a test that fails. */
function onStderr(values: OptionValues): RunOptions {
  const withLast = values['print-env-on-error'] === true
  const isTraced = values.trace === true
  const format = readTraceFormat(String(values['trace.format'] ?? 'json'), '--trace.format')
  if (format !== 'eip3155') throw new UsageError('"--trace.format" expected json')
  const output = new TraceOutput()
  const tracers = ({ number }: Header, tx: number): Tracer => {
    const { tracer } = createTracer(format, values, output)
    const head = JSON.stringify({ block: Number(number), tx })
    return withBegin(tracer, () => output.line(head))
  }
  return {
    withLast,
    ...(isTraced && { tracers }),
    onResult: ({ name, stateRoot }, outcome) => {
      if (isTraced) output.line(JSON.stringify({ stateRoot }))
      if (outcome?.last) output.line(JSON.stringify(lastJson(name, outcome.last), null, 2))
      output.flush()
    },
  }
}

/** A tracer that does something before the first record. */
function withBegin(tracer: Tracer, begin: () => void): Tracer {
  return {
    switches: tracer.switches,
    begin: context => {
      begin()
      tracer.begin?.(context)
    },
    step: step => tracer.step?.(step),
    exit: end => tracer.exit?.(end),
  }
}

/** The object of --print-env-on-error. */
function lastJson(name: string, { header, pre, post }: NonNullable<BlockTestResult['last']>): object {
  const fields = Object.entries(header).map(([key, value]) => [
    key,
    value instanceof Uint8Array ? hexOf(value) : typeof value === 'bigint' ? quantityHex(value) : value,
  ])
  return { test: name, env: Object.fromEntries(fields), pre: allocJson(pre), ...(post && { post: allocJson(post) }) }
}

async function run(values: OptionValues, paths: string[]): Promise<number> {
  const options = { verbose: values.verbose === true, selection: readSelection(values), ...onStderr(values) }
  let runner: BlockTestRunner | undefined
  const runFile = async (json: unknown, file: string): Promise<BlockResult[]> => {
    const tests = namedTests(json, file)
    runner ??= await loadRunner()
    return runTests(tests, file, runner, options)
  }
  const asJson = values.json === true
  return runTestFiles({ command: 'blocktest', noun: 'test', asJson, run: runFile }, values, paths)
}

/** The command. */
export const blockTest: Command = {
  name: 'blocktest',
  summary: 'run JSON block tests',
  help: HELP,
  options: {
    json: { type: 'boolean' },
    run: { type: 'string' },
    match: { type: 'string', short: 'k' },
    'keep-going': { type: 'boolean' },
    'omit-progress': { type: 'boolean' },
    'print-env-on-error': { type: 'boolean' },
    trace: { type: 'boolean' },
    'trace.format': { type: 'string' },
    ...TRACE_SWITCHES,
  },
  run,
}
