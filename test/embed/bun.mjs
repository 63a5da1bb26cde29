// Replays vectors in Bun, or any JavaScript program that has files: `bun test/embed/bun.mjs WASM VECTORS`.
import { readFileSync } from 'node:fs'
import { replay } from './host.mjs'

const [wasm, vectors] = process.argv.slice(2)
const module = await WebAssembly.compile(readFileSync(wasm))
for (const line of await replay(module, JSON.parse(readFileSync(vectors, 'utf8')))) console.log(line)
