// Memory that threads share grows long before they use what is new: an engine tells the other threads of its growth at the next function
// they call, and an atomic instruction that comes before traps.
import { describe, expect, it } from 'vitest'
import type { CoreExports } from '../../src/abi.ts'
import { compileThreads } from '../../src/core/load.ts'
import { wasmBytes } from '../setup/weft.ts'

const PAGE = 65536
const PIECE = 2 ** 20
const AHEAD = 8 * 2 ** 20

/** Takes pieces until there is no more; returns how much lay behind each when it was given out. */
async function takeAll(pages: number): Promise<{ behind: number[]; taken: number; memory: WebAssembly.Memory }> {
  const module = await compileThreads(wasmBytes('threads'))
  const memory = new WebAssembly.Memory({ initial: 64, maximum: pages, shared: true })
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, now: () => 0 } })
  const core = exports as unknown as CoreExports
  const behind: number[] = []
  for (;;) {
    // Its head is the core's: a block is a power of two.
    const pointer = core.weft_alloc(PIECE - 64) >>> 0
    if (pointer === 0) return { behind, taken: behind.length * PIECE, memory }
    behind.push(memory.buffer.byteLength - pointer - PIECE + 64)
  }
}

describe('shared memory', () => {
  it('grows ahead of what is taken, up to its limit', async () => {
    const limit = 64 * 2 ** 20
    const { behind, taken, memory } = await takeAll(limit / PAGE)
    const early = behind.slice(0, 50)
    expect(Math.min(...early)).toBeGreaterThanOrEqual(AHEAD)
    expect(memory.buffer.byteLength).toBe(limit)
    expect(taken).toBeGreaterThan(limit - 3 * PIECE)
    expect(behind.at(-1)).toBeGreaterThanOrEqual(0)
  })

  it('is used up to the end where it cannot grow ahead', async () => {
    const { behind, taken } = await takeAll(70)
    expect(taken).toBeGreaterThan(70 * PAGE - 3 * PIECE)
    expect(Math.min(...behind)).toBeGreaterThanOrEqual(0)
  })
})
