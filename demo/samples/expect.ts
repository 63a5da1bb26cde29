// npm run demo:samples: writes expected.json, what EthereumJS says the generated sample blocks come to. Takes a minute; run it after a change
// of the recipes. test/demo/samples.test.ts holds Weft in Node against it.

import { writeFileSync } from 'node:fs'
import { recipeFile } from '../../bench/blocks/recipes.ts'
import { GENERATED, type GeneratedName } from './samples.ts'

const expected: Record<string, Record<string, string>> = {}
for (const [name, { recipe, transactions }] of Object.entries(GENERATED) as [
  GeneratedName,
  (typeof GENERATED)[GeneratedName],
][]) {
  const { file } = await recipeFile(recipe, transactions)
  const { gasUsed, logsBloom, receiptsRoot, transactionsRoot, stateRoot } = file.block
  const { withdrawalsRoot, blobGasUsed, requestsHash } = file.block as unknown as Record<string, string>
  expected[name] = {
    parentStateRoot: file.parentStateRoot,
    ...{ gasUsed, logsBloom, receiptsRoot, stateRoot },
    ...{ transactionsRoot: transactionsRoot as string, withdrawalsRoot: withdrawalsRoot! },
    ...{ blobGasUsed: blobGasUsed!, requestsHash: requestsHash! },
  }
  console.log(`${name}: ${transactions} transactions, ${Number(gasUsed)} gas`)
}
writeFileSync(new URL('expected.json', import.meta.url), `${JSON.stringify(expected, null, 2)}\n`)
