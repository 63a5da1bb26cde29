// The conflict graph of a block as plain arrays: which transaction reads what which other one wrote (design, section 4,
// step 3). With versions per location only read-after-write orders two transactions: the last writer before a reader
// goes first. Deltas (fees, credits) commute with each other and with writers, and only an exact reader waits for them.
// Everything in this folder is a pure function of such a graph. The engine fills one in from its shared memory,
// graphOf makes one from who touches which object.

import { InputError } from '../errors.ts'

/** Something two transactions can meet at: a slot, a balance, a nonce, a code. */
export interface ConflictObject {
  /** For people: `0xabc…: slot 0x3`. */
  name: string
  /** Transactions that need the exact value, in ascending order. */
  readers: Uint32Array
  /** Transactions that set the value, in ascending order. One that reads it first stands in `readers` too. */
  writers: Uint32Array
  /** Transactions that only add to the value, in ascending order. */
  deltas?: Uint32Array
}

/** Transactions and the edges between them, each from a lower to a higher index. */
export interface ConflictGraph {
  /** Number of transactions. */
  count: number
  /** Gas, or any other weight, of each. */
  gas: Float64Array
  /** Where the successors of each transaction begin in `successors`; one more entry than transactions. */
  successorStart: Uint32Array
  /** Transactions that read what this one wrote, ascending, each once. */
  successors: Uint32Array
  /** What they meet at, where it is known. */
  objects?: readonly ConflictObject[]
}

/** The same edges from the other end. */
export interface Predecessors {
  /** Where the predecessors of each transaction begin in `predecessors`; one more entry than transactions. */
  predecessorStart: Uint32Array
  /** Ascending, each once. */
  predecessors: Uint32Array
}

/** More edges than a block can have with any meaning; half a gigabyte while the graph is made. */
const MAX_EDGES = 1 << 25

/**
 * The graph of a block whose accesses are known: an edge from the last writer of an object to each reader after it,
 * and from each delta since then. A transaction that both writes and adds counts as a writer. An access list out of
 * order, of an unknown transaction or with one twice is an InputError.
 */
export function graphOf(count: number, gas: Float64Array, objects: readonly ConflictObject[]): ConflictGraph {
  checkGas(count, gas)
  const edges = new EdgeList()
  for (const object of objects) {
    checkObject(object, count)
    addReadEdges(object, edges)
  }
  return { ...compress(count, edges), gas, objects }
}

/** The graph with these edges (pairs from, to), for edges that come from elsewhere. */
export function graphOfEdges(
  count: number,
  gas: Float64Array,
  edges: Iterable<readonly [from: number, to: number]>,
): ConflictGraph {
  checkGas(count, gas)
  const list = new EdgeList()
  for (const [from, to] of edges) {
    if (!isIndex(from, to) || !isIndex(to, count)) refuseEdge(from, to, count)
    list.add(from, to)
  }
  return { ...compress(count, list), gas }
}

/** Throws an InputError unless the arrays are a graph: sizes that fit, each edge from a lower to a higher index, none twice. */
export function checkGraph(graph: ConflictGraph): void {
  const { count, gas, successorStart, successors } = graph
  checkGas(count, gas)
  if (successorStart.length !== count + 1 || successorStart[0] !== 0 || successorStart[count] !== successors.length) {
    const found = `${successorStart.length} of them, ${successorStart[0]} to ${successorStart[successorStart.length - 1]}`
    throw new InputError({
      field: 'successorStart',
      expected: `${count + 1} offsets, 0 to ${successors.length}`,
      found,
    })
  }
  for (let from = 0; from < count; from++) {
    const [start, end] = [successorStart[from]!, successorStart[from + 1]!]
    if (start > end) {
      throw new InputError({
        field: `successorStart[${from + 1}]`,
        expected: `at least ${start}`,
        found: String(end),
      })
    }
    for (let i = start, previous = from; i < end; i++) {
      const to = successors[i]!
      if (to >= count || to <= from) refuseEdge(from, to, count)
      if (to <= previous) {
        throw new InputError({ field: `successors[${i}]`, expected: `more than ${previous}`, found: String(to) })
      }
      previous = to
    }
  }
}

