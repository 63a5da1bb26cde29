// The valid blocks of the block tests once more, each by its execution witness: the state before it as trie nodes, from which the state
// root after it is made. First with all nodes of the state, then with only those that this took; both have to give the root of the
// header. `npm test` takes a share of every file and network, `npm run test:spec` all. Called by witness.test.ts.
import { afterAll, expect, it } from 'vitest'
import { Blockchain, blockInput, type ChainBlock } from '../../src/blockchain.ts'
import { readTestGenesis } from '../../src/blocktest.ts'
import { allOk, checkOutcome } from '../../src/chain/checks.ts'
import type { Engine } from '../../src/engine.ts'
import {
  createEngine,
  createWeft,
  type ExpectedHeader,
  type Weft,
  type Witness,
  witnessSource,
} from '../../src/index.ts'
import { decodeBlock, type RlpBlock } from '../../src/input/block-rlp.ts'
import { Fields } from '../../src/input/fields.ts'
import { hexBytes } from '../../src/input/hex.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { coreModule, encodeHeader, hashOf, wholeWitness } from '../setup/witness.ts'
import { blockTestFiles, chooseBlockTests, type NamedBlockTest, readBlockTests } from './block-cases.ts'
import { isFull } from './state-cases.ts'

/** Of the sample of the block tests, one in so many of each file and network. */
const SHARE = 4
/** Milliseconds for one file. */
const PATIENCE = isFull ? 3_600_000 : 600_000
/** Headers in a witness: those of the parent and what BLOCKHASH may ask for in these short chains. */
const MOST_HEADERS = 256
/** Memory of a core never shrinks. */
const LARGE = 256 * 1024 * 1024

/** What a block came to. */
interface Tally {
  tests: number
  blocks: number
  nodes: number
  needed: number
}

/** Registers the suite. */
export function witnessTests(): void {
  describeWithData('blockchain-tests', 'block tests by execution witness', folder => {
    const tally: Tally = { tests: 0, blocks: 0, nodes: 0, needed: 0 }
    const load = async (): Promise<{ engine: Engine; weft: Weft }> => ({
      engine: await createEngine({ wasm: coreModule('simd') }),
      weft: await createWeft({ wasm: wasmBytes('simd') }),
    })
    let loaded: Awaited<ReturnType<typeof load>> | undefined

    it.each(blockTestFiles(folder))(
      '%s',
      async file => {
        const failures: string[] = []
        for (const test of chosen(readBlockTests(folder, file))) {
          const isLarge = await loaded?.engine.alone(core => core.memorySize > LARGE)
          if (!loaded || isLarge) loaded = await load()
          const wrong = await runByWitness(loaded, test, tally).catch(String)
          if (wrong) failures.push(`${test.id} | ${wrong}`)
          tally.tests++
        }
        expect(failures).toEqual([])
      },
      PATIENCE,
    )

    it('were enough blocks to say something', () => {
      expect(tally.tests).toBeGreaterThanOrEqual(300)
      expect(tally.blocks).toBeGreaterThanOrEqual(300)
      expect(tally.needed).toBeLessThan(tally.nodes)
    })

    afterAll(() => {
      const { tests, blocks, nodes, needed } = tally
      console.log(`by witness: ${tests} tests, ${blocks} blocks, ${nodes} nodes, ${needed} of them needed`)
    })
  })
}

function chosen(tests: readonly NamedBlockTest[]): readonly NamedBlockTest[] {
  if (isFull) return tests
  const seen = new Map<string, number>()
  return chooseBlockTests(tests, 'scalar').filter(({ network }) => {
    const before = seen.get(network) ?? 0
    seen.set(network, before + 1)
    return before % SHARE === 0
  })
}

/** Imports the blocks of a test, and runs each that is valid by its witness. A sentence about the first that goes wrong. */
function runByWitness(
  { engine, weft }: { engine: Engine; weft: Weft },
  { id, json }: NamedBlockTest,
  tally: Tally,
): Promise<string | undefined> {
  const test = new Fields(json, { file: id, path: '' })
  const genesis = readTestGenesis(test)
  return engine.alone(async core => {
    const chain = new Blockchain(engine, core, genesis)
    chain.begin()
    for (const [i, block] of test.array('blocks', 100_000, 'blocks').entries()) {
      const encoded = hexBytes(new Fields(block, test.place).text('rlp'))!
      const imported = await chain.add(encoded)
      // The change of state at the DAO fork is no part of the block.
      if (!('block' in imported) || imported.block.rules.daoBlock === imported.block.header.number) continue
      const { pre } = chain.last()!
      const { block: added } = imported
      const ancestors = headersBefore(added)
      const { root, witness } = wholeWitness(pre, ancestors)
      if (root !== added.parent!.header.stateRoot) return `block ${i}: the tries have root ${root}`
      const decoded = decodeBlock(encoded)
      const needed = await replay(weft, decoded, added, genesis.chainId, witness)
      if (typeof needed === 'string') return `block ${i}: ${needed}`
      const again = await replay(weft, decoded, added, genesis.chainId, needed)
      if (typeof again === 'string') return `block ${i}, with what it needs: ${again}`
      tally.blocks++
      tally.nodes += witness.state.length
      tally.needed += needed.state.length
    }
    return undefined
  })
}

/** The witness that was needed, or what went wrong. */
async function replay(
  weft: Weft,
  block: RlpBlock,
  { rules }: ChainBlock,
  chainId: bigint,
  witness: Witness,
): Promise<Witness | string> {
  const input = blockInput(block, rules, chainId)
  const source = await witnessSource(witness, input.env, { wasm: coreModule('simd') })
  const outcome = await weft.replayBlock(input, { source })
  const expected: ExpectedHeader = block.header
  const checks = checkOutcome(input, expected, outcome)
  if (outcome.stateRoot !== block.header.stateRoot) return `state root ${outcome.stateRoot}`
  if (checks.stateRoot !== true || !allOk(checks)) return JSON.stringify(checks)
  if (source.report().surplus !== witness.state.length - source.needed().state.length)
    return 'surplus nodes are not counted'
  return source.needed()
}

function headersBefore(block: ChainBlock): Uint8Array[] {
  const headers: Uint8Array[] = []
  for (let at = block.parent; at && headers.length < MOST_HEADERS; at = at.parent) {
    const encoded = encodeHeader(at.header)
    expect(hashOf(encoded)).toBe(at.hash)
    headers.push(encoded)
  }
  return headers
}
