// weft statetest without the core: what counts as a file of tests, and what becomes of the cases.
import { expect, it } from 'vitest'
import type { StateTestCase, StateTestReader } from '../../src/cli/engine.ts'
import { namedTests, runTests } from '../../src/cli/statetest.ts'
import { InputError, LoadError } from '../../src/errors.ts'

const test = { env: {}, pre: {}, transaction: {}, post: {} }
const form = 'f.json: expected state tests { name: { env, pre, transaction, post } }'

it.each([
  [null, 'null'],
  [[test], 'an array of 1'],
  [{}, 'none'],
  [{ _info: {} }, 'none'],
  [{ a: 5 }, 'no "env" in "a"'],
  [{ a: test, b: { ...test, post: null } }, 'no "post" in "b"'],
  [{ a: { ...test, pre: 'x' } }, 'no "pre" in "a"'],
])('%j holds no state tests', (json, found) => {
  expect(() => namedTests(json, 'f.json')).toThrow(InputError)
  expect(() => namedTests(json, 'f.json')).toThrow(`${form}, got ${found}`)
})

/** A reader of tests with two cases each, and what it was called with. */
function reader(run: (testCase: StateTestCase) => Promise<{ pass: boolean; stateRoot: string }>): {
  read: StateTestReader
  names: string[]
} {
  const cases: StateTestCase[] = [
    { fork: 'London', index: 0 },
    { fork: 'Paris', index: 1 },
  ]
  const names: string[] = []
  const read: StateTestReader = name => {
    names.push(name)
    return { cases: () => cases, run }
  }
  return { read, names }
}

it('every case becomes a result, also one that throws', async () => {
  const { read, names } = reader(async ({ index }) => {
    if (index === 1) throw new Error('first line\nsecond line')
    return { pass: true, stateRoot: '0x12' }
  })
  expect(await runTests(namedTests({ 'a\u001b': test }, 'f.json'), 'f.json', read)).toEqual([
    { name: 'a\u001b', pass: true, stateRoot: '0x12', fork: 'London' },
    { name: 'a\u001b', pass: false, stateRoot: '', fork: 'Paris', error: 'first line' },
  ])
  expect(names).toEqual(['f.json: "a\\u001b"'])
})

it('a core that cannot be loaded, or a test that cannot be read, ends the run', async () => {
  const { read } = reader(async () => {
    throw new LoadError('no WASM here')
  })
  await expect(runTests([['a', test]], 'f.json', read)).rejects.toThrow('no WASM here')
  const unreadable: StateTestReader = name => {
    throw new InputError({ file: name, field: 'pre', expected: 'an object', found: 'nothing' })
  }
  await expect(runTests([['a', test]], 'f.json', unreadable)).rejects.toThrow(
    'f.json: a: "pre" expected an object, got nothing',
  )
})
