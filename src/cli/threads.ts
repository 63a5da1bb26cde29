// What `weft replay` does with threads: it reads the options, runs a block again to see its conflict graph and to measure the
// speed-up, and tells how the block ran, in tables and in files for other programs.
import { writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { coreCount } from '#platform'
import type { DispatchOption, ReplayOutcome } from '../block.ts'
import { hasThreads } from '../core/load.ts'
import { InputError } from '../errors.ts'
import { type Colouring, type ColouringMethod, colouringOf } from '../schedule/colouring.ts'
import { graphToDot, graphToJson } from '../schedule/export.ts'
import type { ConflictGraph } from '../schedule/graph.ts'
import { countOf, levelsOf } from '../schedule/levels.ts'
import { type MetricsTable, metricsTables, type ParallelMetrics } from '../schedule/metrics.ts'
import type { ParallelReport } from '../schedule/outcome.ts'
import { simulate } from '../schedule/simulate.ts'
import { timelineOf } from '../schedule/timeline.ts'
import { type Command, count, grouped, type OptionValues, UsageError } from './command.ts'
import { formatTable } from './table.ts'

/** Above so many threads the default does not go: blocks have little more to share out. */
const MOST_BY_DEFAULT = 8
const MOST = 64
const DISPATCHES = ['auto', 'dataflow', 'batched', 'sequential']
/** Each of the two ways of running a block is measured so often; the fastest counts. */
const ROUNDS = 3
/** DSATUR takes two seconds for 10,000 transactions at one object. */
const MOST_FOR_DSATUR = 5000

/** What was asked for. */
export interface Threading {
  /** 1: the single-threaded build. */
  threads: number
  dispatch?: DispatchOption
  hints?: 'none' | 'all'
  explain: boolean
  speedup: boolean
  /** Where the conflict graph goes, and the timeline. */
  graph?: string
  timeline?: string
}

/** The options of a block's own run. */
export function runOptions(threading: Threading): Pick<Threading, 'dispatch' | 'hints'> & { report: boolean } {
  const { dispatch, hints, explain, graph, timeline } = threading
  const report = explain || graph !== undefined || timeline !== undefined
  return { ...(dispatch && { dispatch }), ...(hints && { hints }), report }
}

export const THREAD_OPTIONS: Command['options'] = {
  threads: { type: 'string' },
  dispatch: { type: 'string' },
  hints: { type: 'string' },
  explain: { type: 'boolean' },
  speedup: { type: 'boolean' },
  graph: { type: 'string' },
  timeline: { type: 'string' },
}

export const THREAD_HELP: string = `  --threads N     threads that share the transactions of a block, 1 to ${MOST}. Default: the cores of this machine, at
                  most ${MOST_BY_DEFAULT}; 1 with --trace. 1 takes the build without threads
  --dispatch HOW  auto (default): whichever of dataflow and sequential promises to be faster; dataflow: a
                  transaction runs as soon as those it is predicted to depend on have run; batched: colour by
                  colour; sequential: one after the other. The result is the same
  --hints HOW     all: what every transaction will access is predicted, also where that costs more than it
                  promises to save; none: nothing is predicted. Default: where it is worth its time
  --speedup       runs the block again, ${ROUNDS} times each way, and tells how much faster it is than sequentially
  --explain       tables of how the block ran: conflict graph, predictions, workers, waits, colourings, speed-up
  --graph FILE    writes the conflict graph of what the transactions accessed, with colours: .dot or .json
  --timeline FILE what each thread did when, as Chrome trace events: .json
                  With several blocks each has a file of its own, FILE-NUMBER`

/** Reads the options of threads. A UsageError names the one that is wrong. */
export function readThreading(values: OptionValues): Threading {
  const isTraced = values.trace !== undefined
  const threads = readThreads(values.threads, isTraced)
  const { dispatch, hints, graph, timeline } = values
  if (dispatch !== undefined && !DISPATCHES.includes(String(dispatch)))
    wrong('dispatch', DISPATCHES.join(', '), dispatch)
  if (hints !== undefined && hints !== 'none' && hints !== 'all') wrong('hints', 'all, none', hints)
  checkExtension('graph', graph, ['.dot', '.json'])
  checkExtension('timeline', timeline, ['.json'])
  const asked = ['explain', 'graph', 'timeline'].filter(name => values[name])
  if (dispatch === 'dataflow' || dispatch === 'batched') asked.push(`dispatch ${dispatch}`)
  if (asked.length > 0 && isTraced)
    throw new UsageError(`"--${asked[0]}" and "--trace" exclude each other: traced blocks run sequentially`)
  if (asked.length > 0 && threads === 1) throw new UsageError(`"--${asked[0]}" needs "--threads" 2 or more`)
  return {
    threads,
    ...(dispatch !== undefined && { dispatch: dispatch as DispatchOption }),
    ...(hints !== undefined && { hints }),
    explain: values.explain === true,
    speedup: values.explain === true || (values.speedup === true && !isTraced),
    ...(typeof graph === 'string' && { graph }),
    ...(typeof timeline === 'string' && { timeline }),
  }
}

function readThreads(value: OptionValues[string], isTraced: boolean): number {
  if (value === undefined) return isTraced || !hasThreads() ? 1 : Math.min(coreCount(), MOST_BY_DEFAULT)
  const threads = /^\d{1,2}$/.test(String(value)) ? Number(value) : 0
  if (threads < 1 || threads > MOST) wrong('threads', `a number 1..${MOST}`, value)
  if (threads > 1 && !hasThreads()) wrong('threads', '1: this runtime has no shared memory', value)
  return threads
}

function checkExtension(name: string, value: OptionValues[string], known: readonly string[]): void {
  if (value === undefined || known.includes(extname(String(value)))) return
  wrong(name, `a file name that ends in ${known.join(' or ')}`, value)
}

function wrong(name: string, expected: string, value: OptionValues[string]): never {
  throw new UsageError(`"--${name}" expected ${expected}, got ${JSON.stringify(String(value).slice(0, 40))}`)
}

// ---- a block that has run ---------------------------------------------------------------------------------------------------

/** A block, and how to run it once more. */
export interface BlockRun {
  number: bigint
  outcome: ReplayOutcome
  again(options: { dispatch: DispatchOption; report?: boolean }): Promise<ReplayOutcome>
}

/** What there is to say of a block that has run. */
export interface Explanation {
  /** The engine's figures, completed. */
  parallel: ParallelMetrics
  /** The tables of --explain, and sentences on what could not be had. */
  lines: string[]
  notes: string[]
}

/** Measures what was asked for, writes the files, and makes the tables. A file that cannot be written is an InputError. */
export async function explain(
  { number, outcome, again }: BlockRun,
  figures: ParallelMetrics,
  asked: Threading,
  several: boolean,
): Promise<Explanation> {
  const parallel = { ...figures }
  const notes: string[] = []
  const title = `block ${grouped(number)}`
  const wantsGraph = asked.explain || asked.speedup || asked.graph !== undefined
  let { report } = outcome
  if (wantsGraph) report ??= await recorded(again, parallel)
  if (wantsGraph && !report) notes.push(`${title}: no conflict graph: ${parallel.dispatch.reason}`)
  if (asked.speedup) await measure(again, parallel)
  if (asked.graph !== undefined && report) writeGraph(fileFor(asked.graph, number, several), title, report.actual)
  if (asked.timeline !== undefined) {
    const gas = outcome.report?.actual.gas
    if (!outcome.report || !gas)
      notes.push(`${title} ran sequentially, so it has no timeline: ${parallel.dispatch.reason}`)
    else write(fileFor(asked.timeline, number, several), timelineOf(outcome.report.spans, { gas, title }))
  }
  const lines = asked.explain ? explanation(title, parallel, report) : []
  return { parallel, lines, notes }
}

/** A block that ran sequentially has a conflict graph too: another run shows it, unless it cannot run in any other way. */
async function recorded(again: BlockRun['again'], parallel: ParallelMetrics): Promise<ParallelReport | undefined> {
  const { parallel: other, report } = await again({ dispatch: 'dataflow', report: true }).catch((error: unknown) => {
    if (error instanceof InputError && error.field === 'dispatch') return { parallel: undefined, report: undefined }
    throw error
  })
  if (other?.actual) parallel.actual = other.actual
  return report
}

/** Time of sequential execution over time of this dispatch; the ways take turns, so that whatever else goes on hits both. */
async function measure(again: BlockRun['again'], parallel: ParallelMetrics): Promise<void> {
  const { asked, chosen } = parallel.dispatch
  if (chosen === 'sequential') return
  let [sequential, own] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < ROUNDS; round++) {
    sequential = Math.min(sequential, await timed(again, 'sequential'))
    own = Math.min(own, await timed(again, asked))
  }
  parallel.speedup = sequential / own
}

