// From what the abstract interpreter found to a template program (assembly/parallel/program.ts): ways that only revert fall away,
// branches whose sides do the same lose their condition, straight blocks are joined, and what is left is numbered and written.
import {
  ANY_SELECTOR,
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
  MAX_NODES,
  NODE_CONST,
  NODE_RETURN_LENGTH,
  NODE_RETURN_WORD,
  NODE_TABLE,
  PROGRAM_HEADER,
  PROGRAM_MAGIC,
} from '../../assembly/parallel/program.ts'
import {
  type AbstractRun,
  type Block,
  type Bounds,
  type CallSite,
  type Ending,
  type Instruction,
  interpret,
} from './abstract.ts'
import { Bytecode } from './bytecode.ts'
import { type Expressions, OP, UNKNOWN } from './expression.ts'

/** A program and what making it took. */
export interface Template {
  program: Uint32Array
  /** A bound ended the analysis before all was seen. */
  isPartial: boolean
  steps: number
  ms: number
}

/** Templates of one code, made when asked for and kept. */
export class CodeTemplates {
  readonly bytecode: Bytecode
  readonly #made = new Map<number, Template>()
  readonly #bounds: Bounds | undefined

  constructor(code: Uint8Array, bounds?: Bounds) {
    this.bytecode = new Bytecode(code)
    this.#bounds = bounds
  }

