// weft replay: executes block files and compares each result with its header. Blocks that follow one another carry their
// state forward. A block that cannot be read or does not verify is reported, and the others still run.
import { allOk, checkOutcome, firstMismatch } from '../chain/checks.ts'
import {
  GpuError,
  InputError,
  InternalError,
  InvalidBlockError,
  InvalidTransactionError,
  LoadError,
} from '../errors.ts'
import type { BlockFile } from '../input/block-file.ts'
import { blockFileReader, readExpectedBeside, readJsonFile } from '../input/file.node.ts'
import { readWitness } from '../input/witness.ts'
import { MemorySource } from '../state/memory.ts'
import { Changes, OverlaySource } from '../state/overlay.ts'
import type { TraceContext, TraceEnd, Tracer } from '../trace/tracer.ts'
import type { BlockOutcome, Receipt } from '../types.ts'
import {
  type Command,
  complain,
  errorLine,
  FAILED,
  OK,
  type OptionValues,
  print,
  remark,
  UNUSABLE,
  UsageError,
} from './command.ts'
import { firstDifference, wrongClaim } from './differences.ts'
import { type BlockEngine, loadEngine } from './engine.ts'
import { HASH_HELP, readHash } from './hashing.ts'
import { expandPaths } from './paths.ts'
import { createProgress } from './progress.ts'
import { jsonLine, type ReplayResult, resultTable } from './replay-result.ts'
import {
  type BlockRun,
  explain,
  readThreading,
  runOptions,
  THREAD_HELP,
  THREAD_OPTIONS,
  type Threading,
} from './threads.ts'
import { createTracer, readTraceFormat, TRACE_FORMATS, TRACE_HELP, TRACE_SWITCHES, TraceOutput } from './tracing.ts'

const HELP = `Usage: weft replay FILE... [--witness FILE] [--threads N] [--explain] [--json] [--verbose]

Executes block files and compares the result with the block header. FILE is a block file (.json or .json.gz) or a
folder of them; contract codes stand in the file or in codes.json.gz beside it. Consecutive blocks carry state forward.

Options:
  --witness FILE  an execution witness for the one block (.json or .json.gz): { state, codes, headers, keys? }, the
                  answer of debug_executionWitness. It may also stand in the block file, as "witness". The state before
                  the block is proved from it, below the state root of the parent, and the one after it compared
  --json          one JSON object per block and line
${HASH_HELP}
${THREAD_HELP}
  --trace FORMAT  a trace of every transaction on stderr, each after a line { block, tx }:
                  ${TRACE_FORMATS.join(', ')}
  --trace.tx N    only of the transaction at this index of each block
${TRACE_HELP}
  -v, --verbose   all times in the table, stack traces of errors
  -h, --help      this text
  -V, --version

With a witness "witness" in JSON tells that the state was proved, and how many nodes were listed and not needed.
With more than one thread "parallel" in JSON has the figures of the dispatch, those of --explain with that option.
"hash" has where hashes were made: in the core itself, or in batches in WASM or on the GPU; --verbose has a table.
Recording them for --explain, --graph and --timeline takes time; the speed-up is measured without.
"ms" is the time for senders, execution and roots, without reading and decoding the file; Mgas/s is gas by that time.
Exit code: 0 all blocks ok, 1 some block did not verify, 2 usage or file error.`

/** How `replayFiles` is driven. */
export interface ReplayOptions {
  /** Loads the engine; called at the first block, and again after an engine broke. */
  load: () => Promise<BlockEngine>
  verbose?: boolean
  /** Called after each file. */
  onResult: (result: ReplayResult) => void
  onProgress?: (text: string) => void
  /** Makes the tracer of a transaction. */
  tracer?: (block: bigint, index: number) => Tracer | undefined
  /** File with the witness of the only block. */
  witness?: string
  /** How transactions are shared out, and what is to be told of it. */
  threading?: Threading
}

/** What one file leaves to the next. */
interface Session {
  read: (file: string) => BlockFile
  engine: BlockEngine | undefined
  /** The block before, if it verified, and all changes since the start of its chain. */
  previous: { block: BlockFile; changes: Changes } | undefined
}

