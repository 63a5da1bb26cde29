// Times one case: ours, theirs, ours, theirs, in rounds or run by run, so that what else the machine does falls on all. tinybench takes the
// samples; state is made fresh before each and the result checked after each, both outside the time. A case whose result
// is wrong throws, so its time cannot be reported. Called by main.ts for every case.

import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Bench } from 'tinybench'
import { type Figures, figuresOf } from './statistics.ts'

/** One engine on one case. */
export interface Runner {
  /** Makes fresh state for one run. Not timed. */
  prepare(): void | Promise<void>
  /** The run. A number says that only so many milliseconds of it count. */
  run(): unknown
  /** Throws a WrongResult unless the last run gave what it must. Not timed. */
  verify(): void
}

/** A piece of work, given to us and maybe to rivals. */
export interface Case {
  gas: number
  /** Messages, signatures or codes that a run works through. */
  items?: number
  ours: Runner
  /** By name; in the parallel groups our own sequential run. */
  rivals?: Record<string, Runner>
  /** What else is to be said of our last run. */
  note?: () => string
  /** Gives back what the case holds. */
  close?: () => void
}

/** How much is measured. */
export interface Plan {
  /** V8 compiles WASM twice, the second time for code that proved hot: runs, and milliseconds, until that is over. */
  warmUp: { runs: number; ms: number }
  /** Rounds of ours and theirs; the second figure where one run of a rival takes over two seconds. */
  rounds: { usual: number; slow: number }
  /** Runs per round, of ours and of rivals that take less than 0.2 s; a slower one has one. */
  runsPerRound: number
  /** A round of short runs has as many as come to that time, up to eight times as many: a tenth of a millisecond is soon disturbed. */
  roundMs?: number
  /** Turns are single runs, where a rival runs as often as we do, and not rounds: cores that others use too change their speed every few seconds. */
  inTurns?: true
  theirWarmUp: {
    /** Warm-up runs of theirs for each case. */
    runs: number
    /** And until theirs ran for this long in this process, so that the first case does not pay for compilation. */
    processMs: number
  }
}

/** What came of a case. */
export interface Measured {
  ours: Figures
  rivals?: Record<string, Figures>
}

/** An engine returned something else than the case demands. */
export class WrongResult extends Error {}

/** What a case needs is not there; the message says what. The case is named as missing, and nothing is wrong. */
export class Missing extends Error {}

const MOST_TIMES = 8
const SLOW_MS = 2000
const QUICK_MS = 200
const LONG_MS = 100
/** Turns of runs from there on begin without garbage, each: 15 ms of the collector's in one of eight runs made the median 4 % worse on two threads. */
const TIDY_MS = 20
/** A rival that takes no more times as long as we do runs as often: the later runs of a round have the garbage of the earlier ones. */
const COMPARABLE = 4
/** Until the threads of the garbage collector are at rest. */
const SETTLE_MS = 10

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as (options?: { type: 'minor' | 'major' }) => void

/** Measures cases one by one and remembers how long each rival has been running. */
export class Harness {
  readonly #plan: Plan
  readonly #theirMs = new Map<string, number>()

  constructor(plan: Plan) {
    this.#plan = plan
  }

  /** Warm-up, then the rounds. */
  async measure({ ours, rivals = {} }: Case): Promise<Measured> {
    const { warmUp, rounds, inTurns = false } = this.#plan
    collectGarbage()
    const us = new Sampler(ours)
    const warm = await us.warmUp(({ runs, ms }) => runs >= warmUp.runs && ms >= warmUp.ms)
    const perRound = this.#perRound(warm)
    const meanMs = warm.ms / warm.runs
    const areLong = meanMs > LONG_MS
    const them: (Turn & { name: string })[] = []
    let isSlow = false
    for (const [name, runner] of Object.entries(rivals)) {
      const sampler = new Sampler(runner)
      const longest = await this.#warmUpRival(name, sampler)
      them.push({ name, sampler, runs: longest < Math.max(QUICK_MS, COMPARABLE * warm.longest) ? perRound : 1 })
      isSlow ||= longest > SLOW_MS
    }
    const all: Turn[] = [{ sampler: us, runs: perRound }, ...them]
    for (let left = isSlow ? rounds.slow : rounds.usual; left > 0; left--) {
      if (inTurns) await this.#inTurns(all, areLong, meanMs > TIDY_MS)
      else for (const turn of all) await this.#take(turn, turn.runs, areLong)
    }
    if (them.length === 0) return { ours: us.figures() }
    return {
      ours: us.figures(),
      rivals: Object.fromEntries(them.map(({ name, sampler }) => [name, sampler.figures()])),
    }
  }

