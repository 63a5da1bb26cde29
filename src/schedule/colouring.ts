// Colourings for a block whose order is free: transactions of one colour share no object that one of them writes (or
// that one reads and another adds to). Edges are never listed: n transactions at one object would have n²/2 of them.
// Three ways: greedy first-fit in index order, Welsh–Powell (most conflicts first), DSATUR (most colours around first;
// Brélaz 1979). Each comes with the time it takes on p workers, batch by batch and without barriers.
// For building blocks, and for comparison; replay uses levels.ts, which keep the order.

import { type ConflictGraph, graphOfEdges, type Roles, rolesOf } from './graph.ts'
import { IndexHeap } from './heap.ts'
import { canConflict, countOf } from './levels.ts'
import { simulate } from './simulate.ts'

/** How a colouring was found. */
export type ColouringMethod = 'greedy' | 'welsh-powell' | 'dsatur'

/** Colours, and what they are worth. */
export interface Colouring {
  method: ColouringMethod
  /** Colour of each transaction, from 0. */
  colours: Uint32Array
  /** How many there are. */
  count: number
  /** Gas until all are done, in batches that wait for each other: in each, the largest first. */
  batchedMakespan: number
  /** Gas until all are done where a transaction only waits for those of lower colours that it conflicts with. */
  listMakespan: number
}

/** All three colourings of a block, for that many workers. The graph has to have its objects. */
export function compareColourings(graph: ConflictGraph, workers: number): Colouring[] {
  return (['greedy', 'welsh-powell', 'dsatur'] as const).map(method => colouringOf(graph, method, workers))
}

/** One colouring of a block and the time it takes on that many workers. */
export function colouringOf(graph: ConflictGraph, method: ColouringMethod, workers: number): Colouring {
  const colours = COLOUR[method](graph)
  const ordered = orderByColour(graph, colours)
  const costs = { execution: ordered.graph.gas }
  const byGas = { workers, costs, priorities: ordered.graph.gas }
  return {
    method,
    colours,
    count: countOf(colours),
    batchedMakespan: simulate(ordered.graph, { ...byGas, dispatch: 'batched', colours: ordered.colours }).makespan,
    listMakespan: simulate(ordered.graph, { workers, costs }).makespan,
  }
}

const COLOUR: Record<ColouringMethod, (graph: ConflictGraph) => Uint32Array> = {
  greedy: greedyColours,
  'welsh-powell': welshPowellColours,
  dsatur: dsaturColours,
}

/** First-fit in the given order of transactions, by index without one. */
export function greedyColours(graph: ConflictGraph, order?: Uint32Array): Uint32Array {
  const accesses = new Accesses(graph)
  const colours = new Uint32Array(graph.count)
  for (let i = 0; i < graph.count; i++) {
    const transaction = order === undefined ? i : order[i]!
    colours[transaction] = accesses.take(transaction)
  }
  return colours
}

/** First-fit, those with most conflicts first. A pair that meets at two objects counts twice. */
export function welshPowellColours(graph: ConflictGraph): Uint32Array {
  const accesses = new Accesses(graph)
  const order = Uint32Array.from({ length: graph.count }, (_, i) => i)
  order.sort((a, b) => accesses.degrees[b]! - accesses.degrees[a]! || a - b)
  return greedyColours(graph, order)
}

/**
 * The next to be coloured is the one with most colours around it, then with most conflicts. Transactions with the same
 * conflicts are treated as one (they see the same colours), which keeps n transactions at one object linear.
 */
export function dsaturColours(graph: ConflictGraph): Uint32Array {
  const accesses = new Accesses(graph)
  const groups = groupsOf(accesses, graph.count)
  const colours = new Uint32Array(graph.count)
  const around = groups.map(() => new Bits())
  const { degrees } = accesses
  const heap = new IndexHeap(groups.length, (a, b) => {
    const bySaturation = around[a]!.size - around[b]!.size
    if (bySaturation !== 0) return bySaturation > 0
    const [left, right] = [groups[a]![0]!, groups[b]![0]!]
    const byDegree = degrees[left]! - degrees[right]!
    return byDegree > 0 || (byDegree === 0 && left < right)
  })
  // Which groups see a colour taken at an object in a role: those there that conflict with the role.
  const members = groupsAt(accesses, groups)
  const next = new Uint32Array(groups.length)
  for (let group = 0; group < groups.length; group++) heap.push(group)
  while (heap.size > 0) {
    const group = heap.top()
    const transaction = groups[group]![next[group]!]!
    next[group]!++
    const colour = around[group]!.firstFree()
    colours[transaction] = colour
    if (next[group] === groups[group]!.length) heap.pop()
    for (const access of accesses.of(transaction)) {
      for (const other of members[access >> 2]!) {
        if (!conflicts(access & 3, other.role) || next[other.group] === groups[other.group]!.length) continue
        if (around[other.group]!.add(colour)) heap.hasRisen(other.group)
      }
    }
  }
  return colours
}

/** Roles at an object; see Roles. An access is the number of the object, shifted by two, and the role. */
const EXCLUSIVE = 0
const READER = 1
const ADDER = 2

function conflicts(left: number, right: number): boolean {
  return left !== right || left === EXCLUSIVE
}

/** A growing set of colours. */
class Bits {
  size = 0
  words: Uint32Array = new Uint32Array(2)

  /** False if the colour was in already. */
  add(colour: number): boolean {
    const at = colour >>> 5
    if (at >= this.words.length) {
      const wider = new Uint32Array(Math.max(at + 1, 2 * this.words.length))
      wider.set(this.words)
      this.words = wider
    }
    const bit = 1 << (colour & 31)
    if ((this.words[at]! & bit) !== 0) return false
    this.words[at]! |= bit
    this.size++
    return true
  }

