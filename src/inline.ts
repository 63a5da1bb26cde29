// The entry `weft-evm/inline`: the same API with the core in the code itself, for places where no file can lie beside it: a single
// script, a worker made of text, a runtime without fetch. It takes a third more bytes and cannot be compiled while it loads, so the
// other entry is the one to begin with. Threads need files.

import { scalar, simd } from '#inline-wasm'
import { hasSimd } from './core/load.ts'
import { createWeft as create, type Weft, type WeftOptions } from './index.ts'

export * from './index.ts'

/** As `createWeft` of `weft-evm`, with the core that this entry brings along; `wasm` replaces it. */
export async function createWeft(options: WeftOptions = {}): Promise<Weft> {
  const wasm = options.wasm ?? Uint8Array.from(atob(hasSimd() ? simd : scalar), char => char.charCodeAt(0))
  return create({ ...options, wasm })
}
