// The options of weft blocktest as a process: formats by golden files, traces, names on stdin, the choice of tests, exit codes.
// blocktest/tests.json is made by block-tests.ts; of its four tests two expect something wrong.
import { mkdirSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { blockTests } from './block-tests.ts'
import { expectGolden, goldenFolder, weft } from './golden.ts'

const FILE = 'blocktest/tests.json'

beforeAll(async () => {
  mkdirSync(`${goldenFolder}blocktest`, { recursive: true })
  expectGolden(`${JSON.stringify(await blockTests(), null, 2)}\n`, FILE)
})

/** Names of the results on stdout. */
const ran = (out: string): string[] => JSON.parse(out).map(({ name }: { name: string }) => name)

describe('formats', () => {
  it('--json: an indented array', () => {
    const { code, out, err } = weft(['blocktest', FILE, '--json'])
    expectGolden(out, 'blocktest/json.golden')
    expect([code, err]).toEqual([1, ''])
  })

  it('without: a table and a line per failed test', () => {
    const { code, out, err } = weft(['blocktest', FILE, '--keep-going', '--omit-progress'])
    expectGolden(out, 'blocktest/table.golden')
    expectGolden(err, 'blocktest/failures.golden')
    expect(code).toBe(1)
  })

  it('--trace: EIP-3155 lines under a line with block and transaction, each test ended by its state root', () => {
    const { code, out, err } = weft(['blocktest', FILE, '--json', '--trace', '--trace.format=json'])
    expectGolden(err, 'blocktest/trace.golden')
    expect([code, out]).toEqual([1, weft(['blocktest', FILE, '--json']).out])
    expect(err.match(/^\{"stateRoot":"0x/gm)).toHaveLength(4)
    const some = weft(['blocktest', FILE, '--json', '--trace', '--run', 'valid', '--trace.opcodes', 'sstore,call'])
    expect(some.err.match(/"opName":"\w+"/g)).toEqual(
      ['SSTORE', 'CALL', 'SSTORE', 'CALL'].map(name => `"opName":"${name}"`),
    )
  })

  it('--print-env-on-error: header and states of the block at fault', () => {
    const { code, out, err } = weft(['blocktest', FILE, '--json', '--print-env-on-error'])
    expectGolden(err, 'blocktest/env.golden')
    expect([code, out]).toEqual([1, weft(['blocktest', FILE, '--json']).out])
    expect(weft(['blocktest', FILE, '--print-env-on-error', '--run', 'valid|refused']).err).toBe('')
  })
})

describe('the choice of tests', () => {
  it.each([
    [
      ['--run', '^v|Head'],
      ['valid', 'wrongHead'],
    ],
    [
      ['-k', 'wrong'],
      ['wrongRoot', 'wrongHead'],
    ],
    [['--match', 'x'], []],
  ])('%j', (args, expected) => {
    expect(ran(weft(['blocktest', FILE, '--json', ...args]).out)).toEqual(expected)
  })
})

describe('exit codes', () => {
  it('0 where every test passes', () => {
    const { code, err } = weft(['blocktest', FILE, '--run', 'valid|refused'])
    expect([code, err]).toEqual([0, ''])
  })

  it.each([
    [[FILE, '--run', '('], '"--run" expected a regular expression, got "("'],
    [[FILE, '--trace', '--trace.format', 'call'], '"--trace.format" expected json'],
    [['none.json'], 'none.json: expected a file or folder, got no such file'],
    [[], 'weft blocktest needs at least one PATH (see weft blocktest --help)'],
  ])('2 for %j', (args, sentence) => {
    const { code, err } = weft(['blocktest', ...args])
    expect([code, err.split('\n')[0]]).toEqual([2, `error ${sentence}`])
  })
})

it('names on stdin: an empty line ends them; each file has an array of its own', () => {
  const one = weft(['blocktest', FILE, '--json'])
  const { code, out } = weft(['blocktest', '--json'], `${FILE}\n${FILE}\n\nnone.json\n`)
  expect([code, out]).toEqual([1, one.out + one.out])
  const table = weft(['blocktest'], `${FILE}\nnone.json`)
  expect(table.code).toBe(2)
  expect(table.out).toBe(weft(['blocktest', FILE]).out)
})
