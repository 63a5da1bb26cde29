// A transaction of 30 million gas is traced in the memory that one of 300,000 takes: the core suspends when its buffer is full,
// and the tracers pass on what they are told.
import { expect, it } from 'vitest'
import { messageRun } from '../../src/call.ts'
import { createEngine, Eip3155Tracer, type Step, StructLogTracer, type Tracer } from '../../src/index.ts'
import { hexBytes } from '../../src/input/hex.ts'
import { run } from '../../src/run.ts'
import { wasmBytes } from '../setup/weft.ts'

// MSTORE at 31 KiB, then endlessly: JUMPDEST, SLOAD of a warm slot, POP, JUMP.
const LOOP = hexBytes('0x6001617c00525b60005450600656')!

/** Pages of the core's memory before and after a run of `gas`. */
async function growth(tracer: Tracer | undefined, gas: bigint): Promise<{ before: number; after: number }> {
  const engine = await createEngine({ wasm: wasmBytes('simd') })
  await run(engine, await messageRun({ code: LOOP, gas: 100_000n }))
  const before = await engine.alone(core => core.memorySize)
  await run(engine, await messageRun({ code: LOOP, gas, ...(tracer && { tracer }) }))
  return { before, after: await engine.alone(core => core.memorySize) }
}

it('the core’s memory does not depend on the length of the run', async () => {
  let steps = 0
  let largest = 0
  const tracer: Tracer = {
    switches: { steps: true, stack: true, storage: true },
    step: (step: Step) => {
      steps++
      largest = Math.max(largest, step.stackItems)
    },
  }
  const { before, after } = await growth(tracer, 30_000_000n)
  expect(steps).toBeGreaterThan(900_000)
  expect(largest).toBe(2)
  expect(after - before).toBeLessThan(4 * 1024 * 1024)
})

it('with memory at every step as well', async () => {
  let bytes = 0
  const tracer: Tracer = {
    switches: { steps: true, memory: true },
    step: (step: Step) => {
      bytes += step.memory.length
    },
  }
  const { before, after } = await growth(tracer, 3_000_000n)
  expect(bytes).toBeGreaterThan(2 ** 31)
  expect(after - before).toBeLessThan(8 * 1024 * 1024)
})

it('tracers that write keep nothing', async () => {
  let longest = 0
  let pieces = 0
  const write = (text: string): void => {
    pieces++
    longest = Math.max(longest, text.length)
  }
  for (const tracer of [new Eip3155Tracer(write), new StructLogTracer(write)]) {
    await growth(tracer, 1_000_000n)
  }
  expect(pieces).toBeGreaterThan(60_000)
  expect(longest).toBeLessThan(1000)
})
