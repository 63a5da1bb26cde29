// The analyzer and the reference binder on code that means them harm: they end within their bounds, never throw, and what they make is a
// program whose every reference is in range.
import { describe, expect, it } from 'vitest'
import * as P from '../../assembly/parallel/program.ts'
import { bind } from '../../src/analysis/reference.ts'
import { CodeTemplates } from '../../src/analysis/template.ts'
import { random } from '../setup/random.ts'
import { stateOf } from './analysis-shapes.ts'

/** Numbers from 0 up to 1. */
function fractions(seed: number): () => number {
  const next = random(seed)
  return () => next(2 ** 32) / 2 ** 32
}

/** Opcodes that lead somewhere come more often than in plain noise, and small pushes. */
function likely(length: number, next: () => number): Uint8Array {
  const common = [
    0x5b, 0x56, 0x57, 0x54, 0x55, 0x51, 0x52, 0x20, 0x35, 0x37, 0x80, 0x81, 0x90, 0x01, 0x03, 0x10, 0x16, 0xf1,
  ]
  const code = new Uint8Array(length)
  for (let i = 0; i < length; i++) {
    const draw = next()
    if (draw < 0.35 && i + 2 < length) {
      code[i] = 0x61
      code[++i] = Math.floor((next() * length) / 256)
      code[++i] = Math.floor(next() * 256)
    } else code[i] = draw < 0.9 ? common[Math.floor(next() * common.length)]! : Math.floor(next() * 256)
  }
  return code
}

/** Throws where a reference of the program leads outside. */
function check(program: Uint32Array): void {
  const [magic, length, nodes = 0, blocks = 0, , first = 0, table = 0] = program
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(what)
  }
  demand(magic === P.PROGRAM_MAGIC && length === program.length, 'header')
  demand(length! <= P.MAX_PROGRAM_WORDS && nodes <= P.MAX_NODES && blocks <= P.MAX_BLOCKS, 'limits')
  for (let node = 0; node < nodes; node++) {
    const at = first + 4 * node
    const [op, a = 0, b = 0] = program.subarray(at, at + 4)
    if (op === 0x20) {
      for (const word of program.subarray(a, a + Math.ceil(b / 32))) demand(word < node, 'a word of a hash')
    } else if (op === P.NODE_CONST) demand(a + 8 <= length!, 'a constant')
    else if (op !== P.NODE_TABLE && op !== P.NODE_RETURN_WORD && op !== P.NODE_RETURN_LENGTH) {
      demand(node === 0 || Math.max(a, b) < node || op === P.NODE_PARAM, 'an operand')
    }
  }
  for (let block = 0; block < blocks; block++) checkBlock(program, program[table + block]!, nodes, blocks, demand)
}

function checkBlock(
  program: Uint32Array,
  from: number,
  nodes: number,
  blocks: number,
  demand: (holds: boolean, what: string) => void,
): void {
  const nodesAt = (at: number, count: number): void => {
    for (const node of program.subarray(at, at + count)) demand(node < nodes, 'a node')
  }
  for (let at = from; ; ) {
    demand(at < program.length, 'an instruction')
    const word = program[at]!
    const kind = word & 255
    if (kind === P.DO_SLOT || kind === P.DO_ACCOUNT) {
      nodesAt(at + 1, 1)
      at += 2
    } else if (kind === P.DO_CALL) {
      nodesAt(at + 1, 4)
      nodesAt(at + 7, program[at + 5]!)
      at += 7 + program[at + 5]! + 3 * program[at + 6]!
    } else if (kind === P.DO_FORGET) {
      nodesAt(at + 1, word >>> 8)
      at += 1 + (word >>> 8)
    } else {
      if (kind === P.DO_BRANCH) demand(Math.max(program[at + 2]!, program[at + 3]!) < blocks, 'a branch')
      else if (kind === P.DO_GOTO) {
        demand(program[at + 1]! < blocks, 'a goto')
        nodesAt(at + 2, 2 * (word >>> 8))
      } else demand(kind >= P.DO_RETURN && kind <= P.DO_FAIL, 'an end')
      return
    }
  }
}

const BOUNDS = { steps: 20_000, states: 2000, visits: 9, ms: 1000 }

function analyse(code: Uint8Array, selector: number): { steps: number; isPartial: boolean } {
  const templates = new CodeTemplates(code, BOUNDS)
  const template = templates.template(selector)
  check(template.program)
  const data = new Uint8Array(100)
  new DataView(data.buffer).setUint32(0, selector)
  const tx = { sender: 1n, to: 2n, value: 0n, data, env: new Map() }
  const state = { ...stateOf({ 2: { code } }), slot: (_: bigint, key: bigint) => key & 3n }
  const records = bind(tx, state, (_, asked) => templates.template(asked).program)
  expect(records.length).toBeLessThanOrEqual(8192)
  expect(template.steps).toBeLessThanOrEqual(BOUNDS.steps + 2001)
  return template
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

describe('hostile bytecode', () => {
  it.each([1, 2, 3, 4])('random bytes, seed %i', seed => {
    const next = fractions(seed)
    for (let round = 0; round < 40; round++) {
      analyse(
        Uint8Array.from({ length: Math.floor(next() * 4000) }, () => Math.floor(next() * 256)),
        Math.floor(next() * 2 ** 32),
      )
    }
  })

  it.each([11, 12, 13, 14])('bytes that are likely to lead somewhere, seed %i', seed => {
    const next = fractions(seed)
    for (let round = 0; round < 30; round++) analyse(likely(2000, next), Math.floor(next() * 2 ** 32))
  })

  it('nothing, and one byte of each kind', () => {
    analyse(new Uint8Array(), 1)
    for (let opcode = 0; opcode < 256; opcode++) analyse(Uint8Array.of(opcode), P.ANY_SELECTOR)
  })

  it('a loop without end', () => analyse(hex('5b600056'), 1))

  it('a loop without end that stores', () => analyse(hex('5b60015f5401805f5560005600'), 1))

  it('jumps to what calldata says', () => {
    expect(analyse(hex('5f355600'), 1).isPartial).toBe(true)
  })

  it('conditions one after another: 2^1000 ways', () => {
    const code = Array.from({ length: 1000 }, (_, i) => {
      const target = (i * 10 + 9).toString(16).padStart(4, '0')
      return `61${i.toString(16).padStart(4, '0')}3561${target}57${'58'}50${'5b'}`.padEnd(20, '5b')
    }).join('')
    analyse(hex(code), 1)
  })

  it('a stack that grows, calls to oneself, the largest code', () => {
    analyse(hex('5b5f5f56'.repeat(8)), 1)
    analyse(hex('5f5f5f5f5f305af1'.repeat(400)), P.ANY_SELECTOR)
    analyse(new Uint8Array(24_576).fill(0x5b), 1)
    analyse(new Uint8Array(24_576).fill(0x7f), 1)
    analyse(hex('5f54'.repeat(12_000)), 1)
  })
})
