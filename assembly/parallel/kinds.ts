// What is known of transactions by kind, that is by the code they call and the selector: how much gas and time they took lately, how
// often they met others, what it costs to predict what they access, how parallel the blocks were in which that was done, and how much
// faster several threads were than one. A moving average each. Most kinds never conflict (on mainnet 94 % of transactions have no
// predecessor), and predicting what they access costs more than now and then a second run. Priorities, predictions and the choice of
// `auto` rest on this, results never. The table stays from block to block; an entry that is displaced is forgotten.
//
// Time, because gas tells little of it: a transaction of 1.3 Mgas with pairings in it takes 8 ms, another of 2.6 Mgas 0.1 ms.

import { RECEIPT_GAS_USED, RECEIPT_STRUCT_SIZE } from '../abi.ts'
import { bufferAt } from '../arena.ts'
import { EMPTY_CODE, codeHash } from '../code.ts'
import { findAccount, storedAccount } from '../state/store.ts'
import { Tx, largestGasLimit, txAt } from '../transaction/tx.ts'
import { now } from './clock.ts'
import { TX_GAS, TX_KIND, TX_STATES, TX_TIME, control, txState } from './control.ts'
import { isPredicted } from './templates.ts'

/** What a plain transfer uses; with no more than that nothing else can run. */
export const TRANSFER_GAS: u32 = 21000
/** Nanoseconds of a plain transfer. */
const TRANSFER_TIME: u32 = 1000

/**
 * A kind has four places. With one among 8,192 those of 25 mainnet blocks, run in turns, displaced each other: what was new again was
 * predicted to learn what that costs, and predictions took 4.0 ms in all instead of 2.2.
 */
const SETS: u32 = 4096
const WAYS: u32 = 4
const ENTRY_SIZE: u32 = 64
const TAG: usize = 0
/** 0: not known yet. */
const GAS: usize = 8
/** Nanoseconds of a run. */
const TIME: usize = 12
/** Of CERTAIN: how many of its transactions met another one. */
const CONFLICTS: usize = 16
/** Nanoseconds of a prediction; 0: not known yet. */
const COST: usize = 20
/** Work over critical path, in 64ths, of blocks in which its transactions were predicted; 0: not known yet. */
const PARALLELISM: usize = 24
/** The last block it was in. */
const BLOCK: usize = 28
/** u16: its transactions that were not worth predicting, and those that were left to their turn. */
const SEEN: usize = 32
const LEFT: usize = 34
/** The block in which the cost became known. */
const PRICED: usize = 36
/** Its transactions so far. */
const COUNT: usize = 40
/** Time on one thread over that on several, in 64ths, of blocks that ran in parallel; from how many (u8), and the last of them. */
const GAIN: usize = 44
const GAINED: usize = 48
/** In the block so far: samples (u8), and transactions that may run ahead (u16). */
const SAMPLES: usize = 49
const IN_BLOCK: usize = 50
const GAIN_BLOCK: usize = 52
/** Of CERTAIN: how many of its runs ahead of their turn did not hold. */
const OUTDATED: usize = 56
/** i16: how much more often it was right than wrong that two meet that have the sender in common, or the first argument (parties.ts). */
export const BY_SENDER: usize = 60
export const BY_ARGUMENT: usize = 62

const CERTAIN: u32 = 65536
/** A new value counts so much of an average: a quarter, an eighth, a sixteenth. */
const QUICK: u32 = 4
const MEDIUM: u32 = 8
const SLOW: u32 = 16
/** Of the transactions of a kind that are not worth it, one in so many is predicted nevertheless, and no more in a block: they are alike. */
const SAMPLE: u32 = 16
const MOST_SAMPLES: u8 = 16
/** And of those that are better left to their turn one in so many runs ahead of it; in simulations, which are to see such runs, the half. */
const TRIED: u32 = isDefined(SIM) ? 2 : SAMPLE
/**
 * After so many transactions a kind is known well: what they take is measured of one in so many, another one in each block. To look at the
 * clock twice takes 0.12 µs, a tenth of a transfer.
 */