  /** The template of a selector; selectors that the code cannot know share that of ANY_SELECTOR. */
  template(selector: number): Template {
    const key = selector !== ANY_SELECTOR && this.bytecode.mentions(selector) ? selector : ANY_SELECTOR
    let made = this.#made.get(key)
    if (!made) {
      made = makeTemplate(this.bytecode, key, this.#bounds)
      this.#made.set(key, made)
    }
    return made
  }

  /** All that were made. */
  get made(): ReadonlyMap<number, Template> {
    return this.#made
  }
}

/** Analyses one selector of a code. */
export function makeTemplate(code: Bytecode, selector: number, bounds?: Bounds): Template {
  const start = performance.now()
  const run = interpret(code, selector === ANY_SELECTOR ? -1 : selector, bounds)
  const program = encode(run.words, simplify(run.words, run.blocks), run.sites)
  return { program, isPartial: run.isPartial, steps: run.steps, ms: performance.now() - start }
}

// ---- simplification ---------------------------------------------------------------------------------------------------------

/** The blocks that matter, numbered anew from 0, the beginning. */
function simplify(words: Expressions, all: AbstractRun['blocks']): Block[] {
  const blocks: Block[] = all.map(block => ({ ...block }))
  dropFailing(blocks)
  dropUnusedParams(words, blocks)
  for (let pass = 0; pass < 3; pass++) {
    joinChains(blocks)
    if (!mergeEqual(blocks)) break
  }
  return renumber(blocks)
}

function dropFailing(blocks: Block[]): void {
  const fails = blocks.map(({ ending }) => ending.end === 'fail')
  for (let changed = true; changed; ) {
    changed = false
    for (let i = blocks.length - 1; i >= 0; i--) {
      if (fails[i]) continue
      const { ending } = blocks[i]!
      const failsNow =
        ending.end === 'goto'
          ? fails[ending.block]
          : ending.end === 'branch'
            ? fails[ending.yes] && fails[ending.no]
            : false
      if (failsNow) {
        fails[i] = true
        changed = true
      }
    }
  }
  for (const [i, block] of blocks.entries()) {
    const { ending } = block
    if (fails[i] && i > 0) blocks[i] = { instructions: [], ending: { end: 'fail' } }
    else if (ending.end === 'branch' && fails[ending.yes]) block.ending = { end: 'goto', block: ending.no }
    else if (ending.end === 'branch' && fails[ending.no]) block.ending = { end: 'goto', block: ending.yes }
  }
}

/** Parameters that no access, condition or result depends on go, and with them what is passed for them. */
function dropUnusedParams(words: Expressions, blocks: Block[]): void {
  const passed = new Map<number, number[]>()
  const needed = new Set<number>()
  for (const i of reachable(blocks)) {
    const { instructions, ending } = blocks[i]!
    for (const instruction of instructions) for (const id of operandsOf(instruction)) needed.add(id)
    if (ending.end === 'branch') needed.add(ending.condition)
    if (ending.end === 'return') for (const id of [ending.length, ...ending.words]) needed.add(id)
    if (ending.end !== 'goto' || !ending.args) continue
    for (let k = 0; k < ending.args.length; k += 2) {
      const param = ending.args[k]!
      const known = passed.get(param)
      if (known) known.push(ending.args[k + 1]!)
      else passed.set(param, [ending.args[k + 1]!])
    }
  }
  for (const id of needed) {
    for (const operand of operandsOfNode(words, id)) needed.add(operand)
    for (const word of passed.get(id) ?? []) needed.add(word)
  }
  for (const [i, block] of blocks.entries()) {
    const { ending, params } = block
    if (ending.end === 'goto' && ending.args) {
      const args = ending.args.filter((_, k, all) => needed.has(all[k & ~1]!))
      block.ending = args.length > 0 ? { ...ending, args } : { end: 'goto', block: ending.block }
    }
    if (!params) continue
    const kept = params.filter(param => needed.has(param))
    const { params: _, ...rest } = block
    blocks[i] = kept.length > 0 ? { ...rest, params: kept } : rest
  }
}

function targets(ending: Ending): number[] {
  if (ending.end === 'goto') return [ending.block]
  return ending.end === 'branch' ? [ending.yes, ending.no] : []
}

/** Blocks with one way in are put at the end of the block before; gotos to empty blocks lead where those lead. */
function joinChains(blocks: Block[]): void {
  const reached = reachable(blocks)
  const entries = new Uint32Array(blocks.length)
  entries[0] = 1
  for (const i of reached) for (const to of targets(blocks[i]!.ending)) entries[to]!++
  const skip = (start: number): number => {
    let at = start
    for (let turns = 0; turns < 100; turns++) {
      const { instructions, ending } = blocks[at]!
      if (instructions.length > 0 || ending.end !== 'goto' || ending.args) return at
      at = ending.block
    }
    return at
  }
  for (const i of reached) {
    const block = blocks[i]!
    for (let turns = 0; turns < 4096; turns++) {
      const { ending } = block
      if (ending.end === 'branch') {
        const [yes, no] = [skip(ending.yes), skip(ending.no)]
        block.ending = yes === no ? { end: 'goto', block: yes } : { ...ending, yes, no }
        if (yes !== no) break
      } else if (ending.end === 'goto' && !ending.args) {
        const to = skip(ending.block)
        const next = blocks[to]!
        if (
          to === i ||
          next.params ||
          (entries[to] !== 1 && (next.instructions.length > 0 || targets(next.ending).length > 0))
        ) {
          block.ending = { end: 'goto', block: to }
          break
        }
        block.instructions = block.instructions.concat(next.instructions)
        block.ending = next.ending
      } else break
    }
    block.instructions = withoutRepeats(block.instructions)
  }
}

function withoutRepeats(instructions: Instruction[]): Instruction[] {
  const seen = new Set<string>()
  return instructions.filter(each => {
    if (each.do === 'call') return true
    const key = each.do === 'slot' ? `s${each.mode},${each.key}` : `a${each.mode},${each.what},${each.address}`
    if (seen.has(key)) return false
    seen.add(key)
    // Where the key is not known there is nothing to bind.
    return each.do === 'slot' ? each.key !== UNKNOWN : each.address !== UNKNOWN
  })
}

/** Blocks with the same contents become one. Returns whether there were any. */
function mergeEqual(blocks: Block[]): boolean {
  const first = new Map<string, number>()
  const same = Uint32Array.from(blocks, (_, i) => i)
  let merged = false
  const reached = reachable(blocks)
  for (const i of reached.toReversed()) {
    const { instructions, ending, params } = blocks[i]!
    if (params || i === 0) continue
    const key = `${instructions.map(instructionKey).join(';')}|${endingKey(ending)}`
    same[i] = first.get(key) ?? i
    if (same[i] === i) first.set(key, i)
    else merged = true
  }
  for (const i of reached) {
    const block = blocks[i]!
    const { ending } = block
    if (ending.end === 'goto') block.ending = { ...ending, block: same[ending.block]! }
    else if (ending.end === 'branch') {
      const [yes, no] = [same[ending.yes]!, same[ending.no]!]
      block.ending = yes === no ? { end: 'goto', block: yes } : { ...ending, yes, no }
    }
  }
  return merged
}

function instructionKey(instruction: Instruction): string {
  if (instruction.do === 'call') return `c${instruction.site}`
  return instruction.do === 'slot'
    ? `s${instruction.mode},${instruction.key}`
    : `a${instruction.mode},${instruction.what},${instruction.address}`
}

function endingKey(ending: Ending): string {
  if (ending.end === 'goto') return `g${ending.block}:${ending.args?.join() ?? ''}`
  if (ending.end === 'branch') return `b${ending.condition},${ending.yes},${ending.no}`
  return ending.end === 'return' ? `r${ending.length},${ending.words.join()}` : ending.end
}

function reachable(blocks: readonly Block[]): number[] {
  const seen = new Set([0])
  for (const i of seen) for (const to of targets(blocks[i]!.ending)) seen.add(to)
  return [...seen]
}

function renumber(blocks: Block[]): Block[] {
  const order = reachable(blocks)
  const place = new Map(order.map((block, i) => [block, i]))
  return order.map(i => {
    const block = blocks[i]!
    const { ending } = block
    if (ending.end === 'goto') return { ...block, ending: { ...ending, block: place.get(ending.block)! } }
    if (ending.end === 'branch') {
      return { ...block, ending: { ...ending, yes: place.get(ending.yes)!, no: place.get(ending.no)! } }
    }
    return block
  })
}

// ---- encoding -----------------------------------------------------------------------------------------------------------------

function encode(words: Expressions, blocks: readonly Block[], sites: number): Uint32Array {
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
    if (block.params) {
      const stale = dependents.of(block).map(of)
      out.push(DO_FORGET | (stale.length << 8), ...stale)
    }
    for (const instruction of block.instructions) pushInstruction(out, instruction, of)
    pushEnding(out, block.ending, of)
  }
  out.splice(0, 7, PROGRAM_MAGIC, out.length, nodes.length, blocks.length, sites, PROGRAM_HEADER, table)
  return Uint32Array.from(out)
}

function pushInstruction(out: number[], instruction: Instruction, of: (id: number) => number): void {
  if (instruction.do === 'slot') out.push(DO_SLOT | (instruction.mode << 8), of(instruction.key))
  else if (instruction.do === 'account') {
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

function operandsOfNode(words: Expressions, id: number): readonly number[] {
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

function operandsOf(instruction: Instruction): number[] {
  if (instruction.do === 'slot') return [instruction.key]
  if (instruction.do === 'account') return [instruction.address]
  const { target, value, inputLength, selector, args, copies }: CallSite = instruction
  return [target, value, inputLength, selector, ...args, ...copies.flatMap(({ source, length }) => [source, length])]
}
