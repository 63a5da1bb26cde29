// The provider under viem's and ethers' clients: deploy, transfer, snapshot, revert, and the rest of what test clients use.
import { BrowserProvider, ContractFactory, Contract as EthersContract, Wallet } from 'ethers'
import { createPublicClient, createTestClient, createWalletClient, custom, parseAbi } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { describe, expect, it } from 'vitest'
import { type Address, createProvider, type Hex, ProviderError, TEST_ACCOUNTS } from '../../src/index.ts'
import { contracts, word } from '../rpc/exchange.ts'
import { provider, weft } from './fresh.ts'

const ABI = [
  'constructor(string name, string symbol)',
  'function mint(address to, uint256 amount)',
  'function transfer(address to, uint256 amount) returns (bool)',
  'function balanceOf(address owner) view returns (uint256)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
] as const
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const BOB: Address = `0x${'b0'.repeat(20)}`
const ETHER = 10n ** 18n

describe('viem', () => {
  const abi = parseAbi(ABI)
  const clients = (sender: Hex | ReturnType<typeof privateKeyToAccount>) => {
    const options = { chain: foundry, transport: custom(provider), pollingInterval: 10 } as const
    return {
      open: createPublicClient(options),
      wallet: createWalletClient({ ...options, account: sender }),
      test: createTestClient({ ...options, mode: 'anvil' }),
    }
  }

  it.each([
    ['a key', privateKeyToAccount(KEY)],
    ['an account of the chain', TEST_ACCOUNTS[0]!],
  ])('deploys, transfers, snapshots and reverts, signed by %s', async (_, sender) => {
    const { open, wallet, test } = clients(sender)
    const own = typeof sender === 'string' ? sender : sender.address
    const hash = await wallet.deployContract({ abi, bytecode: contracts.Token!.bytecode as Hex, args: ['A', 'A'] })
    const { contractAddress, status } = await open.waitForTransactionReceipt({ hash })
    expect(status).toBe('success')
    const token = { address: contractAddress!, abi } as const
    const balance = (of: Address) => open.readContract({ ...token, functionName: 'balanceOf', args: [of] })
    await open.waitForTransactionReceipt({
      hash: await wallet.writeContract({ ...token, functionName: 'mint', args: [own, 100n] }),
    })

    const snapshot = await test.snapshot()
    const block = await open.getBlockNumber()
    const { request } = await open.simulateContract({
      ...token,
      functionName: 'transfer',
      args: [BOB, 30n],
      account: sender,
    })
    const sent = await open.waitForTransactionReceipt({ hash: await wallet.writeContract(request) })
    expect([await balance(own), await balance(BOB)]).toEqual([70n, 30n])
    const [log] = await open.getContractEvents({ ...token, eventName: 'Transfer', fromBlock: sent.blockNumber })
    expect(log?.args).toMatchObject({ value: 30n })
    expect((await open.getTransaction({ hash: sent.transactionHash })).from.toLowerCase()).toBe(own.toLowerCase())
    const at = await open.readContract({ ...token, functionName: 'balanceOf', args: [BOB], blockNumber: block })
    expect(at).toBe(0n) // the state of an earlier block

    await test.revert({ id: snapshot })
    expect([await balance(own), await balance(BOB), await open.getBlockNumber({ cacheTime: 0 })]).toEqual([
      100n,
      0n,
      block,
    ])
    await expect(
      open.simulateContract({ ...token, functionName: 'transfer', args: [BOB, 101n], account: sender }),
    ).rejects.toThrow(/revert/)
  })

  it('sets what test clients set', async () => {
    const { open, test, wallet } = clients(TEST_ACCOUNTS[1]!)
    await test.setBalance({ address: BOB, value: 5n * ETHER })
    await test.setNonce({ address: BOB, nonce: 9 })
    await test.setCode({ address: BOB, bytecode: '0x60015ffd' })
    await test.setStorageAt({ address: BOB, index: 3, value: `0x${word(4)}` })
    expect(await open.getBalance({ address: BOB })).toBe(5n * ETHER)
    expect(await open.getTransactionCount({ address: BOB })).toBe(9)
    expect(await open.getCode({ address: BOB })).toBe('0x60015ffd')
    expect(await open.getStorageAt({ address: BOB, slot: '0x3' })).toBe(`0x${word(4)}`)

    await test.setAutomine(false)
    const hash = await wallet.sendTransaction({ to: `0x${'77'.repeat(20)}`, value: 1n, gas: 21_000n })
    expect((await open.getTransaction({ hash })).blockNumber).toBe(null)
    const before = await open.getBlock()
    await test.setNextBlockTimestamp({ timestamp: before.timestamp + 500n })
    await test.mine({ blocks: 2, interval: 60 })
    const [first, second] = [await open.getBlock({ blockNumber: before.number + 1n }), await open.getBlock()]
    expect([first.timestamp, second.timestamp]).toEqual([before.timestamp + 500n, before.timestamp + 560n])
    expect(first.transactions).toEqual([hash])
    await test.setAutomine(true)

    const whale: Address = `0x${'3e'.repeat(20)}`
    await test.setBalance({ address: whale, value: ETHER })
    const send = () => wallet.sendTransaction({ account: whale, to: TEST_ACCOUNTS[0]!, value: 1n })
    await expect(send()).rejects.toThrow(/impersonated/)
    await test.impersonateAccount({ address: whale })
    expect((await open.waitForTransactionReceipt({ hash: await send() })).status).toBe('success')

    const dump = await test.dumpState()
    const other = createTestClient({
      chain: foundry,
      mode: 'anvil',
      transport: custom(await createProvider(weft, { accounts: [] })),
    })
    await other.loadState({ state: dump })
    expect(await other.request({ method: 'eth_getBalance' as never, params: [BOB, 'latest'] as never })).toBe(
      '0x4563918244f40000',
    )
  })

  it('traces what was mined as it ran', async () => {
    const { open, wallet } = clients(TEST_ACCOUNTS[0]!)
    const data = `${contracts.Counter!.bytecode}${word(7)}` as Hex
    const created = await open.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ data }) })
    const hash = await wallet.sendTransaction({
      to: created.contractAddress!,
      data: contracts.Counter!.selectors['increment()'] as Hex,
    })
    await wallet.sendTransaction({
      to: created.contractAddress!,
      data: contracts.Counter!.selectors['increment()'] as Hex,
    })
    interface Trace {
      type: string
      gasUsed: Hex
      structLogs: { op: string; stack: Hex[] }[]
    }
    const trace = async (options: object): Promise<Trace> =>
      (await provider.request({ method: 'debug_traceTransaction', params: [hash, options] })) as Trace
    const tree = await trace({ tracer: 'callTracer' })
    const receipt = await open.getTransactionReceipt({ hash })
    expect([tree.type, BigInt(tree.gasUsed)]).toEqual(['CALL', receipt.gasUsed])
    const store = (await trace({})).structLogs.find(({ op }) => op === 'SSTORE')!
    expect(store.stack.slice(-2).map(BigInt)).toEqual([9n, 0n])
  })
})

