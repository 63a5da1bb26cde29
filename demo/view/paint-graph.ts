// The conflict graph on a canvas: edges, nodes by the colour and shape of their batch, the critical path, and what is pointed to.

import type { Layout } from './layout.ts'
import type { GraphModel, TxState } from './model.ts'
import { colourOf, type Palette, SHAPES, shapeOf, trace } from './palette.ts'

/** What is emphasised. */
export interface Emphasis {
  /** The transaction that is pointed to or chosen. */
  tx: number | undefined
  /** Transactions of a chosen object. */
  group: ReadonlySet<number> | undefined
  critical: boolean
}

/** A graph as it lies, ready to be drawn many times. */
export interface Drawing {
  model: GraphModel
  layout: Layout
  edges: Path2D
  /** Transactions by the forty pairs of colour and shape. */
  groups: readonly { batch: number; txs: readonly number[] }[]
}

const RADIUS = 0.36
/** Edges fainter where there are many: together they would be a wall. */
const edgeAlpha = (count: number): number => Math.min(0.55, Math.max(0.09, 9 / Math.sqrt(count + 1)))

/** Prepares a drawing. */
export function drawingOf(model: GraphModel, layout: Layout): Drawing {
  const edges = new Path2D()
  const { count, successorStart, successors } = model.graph
  for (let from = 0; from < count; from++) {
    for (let i = successorStart[from]!; i < successorStart[from + 1]!; i++) addEdge(edges, layout, from, successors[i]!)
  }
  const groups = new Map<number, number[]>()
  for (let tx = 0; tx < count; tx++) {
    const key = model.batchOf[tx]! % (8 * SHAPES.length)
    const group = groups.get(key)
    if (group) group.push(tx)
    else groups.set(key, [tx])
  }
  return { model, layout, edges, groups: [...groups].map(([batch, txs]) => ({ batch, txs })) }
}

/** A curve that leaves to the right and comes in from the left. To a line below it goes above that line, not across what is between. */
function addEdge(path: Path2D | CanvasRenderingContext2D, { x, y }: Layout, from: number, to: number): void {
  const [x0, y0, x1, y1] = [x[from]!, y[from]!, x[to]!, y[to]!]
  path.moveTo(x0, y0)
  if (x1 > x0) {
    const bend = Math.min(6, (x1 - x0) / 2)
    path.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1)
    return
  }
  const way = y1 - 0.58
  path.bezierCurveTo(x0 + 0.7, y0, x0 + 0.7, way, x0, way)
  path.lineTo(x1, way)
  path.bezierCurveTo(x1 - 0.7, way, x1 - 0.7, y1, x1, y1)
}

/** Draws in units of the layout; `pixel` is the size of a CSS pixel in them. `state`: where a moment is shown. */
export function paintGraph(
  context: CanvasRenderingContext2D,
  drawing: Drawing,
  colours: Palette,
  { emphasis, pixel, state }: { emphasis: Emphasis; pixel: number; state?: ((tx: number) => TxState) | undefined },
): void {
  const { model, layout, edges, groups } = drawing
  const isFocused = emphasis.tx !== undefined || emphasis.group !== undefined
  const chosen = isFocused ? focusOf(model, emphasis) : undefined
  context.lineWidth = Math.min(0.05, pixel * 1.1)
  context.strokeStyle = colours.ink
  context.globalAlpha = edgeAlpha(model.graph.successors.length) * (isFocused ? 0.4 : 1)
  context.stroke(edges)
  context.globalAlpha = 1
  if (emphasis.critical) paintCritical(context, drawing, colours, pixel)
  if (emphasis.tx !== undefined) paintNeighbours(context, drawing, colours, emphasis.tx, pixel)
  for (const { batch, txs } of groups) paintNodes(context, layout, colours, { batch, txs, chosen, state, pixel })
  if (emphasis.critical)
    ring(context, drawing, model.critical.transactions, colours.critical, Math.min(0.09, 2 * pixel))
  if (emphasis.tx !== undefined) ring(context, drawing, [emphasis.tx], colours.accent, Math.max(0.1, 2.5 * pixel))
  if (state) paintMoment(context, drawing, colours, state)
}

/** The transactions that stay bright. */
function focusOf({ graph, predecessors }: GraphModel, { tx, group }: Emphasis): ReadonlySet<number> {
  if (tx === undefined) return group!
  const { predecessorStart, predecessors: list } = predecessors
  return new Set([
    tx,
    ...(group ?? []),
    ...list.subarray(predecessorStart[tx], predecessorStart[tx + 1]),
    ...graph.successors.subarray(graph.successorStart[tx], graph.successorStart[tx + 1]),
  ])
}

