// What test clients and watchers ask beside calls and transactions: all actions of viem's test client, blocks by a clock, filters and
// subscriptions, simulated blocks, forks of a node.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BrowserProvider } from 'ethers'
import { createTestClient, parseAbi, parseAbiItem } from 'viem'
import { foundry } from 'viem/chains'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Address, Hex } from '../../src/index.ts'
import { contracts, word } from '../rpc/exchange.ts'
import { startNode } from '../rpc/node.ts'
import { ANN, ask, BOB, open, options, provider, wallet, weft } from './fresh.ts'

const ETHER = 10n ** 18n
const LOGGER: Address = `0x${'10'.repeat(20)}`
/** LOG1 with topic 1 and CALLVALUE. */
const LOGS: Hex = '0x345f52600160205fa1'

const test = (mode: 'anvil' | 'hardhat' = 'anvil') => createTestClient({ ...options(), mode })
const log = () => wallet().sendTransaction({ to: LOGGER, value: 7n })

describe("viem's test client", () => {
  it.each(['anvil', 'hardhat'] as const)('has all its actions in mode %s, or a reason why not', async mode => {
    const client = test(mode)
    const hash = await wallet().sendTransaction({ to: BOB })
    const dump = await client.dumpState()
    const account = { address: LOGGER } as const
    const done: Record<string, () => Promise<unknown>> = {
      dropTransaction: () => client.dropTransaction({ hash }),
      dumpState: () => client.dumpState(),
      getAutomine: () => client.getAutomine(),
      getTxpoolContent: () => client.getTxpoolContent(),
      getTxpoolStatus: () => client.getTxpoolStatus(),
      impersonateAccount: () => client.impersonateAccount(account),
      increaseTime: () => client.increaseTime({ seconds: 5 }),
      inspectTxpool: () => client.inspectTxpool(),
      loadState: () => client.loadState({ state: dump }),
      mine: () => client.mine({ blocks: 1 }),
      setBlockTimestampInterval: () => client.setBlockTimestampInterval({ interval: 3 }),
      removeBlockTimestampInterval: () => client.removeBlockTimestampInterval(),
      snapshot: () => client.snapshot(),
      revert: () => client.revert({ id: '0x1' }),
      sendUnsignedTransaction: () => client.sendUnsignedTransaction({ from: ANN, to: BOB }),
      setAutomine: () => client.setAutomine(true),
      setBalance: () => client.setBalance({ ...account, value: 1n }),
      setBlockGasLimit: () => client.setBlockGasLimit({ gasLimit: 30_000_000n }),
      setCode: () => client.setCode({ ...account, bytecode: '0x00' }),
      setCoinbase: () => client.setCoinbase(account),
      setIntervalMining: () => client.setIntervalMining({ interval: 0 }),
      setLoggingEnabled: () => client.setLoggingEnabled(true),
      setNextBlockBaseFeePerGas: () => client.setNextBlockBaseFeePerGas({ baseFeePerGas: 9n }),
      setNextBlockTimestamp: () => client.setNextBlockTimestamp({ timestamp: 2n ** 40n }),
      setNonce: () => client.setNonce({ ...account, nonce: 3 }),
      setStorageAt: () => client.setStorageAt({ ...account, index: 0, value: `0x${word(1)}` }),
      stopImpersonatingAccount: () => client.stopImpersonatingAccount(account),
      reset: () => client.reset(),
    }
    const refused: Record<string, [() => Promise<unknown>, RegExp]> = {
      setMinGasPrice: [() => client.setMinGasPrice({ gasPrice: 1n }), /the least price is the base fee/],
      setRpcUrl: [() => client.setRpcUrl('http://127.0.0.1:1'), /a fork of a node/],
    }
    for (const run of Object.values(done)) await run()
    for (const [run, reason] of Object.values(refused)) await expect(run()).rejects.toThrow(reason)
    const actions = Object.entries(client).filter(
      ([name, value]) => typeof value === 'function' && !/^(?:extend|request|scope)$/.test(name),
    )
    expect(actions.map(([name]) => name).toSorted()).toEqual([...Object.keys(done), ...Object.keys(refused)].toSorted())
  })
})

