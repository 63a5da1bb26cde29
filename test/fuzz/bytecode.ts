// Grammar for contracts: statements with operands that mean something (an address of the scene, an offset that is mostly small, a
// slot that exists), results kept where somebody sees them, and some plain garbage. The stack is kept at a low height
// by bookkeeping that is only approximate: what goes wrong is worth testing too.

import { eachOpcode } from '../../assembly/opcodes.ts'
import type { Random } from '../../bench/blocks/random.ts'
import type { Address } from '../../src/types.ts'
import { precompileInput } from './precompile-input.ts'
import { offsetOf, randomBytes, sizeOf, wordOf } from './words.ts'

/** What generated code may refer to. */
export interface Scene {
  random: Random
  /** Fork number of assembly/abi.ts. */
  rules: number
  /** Accounts of the scene, present or not. */
  addresses: readonly Address[]
  /** Addresses of precompiles, of this fork or later ones. */
  precompiles: readonly number[]
}

/**
 * Operands, top of the stack first: a address, o offset, z size, p offset into data, k slot key, v slot value, w any word, g gas,
 * x wei, n block number, b small number, r range of return data. Opcodes that are not here take any words.
 */
const OPERANDS: Readonly<Record<number, string>> = {
  10: 'ww',
  11: 'bw',
  26: 'bw',
  27: 'bw',
  28: 'bw',
  29: 'bw',
  32: 'oz',
  49: 'a',
  53: 'p',
  55: 'opz',
  57: 'opz',
  59: 'a',
  60: 'aopz',
  62: 'orr',
  63: 'a',
  64: 'n',
  73: 'b',
  81: 'o',
  82: 'ow',
  83: 'ow',
  84: 'k',
  85: 'kv',
  92: 'k',
  93: 'kv',
  94: 'ooz',
  160: 'oz',
  161: 'ozw',
  162: 'ozww',
  163: 'ozwww',
  164: 'ozwwww',
  240: 'xoz',
  241: 'gaxozoz',
  242: 'gaxozoz',
  243: 'oz',
  244: 'gaozoz',
  245: 'xozb',
  250: 'gaozoz',
  253: 'oz',
  255: 'a',
}

interface Op {
  code: number
  takes: number
  puts: number
  since: number
}

const OPS: readonly Op[] = collectOps()
/** Opcodes that a statement takes at random, and those among them that only move the stack; the flow has statements of its own. */
const PLAIN = OPS.filter(
  ({ code }) => code < 0xf0 && ![0x00, 0x3e, 0x56, 0x57, 0x5b].includes(code) && !movesStack(code),
)
const MOVING = OPS.filter(({ code }) => movesStack(code))
const CALLS = [0xf1, 0xf1, 0xf1, 0xf2, 0xf4, 0xfa]
const SINCE = new Map(OPS.map(({ code, since }) => [code, since]))

function movesStack(code: number): boolean {
  return code === 0x50 || (code >= 0x5f && code < 0xa0)
}

function collectOps(): Op[] {
  const ops: Op[] = []
  eachOpcode(
    (code, _name, takes, puts, _gas, since) => ops.push({ code, takes, puts, since }),
    () => {},
  )
  return ops
}

/** Code of about `statements` statements, for a contract or as initcode. */
export function contractCode(scene: Scene, statements: number): number[] {
  const code = new Builder(scene)
  for (let i = 0; i < statements && code.bytes.length < 1200; i++) code.statement()
  code.ending()
  return code.bytes
}

/** Initcode: some statements, and then one of the ways a creation can end. */
export function initcode(scene: Scene, depth = 0): number[] {
  const { random } = scene
  const code = new Builder(scene, depth)
  for (let i = random.below(4); i > 0; i--) code.statement()
  const draw = random.below(20)
  if (draw < 10) code.deploy(contractCode(scene, 1 + random.below(5)))
  else if (draw < 12) code.deploy([0xef, ...randomBytes(random, random.below(4))])
  else if (draw < 14) code.deploy(randomBytes(random, random.below(60)))
  else if (draw < 15) code.returnZeros(random.pick([0, 1, 24575, 24576, 24577, 49152, 49153]))
  else code.ending()
  return code.bytes
}

