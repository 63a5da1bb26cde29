// Speed-up over workers: the model and its bound, and what was measured with the threads of this machine.

import { type CaseResult, comparedWith, type Report } from '../report.ts'
import { curves, type Series } from './curves.ts'
import { powersAround, ticksTo } from './svg.ts'

/** Empty where nothing of it was measured. */
export function scalingCurves({ model, cases, comparisons }: Report): string {
  const blocks = comparisons.parallel2VsSequential
  const series: Series[] = [
    ...(model
      ? [
          { name: 'no schedule beats', tone: 'rival', points: modelled(model, 'bound'), style: 'dashed' } as const,
          { name: 'mainnet, model', tone: 'ours', points: modelled(model, 'speedup') },
          { name: 'model, in batches', tone: 'bad', points: modelled(model, 'batched'), style: 'dashed' } as const,
        ]
      : []),
    ...(blocks
      ? [{ name: 'mainnet, measured', tone: 'ours', points: [[2, 1 / blocks.ofMedians]], style: 'points' } as const]
      : []),
    ...measured(cases),
  ]
  const points = series.flatMap(({ points }) => points)
  if (points.length === 0) return ''
  const workers = powersAround([1, 2, ...points.map(([count]) => count)], 2)
  return curves(
    'Speed-up against one thread over workers',
    series,
    { title: 'workers', ticks: workers, show: String },
    { title: 'speed-up', ticks: fitting(Math.max(2, ...points.map(([, speedup]) => speedup))), show: times },
  )
}

function modelled(
  rows: NonNullable<Report['model']>,
  key: 'bound' | 'speedup' | 'batched',
): (readonly [number, number])[] {
  const found = rows.flatMap(row => (row[key] === undefined ? [] : [[row.workers, row[key]] as const]))
  return found.length > 0 ? [[1, 1], ...found] : []
}

/** Conflict-free swaps under both dispatches, by the threads in the names of their cases. */
function measured(cases: readonly CaseResult[]): Series[] {
  const found = new Map<string, [number, number][]>()
  for (const { name, ours, rivals } of comparedWith(cases, 'parallel', 'sequential')) {
    const [, dispatch, threads] = /^parallel\.swaps-separate\.\d+\.(dataflow|batched)(\d+)$/.exec(name) ?? []
    if (dispatch === undefined) continue
    found.set(dispatch, [
      ...(found.get(dispatch) ?? []),
      [Number(threads), rivals.sequential!.medianMs / ours.medianMs],
    ])
  }
  const tones: Record<string, string> = { dataflow: 'good', batched: 'bad' }
  return [...found].map(([dispatch, points]) => ({
    name: `swaps, ${dispatch}`,
    tone: tones[dispatch]!,
    points,
    style: 'points',
  }))
}

/** Ticks from 0 whose last one is not below `most`. */
function fitting(most: number): number[] {
  const ticks = ticksTo(most)
  const [step, last] = [ticks[1]! - ticks[0]!, ticks.at(-1)!]
  return last >= most ? ticks : [...ticks, last + step]
}

function times(value: number): string {
  return `${+value.toFixed(2)}×`
}
