// From measured cases to what is shown and written: the table, the comparison over each group, the JSON file.

import { type Column, formatTable } from '../src/cli/table.ts'
import { type AutoProof, autoLines } from './auto.ts'
import type { Group } from './cases/case.ts'
import { type Machine, machineLine } from './machine.ts'
import { type ModelRow, modelLines } from './model.ts'
import { type Figures, geometricMean, type Ratios, ratiosOf, totalOf } from './statistics.ts'

/** A case with its figures, or with the reason why it has none. */
export interface CaseResult {
  name: string
  group: Group
  gas?: number
  /** Messages that a run hashes. */
  items?: number
  ours?: Figures
  theirs?: Figures
  /** What else there is to say of our last run. */
  note?: string
  /** What it needs is not there. */
  missing?: string
  error?: string
}

/** A group of cases against the rival. */
export interface Comparison {
  cases: number
  /** Of how many that there are: with --filter, --quick or a failure it is a part. */
  of: number
  /** How many times as fast as the rival we are. */
  ratios: Ratios
}

/** Everything that a run found out. */
export interface Report {
  machine: Machine
  quick: boolean
  filter?: string
  seconds: number
  cases: readonly CaseResult[]
  /** Geometric mean of the ratios of the classics. */
  classics?: Comparison
  /** Ratio of the total times of the mainnet blocks. */
  blocks?: Comparison
  /** The same blocks on two threads under `auto`, against our own sequential runs. */
  parallel?: Comparison
  /** Work of two threads in the time of one, on a loop that touches no memory: what two workers can gain at most. */
  cores?: number
  /** What more workers would bring to the mainnet blocks, in a model. */
  model?: readonly ModelRow[]
  /** Whether `auto` is never slower than `wasm`. */
  auto?: AutoProof
  /** Our time as a part of theirs, by medians: smaller is better. null: not measured. */
  summary: {
    classicsVsEthereumJS: number | null
    blocksVsEthereumJS: number | null
    parallel2VsSequential: number | null
  }
}

type Compared = CaseResult & { ours: Figures; theirs: Figures }

function compared(cases: readonly CaseResult[], group: Group): Compared[] {
  return cases.filter((result): result is Compared => result.group === group && !!result.ours && !!result.theirs)
}

/** Geometric mean of the ratios of the classics; undefined if none was measured. */
export function compareClassics(cases: readonly CaseResult[], of: number): Comparison | undefined {
  const found = compared(cases, 'classic').map(({ ours, theirs }) => ratiosOf(ours, theirs))
  const mean = (key: keyof Ratios): number => geometricMean(found.map(ratios => ratios[key]))!
  if (found.length === 0) return undefined
  const ratios = { ofMedians: mean('ofMedians'), ofFastest: mean('ofFastest'), ofCpu: mean('ofCpu') }
  return { cases: found.length, of, ratios }
}

/** Ratio of the time for all mainnet blocks of a group; undefined if none was measured. */
export function compareBlocks(cases: readonly CaseResult[], group: Group, of: number): Comparison | undefined {
  const found = compared(cases, group)
  if (found.length === 0) return undefined
  const [ours, theirs] = [totalOf(found.map(result => result.ours)), totalOf(found.map(result => result.theirs))]
  return { cases: found.length, of, ratios: ratiosOf(ours, theirs) }
}

/** The summary of a report. */
export function summarize(
  classics: Comparison | undefined,
  blocks: Comparison | undefined,
  parallel: Comparison | undefined,
): Report['summary'] {
  const inverse = (comparison: Comparison | undefined): number | null =>
    comparison ? 1 / comparison.ratios.ofMedians : null
  return {
    classicsVsEthereumJS: inverse(classics),
    blocksVsEthereumJS: inverse(blocks),
    parallel2VsSequential: inverse(parallel),
  }
}

const COLUMNS: readonly Column[] = [
  { title: 'case', align: 'left' },
  { title: 'Mgas/s', align: 'right' },
  { title: 'median ms', align: 'right' },
  { title: 'min ms', align: 'right' },
  { title: 'spread', align: 'right' },
  { title: 'runs', align: 'right' },
  { title: 'EthereumJS ms', align: 'right' },
  { title: 'ratio', align: 'right' },
  { title: 'of min', align: 'right' },
]

/** The table and what stands under it. */
export function reportLines({
  machine,
  cases,
  classics,
  blocks,
  parallel,
  cores,
  model,
  auto,
  seconds,
}: Report): string[] {
  const shown = cases.filter(result => result.ours)
  const rows = [...shown.filter(({ group }) => !isParallel(group) && !isHashing(group)).map(row), ...totalRows(shown)]
  const notes = [
    machineLine(machine),
    `${cases.length} cases in ${seconds.toFixed(0)} s. Medians; spread is the distance of the quartiles as a part of the median.`,
  ]
  return [
    ...(rows.length > 0 ? [...formatTable(COLUMNS, rows), ''] : []),
    ...hashLines(shown),
    ...comparisonLine('classics, geometric mean', 'classics', classics),
    ...comparisonLine('mainnet blocks, total time', 'blocks', blocks),
    ...parallelLines(shown, parallel),
    ...(cores === undefined ? [] : [`two threads of this machine do ${cores.toFixed(2)}x the work of one`, '']),
    ...(model ? [...modelLines(model), ''] : []),
    ...(auto ? [...autoLines(auto), ''] : []),
    ...notes,
  ]
}

