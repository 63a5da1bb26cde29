// The frame of weft statetest and weft blocktest: files from the command line or by names on stdin, one after the other, their results
// as a table or as the JSON array of geth, failures on stderr, the exit code. The commands say what a test is and how it is run.
import pc from 'picocolors'
import { describe, InputError, LoadError } from '../errors.ts'
import { readJsonFile } from '../input/file.node.ts'
import {
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
import { namesFromStdin } from './names.ts'
import { expandPaths } from './paths.ts'
import { createProgress, type Progress } from './progress.ts'
import { type Cell, formatTable } from './table.ts'

/** What every result has, with the field names of geth. */
export interface TestResult {
  name: string
  pass: boolean
  fork: string
  error?: string
}

/** What a command runs. */
export interface TestSuite<R extends TestResult> {
  /** Name of the command. */
  command: string
  /** What a result is about, for the summary. */
  noun: string
  /** The results are to be printed as JSON. */
  asJson: boolean
  /** Runs the selected tests of a parsed file. Throws InputError where it holds none, LoadError where none can be run at all. */
  run(json: unknown, file: string): Promise<R[]>
}

/** Runs files, or those named on stdin where there is no path and stdin is no terminal, and answers the exit code. */
export async function runTestFiles<R extends TestResult>(
  suite: TestSuite<R>,
  values: OptionValues,
  paths: readonly string[],
): Promise<number> {
  const run = new TestRun(suite, values)
  if (paths.length > 0) await runPaths(run, paths)
  else if (process.stdin.isTTY || !(await runNamed(run, suite.asJson))) {
    throw new UsageError(`weft ${suite.command} needs at least one PATH (see weft ${suite.command} --help)`)
  }
  return run.unusable ? UNUSABLE : run.allPass ? OK : FAILED
}

async function runPaths(run: TestRun<TestResult>, paths: readonly string[]): Promise<void> {
  const { files, problems } = expandPaths(paths, /\.json(\.gz)?$/, true)
  for (const { error } of problems) run.refuse(error)
  for (const [i, file] of files.entries()) {
    await run.file(file, `${i + 1} of ${files.length}: `)
    await new Promise(resolve => setImmediate(resolve))
  }
  run.report()
}

/** JSON is reported after each file, since who writes the next name may wait for it. Returns: there was a name. */
async function runNamed(run: TestRun<TestResult>, asJson: boolean): Promise<boolean> {
  let hasName = false
  for await (const file of namesFromStdin()) {
    hasName = true
    await run.file(file, '')
    if (asJson) run.report()
  }
  if (hasName && !asJson) run.report()
  return hasName
}

/** One call of a command. */
class TestRun<R extends TestResult> {
  readonly #suite: TestSuite<R>
  readonly #verbose: boolean
  readonly #progress: Progress | undefined
  #rows: Cell[][] = []
  #results: R[] = []
  allPass = true
  unusable = false

  constructor(suite: TestSuite<R>, values: OptionValues) {
    this.#suite = suite
    this.#verbose = values.verbose === true
    this.#progress = values['omit-progress'] === true ? undefined : createProgress()
  }

  /** Runs the tests of a file. Throws only where no other file could be run either. */
  async file(file: string, progress: string): Promise<void> {
    this.#progress?.show(`testing ${progress}${file}`)
    try {
      const results = await this.#suite.run(readJsonFile(file), file)
      for (const result of results) this.#results.push(result)
      this.allPass &&= results.every(result => result.pass)
      this.#rows.push(fileRow(file, results))
      this.#progress?.clear()
      if (!this.#suite.asJson) reportFailures(file, results)
    } catch (error) {
      this.#progress?.clear()
      if (error instanceof LoadError) throw error
      this.refuse(errorLine(error, this.#verbose))
    }
  }

  refuse(error: string): void {
    this.unusable = true
    complain(error)
  }

  /** Prints the results since the last report. */
  report(): void {
    this.#progress?.clear()
    if (this.#suite.asJson) print(JSON.stringify(this.#results, null, 2))
    else printSummary(this.#rows, this.#results, this.#suite.noun)
    this.#results = []
    this.#rows = []
  }
}

// ---- tests of a file --------------------------------------------------------------------------------------------------------

/** Names and tests of one file. */
export type NamedTests = [name: string, test: Record<string, unknown>][]

/** The tests of a parsed file: its members that have all `keys`. Throws an InputError where it is something else, or empty. */
export function testsOf(json: unknown, file: string, expected: string, keys: readonly string[]): NamedTests {
  if (!isObject(json) || Array.isArray(json)) throw new InputError({ file, expected, found: describe(json) })
  const tests = Object.entries(json).filter(([name]) => !name.startsWith('_'))
  for (const [name, test] of tests) {
    const missing = keys.find(key => !isObject(test) || !isObject(test[key]))
    if (missing) throw new InputError({ file, expected, found: `no "${missing}" in ${describe(name)}` })
  }
  if (tests.length === 0) throw new InputError({ file, expected, found: 'none' })
  return tests as NamedTests
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The result of `work`. What it throws is a failure of that test only, unless there is no core to run any test. */
export async function orFailure<R>(
  work: () => Promise<R>,
  failure: (error: string) => R,
  verbose: boolean,
): Promise<R> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof LoadError) throw error
    return failure(errorLine(error, verbose))
  }
}

/** A name from a file, so that it can go to a terminal. */
export function printable(name: string): string {
  return /^[ -~]+$/.test(name) ? name : describe(name)
}

// ---- output -----------------------------------------------------------------------------------------------------------------

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

function printSummary(rows: readonly Cell[][], all: readonly TestResult[], noun: string): void {
  if (rows.length === 0) return
  const columns = [
    { title: 'file', align: 'left' },
    { title: 'pass', align: 'right' },
    { title: 'fail', align: 'right' },
  ] as const
  for (const line of formatTable(columns, rows)) print(line)
  const passed = all.filter(result => result.pass).length
  print(`\n${count(all.length, noun)}, ${grouped(passed)} pass, ${grouped(all.length - passed)} fail`)
}
