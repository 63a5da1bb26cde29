// Replays a block on several threads and compares what it comes to with its header.
import { readFile } from 'node:fs/promises'
import { checkOutcome, createWeft, decodeJson, MemorySource, readBlockFile } from 'weft-evm'

const file = process.argv[2] ?? new URL('../bench/blocks/sample.json.gz', import.meta.url)
const { block, state, expected } = readBlockFile(await decodeJson(await readFile(file), 'block'), {
  file: String(file),
})

const weft = await createWeft({ threads: 2 })
const outcome = await weft.replayBlock(block, { source: new MemorySource(state), dispatch: 'dataflow' })
await weft.close()

const { dispatch, workers } = outcome.parallel
console.log(
  `${block.transactions.length} transactions, ${outcome.gasUsed} gas, ${dispatch.chosen} on ${workers} threads`,
)
console.log(
  Object.values(checkOutcome(block, expected, outcome)).includes(false)
    ? 'differs from its header'
    : 'as its header says',
)
