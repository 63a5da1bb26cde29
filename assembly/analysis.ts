// Basic blocks of a code and what each needs before it may run: gas, stack, room. With them the interpreter asks once per block
// what it would otherwise ask before every opcode.
//
// A block begins at the start, at a JUMPDEST, and behind an opcode that jumps, ends the frame, or lets gas be seen: GAS, SSTORE
// (EIP-2200's stipend rule), calls and creations. So whenever gas can be observed, what the block has paid is what was executed.
//
//   analysis:  │ blocks u32 │ 12 bytes │ map: one entry per 64 bytes of code, and one more │ needs: one u64 per block, one more │
//   map entry: │ bit i: a block begins at byte i, u64 │ number of blocks before, u32 │ 4 bytes │
//   needs:     bits 0–31 base gas of the block │ 32–47 bytes the stack must hold │ 48–63 bytes by which it grows at most
//
// Blocks and map depend on the code alone, needs on the fork's check table. A block with an opcode that the fork does not have
// needs more stack than there is: the interpreter then goes through it opcode by opcode (which gives the exact end).

import { Buffer, bufferAt } from './arena.ts'
import { UNDEFINED_NEED, checks } from './env.ts'

const HEADER: usize = 16
const MAP_ENTRY: usize = 16
const JUMPDEST: u32 = 0x5b
const INVALID: u32 = 0xfe
const IMPOSSIBLE: u64 = 0xffff

// One bit per opcode byte: a block ends behind it. STOP · SSTORE JUMP JUMPI GAS · CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2
// STATICCALL REVERT INVALID SELFDESTRUCT
const ENDS_BLOCK = memory.data<u64>([0x0000000000000001, 0x0000000004e00000, 0, 0xe43f000000000000])

/** Bytes of an analysis with `blocks` blocks. */
@inline
function analysisSize(length: u32, blocks: u32): u32 {
  return <u32>(HEADER + ((<usize>length >> 6) + 1) * MAP_ENTRY + (<usize>blocks + 1) * 8)
}

/** The map of an analysis. */
@inline
export function blockMap(analysis: usize): usize {
  return analysis + HEADER
}

/** What the first block needs; those of the next ones follow. */
@inline
export function blockNeeds(analysis: usize, length: u32): usize {
  return analysis + HEADER + ((<usize>length >> 6) + 1) * MAP_ENTRY
}

/** Analyses a code into a buffer of the arena and returns the bytes written there; take them away with takeAnalysis. */
export function analyze(code: usize, length: u32): u32 {
  const entries = (<usize>length >> 6) + 1
  const needs = bufferAt(24)
  const map = bufferAt(25)
  needs.length = 0
  map.length = 0
  if (!map.ensure(<u64>entries * MAP_ENTRY) || !needs.ensure((<u64>length + 2) * 8)) return 0
  map.length = <u32>(entries * MAP_ENTRY)
  memory.fill(map.ptr, 0, map.length)
  walk(code, length, map.ptr, needs)
  return analysisSize(length, needs.length / 8 - 1)
}

/** Moves the analysis just made to its place. */
export function takeAnalysis(to: usize, length: u32): void {
  const needs = bufferAt(24)
  const map = bufferAt(25)
  store<u32>(to, needs.length / 8 - 1)
  memory.copy(blockMap(to), map.ptr, map.length)
  memory.copy(blockNeeds(to, length), needs.ptr, needs.length)
}

/** One pass over the code: block starts into the map, sums into `needs`, and a block that needs nothing behind the end. */
function walk(code: usize, length: u32, map: usize, needs: Buffer): void {
  const table = checks()
  let out = needs.ptr
  let blocks: u32 = 0
  let ended = true
  let gas: u64 = 0
  let height: i32 = 0
  let need: i32 = 0
  let peak: i32 = 0
  let at: u32 = 0
  let mapped: u32 = 0
  while (at < length) {
    const opcode = <u32>load<u8>(code + at)
    if (ended || opcode == JUMPDEST) {
      if (blocks) {
        store<u64>(out, blockNeed(gas, need, peak))
        out += 8
      }
      gas = 0
      height = 0
      need = 0
      peak = 0
      for (; mapped <= at >> 6; mapped++) store<u32>(map + <usize>mapped * MAP_ENTRY, blocks, 8)
      const bits = map + (<usize>at >> 6) * MAP_ENTRY
      store<u64>(bits, load<u64>(bits) | ((<u64>1) << (at & 63)))
      blocks++
    }
    const check = load<u64>(table + ((<usize>opcode) << 3))
    const takes = <i32>((check >> 16) & 0xffff)
    gas += check & 0xffff
    need = max(need, takes == <i32>UNDEFINED_NEED && opcode != INVALID ? <i32>UNDEFINED_NEED : takes - height)
    height += <i32>(<i64>check >> 48)
    peak = max(peak, height)
    ended = ((load<u64>(ENDS_BLOCK + ((opcode >> 6) << 3)) >> (opcode & 63)) & 1) != 0
    at += opcode - 0x60 < 32 ? opcode - 0x5e : 1
  }
  for (; mapped <= length >> 6; mapped++) store<u32>(map + <usize>mapped * MAP_ENTRY, blocks, 8)
  if (blocks) store<u64>(out, blockNeed(gas, need, peak))
  store<u64>(out, 0, 8)
  needs.length = (max<u32>(blocks, 1) + 1) * 8
}

function blockNeed(gas: u64, need: i32, peak: i32): u64 {
  if (need > 32768 || peak > 32768 || gas > u32.MAX_VALUE) return IMPOSSIBLE << 32
  return gas | ((<u64>need) << 32) | ((<u64>peak) << 48)
}
