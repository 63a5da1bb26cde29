// weft statetest: runs plain JSON state tests (GeneralStateTests format) and says how many cases pass. With --json the
// array that geth's `evm statetest` prints, so that tools that read that one can read this one.
import pc from 'picocolors'
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
import { loadStateTestReader, type StateTestReader } from './engine.ts'
import { expandPaths } from './paths.ts'
import { createProgress } from './progress.ts'
import { type Cell, formatTable } from './table.ts'

const HELP = `Usage: weft statetest PATH... [--json] [--verbose]

Runs state tests in JSON: { name: { env, pre, transaction, post } }. PATH is a file (.json or .json.gz) or a folder,
which is walked. A case passes when state root and logs hash are the expected ones.

Options:
  --json         a JSON array of { name, pass, stateRoot, fork, error? }
  -v, --verbose  stack traces of errors
  -h, --help     this text
  -V, --version

Exit code: 0 all cases pass, 1 some case failed, 2 usage or file error.`

/** Result of one case, with the field names of geth. */
export interface CaseResult {
  name: string
  pass: boolean
  stateRoot: string
  fork: string
  error?: string
}

/**
 * Runs all cases of the tests of one file. A case that cannot be run has failed; a test that cannot be read throws an
 * InputError.
 */
export async function runTests(
  tests: NamedTests,
  file: string,
  read: StateTestReader,
  verbose = false,
): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  for (const [name, json] of tests) {
    const test = read(`${file}: ${printable(name)}`, json)
    for (const testCase of test.cases()) {
      const { fork } = testCase
      try {
        const { pass, stateRoot, error } = await test.run(testCase)
        results.push({ name, pass, stateRoot, fork, ...(error !== undefined && { error }) })
      } catch (error) {
        if (error instanceof LoadError) throw error
        results.push({ name, pass: false, stateRoot: '', fork, error: errorLine(error, verbose) })
      }
    }
  }
  return results
}

/** A name from a file, so that it can go to a terminal. */
function printable(name: string): string {
  return /^[ -~]+$/.test(name) ? name : describe(name)
}

/** Names and tests of one file. */
export type NamedTests = [name: string, test: unknown][]

/** The tests of a parsed file. Throws an InputError where it holds none. */
export function namedTests(json: unknown, file: string): NamedTests {
  const expected = 'state tests { name: { env, pre, transaction, post } }'
  if (!isObject(json) || Array.isArray(json)) throw new InputError({ file, expected, found: describe(json) })
  const tests = Object.entries(json).filter(([name]) => !name.startsWith('_'))
  for (const [name, test] of tests) {
    const missing = ['env', 'pre', 'transaction', 'post'].find(key => !isObject(test) || !isObject(test[key]))
    if (missing) throw new InputError({ file, expected, found: `no object "${missing}" in ${describe(name)}` })
  }
  if (tests.length === 0) throw new InputError({ file, expected, found: 'none' })
  return tests
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function fileRow(file: string, results: readonly CaseResult[]): Cell[] {
  const passed = results.filter(result => result.pass).length
  const failed = results.length - passed
  return [file, grouped(passed), { text: grouped(failed), paint: failed > 0 ? pc.red : pc.dim }]
}

async function run(values: OptionValues, paths: string[]): Promise<number> {
  if (paths.length === 0) throw new UsageError('weft statetest needs at least one PATH (see weft statetest --help)')
  const verbose = values.verbose === true
  const progress = createProgress()
  const { files, problems } = expandPaths(paths, /\.json(\.gz)?$/, true)
  for (const { error } of problems) complain(error)
  let unusable = problems.length > 0
  let read: StateTestReader | undefined
  const all: CaseResult[] = []
  const rows: Cell[][] = []
  for (const [i, file] of files.entries()) {
    progress.show(`testing ${i + 1} of ${files.length}: ${file}`)
    try {
      const tests = namedTests(readJsonFile(file), file)
      read ??= await loadStateTestReader()
      const results = await runTests(tests, file, read, verbose)
      for (const result of results) all.push(result)
      rows.push(fileRow(file, results))
      progress.clear()
      if (values.json !== true) reportFailures(file, results)
    } catch (error) {
      progress.clear()
      if (error instanceof LoadError) throw error
      unusable = true
      complain(errorLine(error, verbose))
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  progress.clear()
  if (values.json === true) print(JSON.stringify(all, null, 2))
  else printSummary(rows, all)
  return unusable ? UNUSABLE : all.every(result => result.pass) ? OK : FAILED
}

function reportFailures(file: string, results: readonly CaseResult[]): void {
  for (const { name, fork, error, pass } of results) {
    if (!pass) complain(`${file}: ${printable(name)} on ${printable(fork)}: ${error ?? 'the result differs'}`)
  }
}

function printSummary(rows: readonly Cell[][], all: readonly CaseResult[]): void {
  if (rows.length === 0) return
  const columns = [
    { title: 'file', align: 'left' },
    { title: 'pass', align: 'right' },
    { title: 'fail', align: 'right' },
  ] as const
  for (const line of formatTable(columns, rows)) print(line)
  const passed = all.filter(result => result.pass).length
  print(`\n${count(all.length, 'case')}, ${grouped(passed)} pass, ${grouped(all.length - passed)} fail`)
}

/** The command. */
export const stateTest: Command = {
  name: 'statetest',
  summary: 'run JSON state tests',
  help: HELP,
  options: { json: { type: 'boolean' } },
  run,
}
