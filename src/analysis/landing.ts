// Where ways through the code meet. Ways that come to a jump's destination with the same stack go on as one; where too many come with
// different ones, what differs becomes a parameter of the block. What they brought differently in memory becomes a parameter
// in the next pass over the code, since only then it is known.
import { NODE_CONST } from '../../assembly/parallel/program.ts'
import type { Block, Ending } from './abstract.ts'
import type { Bytecode } from './bytecode.ts'
import { type Expressions, UNKNOWN } from './expression.ts'
import { MAX_MEMORY, type Memory } from './memory.ts'
import type { State } from './state.ts'

const MAX_LANDINGS = 100
/** Words of memory that are parameters of one place. */
const MAX_MERGED = 48

/** How many different stacks there may be at one place before what differs becomes a parameter. */
export interface Detail {
  stacks: number
  /** Of stacks that differ in constants. */
  constants: number
  /** Where a loop comes back. */
  turns: number
  /** What a widened block leads to counts for itself. */
  generations: boolean
  steps: number
}

/** By place: where in memory ways that met there had different words. */
export type MergedWords = Map<number, Set<number>>

/** Words over all places. */
export function sizeOf(merged: MergedWords): number {
  let size = 0
  for (const words of merged.values()) size += words.size
  return size
}

/** Where ways meet: a block and the stack it begins with. */
interface Landing {
  block: number
  stack: number[]
  /** Those words of the stack that are parameters. */
  params: number[]
  /** The widened block that led here last, 0 = none. */
  generation: number
  memory: Memory
  /** Words of the memory that are parameters. */
  words: { at: number; param: number }[]
}

/** All landings of one analysis. */
export class Landings {
  readonly #code: Bytecode
  readonly #words: Expressions
  readonly #detail: Detail
  readonly #blocks: Block[]
  readonly #merged: MergedWords
  readonly #byPlace = new Map<number, Landing[]>()
  readonly #destinations: number[] = []
  /** How the block before has to end after `enter`. */
  edge: Extract<Ending, { end: 'goto' }> = { end: 'goto', block: 0 }

  constructor(code: Bytecode, words: Expressions, detail: Detail, blocks: Block[], merged: MergedWords) {
    this.#code = code
    this.#words = words
    this.#detail = detail
    this.#blocks = blocks
    this.#merged = merged
  }

  /**
   * The block that begins where the state is: one that another way began with the same stack; one where the words that differ are
   * parameters; or a new one. Returns whether it is new and has to be followed.
   */
  enter(state: State, isBack: boolean): boolean {
    const { stack } = state
    const place = this.place(state)
    const landings = this.#byPlace.get(place) ?? []
    if (landings.length === 0) this.#byPlace.set(place, landings)
    for (const landing of landings) {
      if (!this.#join(state, landing)) continue
      this.#noteMemory(place, landing, state.memory)
      return false
    }
    const turn = state.visits.get(place)
    const isQuiet = turn?.noted === state.noted
    state.visits.set(place, { count: (turn?.count ?? 0) + 1, noted: state.noted, jumped: false })
    const landing: Landing = {
      block: 0,
      stack: stack.slice(),
      params: [],
      generation: state.generation,
      memory: state.memory,
      words: [],
    }
    const last = this.#tooMany(state, landings, isBack && turn !== undefined, isQuiet)
    if (last) this.#widen(state, landing, last)
    this.#mergeMemory(place, landing)
    landing.block = this.#newBlock(landing, isBack)
    if (landing.params.length > 0) {
      landing.generation = landing.block
      state.generation = landing.block
    }
    landings.push(landing)
    this.#join(state, landing)
    for (const { at, param } of landing.words) state.memory.write(at, param)
    landing.memory = state.memory.fork()
    state.block = landing.block
    state.stack = landing.stack.slice()
    return true
  }

  #newBlock({ params, words }: Landing, isLoop: boolean): number {
    const all = [...params, ...words.map(({ param }) => param)]
    const block: Block = { instructions: [], ending: { end: 'open' } }
    return this.#blocks.push(all.length > 0 ? { ...block, params: all, isLoop } : block) - 1
  }

