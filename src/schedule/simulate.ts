// A deterministic model of p workers on a block: which transaction runs when, and how much of the bound is reached.
// It schedules by the predicted edges, as the engine does, and charges what the engine pays besides execution. What a
// machine with few cores cannot measure comes from here, with costs measured on one worker. Rules of the model:
// - a free worker first commits (frontier): the next transaction in index order, one at a time, once it has run;
// - else it runs the ready transaction with the largest bottom level; ready means that all predecessors have run;
// - a transaction that ran before a real predecessor had finished runs again at the frontier, where nobody else commits.

import { InputError } from '../errors.ts'
import { type ConflictGraph, type Predecessors, predecessorsOf } from './graph.ts'
import { IndexHeap } from './heap.ts'
import { batchesOf, bottomLevelsOf, boundsOf, levelsOf } from './levels.ts'

/** What things cost, in microseconds. */
export interface Costs {
  /** Running each transaction once. */
  execution: Float64Array
  /** Taking a transaction from the queue and publishing it, on the worker. */
  dispatch?: number
  /** Validating and committing a transaction at the frontier. */
  frontier?: number
  /** Before the first transaction runs, on one worker: prediction and graph. */
  prepare?: number
  /** Before the first transaction runs, shared by all workers. */
  preparePerTransaction?: number
  /** Each wait of all workers for each other, in batches only. */
  barrier?: number
}

/** How to simulate. */
export interface SimulationOptions {
  workers: number
  /** Without it the graph's gas counts as microseconds and nothing else costs anything. */
  costs?: Costs
  /** dataflow (default): by readiness alone. batched: one colour after the other. */
  dispatch?: 'dataflow' | 'batched'
  /** Colours for `batched`: each edge leads to a higher one. Levels by default. */
  colours?: Uint32Array
  /** The real edges; without them all predictions are right. */
  actual?: ConflictGraph
  /** Runs of each transaction before the one that counts, each as long as that one. */
  reruns?: Uint32Array
  /** Which goes first; the bottom level by default. */
  priorities?: Float64Array
}

/** What a worker did for a while. */
export interface Span {
  worker: number
  tx: number
  /** 0 for the first run of a transaction. */
  run: number
  /** µs since the block began. */
  start: number
  /** µs since the block began. */
  end: number
  kind: 'run' | 'rerun' | 'frontier' | 'wait'
  /** Why it waited or ran again. */
  reason?: string
}

/** A simulated block. */
export interface Simulation {
  workers: number
  /** µs from the start to the last commit. */
  makespan: number
  /** µs that execution alone takes on one worker. */
  sequential: number
  /** sequential / makespan */
  speedup: number
  /** Gas over max(critical path, gas / workers) in execution time, by the real edges: no schedule is faster. */
  bound: number
  /** speedup / bound, 0…1 */
  reached: number
  /** Transactions that ran again because an edge was missing, at the frontier. */
  frontierReruns: number
  /** µs of each worker in runs, commits and dispatch. */
  busy: Float64Array
  /** All that happened, in order of start. */
  spans: Span[]
}

/** Runs the block in the model. */
export function simulate(graph: ConflictGraph, options: SimulationOptions): Simulation {
  const { workers } = options
  if (!Number.isInteger(workers) || workers < 1) {
    throw new InputError({ field: 'workers', expected: 'a number from 1 up', found: String(workers) })
  }
  const costs = options.costs ?? { execution: graph.gas }
  if (costs.execution.length !== graph.count) {
    const found = String(costs.execution.length)
    throw new InputError({ field: 'costs.execution', expected: `${graph.count} numbers, one per transaction`, found })
  }
  const model = new Model(graph, costs, options)
  model.run()
  const sequential = costs.execution.reduce((sum, each) => sum + each, 0)
  const { makespan, frontierReruns, busy, spans } = model
  const speedup = makespan === 0 ? 1 : sequential / makespan
  const bound = boundsOf(options.actual ?? graph, workers, costs.execution).speedup
  return { workers, makespan, sequential, speedup, bound, reached: speedup / bound, frontierReruns, busy, spans }
}

