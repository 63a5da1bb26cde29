// Instances of the core apart from the one that executes, with a memory of their own. Threads have them too, so this file leads to none that
// starts threads.

import type { HashExports, TrieExports } from '../abi.ts'
import { InternalError } from '../errors.ts'
import { sharedClock } from './thread.ts'

/** Pages of memory that hashing may take: 64 MiB, of which only the longest message takes more than two. */
const HASHING_PAGES = 1024
/** Pages of memory that tries may take: 1 GiB. */
const TRIE_PAGES = 16_384

/** An instance of any build that is there to hash. */
export function instantiateHashing(module: WebAssembly.Module): Promise<HashExports> {
  return instantiateApart<HashExports>(module, HASHING_PAGES)
}

/** An instance of any build that is there for tries. */
export function instantiateTries(module: WebAssembly.Module): Promise<TrieExports> {
  return instantiateApart<TrieExports>(module, TRIE_PAGES)
}

async function instantiateApart<T>(module: WebAssembly.Module, maximum: number): Promise<T> {
  const isShared = WebAssembly.Module.imports(module).length > 0
  const memory = isShared && new WebAssembly.Memory({ initial: 64, maximum, shared: true })
  const { exports } = await WebAssembly.instantiate(module, memory ? { env: { memory, now: sharedClock() } } : {})
  return { ...(exports as unknown as T), ...(memory && { memory }) }
}

/** Keccak-256 of any build, with a memory of its own: of 64 bytes 0.5 µs, where @noble/hashes takes 7. */
export async function instantiateKeccak(module: WebAssembly.Module): Promise<(data: Uint8Array) => Uint8Array> {
  const exports = await instantiateHashing(module)
  const digest = exports.weft_alloc(32) >>> 0
  return data => {
    const message = exports.weft_alloc(data.length) >>> 0
    if (message === 0 || digest === 0) throw new InternalError('the core ran out of memory', { code: 'OUT_OF_MEMORY' })
    const bytes = new Uint8Array(exports.memory.buffer)
    bytes.set(data, message)
    exports.weft_keccak(digest, message, data.length)
    exports.weft_free(message)
    return bytes.slice(digest, digest + 32)
  }
}