  /**
   * The landing to be widened, where so many ways have come with different stacks that the next ones have to share a block. Those that
   * a widening led to count for themselves. Constants that differ (flags, memory pointers) stay apart, except in loops.
   */
  #tooMany(state: State, landings: readonly Landing[], isLoop: boolean, isQuiet: boolean): Landing | undefined {
    if (isQuiet) return undefined
    if (landings.length >= MAX_LANDINGS) return landings.at(-1)
    const same = landings.filter(
      ({ generation, block }) =>
        !this.#detail.generations || generation === state.generation || block === state.generation,
    )
    if (same.length >= (isLoop ? this.#detail.turns : this.#detail.constants)) return same.at(-1) ?? landings.at(-1)
    if (isLoop) return undefined
    const alike = same.filter(({ stack }) => !this.#constantsDiffer(stack, state.stack))
    return alike.length >= this.#detail.stacks ? alike.at(-1) : undefined
  }

  #constantsDiffer(a: readonly number[], b: readonly number[]): boolean {
    const { op } = this.#words
    return a.some((word, i) => word !== b[i] && op[word] === NODE_CONST && op[b[i]!] === NODE_CONST)
  }

  /** Makes parameters of the words in which the state differs from the last landing. */
  #widen(state: State, landing: Landing, last: Landing): void {
    for (const [i, word] of state.stack.entries()) {
      const other = last.stack[i]!
      if (other === word && !last.params.includes(word)) continue
      const param = this.#words.param()
      landing.stack[i] = param
      if (param !== UNKNOWN) landing.params.push(param)
    }
  }

  /** Words that ways brought differently to a place, in an earlier pass, are parameters of its landings. */
  #mergeMemory(place: number, landing: Landing): void {
    for (const at of this.#merged.get(place) ?? []) {
      const param = this.#words.param()
      if (param !== UNKNOWN) landing.words.push({ at, param })
    }
  }

  /** Remembers for the next pass where the memory of a way that joins differs from that of the way that was followed. */
  #noteMemory(place: number, { memory, words }: Landing, other: Memory): void {
    const found = memory.differences(other, MAX_MERGED)
    if (found.length === 0) return
    const known = this.#merged.get(place) ?? new Set()
    for (const at of found) {
      if (known.size >= MAX_MERGED || words.some(word => word.at === at)) continue
      if (at < 0x60 && this.#code.hasFreePointer) continue
      if (this.#isPointer(memory.read(at)) || this.#isPointer(other.read(at))) continue
      known.add(at)
    }
    if (known.size > 0) this.#merged.set(place, known)
  }

  /** Places in memory stay concrete: the first way's holds for all. */
  #isPointer(word: number): boolean {
    const value = this.#words.small(word)
    return value !== undefined && value >= 0x80 && value < MAX_MEMORY && value % 32 === 0
  }

  #join(state: State, { stack, params, block, words }: Landing): boolean {
    const args: number[] = []
    if (stack.length !== state.stack.length) return false
    for (let i = 0; i < stack.length; i++) {
      const word = stack[i]!
      if (word === UNKNOWN || (word === state.stack[i] && params.length === 0)) continue
      if (params.includes(word)) args.push(word, state.stack[i]!)
      else if (word !== state.stack[i]) return false
    }
    for (const { at, param } of words) args.push(param, state.memory.read(at))
    this.edge = args.length > 0 ? { end: 'goto', block, args } : { end: 'goto', block }
    return true
  }

  /** A number for pc, stack height and the jump destinations on the stack (return addresses): who may meet here. */
  place(state: State): number {
    const { stack } = state
    let high = state.pc
    let low = stack.length
    for (let i = 0; i < stack.length; i++) {
      const value = this.#destination(stack[i]!)
      if (value === 0) continue
      high = Math.imul(high ^ value, 0x9e3779b1) ^ (high >>> 13)
      low = Math.imul(low ^ (value + i), 0x85ebca6b) ^ (low >>> 15)
    }
    return (high >>> 0) * 0x200000 + (low >>> 11)
  }

  /** The jump destination that a word is, else 0. */
  #destination(word: number): number {
    let known = this.#destinations[word]
    if (known === undefined) {
      const value = this.#words.small(word)
      known = value !== undefined && value >= 4 && this.#code.isJumpDest(value) ? value : 0
      this.#destinations[word] = known
    }
    return known
  }
}
