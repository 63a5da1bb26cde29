// asc transform: writes the custom section `weft` (name, version, ABI number) into every module, so that a host can
// tell what it loads before it instantiates it (WebAssembly.Module.customSections, wasm-objdump -h).
import { readFileSync } from 'node:fs'
import { Transform } from 'assemblyscript/transform'

const root = new URL('./', import.meta.url)
const { name, version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
const abi = Number(/export const ABI_VERSION = (\d+)/.exec(readFileSync(new URL('assembly/abi.ts', root), 'utf8'))[1])

export default class AbiSection extends Transform {
  afterCompile(module) {
    module.addCustomSection('weft', new TextEncoder().encode(JSON.stringify({ name, version, abi })))
  }
}
