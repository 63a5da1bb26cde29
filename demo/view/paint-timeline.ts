// What each worker did when, on a canvas: runs in the colour of their batch, those that did not hold hatched and flagged, commits below.

import type { Span } from '../../src/index.ts'
import { duration } from '../format.ts'
import type { GraphModel, Times } from './model.ts'
import { colourOf, type Palette } from './palette.ts'

/** Pixels: a lane, its bars, the axis below all lanes. */
export const LANE = 34
const BAR = 20
const COMMIT = 5
export const AXIS = 26
/** Room for the names of workers. */
export const LEFT = 36

/** Part of the time that is to be seen, in µs. */
export interface Window {
  from: number
  to: number
}

/** What is drawn. */
export interface TimelineDrawing {
  spans: readonly Span[]
  model: GraphModel
  times: Times
  window: Window
  /** The moment of the player. */
  now: number | undefined
  chosen: number | undefined
}

/** The place of a time in pixels, and back. */
export function scaleOf(
  { from, to }: Window,
  width: number,
): { x: (time: number) => number; time: (x: number) => number } {
  const perUs = (width - LEFT - 8) / (to - from)
  return { x: time => LEFT + (time - from) * perUs, time: x => from + (x - LEFT) / perUs }
}

/** Draws all lanes and the axis. */
export function paintTimeline(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  colours: Palette,
  drawing: TimelineDrawing,
): void {
  const { spans, times, window, now, chosen } = drawing
  const { x } = scaleOf(window, width)
  paintLanes(context, width, colours, times.workers)
  context.save()
  context.beginPath()
  context.rect(LEFT, 0, width - LEFT, height)
  context.clip()
  paintAxis(context, x, width, times.workers * LANE, colours, window)
  for (const span of spans)
    if (span.end >= window.from && span.start <= window.to) paintSpan(context, x, colours, drawing, span)
  if (chosen !== undefined) outline(context, x, colours, spans, chosen)
  if (now !== undefined) {
    context.fillStyle = colours.ink
    context.fillRect(x(now) - 0.75, 0, 1.5, times.workers * LANE + 6)
  }
  context.restore()
}

function paintLanes(context: CanvasRenderingContext2D, width: number, colours: Palette, workers: number): void {
  context.font = `12px ${colours.font}`
  context.textBaseline = 'middle'
  context.textAlign = 'left'
  for (let worker = 0; worker < workers; worker++) {
    const top = worker * LANE
    context.fillStyle = colours.card
    context.fillRect(LEFT, top + 4, width - LEFT, LANE - 6)
    context.fillStyle = colours.soft
    context.fillText(String(worker + 1), 12, top + LANE / 2)
  }
}

const topOf = (worker: number): number => worker * LANE + 4

function paintSpan(
  context: CanvasRenderingContext2D,
  x: (time: number) => number,
  colours: Palette,
  { model, times }: TimelineDrawing,
  span: Span,
): void {
  const { kind, tx, worker, start, end } = span
  const [left, top] = [x(start), topOf(worker)]
  const wide = Math.max(0.6, x(end) - left)
  if (kind === 'wait') return
  if (kind === 'frontier') {
    context.fillStyle = colours.soft
    context.fillRect(left, top + BAR + 1, wide, COMMIT)
    return
  }
  const isLast = times.of[tx]?.runs.at(-1) === span
  context.fillStyle = colourOf(colours, model.batchOf[tx] ?? 0)
  context.globalAlpha = isLast ? 1 : 0.35
  context.fillRect(left, top, wide > 3 ? wide - 0.5 : wide, BAR)
  context.globalAlpha = 1
  if (!isLast) paintFailure(context, colours, left, top, wide)
  else if (kind === 'rerun') {
    context.fillStyle = colours.ink
    context.fillRect(left, top, wide, 2.5)
  }
  if (wide < 22) return
  context.fillStyle = isLast ? colours.card : colours.ink
  context.font = `600 11px ${colours.font}`
  context.textAlign = 'left'
  context.fillText(String(tx), left + 4, top + BAR / 2 + 0.5, wide - 6)
}

/** Hatching, and a flag that is to be seen where the bar is a pixel wide. */
function paintFailure(
  context: CanvasRenderingContext2D,
  colours: Palette,
  left: number,
  top: number,
  wide: number,
): void {
  context.save()
  context.beginPath()
  context.rect(left, top, wide, BAR)
  context.clip()
  context.beginPath()
  for (let at = left - BAR; at < left + wide; at += 5) {
    context.moveTo(at, top + BAR)
    context.lineTo(at + BAR, top)
  }
  context.strokeStyle = colours.bad
  context.lineWidth = 1.2
  context.stroke()
  context.restore()
  context.fillStyle = colours.bad
  context.beginPath()
  context.moveTo(left - 3, top - 4)
  context.lineTo(left + 4, top - 4)
  context.lineTo(left + 0.5, top + 3)
  context.fill()
}

function outline(
  context: CanvasRenderingContext2D,
  x: (time: number) => number,
  colours: Palette,
  spans: readonly Span[],
  chosen: number,
): void {
  context.strokeStyle = colours.accent
  context.lineWidth = 2.5
  for (const { tx, kind, worker, start, end } of spans) {
    if (tx !== chosen || kind === 'wait') continue
    const isCommit = kind === 'frontier'
    const top = topOf(worker) + (isCommit ? BAR + 1 : 0)
    context.strokeRect(x(start) - 1.5, top - 1, Math.max(4, x(end) - x(start) + 3), (isCommit ? COMMIT : BAR) + 2)
  }
}

function paintAxis(
  context: CanvasRenderingContext2D,
  x: (time: number) => number,
  width: number,
  top: number,
  colours: Palette,
  { from, to }: Window,
): void {
  const step = niceStep((to - from) / Math.max(2, width / 130))
  context.font = `12px ${colours.font}`
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    context.fillStyle = colours.line
    context.fillRect(x(time), 0, 1, top + 6)
    context.fillStyle = colours.soft
    context.fillText(time === 0 ? '0' : duration(time / 1000), x(time) + 4, top + AXIS / 2 + 2)
  }
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find(each => each * power >= least) ?? 10)
}
