// The provider under viem's and ethers' clients: deploy, transfer, snapshot, revert, and the rest of what test clients use.
import { BrowserProvider, ContractFactory, Contract as EthersContract, Wallet } from 'ethers'
import { createPublicClient, createTestClient, createWalletClient, custom, parseAbi } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type Address,
  createProvider,
  createWeft,
  type Hex,
  type Provider,
  ProviderError,
  TEST_ACCOUNTS,
  type Weft,
} from '../../src/index.ts'
import { contracts, word } from '../rpc/exchange.ts'
import { wasmBytes } from '../setup/weft.ts'

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

let weft: Weft
let provider: Provider
beforeAll(async () => {
  weft = await createWeft({ wasm: wasmBytes('simd') })
})
afterAll(() => weft.close())
beforeEach(async () => {
  provider = await createProvider(weft)
})

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
