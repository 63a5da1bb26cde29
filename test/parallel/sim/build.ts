// The SIM build of the core, and builds of it that are broken on purpose, which the simulation has to find. Compiled when the sources
// have changed; a broken one from a copy of the sources, and not optimized, which takes a third of the time.
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = `${root}build/test/`

/** A change of one place of the core's sources. */
export interface Mutation {
  name: string
  /** Below assembly/. */
  file: string
  from: string
  to: string
}

/** The SIM build. */
export async function simModule(): Promise<WebAssembly.Module> {
  const out = `${folder}sim.wasm`
  if (isStale(out)) await compile('assembly/threads.ts', out)
  return new WebAssembly.Module(readFileSync(out))
}

/** The SIM build with a mutation. Throws when its place is not there, or there more than once. */
export async function mutantModule({ name, file, from, to }: Mutation): Promise<WebAssembly.Module> {
  const hash = createHash('sha256').update(`${file}\0${from}\0${to}`).digest('hex').slice(0, 12)
  const slug = name.replaceAll(' ', '-')
  const out = `${folder}sim-${slug}-${hash}.wasm`
  if (isStale(out)) {
    const copy = `build/test/sim-${slug}`
    cpSync(`${root}assembly`, root + copy, { recursive: true })
    try {
      const source = readFileSync(`${root}${copy}/${file}`, 'utf8')
      if (source.split(from).length !== 2) throw new Error(`assembly/${file} expected to hold this once: ${from}`)
      writeFileSync(
        `${root}${copy}/${file}`,
        source.replace(from, () => to),
      )
      await compile(`${copy}/threads.ts`, out, '-O0')
    } finally {
      rmSync(root + copy, { recursive: true })
    }
  }
  return new WebAssembly.Module(readFileSync(out))
}

function isStale(out: string): boolean {
  const entries = readdirSync(`${root}assembly`, { withFileTypes: true, recursive: true })
  const newest = Math.max(...entries.map(entry => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs))
  return !existsSync(out) || statSync(out).mtimeMs < newest
}

async function compile(entry: string, out: string, ...more: string[]): Promise<void> {
  const asc = await import('assemblyscript/asc')
  mkdirSync(folder, { recursive: true })
  const partial = `${out}.${process.pid}.tmp`
  const flags = ['--target', 'threads', '--use', 'SIM=1', '--baseDir', root, '--outFile', partial, ...more]
  const { error, stderr } = await asc.main([entry, ...flags])
  if (error) throw new Error(`asc failed on ${entry}: ${stderr.toString()}`)
  renameSync(partial, out)
}