  /** A round, run by run. Each is the first as often as the others. */
  async #inTurns(all: readonly Turn[], areLong: boolean, tidyEach: boolean): Promise<void> {
    const most = Math.max(...all.map(({ runs }) => runs))
    for (let run = 0; run < most; run++) {
      const turns = run % 2 === 0 ? all : all.toReversed()
      for (const turn of turns) {
        if (run < turn.runs) await this.#take(turn, 1, areLong, run === 0 || tidyEach)
      }
    }
  }

  async #take({ name, sampler }: Turn, runs: number, areLong: boolean, clean = true): Promise<void> {
    if (clean) await tidyUp(areLong)
    const ms = await sampler.take(runs)
    if (name !== undefined) this.#ran(name, ms)
  }

  #perRound({ shortest }: WarmUp): number {
    const { runsPerRound, roundMs = 0 } = this.#plan
    const fitting = Math.floor(roundMs / shortest)
    return Math.min(Math.max(runsPerRound, fitting), MOST_TIMES * runsPerRound)
  }

  async #warmUpRival(name: string, sampler: Sampler): Promise<number> {
    const { runs: least, processMs } = this.#plan.theirWarmUp
    const before = this.#theirMs.get(name) ?? 0
    const { ms, longest } = await sampler.warmUp(done => done.runs >= least && before + done.ms >= processMs)
    this.#ran(name, ms)
    return longest
  }

  #ran(name: string, ms: number): void {
    this.#theirMs.set(name, (this.#theirMs.get(name) ?? 0) + ms)
  }
}

/** Who runs, and how often in a round. */
interface Turn {
  /** Of a rival. */
  name?: string
  sampler: Sampler
  runs: number
}

interface WarmUp {
  runs: number
  ms: number
  longest: number
  /** Of what counts. */
  shortest: number
}

/**
 * No engine pays for garbage that another left, nor for what the collector still does on threads of its own, which would be in the way of
 * an engine that has two. Short runs leave young objects only, and no more than those are collected: after a whole collection V8 compiles
 * closures anew beside the runs that follow, 7 ms of processor time in each run of a mainnet block. Long ones leave old objects, too, which
 * would be marked beside them.
 */
async function tidyUp(areLong: boolean): Promise<void> {
  collectGarbage({ type: areLong ? 'major' : 'minor' })
  await setTimeout(SETTLE_MS)
}

/** Samples of one engine on one case. */
class Sampler {
  readonly #runner: Runner
  readonly #ms: number[] = []
  readonly #cpuMs: number[] = []

  constructor(runner: Runner) {
    this.#runner = runner
  }

  /** Runs that are verified and not counted, until `enough`. */
  async warmUp(enough: (done: WarmUp) => boolean): Promise<WarmUp> {
    const done = { runs: 0, ms: 0, longest: 0, shortest: Number.POSITIVE_INFINITY }
    while (!enough(done)) {
      await this.#runner.prepare()
      const started = performance.now()
      const counted = await this.#runner.run()
      const ms = performance.now() - started
      this.#runner.verify()
      done.runs++
      done.ms += ms
      done.longest = Math.max(done.longest, ms)
      done.shortest = Math.min(done.shortest, typeof counted === 'number' ? counted : ms)
    }
    return done
  }

  /** Takes so many runs. Returns their milliseconds. */
  async take(runs: number): Promise<number> {
    const bench = this.#benchOf(runs)
    await bench.run()
    const [result] = bench.results
    if (result?.state !== 'completed') throw new Error(`expected a completed turn, got ${result?.state}`)
    this.#ms.push(...result.latency.samples!)
    return result.totalTime
  }

  figures(): Figures {
    return figuresOf(this.#ms, this.#cpuMs)
  }

  #benchOf(iterations: number): Bench {
    const bench = new Bench({ iterations, time: 0, warmup: false, throws: true, retainSamples: true })
    let before: NodeJS.CpuUsage
    const run = async () => {
      const ms = await this.#runner.run()
      return typeof ms === 'number' ? { overriddenDuration: ms } : undefined
    }
    return bench.add('run', run, {
      async: true,
      beforeEach: async () => {
        await this.#runner.prepare()
        before = process.cpuUsage()
      },
      afterEach: () => {
        const { user, system } = process.cpuUsage(before)
        this.#cpuMs.push((user + system) / 1e3)
        this.#runner.verify()
      },
    })
  }
}
