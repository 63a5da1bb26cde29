// What is known of transactions by kind, that is by the code they call and the selector: how much gas they used lately, by a moving
// average, and whether they conflict with others. Most kinds never do (on mainnet 94 % of transactions have no predecessor), and what
// they access need not be predicted: it costs more than now and then a second run. Priorities, predictions and the choice of `auto`
// rest on this, results never. The table stays from block to block; an entry that is displaced is forgotten.

import { RECEIPT_GAS_USED, RECEIPT_STRUCT_SIZE } from '../abi.ts'
import { bufferAt } from '../arena.ts'
import { EMPTY_CODE, codeHash } from '../code.ts'
import { findAccount, storedAccount } from '../state/store.ts'
import { Tx, txAt } from '../transaction/tx.ts'
import { KINDS, control } from './control.ts'

/** What a plain transfer uses; with no more than that nothing else can run. */
export const TRANSFER_GAS: u32 = 21000
const ENTRIES: u32 = 8192
const ENTRY_SIZE: u32 = 32
// An entry: tag u64, gas u32, heat u32, last block u32, transactions so far u32.
const TAG: usize = 0
const GAS: usize = 8
const HEAT: usize = 12
const BLOCK: usize = 16
const SEEN: usize = 20

/** The new value counts a quarter. */
const SHARE: u32 = 4
/** Blocks with the kind for which a conflict is remembered. */
const HOT: u32 = 16
/** A new kind counts as conflicting for so many, until its templates are there and have shown something. */
const NEW: u32 = 3
/** Of the transactions of a kind that does not conflict, one in so many is predicted nevertheless. */
const SAMPLE: u32 = 16

let blocks: u32 = 0

/** Lets the threads of a phase find the table. False: memory is exhausted. */
export function openKinds(): bool {
  const buffer = bufferAt(40)
  const isNew = !buffer.capacity
  if (!buffer.ensure(ENTRIES * ENTRY_SIZE)) return false
  if (isNew) memory.fill(buffer.ptr, 0, ENTRIES * ENTRY_SIZE)
  store<u32>(control, <u32>buffer.ptr, KINDS)
  blocks++
  return true
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

@inline
function entryOf(tag: u64): usize {
  const place = <usize>((tag * 0xd6e8feb86659fd93) >> 40) & (ENTRIES - 1)
  return <usize>load<u32>(control, KINDS) + place * ENTRY_SIZE
}

/** Gas that the transaction will probably use: its limit at most. */
export function estimateGas(index: u32): u32 {
  const tx = txAt(index)
  const limit = <u32>min<u64>(tx.gasLimit, u32.MAX_VALUE)
  const tag = tagOf(tx)
  if (!tag) return min<u32>(limit, TRANSFER_GAS)
  const entry = entryOf(tag)
  if (load<u64>(entry, TAG) == tag) return min<u32>(limit, load<u32>(entry, GAS))
  return limit / 2 // wallets ask for a node's estimate and some more, and limits of contracts are round numbers
}

/** Is it worth the time to predict what the transaction accesses? Where nothing is known of its kind, it is. */
export function isWorthPredicting(index: u32): bool {
  const tag = tagOf(txAt(index))
  if (!tag) return true // takes no time
  const entry = entryOf(tag)
  if (load<u64>(entry, TAG) != tag || load<u32>(entry, HEAT)) return true
  const seen = load<u32>(entry, SEEN)
  store<u32>(entry, seen + 1, SEEN)
  return seen % SAMPLE == 0
}

/** A transaction waited for another one, or had to run again because of one: its kind conflicts. */
export function noteConflict(index: u32): void {
  const tag = tagOf(txAt(index))
  if (!tag) return
  const entry = entryOf(tag)
  if (load<u64>(entry, TAG) == tag) store<u32>(entry, HOT, HEAT)
}

/** Learns from the receipts of a block: records from `receipts` on, one for each of its first `count` transactions. */
export function learnKinds(receipts: usize, count: u32): void {
  if (!load<u32>(control, KINDS)) return
  for (let i: u32 = 0; i < count; i++) {
    const tag = tagOf(txAt(i))
    if (!tag) continue
    const gas = <u32>min<u64>(load<u64>(receipts + i * RECEIPT_STRUCT_SIZE, RECEIPT_GAS_USED), u32.MAX_VALUE)
    const entry = entryOf(tag)
    if (load<u64>(entry, TAG) == tag) {
      const before = load<u32>(entry, GAS)
      store<u32>(entry, before - before / SHARE + gas / SHARE, GAS)
      const heat = load<u32>(entry, HEAT)
      if (heat && load<u32>(entry, BLOCK) != blocks) store<u32>(entry, heat - 1, HEAT)
    } else {
      memory.fill(entry, 0, ENTRY_SIZE)
      store<u64>(entry, tag, TAG)
      store<u32>(entry, gas, GAS)
      store<u32>(entry, NEW, HEAT)
    }
    store<u32>(entry, blocks, BLOCK)
  }
}
