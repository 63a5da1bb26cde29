// `npm run abi`: makes the tables of docs/ABI.md and include/weft.h of assembly/abi.ts. With --check it writes nothing, says what differs
// and ends with exit code 1. test/embed/tables.test.ts does the same.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fillDocument, header, readExports, readTables } from './abi-tables.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const read = path => readFileSync(join(root, path), 'utf8')

/** The files that are made, as they should be: { path: text }. */
export function makeAbi() {
  const source = read('assembly/abi.ts')
  const tables = readTables(source)
  const version = Number(/^export const ABI_VERSION = (\d+)$/m.exec(source)[1])
  const exports = readExports(read('assembly/index.ts'))
  return {
    'docs/ABI.md': fillDocument(read('docs/ABI.md'), tables),
    'include/weft.h': header(tables, version, exports, readExports(read('assembly/threads.ts'))),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isCheck = process.argv.includes('--check')
  for (const [path, text] of Object.entries(makeAbi())) {
    let now = ''
    try {
      now = read(path)
    } catch {
      // Not there yet.
    }
    if (now === text) continue
    process.stdout.write(`${path} ${isCheck ? 'differs from assembly/abi.ts: npm run abi' : 'written'}\n`)
    if (isCheck) process.exitCode = 1
    else writeFileSync(join(root, path), text)
  }
}