/** Who each transaction waits for. */
export function predecessorsOf(graph: ConflictGraph): Predecessors {
  const { count, successorStart, successors } = graph
  const predecessorStart = new Uint32Array(count + 1)
  for (const to of successors) predecessorStart[to + 1]!++
  for (let i = 0; i < count; i++) predecessorStart[i + 1]! += predecessorStart[i]!
  const next = predecessorStart.slice(0, count)
  const predecessors = new Uint32Array(successors.length)
  for (let from = 0; from < count; from++) {
    for (let i = successorStart[from]!; i < successorStart[from + 1]!; i++) {
      const to = successors[i]!
      predecessors[next[to]!] = from
      next[to]!++
    }
  }
  return { predecessorStart, predecessors }
}

/** How well one graph foresaw another. */
export interface EdgeAccuracy {
  predicted: number
  actual: number
  /** Edges in both. */
  common: number
  /** Share of the predicted edges that were real, 0…1; 1 where none was predicted. */
  precision: number
  /** Share of the real edges that were predicted, 0…1; 1 where there was none. */
  recall: number
}

/** Compares the edges of two graphs over the same transactions. */
export function edgeAccuracy(predicted: ConflictGraph, actual: ConflictGraph): EdgeAccuracy {
  if (predicted.count !== actual.count) {
    throw new InputError({
      field: 'actual.count',
      expected: `${predicted.count} as in the predicted graph`,
      found: String(actual.count),
    })
  }
  let common = 0
  for (let from = 0; from < predicted.count; from++) {
    let i = predicted.successorStart[from]!
    let j = actual.successorStart[from]!
    while (i < predicted.successorStart[from + 1]! && j < actual.successorStart[from + 1]!) {
      const [left, right] = [predicted.successors[i]!, actual.successors[j]!]
      if (left === right) common++
      if (left <= right) i++
      if (right <= left) j++
    }
  }
  const [all, real] = [predicted.successors.length, actual.successors.length]
  return {
    predicted: all,
    actual: real,
    common,
    precision: all === 0 ? 1 : common / all,
    recall: real === 0 ? 1 : common / real,
  }
}

/** Who touches an object, each transaction in one list, all ascending. */
export interface Roles {
  /** Conflict with all others: they set the value, or both need it exactly and add to it. */
  exclusive: Uint32Array
  /** Only read. They conflict with all but each other. */
  readers: Uint32Array
  /** Only add. They conflict with all but each other. */
  adders: Uint32Array
}

/** What each transaction does at an object when any two that meet there have to be kept apart. */
export function rolesOf({ readers, writers, deltas = NOBODY }: ConflictObject): Roles {
  let exclusive = writers
  if (deltas.length > 0 && readers.length > 0) {
    const changed = without(deltas, without(deltas, readers))
    if (changed.length > 0) exclusive = Uint32Array.from(new Set([...writers, ...changed])).sort()
  }
  return { exclusive, readers: without(readers, exclusive), adders: without(deltas, exclusive) }
}

const NOBODY = new Uint32Array(0)

/** The items of one ascending list that are not in another. */
function without(list: Uint32Array, others: Uint32Array): Uint32Array {
  if (list.length === 0 || others.length === 0) return list
  const left = new Uint32Array(list.length)
  let [length, next] = [0, 0]
  for (const each of list) {
    while (next < others.length && others[next]! < each) next++
    if (next === others.length || others[next] !== each) left[length++] = each
  }
  return length === list.length ? list : left.subarray(0, length)
}

/** One pass over the accesses of an object in index order. */
function addReadEdges(object: ConflictObject, edges: EdgeList): void {
  const { readers, writers, deltas } = object
  if (readers.length === 0) return
  let nextWriter = 0
  let nextDelta = 0
  let firstDelta = 0
  let lastWriter = -1
  for (const reader of readers) {
    while (nextWriter < writers.length && writers[nextWriter]! < reader) lastWriter = writers[nextWriter++]!
    if (lastWriter >= 0) edges.add(lastWriter, reader)
    if (deltas === undefined) continue
    while (nextDelta < deltas.length && deltas[nextDelta]! < reader) nextDelta++
    // What a writer has replaced no longer matters to anyone; a delta of the writer itself is part of what it wrote.
    while (firstDelta < nextDelta && deltas[firstDelta]! <= lastWriter) firstDelta++
    for (let i = firstDelta; i < nextDelta; i++) edges.add(deltas[i]!, reader)
  }
}

