// The run that this thread has under way: ahead of the frontier, on the versions below the transaction, or at the frontier, on what is
// committed, with the lock. It may be suspended while the host is asked for something.

import { clearLogs } from '../logs.ts'
import { beginTx } from '../transaction/execute.ts'
import { atomicAdd } from './atomic.ts'
import { now } from './clock.ts'
import { ABORTS, WASTED_GAS, control } from './control.ts'
import { blobsLeft, gasLeft } from './frontier.ts'
import { isTimed } from './kinds.ts'
import { spanStart } from './report.ts'
import { LAYER_COMMITTED, LAYER_VERSIONS, readFrom } from './versions.ts'

/** Who works: a thread beside the main instance, that instance, or it alone, with no other thread inside. */
export const HELPER: u32 = 0
export const MAIN: u32 = 1
export const ALONE: u32 = 2

export const IDLE: u32 = 0
export const SPECULATIVE: u32 = 1
export const AT_FRONTIER: u32 = 2

export let worker: u32 = HELPER
export let job: u32 = IDLE
/** The transaction. */
export let current: u32 = 0
/** When it began, where somebody wants to know: later by the time that it waited for state. */
export let began: f64 = 0
/** Since when it waits for state; 0: it does not. */
let asked: f64 = 0

/** No run is under way. */
export function endRun(): void {
  job = IDLE
  asked = 0
}

/** The run waits for state from now on, */
export function awaitState(): void {
  asked = now()
}

/** and goes on, if one is under way; `who` works. */
export function goOn(who: u32): void {
  worker = who
  if (asked) began += now() - asked
  asked = 0
}

/** Begins a run ahead of the transaction's turn. */
export function beginSpeculative(index: u32): void {
  begin(index, SPECULATIVE, LAYER_VERSIONS)
  beginTx(index, i64.MAX_VALUE, u32.MAX_VALUE, false)
}

/** Begins the run at its turn: with the frontier lock. */
export function beginAtFrontier(index: u32): void {
  begin(index, AT_FRONTIER, LAYER_COMMITTED)
  beginTx(index, gasLeft(), blobsLeft(), false)
}

@inline
function begin(index: u32, what: u32, layer: u32): void {
  job = what
  current = index
  began = spanStart(isTimed(index))
  clearLogs()
  readFrom(layer, index)
}

/** A run at the frontier waits for state: this thread holds the lock. */
export function isAtFrontier(): bool {
  return job == AT_FRONTIER
}

/** A run that used so much gas does not hold, or cannot. */
export function abort(gas: u64): void {
  atomicAdd(control + ABORTS, 1)
  atomicAdd(control + WASTED_GAS, <u32>gas)
}
