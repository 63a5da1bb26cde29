// Unsigned transactions, estimates, access lists, overrides and synchronous calls; anvil's answers on the same state as the oracle.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Address,
  CryptoNotLoadedError,
  createEnv,
  createWeft,
  EMPTY_CODE_HASH,
  ExecutionError,
  type Hex,
  InputError,
  InvalidTransactionError,
  MemorySource,
  MissingStateError,
  type RpcSource,
  rpcSource,
  State,
  type TxRequest,
  type Weft,
} from '../../src/index.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { encodeRequest } from '../../src/simulate/request.ts'
import { call, contracts, type Exchange, exchangeBlocks, word } from '../rpc/exchange.ts'
import { type Node, startNode } from '../rpc/node.ts'
import { wasmBytes } from '../setup/weft.ts'

const ANN: Address = `0x${'a1'.repeat(20)}`
const BOB: Address = `0x${'b0'.repeat(20)}`
const env = createEnv('osaka', { gasLimit: 60_000_000n, number: 9n, timestamp: 1000n })
const rich = () =>
  new State(new MemorySource({ accounts: [[ANN, { nonce: 3n, balance: 10n ** 20n, codeHash: EMPTY_CODE_HASH }]] }))

let weft: Weft
beforeAll(async () => {
  weft = await createWeft({ wasm: wasmBytes('simd') })
})
afterAll(() => weft.close())

/** A state with a counter at 8, its address, and how it was deployed. */
async function withCounter(): Promise<{ state: State; counter: Address }> {
  const state = rich()
  const data = `${contracts.Counter!.bytecode}${word(7)}` as Hex
  const { results, diff } = await weft.simulate({ calls: [{ from: ANN, data }], env, source: state })
  state.apply(diff)
  return { state, counter: results[0]!.createdAddress! }
}

describe('simulate', () => {
  it('executes each on what the ones before left, and keeps nothing', async () => {
    const { state, counter } = await withCounter()
    const increment: TxRequest = { from: ANN, to: counter, data: call('Counter', 'increment()') }
    const count: TxRequest = { to: counter, data: call('Counter', 'count()') }
    const { results, diff } = await weft.simulate({ calls: [increment, count, increment, count], env, source: state })
    expect(results.map(({ status }) => status)).toEqual(['success', 'success', 'success', 'success'])
    expect([1, 3].map(i => BigInt(hexOf(results[i]!.output)))).toEqual([9n, 10n])
    expect(results[0]!.logs).toHaveLength(1)
    expect(results[0]!.gasUsed).toBeGreaterThan(21_000n)
    expect(diff.find(({ address }) => address === counter)?.storage).toEqual([[0n, 10n]])
    expect(await state.storage(counter, 0n)).toBe(8n)
  })

  it('gives reverts and halts as outcomes, and throws for what cannot be executed', async () => {
    const { state, counter } = await withCounter()
    const notOwner: TxRequest = { from: BOB, to: counter, data: call('Counter', 'close(address)', BOB) }
    const { results } = await weft.simulate({ calls: [notOwner, { data: '0xfe' }], env, source: state })
    expect(results.map(({ status }) => status)).toEqual(['revert', 'halt'])
    const poor = weft.simulate({ calls: [{}, { from: BOB, to: ANN, value: 1n }], env, source: state })
    await expect(poor).rejects.toThrow(InvalidTransactionError)
    await expect(poor).rejects.toMatchObject({ index: 1 })
  })

  it('takes state and blocks as they are not', async () => {
    const { state, counter } = await withCounter()
    const count = { to: counter, data: call('Counter', 'count()') }
    const slot = `0x${word(0)}` as Hex
    const of = async (stateOverride: object): Promise<bigint> => {
      const { results } = await weft.simulate({
        calls: [count],
        env,
        source: state,
        stateOverride: [{ address: counter, ...stateOverride }],
      })
      return BigInt(hexOf(results[0]!.output))
    }
    expect(await of({ stateDiff: [{ slot, value: `0x${word(70)}` }] })).toBe(70n)
    expect(await of({ state: [] })).toBe(0n)
    expect(await of({ code: '0x60995f5260205ff3' })).toBe(0x99n)
    expect(await of({})).toBe(8n)
    const numberAndTime: Hex = '0x435f5242602052445f604052456060526080 5ff3'.replace(' ', '') as Hex
    const { results } = await weft.simulate({
      calls: [{ to: BOB }, { from: BOB, to: ANN, value: 5n }],
      ...{ env, source: state },
      stateOverride: [{ address: BOB, code: numberAndTime, balance: 5n }],
      blockOverrides: { number: 77n, time: 88n },
    })
    const [first] = results
    expect([0, 32].map(at => BigInt(hexOf(first!.output.slice(at, at + 32))))).toEqual([77n, 88n])
    expect(results[1]!.status).toBe('success')
    const both = weft.simulate({
      calls: [],
      env,
      source: state,
      stateOverride: [{ address: BOB, state: [], stateDiff: [] }],
    })
    await expect(both).rejects.toThrow(InputError)
  })

  it.each<[string, TxRequest]>([
    ['from', { from: '0x12' as Hex }],
    ['to', { to: 'me' as Hex }],
    ['data', { data: '0x1' }],
    ['value', { value: -1n }],
    ['gas', { gas: 2n ** 256n }],
  ])('refuses a %s that means nothing', async (field, request) => {
    await expect(weft.simulate({ calls: [request], env, source: rich() })).rejects.toMatchObject({
      code: 'INPUT',
      field,
    })
  })
})

