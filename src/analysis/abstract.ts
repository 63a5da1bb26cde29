// Bounded abstract interpretation of one selector of a bytecode: runs it on symbolic words from pc 0, with the selector known, so that
// dispatchers of any make resolve by themselves. Ways that only revert are dropped; where a condition is not known, both sides
// become blocks of a graph that template.ts makes a program of. States that meet at a jump with the same stack are one block.
//
// Bounds: steps, states, visits of a condition on one way, expressions and time. Whatever the code is, it ends; what was not reached
// ends in an open block. Memory allocated with a symbolic length goes to a fresh concrete place; writes to symbolic places are lost.
import { NODE_CONST } from '../../assembly/parallel/program.ts'
import { type Bytecode, takes } from './bytecode.ts'
import { Expressions, OP, UNKNOWN } from './expression.ts'
import { MAX_MEMORY, type Memory } from './memory.ts'
import { firstState, forkState, type State, Stepper } from './step.ts'

/** A call that the frame makes. `args[i]` is the word at 4 + 32 i of the input. */
export interface CallSite {
  do: 'call'
  kind: number
  site: number
  target: number
  value: number
  inputLength: number
  /** First word of the input; its upper four bytes count. */
  selector: number
  args: readonly number[]
  copies: readonly { at: number; source: number; length: number }[]
}

/** Something a frame does that others can see. Words are numbers of expressions. */
export type Instruction =
  /** `address`: of another account than the frame's own; only what was learned has it. */
  | { do: 'slot'; mode: number; key: number; address?: number }
  | { do: 'account'; mode: number; what: number; address: number }
  | CallSite

/** How a block ends. */
export type Ending =
  /** `args`: pairs of a parameter of the block and the word it stands for from here. */
  | { end: 'goto'; block: number; args?: readonly number[] }
  | { end: 'branch'; condition: number; yes: number; no: number }
  | { end: 'return'; length: number; words: readonly number[] }
  | { end: 'stop' | 'fail' | 'open' }

/** Straight code. */
export interface Block {
  instructions: Instruction[]
  ending: Ending
  /** Words of its stack that differ between the ways that lead here. */
  params?: readonly number[]
  /** The parameters are those of a loop. */
  isLoop?: boolean
}

/** What the analysis of one selector found. Block 0 is the beginning. */
export interface AbstractRun {
  words: Expressions
  blocks: Block[]
  sites: number
  steps: number
  /** The analysis ended before all was seen: by a bound, or at a jump to an unknown place. */
  isPartial: boolean
  /** A bound ended it. */
  isCut: boolean
}

/** Bounds of one analysis. */
export interface Bounds {
  steps: number
  states: number
  /** Visits of one condition on one way. */
  visits: number
  ms: number
}

/** Defaults: a few milliseconds for most selectors. */
export const BOUNDS: Bounds = { steps: 100_000, states: 6000, visits: 9, ms: 1000 }

/** Turns of a loop that touches nothing but memory; the condition is not decided there. */
const QUIET_TURNS = 10
/** How many different stacks there may be at one place before what differs becomes a parameter. */
interface Detail {
  stacks: number
  /** Of stacks that differ in constants. */
  constants: number
  /** Where a loop comes back. */
  turns: number
  /** What a widened block leads to counts for itself. */
  generations: boolean
  steps: number
}

/** Code that is too large for much detail is analysed anew with less. */
const DETAILS: readonly Detail[] = [
  { stacks: 2, constants: 16, turns: 1, generations: true, steps: 100_000 },
  { stacks: 1, constants: 3, turns: 1, generations: false, steps: 50_000 },
]
const MAX_LANDINGS = 100
const MAX_BLOCKS = 12_000
/** Times that a selector is run: each time what ways disagreed about in memory before is a parameter where they meet. */
const MAX_PASSES = 3
/** Words of memory that are parameters of one place. */
const MAX_MERGED = 48