describe('what else clients ask', () => {
  const options = () => ({ chain: foundry, transport: custom(provider), pollingInterval: 10 }) as const
  const open = () => createPublicClient(options())
  const test = () => createTestClient({ ...options(), mode: 'anvil' })
  const wallet = () => createWalletClient({ ...options(), account: TEST_ACCOUNTS[0]! })
  const pay = () => wallet().sendTransaction({ to: BOB, value: 1n, gas: 21_000n })

  it('viem: fees of blocks, and what it makes of them', async () => {
    const hash = await pay()
    await pay()
    const { baseFeePerGas: base } = await open().getBlock({ blockNumber: 1n })
    const history = await open().getFeeHistory({ blockCount: 2, blockTag: 'latest', rewardPercentiles: [25, 75] })
    expect(history).toMatchObject({ oldestBlock: 1n, gasUsedRatio: [21_000 / 60_000_000, 21_000 / 60_000_000] })
    expect([history.baseFeePerGas.length, history.baseFeePerGas[0]]).toEqual([3, base])
    expect(history.reward!.map(rewards => rewards.length)).toEqual([2, 2])
    // More than there are: from the first on.
    const all = await open().getFeeHistory({ blockCount: 100, blockTag: 'latest', rewardPercentiles: [] })
    expect([all.oldestBlock, all.gasUsedRatio]).toEqual([0n, [0, ...history.gasUsedRatio]])
    const fees = await open().estimateFeesPerGas()
    expect(fees.maxFeePerGas).toBeGreaterThan(history.baseFeePerGas[2]!)
    expect((await open().getTransactionReceipt({ hash })).effectiveGasPrice).toBeGreaterThanOrEqual(base!)
  })

  it('viem: a call is traced that is not sent', async () => {
    const data = `${contracts.Counter!.bytecode}${word(7)}` as Hex
    const { contractAddress } = await open().waitForTransactionReceipt({
      hash: await wallet().sendTransaction({ data }),
    })
    const message = {
      from: TEST_ACCOUNTS[0]!,
      to: contractAddress!,
      data: contracts.Counter!.selectors['increment()'] as Hex,
    }
    const trace = (...tracing: object[]): Promise<unknown> =>
      provider.request({ method: 'debug_traceCall', params: [message, 'latest', ...tracing] })
    const tree = (await trace({ tracer: 'callTracer', tracerConfig: { withLog: true } })) as Record<string, unknown>
    expect(tree).toMatchObject({ type: 'CALL', from: message.from, to: contractAddress })
    expect(tree.logs).toHaveLength(1)
    expect(BigInt(tree.gasUsed as Hex)).toBe(await open().estimateGas({ account: message.from, ...message }))
    const steps = (await trace()) as { failed: boolean; structLogs: { op: string }[] }
    expect(steps.failed).toBe(false)
    expect(steps.structLogs.filter(({ op }) => op === 'SSTORE')).toHaveLength(1)
    const changed = (await trace({ tracer: 'prestateTracer', tracerConfig: { diffMode: true } })) as {
      post: Record<Address, { storage: Record<Hex, Hex> }>
    }
    expect(Object.values(changed.post[contractAddress!]!.storage).map(BigInt)).toEqual([9n])
    // Nothing of it has happened.
    expect(await open().getStorageAt({ address: contractAddress!, slot: '0x0' })).toBe(`0x${word(8)}`)
    await expect(trace({ tracer: 'noopTracer' })).rejects.toMatchObject({ code: -32602 })
  })

  it('viem: calls on a state and a block that are not', async () => {
    const code: Hex = '0x425f525f546020523460405260605ff3' // TIMESTAMP, slot 0, CALLVALUE
    const { data } = await open().call({
      to: BOB,
      stateOverride: [{ address: BOB, code, stateDiff: [{ slot: `0x${word(0)}`, value: `0x${word(6)}` }] }],
      blockOverrides: { time: 5n },
    })
    expect(data).toBe(`0x${word(5)}${word(6)}${word(0)}`)
    const refused = open().call({ to: BOB, blockOverrides: { blobBaseFee: 5n } })
    await expect(refused).rejects.toThrow(/cannot be overridden/)
  })

  it('viem: blocks by place, receipts of a block, and what waits', async () => {
    const hash = await pay()
    const block = await open().getBlock()
    const at = { blockHash: block.hash!, index: 0 }
    expect([
      (await open().getTransaction(at)).hash,
      (await open().getTransaction({ blockNumber: 1n, index: 0 })).hash,
    ]).toEqual([hash, hash])
    await expect(open().getTransaction({ blockNumber: 1n, index: 1 })).rejects.toThrow(/not be found/)
    expect(await open().getBlockTransactionCount({ blockHash: block.hash! })).toBe(1)
    const receipts = await provider.request({ method: 'eth_getBlockReceipts', params: ['0x1'] })
    expect(receipts).toMatchObject([{ transactionHash: hash, gasUsed: '0x5208' }])

    await test().setAutomine(false)
    const waiting = await pay()
    const { pending } = await test().getTxpoolContent()
    expect(pending[TEST_ACCOUNTS[0]!]!['1']!.hash).toBe(waiting)
    expect((await test().getTxpoolStatus()).pending).toBe(1)
    expect((await test().inspectTxpool()).pending[TEST_ACCOUNTS[0]!]!['1']).toContain(`${BOB}: 1 wei + 21000 gas`)
    await test().dropTransaction({ hash: waiting })
    expect((await test().getTxpoolStatus()).pending).toBe(0)
  })

  it('viem: its test client sets, sends for others, and begins anew', async () => {
    const before = await open().getBalance({ address: BOB })
    await test().setBlockTimestampInterval({ interval: 100 })
    await test().mine({ blocks: 2 })
    const [first, second] = [await open().getBlock({ blockNumber: 1n }), await open().getBlock({ blockNumber: 2n })]
    expect(second.timestamp - first.timestamp).toBe(100n)
    await test().removeBlockTimestampInterval()
    await test().setLoggingEnabled(false)
    await test().setCoinbase({ address: BOB })
    await test().setNextBlockBaseFeePerGas({ baseFeePerGas: 5n })
    await test().setBlockGasLimit({ gasLimit: 20_000_000n })
    await test().increaseTime({ seconds: 1000 })
    await test().mine({ blocks: 1 })
    expect(await open().getBlock()).toMatchObject({ miner: BOB, baseFeePerGas: 5n, gasLimit: 20_000_000n })
    expect(await test().getAutomine()).toBe(true)

    const whale: Address = `0x${'3e'.repeat(20)}`
    await test().setBalance({ address: whale, value: ETHER })
    const hash = await test().sendUnsignedTransaction({ from: whale, to: BOB, value: 3n })
    expect(await open().getTransactionReceipt({ hash })).toMatchObject({ status: 'success', from: whale })
    await expect(wallet().sendTransaction({ account: whale, to: BOB })).rejects.toThrow(/impersonated/)

    await test().reset()
    await provider.request({ method: 'hardhat_reset' })
    expect([await open().getBlockNumber({ cacheTime: 0 }), await open().getBalance({ address: BOB })]).toEqual([
      0n,
      before,
    ])
    expect(await open().getBalance({ address: TEST_ACCOUNTS[0]! })).toBe(10_000n * ETHER)
    expect((await open().waitForTransactionReceipt({ hash: await pay() })).blockNumber).toBe(1n)
  })

  it('ethers: fees, blocks, accounts and estimates', async () => {
    const browser = new BrowserProvider(provider, undefined, { cacheTimeout: -1, pollingInterval: 10 } as never)
    const signer = await browser.getSigner()
    expect((await browser.listAccounts()).map(({ address }) => address.toLowerCase())).toEqual([...TEST_ACCOUNTS])
    const sent = await signer.sendTransaction({ to: BOB, value: 2n })
    const receipt = await sent.wait()
    expect(receipt).toMatchObject({ status: 1, blockNumber: 1 })
    const { gasPrice, maxFeePerGas } = await browser.getFeeData()
    expect(maxFeePerGas! >= gasPrice!).toBe(true)
    const history = await browser.send('eth_feeHistory', ['0x1', 'latest', [50]])
    expect(history.baseFeePerGas).toHaveLength(2)
    expect(await browser.estimateGas({ from: signer.address, to: BOB, value: 1n })).toBe(21_000n)
    const block = (await browser.getBlock('latest', true))!
    expect([block.number, block.prefetchedTransactions[0]!.hash]).toEqual([1, sent.hash])
    expect((await browser.getNetwork()).chainId).toBe(31_337n)
    expect(await browser.getTransactionCount(signer.address)).toBe(1)
    expect(await browser.getStorage(BOB, 0)).toBe(`0x${word(0)}`)
    const tree = await browser.send('debug_traceCall', [{ to: BOB, value: '0x0' }, 'latest', { tracer: 'callTracer' }])
    expect(tree.to).toBe(BOB)
    browser.destroy()
  })
})

