// The options of weft statetest as the drivers of geth, revme and evmone use them: formats by golden files, names on stdin, the choice
// of tests, exit codes. The golden tests.json has five cases; one of them, store on Shanghai, expects a wrong root.
import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { cliFile } from '../setup/weft.ts'
import { expectGolden, goldenFolder, weft } from './golden.ts'

const FILE = 'statetest/tests.json'

/** Names and forks of the results on stdout. */
function ran(out: string): string[] {
  return JSON.parse(out).map(({ name, fork }: { name: string; fork: string }) => `${name} ${fork}`)
}

describe('formats', () => {
  it("--json: geth on stdout, indented; on stderr traces, each ended by revme's compact line", () => {
    const { code, out, err } = weft(['statetest', FILE, '--json'])
    expectGolden(out, 'statetest/json.stdout.golden')
    expectGolden(err, 'statetest/json.stderr.golden')
    expect(code).toBe(1)
    // What goevmlab's adapters look for, in either stream.
    expect(out.match(/"stateRoot": "0x/g)).toHaveLength(5)
    expect(err.match(/^\{"stateRoot":"0x/gm)).toHaveLength(5)
    const steps = /^\{"(?:pc|output)":.*\n/gm
    expect(err).toMatch(steps)
    const outcome = { code, out, err: err.replace(steps, '') }
    expect(weft(['statetest', FILE, '-o'])).toEqual(outcome)
    expect(weft(['statetest', '--json-outcome', FILE])).toEqual(outcome)
  })

  it('without: a table and a line per failed case', () => {
    const { code, out, err } = weft(['statetest', FILE, '--keep-going', '-s', '--omit-progress'])
    expectGolden(out, 'statetest/table.golden')
    expectGolden(err, 'statetest/failures.golden')
    expect(code).toBe(1)
  })

  it('--dump: the state after the case, as an alloc', () => {
    const { code, out } = weft(['statetest', FILE, '--json', '--dump', '--statetest.name', 'store', '--run', 'store'])
    expectGolden(out, 'statetest/dump.golden')
    expect(code).toBe(1)
  })
})

describe('the choice of tests', () => {
  it.each([
    [
      ['--run', '^rev|^under'],
      ['underpriced London', 'revert Byzantium'],
    ],
    [['-k', 'price'], ['underpriced London']],
    [
      ['--match', 're'],
      ['store Byzantium', 'store Byzantium', 'store Shanghai', 'revert Byzantium'],
    ],
    [['--statetest.name', 'rever'], []],
    [
      ['--statetest.fork', 'byzantium'],
      ['store Byzantium', 'store Byzantium', 'revert Byzantium'],
    ],
    [['--statetest.index', '1'], ['store Byzantium']],
    [['--statetest.index', '-1', '-k', 'revert'], ['revert Byzantium']],
  ])('%j', (args, expected) => {
    const { out } = weft(['statetest', FILE, '--json', ...args])
    expect(ran(out).sort()).toEqual(expected.toSorted())
  })
})

describe('exit codes', () => {
  it('0 where every case passes', () => {
    const { code, err } = weft(['statetest', FILE, '--statetest.fork', 'Byzantium'])
    expect([code, err]).toEqual([0, ''])
  })

  it.each([
    [['--run', '('], '"--run" expected a regular expression, got "("'],
    [['--statetest.index', 'x'], '"--statetest.index" expected a number 0..999999999, got "x"'],
    [['none.json'], 'none.json: expected a file or folder, got no such file'],
  ])('2 for %j', (args, sentence) => {
    const { code, err } = weft(['statetest', FILE, '--json', ...args])
    expect([code, err.split('\n')[0]]).toEqual([2, `error ${sentence}`])
  })
})

describe('names on stdin', () => {
  it('an empty line ends them; each file has an array of its own', () => {
    const one = weft(['statetest', FILE, '--json'])
    const { code, out } = weft(['statetest', '--json'], `${FILE}\n${FILE}\n\nnone.json\n`)
    expect([code, out]).toEqual([1, one.out + one.out])
    expect(weft(['statetest', '--json'], `${FILE}\nnone.json`).code).toBe(2)
  })

  it('a file is run when its name comes, before the next one', async () => {
    const child = spawn(process.execPath, [cliFile, 'statetest', '--json-outcome'], { cwd: goldenFolder })
    let err = ''
    child.stderr.setEncoding('utf8')
    const answered = (count: number): Promise<void> =>
      new Promise(resolve => {
        child.stderr.on('data', (text: string) => {
          err += text
          if (err.split('\n').length > count) resolve()
        })
      })
    const first = answered(5)
    child.stdin.write(`${FILE}\n`)
    await first
    err = ''
    const second = answered(5)
    child.stdin.write(`${FILE}\n`)
    await second
    const code = new Promise(resolve => child.on('close', resolve))
    child.stdin.write('\n')
    expect(await code).toBe(1)
  })
})
