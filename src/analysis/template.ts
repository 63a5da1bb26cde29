// From what the abstract interpreter found to a template program (assembly/parallel/program.ts): ways that only revert fall away,
// branches whose sides do the same lose their condition, straight blocks are joined, and what is left is numbered and written.
import { ANY_SELECTOR, MAX_BLOCKS } from '../../assembly/parallel/program.ts'
import { type AbstractRun, type Block, type Bounds, type Ending, type Instruction, interpret } from './abstract.ts'
import { Bytecode } from './bytecode.ts'
import { encode, operandsOf, operandsOfNode } from './encode.ts'
import { type Expressions, UNKNOWN } from './expression.ts'

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
  const last = MAX_BLOCKS - 1
  const place = new Map(order.map((block, i) => [block, Math.min(i, last)]))
  return order.slice(0, MAX_BLOCKS).map((block, i) => {
    if (i === last && order.length > MAX_BLOCKS) return { instructions: [], ending: { end: 'open' } }
    const { ending } = blocks[block]!
    if (ending.end === 'goto') return { ...blocks[block]!, ending: { ...ending, block: place.get(ending.block)! } }
    if (ending.end !== 'branch') return blocks[block]!
    return { ...blocks[block]!, ending: { ...ending, yes: place.get(ending.yes)!, no: place.get(ending.no)! } }
  })
}
