// npm run bench: brings the build up to date, measures, prints a table, and writes everything to a JSON file when asked.
// Exit codes as the command line's: 0 all cases right, 1 some case wrong, 2 usage.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findDriver } from '../scripts/driver.mjs'

const HELP = `Usage: npm run bench -- [--filter NAME] [--quick] [--gpu] [--json FILE]

Runs the messages of evm-bench and whole blocks on Weft and, for comparison, on EthereumJS, in the folder that WEFT_DATA
names (default: ./data). Every result is checked before its time is reported.

  --filter NAME  only cases with NAME in their name (erc20, micro.loop, block.1), or of the group NAME
                 (classic, micro, block, sample, parallel, parallel-block, hash, gpu), model: what more workers would
                 bring, or hash.auto: whether that choice is ever slower than wasm
  --quick        few runs and every ninth block
  --gpu          the cases on the GPU too, which a run without a filter leaves out
  --json FILE    write all figures to FILE`

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  let values: { filter?: string; quick?: boolean; gpu?: boolean; json?: string; help?: boolean }
  try {
    values = parseArgs({
      args,
      options: {
        filter: { type: 'string' },
        quick: { type: 'boolean' },
        gpu: { type: 'boolean' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    console.error(`bench: ${(error as Error).message} (see --help)`)
    return 2
  }
  if (values.help) {
    console.log(HELP)
    return 0
  }
  if (!setUp()) return 2
  return withDriver(args) ?? measure(values)
}

/**
 * Runs the benchmark in a process that finds the Vulkan driver of the tests, where there is one and this process does not: the
 * loader reads its environment when a process starts.
 */
function withDriver(args: string[]): number | undefined {
  const { env = {} } = findDriver({ install: false })
  if (Object.entries(env).every(([name, value]) => process.env[name] === value)) return undefined
  const script = [...process.execArgv, fileURLToPath(import.meta.url), ...args]
  return (
    spawnSync(process.execPath, script, { stdio: 'inherit', env: { ...process.env, ...env, WEFT_READY: '1' } })
      .status ?? 1
  )
}

/** The core and dist/, where they are stale: package.json maps #platform to a file of dist/. */
function setUp(): boolean {
  if (process.env.WEFT_READY === '1') return true
  const script = fileURLToPath(new URL('../scripts/setup.mjs', import.meta.url))
  return spawnSync(process.execPath, [script], { stdio: 'inherit' }).status === 0
}

async function measure(values: { filter?: string; quick?: boolean; gpu?: boolean; json?: string }): Promise<number> {
  const [{ runBench }, { reportLines }] = await Promise.all([import('./run.ts'), import('./lines.ts')])
  const report = await runBench({
    filter: values.filter,
    quick: values.quick ?? false,
    gpu: values.gpu ?? false,
    say: line => console.error(line),
  })
  if (!report) {
    console.error(`bench: "--filter" expected a group or a part of a case's name, got "${values.filter}"`)
    return 2
  }
  for (const line of reportLines(report)) console.log(line)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
  return report.cases.some(({ error }) => error !== undefined) ? 1 : 0
}
