// What can be said of bytecode without following words through it: jump destinations, which selectors its dispatcher can know, code
// that only leads to a revert, and loops that only copy memory. The abstract interpreter asks; nothing here depends on a selector.
import { eachOpcode } from '../../assembly/opcodes.ts'

const TAKES = new Int8Array(256).fill(-1)
const PUTS = new Int8Array(256)
eachOpcode(
  (opcode, _name, takes, puts) => {
    TAKES[opcode] = takes
    PUTS[opcode] = puts
  },
  () => {},
)

const JUMPDEST = 0x5b
const MAX_DEAD_STEPS = 160
/** Opcodes after which a way through the code is of interest, whatever its end. */
const ACCESSES = new Set([0x31, 0x3b, 0x3c, 0x3f, 0x47, 0x54, 0x55, 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa, 0xff])

/** Stack items that an opcode takes; -1 where there is no such opcode. */
export function takes(opcode: number): number {
  return TAKES[opcode]!
}

/** Stack items that an opcode puts. */
export function puts(opcode: number): number {
  return PUTS[opcode]!
}

/** Bytecode and what is known of it; answers are kept. */
export class Bytecode {
  readonly code: Uint8Array
  /** The code begins by storing a memory pointer at 0x40, as Solidity's does. Others may keep variables anywhere. */
  readonly hasFreePointer: boolean
  readonly #starts: Uint8Array
  readonly #dead = new Map<number, boolean>()
  readonly #copies = new Map<number, 'then' | 'else' | undefined>()
  #selectors: Set<number> | undefined

  constructor(code: Uint8Array) {
    this.code = code
    this.#starts = new Uint8Array(code.length)
    for (let pc = 0; pc < code.length; pc++) {
      const opcode = code[pc]!
      this.#starts[pc] = opcode === JUMPDEST ? 2 : 1
      if (opcode >= 0x60 && opcode <= 0x7f) pc += opcode - 0x5f
    }
    this.hasFreePointer = this.#beginsWithPointer()
  }

  isJumpDest(pc: number | undefined): pc is number {
    return pc !== undefined && this.#starts[pc] === 2
  }

  /** Data of a PUSH at `pc`, zeros beyond the end. */
  pushed(pc: number): bigint {
    const size = this.code[pc]! - 0x5f
    let value = 0n
    for (let i = 1; i <= size; i++) value = (value << 8n) | BigInt(this.code[pc + i] ?? 0)
    return value
  }

  /** The constants of at most four bytes that the code pushes: every selector that a dispatcher compares with is among them. */
  get selectors(): ReadonlySet<number> {
    if (this.#selectors) return this.#selectors
    this.#selectors = new Set()
    for (let pc = 0; pc < this.code.length; pc++) {
      const size = this.code[pc]! - 0x5f
      if (this.#starts[pc] === 0 || size < 2 || size > 4) continue
      const next = this.code[pc + size + 1]
      // Compared, or swapped to be compared: EQ, XOR, SUB, DUP, LT, GT.
      if (next !== undefined && ([0x14, 0x18, 0x03, 0x10, 0x11].includes(next) || (next >= 0x80 && next <= 0x9f))) {
        this.#selectors.add(Number(this.pushed(pc)))
      }
    }
    return this.#selectors
  }

  #beginsWithPointer(): boolean {
    const stack: number[] = []
    for (let pc = 0; pc < 24; pc++) {
      const opcode = this.code[pc] ?? 0
      if (opcode === 0x52) return stack.at(-1) === 0x40 && (stack.at(-2) ?? 0) >= 0x60
      if (opcode >= 0x5f && opcode <= 0x7f) {
        stack.push(Number(this.pushed(pc)))
        pc += opcode - 0x5f
      } else if (opcode >= 0x80 && opcode <= 0x8f) stack.push(stack[stack.length - (opcode - 0x7f)] ?? 0)
      else if (opcode >= 0x90 && opcode <= 0x9f) swap(stack, opcode - 0x8f)
      else {
        for (let i = TAKES[opcode]!; i > 0; i--) stack.pop()
        for (let i = PUTS[opcode]!; i > 0; i--) stack.push(0)
      }
    }
    return false
  }

  /** May the dispatcher know the selector? Its bytes then stand in the code, without leading zeros (a table may hold it). */
  mentions(selector: number): boolean {
    const bytes = [selector >>> 24, (selector >>> 16) & 255, (selector >>> 8) & 255, selector & 255]
    while (bytes.length > 1 && bytes[0] === 0) bytes.shift()
    const { code } = this
    for (let at = code.indexOf(bytes[0]!); at >= 0; at = code.indexOf(bytes[0]!, at + 1)) {
      if (bytes.every((byte, i) => code[at + i] === byte)) return true
    }
    return false
  }

  /** Does everything that begins at `pc` revert, without reading or writing state? Looks at straight code only. */
  isDead(pc: number): boolean {
    let known = this.#dead.get(pc)
    if (known === undefined) {
      known = this.#reverts(pc)
      this.#dead.set(pc, known)
    }
    return known
  }

  #reverts(from: number): boolean {
    const stack: (number | undefined)[] = []
    let pc = from
    for (let step = 0; step < MAX_DEAD_STEPS; step++, pc++) {
      const opcode = this.code[pc] ?? 0
      if (opcode === 0xfd || opcode === 0xfe || TAKES[opcode]! < 0) return true
      if (opcode === 0x00 || opcode === 0xf3 || opcode === 0x57 || ACCESSES.has(opcode)) return false
      if (opcode === 0x56) {
        if (stack.length === 0) return false
        const target = stack.pop()
        if (target === undefined) return false
        if (!this.isJumpDest(target)) return true
        pc = target - 1
      } else if (opcode >= 0x5f && opcode <= 0x7f) {
        stack.push(Number(this.pushed(pc)))
        pc += opcode - 0x5f
      } else if (opcode >= 0x80 && opcode <= 0x8f) {
        stack.push(stack[stack.length - (opcode - 0x7f)])
      } else if (opcode >= 0x90 && opcode <= 0x9f) {
        swap(stack, opcode - 0x8f)
      } else {
        for (let i = TAKES[opcode]!; i > 0; i--) stack.pop()
        for (let i = PUTS[opcode]!; i > 0; i--) stack.push(undefined)
      }
    }
    return false
  }

