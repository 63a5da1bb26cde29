// A canvas that is as sharp as the screen, fits its place, and is drawn at most once a frame.

import { type Palette, palette } from './palette.ts'

/** Draws in CSS pixels. */
export type Draw = (context: CanvasRenderingContext2D, width: number, height: number, colours: Palette) => void

/** A canvas and its schedule. */
export class Stage {
  readonly canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #draw: Draw
  readonly #onResize: () => void
  #colours: Palette | undefined
  #requested = 0
  width = 1
  height = 1
  /** Milliseconds of script of the last frames, newest last; for tests. */
  readonly frames: number[] = []

  constructor(canvas: HTMLCanvasElement, draw: Draw, onResize: () => void = () => {}) {
    this.canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false })!
    this.#draw = draw
    this.#onResize = onResize
    new ResizeObserver(() => this.#resize()).observe(canvas)
    document.addEventListener('weft-theme', () => {
      this.#colours = undefined
      this.redraw()
    })
  }

  /** Draws with the next frame. */
  redraw(): void {
    if (this.#requested !== 0) return
    this.#requested = requestAnimationFrame(() => {
      this.#requested = 0
      this.#frame()
    })
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.canvas
    if (clientWidth === 0 || clientHeight === 0) return
    const scale = devicePixelRatio
    this.width = clientWidth
    this.height = clientHeight
    this.canvas.width = Math.round(clientWidth * scale)
    this.canvas.height = Math.round(clientHeight * scale)
    this.#onResize()
    this.#frame()
  }

  #frame(): void {
    if (!this.canvas.isConnected) return
    const began = performance.now()
    const scale = devicePixelRatio
    const context = this.#context
    this.#colours ??= palette()
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.fillStyle = this.#colours.sunken
    context.fillRect(0, 0, this.width, this.height)
    this.#draw(context, this.width, this.height, this.#colours)
    this.frames.push(performance.now() - began)
    if (this.frames.length > 600) this.frames.shift()
  }
}
