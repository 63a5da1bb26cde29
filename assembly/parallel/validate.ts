// Is a piece of memory a template program (program.ts)? Every offset, operand and count is looked at here once, so that the binder
// may trust them. Programs come from the analyzer and from whoever embeds the core: one that is not well formed is refused.

import {
  CALL_STATIC,
  DO_ACCOUNT,
  DO_BRANCH,
  DO_CALL,
  DO_END,
  DO_FAIL,
  DO_FORGET,
  DO_GOTO,
  DO_RETURN,
  DO_SLOT,
  DO_SLOT_OF,
  MAX_BLOCKS,
  MAX_NODES,
  MAX_PROGRAM_WORDS,
  MAX_SITES,
  NODE_CONST,
  NODE_PARAM,
  NODE_RETURN_LENGTH,
  NODE_RETURN_WORD,
  NODE_TABLE,
  NODE_UNKNOWN,
  PROGRAM_HEADER,
  PROGRAM_MAGIC,
  WHAT_NONCE,
} from './program.ts'

/** Longest message of a KECCAK node, in bytes. */
export const MAX_HASHED: u32 = 4096
/** Parameters that one GOTO may assign. */
export const MAX_ASSIGNED: u32 = 1024
/** Pieces of calldata that one call may copy. */
const MAX_COPIES: u32 = 64

const KECCAK: u32 = 0x20

let program: usize = 0
let length: u32 = 0
let nodes: u32 = 0
let nodeTable: u32 = 0
let blocks: u32 = 0
let blockTable: u32 = 0
let sites: u32 = 0

@inline
function word(at: u32): u32 {
  return load<u32>(program + ((<usize>at) << 2))
}

/** Do `count` words from `at` on lie in the program? */
@inline
function lies(at: u32, count: u32): bool {
  return at <= length && count <= length - at
}

/** Are the `words` words at `pointer` a well-formed program? They have to lie in memory. */
export function isProgram(pointer: usize, words: u32): bool {
  if (words < <u32>PROGRAM_HEADER || words > <u32>MAX_PROGRAM_WORDS) return false
  program = pointer
  length = words
  nodes = word(2)
  blocks = word(3)
  sites = word(4)
  nodeTable = word(5)
  blockTable = word(6)
  if (word(0) != <u32>PROGRAM_MAGIC || word(1) != words) return false
  if (nodes - 1 >= <u32>MAX_NODES || blocks - 1 >= <u32>MAX_BLOCKS || sites > <u32>MAX_SITES) return false
  if (!lies(nodeTable, nodes * 4) || !lies(blockTable, blocks)) return false
  return areNodes() && areBlocks()
}

// ---- nodes ------------------------------------------------------------------------------------------------------------------

function areNodes(): bool {
  if (word(nodeTable) != <u32>NODE_UNKNOWN) return false
  for (let node: u32 = 1; node < nodes; node++) {
    const at = nodeTable + node * 4
    if (!isNode(node, word(at), word(at + 1), word(at + 2), word(at + 3))) return false
  }
  return true
}

/** Operands have smaller numbers, so that every evaluation ends. */
function isNode(node: u32, op: u32, a: u32, b: u32, c: u32): bool {
  if (op > 0xff) return false
  if (op == <u32>NODE_CONST) return lies(a, 8)
  if (op == KECCAK) return b <= MAX_HASHED && isList(a, (b + 31) >> 5, node)
  if (op == <u32>NODE_TABLE) return b < <u32>MAX_NODES && c < node && isList(a, b, node)
  if (op == <u32>NODE_RETURN_WORD || op == <u32>NODE_RETURN_LENGTH) return a < sites
  return a < node && b < node && c < node
}

/** Does a list of `count` nodes below `limit` stand at `at`? */
function isList(at: u32, count: u32, limit: u32): bool {
  if (!lies(at, count)) return false
  for (let i: u32 = 0; i < count; i++) if (word(at + i) >= limit) return false
  return true
}

// ---- blocks -----------------------------------------------------------------------------------------------------------------

/** Blocks stand one after the other, so that looking at them takes no longer than the program is long. */
function areBlocks(): bool {
  let end: u32 = PROGRAM_HEADER
  for (let block: u32 = 0; block < blocks; block++) {
    const at = word(blockTable + block)
    if (at < end) return false
    end = blockEnd(at)
    if (!end) return false
  }
  return true
}

/** Where the block at `at` ends; 0 when it is malformed. */
function blockEnd(at: u32): u32 {
  while (lies(at, 1)) {
    const first = word(at)
    const kind = first & 255
    const size = instructionSize(at, first, kind)
    if (!size) return 0
    at += size
    if (kind == DO_BRANCH || kind == DO_GOTO || (kind >= <u32>DO_RETURN && kind <= <u32>DO_FAIL)) return at
  }
  return 0
}

/** Words of a well-formed instruction, 0 for any other. */
function instructionSize(at: u32, first: u32, kind: u32): u32 {
  switch (kind) {
    case DO_SLOT:
      return isList(at + 1, 1, nodes) ? 2 : 0
    case DO_SLOT_OF:
      return isList(at + 1, 2, nodes) ? 3 : 0
    case DO_ACCOUNT:
      return first >> 16 <= <u32>WHAT_NONCE && isList(at + 1, 1, nodes) ? 2 : 0
    case DO_CALL:
      return callSize(at, first)
    case DO_BRANCH:
      return isList(at + 1, 1, nodes) && isList(at + 2, 2, blocks) ? 4 : 0
    case DO_GOTO:
      return isList(at + 1, 1, blocks) ? gotoSize(at, first >> 8) : 0
    case DO_RETURN:
      return isList(at + 1, 1, nodes) && lies(at + 2, 1) && isList(at + 3, word(at + 2), nodes) ? 3 + word(at + 2) : 0
    case DO_FORGET:
      return isList(at + 1, first >> 8, nodes) ? 1 + (first >> 8) : 0
    default:
      return kind >= <u32>DO_END && kind <= <u32>DO_FAIL ? 1 : 0
  }
}

function gotoSize(at: u32, pairs: u32): u32 {
  if (pairs > MAX_ASSIGNED || !isList(at + 2, pairs * 2, nodes)) return 0
  for (let i: u32 = 0; i < pairs; i++) {
    if (word(nodeTable + word(at + 2 + 2 * i) * 4) != <u32>NODE_PARAM) return 0
  }
  return 2 + 2 * pairs
}

function callSize(at: u32, first: u32): u32 {
  if (((first >> 8) & 255) > <u32>CALL_STATIC || first >> 16 >= sites) return 0
  if (!isList(at + 1, 4, nodes) || !lies(at + 5, 2)) return 0
  const words = word(at + 5)
  const copies = word(at + 6)
  if (words > <u32>MAX_NODES || copies > MAX_COPIES || !isList(at + 7, words, nodes)) return 0
  const from = at + 7 + words
  if (!lies(from, copies * 3)) return 0
  for (let i: u32 = 0; i < copies; i++) if (!isList(from + 3 * i + 1, 2, nodes)) return 0
  return 7 + words + 3 * copies
}
