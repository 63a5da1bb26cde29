// Blocks by execution witness: the pitfalls (cases.ts) and blocks of the swarm, with accounts that are destroyed, made again and emptied.
// Their outcome is that of the same block on the whole state, and the state root that the witness leads to is that of the bulk builder
// over the state afterwards; on one thread and on several, with the whole witness and with only what was needed.
import { describe, expect, it } from 'vitest'
import { replayBlock } from '../../src/block.ts'
import { EMPTY_OMMERS_HASH, type Header } from '../../src/chain/header.ts'
import { type Block, type Hex, MemorySource, type StateDiff, type Witness, witnessSource } from '../../src/index.ts'
import { listedState } from '../../src/state/preload.ts'
import { coreModule, encodeHeader, hashOf, wholeWitness } from '../setup/witness.ts'
import { PITFALLS } from './cases.ts'
import { type Ending, endingOf, engineWith, isFull } from './engines.ts'
import { generateBlock } from './swarm/generate.ts'
import { type SwarmBlock, toCase } from './swarm/world.ts'

const SWARM = isFull ? 2000 : 80
/** Number of the block that the swarm makes; ancestors reach back as far as BLOCKHASH. */
const NUMBER = 1000
const ANCESTORS = 256
const THREADS = [0, 3]
const zeros = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`

function header(number: number, parentHash: Hex, stateRoot: Hex): Header {
  return {
    ...{ parentHash, stateRoot, number: BigInt(number), ommersHash: EMPTY_OMMERS_HASH, coinbase: zeros(20) },
    ...{ transactionsRoot: zeros(32), receiptsRoot: zeros(32), logsBloom: zeros(256), difficulty: 0n },
    ...{ gasLimit: 30_000_000n, gasUsed: 0n, timestamp: BigInt(number), extraData: new Uint8Array() },
    ...{ mixHash: zeros(32), nonce: zeros(8) },
  }
}

/** Encoded headers up to the grandparent, the newest first. */
const ancestors: readonly Uint8Array[] = (() => {
  const all: Uint8Array[] = []
  let parentHash = zeros(32)
  for (let number = NUMBER - ANCESTORS; number < NUMBER - 1; number++) {
    all.unshift(encodeHeader(header(number, parentHash, zeros(32))))
    parentHash = hashOf(all[0]!)
  }
  return all
})()

/** A block on the state of the swarm's, as child of a header with the root of that state. */
function proved(given: SwarmBlock): { block: Block; state: () => MemorySource; witness: Witness } {
  const { block, source } = toCase({ ...given, asked: false })
  const { root, witness } = wholeWitness(source() as MemorySource, [])
  const headers = [encodeHeader(header(NUMBER - 1, hashOf(ancestors[0]!), root)), ...ancestors]
  const state = (): MemorySource => {
    const accounts = [...(source() as MemorySource).entries()]
    const codes = new Map(witness.codes.map(code => [hashOf(code), code]))
    return new MemorySource({
      accounts: accounts.map(({ address, account, storage }) => [address, { ...account, storage }]),
      codes,
      blockHashes: headers.map((encoded, i) => [BigInt(NUMBER - 1 - i), hashOf(encoded)]),
    })
  }
  const env = { ...block.env, parentHash: hashOf(headers[0]!) }
  return { block: { ...block, env }, state, witness: { ...witness, headers } }
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
  const whole = state()
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
