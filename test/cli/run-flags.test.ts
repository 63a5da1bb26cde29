// The options of weft run that give it a state, a sender and a receiver, print the state afterwards, and measure.
import { describe, expect, it } from 'vitest'
import { expectGolden, weft } from './golden.ts'

// CALLER, SSTORE at 0; CALLVALUE, SSTORE at 1; SLOAD 2 returned.
const code = '33600055346001556002546000526020 6000f3'.replace(' ', '')
const sender = 'A94f5374Fce5edBC8E2a8697C15331677e6EbF0B'
const receiver = `0x${'c0'.repeat(20)}`

describe('weft run', () => {
  it('on a state: sender, receiver and value; the state afterwards', () => {
    const args = [
      '--prestate',
      'run/prestate.json',
      '--sender',
      sender,
      '--receiver',
      receiver,
      '--value',
      '7',
      '--dump',
    ]
    const text = weft(['run', code, ...args, '--rev', 'Cancun'])
    expectGolden(text.out, 'run/dump.golden')
    const json = weft(['run', code, ...args, '--fork', 'Cancun', '--json'])
    expectGolden(json.out, 'run/dump.json.golden')
    expect([text.code, json.code, text.err, json.err]).toEqual([0, 0, '', ''])
  })

  it('the code of an account of the state, and a value that the sender does not have', () => {
    const args = ['--prestate', 'run/prestate.json', '--receiver', receiver, '--json']
    expect(JSON.parse(weft(['run', ...args]).out)).toMatchObject({ status: 'success', output: `0x${'0'.repeat(62)}09` })
    const poor = weft(['run', ...args, '--value', '1'])
    expect([poor.code, JSON.parse(poor.out).status]).toEqual([1, 'halt'])
  })

  it('without a state the sender has what it sends', () => {
    const { out } = weft(['run', code, '--sender', sender, '--value', '0x10', '--dump', '--json'])
    expect(JSON.parse(out).state[`0x${'0'.repeat(32)}c0de0000`].balance).toBe('0x10')
  })

  it('--bench adds times', () => {
    const { out } = weft(['run', code, '--bench', '--json'])
    const { runs, medianMs, minMs } = JSON.parse(out).bench
    expect(runs).toBeGreaterThan(1)
    expect(medianMs).toBeGreaterThanOrEqual(minMs)
  })

  it.each([
    [['00', '--sender', '0x12'], '"--sender" expected 40 hex digits, got "0x12"'],
    [['--receiver', receiver], 'weft run needs exactly one HEX or @FILE (see weft run --help)'],
    [['00', '--prestate', 'none.json'], 'none.json: expected a readable file, got no such file'],
    [
      ['00', '--prestate', 'run/dump.json.golden'],
      'run/dump.json.golden: "status" expected 0x and 40 hex digits, got "status"',
    ],
  ])('%j is refused', (args, sentence) => {
    const { code: exit, err } = weft(['run', ...args])
    expect([exit, err]).toEqual([2, `error ${sentence}\n`])
  })
})