/** What a worker is doing. */
const IDLE = 0
const RUNNING = 1
const COMMITTING = 2

/** The state between two events; an event is that a worker is done, or that a barrier has been passed. */
class Model {
  makespan = 0
  frontierReruns = 0
  readonly busy: Float64Array
  readonly spans: Span[] = []
  readonly #graph: ConflictGraph
  readonly #costs: Required<Costs>
  readonly #workers: number
  readonly #reruns: Uint32Array | undefined
  readonly #actual: Predecessors | undefined
  readonly #ready: IndexHeap
  /** Predecessors that have not run; in batches they all have. */
  readonly #open: Uint32Array
  readonly #batches: Batches | undefined
  /** When the run that counts began and ended. */
  readonly #began: Float64Array
  readonly #ended: Float64Array
  readonly #doing: Uint8Array
  readonly #task: Uint32Array
  /** When the worker will be free, or has been free since. */
  readonly #until: Float64Array
  /** Next transaction to commit. */
  #frontier = 0
  #isCommitting = false
  /** No run begins before: the end of the last barrier. */
  #gate = 0
  #now = 0

  constructor(graph: ConflictGraph, costs: Costs, options: SimulationOptions) {
    const { count } = graph
    const { workers, reruns, actual, dispatch, colours } = options
    this.#graph = graph
    this.#workers = workers
    this.#costs = { dispatch: 0, frontier: 0, prepare: 0, preparePerTransaction: 0, barrier: 0, ...costs }
    this.#reruns = reruns
    this.#actual = actual && predecessorsOf(actual)
    const priorities = options.priorities ?? bottomLevelsOf(graph, costs.execution)
    const byPriority = (a: number, b: number) => {
      const difference = priorities[a]! - priorities[b]!
      return difference > 0 || (difference === 0 && a < b)
    }
    this.#ready = new IndexHeap(count, byPriority)
    this.#open = new Uint32Array(count)
    for (const to of graph.successors) this.#open[to]!++
    if (dispatch === 'batched') this.#batches = new Batches(graph, colours ?? levelsOf(graph))
    this.#began = new Float64Array(count)
    this.#ended = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
    this.busy = new Float64Array(workers)
    this.#doing = new Uint8Array(workers)
    this.#task = new Uint32Array(workers)
    this.#until = new Float64Array(workers)
  }

