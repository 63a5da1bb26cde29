// Which transactions the model leaves to their turn: those of kinds whose runs ahead of it keep failing to hold, by the rule and with the
// figures of the engine (assembly/parallel/kinds.ts).

/** What share of its runs does not hold: of a kind that is new, and from where on its transactions are left. A run counts so much; one of so many is tried nevertheless. */
const NEW = 1 / 16
const MOST = 1 / 2
const SHARE = 1 / 8
const TRIED = 16

/** How many runs ahead of their turn did not hold, lately, of each kind of transaction in a block. */
export class KindShares {
  readonly #kinds: Uint32Array
  readonly #outdated: Float64Array
  readonly #left: Uint32Array

  /** `kinds`: a number below that of the transactions for each of them. */
  constructor(kinds: Uint32Array) {
    this.#kinds = kinds
    this.#outdated = new Float64Array(kinds.length).fill(NEW)
    this.#left = new Uint32Array(kinds.length)
  }

  /** A run ahead of its turn held, or not. */
  noteRun(tx: number, held: boolean): void {
    const kind = this.#kinds[tx]!
    this.#outdated[kind]! += SHARE * ((held ? 0 : 1) - this.#outdated[kind]!)
  }

  /** Is it to be left to its turn? Samples are counted, so call it once. */
  isBetterLeft(tx: number): boolean {
    const kind = this.#kinds[tx]!
    if (this.#outdated[kind]! < MOST) return false
    return this.#left[kind]!++ % TRIED !== TRIED - 1
  }
}
