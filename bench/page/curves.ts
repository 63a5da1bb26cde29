// Curves over a logarithmic axis to the right: hash rates over the size of a batch, speed-up over workers.

import { box, chart, element, escaped, label, line, linear, logarithmic, type Scale } from './svg.ts'

const WIDTH = 520
const HEIGHT = 300
const PLOT = { left: 46, right: WIDTH - 162, top: 34, bottom: HEIGHT - 46 }
/** Pixels that two names at the ends of curves need between them. */
const NAME_HEIGHT = 16

/** A curve, or points that are not joined. */
export interface Series {
  name: string
  tone: string
  points: readonly (readonly [x: number, y: number])[]
  style?: 'solid' | 'dashed' | 'points'
}

/** An axis: where its lines are, and what stands there. */
export interface Axis {
  title: string
  ticks: readonly number[]
  show: (value: number) => string
}

/** A line across that marks a place of the horizontal axis. */
export interface Mark {
  at: number
  name: string
}

/** The curves. The vertical axis is logarithmic where its first tick is above 0. */
export function curves(
  title: string,
  series: readonly Series[],
  x: Axis,
  y: Axis,
  marks: readonly Mark[] = [],
): string {
  const [first, last] = [y.ticks[0]!, y.ticks.at(-1)!]
  const across = logarithmic([x.ticks[0]!, x.ticks.at(-1)!], [PLOT.left, PLOT.right])
  const up = (first > 0 ? logarithmic : linear)([first, last], [PLOT.bottom, PLOT.top])
  return chart(WIDTH, HEIGHT, title, [
    ...y.ticks.flatMap(tick => [
      line(PLOT.left, up(tick), PLOT.right, up(tick), tick === first ? 'axis' : 'grid'),
      label(PLOT.left - 8, up(tick) + 4, y.show(tick), { anchor: 'end', tone: 'muted' }),
    ]),
    ...x.ticks.map(tick => label(across(tick), PLOT.bottom + 18, x.show(tick), { anchor: 'middle', tone: 'muted' })),
    label((PLOT.left + PLOT.right) / 2, HEIGHT - 8, x.title, { anchor: 'middle', tone: 'muted' }),
    label(0, 11, y.title, { tone: 'muted' }),
    ...marks.flatMap(({ at, name }) => [
      line(across(at), PLOT.top, across(at), PLOT.bottom, 'mark'),
      label(across(at) + 6, PLOT.bottom - 8, name, { tone: 'muted' }),
    ]),
    ...series.map(each => drawn(each, across, up, x, y)),
    ...names(series, up),
  ])
}

function drawn({ name, tone, points, style = 'solid' }: Series, across: Scale, up: Scale, x: Axis, y: Axis): string {
  const path = points.map(([at, value]) => `${across(at).toFixed(1)},${up(value).toFixed(1)}`).join(' ')
  const dots = points.map(([at, value]) => {
    const hint = element('title', {}, escaped(`${name}: ${y.show(value)} at ${x.show(at)}`))
    return element('circle', { cx: across(at), cy: up(value), r: style === 'points' ? 5 : 3, class: `f-${tone}` }, hint)
  })
  const curve = element('polyline', { points: path, class: `l-${tone}${style === 'dashed' ? ' dashed' : ''}` })
  return [...(style === 'points' ? [] : [curve]), ...dots].join('')
}

/** Names at the ends of the curves, moved apart where they would lie over each other. */
function names(series: readonly Series[], up: Scale): string[] {
  const ends = series
    .filter(({ points }) => points.length > 0)
    .map(({ name, tone, points }) => ({ name, tone, y: up(points.at(-1)![1]) }))
    .sort((a, b) => a.y - b.y)
  let least = PLOT.top
  return ends.flatMap(({ name, tone, y }) => {
    const at = Math.max(least, y)
    least = at + NAME_HEIGHT
    return [box(PLOT.right + 10, at - 4, 8, 8, tone), label(PLOT.right + 24, at + 4, name)]
  })
}
