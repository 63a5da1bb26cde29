// Whose turn it is. The threads of a simulation are real threads with real instances over one shared memory, but only one of them
// runs at a time: the others wait here. The core calls step() before each atomic operation; there the running thread draws from
// a seeded sequence, which all share, whether to go on or which other thread to wake. Drawing costs nanoseconds and only a
// change of thread costs a futex round trip, so tens of thousands of schedules are possible.
//
// Two ways to draw. Uniform: a change now and then, to any other thread. Priorities (Burckhardt and others, ASPLOS 2010): the
// thread of the highest priority runs, and at a few steps drawn beforehand the running one falls to the lowest; this finds
// what needs few, but particular, changes. A thread that waits or spins lets another one go on, else nobody would.

const STEPS = 0
const LIMIT = 1
const BROKEN = 2
const RANDOM = 3
/** 0: by priorities; n: a change every n steps on average. */
const EVERY = 4
const TRACE = 5
const LOWEST = 6
const CHANGES = 7
const MAX_CHANGES = 4
/** Where the words of the threads begin, and how many each has: a cache line. */
const THREAD = 16
const WORDS = 16
const TURN = 0
const RUNNABLE = 1
const PRIORITY = 2
const SPIN_AT = 3
const SPINS = 4
/** What a thread does when it gets its turn for the first time. */
const TASK = 5
const JOINS = 6
const CONTROL = 7

/** Loads of one word in a row after which a thread is taken to spin. */
const MOST_SPINS = 3
/** Waiting this long for a turn means that the simulation itself is broken. */
const PATIENCE_MS = 120_000

/** Kinds of step(), as assembly/parallel/atomic.ts numbers them. */
const KIND_LOAD = 0
const KIND_WAIT = 4

/** What a thread is to do. */
export const TASK_JOIN = 0
export const TASK_LOAD = 1
export const TASK_STOP = 2

/** A schedule has come to more steps than any that ends. */
export class EndlessError extends Error {}

/** The turns of a number of threads; 0 is the main one. */
export class Turns {
  readonly words: Int32Array<SharedArrayBuffer>
  readonly threads: number

  constructor(threads: number, words?: Int32Array<SharedArrayBuffer>) {
    this.threads = threads
    this.words = words ?? new Int32Array(new SharedArrayBuffer((THREAD + threads * WORDS) * 4))
  }

  /** Begins a schedule. `every`: see above; with 0, `changes` of priority within the first `length` steps. */
  begin(seed: number, every: number, changes: number, length: number, limit: number): void {
    const { words } = this
    words[STEPS] = 0
    words[LIMIT] = limit
    words[BROKEN] = 0
    words[RANDOM] = (Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635) | 1
    words[EVERY] = every
    words[TRACE] = 0x811c9dc5 | 0
    words[LOWEST] = 0
    for (let i = 0; i < 8; i++) this.#random()
    for (let i = 0; i < MAX_CHANGES; i++) words[CHANGES + i] = i < changes ? 1 + (this.#random() % length) : 0
    for (let i = 0; i < this.threads; i++) {
      this.#set(i, PRIORITY, 1 + (this.#random() % 1000))
      this.#set(i, SPIN_AT, 0)
      this.#set(i, SPINS, 0)
      this.#set(i, RUNNABLE, i === 0 ? 1 : 0)
      this.#set(i, JOINS, 0)
    }
  }

  /** Steps of the present schedule, and a hash of them. */
  get steps(): number {
    return this.words[STEPS]!
  }

  get trace(): number {
    return this.words[TRACE]! >>> 0
  }

  /** Before each atomic operation of thread `me`. Throws EndlessError when there are too many. */
  step(me: number, kind: number, pointer: number): void {
    const { words } = this
    if (words[BROKEN]) throw new EndlessError('the schedule was broken off')
    if (++words[STEPS]! > words[LIMIT]!) {
      words[BROKEN] = 1
      throw new EndlessError(`no end after ${words[LIMIT]} steps`)
    }
    words[TRACE] = Math.imul(words[TRACE]! ^ (me * 8 + kind), 0x01000193) ^ pointer
    const stuck = this.#isStuck(me, kind, pointer)
    const next = words[EVERY]! > 0 ? this.#uniform(me, stuck) : this.#byPriority(me, stuck)
    if (next === me) return
    this.#give(next)
    this.await(me)
    if (words[BROKEN]) throw new EndlessError('the schedule was broken off')
  }

  /** Nobody goes on with this schedule: every thread throws at its next step. */
  breakOff(): void {
    this.words[BROKEN] = 1
    for (let i = 1; i < this.threads; i++) this.#set(i, JOINS, 0)
  }

  /** The schedule was broken off. */
  get isBroken(): boolean {
    return this.words[BROKEN] === 1
  }

  #isStuck(me: number, kind: number, pointer: number): boolean {
    if (kind === KIND_WAIT) return true
    if (kind !== KIND_LOAD || this.#get(me, SPIN_AT) !== pointer) {
      this.#set(me, SPIN_AT, kind === KIND_LOAD ? pointer : 0)
      this.#set(me, SPINS, 0)
      return false
    }
    const spins = this.#get(me, SPINS) + 1
    this.#set(me, SPINS, spins === MOST_SPINS ? 0 : spins)
    return spins === MOST_SPINS
  }

