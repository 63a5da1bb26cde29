// The sample block and the mainnet blocks of the data folder by execution witness. The state before the sample block is known whole, of
// the mainnet blocks only what they read; so all accounts supplied are taken for the whole state, the block for a child of a made-up
// header with its root, and the state root that has to come out is that of the bulk builder over the state afterwards.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import { forkByName } from '../../src/chain/forks.ts'
import { createWeft, MemorySource, type Weft, witnessSource } from '../../src/index.ts'
import type { BlockFile } from '../../src/input/block-file.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import type { BlockOutcome } from '../../src/types.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { coreModule, nodesOf, provedBlock } from '../setup/witness.ts'
import { comparable } from './block-results.ts'
import { isFull } from './state-cases.ts'

/** One in so many of the mainnet blocks in `npm test`. */
const SHARE = 9
const read = blockFileReader()
const byzantium = forkByName('byzantium').rules

let loading: Promise<Weft> | undefined

/** Runs a block on the whole state and by its witness. Returns how many nodes the witness had, and how many it took. */
async function expectProved(file: BlockFile): Promise<{ nodes: number; needed: number }> {
  loading ??= createWeft({ wasm: wasmBytes('simd') })
  const weft = await loading
  const { block, state, witness } = provedBlock(file.block, file.state)
  // Before Byzantium a complete state has receipts with state roots; a witness has not.
  const complete = file.fork.rules >= byzantium
  let whole: BlockOutcome
  try {
    whole = await weft.replayBlock(block, { source: new MemorySource({ ...state, complete }) })
  } catch (error) {
    // One that asks for the hash of its parent goes another way with a made-up one: then it has to fail alike.
    const source = await witnessSource(witness, block.env, { wasm: coreModule('simd') })
    await expect(weft.replayBlock(block, { source })).rejects.toEqual(error)
    return { nodes: witness.state.length, needed: witness.state.length }
  }
  const after = new MemorySource(state)
  after.apply(whole.diff)
  const expected = comparable({ ...whole, stateRoot: whole.stateRoot ?? nodesOf(after.entries()).root })
  const source = await witnessSource(witness, block.env, { wasm: coreModule('simd') })
  expect(comparable(await weft.replayBlock(block, { source }))).toEqual(expected)
  const needed = source.needed()
  const least = await witnessSource(needed, block.env, { wasm: coreModule('simd') })
  expect(comparable(await weft.replayBlock(block, { source: least }))).toEqual(expected)
  expect(least.report()).toMatchObject({ nodes: needed.state.length, surplus: 0 })
  return { nodes: witness.state.length, needed: needed.state.length }
}

describe('by witness', () => {
  it('the sample block', async () => {
    const { nodes, needed } = await expectProved(read(SAMPLE_PATH))
    expect(needed).toBeGreaterThan(500)
    expect(needed).toBeLessThan(nodes)
  })
})

describeWithData('mainnet-blocks', 'by witness, mainnet blocks', folder => {
  const files = readdirSync(folder)
    .filter(name => /^\d+\.json\.gz$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  it.each(files.filter((_, i) => isFull || i % SHARE === SHARE - 1))('%s', async name => {
    await expectProved(read(join(folder, name)))
  })
})
