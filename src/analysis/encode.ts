// Writes what an analysis found as a template program: nodes that its blocks need, numbered anew, and the blocks (the format is
// assembly/parallel/program.ts). What goes beyond the limits of a program is open.
import {
  DO_ACCOUNT,
  DO_BRANCH,
  DO_CALL,
  DO_END,
  DO_FAIL,
  DO_FORGET,
  DO_GOTO,
  DO_OPEN,
  DO_RETURN,
  DO_SLOT,
  DO_SLOT_OF,
  MAX_NODES,
  MAX_PROGRAM_WORDS,
  NODE_CONST,
  NODE_RETURN_LENGTH,
  NODE_RETURN_WORD,
  NODE_TABLE,
  NODE_UNKNOWN,
  PROGRAM_HEADER,
  PROGRAM_MAGIC,
} from '../../assembly/parallel/program.ts'
import type { Block, CallSite, Ending, Instruction } from './abstract.ts'
import { type Expressions, OP, UNKNOWN } from './expression.ts'

/** A program that says nothing: one unknown word, one open block. */
const OPEN_PROGRAM: Uint32Array = Uint32Array.of(
  PROGRAM_MAGIC,
  14,
  1,
  1,
  0,
  8,
  12,
  0,
  NODE_UNKNOWN,
  0,
  0,
  0,
  13,
  DO_OPEN,
)

/** The program of the blocks; block 0 is the beginning. `sites` = calls that they make. */
export function encode(words: Expressions, blocks: readonly Block[], sites: number): Uint32Array {
  const nodes = neededNodes(words, blocks)
  const number = new Map(nodes.map((id, i) => [id, i]))
  const of = (id: number): number => number.get(id) ?? 0
  const out: number[] = new Array<number>(PROGRAM_HEADER + 4 * nodes.length + blocks.length).fill(0)
  for (const [i, id] of nodes.entries()) {
    const at = PROGRAM_HEADER + 4 * i
    const op = words.op[id]!
    out[at] = op
    if (op === NODE_CONST) {
      out[at + 1] = out.length
      const value = words.value(id)!
      for (let limb = 0n; limb < 8n; limb++) out.push(Number((value >> (32n * limb)) & 0xffffffffn))
    } else if (op === OP.KECCAK) {
      out[at + 1] = out.length
      out[at + 2] = words.b[id]!
      out.push(...words.list(id).map(of))
    } else if (op === NODE_TABLE) {
      out[at + 1] = out.length
      out[at + 2] = words.b[id]!
      out[at + 3] = of(words.c[id]!)
      out.push(...words.list(id).map(of))
    } else if (op === 0x3d || op === 0x3e) {
      out[at + 1] = words.a[id]!
      out[at + 2] = words.b[id]!
    } else {
      out[at + 1] = of(words.a[id]!)
      out[at + 2] = of(words.b[id]!)
      out[at + 3] = of(words.c[id]!)
    }
  }
  const table = PROGRAM_HEADER + 4 * nodes.length
  const dependents = new Dependents(words, nodes)
  for (const [i, block] of blocks.entries()) {
    out[table + i] = out.length
    const words = encodeBlock(block, dependents, of)
    // What does not fit is open.
    if (out.length + words.length + blocks.length - i > MAX_PROGRAM_WORDS) out.push(DO_OPEN)
    else out.push(...words)
  }
  if (out.length > MAX_PROGRAM_WORDS) return OPEN_PROGRAM
  out.splice(0, 7, PROGRAM_MAGIC, out.length, nodes.length, blocks.length, sites, PROGRAM_HEADER, table)
  return Uint32Array.from(out)
}

function encodeBlock(block: Block, dependents: Dependents, of: (id: number) => number): number[] {
  const out: number[] = []
  if (block.params) {
    const stale = dependents.of(block).map(of)
    out.push(DO_FORGET | (stale.length << 8), ...stale)
  }
  for (const instruction of block.instructions) pushInstruction(out, instruction, of)
  pushEnding(out, block.ending, of)
  return out
}

