// weft statetest: runs plain JSON state tests (GeneralStateTests format) and says how many cases pass. With --json or --json-outcome
// stdout gets the array that geth's `evm statetest` prints, indented, and stderr a compact line per case as revme writes it: tools
// that read either of them can read this one.
import pc from 'picocolors'
import { describe, InputError, LoadError } from '../errors.ts'
import { readJsonFile } from '../input/file.node.ts'
import type { Tracer } from '../trace/tracer.ts'
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
import { loadStateTestReader, type StateTestCase, type StateTestOutcome, type StateTestReader } from './engine.ts'
import { namesFromStdin } from './names.ts'
import { expandPaths } from './paths.ts'
import { createProgress, type Progress } from './progress.ts'
import { readSelection, type Selection, selectsCase, selectsName } from './selection.ts'
import { type Cell, formatTable } from './table.ts'
import { createTracer, readTraceFormat, TRACE_HELP, TRACE_SWITCHES, TraceOutput } from './tracing.ts'

const HELP = `Usage: weft statetest [PATH...] [options]

Runs state tests in JSON: { name: { env, pre, transaction, post } }. PATH is a file (.json or .json.gz) or a folder,
which is walked. Without PATH, file names are read from stdin, one per line, until an empty line; each file is run
as its name comes in. A case passes when state root and logs hash are the expected ones, and where the test expects
an exception, when the transaction is refused with it.

Options:
  --json                   a JSON array of { name, pass, stateRoot, fork, error? } on stdout, one per file with names
                           from stdin; on stderr the trace of each case, ended by a compact line with its stateRoot
  -o, --json-outcome       the same without traces
  --trace                  traces on stderr (EIP-3155), each ended by a line with the stateRoot
  --trace.format json      accepted: there is no other
${TRACE_HELP}
  --run REGEX              only tests whose name matches
  -k, --match TEXT         only tests whose name contains TEXT
  --statetest.name NAME    only the test of that name
  --statetest.fork NAME    only cases of that fork
  --statetest.index N      only the case at that position of its fork
  --dump                   the state after each case, in the array
  --keep-going             accepted: a failed case never ends the run
  -s, --single-thread      accepted: cases run one after the other
  --omit-progress          no progress line
  -v, --verbose            stack traces of errors
  -h, --help               this text
  -V, --version

Exit code: 0 all cases pass, 1 some case failed, 2 usage or file error.`

/** Result of one case, with the field names of geth. */
export interface CaseResult {
  name: string
  pass: boolean
  stateRoot: string
  fork: string
  error?: string
  /** The state after the case, where it was asked for. */
  state?: unknown
}

/** How the tests of a file are run. */
export interface RunOptions {
  verbose?: boolean
  selection?: Selection
  /** The results hold the state after the case. */
  dump?: boolean
  /** Makes the tracer of a case. */
  tracer?: () => Tracer
  /** Called after each case. */
  onResult?: (result: CaseResult, testCase: StateTestCase, outcome: StateTestOutcome | undefined) => void
}

/**
 * Runs the selected cases of the tests of one file. A case that cannot be run has failed; a test that cannot be read throws an
 * InputError.
 */
export async function runTests(
  tests: NamedTests,
  file: string,
  read: StateTestReader,
  options: RunOptions = {},
): Promise<CaseResult[]> {
  const { verbose = false, selection = {}, dump = false, tracer, onResult } = options
  const results: CaseResult[] = []
  for (const [name, json] of tests) {
    if (!selectsName(selection, name)) continue
    const test = read(`${file}: ${printable(name)}`, json)
    for (const testCase of test.cases()) {
      if (!selectsCase(selection, testCase)) continue
      const { fork } = testCase
      let outcome: StateTestOutcome | undefined
      let result: CaseResult
      try {
        outcome = await test.run(testCase, { dump, ...(tracer && { tracer: tracer() }) })
        const { pass, stateRoot, error, state } = outcome
        result = {
          name,
          pass,
          stateRoot,
          fork,
          ...(error !== undefined && { error }),
          ...(state !== undefined && { state }),
        }
      } catch (error) {
        if (error instanceof LoadError) throw error
        result = { name, pass: false, stateRoot: '', fork, error: errorLine(error, verbose) }
      }
      results.push(result)
      onResult?.(result, testCase, outcome)
    }
  }
  return results
}

