// Which part of a drawing is to be seen: moved by pointer, wheel, fingers and keys.

/** From units of a drawing to CSS pixels of a canvas. */
export class Camera {
  scale = 1
  x = 0
  y = 0
  #fitted = 1

  /** Shows all of a drawing, in the middle. `most`: pixels per unit at most. */
  fit(width: number, height: number, drawing: { width: number; height: number }, most: number, margin = 16): void {
    const room = { width: width - 2 * margin, height: height - 2 * margin }
    this.scale = Math.min(most, room.width / drawing.width, room.height / drawing.height)
    this.#fitted = this.scale
    this.x = margin + (room.width - drawing.width * this.scale) / 2
    this.y = margin + (room.height - drawing.height * this.scale) / 2
  }

  /** Zooms so that what lies at a point of the canvas stays there. */
  zoom(factor: number, atX: number, atY: number): void {
    const scale = Math.min(Math.max(this.scale * factor, this.#fitted / 2), Math.max(60, this.#fitted))
    this.x = atX - ((atX - this.x) * scale) / this.scale
    this.y = atY - ((atY - this.y) * scale) / this.scale
    this.scale = scale
  }

  /** The point of the drawing at a point of the canvas. */
  toDrawing(x: number, y: number): readonly [number, number] {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale]
  }

  /** Moves so that a point of the drawing is on the canvas. */
  reveal(x: number, y: number, width: number, height: number, margin = 32): void {
    const [left, top] = [x * this.scale + this.x, y * this.scale + this.y]
    this.x += Math.max(0, margin - left) - Math.max(0, left - (width - margin))
    this.y += Math.max(0, margin - top) - Math.max(0, top - (height - margin))
  }
}

/** What pointers do on a canvas. */
export interface PointerEvents {
  /** Moved over it without dragging; undefined: it left. */
  hover: (point: readonly [number, number] | undefined) => void
  /** Pressed and let go at the same place. */
  click: (point: readonly [number, number]) => void
  /** The camera has moved. */
  moved: () => void
}

/** Pixels that a press may move and still be a click. */
const SLACK = 4

/** Lets pointers and the wheel move a camera. The wheel alone scrolls the page; with Ctrl or ⌘, and two fingers on a pad, it zooms. */
export function steer(canvas: HTMLCanvasElement, camera: Camera, events: PointerEvents): void {
  const pressed = new Map<number, { x: number; y: number }>()
  let travelled = 0
  const at = (event: { offsetX: number; offsetY: number }): readonly [number, number] => [event.offsetX, event.offsetY]

  canvas.addEventListener('pointerdown', event => {
    if (event.button !== 0) return
    canvas.setPointerCapture(event.pointerId)
    pressed.set(event.pointerId, { x: event.offsetX, y: event.offsetY })
    travelled = 0
  })
  canvas.addEventListener('pointermove', event => {
    const last = pressed.get(event.pointerId)
    if (!last) return events.hover(at(event))
    const [dx, dy] = [event.offsetX - last.x, event.offsetY - last.y]
    travelled += Math.hypot(dx, dy)
    const other = [...pressed].find(([id]) => id !== event.pointerId)?.[1]
    if (other) {
      const before = Math.hypot(last.x - other.x, last.y - other.y)
      const now = Math.hypot(event.offsetX - other.x, event.offsetY - other.y)
      if (before > 0) camera.zoom(now / before, other.x, other.y)
    } else if (travelled > SLACK) {
      camera.x += dx
      camera.y += dy
    }
    pressed.set(event.pointerId, { x: event.offsetX, y: event.offsetY })
    if (travelled > SLACK) events.moved()
  })
  const release = (event: PointerEvent): void => {
    if (pressed.delete(event.pointerId) && event.type === 'pointerup' && travelled <= SLACK) events.click(at(event))
  }
  canvas.addEventListener('pointerup', release)
  canvas.addEventListener('pointercancel', release)
  canvas.addEventListener('pointerleave', () => events.hover(undefined))
  canvas.addEventListener(
    'wheel',
    event => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      camera.zoom(Math.exp(-event.deltaY / 200), event.offsetX, event.offsetY)
      events.moved()
    },
    { passive: false },
  )
}
