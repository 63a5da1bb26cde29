// The conflict graph of the predicted accesses, in one pass in index order: an edge i → j where j needs what i was the last to write.
// Values that are only added to need nobody; who needs such a value exactly waits for everybody who adds to it. From the edges
// follow colours (levels in that order), and each transaction's bottom level, the time of the longest way from it to the end.
//
//   predictions → table of objects → edges, by target → successors, by source → colours, bottom levels

import { Buffer, bufferAt, exhausted } from '../arena.ts'
import { findAccount } from '../state/store.ts'
import { txAt } from '../transaction/tx.ts'
import { control, CRITICAL_TIME, TOTAL_TIME, COLOUR_COUNT, EDGE_COUNT, SUCCESSORS } from './control.ts'
import {
  TX_BOTTOM,
  TX_COLOUR,
  TX_KIND,
  TX_MARK,
  TX_PREDECESSORS,
  TX_PREDICTED,
  TX_SUCCESSORS,
  TX_SUCCESSORS_END,
  TX_TIME,
  txState,
} from './control.ts'
import { BY_ARGUMENT, BY_SENDER, isGoodGuess, noteGuess } from './kinds.ts'
import { NOBODY, lastOfArgument, lastOfSender, namesParty, openParties } from './parties.ts'
import { isPredicted } from './templates.ts'
import { MODE_DELTA, MODE_READ, MODE_WRITE, WHAT_NONCE, WHAT_SLOT } from './program.ts'
import { ACCESS_KEY, ACCESS_MODE, ACCESS_RECORD, ACCESS_WHAT, MODE_MAYBE } from './records.ts'

// An object that transactions may meet at: its first record + 1 (offset in the predictions), the last writer + 1, the newest
// addition since (an entry of the chain, + 1).
const OBJECT: usize = 0
const WRITER: usize = 4
const ADDITIONS: usize = 8
const OBJECT_SIZE: u32 = 16
const EDGE_SIZE: u32 = 8
/** An entry of the chain of additions: transaction, entry before it. */
const LINK_SIZE: u32 = 8
/** Additions to one value that a reader waits for: the newest. */
const MAX_ADDITIONS: u32 = 64
/** What is no address has to have been right so many times more often than wrong. */
const SHOWN: i16 = 2

let objects: usize = 0
let mask: u32 = 0
let edges: Buffer = changetype<Buffer>(0)
let chain: Buffer = changetype<Buffer>(0)

/**
 * Makes the graph of `count` transactions, whose predictions lie in `predictions`; `guesses`: where there is none, by whom the calls
 * concern (parties.ts). False: memory is exhausted.
 */
export function makeGraph(count: u32, predictions: Buffer, guesses: bool): bool {
  edges = bufferAt(37)
  edges.length = 0
  chain = bufferAt(49)
  chain.length = 0
  if (guesses && !openParties(count)) return false
  if ((guesses || predictions.length) && !findEdges(count, predictions, guesses)) return false
  if (!sortEdges(count)) return false
  measure(count)
  return !exhausted
}

// ---- edges ----------------------------------------------------------------------------------------------------------------

function findEdges(count: u32, predictions: Buffer, guesses: bool): bool {
  const records = predictions.length / ACCESS_RECORD
  let capacity: u32 = 256
  while (capacity < records * 2) capacity *= 2
  const table = bufferAt(39)
  if (!table.ensure(<u64>capacity * OBJECT_SIZE)) return false
  objects = table.ptr
  mask = capacity - 1
  memory.fill(objects, 0, capacity * OBJECT_SIZE)
  const exact = someBalanceIsRead(predictions)
  for (let j: u32 = 0; j < count && !exhausted; j++) {
    const end = j + 1 < count ? load<u32>(txState(j + 1), TX_PREDICTED) : predictions.length
    for (let at = load<u32>(txState(j), TX_PREDICTED); at < end; at += ACCESS_RECORD) {
      const mode = load<u32>(predictions.ptr + at, ACCESS_MODE)
      const what = load<u32>(predictions.ptr + at, ACCESS_WHAT) & 255
      // Nonces are checked as predicates, and what may never happen is not worth waiting for.
      if (what == WHAT_NONCE || mode & MODE_MAYBE) continue
      if (what != WHAT_SLOT && mode == MODE_DELTA && !exact) continue
      access(j, mode, objectOf(predictions.ptr, at))
    }
    if (guesses) guess(j)
  }
  return !exhausted
}

