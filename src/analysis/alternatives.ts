// What may stand for answers that are not at hand, when a run on guesses looks ahead. Plenty lets most of them pass, but a lock has to be 1 and
// a list of those who are shut out has to be empty. So where a message fails, the last thing that was guessed in it is taken for something else
// in the next run, and when nothing is left for it, the one before.

import type { StateKey } from '../errors.ts'
import { type Guess, guessOf } from '../state/guess.ts'
import { nameOf } from '../state/rpc-question.ts'

/** More than 10^21, in each half of a word as exchanges pack their reserves, and odd. */
const MUCH = 10n ** 21n + 1n

/** In the order in which they are tried. Contracts that are not known say yes, or a large number, or are not there. */
const GUESSES: readonly Guess[] = [
  guessOf(1n, (1n << 224n) | (MUCH << 112n) | MUCH),
  guessOf(MUCH, 1n),
  guessOf(undefined, 0n),
]

/** Which guess stands for which key, from one run to the next. */
export class Alternatives {
  readonly #choices = new Map<string, number>()
  /** Since the last run began. */
  readonly #changed = new Set<string>()

  /** What stands for a key in this run. */
  guess = (key: StateKey): Guess => GUESSES[this.#choices.get(nameOf(key)) ?? 0]!

  /** A message failed in which these were guessed, in that order. */
  reject(guessed: readonly StateKey[]): void {
    for (const name of guessed.map(nameOf).reverse()) {
      if (this.#changed.has(name)) return
      const next = ((this.#choices.get(name) ?? 0) + 1) % GUESSES.length
      this.#choices.set(name, next)
      this.#changed.add(name)
      if (next > 0) return
    }
  }

  /** Begins the next run; false where it would be the last one over again. */
  again(): boolean {
    const isOther = this.#changed.size > 0
    this.#changed.clear()
    return isOther
  }
}
