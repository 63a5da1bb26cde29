// What the shape of a conflict graph says about a block whose order is fixed: levels, which are the colours that keep
// the order, the critical path, priorities, components, and the limits that no schedule passes. Edges go from lower to
// higher indices, so one pass forward or backward is a topological one. research: Graham's bound for list schedules,
// Brent's max(CP, G/p). Called by metrics.ts, export.ts and simulate.ts.

import { type ConflictGraph, type ConflictObject, rolesOf } from './graph.ts'

/** The level of each transaction, counted from 0: one more than the highest of those it waits for. */
export function levelsOf(graph: ConflictGraph): Uint32Array {
  const { count, successorStart, successors } = graph
  const levels = new Uint32Array(count)
  for (let from = 0; from < count; from++) {
    const next = levels[from]! + 1
    for (let i = successorStart[from]!; i < successorStart[from + 1]!; i++) {
      const to = successors[i]!
      if (levels[to]! < next) levels[to] = next
    }
  }
  return levels
}

/** The transactions of each colour, ascending. */
export function batchesOf(colours: Uint32Array): Uint32Array[] {
  const sizes = new Uint32Array(countOf(colours))
  for (const colour of colours) sizes[colour]!++
  const batches = Array.from(sizes, size => new Uint32Array(size))
  sizes.fill(0)
  for (const [transaction, colour] of colours.entries()) {
    batches[colour]![sizes[colour]!] = transaction
    sizes[colour]!++
  }
  return batches
}

/** The number of colours, or of any other labels counted from 0. */
export function countOf(colours: Uint32Array): number {
  let most = -1
  for (const colour of colours) if (colour > most) most = colour
  return most + 1
}

/**
 * The bottom level of each transaction: the weight of the heaviest path that begins with it, itself included. As a
 * priority it starts first what most depends on.
 */
export function bottomLevelsOf(graph: ConflictGraph, weights: Float64Array = graph.gas): Float64Array {
  const { count, successorStart, successors } = graph
  const bottom = new Float64Array(count)
  for (let from = count - 1; from >= 0; from--) {
    let heaviest = 0
    for (let i = successorStart[from]!; i < successorStart[from + 1]!; i++) {
      const below = bottom[successors[i]!]!
      if (below > heaviest) heaviest = below
    }
    bottom[from] = weights[from]! + heaviest
  }
  return bottom
}

/** Buckets of the engine's ready queue, with two threads and with more (layOutQueue() in assembly/parallel/plan.ts). */
const HALVES = 8
const STARTS = 64

/**
 * The priorities that the engine gives with so many workers, the higher the earlier. Two: in steps of a half, how long it takes from the
 * transaction to the end. More: when it should begin, in the order of the block, but no later than what follows from it allows.
 */
export function prioritiesOf(graph: ConflictGraph, workers: number, times: Float64Array = graph.gas): Float64Array {
  const bottom = bottomLevelsOf(graph, times)
  const critical = bottom.reduce((most, each) => Math.max(most, each), 0)
  if (workers <= 2)
    return bottom.map(each => -Math.min(HALVES - 1, Math.max(0, Math.ceil(Math.log2(critical / each)) - 1)))
  const least = Math.max(critical, times.reduce((sum, each) => sum + each, 0) / workers)
  let before = 0
  return bottom.map((each, i) => {
    const start = Math.min(before / workers, least - each)
    before += times[i]!
    return -Math.min(STARTS - 1, Math.floor((start * STARTS) / least))
  })
}

/** The heaviest path of a graph. */
export interface CriticalPath {
  /** Its weight. */
  gas: number
  /** Its transactions in order; where several paths weigh the same, the one with the lowest indices. */
  transactions: Uint32Array
}

/** The chain of transactions that no number of workers can shorten. */
export function criticalPathOf(graph: ConflictGraph, weights: Float64Array = graph.gas): CriticalPath {
  const { count, successorStart, successors } = graph
  if (count === 0) return { gas: 0, transactions: new Uint32Array(0) }
  const bottom = bottomLevelsOf(graph, weights)
  let current = 0
  for (let i = 1; i < count; i++) if (bottom[i]! > bottom[current]!) current = i
  const path = [current]
  const gas = bottom[current]!
  while (successorStart[current]! < successorStart[current + 1]!) {
    let next = successors[successorStart[current]!]!
    for (let i = successorStart[current]! + 1; i < successorStart[current + 1]!; i++) {
      if (bottom[successors[i]!]! > bottom[next]!) next = successors[i]!
    }
    path.push(next)
    current = next
  }
  return { gas, transactions: Uint32Array.from(path) }
}

/** Parts of the block that do not touch each other. */
export interface Components {
  count: number
  /** Which one each transaction belongs to; numbered by their first transaction. */
  component: Uint32Array
  /** Transactions in each. */
  sizes: Uint32Array
  /** Gas of each. */
  gas: Float64Array
}

