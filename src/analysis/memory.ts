// The abstract interpreter's memory: every byte is a byte of a symbolic word, or zero. Pages are shared between the states of
// different ways through the code and copied when written. Beyond MAX_MEMORY nothing is kept, and nothing is known.
import { type Expressions, OP, UNKNOWN } from './expression.ts'
import { MASK } from './words.ts'

const PAGE = 256
/** Bytes that are kept. */
export const MAX_MEMORY = 65536

/** A stretch copied from calldata: its length may be symbolic. */
export interface CalldataCopy {
  at: number
  source: number
  length: number
}

/** Memory of one state. A cell is (number of the word + 1) × 32 + byte of the word, most significant first; 0 = zero. */
export class Memory {
  readonly #words: Expressions
  readonly #pages: (Int32Array | undefined)[]
  readonly #owned: boolean[] = []
  /** Stretches from calldata, the newest last. */
  copies: readonly CalldataCopy[]

  constructor(words: Expressions, from?: Memory) {
    this.#words = words
    this.#pages = from ? from.#pages.slice() : []
    this.copies = from?.copies ?? []
  }

  /** A copy; this one has to give up writing to its pages in place. */
  fork(): Memory {
    this.#owned.length = 0
    return new Memory(this.#words, this)
  }

  #writable(page: number): Int32Array {
    if (this.#owned[page]) return this.#pages[page]!
    const fresh = this.#pages[page]?.slice() ?? new Int32Array(PAGE)
    this.#pages[page] = fresh
    this.#owned[page] = true
    return fresh
  }

  #setCell(at: number, cell: number): void {
    if (at < MAX_MEMORY) this.#writable(at >> 8)[at & 255] = cell
  }

  #cell(at: number): number {
    return this.#pages[at >> 8]?.[at & 255] ?? 0
  }

  /** Writes the first `length` bytes of a word. */
  write(at: number, word: number, length = 32): void {
    const first = (word + 1) * 32
    if ((at & 255) + length <= PAGE && at < MAX_MEMORY) {
      const page = this.#writable(at >> 8)
      for (let i = 0, to = at & 255; i < length; i++) page[to + i] = first + i
      return
    }
    for (let i = 0; i < length; i++) this.#setCell(at + i, first + i)
  }

  /** Writes the least significant byte of a word. */
  writeByte(at: number, word: number): void {
    this.#setCell(at, (word + 1) * 32 + 31)
  }

  /** Moves bytes within memory (MCOPY, the identity precompile). */
  move(to: number, from: number, length: number): void {
    const cells = Array.from({ length }, (_, i) => this.#cell(from + i))
    for (const [i, cell] of cells.entries()) this.#setCell(to + i, cell)
    const moved = this.copies.filter(copy => copy.at >= from && copy.at < from + length)
    for (const copy of moved) this.noteCopy({ ...copy, at: copy.at - from + to })
  }

  /** Where words begin that the two memories do not share, at most so many. */
  differences(other: Memory, most: number): number[] {
    const found = new Set<number>()
    const pages = Math.max(this.#pages.length, other.#pages.length)
    for (let page = 0; page < pages; page++) {
      const [mine, theirs] = [this.#pages[page], other.#pages[page]]
      if (mine === theirs) continue
      for (let i = 0; i < PAGE; i++) {
        const [a, b] = [mine?.[i] ?? 0, theirs?.[i] ?? 0]
        if (a === b) continue
        found.add(page * PAGE + i - ((a === 0 ? b : a) & 31))
        if (found.size >= most) return [...found]
      }
    }
    return [...found].filter(at => at >= 0).sort((a, b) => a - b)
  }

  noteCopy(copy: CalldataCopy): void {
    this.copies = [...this.copies.slice(-15), copy]
  }

  /** Has anything been written to these bytes? */
  isWritten(at: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.#cell(at + i) !== 0) return true
    return false
  }

  /** The word of `length` bytes at `at`, followed by zeros. */
  read(at: number, length = 32): number {
    if (at + length > MAX_MEMORY) return UNKNOWN
    const first = this.#cell(at)
    if (length === 32 && first !== 0 && (first & 31) === 0) {
      let i = 1
      while (i < 32 && this.#cell(at + i) === first + i) i++
      if (i === 32) return (first >> 5) - 1
    }
    return this.#compose(at, length)
  }

  #compose(at: number, length: number): number {
    const { constant, binary } = {
      constant: (v: bigint) => this.#words.constant(v),
      binary: this.#words.binary.bind(this.#words),
    }
    let whole = constant(0n)
    for (let i = 0; i < length; ) {
      const cell = this.#cell(at + i)
      let end = i + 1
      if (cell === 0) {
        i = end
        continue
      }
      while (end < length && this.#cell(at + end) === cell + (end - i) && ((cell + (end - i)) & 31) !== 0) end++
      const word = (cell >> 5) - 1
      if (word === UNKNOWN) return UNKNOWN
      const move = i - (cell & 31)
      let piece = word
      if (move > 0) piece = binary(OP.SHR, constant(BigInt(8 * move)), word)
      if (move < 0) piece = binary(OP.SHL, constant(BigInt(-8 * move)), word)
      const mask = (MASK >> BigInt(8 * i)) & ((MASK << BigInt(8 * (32 - end))) & MASK)
      whole = binary(OP.OR, whole, binary(OP.AND, piece, constant(mask)))
      i = end
    }
    return whole
  }
}
