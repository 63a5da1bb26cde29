// What a block in parallel came to, for people: counters, the predicted graph, and where it is asked for the real accesses of each
// transaction and what each thread did when. The engine itself reads none of it.

import {
  ACCESS_SIZE,
  ACCESS_TX,
  ASKED_BALANCE,
  ASKED_CODE,
  GRAPH_TX_COLOUR,
  GRAPH_TX_GAS,
  GRAPH_TX_RUNS,
  GRAPH_TX_SIZE,
  GRAPH_TX_SUCCESSORS,
  GRAPH_TX_SUCCESSORS_END,
  PARALLEL_ABORTS,
  PARALLEL_ACCESSES,
  PARALLEL_ACCESS_COUNT,
  PARALLEL_BEGAN,
  PARALLEL_COLOURS,
  PARALLEL_CRITICAL_TIME,
  PARALLEL_DISPATCH,
  PARALLEL_EDGES,
  PARALLEL_FRONTIER_RERUNS,
  PARALLEL_FRONTIER_RUNS,
  PARALLEL_GRAPH,
  PARALLEL_GRAPH_TIME,
  PARALLEL_HASHES,
  PARALLEL_MEMO_HITS,
  PARALLEL_MEMO_MISSES,
  PARALLEL_MISSES,
  PARALLEL_PREDICTED,
  PARALLEL_PREDICTED_COUNT,
  PARALLEL_PREDICT_TIME,
  PARALLEL_REASON,
  PARALLEL_RERUNS,
  PARALLEL_RUNS,
  PARALLEL_SPANS,
  PARALLEL_SPAN_COUNT,
  PARALLEL_STRUCT_SIZE,
  PARALLEL_SUCCESSORS,
  PARALLEL_TIME,
  PARALLEL_TXS,
  PARALLEL_WAITS,
  PARALLEL_WASTED_GAS,
  REPORT_ALL,
  REPORT_NONE,
  SPAN_END,
  SPAN_KIND,
  SPAN_RUN,
  SPAN_SIZE,
  SPAN_START,
  SPAN_THREAD,
  SPAN_TX,
} from '../abi.ts'
import { Buffer, bufferAt } from '../arena.ts'
import { EMPTY_CODE } from '../code.ts'
import { copyAddress, storeAddressBytes } from '../state/address.ts'
import { ACCOUNT_SIZE, ASKED, Account, CREATED, DESTROYED, SLOT_SIZE, Slot, TRANSIENT } from '../state/view.ts'
import { copyWord, equalWords, storeBigEndian } from '../word/word.ts'
import { releaseLock, takeLock } from './atomic.ts'
import { now } from './clock.ts'
import {
  ABORTS,
  ACCESS_BUFFER,
  COLOUR_COUNT,
  CRITICAL_TIME,
  EDGE_COUNT,
  FRONTIER_RERUNS,
  FRONTIER_RUNS,
  HASH_BUFFER,
  MEMO_HITS,
  MEMO_MISSES,
  MISSES,
  RERUNS,
  RUNS,
  SPAN_BUFFER,
  SPAN_LOCK,
  SUCCESSORS,
  TOTAL_TIME,
  TX_ACCESSED,
  TX_COLOUR,
  TX_GAS,
  TX_PREDICTED,
  TX_STATES,
  TX_STATE,
  TX_SUCCESSORS,
  TX_SUCCESSORS_END,
  WAITS,
  WASTED_GAS,
  control,
  txState,
} from './control.ts'
import { memoCount } from './memo.ts'
import { graphTime, planReason, predictTime } from './plan.ts'
import { MODE_DELTA, MODE_READ, MODE_WRITE, WHAT_BALANCE, WHAT_CODE, WHAT_SLOT } from './program.ts'
import { ACCESS_KEY, ACCESS_MODE, ACCESS_RECORD, ACCESS_WHAT } from './records.ts'

/** A record of a real access is a predicted one with a slot's value before the transaction behind it. */
export const REAL_RECORD: u32 = 96
export const REAL_VALUE: usize = ACCESS_RECORD
/** Bytes of accesses after which a block teaches nothing more: a block of 60 million gas can touch 28,000 slots. */
const MAX_LEARNED: u32 = 4194304

// ---- accesses: with the frontier lock ---------------------------------------------------------------------------------------

/** Records what a transaction that is being committed has asked and changed, where that is asked for. */
export function noteAccesses(index: u32, accounts: usize, accountCount: u32, slots: usize, slotCount: u32): void {
  const to = changetype<Buffer>(load<u32>(control, ACCESS_BUFFER))
  if (!changetype<usize>(to)) return
  store<u32>(txState(index), to.length, TX_ACCESSED)
  const isFull = load<u32>(control, SPAN_BUFFER) != 0
  if (!isFull && to.length > MAX_LEARNED) return
  for (let i: u32 = 0; isFull && i < accountCount; i++)
    noteAccount(to, changetype<Account>(accounts + i * ACCOUNT_SIZE))
  for (let i: u32 = 0; i < slotCount; i++) {
    const slot = changetype<Slot>(slots + i * SLOT_SIZE)
    if (slot.owner & TRANSIENT) continue
    const isRead = slot.flags & ASKED ? MODE_READ : 0
    const mode = isRead | (equalWords(slot.value, slot.original) ? 0 : MODE_WRITE)
    if (!mode) continue
    note(
      to,
      changetype<Account>(accounts + slot.owner * ACCOUNT_SIZE).address,
      mode,
      WHAT_SLOT,
      slot.key,
      slot.original,
    )
  }
}

