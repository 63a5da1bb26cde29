// Where the core gets its template programs from. After a block, what the binder wanted to know is analysed in the background: by a
// thread of its own, or in idle turns where there are no threads. What is done by then is handed in before the next block. Nobody
// waits for it, and an analysis that fails leaves a program that says nothing, so that it is not tried again.
//
// The same thread learns from what the blocks did: their lessons (LESSON_*) are copied and sent, and what it learned comes back as
// programs. What it cannot keep up with is not learned.

import { startThread } from '#platform'
import {
  ANY_SELECTOR,
  DO_OPEN,
  MAX_BLOCKS,
  MAX_NODES,
  MAX_PROGRAM_WORDS,
  NODE_UNKNOWN,
  PROGRAM_HEADER,
  PROGRAM_MAGIC,
  SOURCE_LEARNED,
  SOURCE_STATIC,
} from '../../assembly/parallel/program.ts'
import { OPTION_LEARN } from '../abi.ts'
import type { Core } from '../core/core.ts'
import type { WantedTemplate } from '../core/templates.ts'
import type { Thread } from '../core/thread.ts'
import type { Hex } from '../types.ts'
import { BOUNDS, type Bounds } from './abstract.ts'
import { type LearnedProgram, Pupil } from './lesson.ts'
import { CodeTemplates } from './template.ts'

/** A program that says nothing. */
export const EMPTY_PROGRAM: Uint32Array<ArrayBuffer> = Uint32Array.from([
  ...[PROGRAM_MAGIC, 14, 1, 1, 0, PROGRAM_HEADER, 12, 0],
  ...[NODE_UNKNOWN, 0, 0, 0],
  ...[13, DO_OPEN],
])

/** A code and a selector to be analysed. */
export interface AnalysisJob {
  codeHash: Hex
  selector: number
  code: Uint8Array
}

/** What came of it. `isAny`: the code does not know the selector, and this is its program for all such. */
export interface AnalysisAnswer {
  codeHash: Hex
  selector: number
  program: Uint32Array
  isAny: boolean
}

/** What the thread is asked for: a template, or to learn from a block (LESSON_*). */
export type Job = AnalysisJob | Uint8Array

/** What it answers. */
export type Answer = AnalysisAnswer | LearnedProgram[]

/** Codes whose bytecode an analyst remembers. */
const MAX_CODES = 64
/** Jobs that wait; what comes later is wanted again after the next block. */
const MAX_JOBS = 4096
/** Lessons that wait, of some hundred kilobytes each. */
const MAX_LESSONS = 4
/** Words of programs that are kept here, static and learned each: 32 MB. Beyond it they are forgotten, and made anew when the core asks for them. */
const MAX_WORDS = 8_388_608
/** One analysis on the host's own thread. */
const IDLE_BOUNDS: Bounds = { ...BOUNDS, ms: 10 }
/** Threads that failed before analysis is given up. */
const MAX_FAILURES = 3

/** Analyses codes, and remembers the last ones; learns from blocks. */
export class Analyst {
  readonly #codes = new Map<Hex, CodeTemplates>()
  readonly #pupil = new Pupil()
  readonly #bounds: Bounds | undefined

  constructor(bounds?: Bounds) {
    this.#bounds = bounds
  }

  /** Does what it is asked for. Throws where a lesson is none. */
  work(job: Job): Answer {
    return job instanceof Uint8Array ? this.#pupil.learn(job) : this.analyse(job)
  }

  /** Never throws: where the analysis fails, or comes to more than the core takes, the program says nothing. */
  analyse({ codeHash, selector, code }: AnalysisJob): AnalysisAnswer {
    try {
      const templates = this.#templates(codeHash, code)
      const isAny = selector !== ANY_SELECTOR && !templates.bytecode.mentions(selector)
      const { program } = templates.template(selector)
      return { codeHash, selector, program: isTooLarge(program) ? EMPTY_PROGRAM : program, isAny }
    } catch {
      return { codeHash, selector, program: EMPTY_PROGRAM, isAny: false }
    }
  }

  #templates(codeHash: Hex, code: Uint8Array): CodeTemplates {
    const known = this.#codes.get(codeHash) ?? new CodeTemplates(code, this.#bounds)
    this.#codes.delete(codeHash)
    this.#codes.set(codeHash, known)
    const [oldest] = this.#codes.keys()
    if (this.#codes.size > MAX_CODES) this.#codes.delete(oldest!)
    return known
  }
}

function isTooLarge(program: Uint32Array): boolean {
  return program.length > MAX_PROGRAM_WORDS || program[2]! > MAX_NODES || program[3]! > MAX_BLOCKS
}

/** Template programs for a core. `feed` before a block and `collect` after it; `close` ends it. */
export class TemplateSupply {
  /** By `nameOf`; what the core was given, in case that it forgets. */
  readonly #made = new Map<string, AnalysisAnswer>()
  #words = 0
  #ready: AnalysisAnswer[] = []
  /** The same for what was learned. */
  readonly #learned = new Map<string, LearnedProgram>()
  #learnedWords = 0
  #news: LearnedProgram[] = []
  readonly #jobs = new Map<string, AnalysisJob>()
  readonly #lessons: Uint8Array[] = []
  readonly #learns: boolean
  #running: Job | undefined
  #thread: Thread<Job> | undefined
  #analyst: Analyst | undefined
  #failures = 0
  #isClosed = false

  /** `learns`: from blocks as well, if in a thread. `inThread` false: analyses in idle turns of this thread, a few milliseconds each. */
  constructor(learns = false, inThread = true) {
    this.#learns = learns
    if (!inThread) this.#analyst = new Analyst(IDLE_BOUNDS)
  }