describe('a clock', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
  afterEach(() => void vi.useRealTimers())
  const blockNumber = () => open().getBlockNumber()

  it('mines what waits, until mining is switched', async () => {
    await test().setIntervalMining({ interval: 3 })
    const hash = await wallet().sendTransaction({ to: BOB, value: 1n })
    expect((await open().getTransaction({ hash })).blockNumber).toBe(null)
    await vi.advanceTimersByTimeAsync(2999)
    expect(await blockNumber()).toBe(0n)
    await vi.advanceTimersByTimeAsync(1)
    expect((await open().getTransactionReceipt({ hash })).blockNumber).toBe(1n)
    await vi.advanceTimersByTimeAsync(3000)
    expect(await blockNumber()).toBe(2n)
    await test().setAutomine(true)
    await vi.advanceTimersByTimeAsync(9000)
    expect([await blockNumber(), vi.getTimerCount()]).toEqual([2n, 0])
    await test().setIntervalMining({ interval: 3 })
    await test().setIntervalMining({ interval: 0 })
    expect([await test().getAutomine(), vi.getTimerCount()]).toEqual([false, 0])
    await expect(ask('evm_setIntervalMining', 2_000_001)).rejects.toMatchObject({ code: -32602 })
  })

  it('ends with the provider, which then answers nothing', async () => {
    await test().setIntervalMining({ interval: 1 })
    expect(vi.getTimerCount()).toBe(1)
    await provider.close()
    expect(vi.getTimerCount()).toBe(0)
    await expect(ask('eth_chainId')).rejects.toMatchObject({ code: 4900 })
    await provider.close()
    expect((await weft.call({ code: '0x00' })).status).toBe('success')
  })
})

it('a clock keeps no process alive', async () => {
  const before = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  await test().setIntervalMining({ interval: 1000 })
  // Only timers that keep the process alive are told.
  expect(process.getActiveResourcesInfo().filter(name => name === 'Timeout').length).toBe(before)
})

describe('filters', () => {
  beforeEach(() => test().setCode({ address: LOGGER, bytecode: LOGS }))

  it('tell viem of blocks, transactions and events since they were asked', async () => {
    const event = parseAbiItem('event Some(uint256)')
    const [blocks, sent, all] = [
      await open().createBlockFilter(),
      await open().createPendingTransactionFilter(),
      await open().createEventFilter({ address: LOGGER }),
    ]
    const none = await open().createEventFilter({ address: LOGGER, event })
    const hash = await log()
    const { hash: block } = await open().getBlock()
    expect(await open().getFilterChanges({ filter: blocks })).toEqual([block])
    expect(await open().getFilterChanges({ filter: sent })).toEqual([hash])
    expect(await open().getFilterChanges({ filter: all })).toMatchObject([
      { transactionHash: hash, topics: [`0x${word(1)}`] },
    ])
    expect(await open().getFilterChanges({ filter: all })).toEqual([])
    expect(await open().getFilterChanges({ filter: none })).toEqual([])
    // A revert takes blocks away: what comes instead is told.
    const snapshot = await test().snapshot()
    await log()
    expect(await open().getFilterChanges({ filter: all })).toHaveLength(1)
    await test().revert({ id: snapshot })
    expect(await open().getFilterChanges({ filter: all })).toEqual([])
    await log()
    expect(await open().getFilterChanges({ filter: all })).toHaveLength(1)
    expect(await open().uninstallFilter({ filter: all })).toBe(true)
    await expect(open().getFilterChanges({ filter: all })).rejects.toThrow(/filter not found/)
  })

  it('begin at a block that they name, and end at one', async () => {
    await log()
    await log()
    const filter = (await ask('eth_newFilter', { fromBlock: '0x2', toBlock: '0x3' })) as Hex
    const numbers = async (method: string) =>
      ((await ask(method, filter)) as { blockNumber: Hex }[]).map(({ blockNumber }) => Number(blockNumber))
    expect(await numbers('eth_getFilterChanges')).toEqual([2])
    for (let i = 0; i < 2; i++) await log()
    expect(await numbers('eth_getFilterChanges')).toEqual([3])
    expect(await numbers('eth_getFilterLogs')).toEqual([2, 3])
    const wrong = ask('eth_newFilter', { blockHash: `0x${word(1)}`, fromBlock: '0x0' })
    await expect(wrong).rejects.toMatchObject({ code: -32602 })
  })

  it('serve ethers', async () => {
    const browser = new BrowserProvider(provider, undefined, { cacheTimeout: -1, pollingInterval: 10 } as never)
    const seen = new Promise(resolve => void browser.once({ address: LOGGER }, resolve))
    await new Promise(resolve => setTimeout(resolve, 50))
    await log()
    expect(await seen).toMatchObject({ address: LOGGER, topics: [`0x${word(1)}`] })
    browser.destroy()
  })

  it('are told without being asked, as messages of EIP-1193', async () => {
    const messages: { type: string; data: { subscription: Hex; result: Record<string, unknown> } }[] = []
    const listener = (message: unknown) => void messages.push(message as (typeof messages)[0])
    provider.on('message', listener)
    const [heads, logs, sent] = [
      await ask('eth_subscribe', 'newHeads'),
      await ask('eth_subscribe', 'logs', { address: LOGGER, topics: [`0x${word(1)}`] }),
      await ask('eth_subscribe', 'newPendingTransactions'),
    ]
    await ask('eth_subscribe', 'logs', { address: BOB })
    const hash = await log()
    const { hash: block } = await open().getBlock()
    expect(messages.map(({ data }) => data)).toMatchObject([
      { subscription: heads, result: { hash: block, number: '0x1' } },
      { subscription: logs, result: { address: LOGGER, blockHash: block } },
      { subscription: sent, result: hash },
    ])
    expect(await ask('eth_unsubscribe', logs)).toBe(true)
    expect(await ask('eth_unsubscribe', logs)).toBe(false)
    await ask('eth_unsubscribe', sent)
    await log()
    expect(messages).toHaveLength(4)
    provider.removeListener('message', listener)
    await log()
    expect(messages).toHaveLength(4)
    await expect(ask('eth_subscribe', 'syncing')).rejects.toMatchObject({ code: -32602 })
  })
})

