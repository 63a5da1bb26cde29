// The block tests with several transactions in a block, Amsterdam's left out, with these transactions in parallel: each test comes to
// what it comes to sequentially, head, state root, refused blocks and all. A full run takes all of them, the sample a quarter
// of every file. Before Byzantium the receipts of these blocks hold state roots, so that transactions run in order.
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { type BlockTestResult, runBlockTest } from '../../src/blocktest.ts'
import type { Engine } from '../../src/engine.ts'
import { createEngine } from '../../src/index.ts'
import { decodeBlock } from '../../src/input/block-rlp.ts'
import { hexBytes } from '../../src/input/hex.ts'
import type { Hex } from '../../src/types.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { blockTestFiles, type NamedBlockTest, readBlockTests } from '../spec/block-cases.ts'
import { dropLarge, isFull, type Way } from './engines.ts'
import { type ForcedEngine, forcedEngine } from './forced.ts'

const WAYS: readonly Way[] = [
  { threads: 2, dispatch: 'dataflow' },
  { threads: 3, dispatch: 'batched' },
]
/** One in so many tests of a file goes into the sample, and at least one. */
const SHARE = 4
/** Blocks that do nothing but stress one thing: their time is the interpreter's. */
const SLOW = /benchmark-gas-value_(30|60|100|150)M|^randomStatetest94_/
const PATIENCE = isFull ? 3_600_000 : 120_000

/** Transactions of the largest block of a test; those of a block that cannot be read count as none. */
function transactionsOf({ json }: NamedBlockTest): number {
  const { blocks = [] } = json as { blocks?: { rlp: Hex }[] }
  const counts = blocks.map(({ rlp }) => {
    try {
      return decodeBlock(hexBytes(rlp)!).transactions.length
    } catch {
      return 0
    }
  })
  return Math.max(0, ...counts)
}

function testsOf(folder: string, file: string): NamedBlockTest[] {
  const several = readBlockTests(folder, file).filter(
    test => !SLOW.test(test.id.slice(test.id.indexOf(': ') + 2)) && transactionsOf(test) > 1,
  )
  if (isFull) return several
  const drawn = several.map(test => [createHash('sha256').update(test.id).digest('hex'), test] as const)
  const sorted = drawn.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, test]) => test)
  return sorted.slice(0, Math.ceil(several.length / SHARE))
}

async function resultOf(engine: Engine, { id, json }: NamedBlockTest): Promise<BlockTestResult | string> {
  try {
    return await runBlockTest(engine, id, json)
  } catch (error) {
    return String(error)
  }
}

describeWithData('blockchain-tests', 'block tests', folder => {
  const engines = new Map<Way | undefined, Engine>()
  let ran = 0

  async function engineFor(way: Way | undefined): Promise<Engine> {
    const engine = engines.get(way) ?? (way ? await forcedEngine(way) : await createEngine({ wasm: wasmBytes('simd') }))
    engines.set(way, engine)
    await dropLarge(engine)
    return engine
  }

  it.each(blockTestFiles(folder))(
    '%s',
    async file => {
      for (const test of testsOf(folder, file)) {
        const expected = await resultOf(await engineFor(undefined), test)
        for (const way of WAYS) {
          const name = `${test.id}, ${way.threads} threads, ${way.dispatch}`
          expect(await resultOf(await engineFor(way), test), name).toEqual(expected)
        }
        ran++
      }
    },
    PATIENCE,
  )

  it('have several transactions in a block often enough', () => {
    console.log(`block tests in parallel: ${ran} with several transactions in a block${isFull ? '' : ' (sample)'}`)
    expect(ran).toBeGreaterThan(100)
    for (const way of WAYS) {
      const engine = engines.get(way) as ForcedEngine
      expect(engine.joined, way.dispatch).toBeGreaterThan(100)
    }
  })
})
