// The command line with the core behind it, as a process: bytecode, real blocks, blocks that were tampered with. Blocks
// come from the data folder; without it that part is skipped.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJsonFile } from '../../src/input/file.node.ts'
import { describeWithData } from '../setup/data.ts'
import { cliFile } from '../setup/weft.ts'

const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-engine-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function weft(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliFile, ...args], {
    encoding: 'utf8',
    env,
    timeout: 60_000,
  })
  return { code: status, out: stdout, err: stderr }
}

describe('weft run', () => {
  // PUSH1 42, MSTORE at 0, RETURN 32 bytes.
  const answer = '602a60005260206000f3'

  it('prints status, gas and output', () => {
    const { code, out } = weft('run', answer)
    expect(code).toBe(0)
    expect(out).toMatch(/^status +success\ngas used +18\n/)
    expect(out).toContain(`${'0'.repeat(62)}2a`)
  })

  it('prints one JSON object', () => {
    const { code, out } = weft('run', `0x${answer}`, '--json', '--fork', 'Frontier', '--gas', '0x12')
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { status: 'success', gasUsed: 18, gasRefunded: 0, output: `0x${'0'.repeat(62)}2a`, logs: [] },
    ])
  })

  it('reads code and input from files, and hands the input over', () => {
    const code = join(folder, 'code.hex')
    const input = join(folder, 'input.hex')
    // CALLDATALOAD of word 0, returned.
    writeFileSync(code, '600035 600052\n60206000f3\n')
    writeFileSync(input, '0x00000000000000000000000000000000000000000000000000000000000000ff')
    expect(JSON.parse(weft('run', `@${code}`, '--input', `@${input}`, '--json').out).output).toMatch(/ff$/)
  })

  it.each([
    [['60006000fd'], 'revert', undefined],
    [['fe'], 'halt', 'INVALID_INSTRUCTION'],
    [['5b600056', '--gas', '100000'], 'halt', 'OUT_OF_GAS'],
    [['01'], 'halt', 'STACK_UNDERFLOW'],
    [['5f', '--fork', 'paris'], 'halt', 'UNDEFINED_INSTRUCTION'],
  ])('%j ends with exit code 1', (args, status, haltReason) => {
    const { code, out } = weft('run', ...args, '--json')
    const outcome = JSON.parse(out)
    expect([code, outcome.status, outcome.haltReason]).toEqual([1, status, haltReason])
  })

  it('creates a contract', () => {
    const { code, out } = weft('run', '60006000f3', '--create', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out).createdAddress).toMatch(/^0x[0-9a-f]{40}$/)
  })
})

describe('weft statetest', () => {
  const address = `0x${'aa'.repeat(20)}`
  const sender = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b'
  const pre = { [sender]: { nonce: '0x00', balance: '0x3b9aca00', code: '0x', storage: {} } }
  const env = {
    currentCoinbase: `0x${'bb'.repeat(20)}`,
    currentNumber: '0x01',
    currentTimestamp: '0x03e8',
    currentGasLimit: '0x989680',
    currentDifficulty: '0x020000',
  }
  const transaction = {
    nonce: '0x00',
    gasPrice: '0x0a',
    gasLimit: ['0x5208'],
    to: address,
    value: ['0x01'],
    data: ['0x'],
    sender,
    secretKey: '0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8',
  }
  // keccak256(rlp([]))
  const logs = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
  const post = { Byzantium: [{ hash: `0x${'00'.repeat(32)}`, logs, indexes: { data: 0, gas: 0, value: 0 } }] }

  it('reports cases as geth does', () => {
    const file = join(folder, 'transfer.json')
    writeFileSync(file, JSON.stringify({ transfer: { env, pre, transaction, post } }))
    const wrong = weft('statetest', file, '--json')
    const [{ stateRoot, ...result }] = JSON.parse(wrong.out)
    expect(wrong.code).toBe(1)
    expect(result).toEqual({ name: 'transfer', pass: false, fork: 'Byzantium', error: expect.stringContaining('root') })
    post.Byzantium[0]!.hash = stateRoot
    writeFileSync(file, JSON.stringify({ transfer: { env, pre, transaction, post } }))
    const right = weft('statetest', folder)
    expect(right.out).toContain('1 case, 1 pass, 0 fail')
    expect([right.code, right.err]).toEqual([0, ''])
  })
})

