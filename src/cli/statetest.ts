// weft statetest: runs plain JSON state tests (GeneralStateTests format) and says how many cases pass. With --json or --json-outcome
// stdout gets the array that geth's `evm statetest` prints, indented, and stderr a compact line per case as revme writes it: tools
// that read either of them can read this one.
import type { Tracer } from '../trace/tracer.ts'
import { type Command, type OptionValues, UsageError } from './command.ts'
import { loadStateTestReader, type StateTestCase, type StateTestOutcome, type StateTestReader } from './engine.ts'
import { readSelection, type Selection, selectsCase, selectsName } from './selection.ts'
import { type NamedTests, orFailure, printable, runTestFiles, type TestResult, testsOf } from './testrun.ts'
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

/** Result of one case. */
export interface CaseResult extends TestResult {
  stateRoot: string
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
      let outcome: StateTestOutcome | undefined
      const result = await orFailure<CaseResult>(
        async () => {
          outcome = await test.run(testCase, { dump, ...(tracer && { tracer: tracer() }) })
          return resultOf(name, testCase, outcome)
        },
        error => ({ name, pass: false, stateRoot: '', fork: testCase.fork, error }),
        verbose,
      )
      results.push(result)
      onResult?.(result, testCase, outcome)
    }
  }
  return results
}

function resultOf(name: string, { fork }: StateTestCase, outcome: StateTestOutcome): CaseResult {
  const { pass, stateRoot, error, state } = outcome
  return { name, pass, stateRoot, fork, ...(error !== undefined && { error }), ...(state !== undefined && { state }) }
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

/** The tests of a parsed file. Throws an InputError where it holds none. */
export function namedTests(json: unknown, file: string): NamedTests {
  const expected = 'state tests { name: { env, pre, transaction, post } }'
  return testsOf(json, file, expected, ['env', 'pre', 'transaction', 'post'])
}

/** The lines on stderr: a case's trace, then the line with its state root, at which readers stop. */
function machineReadable(values: OptionValues, asJson: boolean): Pick<RunOptions, 'tracer' | 'onResult'> {
  const isTraced = values.trace === true || values.json === true
  if (!isTraced && !asJson) return {}
  const format = readTraceFormat(String(values['trace.format'] ?? 'json'), '--trace.format')
  if (format !== 'eip3155') throw new UsageError('"--trace.format" expected json')
  const output = new TraceOutput()
  const onResult: RunOptions['onResult'] = (result, testCase, outcome) => {
    const { stateRoot } = result
    output.line(asJson ? outcomeLine(result, testCase, outcome) : JSON.stringify({ stateRoot }))
    output.flush()
  }
  return { onResult, ...(isTraced && { tracer: () => createTracer(format, values, output).tracer }) }
}

async function run(values: OptionValues, paths: string[]): Promise<number> {
  const asJson = values.json === true || values['json-outcome'] === true
  const options: RunOptions = {
    verbose: values.verbose === true,
    selection: readSelection(values),
    dump: values.dump === true,
    ...machineReadable(values, asJson),
  }
  let reader: StateTestReader | undefined
  const runFile = async (json: unknown, file: string): Promise<CaseResult[]> => {
    const tests = namedTests(json, file)
    reader ??= await loadStateTestReader()
    return runTests(tests, file, reader, options)
  }
  return runTestFiles({ command: 'statetest', noun: 'case', asJson, run: runFile }, values, paths)
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
