// Precompiled contracts of one's own in blocks: the result is that of one thread, and the functions are called the same, in the same order
// and on the same state, whatever the number of threads and the dispatch.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DispatchOption, replayBlock } from '../../src/block.ts'
import type { Engine } from '../../src/engine.ts'
import { type Address, createEngine, type Precompile, PrecompileError, type Source } from '../../src/index.ts'
import { wasmBytes } from '../setup/weft.ts'
import { block, tx } from './cases.ts'
import { type Case, endingOf } from './engines.ts'
import { ownContracts, shared, THROWS, takeSeen, throws, waits } from './own-contracts.ts'
import { toCase } from './swarm/world.ts'

const THREADS = [1, 2, 8]
const WAYS: DispatchOption[] = ['dataflow', 'batched', 'auto']

const bitByBit = ({ source }: Case): Source => {
  const all = source()
  return {
    account: async address => all.account(address),
    storage: async (address, key) => all.storage(address, key),
    code: async hash => all.code(hash),
    blockHash: async number => all.blockHash(number),
  }
}

const precompiles = [shared, waits, throws]
const engines = new Map<number, Engine>()
beforeAll(async () => {
  engines.set(0, await createEngine({ wasm: wasmBytes('simd'), precompiles }))
  for (const threads of THREADS) {
    engines.set(threads, await createEngine({ threads, threadsWasm: wasmBytes('threads'), precompiles }))
  }
})
afterAll(async () => {
  for (const engine of engines.values()) await engine.close()
})

/** How the block ends, and what the functions saw. */
async function run(threads: number, { block }: Case, source: Source, dispatch?: DispatchOption) {
  takeSeen()
  const ending = await endingOf(() =>
    replayBlock(engines.get(threads)!, block, { source, ...(dispatch && { dispatch }) }),
  )
  return { ending, seen: takeSeen() }
}

describe.each(WAYS)('%s', dispatch => {
  it.each(THREADS)('with %d threads is as one after the other', async threads => {
    for (const count of [5, 60]) {
      const each = ownContracts(count)
      const expected = await run(0, each, each.source())
      expect(expected.ending).toHaveProperty('outcome')
      expect(expected.seen.length).toBeGreaterThanOrEqual(Math.floor(count / 5))
      for (let round = 0; round < 3; round++)
        expect(await run(threads, each, each.source(), dispatch)).toEqual(expected)
    }
  })

  it.each(THREADS)('with %d threads comes to the same on state that is asked for', async threads => {
    const each = ownContracts(30)
    const expected = await run(0, each, bitByBit(each))
    const { ending } = await run(threads, each, bitByBit(each), dispatch)
    expect(ending).toEqual(expected.ending)
  })

  it('fails with the error of the function, and the engine goes on', async () => {
    const failing = ownContracts(40, { last: THROWS })
    const sound = ownContracts(20)
    const expected = await run(0, sound, sound.source())
    for (const threads of THREADS) {
      const error = await run(threads, failing, failing.source(), dispatch).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(PrecompileError)
      expect(error).toMatchObject({ address: THROWS, cause: { message: 'out of order' } })
      expect(await run(threads, sound, sound.source(), dispatch)).toEqual(expected)
    }
  })

  it('is given up while a function is waited for', async () => {
    const controller = new AbortController()
    const hangs: Precompile = {
      address: shared.address,
      run: () => {
        controller.abort(new Error('given up'))
        return new Promise(() => {})
      },
    }
    const nobody: Address = `0x${'d4'.repeat(20)}`
    const sound = toCase(block('osaka', {}, [tx(0, nobody), tx(1, nobody)]))
    const engine = await createEngine({ threads: 3, threadsWasm: wasmBytes('threads'), precompiles: [hangs] })
    const { block: long, source } = ownContracts(60)
    const replay = replayBlock(engine, long, { source: source(), dispatch, signal: controller.signal })
    await expect(replay).rejects.toThrow('given up')
    const { outcome } = (await endingOf(() => replayBlock(engine, sound.block, { source: sound.source() }))) as {
      outcome: { receipts: { status: string }[] }
    }
    expect(outcome.receipts.map(({ status }) => status)).toEqual(['success', 'success'])
    await engine.close()
  })
})
