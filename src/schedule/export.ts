// The conflict graph for people and other programs: DOT (Graphviz) and JSON, each batch with its colour. The same
// graph gives the same bytes. A batch is told by shape and label as well as by hue, the critical path by double
// outlines and bold edges, so that neither needs colours to be read. Called by `weft replay --graph`.

import type { ConflictGraph } from './graph.ts'
import { batchesOf, boundsOf, componentsOf, countOf, criticalPathOf, hottestObjects, levelsOf } from './levels.ts'

/** What is shown. */
export interface GraphExportOptions {
  /** Colour of each transaction; levels by default. */
  colours?: Uint32Array
  /** Stands over the picture: `block 17,034,870`. */
  title?: string
  /** Hottest objects in the JSON; 20 by default. */
  hottest?: number
}

const SHAPES = ['box', 'ellipse', 'hexagon', 'diamond', 'octagon', 'trapezium', 'house', 'parallelogram']

/** The graph in the language of Graphviz: one node per transaction, one row per batch. */
export function graphToDot(graph: ConflictGraph, options: GraphExportOptions = {}): string {
  const { count, gas, successorStart, successors } = graph
  const colours = options.colours ?? levelsOf(graph)
  const path = criticalPathOf(graph)
  const nextOnPath = new Map(Array.from(path.transactions, (each, i) => [each, path.transactions[i + 1]]))
  const { parallelism } = boundsOf(graph, 1)
  const facts = [
    `${grouped(count)} transactions in ${grouped(countOf(colours))} batches, ${grouped(successors.length)} edges`,
    `critical path ${grouped(path.transactions.length)} transactions, ${grouped(path.gas)} gas`,
    `parallelism ${parallelism.toFixed(2)}`,
  ]
  const title = [...(options.title === undefined ? [] : [options.title]), ...facts].map(quoted).join('\\n')
  const lines = ['digraph conflicts {', `  graph [label="${title}", labelloc=t, rankdir=TB, fontname="sans-serif"]`]
  lines.push('  node [style=filled, fontname="sans-serif"]', '  edge [color="#555555"]')
  for (const [colour, batch] of batchesOf(colours).entries()) {
    lines.push('  {', '    rank=same', `    node [shape=${shapeOf(colour)}, fillcolor="${hueOf(colour)}"]`)
    for (const each of batch) {
      const bold = nextOnPath.has(each) ? ', penwidth=3, peripheries=2' : ''
      lines.push(`    ${each} [label="${each}\\n${grouped(gas[each]!)} gas\\nbatch ${colour}"${bold}]`)
    }
    lines.push('  }')
  }
  for (let from = 0; from < count; from++) {
    for (const to of successors.subarray(successorStart[from], successorStart[from + 1])) {
      const bold = nextOnPath.get(from) === to ? ' [penwidth=3, color="#000000"]' : ''
      lines.push(`  ${from} -> ${to}${bold}`)
    }
  }
  return `${lines.join('\n')}\n}\n`
}

/** What graphToJson writes. */
export interface GraphJson {
  title?: string
  gas: number
  colours: number
  components: number
  /** Gas over critical-path gas. */
  parallelism: number
  criticalPath: { gas: number; transactions: number[] }
  hottest: { name: string; transactions: number; gas: number; readers: number; writers: number; deltas: number }[]
  transactions: { index: number; gas: number; colour: number; component: number }[]
  /** From, to. */
  edges: [number, number][]
}

/** The graph as JSON (GraphJson), one transaction, object or edge per line. */
export function graphToJson(graph: ConflictGraph, options: GraphExportOptions = {}): string {
  const { count, gas, successorStart, successors } = graph
  const colours = options.colours ?? levelsOf(graph)
  const components = componentsOf(graph)
  const path = criticalPathOf(graph)
  const bounds = boundsOf(graph, 1)
  const edges: [number, number][] = []
  for (let from = 0; from < count; from++) {
    for (let i = successorStart[from]!; i < successorStart[from + 1]!; i++) edges.push([from, successors[i]!])
  }
  const json: GraphJson = {
    ...(options.title !== undefined && { title: options.title }),
    gas: bounds.gas,
    colours: countOf(colours),
    components: components.count,
    parallelism: bounds.parallelism,
    criticalPath: { gas: path.gas, transactions: [...path.transactions] },
    hottest: hottestObjects(graph, options.hottest ?? 20),
    transactions: Array.from(gas, (each, index) => ({
      index,
      gas: each,
      colour: colours[index]!,
      component: components.component[index]!,
    })),
    edges,
  }
  const members = Object.entries(json).map(([name, value]) => `  ${JSON.stringify(name)}: ${valueLines(value)}`)
  return `{\n${members.join(',\n')}\n}\n`
}

function valueLines(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return JSON.stringify(value)
  return `[\n${value.map(each => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]`
}

function shapeOf(colour: number): string {
  return SHAPES[colour % SHAPES.length]!
}

/** Light enough for black text; by the golden ratio, neighbours are far apart and hues repeat late. */
function hueOf(colour: number): string {
  return `${((colour * 0.618034 + 0.58) % 1).toFixed(3)} 0.350 1.000`
}

function grouped(number: number): string {
  return number.toLocaleString('en-US')
}

/** Text inside double quotes; object names and titles come from callers. */
function quoted(text: string): string {
  return text.replace(/[\\"]/g, char => `\\${char}`).replace(/\s+/g, ' ')
}
