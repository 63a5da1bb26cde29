// weft statetest without the core: what counts as a file of tests, and what becomes of the cases.
import { expect, it } from 'vitest'
import type { StateTestCase, StateTestRunner } from '../../src/cli/engine.ts'
import { namedTests, runTests } from '../../src/cli/statetest.ts'
import { InputError, LoadError } from '../../src/errors.ts'

const test = { env: {}, pre: {}, transaction: {}, post: {} }
const form = 'f.json: expected state tests { name: { env, pre, transaction, post } }'

it.each([
  [null, 'null'],
  [[test], 'an array of 1'],
  [{}, 'none'],
  [{ _info: {} }, 'none'],
  [{ a: 5 }, 'no object "env" in "a"'],
  [{ a: test, b: { ...test, post: null } }, 'no object "post" in "b"'],
  [{ a: { ...test, pre: 'x' } }, 'no object "pre" in "a"'],
])('%j holds no state tests', (json, found) => {
  expect(() => namedTests(json, 'f.json')).toThrow(InputError)
  expect(() => namedTests(json, 'f.json')).toThrow(`${form}, got ${found}`)
})

function runner(answer: StateTestRunner['run']): StateTestRunner {
  const cases: StateTestCase[] = [
    { fork: 'London', index: 0 },
    { fork: 'Paris', index: 1 },
  ]
  return { cases: () => cases, run: answer }
}

it('every case becomes a result, also one that throws', async () => {
  const results = await runTests(
    namedTests({ a: test }, 'f.json'),
    runner(async (_, { index }) => {
      if (index === 1) throw new Error('first line\nsecond line')
      return { pass: true, stateRoot: '0x12' }
    }),
  )
  expect(results).toEqual([
    { name: 'a', pass: true, stateRoot: '0x12', fork: 'London' },
    { name: 'a', pass: false, stateRoot: '', fork: 'Paris', error: 'first line' },
  ])
})

it('a core that cannot be loaded ends the run', async () => {
  const broken = runner(async () => {
    throw new LoadError('no WASM here')
  })
  await expect(runTests([['a', test]], broken)).rejects.toThrow('no WASM here')
})
