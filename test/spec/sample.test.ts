// The sample block of the repository (bench/blocks), whose whole state is known: every header field including the state
// root, every receipt and the state after the block, which EthereumJS computed. Needs no data folder.
import { describe, expect, it } from 'vitest'
import type { ExpectedFile, BlockFile as SampleFile } from '../../bench/blocks/format.ts'
import { EXPECTED_PATH, SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import { checkOutcome } from '../../src/chain/checks.ts'
import { firstDifference, wrongClaim } from '../../src/cli/differences.ts'
import { createWeft, MemorySource } from '../../src/index.ts'
import { readExpectedReceipts } from '../../src/input/expected.ts'
import { blockFileReader, readJsonFile } from '../../src/input/file.node.ts'
import { wasmBytes } from '../setup/weft.ts'
import { postState, readGzip } from './block-results.ts'

describe.each(['scalar', 'simd'] as const)('sample block, %s', build => {
  it('verifies completely', async () => {
    const file = blockFileReader()(SAMPLE_PATH)
    const expected = readGzip<ExpectedFile>(EXPECTED_PATH)
    const weft = await createWeft({ wasm: wasmBytes(build) })
    const outcome = await weft.replayBlock(file.block, { source: new MemorySource(file.state) })
    expect(checkOutcome(file.block, file.expected, outcome)).toEqual({
      gasUsed: true,
      logsBloom: true,
      receiptsRoot: true,
      transactionsRoot: true,
      withdrawalsRoot: true,
      blobGasUsed: true,
      requestsHash: true,
      stateRoot: true,
    })
    const receipts = readExpectedReceipts(readJsonFile(EXPECTED_PATH), EXPECTED_PATH)
    expect(receipts.length).toBe(file.block.transactions.length)
    expect(firstDifference(receipts, outcome.receipts)).toBeUndefined()
    expect(outcome.receipts.map(({ cumulativeGasUsed }) => `0x${cumulativeGasUsed.toString(16)}`)).toEqual(
      expected.receipts.map(({ cumulativeGasUsed }) => cumulativeGasUsed),
    )
    expect(wrongClaim(file.claimed, outcome.receipts)).toBeUndefined()
    expect(postState(readGzip<SampleFile>(SAMPLE_PATH), outcome)).toEqual(expected.postState)
  })
})