const WELL_KNOWN: u32 = 32
const TIMED: u32 = 8
/** What is assumed of a kind that is new. */
const NEW_CONFLICTS: u32 = CERTAIN / 16
/** When more of its runs do not hold, they are no use. Already at a quarter the model loses 2 % of its speed with eight workers. */
const MOST_OUTDATED: u32 = CERTAIN / 2
/** The hashes of a prediction are made later, for the whole block: they cost about as much as what is measured. */
const COST_WITH_HASHES: u32 = 2
/** More in 64ths says nothing. */
const MOST_PARALLELISM: u64 = 1024
/** What fewer blocks gained may be chance: another program had the cores, or code was still being compiled. */
const LEAST_GAINED: u8 = 4
/** Runs of a kind hold, for all that is known, when fewer than this did not. A new kind is there after six that held. */
const PROVEN: u32 = NEW_CONFLICTS / 2
/**
 * Of others so many in a block run as soon as they can, a later one when the frontier is so near. In the model that costs 0.3 % of the
 * speed of eight workers, if all kinds are new. Blocks of simulations are small.
 */
export const MOST_AHEAD: u16 = isDefined(SIM) ? 4 : 16
/** Guesses that are remembered. */
const MOST_GUESSES: i16 = 16
/** In TX_KIND beside the entry: the transaction met another one. */
const CONFLICTED: u32 = 1
/** It does not run before the frontier is near. */
const HELD_BACK: u32 = 2
/** The time that it takes is worth measuring. */
const IS_TIMED: u32 = 4
/** Entries are aligned to their size: the bits below are free. */
const FLAGS: u32 = ENTRY_SIZE - 1

let table: usize = 0
let blocks: u32 = 0
/** Threads beside the main one that took part in the last block. */
export let helpers: u32 = 1

/** A block begins. False: memory is exhausted. */
export function openKinds(): bool {
  const buffer = bufferAt(40)
  const isNew = !buffer.capacity
  if (!buffer.ensure(SETS * WAYS * ENTRY_SIZE)) return false
  if (isNew) memory.fill(buffer.ptr, 0, SETS * WAYS * ENTRY_SIZE)
  table = buffer.ptr
  blocks++
  return true
}

/** So many threads beside the main one took part in a block. */
export function noteHelpers(count: u32): void {
  if (count) helpers = count
}

/** Blocks so far. */
export function blocksSeen(): u32 {
  return blocks
}

/** Id of the code that a transaction calls; the empty code where there is none, or none is known. */
function calledCode(tx: Tx): u32 {
  if (tx.isCreate) return EMPTY_CODE
  const found = findAccount(tx.to)
  return found ? storedAccount(found - 1).code : EMPTY_CODE
}

/** The kind of a transaction, in a word; 0: a plain transfer. Most of those are told by their limit, without a look at the state. */
function tagOf(tx: Tx): u64 {
  if (tx.gasLimit <= TRANSFER_GAS) return 0
  const code = calledCode(tx)
  if (code == EMPTY_CODE && !tx.isCreate) return 0
  const selector: u64 = tx.dataLength >= 4 ? load<u32>(tx.data) : 0xffffffff
  return (load<u64>(codeHash(code)) ^ (selector * 0x9e3779b97f4a7c15)) | 1
}

/** The entry of a kind, perhaps instead of the one that has not been seen for longest; 0 where kinds of this block have all its places. */
function entryOf(tag: u64): usize {
  const set = table + (<usize>((tag * 0xd6e8feb86659fd93) >> 40) & (SETS - 1)) * (WAYS * ENTRY_SIZE)
  let oldest: usize = 0
  for (let entry = set; entry < set + WAYS * ENTRY_SIZE; entry += ENTRY_SIZE) {
    const seen = load<u32>(entry, BLOCK)
    if (load<u64>(entry) == tag) return seen == blocks ? entry : seeAgain(entry)
    if (seen != blocks && (!oldest || seen < load<u32>(oldest, BLOCK))) oldest = entry
  }
  if (!oldest) return 0
  memory.fill(oldest, 0, ENTRY_SIZE)
  store<u64>(oldest, tag, TAG)
  store<u32>(oldest, NEW_CONFLICTS, CONFLICTS)
  store<u32>(oldest, NEW_CONFLICTS, OUTDATED)
  return seeAgain(oldest)
}

