// What `weft replay` shows of its results: a JSON line each, or a table with a summary. Called by cli/replay.ts.
import pc from 'picocolors'
import type { Check, Checks } from '../chain/checks.ts'
import type { HashMetrics } from '../gpu/hashing.ts'
import type { ParallelMetrics } from '../schedule/metrics.ts'
import type { WitnessReport } from '../state/witness.ts'
import type { BlockTimes } from '../types.ts'
import { count, grouped, thousandths } from './command.ts'
import { hashJson, hashLines } from './hashing.ts'
import { type Cell, type Column, formatTable } from './table.ts'
import { summaryLine } from './threads.ts'

/** What is known of one file after its turn. */
export interface ReplayResult {
  file: string
  exitCode: number
  number?: bigint
  fork?: string
  txs?: number
  gasUsed?: bigint
  ok: boolean
  checks?: Checks
  ms?: BlockTimes
  /** The pre-state was proved by a witness: what that held. */
  witness?: WitnessReport
  /** How the transactions were shared out; absent with one thread. */
  parallel?: ParallelMetrics
  /** Where hashes were made. */
  hash?: HashMetrics
  /** The tables of --explain, line by line. */
  explanation?: readonly string[]
  /** What was asked for and could not be had, though nothing is wrong with the block. */
  notes?: readonly string[]
  error?: string
}

/** The JSON line of one result: quantities as numbers, times in milliseconds with three decimals. */
export function jsonLine(result: ReplayResult): string {
  const { file, number, fork, txs, gasUsed, ok, checks, ms, witness, hash, parallel, error } = result
  const rounded = ms && Object.fromEntries(Object.entries(ms).map(([name, value]) => [name, thousandths(value)]))
  const shown = number === undefined ? { file } : { number: Number(number), fork, txs }
  return JSON.stringify({
    ...shown,
    ...(gasUsed !== undefined && { gasUsed: Number(gasUsed) }),
    ok,
    checks,
    ms: rounded,
    witness: witness && { proved: true, ...witness, hash: { ...witness.hash, ms: thousandths(witness.hash.ms) } },
    hash: hash && hashJson(hash),
    parallel,
    error,
  })
}

const COLUMNS: readonly Column[] = [
  { title: 'block', align: 'right' },
  { title: 'fork', align: 'left' },
  { title: 'txs', align: 'right' },
  { title: 'gas', align: 'right' },
  { title: 'ms', align: 'right' },
  { title: 'Mgas/s', align: 'right' },
  { title: 'receipts root', align: 'left' },
  { title: 'result', align: 'left' },
]
/** Between the receipts root and the result, where some block has a witness. */
const WITNESS_COLUMNS: readonly Column[] = [
  { title: 'pre-state', align: 'left' },
  { title: 'state root', align: 'left' },
]
const TIME_COLUMNS: readonly Column[] = ['prepare', 'senders', 'execute', 'roots'].map(title => ({
  title,
  align: 'right',
}))

function engineMs(ms: BlockTimes): number {
  return ms.senders + ms.execute + ms.roots
}

function speed(gas: bigint, ms: number): string {
  return gas === 0n || ms <= 0 ? '-' : (Number(gas) / 1e3 / ms).toFixed(1)
}

function checkCell(check: Check | undefined): Cell {
  if (check === undefined || check === 'unknown') return { text: 'unknown', paint: pc.dim }
  return check ? { text: 'ok', paint: pc.green } : { text: 'WRONG', paint: pc.red }
}

function row(result: ReplayResult, verbose: boolean, withWitness: boolean): Cell[] {
  const { number, fork, txs, gasUsed, checks, ms, ok, witness } = result
  const cells: Cell[] = [
    number === undefined ? '?' : String(number),
    fork ?? '?',
    txs === undefined ? '-' : grouped(txs),
    gasUsed === undefined ? '-' : grouped(gasUsed),
    ms ? engineMs(ms).toFixed(1) : '-',
    ms && gasUsed !== undefined ? speed(gasUsed, engineMs(ms)) : '-',
    checkCell(checks?.receiptsRoot),
    ...(withWitness ? [witness ? { text: 'proved', paint: pc.green } : 'given', checkCell(checks?.stateRoot)] : []),
    ok ? { text: 'ok', paint: pc.green } : { text: 'FAILED', paint: pc.red },
  ]
  const times = verbose ? [ms?.prepare, ms?.senders, ms?.execute, ms?.roots] : []
  return [...cells, ...times.map(time => (time === undefined ? '-' : time.toFixed(1)))]
}

/** The table and the summary under it. Files that could not be read are in the errors, not in the table. */
export function resultTable(results: readonly ReplayResult[], verbose: boolean): string[] {
  const blocks = results.filter(result => result.number !== undefined)
  if (blocks.length === 0) return []
  const withWitness = blocks.some(({ witness }) => witness !== undefined)
  const columns = [
    ...COLUMNS.toSpliced(-1, 0, ...(withWitness ? WITNESS_COLUMNS : [])),
    ...(verbose ? TIME_COLUMNS : []),
  ]
  const gas = blocks.reduce((sum, { gasUsed }) => sum + (gasUsed ?? 0n), 0n)
  const ms = blocks.reduce((sum, result) => sum + (result.ms ? engineMs(result.ms) : 0), 0)
  const txs = blocks.reduce((sum, result) => sum + (result.txs ?? 0), 0)
  const ok = blocks.filter(result => result.ok).length
  const counted = `${count(blocks.length, 'block')}, ${grouped(ok)} ok, ${count(txs, 'transaction')}`
  const summary = `${counted}, ${grouped(gas)} gas in ${ms.toFixed(0)} ms`
  const table = formatTable(
    columns,
    blocks.map(result => row(result, verbose, withWitness)),
  )
  const shared = summaryLine(blocks.flatMap(({ parallel }) => parallel ?? []))
  const hashed = hashLines(
    blocks.flatMap(({ hash }) => hash ?? []),
    verbose,
  )
  return [...table, '', `${summary} (${speed(gas, ms)} Mgas/s)`, ...(shared === undefined ? [] : [shared]), ...hashed]
}
