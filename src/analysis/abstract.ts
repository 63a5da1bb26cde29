// Bounded abstract interpretation of one selector of a bytecode: runs it on symbolic words from pc 0, with the selector known, so that
// dispatchers of any make resolve by themselves. Ways that only revert are dropped; where a condition is not known, both sides
// become blocks of a graph that template.ts makes a program of. States that meet at a jump with the same stack are one block.
//
// Bounds: steps, states, visits of a condition on one way, expressions and time. Whatever the code is, it ends; what was not reached
// ends in an open block. Memory allocated with a symbolic length goes to a fresh concrete place; writes to symbolic places are lost.
import { type Bytecode, takes } from './bytecode.ts'
import { Expressions, OP } from './expression.ts'
import { type Detail, Landings, type MergedWords, sizeOf } from './landing.ts'
import { firstState, forkState, type State } from './state.ts'
import { Stepper } from './step.ts'

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
/** Code that is too large for much detail is analysed anew with less. */
const DETAILS: readonly Detail[] = [
  { stacks: 2, constants: 16, turns: 1, generations: true, steps: 100_000 },
  { stacks: 1, constants: 3, turns: 1, generations: false, steps: 50_000 },
]
const MAX_BLOCKS = 12_000
/** Times that a selector is run: each time what ways disagreed about in memory before is a parameter where they meet. */
const MAX_PASSES = 3

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

class Interpreter {
  readonly #code: Bytecode
  readonly #words: Expressions
  readonly #bounds: Bounds
  readonly #mostSteps: number
  readonly #blocks: Block[] = [{ instructions: [], ending: { end: 'open' } }]
  readonly #landings: Landings
  readonly #queue: State[] = []
  readonly #stepper: Stepper
  readonly #exits = new Map<number, State>()
  #steps = 0
  #isPartial = false
  #isCut = false

  constructor(code: Bytecode, selector: number | undefined, bounds: Bounds, detail: Detail, merged: MergedWords) {
    this.#code = code
    this.#words = new Expressions(selector)
    this.#bounds = bounds
    this.#mostSteps = Math.min(bounds.steps, detail.steps)
    this.#stepper = new Stepper(code, this.#words, this.#blocks)
    this.#landings = new Landings(code, this.#words, detail, this.#blocks, merged)
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
      if (this.#queue.length === 0) this.#resume()
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
    this.#blocks[from]!.ending = this.#landings.edge
    return isNew
  }

  #enter(state: State, isBack: boolean): boolean {
    if (!this.#landings.enter(state, isBack)) return false
    if (this.#blocks.length < MAX_BLOCKS) return true
    this.#isCut = true
    return false
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
    const place = this.#landings.place(state)
    const turn = state.visits.get(place)
    const body = this.#code.copyLoop(state.pc, target)
    // A loop that touches only memory goes a fixed number of turns; what is written too far does no harm.
    if (body || (turn && turn.noted === state.noted)) {
      const stays = (turn?.count ?? 0) % QUIET_TURNS !== QUIET_TURNS - 1
      const inside = body ? body === 'then' : turn!.jumped
      this.#noteExit(state, place, stays, inside ? state.pc + 1 : target)
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

  /** A way may end inside such a loop, where it meets itself; then it goes on from where it could have left it. */
  #noteExit(state: State, place: number, stays: boolean, exit: number): void {
    const block = state.exits.get(place)
    if (stays && block === undefined) {
      state.exits.set(place, state.block)
      this.#exits.set(state.block, { ...forkState(state), pc: exit })
    } else if (!stays && block !== undefined) this.#exits.delete(block)
  }

  /** Where ways would have left loops that none has left. */
  #resume(): void {
    for (const [block, state] of this.#exits) {
      this.#exits.delete(block)
      if (this.#blocks[block]!.ending.end === 'goto' && this.#land(state, false)) {
        this.#queue.push(state)
        return
      }
    }
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
    const edge = this.#landings.edge
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