async function timed(again: BlockRun['again'], dispatch: DispatchOption): Promise<number> {
  const { ms } = await again({ dispatch })
  return ms.prepare + ms.execute
}

// ---- files ------------------------------------------------------------------------------------------------------------------

function fileFor(path: string, number: bigint, several: boolean): string {
  const extension = extname(path)
  return several ? `${path.slice(0, -extension.length)}-${number}${extension}` : path
}

function writeGraph(path: string, title: string, graph: ConflictGraph): void {
  write(path, extname(path) === '.dot' ? graphToDot(graph, { title }) : graphToJson(graph, { title }))
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const found = code === 'ENOENT' ? 'no such folder' : code === 'EISDIR' ? 'a folder' : message
    throw new InputError({ file: path, expected: 'a file that can be written', found, cause })
  }
}

// ---- tables -----------------------------------------------------------------------------------------------------------------

function explanation(title: string, parallel: ParallelMetrics, report: ParallelReport | undefined): string[] {
  const graph = report?.actual
  const colourings = graph ? colouringsOf(graph, parallel.workers) : []
  const dsatur = colourings.find(({ method }) => method === 'dsatur')
  if (parallel.actual && dsatur) parallel.actual = { ...parallel.actual, colours: dsatur.count }
  const tables = metricsTables(parallel)
  if (graph) tables.push(colouringTable(graph, parallel.workers, colourings))
  const lines = [title, '', ...tables.flatMap(table => [...linesOf(table), ''])]
  if (graph && !dsatur) lines.push(`DSATUR is left out above ${grouped(MOST_FOR_DSATUR)} transactions.`, '')
  return lines
}