describe('estimateGas', () => {
  const succeeds = async (request: TxRequest, gas: bigint, source: State): Promise<boolean> => {
    const { results } = await weft
      .simulate({ calls: [{ ...request, gas }], env, source })
      .catch(() => ({ results: [] }))
    return results[0]?.status === 'success'
  }
  // GAS > 100,000, or REVERT: it uses next to nothing, and wants much.
  const KEEPS: Hex = '0x620186a05a11600c575f5ffd5b00'

  it.each<[string, (counter: Address) => TxRequest]>([
    ['a transfer', () => ({ from: ANN, to: BOB, value: 1n })],
    ['a deployment', () => ({ from: ANN, data: `${contracts.Counter!.bytecode}${word(7)}` as Hex })],
    ['a call', to => ({ from: ANN, to, data: call('Counter', 'increment()') })],
    ['a loop', to => ({ from: ANN, to, data: call('Counter', 'churn(uint256)', 500) })],
    ['a refund', to => ({ from: ANN, to, data: call('Counter', 'close(address)', ANN) })],
    ['calldata at its floor', () => ({ to: BOB, data: `0x${'ff'.repeat(3000)}` })],
    ['code that looks at its gas', () => ({ to: BOB, data: '0x' })],
  ])('is the least gas of %s', async (name, requestOf) => {
    const { state, counter } = await withCounter()
    if (name === 'code that looks at its gas') await state.set(BOB, { code: hexBytes(KEEPS)! })
    const request = requestOf(counter)
    const gas = await weft.estimateGas(request, { env, source: state })
    expect(await succeeds(request, gas, state)).toBe(true)
    expect(await succeeds(request, gas - 1n, state)).toBe(false)
    if (name === 'a transfer') expect(gas).toBe(21_000n)
  })

  it('throws with the outcome where it does not succeed', async () => {
    const { state, counter } = await withCounter()
    const request = { from: BOB, to: counter, data: call('Counter', 'close(address)', BOB) }
    const error = await weft.estimateGas(request, { env, source: state }).catch(error => error)
    expect(error).toBeInstanceOf(ExecutionError)
    expect(error).toMatchObject({ code: 'REVERTED', outcome: { status: 'revert' } })
    expect(error.message).toContain(hexOf(error.outcome.output))
  })
})

