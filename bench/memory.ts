// What one engine holds after many blocks: the mainnet blocks one after the other, or the sample block where there are none, in several
// passes; then the third of them that uses least gas, until there were 10,000 replays. Only the first pass sees new codes and states, so
// what grows in the later ones would grow without end. In a process of its own, which prints one line of JSON: everything that the
// benchmark itself holds would count otherwise.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BUILT } from './built.ts'
import { blockFiles } from './cases/blocks.ts'

const SAMPLE = fileURLToPath(new URL('./blocks/sample.json.gz', import.meta.url))
const PASSES = { full: 4, quick: 2 }
/** Runs of the sample block in a pass. */
const REPEATS = 54
/** All replays, those of the passes among them. */
const REPLAYS = { full: 10_000, quick: 300 }
/** Figures of the replays after the passes. */
const LOOKS = 5

/** Memory after each pass, in MiB. */
export interface MemoryFacts {
  /** Blocks in a pass, and whose. */
  blocks: string
  /** Of the core: it grows and is never given back. */
  coreMiB: number[]
  /** Of the whole process, after garbage was collected. */
  residentMiB: number[]
  /** The same at several times on the way to so many replays, the last of them at the end. */
  long?: { replays: number; coreMiB: number[]; residentMiB: number[] }
}

const PROGRAM = `
  const { readFileSync } = await import('node:fs')
  const { createEngine } = await import('./src/index.js')
  const { replayBlock } = await import('./src/block.js')
  const { blockFileReader } = await import('./src/input/file.node.js')
  const { MemorySource } = await import('./src/state/memory.js')
  const [passes, replays, looks, ...files] = process.argv.slice(1)
  const read = blockFileReader()
  const engine = await createEngine({ wasm: new Uint8Array(readFileSync('./weft.simd.wasm')) })
  let done = 0
  const replay = async ({ block, state, expected }) => {
    const { gasUsed } = await replayBlock(engine, block, { source: new MemorySource({ ...state, complete: false }) })
    if (gasUsed !== expected.gasUsed) throw new Error('gas expected ' + expected.gasUsed + ', got ' + gasUsed)
    done++
  }
  const look = async ({ coreMiB, residentMiB }) => {
    globalThis.gc()
    coreMiB.push(await engine.alone(core => core.memorySize / 2 ** 20))
    residentMiB.push(Math.round(process.memoryUsage().rss / 2 ** 20))
  }
  const found = { coreMiB: [], residentMiB: [] }
  const gas = new Map()
  for (let pass = 0; pass < Number(passes); pass++) {
    for (const file of files) {
      const block = read(file)
      await replay(block)
      gas.set(file, Number(block.expected.gasUsed))
    }
    await look(found)
  }
  const long = { replays: Number(replays), coreMiB: [], residentMiB: [] }
  const light = files.sort((a, b) => gas.get(a) - gas.get(b)).slice(0, Math.ceil(files.length / 3)).map(read)
  const rest = Number(replays) - done
  for (let i = 1; i <= Number(looks); i++) {
    while (done < Number(replays) - rest * (1 - i / looks)) await replay(light[done % light.length])
    await look(long)
  }
  console.log(JSON.stringify({ ...found, long }))`

/** Measures. Throws where a block does not give its gas. */
export function measureMemory(folder: string, quick: boolean): MemoryFacts {
  const mainnet = existsSync(folder) ? blockFiles(folder).map(({ file }) => file) : []
  const files = mainnet.length > 0 ? mainnet : Array<string>(REPEATS).fill(SAMPLE)
  const plan = quick ? 'quick' : 'full'
  const numbers = [PASSES[plan], REPLAYS[plan], LOOKS].map(String)
  const args = ['--expose-gc', '--input-type=module', '-e', PROGRAM, ...numbers, ...files]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: BUILT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`memory: ${stderr.trim().split('\n').slice(0, 3).join(' ')}`)
  const blocks = mainnet.length > 0 ? `${files.length} mainnet blocks` : `the sample block ${files.length} times`
  return { blocks, ...(JSON.parse(stdout) as Omit<MemoryFacts, 'blocks'>) }
}

/** What there is to say about it, a line each. */
export function memoryLines({ blocks, coreMiB, residentMiB, long }: MemoryFacts): string[] {
  const list = (values: readonly number[]): string => values.map(value => value.toFixed(0)).join(', ')
  const line = (when: string, core: readonly number[], process: readonly number[]): string =>
    `memory of one engine ${when}: core ${list(core)} MiB, process ${list(process)} MiB`
  return [
    line(`after each pass over ${blocks}`, coreMiB, residentMiB),
    ...(long
      ? [line(`on its way to ${long.replays.toLocaleString('en-US')} replays`, long.coreMiB, long.residentMiB)]
      : []),
  ]
}