function pushInstruction(out: number[], instruction: Instruction, of: (id: number) => number): void {
  if (instruction.do === 'slot') {
    const { mode, key, address } = instruction
    if (address === undefined) out.push(DO_SLOT | (mode << 8), of(key))
    else out.push(DO_SLOT_OF | (mode << 8), of(address), of(key))
  } else if (instruction.do === 'account') {
    out.push(DO_ACCOUNT | (instruction.mode << 8) | (instruction.what << 16), of(instruction.address))
  } else {
    const { kind, site, target, value, inputLength, selector, args, copies } = instruction
    out.push(DO_CALL | (kind << 8) | (site << 16), of(target), of(value), of(inputLength), of(selector))
    out.push(args.length, copies.length, ...args.map(of))
    for (const { at, source, length } of copies) out.push(at, of(source), of(length))
  }
}

function pushEnding(out: number[], ending: Ending, of: (id: number) => number): void {
  if (ending.end === 'goto') {
    const args = (ending.args ?? []).map(of)
    out.push(DO_GOTO | ((args.length / 2) << 8), ending.block, ...args)
  }
  if (ending.end === 'branch') out.push(DO_BRANCH, of(ending.condition), ending.yes, ending.no)
  else if (ending.end === 'return') out.push(DO_RETURN, of(ending.length), ending.words.length, ...ending.words.map(of))
  else if (ending.end !== 'goto') out.push(ending.end === 'stop' ? DO_END : ending.end === 'open' ? DO_OPEN : DO_FAIL)
}

/** Numbers of the expressions that the blocks need, operands first; the unknown word is the first. */
function neededNodes(words: Expressions, blocks: readonly Block[]): number[] {
  const needed = new Set<number>([UNKNOWN])
  const open: number[] = []
  const need = (id: number): void => {
    if (needed.has(id)) return
    needed.add(id)
    open.push(id)
  }
  for (const { instructions, ending } of blocks) {
    for (const instruction of instructions) for (const id of operandsOf(instruction)) need(id)
    if (ending.end === 'branch') need(ending.condition)
    if (ending.end === 'goto') for (const id of ending.args ?? []) need(id)
    if (ending.end === 'return') for (const id of [ending.length, ...ending.words]) need(id)
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      for (const word of operandsOfNode(words, id)) need(word)
    }
  }
  return [...needed].sort((a, b) => a - b).slice(0, MAX_NODES)
}

/** The words that a word is made of. */
export function operandsOfNode(words: Expressions, id: number): readonly number[] {
  const op = words.op[id]!
  if (op === OP.KECCAK) return words.list(id)
  if (op === NODE_TABLE) return [...words.list(id), words.c[id]!]
  return op === NODE_CONST || op === 0x3d || op === 0x3e ? [] : [words.a[id]!, words.b[id]!, words.c[id]!]
}

/** Finds which of the nodes change when parameters do, or, in a loop, when a call is made again. */
class Dependents {
  readonly #users = new Map<number, number[]>()
  readonly #returns: number[] = []

  constructor(words: Expressions, nodes: readonly number[]) {
    for (const id of nodes) {
      if (words.op[id] === NODE_RETURN_WORD || words.op[id] === NODE_RETURN_LENGTH) this.#returns.push(id)
      for (const operand of operandsOfNode(words, id)) {
        const users = this.#users.get(operand)
        if (users) users.push(id)
        else if (words.op[operand] !== NODE_CONST) this.#users.set(operand, [id])
      }
    }
  }

  of({ params, isLoop }: Block): number[] {
    const found = new Set<number>(params)
    if (isLoop) for (const id of this.#returns) found.add(id)
    for (const id of found) for (const user of this.#users.get(id) ?? []) found.add(user)
    for (const param of params ?? []) found.delete(param)
    return [...found]
  }
}

/** The words of an instruction. */
export function operandsOf(instruction: Instruction): number[] {
  if (instruction.do === 'slot') {
    return instruction.address === undefined ? [instruction.key] : [instruction.address, instruction.key]
  }
  if (instruction.do === 'account') return [instruction.address]
  const { target, value, inputLength, selector, args, copies }: CallSite = instruction
  return [target, value, inputLength, selector, ...args, ...copies.flatMap(({ source, length }) => [source, length])]
}
