// Frames of a transaction that is being bound: a template program, the words of its nodes so far, and who called it. They lie one
// behind the other in one region and stay until the transaction is done, since a caller's and a callee's words are evaluated when
// somebody asks for them.

import { bufferAt } from '../arena.ts'
import { PLACES_SIZE } from './records.ts'

/** Room for the frames of one transaction: a usual one takes 10 KB. Where it ends, calls are not followed. */
const REGION_SIZE: u32 = 4194304

/** Not evaluated yet; known; cannot be known; the digest of a memo entry, whose number stands in the word. Above these two bits of a
 * state: the rounds that the word took (evaluate.ts). */
export const FRESH: u32 = 0
export const KNOWN: u32 = 1
export const NOTHING: u32 = 2
export const WAITING: u32 = 3
export const STATE: u32 = 3
export const ROUNDS_SHIFT: u32 = 2

@unmanaged
export class BoundFrame {
  /** First word of its program, and its node 0. */
  program: usize
  nodes: usize
  /** A byte (FRESH, …) and a word per node. */
  states: usize
  values: usize
  /** The frame that each call site made last, 0 = none. */
  callees: usize
  /** Who called it, 0 = the transaction; and the CALL instruction there. */
  caller: usize
  call: usize
  /** Its first RETURN instruction that was reached, 0 = none. */
  returned: usize
  /** Per block how often its condition was not decided (u8), and blocks still to be executed (u32). */
  undecided: usize
  open: usize
  /** The value is known. */
  hasValue: u32
  /** Rounds that its addresses and its value took. */
  rounds: u32
  /** Index + 1 in the store of the account whose storage it uses. */
  account: u32
  self0: u64
  self1: u64
  self2: u64
  self3: u64
  sender0: u64
  sender1: u64
  sender2: u64
  sender3: u64
  value0: u64
  value1: u64
  value2: u64
  value3: u64

  /** Storage address, as a word. */
  @inline
  get self(): usize {
    return changetype<usize>(this) + offsetof<BoundFrame>('self0')
  }
  @inline
  get sender(): usize {
    return changetype<usize>(this) + offsetof<BoundFrame>('sender0')
  }
  @inline
  get value(): usize {
    return changetype<usize>(this) + offsetof<BoundFrame>('value0')
  }
}

let region: usize = 0
let top: usize = 0

/** Makes the region ready; the address of the table for records.ts, 0 when memory is exhausted. */
export function initFrameRegion(): usize {
  const buffer = bufferAt(45)
  if (!buffer.ensure(PLACES_SIZE + REGION_SIZE)) return 0
  region = buffer.ptr + PLACES_SIZE
  top = region
  return buffer.ptr
}

/** The frames of the last transaction are gone. */
@inline
export function dropFrames(): void {
  top = region
}

/** A piece of the region, with any content, 16-byte aligned; 0 when it is full. Given back with giveBack(), the last first. */
export function take(bytes: u32): usize {
  const at = top
  const size = (bytes + 15) & ~15
  if (<usize>size > region + REGION_SIZE - at) return 0
  top = at + size
  return at
}

@inline
export function giveBack(piece: usize): void {
  top = piece
}

/** A frame for the program at `program`; 0 when the region is full. The caller fills in who called whom. */
export function openBoundFrame(program: usize): BoundFrame {
  const nodes = load<u32>(program, 8)
  const blocks = load<u32>(program, 12)
  const sites = load<u32>(program, 16)
  const cleared = ((sites * 4 + nodes + blocks + 7) & ~7) as u32
  const at = take(offsetof<BoundFrame>() + cleared + blocks * 4 + nodes * 32 + 16)
  const frame = changetype<BoundFrame>(at)
  if (!at) return frame
  frame.program = program
  frame.nodes = program + (load<u32>(program, 20) << 2)
  frame.callees = at + offsetof<BoundFrame>()
  frame.states = frame.callees + sites * 4
  frame.undecided = frame.states + nodes
  frame.open = frame.callees + cleared
  frame.values = (frame.open + blocks * 4 + 15) & ~15
  frame.returned = 0
  memory.fill(frame.callees, 0, cleared)
  return frame
}