/** The connected components, edges taken in both directions. */
export function componentsOf(graph: ConflictGraph): Components {
  const { count, successorStart, successors, gas } = graph
  const parent = new Uint32Array(count)
  for (let i = 0; i < count; i++) parent[i] = i
  const rootOf = (start: number): number => {
    let item = start
    while (parent[item] !== item) {
      // Halves the way for whoever comes next.
      parent[item] = parent[parent[item]!]!
      item = parent[item]!
    }
    return item
  }
  for (let from = 0; from < count; from++) {
    for (let i = successorStart[from]!; i < successorStart[from + 1]!; i++) {
      const [left, right] = [rootOf(from), rootOf(successors[i]!)]
      // The lowest transaction is the root, so components come out in order of it.
      if (left < right) parent[right] = left
      else parent[left] = right
    }
  }
  const component = new Uint32Array(count)
  let found = 0
  for (let i = 0; i < count; i++) {
    const root = rootOf(i)
    component[i] = root === i ? found++ : component[root]!
  }
  const sizes = new Uint32Array(found)
  const sums = new Float64Array(found)
  for (let i = 0; i < count; i++) {
    sizes[component[i]!]!++
    sums[component[i]!]! += gas[i]!
  }
  return { count: found, component, sizes, gas: sums }
}

/** How much of a block meets at one object. */
export interface HotObject {
  name: string
  /** Transactions that touch it. */
  transactions: number
  /** Their gas. */
  gas: number
  readers: number
  writers: number
  deltas: number
}

/** The objects that most transactions touch (or most gas), among those at which any conflict is possible. */
export function hottestObjects(graph: ConflictGraph, limit: number, by: 'transactions' | 'gas' = 'gas'): HotObject[] {
  const seen = new Uint32Array(graph.count)
  const found: HotObject[] = []
  for (const [position, object] of (graph.objects ?? []).entries()) {
    const hot = heatOf(object, graph.gas, seen, position + 1)
    if (hot !== undefined) found.push(hot)
  }
  const other = by === 'gas' ? 'transactions' : 'gas'
  found.sort((a, b) => b[by] - a[by] || b[other] - a[other] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return found.slice(0, limit)
}

/** `seen` holds `mark` for transactions counted already: one may read and write the same object. */
function heatOf(object: ConflictObject, gas: Float64Array, seen: Uint32Array, mark: number): HotObject | undefined {
  const { name, readers, writers, deltas = NOBODY } = object
  if (!canConflict(object)) return undefined
  let [transactions, sum] = [0, 0]
  for (const list of [writers, readers, deltas]) {
    for (const transaction of list) {
      if (seen[transaction] === mark) continue
      seen[transaction] = mark
      transactions++
      sum += gas[transaction]!
    }
  }
  if (transactions < 2) return undefined
  return { name, transactions, gas: sum, readers: readers.length, writers: writers.length, deltas: deltas.length }
}

const NOBODY = new Uint32Array(0)

/** False where all who touch the object read it, or all add to it. */
export function canConflict({ readers, writers, deltas = NOBODY }: ConflictObject): boolean {
  return writers.length > 0 || (readers.length > 0 && deltas.length > 0)
}

/** Lower limits for schedules in which transactions that share a written object never run side by side. */
export interface CliqueBounds {
  /** So many colours are needed at least. */
  colours: number
  /** So much gas runs one after the other at least. */
  gas: number
  /** The object behind each bound; absent where there is no conflict. */
  coloursAt?: string
  gasAt?: string
}

/**
 * The largest set of transactions that all conflict at one object: its writers, one of its mere readers and one of
 * those that only add. For free order; where the order is fixed, blind writes may overlap and the critical path counts.
 */
export function cliqueBoundsOf(graph: ConflictGraph): CliqueBounds {
  const bounds: CliqueBounds = { colours: graph.count > 0 ? 1 : 0, gas: 0 }
  for (const each of graph.gas) if (each > bounds.gas) bounds.gas = each
  for (const object of graph.objects ?? []) {
    if (!canConflict(object)) continue
    const { exclusive, readers, adders } = rolesOf(object)
    const colours = exclusive.length + Math.min(1, readers.length) + Math.min(1, adders.length)
    let gas = heaviestOf(readers, graph.gas) + heaviestOf(adders, graph.gas)
    for (const transaction of exclusive) gas += graph.gas[transaction]!
    if (colours > bounds.colours) {
      bounds.colours = colours
      bounds.coloursAt = object.name
    }
    if (gas > bounds.gas) {
      bounds.gas = gas
      bounds.gasAt = object.name
    }
  }
  return bounds
}

function heaviestOf(transactions: Uint32Array, gas: Float64Array): number {
  let heaviest = 0
  for (const transaction of transactions) if (gas[transaction]! > heaviest) heaviest = gas[transaction]!
  return heaviest
}

/** What no schedule of a block in its order can pass. */
export interface Bounds {
  gas: number
  criticalGas: number
  /** Gas over critical-path gas: the speed-up with any number of workers. 1 for an empty block. */
  parallelism: number
  /** Brent: gas over max(critical-path gas, gas / workers). */
  speedup: number
}

/** The limits of a block for that many workers. */
export function boundsOf(graph: ConflictGraph, workers: number, weights: Float64Array = graph.gas): Bounds {
  let gas = 0
  for (const each of weights) gas += each
  let criticalGas = 0
  for (const each of bottomLevelsOf(graph, weights)) if (each > criticalGas) criticalGas = each
  if (gas === 0) return { gas, criticalGas, parallelism: 1, speedup: 1 }
  return { gas, criticalGas, parallelism: gas / criticalGas, speedup: gas / Math.max(criticalGas, gas / workers) }
}