/** Edges as they come, with repetitions. */
class EdgeList {
  length = 0
  from: Uint32Array = new Uint32Array(1024)
  to: Uint32Array = new Uint32Array(1024)

  add(from: number, to: number): void {
    if (this.length === this.from.length) this.grow()
    this.from[this.length] = from
    this.to[this.length++] = to
  }

  private grow(): void {
    if (this.length >= MAX_EDGES) {
      throw new InputError({ field: 'objects', expected: `at most ${MAX_EDGES} edges`, found: 'more' })
    }
    const [from, to] = [new Uint32Array(2 * this.length), new Uint32Array(2 * this.length)]
    from.set(this.from)
    to.set(this.to)
    this.from = from
    this.to = to
  }
}

/** Sorts the edges by both ends (two passes of counting) and drops repetitions. */
function compress(count: number, edges: EdgeList): Pick<ConflictGraph, 'count' | 'successorStart' | 'successors'> {
  const { length, from, to } = edges
  const byTo = countingOrder(count, to, undefined, length)
  const order = countingOrder(count, from, byTo, length)
  const successorStart = new Uint32Array(count + 1)
  const successors = new Uint32Array(length)
  let used = 0
  let lastFrom = -1
  let lastTo = -1
  for (const edge of order) {
    const [source, target] = [from[edge]!, to[edge]!]
    if (source === lastFrom && target === lastTo) continue
    lastFrom = source
    lastTo = target
    successorStart[source + 1]!++
    successors[used++] = target
  }
  for (let i = 0; i < count; i++) successorStart[i + 1]! += successorStart[i]!
  return { count, successorStart, successors: successors.slice(0, used) }
}

/** Positions in the order of their keys (0…count-1); equal keys stay as they stand in `before`. */
function countingOrder(count: number, keys: Uint32Array, before: Uint32Array | undefined, length: number): Uint32Array {
  const next = new Uint32Array(count + 1)
  for (let i = 0; i < length; i++) next[keys[i]! + 1]!++
  for (let i = 0; i < count; i++) next[i + 1]! += next[i]!
  const order = new Uint32Array(length)
  for (let i = 0; i < length; i++) {
    const position = before === undefined ? i : before[i]!
    const key = keys[position]!
    order[next[key]!] = position
    next[key]!++
  }
  return order
}

function isIndex(value: number, below: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < below
}

function checkGas(count: number, gas: Float64Array): void {
  if (!isIndex(count, 2 ** 32)) {
    throw new InputError({ field: 'count', expected: 'a number of transactions', found: String(count) })
  }
  if (gas.length !== count) {
    throw new InputError({ field: 'gas', expected: `${count} numbers, one per transaction`, found: String(gas.length) })
  }
  const wrong = gas.findIndex(each => !(each >= 0 && each < Number.POSITIVE_INFINITY))
  if (wrong >= 0) {
    throw new InputError({ field: `gas[${wrong}]`, expected: 'a number from 0 up', found: String(gas[wrong]) })
  }
}

function checkObject(object: ConflictObject, count: number): void {
  for (const role of ['readers', 'writers', 'deltas'] as const) {
    const list = object[role]
    if (list === undefined) continue
    for (let i = 0; i < list.length; i++) {
      const index = list[i]!
      if (index < count && (i === 0 || index > list[i - 1]!)) continue
      const expected = index < count ? `an index above ${list[i - 1]}` : `an index below ${count}`
      throw new InputError({ field: `${object.name}: ${role}[${i}]`, expected, found: String(index) })
    }
  }
}

function refuseEdge(from: number, to: number, count: number): never {
  throw new InputError({
    field: 'edges',
    expected: `an edge from a lower to a higher index below ${count}`,
    found: `${from} → ${to}`,
  })
}
