// Where the compiled package lies: dist/ in the repository; in the published package, which holds this folder compiled as well, the
// folder above this one.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileCore } from '../src/core/load.ts'

const inRepository = fileURLToPath(new URL('../dist/', import.meta.url))

/** The folder that holds src/index.js and the builds of the core, with a separator at its end. */
export const BUILT: string = existsSync(`${inRepository}src/index.js`)
  ? inRepository
  : fileURLToPath(new URL('../', import.meta.url))

/** A build of the core, compiled. */
export function buildOf(name: 'weft.simd' | 'weft.threads'): Promise<WebAssembly.Module> {
  return compileCore(new Uint8Array(readFileSync(`${BUILT}${name}.wasm`)))
}
