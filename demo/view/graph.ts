// The conflict graph as something to look around in.

import { el } from '../dom.ts'
import { Camera, steer } from './camera.ts'
import { layoutOf } from './layout.ts'
import type { GraphModel, TxState } from './model.ts'
import { type Drawing, drawingOf, type Emphasis, paintGraph } from './paint-graph.ts'
import { colourOf, type Palette, shapeOf, trace } from './palette.ts'
import { Stage } from './stage.ts'

/** Pixels from node to node at most: small blocks would be drawn as playing cards. */
const LARGEST = 44
/** Pixels per unit from which on nodes bear their index. */
const NUMBERED = 27

/** What a visitor does to the graph. */
export interface GraphEvents {
  /** A transaction was chosen; undefined: none any more. */
  choose: (tx: number | undefined) => void
  /** What to say of a transaction that a pointer is over, line by line. */
  describe: (tx: number) => readonly string[]
}

/** Pixels between a pointer and what is said. */
const TIP_DISTANCE = 14

/** The canvas with the graph. */
export class GraphView {
  readonly element: HTMLElement
  readonly stage: Stage
  readonly #camera = new Camera()
  readonly #events: GraphEvents
  #model: GraphModel
  #drawing: Drawing | undefined
  /** For pointers only: keys choose, which says more. */
  readonly #tip = el('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' })
  #hovered: number | undefined
  #chosen: number | undefined
  #group: ReadonlySet<number> | undefined
  #critical = true
  #state: ((tx: number) => TxState) | undefined

  constructor(model: GraphModel, events: GraphEvents) {
    this.#model = model
    this.#events = events
    const canvas = el('canvas', { class: 'graph', tabindex: 0, role: 'application', 'aria-describedby': 'graph-keys' })
    const keys = 'Arrow keys go from transaction to transaction, plus and minus zoom, 0 shows all, Escape lets go.'
    this.element = el(
      'div',
      { class: 'canvas-frame' },
      canvas,
      el('p', { id: 'graph-keys', class: 'visually-hidden' }, keys),
      this.#buttons(),
      this.#tip,
    )
    this.stage = new Stage(
      canvas,
      (context, width, height, colours) => this.#paint(context, width, height, colours),
      () => this.#lay(),
    )
    steer(canvas, this.#camera, {
      hover: point => this.#hover(point),
      click: point => this.choose(this.#txAt(point)),
      moved: () => this.stage.redraw(),
    })
    canvas.addEventListener('keydown', event => this.#key(event))
    canvas.addEventListener('focus', () => this.stage.redraw())
    this.#label()
  }

  /** Shows another graph. */
  show(model: GraphModel): void {
    this.#model = model
    this.#hovered = undefined
    this.#tip.hidden = true
    this.#label()
    this.#lay()
    this.stage.redraw()
  }

  /** Chooses a transaction, and brings it into view. */
  choose(tx: number | undefined, isRevealed = false): void {
    this.#chosen = tx
    const layout = this.#drawing?.layout
    if (tx !== undefined && isRevealed && layout) {
      const { x, y, scale } = { x: layout.x[tx]!, y: layout.y[tx]!, scale: this.#camera.scale }
      if (scale > 0) this.#camera.reveal(x, y, this.stage.width, this.stage.height)
    }
    this.#events.choose(tx)
    this.stage.redraw()
  }

  /** Emphasises some transactions; undefined: none. */
  emphasise(group: ReadonlySet<number> | undefined): void {
    this.#group = group
    this.stage.redraw()
  }

  /** Shows or hides the critical path. */
  set critical(isShown: boolean) {
    this.#critical = isShown
    this.stage.redraw()
  }

  /** Shows a moment of the block; undefined: its end. */
  set moment(state: ((tx: number) => TxState) | undefined) {
    this.#state = state
    this.stage.redraw()
  }

  #label(): void {
    const { graph, batches, critical } = this.#model
    const text =
      `Conflict graph: ${graph.count} transactions, ${graph.successors.length} edges, ${batches.length} batches, ` +
      `${critical.transactions.length} transactions on the critical path`
    this.element.querySelector('canvas')!.setAttribute('aria-label', text)
  }

  #buttons(): HTMLElement {
    const button = (label: string, sign: string, act: () => void): HTMLElement => {
      const made = el('button', { type: 'button', 'aria-label': label, title: label }, sign)
      made.addEventListener('click', act)
      return made
    }
    const zoom = (factor: number) => (): void => this.#zoom(factor)
    return el(
      'div',
      { class: 'zoom' },
      button('Zoom in', '+', zoom(1.5)),
      button('Zoom out', '−', zoom(1 / 1.5)),
      button('Show all', '⤢', () => this.#fit()),
    )
  }

  #zoom(factor: number): void {
    this.#camera.zoom(factor, this.stage.width / 2, this.stage.height / 2)
    this.stage.redraw()
  }

  #fit(): void {
    if (!this.#drawing) return
    this.#camera.fit(this.stage.width, this.stage.height, this.#drawing.layout, LARGEST)
    this.stage.redraw()
  }

