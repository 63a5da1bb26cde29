// weft t8n: its files and streams as a process, by golden files; and official state and block tests turned into its input, without a
// process around them, which have to come to the roots that the tests state. The blocks also check the host's own receipts and tries.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import { findFork } from '../../src/chain/forks.ts'
import { createSign } from '../../src/crypto/sign.ts'
import { encodeReceipt, listRoot } from '../../src/t8n/receipts.ts'
import { describeWithData } from '../setup/data.ts'
import { expectGolden, goldenFolder, weft } from './golden.ts'
import { createT8n, readTests, runBlocks, stateTestCall } from './t8n-cases.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-t8n-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function inputs(name: string): string[] {
  return ['alloc', 'env', 'txs'].map(input => `--input.${input}=t8n/${name}.${input}.json`)
}

// biome-ignore lint/suspicious/noExplicitAny: JSON that tests change by hand
function json(name: string): any {
  return JSON.parse(readFileSync(`${goldenFolder}t8n/${name}`, 'utf8'))
}

describe('weft t8n', () => {
  it.each([
    ['cancun', ['--state.fork', 'Cancun', '--state.reward', '0']],
    ['frontier', ['--state.fork', 'Frontier', '--state.reward', '5000000000000000000', '--state.chainid', '1']],
  ])('%s: result, alloc and body as files', (name, options) => {
    const files = ['result', 'alloc', 'body'].map(output => `--output.${output}=${output}.json`)
    const basedir = join(folder, name, 'made')
    const { code, out, err } = weft(['t8n', ...inputs(name), ...options, ...files, '--output.basedir', basedir])
    expect([code, out, err]).toEqual([0, '', ''])
    for (const output of ['result', 'alloc', 'body']) {
      expectGolden(readFileSync(join(basedir, `${output}.json`), 'utf8'), `t8n/${name}.${output}.golden`)
    }
  })

  it('all through streams; signed transactions as RLP come to the same', () => {
    const stdin = { alloc: json('cancun.alloc.json'), env: json('cancun.env.json'), txs: json('cancun.body.golden') }
    const options = ['alloc', 'env', 'txs'].map(input => `--input.${input}=stdin`)
    const outputs = ['--output.result=stdout', '--output.alloc=stdout', '--output.body=stderr', '--state.fork=Cancun']
    const { code, out, err } = weft(['t8n', ...options, ...outputs], JSON.stringify(stdin))
    expect(code).toBe(0)
    expect(JSON.parse(err)).toEqual({ body: stdin.txs })
    const { alloc, result } = JSON.parse(out)
    expect(alloc).toEqual(json('cancun.alloc.golden'))
    expect(result).toEqual({ ...json('cancun.result.golden'), rejected: [] })
  })

  it('--state-test: no withdrawals; the host makes the same receipts root', () => {
    const outputs = ['--output.result=stdout', '--output.alloc=stdout', '--state.fork=Cancun']
    const { out } = weft(['t8n', ...inputs('cancun'), ...outputs, '--state-test'])
    const { alloc, result } = JSON.parse(out)
    const { stateRoot, withdrawalsRoot, ...expected } = json('cancun.result.golden')
    expect(result).toEqual({ ...expected, stateRoot: expect.not.stringContaining(stateRoot) })
    expect(withdrawalsRoot).toMatch(/^0x/)
    const { [`0x${'dd'.repeat(20)}`]: withdrawn, ...others } = json('cancun.alloc.golden')
    expect(withdrawn).toEqual({ balance: '0x77359400' })
    expect(alloc).toEqual(others)
  })

  it.each([
    ['cancun', ['--state.fork', 'Cancun']],
    ['cancun', ['--state.fork', 'Cancun', '--state-test']],
  ])('--trace and --opcode.count: %s %j', (name, options) => {
    const basedir = join(folder, `${name}-trace-${options.length}`)
    const outputs = ['--output.basedir', basedir, '--trace', '--opcode.count', 'opcodes.json']
    const { code, out, err } = weft(['t8n', ...inputs(name), ...options, ...outputs])
    expect([code, out, err]).toEqual([0, '', ''])
    const { receipts } = JSON.parse(readFileSync(join(basedir, 'result.json'), 'utf8'))
    const traces = receipts.map(({ transactionHash }: { transactionHash: string }, i: number) =>
      readFileSync(join(basedir, `trace-${i}-${transactionHash}.jsonl`), 'utf8'),
    )
    expectGolden(traces.join('---\n'), `t8n/${name}.traces.golden`)
    const counts = readFileSync(join(basedir, 'opcodes.json'), 'utf8')
    expectGolden(counts, `t8n/${name}.opcodes.golden`)
    const steps: { opName?: string }[] = traces.flatMap((trace: string) =>
      trace
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
    )
    const names = steps.map(({ opName }) => opName).filter(opName => opName !== undefined)
    expect(Object.values<number>(JSON.parse(counts)).reduce((all, count) => all + count, 0)).toBe(names.length)
    expect(Object.keys(JSON.parse(counts)).toSorted()).toEqual([...new Set(names)].toSorted())
    const files = readdirSync(basedir).filter(file => file.endsWith('.jsonl'))
    expect(files).toHaveLength(receipts.length)
  })

  it('--opcode.count to a stream', () => {
    const outputs = ['--output.result=', '--output.alloc=', '--opcode.count=stdout', '--state.fork=Cancun']
    expect(JSON.parse(weft(['t8n', ...inputs('cancun'), ...outputs]).out)).toEqual({
      opcodeCount: json('cancun.opcodes.golden'),
    })
  })

  it('-1 is no reward, and the beneficiary is not touched; 0 touches it', () => {
    writeFileSync(join(folder, 'none.json'), '[]')
    const run = (reward: string): Record<string, unknown> => {
      const args = ['t8n', ...inputs('frontier').slice(0, 2), `--input.txs=${join(folder, 'none.json')}`]
      const options = ['--state.fork', 'Frontier', '--state.reward', reward, '--output.alloc', 'stdout']
      return JSON.parse(weft([...args, ...options, '--output.result=']).out).alloc
    }
    const beneficiary = `0x${'bb'.repeat(20)}`
    expect(run('-1')[beneficiary]).toBeUndefined()
    expect(run('0')[beneficiary]).toEqual({ balance: '0x0' })
  })

  it('a reward that 32 does not divide: the share for each uncle is rounded, as clients do', () => {
    const [first, second] = [`0x${'c1'.repeat(20)}`, `0x${'c2'.repeat(20)}`]
    const ommers = [
      { delta: 1, address: first },
      { delta: 2, address: second },
    ]
    const stdin = { alloc: {}, env: { ...json('frontier.env.json'), ommers }, txs: [] }
    const options = ['alloc', 'env', 'txs'].map(input => `--input.${input}=stdin`)
    const outputs = ['--output.alloc', 'stdout', '--output.result=', '--state.fork=Frontier', '--state.reward', '63']
    const { alloc } = JSON.parse(weft(['t8n', ...options, ...outputs], JSON.stringify(stdin)).out)
    const balances = [`0x${'bb'.repeat(20)}`, first, second].map(address => Number(alloc[address].balance))
    expect(balances).toEqual([63 + 1 + 1, Math.floor((63 * 7) / 8), Math.floor((63 * 6) / 8)])
  })

  it('a block that is invalid as a whole says so and gives what its transactions come to', () => {
    const { code, out, err } = weft([
      't8n',
      ...inputs('cancun'),
      '--state.fork=Prague',
      '--output.result=stdout',
      '--output.alloc=',
    ])
    const name = 'BlockException.SYSTEM_CONTRACT_EMPTY'
    expect([code, err]).toEqual([0, `error the block is invalid: a system contract has no code (${name})\n`])
    expect(JSON.parse(out).result.blockException).toContain(name)
    expect(JSON.parse(out).result.receipts).toHaveLength(4)
  })

  it.each([
    [['x'], 'weft t8n takes options only, got "x" (see weft t8n --help)'],
    [['--state.fork', 'atlantis'], '"--state.fork" expected one of frontier, '],
    [['--state.reward', '-2'], '"--state.reward" expected a number 0..'],
    [[], 'alloc.json: expected a readable file, got no such file'],
    [
      [...inputs('frontier'), '--state.fork=London'],
      't8n/frontier.env.json: "currentBaseFee" expected a number, or parentBaseFee',
    ],
    [
      [...inputs('frontier'), '--state.fork=Cancun', '--input.env=t8n/cancun.txs.json'],
      't8n/cancun.txs.json: expected an env object',
    ],
    [[...inputs('cancun'), '--input.txs=t8n/cancun.env.json'], 't8n/cancun.env.json: expected an array, got an object'],
  ])('%j is refused', (args, sentence) => {
    const { code, err } = weft(['t8n', ...args])
    expect([code, err.slice(0, 6 + sentence.length)]).toEqual([2, `error ${sentence}`])
  })

  it('a block hash that the env does not give is an error', () => {
    // BLOCKHASH(0)
    const alloc = { [`0x${'c0'.repeat(20)}`]: { code: '0x60004000' }, ...json('frontier.alloc.json') }
    const [tx] = json('frontier.txs.json')
    const stdin = {
      alloc,
      env: json('frontier.env.json'),
      txs: [{ ...tx, to: `0x${'c0'.repeat(20)}`, gas: '0x10000' }],
    }
    const options = ['alloc', 'env', 'txs'].map(input => `--input.${input}=stdin`)
    const { code, err } = weft(['t8n', ...options, '--state.fork=Frontier'], JSON.stringify(stdin))
    expect([code, err]).toEqual([2, 'error the source does not have hash of block 0\n'])
  })
})