/** Replays files one after the other. Throws only what makes going on senseless (a core or a GPU that cannot be had). */
export async function replayFiles(files: readonly string[], options: ReplayOptions): Promise<void> {
  const session: Session = {
    read: blockFileReader(options.witness !== undefined),
    engine: undefined,
    previous: undefined,
  }
  for (const [i, file] of files.entries()) {
    options.onProgress?.(`replaying ${i + 1} of ${files.length}: ${file}`)
    const result: ReplayResult = { file, exitCode: UNUSABLE, ok: false }
    try {
      await replayFile(result, session, options, files.length > 1)
    } catch (error) {
      if (error instanceof LoadError || (error instanceof GpuError && !session.engine)) throw error
      if (error instanceof InternalError) session.engine = undefined
      result.error = errorText(error, file, options.verbose ?? false)
      result.exitCode = blames(error) ? FAILED : UNUSABLE
    }
    options.onResult(result)
    // Lets output drain and a closed pipe be seen between blocks.
    await new Promise(resolve => setImmediate(resolve))
  }
}

async function replayFile(
  result: ReplayResult,
  session: Session,
  options: ReplayOptions,
  several: boolean,
): Promise<void> {
  const { previous } = session
  session.previous = undefined
  const started = performance.now()
  const block = session.read(result.file)
  describeBlock(result, block)
  const changes = previous && follows(previous.block, block) ? previous.changes : new Changes()
  const engine = session.engine ?? (await options.load())
  session.engine = engine
  const proof = await proofOf(block, engine, options.witness)
  const source = proof ?? new OverlaySource(new MemorySource(block.state), changes)
  const prepared = performance.now() - started
  const { tracer, threading } = options
  const onProgress = (done: number, total: number) =>
    options.onProgress?.(`block ${block.number}: ${done} of ${total} transactions`)
  try {
    const outcome = await engine.replayBlock(block.block, {
      source,
      expected: block.expected,
      onProgress,
      ...(tracer && { tracer: index => tracer(block.number, index) }),
      ...(threading && runOptions(threading)),
    })
    result.hash = outcome.hash
    judge(result, block, outcome, prepared)
    try {
      const again: BlockRun['again'] = how => engine.replayBlock(block.block, { source, ...how })
      if (threading) await tell(result, { number: block.number, outcome, again }, threading, several)
    } finally {
      if (result.ok) session.previous = { block, changes: carried(changes, block, outcome) }
    }
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    const first = receiptDifference(block, error.receipts)
    if (!first) throw error
    result.error = `${block.file}: ${first}; then ${errorLine(error, options.verbose)}`
    result.exitCode = FAILED
  } finally {
    if (proof) result.witness = proof.report()
  }
}

/** The state before a block as its witness proves it; undefined where there is none, and the file is believed. */
async function proofOf(
  block: BlockFile,
  engine: BlockEngine,
  file: string | undefined,
): Promise<Awaited<ReturnType<BlockEngine['witnessSource']>> | undefined> {
  const place = file === undefined ? { file: block.file, path: 'witness' } : { file, path: '' }
  const witness = file === undefined ? block.witness : readWitness(readJsonFile(file), place)
  return witness && (await engine.witnessSource(witness, block.block, place))
}

/** Adds how the block ran; what fails there does not change what the block came to. */
async function tell(result: ReplayResult, run: BlockRun, threading: Threading, several: boolean): Promise<void> {
  if (!run.outcome.parallel) return
  result.parallel = run.outcome.parallel
  const { parallel, lines, notes } = await explain(run, run.outcome.parallel, threading, several)
  result.parallel = parallel
  result.explanation = lines
  result.notes = notes
}

function describeBlock(result: ReplayResult, block: BlockFile): void {
  result.number = block.number
  result.fork = block.fork.name
  result.txs = block.block.transactions.length
}

/** The error is about the block, not about its file. */
function blames(error: unknown): boolean {
  return (
    error instanceof InvalidBlockError || error instanceof InvalidTransactionError || error instanceof InternalError
  )
}

function errorText(error: unknown, file: string, verbose: boolean): string {
  const line = errorLine(error, verbose)
  return error instanceof InputError && error.file !== undefined ? line : `${file}: ${line}`
}

function follows(previous: BlockFile, block: BlockFile): boolean {
  return block.number === previous.number + 1n && block.block.env.parentHash === previous.hash
}

