// Where the core gets its template programs from. After a block, what the binder wanted to know is analysed in the background: by a
// thread of its own, or in idle turns where there are no threads. What is done by then is handed in before the next block. Nobody
// waits for it, and an analysis that fails leaves a program that says nothing, so that it is not tried again.
//
// The same thread learns from what the blocks did: their lessons (LESSON_*) are copied and sent, and what it learned comes back as
// programs. What it cannot keep up with is not learned.

import { startThread } from '#platform'
import { ANY_SELECTOR, SOURCE_LEARNED, SOURCE_STATIC } from '../../assembly/parallel/program.ts'
import { OPTION_LEARN } from '../abi.ts'
import type { Core } from '../core/core.ts'
import type { WantedTemplate } from '../core/templates.ts'
import type { Thread } from '../core/thread.ts'
import type { Hex } from '../types.ts'
import { BOUNDS, type Bounds } from './abstract.ts'
import { type AnalysisAnswer, type AnalysisJob, Analyst, type Answer, EMPTY_PROGRAM, type Job } from './analyst.ts'
import type { LearnedProgram } from './lesson.ts'

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
  #analyses = 0
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

  /** When everything that was wanted so far has been analysed: how many analyses there were. For tests and benchmarks. */
  async idle(): Promise<number> {
    // The thread alone would not keep a program running; a timer does.
    while (!this.#isClosed && (this.#running || this.#jobs.size > 0 || this.#lessons.length > 0))
      await new Promise(done => setTimeout(done, 1))
    return this.#analyses
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
    this.#analyses++
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
