// Where the nodes of a graph lie. Batches follow one another like words in lines, from left to right and then below, so that a block of one
// batch and one of a thousand both fill the canvas. Nodes are a unit apart.

import type { GraphModel } from './model.ts'

/** A batch as it lies: its left upper corner and its size, in units. */
export interface Plot {
  batch: number
  x: number
  y: number
  columns: number
  rows: number
}

/** Places of all nodes. */
export interface Layout {
  x: Float32Array
  y: Float32Array
  plots: readonly Plot[]
  width: number
  height: number
}

/** Units between batches, and above each line of them for labels. */
const GAP = { x: 0.9, y: 1.1 } as const
const MOST_ROWS = 48
const MOST_LINES = 60

/** Lays a graph out for a canvas of this shape (width over height). */
export function layoutOf(model: GraphModel, aspect: number): Layout {
  const sizes = model.batches.map(({ length }) => length)
  const { plots, width, height } = bestPlots(sizes, aspect)
  const x = new Float32Array(model.graph.count)
  const y = new Float32Array(model.graph.count)
  for (const { batch, x: left, y: top, rows } of plots) {
    for (const [i, tx] of ordered(model, batch, y).entries()) {
      x[tx] = left + Math.floor(i / rows) + 0.5
      y[tx] = top + (i % rows) + 0.5
    }
  }
  return { x, y, plots, width, height }
}

/** The number of rows and of lines with which nodes can be drawn largest. */
function bestPlots(sizes: readonly number[], aspect: number): Pick<Layout, 'plots' | 'width' | 'height'> {
  let best = { scale: 0, rows: 1, limit: Number.POSITIVE_INFINITY }
  const largest = sizes.reduce((most, size) => Math.max(most, size), 1)
  for (let rows = 1; rows <= Math.min(MOST_ROWS, largest); rows++) {
    const widths = sizes.map(size => Math.ceil(size / rows) + GAP.x)
    const total = widths.reduce((sum, width) => sum + width, 0)
    const widest = Math.max(...widths)
    for (let lines = 1; lines <= MOST_LINES; lines++) {
      const limit = Math.max(widest, total / lines)
      const { width, height } = extent(sizes, rows, limit)
      const scale = Math.min(aspect / width, 1 / height)
      if (scale > best.scale) best = { scale, rows, limit }
      if (limit === widest) break
    }
  }
  return plotsOf(sizes, best.rows, best.limit)
}

function extent(sizes: readonly number[], rows: number, limit: number): { width: number; height: number } {
  let [x, width, height, tallest] = [0, 0, 0, 0]
  for (const size of sizes) {
    const wide = Math.ceil(size / rows) + GAP.x
    if (x > 0 && x + wide > limit + 1e-6) {
      height += tallest + GAP.y
      x = 0
      tallest = 0
    }
    x += wide
    width = Math.max(width, x)
    tallest = Math.max(tallest, Math.min(rows, size))
  }
  return { width, height: height + tallest + GAP.y }
}

function plotsOf(sizes: readonly number[], rows: number, limit: number): Pick<Layout, 'plots' | 'width' | 'height'> {
  const plots: Plot[] = []
  let [x, y, width, tallest] = [0, GAP.y, 0, 0]
  for (const [batch, size] of sizes.entries()) {
    const columns = Math.ceil(size / rows)
    if (x > 0 && x + columns + GAP.x > limit + 1e-6) {
      y += tallest + GAP.y
      x = 0
      tallest = 0
    }
    const used = Math.min(rows, size)
    plots.push({ batch, x, y, columns, rows: Math.max(1, used) })
    x += columns + GAP.x
    width = Math.max(width, x - GAP.x)
    tallest = Math.max(tallest, used)
  }
  return { plots, width: Math.max(1, width), height: Math.max(1, y + tallest) }
}

/** Nodes at the height of those they wait for; then those that others wait for; then those that meet nobody. */
function ordered({ graph, predecessors, batches }: GraphModel, batch: number, y: Float32Array): number[] {
  const { predecessorStart, predecessors: list } = predecessors
  const height = (tx: number): number => {
    const before = list.subarray(predecessorStart[tx], predecessorStart[tx + 1])
    if (before.length > 0) return before.reduce((sum, each) => sum + y[each]!, 0) / before.length
    return graph.successorStart[tx + 1]! > graph.successorStart[tx]! ? 1e6 : 2e6
  }
  const heights = new Map<number, number>()
  for (const tx of batches[batch]!) heights.set(tx, height(tx))
  return [...batches[batch]!].sort((a, b) => heights.get(a)! - heights.get(b)! || a - b)
}