interface NodeGroup {
  batch: number
  txs: readonly number[]
  chosen: ReadonlySet<number> | undefined
  state: ((tx: number) => TxState) | undefined
  pixel: number
}

/** Filled; hollow while they wait; pale where something else is pointed to, and between execution and commit. */
function paintNodes(
  context: CanvasRenderingContext2D,
  { x, y }: Layout,
  colours: Palette,
  { batch, txs, chosen, state, pixel }: NodeGroup,
): void {
  const shape = shapeOf(batch)
  const colour = colourOf(colours, batch)
  const draw = (alpha: number, isFilled: boolean, wanted: (tx: number) => boolean): void => {
    context.beginPath()
    for (const tx of txs) if (wanted(tx)) trace(context, shape, x[tx]!, y[tx]!, RADIUS)
    context.globalAlpha = alpha
    context.fillStyle = isFilled ? colour : colours.sunken
    context.fill()
    if (isFilled) return
    context.strokeStyle = colour
    context.lineWidth = Math.min(0.1, 1.2 * pixel)
    context.stroke()
  }
  if (state) {
    draw(1, false, tx => state(tx) === 'waiting' || state(tx) === 'failed')
    draw(0.5, true, tx => state(tx) === 'executed')
    draw(1, true, tx => state(tx) === 'committed' || state(tx) === 'running')
  } else if (chosen) {
    draw(0.16, true, tx => !chosen.has(tx))
    draw(1, true, tx => chosen.has(tx))
  } else draw(1, true, () => true)
  context.globalAlpha = 1
}

/** Marks what runs and what has to run again. */
function paintMoment(
  context: CanvasRenderingContext2D,
  { model, layout }: Drawing,
  colours: Palette,
  state: (tx: number) => TxState,
): void {
  const [running, failed]: number[][] = [[], []]
  for (let tx = 0; tx < model.graph.count; tx++) {
    if (state(tx) === 'running') running!.push(tx)
    else if (state(tx) === 'failed') failed!.push(tx)
  }
  context.lineWidth = 0.14
  context.strokeStyle = colours.ink
  context.beginPath()
  for (const tx of running!) {
    context.moveTo(layout.x[tx]! + 0.58, layout.y[tx]!)
    context.arc(layout.x[tx]!, layout.y[tx]!, 0.58, 0, 2 * Math.PI)
  }
  context.stroke()
  context.strokeStyle = colours.bad
  context.beginPath()
  for (const tx of failed!) {
    const [x, y] = [layout.x[tx]!, layout.y[tx]!]
    context.moveTo(x - 0.3, y - 0.3)
    context.lineTo(x + 0.3, y + 0.3)
    context.moveTo(x + 0.3, y - 0.3)
    context.lineTo(x - 0.3, y + 0.3)
  }
  context.stroke()
}

function paintCritical(
  context: CanvasRenderingContext2D,
  { model, layout }: Drawing,
  colours: Palette,
  pixel: number,
): void {
  const path = model.critical.transactions
  context.beginPath()
  for (let i = 1; i < path.length; i++) addEdge(context, layout, path[i - 1]!, path[i]!)
  context.lineJoin = 'round'
  context.strokeStyle = colours.sunken
  context.lineWidth = Math.min(0.32, 5 * pixel)
  context.stroke()
  context.strokeStyle = colours.critical
  context.lineWidth = Math.min(0.16, 2.4 * pixel)
  context.stroke()
}

function paintNeighbours(
  context: CanvasRenderingContext2D,
  { model: { graph, predecessors }, layout }: Drawing,
  colours: Palette,
  tx: number,
  pixel: number,
): void {
  const { predecessorStart, predecessors: list } = predecessors
  context.beginPath()
  for (const before of list.subarray(predecessorStart[tx], predecessorStart[tx + 1]))
    addEdge(context, layout, before, tx)
  for (const after of graph.successors.subarray(graph.successorStart[tx], graph.successorStart[tx + 1])) {
    addEdge(context, layout, tx, after)
  }
  context.strokeStyle = colours.accent
  context.lineWidth = Math.min(0.12, 1.8 * pixel)
  context.stroke()
}

function ring(
  context: CanvasRenderingContext2D,
  { model, layout: { x, y } }: Drawing,
  txs: Iterable<number>,
  colour: string,
  width: number,
): void {
  context.beginPath()
  for (const tx of txs) trace(context, shapeOf(model.batchOf[tx]!), x[tx]!, y[tx]!, RADIUS + width)
  context.strokeStyle = colour
  context.lineWidth = width
  context.stroke()
}