describe("viem's names", () => {
  it('are those of calls and requests: account and data, bytes or hex, overrides', async () => {
    const { state, counter } = await withCounter()
    const on = { env, source: state }
    const data = call('Counter', 'count()')
    const input = hexBytes(data)!
    const told = await weft.call({ from: ANN, to: counter, input, ...on })
    expect(await weft.call({ account: ANN, to: counter, data, ...on })).toEqual(told)
    expect(await weft.call({ account: { address: ANN }, to: counter, input: data, ...on })).toEqual(told)
    const caller: Hex = '0x335f5260205ff3'
    const who = async (options: object) =>
      `0x${hexOf((await weft.call({ code: caller, ...options })).output).slice(26)}`
    expect([await who({}), await who({ account: { address: BOB } }), await who({ from: ANN })]).toEqual([
      `0x${'0'.repeat(40)}`,
      BOB,
      ANN,
    ])
    const asked = { to: counter, data, ...on, stateOverride: [{ address: counter, state: [] }] }
    expect(BigInt(hexOf((await weft.call(asked)).output))).toBe(0n)
    expect(weft.callSync(asked).output).toEqual((await weft.call(asked)).output)
    const time = await weft.call({ code: '0x425f5260205ff3', blockOverrides: { time: 77n } })
    expect(BigInt(hexOf(time.output))).toBe(77n)

    const increment = { to: counter, data: call('Counter', 'increment()') }
    const gas = await weft.estimateGas({ ...increment, from: ANN }, on)
    expect(await weft.estimateGas({ ...increment, account: { address: ANN }, nonce: 77, type: 'eip1559' }, on)).toBe(
      gas,
    )
  })

  it('a signed transaction is bytes or hex', async () => {
    const transfer = encodeRequest({ to: BOB }, 21_000n, 1n, { nonce: 1n, seal: ANN })
    const on = { env: { ...env, baseFee: 0n }, source: rich(), sender: ANN }
    const refused = { code: 'TransactionException.NONCE_MISMATCH_TOO_LOW' }
    await expect(weft.runTx(transfer, on)).rejects.toMatchObject(refused)
    await expect(weft.runTx(hexOf(transfer), on)).rejects.toMatchObject(refused)
    await expect(weft.runTx('0x1', on)).rejects.toMatchObject({ code: 'INPUT', field: 'signed' })
  })

  it.each<[string, () => unknown]>([
    ['account', () => weft.simulate({ calls: [{ from: ANN, account: BOB }], env, source: rich() })],
    ['account', () => weft.call({ account: 'me' as Hex })],
    ['data', () => weft.call({ to: BOB, data: '0x', input: '0x' })],
    ['data', () => weft.call({ to: BOB, data: '0x1' })],
    ['gasPrice', () => weft.call({ to: BOB, gasPrice: 1n } as object)],
    ['accessList', () => weft.call({ to: BOB, accessList: [] } as object)],
    ['blockOverrides.blobBaseFee', () => weft.call({ to: BOB, blockOverrides: { blobBaseFee: 1n } as object })],
    ['blobs', () => weft.simulate({ calls: [{ to: BOB, blobs: ['0x'] } as TxRequest], env, source: rich() })],
  ])('%s that means nothing, or would be passed over, is refused', async (field, run) => {
    await expect(run()).rejects.toMatchObject({ code: 'INPUT', field })
  })
})

