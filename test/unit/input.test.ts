// Everything that reads untrusted input: hex, RLP encoding, JSON with limits, transactions, pre-states, block files. Bad
// input comes one defect at a time, and every error has to name the place.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { encode } from '@ethereumjs/rlp'
import { createTx } from '@ethereumjs/tx'
import { bytesToHex } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.ts'
import { type BlockFile, readBlockFile } from '../../src/input/block-file.ts'
import { blockFileReader, readExpectedBeside, readFileBytes, readJsonFile } from '../../src/input/file.node.ts'
import { hexBytes, hexOf, quantity, quantityBytes } from '../../src/input/hex.ts'
import { decodeJson, parseJson } from '../../src/input/json.ts'
import { readPreState } from '../../src/input/pre-state.ts'
import { encodeRlp, type RlpItem } from '../../src/input/rlp.ts'
import { encodeTransaction } from '../../src/input/transaction.ts'
import * as limits from '../../src/limits.ts'
import { MemorySource } from '../../src/state/memory.ts'
import { EMPTY_CODE_HASH, type Hex } from '../../src/types.ts'
import { describeWithData } from '../setup/data.ts'

const place = { file: 'f.json', path: 'tx' }
const utf8 = (text: string) => new TextEncoder().encode(text)
const hex = (byte: string, bytes: number): Hex => `0x${byte.repeat(bytes)}`

/** The InputError that `run` throws. */
function problem(run: () => unknown): InputError {
  try {
    run()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('hex', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(hexBytes(hexOf(bytes))).toEqual(bytes)
      }),
    )
  })

  it.each(['', '0', '0x0', 'x0', '0X00', '00', '0xg0', '0x0g', '0x0\u0130', '0x 0', ' 0x00'])(
    'refuses %j as bytes',
    text => {
      expect(hexBytes(text)).toBeUndefined()
    },
  )

  it.each([
    ['0x', 0n],
    ['0x0', 0n],
    ['0x00', 0n],
    ['0x000a', 10n],
    ['0xFf', 255n],
    [`0x${'0'.repeat(100)}1`, 1n],
  ])('reads %.12s as a quantity', (text, value) => {
    expect(quantity(text, 8)).toBe(value)
    expect(hexOf(quantityBytes(text, 8)!)).toBe(value === 0n ? '0x' : `0x${evenHex(value)}`)
  })

  it.each(['', '1', '-0x1', '0x-1', '0x1 ', '0xg', '1e3', `0x1${'0'.repeat(16)}`])('refuses %j as a quantity', text => {
    expect(quantity(text, 8)).toBeUndefined()
    expect(quantityBytes(text, 8)).toBeUndefined()
  })

  it('agrees with itself on numbers and bytes', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 256n - 1n), value => {
        expect(quantity(`0x${value.toString(16)}`, 32)).toBe(value)
        const bytes = quantityBytes(`0x${value.toString(16)}`, 32)!
        expect(bytes.length === 0 ? 0n : BigInt(hexOf(bytes))).toBe(value)
        expect(bytes[0] === 0).toBe(false)
      }),
    )
  })
})

function evenHex(value: bigint): string {
  const digits = value.toString(16)
  return digits.length % 2 ? `0${digits}` : digits
}

describe('RLP', () => {
  const item = fc.letrec<{ item: RlpItem }>(tie => ({
    item: fc.oneof({ maxDepth: 4 }, fc.uint8Array({ maxLength: 80 }), fc.array(tie('item'), { maxLength: 8 })),
  })).item

  it('is what @ethereumjs/rlp gives', () => {
    fc.assert(
      fc.property(item, value => {
        expect(encodeRlp(value)).toEqual(encode(value as never))
      }),
    )
  })

  it.each([0, 1, 55, 56, 255, 256, 65535, 65536])('encodes strings and lists of length %d', length => {
    const bytes = new Uint8Array(length).fill(7)
    expect(hexOf(encodeRlp(bytes))).toBe(bytesToHex(encode(bytes)))
    expect(hexOf(encodeRlp([bytes, bytes]))).toBe(bytesToHex(encode([bytes, bytes])))
    expect(hexOf(encodeRlp(bytes, 2))).toBe(`0x02${bytesToHex(encode(bytes)).slice(2)}`)
  })
})

