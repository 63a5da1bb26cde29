// weft replay without the core: which state a block gets, what is reported, and what exit code each defect has.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as abi from '../../assembly/abi.ts'
import { firstDifference, hashLogs, wrongClaim } from '../../src/cli/differences.ts'
import type { BlockEngine } from '../../src/cli/engine.ts'
import { expandPaths } from '../../src/cli/paths.ts'
import { createProgress } from '../../src/cli/progress.ts'
import { replayFiles } from '../../src/cli/replay.ts'
import { jsonLine, type ReplayResult, resultTable } from '../../src/cli/replay-result.ts'
import { formatTable } from '../../src/cli/table.ts'
import { InternalError, InvalidBlockError, LoadError, MissingStateError } from '../../src/errors.ts'
import type { Source } from '../../src/state/source.ts'
import { type AccountDiff, EMPTY_CODE_HASH, type Receipt } from '../../src/types.ts'
import { agreeing, blockJson, fakeEngine, hex, RECIPIENT, SENDER } from './block.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-replay-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string | Uint8Array | object): string {
  const plain = typeof content === 'string' || content instanceof Uint8Array
  writeFileSync(join(folder, name), plain ? content : JSON.stringify(content))
  return join(folder, name)
}

async function hashOrNot(source: Source, number: bigint): Promise<string> {
  try {
    return await source.blockHash(number)
  } catch {
    return 'unknown hash'
  }
}

async function replay(files: string[], engine: BlockEngine = fakeEngine()): Promise<ReplayResult[]> {
  const results: ReplayResult[] = []
  await replayFiles(files, { load: async () => engine, onResult: result => void results.push(result) })
  return results
}

describe('a block that verifies', () => {
  it('is ok, with one JSON line of the documented fields', async () => {
    const [result] = await replay([write('5.json', blockJson(5))])
    expect(result).toMatchObject({ ok: true, exitCode: 0, number: 5n, txs: 1, gasUsed: 21000n })
    const line = JSON.parse(jsonLine(result!))
    expect(Object.keys(line)).toEqual(['number', 'fork', 'txs', 'gasUsed', 'ok', 'checks', 'ms', 'hash'])
    expect(line).toMatchObject({ number: 5, fork: 'shanghai', txs: 1, gasUsed: 21000, ok: true })
    expect(line.checks).toEqual({
      gasUsed: true,
      logsBloom: true,
      receiptsRoot: true,
      transactionsRoot: true,
      withdrawalsRoot: true,
      stateRoot: 'unknown',
    })
    expect(Object.keys(line.ms).sort()).toEqual(['execute', 'prepare', 'roots', 'senders', 'total'])
    expect(line.ms).toMatchObject({ senders: 2, execute: 3, roots: 4 })
  })

  it('carries its state and hash to the block that follows it, and to no other', async () => {
    const rich: AccountDiff = {
      address: SENDER,
      exists: true,
      storageCleared: false,
      nonce: 1n,
      balance: 77n,
      codeHash: EMPTY_CODE_HASH,
      storage: [[1n, 2n]],
    }
    const seen: unknown[] = []
    const engine = fakeEngine(async ({ env }, { source }) => {
      const account = await source.account(SENDER)
      seen.push([env.number, account?.balance, await source.storage(SENDER, 1n)])
      if (env.number === 6n) seen.push(await hashOrNot(source, 5n))
      return { diff: env.number === 5n ? [rich] : [] }
    })
    const files = [5, 6, 8, 5].map((number, i) => write(`chain-${i}.json`, blockJson(number)))
    const other = blockJson(6)
    ;(other.block as Record<string, unknown>).parentHash = hex('ff', 32)
    files.push(write('fork.json', other))
    const results = await replay(files, engine)
    expect(results.map(result => result.ok)).toEqual([true, true, true, true, true])
    const ether = 10n ** 18n
    expect(seen).toEqual([
      [5n, ether, 0n],
      [6n, 77n, 2n],
      `0x${'5'.padStart(64, '0')}`,
      [8n, ether, 0n],
      [5n, ether, 0n],
      [6n, ether, 0n],
      'unknown hash',
    ])
  })
})

