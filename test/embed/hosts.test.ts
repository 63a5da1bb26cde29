// The same vectors in every host: Node, Chromium, Bun (JavaScriptCore), Python with wasmtime (Cranelift), C through wasm2c and gcc. Each gives
// the lines that vectors.json holds, byte for byte; so does the file itself when it is made anew. The examples in C and Python say what they
// should.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { findChromium, withPage } from '../gpu/browser.ts'
import { buildFolder, setUp, wasmBytes } from '../setup/weft.ts'
import { replay } from './host.mjs'
import { linesOf } from './lines.ts'
import { compileC, findBun, findPython, type Tool } from './tools.ts'
import { makeVectors, readVectors, VECTORS_PATH } from './vectors.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
setUp('dist')
const { vectors } = readVectors()
const expected = vectors.flatMap(({ lines }) => lines)
const scalar = `${buildFolder}weft.wasm`
const simd = `${buildFolder}weft.simd.wasm`

/** Standard output of a program that succeeds and complains of nothing. */
function run(tool: Tool, args: readonly string[], input = ''): string {
  if ('reason' in tool) throw new Error(tool.reason)
  const env = { ...process.env, ...tool.env, PYTHONDONTWRITEBYTECODE: '1' }
  const { status, stdout, stderr } = spawnSync(tool.command, args, {
    cwd: root,
    encoding: 'utf8',
    env,
    input,
    timeout: 60_000,
  })
  expect([status, stderr]).toEqual([0, ''])
  return stdout
}

/** Compared line by line, so that a difference names the vector and the piece. */
const expectLines = (text: string): void => expect(text.replace(/\n$/, '').split('\n')).toEqual(expected)

it('vectors.json is what cases.ts and this build make', async () => {
  expect(await makeVectors(), 'npm run vectors').toBe(readFileSync(VECTORS_PATH, 'utf8'))
})

it.each(['scalar', 'simd'] as const)('Node, %s', async build => {
  expect(await replay(await WebAssembly.compile(wasmBytes(build)), { vectors })).toEqual(expected)
})

describe('Chromium', () => {
  const program = findChromium()
  it('replays the vectors', async context => {
    if (program === undefined)
      return context.skip('no Chromium could be had on this machine (scripts/setup-system.mjs)')
    const host = readFileSync(new URL('host.mjs', import.meta.url), 'utf8')
    // As text: vitest rewrites the import in a function.
    const script = `(async () => {
      const { replay } = await import(URL.createObjectURL(new Blob([${JSON.stringify(host)}], { type: 'text/javascript' })))
      const module = await WebAssembly.compileStreaming(fetch('/dist/weft.simd.wasm'))
      return replay(module, ${JSON.stringify({ vectors })})
    })()`
    const lines = await withPage(program, page => page.evaluate(script))
    expect(lines).toEqual(expected)
  })
})

describe('Bun', () => {
  let tool: Tool
  beforeAll(() => {
    tool = findBun()
  }, 240_000)

  it.for([scalar, simd])('replays the vectors on %s', (wasm, { skip }) => {
    if ('reason' in tool) return skip(tool.reason)
    expectLines(run(tool, ['test/embed/bun.mjs', wasm, VECTORS_PATH]))
  })
})

describe('Python with wasmtime', () => {
  let tool: Tool
  beforeAll(() => {
    tool = findPython()
  }, 180_000)

  it.for([scalar, simd])('replays the vectors on %s', (wasm, { skip }) => {
    if ('reason' in tool) return skip(tool.reason)
    expectLines(run(tool, ['test/embed/host.py', wasm, VECTORS_PATH]))
  })

  it('runs the example', ({ skip }) => {
    if ('reason' in tool) return skip(tool.reason)
    const printed = run(tool, ['examples/python/main.py', simd])
    expect(printed).toBe('status 0, output 42, gas 5127, asked [2, 1, 1, 1]\nslot 0 = 42\n')
  })
})

describe('C through wasm2c', () => {
  const host = 'examples/c/weft_host.c'

  it('replays the vectors', { timeout: 240_000 }, ({ skip }) => {
    const tool = compileC('vectors', scalar, ['test/embed/host.c', host])
    if ('reason' in tool) return skip(tool.reason)
    expectLines(run(tool, [], linesOf(vectors)))
  })

  it('runs the example, a host in the terms of EVMC', { timeout: 240_000 }, ({ skip }) => {
    const tool = compileC('example', scalar, ['examples/c/main.c', 'examples/c/evmc_host.c', host])
    if ('reason' in tool) return skip(tool.reason)
    const round = (sum: number): string =>
      `log of cc..: 0 topics, 32 bytes, the last ${sum}\naccount cc..: there, nonce 1\nslot 0 = ${sum}\nstatus 0, output ${sum}, gas left 94336\n`
    expect(run(tool, [])).toBe(round(41) + round(43))
  })
})
