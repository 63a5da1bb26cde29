// The formats, pinned: what each tracer writes for small programs stands in golden/, byte for byte. WEFT_GOLDEN=write writes the
// files anew; look at what changed before it is committed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  CallTreeTracer,
  createWeft,
  Eip3155Tracer,
  PrestateTracer,
  StructLogTracer,
  type Weft,
} from '../../src/index.ts'
import { wasmBytes } from '../setup/weft.ts'
import { PROGRAMS, type ProgramName, runProgram } from './programs.ts'

const folder = fileURLToPath(new URL('golden/', import.meta.url))
const isWriting = process.env.WEFT_GOLDEN === 'write'
const names = Object.keys(PROGRAMS) as ProgramName[]

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const formats: Record<string, (weft: Weft, name: ProgramName) => Promise<string>> = {
  'eip3155.jsonl': async (weft, name) => {
    let text = ''
    const tracer = new Eip3155Tracer(
      line => {
        text += `${line}\n`
      },
      { memory: true, returnData: true, storage: true },
    )
    await runProgram(weft, name, tracer)
    return text
  },
  'struct.json': async (weft, name) => {
    let text = ''
    const tracer = new StructLogTracer(
      piece => {
        text += piece
      },
      { memory: true, returnData: true },
    )
    await runProgram(weft, name, tracer)
    return pretty(JSON.parse(text))
  },
  'call.json': async (weft, name) => {
    const tracer = new CallTreeTracer({ withLog: true })
    await runProgram(weft, name, tracer)
    return pretty(tracer.result)
  },
  'prestate.json': async (weft, name) => {
    const tracer = new PrestateTracer()
    await runProgram(weft, name, tracer)
    return pretty(tracer.result)
  },
  'prestate-diff.json': async (weft, name) => {
    const tracer = new PrestateTracer({ diffMode: true })
    await runProgram(weft, name, tracer)
    return pretty(tracer.result)
  },
}

describe.each(['simd', 'scalar'] as const)('formats, %s', build => {
  let weft: Weft

  beforeAll(async () => {
    weft = await createWeft({ wasm: wasmBytes(build) })
  })

  it.each(names.flatMap(name => Object.keys(formats).map(format => [name, format] as const)))(
    '%s.%s',
    async (name, format) => {
      const text = firstLines(await formats[format]!(weft, name))
      const file = `${folder}${name}.${format}.golden`
      if (isWriting && build === 'simd') {
        mkdirSync(folder, { recursive: true })
        writeFileSync(file, text)
      }
      expect(existsSync(file), `${file} is missing`).toBe(true)
      expect(text).toBe(readFileSync(file, 'utf8'))
    },
  )
})

/** The endless loop repeats itself: its beginning and its end say all. */
function firstLines(text: string): string {
  const lines = text.split('\n')
  return lines.length <= 400 ? text : [...lines.slice(0, 20), '…', ...lines.slice(-20)].join('\n')
}
