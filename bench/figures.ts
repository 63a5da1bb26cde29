// npm run bench:figures: writes the figures of README.md from the reports in bench/results. Of every figure the newest report that has it
// counts, be it of a full run or of one with a filter; quick runs do not. test/unit/bench-figures.test.ts fails where they differ.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AutoProof } from './auto.ts'
import { milliseconds, part, RATIO_NAMES } from './lines.ts'
import { machineLine } from './machine.ts'
import type { MemoryFacts } from './memory.ts'
import type { ModelRow } from './model.ts'
import type { CaseResult, Ratio, Report } from './report.ts'
import { rerunLine } from './reruns.ts'
import type { BuildSize } from './sizes.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const README = join(ROOT, 'README.md')
const BEGIN = '<!-- figures: npm run bench:figures -->'
const END = '<!-- end of figures -->'

/** A report and the name of its file, without the ending. */
export interface NamedReport {
  name: string
  report: Report
}

/** The reports of a folder, newest first, without quick ones and without what a run wrote that nobody asked to keep (last.json). */
export function readReports(folder: string): NamedReport[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.json') && file !== 'last.json')
    .map(file => ({
      name: file.slice(0, -'.json'.length),
      report: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report,
    }))
    .filter(({ report }) => !report.quick)
    .sort((a, b) => b.report.machine.date.localeCompare(a.report.machine.date))
}

/** The figures as Markdown. */
export function figuresOf(reports: readonly NamedReport[]): string {
  const used = new Map<string, Report>()
  /** The newest that has something. */
  const newest = <T>(look: (report: Report) => T | undefined): T | undefined => {
    for (const { name, report } of reports) {
      const found = look(report)
      if (found === undefined) continue
      used.set(name, report)
      return found
    }
    return undefined
  }
  const paragraphs = [
    table(['our time as a part of theirs, by medians', 'ratio', 'worst case', 'cases'], ratioRows(newest)),
    classics(newest),
    table(
      ['mainnet blocks in the model, workers', 'speed-up', 'no schedule beats', 'reached'],
      modelRows(newest(({ model }) => model) ?? []),
    ),
    newest(({ reruns }) => reruns && sentence(rerunLine(reruns))) ?? '',
    table(['Keccak-256, a message', 'Weft', 'theirs', 'ratio'], timeRows(newest, HASHES)),
    table(['state root, an account with four slots', 'Weft', 'theirs', 'ratio'], timeRows(newest, ROOTS)),
    newest(({ auto }) => auto && autoWords(auto)) ?? '',
    table(['', 'median', 'fastest'], startupRows(newest)),
    newest(({ sizes }) => sizes && sizeWords(sizes)) ?? '',
    newest(({ memory }) => memory && memoryWords(memory)) ?? '',
  ].filter(Boolean)
  const sources = [...used].map(
    ([name, report]) => `- [${name}](bench/results/${name}.json): ${machineLine(report.machine)}${rivalsOf(report)}`,
  )
  return [...paragraphs, `Measured in:\n\n${sources.join('\n')}`].join('\n\n')
}

type Newest = <T>(look: (report: Report) => T | undefined) => T | undefined

function ratioRows(newest: Newest): string[][] {
  return (Object.entries(RATIO_NAMES) as [Ratio, string][]).flatMap(([name, words]) => {
    const found = newest(({ comparisons }) => comparisons[name])
    if (!found) return []
    const times = found.ofMedians < 0.2 ? ` (${(1 / found.ofMedians).toFixed(0)}× as fast)` : ''
    return [[words, `**${part(found.ofMedians)}**${times}`, part(found.worst), `${found.cases} of ${found.of}`]]
  })
}

function classics(newest: Newest): string {
  const cases = newest(({ cases }) => {
    const found = cases.filter(({ group, ours }) => group === 'classic' && ours)
    return found.length > 1 ? found : undefined
  })
  if (!cases) return ''
  const names = [...new Set(cases.flatMap(({ rivals = {} }) => Object.keys(rivals)))]
  const rows = cases.map(({ name, ours, rivals = {} }) => [
    name,
    `${milliseconds(ours!.medianMs)} ms`,
    ...names.map(rival => {
      const theirs = rivals[rival]
      return theirs ? `${milliseconds(theirs.medianMs)} ms, ${part(ours!.medianMs / theirs.medianMs)}` : ''
    }),
  ])
  return table(['classics, medians', 'Weft', ...names.map(name => `${name}, ratio`)], rows)
}

/** A figure: in words, the case that has it, and against whom. */
type Figure = readonly [words: string, name: string, rival: string]

const HASHES: readonly Figure[] = [
  ['64 bytes, one by one, against hash-wasm', 'hash.wasm.64-bytes.single', 'hash-wasm'],
  ['64 bytes, two at once, against hash-wasm', 'hash.wasm.64-bytes', 'hash-wasm'],
  ['64 bytes, two at once, against js-sha3', 'hash.wasm.64-bytes', 'js-sha3'],
  ['4,096 messages over WebGPU, against @noble/hashes', 'hash.gpu.4096', '@noble/hashes'],
  ['65,536 messages over WebGPU, against WASM', 'hash.gpu.65536', 'wasm'],
]

