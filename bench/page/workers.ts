// What each thread did when, on one block.

import type { Timeline } from '../timeline.ts'
import { box, chart, label, line, linear, ticksTo } from './svg.ts'

const WIDTH = 1080
const LEFT = 76
const ROW = 40
const TOP = 12

const TONES = { run: 'ours', rerun: 'bad', frontier: 'good', wait: 'wait' } as const

/** What the colours mean. */
export const SPAN_KINDS: readonly (readonly [tone: string, meaning: string])[] = [
  ['ours', 'runs a transaction'],
  ['bad', 'runs it again'],
  ['good', 'commits, in the order of the block'],
  ['wait', 'waits'],
]

/** One row per thread. */
export function workerTimeline({ block, threads, spans }: Timeline): string {
  const start = Math.min(...spans.map(span => span.start))
  const end = Math.max(...spans.map(span => span.end))
  const x = linear([start, end], [LEFT, WIDTH - 4])
  const bottom = TOP + threads * ROW
  const grid = ticksTo((end - start) / 1000).flatMap(ms => [
    line(x(start + ms * 1000), TOP, x(start + ms * 1000), bottom, 'grid'),
    label(x(start + ms * 1000), bottom + 18, `${+ms.toFixed(3)} ms`, { anchor: 'middle', tone: 'muted' }),
  ])
  const rows = Array.from({ length: threads }, (_, worker) => {
    return label(LEFT - 10, TOP + worker * ROW + 24, `thread ${worker}`, { anchor: 'end' })
  })
  const boxes = spans.map(({ worker, kind, tx, start, end }) => {
    const y = TOP + worker * ROW + (kind === 'frontier' ? 26 : 6)
    const hint = `${kind === 'frontier' ? 'commit' : kind} of transaction ${tx}: ${(end - start).toFixed(1)} µs`
    return box(x(start), y, x(end) - x(start), kind === 'frontier' ? 8 : 18, TONES[kind], hint)
  })
  return chart(WIDTH, bottom + 26, `What ${threads} threads did on ${block}`, [...grid, ...rows, ...boxes])
}