it('there is one chain to switch to', async () => {
  await wallet().switchChain({ id: foundry.id })
  await expect(wallet().switchChain({ id: 1 })).rejects.toMatchObject({ code: 4902 })
})

it('viem reads slots of several accounts at once', async () => {
  await test().setStorageAt({ address: LOGGER, index: 2, value: `0x${word(9)}` })
  const slots = await ask('eth_getStorageValues', { [LOGGER]: ['0x2', `0x${word(3)}`], [BOB]: [] }, 'latest')
  expect(slots).toEqual({ [LOGGER]: [`0x${word(9)}`, `0x${word(0)}`], [BOB]: [] })
})

it('viem simulates calls with what they do to assets', async () => {
  const abi = parseAbi([
    'constructor(string name, string symbol)',
    'function mint(address to, uint256 amount)',
    'function transfer(address to, uint256 amount) returns (bool)',
  ])
  const deployed = await wallet().deployContract({ abi, bytecode: contracts.Token!.bytecode as Hex, args: ['A', 'A'] })
  const address = (await open().getTransactionReceipt({ hash: deployed })).contractAddress!
  await wallet().writeContract({ address, abi, functionName: 'mint', args: [ANN, 100n] })
  const { results, assetChanges } = await open().simulateCalls({
    account: ANN,
    traceAssetChanges: true,
    calls: [
      { to: address, abi, functionName: 'transfer', args: [BOB, 30n] },
      { to: BOB, value: ETHER },
      { to: address, abi, functionName: 'transfer', args: [BOB, 71n] },
    ],
  })
  expect(results.map(({ status }) => status)).toEqual(['success', 'success', 'failure'])
  expect(assetChanges.map(({ token, value }) => [token.symbol, value.diff])).toEqual([
    ['ETH', -ETHER],
    ['A', -30n],
  ])
  const [first, second] = await open().simulateBlocks({
    blocks: [{ calls: [{ to: BOB }] }, { blockOverrides: { number: 9n }, calls: [] }],
    returnFullTransactions: true,
  } as never)
  expect([first!.number, second!.number, second!.parentHash]).toEqual([3n, 9n, first!.hash])
  const simulate = (block: object, more: object = {}) =>
    ask('eth_simulateV1', { blockStateCalls: [{ calls: [], ...block }], ...more }, 'latest')
  await expect(simulate({}, { validation: true })).rejects.toMatchObject({ code: -32602 })
  await expect(simulate({ blockOverrides: { number: '0x1' } })).rejects.toMatchObject({ code: -32602 })
  // A call that fails has moved nothing.
  const failing = {
    calls: [{ from: ANN, to: LOGGER, value: '0x1' }],
    stateOverrides: { [LOGGER]: { code: '0x5f5ffd' } },
  }
  const blocks = (await simulate(failing, { traceTransfers: true })) as { calls: object[] }[]
  expect(blocks[0]!.calls).toMatchObject([{ status: '0x0', logs: [], error: { code: 3 } }])
  // What SELFDESTRUCT gives is a transfer as well (anvil leaves it out), and BLOCKHASH knows the blocks before.
  const rest = await simulate(
    {
      calls: [{ from: ANN, to: LOGGER, value: '0x4' }],
      stateOverrides: { [LOGGER]: { code: `0x73${BOB.slice(2)}ff` } },
    },
    { traceTransfers: true },
  )
  const [[{ logs }]] = (rest as { calls: { logs: { topics: Hex[] }[] }[] }[]).map(({ calls }) => calls) as [
    [{ logs: { topics: Hex[] }[] }],
  ]
  expect(logs.map(({ topics }) => topics.slice(1).map(topic => `0x${topic.slice(26)}`))).toEqual([
    [ANN, LOGGER],
    [LOGGER, BOB],
  ])
  const asks = {
    calls: [{ to: BOB }],
    stateOverrides: { [BOB]: { code: '0x6002430340 5f5260205ff3'.replace(' ', '') } },
  }
  const [one, , three] = (await ask(
    'eth_simulateV1',
    { blockStateCalls: [{ calls: [] }, { calls: [] }, asks] },
    'latest',
  )) as {
    hash: Hex
    calls: { returnData: Hex }[]
  }[]
  expect(three!.calls[0]!.returnData).toBe(one!.hash)
})

