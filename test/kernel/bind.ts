// The whole core with its binder beside the ABI, for test/setup/binding.ts: the transactions of a block that has been begun are
// bound before it runs.
import { RUN_BAD_INPUT, RUN_DONE } from '../../assembly/abi.ts'
import { bufferAt } from '../../assembly/arena.ts'
import { unansweredCount } from '../../assembly/parallel/answers.ts'
import { beginBind, bindTx, endBind, setBindBounds } from '../../assembly/parallel/bind.ts'
import { evaluationsLeft } from '../../assembly/parallel/evaluate.ts'
import {
  closeMemo,
  digestOf,
  memoCount,
  memoHits,
  memoMisses,
  openMemo,
  recall,
  shareMemo,
} from '../../assembly/parallel/memo.ts'
import { addProgram, forgetPrograms, takeProgram, wantedStruct } from '../../assembly/parallel/templates.ts'
import { txAt, txCount } from '../../assembly/transaction/tx.ts'

export * from '../../assembly/index'
export { addProgram, digestOf, forgetPrograms, memoCount, recall, setBindBounds }

/** As in the threads build. */
export function weft_thread_wanted(): usize {
  return wantedStruct()
}

export function weft_thread_program(pointer: usize, length: u32): i32 {
  return takeProgram(pointer, length) ? RUN_DONE : RUN_BAD_INPUT
}

/** Transactions of the block that has been begun; known with their senders once weft_run() has asked for these. */
export function transactionCount(): u32 {
  return txCount
}

/** Binds `count` transactions; the first record. The buffer is one that nobody uses at that time. */
export function bindAll(count: u32): usize {
  const out = bufferAt(19)
  out.length = 0
  if (!beginBind()) return 0
  for (let i: u32 = 0; i < count; i++) if (!bindTx(i, out)) return 0
  return endBind(out) ? out.ptr : 0
}

/** Records of the last bindAll. */
export function recordsEnd(): usize {
  return bufferAt(19).ptr + bufferAt(19).length
}

/** Binds one transaction alone; the first record. */
export function bindOne(index: u32): usize {
  const out = bufferAt(19)
  out.length = 0
  return beginBind() && bindTx(index, out) && endBind(out) ? out.ptr : 0
}

/** Address of a transaction's calldata. */
export function dataOf(index: u32): usize {
  return txAt(index).data
}

export function unanswered(): u32 {
  return unansweredCount
}

export function evaluationsLeftOver(): u32 {
  return evaluationsLeft
}

/** Makes the memo known to recall(), at `at`. */
export function openForTest(at: usize): void {
  shareMemo(at)
  openMemo(at)
}

export function closeForTest(): void {
  closeMemo()
}

export function hits(): u32 {
  return memoHits
}

export function misses(): u32 {
  return memoMisses
}
