// A report as text: a table per group, the ratios under it, and what was measured on.

import { type Column, formatTable } from '../src/cli/table.ts'
import { autoLines } from './auto.ts'
import type { Group } from './cases/case.ts'
import type { CoreGain } from './cores.ts'
import { machineLine } from './machine.ts'
import { memoryLines } from './memory.ts'
import { modelLines } from './model.ts'
import { type CaseResult, type Comparison, comparedWith, RATIOS, type Ratio, type Report } from './report.ts'
import { rerunLine } from './reruns.ts'
import type { BuildSize } from './sizes.ts'
import { totalOf } from './statistics.ts'

type Measured = CaseResult & Required<Pick<CaseResult, 'ours'>>

/** A table: its cases, and what their unit is. */
interface Section {
  title: string
  /** A figure per case beside the times. */
  rate: { title: string; of: (result: Measured) => string }
}

const MGAS: Section['rate'] = {
  title: 'Mgas/s',
  of: ({ gas = 0, ours }) => (gas === 0 ? '-' : (gas / 1e3 / ours.medianMs).toFixed(0)),
}
const EACH: Section['rate'] = {
  title: 'ns each',
  of: ({ items = 0, ours }) => (items === 0 ? '-' : ((ours.medianMs * 1e6) / items).toFixed(0)),
}

const MESSAGES: Section = { title: 'messages', rate: MGAS }
const BLOCKS: Section = { title: 'blocks', rate: MGAS }
const PARALLEL: Section = { title: 'in parallel', rate: MGAS }
const HASHING: Section = { title: 'hashing', rate: EACH }
const PARTS: Section = { title: 'parts', rate: EACH }

const SECTIONS: Record<Group, Section> = {
  classic: MESSAGES,
  'classic-memo': MESSAGES,
  micro: MESSAGES,
  block: BLOCKS,
  sample: BLOCKS,
  parallel: PARALLEL,
  'parallel-block': PARALLEL,
  hash: HASHING,
  gpu: HASHING,
  root: HASHING,
  part: PARTS,
  startup: PARTS,
}

/** How a comparison is called. */
export const RATIO_NAMES: Record<Ratio, string> = {
  classicsVsAnvil: 'classics against anvil, geometric mean',
  microsVsAnvil: 'micros against anvil, geometric mean',
  classicsVsEthereumJS: 'classics against EthereumJS, geometric mean',
  blocksVsEthereumJS: 'mainnet blocks against EthereumJS, total time',
  parallel2VsSequential: 'mainnet blocks on two threads against one, total time',
  classicsWithMemoVsAnvil: 'classics with a memo of Keccak against anvil, geometric mean',
  classicsVsEvmone: 'classics against evmone, geometric mean',
  microsVsEvmone: 'micros against evmone, geometric mean',
}

/** What two threads do at once, in words. */
export function coreWords({ median, tenth }: CoreGain): string {
  return `${median.toFixed(2)}x the work of one; a tenth of the time ${tenth.toFixed(2)}x or less`
}

/** The report as lines of text. */
export function reportLines(report: Report): string[] {
  const { machine, cases, rivals, comparisons, coreGain, model, reruns, auto, memory, sizes, seconds } = report
  const measured = cases.filter((result): result is Measured => result.ours !== undefined)
  const missing = Object.entries(rivals).flatMap(([name, { missing }]) =>
    missing === undefined ? [] : [`${name}: ${missing}`],
  )
  return [
    ...[...new Set(Object.values(SECTIONS))].flatMap(section => sectionLines(section, measured)),
    ...ratioLines(comparisons),
    ...(coreGain === undefined ? [] : [`two threads of this machine do ${coreWords(coreGain)}`, '']),
    ...(model ? [...modelLines(model), ''] : []),
    ...(reruns ? [rerunLine(reruns), ''] : []),
    ...(auto ? [...autoLines(auto), ''] : []),
    ...(memory ? [...memoryLines(memory), ''] : []),
    ...(sizes ? [sizeLine(sizes), ''] : []),
    ...missing.map(line => `missing rival ${line}`),
    machineLine(machine),
    `${cases.length} cases in ${seconds.toFixed(0)} s. Medians; spread is the distance of the quartiles as a part of the median; "of" is our time as a part of theirs.`,
  ]
}

