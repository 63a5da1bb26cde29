// Entry of the threads build: the embedding ABI, and what a host needs to run the transactions of a block on several threads. All
// instances import one shared memory. The first is the main one and speaks the ABI; whenever its weft_run() returns RUN_PARALLEL, the
// host calls weft_thread_join() with weft_thread_control() of the main instance in instances of other threads, and weft_run()
// again. Experimental: not part of ABI version 1.

import { OUT_OF_MEMORY, RUN_BAD_INPUT, RUN_DONE, RUN_REQUEST } from './abi.ts'
import { bufferAt, exhausted } from './arena.ts'
import { inMemory } from './bounds.ts'
import { lessonStruct } from './parallel/lesson.ts'
import { controlBlock, linger, lingering } from './parallel/gate.ts'
import { join } from './parallel/phase.ts'
import { takeHints } from './parallel/predict.ts'
import { report } from './parallel/report.ts'
import { takeProgram, wantedStruct } from './parallel/templates.ts'
import { WORK_REQUEST } from './parallel/worker.ts'
import { requestStruct } from './request.ts'
import { supply } from './supply.ts'

export * from './index'

/**
 * Takes what the transactions of the next block are expected to access (HINT_*, in the order of transactions), instead of what
 * templates say; OPTION_HINTS has to be HINTS_GIVEN. Wrong hints cost time, never a result. RUN_BAD_INPUT: no such records.
 */
export function weft_thread_hints(pointer: usize, length: u32): i32 {
  if (!inMemory(pointer, length) || !takeHints(pointer, length)) return RUN_BAD_INPUT
  return exhausted ? OUT_OF_MEMORY : RUN_DONE
}

/** How the last block went that was to run in parallel (PARALLEL_*), valid until the next call; 0 when memory is exhausted. */
export function weft_thread_report(): usize {
  return report()
}

/** The control block of this instance, for the others; 0 when memory is exhausted. */
export function weft_thread_control(): usize {
  return controlBlock()
}

/**
 * Takes part in the stage of a control block: RUN_DONE when it is over, or is not open; RUN_REQUEST when a precompiled contract is to be
 * computed, or signers are to be recovered (weft_thread_request, weft_thread_supply), and then called again; OUT_OF_MEMORY.
 */
export function weft_thread_join(control: usize): i32 {
  const ended = join(control)
  if (exhausted) return OUT_OF_MEMORY
  return ended == WORK_REQUEST ? RUN_REQUEST : RUN_DONE
}

/**
 * After weft_thread_join() has returned RUN_DONE: waits up to half a second for the next block. 1: there is one, to be joined; 0: there is none, and
 * the thread is to be told of the next.
 */
export function weft_thread_linger(): i32 {
  return linger() ? 1 : 0
}

/** For the main instance, after RUN_PARALLEL: threads that linger and need not be told. */
export function weft_thread_lingering(): u32 {
  return lingering()
}

/** What this thread's run asks for: { count, items } (REQUEST_*, ITEM_*). */
export function weft_thread_request(): usize {
  return requestStruct()
}

/** Room for `length` bytes of answers, valid until the next call; 0 when memory is exhausted. */
export function weft_thread_room(length: u32): usize {
  const room = bufferAt(36)
  return room.ensure(length) ? room.ptr : 0
}

/** Takes the answer to what this thread's run asked for (PRECOMPILE_*, RECOVER_*). */
export function weft_thread_supply(pointer: usize, length: u32): i32 {
  if (!inMemory(pointer, length)) return RUN_BAD_INPUT
  const taken = supply(pointer, length, false)
  return exhausted ? OUT_OF_MEMORY : taken == RUN_DONE ? RUN_DONE : taken
}

/** Codes and selectors that the last block called and no template program is known for: { count, items } (WANTED_*); 0 when memory is exhausted. */
export function weft_thread_wanted(): usize {
  return wantedStruct()
}

/** What the last block that ran in parallel with OPTION_LEARN teaches (LESSON_*), until the next call; 0 when memory is exhausted. */
export function weft_thread_lesson(): usize {
  return lessonStruct()
}

/** Takes a template program (PROGRAM_*). RUN_BAD_INPUT: it is malformed; nothing was taken over. */
export function weft_thread_program(pointer: usize, length: u32): i32 {
  if (!inMemory(pointer, length)) return RUN_BAD_INPUT
  const taken = takeProgram(pointer, length)
  return exhausted ? OUT_OF_MEMORY : taken ? RUN_DONE : RUN_BAD_INPUT
}
