// Chains of one's own: their forks by block and by time, their blobs, and what takes them: environments, providers, sources of nodes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Address,
  type ChainOptions,
  createEnv,
  createProvider,
  createWeft,
  defineChain,
  type Hex,
  type Provider,
  rpcBlock,
  rpcSource,
  type Weft,
} from '../../src/index.ts'
import { startNode } from '../rpc/node.ts'
import { wasmBytes } from '../setup/weft.ts'

const BLOBS = { target: 1, max: 2, updateFraction: 99 }
const options: ChainOptions = {
  chainId: 777,
  forks: [
    { fork: 'berlin', block: 0 },
    { fork: 'london', block: 3n },
    { fork: 'paris', block: 3 },
    { fork: 'shanghai', timestamp: 2_000_000_000 },
    { fork: 'cancun', timestamp: 2_000_000_100n },
    { fork: 'bpo1', timestamp: 2_000_000_200n },
  ],
  blobSchedule: { cancun: BLOBS },
}
const chain = defineChain(options)

describe('a chain', () => {
  it.each([
    [0n, 0n, 'berlin'],
    [2n, 5_000_000_000n, 'bpo1'],
    [2n, 1n, 'berlin'],
    [3n, 1n, 'paris'],
    [9n, 1_999_999_999n, 'paris'],
    [9n, 2_000_000_000n, 'shanghai'],
    [9n, 2_000_000_099n, 'shanghai'],
    [9n, 2_000_000_100n, 'cancun'],
    [9n, 2_000_000_200n, 'bpo1'],
  ])('has in block %d at %d the fork %s', (number, timestamp, fork) => {
    expect(chain.forkAt({ number, timestamp })).toBe(fork)
    expect(createEnv(chain, { number, timestamp })).toMatchObject({ chainId: 777n, number, timestamp, fork })
  })

  it('has blobs as it says, or as mainnet has them', () => {
    const blobs = (timestamp: bigint) => {
      const { blobMax, blobUpdateFraction } = createEnv(chain, { number: 9n, timestamp })
      return [blobMax, blobUpdateFraction]
    }
    expect([blobs(1n), blobs(2_000_000_150n), blobs(2_000_000_200n)]).toEqual([
      [0, 0],
      [2, 99],
      [15, 8346193],
    ])
    expect(createEnv(chain, { number: 9n, timestamp: 2_000_000_150n, blobMax: 5, chainId: 5n })).toMatchObject({
      blobMax: 5,
      chainId: 5n,
    })
  })

  it.each<[string, Partial<ChainOptions>, string]>([
    ['chainId', { chainId: 0 }, '"chainId" expected a number from 1 to 2^64-1, got 0'],
    ['chainId', { chainId: 1.5 }, '"chainId" expected a whole number'],
    ['chainId', { chainId: 1n << 64n }, '"chainId" expected a whole number'],
    ['forks', { forks: [] }, '"forks" expected at least one fork'],
    ['fork', { forks: [{ fork: 'amsterdam' as never, block: 0 }] }, '"forks[0].fork" expected one of frontier'],
    ['begin', { forks: [{ fork: 'london' }] }, '"forks[0]" expected a block or a timestamp, got neither'],
    [
      'begin',
      { forks: [{ fork: 'london', block: 0, timestamp: 0 }] },
      '"forks[0]" expected a block or a timestamp, got both',
    ],
    [
      'first',
      { forks: [{ fork: 'london', block: 1 }] },
      '"forks[0].block" expected 0: the first fork begins at genesis, got 1',
    ],
    ['sign', { forks: [{ fork: 'london', block: -1 }] }, '"forks[0].block" expected a whole number'],
    [
      'order',
      {
        forks: [
          { fork: 'london', block: 0 },
          { fork: 'berlin', block: 5 },
        ],
      },
      '"forks[1].fork" expected a fork after london, got berlin',
    ],
    [
      'ascent',
      {
        forks: [
          { fork: 'berlin', block: 0 },
          { fork: 'london', block: 5 },
          { fork: 'paris', block: 4 },
        ],
      },
      '"forks[2].block" expected 5 or more, as the fork before, got 4',
    ],
    [
      'ascent',
      {
        forks: [
          { fork: 'paris', timestamp: 0 },
          { fork: 'shanghai', timestamp: 9 },
          { fork: 'cancun', timestamp: 8 },
        ],
      },
      '"forks[2].timestamp" expected 9 or more, as the fork before, got 8',
    ],
    [
      'kind',
      {
        forks: [
          { fork: 'shanghai', timestamp: 0 },
          { fork: 'cancun', block: 8 },
        ],
      },
      '"forks[1].block" expected a timestamp, as the fork before has, got 8',
    ],
    ['blobs', { blobSchedule: { london: BLOBS } }, '"blobSchedule.london" expected a fork from cancun on, got london'],
    [
      'blobs',
      { blobSchedule: { cancun: { ...BLOBS, target: 3 } } },
      '"blobSchedule.cancun" expected a target and a max',
    ],
    [
      'blobs',
      { blobSchedule: { cancun: { ...BLOBS, max: 2.5 } } },
      '"blobSchedule.cancun" expected a target and a max',
    ],
    [
      'blobs',
      { blobSchedule: { prague: { ...BLOBS, updateFraction: 0 } } },
      '"blobSchedule.prague.updateFraction" expected',
    ],
  ])('is refused with a wrong %s', (_, change, message) => {
    expect(() => defineChain({ ...options, ...change })).toThrow(message)
  })
})

