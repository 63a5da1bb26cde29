// weft blocktest: runs plain JSON block tests (BlockchainTests format) and says how many pass. With --json the array that geth's
// `evm blocktest` prints, with the head and its state root beside name, pass and fork.
import pc from 'picocolors'
import type { BlockTestResult } from '../blocktest.ts'
import { describe, InputError, LoadError } from '../errors.ts'
import { readJsonFile } from '../input/file.node.ts'
import {
  type Command,
  complain,
  count,
  errorLine,
  FAILED,
  grouped,
  OK,
  type OptionValues,
  print,
  UNUSABLE,
  UsageError,
} from './command.ts'
import { expandPaths } from './paths.ts'
import { createProgress } from './progress.ts'
import { readSelection, type Selection, selectsName } from './selection.ts'
import { type Cell, formatTable } from './table.ts'

const HELP = `Usage: weft blocktest PATH... [options]

Runs block tests in JSON: { name: { network, pre, genesisBlockHeader, blocks, lastblockhash } }. PATH is a file (.json or
.json.gz) or a folder, which is walked. The blocks of a test are decoded, validated and executed in order. A test passes
when every invalid block is refused, for the reason that the test names, and every other one accepted, and when head
and post-state are the expected ones. Seals of proof of work (nonce and mix hash) are not checked.

Options:
  --json            a JSON array of { name, pass, fork, head, stateRoot, error? }
  --run REGEX       only tests whose name matches
  -k, --match TEXT  only tests whose name contains TEXT
  --keep-going      accepted: a failed test never ends the run
  -v, --verbose     stack traces of errors
  -h, --help        this text
  -V, --version

Exit code: 0 all tests pass, 1 some test failed, 2 usage or file error.`

/** Runs one test. */
export type BlockTestRunner = (name: string, json: unknown) => Promise<BlockTestResult>

/** Result of one test, with the field names of geth. */
export interface TestResult {
  name: string
  pass: boolean
  fork: string
  head: string
  stateRoot: string
  error?: string
}

/** Names and tests of one file. */
export type NamedTests = [name: string, test: { network: unknown }][]

/** The runner on an engine of its own. */
async function loadRunner(): Promise<BlockTestRunner> {
  const [{ createEngine }, { runBlockTest }] = await Promise.all([import('../index.ts'), import('../blocktest.ts')])
  const engine = await createEngine()
  return (name, json) => runBlockTest(engine, name, json)
}

/** The tests of a parsed file. Throws an InputError where it holds none. */
export function namedTests(json: unknown, file: string): NamedTests {
  const expected = 'block tests { name: { network, pre, genesisBlockHeader, blocks } }'
  if (!isObject(json) || Array.isArray(json)) throw new InputError({ file, expected, found: describe(json) })
  const tests = Object.entries(json).filter(([name]) => !name.startsWith('_'))
  for (const [name, test] of tests) {
    const missing = ['pre', 'genesisBlockHeader', 'blocks'].find(key => !isObject(test) || !isObject(test[key]))
    if (missing) throw new InputError({ file, expected, found: `no "${missing}" in ${describe(name)}` })
  }
  if (tests.length === 0) throw new InputError({ file, expected, found: 'none' })
  return tests as NamedTests
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Runs the selected tests of one file. A test that cannot be run has failed. */
export async function runTests(
  tests: NamedTests,
  file: string,
  runner: BlockTestRunner,
  options: { verbose?: boolean; selection?: Selection } = {},
): Promise<TestResult[]> {
  const { verbose = false, selection = {} } = options
  const results: TestResult[] = []
  for (const [name, test] of tests) {
    if (!selectsName(selection, name)) continue
    const fork = typeof test.network === 'string' ? test.network : ''
    try {
      const { pass, head, stateRoot, error } = await runner(`${file}: ${printable(name)}`, test)
      results.push({ name, pass, fork, head, stateRoot, ...(error !== undefined && { error }) })
    } catch (error) {
      if (error instanceof LoadError) throw error
      results.push({ name, pass: false, fork, head: '', stateRoot: '', error: errorLine(error, verbose) })
    }
  }
  return results
}

/** A name from a file, so that it can go to a terminal. */
function printable(name: string): string {
  return /^[ -~]+$/.test(name) ? name : describe(name)
}

async function run(values: OptionValues, paths: string[]): Promise<number> {
  if (paths.length === 0) throw new UsageError('weft blocktest needs at least one PATH (see weft blocktest --help)')
  const options = { verbose: values.verbose === true, selection: readSelection(values) }
  const progress = createProgress()
  const { files, problems } = expandPaths(paths, /\.json(\.gz)?$/, true)
  for (const { error } of problems) complain(error)
  let unusable = problems.length > 0
  let runner: BlockTestRunner | undefined
  const all: TestResult[] = []
  const rows: Cell[][] = []
  for (const [i, file] of files.entries()) {
    progress.show(`testing ${i + 1} of ${files.length}: ${file}`)
    try {
      const tests = namedTests(readJsonFile(file), file)
      runner ??= await loadRunner()
      const results = await runTests(tests, file, runner, options)
      for (const result of results) all.push(result)
      rows.push(fileRow(file, results))
      progress.clear()
      if (values.json !== true) reportFailures(file, results)
    } catch (error) {
      progress.clear()
      if (error instanceof LoadError) throw error
      unusable = true
      complain(errorLine(error, options.verbose))
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  progress.clear()
  if (values.json === true) print(JSON.stringify(all, null, 2))
  else printSummary(rows, all)
  return unusable ? UNUSABLE : all.every(result => result.pass) ? OK : FAILED
}

function fileRow(file: string, results: readonly TestResult[]): Cell[] {
  const passed = results.filter(result => result.pass).length
  const failed = results.length - passed
  return [file, grouped(passed), { text: grouped(failed), paint: failed > 0 ? pc.red : pc.dim }]
}

function reportFailures(file: string, results: readonly TestResult[]): void {
  for (const { name, fork, error, pass } of results) {
    if (!pass) complain(`${file}: ${printable(name)} on ${printable(fork)}: ${error ?? 'the result differs'}`)
  }
}

function printSummary(rows: readonly Cell[][], all: readonly TestResult[]): void {
  if (rows.length === 0) return
  const columns = [
    { title: 'file', align: 'left' },
    { title: 'pass', align: 'right' },
    { title: 'fail', align: 'right' },
  ] as const
  for (const line of formatTable(columns, rows)) print(line)
  const passed = all.filter(result => result.pass).length
  print(`\n${count(all.length, 'test')}, ${grouped(passed)} pass, ${grouped(all.length - passed)} fail`)
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
  },
  run,
}
