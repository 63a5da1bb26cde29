// `tsx bench/blocks/sample.ts` writes the committed sample block and its expected result, and prints what is in it.
// Run it after a change of the generator or the contracts; test/unit/sample-block.test.ts fails until it was run.

import { readFileSync, writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { BlockFile, ExpectedFile } from './format.ts'
import { type Generated, generateBlock, SAMPLE } from './generate.ts'

/** Where the sample block is committed. */
export const SAMPLE_PATH: string = fileURLToPath(new URL('sample.json.gz', import.meta.url))
/** Where its expected result is committed. */
export const EXPECTED_PATH: string = fileURLToPath(new URL('sample.expected.json.gz', import.meta.url))

/** The JSON text as committed, before compression. */
export function formatFile(file: BlockFile | ExpectedFile): string {
  return `${JSON.stringify(file)}\n`
}

/** The JSON text of a committed file. */
export function readCompressed(path: string): string {
  return gunzipSync(readFileSync(path)).toString('utf8')
}

/** Node writes no time and no name into a gzip header, only the system (byte 9), which is set to "unknown". */
function compress(text: string): Buffer {
  const bytes = gzipSync(text, { level: 9 })
  bytes[9] = 255
  return bytes
}

function printStatistics({ file, expected, labels }: Generated): void {
  const count = (names: string[]): string =>
    [...new Set(names)]
      .map(name => [name, names.filter(each => each === name).length] as const)
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .map(([name, times]) => `${name}: ${times}`)
      .join(', ')
  const { transactions, gasUsed } = file.block
  console.log(
    `${transactions.length} transactions, ${Number(gasUsed)} gas, ${expected.receipts.filter(r => r.status === 0).length} fail`,
  )
  console.log(`types: ${count(transactions.map(({ type }) => String(Number(type))))}`)
  console.log(`kinds: ${count(labels)}`)
  console.log(`errors: ${count(expected.receipts.flatMap(({ error }) => error ?? []))}`)
  const slots = Object.values(file.preState).reduce((sum, { storage }) => sum + Object.keys(storage).length, 0)
  console.log(
    `pre-state: ${Object.keys(file.preState).length} accounts, ${slots} slots; ${Object.keys(expected.postState).length} accounts change`,
  )
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const generated = await generateBlock(SAMPLE)
  printStatistics(generated)
  for (const [path, file] of [
    [SAMPLE_PATH, generated.file],
    [EXPECTED_PATH, generated.expected],
  ] as const) {
    const bytes = compress(formatFile(file))
    writeFileSync(path, bytes)
    console.log(`${path}: ${bytes.length} bytes`)
  }
}
