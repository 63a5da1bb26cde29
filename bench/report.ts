// What a run found out, as it is written to JSON and shown: cases with their figures, ratios over groups of them, the machine.

import type { AutoProof } from './auto.ts'
import type { Group } from './cases/case.ts'
import type { CoreGain } from './cores.ts'
import type { RivalFacts } from './field.ts'
import type { Machine } from './machine.ts'
import type { MemoryFacts } from './memory.ts'
import type { ModelRow } from './model.ts'
import type { RerunFacts } from './reruns.ts'
import type { BuildSize } from './sizes.ts'
import { type Figures, geometricMean, totalOf } from './statistics.ts'
import type { Timeline } from './timeline.ts'

/** A case with its figures, or with the reason why it has none. */
export interface CaseResult {
  name: string
  group: Group
  gas?: number
  /** Messages, signatures or codes that a run works through. */
  items?: number
  ours?: Figures
  /** By name. */
  rivals?: Record<string, Figures>
  /** What else there is to say of our last run. */
  note?: string
  /** What it needs is not there. */
  missing?: string
  error?: string
}

/** Ratios of our time to theirs, by name of the JSON's `summary`. */
export type Ratio =
  | 'classicsVsAnvil'
  | 'microsVsAnvil'
  | 'classicsVsEthereumJS'
  | 'blocksVsEthereumJS'
  | 'parallel2VsSequential'
  | 'classicsWithMemoVsAnvil'
  | 'classicsVsEvmone'
  | 'microsVsEvmone'

/** Over which cases, against whom: the geometric mean of their ratios, or the ratio of their total times. */
export interface RatioRule {
  group: Group
  rival: string
  by: 'mean' | 'total'
  /** Beside the five that stand in every summary: named only where it was measured. */
  isExtra?: true
}

/** All ratios. */
export const RATIOS: Record<Ratio, RatioRule> = {
  classicsVsAnvil: { group: 'classic', rival: 'anvil', by: 'mean' },
  microsVsAnvil: { group: 'micro', rival: 'anvil', by: 'mean' },
  classicsVsEthereumJS: { group: 'classic', rival: 'ethereumjs', by: 'mean' },
  blocksVsEthereumJS: { group: 'block', rival: 'ethereumjs', by: 'total' },
  parallel2VsSequential: { group: 'parallel-block', rival: 'sequential', by: 'total' },
  classicsWithMemoVsAnvil: { group: 'classic-memo', rival: 'anvil', by: 'mean', isExtra: true },
  classicsVsEvmone: { group: 'classic', rival: 'evmone', by: 'mean', isExtra: true },
  microsVsEvmone: { group: 'micro', rival: 'evmone', by: 'mean', isExtra: true },
}

/** A group of cases against a rival: our time as a part of theirs, so less than 1 is faster. */
export interface Comparison {
  cases: number
  /** Of how many that there are: with --filter, --quick or a failure it is a part. */
  of: number
  /** By medians, by fastest runs, by time of this process on all its processors (which a rival in another process has no part in). */
  ofMedians: number
  ofFastest: number
  ofCpu: number
  /** The largest ratio of a single case, by medians. */
  worst: number
}

/** Everything that a run found out. */
export interface Report {
  machine: Machine
  quick: boolean
  filter?: string
  seconds: number
  cases: readonly CaseResult[]
  /** The rivals that cases asked for. */
  rivals: Record<string, RivalFacts>
  comparisons: Partial<Record<Ratio, Comparison>>
  /** By medians; null: not measured. */
  summary: Partial<Record<Ratio, number | null>>
  /** Work of two threads in the time of one: what two workers can gain at most. */
  coreGain?: CoreGain
  /** What more workers would bring to the mainnet blocks, in a model. */
  model?: readonly ModelRow[]
  /** Runs that were made again with many threads. */
  reruns?: RerunFacts
  /** Whether `auto` is never slower than `wasm`. */
  auto?: AutoProof
  /** What the threads did on one block. */
  timeline?: Timeline
  /** What one engine holds after many blocks. */
  memory?: MemoryFacts
  /** What a page downloads. */
  sizes?: readonly BuildSize[]
}

type Compared = CaseResult & { ours: Figures; rivals: Record<string, Figures> }

/** The cases of a group that ran beside a rival. */
export function comparedWith(cases: readonly CaseResult[], group: Group, rival: string): Compared[] {
  return cases.filter((result): result is Compared => {
    return result.group === group && !!result.ours && result.rivals?.[rival] !== undefined
  })
}

/** One comparison; undefined if none of its cases was measured. `of`: how many cases the group has. */
export function compareGroup(
  cases: readonly CaseResult[],
  { group, rival, by }: RatioRule,
  of: number,
): Comparison | undefined {
  const found = comparedWith(cases, group, rival)
  if (found.length === 0) return undefined
  const [ours, theirs] = [found.map(({ ours }) => ours), found.map(({ rivals }) => rivals[rival]!)]
  const [total, theirTotal] = [totalOf(ours), totalOf(theirs)]
  const ratio = (key: 'medianMs' | 'minMs' | 'cpuMs'): number =>
    by === 'total' ? total[key] / theirTotal[key] : geometricMean(ours.map((each, i) => each[key] / theirs[i]![key]))!
  return {
    cases: found.length,
    of,
    ofMedians: ratio('medianMs'),
    ofFastest: ratio('minMs'),
    ofCpu: ratio('cpuMs'),
    worst: Math.max(...ours.map((each, i) => each.medianMs / theirs[i]!.medianMs)),
  }
}

/** All comparisons that can be made, and the summary. `counts`: how many cases each group has. */
export function compareAll(
  cases: readonly CaseResult[],
  counts: (group: Group) => number,
): Pick<Report, 'comparisons' | 'summary'> {
  const comparisons: Report['comparisons'] = {}
  const summary: Report['summary'] = {}
  for (const [name, rule] of Object.entries(RATIOS) as [Ratio, RatioRule][]) {
    const comparison = compareGroup(cases, rule, counts(rule.group))
    if (comparison) comparisons[name] = comparison
    if (comparison || !rule.isExtra) summary[name] = comparison?.ofMedians ?? null
  }
  return { comparisons, summary }
}