function colouringsOf(graph: ConflictGraph, workers: number): Colouring[] {
  const methods: ColouringMethod[] = ['greedy', 'welsh-powell']
  if (graph.count <= MOST_FOR_DSATUR) methods.push('dsatur')
  return methods.map(method => colouringOf(graph, method, workers))
}

/** Keys that are hashes would make every line wrap; JSON and the graph's file have them whole. */
function linesOf({ columns, rows }: MetricsTable): string[] {
  const short = (cell: string): string => cell.replace(/(0x[0-9a-f]{8})[0-9a-f]{36,}([0-9a-f]{6})/, '$1…$2')
  return formatTable(
    columns,
    rows.map(row => row.map(short)),
  )
}

/** What the order of the block costs: its levels beside colourings that need not keep it, in a model that only knows gas. */
function colouringTable(graph: ConflictGraph, workers: number, colourings: readonly Colouring[]): MetricsTable {
  const gas = graph.gas.reduce((sum, each) => sum + each, 0)
  const row = (name: string, colours: number, batched: number, free: number): string[] => [
    name,
    grouped(colours),
    (gas / batched).toFixed(2),
    (gas / free).toFixed(2),
  ]
  const batched = simulate(graph, { workers, dispatch: 'batched' }).makespan
  const inOrder = row(
    'the order of the block',
    countOf(levelsOf(graph)),
    batched,
    simulate(graph, { workers }).makespan,
  )
  const free = colourings.map(each =>
    row(`any order, ${each.method}`, each.count, each.batchedMakespan, each.listMakespan),
  )
  return {
    columns: [
      { title: 'model by gas', align: 'left' },
      { title: 'colours', align: 'right' },
      { title: 'speed-up batched', align: 'right' },
      { title: 'speed-up dataflow', align: 'right' },
    ],
    rows: [inOrder, ...free],
  }
}

/** How the blocks ran, in one line; nothing where there was one thread. */
export function summaryLine(all: readonly ParallelMetrics[]): string | undefined {
  const [first] = all
  if (first === undefined) return undefined
  const repeated = all.reduce((sum, { reruns, frontierReruns }) => sum + reruns + frontierReruns, 0)
  const ways = all.map(({ dispatch }) => dispatch.chosen)
  const names = [...new Set(ways)].map(way =>
    all.length === 1 ? way : `${way} ${count(ways.filter(each => each === way).length, 'block')}`,
  )
  const parts = [`${names.join(', ')} on ${count(first.workers, 'thread')}`]
  if (all.length === 1) {
    const batches = first.actual?.levels ?? first.colours
    const { parallelism } = first.actual ?? first
    if (batches > 0) parts.push(count(batches, 'batch', 'batches'), `parallelism ${parallelism.toFixed(1)}`)
  }
  parts.push(`${count(repeated, 'run')} again`)
  if (all.length === 1 && first.speedup !== undefined)
    parts.push(`${first.speedup.toFixed(2)} times as fast as one after the other`)
  else if (all.length === 1 && first.dispatch.chosen === 'sequential') parts.push(first.dispatch.reason)
  return parts.join(', ')
}
