// What the documents say is so: the README's example prints what it says, docs/ABI.md has the exports of the modules and the numbers of
// assembly/abi.ts, all that belong to hashing, tries, tracing and threads and no others, and the README's options of weft replay are those of
// its help.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import * as abi from '../../assembly/abi.ts'
import * as program from '../../assembly/parallel/program.ts'
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

it.each([
  ['Tries of known nodes', /^TRIE_/],
  ['Tracing', /^(TRACE|TRACED|STEP|ENTER|EXIT)_|^OPTION_TRACE/],
  ['Hashing', /^(HASH|JOB|PURPOSE)_|^OPTION_HASH/],
  [
    'Threads (experimental)',
    /^(HINTS?|WANTED|PROGRAM|LESSON|PARALLEL|GRAPH_TX|ACCESS|SPAN|DISPATCH|REASON)_|^OPTION_(?!TRACE|HASH)/,
  ],
])('the tables of docs/ABI.md under "%s" have the numbers of abi.ts', (heading, family) => {
  const text = section('docs/ABI.md', heading)
  const rows = [...text.matchAll(/^\| `([A-Z_\d]+)` \| (-?\d+) \|/gm)]
  const inText = [...text.matchAll(/`([A-Z_\d]+)` \((\d+)\)/g)]
  const told = [...rows, ...inText].map(([, name, number]) => [name!, Number(number)] as const)
  for (const [name, number] of told) expect([name, numbers[name]]).toEqual([name, number])
  const expected = Object.keys(abi).filter(name => family.test(name))
  expect([...new Set(told.map(([name]) => name))].filter(name => family.test(name)).toSorted()).toEqual(
    expected.toSorted(),
  )
})

it('docs/ABI.md has the functions of the builds', () => {
  const told = (text: string): string[] =>
    [...text.matchAll(/^\| (`weft_.*?) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)\(/g)].map(([, name]) => name!),
    )
  const exported = (build: 'scalar' | 'threads'): string[] =>
    WebAssembly.Module.exports(new WebAssembly.Module(wasmBytes(build))).flatMap(({ kind, name }) =>
      kind === 'function' ? name : [],
    )
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
