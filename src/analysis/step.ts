// What each opcode does to symbolic words: the part of the abstract interpreter that stays within straight code. Accesses and calls go
// to `note`. Memory allocated with a symbolic length goes to a fresh concrete place; writes to symbolic places are lost, reads from
// a table of words or from copied calldata stay symbolic.
import { MAX_SITES } from '../../assembly/parallel/program.ts'
import type { CallSite, Instruction } from './abstract.ts'
import { type Bytecode, takes } from './bytecode.ts'
import { type Expressions, OP, UNKNOWN } from './expression.ts'
import { MAX_MEMORY } from './memory.ts'
import type { State } from './state.ts'

const SCRATCH_STEP = 0x800
const MAX_ARGS = 48
const MAX_HASHED = 512
const MAX_RETURN_WORDS = 16
const MAX_TABLE = 32

/** Executes the opcodes between jumps. */
export class Stepper {
  readonly #code: Bytecode
  readonly #words: Expressions
  readonly #blocks: readonly { instructions: Instruction[] }[]
  readonly #keepsMemory: boolean
  /** Words of PUSHes by pc; 0 = not made yet. */
  readonly #pushes: Int32Array
  sites = 0
  /** There were more calls than a program may have. */
  isFull = false

  constructor(code: Bytecode, words: Expressions, blocks: readonly { instructions: Instruction[] }[]) {
    this.#code = code
    this.#words = words
    this.#blocks = blocks
    this.#keepsMemory = !code.hasFreePointer
    this.#pushes = new Int32Array(code.code.length)
  }

  /** What RETURN gives: as much as is known. */
  returned(state: State, at: number, length: number): number[] {
    return this.#wordsAt(state, at, length, MAX_RETURN_WORDS)
  }