const ROOTS: readonly Figure[] = [
  ['10,000 accounts, against @ethereumjs/mpt', 'root.wasm.10000', '@ethereumjs/mpt'],
  [
    '10,000 accounts and their way into the core, against @ethereumjs/mpt',
    'root.wasm.10000.supplied',
    '@ethereumjs/mpt',
  ],
  ['1,000,000 accounts by `auto`, against WASM', 'root.auto.1000000', 'wasm'],
]

/** Times per item. */
function timeRows(newest: Newest, figures: readonly Figure[]): string[][] {
  return figures.flatMap(([words, name, rival]) => {
    const found = newest(({ cases, machine }) => {
      const result = cases.find(each => each.name === name && each.ours && each.rivals?.[rival])
      return result && { result, adapter: machine.adapter }
    })
    if (!found) return []
    const { ours, rivals, items = 1 } = found.result
    const theirs = rivals![rival]!
    const each = (ms: number): string => `${((ms * 1e6) / items).toFixed(0)} ns`
    const isOnGpu = name.startsWith('hash.gpu') || name.startsWith('root.auto')
    const software = isOnGpu && found.adapter?.software ? ' (software adapter)' : ''
    return [[words + software, each(ours!.medianMs), each(theirs.medianMs), part(ours!.medianMs / theirs.medianMs)]]
  })
}

const STARTUPS: readonly (readonly [words: string, name: string])[] = [
  ['`createWeft()` to the first result, with a compiled module', 'startup.compiled'],
  ['the same from the package’s file', 'startup.package'],
  ['a Node process from its start to the first result', 'startup.process'],
]

function modelRows(rows: readonly ModelRow[]): string[][] {
  return rows.map(({ workers, speedup, bound, reached }) => [
    `${workers}`,
    speedup.toFixed(2),
    bound.toFixed(2),
    `${(100 * reached).toFixed(0)} %`,
  ])
}

/** Whether `auto` keeps its promise. */
function autoWords({ rows, holds, adapter }: AutoProof): string {
  const late = rows.filter(({ overMs }) => overMs > 0).map(({ kernel, count }) => `${kernel} of ${count}`)
  const outcome = holds ? 'nowhere slower' : `slower at ${late.join(', ')}`
  return `\`auto\` against WASM alone, ${rows.length} batches of 1 to 65,536 messages, keys and chains on ${adapter}: ${outcome} by more than 5 % or 20 µs (medians of 31 runs).`
}

function sentence(line: string): string {
  return `${line[0]!.toUpperCase()}${line.slice(1)}.`
}

function sizeWords(sizes: readonly BuildSize[]): string {
  const kilobytes = (bytes: number): string => `${(bytes / 1e3).toFixed(0)} KB`
  const each = sizes.map(({ file, bytes, gzipped }) => `\`${file}\` ${kilobytes(bytes)}, gzipped ${kilobytes(gzipped)}`)
  return `What a page downloads: ${each.join('; ')}.`
}

function memoryWords({ coreMiB, residentMiB, blocks, long }: MemoryFacts): string {
  const passes = `One engine after each of ${coreMiB.length} passes over ${blocks}: ${list(coreMiB)} MiB of core memory, process ${list(residentMiB)} MiB.`
  if (!long) return passes
  const after = `${list(long.coreMiB)} MiB of core memory, process ${list(long.residentMiB)} MiB`
  return `${passes} On its way to ${long.replays.toLocaleString('en-US')} replays, ${long.coreMiB.length} times: ${after}.`
}

function startupRows(newest: Newest): string[][] {
  return STARTUPS.flatMap(([words, name]) => {
    const found: CaseResult | undefined = newest(({ cases }) => cases.find(each => each.name === name && each.ours))
    return found ? [[words, `${milliseconds(found.ours!.medianMs)} ms`, `${milliseconds(found.ours!.minMs)} ms`]] : []
  })
}

function rivalsOf({ rivals }: Report): string {
  const found = Object.entries(rivals).flatMap(([name, { version }]) =>
    version === undefined ? [] : [`${name} ${version}`],
  )
  return found.length > 0 ? `; ${found.join(', ')}` : ''
}

function list(values: readonly number[]): string {
  return values.map(value => value.toFixed(0)).join(', ')
}

/** A Markdown table, or nothing where it has no rows. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** README.md as it is, and as the reports demand. Throws where it has no place for figures. */
export function readmeWithFigures(): { present: string; wanted: string } {
  const present = readFileSync(README, 'utf8')
  const [from, to] = [present.indexOf(BEGIN), present.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`README.md expected the lines "${BEGIN}" and "${END}"`)
  const figures = figuresOf(readReports(join(ROOT, 'bench/results')))
  return { present, wanted: `${present.slice(0, from + BEGIN.length)}\n\n${figures}\n\n${present.slice(to)}` }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(README, readmeWithFigures().wanted)
