// The interpreter (Yellow Paper 9): frames run, one after the other, in the loop of loop.ts.
//
// Base gas is paid and the stack neither too low nor too high before an opcode is executed. Two instances of the loop see to that:
// ByBlocks asks once per basic block, with the sums of analysis.ts; a frame that comes to a block whose needs are not met goes on
// in Careful, which asks before every opcode, with the fork's check table (env.ts), and so ends exactly where the EVM ends. Traced
// is Careful and records every opcode (trace.ts); it runs where steps are traced, and there alone.
//
// Engines do not replace a running WASM frame by optimised code (measured: 1.2 ns per opcode in one long call, 0.41 in repeated
// short ones). So runFrame returns at every change of frame and at the first jump after GAS_PER_REST at the latest.

import { SUCCESS, TRACE_STEPS } from './abi.ts'
import { exhausted } from './arena.ts'
import { EXECUTED, EXECUTE_MISS, EXECUTE_NO_MEMORY, EXECUTE_TRACE_FULL, EXECUTE_YIELD, GO_ON } from './flow.ts'
import { current, frameCount } from './frame.ts'
import { ByBlocks, Careful, Traced, runFrame } from './loop.ts'
import { leaveFrame } from './message.ts'
import { runPrecompile } from './precompiles/run.ts'
import { isTraceFull, traceFrame, tracing } from './trace.ts'

/** Work after which the host is let in, at most a second: a change of frame counts as 1 of it, */
export const WORK_PER_YIELD: u32 = 50000
/** and as much as this a rest of the loop, or a precompiled contract. */
const LONG_WORK: u32 = 400

/** Runs until the last frame has ended, state is missing, memory or trace is full, or after so much work others should be let in. */
export function executeFrames(patience: u32 = WORK_PER_YIELD): i32 {
  for (let work: u32 = 0; work < patience; ) {
    if (!frameCount) return EXECUTED
    if (exhausted) return EXECUTE_NO_MEMORY
    const frame = current
    if (tracing) {
      if (isTraceFull()) return EXECUTE_TRACE_FULL
      traceFrame(frame)
    }
    if (frame.precompile) {
      if (!runPrecompile(frame)) return EXECUTE_MISS
      work += LONG_WORK
    } else if (!frame.codeLength) leaveFrame(SUCCESS, 0, 0)
    else {
      if (tracing & TRACE_STEPS) frame.careful = 2
      const ended = !frame.careful
        ? runFrame<ByBlocks>()
        : frame.careful == 1
          ? runFrame<Careful>()
          : runFrame<Traced>()
      if (ended != GO_ON) return ended
      work += current == frame ? LONG_WORK : 1
    }
  }
  return EXECUTE_YIELD
}
