// A deterministic model of p workers on a block: which transaction runs when, and how much of the bound is reached.
// It schedules by the predicted edges, as the engine does, and charges what the engine pays besides execution. What a
// machine with few cores cannot measure comes from here, with costs measured on one worker and two. A free worker does
// what a thread of the engine does (assembly/parallel/worker.ts), the first of these that there is:
// - at the frontier, where one works at a time: it commits the next transaction in index order, if that has run; runs it
//   again, if a real predecessor executed after it had begun; or runs it, if nobody has, which needs no commit beside it;
// - it runs the ready transaction of the highest priority; ready means that all predecessors have run; those of kinds whose runs ahead
//   keep failing to hold are left to their turn;
// - it runs one again, of the next 64 after the frontier, of which it can be seen that it read too early.
// A run ahead of the frontier that looks at its answers and sees the same begins again at once. What the engine knows of kinds from earlier
// blocks is not modelled: neither that they are left from the first on, nor that the later ones of a new kind are held back.

import { InputError } from '../errors.ts'
import { type ConflictGraph, type Predecessors, predecessorsOf } from './graph.ts'
import { IndexHeap } from './heap.ts'
import { KindShares } from './kinds.ts'
import { batchesOf, bottomLevelsOf, boundsOf, levelsOf } from './levels.ts'

/** What things cost, in microseconds. */
export interface Costs {
  /** Running each transaction once. */
  execution: Float64Array
  /** Taking a transaction from the queue and publishing it, for a run ahead of the frontier. */
  dispatch?: number
  /** Validating and committing a transaction that ran ahead. */
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
  /** The kind of each transaction, what it calls, as a number below that of the transactions. Without them none is left to its turn. */
  kinds?: Uint32Array
  /** Runs of a transaction ahead of the frontier, at most. Default: 2, as in the engine. */
  maxRuns?: number
  /** Which goes first, the higher the earlier. Default: the bottom level, right where every edge is known; the engine's are `prioritiesOf`. */
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
  /** Runs that did not hold because an edge was missing, made again ahead of the frontier. */
  reruns: number
  /** And those made again at the frontier. */
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
  const { makespan, reruns, frontierReruns, busy, spans } = model
  const speedup = makespan === 0 ? 1 : sequential / makespan
  const bound = boundsOf(options.actual ?? graph, workers, costs.execution).speedup
  return {
    workers,
    makespan,
    sequential,
    speedup,
    bound,
    reached: speedup / bound,
    reruns,
    frontierReruns,
    busy,
    spans,
  }
}

/** Default of `maxRuns`. */
const MAX_RUNS = 2
/** How far ahead of the frontier a worker looks for runs that have to be made again. */
const LOOK_AHEAD = 64
/** Microseconds between two looks of a run at its answers: some 200,000 gas, or 64 changes of frame. */
const LOOK_EVERY = 100
/** From so many runs on that did not hold, and a quarter of all, one is made ahead of the frontier for so many commits. */
const HOPELESS = { aborts: 8, part: 4, commitsPerTry: 16 }

/** What a worker is doing. */
const IDLE = 0
const AHEAD = 1
const COMMITTING = 2
const AT_FRONTIER = 3

/** What has become of a transaction. */
const WAITING = 0
const READY = 1
const RUNNING = 2
const EXECUTED = 3

/** The state between two events; an event is that a worker is done, or that a barrier has been passed. */
class Model {
  makespan = 0
  reruns = 0
  frontierReruns = 0
  readonly busy: Float64Array
  readonly spans: Span[] = []
  readonly #graph: ConflictGraph
  readonly #costs: Required<Costs>
  readonly #workers: number
  readonly #maxRuns: number
  readonly #actual: Predecessors | undefined
  readonly #kinds: KindShares | undefined
  readonly #ready: IndexHeap
  readonly #state: Uint8Array
  /** Predecessors that have not run; in batches they all have. */
  readonly #open: Uint32Array
  readonly #batches: Batches | undefined
  /** Runs of each transaction, and when the last began; when the last that is over ended. */
  readonly #runs: Uint32Array
  readonly #began: Float64Array
  readonly #ended: Float64Array
  /** When the worker will be free, or has been free since. */
  readonly #doing: Uint8Array
  readonly #task: Uint32Array
  readonly #until: Float64Array
  /** It runs what will not hold, until it looks. */
  readonly #isDoomed: Uint8Array
  /** Next transaction to commit; one worker at a time is there. */
  #frontier = 0
  #isTaken = false
  /** Runs ahead of the frontier that are over. */
  #runsAhead = 0
  /** No run begins before: the end of the last barrier. */
  #gate = 0
  #now = 0