function noteAccount(to: Buffer, entry: Account): void {
  const asked = entry.asked
  const isGone = (entry.flags & DESTROYED) != 0
  const wroteCode = isGone || (entry.flags & CREATED) != 0 || entry.code != entry.baseCode
  if (wroteCode || asked & ASKED_CODE) {
    // The empty code is what any account has that nobody has put one on: reading it is not worth a line.
    if (wroteCode || entry.baseCode != EMPTY_CODE)
      note(to, entry.address, wroteCode ? MODE_WRITE : MODE_READ, WHAT_CODE, 0, 0)
  }
  const isRead = asked & ASKED_BALANCE ? MODE_READ : 0
  const change = equalWords(entry.balance, entry.base) ? 0 : isGone ? MODE_WRITE : MODE_DELTA
  if (isRead | change) note(to, entry.address, isRead | change, WHAT_BALANCE, 0, 0)
}

function note(to: Buffer, address: usize, mode: u32, what: u32, key: usize, value: usize): void {
  const record = to.push(REAL_RECORD)
  memory.fill(record, 0, REAL_RECORD)
  copyAddress(record, address)
  store<u32>(record, mode, ACCESS_MODE)
  store<u32>(record, what, ACCESS_WHAT)
  if (!key) return
  copyWord(record + ACCESS_KEY, key)
  copyWord(record + REAL_VALUE, value)
}

// ---- spans: each thread has its own, and hands them in when it leaves -------------------------------------------------------

let thread: u32 = 0
let isTimed: bool = false

/** This thread's number, from 0 for the main instance; and whether spans are asked for in this phase. */
export function beginSpans(number: u32): void {
  thread = number
  isTimed = load<u32>(control, SPAN_BUFFER) != 0
  if (isTimed) bufferAt(42).length = 0
}

/** The time, where spans are asked for or somebody else wants to know. */
@inline
export function spanStart(isWanted: bool): f64 {
  return isTimed || isWanted ? now() : 0
}

/** A span that ends now. */
@inline
export function noteSpan(kind: u32, tx: u32, run: u32, start: f64): void {
  if (isTimed) addSpan(kind, tx, run, start)
}

function addSpan(kind: u32, tx: u32, run: u32, start: f64): void {
  const span = bufferAt(42).push(SPAN_SIZE)
  store<u32>(span, thread, SPAN_THREAD)
  store<u32>(span, tx, SPAN_TX)
  store<u32>(span, kind, SPAN_KIND)
  store<u32>(span, run, SPAN_RUN)
  store<f64>(span, start, SPAN_START)
  store<f64>(span, now(), SPAN_END)
}

/** Hands the spans of this thread in. */
export function handInSpans(): void {
  if (!isTimed) return
  const own = bufferAt(42)
  takeLock(control + SPAN_LOCK)
  changetype<Buffer>(load<u32>(control, SPAN_BUFFER)).append(own.ptr, own.length)
  releaseLock(control + SPAN_LOCK)
  own.length = 0
}

// ---- the report -------------------------------------------------------------------------------------------------------------

let began: f64 = 0
let count: u32 = 0
let dispatch: u32 = 0

/** The transactions of a block begin; `what`: REPORT_*; `isLearning`: accesses to slots are recorded, and hashes. */
export function beginReport(txs: u32, how: u32, what: u32, isLearning: bool): void {
  began = now()
  count = txs
  dispatch = how
  bufferAt(41).length = 0
  bufferAt(47).length = 0
  bufferAt(53).length = 0
  store<u32>(control, isLearning ? <u32>changetype<usize>(bufferAt(53)) : 0, HASH_BUFFER)
  store<u32>(control, what == REPORT_ALL || isLearning ? <u32>changetype<usize>(bufferAt(41)) : 0, ACCESS_BUFFER)
  store<u32>(control, what != REPORT_NONE ? <u32>changetype<usize>(bufferAt(47)) : 0, SPAN_BUFFER)
}

