// Symbolic words: expressions over what a transaction knows before it runs (caller, calldata, storage as it stands, …), each kept once
// under a number, so equal words have equal numbers. An operation is named by its opcode. Number 0 is the word nothing is known of.
// Simplification goes as far as storage keys, masks of packed slots and dispatcher comparisons need. The abstract interpreter uses it.
import {
  NODE_CONST,
  NODE_PARAM,
  NODE_RETURN_LENGTH,
  NODE_RETURN_WORD,
  NODE_TABLE,
  NODE_UNKNOWN,
} from '../../assembly/parallel/program.ts'
import { evaluate, MASK } from './words.ts'

/** The word that nothing is known of. */
export const UNKNOWN = 0
const MAX_EXPRESSIONS = 20000
const ADDRESS_MASK = (1n << 160n) - 1n

/** Opcodes used by name here and in the interpreter. */
export const OP = {
  ADD: 0x01,
  MUL: 0x02,
  SUB: 0x03,
  DIV: 0x04,
  EXP: 0x0a,
  LT: 0x10,
  GT: 0x11,
  SLT: 0x12,
  SGT: 0x13,
  EQ: 0x14,
  ISZERO: 0x15,
  AND: 0x16,
  OR: 0x17,
  XOR: 0x18,
  NOT: 0x19,
  SHL: 0x1b,
  SHR: 0x1c,
  KECCAK: 0x20,
  ADDRESS: 0x30,
  BALANCE: 0x31,
  ORIGIN: 0x32,
  CALLER: 0x33,
  CALLVALUE: 0x34,
  CALLDATALOAD: 0x35,
  CALLDATASIZE: 0x36,
  COINBASE: 0x41,
  SLOAD: 0x54,
} as const

const COMMUTATIVE = new Set<number>([OP.ADD, OP.MUL, OP.EQ, OP.AND, OP.OR, OP.XOR])
const ADDRESSES = new Set<number>([OP.ADDRESS, OP.ORIGIN, OP.CALLER, OP.COINBASE])

/** All symbolic words of one analysis. */
export class Expressions {
  readonly op: number[] = [NODE_UNKNOWN]
  readonly a: number[] = [0]
  readonly b: number[] = [0]
  readonly c: number[] = [0]
  readonly #value: (bigint | undefined)[] = [undefined]
  readonly #lists: (readonly number[] | undefined)[] = [undefined]
  readonly #constants = new Map<bigint, number>()
  readonly #known = new Map<string | number, number>()
  /** The selector that calldata begins with; -1 = one that the code does not know; undefined = any. */
  readonly selector: number | undefined

  constructor(selector?: number) {
    this.selector = selector
  }

  get size(): number {
    return this.op.length
  }

  /** The value of a constant, else undefined. */
  value(id: number): bigint | undefined {
    return this.#value[id]
  }

  /** A constant below 2^32 as a number, else undefined. */
  small(id: number): number | undefined {
    const value = this.#value[id]
    return value !== undefined && value < 0x100000000n ? Number(value) : undefined
  }

  /** The words that a KECCAK hashes. */
  list(id: number): readonly number[] {
    return this.#lists[id] ?? []
  }

  constant(value: bigint): number {
    let id = this.#constants.get(value)
    if (id === undefined) {
      id = this.#push(NODE_CONST, 0, 0, 0)
      this.#value[id] = value
      this.#constants.set(value, id)
    }
    return id
  }

  /** A word without operands: CALLER, CALLVALUE, TIMESTAMP, … */
  leaf(op: number): number {
    return this.#intern(op, 0, 0, 0)
  }

  calldata(offset: number): number {
    return offset === UNKNOWN ? UNKNOWN : this.#intern(OP.CALLDATALOAD, offset, 0, 0)
  }

  sload(key: number): number {
    return key === UNKNOWN ? UNKNOWN : this.#intern(OP.SLOAD, key, 0, 0)
  }

  /** A question about an account: BALANCE, EXTCODESIZE, EXTCODEHASH. */
  account(op: number, address: number): number {
    return address === UNKNOWN ? UNKNOWN : this.#intern(op, address, 0, 0)
  }

  returnWord(site: number, offset: number): number {
    return this.#intern(NODE_RETURN_WORD, site, offset, 0)
  }

  returnLength(site: number): number {
    return this.#intern(NODE_RETURN_LENGTH, site, 0, 0)
  }

  /** The hash of `length` bytes given as words; what exceeds the length in the last word does not count. */
  keccak(words: readonly number[], length: number): number {
    if (words.includes(UNKNOWN)) return UNKNOWN
    const key = `k${length}:${words.join()}`
    let id = this.#known.get(key)
    if (id === undefined) {
      id = this.#push(OP.KECCAK, 0, length, 0)
      if (id === UNKNOWN) return id
      this.#lists[id] = words
      this.#known.set(key, id)
    }
    return id
  }