  constructor(graph: ConflictGraph, costs: Costs, options: SimulationOptions) {
    const { count } = graph
    const { workers, actual, dispatch, colours, kinds } = options
    this.#graph = graph
    this.#workers = workers
    this.#costs = { dispatch: 0, frontier: 0, prepare: 0, preparePerTransaction: 0, barrier: 0, ...costs }
    this.#maxRuns = options.maxRuns ?? MAX_RUNS
    this.#actual = actual && predecessorsOf(actual)
    if (kinds && dispatch !== 'batched') this.#kinds = new KindShares(kinds)
    const priorities = options.priorities ?? bottomLevelsOf(graph, costs.execution)
    const byPriority = (a: number, b: number) => {
      const difference = priorities[a]! - priorities[b]!
      return difference > 0 || (difference === 0 && a < b)
    }
    this.#ready = new IndexHeap(count, byPriority)
    this.#state = new Uint8Array(count)
    this.#open = new Uint32Array(count)
    for (const to of graph.successors) this.#open[to]!++
    if (dispatch === 'batched') this.#batches = new Batches(graph, colours ?? levelsOf(graph))
    this.#runs = new Uint32Array(count)
    this.#began = new Float64Array(count)
    this.#ended = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
    this.busy = new Float64Array(workers)
    this.#doing = new Uint8Array(workers)
    this.#task = new Uint32Array(workers)
    this.#until = new Float64Array(workers)
    this.#isDoomed = new Uint8Array(workers)
  }

