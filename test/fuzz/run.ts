// One case on both engines: Weft in two of its four ways (weft.ts), drawn by the number of the case, and EthereumJS. Also aims gas
// limits: a share of the cases is run once with plenty of gas to learn how much is used, and then with less.

import { Random } from '../../bench/blocks/random.ts'
import { findFork } from '../../src/chain/forks.ts'
import { Crypto } from '../../src/crypto/crypto.ts'
import { type CaseResult, differenceOf, type FuzzCase } from './case.ts'
import { EthereumJsRunner } from './ethereumjs.ts'
import { intrinsicGas } from './generate.ts'
import { Trace, type TraceLine } from './trace.ts'
import { WeftRunner } from './weft.ts'
import { hex } from './words.ts'

/** The two builds as bytes. */
export type Builds = Record<'scalar' | 'simd', BufferSource>

/** A difference between two engines, or between two ways of one engine. */
export interface Mismatch {
  /** Who differs from whom: `weft scalar asked | ethereumjs`. */
  between: string
  difference: string
  /** Which way of Weft it is. */
  weft: WeftRunner
  asked: boolean
}

/** Both engines, ready. */
export class Arena {
  readonly weft: readonly WeftRunner[]
  readonly oracle: EthereumJsRunner

  constructor(weft: readonly WeftRunner[], oracle: EthereumJsRunner = new EthereumJsRunner()) {
    this.weft = weft
    this.oracle = oracle
  }

  static async create(builds: Builds): Promise<Arena> {
    const crypto = new Crypto()
    const make = (build: 'scalar' | 'simd'): Promise<WeftRunner> => WeftRunner.create(build, builds[build], crypto)
    return new Arena(await Promise.all([make('scalar'), make('simd')]))
  }

  /** Compares; `every`: all four ways of Weft instead of two. */
  async mismatchOf(given: FuzzCase, every = true): Promise<Mismatch | undefined> {
    const expected = await this.oracle.run(given)
    const way = new Random(given.name).below(2)
    for (const [i, weft] of this.weft.entries()) {
      for (const asked of every ? [false, true] : [(i + way) % 2 === 0]) {
        const name = `weft ${weft.build} ${asked ? 'asked' : 'supplied'}`
        const difference = await this.#differs(weft, given, asked, expected)
        if (difference !== undefined) return { between: `${name} | ethereumjs`, difference, weft, asked }
      }
    }
    return undefined
  }

  async #differs(weft: WeftRunner, given: FuzzCase, asked: boolean, expected: CaseResult): Promise<string | undefined> {
    try {
      return differenceOf(await weft.run(given, asked), expected)
    } catch (error) {
      return `crash: ${error instanceof Error ? `${error.message}; ${String(error.cause ?? '')}` : String(error)}`
    }
  }

  /** Lowers the gas of the last transaction to a point within what it uses, in a quarter of the cases. */
  async aimed(given: FuzzCase): Promise<FuzzCase> {
    const random = new Random(`${given.name} gas`)
    const last = given.transactions.at(-1)!
    if (random.below(4)) return given
    try {
      const ending = (await this.weft[1]!.run(given, false)).endings.at(-1)!
      const least = intrinsicGas(last, findFork(given.fork)!.rules)
      const used = Number(ending.gasUsed) - least
      if (ending.status === 'rejected' || used <= 0) return given
      const gas = hex(least + random.below(Math.floor(used * 1.1) + 2))
      return { ...given, transactions: [...given.transactions.slice(0, -1), { ...last, gas }] }
    } catch {
      return given
    }
  }

  /** The traces of a case on both engines, as far as they go; `isGone`: with a tracer Weft agrees. */
  async traces(
    given: FuzzCase,
    { weft, asked }: Pick<Mismatch, 'weft' | 'asked'>,
  ): Promise<{ ours: TraceLine[]; theirs: TraceLine[]; isGone: boolean }> {
    const [ours, theirs] = [new Trace(), new Trace()]
    await this.oracle.run(given, theirs)
    let isGone = false
    try {
      isGone = differenceOf(await weft.run(given, asked, ours), await this.oracle.run(given)) === undefined
    } catch {
      // What there is of the trace of a run that breaks shows where it broke.
    }
    return { ours: ours.lines, theirs: theirs.lines, isGone }
  }
}