it('ethers deploys, transfers, snapshots and reverts', async () => {
  const browser = new BrowserProvider(provider, undefined, { cacheTimeout: -1, pollingInterval: 10 } as never)
  const wallet = new Wallet(KEY, browser)
  const contract = await new ContractFactory([...ABI], contracts.Token!.bytecode, wallet).deploy('A', 'A')
  await contract.waitForDeployment()
  const token = new EthersContract(await contract.getAddress(), [...ABI], wallet)
  const run = async (name: string, ...values: unknown[]) => await (await token.getFunction(name)(...values)).wait()
  await run('mint', wallet.address, 100n)
  const snapshot = await browser.send('evm_snapshot', [])
  const receipt = await run('transfer', BOB, 30n)
  expect(receipt.logs[0].fragment.name).toBe('Transfer')
  expect([await token.getFunction('balanceOf')(wallet.address), await token.getFunction('balanceOf')(BOB)]).toEqual([
    70n,
    30n,
  ])
  expect(await browser.send('evm_revert', [snapshot])).toBe(true)
  expect(await token.getFunction('balanceOf')(BOB)).toBe(0n)
  await expect(token.getFunction('transfer').staticCall(BOB, 101n)).rejects.toMatchObject({ code: 'CALL_EXCEPTION' })
  browser.destroy()
})

it.each([
  ['no_such', [], -32601],
  ['eth_getBalance', ['0x12'], -32602],
  ['eth_getBalance', [BOB, '0x99'], -32602],
  ['eth_sendRawTransaction', ['0x1234'], -32602],
  ['eth_sendTransaction', [{ from: BOB, to: BOB, gas: '0x5208' }], -32602],
  ['eth_sendTransaction', [{ from: TEST_ACCOUNTS[0], to: BOB, gas: '0x5208', value: `0x${'f'.repeat(30)}` }], -32003],
  ['eth_call', [{ data: '0x5f5ffd' }], 3],
  ['eth_estimateGas', [{ data: '0xfe' }], -32000],
  ['evm_setBlockGasLimit', [], -32602],
])('%s of %j is error %d', async (method, params, code) => {
  const error = await provider.request({ method, params }).catch((error: ProviderError) => error)
  expect(error).toBeInstanceOf(ProviderError)
  expect(error).toMatchObject({ code })
  // And the chain goes on.
  expect(await provider.request({ method: 'eth_blockNumber' })).toBe('0x0')
})
