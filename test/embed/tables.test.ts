// The tables of docs/ABI.md and include/weft.h are what assembly/abi.ts says (`npm run abi`), all of it, and the reader of that file refuses
// what it does not understand instead of leaving it out.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import * as abi from '../../assembly/abi.ts'
import { makeAbi } from '../../scripts/abi.mjs'
import { fillDocument, header, markdownTable, readTables } from '../../scripts/abi-tables.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const tables = readTables(readFileSync(`${root}assembly/abi.ts`, 'utf8'))

it.each(Object.entries(makeAbi()))('%s is what assembly/abi.ts says', (path, text) => {
  expect(readFileSync(`${root}${path}`, 'utf8'), `${path} differs: npm run abi`).toBe(text)
})

it('has every number of assembly/abi.ts in a table', () => {
  const told = tables.flatMap(({ rows }) => rows.map(({ name, value }) => [name, value] as const))
  const alone = ['ABI_VERSION', 'WANTED_HEADER']
  const expected = Object.entries(abi).filter(([name]) => !alone.includes(name))
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected))
  expect(told.length).toBe(expected.length)
})

describe('the reader', () => {
  const source = '// struct one: a struct\nexport const ONE_A = 0 // u32: see ONE_SIZE\nexport const ONE_SIZE = 8\n'

  it('makes a table and a struct', () => {
    const [one] = readTables(source)
    expect(markdownTable(one!)).toBe(
      '| one | offset | type | |\n|---|---:|---|---|\n| `ONE_A` | 0 | u32 | see `ONE_SIZE` |\n| `ONE_SIZE` | 8 | | |',
    )
    expect(header([one!], 1, [], [])).toContain('struct weft_one {\n  uint32_t a;\n  uint8_t pad_4[4];\n};\n')
  })

  it('refuses a line that it does not understand', () => {
    expect(() => readTables(source.replace('= 8', '= EIGHT'))).toThrow(/table one: not a line of a table: .*EIGHT/)
  })

  it('refuses fields that lie over each other', () => {
    const twice = source.replace('export const ONE_SIZE', 'export const ONE_B = 2 // u64\nexport const ONE_SIZE')
    expect(() => header(readTables(twice), 1, [], [])).toThrow('ONE_B lies over the field before it')
  })

  it('refuses a document that lacks a table, has one twice, or has one that is not there', () => {
    const place = '<!-- table one -->\n'
    expect(fillDocument(`${place}| old |\n\nmore`, readTables(source))).toMatch(
      /^<!-- table one -->\n\| one .*\n[\s\S]*\n\nmore$/,
    )
    expect(() => fillDocument('', readTables(source))).toThrow('lacks "<!-- table NAME -->" for one')
    expect(() => fillDocument(place + place, readTables(source))).toThrow('table one')
    expect(() => fillDocument(`${place}<!-- table two -->\n`, readTables(source))).toThrow('table two')
  })
})