/** The first time in a block. */
function seeAgain(entry: usize): usize {
  store<u8>(entry, 0, SAMPLES)
  store<u16>(entry, 0, IN_BLOCK)
  store<u32>(entry, blocks, BLOCK)
  return entry
}

/**
 * Are all transactions of a block plain transfers? Most that are nothing else are told by their limits, of which the largest is known since
 * they were decoded: to look at each of 10,000 again takes 2 % of the time in which they run.
 */
export function areTransfers(): bool {
  return largestGasLimit <= TRANSFER_GAS
}

/** Looks a transaction's kind up and estimates its gas and its time. Returns the time in nanoseconds; 0 for a plain transfer. */
export function estimate(index: u32): u32 {
  const tx = txAt(index)
  const at = txState(index)
  const limit = <u32>min<u64>(tx.gasLimit, u32.MAX_VALUE)
  const tag = tagOf(tx)
  if (!tag) {
    store<u32>(at, min<u32>(limit, TRANSFER_GAS), TX_GAS)
    store<u32>(at, TRANSFER_TIME, TX_TIME)
    return 0
  }
  const kind = entryOf(tag)
  const isTimed = kind && (load<u32>(kind, COUNT) < WELL_KNOWN || (index + blocks) % TIMED == 0)
  store<u32>(at, <u32>kind | (isTimed ? IS_TIMED : 0), TX_KIND)
  const isKnown = kind && load<u32>(kind, GAS)
  // Where nothing is known: wallets ask for a node's estimate and some more, and limits of contracts are round numbers.
  const gas = isKnown ? min<u32>(limit, load<u32>(kind, GAS)) : limit / 2
  const time = isKnown ? load<u32>(kind, TIME) : timeOf(gas)
  store<u32>(at, gas, TX_GAS)
  store<u32>(at, time, TX_TIME)
  return time
}

/** Gas above that of a transfer takes 0.3 to 1 ns. */
@inline
function timeOf(gas: u32): u32 {
  return TRANSFER_TIME + (gas > TRANSFER_GAS ? ((gas - TRANSFER_GAS) / 5) * 2 : 0)
}

/**
 * Is it worth the time to predict what the transaction accesses? It saves the time of a run that does not hold, as often as its kind
 * conflicts. Of a kind whose predictions are new all are made in one block, so that the graph says something. Call it once per
 * transaction: samples are counted.
 */
export function isWorthPredicting(index: u32): bool {
  const kind = kindOf(index)
  if (!kind) return true // a transfer: takes no time
  const cost = load<u32>(kind, COST)
  if (!cost || load<u32>(kind, PRICED) == blocks) return true
  if (expectedLoss(index) > <u64>cost * COST_WITH_HASHES) return true
  const samples = load<u8>(kind, SAMPLES)
  if (samples == MOST_SAMPLES || !isSample(kind + SEEN, SAMPLE)) return false
  store<u8>(kind, samples + 1, SAMPLES)
  return true
}

/** Counts one more at `field`. Is it one of those, one in so many, for which the rule does not count? */
function isSample(field: usize, oneIn: u32): bool {
  const count = load<u16>(field)
  store<u16>(field, count + 1)
  return <u32>count % oneIn == oneIn - 1
}

/** Nanoseconds that a run without a prediction loses on average, because it does not hold. */
export function expectedLoss(index: u32): u64 {
  const kind = kindOf(index)
  return kind ? (<u64>load<u32>(txState(index), TX_TIME) * load<u32>(kind, CONFLICTS)) / CERTAIN : 0
}

