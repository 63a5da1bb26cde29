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
    const colour = accesses.firstFree(transaction)
    colours[transaction] = colour
    for (let at = accesses.start[transaction]!; at < accesses.start[transaction + 1]!; at++) {
      accesses.take(accesses.accesses[at]!, colour)
    }
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
  const firsts = Uint32Array.from(groups, group => group[0]!)
  const degrees = Float64Array.from(firsts, first => accesses.degrees[first]!)
  const around = new BitRows(groups.length)
  const heap = new IndexHeap(groups.length, (a, b) => {
    const difference = around.sizes[a]! - around.sizes[b]! || degrees[a]! - degrees[b]!
    return difference > 0 || (difference === 0 && firsts[a]! < firsts[b]!)
  })
  for (let group = 0; group < groups.length; group++) heap.push(group)
  const members = membersOf(accesses, groups)
  const colours = new Uint32Array(graph.count)
  const next = new Uint32Array(groups.length)
  while (heap.size > 0) {
    const group = heap.top()
    const transaction = groups[group]![next[group]!]!
    const colour = around.firstFree(group)
    colours[transaction] = colour
    next[group]!++
    if (next[group] === groups[group]!.length) heap.pop()
    for (let i = accesses.start[transaction]!; i < accesses.start[transaction + 1]!; i++) {
      const access = accesses.accesses[i]!
      if (!accesses.take(access, colour)) continue
      for (let role = EXCLUSIVE; role <= ADDER; role++) {
        if (!conflicts(access & 3, role)) continue
        for (const other of members[(access & ~3) | role]!) {
          if (around.add(other, colour)) heap.hasRisen(other)
        }
      }
    }
  }
  return colours
}

/** Roles at an object (see Roles): exclusive 0, reader 1, adder 2. An access is 4 times the object's number plus the role. */
const EXCLUSIVE = 0
const ADDER = 2

function conflicts(left: number, right: number): boolean {
  return left !== right || left === EXCLUSIVE
}

/** Sets of colours, one per row. */
class BitRows {
  /** Colours in each row. */
  readonly sizes: Uint32Array
  readonly #rows: number
  #words = 1
  #bits: Uint32Array

  constructor(rows: number) {
    this.#rows = rows
    this.sizes = new Uint32Array(rows)
    this.#bits = new Uint32Array(rows)
  }

  /** False if the colour was in the row already. */
  add(row: number, colour: number): boolean {
    const word = colour >>> 5
    if (word >= this.#words) this.#widen()
    const at = row * this.#words + word
    const bit = 1 << (colour & 31)
    if ((this.#bits[at]! & bit) !== 0) return false
    this.#bits[at]! |= bit
    this.sizes[row]!++
    return true
  }

  /** The lowest colour that is not in the row. */
  firstFree(row: number): number {
    const start = row * this.#words
    let word = 0
    while (word < this.#words && this.#bits[start + word] === 0xffff_ffff) word++
    return 32 * word + (word < this.#words ? lowestZero(this.#bits[start + word]!) : 0)
  }

  /** Colours come one by one, so twice as many are always enough. */
  #widen(): void {
    const wider = new Uint32Array(2 * this.#words * this.#rows)
    for (let row = 0; row < this.#rows; row++) {
      wider.set(this.#bits.subarray(row * this.#words, (row + 1) * this.#words), 2 * row * this.#words)
    }
    this.#bits = wider
    this.#words *= 2
  }
}

/** The position of the lowest 0 of a word that has one. */
function lowestZero(word: number): number {
  return 31 - Math.clz32(~word & -~word)
}

/** The graph's objects from the side of the transactions; objects at which nothing can conflict are left out. */
class Accesses {
  /** Conflicts of each transaction; a pair that meets at two objects counts twice. */
  readonly degrees: Float64Array
  /** Roles by object, of the objects that count. */
  readonly roles: Roles[] = []
  /** Where the accesses of each transaction begin; one more entry than transactions. */
  readonly start: Uint32Array
  /** Accesses by transaction, then by object. */
  readonly accesses: Uint32Array
  /** Colours taken at each object in each role; most are never needed. */
  readonly #taken: (Uint32Array | undefined)[]

  constructor(graph: ConflictGraph) {
    const { count, objects = [] } = graph
    this.degrees = new Float64Array(count)
    this.start = new Uint32Array(count + 1)
    for (const object of objects) if (canConflict(object)) this.#enter(rolesOf(object))
    for (let i = 0; i < count; i++) this.start[i + 1]! += this.start[i]!
    this.accesses = new Uint32Array(this.start[count]!)
    this.#fill(this.start.slice(0, count))
    this.#taken = new Array(4 * this.roles.length)
  }

  #enter(roles: Roles): void {
    const { exclusive, readers, adders } = roles
    const size = exclusive.length + readers.length + adders.length
    if (size < 2) return
    this.roles.push(roles)
    this.#count(exclusive, size - 1)
    this.#count(readers, size - readers.length)
    this.#count(adders, size - adders.length)
  }

  #count(transactions: Uint32Array, met: number): void {
    for (const transaction of transactions) {
      this.degrees[transaction]! += met
      this.start[transaction + 1]!++
    }
  }

  #fill(next: Uint32Array): void {
    for (const [position, { exclusive, readers, adders }] of this.roles.entries()) {
      for (const [role, list] of [exclusive, readers, adders].entries()) {
        for (const transaction of list) {
          this.accesses[next[transaction]!] = 4 * position + role
          next[transaction]!++
        }
      }
    }
  }

  /** The lowest colour that no conflict of the transaction has. */
  firstFree(transaction: number): number {
    for (let word = 0; ; word++) {
      let taken = 0
      for (let i = this.start[transaction]!; i < this.start[transaction + 1]!; i++) {
        const access = this.accesses[i]!
        for (let role = EXCLUSIVE; role <= ADDER; role++) {
          if (conflicts(access & 3, role)) taken |= this.#taken[(access & ~3) | role]?.[word] ?? 0
        }
      }
      if (taken !== -1) return 32 * word + lowestZero(taken)
    }
  }

  /** Marks a colour as taken; false if it was already. */
  take(access: number, colour: number): boolean {
    const word = colour >>> 5
    let taken = this.#taken[access]
    if (taken === undefined || word >= taken.length) {
      const wider = new Uint32Array(Math.max(2, 2 * word))
      if (taken) wider.set(taken)
      this.#taken[access] = wider
      taken = wider
    }
    const bit = 1 << (colour & 31)
    if ((taken[word]! & bit) !== 0) return false
    taken[word]! |= bit
    return true
  }
}

/** Transactions with the same accesses, ascending; the groups in order of their first transaction. */
function groupsOf({ start, accesses }: Accesses, count: number): Uint32Array[] {
  const groups = new Map<string, number[]>()
  for (let transaction = 0; transaction < count; transaction++) {
    const signature = accesses.subarray(start[transaction], start[transaction + 1]).join()
    const group = groups.get(signature)
    if (group) group.push(transaction)
    else groups.set(signature, [transaction])
  }
  return Array.from(groups.values(), group => Uint32Array.from(group))
}

/** The groups by access. */
function membersOf({ start, accesses, roles }: Accesses, groups: readonly Uint32Array[]): Uint32Array[] {
  const members: number[][] = Array.from({ length: 4 * roles.length }, () => [])
  for (const [group, [first]] of groups.entries()) {
    for (let i = start[first!]!; i < start[first! + 1]!; i++) members[accesses[i]!]!.push(group)
  }
  return members.map(each => Uint32Array.from(each))
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
