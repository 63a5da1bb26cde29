// The reference binder: executes template programs for a transaction on bigints, as assembly/parallel/bind.ts does on words in linear
// memory. Tests compare the two; foresight.ts uses this one, where state is not all at hand; the figures of bench/prediction.ts were first
// taken with it. It runs no bytecode: it evaluates the expressions of a template over the transaction's fields and the state before the block.
import { keccak_256 } from '@noble/hashes/sha3.js'
import * as P from '../../assembly/parallel/program.ts'
import { hexOf } from '../input/hex.ts'
import type { BlockEnv } from '../types.ts'
import { evaluate } from './words.ts'

/** State before the block, all of it known. */
export interface KnownState {
  code(address: bigint): Uint8Array | undefined
  slot(address: bigint, key: bigint): bigint
  balance(address: bigint): bigint
  codeHash(address: bigint): bigint
}

/** State before the block; null is what is not known. */
export interface BoundState {
  /** undefined: there is none. */
  code(address: bigint): Uint8Array | undefined | null
  slot(address: bigint, key: bigint): bigint | null
  balance(address: bigint): bigint | null
  codeHash(address: bigint): bigint | null
}

/** The program for code at an address under a selector, where one is known. */
export type Programs = (code: Uint8Array, selector: number) => Uint32Array | undefined

/** What of a transaction counts, or of a message. `env` are the words of the environment by opcode. */
export interface BoundTx {
  sender: bigint
  /** Of a message: who signed. Default: the sender. */
  origin?: bigint
  to: bigint
  /** Whose code runs. Default: that of `to`. */
  code?: bigint
  value: bigint
  data: Uint8Array
  env: ReadonlyMap<number, bigint>
}

/** The words of the environment that a transaction sees which pays `gasPrice`. */
export function environmentWords(env: BlockEnv, gasPrice: bigint): ReadonlyMap<number, bigint> {
  return new Map([
    [0x3a, gasPrice],
    [0x41, BigInt(env.coinbase)],
    [0x42, env.timestamp],
    [0x43, env.number],
    [0x44, env.random],
    [0x45, env.gasLimit],
    [0x46, env.chainId],
    [0x48, env.baseFee],
  ])
}

/** One predicted access. */
export interface Predicted {
  address: bigint
  what: number
  mode: number
  key: bigint
  /** Behind a condition that could not be decided. */
  isMaybe: boolean
}

const ADDRESS_MASK = (1n << 160n) - 1n
const MAX_DEPTH = 10
const MAX_FRAMES = 2048
const MAX_EVALUATIONS = 500_000
const MAX_NESTING = 120
/** Values of slots that a word may take, one behind the other. */
const MAX_ROUNDS = 3
const MAX_RECORDS = 8192
const MAX_TURNS = 16000
/** Blocks that one frame runs; fewer behind a condition that could not be decided, where a loop's bound is likelier to be wrong. */
const MAX_FRAME_TURNS = 2800
const MAX_MAYBE_TURNS = 400

interface Frame {
  program: Uint32Array
  /** undefined: not evaluated yet; null: not known. */
  values: (bigint | null | undefined)[]
  /** Rounds of the values that are known, and of the addresses and the value of the frame. */
  took: number[]
  rounds: number
  /** Storage address. */
  self: bigint
  sender: bigint
  value: bigint | null
  caller: Frame | undefined
  /** Where the call stands in the caller's program. */
  call: number
  callees: (Frame | undefined)[]
  /** Where the return stands, once there was one. */
  returned: number
}

/** Predicts what a transaction's calls touch. */
export function bind(tx: BoundTx, state: BoundState, programs: Programs): Predicted[] {
  return new Binder(tx, state, programs).run()
}

/** Predicts what a learned program (see learn.ts) says of a transaction. */
export function bindLearned(tx: BoundTx, state: BoundState, program: Uint32Array): Predicted[] {
  return new Binder(tx, state, () => undefined).runLearned(program)
}

class Binder {
  readonly #tx: BoundTx
  readonly #state: BoundState
  readonly #programs: Programs
  readonly #records: Predicted[] = []
  #frames = 0
  #evaluations = 0
  #maybe = 0
  #turns = 0
  /** Of the values that were asked for since #fresh(). */
  #rounds = 0

  constructor(tx: BoundTx, state: BoundState, programs: Programs) {
    this.#tx = tx
    this.#state = state
    this.#programs = programs
  }

  run(): Predicted[] {
    const { data, to, sender, value, code = to } = this.#tx
    const selector = data.length < 4 ? P.ANY_SELECTOR : new DataView(data.buffer, data.byteOffset).getUint32(0)
    this.#enter(code, selector, { self: to, sender, value, rounds: 0, caller: undefined, call: 0 }, 0)
    return this.#records
  }