function isParallel(group: Group): boolean {
  return group === 'parallel' || group === 'parallel-block'
}

function isHashing(group: Group): boolean {
  return group === 'hash' || group === 'gpu'
}

const HASH_COLUMNS: readonly Column[] = [
  { title: 'hashing', align: 'left' },
  { title: 'messages', align: 'right' },
  { title: 'ms', align: 'right' },
  { title: 'ns each', align: 'right' },
  { title: 'theirs', align: 'right' },
  { title: 'of theirs', align: 'right' },
  { title: 'of min', align: 'right' },
  { title: 'spread', align: 'right' },
  { title: 'they are', align: 'left' },
]

/** The table of hashing: ours as a part of theirs, so less than 1 is faster. */
function hashLines(shown: readonly CaseResult[]): string[] {
  const rows = shown
    .filter(({ group, theirs }) => isHashing(group) && theirs)
    .map(({ name, items = 0, ours, theirs, note = '' }) => [
      name.replace('hash.', ''),
      String(items),
      milliseconds(ours!.medianMs),
      ((ours!.medianMs * 1e6) / items).toFixed(0),
      ((theirs!.medianMs * 1e6) / items).toFixed(0),
      (ours!.medianMs / theirs!.medianMs).toFixed(2),
      (ours!.minMs / theirs!.minMs).toFixed(2),
      `${(ours!.spread * 100).toFixed(0)} %`,
      note,
    ])
  return rows.length > 0 ? [...formatTable(HASH_COLUMNS, rows), ''] : []
}

const PARALLEL_COLUMNS: readonly Column[] = [
  { title: 'in parallel', align: 'left' },
  { title: 'sequential ms', align: 'right' },
  { title: 'parallel ms', align: 'right' },
  { title: 'of sequential', align: 'right' },
  { title: 'of min', align: 'right' },
  { title: 'spread', align: 'right' },
  { title: '', align: 'left' },
]

/** The table of parallel runs against our own sequential ones, and the mainnet blocks in one line. */
function parallelLines(shown: readonly CaseResult[], parallel: Comparison | undefined): string[] {
  const found = shown.filter(({ group, theirs }) => isParallel(group) && theirs)
  if (found.length === 0) return []
  const rows = found.map(({ name, ours, theirs, note = '' }) => [
    name.replace('parallel.', ''),
    milliseconds(theirs!.medianMs),
    milliseconds(ours!.medianMs),
    (ours!.medianMs / theirs!.medianMs).toFixed(2),
    (ours!.minMs / theirs!.minMs).toFixed(2),
    `${(ours!.spread * 100).toFixed(0)} %`,
    note,
  ])
  const total = parallel
    ? `mainnet blocks on two threads under auto: ${(1 / parallel.ratios.ofMedians).toFixed(3)} of sequential time (${parallel.cases} of ${parallel.of} blocks; by fastest runs ${(1 / parallel.ratios.ofFastest).toFixed(3)})`
    : undefined
  return [...formatTable(PARALLEL_COLUMNS, rows), '', ...(total === undefined ? [] : [total])]
}

function comparisonLine(what: string, noun: string, comparison: Comparison | undefined): string[] {
  if (!comparison) return []
  const { cases, of, ratios } = comparison
  const count = cases === of ? `all ${of} ${noun}` : `${cases} of ${of} ${noun}`
  const others = `by fastest runs ${times(ratios.ofFastest)}, by processor time ${times(ratios.ofCpu)}`
  return [`${what}: ${times(ratios.ofMedians)} as fast as EthereumJS (${count}; ${others})`]
}

function row({ name, gas = 0, ours, theirs }: CaseResult): string[] {
  const { runs, medianMs, minMs, spread } = ours!
  const ratios = theirs && ratiosOf(ours!, theirs)
  return [
    name,
    gas === 0 ? '-' : (gas / 1e3 / medianMs).toFixed(0),
    milliseconds(medianMs),
    milliseconds(minMs),
    runs > 1 ? `${(spread * 100).toFixed(0)} %` : '-',
    String(runs),
    theirs ? milliseconds(theirs.medianMs) : '-',
    ratios ? times(ratios.ofMedians) : '-',
    ratios ? times(ratios.ofFastest) : '-',
  ]
}

function totalRows(shown: readonly CaseResult[]): string[][] {
  const blocks = compared(shown, 'block')
  if (blocks.length < 2) return []
  const gas = blocks.reduce((sum, result) => sum + (result.gas ?? 0), 0)
  const [ours, theirs] = [totalOf(blocks.map(result => result.ours)), totalOf(blocks.map(result => result.theirs))]
  return [row({ name: `${blocks.length} mainnet blocks`, group: 'block', gas, ours, theirs })]
}

function milliseconds(ms: number): string {
  return ms.toFixed(ms < 10 ? 3 : ms < 100 ? 2 : 1)
}

function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 100 ? 1 : 0)}x`
}