/** A call waits for those before it that concern the same. */
function guess(j: u32): void {
  const tx = txAt(j)
  // Data that goes to nobody's code meets nothing; where the account is not known it may be code.
  if (!tx.dataLength || (!load<u32>(txState(j), TX_KIND) && findAccount(tx.to))) return
  guessEdge(lastOfSender(j, tx), j, BY_SENDER, 0)
  guessEdge(lastOfArgument(j, tx), j, BY_ARGUMENT, namesParty(tx) ? 0 : SHOWN)
}

/** Where both were predicted it is known whether they meet; elsewhere it counts how often such a guess was right. */
function guessEdge(from: u32, to: u32, reason: usize, least: i16): void {
  if (from == NOBODY) return
  if (isPredicted(from) && isPredicted(to)) noteGuess(to, reason, load<u32>(txState(from), TX_MARK) == to)
  else if (isGoodGuess(to, reason, least)) addEdge(from, to)
}

/** Does some transaction need a balance exactly? If not, nobody waits for additions, and they need not be looked at. */
function someBalanceIsRead(predictions: Buffer): bool {
  for (let at: u32 = 0; at < predictions.length; at += ACCESS_RECORD) {
    const record = predictions.ptr + at
    const what = load<u32>(record, ACCESS_WHAT) & 255
    if (what != WHAT_SLOT && what != WHAT_NONCE && load<u32>(record, ACCESS_MODE) & (MODE_READ | MODE_WRITE))
      return true
  }
  return false
}

function access(j: u32, mode: u32, object: usize): void {
  const writer = load<u32>(object, WRITER)
  // A write reads too: the price of SSTORE depends on the value before it (EIP-2200).
  if (mode & (MODE_READ | MODE_WRITE)) {
    if (writer) addEdge(writer - 1, j)
    let link = load<u32>(object, ADDITIONS)
    for (let n: u32 = 0; link && n < MAX_ADDITIONS; n++) {
      const entry = chain.ptr + (link - 1) * LINK_SIZE
      addEdge(load<u32>(entry), j)
      link = load<u32>(entry, 4)
    }
  }
  if (mode & MODE_WRITE) {
    store<u32>(object, j + 1, WRITER)
    store<u32>(object, 0, ADDITIONS)
  } else if (mode & MODE_DELTA && writer != j + 1) {
    const entry = chain.push(LINK_SIZE)
    store<u32>(entry, j)
    store<u32>(entry, load<u32>(object, ADDITIONS), 4)
    store<u32>(object, chain.length / LINK_SIZE, ADDITIONS)
  }
}

/** Adds an edge, unless it is there: those of one target come one after the other. */
function addEdge(from: u32, to: u32): void {
  const source = txState(from)
  if (from == to || load<u32>(source, TX_MARK) == to) return
  store<u32>(source, to, TX_MARK) // `to` is never 0
  const edge = edges.push(EDGE_SIZE)
  store<u32>(edge, from)
  store<u32>(edge, to, 4)
}

/** The object of the record at an offset, found by address, key and kind. */
function objectOf(base: usize, at: u32): usize {
  const record = base + at
  let slot = hashRecord(record) & mask
  while (true) {
    const object = objects + slot * OBJECT_SIZE
    const first = load<u32>(object, OBJECT)
    if (!first) {
      store<u32>(object, at + 1, OBJECT)
      return object
    }
    if (isSame(base + first - 1, record)) return object
    slot = (slot + 1) & mask
  }
}

