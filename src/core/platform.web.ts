// Platform services in browsers and other runtimes with fetch; the same exports as platform.node.ts. Called by core/load.

/** The response that carries a WASM file, for streaming compilation. */
export async function readWasm(url: URL): Promise<BufferSource | Response> {
  return await fetch(url)
}