  /** The lowest colour that is not in. */
  firstFree(): number {
    return firstFreeOf([this])
  }
}

/** The lowest colour in none of the sets. */
function firstFreeOf(sets: readonly Bits[]): number {
  for (let at = 0; ; at++) {
    let taken = 0
    for (const { words } of sets) if (at < words.length) taken |= words[at]!
    if (taken !== -1) return 32 * at + 31 - Math.clz32(~taken & -~taken)
  }
}

/** The graph's objects from the side of the transactions; objects at which nothing can conflict are left out. */
class Accesses {
  /** Conflicts of each transaction; a pair that meets at two objects counts twice. */
  readonly degrees: Float64Array
  /** Roles by object, of the objects that count. */
  readonly roles: Roles[] = []
  readonly #start: Uint32Array
  readonly #accesses: Uint32Array
  /** Colours taken at each object, by role. */
  readonly #taken: Bits[][] = []

  constructor(graph: ConflictGraph) {
    const { count, objects = [] } = graph
    this.degrees = new Float64Array(count)
    this.#start = new Uint32Array(count + 1)
    let total = 0
    for (const object of objects) {
      if (!canConflict(object)) continue
      const roles = rolesOf(object)
      const size = roles.exclusive.length + roles.readers.length + roles.adders.length
      if (size < 2) continue
      this.roles.push(roles)
      this.#taken.push([new Bits(), new Bits(), new Bits()])
      total += size
      for (const [list, others] of [
        [roles.exclusive, size - 1],
        [roles.readers, size - roles.readers.length],
        [roles.adders, size - roles.adders.length],
      ] as const) {
        for (const transaction of list) {
          this.degrees[transaction]! += others
          this.#start[transaction + 1]!++
        }
      }
    }
    for (let i = 0; i < count; i++) this.#start[i + 1]! += this.#start[i]!
    this.#accesses = new Uint32Array(total)
    this.#fill(this.#start.slice(0, count))
  }

  #fill(next: Uint32Array): void {
    for (const [position, { exclusive, readers, adders }] of this.roles.entries()) {
      for (const [role, list] of [exclusive, readers, adders].entries()) {
        for (const transaction of list) {
          this.#accesses[next[transaction]!] = 4 * position + role
          next[transaction]!++
        }
      }
    }
  }

  /** The accesses of a transaction, by object. */
  of(transaction: number): Uint32Array {
    return this.#accesses.subarray(this.#start[transaction]!, this.#start[transaction + 1]!)
  }

  /** Colours a transaction with the lowest colour that its conflicts leave. */
  take(transaction: number): number {
    const accesses = this.of(transaction)
    const around: Bits[] = []
    for (const access of accesses) {
      for (const role of [EXCLUSIVE, READER, ADDER]) {
        if (conflicts(access & 3, role)) around.push(this.#taken[access >> 2]![role]!)
      }
    }
    const colour = firstFreeOf(around)
    for (const access of accesses) this.#taken[access >> 2]![access & 3]!.add(colour)
    return colour
  }
}

/** Transactions with the same accesses, ascending; the groups in order of their first transaction. */
function groupsOf(accesses: Accesses, count: number): Uint32Array[] {
  const groups = new Map<string, number[]>()
  for (let transaction = 0; transaction < count; transaction++) {
    const signature = accesses.of(transaction).join()
    const group = groups.get(signature)
    if (group) group.push(transaction)
    else groups.set(signature, [transaction])
  }
  return Array.from(groups.values(), group => Uint32Array.from(group))
}

/** The groups that meet at each object, and their role there. */
function groupsAt(accesses: Accesses, groups: readonly Uint32Array[]): { group: number; role: number }[][] {
  const members: { group: number; role: number }[][] = accesses.roles.map(() => [])
  for (const [group, [first]] of groups.entries()) {
    for (const access of accesses.of(first!)) members[access >> 2]!.push({ group, role: access & 3 })
  }
  return members
}

/** The block put in order of colour, the largest first within one: an edge wherever two conflict. */
function orderByColour(graph: ConflictGraph, colours: Uint32Array): { graph: ConflictGraph; colours: Uint32Array } {
  const { count, gas } = graph
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  order.sort((a, b) => colours[a]! - colours[b]! || gas[b]! - gas[a]! || a - b)
  const places = new Uint32Array(count)
  for (const [place, transaction] of order.entries()) places[transaction] = place
  const ordered = graphOfEdges(
    count,
    Float64Array.from(order, each => gas[each]!),
    conflictEdges(graph, places),
  )
  return { graph: ordered, colours: Uint32Array.from(order, each => colours[each]!) }
}

/** For each object, edges from each run of transactions that may be side by side to the next; the rest follows. */
function* conflictEdges(graph: ConflictGraph, places: Uint32Array): Generator<[number, number]> {
  for (const { exclusive, readers, adders } of new Accesses(graph).roles) {
    const visits = [exclusive, readers, adders].flatMap((list, role) =>
      Array.from(list, transaction => ({ place: places[transaction]!, role })),
    )
    visits.sort((a, b) => a.place - b.place)
    let before: number[] = []
    let run: number[] = []
    let roleOfRun = EXCLUSIVE
    for (const { place, role } of visits) {
      if (conflicts(role, roleOfRun)) {
        before = run
        run = []
        roleOfRun = role
      }
      for (const each of before) yield [each, place]
      run.push(place)
    }
  }
}