describeWithData('mainnet-blocks', 'weft replay of mainnet blocks', data => {
  // biome-ignore lint/suspicious/noExplicitAny: a block file that tests spoil by hand
  const json = (number: number): any => readJsonFile(join(data, `${number}.json.gz`))
  const write = (name: string, content: unknown): string => {
    writeFileSync(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }
  /** Codes and expected receipts beside the spoiled copies of block 4370000. */
  beforeAll(() => {
    mkdirSync(join(folder, 'expected'))
    copyFileSync(join(data, 'expected/4370000.json.gz'), join(folder, 'expected/4370000.json.gz'))
    const all = readJsonFile(join(data, 'codes.json.gz')) as Record<string, string>
    const accounts = Object.values(json(4370000).preState) as { codeHash?: string }[]
    const used = accounts.flatMap(({ codeHash }) => (codeHash ? [[codeHash, all[codeHash]]] : []))
    write('codes.json', Object.fromEntries(used))
  })

  it('verifies blocks that follow one another, in a table', () => {
    const files = [4369999, 4370000].map(number => join(data, `${number}.json.gz`))
    const { code, out, err } = weft('replay', ...files)
    expect([code, err]).toEqual([0, ''])
    const lines = out.split('\n')
    expect(lines[0]).toMatch(/^ *block +fork +txs +gas +ms +Mgas\/s +receipts root +result$/)
    expect(lines[2]).toMatch(/^4369999 +spuriousDragon +22 +6,630,311 .* unknown +ok$/)
    expect(lines[3]).toMatch(/^4370000 +byzantium +97 +6,609,719 .* ok +ok$/)
    expect(lines[5]).toMatch(/^2 blocks, 2 ok, 119 transactions, 13,240,030 gas in /)
  })

  it('verifies in JSON, past a file that cannot be read', () => {
    const { code, out, err } = weft('replay', '--json', join(folder, 'none'), join(data, '19933122.json.gz'))
    expect([code, err.trimEnd().split('\n').length]).toEqual([2, 1])
    const [bad, good] = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(bad.ok).toBe(false)
    expect(good).toMatchObject({ number: 19933122, fork: 'cancun', txs: 45, gasUsed: 2056821, ok: true })
    expect(Object.values(good.checks)).not.toContain(false)
  })

  it('refuses a transaction with a bad signature', () => {
    const block = json(4370000)
    block.block.transactions[3].r = '0x0'
    const { code, err } = weft('replay', write('signature.json', block))
    expect(code).toBe(1)
    expect(err).toMatch(/^error .*signature.json: .*transaction 3: .*signature.*INVALID_SIGNATURE_VRS\)\n$/)
  })

  it('names the first transaction that differs', () => {
    const block = json(4370000)
    // The token contract that transaction 58 calls loses its storage.
    block.preState['0x24e69f4e50c9fb5c96d0f61f29374f10e6fa0c3f'].storage = {}
    const { code, err } = weft('replay', write('differs.json', block))
    expect(code).toBe(1)
    expect(err).toBe(`error ${join(folder, 'differs.json')}: transaction 58: gas expected 60884, got 26138\n`)
  })

  it('says which code is missing', () => {
    const block = json(4370000)
    const lonely = join(folder, 'lonely')
    mkdirSync(lonely)
    writeFileSync(join(lonely, 'block.json'), JSON.stringify(block))
    const { code, err } = weft('replay', join(lonely, 'block.json'))
    expect(code).toBe(2)
    expect(err).toMatch(/^error .*block.json: the source does not have code 0x[0-9a-f]{64}\n$/)
  })

  it('sees a header that lies', () => {
    const block = json(4370000)
    block.block.receiptsRoot = `0x${'00'.repeat(32)}`
    const { code, out, err } = weft('replay', '--json', write('header.json', block))
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ ok: false, checks: { receiptsRoot: false, gasUsed: true } })
    expect(err).toContain('"receiptsRoot" expected 0x0000')
  })
})
