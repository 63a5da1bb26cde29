// weft blocktest without the core: what counts as a file of tests, and what becomes of them.
import { expect, it } from 'vitest'
import type { BlockTestResult } from '../../src/blocktest.ts'
import { blockTest, namedTests, runTests } from '../../src/cli/blocktest.ts'
import { InputError, LoadError } from '../../src/errors.ts'

const test = { network: 'London', pre: {}, genesisBlockHeader: {}, blocks: [] }
const form = 'f.json: expected block tests { name: { network, pre, genesisBlockHeader, blocks } }'
const passed: BlockTestResult = { pass: true, blocks: 1, head: '0x01', stateRoot: '0x02', refusals: [] }

it.each([
  [null, 'null'],
  [[test], 'an array of 1'],
  [{}, 'none'],
  [{ a: 5 }, 'no "pre" in "a"'],
  [{ a: { ...test, blocks: null } }, 'no "blocks" in "a"'],
])('%j holds no block tests', (json, found) => {
  expect(() => namedTests(json, 'f.json')).toThrow(InputError)
  expect(() => namedTests(json, 'f.json')).toThrow(`${form}, got ${found}`)
})

it('every selected test becomes a result, also one that throws', async () => {
  const tests = namedTests({ a1: test, a2: test, b: test }, 'f.json')
  const runner = async (name: string): Promise<BlockTestResult> => {
    if (name.endsWith('a2')) throw new Error('first line\nsecond line')
    return passed
  }
  expect(await runTests(tests, 'f.json', runner, { selection: { pattern: /^a/ } })).toEqual([
    { name: 'a1', pass: true, fork: 'London', head: '0x01', stateRoot: '0x02' },
    { name: 'a2', pass: false, fork: 'London', head: '', stateRoot: '', error: 'first line' },
  ])
})

it('a core that cannot be loaded ends the run', async () => {
  const broken = async (): Promise<BlockTestResult> => {
    throw new LoadError('no WASM here')
  }
  await expect(runTests(namedTests({ a: test }, 'f.json'), 'f.json', broken)).rejects.toThrow('no WASM here')
})

it('--help says that seals are not checked', () => {
  expect(blockTest.help).toContain('Seals of proof of work (nonce and mix hash) are not checked')
})