  #lay(): void {
    const { width, height } = this.stage
    this.#drawing = drawingOf(this.#model, layoutOf(this.#model, width / height))
    this.#camera.fit(width, height, this.#drawing.layout, LARGEST)
  }

  #hover(point: readonly [number, number] | undefined): void {
    const tx = point && this.#txAt(point)
    if (point && tx !== undefined) this.#placeTip(point, tx)
    if (tx === this.#hovered) return
    this.#hovered = tx
    this.#tip.hidden = tx === undefined
    this.stage.canvas.style.cursor = tx === undefined ? 'grab' : 'pointer'
    this.stage.redraw()
  }

  /** Beside the pointer, on the side where there is room. */
  #placeTip([x, y]: readonly [number, number], tx: number): void {
    if (tx !== this.#hovered) this.#tip.replaceChildren(...this.#events.describe(tx).map(line => el('div', {}, line)))
    const { style } = this.#tip
    const [isRight, isLow] = [x > this.stage.width / 2, y > this.stage.height / 2]
    style.left = isRight ? '' : `${x + TIP_DISTANCE}px`
    style.right = isRight ? `${this.stage.width - x + TIP_DISTANCE}px` : ''
    style.top = isLow ? '' : `${y + TIP_DISTANCE}px`
    style.bottom = isLow ? `${this.stage.height - y + TIP_DISTANCE}px` : ''
  }

  #txAt([left, top]: readonly [number, number]): number | undefined {
    if (!this.#drawing) return undefined
    const [x, y] = this.#camera.toDrawing(left, top)
    const { layout } = this.#drawing
    let [nearest, distance]: [number | undefined, number] = [undefined, Math.max(0.5, 8 / this.#camera.scale)]
    for (let tx = 0; tx < layout.x.length; tx++) {
      const away = Math.hypot(layout.x[tx]! - x, layout.y[tx]! - y)
      if (away < distance) [nearest, distance] = [tx, away]
    }
    return nearest
  }

  #key(event: KeyboardEvent): void {
    const last = this.#model.graph.count - 1
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (step !== undefined) this.choose(Math.min(last, Math.max(0, (this.#chosen ?? (step > 0 ? -1 : 1)) + step)), true)
    else if (event.key === '+' || event.key === '=') this.#zoom(1.4)
    else if (event.key === '-') this.#zoom(1 / 1.4)
    else if (event.key === '0') this.#fit()
    else if (event.key === 'Escape') this.choose(undefined)
    else return
    event.preventDefault()
  }

  #paint(context: CanvasRenderingContext2D, width: number, height: number, colours: Palette): void {
    const drawing = this.#drawing
    if (!drawing) return
    const { scale, x, y } = this.#camera
    context.save()
    context.translate(x, y)
    context.scale(scale, scale)
    const emphasis: Emphasis = { tx: this.#hovered ?? this.#chosen, group: this.#group, critical: this.#critical }
    paintGraph(context, drawing, colours, { emphasis, pixel: 1 / scale, state: this.#state })
    context.restore()
    this.#paintLabels(context, width, height, colours)
  }

  /** Numbers of batches above them, and of transactions where there is room. In pixels, so that text stays sharp. */
  #paintLabels(context: CanvasRenderingContext2D, width: number, height: number, colours: Palette): void {
    const { model, layout } = this.#drawing!
    const { scale, x, y } = this.#camera
    context.textBaseline = 'alphabetic'
    context.textAlign = 'left'
    context.font = `600 ${Math.min(13, Math.max(10, scale * 0.55))}px ${colours.font}`
    let [right, line] = [-1e9, -1e9]
    for (const { batch, x: left, y: top, columns } of layout.plots) {
      const [at, above] = [x + left * scale, y + top * scale - 4]
      if (above !== line) [right, line] = [-1e9, above]
      if (at < right || at > width || above < 0 || above > height) continue
      const size = model.batches[batch]!.length
      // In a chain every tenth is enough.
      if (size === 1 && scale < 30 && batch > 0 && (batch + 1) % 10 !== 0) continue
      const isWide = columns * scale > 70
      const text = isWide ? `Batch ${batch + 1} · ${size}` : String(batch + 1)
      if (scale >= 5) {
        context.fillStyle = colourOf(colours, batch)
        context.beginPath()
        trace(context, shapeOf(batch), at + 4, above - 4, 4)
        context.fill()
      }
      context.fillStyle = colours.soft
      context.fillText(text, at + 12, above)
      right = at + 11 + context.measureText(text).width + 6
    }
    if (scale < NUMBERED) return
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    context.font = `600 ${Math.round(Math.min(12, scale * 0.3))}px ${colours.font}`
    context.fillStyle = this.#state ? colours.ink : colours.card
    for (let tx = 0; tx < layout.x.length; tx++) {
      const [left, top] = [x + layout.x[tx]! * scale, y + layout.y[tx]! * scale]
      if (left > 0 && left < width && top > 0 && top < height) context.fillText(String(tx), left, top)
    }
  }
}