/** PARALLEL_*; 0 when memory is exhausted. */
export function report(): usize {
  const out = bufferAt(43)
  out.length = 0
  const graphAt = PARALLEL_STRUCT_SIZE
  const predictions = bufferAt(32)
  const accesses = bufferAt(41)
  const accessCount = load<u32>(control, SPAN_BUFFER) ? accesses.length / REAL_RECORD : 0
  const predictedAt = graphAt + count * GRAPH_TX_SIZE
  const accessesAt = predictedAt + predictions.length
  if (!out.ensure(<u64>accessesAt + accessCount * ACCESS_SIZE)) return 0
  const at = out.ptr
  memory.fill(at, 0, PARALLEL_STRUCT_SIZE)
  writeCounters(at)
  writeGraph(at + graphAt)
  store<u32>(at, <u32>at + graphAt, PARALLEL_GRAPH)
  store<u32>(at, <u32>at + predictedAt, PARALLEL_PREDICTED)
  store<u32>(at, predictions.length / ACCESS_RECORD, PARALLEL_PREDICTED_COUNT)
  writeAccesses(at + predictedAt, predictions, ACCESS_RECORD, TX_PREDICTED)
  store<u32>(at, <u32>at + accessesAt, PARALLEL_ACCESSES)
  store<u32>(at, accessCount, PARALLEL_ACCESS_COUNT)
  if (accessCount) writeAccesses(at + accessesAt, accesses, REAL_RECORD, TX_ACCESSED)
  store<u32>(at, <u32>bufferAt(47).ptr, PARALLEL_SPANS)
  store<u32>(at, bufferAt(47).length / SPAN_SIZE, PARALLEL_SPAN_COUNT)
  return at
}

function writeCounters(at: usize): void {
  store<u32>(at, dispatch, PARALLEL_DISPATCH)
  store<u32>(at, planReason, PARALLEL_REASON)
  store<u32>(at, count, PARALLEL_TXS)
  store<u32>(at, load<u32>(control, COLOUR_COUNT), PARALLEL_COLOURS)
  store<u64>(at, load<u64>(control, TOTAL_TIME), PARALLEL_TIME)
  store<u64>(at, load<u64>(control, CRITICAL_TIME), PARALLEL_CRITICAL_TIME)
  store<u32>(at, load<u32>(control, RUNS), PARALLEL_RUNS)
  store<u32>(at, load<u32>(control, RERUNS), PARALLEL_RERUNS)
  store<u32>(at, load<u32>(control, ABORTS), PARALLEL_ABORTS)
  store<u32>(at, load<u32>(control, MISSES), PARALLEL_MISSES)
  store<u32>(at, load<u32>(control, FRONTIER_RUNS), PARALLEL_FRONTIER_RUNS)
  store<u32>(at, load<u32>(control, FRONTIER_RERUNS), PARALLEL_FRONTIER_RERUNS)
  store<u32>(at, load<u32>(control, WAITS), PARALLEL_WAITS)
  store<u64>(at, load<u32>(control, WASTED_GAS), PARALLEL_WASTED_GAS)
  store<u32>(at, predictTime, PARALLEL_PREDICT_TIME)
  store<u32>(at, graphTime, PARALLEL_GRAPH_TIME)
  store<u32>(at, load<u32>(control, SUCCESSORS), PARALLEL_SUCCESSORS)
  store<u32>(at, load<u32>(control, EDGE_COUNT), PARALLEL_EDGES)
  store<f64>(at, began, PARALLEL_BEGAN)
  store<u32>(at, memoCount, PARALLEL_HASHES)
  store<u32>(at, load<u32>(control, MEMO_HITS), PARALLEL_MEMO_HITS)
  store<u32>(at, load<u32>(control, MEMO_MISSES), PARALLEL_MEMO_MISSES)
}

function writeGraph(to: usize): void {
  if (!load<u32>(control, TX_STATES)) {
    memory.fill(to, 0, count * GRAPH_TX_SIZE)
    return
  }
  for (let i: u32 = 0; i < count; i++) {
    const tx = txState(i)
    const out = to + i * GRAPH_TX_SIZE
    store<u32>(out, load<u32>(tx, TX_GAS), GRAPH_TX_GAS)
    store<u32>(out, load<u32>(tx, TX_COLOUR), GRAPH_TX_COLOUR)
    store<u32>(out, load<u32>(tx, TX_SUCCESSORS), GRAPH_TX_SUCCESSORS)
    store<u32>(out, load<u32>(tx, TX_SUCCESSORS_END), GRAPH_TX_SUCCESSORS_END)
    store<u32>(out, load<u32>(tx, TX_STATE) >> 8, GRAPH_TX_RUNS)
  }
}

/** Records of accesses in the shape of the ABI, with their transactions, which follow from where each one's begin. */
function writeAccesses(to: usize, from: Buffer, size: u32, start: usize): void {
  let tx: u32 = 0
  for (let at: u32 = 0; at < from.length; at += size) {
    while (tx + 1 < count && load<u32>(txState(tx + 1) + start) <= at) tx++
    const record = from.ptr + at
    const out = to + (at / size) * ACCESS_SIZE
    storeAddressBytes(out, record)
    store<u32>(out, tx, ACCESS_TX)
    store<u32>(out, load<u32>(record, ACCESS_MODE), ACCESS_MODE)
    store<u32>(out, load<u32>(record, ACCESS_WHAT), ACCESS_WHAT)
    storeBigEndian(out + ACCESS_KEY, record + ACCESS_KEY)
  }
}
