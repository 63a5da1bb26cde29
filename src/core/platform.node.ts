// Platform services in Node: the only files of src/ outside cli/ that may import node: modules end in .node.ts. Chosen
// by the `#platform` entry of package.json; the browser and every other runtime get platform.web.ts with the same
// exports. Called by core/load.

import { readFile } from 'node:fs/promises'

/** The bytes of a WASM file: read from disk for file: URLs, fetched for all others. */
export async function readWasm(url: URL): Promise<BufferSource | Response> {
  return url.protocol === 'file:' ? await readFile(url) : await fetch(url)
}
