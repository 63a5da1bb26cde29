// Times one case: ours, theirs, ours, theirs, so that what else the machine does falls on both. tinybench takes the
// samples; state is made fresh before each and the result checked after each, both outside the time. A case whose result
// is wrong throws, so its time cannot be reported. Called by main.ts for every case.

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

/** A piece of work, given to us and maybe to a rival. */
export interface Case {
  gas: number
  /** Messages that a run hashes, in group `hash`. */
  items?: number
  ours: Runner
  /** The rival; in the parallel groups our own sequential run. */
  theirs?: Runner
  /** What else is to be said of our last run. */
  note?: () => string
  /** Gives back what the case holds. */
  close?: () => void
}

/** How much is measured. */
export interface Plan {
  /** V8 compiles WASM twice, the second time for code that proved hot: runs, and milliseconds, until that is over. */
  warmUp: { runs: number; ms: number }
  /** Rounds of ours and theirs; the second figure where one run of theirs takes over two seconds. */
  rounds: { usual: number; slow: number }
  /** Our runs per round, to one of theirs. */
  runsPerRound: number
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
  theirs?: Figures
}

/** An engine returned something else than the case demands. */
export class WrongResult extends Error {}

/** What a case needs is not there; the message says what. The case is named as missing, and nothing is wrong. */
export class Missing extends Error {}

const SLOW_MS = 2000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Measures cases one by one and remembers how long the rival has been running. */
export class Harness {
  readonly #plan: Plan
  #theirMs = 0

  constructor(plan: Plan) {
    this.#plan = plan
  }

  /** Warm-up, then the rounds. */
  async measure({ ours, theirs }: Case): Promise<Measured> {
    const { warmUp, rounds, runsPerRound } = this.#plan
    const us = new Sampler(ours, runsPerRound)
    const them = theirs && new Sampler(theirs, 1)
    await us.warmUp(({ runs, ms }) => runs >= warmUp.runs && ms >= warmUp.ms)
    const longest = them ? await this.#warmUpRival(them) : 0
    for (let left = longest > SLOW_MS ? rounds.slow : rounds.usual; left > 0; left--) {
      await us.round()
      if (them) this.#theirMs += await them.round()
    }
    return { ours: us.figures(), ...(them && { theirs: them.figures() }) }
  }

  async #warmUpRival(them: Sampler): Promise<number> {
    const { runs: least, processMs } = this.#plan.theirWarmUp
    const before = this.#theirMs
    const { ms, longest } = await them.warmUp(done => done.runs >= least && before + done.ms >= processMs)
    this.#theirMs = before + ms
    return longest
  }
}

interface WarmUp {
  runs: number
  ms: number
  longest: number
}

/** Samples of one engine on one case. */
class Sampler {
  readonly #bench: Bench
  readonly #runner: Runner
  readonly #ms: number[] = []
  readonly #cpuMs: number[] = []

  constructor(runner: Runner, iterations: number) {
    this.#runner = runner
    this.#bench = new Bench({ iterations, time: 0, warmup: false, throws: true, retainSamples: true })
    let before: NodeJS.CpuUsage
    const run = async () => {
      const ms = await runner.run()
      return typeof ms === 'number' ? { overriddenDuration: ms } : undefined
    }
    this.#bench.add('run', run, {
      async: true,
      beforeEach: async () => {
        await runner.prepare()
        before = process.cpuUsage()
      },
      afterEach: () => {
        const { user, system } = process.cpuUsage(before)
        this.#cpuMs.push((user + system) / 1e3)
        runner.verify()
      },
    })
  }

  /** Runs that are verified and not counted, until `enough`. */
  async warmUp(enough: (done: WarmUp) => boolean): Promise<WarmUp> {
    const done = { runs: 0, ms: 0, longest: 0 }
    while (!enough(done)) {
      await this.#runner.prepare()
      const started = performance.now()
      await this.#runner.run()
      const ms = performance.now() - started
      this.#runner.verify()
      done.runs++
      done.ms += ms
      done.longest = Math.max(done.longest, ms)
    }
    return done
  }

  /** One turn. Returns its milliseconds. Neither engine pays for garbage that the other left. */
  async round(): Promise<number> {
    collectGarbage()
    this.#bench.reset()
    await this.#bench.run()
    const [result] = this.#bench.results
    if (result?.state !== 'completed') throw new Error(`expected a completed turn, got ${result?.state}`)
    this.#ms.push(...result.latency.samples!)
    return result.totalTime
  }

  figures(): Figures {
    return figuresOf(this.#ms, this.#cpuMs)
  }
}
