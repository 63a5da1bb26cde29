// `npm run fuzz -- --minutes N [--seed S]`: random cases on Weft and EthereumJS until the time is over. The same seed gives the
// same cases. A mismatch is shrunk, printed and written to test/fuzz/regressions/, which the tests replay. Exit code 1
// if there was one. Besides: --from K --cases C (which numbers of the seed), --keep-going (whatever is found), --wasm
// FOLDER (other builds than those of this tree). `npm run fuzz -- abi`: a hostile host instead (abi/main.ts).

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { wasmBytes } from '../setup/weft.ts'
import { fuzzAbi } from './abi/main.ts'
import { kindOf } from './case.ts'
import { generateCase } from './generate.ts'
import { report } from './report.ts'
import { Arena } from './run.ts'
import { shrink } from './shrink.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    from: { type: 'string', default: '0' },
    cases: { type: 'string', default: 'Infinity' },
    'keep-going': { type: 'boolean', default: false },
    wasm: { type: 'string' },
  },
})

if (positionals[0] === 'abi') process.exit((await fuzzAbi(Number(values.minutes), values.seed)) ? 0 : 1)

const folder = fileURLToPath(new URL('regressions/', import.meta.url))
const bytesOf = (build: 'scalar' | 'simd'): Uint8Array<ArrayBuffer> =>
  values.wasm === undefined
    ? wasmBytes(build)
    : new Uint8Array(readFileSync(`${values.wasm}/${build === 'simd' ? 'weft.simd.wasm' : 'weft.wasm'}`))
const arena = await Arena.create({ scalar: bytesOf('scalar'), simd: bytesOf('simd') })
const start = performance.now()
const end = start + Number(values.minutes) * 60_000
const kinds = new Map<string, number>()
let number = Number(values.from)
const last = number + Number(values.cases)
let printed = start

for (; performance.now() < end && number < last; number++) {
  const given = await arena.aimed(generateCase(values.seed, number))
  const mismatch = await arena.mismatchOf(given, false)
  if (mismatch) {
    const kind = kindOf(mismatch.difference)
    const seen = kinds.get(kind) ?? 0
    kinds.set(kind, seen + 1)
    if (seen < 3) {
      const small = await shrink(given, async smaller => {
        const found = await arena.mismatchOf(smaller, false)
        return found !== undefined && kindOf(found.difference) === kind
      })
      const file = `${folder}${values.seed}-${number}.json`.replaceAll(/[^\w./-]/g, '_')
      writeFileSync(file, `${JSON.stringify(small, undefined, 2)}\n`)
      console.log(await report(arena, small, file))
    } else console.log(`${given.name}: ${mismatch.between}: ${mismatch.difference.slice(0, 300)}`)
    if (!values['keep-going'] && kinds.size > 5) break
  }
  if (performance.now() - printed > 30_000) {
    printed = performance.now()
    console.log(summary())
  }
}
console.log(summary())
process.exitCode = kinds.size ? 1 : 0

function summary(): string {
  const seconds = (performance.now() - start) / 1000
  const count = number - Number(values.from)
  const mismatches = [...kinds].map(([kind, times]) => `${times} ${kind}`).join(', ')
  const found = mismatches === '' ? 'no mismatch' : `mismatches: ${mismatches}`
  return `seed ${values.seed}: ${count} cases in ${seconds.toFixed(0)} s, ${(count / seconds).toFixed(0)} cases/s, ${found}`
}
