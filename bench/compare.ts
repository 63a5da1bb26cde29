// npm run bench:compare A.json B.json: what moved from one report to another beyond the noise. A case moved when the medians of its
// samples differ by more than chance allows (Mann-Whitney, 1 in 1000) and by more than 3 %. Where rivals ran in both, their own change
// is taken off, since the machine may have been another, or busier.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { formatTable } from '../src/cli/table.ts'
import { milliseconds } from './lines.ts'
import type { CaseResult, Report } from './report.ts'
import { type Figures, geometricMean } from './statistics.ts'

/** A case in both reports. */
export interface Move {
  name: string
  beforeMs: number
  afterMs: number
  /** Time after over time before, less the change of its rivals. */
  ratio: number
  /** Of the rivals alone; 1 where there are none. */
  drift: number
  moved: boolean
}

const LEAST_CHANGE = 0.03
/** Standard deviations beyond which chance brings one case in a thousand. */
const BEYOND = 3.29

/** All cases that both have figures for. */
export function compareReports(before: Report, after: Report): Move[] {
  return after.cases.flatMap(result => {
    const old = before.cases.find(({ name }) => name === result.name)
    return old?.ours && result.ours ? [moveOf(old as Measured, result as Measured)] : []
  })
}

type Measured = CaseResult & { ours: Figures }

function moveOf(before: Measured, after: Measured): Move {
  const shared = Object.keys(after.rivals ?? {}).filter(name => before.rivals?.[name])
  const drift = geometricMean(shared.map(name => after.rivals![name]!.medianMs / before.rivals![name]!.medianMs)) ?? 1
  const ratio = after.ours.medianMs / before.ours.medianMs / drift
  const adjusted = after.ours.samples.map(ms => ms / drift)
  const moved = Math.abs(Math.log(ratio)) > LEAST_CHANGE && Math.abs(deviation(before.ours.samples, adjusted)) > BEYOND
  return { name: after.name, beforeMs: before.ours.medianMs, afterMs: after.ours.medianMs, ratio, drift, moved }
}

/** How far the ranks of two sets of samples are apart, in standard deviations: the normal approximation of Mann and Whitney's U. */
export function deviation(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 0
  let wins = 0
  for (const x of a) for (const y of b) wins += x < y ? 1 : x === y ? 0.5 : 0
  const pairs = a.length * b.length
  return (wins - pairs / 2) / Math.sqrt((pairs * (a.length + b.length + 1)) / 12)
}

/** What moved, worst first, and how many cases did not. */
export function compareLines(moves: readonly Move[]): string[] {
  const moved = moves.filter(move => move.moved).sort((a, b) => b.ratio - a.ratio)
  const columns = ['moved', 'before ms', 'after ms', 'after / before', 'rivals moved by']
  const rows = moved.map(({ name, beforeMs, afterMs, ratio, drift }) => [
    name,
    milliseconds(beforeMs),
    milliseconds(afterMs),
    `${ratio.toFixed(2)} ${ratio > 1 ? 'slower' : 'faster'}`,
    drift === 1 ? '-' : drift.toFixed(2),
  ])
  const table = formatTable(
    columns.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' })),
    rows,
  )
  const still = moves.length - moved.length
  return [
    ...(rows.length > 0 ? [...table, ''] : []),
    `${moved.length} of ${moves.length} cases moved; ${still} stayed within the noise`,
  ]
}

/** The command. Exit codes: 0 nothing became slower, 1 something did, 2 usage. */
export function main(files: readonly string[]): number {
  const [before, after] = files
  if (before === undefined || after === undefined || files.length > 2) {
    console.error('Usage: npm run bench:compare -- BEFORE.json AFTER.json')
    return 2
  }
  const read = (file: string): Report => JSON.parse(readFileSync(file, 'utf8')) as Report
  try {
    const moves = compareReports(read(before), read(after))
    for (const line of compareLines(moves)) console.log(line)
    return moves.some(({ moved, ratio }) => moved && ratio > 1) ? 1 : 0
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`)
    return 2
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2))
