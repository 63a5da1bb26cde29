// The uncles of a proof-of-work block (Yellow Paper 11.1): at most two, each a valid header whose parent is an ancestor two to seven
// generations before the block, none of them an ancestor or included before. Called by the import of chains.
import type { Hex } from '../types.ts'
import type { BlockException } from './exceptions.ts'
import { type Header, validateHeader } from './header.ts'
import type { ChainRules } from './schedule.ts'

const MAX_UNCLES = 2
/** Ancestors that count, the parent being the first: an uncle is at most six generations older than its block's. */
const GENERATIONS = 7

/** A block that has been imported, as far as uncles need it. */
export interface Ancestor {
  hash: Hex
  header: Header
  /** Hashes of its uncles. */
  uncles: readonly Hex[]
  parent?: Ancestor | undefined
}

/** An uncle and the hash of its header. */
export interface UncleHeader {
  hash: Hex
  header: Header
}

/** The first rule that the uncles of a block on `parent` break, or undefined. `rulesOf` answers for headers on any ancestor. */
export function validateUncles(
  uncles: readonly UncleHeader[],
  parent: Ancestor,
  rulesOf: (header: Header, parent: Ancestor) => ChainRules,
): BlockException | undefined {
  if (uncles.length > MAX_UNCLES) return 'TOO_MANY_UNCLES'
  if (uncles.length === 2 && uncles[0]!.hash === uncles[1]!.hash) return 'UNCLE_IS_BROTHER'
  const ancestors = lineOf(parent)
  const included = new Set([...ancestors.values()].flatMap(ancestor => ancestor.uncles))
  for (const { hash, header } of uncles) {
    if (included.has(hash)) return 'UNCLE_IN_CHAIN'
    if (ancestors.has(hash)) return 'UNCLE_IS_ANCESTOR'
    const before = ancestors.get(header.parentHash)
    if (!before || before === parent) return 'UNCLE_PARENT_INCORRECT'
    const wrong = validateHeader(header, before.header, rulesOf(header, before))
    if (wrong) return wrong
  }
  return undefined
}

/** The last seven ancestors by hash. */
function lineOf(parent: Ancestor): Map<Hex, Ancestor> {
  const line = new Map<Hex, Ancestor>()
  for (let at: Ancestor | undefined = parent; at && line.size < GENERATIONS; at = at.parent) line.set(at.hash, at)
  return line
}
