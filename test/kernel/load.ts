// Compiles test/kernel/<name>.ts, a thin AssemblyScript entry that exports internals of the core, and instantiates it.
// So the core's pieces are tested as WASM, in both builds, without widening the embedding ABI.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The two builds; every kernel test runs through both. */
export const builds = ['scalar', 'simd'] as const
export type Build = (typeof builds)[number]

function newestSource(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return Math.max(...entries.filter(e => e.isFile()).map(e => statSync(`${e.parentPath}/${e.name}`).mtimeMs))
}

/** The exports of test/kernel/<name>.ts, compiled anew when a source of the core is newer. */
export async function loadKernel<T>(name: string, build: Build): Promise<T & { memory: WebAssembly.Memory }> {
  const outFile = `build/test/${name}.${build}.wasm`
  const newest = Math.max(newestSource(`${root}assembly`), statSync(`${root}test/kernel/${name}.ts`).mtimeMs)
  if (!existsSync(root + outFile) || statSync(root + outFile).mtimeMs < newest) await compile(name, build, outFile)
  const { instance } = await WebAssembly.instantiate(readFileSync(root + outFile), {})
  return instance.exports as T & { memory: WebAssembly.Memory }
}

async function compile(name: string, build: Build, outFile: string): Promise<void> {
  const asc = await import('assemblyscript/asc')
  mkdirSync(`${root}build/test`, { recursive: true })
  const partial = `${outFile}.${process.pid}.tmp`
  // Without asconfig.json, whose entries would compile the whole core into every kernel.
  const flags = [
    '--config',
    'none',
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    ...(build === 'simd' ? ['--enable', 'simd'] : []),
  ]
  const { error, stderr } = await asc.main([`test/kernel/${name}.ts`, '--baseDir', root, '-o', partial, ...flags])
  if (error) throw new Error(`asc failed on test/kernel/${name}.ts: ${stderr.toString()}`)
  renameSync(root + partial, root + outFile)
}
