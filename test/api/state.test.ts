// State: values, snapshots against a model, and the state file of Anvil in both directions.
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import {
  type Address,
  dumpState,
  EMPTY_CODE_HASH,
  type Hex,
  InputError,
  loadState,
  MemorySource,
  OverlaySource,
  State,
} from '../../src/index.ts'
import { hexOf } from '../../src/input/hex.ts'
import { startNode } from '../rpc/node.ts'

const ADDRESSES: readonly Address[] = ['11', '22', '33'].map(byte => `0x${byte.repeat(20)}` as Address)
const [A] = ADDRESSES as [Address]

describe('a State', () => {
  it('lays values over what is below', () => {
    const base = new MemorySource({
      accounts: [
        [
          A,
          {
            nonce: 1n,
            balance: 2n,
            codeHash: EMPTY_CODE_HASH,
            storage: [
              [1n, 10n],
              [2n, 20n],
            ],
          },
        ],
      ],
    })
    const state = new State(base)
    state.set(A, { balance: 5n, storage: [[1n, 11n]] })
    expect(state.account(A)).toMatchObject({ nonce: 1n, balance: 5n })
    expect([1n, 2n].map(key => state.storage(A, key))).toEqual([11n, 20n])
    state.set(A, { code: Uint8Array.of(1, 2), storageCleared: true })
    expect([1n, 2n].map(key => state.storage(A, key))).toEqual([0n, 0n])
    expect(state.code((state.account(A) as { codeHash: Hex }).codeHash)).toEqual(Uint8Array.of(1, 2))
    expect(base.account(A)).toMatchObject({ nonce: 1n, balance: 2n })
  })

  it('waits for a source that has to be waited for', async () => {
    const base = new MemorySource({ accounts: [[A, { nonce: 1n, balance: 2n, codeHash: EMPTY_CODE_HASH }]] })
    const state = new State({
      account: async address => base.account(address),
      code: hash => base.code(hash),
      storage: (address, key) => base.storage(address, key),
      blockHash: number => base.blockHash(number),
    })
    await state.set(A, { balance: 3n })
    expect(state.account(A)).toMatchObject({ nonce: 1n, balance: 3n })
  })

  it('refuses values that no account can have', () => {
    for (const values of [
      { balance: -1n },
      { nonce: 2n ** 64n },
      { storage: [[0n, 2n ** 256n]] as [bigint, bigint][] },
    ]) {
      expect(() => new State().set(A, values)).toThrow(InputError)
    }
  })

  it('goes back to any snapshot, and forgets the later ones', () => {
    const action = fc.oneof(
      fc.record({
        kind: fc.constant('set' as const),
        of: fc.nat(2),
        balance: fc.bigInt(0n, 99n),
        key: fc.bigInt(0n, 3n),
        value: fc.bigInt(0n, 3n),
        storageCleared: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('snapshot' as const) }),
      fc.record({ kind: fc.constant('revert' as const), back: fc.nat(5) }),
    )
    const list = (state: State) =>
      [...state.list()]
        .map(({ address, account, storage }) => [address, account.balance, [...storage].toSorted()])
        .toSorted()
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), actions => {
        const state = new State()
        const taken: [number, unknown][] = []
        for (const step of actions) {
          if (step.kind === 'set') {
            const { balance, key, value, storageCleared } = step
            state.set(ADDRESSES[step.of]!, { balance, storage: [[key, value]], storageCleared })
          } else if (step.kind === 'snapshot') taken.push([state.snapshot(), list(state)])
          else if (taken.length > 0) {
            const at = step.back % taken.length
            const [id, expected] = taken[at]!
            expect(state.revert(id)).toBe(true)
            expect(list(state)).toEqual(expected)
            for (const [gone] of taken.splice(at)) expect(state.revert(gone)).toBe(false)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('tells what it has over a source that can', () => {
    const base = new MemorySource()
    const asked: string[] = []
    const telling = Object.assign(new OverlaySource(base), {
      has: () => false,
      prefetch: (keys: readonly { kind: string }[]) => void asked.push(...keys.map(({ kind }) => kind)),
    })
    const state = new State(telling)
    state.apply([
      {
        address: A,
        exists: true,
        storageCleared: false,
        nonce: 0n,
        balance: 1n,
        codeHash: EMPTY_CODE_HASH,
        storage: [[1n, 1n]],
      },
    ])
    expect([
      state.has!({ kind: 'account', address: A }),
      state.has!({ kind: 'storage', address: A, key: 1n }),
      state.has!({ kind: 'storage', address: A, key: 2n }),
    ]).toEqual([true, true, false])
    state.prefetch([
      { kind: 'account', address: A },
      { kind: 'storage', address: A, key: 2n },
    ])
    expect(asked).toEqual(['storage'])
  })
})

const node = await startNode()
if (typeof node === 'string') it("anvil's state file", context => context.skip(node))
else {
  afterAll(() => node.close())

  describe("anvil's state file", () => {
    const gzipped = async (json: unknown): Promise<Hex> => {
      const stream = new Blob([JSON.stringify(json)]).stream().pipeThrough(new CompressionStream('gzip'))
      return hexOf(new Uint8Array(await new Response(stream).arrayBuffer()))
    }
    const gunzipped = async (hex: Hex): Promise<unknown> => {
      const stream = new Blob([Buffer.from(hex.slice(2), 'hex')]).stream().pipeThrough(new DecompressionStream('gzip'))
      return await new Response(stream).json()
    }

    it('is read by anvil, and what anvil writes is read back', async () => {
      const state = new State()
      state.set(A, {
        nonce: 7n,
        balance: 10n ** 21n,
        code: Uint8Array.of(0x60, 0x01),
        storage: [
          [5n, 6n],
          [2n ** 255n, 2n ** 200n],
        ],
      })
      expect(await node.ask('anvil_loadState', await gzipped(await dumpState(state)))).toBe(true)
      expect(await node.ask('eth_getBalance', A, 'latest')).toBe('0x3635c9adc5dea00000')
      expect(await node.ask('eth_getTransactionCount', A, 'latest')).toBe('0x7')
      expect(await node.ask('eth_getCode', A, 'latest')).toBe('0x6001')
      expect(BigInt(await node.ask('eth_getStorageAt', A, '0x5', 'latest'))).toBe(6n)
      const back = await loadState(await gunzipped(await node.ask('anvil_dumpState')))
      const found = [...back.list()].find(({ address }) => address === A)!
      expect(found.account).toEqual(state.account(A))
      expect([...found.storage].toSorted()).toEqual(
        [
          [5n, 6n],
          [2n ** 255n, 2n ** 200n],
        ].toSorted(),
      )
      expect([...back.list()].length).toBeGreaterThan(10) // anvil's own accounts
    })
  })
}

it.each([
  ['accounts', {}],
  ['accounts', { accounts: { me: {} } }],
  ['accounts', { accounts: { [A]: { nonce: 0, balance: 'much' } } }],
  ['accounts', { accounts: { [A]: { nonce: -1, balance: '0x0' } } }],
  ['accounts', { accounts: { [A]: { nonce: 0, balance: '0x0', storage: { '0xzz': '0x1' } } } }],
])('a state file that is malformed names its field: %s', async (field, json) => {
  const error = await loadState(json).catch(error => error)
  expect(error).toBeInstanceOf(InputError)
  expect(error.field).toContain(field)
})