  /** Hands in what has been made since. Before a block. */
  feed(core: Core): void {
    const ready = this.#ready
    this.#ready = []
    for (const { codeHash, selector, program, isAny } of ready) {
      const source = SOURCE_STATIC
      const give = (to: number, words: Uint32Array): boolean =>
        core.giveProgram({ codeHash, selector: to, program: words, source })
      // Most unknown selectors of a code come after the first: then the core has their program.
      const isTaken = isAny
        ? give(selector, new Uint32Array()) || (give(ANY_SELECTOR, program) && give(selector, new Uint32Array()))
        : give(selector, program)
      if (!isTaken) give(selector, EMPTY_PROGRAM)
    }
    for (const each of this.#news.splice(0)) core.giveProgram({ ...each, source: SOURCE_LEARNED })
    if (this.#isLearning) core.setOption(OPTION_LEARN, 1)
  }

  /** Takes note of what the block wanted to know, and of what it taught. After a block; returns at once. */
  collect(core: Core): void {
    if (this.#isClosed) return
    const wanted = core.wanted().sort((a, b) => (a.gas < b.gas ? 1 : -1))
    for (const each of wanted) this.#want(each)
    const lesson = this.#isLearning ? core.lesson() : undefined
    if (lesson) this.#lessons.push(lesson)
    this.#next()
  }

  /** When everything that was wanted so far has been analysed. For tests and benchmarks. */
  async idle(): Promise<void> {
    // The thread alone would not keep a program running; a timer does.
    while (!this.#isClosed && (this.#running || this.#jobs.size > 0 || this.#lessons.length > 0))
      await new Promise(done => setTimeout(done, 1))
  }

  /** Ends the thread; what is not done is dropped. */
  close(): void {
    this.#isClosed = true
    this.#jobs.clear()
    this.#lessons.length = 0
    this.#thread?.stop()
    this.#thread = undefined
  }

  /** Lessons are taken. */
  get #isLearning(): boolean {
    return this.#learns && !this.#isClosed && !this.#analyst && this.#lessons.length < MAX_LESSONS
  }

  #want({ codeHash, selector, code }: WantedTemplate): void {
    const name = nameOf(codeHash, selector)
    const made = this.#made.get(name)
    const learned = this.#learned.get(name)
    // It is asked for again where the core has forgotten its programs.
    if (learned) this.#news.push(learned)
    const running = this.#running
    if (made) this.#ready.push(made)
    else if (running && 'selector' in running && name === nameOf(running.codeHash, running.selector)) return
    else if (this.#jobs.size < MAX_JOBS) this.#jobs.set(name, { codeHash, selector, code })
  }

  #next(): void {
    if (this.#running || this.#isClosed) return
    const job = this.#lessons.shift() ?? this.#firstJob()
    if (!job) return
    this.#running = job
    if (this.#analyst) this.#workLater(this.#analyst, job)
    else this.#post(job)
  }

  #firstJob(): AnalysisJob | undefined {
    const [first] = this.#jobs
    if (first) this.#jobs.delete(first[0])
    return first?.[1]
  }

  #workLater(analyst: Analyst, job: Job): void {
    // A lesson that the thread was to have is dropped.
    setTimeout(() => this.#take(job instanceof Uint8Array ? [] : analyst.analyse(job)), 0)
  }

  #post(job: Job): void {
    try {
      this.#thread ??= this.#start()
      this.#thread.post(job)
    } catch {
      this.#analyst = new Analyst(IDLE_BOUNDS)
      this.#workLater(this.#analyst, job)
    }
  }

  #start(): Thread<Job> {
    const thread: Thread<Job> = startThread<Job, Answer>(
      { message: answer => this.#take(answer), failure: () => this.#fail(thread) },
      'analysis/thread',
    )
    return thread
  }

  #take(answer: Answer): void {
    this.#running = undefined
    if (this.#isClosed) return
    if (Array.isArray(answer)) this.#takeLearned(answer)
    else this.#takeMade(answer)
    this.#next()
  }

  #takeMade(answer: AnalysisAnswer): void {
    if (this.#words + answer.program.length > MAX_WORDS) {
      this.#made.clear()
      this.#words = 0
    }
    this.#words += answer.program.length
    this.#made.set(nameOf(answer.codeHash, answer.selector), answer)
    this.#ready.push(answer)
  }

  #takeLearned(programs: readonly LearnedProgram[]): void {
    for (const each of programs) {
      const name = nameOf(each.codeHash, each.selector)
      this.#learnedWords += each.program.length - (this.#learned.get(name)?.program.length ?? 0)
      this.#learned.delete(name)
      if (each.program.length > 0) this.#learned.set(name, each)
      this.#news.push(each)
    }
    if (this.#learnedWords > MAX_WORDS) this.#forgetLearned()
  }

  /** The core is told so, too. */
  #forgetLearned(): void {
    for (const each of this.#learned.values()) this.#news.push({ ...each, program: new Uint32Array() })
    this.#learned.clear()
    this.#learnedWords = 0
  }

  /** The thread ended, and with it what it had learned. What it was at is not tried again. */
  #fail(thread: Thread<AnalysisJob>): void {
    if (this.#isClosed || thread !== this.#thread) return // a thread that was stopped tells so, too
    this.#thread = undefined
    thread.stop()
    this.#forgetLearned()
    const job = this.#running
    if (++this.#failures >= MAX_FAILURES) this.close()
    else if (job instanceof Uint8Array) this.#take([])
    else if (job) this.#take({ codeHash: job.codeHash, selector: job.selector, program: EMPTY_PROGRAM, isAny: false })
  }
}

function nameOf(codeHash: Hex, selector: number): string {
  return `${codeHash}:${selector}`
}