  #uniform(me: number, stuck: boolean): number {
    const { words } = this
    if (!stuck && this.#random() % words[EVERY]! !== 0) return me
    return this.#other(me)
  }

  /** Any other thread that can run; the same where there is none. */
  #other(me: number): number {
    let others = 0
    for (let i = 0; i < this.threads; i++) if (i !== me && this.#get(i, RUNNABLE)) others++
    if (others === 0) return me
    let left = this.#random() % others
    for (let i = 0; ; i++) if (i !== me && this.#get(i, RUNNABLE) && left-- === 0) return i
  }

  #byPriority(me: number, stuck: boolean): number {
    const { words } = this
    let falls = stuck
    for (let i = 0; i < MAX_CHANGES; i++) if (words[CHANGES + i] === words[STEPS]) falls = true
    if (falls) this.#set(me, PRIORITY, --words[LOWEST]!)
    let best = me
    for (let i = 0; i < this.threads; i++) {
      if (this.#get(i, RUNNABLE) && this.#get(i, PRIORITY) > this.#get(best, PRIORITY)) best = i
    }
    return best
  }

  /** The main thread calls thread `i` to a block: it can run from now on. */
  call(i: number, control: number): void {
    this.#set(i, TASK, TASK_JOIN)
    this.#set(i, CONTROL, control)
    this.#set(i, JOINS, this.#get(i, JOINS) + 1)
    this.#set(i, RUNNABLE, 1)
  }

  /** The main thread lets thread `i` do something by itself and waits until it is done. */
  order(i: number, task: number): void {
    this.#set(i, TASK, task)
    this.#give(i)
    if (task !== TASK_STOP) this.await(0)
  }

  /** What thread `me`, which has its turn, is to do: a task, and for a block the control block; undefined when it has done all. */
  task(me: number): { task: number; control: number } | undefined {
    const task = this.#get(me, TASK)
    if (task !== TASK_JOIN) return { task, control: 0 }
    const joins = this.#get(me, JOINS)
    if (joins === 0) return undefined
    this.#set(me, JOINS, joins - 1)
    return { task, control: this.#get(me, CONTROL) }
  }

  /** Thread `me` has nothing to do any more; another one goes on. It then awaits its next turn. */
  leave(me: number): void {
    this.#set(me, RUNNABLE, 0)
    const next = this.#other(me)
    this.#give(next === me ? 0 : next)
  }

  /** The main thread lets all others come to their ends. */
  drain(): void {
    for (let i = 1; i < this.threads; i++) {
      while (this.#get(i, RUNNABLE)) {
        this.leave(0)
        this.await(0)
      }
    }
    this.#set(0, RUNNABLE, 1)
  }

  /** Waits until it is the turn of thread `me`. */
  await(me: number): void {
    const at = THREAD + me * WORDS + TURN
    while (Atomics.load(this.words, at) === 0) {
      if (Atomics.wait(this.words, at, 0, PATIENCE_MS) === 'timed-out' && me === 0) {
        throw new Error('the simulation stands still')
      }
    }
    Atomics.store(this.words, at, 0)
  }

  #give(next: number): void {
    const at = THREAD + next * WORDS + TURN
    Atomics.store(this.words, at, 1)
    Atomics.notify(this.words, at, 1)
  }

  #get(thread: number, word: number): number {
    return this.words[THREAD + thread * WORDS + word]!
  }

  #set(thread: number, word: number, value: number): void {
    this.words[THREAD + thread * WORDS + word] = value
  }

  /** xorshift32. */
  #random(): number {
    let x = this.words[RANDOM]!
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.words[RANDOM] = x
    return x >>> 0
  }
}