  /** One of several words, by an offset in bytes. */
  table(words: readonly number[], offset: number): number {
    if (offset === UNKNOWN || words.length === 0) return UNKNOWN
    const key = `t${offset}:${words.join()}`
    let id = this.#known.get(key)
    if (id === undefined) {
      id = this.#push(NODE_TABLE, 0, words.length, offset)
      if (id === UNKNOWN) return id
      this.#lists[id] = words
      this.#known.set(key, id)
    }
    return id
  }

  /** A word that has another meaning each time its block is entered. */
  param(): number {
    return this.#push(NODE_PARAM, 0, 0, 0)
  }

  unary(op: number, a: number): number {
    if (a === UNKNOWN) return UNKNOWN
    const value = this.#value[a]
    if (value !== undefined) return this.constant(evaluate(op, value, 0n, 0n))
    if (op === OP.ISZERO && this.op[a] === OP.ISZERO && this.isBoolean(this.a[a]!)) return this.a[a]!
    if (op === OP.ISZERO && this.op[a] === OP.XOR) return this.binary(OP.EQ, this.a[a]!, this.b[a]!)
    if (op === OP.ISZERO && this.op[a] === OP.SUB) return this.binary(OP.EQ, this.a[a]!, this.b[a]!)
    if (op === OP.NOT && this.op[a] === OP.NOT) return this.a[a]!
    return this.#intern(op, a, 0, 0)
  }

