// npx tsx bench/prediction.ts: how much of what transactions touch is known before they run. Over the mainnet blocks from Istanbul
// on, slots that a transaction touches (SLOAD or SSTORE executed in any frame, of failed frames too, each slot once per transaction)
// against those that are predicted from its fields and the state before its block. No bytecode runs for a prediction.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { formatTable } from '../src/cli/table.ts'
import type { Evaluation } from './prediction/evaluate.ts'
import type { PastBlock } from './prediction/history.ts'
import type { Score } from './prediction/score.ts'

const HELP = `Usage: npx tsx bench/prediction.ts [--blocks N,N…] [--losses COUNT] [--json FILE]

  --blocks N,N…   only these blocks
  --losses COUNT  the callees and selectors that lose most
  --json FILE     write all figures to FILE`

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    blocks: { type: 'string' },
    losses: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) console.log(HELP)
else process.exitCode = await main()

async function main(): Promise<number> {
  const folder = join(process.env.WEFT_DATA ?? join(root, 'data'), 'mainnet-blocks')
  if (!existsSync(folder)) {
    console.error(`prediction: no folder ${folder} (WEFT_DATA names the folder with the data)`)
    return 2
  }
  const setup = spawnSync(process.execPath, [join(root, 'scripts/setup.mjs')], { stdio: 'inherit' })
  if (setup.status !== 0) return 2
  const [{ createWeft }, { blockFiles, pastBlocks }, { evaluate }] = await Promise.all([
    import('../src/index.ts'),
    import('./prediction/history.ts'),
    import('./prediction/evaluate.ts'),
  ])
  const weft = await createWeft({ wasm: new Uint8Array(readFileSync(join(root, 'build/weft.simd.wasm'))) })
  const only = values.blocks?.split(',')
  const files = blockFiles(folder).filter(file => !only || only.some(number => file.endsWith(`/${number}.json.gz`)))
  const blocks: PastBlock[] = []
  for await (const block of pastBlocks(weft, files)) blocks.push(block)
  const evaluation = evaluate(blocks)
  print(evaluation)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(evaluation, null, 2)}\n`)
  return 0
}

function print({ blocks, sources, analysis, losses }: Evaluation): void {
  const score = ({ real, predicted, hit, conflicts, conflictsHit }: Score): string[] => [
    `${real}`,
    `${predicted}`,
    percent(hit, real),
    percent(hit, predicted),
    `${conflicts}`,
    percent(conflictsHit, conflicts),
  ]
  const titles = ['slots', 'predicted', 'recall %', 'precision %', 'conflicts', 'recall %']
  const columns = (first: string) => [
    { title: first, align: 'left' as const },
    ...titles.map(title => ({ title, align: 'right' as const })),
  ]
  const perBlock = blocks.map(block => [`${block.number}`, ...score(block.sources.static)])
  for (const line of formatTable(columns('block, static'), perBlock)) console.log(line)
  console.log()
  const perSource = Object.entries(sources).map(([name, each]) => [name, ...score(each)])
  for (const line of formatTable(columns('source'), perSource)) console.log(line)
  const { codes, selectors, codeMs, selectorMs, partial, programBytes, bindMs } = analysis
  console.log(`\nAnalysis of a code hash (${codes}), all selectors asked for: ${spread(codeMs)}`)
  console.log(`Analysis of a selector (${selectors}): ${spread(selectorMs)}; ended by a bound: ${partial}`)
  console.log(`Programs: ${programBytes} bytes; binding a transaction with the reference binder: ${spread(bindMs)}`)
  const most = losses.slice(0, Number(values.losses ?? 0))
  if (most.length > 0)
    console.log('\nslots not predicted, falsely predicted, touched, transactions: callee, selector, an example')
  for (const { missed, extra, real, txs, name, example } of most) {
    console.log(`${[missed, extra, real, txs].map(x => `${x}`.padStart(6)).join(' ')}  ${name} ${example}`)
  }
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : ((100 * part) / whole).toFixed(2)
}

function spread({ median, p95, max }: { median: number; p95: number; max: number }): string {
  return `median ${median.toFixed(2)} ms, p95 ${p95.toFixed(1)} ms, max ${max.toFixed(0)} ms`
}
