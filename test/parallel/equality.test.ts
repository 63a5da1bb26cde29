// Parallel execution gives what sequential execution gives, whatever the number of threads and the dispatch: status, gas,
// output, logs, receipts and their root, and the state after the block.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RECIPE_NAMES, recipeBlock } from '../../bench/blocks/recipes.ts'
import { MemorySource } from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { describeWithData } from '../setup/data.ts'
import { expectSame, isFull, WAYS, waysAt } from './engines.ts'

describeWithData('mainnet-blocks', 'mainnet blocks', folder => {
  const numbers = readdirSync(folder)
    .filter(name => /^\d+\.json\.gz$/.test(name))
    .map(name => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
  const read = blockFileReader()

  it.each(numbers)('%d', async number => {
    const file = read(join(folder, `${number}.json.gz`))
    const ways = isFull || file.block.transactions.length < 100 ? WAYS : waysAt(2, 8)
    const ending = await expectSame({ block: file.block, source: () => new MemorySource(file.state) }, ways)
    expect(ending).toHaveProperty('outcome')
  })
})

describe.each(RECIPE_NAMES)('recipe %s', name => {
  it.each(isFull ? [12, 200, 1000] : [12, 200])('of %d transactions', async size => {
    const { block, state } = recipeBlock(name, size)
    const ways = isFull || size < 100 ? WAYS : waysAt(2, 8)
    const ending = await expectSame({ block, source: () => new MemorySource(state) }, ways)
    expect(ending).toHaveProperty('outcome.stateRoot')
  })
})
