// From a WASM file, bytes or module to a core: picks the build, checks what it loads before it instantiates it.

import { readAsset } from '#platform'
import { ABI_VERSION, type CoreExports, type HashExports, type TrieExports } from '../abi.ts'
import { LoadError } from '../errors.ts'
import { Core } from './core.ts'
import { sharedClock } from './thread.ts'

/** Where the core comes from: nothing (the packaged build that this runtime can use), a URL, bytes or a compiled module. */
export type WasmSource = URL | string | BufferSource | WebAssembly.Module | Response

/** A module of one i32x4 instruction: validates where SIMD is there. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
])

/** Pages of memory that hashing may take: 64 MiB, of which only the longest message takes more than two. */
const HASHING_PAGES = 1024
/** Pages of memory that tries may take: 1 GiB. */
const TRIE_PAGES = 16_384

/** A module with a shared memory. */
const THREADS_PROBE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1])

/** Does this runtime have WASM SIMD? */
export function hasSimd(): boolean {
  return WebAssembly.validate(SIMD_PROBE)
}

/** Compiles the core, and checks its custom section. */
export async function compileCore(source?: WasmSource): Promise<WebAssembly.Module> {
  const simd = new URL('../../weft.simd.wasm', import.meta.url)
  const scalar = new URL('../../weft.wasm', import.meta.url)
  const wasm = source ?? (hasSimd() ? simd : scalar)
  const module = await compile(wasm)
  checkVersion(module)
  return module
}

/** A core of its own: one instance of a compiled module. */
export async function instantiateCore(module: WebAssembly.Module): Promise<Core> {
  try {
    const instance = await WebAssembly.instantiate(module, {})
    return new Core(instance.exports as unknown as CoreExports)
  } catch (cause) {
    throw new LoadError('the core could not be instantiated', { cause })
  }
}

/** An instance of any build that is there to hash, with a memory of its own. */
export function instantiateHashing(module: WebAssembly.Module): Promise<HashExports> {
  return instantiateApart<HashExports>(module, HASHING_PAGES)
}

/** An instance of any build that is there for tries, with a memory of its own. */
export function instantiateTries(module: WebAssembly.Module): Promise<TrieExports> {
  return instantiateApart<TrieExports>(module, TRIE_PAGES)
}

async function instantiateApart<T>(module: WebAssembly.Module, maximum: number): Promise<T> {
  const isShared = WebAssembly.Module.imports(module).length > 0
  const memory = isShared && new WebAssembly.Memory({ initial: 64, maximum, shared: true })
  const { exports } = await WebAssembly.instantiate(module, memory ? { env: { memory, now: sharedClock() } } : {})
  return { ...(exports as unknown as T), ...(memory && { memory }) }
}

/** Does this runtime have threads, and memory that they can share? A page has it only when it is cross-origin isolated. */
export function hasThreads(): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && WebAssembly.validate(THREADS_PROBE)
}

/** Compiles the threads build of the core, and checks its custom section. */
export async function compileThreads(source?: WasmSource): Promise<WebAssembly.Module> {
  const module = await compile(source ?? new URL('../../weft.threads.wasm', import.meta.url))
  checkVersion(module)
  return module
}

/** The main instance of the threads build over a shared memory of its own, of at most `maximum` bytes. */
export async function instantiateShared(
  module: WebAssembly.Module,
  maximum: number,
): Promise<{ core: Core; memory: WebAssembly.Memory }> {
  try {
    const memory = new WebAssembly.Memory({ initial: 64, maximum: Math.ceil(maximum / 65536), shared: true })
    const instance = await WebAssembly.instantiate(module, { env: { memory, now: sharedClock() } })
    return { core: new Core({ ...(instance.exports as unknown as CoreExports), memory }), memory }
  } catch (cause) {
    throw new LoadError('the threads build of the core could not be instantiated', { cause })
  }
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  try {
    if (source instanceof WebAssembly.Module) return source
    const named = typeof source === 'string' ? new URL(source, import.meta.url) : source
    const data = named instanceof URL ? await readAsset(named) : named
    return await (data instanceof Response
      ? WebAssembly.compileStreaming(data)
      : WebAssembly.compile(data as BufferSource))
  } catch (cause) {
    throw new LoadError('the core (a WASM module) could not be loaded', { cause })
  }
}

function checkVersion(module: WebAssembly.Module): void {
  const [section] = WebAssembly.Module.customSections(module, 'weft')
  if (!section) throw new LoadError('expected the core of Weft, got a WASM module without the section "weft"')
  const { abi } = JSON.parse(new TextDecoder().decode(section)) as { abi?: unknown }
  if (abi !== ABI_VERSION) throw new LoadError(`expected ABI version ${ABI_VERSION}, got ${String(abi)}`)
}