/** The line that revme prints per case. `stateRoot` comes first: goevmlab looks for it in compact JSON. */
export function outcomeLine(
  result: CaseResult,
  { index }: StateTestCase,
  outcome: StateTestOutcome | undefined,
): string {
  const { name, pass, stateRoot, fork, error = '' } = result
  return JSON.stringify({
    stateRoot,
    logsRoot: outcome?.logsHash ?? '',
    output: outcome?.output ?? '0x',
    gasUsed: Number(outcome?.gasUsed ?? 0n),
    pass,
    errorMsg: error,
    evmResult: outcome?.ending ?? 'not run',
    fork,
    test: name,
    index,
    ...outcome?.indexes,
  })
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

/** One call of the command. */
class StateTestRun {
  readonly #asJson: boolean
  readonly #verbose: boolean
  readonly #options: RunOptions
  readonly #progress: Progress | undefined
  #read: StateTestReader | undefined
  #rows: Cell[][] = []
  #results: CaseResult[] = []
  allPass = true
  unusable = false

  constructor(values: OptionValues) {
    this.#asJson = values.json === true || values['json-outcome'] === true
    this.#verbose = values.verbose === true
    this.#progress = values['omit-progress'] === true ? undefined : createProgress()
    this.#options = {
      verbose: this.#verbose,
      selection: readSelection(values),
      dump: values.dump === true,
      ...this.#machineReadable(values),
    }
  }

  /** The lines on stderr: a case's trace, then the line with its state root, at which readers stop. */
  #machineReadable(values: OptionValues): Pick<RunOptions, 'tracer' | 'onResult'> {
    const isTraced = values.trace === true || values.json === true
    if (!isTraced && !this.#asJson) return {}
    const format = readTraceFormat(String(values['trace.format'] ?? 'json'), '--trace.format')
    if (format !== 'eip3155') throw new UsageError('"--trace.format" expected json')
    const output = new TraceOutput()
    const onResult: RunOptions['onResult'] = (result, testCase, outcome) => {
      const { stateRoot } = result
      output.line(this.#asJson ? outcomeLine(result, testCase, outcome) : JSON.stringify({ stateRoot }))
      output.flush()
    }
    return { onResult, ...(isTraced && { tracer: () => createTracer(format, values, output).tracer }) }
  }

  /** Runs the tests of a file. Throws only where no other file could be run either. */
  async file(file: string, progress: string): Promise<void> {
    this.#progress?.show(`testing ${progress}${file}`)
    try {
      const tests = namedTests(readJsonFile(file), file)
      this.#read ??= await loadStateTestReader()
      const results = await runTests(tests, file, this.#read, this.#options)
      for (const result of results) this.#results.push(result)
      this.allPass &&= results.every(result => result.pass)
      this.#rows.push(fileRow(file, results))
      this.#progress?.clear()
      if (!this.#asJson) reportFailures(file, results)
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
    if (this.#asJson) print(JSON.stringify(this.#results, null, 2))
    else printSummary(this.#rows, this.#results)
    this.#results = []
    this.#rows = []
  }
}

async function run(values: OptionValues, paths: string[]): Promise<number> {
  const isBatch = paths.length === 0 && !process.stdin.isTTY
  const work = new StateTestRun(values)
  if (isBatch) await runBatch(work, values)
  else if (paths.length > 0) await runPaths(work, paths)
  else throw noPath()
  return work.unusable ? UNUSABLE : work.allPass ? OK : FAILED
}

function noPath(): UsageError {
  return new UsageError('weft statetest needs at least one PATH (see weft statetest --help)')
}

async function runPaths(work: StateTestRun, paths: readonly string[]): Promise<void> {
  const { files, problems } = expandPaths(paths, /\.json(\.gz)?$/, true)
  for (const { error } of problems) work.refuse(error)
  for (const [i, file] of files.entries()) {
    await work.file(file, `${i + 1} of ${files.length}: `)
    await new Promise(resolve => setImmediate(resolve))
  }
  work.report()
}

/** Names from stdin. JSON is reported after each file, since who writes the next name may wait for it. */
async function runBatch(work: StateTestRun, { json, 'json-outcome': outcome }: OptionValues): Promise<void> {
  let count = 0
  for await (const file of namesFromStdin()) {
    count++
    await work.file(file, '')
    if (json === true || outcome === true) work.report()
  }
  if (count === 0) throw noPath()
  if (json !== true && outcome !== true) work.report()
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
  options: {
    json: { type: 'boolean' },
    'json-outcome': { type: 'boolean', short: 'o' },
    run: { type: 'string' },
    match: { type: 'string', short: 'k' },
    'statetest.name': { type: 'string' },
    'statetest.fork': { type: 'string' },
    'statetest.index': { type: 'string' },
    dump: { type: 'boolean' },
    'keep-going': { type: 'boolean' },
    'single-thread': { type: 'boolean', short: 's' },
    'omit-progress': { type: 'boolean' },
    trace: { type: 'boolean' },
    'trace.format': { type: 'string' },
    ...TRACE_SWITCHES,
  },
  run,
}
