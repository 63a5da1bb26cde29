// Transactions of a block that call the same and have their sender in common, or their first argument. They probably meet: a token
// moves twice from one holder, or to one. Three of four runs that do not hold, with eight workers on the mainnet blocks, are of these, which
// are one in six of the calls. Nothing depends on what is found but what is predicted.

import { hashAddress } from '../state/address.ts'
import { Tx } from '../transaction/tx.ts'

/** Where the first argument begins, and ends. */
const ARGUMENT: u32 = 4
const ARGUMENT_END: u32 = 36

const PLACES: u32 = 4096
// A place: key, the block in which it was seen, the last transaction that had it.
const BLOCK: usize = 8
const INDEX: usize = 12
const PLACE_SIZE: u32 = 16
export const REPEATS_SIZE: u32 = PLACES * PLACE_SIZE

export const NOBODY: u32 = 0xffffffff

let places: usize = 0
let block: u32 = 0

/** A block begins, whose number no other had; there are REPEATS_SIZE bytes at `at`, zeros before the first. */
export function openRepeats(at: usize, number: u32): void {
  places = at
  block = number
}

/** The last other transaction of the block that has kind and sender in common with this one; NOBODY: there is none. */
export function lastOfSender(index: u32, tag: u64, tx: Tx): u32 {
  return tx.senderKnown ? lastWith(tag ^ ((<u64>hashAddress(tx.sender) + 1) * 0xff51afd7ed558ccd), index) : NOBODY
}

/** The same for its first argument. */
export function lastOfArgument(index: u32, tag: u64, tx: Tx): u32 {
  if (tx.dataLength < ARGUMENT_END) return NOBODY
  const word = tx.data + ARGUMENT
  const high = load<u64>(word) ^ load<u64>(word, 8)
  return lastWith(tag ^ ((high ^ (load<u64>(word, 16) * 0x9e3779b97f4a7c15) ^ load<u64>(word, 24)) * 0xc4ceb9fe1a85ec53), index)
}

/** Of two keys for one place the later stays. */
function lastWith(key: u64, index: u32): u32 {
  const place = places + (<usize>((key * 0xd6e8feb86659fd93) >> 40) & (PLACES - 1)) * PLACE_SIZE
  const isSeen = load<u64>(place) == key && load<u32>(place, BLOCK) == block
  const last = isSeen ? load<u32>(place, INDEX) : NOBODY
  store<u64>(place, key)
  store<u32>(place, block, BLOCK)
  store<u32>(place, index, INDEX)
  return last == index ? NOBODY : last
}
