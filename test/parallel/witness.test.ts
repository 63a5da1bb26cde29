// Blocks by execution witness: the pitfalls (cases.ts) and blocks of the swarm, with accounts that are destroyed, made again and emptied.
// Their outcome is that of the same block on the whole state, and the state root that the witness leads to is that of the bulk builder
// over the state afterwards; on one thread and on several, with the whole witness and with only what was needed.
import { describe, expect, it } from 'vitest'
import { replayBlock } from '../../src/block.ts'
import {
  type Address,
  type Block,
  type FullAccount,
  MemorySource,
  type StateDiff,
  type Witness,
  witnessSource,
} from '../../src/index.ts'
import { listedState } from '../../src/state/preload.ts'
import { coreModule, type ProvedBlock, provedBlock } from '../setup/witness.ts'
import { PITFALLS } from './cases.ts'
import { type Ending, endingOf, engineWith, isFull } from './engines.ts'
import { generateBlock } from './swarm/generate.ts'
import { type SwarmBlock, toCase } from './swarm/world.ts'

const SWARM = isFull ? 2000 : 80
const THREADS = [0, 3]

/** A block of the swarm with the witness of its state. */
function proved(given: SwarmBlock): ProvedBlock {
  const { block, source } = toCase({ ...given, asked: false })
  const memory = source() as MemorySource
  const accounts = Array.from(memory.entries(), ({ address, account, storage }): [Address, FullAccount] => [
    address,
    { ...account, storage },
  ])
  return provedBlock(block, { accounts, codes: hash => memory.code(hash) })
}

interface Tally {
  valid: number
  destroyed: number
  cleared: number
  zeroed: number
}

/** Expects the same from the whole state and from the witness. */
async function expectProved(given: SwarmBlock, tally?: Tally): Promise<Ending> {
  const { block, state, witness } = proved(given)
  const engine = await engineWith(0)
  const whole = new MemorySource(state)
  const expected = await endingOf(() => replayBlock(engine, block, { source: whole }))
  if ('outcome' in expected) {
    const diff = expected.outcome.diff as StateDiff
    whole.apply(diff)
    expected.outcome.stateRoot = await engine.alone(core => {
      core.reset(block.env.fork)
      core.supply(listedState(whole)!)
      return core.stateRoot()
    })
    if (tally) count(tally, diff)
  }
  for (const threads of THREADS) {
    const needed = await expectSame(block, witness, threads, expected)
    if (threads === 0) await expectSame(block, needed, threads, expected)
  }
  return expected
}

async function expectSame(block: Block, witness: Witness, threads: number, expected: Ending): Promise<Witness> {
  const source = await witnessSource(witness, block.env, { wasm: coreModule('simd') })
  const engine = await engineWith(threads)
  const dispatch = threads === 0 ? 'sequential' : 'dataflow'
  expect(await endingOf(() => replayBlock(engine, block, { source, dispatch }))).toEqual(expected)
  return source.needed()
}

function count(tally: Tally, diff: StateDiff): void {
  tally.valid++
  for (const { exists, storageCleared, storage } of diff) {
    if (!exists) tally.destroyed++
    else if (storageCleared) tally.cleared++
    tally.zeroed += storage.filter(([, value]) => value === 0n).length
  }
}

describe('by witness', () => {
  it.each(Object.entries(PITFALLS))('%s', async (_, { block, invalid }) => {
    const ending = await expectProved(block)
    if (invalid === undefined) expect(ending).toHaveProperty('outcome.stateRoot')
    else expect(ending).toEqual({ invalid: expect.stringContaining(invalid[0]), index: invalid[1] })
  })

  it('blocks of the swarm', async () => {
    const tally: Tally = { valid: 0, destroyed: 0, cleared: 0, zeroed: 0 }
    for (let i = 0; i < SWARM; i++) await expectProved(generateBlock(`witness/${i}`, { fewest: 2, most: 40 }), tally)
    console.log(`swarm by witness: ${JSON.stringify(tally)}`)
    for (const times of Object.values(tally)) expect(times).toBeGreaterThan(0)
  })
})