describe('JSON', () => {
  const refused: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /^f.json: expected JSON, got an empty file$/],
    ['no JSON', utf8('{"a":'), /^f.json: expected JSON, got text that is none \(.*\)$/],
    ['bytes that are no text', new Uint8Array([0x22, 0xff, 0x22]), /no UTF-8 text/],
    [
      'a truncated gzip file',
      gzipSync('{"a":1}').subarray(0, 20),
      /expected a complete gzip file, got a truncated or damaged/,
    ],
    ['a gzip header alone', new Uint8Array([0x1f, 0x8b]), /expected a complete gzip file/],
    ['a damaged gzip file', damaged(gzipSync('{"a":1234567}')), /expected a complete gzip file/],
    ['too deep arrays', utf8('['.repeat(1000)), /at most 32 levels \(MAX_JSON_DEPTH\), got deeper/],
    ['too deep objects', utf8(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`), /MAX_JSON_DEPTH/],
    ['__proto__', utf8('{"a":[{"__proto__":{"x":1}}]}'), /expected no key of that name, got "__proto__"/],
    ['an escaped __proto__', utf8('{"\\u005f_proto__":1}'), /got "__proto__"/],
    ['constructor', utf8('[{"constructor":1}]'), /got "constructor"/],
    ['prototype', utf8('{"prototype":1}'), /got "prototype"/],
  ]

  it.each(refused)('refuses %s', async (_, bytes, message) => {
    await expect(decodeJson(bytes, 'f.json')).rejects.toThrow(message)
    await expect(decodeJson(bytes, 'f.json')).rejects.toBeInstanceOf(InputError)
  })

  function damaged(bytes: Uint8Array): Uint8Array {
    const copy = Uint8Array.from(bytes)
    copy[copy.length - 7]! ^= 0xff
    return copy
  }

  it('prints nothing of a bad document raw', () => {
    expect(problem(() => parseJson(utf8('\u001b[31m{'), 'f.json')).message).toMatch(/^[ -~]+$/)
  })

  it.each([
    ['plain', utf8('{"a":[1]}')],
    ['with a byte order mark', utf8('\ufeff{"a":[1]}')],
    ['gzipped', new Uint8Array(gzipSync('{"a":[1]}'))],
  ])('reads %s', async (_, bytes) => expect(await decodeJson(bytes, 'f.json')).toEqual({ a: [1] }))

  it('does not count brackets in strings', () => {
    const text = JSON.stringify(['['.repeat(100), '\\"[[['.repeat(40), '\\', '{"'])
    expect(parseJson(utf8(text), 'f.json')).toEqual(JSON.parse(text))
  })

  it('accepts whatever JSON.parse accepts within the depth', () => {
    const value = fc.jsonValue({ maxDepth: 5 })
    fc.assert(
      fc.property(value, json => {
        const text = JSON.stringify(json)
        if (/"(__proto__|constructor|prototype)":/.test(text)) return
        expect(parseJson(utf8(text), 'f')).toEqual(JSON.parse(text))
      }),
    )
  })
})

describe('transactions', () => {
  // EthereumJS wants a KZG library for blob transactions, though nothing here calls it.
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka, customCrypto: { kzg: {} as never } })
  const key = new Uint8Array(32).fill(1)
  const to = hex('ab', 20)
  const accessList = [
    { address: to, storageKeys: [hex('01', 32), hex('02', 32)] },
    { address: hex('cd', 20), storageKeys: [] },
  ]
  const base = { nonce: 5, gasLimit: 90_000, value: 10n ** 18n, data: '0xdeadbeef', to } as const
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n, chainId: 1, accessList }
  const authorization = {
    chainId: '0x1',
    address: hex('ee', 20),
    nonce: '0x7',
    yParity: '0x1',
    r: hex('11', 32),
    s: hex('22', 32),
  } as const
  const unsigned = {
    legacy: { type: 0, ...base, gasPrice: 7n },
    'legacy creation': { type: 0, ...base, to: undefined, gasPrice: 7n },
    'zeros everywhere': { type: 0, nonce: 0, gasLimit: 21_000, gasPrice: 0, value: 0, to },
    'access list': { type: 1, ...base, gasPrice: 7n, chainId: 1, accessList },
    'fee market': { type: 2, ...base, ...fees },
    blob: { type: 3, ...base, ...fees, maxFeePerBlobGas: 9n, blobVersionedHashes: [hex('01', 32)] },
    'set code': { type: 4, ...base, ...fees, authorizationList: [authorization] },
  }

  /** What a JSON-RPC node answers for a transaction. */
  function jsonRpc(tx: ReturnType<typeof createTx>): Record<string, unknown> {
    const { data, gasLimit, ...json } = tx.toJSON() as Record<string, unknown>
    return { ...json, input: data, gas: gasLimit, to: tx.to?.toString() ?? null, hash: bytesToHex(tx.hash()) }
  }

  it.each(Object.entries(unsigned))('%s has the encoding that EthereumJS gives', (_, fields) => {
    const tx = createTx(fields as never, { common }).sign(key)
    expect(hexOf(encodeTransaction(jsonRpc(tx), place))).toBe(hexOf(tx.serialize()))
  })

  it('takes v and yParity, one or both, but not two that differ', () => {
    const tx = jsonRpc(createTx(unsigned['fee market'] as never, { common }).sign(key))
    const { v, yParity, ...rest } = tx
    const parity = (yParity ?? v) as string
    const encoded = hexOf(encodeTransaction({ ...rest, v: parity }, place))
    expect(hexOf(encodeTransaction({ ...rest, yParity: parity }, place))).toBe(encoded)
    expect(hexOf(encodeTransaction({ ...rest, v: parity, yParity: parity }, place))).toBe(encoded)
    const other = parity === '0x1' ? '0x0' : '0x1'
    const error = problem(() => encodeTransaction({ ...rest, v: other, yParity: parity }, place))
    expect(error.message).toBe(`f.json: "tx.v" expected the same as yParity (${parity}), got "${other}"`)
  })

  it('reads a legacy transaction without a type, and data for input', () => {
    const { type, input, ...rest } = jsonRpc(createTx(unsigned.legacy as never, { common }).sign(key))
    expect(type).toBe('0x0')
    const bytes = encodeTransaction({ ...rest, data: input }, place)
    expect(hexOf(bytes)).toBe(
      hexOf(
        createTx(unsigned.legacy as never, { common })
          .sign(key)
          .serialize(),
      ),
    )
  })

  const u64 = 'a 0x quantity 0..2^64-1'
  const u256 = 'a 0x quantity 0..2^256-1'
  const defects: [keyof typeof unsigned, string, unknown, string][] = [
    ['legacy', 'nonce', undefined, u64],
    ['legacy', 'nonce', 5, u64],
    ['legacy', 'nonce', '5', u64],
    ['legacy', 'nonce', '0x10000000000000000', u64],
    ['legacy', 'gas', null, u64],
    ['legacy', 'gas', '0xzz', u64],
    ['legacy', 'gas', '-0x1', u64],
    ['legacy', 'gasPrice', `0x1${'0'.repeat(64)}`, u256],
    ['legacy', 'value', {}, u256],
    ['legacy', 'to', '0x', '0x and 40 hex digits'],
    ['legacy', 'to', hex('ab', 19), '0x and 40 hex digits'],
    ['legacy', 'to', `${hex('ab', 19)}zz`, '0x and 40 hex digits'],
    ['legacy', 'input', '0x123', '0x hex with two digits per byte'],
    ['legacy', 'input', 7, '0x hex with two digits per byte'],
    ['legacy', 'v', 'x', u64],
    ['legacy', 'r', '0xgg', u256],
    ['legacy', 's', undefined, u256],
    ['legacy', 'type', '0x5', 'a transaction type 0x0..0x4'],
    ['legacy', 'type', '0x7e', 'a transaction type 0x0..0x4'],
    ['legacy', 'type', 2, 'a 0x quantity 0..255'],
    ['access list', 'chainId', undefined, u64],
    ['access list', 'accessList', {}, 'an array'],
    ['access list', 'accessList', 'x', 'an array'],
    ['fee market', 'maxFeePerGas', undefined, u256],
    ['fee market', 'maxPriorityFeePerGas', '', u256],
    ['blob', 'maxFeePerBlobGas', undefined, u256],
    ['blob', 'blobVersionedHashes', undefined, 'an array'],
    ['set code', 'authorizationList', undefined, 'an array'],
  ]

  it.each(defects)('%s transaction with a bad %s: %j', (kind, field, value, expected) => {
    const json = { ...jsonRpc(createTx(unsigned[kind] as never, { common }).sign(key)), [field]: value }
    const error = problem(() => encodeTransaction(json, place))
    expect([error.file, error.field, error.expected]).toEqual(['f.json', `tx.${field}`, expected])
  })

  it.each([
    ['access list', { accessList: [{ address: '0x1', storageKeys: [] }] }, 'tx.accessList[0].address'],
    ['access list', { accessList: [{ address: to }] }, 'tx.accessList[0].storageKeys'],
    ['access list', { accessList: [{ address: to, storageKeys: ['0x1'] }] }, 'tx.accessList[0].storageKeys[0]'],
    ['access list', { accessList: [7] }, 'tx.accessList[0]'],
    ['fee market', { yParity: '0x2', v: undefined }, 'tx.yParity'],
    ['blob', { blobVersionedHashes: [hex('01', 31)] }, 'tx.blobVersionedHashes[0]'],
    ['set code', { authorizationList: [null] }, 'tx.authorizationList[0]'],
    ['set code', { authorizationList: [{ ...authorization, nonce: 7 }] }, 'tx.authorizationList[0].nonce'],
    ['set code', { authorizationList: [{ ...authorization, yParity: '0x100' }] }, 'tx.authorizationList[0].yParity'],
    ['set code', { authorizationList: [{ ...authorization, r: `0x1${'0'.repeat(64)}` }] }, 'tx.authorizationList[0].r'],
  ] as const)('%s transaction with %j names %s', (kind, change, field) => {
    const json = { ...jsonRpc(createTx(unsigned[kind] as never, { common }).sign(key)), ...change }
    expect(problem(() => encodeTransaction(json, place)).field).toBe(field)
  })

  it.each([[null], ['x'], [3], [[]], [undefined], ['0xabc']])('%j is no transaction', value => {
    expect(problem(() => encodeTransaction(value, place)).expected).toBe('a transaction object')
  })

  it('limits the size', () => {
    const input = `0x${'00'.repeat(limits.MAX_TRANSACTION_BYTES + 1)}`
    const json = { ...jsonRpc(createTx(unsigned.legacy as never, { common }).sign(key)), input }
    expect(problem(() => encodeTransaction(json, place)).message).toContain('MAX_TRANSACTION_BYTES')
  })
})

describe('pre-states', () => {
  const at = { file: 'f.json', path: 'pre' }
  const address = hex('aa', 20)

  it('reads accounts as block files and state tests write them', () => {
    const code = '0x6000'
    const codeHash = hexOf(keccak_256(hexBytes(code)!))
    const { accounts, codes } = readPreState(
      {
        [address.toUpperCase().replace('0X', '0x')]: {
          nonce: '0x',
          balance: '0x00',
          code: '0x',
          storage: { '0x00': '0x05' },
        },
        [hex('bb', 20)]: { nonce: '0x1', balance: '0x2', code, storage: {} },
        [hex('cc', 20)]: { nonce: '0x1', balance: '0x2', codeHash },
      },
      at,
    )
    expect(accounts.get(address)).toEqual({ nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH, storage: [[0n, 5n]] })
    expect([hex('bb', 20), hex('cc', 20)].map(key => accounts.get(key)?.codeHash)).toEqual([codeHash, codeHash])
    expect([...codes]).toEqual([[codeHash, hexBytes(code)]])
  })

  const account = { nonce: '0x0', balance: '0x0' }
  it.each([
    [[], 'pre'],
    [{ '0xaa': account }, 'pre.0xaa'],
    [{ 'a\u001bb': account }, 'pre."a\\u001bb"'],
    [{ [address]: 5 }, `pre.${address}`],
    [{ [address]: { balance: '0x0' } }, `pre.${address}.nonce`],
    [{ [address]: { nonce: '0x0', balance: 5 } }, `pre.${address}.balance`],
    [{ [address]: { nonce: '0x10000000000000000', balance: '0x0' } }, `pre.${address}.nonce`],
    [{ [address]: { ...account, codeHash: '0x12' } }, `pre.${address}.codeHash`],
    [{ [address]: { ...account, code: '0x6000', codeHash: hex('00', 32) } }, `pre.${address}.codeHash`],
    [{ [address]: { ...account, code: '6000' } }, `pre.${address}.code`],
    [{ [address]: { ...account, storage: [] } }, `pre.${address}.storage`],
    [{ [address]: { ...account, storage: { '1': '0x1' } } }, `pre.${address}.storage.1`],
    [{ [address]: { ...account, storage: { '0x1': 1 } } }, `pre.${address}.storage.0x1`],
    [{ [address]: account, [address.replace(/a/g, 'A')]: account }, `pre.${address.replace(/a/g, 'A')}`],
  ])('refuses %j and names %s', (json, field) => expect(problem(() => readPreState(json, at)).field).toBe(field))
})

// biome-ignore lint/suspicious/noExplicitAny: defects are put by hand into JSON of any shape
type Json = Record<string, any>

/** The smallest valid block file, as fresh JSON. */
function blockJson(hardfork = 'shanghai'): Json {
  return {
    number: 16,
    hardfork,
    block: {
      hash: hex('10', 32),
      parentHash: hex('11', 32),
      miner: hex('12', 20),
      stateRoot: hex('13', 32),
      transactionsRoot: hex('14', 32),
      receiptsRoot: hex('15', 32),
      logsBloom: hex('00', 256),
      difficulty: '0x20000',
      number: '0x10',
      gasLimit: '0x1c9c380',
      gasUsed: '0x5208',
      timestamp: '0x664f4fcf',
      mixHash: hex('16', 32),
      baseFeePerGas: '0x7',
      withdrawalsRoot: hex('17', 32),
      uncles: [],
      transactions: [
        {
          hash: hex('18', 32),
          from: hex('19', 20),
          type: '0x0',
          nonce: '0x0',
          gasPrice: '0x7',
          gas: '0x5208',
          to: hex('12', 20),
          value: '0x1',
          input: '0x',
          v: '0x1b',
          r: '0x1',
          s: '0x2',
        },
      ],
      withdrawals: [{ index: '0x1', validatorIndex: '0x2', address: hex('1a', 20), amount: '0x3' }],
    },
    preState: { [hex('19', 20)]: { nonce: '0x0', balance: '0xde0b6b3a7640000' } },
    blockHashes: { '15': hex('11', 32) },
  }
}

describe('block files', () => {
  const read = (json: unknown): BlockFile => readBlockFile(json, { file: 'f.json' })

  it('become a block, a state and what the header claims', () => {
    const file = read(blockJson())
    expect(file.fork.name).toBe('shanghai')
    expect(file.block.env).toMatchObject({
      fork: 'shanghai',
      chainId: 1n,
      number: 16n,
      baseFee: 7n,
      random: BigInt(hex('16', 32)),
      coinbase: hex('12', 20),
      excessBlobGas: 0n,
    })
    expect(file.block.withdrawals).toEqual([{ index: 1n, validatorIndex: 2n, address: hex('1a', 20), amount: 3n }])
    expect(file.expected).toMatchObject({ gasUsed: 21000n, withdrawalsRoot: hex('17', 32) })
    expect(file.claimed).toEqual([{ hash: hex('18', 32), from: hex('19', 20) }])
    const source = new MemorySource(file.state)
    expect(source.account(hex('19', 20))?.balance).toBe(10n ** 18n)
    expect([source.blockHash(15n), source.complete]).toEqual([hex('11', 32), false])
  })

  it('follow the fork: difficulty and uncles before Paris, no withdrawals before Shanghai', () => {
    const json = blockJson('byzantium')
    json.block.uncles = [hex('20', 32)]
    json.completeState = true
    json.chainId = '0x539'
    const { block, state, expected } = read(json)
    expect(block.env).toMatchObject({ random: 0x20000n, baseFee: 0n, chainId: 1337n })
    expect([block.unpaidUncles, block.withdrawals, expected.withdrawalsRoot]).toEqual([1, undefined, undefined])
    expect(state.complete).toBe(true)
  })

  it('follow the fork: blobs and beacon root from Cancun, requests from Prague', () => {
    const json = blockJson('BPO2')
    Object.assign(json.block, { excessBlobGas: '0x5', blobGasUsed: '0x20000', requestsHash: hex('21', 32) })
    json.block.parentBeaconBlockRoot = hex('22', 32)
    const { block, expected } = read(json)
    expect(block.env).toMatchObject({ excessBlobGas: 5n, blobMax: 21, parentBeaconRoot: hex('22', 32) })
    expect(expected).toMatchObject({ blobGasUsed: 131072n, requestsHash: hex('21', 32) })
  })

  it('take codes from the file first, and ask elsewhere only for what is missing', () => {
    const inline = hex('31', 32)
    const beside = hex('32', 32)
    const json = blockJson()
    json.codes = { [inline]: '0x01' }
    json.preState[hex('41', 20)] = { nonce: '0x0', balance: '0x0', codeHash: inline }
    let asked = 0
    const otherCodes = () => {
      asked++
      return (hash: Hex) => (hash === beside ? new Uint8Array([2]) : undefined)
    }
    expect(new MemorySource(readBlockFile(json, { file: 'f', otherCodes }).state).code(inline)).toEqual(
      new Uint8Array([1]),
    )
    expect(asked).toBe(0)
    json.preState[hex('42', 20)] = { nonce: '0x0', balance: '0x0', codeHash: beside }
    const source = new MemorySource(readBlockFile(json, { file: 'f', otherCodes }).state)
    expect([source.code(inline), source.code(beside), asked]).toEqual([new Uint8Array([1]), new Uint8Array([2]), 1])
    expect(() => source.code(hex('33', 32))).toThrow(/does not have code 0x3333/)
  })

  const defects: [string, (json: Json) => void, string | undefined, string][] = [
    ['no number', json => delete json.number, 'number', 'a block number'],
    ['a number that is text', json => (json.number = '16'), 'number', 'a block number'],
    ['a negative number', json => (json.number = -1), 'number', 'a block number'],
    ['another number inside', json => (json.block.number = '0x11'), 'block.number', "the file's number, 0x10"],
    ['no fork', json => delete json.hardfork, 'hardfork', 'a string'],
    ['an unknown fork', json => (json.hardfork = 'atlantis'), 'hardfork', 'one of frontier, '],
    ['no block', json => delete json.block, 'block', 'a block object of JSON-RPC'],
    ['no pre-state', json => delete json.preState, 'preState', 'an object'],
    ['no transactions', json => delete json.block.transactions, 'block.transactions', 'an array'],
    [
      'transaction hashes only',
      json => (json.block.transactions = [hex('18', 32)]),
      'block.transactions[0]',
      'a transaction object',
    ],
    [
      'a bad gas',
      json => (json.block.transactions[0].gas = -1),
      'block.transactions[0].gas',
      'a 0x quantity 0..2^64-1',
    ],
    [
      'a bad from',
      json => (json.block.transactions[0].from = '0x1'),
      'block.transactions[0].from',
      '0x and 40 hex digits',
    ],
    ['no miner', json => delete json.block.miner, 'block.miner', '0x and 40 hex digits'],
    ['a short bloom', json => (json.block.logsBloom = '0x00'), 'block.logsBloom', '0x and 512 hex digits'],
    ['no base fee', json => delete json.block.baseFeePerGas, 'block.baseFeePerGas', 'a 0x quantity 0..2^256-1'],
    ['no mixHash', json => delete json.block.mixHash, 'block.mixHash', '0x and 64 hex digits'],
    ['no withdrawals', json => delete json.block.withdrawals, 'block.withdrawals', 'an array'],
    [
      'a bad withdrawal',
      json => (json.block.withdrawals[0].amount = 3),
      'block.withdrawals[0].amount',
      'a 0x quantity 0..2^64-1',
    ],
    ['three uncles', json => (json.block.uncles = [1, 2, 3]), 'block.uncles', 'at most 2 items (MAX_UNCLES)'],
    [
      'bad block hashes',
      json => (json.blockHashes = { '0x1': hex('11', 32) }),
      'blockHashes',
      'decimal block numbers as keys',
    ],
    ['a bad block hash', json => (json.blockHashes = { '15': 'x' }), 'blockHashes.15', '0x and 64 hex digits'],
    ['bad completeState', json => (json.completeState = 'yes'), 'completeState', 'true or false'],
    ['bad codes', json => (json.codes = []), 'codes', 'an object of codes by hash'],
    ['a bad chain id', json => (json.chainId = -1), 'chainId', 'a 0x quantity 0..2^64-1'],
  ]

  it.each(defects)('with %s name the field', (_, spoil, field, expected) => {
    const json = blockJson()
    spoil(json)
    const error = problem(() => read(json))
    expect([error.file, error.field]).toEqual(['f.json', field])
    expect(error.expected.startsWith(expected)).toBe(true)
    expect(error.message).toMatch(/^[ -~]+$/)
  })

  it('with too many transactions name the limit', () => {
    const json = blockJson()
    json.block.transactions = Array(limits.MAX_TRANSACTIONS + 1).fill(null)
    expect(problem(() => read(json)).message).toBe(
      'f.json: "block.transactions" expected at most 65,536 items (MAX_TRANSACTIONS), got 65537 items',
    )
  })

  it.each([[null], [[]], ['x'], [5]])('are not %j', json =>
    expect(problem(() => read(json)).expected).toContain('a block file'),
  )
})

describe('files', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weft-input-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  it('are read plain or gzipped, whatever their name', () => {
    expect(readJsonFile(write('plain.json.gz', '{"a":1}'))).toEqual({ a: 1 })
    expect(readJsonFile(write('packed.json', gzipSync('{"a":1}')))).toEqual({ a: 1 })
  })

  it('that are not there, or are folders, are named', () => {
    const missing = join(folder, 'missing.json')
    expect(problem(() => readFileBytes(missing)).shortMessage).toBe(
      `${missing}: expected a readable file, got no such file`,
    )
    expect(problem(() => readFileBytes(folder)).found).toBe('a folder')
  })

  it('that are truncated or damaged say so', () => {
    const file = write('cut.json.gz', gzipSync(JSON.stringify(blockJson())).subarray(0, 100))
    expect(problem(() => readJsonFile(file)).shortMessage).toBe(
      `${file}: expected a complete gzip file, got a truncated or damaged one (unexpected end of file)`,
    )
  })

  it('that unpack to more than the limit say which limit', () => {
    // 385 members of 1 MiB of zeros each, 400 KB in all.
    const member = gzipSync(new Uint8Array(1024 * 1024))
    const file = write('bomb.json.gz', Buffer.concat(Array(limits.MAX_JSON_BYTES / 1024 / 1024 + 1).fill(member)))
    expect(problem(() => readJsonFile(file)).message).toContain('at most 384 MiB (MAX_JSON_BYTES)')
  })

  it('find codes and expected receipts beside them', () => {
    const json = blockJson()
    json.preState[hex('41', 20)] = { nonce: '0x0', balance: '0x0', codeHash: hex('31', 32) }
    const file = write('16.json', JSON.stringify(json))
    write('codes.json.gz', gzipSync(JSON.stringify({ [hex('31', 32)]: '0x0102' })))
    expect(new MemorySource(blockFileReader()(file).state).code(hex('31', 32))).toEqual(new Uint8Array([1, 2]))
    expect(readExpectedBeside(file, 16n)).toBeUndefined()
  })
})

describeWithData('mainnet-blocks', 'the mainnet blocks', folder => {
  const read = blockFileReader()

  it('keep the hash of every transaction', () => {
    let count = 0
    for (const name of readdirSync(folder).filter(name => /^\d+\.json\.gz$/.test(name))) {
      const { block, claimed, file, number } = read(join(folder, name))
      const hashes = block.transactions.map(bytes => hexOf(keccak_256(bytes)))
      expect(hashes).toEqual(claimed.map(claim => claim.hash))
      expect(readExpectedBeside(file, number)).toHaveLength(claimed.length)
      count += hashes.length
    }
    expect(count).toBe(10_838)
  })
})