  run(): void {
    const { count } = this.#graph
    this.#now = this.#costs.prepare + (this.#costs.preparePerTransaction * count) / this.#workers
    this.#until.fill(this.#now)
    if (this.#batches) this.#pushAll(this.#batches.next())
    else for (let i = 0; i < count; i++) if (this.#open[i] === 0) this.#ready.push(i)
    while (this.#frontier < count) {
      this.#assign()
      this.#advance()
    }
    this.makespan = this.#now
  }

  #pushAll(transactions: Uint32Array): void {
    for (const each of transactions) this.#ready.push(each)
  }

  /** Gives the free workers what there is. */
  #assign(): void {
    for (let worker = 0; worker < this.#workers; worker++) {
      if (this.#doing[worker] !== IDLE) continue
      if (!this.#isCommitting && this.#ended[this.#frontier]! <= this.#now) this.#beginCommit(worker)
      else if (this.#ready.size > 0 && this.#gate <= this.#now) this.#beginRun(worker, this.#ready.pop())
      else return
    }
  }

  #beginRun(worker: number, tx: number): void {
    this.#endWait(worker, tx)
    const length = this.#costs.dispatch + this.#costs.execution[tx]!
    const runs = 1 + (this.#reruns?.[tx] ?? 0)
    for (let run = 0; run < runs; run++) {
      this.#began[tx] = this.#now + run * length
      const span = { worker, tx, run, start: this.#began[tx], end: this.#began[tx] + length }
      this.spans.push({ ...span, kind: run === 0 ? 'run' : 'rerun' })
    }
    this.#occupy(worker, RUNNING, tx, runs * length)
  }

  #beginCommit(worker: number): void {
    const tx = this.#frontier
    this.#endWait(worker, tx)
    this.#isCommitting = true
    const committed = this.#now + this.#costs.frontier
    if (this.#costs.frontier > 0) {
      this.spans.push({ worker, tx, run: 0, start: this.#now, end: committed, kind: 'frontier' })
    }
    const missed = this.#missedBy(tx)
    const again = missed === undefined ? 0 : this.#costs.execution[tx]!
    if (missed !== undefined) {
      this.frontierReruns++
      // Its versions are new: whoever read the old ones does not hold either.
      this.#ended[tx] = committed + again
      const reason = `read before transaction ${missed} wrote`
      const run = 1 + (this.#reruns?.[tx] ?? 0)
      this.spans.push({ worker, tx, run, start: committed, end: committed + again, kind: 'rerun', reason })
    }
    this.#occupy(worker, COMMITTING, tx, this.#costs.frontier + again)
  }

  /** A real predecessor that was not done when the transaction began. */
  #missedBy(tx: number): number | undefined {
    if (this.#actual === undefined) return undefined
    const { predecessorStart, predecessors } = this.#actual
    for (let i = predecessorStart[tx]!; i < predecessorStart[tx + 1]!; i++) {
      if (this.#ended[predecessors[i]!]! > this.#began[tx]!) return predecessors[i]
    }
    return undefined
  }

  #occupy(worker: number, what: number, tx: number, length: number): void {
    this.#doing[worker] = what
    this.#task[worker] = tx
    this.#until[worker] = this.#now + length
    this.busy[worker]! += length
  }

  #endWait(worker: number, tx: number): void {
    const start = this.#until[worker]!
    if (start < this.#now) this.spans.push({ worker, tx, run: 0, start, end: this.#now, kind: 'wait' })
  }

  /** Goes to the next event and lets happen all that happens then. */
  #advance(): void {
    let next = this.#gate > this.#now && this.#ready.size > 0 ? this.#gate : Number.POSITIVE_INFINITY
    for (let worker = 0; worker < this.#workers; worker++) {
      if (this.#doing[worker] !== IDLE && this.#until[worker]! < next) next = this.#until[worker]!
    }
    this.#now = next
    for (let worker = 0; worker < this.#workers; worker++) {
      if (this.#doing[worker] === IDLE || this.#until[worker]! > next) continue
      const wasRunning = this.#doing[worker] === RUNNING
      this.#doing[worker] = IDLE
      if (wasRunning) this.#finishRun(this.#task[worker]!)
      else {
        this.#isCommitting = false
        this.#frontier++
      }
    }
  }

  #finishRun(tx: number): void {
    this.#ended[tx] = this.#now
    if (this.#batches) {
      if (!this.#batches.isOver()) return
      this.#gate = this.#now + this.#costs.barrier
      this.#pushAll(this.#batches.next())
      return
    }
    const { successorStart, successors } = this.#graph
    for (let i = successorStart[tx]!; i < successorStart[tx + 1]!; i++) {
      const to = successors[i]!
      this.#open[to]!--
      if (this.#open[to] === 0) this.#ready.push(to)
    }
  }
}

/** The colours one after the other. */
class Batches {
  readonly #batches: Uint32Array[]
  #next = 0
  #left = 0

  constructor(graph: ConflictGraph, colours: Uint32Array) {
    const { count, successorStart, successors } = graph
    for (let from = 0; from < count; from++) {
      for (let i = successorStart[from]!; i < successorStart[from + 1]!; i++) {
        const to = successors[i]!
        if (colours[to]! > colours[from]!) continue
        const expected = `more than ${colours[from]}, the colour of its predecessor ${from}`
        throw new InputError({ field: `colours[${to}]`, expected, found: String(colours[to]) })
      }
    }
    this.#batches = batchesOf(colours)
  }

  /** The next batch that is not empty; nothing after the last. */
  next(): Uint32Array {
    let batch: Uint32Array = NONE
    while (batch.length === 0 && this.#next < this.#batches.length) batch = this.#batches[this.#next++]!
    this.#left = batch.length
    return batch
  }

  /** Counts a transaction that has run; true for the last of its batch. */
  isOver(): boolean {
    return --this.#left === 0
  }
}

const NONE = new Uint32Array(0)