@inline
function kindOf(index: u32): usize {
  return load<u32>(control, TX_STATES) ? <usize>(load<u32>(txState(index), TX_KIND) & ~FLAGS) : 0
}

/** A prediction took so many milliseconds. */
export function noteCost(index: u32, milliseconds: f64): void {
  const kind = kindOf(index)
  const nanoseconds = <u32>(milliseconds * 1e6)
  if (!kind) return
  if (!load<u32>(kind, COST)) store<u32>(kind, blocks, PRICED)
  learn(kind + COST, max<u32>(1, nanoseconds))
}

/** The parallelism, in 64ths, of a block in which the transaction was predicted. */
export function noteParallelism(index: u32, parallelism: u64): void {
  const kind = kindOf(index)
  if (!kind) return
  learn(kind + PARALLELISM, <u32>min<u64>(max<u64>(parallelism, 64), MOST_PARALLELISM))
}

/** What the parallelism will be, in 64ths, as far as is known of its kind; 0: nothing is. */
export function expectedParallelism(index: u32): u32 {
  const kind = kindOf(index)
  return kind ? load<u32>(kind, PARALLELISM) : 0
}

/** How much faster several threads will be than one, in 64ths, as far as is known of its kind; 0: nothing is. */
export function expectedGain(index: u32): u32 {
  const kind = kindOf(index)
  return kind && load<u8>(kind, GAINED) >= LEAST_GAINED ? load<u32>(kind, GAIN) : 0
}

/** Time of blocks that ran on one thread over that of their transactions by themselves, in 64ths: commits and receipts come on top. */
let overhead: u32 = 64

/**
 * Learns from the milliseconds that the first `count` transactions of a block took, all together, the plan among it. `isParallel`: on several
 * threads. That is compared with what is known of one thread, whatever it was that took longer: the machine may have other work.
 */
export function learnGain(count: u32, milliseconds: f64, isParallel: bool): void {
  if (!load<u32>(control, TX_STATES)) return // nobody has looked at them
  let time: u64 = 0
  for (let i: u32 = 0; i < count; i++) time += load<u32>(txState(i), TX_TIME)
  const wall = <u64>(milliseconds * 1e6)
  if (!time || !wall) return
  if (!isParallel) {
    overhead = average(overhead, <u32>min<u64>((wall * 64) / time, 256), SLOW)
    return
  }
  const gain = <u32>max<u64>(1, min<u64>((time * overhead) / wall, MOST_PARALLELISM))
  for (let i: u32 = 0; i < count; i++) {
    const kind = kindOf(i)
    if (!kind || load<u32>(kind, GAIN_BLOCK) == blocks) continue
    learn(kind + GAIN, gain)
    store<u8>(kind, min<u8>(load<u8>(kind, GAINED) + 1, LEAST_GAINED), GAINED)
    store<u32>(kind, blocks, GAIN_BLOCK)
  }
}

/** It was guessed for a reason, BY_SENDER or BY_ARGUMENT, that the transaction meets another one, and its prediction tells whether it does. */
export function noteGuess(index: u32, reason: usize, isRight: bool): void {
  const kind = kindOf(index)
  if (!kind) return
  const score = load<i16>(kind + reason) + (isRight ? 1 : -1)
  store<i16>(kind + reason, max<i16>(-MOST_GUESSES, min<i16>(score, MOST_GUESSES)))
}

/** Was such a guess right so many times more often than wrong? Of kinds that are new it was right as often as not. */
export function isGoodGuess(index: u32, reason: usize, least: i16): bool {
  const kind = kindOf(index)
  return (kind ? load<i16>(kind + reason) : 0) >= least
}

/** A transaction waited for another one, or had to run again because of one. With the frontier's lock, or before the threads come in. */
export function noteConflict(index: u32): void {
  flag(index, CONFLICTED)
}

/** Notes CONFLICTED or HELD_BACK. */
@inline
function flag(index: u32, what: u32): void {
  const tx = txState(index)
  store<u32>(tx, load<u32>(tx, TX_KIND) | what, TX_KIND)
}