/** Runs the code under a selector (see Expressions), within the bounds. */
export function interpret(code: Bytecode, selector: number | undefined, bounds: Bounds = BOUNDS): AbstractRun {
  const until = performance.now() + bounds.ms
  let best: AbstractRun | undefined
  for (const detail of DETAILS) {
    const merged: MergedWords = new Map()
    let run = new Interpreter(code, selector, bounds, detail, merged).run(until)
    for (let pass = 1; pass < MAX_PASSES && !run.isCut && merged.size > 0; pass++) {
      const before = sizeOf(merged)
      const next = new Interpreter(code, selector, bounds, detail, merged).run(until)
      if (next.isCut) break
      run = next
      if (sizeOf(merged) === before) break
    }
    if (!run.isCut) return run
    best ??= run
  }
  return best!
}

/** By place: where in memory ways that met there had different words. */
type MergedWords = Map<number, Set<number>>

function sizeOf(merged: MergedWords): number {
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

class Interpreter {
  readonly #code: Bytecode
  readonly #words: Expressions
  readonly #bounds: Bounds
  readonly #detail: Detail
  readonly #mostSteps: number
  readonly #blocks: Block[] = [{ instructions: [], ending: { end: 'open' } }]
  readonly #landings = new Map<number, Landing[]>()
  readonly #queue: State[] = []
  readonly #keepsMemory: boolean
  readonly #stepper: Stepper
  readonly #destinations: number[] = []
  readonly #merged: MergedWords
  #steps = 0
  #isPartial = false
  #isCut = false

  constructor(code: Bytecode, selector: number | undefined, bounds: Bounds, detail: Detail, merged: MergedWords) {
    this.#detail = detail
    this.#code = code
    this.#merged = merged
    this.#words = new Expressions(selector)
    this.#bounds = bounds
    this.#mostSteps = Math.min(bounds.steps, detail.steps)
    this.#keepsMemory = !code.hasFreePointer
    this.#stepper = new Stepper(code, this.#words, this.#blocks, this.#keepsMemory)
  }

  run(until: number): AbstractRun {
    this.#queue.push(firstState(this.#words))
    let states = 0
    for (let state = this.#queue.pop(); state; state = this.#queue.shift()) {
      if (this.#steps > this.#mostSteps || ++states >= this.#bounds.states || performance.now() > until) {
        this.#isCut = true
        break
      }
      this.#follow(state)
    }
    const isCut = this.#isCut || this.#stepper.isFull
    return {
      words: this.#words,
      blocks: this.#blocks,
      sites: this.#stepper.sites,
      steps: this.#steps,
      isPartial: this.#isPartial || isCut,
      isCut,
    }
  }

  #newBlock(): number {
    this.#blocks.push({ instructions: [], ending: { end: 'open' } })
    return this.#blocks.length - 1
  }

  #end(state: State, ending: Ending): void {
    this.#blocks[state.block]!.ending = ending
  }

  /** Follows one way to where it ends, meets another or divides. */
  #follow(state: State): void {
    for (;;) {
      if (++this.#steps > this.#mostSteps + 2000) {
        this.#isCut = true
        return
      }
      const opcode = this.#code.code[state.pc] ?? 0
      const needs = takes(opcode)
      if (needs < 0 || state.stack.length < needs || state.stack.length > 1024) {
        this.#end(state, { end: 'fail' })
        return
      }
      if (opcode === 0x56) {
        if (!this.#jump(state)) return
      } else if (opcode === 0x57) {
        if (!this.#branch(state)) return
      } else if (opcode === 0x00 || opcode === 0xf3 || opcode === 0xfd || opcode === 0xfe || opcode === 0xff) {
        this.#finish(state, opcode)
        return
      } else {
        this.#stepper.step(state, opcode)
        state.pc += opcode >= 0x60 && opcode <= 0x7f ? opcode - 0x5e : 1
      }
    }
  }

  // ---- flow -----------------------------------------------------------------------------------------------------------

  #jump(state: State): boolean {
    const target = this.#words.small(state.stack.pop()!)
    if (target === undefined) return this.#stop(state, 'open')
    if (!this.#code.isJumpDest(target)) return this.#stop(state, 'fail')
    const isBack = target <= state.pc
    state.pc = target
    return this.#land(state, isBack)
  }

  #stop(state: State, end: 'open' | 'fail'): false {
    if (end === 'open') this.#isPartial = true
    this.#end(state, { end })
    return false
  }

  /** At a jump's destination: begins a block, or joins one. */
  #land(state: State, isBack: boolean): boolean {
    const from = state.block
    const isNew = this.#enter(state, isBack)
    this.#blocks[from]!.ending = this.#edge
    return isNew
  }

  #edge: Extract<Ending, { end: 'goto' }> = { end: 'goto', block: 0 }

  /**
   * The block that begins where the state is: one that another way began with the same stack; one where the words that differ are
   * parameters; or a new one. Returns whether it is new and has to be followed.
   */
  #enter(state: State, isBack: boolean): boolean {
    const { stack } = state
    const place = this.#place(state)
    const landings = this.#landings.get(place) ?? []
    if (landings.length === 0) this.#landings.set(place, landings)
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
    landing.block = this.#newBlock()
    if (landing.params.length > 0) {
      landing.generation = landing.block
      state.generation = landing.block
    }
    this.#mergeMemory(place, landing)
    if (landing.params.length + landing.words.length > 0) {
      const params = [...landing.params, ...landing.words.map(({ param }) => param)]
      Object.assign(this.#blocks[landing.block]!, { params, isLoop: isBack })
    }
    landings.push(landing)
    this.#join(state, landing)
    for (const { at, param } of landing.words) state.memory.write(at, param)
    landing.memory = state.memory.fork()
    state.block = landing.block
    state.stack = landing.stack.slice()
    if (this.#blocks.length < MAX_BLOCKS) return true
    this.#isCut = true
    return false
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
      if (at < 0x60 && !this.#keepsMemory) continue
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
    this.#edge = args.length > 0 ? { end: 'goto', block, args } : { end: 'goto', block }
    return true
  }

  /** A number for pc, stack height and the jump destinations on the stack (return addresses): who may meet here. */
  #place(state: State): number {
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

  #branch(state: State): boolean {
    const targetWord = state.stack.pop()!
    const { condition, negated } = this.#truth(state.stack.pop()!)
    const target = this.#words.small(targetWord)
    const value = this.#words.value(condition)
    const known = value !== undefined ? (value !== 0n) !== negated : undefined
    const canJump = this.#code.isJumpDest(target) && !this.#code.isDead(target)
    if (known !== undefined) {
      if (known && target === undefined) return this.#stop(state, 'open')
      if (known && !canJump) return this.#stop(state, 'fail')
      return this.#go(state, known ? target! : state.pc + 1)
    }
    const canFall = !this.#code.isDead(state.pc + 1)
    if (!canJump && !canFall) return this.#stop(state, target === undefined ? 'open' : 'fail')
    if (canJump !== canFall) {
      return this.#go(state, canJump ? target! : state.pc + 1)
    }
    return this.#divide(state, condition, negated, target!)
  }

  /** A condition without the negations around it. */
  #truth(word: number): { condition: number; negated: boolean } {
    const words = this.#words
    let condition = word
    let negated = false
    for (;;) {
      const op = words.op[condition]
      if (op === OP.ISZERO) {
        condition = words.a[condition]!
        negated = !negated
      } else if (op === OP.XOR || (op === OP.SUB && words.value(words.a[condition]!) === undefined)) {
        condition = words.binary(OP.EQ, words.a[condition]!, words.b[condition]!)
        negated = !negated
      } else if (op === OP.ADD && words.selector === -1 && this.#isSelector(words.a[condition]!)) {
        return { condition: words.constant(1n), negated }
      } else if (
        (op === OP.EQ || op === OP.LT || op === OP.GT) &&
        words.selector === -1 &&
        this.#comparesSelector(condition)
      ) {
        return { condition: words.constant(0n), negated }
      } else return { condition, negated }
    }
  }

  #isSelector(id: number): boolean {
    const { op, a, b } = this.#words
    return op[id] === OP.SHR && op[b[id]!] === OP.CALLDATALOAD && this.#words.value(a[b[id]!]!) === 0n
  }

  #comparesSelector(id: number): boolean {
    const { a, b } = this.#words
    return this.#isSelector(a[id]!) || this.#isSelector(b[id]!)
  }

  #go(state: State, pc: number): boolean {
    const jumped = pc !== state.pc + 1
    const visits = this.#visit(state, state.pc, jumped)
    const isBack = pc <= state.pc
    state.pc = pc
    // A loop with a constant bound may run longer than one whose bound is not known.
    if (visits > 40 * this.#bounds.visits) return this.#stop(state, 'open')
    return jumped ? this.#land(state, isBack) : true
  }

  #visit(state: State, place: number, jumped: boolean): number {
    const count = (state.visits.get(place)?.count ?? 0) + 1
    state.visits.set(place, { count, noted: state.noted, jumped })
    return count
  }

  #divide(state: State, condition: number, negated: boolean, target: number): boolean {
    const place = this.#place(state)
    const turn = state.visits.get(place)
    const body = this.#code.copyLoop(state.pc, target)
    // A loop that touches only memory goes a fixed number of turns; what is written too far does no harm.
    if (body || (turn && turn.noted === state.noted)) {
      const stays = (turn?.count ?? 0) % QUIET_TURNS !== QUIET_TURNS - 1
      const inside = body ? body === 'then' : turn!.jumped
      return this.#along(state, place, inside === stays, target)
    }
    const jumped = forkState(state)
    if (this.#visit(state, place, false) > this.#bounds.visits) return this.#stop(state, 'open')
    this.#visit(jumped, place, true)
    jumped.pc = target
    const isBack = target <= state.pc
    state.pc++
    // The side that does not jump is followed first: the body of a loop, the inside of an if. What comes after is then seen with all
    // that they leave in memory, and the other ways join it.
    const from = state.block
    const taken = this.#side(jumped, isBack)
    const fallen = this.#side(state, false)
    const [yes, no] = negated ? [fallen, taken] : [taken, fallen]
    this.#blocks[from]!.ending = { end: 'branch', condition, yes, no }
    return false
  }

  #along(state: State, place: number, jumped: boolean, target: number): boolean {
    this.#visit(state, place, jumped)
    const isBack = jumped && target <= state.pc
    state.pc = jumped ? target : state.pc + 1
    return this.#land(state, isBack)
  }

  /** One side of a condition: the block that it begins with. */
  #side(state: State, isBack: boolean): number {
    if (this.#enter(state, isBack)) this.#queue.push(state)
    const edge = this.#edge
    if (!edge.args) return edge.block
    const between = this.#newBlock()
    this.#blocks[between]!.ending = edge
    return between
  }

  #finish(state: State, opcode: number): void {
    if (opcode === 0xfd || opcode === 0xfe) {
      this.#end(state, { end: 'fail' })
      return
    }
    if (opcode === 0xf3) {
      const at = state.stack.pop()!
      const length = state.stack.pop()!
      this.#end(state, { end: 'return', length, words: this.#stepper.returned(state, at, length) })
      return
    }
    if (opcode === 0xff) {
      this.#stepper.note(state, { do: 'account', mode: 1 + 2, what: 1, address: this.#words.leaf(OP.ADDRESS) })
      this.#stepper.note(state, { do: 'account', mode: 4, what: 1, address: state.stack.pop()! })
    }
    this.#end(state, { end: 'stop' })
  }
}