it('signatures are those of RFC 6979 with a low s', async () => {
  const sign = await createSign()
  for (let i = 1; i <= 20; i++) {
    const [key, hash] = [new Uint8Array(32).fill(i * 11), new Uint8Array(32).fill(i * 5)]
    const { r, s, yParity } = sign(hash, key)!
    const expected = secp256k1.Signature.fromBytes(
      secp256k1.sign(hash, key, { prehash: false, format: 'recovered' }),
      'recovered',
    )
    expect(Buffer.from([...r, ...s, yParity]).toString('hex')).toBe(`${expected.toHex('compact')}0${expected.recovery}`)
  }
  expect(sign(new Uint8Array(32), new Uint8Array(32))).toBeUndefined()
})

describeWithData('state-tests', 'official state tests through t8n', data => {
  it.each([
    ['eest-v5.4.0/osaka/eip7883_modexp_gas_increase', 3],
    ['eest-v5.4.0/prague/eip7702_set_code_tx', 12],
    ['eest-v5.4.0/cancun/eip4844_blobs', 12],
    ['legacy-cancun/stEIP1559', 6],
    ['legacy-cancun/stEIP2930', 6],
    ['legacy-cancun/stExample', 6],
    ['legacy-constantinople/stTransactionTest', 6],
  ])('%s', async (file, count) => {
    const t8n = await createT8n()
    let cases = 0
    for (const { name, test } of readTests(join(data, `${file}.ndjson.gz`), count)) {
      for (const fork of Object.keys(test.post)) {
        const { hash, logs, expectException } = test.post[fork][0]
        // There the legacy suites expect an account for the beneficiary of a refused transaction: that of a block without reward.
        const isTouched = expectException && findFork(fork)!.rules < abi.SPURIOUS_DRAGON
        const call = stateTestCall(test, fork, 0)
        const { result } = await t8n(isTouched ? { ...call, isStateTest: false, reward: 0n } : call)
        const got = { hash: result.stateRoot, logs: result.logsHash, rejected: result.rejected.length }
        expect(got, `${name} ${fork}`).toEqual({ hash, logs, rejected: expectException ? 1 : 0 })
        cases++
      }
    }
    expect(cases).toBeGreaterThan(0)
  })
})