const node = await startNode(['--hardfork', 'osaka'])
if (typeof node === 'string') it('forks of a node', context => context.skip(node))
else {
  describe('forks of a node', () => {
    afterAll(() => node.close())

    it('begin anew at a block of it, go on with another, and prove nothing', async () => {
      for (const value of ['0x7', '0x2']) {
        await node.ask('eth_sendTransaction', { from: node.accounts[5], to: LOGGER, value })
        await node.ask('evm_mine')
      }
      const balance = () => open().getBalance({ address: LOGGER })
      await test().reset({ jsonRpcUrl: node.url, blockNumber: 1n })
      expect([await open().getBlockNumber(), await balance()]).toEqual([1n, 7n])
      expect(await open().getBalance({ address: ANN })).toBe(10_000n * ETHER)
      await wallet().sendTransaction({ to: LOGGER, value: 1n })
      expect([await open().getBlockNumber(), await balance()]).toEqual([2n, 8n])
      await expect(open().getProof({ address: LOGGER, storageKeys: [] })).rejects.toThrow(/a state that is whole/)

      // The same node by another way.
      let asked = 0
      const server = createServer(async (request, response) => {
        asked++
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk as Buffer)
        const headers = { 'content-type': 'application/json' }
        const answer = await fetch(node.url, { method: 'POST', headers, body: Buffer.concat(chunks) })
        response.end(Buffer.from(await answer.arrayBuffer()))
      })
      await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
      await test().setRpcUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      const before = asked
      expect(await open().getBalance({ address: BOB })).toBe(10_000n * ETHER)
      expect([await balance(), await open().getBalance({ address: `0x${'66'.repeat(20)}` }), asked]).toEqual([
        8n,
        0n,
        before + 1,
      ])
      await ask('hardhat_reset', { forking: { blockNumber: '0x2' } })
      expect([await open().getBlockNumber(), await balance()]).toEqual([2n, 9n])
      await test().reset()
      expect([await open().getBlockNumber(), await balance()]).toEqual([2n, 9n])
      server.closeAllConnections()
      server.close()
    })
  })
}