describe('synchronous calls', () => {
  it('are what the others are', async () => {
    const { state, counter } = await withCounter()
    const options = { to: counter, input: hexBytes(call('Counter', 'count()'))!, env, source: state }
    expect(weft.callSync(options)).toEqual(await weft.call(options))
    expect(weft.callSync({ code: hexBytes('0x60425f5260205ff3')! }).output.at(-1)).toBe(0x42)
  })

  it('are what the others are, whichever', async () => {
    const { state, counter } = await withCounter()
    const increment: TxRequest = { from: ANN, to: counter, data: call('Counter', 'increment()') }
    const on = { env, source: state }
    expect(weft.estimateGasSync(increment, on)).toBe(await weft.estimateGas(increment, on))
    expect(weft.createAccessListSync(increment, on)).toEqual(await weft.createAccessList(increment, on))
    const calls = [increment, increment]
    const stateOverride = [
      { address: counter, stateDiff: [{ slot: `0x${word(0)}` as Hex, value: `0x${word(5)}` as Hex }] },
    ]
    const simulated = await weft.simulate({ calls, ...on, stateOverride })
    expect(weft.simulateSync({ calls, ...on, stateOverride })).toEqual(simulated)
    expect(simulated.diff.find(({ address }) => address === counter)!.storage).toEqual([[0n, 7n]])
  })

  const slow = {
    account: async () => null,
    code: () => new Uint8Array(),
    storage: () => 0n,
    blockHash: () => `0x${'0'.repeat(64)}` as Hex,
  }
  const stateOverride = [{ address: BOB, balance: 1n }]
  const request: TxRequest = { from: ANN, to: BOB }
  const signed = encodeRequest({ to: BOB }, 21_000n, 1n, { nonce: 3n, seal: ANN })
  it.each<[string, () => unknown]>([
    ['callSync', () => weft.callSync({ to: BOB, env, source: slow })],
    ['callSync with an override', () => weft.callSync({ to: BOB, env, source: slow, stateOverride })],
    ['runTxSync', () => weft.runTxSync(signed, { env, source: slow, sender: ANN })],
    ['simulateSync', () => weft.simulateSync({ calls: [request], env, source: slow })],
    ['simulateSync with an override', () => weft.simulateSync({ calls: [request], env, source: slow, stateOverride })],
    ['estimateGasSync', () => weft.estimateGasSync(request, { env, source: slow })],
    ['createAccessListSync', () => weft.createAccessListSync(request, { env, source: slow })],
  ])('%s names what would have to be waited for', (_, run) => {
    const error = (() => {
      try {
        return run()
      } catch (error) {
        return error
      }
    })()
    expect(error).toBeInstanceOf(MissingStateError)
    expect(error).toMatchObject({ keys: [{ kind: 'account' }] })
    // The engine is as it was.
    expect(weft.callSync({ code: Uint8Array.of(0) }).status).toBe('success')
  })

  it('name a library that is not loaded, and take it when it is', async () => {
    const fresh = await createWeft({ wasm: wasmBytes('simd') })
    const recover = { to: `0x${'0'.repeat(39)}1` as Address, input: new Uint8Array(128), env }
    expect(() => fresh.callSync(recover)).toThrow(CryptoNotLoadedError)
    await fresh.load()
    expect(fresh.callSync(recover).status).toBe('success')
    await fresh.close()
    expect(() => fresh.callSync(recover)).toThrow(InputError)
  })

  it('are refused while another call is running', async () => {
    const running = weft.call({ code: Uint8Array.of(0) })
    expect(() => weft.callSync({ code: Uint8Array.of(0) })).toThrow(InputError)
    await running
    expect(weft.callSync({ code: Uint8Array.of(0) }).status).toBe('success')
  })
})

const node = await startNode(['--hardfork', 'cancun'])
if (typeof node === 'string') it('against anvil', context => context.skip(node))
else {
  describe('against anvil', () => {
    let exchange: Exchange
    let source: RpcSource
    beforeAll(async () => {
      exchange = await exchangeBlocks(node)
      source = await rpcSource(node.url, 'latest', { fork: 'cancun' })
    }, 60_000)
    afterAll(() => (node as Node).close())

    const requests = (): Record<string, TxRequest> => {
      const { router, tokens, counter } = exchange
      const from = node.accounts[1]!
      const swap = [10n ** 15n, 0, 160, from, 10n ** 12n, 2, ...tokens] as const
      return {
        swap: {
          from,
          to: router,
          data: call('ExchangeRouter', 'swapExactTokensForTokens(uint256,uint256,address[],address,uint256)', ...swap),
        },
        transfer: { from, to: tokens[0], data: call('Token', 'transfer(address,uint256)', BOB, 5) },
        count: { from, to: counter, data: call('Counter', 'increment()') },
        payment: { from, to: BOB, value: 1n },
      }
    }

    it.each(['swap', 'transfer', 'count', 'payment'])('a %s accesses, returns and takes the same', async name => {
      const request = requests()[name]!
      const rpc = { ...request, ...(request.value && { value: `0x${request.value.toString(16)}` }) }
      const on = { env: source.env, source }
      const ours = await weft.createAccessList(request, on)
      const theirs = await node.ask<{ accessList: { address: Hex; storageKeys: Hex[] }[]; gasUsed: Hex }>(
        'eth_createAccessList',
        rpc,
        'latest',
      )
      const sorted = (list: readonly { address: Hex; storageKeys: readonly Hex[] }[]) =>
        list.map(({ address, storageKeys }) => [address, ...storageKeys.toSorted()].join()).toSorted()
      expect(sorted(ours.accessList)).toEqual(sorted(theirs.accessList))
      const { results } = await weft.simulate({ calls: [request], ...on })
      expect(hexOf(results[0]!.output)).toBe(await node.ask('eth_call', rpc, 'latest'))
      const [estimate, anvils] = [
        await weft.estimateGas(request, on),
        BigInt(await node.ask('eth_estimateGas', rpc, 'latest')),
      ]
      expect(estimate).toBeLessThanOrEqual(anvils)
      expect(Number(anvils - estimate) / Number(anvils)).toBeLessThan(0.1)
    })
  })
}
