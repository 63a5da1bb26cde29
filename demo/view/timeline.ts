// The timeline of the workers, and the player that shows the block in slow motion in it and in the graph.

import type { Span } from '../../src/index.ts'
import { el } from '../dom.ts'
import { duration } from '../format.ts'
import type { GraphModel, Times } from './model.ts'
import { AXIS, LANE, paintTimeline, scaleOf, type Window } from './paint-timeline.ts'
import { Stage } from './stage.ts'

/** Milliseconds that a block takes when it is played. */
const PLAY_MS = 12_000
/** Steps in which it is played for people who do not want motion. */
const STILL_STEPS = 24

/** What a visitor does to the timeline. */
export interface TimelineEvents {
  choose: (tx: number) => void
  /** The player is at a time (µs); undefined: nothing is played. */
  moment: (time: number | undefined) => void
}

/** Canvas, play button and scrubber. */
export class TimelineView {
  readonly element: HTMLElement
  readonly stage: Stage
  readonly #times: Times
  readonly #spans: readonly Span[]
  readonly #events: TimelineEvents
  #model: GraphModel
  #window: Window
  #now: number | undefined
  #chosen: number | undefined
  #playing = 0
  readonly #play = el('button', { type: 'button', class: 'play' }, 'Play')
  readonly #slider = el('input', { type: 'range', min: 0, max: 1000, value: 1000, id: 'scrub' })
  readonly #clock = el('output', { for: 'scrub' })

  constructor(spans: readonly Span[], times: Times, model: GraphModel, events: TimelineEvents) {
    this.#spans = spans
    this.#times = times
    this.#model = model
    this.#events = events
    this.#window = { from: 0, to: times.end }
    const canvas = el('canvas', { class: 'timeline', role: 'img', 'aria-label': this.#description() })
    canvas.style.height = `${times.workers * LANE + AXIS}px`
    this.element = el('div', {}, this.#controls(), el('div', { class: 'canvas-frame' }, canvas))
    this.stage = new Stage(canvas, (context, width, height, colours) =>
      paintTimeline(context, width, height, colours, {
        ...{ spans: this.#spans, model: this.#model, times: this.#times },
        ...{ window: this.#window, now: this.#now, chosen: this.#chosen },
      }),
    )
    canvas.addEventListener('click', event => this.#click(event))
    canvas.addEventListener('wheel', event => this.#wheel(event), { passive: false })
    this.#tell()
  }

  /** Colours by the batches of another graph. */
  show(model: GraphModel): void {
    this.#model = model
    this.stage.redraw()
  }

  /** Marks the runs of a transaction. */
  choose(tx: number | undefined): void {
    this.#chosen = tx
    this.stage.redraw()
  }

  /** Stops playing; for a view that is thrown away. */
  close(): void {
    cancelAnimationFrame(this.#playing)
  }

  #description(): string {
    const { workers, end, of } = this.#times
    const again = of.filter(({ runs }) => runs.length > 1).length
    return `Timeline of ${workers} ${workers === 1 ? 'worker' : 'workers'} over ${duration(end / 1000)}; ${again} transactions ran more than once`
  }

  #controls(): HTMLElement {
    this.#play.addEventListener('click', () => (this.#playing ? this.#pause() : this.#start()))
    this.#slider.addEventListener('input', () => {
      this.#pause()
      const part = Number(this.#slider.value) / 1000
      this.#move(part >= 1 ? undefined : part * this.#times.end)
    })
    const label = el('label', { class: 'visually-hidden', for: 'scrub' }, 'Moment of the block')
    return el('div', { class: 'player' }, this.#play, label, this.#slider, this.#clock)
  }

  #start(): void {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    const from = this.#now !== undefined && this.#now < this.#times.end ? this.#now : 0
    const began = performance.now() - (from / this.#times.end) * PLAY_MS
    let shown = -1
    const frame = (at: number): void => {
      const part = (at - began) / PLAY_MS
      if (part >= 1) {
        this.#end()
        return
      }
      const step = still ? Math.floor(Math.max(0, part) * STILL_STEPS) : -1
      if (!still || step !== shown) this.#move((still ? step / STILL_STEPS : Math.max(0, part)) * this.#times.end)
      shown = step
      this.#playing = requestAnimationFrame(frame)
    }
    this.#play.textContent = 'Pause'
    this.#playing = requestAnimationFrame(frame)
  }

  #pause(): void {
    cancelAnimationFrame(this.#playing)
    this.#playing = 0
    this.#play.textContent = 'Play'
  }

  #end(): void {
    this.#pause()
    this.#move(undefined)
  }

  #move(time: number | undefined): void {
    this.#now = time
    this.#slider.value = String(time === undefined ? 1000 : Math.round((1000 * time) / this.#times.end))
    this.#tell()
    this.#events.moment(time)
    this.stage.redraw()
  }

  #tell(): void {
    const [now, end] = [this.#now ?? this.#times.end, this.#times.end]
    this.#clock.textContent = `${duration(now / 1000)} of ${duration(end / 1000)}`
    this.#slider.setAttribute('aria-valuetext', this.#clock.textContent)
  }

  #click(event: MouseEvent): void {
    const { time } = scaleOf(this.#window, this.stage.width)
    const [worker, at] = [Math.floor(event.offsetY / LANE), time(event.offsetX)]
    const slack = (this.#window.to - this.#window.from) / this.stage.width
    const found = this.#spans.find(
      span => span.worker === worker && span.kind !== 'wait' && at >= span.start - slack && at <= span.end + slack,
    )
    if (found) this.#events.choose(found.tx)
  }

  /** With Ctrl or ⌘ it zooms; sideways it moves. */
  #wheel(event: WheelEvent): void {
    const isZoom = event.ctrlKey || event.metaKey
    const { from, to } = this.#window
    if (!isZoom && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return
    event.preventDefault()
    const centre = scaleOf(this.#window, this.stage.width).time(event.offsetX)
    const factor = isZoom ? Math.exp(event.deltaY / 200) : 1
    const shift = isZoom ? 0 : (event.deltaX * (to - from)) / this.stage.width
    const length = Math.min(this.#times.end, Math.max(this.#times.end / 500, (to - from) * factor))
    const start = centre - ((centre - from) * length) / (to - from) + shift
    this.#window.from = Math.min(Math.max(0, start), this.#times.end - length)
    this.#window.to = this.#window.from + length
    this.stage.redraw()
  }
}