/** A run ahead of its turn held, or not. Any thread: where two meet, one of both is not counted. */
export function noteRun(index: u32, held: bool): void {
  const kind = kindOf(index)
  if (!kind) return
  const before = load<u32>(kind, OUTDATED)
  const after = average(before, held ? 0 : CERTAIN, MEDIUM)
  // Most runs of most kinds hold: what does not change is not written, so that all threads keep it in their cache.
  if (after != before) store<u32>(kind, after, OUTDATED)
}

/**
 * Is it to be left to its turn? Its like meet each other at what nobody can predict; ahead of their turn they would run in vain, and take
 * those along that wait for them. One in so many is tried nevertheless.
 */
export function isBetterLeft(index: u32): bool {
  const kind = kindOf(index)
  if (!kind || load<u32>(kind, OUTDATED) < MOST_OUTDATED) return false
  return !isSample(kind + LEFT, TRIED)
}

/**
 * Holds a transaction back until the frontier is near, where it is not known that runs of its kind hold and a few of them run before it.
 * If they all meet at what nobody predicted, and one of the first is late, all that ran meanwhile have to run again. False: there is
 * no need. Call it once per transaction, in order: they are counted.
 */
export function holdBack(index: u32): bool {
  const kind = kindOf(index)
  if (!kind || load<u32>(kind, OUTDATED) < PROVEN) return false
  const before = load<u16>(kind, IN_BLOCK)
  if (before < MOST_AHEAD) {
    store<u16>(kind, before + 1, IN_BLOCK)
    return false
  }
  flag(index, HELD_BACK)
  return true
}

/** Is it held back? With the frontier's lock. */
export function isHeldBack(index: u32): bool {
  return (load<u32>(txState(index), TX_KIND) & HELD_BACK) != 0
}

/** Is the time that it takes worth measuring? Any thread. */
export function isTimed(index: u32): bool {
  return load<u32>(control, TX_STATES) != 0 && (load<u32>(txState(index), TX_KIND) & IS_TIMED) != 0
}

/** A run that began at that time has ended. */
export function noteTime(index: u32, began: f64): void {
  store<u32>(txState(index), <u32>((now() - began) * 1e6), TX_TIME)
}

/**
 * Learns from a block: `receipts` holds one for each of its first `count` transactions. `isParallel`: they could conflict, else
 * only the graph tells, and of kinds that are known well those are left out that were not timed; `isHopeless`: so many did that kinds
 * whose transactions are too short to be predicted are better run one after the other.
 */
export function learnKinds(receipts: usize, count: u32, isParallel: bool, isHopeless: bool): void {
  for (let i: u32 = 0; i < count; i++) {
    const kind = kindOf(i)
    if (!kind || (!isParallel && !isTimed(i))) continue
    const tx = txState(i)
    const gas = <u32>min<u64>(load<u64>(receipts + i * RECEIPT_STRUCT_SIZE, RECEIPT_GAS_USED), u32.MAX_VALUE)
    learn(kind + GAS, gas)
    learn(kind + TIME, max<u32>(1, load<u32>(tx, TX_TIME)))
    store<u32>(kind, load<u32>(kind, COUNT) + 1, COUNT)
    if (!isParallel && !isPredicted(i)) continue
    const conflict = load<u32>(tx, TX_KIND) & CONFLICTED ? CERTAIN : 0
    store<u32>(kind, average(load<u32>(kind, CONFLICTS), conflict, SLOW), CONFLICTS)
    if (isHopeless && conflict) store<u32>(kind, 64, PARALLELISM)
  }
}

/** Takes a value that is not 0 into the average at `field`; where that is 0, nothing was known. */
function learn(field: usize, value: u32): void {
  const before = load<u32>(field)
  store<u32>(field, before ? average(before, value, QUICK) : value)
}

@inline
function average(before: u32, value: u32, share: u32): u32 {
  return before - before / share + value / share
}
