// The trace options of the command line, as a process: what goes to stderr and what to stdout. The state test is made here, from a
// program with a known trace; its expected root is wrong on purpose where that does not matter.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import { cliFile } from '../setup/weft.ts'

const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined }
const SENDER = `0x${'5e'.repeat(20)}`
const TARGET = `0x${'00'.repeat(18)}c0de`

const TEST = {
  made: {
    env: {
      currentCoinbase: `0x${'cc'.repeat(20)}`,
      currentGasLimit: '0x989680',
      currentNumber: '0x1',
      currentTimestamp: '0x3e8',
      currentRandom: '0x00',
      currentBaseFee: '0x7',
      currentDifficulty: '0x0',
    },
    pre: {
      [SENDER]: { balance: '0xde0b6b3a7640000', nonce: '0x0', code: '0x', storage: {} },
      [TARGET]: { balance: '0x0', nonce: '0x1', code: '0x60016002015000', storage: {} },
    },
    transaction: {
      data: ['0x'],
      gasLimit: ['0x186a0'],
      value: ['0x0'],
      gasPrice: '0xa',
      nonce: '0x0',
      to: TARGET,
      sender: SENDER,
      secretKey: `0x${'01'.repeat(32)}`,
    },
    post: {
      Cancun: [
        {
          hash: `0x${'00'.repeat(32)}`,
          logs: `0x${'00'.repeat(32)}`,
          indexes: { data: 0, gas: 0, value: 0 },
        },
      ],
    },
  },
}

let folder: string
let file: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-trace-'))
  file = join(folder, 'made.json')
  writeFileSync(file, JSON.stringify(TEST))
})
afterAll(() => rmSync(folder, { recursive: true }))

function weft(...args: string[]): { code: number | null; out: string; err: string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliFile, ...args], {
    encoding: 'utf8',
    env,
    timeout: 60_000,
    maxBuffer: 1 << 28,
  })
  return { code: status, out: stdout, err: stderr.split('\n').filter(line => line !== '') }
}

const steps = [
  '{"pc":0,"op":96,"gas":"0x13498","gasCost":"0x3","stack":[],"depth":1,"refund":0,"memSize":0,"opName":"PUSH1"}',
  '{"pc":2,"op":96,"gas":"0x13495","gasCost":"0x3","stack":["0x1"],"depth":1,"refund":0,"memSize":0,"opName":"PUSH1"}',
  '{"pc":4,"op":1,"gas":"0x13492","gasCost":"0x3","stack":["0x1","0x2"],"depth":1,"refund":0,"memSize":0,"opName":"ADD"}',
  '{"pc":5,"op":80,"gas":"0x1348f","gasCost":"0x2","stack":["0x3"],"depth":1,"refund":0,"memSize":0,"opName":"POP"}',
  '{"pc":6,"op":0,"gas":"0x1348d","gasCost":"0x0","stack":[],"depth":1,"refund":0,"memSize":0,"opName":"STOP"}',
  '{"output":"0x","gasUsed":"0xb"}',
]

describe('weft statetest', () => {
  it('writes the trace and ends it with the state root', () => {
    const { err, out, code } = weft('statetest', '--json', file)
    expect(err.slice(0, -1)).toEqual(steps)
    expect(err.at(-1)).toMatch(/^{"stateRoot":"0x[0-9a-f]{64}","/)
    const [result] = JSON.parse(out) as [{ stateRoot: string; pass: boolean }]
    expect(JSON.parse(err.at(-1)!).stateRoot).toBe(result.stateRoot)
    expect([result.pass, code]).toEqual([false, 1])
  })

  it('takes the flags of geth', () => {
    const flags = ['--trace', '--trace.format=json', '--trace.nomemory=true', '--trace.noreturndata=true']
    const { err } = weft('statetest', ...flags, file)
    expect(err.slice(0, steps.length)).toEqual(steps)
    expect(err[steps.length]).toMatch(/^{"stateRoot":"0x[0-9a-f]{64}"}$/)
    const all = weft(
      'statetest',
      '--trace',
      '--trace.nomemory=false',
      '--trace.noreturndata=false',
      '--trace.nostack',
      file,
    )
    expect(JSON.parse(all.err[2]!)).toMatchObject({ stack: [], memory: '0x', returnData: '0x' })
  })

  it('--json-outcome has no trace', () => {
    expect(weft('statetest', '--json-outcome', file).err).toHaveLength(1)
  })
})

describe('weft run', () => {
  it('--trace writes steps to stderr, the outcome to stdout', () => {
    const { err, out, code } = weft('run', '600160020150', '--gas', '0x13498', '--trace', '--json')
    expect(err).toEqual(steps)
    expect([JSON.parse(out).gasUsed, code]).toEqual([11, 0])
  })

  it('other formats, and a filter', () => {
    const tree = weft('run', '600160020150', '--trace.format', 'call')
    expect(JSON.parse(tree.err[0]!)).toMatchObject({ type: 'CALL', gasUsed: '0xb' })
    const log = weft('run', '600160020150', '--trace.format', 'struct', '--trace.opcodes', 'add,pop')
    expect(JSON.parse(log.err[0]!).structLogs.map(({ op }: { op: string }) => op)).toEqual(['ADD', 'POP'])
  })

  it('an unknown format is a mistake of the caller', () => {
    const { code, err } = weft('run', '00', '--trace.format', 'xml')
    expect(code).toBe(2)
    expect(err[0]).toContain('"--trace.format" expected one of eip3155, struct, call, prestate, prestate-diff')
  })
})

describe('weft replay', () => {
  it('--trace gives a trace per transaction', () => {
    const { err, code } = weft('replay', SAMPLE_PATH, '--trace', 'call', '--trace.tx', '2')
    expect(JSON.parse(err[0]!)).toMatchObject({ tx: 2 })
    expect(JSON.parse(err[1]!)).toHaveProperty('gasUsed')
    expect([err.length, code]).toEqual([2, 0])
  })

  it('for all transactions, one after the other', () => {
    const { err, code } = weft('replay', SAMPLE_PATH, '--trace', 'prestate-diff')
    const heads = err.filter((_, i) => i % 2 === 0).map(line => JSON.parse(line).tx as number)
    expect(heads).toEqual(heads.map((_, i) => i))
    expect(heads.length).toBeGreaterThan(100)
    expect(code).toBe(0)
  })
})
