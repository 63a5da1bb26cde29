// What can happen to a block besides running to its end: it is given up, a thread dies, it is invalid, the engine is closed. Never a
// hang, never a wrong state, and the engine goes on with the next call.
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { recipeBlock } from '../../bench/blocks/recipes.ts'
import { type ReplayOptions, replayBlock } from '../../src/block.ts'
import type { Engine } from '../../src/engine.ts'
import { createEngine, createWeft, InternalError, MemorySource } from '../../src/index.ts'
import { wasmBytes } from '../setup/weft.ts'
import { PITFALLS } from './cases.ts'
import { type Case, endingOf, PARALLEL, sequentialEnding } from './engines.ts'
import { toCase } from './swarm/world.ts'

const options = { threads: 3, threadsWasm: wasmBytes('threads') }
/** Long enough to be in the middle of it: some hundred milliseconds. */
const long = ((): Case => {
  const { block, state } = recipeBlock('swaps-few-pairs', 1500)
  return { block, source: () => new MemorySource(state) }
})()

const ways = PARALLEL.map(dispatch => ({ dispatch }))

const run = (engine: Engine, { block, source }: Case, more: Omit<ReplayOptions, 'source'>) =>
  replayBlock(engine, block, { source: source(), ...more })

/** The engine still gives what sequential execution gives. */
async function expectSound(engine: Engine): Promise<void> {
  const given = toCase(PITFALLS['one slot that everybody adds to']!.block)
  expect(await endingOf(() => run(engine, given, { dispatch: 'dataflow' }))).toEqual(await sequentialEnding(given))
}

/** A signal that is aborted when transactions have begun to run. */
function abortedOnTheWay(): { signal: AbortSignal; onProgress: () => void } {
  const controller = new AbortController()
  return { signal: controller.signal, onProgress: () => controller.abort(new Error('given up')) }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(ways)('a block, $dispatch', ({ dispatch }) => {
  it('is given up, and the engine goes on', async () => {
    const engine = await createEngine(options)
    const { signal, onProgress } = abortedOnTheWay()
    await expect(run(engine, long, { dispatch, signal, onProgress })).rejects.toThrow('given up')
    await expect(run(engine, long, { dispatch, signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow(
      'never',
    )
    await expectSound(engine)
    await engine.close()
  })

  it('ends with an error when a thread dies, and the engine goes on', async () => {
    const workers: Worker[] = []
    const post = Worker.prototype.postMessage
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
      if (!workers.includes(this)) workers.push(this)
      return post.call(this, message)
    })
    const engine = await createEngine(options)
    await expectSound(engine)
    expect(workers.length).toBeGreaterThanOrEqual(2) // the pool's, which come first, and the analyst
    let died = false
    const onProgress = (): void => {
      if (!died) void workers[0]!.terminate()
      died = true
    }
    // It may have been done with its part by then: then the block is right, and the next call finds out.
    const ending = await endingOf(() => run(engine, long, { dispatch, onProgress })).catch((error: unknown) => error)
    if (ending instanceof Error) expect(ending).toMatchObject({ code: 'THREAD' })
    else expect(ending).toEqual(await sequentialEnding(long))
    expect(died).toBe(true)
    const next = await run(engine, long, { dispatch }).catch((error: unknown) => error)
    if (next instanceof Error) expect(next).toBeInstanceOf(InternalError)
    await expectSound(engine)
    await engine.close()
  })

  it('that is invalid leaves nothing, and names the same transaction', async () => {
    const engine = await createEngine(options)
    for (const name of ['empty funds are the same error', 'block gas, for which a limit is too much']) {
      const given = toCase(PITFALLS[name]!.block)
      const expected = await sequentialEnding(given)
      expect(expected).toHaveProperty('invalid')
      for (let i = 0; i < 5; i++) expect(await endingOf(() => run(engine, given, { dispatch }))).toEqual(expected)
      await expectSound(engine)
    }
    await engine.close()
  })

  it('is run once ahead of its turn, or often, with the same result', async () => {
    const engine = await createEngine(options)
    const { block, state } = recipeBlock('swaps-one-pair', 60)
    const chain = { block, source: () => new MemorySource(state) }
    const expected = await sequentialEnding(chain)
    for (const speculativeRuns of [1, 2, 5]) {
      expect(await endingOf(() => run(engine, chain, { dispatch, speculativeRuns, hints: 'none' }))).toEqual(expected)
    }
    await engine.close()
  })
})

describe('an engine with threads', () => {
  it('comes to the end under auto though a thread dies', async () => {
    const workers: Worker[] = []
    const post = Worker.prototype.postMessage
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
      if (!workers.includes(this)) workers.push(this)
      return post.call(this, message)
    })
    const engine = await createEngine(options)
    await expectSound(engine)
    let died = false
    const onProgress = (): void => {
      if (!died) void workers[0]!.terminate()
      died = true
    }
    expect(await endingOf(() => run(engine, long, { onProgress }))).toEqual(await sequentialEnding(long))
    await engine.close()
  })

  it('queues calls', async () => {
    const weft = await createWeft(options)
    const names = ['nonce chain of one sender', 'one slot that everybody adds to', 'empty funds are the same error']
    const cases = names.map(name => toCase(PITFALLS[name]!.block))
    const endings = cases.flatMap(({ block, source }) =>
      ways.map(way => endingOf(() => weft.replayBlock(block, { source: source(), ...way }))),
    )
    const expected = await Promise.all(cases.map(sequentialEnding))
    expect(await Promise.all(endings)).toEqual(expected.flatMap(ending => [ending, ending]))
    await weft.close()
  })

  it('is closed when its calls are done; later ones fail', async () => {
    const weft = await createWeft(options)
    const { block, source } = long
    const running = endingOf(() => weft.replayBlock(block, { source: source(), dispatch: 'dataflow' }))
    await weft.close()
    expect(await running).toEqual(await sequentialEnding(long))
    await expect(weft.replayBlock(block, { source: source() })).rejects.toThrow(/closed/)
    await weft.close()
    await using disposed = await createWeft(options)
    expect(typeof disposed.close).toBe('function')
  })
})