  ternary(op: number, a: number, b: number, c: number): number {
    if (a === UNKNOWN || b === UNKNOWN || c === UNKNOWN) return UNKNOWN
    const [x, y, z] = [this.#value[a], this.#value[b], this.#value[c]]
    if (x !== undefined && y !== undefined && z !== undefined) return this.constant(evaluate(op, x, y, z))
    return this.#intern(op, a, b, c)
  }

  /** Is the word 0 or 1? */
  isBoolean(id: number): boolean {
    const op = this.op[id]!
    return (op >= OP.LT && op <= OP.ISZERO) || (this.#value[id] ?? 2n) < 2n
  }

  binary(op: number, a: number, b: number): number {
    const x = this.#value[a]
    const y = this.#value[b]
    if (x !== undefined && y !== undefined) return this.constant(evaluate(op, x, y, 0n))
    if (x === 0n && (op === OP.AND || op === OP.MUL)) return a
    if (y === 0n && (op === OP.AND || op === OP.MUL)) return b
    if (a === UNKNOWN || b === UNKNOWN) return UNKNOWN
    // Constants stand on the right.
    if (x !== undefined && COMMUTATIVE.has(op)) return this.#withConstant(op, b, a, x)
    if (y !== undefined) return this.#withConstant(op, a, b, y)
    if (x !== undefined) return this.#constantFirst(op, a, b, x)
    if (a === b) {
      if (op === OP.AND || op === OP.OR) return a
      if (op === OP.EQ) return this.constant(1n)
      if (op === OP.SUB || op === OP.XOR || op === OP.LT || op === OP.GT) return this.constant(0n)
    }
    if (op === OP.ADD && this.#isAddConst(b)) return this.#addConst(this.binary(OP.ADD, a, this.a[b]!), this.b[b]!)
    if (op === OP.ADD && this.#isAddConst(a)) return this.#addConst(this.binary(OP.ADD, this.a[a]!, b), this.b[a]!)
    if (op === OP.SUB && this.#isAddConst(a) && this.a[a] === b) return this.b[a]!
    return COMMUTATIVE.has(op) && a > b ? this.#intern(op, b, a, 0) : this.#intern(op, a, b, 0)
  }

  #isAddConst(id: number): boolean {
    return this.op[id] === OP.ADD && this.#value[this.b[id]!] !== undefined
  }

  #addConst(a: number, constant: number): number {
    return this.binary(OP.ADD, a, constant)
  }

  /** A constant before something: shifts (the amount comes first), SUB, comparisons. */
  #constantFirst(op: number, a: number, b: number, x: bigint): number {
    if (op === OP.SHR || op === OP.SHL) {
      if (x === 0n) return b
      if (x >= 256n) return this.constant(0n)
      if (op === OP.SHR && this.op[b] === OP.CALLDATALOAD && x >= 224n) {
        const selector = this.#selectorOf(b)
        if (selector !== undefined) return this.constant(selector >> (x - 224n))
      }
      const inner = this.#value[this.a[b]!]
      if (this.op[b] === OP.SHR && inner !== undefined && op === OP.SHR) {
        return this.binary(OP.SHR, this.constant(inner + x), this.b[b]!)
      }
      if (this.op[b] === OP.SHL && inner !== undefined && op === OP.SHL) {
        return this.binary(OP.SHL, this.constant(inner + x), this.b[b]!)
      }
      if (this.op[b] === OP.SHL && inner === x && op === OP.SHR) {
        return this.binary(OP.AND, this.b[b]!, this.constant(MASK >> x))
      }
      if (this.op[b] === OP.SHR && inner === x && op === OP.SHL) {
        return this.binary(OP.AND, this.b[b]!, this.constant((MASK << x) & MASK))
      }
    }
    if (op === OP.GT && x === 0n) return this.constant(0n)
    if ((op === OP.LT || op === OP.GT) && this.op[b] === OP.CALLDATASIZE) return this.#compareSize(op, x, true, a, b)
    return this.#intern(op, a, b, 0)
  }

  #withConstant(op: number, a: number, b: number, y: bigint): number {
    if (op === OP.ADD || op === OP.SUB) {
      if (y === 0n) return a
      if (op === OP.SUB) return this.binary(OP.ADD, a, this.constant(-y & MASK))
      if (this.#isAddConst(a))
        return this.binary(OP.ADD, this.a[a]!, this.constant((this.#value[this.b[a]!]! + y) & MASK))
    }
    if (op === OP.OR && y === 0n) return a
    if (op === OP.XOR && y === 0n) return a
    if (op === OP.EQ && y === 0n) return this.unary(OP.ISZERO, a)
    if (op === OP.EQ && y === 1n && this.isBoolean(a)) return a
    if (op === OP.MUL || op === OP.DIV) {
      if (y === 1n) return a
      if (y === 0n) return this.constant(0n)
      if ((y & (y - 1n)) === 0n) {
        const shift = this.constant(BigInt(y.toString(2).length - 1))
        return this.binary(op === OP.MUL ? OP.SHL : OP.SHR, shift, a)
      }
    }
    if (op === OP.LT && y === 0n) return this.constant(0n)
    if ((op === OP.LT || op === OP.GT) && this.op[a] === OP.CALLDATASIZE) return this.#compareSize(op, y, false, a, b)
    if (op === OP.SLT && this.op[a] === OP.ADD && this.op[this.a[a]!] === OP.CALLDATASIZE && y < 0x10000n) {
      return this.constant(0n) // calldata is at least as long as the arguments that the ABI decoder asks for
    }
    if (op === OP.AND) return this.#mask(a, b, y)
    if (op === OP.SHL || op === OP.SHR) return this.#intern(op, a, b, 0)
    return this.#intern(op, a, b, 0)
  }

  /** Calldata holds at least a selector where one is known. */
  #compareSize(op: number, bound: bigint, boundFirst: boolean, a: number, b: number): number {
    const sizeIsLess = (op === OP.LT) !== boundFirst
    if (this.selector !== undefined && this.selector >= 0) {
      if (sizeIsLess && bound <= 4n) return this.constant(0n)
      if (!sizeIsLess && bound <= 3n) return this.constant(1n)
    }
    return this.#intern(op, a, b, 0)
  }

  #mask(a: number, b: number, mask: bigint): number {
    if (mask === MASK) return a
    const op = this.op[a]!
    if (mask === ADDRESS_MASK && ADDRESSES.has(op)) return a
    if (this.isBoolean(a) && (mask & 1n) === 1n) return a
    if (op === OP.AND) {
      const inner = this.#value[this.b[a]!]
      if (inner !== undefined) return this.binary(OP.AND, this.a[a]!, this.constant(inner & mask))
    }
    if (op === OP.OR) {
      const left = this.binary(OP.AND, this.a[a]!, b)
      const right = this.binary(OP.AND, this.b[a]!, b)
      if (this.#value[left] === 0n) return right
      if (this.#value[right] === 0n) return left
    }
    const shift = op === OP.SHR || op === OP.SHL ? this.#value[this.a[a]!] : undefined
    if (shift !== undefined && shift < 256n) {
      const reach = op === OP.SHR ? MASK >> shift : (MASK << shift) & MASK
      if ((reach & mask) === 0n) return this.constant(0n)
      if ((reach & mask) === reach) return a
    }
    if (
      op === OP.CALLDATALOAD &&
      this.#value[this.a[a]!] === 0n &&
      mask >> 224n === 0xffffffffn &&
      (mask & (2n ** 224n - 1n)) === 0n
    ) {
      const selector = this.#selectorOf(a)
      if (selector !== undefined) return this.constant(selector << 224n)
    }
    return this.#intern(OP.AND, a, b, 0)
  }

  #selectorOf(id: number): bigint | undefined {
    if (this.selector === undefined || this.selector < 0 || this.#value[this.a[id]!] !== 0n) return undefined
    return BigInt(this.selector)
  }

  #intern(op: number, a: number, b: number, c: number): number {
    const key = c === 0 && a < 32768 && b < 32768 ? (op * 32768 + a) * 32768 + b : `${op},${a},${b},${c}`
    let id = this.#known.get(key)
    if (id === undefined) {
      id = this.#push(op, a, b, c)
      this.#known.set(key, id)
    }
    return id
  }

  #push(op: number, a: number, b: number, c: number): number {
    if (this.op.length >= MAX_EXPRESSIONS && op !== NODE_CONST) return UNKNOWN
    this.op.push(op)
    this.a.push(a)
    this.b.push(b)
    this.c.push(c)
    return this.op.length - 1
  }
}
