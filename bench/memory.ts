// What one engine holds after many blocks: the mainnet blocks one after the other, or the sample block where there are none, in several
// passes. Only the first pass sees new codes and states, so what grows in the later ones would grow without end. In a process of its
// own, which prints one line of JSON: everything that the benchmark itself holds would count otherwise.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BUILT } from './built.ts'
import { blockFiles } from './cases/blocks.ts'

const SAMPLE = fileURLToPath(new URL('./blocks/sample.json.gz', import.meta.url))
const PASSES = 4
/** Runs of the sample block in a pass. */
const REPEATS = 54

/** Memory after each pass, in MiB. */
export interface MemoryFacts {
  /** Blocks in a pass, and whose. */
  blocks: string
  /** Of the core: it grows and is never given back. */
  coreMiB: number[]
  /** Of the whole process, after garbage was collected. */
  residentMiB: number[]
}

const PROGRAM = `
  const { readFileSync } = await import('node:fs')
  const { createEngine } = await import('./src/index.js')
  const { replayBlock } = await import('./src/block.js')
  const { blockFileReader } = await import('./src/input/file.node.js')
  const { MemorySource } = await import('./src/state/memory.js')
  const [passes, ...files] = process.argv.slice(1)
  const read = blockFileReader()
  const engine = await createEngine({ wasm: new Uint8Array(readFileSync('./weft.simd.wasm')) })
  const found = { coreMiB: [], residentMiB: [] }
  for (let pass = 0; pass < Number(passes); pass++) {
    for (const file of files) {
      const { block, state, expected } = read(file)
      const { gasUsed } = await replayBlock(engine, block, { source: new MemorySource({ ...state, complete: false }) })
      if (gasUsed !== expected.gasUsed) throw new Error(file + ': gas expected ' + expected.gasUsed + ', got ' + gasUsed)
    }
    globalThis.gc()
    found.coreMiB.push(await engine.alone(core => core.memorySize / 2 ** 20))
    found.residentMiB.push(Math.round(process.memoryUsage().rss / 2 ** 20))
  }
  console.log(JSON.stringify(found))`

/** Measures. Throws where a block does not give its gas. */
export function measureMemory(folder: string, quick: boolean): MemoryFacts {
  const mainnet = existsSync(folder) ? blockFiles(folder).map(({ file }) => file) : []
  const files = mainnet.length > 0 ? mainnet : Array<string>(REPEATS).fill(SAMPLE)
  const args = ['--expose-gc', '--input-type=module', '-e', PROGRAM, String(quick ? 2 : PASSES), ...files]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: BUILT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`memory: ${stderr.trim().split('\n').slice(0, 3).join(' ')}`)
  const blocks = mainnet.length > 0 ? `${files.length} mainnet blocks` : `the sample block ${files.length} times`
  return { blocks, ...(JSON.parse(stdout) as Pick<MemoryFacts, 'coreMiB' | 'residentMiB'>) }
}

/** One line about it. */
export function memoryLine({ blocks, coreMiB, residentMiB }: MemoryFacts): string {
  const list = (values: readonly number[]): string => values.map(value => value.toFixed(0)).join(', ')
  return `memory of one engine after each pass over ${blocks}: core ${list(coreMiB)} MiB, process ${list(residentMiB)} MiB`
}