/** Kilobytes of the builds of the core. */
export function sizeLine(sizes: readonly BuildSize[]): string {
  const kilobytes = (bytes: number): string => `${(bytes / 1e3).toFixed(0)} KB`
  const each = sizes.map(({ file, bytes, gzipped }) => `${file} ${kilobytes(bytes)}, gzipped ${kilobytes(gzipped)}`)
  return `sizes: ${each.join('; ')}`
}

function sectionLines(section: Section, measured: readonly Measured[]): string[] {
  const { title, rate } = section
  const found = measured.filter(({ group }) => SECTIONS[group] === section)
  if (found.length === 0) return []
  const names = [...new Set(found.flatMap(({ rivals = {} }) => Object.keys(rivals)))]
  const hasNotes = found.some(({ note }) => note)
  const right = (title: string): Column => ({ title, align: 'right' })
  const columns: Column[] = [
    { title, align: 'left' },
    ...[rate.title, 'median ms', 'min ms', 'spread', 'runs'].map(right),
    ...names.flatMap(name => [right(`${name} ms`), right('of')]),
    ...(hasNotes ? [{ title: '', align: 'left' } as const] : []),
  ]
  const rows = [...found, ...totalOfBlocks(found, names)].map(result => {
    const { name, ours, rivals = {}, note = '' } = result
    return [
      name,
      rate.of(result),
      milliseconds(ours.medianMs),
      milliseconds(ours.minMs),
      ours.runs > 1 ? `${(ours.spread * 100).toFixed(0)} %` : '-',
      String(ours.runs),
      ...names.flatMap(rival => {
        const theirs = rivals[rival]
        return theirs ? [milliseconds(theirs.medianMs), part(ours.medianMs / theirs.medianMs)] : ['-', '-']
      }),
      ...(hasNotes ? [note] : []),
    ]
  })
  return [...formatTable(columns, rows), '']
}

function totalOfBlocks(found: readonly Measured[], rivals: readonly string[]): Measured[] {
  return (['block', 'parallel-block'] as const).flatMap(group => {
    const blocks = found.filter(result => result.group === group)
    if (blocks.length < 2) return []
    const totals = rivals.flatMap(rival => {
      const compared = comparedWith(blocks, group, rival)
      return compared.length === blocks.length
        ? [[rival, totalOf(compared.map(({ rivals }) => rivals[rival]!))] as const]
        : []
    })
    return [
      {
        name: `${blocks.length} mainnet blocks`,
        group,
        gas: blocks.reduce((sum, { gas = 0 }) => sum + gas, 0),
        ours: totalOf(blocks.map(({ ours }) => ours)),
        rivals: Object.fromEntries(totals),
      },
    ]
  })
}

function ratioLines(comparisons: Report['comparisons']): string[] {
  const lines = Object.entries(comparisons).map(([name, comparison]) => ratioLine(name as Ratio, comparison))
  return lines.length > 0 ? [...lines, ''] : []
}

function ratioLine(name: Ratio, { cases, of, ofMedians, ofFastest, worst }: Comparison): string {
  const count = cases === of ? `all ${of}` : `${cases} of ${of}`
  const others = [`by fastest runs ${part(ofFastest)}`]
  if (RATIOS[name].by === 'mean') others.push(`worst ${part(worst)}`)
  return `${RATIO_NAMES[name]}: ${part(ofMedians)} of their time (${count}; ${others.join(', ')})`
}

/** Milliseconds with three to four digits that say something. */
export function milliseconds(ms: number): string {
  return ms.toFixed(ms < 10 ? 3 : ms < 100 ? 2 : 1)
}

/** A ratio: `0.83`, `0.0094`. */
export function part(ratio: number): string {
  return ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2)
}