function carried(changes: Changes, block: BlockFile, outcome: BlockOutcome): Changes {
  changes.add(outcome.diff)
  if (block.hash) changes.blockHashes.set(block.number, block.hash)
  return changes
}

function judge(result: ReplayResult, block: BlockFile, outcome: BlockOutcome, prepared: number): void {
  const checks = checkOutcome(block.block, block.expected, outcome)
  result.checks = checks
  result.gasUsed = outcome.gasUsed
  result.ms = {
    ...outcome.ms,
    prepare: outcome.ms.prepare + prepared,
    total: outcome.ms.total + prepared,
  }
  const wrong = wrongClaim(block.claimed, outcome.receipts)
  result.ok = allOk(checks) && wrong === undefined
  result.exitCode = result.ok ? OK : FAILED
  if (result.ok) return
  const first = receiptDifference(block, outcome.receipts, true)
  result.error = `${block.file}: ${first ?? firstMismatch(checks, block.expected, outcome) ?? wrong}`
}

/** The first transaction that differs from the expected receipts beside the file; `isWhole`: receipts must not be missing. */
function receiptDifference(block: BlockFile, receipts: readonly Receipt[], isWhole = false): string | undefined {
  const known = readExpectedBeside(block.file, block.number)
  return known && firstDifference(isWhole ? known : known.slice(0, receipts.length), receipts)
}

/** The tracers that --trace asks for: each is finished when its transaction ends, so that the traces come one after the other. */
function readTracer(values: OptionValues): ReplayOptions['tracer'] {
  if (typeof values.trace !== 'string') return undefined
  const format = readTraceFormat(values.trace, '--trace')
  const only = values['trace.tx']
  if (only !== undefined && !/^\d{1,6}$/.test(String(only)))
    throw new UsageError('"--trace.tx" expected a number 0..999999')
  const output = new TraceOutput()
  return (block, index) => {
    if (only !== undefined && Number(only) !== index) return undefined
    const { tracer, finish } = createTracer(format, values, output)
    const begin = tracer.begin?.bind(tracer)
    const end = tracer.end?.bind(tracer)
    return Object.assign(tracer, {
      begin: (context: TraceContext) => {
        output.line(JSON.stringify({ block: Number(block), tx: index }))
        begin?.(context)
      },
      end: (last: TraceEnd) => {
        end?.(last)
        finish()
      },
    })
  }
}

async function run(values: Record<string, string | boolean | undefined>, paths: string[]): Promise<number> {
  if (paths.length === 0) throw new UsageError('weft replay needs at least one block file (see weft replay --help)')
  const json = values.json === true
  const verbose = values.verbose === true
  const progress = createProgress()
  const threading = readThreading(values)
  const hash = readHash(values.hash)
  const tracer = readTracer(values)
  const results: ReplayResult[] = []
  const onResult = (result: ReplayResult) => {
    progress.clear()
    results.push(result)
    if (json) print(jsonLine(result))
    else for (const line of result.explanation ?? []) print(line)
    for (const note of result.notes ?? []) remark(note)
    if (result.error) complain(result.error)
  }
  const { files, problems } = expandPaths(paths, /^\d+\.json(\.gz)?$/)
  const { witness } = values
  if (typeof witness === 'string' && files.length > 1) throw new UsageError('"--witness" goes with one block file')
  for (const { file, error } of problems) onResult({ file, exitCode: UNUSABLE, ok: false, error })
  try {
    await replayFiles(files, {
      load: () => loadEngine(threading.threads, hash),
      threading,
      verbose,
      onResult,
      onProgress: text => progress.show(text),
      ...(typeof witness === 'string' && { witness }),
      ...(tracer && { tracer }),
    })
  } finally {
    progress.clear()
  }
  if (!json) for (const line of resultTable(results, verbose)) print(line)
  return Math.max(OK, ...results.map(result => result.exitCode))
}

/** The command. */
export const replay: Command = {
  name: 'replay',
  summary: 'execute block files and compare the results with their headers',
  help: HELP,
  options: {
    json: { type: 'boolean' },
    witness: { type: 'string' },
    hash: { type: 'string' },
    ...THREAD_OPTIONS,
    trace: { type: 'string' },
    'trace.tx': { type: 'string' },
    ...TRACE_SWITCHES,
  },
  run,
}
