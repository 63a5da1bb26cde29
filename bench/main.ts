// npm run bench: brings the build up to date, looks for a Vulkan driver, and measures (command.ts).

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findDriver } from '../scripts/driver.mjs'

const HELP = `Usage: npm run bench -- [--filter NAME] [--quick] [--gpu] [--json FILE] [--html FILE]

Runs messages, blocks, hashing and parts of the engine on Weft and, in turns with it, on rivals: npm run bench:rivals
installs them. Every result is checked before its time is reported. WEFT_DATA (default: ./data) names the folder with
evm-bench and mainnet-blocks; without it there are our own messages, the sample block and generated blocks. EVMONE names
a build of evmone: its shared library, or evmone-bench or a folder with the library in it or in its lib. Without --json and
--html both are written to bench/results/last.json and last.html.

`

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  if (!setUp()) return 2
  const { benchmark, OPTIONS, OPTIONS_HELP } = await import('./command.ts')
  try {
    const { values } = parseArgs({ args, options: { ...OPTIONS, help: { type: 'boolean', short: 'h' } } })
    if (!values.help) return withDriver(args) ?? (await benchmark(kept(values)))
    console.log(HELP + OPTIONS_HELP)
    return 0
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) throw error
    console.error(`bench: ${(error as Error).message} (see --help)`)
    return 2
  }
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

/** Where no file is named, figures and page of this run replace those of the last in bench/results; git and README's figures leave them out. */
function kept<T extends { json?: string; html?: string }>(values: T): T {
  if (values.json !== undefined || values.html !== undefined) return values
  const file = (ending: string): string => fileURLToPath(new URL(`./results/last.${ending}`, import.meta.url))
  return { ...values, json: file('json'), html: file('html') }
}

/** The core and dist/, where they are stale: package.json maps #platform to a file of dist/. */
function setUp(): boolean {
  if (process.env.WEFT_READY === '1') return true
  const script = fileURLToPath(new URL('../scripts/setup.mjs', import.meta.url))
  return spawnSync(process.execPath, [script], { stdio: 'inherit' }).status === 0
}