describe('a block that does not verify', () => {
  it.each([
    ['gasUsed', { gasUsed: 21001n }, '"gasUsed" expected 21000 by the header, got 21001'],
    ['receiptsRoot', { receiptsRoot: hex('99', 32) }, `"receiptsRoot" expected ${hex('15', 32)} by the header`],
    ['logsBloom', { logsBloom: hex('01', 256) }, '"logsBloom" differs from the header'],
  ])('by its %s fails with a sentence', async (field, change, sentence) => {
    const [result] = await replay(
      [write('5.json', blockJson(5))],
      fakeEngine(() => change),
    )
    expect(result).toMatchObject({ ok: false, exitCode: 1, checks: { [field]: false } })
    expect(result?.error).toContain(`5.json: ${sentence}`)
  })

  it('names the first transaction that differs where the receipts are known', async () => {
    mkdirSync(join(folder, 'expected'), { recursive: true })
    const receipts = [{ status: 1, gasUsed: '0x5209', cumulativeGasUsed: '0x5209', logsCount: 0 }]
    write('expected/7.json.gz', gzipSync(JSON.stringify({ number: 7, receipts })))
    const [result] = await replay(
      [write('renamed.json', blockJson(7))],
      fakeEngine(() => ({ gasUsed: 1n })),
    )
    expect(result?.error).toBe(`${join(folder, 'renamed.json')}: transaction 0: gas expected 21001, got 21000`)
  })

  it('names it too where the block became invalid later', async () => {
    mkdirSync(join(folder, 'expected'), { recursive: true })
    const receipts = [{ status: 1, gasUsed: '0x5209', cumulativeGasUsed: '0x5209', logsCount: 0 }]
    write('expected/9.json', { number: 9, receipts: [...receipts, ...receipts] })
    const engine = fakeEngine((_, { expected }) => {
      const earlier = agreeing(expected!).receipts
      throw new InvalidBlockError(abi.REJECT_BLOCK_GAS, { index: 1, receipts: earlier })
    })
    const [result] = await replay([write('9.json', blockJson(9))], engine)
    expect(result?.exitCode).toBe(1)
    expect(result?.error).toContain('9.json: transaction 0: gas expected 21001, got 21000; then transaction 1: the gas')
  })

  it('fails where the JSON claims another sender or hash', async () => {
    for (const [field, value] of [
      ['from', RECIPIENT],
      ['hash', hex('77', 32)],
    ] as const) {
      const json = blockJson(5)
      const [tx] = (json.block as { transactions: Record<string, unknown>[] }).transactions
      tx![field] = value
      const [result] = await replay([write('5.json', json)])
      expect(result).toMatchObject({ ok: false, exitCode: 1 })
      expect(result?.error).toContain(`"block.transactions[0].${field}" expected 0x`)
      expect(result?.error).toContain(`got ${value}`)
    }
  })

  it('does not hand its state on', async () => {
    let balance: bigint | undefined
    const engine = fakeEngine(async ({ env }, { source }) => {
      if (env.number === 6n) balance = (await source.account(SENDER))?.balance
      const gone = { address: SENDER, exists: false, storageCleared: true } as AccountDiff
      return env.number === 5n ? { gasUsed: 0n, diff: [{ ...gone, storage: [] }] } : {}
    })
    await replay([write('5.json', blockJson(5)), write('6.json', blockJson(6))], engine)
    expect(balance).toBe(10n ** 18n)
  })

  it.each([
    [new InvalidBlockError(abi.REJECT_SIGNATURE, { index: 0 }), 1, 'the signature is invalid'],
    [new InternalError('the core trapped'), 1, 'the core trapped'],
    [new MissingStateError([{ kind: 'code', codeHash: '0xab' }]), 2, 'the source does not have code 0xab'],
    [new Error('socket\nclosed'), 2, 'socket'],
  ])('because of %s has exit code %d and one line', async (error, exitCode, sentence) => {
    const file = write('5.json', blockJson(5))
    const failing = fakeEngine(() => Promise.reject(error))
    const [result] = await replay([file], failing)
    expect([result?.ok, result?.exitCode]).toEqual([false, exitCode])
    expect(result?.error?.startsWith(`${file}: `)).toBe(true)
    expect(result?.error).toContain(sentence)
    expect(result?.error).not.toContain('\n')
  })
})

describe('several files', () => {
  it('are all replayed, whatever is wrong with some of them', async () => {
    const files = [
      join(folder, 'missing.json'),
      write('cut.json.gz', gzipSync(JSON.stringify(blockJson(4))).subarray(0, 200)),
      write('text.json', 'hello'),
      write('other.json', { a: 1 }),
      write('fork.json', { ...blockJson(4), hardfork: 'atlantis' }),
      write('4.json', blockJson(4)),
    ]
    const results = await replay(files)
    expect(results.map(result => result.exitCode)).toEqual([2, 2, 2, 2, 2, 0])
    const messages = results.slice(0, 5).map(result => result.error)
    expect(messages).toEqual([
      `${files[0]}: expected a readable file, got no such file`,
      `${files[1]}: expected a complete gzip file, got a truncated or damaged one (unexpected end of file)`,
      expect.stringMatching(/text.json: expected JSON, got text that is none/),
      `${files[3]}: "block" expected a block object of JSON-RPC, got nothing`,
      expect.stringMatching(/fork.json: "hardfork" expected one of frontier, .*, got "atlantis"/),
    ])
    expect(JSON.parse(jsonLine(results[0]!))).toEqual({ file: files[0], ok: false, error: messages[0] })
  })

  it('get a new engine after one broke, and none where it cannot be loaded', async () => {
    const files = [write('4.json', blockJson(4)), write('5.json', blockJson(5)), write('6.json', blockJson(6))]
    const results: ReplayResult[] = []
    let loads = 0
    const load = async () =>
      loads++ === 0 ? fakeEngine(() => Promise.reject(new InternalError('trap'))) : fakeEngine()
    await replayFiles(files, { load, onResult: result => void results.push(result) })
    expect([loads, ...results.map(result => result.ok)]).toEqual([2, false, true, true])
    const noCore = async () => {
      throw new LoadError('no WASM here')
    }
    await expect(replayFiles(files, { load: noCore, onResult: () => {} })).rejects.toThrow('no WASM here')
  })

  it('come from folders in the order of their numbers', () => {
    const sub = join(folder, 'blocks')
    mkdirSync(sub)
    for (const name of ['10.json.gz', '9.json', 'codes.json.gz', 'README.md']) write(`blocks/${name}`, '{}')
    const pattern = /^\d+\.json(\.gz)?$/
    expect(expandPaths([sub], pattern).files).toEqual([join(sub, '9.json'), join(sub, '10.json.gz')])
    expect(expandPaths([join(folder, 'none')], pattern).problems).toHaveLength(1)
  })
})