  runLearned(program: Uint32Array): Predicted[] {
    const { to, sender, value } = this.#tx
    const outermost = { self: to, sender, value, rounds: 0, caller: undefined, call: 0 }
    this.#execute({ ...outermost, program, values: [], took: [], callees: [], returned: 0 }, 0)
    return this.#records
  }

  #enter(
    codeAddress: bigint,
    selector: number,
    frame: Omit<Frame, 'program' | 'values' | 'took' | 'callees' | 'returned'>,
    depth: number,
  ): Frame | undefined {
    if (depth > MAX_DEPTH || this.#frames >= MAX_FRAMES) return undefined
    let code = this.#state.code(codeAddress)
    this.#record(codeAddress, P.WHAT_CODE, P.MODE_READ, 0n)
    if (code && code.length === 23 && code[0] === 0xef && code[1] === 1 && code[2] === 0) {
      const delegate = toWord(code.subarray(3))
      this.#record(delegate, P.WHAT_CODE, P.MODE_READ, 0n)
      code = this.#state.code(delegate)
    }
    if (!code || code.length === 0) return undefined
    const program = this.#programs(code, selector)
    if (!program) return undefined
    this.#frames++
    const whole: Frame = { ...frame, program, values: [], took: [], callees: [], returned: 0 }
    this.#execute(whole, depth)
    return whole
  }

  #record(address: bigint, what: number, mode: number, key: bigint): void {
    if (this.#records.length < MAX_RECORDS) this.#records.push({ address, what, mode, key, isMaybe: this.#maybe > 0 })
  }

  // ---- blocks -------------------------------------------------------------------------------------------------------------

  #execute(frame: Frame, depth: number): void {
    const { program } = frame
    const blocks = program[6]!
    const undecided = new Map<number, number>()
    const open = [0]
    let turns = 0
    const outer = this.#maybe
    for (let block = open.pop(); block !== undefined; block = open.pop()) {
      for (let next: number | undefined = block; next !== undefined; ) {
        const most = this.#maybe > 0 ? MAX_MAYBE_TURNS : MAX_FRAME_TURNS
        if (++this.#turns > MAX_TURNS || ++turns > most) break
        next = this.#block(frame, program[blocks + next]!, depth, open, undecided)
      }
    }
    this.#maybe = outer
  }

  /** Executes a block; returns the next one. */
  #block(
    frame: Frame,
    from: number,
    depth: number,
    open: number[],
    undecided: Map<number, number>,
  ): number | undefined {
    const { program } = frame
    for (let at = from; ; ) {
      const word = program[at]!
      const kind = word & 255
      if (kind === P.DO_SLOT) {
        const key = this.#value(frame, program[at + 1]!, 0)
        if (key !== null) this.#record(frame.self, P.WHAT_SLOT, (word >> 8) & 255, key)
        at += 2
      } else if (kind === P.DO_SLOT_OF) {
        const address = this.#value(frame, program[at + 1]!, 0)
        const key = this.#value(frame, program[at + 2]!, 0)
        if (address !== null && key !== null) this.#record(address & ADDRESS_MASK, P.WHAT_SLOT, (word >> 8) & 255, key)
        at += 3
      } else if (kind === P.DO_ACCOUNT) {
        const address = this.#value(frame, program[at + 1]!, 0)
        if (address !== null) this.#record(address & ADDRESS_MASK, word >> 16, (word >> 8) & 255, 0n)
        at += 2
      } else if (kind === P.DO_CALL) {
        this.#call(frame, at, depth)
        at += 7 + program[at + 5]! + 3 * program[at + 6]!
      } else if (kind === P.DO_BRANCH) {
        const condition = this.#value(frame, program[at + 1]!, 0)
        if (condition !== null) return condition !== 0n ? program[at + 2]! : program[at + 3]!
        // The first time both sides are followed, then only the other one, so that loops end.
        this.#maybe++
        const times = undecided.get(at) ?? 0
        undecided.set(at, times + 1)
        if (times === 0) open.push(program[at + 3]!)
        return times === 0 ? program[at + 2]! : times === 1 ? program[at + 3]! : undefined
      } else if (kind === P.DO_GOTO) {
        this.#assign(frame, at + 2, word >>> 8)
        return program[at + 1]!
      } else if (kind === P.DO_FORGET) {
        for (let i = 1; i <= word >>> 8; i++) frame.values[program[at + i]!] = undefined
        at += 1 + (word >>> 8)
      } else {
        if (kind === P.DO_RETURN && frame.returned === 0) frame.returned = at
        return undefined
      }
    }
  }

  #assign(frame: Frame, at: number, count: number): void {
    const values: (bigint | null)[] = []
    const took: number[] = []
    for (let i = 0; i < count; i++) {
      values.push(this.#fresh(frame, frame.program[at + 2 * i + 1]!))
      took.push(this.#rounds)
    }
    for (const [i, value] of values.entries()) {
      const node = frame.program[at + 2 * i]!
      frame.values[node] = value
      frame.took[node] = took[i]!
    }
  }

  #call(frame: Frame, at: number, depth: number): void {
    const { program } = frame
    const kind = (program[at]! >> 8) & 255
    const target = this.#fresh(frame, program[at + 1]!)
    if (target === null) return
    const isInner = kind === P.CALL_DELEGATE || kind === P.CALL_CODE
    const value = kind === P.CALL_DELEGATE ? frame.value : this.#value(frame, program[at + 2]!, 0)
    if (kind === P.CALL_PLAIN && value !== 0n) {
      this.#record(frame.self, P.WHAT_BALANCE, P.MODE_DELTA, 0n)
      this.#record(target, P.WHAT_BALANCE, P.MODE_DELTA, 0n)
    }
    const rounds = isInner ? Math.max(this.#rounds, frame.rounds) : this.#rounds
    const length = this.#value(frame, program[at + 3]!, 0)
    const first = length !== null && length < 4n ? null : this.#value(frame, program[at + 4]!, 0)
    const selector =
      length !== null && length < 4n ? P.ANY_SELECTOR : first === null ? undefined : Number(first >> 224n)
    if (selector === undefined) return
    const self = isInner ? frame.self : target
    const sender = kind === P.CALL_DELEGATE ? frame.sender : frame.self
    frame.callees[program[at]! >> 16] = this.#enter(
      target,
      selector,
      { self, sender, value, rounds, caller: frame, call: at },
      depth + 1,
    )
  }

  // ---- words --------------------------------------------------------------------------------------------------------------

  #value(frame: Frame, node: number, nesting: number): bigint | null {
    const known = frame.values[node]
    if (known !== undefined) {
      if (known !== null) this.#rounds = Math.max(this.#rounds, frame.took[node]!)
      return known
    }
    if (nesting > MAX_NESTING || this.#evaluations++ > MAX_EVALUATIONS) return null
    const others = this.#rounds
    this.#rounds = 0
    const value = this.#compute(frame, node, nesting + 1)
    frame.values[node] = value
    frame.took[node] = this.#rounds
    this.#rounds = value === null ? others : Math.max(this.#rounds, others)
    return value
  }

  /** The same, and #rounds are those of this value. */
  #fresh(frame: Frame, node: number): bigint | null {
    this.#rounds = 0
    return this.#value(frame, node, 0)
  }

  #compute(frame: Frame, node: number, nesting: number): bigint | null {
    const { program } = frame
    const at = program[5]! + 4 * node
    const op = program[at]!
    const first = program[at + 1]!
    switch (op) {
      case P.NODE_UNKNOWN:
      case P.NODE_PARAM:
        return null
      case P.NODE_TABLE: {
        const offset = this.#value(frame, program[at + 3]!, nesting)
        if (offset === null || offset % 32n !== 0n || offset / 32n >= BigInt(program[at + 2]!)) return null
        return this.#value(frame, program[first + Number(offset / 32n)]!, nesting)
      }
      case P.NODE_CONST: {
        let value = 0n
        for (let limb = 7; limb >= 0; limb--) value = (value << 32n) | BigInt(program[first + limb]!)
        return value
      }
      case 0x20:
        return this.#hash(frame, first, program[at + 2]!, nesting)
      case 0x30:
      case 0x33:
      case 0x34:
        this.#rounds = Math.max(this.#rounds, frame.rounds)
        return op === 0x30 ? frame.self : op === 0x33 ? frame.sender : frame.value
      case 0x32:
        return this.#tx.origin ?? this.#tx.sender
      case 0x36:
        return this.#calldataSize(frame, nesting)
      case 0x35: {
        const offset = this.#value(frame, first, nesting)
        return offset === null ? null : this.#calldata(frame, offset, nesting)
      }
      case 0x54: {
        const key = this.#value(frame, first, nesting)
        this.#rounds = Math.max(this.#rounds, frame.rounds)
        return key === null || ++this.#rounds > MAX_ROUNDS ? null : this.#state.slot(frame.self, key)
      }
      case 0x31:
      case 0x3b:
      case 0x3f: {
        const address = this.#value(frame, first, nesting)
        return address === null ? null : this.#account(op, address & ADDRESS_MASK)
      }
      case P.NODE_RETURN_WORD:
        return this.#returned(frame.callees[first], program[at + 2]!, nesting)
      case P.NODE_RETURN_LENGTH: {
        const callee = frame.callees[first]
        if (!callee) return null
        return callee.returned === 0 ? 0n : this.#value(callee, callee.program[callee.returned + 1]!, nesting)
      }
    }
    if (op >= 0x3a) return this.#tx.env.get(op) ?? null
    return this.#operation(frame, at, op, nesting)
  }

  #operation(frame: Frame, at: number, op: number, nesting: number): bigint | null {
    const { program } = frame
    const a = this.#value(frame, program[at + 1]!, nesting)
    if (a === null) return null
    const isUnary = op === 0x15 || op === 0x19 || op === 0x1e
    const b = isUnary ? 0n : this.#value(frame, program[at + 2]!, nesting)
    if (b === null) return null
    const c = op === 0x08 || op === 0x09 ? this.#value(frame, program[at + 3]!, nesting) : 0n
    return c === null ? null : evaluate(op, a, b, c)
  }

  #account(op: number, address: bigint): bigint | null {
    if (op === 0x31) return this.#state.balance(address)
    if (op === 0x3f) return this.#state.codeHash(address)
    const code = this.#state.code(address)
    return code === null ? null : BigInt(code?.length ?? 0)
  }

  #hash(frame: Frame, list: number, length: number, nesting: number): bigint | null {
    const bytes = new Uint8Array((length + 31) & ~31)
    for (let i = 0; 32 * i < length; i++) {
      const word = this.#value(frame, frame.program[list + i]!, nesting)
      if (word === null) return null
      bytes.set(toBytes(word), 32 * i)
    }
    return toWord(keccak_256(bytes.subarray(0, length)))
  }

  #returned(callee: Frame | undefined, offset: number, nesting: number): bigint | null {
    if (!callee || callee.returned === 0 || offset % 32 !== 0) return null
    const { program, returned } = callee
    const index = offset / 32
    return index < program[returned + 2]! ? this.#value(callee, program[returned + 3 + index]!, nesting) : null
  }

  #calldataSize(frame: Frame, nesting: number): bigint | null {
    if (!frame.caller) return BigInt(this.#tx.data.length)
    return this.#value(frame.caller, frame.caller.program[frame.call + 3]!, nesting)
  }

  /** The word of a frame's calldata at an offset; null where it is not known. */
  #calldata(frame: Frame, offset: bigint, nesting: number): bigint | null {
    const { caller } = frame
    if (!caller) {
      const { data } = this.#tx
      if (offset >= BigInt(data.length)) return 0n
      const bytes = new Uint8Array(32)
      bytes.set(data.subarray(Number(offset), Number(offset) + 32))
      return toWord(bytes)
    }
    if (nesting > MAX_NESTING || offset > 0xffffn) return null
    const at = Number(offset)
    const { program } = caller
    const [args, copies] = [program[frame.call + 5]!, program[frame.call + 6]!]
    for (let i = copies - 1; i >= 0; i--) {
      const copy = frame.call + 7 + args + 3 * i
      const start = program[copy]!
      if (at < start) continue
      const length = this.#value(caller, program[copy + 2]!, nesting)
      const source = this.#value(caller, program[copy + 1]!, nesting)
      if (length === null || source === null || BigInt(at - start) >= length) continue
      return this.#calldata(caller, source + BigInt(at - start), nesting + 1)
    }
    if (at >= 4 && (at - 4) % 32 === 0) {
      const index = (at - 4) / 32
      if (index < args) return this.#value(caller, program[frame.call + 7 + index]!, nesting)
      const size = this.#value(caller, program[frame.call + 3]!, nesting)
      return size !== null && BigInt(at) >= size ? 0n : null
    }
    return this.#unaligned(frame, at, nesting)
  }

  #unaligned(frame: Frame, at: number, nesting: number): bigint | null {
    const caller = frame.caller!
    const { program } = caller
    const word = (index: number): bigint | null => {
      if (index >= 0) return this.#calldata(frame, BigInt(4 + 32 * index), nesting + 1)
      return this.#value(caller, program[frame.call + 4]!, nesting)
    }
    if (at < 4) {
      const selector = word(-1)
      const next = word(0)
      if (selector === null || next === null) return null
      const both = ((selector >> 224n) << 256n) | next
      return (both >> BigInt(8 * (4 - at))) & ((1n << 256n) - 1n)
    }
    const index = (at - 4) >> 5
    const shift = (at - 4) & 31
    const [low, high] = [word(index), word(index + 1)]
    if (low === null || high === null) return null
    return (((low << 256n) | high) >> BigInt(8 * (32 - shift))) & ((1n << 256n) - 1n)
  }
}

function toBytes(word: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < 4; i++) view.setBigUint64(8 * i, BigInt.asUintN(64, word >> BigInt(192 - 64 * i)))
  return bytes
}

function toWord(bytes: Uint8Array): bigint {
  return BigInt(hexOf(bytes))
}
