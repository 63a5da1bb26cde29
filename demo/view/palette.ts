// How batches are told apart: eight colours that stay distinct for people who see fewer (after Okabe and Ito), and five shapes. Both go round
// at their own pace, so forty batches differ before a pair comes again; the label beside a batch has its number.

/** Shapes of nodes. */
export type Shape = 'circle' | 'square' | 'diamond' | 'triangle' | 'hexagon'

/** All of them, in the order of batches. */
export const SHAPES: readonly Shape[] = ['circle', 'square', 'diamond', 'triangle', 'hexagon']

const LIGHT = ['#0072b2', '#d55e00', '#009e73', '#b4568f', '#56a3d9', '#c58a00', '#5b5b66', '#7a4fb5']
const DARK = ['#58b0e3', '#f08a4b', '#2fc79c', '#e39cc4', '#9fd3f5', '#f0c34e', '#a9abb5', '#b79bef']

/** Colours of a theme, as canvases need them. */
export interface Palette {
  batches: readonly string[]
  ink: string
  soft: string
  line: string
  card: string
  sunken: string
  bad: string
  accent: string
  critical: string
  font: string
}

/** The colours in force now. */
export function palette(): Palette {
  const probe = document.createElement('span')
  document.body.append(probe)
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const font = getComputedStyle(document.body).fontFamily
  const isDark = luminance(colour('card')) < 0.4
  const found = {
    batches: isDark ? DARK : LIGHT,
    ...{ ink: colour('ink'), soft: colour('soft'), line: colour('line'), card: colour('card') },
    ...{ sunken: colour('sunken'), bad: colour('bad'), accent: colour('accent'), critical: colour('critical') },
    font,
  }
  probe.remove()
  return found
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number)
  return (0.299 * red + 0.587 * green + 0.114 * blue) / 255
}

/** The colour of a batch. */
export function colourOf({ batches }: Palette, batch: number): string {
  return batches[batch % batches.length]!
}

/** The shape of a batch. */
export function shapeOf(batch: number): Shape {
  return SHAPES[batch % SHAPES.length]!
}

/** Adds the outline of a node to the current path. */
export function trace(path: CanvasRenderingContext2D, shape: Shape, x: number, y: number, r: number): void {
  if (shape === 'circle') {
    path.moveTo(x + r, y)
    path.arc(x, y, r, 0, 2 * Math.PI)
    return
  }
  if (shape === 'square') {
    path.rect(x - 0.86 * r, y - 0.86 * r, 1.72 * r, 1.72 * r)
    return
  }
  const corners = CORNERS[shape]
  path.moveTo(x + corners[0]![0] * r, y + corners[0]![1] * r)
  for (let i = 1; i < corners.length; i++) path.lineTo(x + corners[i]![0] * r, y + corners[i]![1] * r)
  path.closePath()
}

const CORNERS: Record<'diamond' | 'triangle' | 'hexagon', readonly (readonly [number, number])[]> = {
  diamond: [
    [0, -1.15],
    [1.15, 0],
    [0, 1.15],
    [-1.15, 0],
  ],
  triangle: [
    [0, -1.1],
    [1.08, 0.85],
    [-1.08, 0.85],
  ],
  hexagon: [
    [1.05, 0],
    [0.52, 0.92],
    [-0.52, 0.92],
    [-1.05, 0],
    [-0.52, -0.92],
    [0.52, -0.92],
  ],
}