class Builder {
  readonly bytes: number[] = []
  readonly #scene: Scene
  readonly #depth: number
  #height = 0
  /** What lies below belongs to a loop. */
  #floor = 0

  constructor(scene: Scene, depth = 0) {
    this.#scene = scene
    this.#depth = depth
  }

  get #random(): Random {
    return this.#scene.random
  }

  op(...codes: number[]): void {
    this.bytes.push(...codes)
  }

  /** Does the fork have the opcode? One time in 200 the answer is yes anyway. */
  #has(code: number): boolean {
    return SINCE.get(code)! <= this.#scene.rules || this.#random.below(200) === 0
  }

  #callCode(): number {
    const code = this.#random.pick(CALLS)
    return this.#has(code) ? code : 0xf1
  }

  /** PUSH with as few bytes as the number needs, or now and then more. */
  push(value: bigint | number): void {
    let digits = BigInt(value).toString(16)
    if (digits.length % 2) digits = `0${digits}`
    if (digits.length < 64 && this.#random.below(20) === 0) digits = `00${digits}`
    if (value === 0 && this.#random.chance(0.5)) digits = '00'
    this.op(0x5f + digits.length / 2, ...Buffer.from(digits, 'hex'))
    this.#height++
  }

  statement(): void {
    const random = this.#random
    if (this.#height > this.#floor + 12) this.#drop(this.#height - this.#floor - 6)
    const draw = random.below(1000) / 10
    if (draw < 46) this.#plain()
    else if (draw < 58) this.#call()
    else if (draw < 66) this.#store()
    else if (draw < 70) this.#create()
    else if (draw < 75) this.#precompile()
    else if (draw < 80) this.#loop()
    else if (draw < 86) this.#branch()
    else if (draw < 89) this.#skip()
    else if (draw < 92) this.#memory()
    else if (draw < 92.3) this.op(...randomBytes(random, 1 + random.below(4)))
    else if (draw < 94) this.#endEarly()
    else this.#shuffle()
  }

  /** Opcodes that end the frame, or running off the end. */
  ending(): void {
    const random = this.#random
    const draw = random.below(200) / 10
    if (draw < 9) this.#operands('oz', 0xf3)
    else if (draw < 11) this.#operands('oz', this.#has(0xfd) ? 0xfd : 0xf3)
    else if (draw < 14) this.#operands('a', 0xff)
    else if (draw < 14.3) this.op(random.pick([0xfe, 0x0c, 0x21, 0xef]))
    else if (draw < 14.6) this.#badJump()
    else if (draw < 18) this.op(0x00)
    if (random.below(12) === 0) this.op(0x60 + random.below(32), ...randomBytes(random, random.below(5)))
  }

  /** Returns `code` from the end of this initcode. */
  deploy(code: readonly number[]): void {
    const at = this.bytes.length + 14
    this.op(0x61, code.length >> 8, code.length & 255, 0x80, 0x61, at >> 8, at & 255, 0x60, 0x00, 0x39)
    this.op(0x60, 0x00, 0xf3, 0x00, ...code)
  }

  returnZeros(size: number): void {
    this.push(size)
    this.push(0)
    this.op(0xf3)
  }

  // ---- operands -------------------------------------------------------------------------------------------------------

  /** Pushes operands (the first kind ends on top) and executes the opcode. */
  #operands(kinds: string, opcode: number): void {
    // Now and then an operand is what lies on the stack already.
    let spare = this.#height - this.#floor
    for (let i = kinds.length - 1; i >= 0; i--) {
      if (spare > 0 && this.#random.below(40) === 0) spare--
      else this.#operand(kinds[i]!)
    }
    this.op(opcode)
    this.#height -= kinds.length
  }

  #operand(kind: string): void {
    if (kind === 'a') this.#address()
    else if (kind === 'g') this.#gas()
    else this.push(this.#number(kind))
  }

  #number(kind: string): bigint | number {
    const random = this.#random
    switch (kind) {
      case 'o':
      case 'p':
        return offsetOf(random)
      case 'z':
        return sizeOf(random)
      case 'k':
        return random.below(20) === 0 ? wordOf(random) : random.below(4)
      case 'v':
        return random.below(4) === 0 ? wordOf(random) : random.below(3)
      case 'x':
        return random.below(3) ? 0 : random.below(8) ? random.below(4) : wordOf(random)
      case 'n':
        return random.below(4) ? 700 + random.below(310) : wordOf(random)
      case 'b':
        return random.below(4) ? random.below(34) : wordOf(random)
      case 'r':
        return random.below(3) ? random.below(3) * 16 : random.below(8) ? random.below(100) : wordOf(random)
      default:
        return wordOf(random)
    }
  }

  #address(): void {
    const { random, addresses } = this.#scene
    const draw = random.below(20)
    if (draw < 2) {
      this.op(random.pick([0x30, 0x32, 0x33, 0x41]))
      this.#height++
    } else if (draw === 2) this.push(((wordOf(random) << 160n) % (1n << 256n)) | BigInt(random.pick(addresses)))
    else if (draw === 3) this.push(random.pick(this.#scene.precompiles))
    else if (draw === 4) this.push(wordOf(random))
    else this.push(BigInt(random.pick(addresses)))
  }

  #gas(): void {
    const random = this.#random
    const draw = random.below(10)
    if (draw < 5) {
      this.op(0x5a)
      this.#height++
    } else if (draw < 8) this.push(random.below(60000))
    else this.push(draw === 8 ? random.below(3000) : wordOf(random))
  }

  // ---- statements -----------------------------------------------------------------------------------------------------

  #plain(): void {
    const random = this.#random
    if (random.below(10) === 0) {
      this.#stackOp(random.pick(MOVING))
      return
    }
    let op = random.pick(PLAIN)
    while (!this.#has(op.code)) op = random.pick(PLAIN)
    const kinds = OPERANDS[op.code] ?? 'w'.repeat(op.takes)
    this.#operands(kinds, op.code)
    this.#height += op.puts
    if (op.puts) this.#keep()
  }

  #stackOp({ code, takes, puts }: Op): void {
    const random = this.#random
    if (code >= 0x5f && code < 0x80) {
      this.push(wordOf(random))
      return
    }
    while (this.#height < takes && random.below(200)) this.push(wordOf(random))
    this.op(code)
    this.#height += puts - takes
  }

  /** Does something with the result on top. */
  #keep(): void {
    const random = this.#random
    const draw = random.below(8)
    if (draw < 4) this.#storeTop(0x52, random.below(5) * 32)
    else if (draw < 5) this.#storeTop(0x55, random.below(4))
    else if (draw < 6) {
      this.op(0x50)
      this.#height--
    }
  }

  #storeTop(opcode: number, at: number): void {
    this.push(at)
    this.op(opcode)
    this.#height -= 2
  }

  #call(): void {
    const code = this.#callCode()
    this.#operands(OPERANDS[code]!, code)
    this.#height++
    this.#keep()
    if (this.#random.below(4) === 0) this.#copyReturned()
  }

  /** RETURNDATACOPY of all there is, or of a part that may not be there. */
  #copyReturned(): void {
    if (!this.#has(0x3e)) return
    if (this.#random.below(4) === 0) {
      this.#operands('orr', 0x3e)
      return
    }
    this.op(0x3d, 0x60, this.#random.below(3) ? 0 : this.#random.below(3), 0x60, this.#random.below(70), 0x3e)
  }

  #store(): void {
    const transient = this.#random.below(3) === 0 && this.#has(0x5c)
    this.#operands('kv', transient ? 0x5d : 0x55)
    if (this.#random.below(3)) return
    this.#operands('k', transient ? 0x5c : 0x54)
    this.#height++
    this.#keep()
  }

  /** Writes an initcode to memory and creates from it, and perhaps calls what came of it. */
  #create(): void {
    const random = this.#random
    if (this.#depth > 1 || this.bytes.length > 600) {
      this.#plain()
      return
    }
    const code = initcode({ ...this.#scene }, this.#depth + 1)
    this.#write(code)
    const second = random.below(2) && this.#has(0xf5)
    if (second) this.push(random.below(3))
    this.push(code.length)
    this.push(0)
    this.#operand('x')
    this.op(second ? 0xf5 : 0xf0)
    this.#height -= second ? 3 : 2
    if (random.below(2)) {
      for (let i = 0; i < 5; i++) this.push(i === 4 && random.below(4) === 0 ? 1 : 0)
      this.op(0x85, 0x5a, random.pick([0xf1, 0xf2]))
      this.#height -= 4
      this.#keep()
    }
    this.#keep()
  }

  /** Bytes to memory from 0 on. */
  #write(bytes: readonly number[], at = 0): void {
    for (let i = 0; i < bytes.length; i += 32) {
      const chunk = bytes.slice(i, i + 32)
      this.op(0x7f, ...chunk, ...new Array<number>(32 - chunk.length).fill(0))
      this.#height++
      this.#storeTop(0x52, at + i)
    }
  }

  #precompile(): void {
    const { random, precompiles } = this.#scene
    const address = random.pick(precompiles)
    const input = precompileInput(random, address)
    if (input.length > 700) {
      this.#plain()
      return
    }
    this.#write(input)
    const code = this.#callCode()
    this.push(random.pick([0, 32, 64, 128]))
    this.push(random.below(3) * 32)
    this.push(input.length)
    this.push(0)
    if (code === 0xf1 || code === 0xf2) this.push(random.below(10) ? 0 : 1)
    this.push(address)
    if (random.below(6)) {
      this.op(0x5a)
      this.#height++
    } else this.#gas()
    this.op(code)
    this.#height -= OPERANDS[code]!.length - 1
    this.#keep()
    if (random.below(2) && this.#has(0x3d)) {
      this.op(0x3d)
      this.#height++
      this.#keep()
    }
  }

  /** Counts down from a small number; the body leaves the stack as it was, or nearly so. */
  #loop(): void {
    const random = this.#random
    this.push(1 + random.below(random.below(20) ? 5 : 100))
    const start = this.bytes.length
    this.op(0x5b)
    const [height, floor] = [this.#height, this.#floor]
    this.#floor = height
    for (let i = random.below(3); i >= 0; i--) this.#plain()
    if (this.#height > height) this.#drop(this.#height - height)
    this.#height = height - 1
    this.#floor = floor
    this.op(0x60, 1, 0x90, 0x03, 0x80, 0x61, start >> 8, start & 255, 0x57, 0x50)
  }

  #branch(): void {
    this.#operand('w')
    if (this.#random.below(2)) this.op(0x15)
    const at = this.bytes.length + 1
    this.op(0x61, 0, 0, 0x57)
    this.#height--
    const height = this.#height
    this.statement()
    if (this.#height > height) this.#drop(this.#height - height)
    this.#height = Math.min(height, this.#height)
    this.#land(at)
  }

  #skip(): void {
    const at = this.bytes.length + 1
    this.op(0x61, 0, 0, 0x56, ...randomBytes(this.#random, this.#random.below(8)))
    this.#land(at)
  }

  /** A JUMPDEST here, as the target of the PUSH2 whose operand is at `at`. */
  #land(at: number): void {
    this.bytes[at] = this.bytes.length >> 8
    this.bytes[at + 1] = this.bytes.length & 255
    this.op(0x5b)
  }

  #memory(): void {
    const random = this.#random
    const opcode = this.#has(0x5e) ? random.pick([0x37, 0x39, 0x5e, 0x3c, 0x20]) : random.pick([0x37, 0x39, 0x3c, 0x20])
    this.#operands(OPERANDS[opcode]!, opcode)
    if (opcode !== 0x20) return
    this.#height++
    this.#keep()
  }

  #endEarly(): void {
    this.ending()
    this.op(0x5b)
  }

  #badJump(): void {
    this.push(this.#random.below(2) ? this.#random.below(this.bytes.length + 8) : wordOf(this.#random))
    this.op(0x56)
    this.#height--
  }

  #shuffle(): void {
    const random = this.#random
    const depth = random.below(16)
    while (this.#height <= depth + 1 && random.below(200)) this.push(wordOf(random))
    this.op(random.pick([0x80, 0x90]) + depth)
  }

  #drop(count: number): void {
    this.op(...new Array<number>(count).fill(0x50))
    this.#height -= count
  }
}
