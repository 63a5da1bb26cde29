// The same calls to the provider and to anvil: answers of the same shape, and of the same value where anvil's follow from what was asked.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createEnv,
  createProvider,
  createWeft,
  type Hex,
  type Provider,
  TEST_ACCOUNTS,
  type Weft,
} from '../../src/index.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { word } from '../rpc/exchange.ts'
import { startNode } from '../rpc/node.ts'
import { wasmBytes } from '../setup/weft.ts'

const [ANN, BOB] = TEST_ACCOUNTS as [Hex, Hex]
const LOGGER: Hex = `0x${'10'.repeat(20)}`
const TOPIC: Hex = `0x${word(1)}`
/** LOG1 with topic 1 and CALLVALUE, which is returned. */
const LOGS: Hex = '0x345f52600160205fa160205ff3'
const FEES = { maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x3b9aca00', gas: '0x186a0' }

type Answer = { result: unknown } | { code: number }
type Ask = (method: string, ...params: unknown[]) => Promise<Answer>

const node = await startNode(['--hardfork', 'osaka'])
if (typeof node === 'string') it('as anvil', context => context.skip(node))
else {
  let weft: Weft
  let provider: Provider
  const ours: Ask = (method, ...params) =>
    provider.request({ method, params }).then(
      result => ({ result }),
      ({ code }) => ({ code }),
    )
  const theirs: Ask = async (method, ...params) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { result, error } = (await response.json()) as { result?: unknown; error?: { code: number } }
    return error ? { code: error.code } : { result }
  }
  const both = (method: string, ...params: unknown[]): Promise<[Answer, Answer]> =>
    Promise.all([ours(method, ...params), theirs(method, ...params)])
  /** The answer of both, which has to be the same. */
  const same = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const [our, their] = await both(method, ...params)
    expect(our, `${method} ${JSON.stringify(params)}`).toEqual(their)
    return 'result' in our ? our.result : our.code
  }
  /** Results without what hangs on the hashes of blocks and on the clock. */
  const bare = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, value) => (/^(?:blockHash|blockTimestamp|timestamp)$/.test(key) ? '…' : value)),
    )

  beforeAll(async () => {
    weft = await createWeft({ wasm: wasmBytes('simd') })
    const fields = { number: 0n, chainId: 31_337n, gasLimit: 400_000_000n, baseFee: 1_000_000_000n }
    provider = await createProvider(weft, { env: createEnv('osaka', fields) })
    // The same state in both, with what anvil has beside the ten accounts.
    await ours('anvil_loadState', await node.ask('anvil_dumpState'))
    for (const ask of [ours, theirs]) {
      await ask('evm_setAutomine', true)
      await ask('anvil_setNextBlockBaseFeePerGas', '0x3b9aca00')
      await ask('anvil_setCode', LOGGER, LOGS)
    }
  })
  afterAll(async () => {
    await provider.close()
    await weft.close()
    await node.close()
  })

  describe('as anvil', () => {
    it('signs messages, typed data and transactions', async () => {
      for (const message of ['0x', '0xdeadbeef', `0x${'61'.repeat(300)}`]) {
        expect(await same('eth_sign', ANN, message)).toMatch(/^0x[0-9a-f]{130}$/)
        await same('personal_sign', message, BOB)
      }
      const data = {
        domain: { name: 'Mail', version: '1', chainId: 1, verifyingContract: LOGGER, salt: TOPIC },
        types: {
          Person: [
            { name: 'name', type: 'string' },
            { name: 'wallets', type: 'address[]' },
          ],
          Mail: [
            { name: 'from', type: 'Person' },
            { name: 'to', type: 'Person[2]' },
            { name: 'amounts', type: 'int128[][]' },
            { name: 'mark', type: 'bytes4' },
            { name: 'body', type: 'bytes' },
            { name: 'read', type: 'bool' },
          ],
          EIP712Domain: [
            { name: 'name', type: 'string' },
            { name: 'version', type: 'string' },
            { name: 'chainId', type: 'uint256' },
            { name: 'verifyingContract', type: 'address' },
            { name: 'salt', type: 'bytes32' },
          ],
        },
        primaryType: 'Mail',
        message: {
          from: { name: 'Änn', wallets: [ANN, BOB] },
          to: [
            { name: 'Bob', wallets: [] },
            { name: '', wallets: [BOB] },
          ],
          amounts: [[1, -2], []],
          mark: '0x01020304',
          body: '0xaabb',
          read: true,
        },
      }
      await same('eth_signTypedData_v4', ANN, data)
      await same('eth_signTypedData_v4', ANN, JSON.stringify(data))
      const transfer = { from: ANN, to: BOB, value: '0x5', nonce: '0x3' }
      const accessList = [{ address: LOGGER, storageKeys: [TOPIC] }]
      await same('eth_signTransaction', { ...transfer, ...FEES })
      await same('eth_signTransaction', { ...transfer, ...FEES, accessList, data: '0x1234' })
      await same('eth_signTransaction', { ...transfer, gas: '0x5208', gasPrice: '0x77359400' })
    })

    it('refuses by the same numbers', async () => {
      const stranger = `0x${'57'.repeat(20)}`
      expect(await same('eth_sign', stranger, '0x12')).toBe(-32602)
      expect(await same('eth_signTransaction', { from: stranger, to: BOB, value: '0x1', ...FEES })).toBe(-32602)
      expect(await same('anvil_setMinGasPrice', '0x1')).toBe(-32602)
      expect(await same('hardhat_setMinGasPrice', '0x1')).toBe(-32602)
      expect(await same('eth_getFilterChanges', '0x99')).toBe(-32000)
      expect(await same('eth_getFilterLogs', '0x99')).toBe(-32000)
      expect(await same('eth_uninstallFilter', '0x99')).toBe(false)
      expect(await same('eth_getLogs', { fromBlock: '0x99' })).toBe(-32602)
      expect(await same('eth_noSuchMethod')).toBe(-32601)
      expect(await same('eth_getBlockReceipts', '0x99')).toBe(null)
    })

    it('mines the same transactions, tells their logs to filters, and what they paid', async () => {
      const filters = await both('eth_newFilter', { topics: [[TOPIC.toUpperCase().replace('X', 'x'), null]] })
      const ids: [string, Answer[]][] = [
        ['eth_newFilter', filters],
        ['eth_newFilter', await both('eth_newFilter', { fromBlock: '0x0', address: LOGGER })],
        ['eth_newFilter', await both('eth_newFilter', { address: [BOB] })],
        ['eth_newPendingTransactionFilter', await both('eth_newPendingTransactionFilter')],
      ]
      const send = { from: ANN, to: LOGGER, value: '0x7', ...FEES }
      /** anvil answers before it has mined. */
      const sent = async (request: object): Promise<unknown> => {
        const hash = await same('eth_sendTransaction', request)
        while ((await node.ask('eth_getTransactionReceipt', hash)) === null) await new Promise(setImmediate)
        return hash
      }
      const first = await sent(send)
      await sent({ ...send, maxPriorityFeePerGas: '0x1', from: BOB })
      const polled = async (method: string): Promise<unknown[]> => {
        const all: unknown[] = []
        for (const [, [our, their]] of ids) {
          const results = [
            await ours(method, (our as { result: Hex }).result),
            await theirs(method, (their as { result: Hex }).result),
          ]
          expect(bare(results[0])).toEqual(bare(results[1]))
          all.push(results[0])
        }
        return all
      }
      const [matching, ofContract, none, pending] = (await polled('eth_getFilterChanges')) as { result: unknown[] }[]
      expect([matching, ofContract, none, pending].map(answer => answer!.result.length)).toEqual([2, 2, 0, 2])
      expect(pending!.result[0]).toBe(first)
      expect((await polled('eth_getFilterChanges')).map(answer => (answer as { result: [] }).result.length)).toEqual([
        0, 0, 0, 0,
      ])
      await polled('eth_getFilterLogs')

      await same('eth_getRawTransactionByHash', first)
      await same('eth_feeHistory', '0x2', '0x2', [0, 50, 100])
      await same('eth_feeHistory', '0x1', '0x2', [])
      await same('eth_gasPrice')
      await same('eth_maxPriorityFeePerGas')
      await same('eth_blobBaseFee')
      for (const account of [ANN, BOB, LOGGER]) await same('eth_getBalance', account, 'latest')
      const [our, their] = (await both('eth_getBlockReceipts', '0x1')) as { result: Record<string, unknown>[] }[]
      const { blobGasPrice, blockTimestamp, logsBloom, ...receipt } = their!.result[0]!
      expect(bare(our!.result)).toMatchObject([bare(receipt) as object])
    })

    it('proves accounts and slots, there or not, byte for byte', async () => {
      for (let i = 0; i < 40; i++) await both('anvil_setStorageAt', LOGGER, `0x${word(i * i)}`, `0x${word(i + 1)}`)
      for (let i = 0; i < 40; i++) await node.ask('anvil_setStorageAt', LOGGER, `0x${word(i * i)}`, `0x${word(i + 1)}`)
      await node.ask('evm_mine')
      const { stateRoot } = await node.ask<{ stateRoot: Hex }>('eth_getBlockByNumber', 'latest', false)
      // Blocks of anvil write to the contract of EIP-2935, so the state is taken over.
      await ours('anvil_loadState', await node.ask('anvil_dumpState'))
      const keys = [0, 1, 2, 4, 1521].map(key => `0x${word(key)}`)
      const proof = (await same('eth_getProof', LOGGER, keys, 'latest')) as Record<string, Hex[]>
      expect(proof.storageProof).toHaveLength(5)
      await same('eth_getProof', ANN, keys, 'latest')
      await same('eth_getProof', `0x${'59'.repeat(20)}`, keys, 'latest')
      expect(hexOf(keccak_256(hexBytes(proof.accountProof![0]!)!))).toBe(stateRoot)
    })

    it('simulates blocks of calls', async () => {
      const code = (text: string) => ({ [`0x${'c0'.repeat(20)}`]: { code: text } })
      const asked = `0x${'c0'.repeat(20)}`
      const pays = '0x5f5f5f5f600360995af1' // 3 wei to 0x99
      const blocks = [
        {
          calls: [
            { from: ANN, to: LOGGER, value: '0x5' },
            { from: BOB, to: asked, value: '0x9' },
            { from: ANN, to: BOB, value: '0x1' },
          ],
          stateOverrides: code(pays),
        },
        {
          stateOverrides: code('0x60aa5f5260205ffd'),
          calls: [
            { from: ANN, to: asked },
            { from: ANN, to: LOGGER },
          ],
        },
        {
          stateOverrides: code('0xfe'),
          blockOverrides: { time: '0x70000000' },
          calls: [{ from: ANN, to: asked, gas: '0x10000' }],
        },
        { stateOverrides: code('0x425f5260205ff3'), calls: [{ to: asked }] },
      ]
      for (const traceTransfers of [false, true]) {
        const params = { blockStateCalls: blocks, traceTransfers, validation: false }
        const [our, their] = (await both('eth_simulateV1', params, 'latest')) as { result: Simulated[] }[]
        const calls = (answer: { result: Simulated[] }) =>
          answer.result.map(({ calls, gasUsed, transactions }) => [
            gasUsed,
            transactions.length,
            calls.map(({ status, gasUsed, returnData, logs }) => [
              ...[status, gasUsed, returnData],
              logs.map(({ address, topics, data, logIndex }) => [address, topics, data, logIndex]),
            ]),
          ])
        expect(calls(our!)).toEqual(calls(their!))
        expect(our!.result.map(({ timestamp }) => timestamp).slice(2, 4)).toEqual(['0x70000000', '0x7000000c'])
      }
    })

    it('switches between mining at once, by a clock and not at all', async () => {
      await same('anvil_getIntervalMining')
      await both('evm_setIntervalMining', 50)
      expect(await same('anvil_getIntervalMining')).toBe(50)
      expect(await same('anvil_getAutomine')).toBe(false)
      await both('evm_setAutomine', true)
      expect(await same('anvil_getIntervalMining')).toBe(null)
      await both('anvil_setIntervalMining', 0)
      expect(await same('anvil_getAutomine')).toBe(false)
      await both('evm_setAutomine', true)
    })
  })

  interface Simulated {
    gasUsed: Hex
    timestamp: Hex
    transactions: Hex[]
    calls: { status: Hex; gasUsed: Hex; returnData: Hex; logs: Record<string, unknown>[] }[]
  }
}
