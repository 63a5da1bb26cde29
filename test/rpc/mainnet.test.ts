// Mainnet blocks from a node that has no debug_ methods: round trips, that of the block among them, by what is known beforehand. In
// `npm test` some of the blocks, in `npm run test:spec` 53 with access lists, which take minutes. What is printed is what was seen.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkOutcome } from '../../src/chain/checks.ts'
import { createWeft, MemorySource, type RpcSourceOptions, rpcBlock, type Weft } from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { comparable, readGzip } from '../spec/block-results.ts'
import { blockNode, outlook } from './mainnet-node.ts'

/** Small ones of several kinds of rules. */
const SOME = [46147, 2675000, 3688112, 4370000, 15537393, 19426587, 19933122]
/** Accounts that are there and empty, which a node does not tell from absent ones (before EIP-161). */
const UNTELLABLE = 2674998

describeWithData('mainnet-blocks', 'mainnet blocks of a node without debug_ methods', folder => {
  const isWhole = process.env.WEFT_SPEC === 'full'
  const all = readdirSync(folder)
    .flatMap(name => /^(\d+)\.json\.gz$/.exec(name)?.[1] ?? [])
    .map(Number)
    .filter(number => number !== UNTELLABLE)
    .sort((a, b) => a - b)
  const read = blockFileReader()
  const codes = readGzip<Record<`0x${string}`, `0x${string}`>>(join(folder, 'codes.json.gz'))
  let weft: Weft
  beforeAll(async () => {
    weft = await createWeft({ wasm: wasmBytes('simd') })
  })
  afterAll(() => weft.close())

  /** Replays blocks: round trips of each, and calls of all. `hasReceipts`: the node has the block's receipts, as it has after the block. */
  async function replayAll(
    numbers: readonly number[],
    foresee: NonNullable<RpcSourceOptions['foresee']>,
    hasReceipts: boolean,
  ): Promise<{ trips: number[]; calls: number }> {
    const trips: number[] = []
    let calls = 0
    for (const number of numbers) {
      const path = join(folder, `${number}.json.gz`)
      const file = read(path)
      const { eth_getBlockReceipts, ...lists } = foresee === true ? await outlook(weft, file) : {}
      const methods = { ...lists, ...(hasReceipts && eth_getBlockReceipts && { eth_getBlockReceipts }) }
      const options = { foresee, fetch: blockNode(path, codes, methods) }
      const { block, expected, source } = await rpcBlock('http://127.0.0.1:8545', number, options)
      const outcome = await weft.replayBlock(block, { source })
      expect(Object.values(checkOutcome(block, expected, outcome))).not.toContain(false)
      const listed = await weft.replayBlock(file.block, { source: new MemorySource(file.state) })
      expect(comparable(outcome)).toEqual(comparable(listed))
      trips.push(source.metrics.roundTrips)
      calls += source.metrics.calls
    }
    return { trips, calls }
  }

  it.each([
    ['runs on guesses alone', false, false, 0, 30],
    ['analysis of codes', 'analysis', false, 0.15, 12],
    ['access lists of the node, and analysis', true, false, 0.9, 4],
    ['receipts and access lists of the node, and analysis', true, true, 1, 4],
  ] as const)('%s', async (how, foresee, hasReceipts, share, most) => {
    const numbers = all.filter(number => (isWhole && foresee === true) || SOME.includes(number))
    const { trips, calls } = await replayAll(numbers, foresee, hasReceipts)
    const sorted = trips.toSorted((a, b) => a - b)
    const few = trips.filter(count => count <= 5).length
    const above = numbers.flatMap((number, i) => (trips[i]! > 5 ? `${number}: ${trips[i]}` : []))
    const middle = sorted[sorted.length >> 1]!
    console.log(`${how}: at most 5 round trips in ${few} of ${trips.length} blocks, median ${middle}, ${calls} calls`)
    console.log(`  above: ${above.join(', ')}`)
    expect(few / trips.length).toBeGreaterThanOrEqual(share)
    expect(middle).toBeLessThanOrEqual(most)
  })
})
