// Signers of transactions and authorizations are recovered by all threads, with the same results and rejections as by one.
import { Worker } from 'node:worker_threads'
import { RLP } from '@ethereumjs/rlp'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { recipeBlock } from '../../bench/blocks/recipes.ts'
import { replayBlock } from '../../src/block.ts'
import type { Engine } from '../../src/engine.ts'
import { createEngine, MemorySource } from '../../src/index.ts'
import { encodeRlp, type RlpItem } from '../../src/input/rlp.ts'
import type { Address } from '../../src/types.ts'
import { wasmBytes } from '../setup/weft.ts'
import { block, contract, tx } from './cases.ts'
import { type Case, endingOf, sequentialEnding } from './engines.ts'
import { toCase } from './swarm/world.ts'

const engineOf = (threads: number): Promise<Engine> => createEngine({ threads, threadsWasm: wasmBytes('threads') })

function recipe(name: Parameters<typeof recipeBlock>[0], n: number): Case {
  const { block, state } = recipeBlock(name, n)
  return { block, source: () => new MemorySource(state) }
}

/** Runs a block; how many signers the main thread recovered of it. */
async function counted(engine: Engine, { block, source }: Case, dispatch: 'auto' | 'sequential' | 'dataflow') {
  const recover = vi.spyOn(engine.crypto, 'recover')
  const ending = await endingOf(() => replayBlock(engine, block, { source: source(), dispatch }))
  const here = recover.mock.calls.length
  recover.mockRestore()
  return { ending, here }
}

/** Its r is the x of no point of the curve. */
function withoutSigner(bytes: Uint8Array): Uint8Array {
  const items = RLP.decode(bytes.subarray(1)) as RlpItem[]
  return encodeRlp(items.with(-2, Uint8Array.of(5)), bytes[0])
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('signers', () => {
  it.each([2, 3, 8])('are recovered by %i threads, each once, and by one where there are few', async threads => {
    const engine = await engineOf(threads)
    // Threads that take part for the first time load their library.
    const [many, few] = [recipe('ether-distinct', 400), recipe('ether-distinct', 7)]
    await counted(engine, many, 'auto')
    for (const dispatch of ['auto', 'dataflow'] as const) {
      const { ending, here } = await counted(engine, many, dispatch)
      expect(ending).toEqual(await sequentialEnding(many))
      expect(here).toBeGreaterThan(0)
      expect(here).toBeLessThan(400)
    }
    expect(await counted(engine, few, 'auto')).toEqual({ ending: await sequentialEnding(few), here: 7 })
    // What was asked for is one thread.
    expect((await counted(engine, many, 'sequential')).here).toBe(400)
    await engine.close()
  })

  it('of authorizations are among them', async () => {
    const to: Address = `0x${'b2'.repeat(20)}`
    const code: Address = `0x${'a1'.repeat(20)}`
    const authorizations = [1, 2, 3, 4, 5].map(by => ({ by, to: code, chainId: 1, skip: 0 }))
    const transactions = Array.from({ length: 30 }, () => tx(0, to, { type: 4, authorizations }))
    const given = toCase(block('prague', { [code]: contract(Uint8Array.of(0x00)) }, transactions))
    const engine = await engineOf(2)
    for (let round = 0; round < 2; round++) {
      const { ending, here } = await counted(engine, given, 'dataflow')
      expect(ending).toEqual(await sequentialEnding(given))
      expect(here).toBeLessThan(30 * (1 + authorizations.length))
    }
    await engine.close()
  })

  it('that no key fits are found, whoever looks: the first of them is named', async () => {
    const given = recipe('ether-distinct', 64)
    const transactions = given.block.transactions.map((bytes, i) => (i % 23 === 22 ? withoutSigner(bytes) : bytes))
    const broken = { ...given, block: { ...given.block, transactions } }
    const expected = await sequentialEnding(broken)
    expect(expected).toEqual({ invalid: expect.stringContaining('SIGNATURE'), index: 22 })
    const engine = await engineOf(3)
    for (const dispatch of ['auto', 'dataflow'] as const) {
      expect((await counted(engine, broken, dispatch)).ending).toEqual(expected)
    }
    expect((await counted(engine, given, 'dataflow')).ending).toEqual(await sequentialEnding(given))
    await engine.close()
  })

  it('come to the end under auto though a thread dies over them', async () => {
    const workers: Worker[] = []
    const post = Worker.prototype.postMessage
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
      if (!workers.includes(this)) workers.push(this)
      return post.call(this, message)
    })
    const engine = await engineOf(2)
    const given = recipe('ether-distinct', 400)
    await counted(engine, given, 'auto')
    const recover = engine.crypto.recover.bind(engine.crypto)
    vi.spyOn(engine.crypto, 'recover').mockImplementationOnce((...signature) => {
      void workers[0]!.terminate()
      return recover(...signature)
    })
    const { block, source } = given
    const run = () => endingOf(() => replayBlock(engine, block, { source: source(), dispatch: 'auto' }))
    expect(await run()).toEqual(await sequentialEnding(given))
    expect(await run()).toEqual(await sequentialEnding(given))
    await engine.close()
  })
})