describe('a provider', () => {
  /** PUSH0 PUSH0 RETURN, since Shanghai; BLOBBASEFEE, since Cancun. */
  const [pushes, blobs]: [Address, Address] = [`0x${'5f'.repeat(20)}`, `0x${'4a'.repeat(20)}`]
  let weft: Weft
  let provider: Provider
  const ask = <T = Hex>(method: string, ...params: unknown[]): Promise<T> =>
    provider.request({ method, params }) as Promise<T>
  const runs = (to: Address) => ask('eth_call', { to }, 'latest').then(Boolean, () => false)
  beforeAll(async () => {
    weft = await createWeft({ wasm: wasmBytes('simd') })
    provider = await createProvider(weft, { chain })
    await ask('anvil_setCode', pushes, '0x5f5ff3')
    await ask('anvil_setCode', blobs, '0x4a5000')
  })
  afterAll(() => weft.close())

  it('goes from fork to fork with its blocks', async () => {
    const fee = async () =>
      BigInt((await ask<{ baseFeePerGas: Hex }>('eth_getBlockByNumber', 'latest', false)).baseFeePerGas ?? 0)
    expect(await ask('eth_chainId')).toBe('0x309')
    const seen = []
    for (const time of [0, 0, 0, 0, 2_000_000_000, 2_000_000_100]) {
      if (time > 0) await ask('evm_mine', time)
      seen.push([BigInt(await ask('eth_blockNumber')), await fee(), await runs(pushes), await runs(blobs)])
      if (time === 0) await ask('evm_mine')
    }
    const first = 10n ** 9n
    expect(seen).toEqual([
      [0n, 0n, false, false],
      [1n, 0n, false, false],
      [2n, 0n, false, false],
      [3n, first, false, false],
      [5n, expect.any(BigInt), true, false],
      [6n, expect.any(BigInt), true, true],
    ])
  })

  it('is refused with an environment of another chain', async () => {
    const made = createProvider(weft, { chain, env: createEnv('london', { chainId: 1n }) })
    await expect(made).rejects.toThrow('"env.chainId" expected 777, of the chain, got 1')
  })
})

const node = await startNode(['--chain-id', '777', '--hardfork', 'cancun'])
if (typeof node === 'string') it('a node', context => context.skip(node))
else {
  afterAll(() => node.close())

  it('a node is of the chain that was asked for, and its blocks have its rules', async () => {
    await node.ask('anvil_mine', '0x2')
    const own = defineChain({
      chainId: 777,
      forks: [{ fork: 'cancun', timestamp: 0 }],
      blobSchedule: { cancun: BLOBS },
    })
    const expected = { chainId: 777n, fork: 'cancun', blobMax: 2, blobUpdateFraction: 99 }
    expect((await rpcSource(node.url, 'latest', { chain: own })).env).toMatchObject(expected)
    const { block } = await rpcBlock(node.url, 1n, { chain: own })
    expect(block.env).toMatchObject({ ...expected, number: 1n })
    const other = defineChain({ ...options, chainId: 778 })
    await expect(rpcSource(node.url, 'latest', { chain: other })).rejects.toMatchObject({ code: 'SOURCE_WRONG_CHAIN' })
    await expect(rpcSource(node.url, 'latest', { chain: own, chainId: 777n })).rejects.toThrow('"chain" expected')
  })
}
