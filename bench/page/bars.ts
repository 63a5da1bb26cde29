// Bars: ratios to both sides of 1, amounts from 0, and many amounts side by side.

import { part } from '../lines.ts'
import { box, chart, label, line, linear, logarithmic, powersAround, ticksTo } from './svg.ts'

const WIDTH = 520
const ROW = 22
const TOP = 26
const NAMES = 236
const VALUES = 56
/** Of a name on an axis, with room between two. */
const DIGIT = 8

/** A bar. */
export interface Bar {
  name: string
  value: number
  /** For whoever points at it. */
  hint: string
  /** Set apart: a mean, or ours among others. */
  strong?: boolean
}

/** Ratios of our time to theirs on a logarithmic scale: to the left of 1 we are faster. */
export function ratioBars(title: string, bars: readonly Bar[]): string {
  const ticks = ratioTicks(bars.map(({ value }) => value))
  const x = logarithmic([ticks[0]!, ticks.at(-1)!], [NAMES, WIDTH - VALUES])
  const bottom = TOP + bars.length * ROW
  const rows = bars.flatMap(({ name, value, hint, strong }, i) => {
    const y = TOP + i * ROW
    const [from, to] = value < 1 ? [x(value), x(1)] : [x(1), x(value)]
    const tone = `${value < 1 ? 'good' : 'bad'}${strong ? '-strong' : ''}`
    return [
      label(NAMES - 10, y + 15, name, { anchor: 'end', tone: strong ? 'strong' : 'ink' }),
      box(from, y + 4, to - from, ROW - 8, tone, hint),
      label(WIDTH, y + 15, part(value), { anchor: 'end', tone: strong ? 'strong' : 'ink' }),
    ]
  })
  const grid = ticks.flatMap(tick => [
    line(x(tick), TOP, x(tick), bottom, tick === 1 ? 'axis' : 'grid'),
    label(x(tick), TOP - 8, tick < 1 ? String(+tick.toPrecision(2)) : `${tick}×`, { anchor: 'middle', tone: 'muted' }),
  ])
  return chart(WIDTH, bottom + 4, title, [...grid, ...rows])
}

/** Few enough that their names stand apart: doublings around 1, or larger steps where the ratios span much. */
function ratioTicks(values: readonly number[]): number[] {
  const most = Math.max(...values.map(value => Math.max(value, 1 / value)))
  if (most <= 8) return powersAround([...values, 0.6, 1.6], 2)
  return powersAround([...values, 1], most > 100 ? 10 : 4)
}

/** Amounts from 0, with their unit behind them. */
export function amountBars(title: string, bars: readonly Bar[], show: (value: number) => string): string {
  const most = Math.max(...bars.map(({ value }) => value))
  const x = linear([0, most], [NAMES, WIDTH - VALUES - 34])
  const all = ticksTo(most)
  const widest = Math.max(...all.map(tick => show(tick).length)) * DIGIT
  const ticks = all.filter((_, i) => i % Math.ceil(widest / (x(all[1] ?? most) - NAMES)) === 0)
  const bottom = TOP + bars.length * ROW
  const rows = bars.flatMap(({ name, value, hint, strong }, i) => {
    const y = TOP + i * ROW
    return [
      label(NAMES - 10, y + 15, name, { anchor: 'end', tone: strong ? 'strong' : 'ink' }),
      box(NAMES, y + 4, x(value) - NAMES, ROW - 8, strong ? 'ours' : 'rival', hint),
      label(x(value) + 8, y + 15, show(value), { tone: strong ? 'strong' : 'ink' }),
    ]
  })
  const grid = ticks.flatMap(tick => [
    line(x(tick), TOP, x(tick), bottom, tick === 0 ? 'axis' : 'grid'),
    label(x(tick), TOP - 8, show(tick), { anchor: 'middle', tone: 'muted' }),
  ])
  return chart(WIDTH, bottom + 4, title, [...grid, ...rows])
}

const COLUMNS = { width: 1080, height: 260, left: 44, top: 12, bottom: 40 }

/** Amounts from 0 side by side, for too many to name each: every few a name stands below. */
export function columns(title: string, bars: readonly Bar[], show: (value: number) => string): string {
  const { width, height, left, top, bottom } = COLUMNS
  const ticks = ticksTo(Math.max(...bars.map(({ value }) => value)))
  const y = linear([0, Math.max(...bars.map(({ value }) => value))], [height - bottom, top])
  const step = (width - left) / bars.length
  const every = Math.ceil(90 / step)
  return chart(width, height, title, [
    ...ticks.flatMap(tick => [
      line(left, y(tick), width, y(tick), tick === 0 ? 'axis' : 'grid'),
      label(left - 8, y(tick) + 4, show(tick), { anchor: 'end', tone: 'muted' }),
    ]),
    ...bars.map(({ value, hint }, i) =>
      box(left + i * step + step * 0.14, y(value), step * 0.72, y(0) - y(value), 'ours', hint),
    ),
    ...bars.flatMap(({ name }, i) =>
      i % every === 0 ? [label(left + i * step, height - bottom + 20, name, { tone: 'muted' })] : [],
    ),
  ])
}