  run(): void {
    const { count } = this.#graph
    this.#now = this.#costs.prepare + (this.#costs.preparePerTransaction * count) / this.#workers
    this.#until.fill(this.#now)
    if (this.#batches) this.#pushAll(this.#batches.next())
    else for (let i = 0; i < count; i++) if (this.#open[i] === 0) this.#push(i)
    while (this.#frontier < count) {
      for (let worker = 0; worker < this.#workers; worker++) if (this.#doing[worker] === IDLE) this.#assign(worker)
      this.#advance()
    }
    this.makespan = this.#now
  }

  #push(tx: number): void {
    this.#state[tx] = READY
    this.#ready.push(tx)
  }

  #pushAll(transactions: Uint32Array): void {
    for (const each of transactions) this.#push(each)
  }

  /** Gives a free worker what there is. */
  #assign(worker: number): void {
    if (!this.#isTaken && this.#goToFrontier(worker)) return
    if (this.#gate > this.#now) return
    const tx = this.#takeReady()
    if (tx !== undefined) this.#beginRun(worker, tx)
    else this.#repeat(worker)
  }

  #goToFrontier(worker: number): boolean {
    const tx = this.#frontier
    const state = this.#state[tx]!
    if (state === RUNNING || state === WAITING || (state === READY && this.#gate > this.#now)) return false
    this.#isTaken = true
    if (state === EXECUTED) this.#beginCommit(worker, tx)
    else this.#occupy(worker, { doing: AT_FRONTIER, tx, length: this.#costs.execution[tx]!, kind: 'run' })
    return true
  }

  #beginCommit(worker: number, tx: number): void {
    const missed = this.#missedBy(tx)
    this.#occupy(worker, { doing: COMMITTING, tx, length: this.#costs.frontier, kind: 'frontier' })
    this.#kinds?.noteRun(tx, missed === undefined)
    if (missed === undefined) return
    this.frontierReruns++
    const reason = `read before transaction ${missed} wrote`
    const again = { doing: AT_FRONTIER, tx, length: this.#costs.execution[tx]!, kind: 'rerun', reason } as const
    this.#occupy(worker, again, this.#until[worker])
  }

  /** The first that nobody has taken; at the frontier it may have been. */
  #takeReady(): number | undefined {
    if (!this.#batches && this.#isHopeless()) return undefined
    while (this.#ready.size > 0) {
      const tx = this.#ready.pop()
      if (this.#state[tx] === READY && !this.#kinds?.isBetterLeft(tx)) return tx
    }
    return undefined
  }

  #isHopeless(): boolean {
    const aborts = this.reruns + this.frontierReruns
    if (aborts < HOPELESS.aborts) return false
    return aborts > this.#runsAhead / HOPELESS.part + this.#frontier / HOPELESS.commitsPerTry
  }

  #repeat(worker: number): void {
    const end = Math.min(this.#frontier + 1 + LOOK_AHEAD, this.#graph.count)
    for (let tx = this.#frontier + 1; tx < end; tx++) {
      if (this.#state[tx] !== EXECUTED || this.#runs[tx]! >= this.#maxRuns) continue
      if (this.#beginAgain(worker, tx)) return
    }
  }

  /** Runs a transaction again that read too early. */
  #beginAgain(worker: number, tx: number): boolean {
    const missed = this.#missedBy(tx)
    if (missed === undefined) return false
    this.#kinds?.noteRun(tx, false)
    this.reruns++
    this.#beginRun(worker, tx, `read before transaction ${missed} wrote`)
    return true
  }

  #beginRun(worker: number, tx: number, reason?: string): void {
    const length = this.#costs.dispatch + this.#costs.execution[tx]!
    const kind = reason === undefined ? 'run' : 'rerun'
    this.#occupy(worker, { doing: AHEAD, tx, length, kind, ...(reason !== undefined && { reason }) })
  }

  /** A real predecessor that has executed, but had not when the transaction began. */
  #missedBy(tx: number): number | undefined {
    if (this.#actual === undefined) return undefined
    const { predecessorStart, predecessors } = this.#actual
    for (let i = predecessorStart[tx]!; i < predecessorStart[tx + 1]!; i++) {
      const ended = this.#ended[predecessors[i]!]!
      if (ended > this.#began[tx]! && ended !== Number.POSITIVE_INFINITY) return predecessors[i]
    }
    return undefined
  }

  #occupy(worker: number, what: Task, start = this.#now): void {
    const { doing, tx, length, ...told } = what
    const free = this.#until[worker]!
    if (free < start) this.spans.push({ worker, tx, run: 0, start: free, end: start, kind: 'wait' })
    const run = this.#runs[tx]!
    if (doing !== COMMITTING) {
      this.#state[tx] = RUNNING
      this.#runs[tx] = run + 1
      this.#began[tx] = start
    }
    if (length > 0 || doing !== COMMITTING) {
      this.spans.push({ worker, tx, run: doing === COMMITTING ? 0 : run, start, end: start + length, ...told })
    }
    this.#doing[worker] = doing
    this.#task[worker] = tx
    this.#until[worker] = start + length
    this.busy[worker]! += length
  }

  /** Goes to the next event and lets happen all that happens then. */
  #advance(): void {
    let next = this.#gate > this.#now ? this.#gate : Number.POSITIVE_INFINITY
    for (let worker = 0; worker < this.#workers; worker++) {
      if (this.#doing[worker] !== IDLE && this.#until[worker]! < next) next = this.#until[worker]!
    }
    this.#now = next
    for (let worker = 0; worker < this.#workers; worker++) {
      if (this.#doing[worker] !== IDLE && this.#until[worker]! <= next) this.#finish(worker)
    }
    if (this.#actual) for (let worker = 0; worker < this.#workers; worker++) this.#look(worker)
  }

  #finish(worker: number): void {
    const [doing, tx] = [this.#doing[worker]!, this.#task[worker]!]
    this.#doing[worker] = IDLE
    if (doing !== AHEAD) {
      this.#isTaken = false
      this.#frontier++
    } else this.#runsAhead++
    if (this.#isDoomed[worker]) {
      this.#isDoomed[worker] = 0
      this.#beginAgain(worker, tx)
    } else if (doing !== COMMITTING) this.#finishRun(tx)
  }

  /** What a worker runs ahead of the frontier may have read too early: it sees that when it next looks. */
  #look(worker: number): void {
    const tx = this.#task[worker]!
    if (this.#doing[worker] !== AHEAD || this.#isDoomed[worker] || this.#runs[tx]! > this.#maxRuns) return
    if (this.#missedBy(tx) === undefined) return
    const start = this.#began[tx]!
    const seen = start + (Math.floor((this.#now - start) / LOOK_EVERY) + 1) * LOOK_EVERY
    if (seen >= this.#until[worker]!) return
    this.busy[worker]! -= this.#until[worker]! - seen
    this.#until[worker] = seen
    this.#isDoomed[worker] = 1
    for (let i = this.spans.length - 1; ; i--) {
      const span = this.spans[i]!
      if (span.worker !== worker) continue
      span.end = seen
      return
    }
  }

  /** The first run of a transaction sets its successors free. */
  #finishRun(tx: number): void {
    const isFirst = this.#ended[tx] === Number.POSITIVE_INFINITY
    this.#state[tx] = EXECUTED
    this.#ended[tx] = this.#now
    if (!isFirst) return
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
      if (this.#open[to] === 0 && this.#state[to] === WAITING) this.#push(to)
    }
  }
}

/** What a worker is given. */
interface Task extends Pick<Span, 'kind' | 'reason'> {
  doing: number
  tx: number
  length: number
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