  /**
   * Is the JUMPI at `pc` the condition of a loop that only moves memory (bytes and strings being encoded)? Then which of its sides is
   * the body: 'then' (jump taken) or 'else'.
   */
  copyLoop(pc: number, target: number): 'then' | 'else' | undefined {
    if (this.#copies.has(pc)) return this.#copies.get(pc)
    const found = this.#copiesFrom(pc + 1, pc) ? 'else' : this.#copiesFrom(target, pc) ? 'then' : undefined
    this.#copies.set(pc, found)
    return found
  }

  #copiesFrom(from: number, condition: number): boolean {
    let stores = false
    let last: number | undefined
    for (let pc = from, step = 0; step < 48; pc++, step++) {
      const opcode = this.code[pc] ?? 0
      if (opcode === 0x56 || opcode === 0x57) {
        // Back to the head, which leads straight to the condition.
        return (
          stores &&
          last !== undefined &&
          this.isJumpDest(last) &&
          last <= condition &&
          condition - last < 48 &&
          last < pc
        )
      }
      if (ACCESSES.has(opcode) || opcode === 0x20 || opcode === 0xfd || opcode === 0xf3 || opcode === 0) return false
      if (opcode === 0x52) stores = true
      last = undefined
      if (opcode >= 0x60 && opcode <= 0x7f) {
        last = Number(this.pushed(pc))
        pc += opcode - 0x5f
      }
    }
    return false
  }
}

const MAX_CONSTANT_SLOTS = 64
const known = new WeakMap<Uint8Array, readonly bigint[]>()

/** Slots that a code reads by a constant key, told by the constant that stands before SLOAD; some 64 at most. Kept by the array. */
export function constantSlots(code: Uint8Array): readonly bigint[] {
  const made = known.get(code)
  if (made) return made
  const slots = new Set<bigint>()
  let pushed: bigint | undefined
  for (let pc = 0; pc < code.length && slots.size < MAX_CONSTANT_SLOTS; pc++) {
    const opcode = code[pc]!
    if (opcode >= 0x5f && opcode <= 0x7f) {
      const end = pc + opcode - 0x5f
      pushed = 0n
      while (pc < end) pushed = (pushed << 8n) | BigInt(code[++pc] ?? 0)
    } else if (opcode === 0x54) {
      if (pushed !== undefined) slots.add(pushed)
      pushed = undefined
    } else if (opcode !== 0x80 && opcode !== 0x81 && opcode !== 0x90) pushed = undefined // DUP1, DUP2, SWAP1 keep it near
  }
  known.set(code, [...slots])
  return known.get(code)!
}

function swap(stack: (number | undefined)[], depth: number): void {
  while (stack.length <= depth) stack.unshift(undefined)
  const top = stack.length - 1
  const other = stack[top - depth]
  stack[top - depth] = stack[top]
  stack[top] = other
}