function hashRecord(record: usize): u32 {
  const mixed =
    (load<u64>(record) ^ (load<u64>(record, 8) * 0x9e3779b97f4a7c15) ^ load<u8>(record, ACCESS_WHAT)) *
      0xd6e8feb86659fd93 +
    (load<u64>(record, ACCESS_KEY) ^ (load<u64>(record, ACCESS_KEY + 16) * 0xff51afd7ed558ccd)) * 0xc4ceb9fe1a85ec53
  return <u32>(((mixed ^ (mixed >> 29)) * 0x9e3779b97f4a7c15) >> 32)
}

function isSame(a: usize, b: usize): bool {
  for (let i: usize = 0; i < 24; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false
  for (let i: usize = ACCESS_KEY; i < ACCESS_RECORD; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false
  return load<u8>(a, ACCESS_WHAT) == load<u8>(b, ACCESS_WHAT)
}

// ---- order ----------------------------------------------------------------------------------------------------------------

/** Edges come sorted by target; this sorts them by source, by counting. */
function sortEdges(count: u32): bool {
  const total = edges.length / EDGE_SIZE
  const list = bufferAt(38)
  if (!list.ensure(total * 4)) return false
  store<u32>(control, total, EDGE_COUNT)
  store<u32>(control, <u32>list.ptr, SUCCESSORS)
  for (let at: u32 = 0; at < edges.length; at += EDGE_SIZE) {
    const source = txState(load<u32>(edges.ptr + at)) + TX_SUCCESSORS_END
    const target = txState(load<u32>(edges.ptr + at, 4)) + TX_PREDECESSORS
    store<u32>(source, load<u32>(source) + 1)
    store<u32>(target, load<u32>(target) + 1)
  }
  let start: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const tx = txState(i)
    const length = load<u32>(tx, TX_SUCCESSORS_END)
    store<u32>(tx, start, TX_SUCCESSORS)
    store<u32>(tx, start, TX_SUCCESSORS_END)
    start += length
  }
  for (let at: u32 = 0; at < edges.length; at += EDGE_SIZE) {
    const source = txState(load<u32>(edges.ptr + at)) + TX_SUCCESSORS_END
    const end = load<u32>(source)
    store<u32>(list.ptr + end * 4, load<u32>(edges.ptr + at, 4))
    store<u32>(source, end + 1)
  }
  return true
}

/** Colours, bottom levels, and what they come to for the block. */
function measure(count: u32): void {
  let colours: u32 = 0
  for (let at: u32 = 0; at < edges.length; at += EDGE_SIZE) {
    const source = txState(load<u32>(edges.ptr + at))
    const target = txState(load<u32>(edges.ptr + at, 4))
    store<u32>(target, max<u32>(load<u32>(target, TX_COLOUR), load<u32>(source, TX_COLOUR) + 1), TX_COLOUR)
  }
  let critical: u64 = 0
  let total: u64 = 0
  const successors = load<u32>(control, SUCCESSORS)
  for (let i = count; i > 0; i--) {
    const tx = txState(i - 1)
    const time = load<u32>(tx, TX_TIME)
    let longest: u64 = 0
    for (let next = load<u32>(tx, TX_SUCCESSORS); next < load<u32>(tx, TX_SUCCESSORS_END); next++) {
      longest = max<u64>(longest, load<u32>(txState(load<u32>(successors + next * 4)), TX_BOTTOM))
    }
    const bottom = min<u64>(longest + time, u32.MAX_VALUE)
    store<u32>(tx, <u32>bottom, TX_BOTTOM)
    critical = max<u64>(critical, bottom)
    total += time
    colours = max<u32>(colours, load<u32>(tx, TX_COLOUR) + 1)
  }
  store<u64>(control, critical, CRITICAL_TIME)
  store<u64>(control, total, TOTAL_TIME)
  store<u32>(control, colours, COLOUR_COUNT)
}