describeWithData('blockchain-tests', 'official blocks through t8n', data => {
  it.each([
    ['eest-v5.4.0/prague/eip7685_general_purpose_el_requests', 6],
    ['eest-v5.4.0/prague/eip7002_el_triggerable_withdrawals', 4],
    ['eest-v5.4.0/prague/eip7251_consolidations', 12],
    ['eest-v5.4.0/prague/eip2935_historical_block_hashes_from_state', 2],
    ['eest-v5.4.0/osaka/eip7918_blob_reserve_price', 3],
    ['eest-v5.4.0/cancun/eip4788_beacon_root', 2],
    ['eest-v5.4.0/shanghai/eip4895_withdrawals', 4],
    ['legacy-cancun/ValidBlocks/bcEIP1559', 4],
    ['legacy-constantinople/ValidBlocks/bcUncleTest', 8],
  ])('%s', async (file, count) => {
    const t8n = await createT8n()
    let blocks = 0
    for (const { name, test } of readTests(join(data, `${file}.ndjson.gz`), count)) {
      // A test that goes from one fork to the next has two.
      const rules = findFork(test.network)?.rules
      if (rules === undefined) continue
      await runBlocks(test, t8n, (header, { result, receipts, included }) => {
        expect(
          {
            ...{ stateRoot: result.stateRoot, txRoot: result.txRoot, receiptsRoot: result.receiptsRoot },
            ...{ bloom: result.logsBloom, withdrawals: result.withdrawalsRoot, requests: result.requestsHash },
            ...{ gas: BigInt(result.gasUsed), rejected: result.rejected },
            ...{
              difficulty: BigInt(result.currentDifficulty ?? 0),
              baseFee: result.currentBaseFee && BigInt(result.currentBaseFee),
            },
            ...{ excess: result.currentExcessBlobGas && BigInt(result.currentExcessBlobGas) },
          },
          `${name} ${header.number}`,
        ).toEqual({
          ...{ stateRoot: header.stateRoot, txRoot: header.transactionsTrie, receiptsRoot: header.receiptTrie },
          ...{ bloom: header.bloom, withdrawals: header.withdrawalsRoot, requests: header.requestsHash },
          ...{ gas: BigInt(header.gasUsed), rejected: [] },
          ...{ difficulty: BigInt(header.difficulty), baseFee: header.baseFeePerGas && BigInt(header.baseFeePerGas) },
          ...{ excess: header.excessBlobGas && BigInt(header.excessBlobGas) },
        })
        expect(listRoot(included)).toBe(header.transactionsTrie)
        expect(listRoot(receipts.map(encodeReceipt))).toBe(header.receiptTrie)
        const roots = result.receipts.map(({ root }: { root: string }) => root.length)
        expect(new Set(roots)).toEqual(new Set(roots.length ? [rules < abi.BYZANTIUM ? 66 : 2] : []))
        blocks++
      })
    }
    expect(blocks).toBeGreaterThan(0)
  })
})
