// What the documents say is so: the README's example prints what it says, docs/ABI.md has the exports of the modules with their parameters
// and the numbers of assembly/abi.ts (its tables: test/embed/tables.test.ts), the README's options of weft replay are those of its help, and
// the pages of the API are made without a warning.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import * as abi from '../../assembly/abi.ts'
import * as program from '../../assembly/parallel/program.ts'
import { readExports } from '../../scripts/abi-tables.mjs'
import { cliFile, setUp, wasmBytes } from '../setup/weft.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const numbers: Readonly<Record<string, number | undefined>> = { ...program, ...abi }
setUp('dist')

/** A document from a heading on, to the next of the same level. */
function section(file: string, heading: string): string {
  const text = readFileSync(`${root}${file}`, 'utf8')
  const start = text.indexOf(`\n## ${heading}\n`)
  expect(start, `${file}: ${heading}`).toBeGreaterThan(0)
  const end = text.indexOf('\n## ', start + 1)
  return end < 0 ? text.slice(start) : text.slice(start, end)
}

it('the example in the README prints what stands below it', () => {
  const [, code, printed] =
    /```js\n([\s\S]*?)```\n\nprints\n\n```\n([\s\S]*?)```/.exec(section('README.md', 'Tracing')) ?? []
  expect(code).toContain("from 'weft-evm'")
  const options = { cwd: root, encoding: 'utf8', timeout: 60_000 } as const
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code!], options)
  expect([stderr, stdout]).toEqual(['', printed])
})

it('the numbers in the texts of docs/ABI.md are those of abi.ts', () => {
  const told = [...readFileSync(`${root}docs/ABI.md`, 'utf8').matchAll(/`([A-Z_\d]+)` \((-?\d+)\)/g)]
  expect(told.length).toBeGreaterThan(20)
  for (const [, name, number] of told) expect([name, numbers[name!]]).toEqual([name, Number(number)])
})

it('docs/ABI.md has the functions of the builds', () => {
  const told = (text: string): string[] =>
    [...text.matchAll(/^\| (`weft_.*?) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+\([\w, ]*\))`/g)].map(([, call]) => call!),
    )
  const exported = (build: 'scalar' | 'threads'): string[] => {
    const [shared, own] = ['threads', 'index'].map(file => readFileSync(`${root}assembly/${file}.ts`, 'utf8'))
    const calls = [...readExports(own!), ...(build === 'threads' ? readExports(shared!) : [])]
    const names = WebAssembly.Module.exports(new WebAssembly.Module(wasmBytes(build))).flatMap(({ kind, name }) =>
      kind === 'function' ? name : [],
    )
    expect(calls.map(call => call.name).toSorted()).toEqual(names.toSorted())
    return calls.map(call => `${call.name}(${call.parameters.map(({ name }) => name).join(', ')})`)
  }
  const own = told(section('docs/ABI.md', 'Exports'))
  expect(own.toSorted()).toEqual(exported('scalar').toSorted())
  expect([...own, ...told(section('docs/ABI.md', 'Threads (experimental)'))].toSorted()).toEqual(
    exported('threads').toSorted(),
  )
})

it('the README has the options of threads that the help has', () => {
  const { stdout } = spawnSync(process.execPath, [cliFile, 'replay', '--help'], { encoding: 'utf8' })
  const help = stdout.slice(stdout.indexOf('--threads N  '), stdout.indexOf('--trace FORMAT'))
  const inHelp = [...help.matchAll(/^ *(--[a-z]+)/gm)].map(([, name]) => name)
  const inReadme = [...section('README.md', 'In parallel').matchAll(/^\| `(--[a-z]+)/gm)].map(([, name]) => name)
  expect(inHelp.length).toBeGreaterThan(5)
  expect(inReadme).toEqual(inHelp)
})

it('npm run docs makes pages of the API without a warning, and would fail of one', () => {
  const out = mkdtempSync(join(tmpdir(), 'weft-api-'))
  const typedoc = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/typedoc/bin/typedoc', ...args], {
      cwd: root,
      encoding: 'utf8',
    })
    return { status, text: stdout + stderr }
  }
  try {
    expect(typedoc('--out', out)).toEqual({ status: 0, text: expect.not.stringContaining('[warning]') })
    expect(existsSync(join(out, 'functions/createWeft.html'))).toBe(true)
    // This entry alone leads to names that it does not export.
    const failed = typedoc('--emit', 'none', '--skipErrorChecking', '--entryPoints', 'src/call.ts')
    expect(failed.text).toContain('[warning]')
    expect(failed.status).not.toBe(0)
  } finally {
    rmSync(out, { recursive: true })
  }
})