  /** The words of a stretch of memory, as far as they are known to be there. */
  #wordsAt(state: State, at: number, length: number, most: number): number[] {
    const from = this.#words.small(at)
    if (from === undefined || from >= MAX_MEMORY) return []
    const size = this.#words.small(length)
    const words: number[] = []
    for (let i = 0; i < most && (size === undefined || 32 * i < size); i++) {
      if (size === undefined && !state.memory.isWritten(from + 32 * i, 32)) break
      words.push(state.memory.read(from + 32 * i, 32))
    }
    return words
  }

  // ---- opcodes --------------------------------------------------------------------------------------------------------

  #push(pc: number): number {
    let id = this.#pushes[pc]!
    if (id === 0) {
      id = this.#words.constant(this.#code.pushed(pc))
      this.#pushes[pc] = id
    }
    return id
  }

  /** One opcode, neither jump nor end. */
  step(state: State, opcode: number): void {
    const { stack } = state
    const words = this.#words
    if (opcode >= 0x60 && opcode <= 0x7f) stack.push(this.#push(state.pc))
    else if (opcode >= 0x80 && opcode <= 0x8f) stack.push(stack[stack.length - (opcode - 0x7f)]!)
    else if (opcode >= 0x90 && opcode <= 0x9f) {
      const top = stack.length - 1
      const other = top - (opcode - 0x8f)
      const kept = stack[top]!
      stack[top] = stack[other]!
      stack[other] = kept
    } else if (opcode === 0x15 || opcode === 0x19 || opcode === 0x1e) stack.push(words.unary(opcode, stack.pop()!))
    else if (opcode === 0x08 || opcode === 0x09)
      stack.push(words.ternary(opcode, stack.pop()!, stack.pop()!, stack.pop()!))
    else if (opcode <= 0x1d) stack.push(words.binary(opcode, stack.pop()!, stack.pop()!))
    else if (opcode === 0x5b) return
    else if (opcode === 0x5f) stack.push(words.constant(0n))
    else if (opcode === 0x50) stack.pop()
    else if (opcode === 0x20) stack.push(this.#hash(state, stack.pop()!, stack.pop()!))
    else if (opcode >= 0x30 && opcode <= 0x4a) this.#environment(state, opcode)
    else if (opcode >= 0x51 && opcode <= 0x5e) this.#memoryOrStorage(state, opcode)
    else if (opcode >= 0xf0) this.#call(state, opcode)
    else for (let i = takes(opcode); i > 0; i--) stack.pop() // LOG
  }

  #hash(state: State, at: number, length: number): number {
    const from = this.#words.small(at)
    const size = this.#words.small(length)
    if (from === undefined || size === undefined || size > MAX_HASHED) return UNKNOWN
    const list: number[] = []
    for (let i = 0; i < size; i += 32) list.push(state.memory.read(from + i, Math.min(32, size - i)))
    return this.#words.keccak(list, size)
  }

  #environment(state: State, opcode: number): void {
    const { stack } = state
    const words = this.#words
    switch (opcode) {
      case 0x31: // BALANCE
      case 0x3b: // EXTCODESIZE
      case 0x3f: {
        // EXTCODEHASH
        const address = stack.pop()!
        this.note(state, { do: 'account', mode: 1, what: opcode === 0x31 ? 1 : 2, address })
        stack.push(words.account(opcode, address))
        return
      }
      case 0x47: {
        const address = words.leaf(OP.ADDRESS)
        this.note(state, { do: 'account', mode: 1, what: 1, address })
        stack.push(words.account(OP.BALANCE, address))
        return
      }
      case 0x35:
        stack.push(words.calldata(stack.pop()!))
        return
      case 0x37:
        this.#calldataCopy(state, stack.pop()!, stack.pop()!, stack.pop()!)
        return
      case 0x38:
        stack.push(words.constant(BigInt(this.#code.code.length)))
        return
      case 0x39:
        this.#codeCopy(state, stack.pop()!, stack.pop()!, stack.pop()!)
        return
      case 0x3c: {
        this.note(state, { do: 'account', mode: 1, what: 2, address: stack.pop()! })
        const to = stack.pop()!
        stack.pop()
        this.#forget(state, to, stack.pop()!)
        return
      }
      case 0x3d:
        stack.push(state.lastSite < 0 ? words.constant(0n) : words.returnLength(state.lastSite))
        return
      case 0x3e:
        this.#returnCopy(state, stack.pop()!, stack.pop()!, stack.pop()!)
        return
      case 0x40: // BLOCKHASH, BLOBHASH
      case 0x49:
        stack.pop()
        stack.push(UNKNOWN)
        return
      default:
        stack.push(words.leaf(opcode))
    }
  }

  #calldataCopy(state: State, to: number, source: number, length: number): void {
    const at = this.#words.small(to)
    if (at === undefined) return
    const size = this.#words.small(length)
    // calldatacopy(p, calldatasize(), n) writes zeros.
    if (this.#words.op[source] === OP.CALLDATASIZE) {
      if (size !== undefined && size <= 8192)
        for (let i = 0; i < size; i += 32) state.memory.write(at + i, this.#words.constant(0n), Math.min(32, size - i))
      return
    }
    const count = size ?? 32 * 24
    for (let i = 0; i < count && i < 4096; i += 32) {
      const word = this.#words.calldata(this.#words.binary(OP.ADD, source, this.#words.constant(BigInt(i))))
      state.memory.write(at + i, word, Math.min(32, count - i))
    }
    state.memory.noteCopy({ at, source, length })
  }

  #codeCopy(state: State, to: number, source: number, length: number): void {
    const at = this.#words.small(to)
    const from = this.#words.small(source)
    const size = this.#words.small(length)
    if (at === undefined || size === undefined) return
    for (let i = 0; i < size && i < 8192; i += 32) {
      let word = 0n
      if (from !== undefined)
        for (let j = 0; j < 32; j++) word = (word << 8n) | BigInt(this.#code.code[from + i + j] ?? 0)
      state.memory.write(at + i, from === undefined ? UNKNOWN : this.#words.constant(word), Math.min(32, size - i))
    }
  }

  #returnCopy(state: State, to: number, source: number, length: number): void {
    const at = this.#words.small(to)
    const from = this.#words.small(source)
    if (at === undefined || from === undefined || state.lastSite < 0) return
    const size = this.#words.small(length) ?? 32 * MAX_RETURN_WORDS
    for (let i = 0; i < size && i < 1024; i += 32) {
      state.memory.write(at + i, this.#words.returnWord(state.lastSite, from + i), Math.min(32, size - i))
    }
  }

  #forget(state: State, to: number, length: number): void {
    const at = this.#words.small(to)
    const size = this.#words.small(length) ?? 0
    if (at !== undefined)
      for (let i = 0; i < size && i < 1024; i += 32) state.memory.write(at + i, UNKNOWN, Math.min(32, size - i))
  }

  #memoryOrStorage(state: State, opcode: number): void {
    const { stack, memory } = state
    const words = this.#words
    switch (opcode) {
      case 0x51: {
        const place = stack.pop()!
        const at = words.small(place)
        stack.push(at === undefined ? this.#readSymbolic(state, place) : memory.read(at))
        return
      }
      case 0x52: {
        const at = words.small(stack.pop()!)
        const value = stack.pop()!
        if (at === undefined) return
        memory.write(at, at === 0x40 && !this.#keepsMemory ? this.#freePointer(state, value) : value)
        return
      }
      case 0x53: {
        const at = words.small(stack.pop()!)
        const value = stack.pop()!
        if (at !== undefined) memory.writeByte(at, value)
        return
      }
      case 0x54: {
        const key = stack.pop()!
        this.note(state, { do: 'slot', mode: 1, key })
        stack.push(state.stored.get(key) ?? words.sload(key))
        return
      }
      case 0x55: {
        const key = stack.pop()!
        const value = stack.pop()!
        this.note(state, { do: 'slot', mode: 2, key })
        if (key !== UNKNOWN) state.stored.set(key, value)
        return
      }
      case 0x58:
        stack.push(words.constant(BigInt(state.pc)))
        return
      case 0x59:
      case 0x5a:
        stack.push(UNKNOWN)
        return
      case 0x5c: {
        const key = stack.pop()!
        stack.push(key === UNKNOWN ? UNKNOWN : (state.transient.get(key) ?? words.constant(0n)))
        return
      }
      case 0x5d: {
        const key = stack.pop()!
        const value = stack.pop()!
        if (key !== UNKNOWN) state.transient.set(key, value)
        return
      }
      case 0x5e: {
        const [to, from, length] = [
          words.small(stack.pop()!),
          words.small(stack.pop()!),
          words.small(stack.pop()!) ?? 256,
        ]
        if (to !== undefined && from !== undefined) memory.move(to, from, Math.min(length, 4096))
      }
    }
  }

  /** A word at a constant place plus something: from an array in memory. */
  #readSymbolic(state: State, place: number): number {
    const words = this.#words
    if (words.op[place] !== OP.ADD) return UNKNOWN
    const base = words.small(words.b[place]!)
    const index = words.a[place]!
    if (base === undefined || base >= MAX_MEMORY) return UNKNOWN
    const copy = state.memory.copies.findLast(({ at }) => at <= base && base < at + 32 * 24)
    if (copy && words.value(copy.length) === undefined && this.#isIntact(state, copy)) {
      const from = words.binary(OP.ADD, copy.source, words.constant(BigInt(base - copy.at)))
      return words.calldata(words.binary(OP.ADD, from, index))
    }
    const table: number[] = []
    while (table.length < MAX_TABLE && state.memory.isWritten(base + 32 * table.length, 32)) {
      table.push(state.memory.read(base + 32 * table.length))
    }
    return words.table(table, index)
  }

  /** Solidity's free memory pointer stays concrete: what is allocated with a symbolic length gets a place of its own. */
  #freePointer(state: State, value: number): number {
    const at = this.#words.small(value)
    if (at !== undefined && at < MAX_MEMORY) return value
    const place = state.fresh
    state.fresh += SCRATCH_STEP
    return this.#words.constant(BigInt(place))
  }

  /** Adds an instruction to the state's block. */
  note(state: State, instruction: Instruction): void {
    state.noted++
    this.#blocks[state.block]!.instructions.push(instruction)
  }

  // ---- calls ----------------------------------------------------------------------------------------------------------

  #call(state: State, opcode: number): void {
    const { stack } = state
    const words = this.#words
    if (opcode === 0xf0 || opcode === 0xf5) {
      for (let i = takes(opcode); i > 0; i--) stack.pop()
      state.lastSite = this.#nextSite()
      stack.push(UNKNOWN)
      return
    }
    stack.pop() // gas
    const target = words.binary(OP.AND, stack.pop()!, words.constant((1n << 160n) - 1n))
    const hasValue = opcode === 0xf1 || opcode === 0xf2
    const value = hasValue ? stack.pop()! : words.constant(0n)
    const [at, length, outAt, outLength] = [stack.pop()!, stack.pop()!, stack.pop()!, stack.pop()!]
    stack.push(words.constant(1n))
    const number = words.small(target)
    if (number !== undefined && number > 0 && number < 32) {
      this.#precompile(state, number, at, length, outAt, outLength)
      return
    }
    const site = this.#nextSite()
    state.lastSite = site
    const kind = [0xf1, 0xf2, 0xf4, 0xfa].indexOf(opcode)
    this.note(state, { do: 'call', kind, site, target, value, ...this.#input(state, at, length) })
    const to = words.small(outAt)
    const size = words.small(outLength)
    if (to === undefined || size === undefined) return
    for (let i = 0; i < size && i < 1024; i += 32)
      state.memory.write(to + i, words.returnWord(site, i), Math.min(32, size - i))
  }

  #nextSite(): number {
    if (this.sites < MAX_SITES - 1) this.sites++
    else this.isFull = true
    return this.sites - 1
  }

  #precompile(state: State, number: number, at: number, length: number, outAt: number, outLength: number): void {
    state.lastSite = this.#nextSite()
    const to = this.#words.small(outAt)
    const from = this.#words.small(at)
    if (number === 4 && to !== undefined && from !== undefined) {
      const size = this.#words.small(length) ?? this.#words.small(outLength) ?? 256
      state.memory.move(to, from, Math.min(size, 4096))
      return
    }
    this.#forget(state, outAt, outLength)
  }

  #input(state: State, at: number, length: number): Pick<CallSite, 'inputLength' | 'selector' | 'args' | 'copies'> {
    const words = this.#words
    const from = words.small(at)
    const size = words.small(length)
    if (from === undefined) return { inputLength: length, selector: UNKNOWN, args: [], copies: [] }
    const end = size === undefined ? MAX_MEMORY : from + size
    const copies = state.memory.copies
      .filter(copy => copy.at >= from && copy.at < end && this.#isIntact(state, copy))
      .map(copy => ({ ...copy, at: copy.at - from }))
      .slice(-4)
    if (size === undefined) copies.push(...this.#mirrored(state, from, length))
    const whole = copies.findLast(copy => copy.at === 0)
    if (whole) return { inputLength: length, selector: words.calldata(whole.source), args: [], copies: [whole] }
    const selector = state.memory.read(from, size === undefined ? 4 : Math.min(4, size))
    const args: number[] = []
    for (let i = 0; i < MAX_ARGS && from + 4 + 32 * i < end; i++) {
      const place = from + 4 + 32 * i
      if (size === undefined && !state.memory.isWritten(place, 32)) break
      args.push(state.memory.read(place, Math.min(32, end - place)))
    }
    return { inputLength: length, selector, args, copies }
  }

  /** Calldata that a loop has copied on, or that stands after a selector: told by its first two words. */
  #mirrored(state: State, from: number, length: number): CallSite['copies'] {
    const words = this.#words
    for (const at of [0, 4]) {
      const first = state.memory.read(from + at)
      if (words.op[first] !== OP.CALLDATALOAD) continue
      const source = words.a[first]!
      const second = words.calldata(words.binary(OP.ADD, source, words.constant(32n)))
      if (state.memory.read(from + at + 32) !== second) continue
      return [{ at, source, length: words.binary(OP.SUB, length, words.constant(BigInt(at))) }]
    }
    return []
  }

  /** Is what was copied from calldata still there? Looked at by its first word. */
  #isIntact(state: State, copy: { at: number; source: number }): boolean {
    return state.memory.read(copy.at) === this.#words.calldata(copy.source)
  }
}
