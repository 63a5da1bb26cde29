// The benchmark as a command, for main.ts and for `weft bench`: options in, tables out, everything into files where that is asked for.
// Exit codes as the command line's: 0 all cases right, 1 some case wrong, 2 usage.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { reportLines } from './lines.ts'
import { renderPage } from './page/page.ts'
import { runBench } from './run.ts'

/** The options' part of the help text. */
export const OPTIONS_HELP = `  --filter NAME  only cases with NAME in their name (erc20, micro.loop, block.1), or of the group NAME
                 (classic, micro, block, sample, parallel, parallel-block, hash, root, gpu, part, startup); or model: what more
                 workers would bring, reruns: how many runs do not hold on 16 threads, timeline: what the threads do when,
                 memory: what one engine holds after many blocks, hash.auto: whether that choice is ever slower than wasm
  --quick        few runs and every ninth block
  --gpu          the cases on the GPU too, which a run without a filter leaves out
  --json FILE    write all figures to FILE
  --html FILE    write a page with charts to FILE`

/** The options in the form of node:util's parseArgs. */
export const OPTIONS = {
  filter: { type: 'string' },
  quick: { type: 'boolean' },
  gpu: { type: 'boolean' },
  json: { type: 'string' },
  html: { type: 'string' },
} as const

/** Values of the options. */
export interface BenchValues {
  filter?: string | undefined
  quick?: boolean | undefined
  gpu?: boolean | undefined
  json?: string | undefined
  html?: string | undefined
}

/** Measures, prints, writes. Returns the exit code. */
export async function benchmark({ filter, quick = false, gpu = false, json, html }: BenchValues): Promise<number> {
  // Before minutes of measuring, not after them.
  for (const file of [json, html]) if (file !== undefined) mkdirSync(dirname(file), { recursive: true })
  const report = await runBench({ filter, quick, gpu, say: line => console.error(line) })
  if (!report) {
    console.error(`bench: "--filter" expected a group or a part of a case's name, got "${filter}"`)
    return 2
  }
  for (const line of reportLines(report)) console.log(line)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`)
  if (html !== undefined) writeFileSync(html, renderPage(report))
  const written = [json, html].filter(file => file !== undefined)
  if (written.length > 0) console.error(`written: ${written.join(', ')}`)
  return report.cases.some(({ error }) => error !== undefined) ? 1 : 0
}
