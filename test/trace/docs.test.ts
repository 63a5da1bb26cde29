// What the documents say of tracing: the README's example prints what it says, and the tables of docs/ABI.md hold the numbers of
// assembly/abi.ts, all that belong to tracing and no others.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import * as abi from '../../assembly/abi.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const numbers: Readonly<Record<string, number | undefined>> = { ...abi }

it('the example in the README prints what stands below it', () => {
  const text = readFileSync(`${root}README.md`, 'utf8')
  const section = text.slice(text.indexOf('\n## Tracing\n'))
  const [, code, printed] = /```js\n([\s\S]*?)```\n\nprints\n\n```\n([\s\S]*?)```/.exec(section) ?? []
  expect(code).toContain("from 'weft-evm'")
  const options = { cwd: root, encoding: 'utf8', timeout: 60_000 } as const
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code!], options)
  expect([stderr, stdout]).toEqual(['', printed])
})

it('the tables of docs/ABI.md have the numbers of abi.ts', () => {
  const text = readFileSync(`${root}docs/ABI.md`, 'utf8')
  const section = text.slice(text.indexOf('\n## Tracing\n'))
  const rows = [...section.matchAll(/^\| `([A-Z_\d]+)` \| (-?\d+) \|/gm)].map(([, name, number]) => [
    name,
    Number(number),
  ])
  const inText = [...section.matchAll(/`([A-Z_\d]+)` \((\d+)\)/g)].map(([, name, number]) => [name, Number(number)])
  const told = [...rows, ...inText] as [string, number][]
  for (const [name, number] of told) expect([name, numbers[name]]).toEqual([name, number])
  const family = /^(TRACE|TRACED|STEP|ENTER|EXIT|OPTION)_/
  const expected = Object.keys(abi).filter(name => family.test(name))
  expect([...new Set(told.map(([name]) => name))].filter(name => family.test(name)).toSorted()).toEqual(
    expected.toSorted(),
  )
})
