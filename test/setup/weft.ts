// What tests need of the built product. Both ask scripts/setup.mjs to build first, which does nothing when the build is
// up to date and waits when another process is building. Sources of src/ cannot find the WASM files by themselves (they
// look beside dist/), so tests pass wasmBytes() to createWeft.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Folder that holds weft.wasm and weft.simd.wasm. */
export const buildFolder: string = `${root}build/`

/** The command line of the compiled package; run it with `process.execPath` after setUp('dist'). */
export const cliFile: string = `${root}dist/src/cli/main.js`

const ready = new Set<string>()

/** Brings the build up to date: the WASM core, or that and dist/. Throws with the compiler's output when it fails. */
export function setUp(last: 'wasm' | 'dist'): void {
  // scripts/test.mjs has just done it.
  if (process.env.WEFT_READY === '1' || ready.has(last)) return
  const { status, stderr } = spawnSync(process.execPath, [`${root}scripts/setup.mjs`, last], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  ready.add(last)
}

/** The core as bytes, for createWeft({ wasm }) and WebAssembly.compile; built when stale. */
export function wasmBytes(build: 'scalar' | 'simd' | 'threads'): Uint8Array<ArrayBuffer> {
  setUp('wasm')
  return new Uint8Array(readFileSync(`${buildFolder}${build === 'scalar' ? 'weft.wasm' : `weft.${build}.wasm`}`))
}
