// Results do not depend on predictions: none, exact, random, inverted, such that everything conflicts, and adversarial. Exact ones are
// what the engine recorded of a run, and are shown to be taken notice of.
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { recipeBlock } from '../../bench/blocks/recipes.ts'
import type { AccessHint } from '../../src/abi.ts'
import { type ReplayOutcome, replayBlock } from '../../src/block.ts'
import { MemorySource } from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { describeWithData } from '../setup/data.ts'
import { PITFALLS } from './cases.ts'
import { type Case, differences, endingOf, engineWith, isFull, PARALLEL, sequentialEnding } from './engines.ts'
import { accessesOf, HINT_KINDS, hintsFor } from './predictions.ts'
import { toCase } from './swarm/world.ts'

const THREADS = isFull ? [1, 2, 3, 8, 16] : [2, 3]
const MAINNET = isFull
  ? [
      46147, 116525, 2179522, 4864590, 7280000, 9069000, 11114732, 12244000, 13287210, 14029313, 15538827, 18085863,
      19426587,
    ]
  : [116525, 4370000, 12244000, 17034869]
const RECIPES = ['swaps-few-pairs', 'erc20-chain', 'ether-coinbase', 'mixed'] as const

async function expectIndependence(given: Case): Promise<void> {
  const expected = await sequentialEnding(given)
  const exact = await accessesOf(given)
  for (const kind of HINT_KINDS) {
    const hints = hintsFor(kind, given.block.transactions.length, exact, 'hints')
    for (const threads of THREADS) {
      const engine = await engineWith(threads)
      for (const dispatch of PARALLEL) {
        const { block, source } = given
        const ending = await endingOf(() => replayBlock(engine, block, { source: source(), dispatch, hints }))
        if (isDeepStrictEqual(ending, expected)) continue
        expect.fail([`${kind}, ${threads} threads, ${dispatch}`, ...differences(expected, ending)].join('\n'))
      }
    }
  }
}

describe('predictions of every kind', () => {
  it.each(Object.entries(PITFALLS))('%s', async (_, { block }) => expectIndependence(toCase(block)))

  it.each(RECIPES)('recipe %s', async name => {
    const { block, state } = recipeBlock(name, isFull ? 200 : 40)
    await expectIndependence({ block, source: () => new MemorySource(state) })
  })
})

describeWithData('mainnet-blocks', 'predictions of every kind, mainnet blocks', folder => {
  const read = blockFileReader()
  it.each(MAINNET)('%d', async number => {
    const { block, state } = read(join(folder, `${number}.json.gz`))
    await expectIndependence({ block, source: () => new MemorySource(state) })
  })
})

describe('predictions', () => {
  const run = async (name: (typeof RECIPES)[number], hints: 'none' | 'all' | AccessHint[]): Promise<ReplayOutcome> => {
    const { block, state } = recipeBlock(name, 60)
    const engine = await engineWith(2)
    return replayBlock(engine, block, { source: new MemorySource(state), dispatch: 'dataflow', hints })
  }

  it('are what transactions wait for', async () => {
    const { block, state } = recipeBlock('erc20-chain', 60)
    const exact = await accessesOf({ block, source: () => new MemorySource(state) })
    expect(exact.length).toBeGreaterThan(60)
    const told = (await run('erc20-chain', exact)).parallel!
    expect(told.colours).toBe(60)
    expect(told.aborts).toBe(0)
    expect((await run('erc20-chain', 'none')).parallel!.colours).toBe(1)
    const conflicts = hintsFor('everything conflicts', 60, [], '')
    expect((await run('ether-coinbase', conflicts)).parallel!.colours).toBe(60)
  })
})