describe('output', () => {
  it('is an aligned table with a summary', async () => {
    const results = await replay([write('5.json', blockJson(5)), join(folder, 'missing.json')])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape codes of colours
    const lines = resultTable(results, false).map(line => line.replace(/\x1b\[\d+m/g, ''))
    expect(lines).toEqual([
      'block  fork      txs     gas   ms  Mgas/s  receipts root  result',
      '-----  --------  ---  ------  ---  ------  -------------  ------',
      '    5  shanghai    1  21,000  9.0     2.3  ok             ok',
      '',
      '1 block, 1 ok, 1 transaction, 21,000 gas in 9 ms (2.3 Mgas/s)',
    ])
    expect(resultTable(results, true)[0]).toContain('prepare  senders  execute  roots')
    expect(resultTable([], false)).toEqual([])
  })

  it('pads before it colours', () => {
    const paint = (text: string) => `<${text}>`
    expect(
      formatTable(
        [
          { title: 'a', align: 'right' },
          { title: 'bb', align: 'left' },
        ],
        [[{ text: '123', paint }, 'x']],
      ),
    ).toEqual(['  a  bb', '---  --', '<123>  x'])
  })

  it('shows progress on a terminal only, and not in the first second', () => {
    const lines: string[] = []
    const stream = { isTTY: true, columns: 20, write: (text: string) => lines.push(text) }
    const now = performance.now.bind(performance)
    let offset = 0
    performance.now = () => now() + offset
    try {
      const progress = createProgress(stream as never)
      progress.show('early')
      progress.clear()
      expect(lines).toEqual([])
      offset = 1500
      progress.show('a line that is longer than the terminal')
      progress.show('too soon after it')
      progress.clear()
      progress.clear()
      expect(lines).toEqual(['\r\x1b[2Ka line that is long', '\r\x1b[2K'])
      offset = 5000
      createProgress({ ...stream, isTTY: false } as never).show('no terminal')
      expect(lines).toHaveLength(2)
    } finally {
      performance.now = now
    }
  })
})

describe('differences', () => {
  const log = { address: RECIPIENT, topics: [hex('01', 32)], data: new Uint8Array([1]) }
  const receipt: Receipt = {
    type: 0,
    hash: hex('aa', 32),
    sender: SENDER,
    status: 'success',
    gasUsed: 5n,
    cumulativeGasUsed: 5n,
    gasPrice: 1n,
    logs: [log],
  }
  const wanted = { success: true, gasUsed: 5n, cumulativeGasUsed: 5n, logCount: 1, logsHash: hashLogs([log]) }

  it('are none between equals', () => expect(firstDifference([wanted], [receipt])).toBeUndefined())

  it.each([
    [{ ...receipt, status: 'halt', haltReason: 'OUT_OF_GAS' } as const, 'status expected success, got OUT_OF_GAS'],
    [{ ...receipt, status: 'revert' } as const, 'status expected success, got revert'],
    [{ ...receipt, gasUsed: 6n }, 'gas expected 5, got 6'],
    [{ ...receipt, logs: [] }, 'logs expected 1, got 0'],
    [{ ...receipt, logs: [{ ...log, topics: [] }] }, 'hash of the logs expected 0x'],
    [undefined, 'a receipt expected, got none'],
  ])('name the transaction and the field (%#)', (got, sentence) => {
    const receipts = got ? [receipt, got] : [receipt]
    expect(firstDifference([wanted, wanted], receipts)).toContain(`transaction 1: ${sentence}`)
  })

  it('see a receipt too many, and another contract address', () => {
    expect(firstDifference([wanted], [receipt, receipt])).toBe('transaction 1: no receipt expected, got one')
    const created = { ...wanted, contractAddress: SENDER }
    expect(firstDifference([created], [receipt])).toContain('contract address expected')
    expect(wrongClaim([{}], [receipt])).toBeUndefined()
  })
})
