// MemorySource and OverlaySource: answers, diffs, and both against one model under random diffs.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MissingStateError } from '../../src/errors.ts'
import { MemorySource } from '../../src/state/memory.ts'
import { Changes, OverlaySource } from '../../src/state/overlay.ts'
import { listedState } from '../../src/state/preload.ts'
import type { Source } from '../../src/state/source.ts'
import { type AccountDiff, type Address, EMPTY_CODE_HASH, type Hex } from '../../src/types.ts'

const A: Address = `0x${'aa'.repeat(20)}`
const B: Address = `0x${'bb'.repeat(20)}`
const HASH: Hex = `0x${'12'.repeat(32)}`
const CODE = new Uint8Array([0x60, 0x00])

const change = (address: Address, rest: Partial<AccountDiff> = {}): AccountDiff => ({
  address,
  exists: true,
  storageCleared: false,
  nonce: 1n,
  balance: 1n,
  codeHash: EMPTY_CODE_HASH,
  storage: [],
  ...rest,
})

const sample = () =>
  new MemorySource({
    accounts: [
      [
        A,
        {
          nonce: 1n,
          balance: 10n,
          codeHash: HASH,
          storage: [
            [1n, 11n],
            [2n, 0n],
            [3n, 33n],
          ],
        },
      ],
    ],
    codes: [[HASH, CODE]],
    blockHashes: [[7n, HASH]],
  })

describe('MemorySource', () => {
  it('answers what it has, and absence for the rest', () => {
    const source = sample()
    expect(source.account(A)).toEqual({ nonce: 1n, balance: 10n, codeHash: HASH })
    expect(source.account(B)).toBeNull()
    expect([source.storage(A, 1n), source.storage(A, 2n), source.storage(A, 9n), source.storage(B, 1n)]).toEqual([
      11n,
      0n,
      0n,
      0n,
    ])
    expect(source.code(HASH)).toBe(CODE)
    expect(source.code(EMPTY_CODE_HASH)).toHaveLength(0)
    expect(source.blockHash(7n)).toBe(HASH)
    expect(source.complete).toBe(false)
  })

  it('names a code or block hash that it does not have', () => {
    const other: Hex = `0x${'34'.repeat(32)}`
    expect(() => sample().code(other)).toThrow(new MissingStateError([{ kind: 'code', codeHash: other }]))
    expect(() => sample().blockHash(8n)).toThrow('the source does not have hash of block 8')
  })

  it('asks a code lookup once per code', () => {
    let asked = 0
    const source = new MemorySource({
      codes: hash => {
        asked++
        return hash === HASH ? CODE : undefined
      },
    })
    expect([source.code(HASH), source.code(HASH)]).toEqual([CODE, CODE])
    expect(asked).toBe(1)
    expect(() => source.code(`0x${'56'.repeat(32)}`)).toThrow(MissingStateError)
  })

  it('lists accounts with their non-zero slots', () => {
    const [entry, ...rest] = [...sample().entries()]
    expect(rest).toEqual([])
    expect(entry?.address).toBe(A)
    expect([...(entry?.storage ?? [])]).toEqual([
      [1n, 11n],
      [3n, 33n],
    ])
  })

  it('takes a diff over', () => {
    const source = sample()
    const deployed: Hex = `0x${'78'.repeat(32)}`
    source.apply([
      change(A, {
        nonce: 2n,
        balance: 3n,
        codeHash: HASH,
        storage: [
          [1n, 0n],
          [4n, 44n],
        ],
      }),
      change(B, { codeHash: deployed, code: CODE }),
    ])
    expect(source.account(A)).toEqual({ nonce: 2n, balance: 3n, codeHash: HASH })
    expect([1n, 3n, 4n].map(key => source.storage(A, key))).toEqual([0n, 33n, 44n])
    expect(source.code(deployed)).toBe(CODE)
    source.apply([change(A, { exists: false })])
    expect([source.account(A), source.storage(A, 3n)]).toEqual([null, 0n])
    source.apply([change(A)])
    expect(source.storage(A, 3n)).toBe(0n)
    expect([...source.entries()].map(entry => entry.address).sort()).toEqual([A, B])
  })

  it('learns block hashes', () => {
    const source = sample()
    source.setBlockHash(8n, EMPTY_CODE_HASH)
    expect(source.blockHash(8n)).toBe(EMPTY_CODE_HASH)
  })
})

describe('OverlaySource', () => {
  it('leaves its base alone', () => {
    const base = sample()
    const overlay = new OverlaySource(base)
    overlay.apply([change(A, { exists: false }), change(B, { storage: [[1n, 5n]] })])
    expect([overlay.account(A), overlay.storage(A, 1n), overlay.storage(B, 1n)]).toEqual([null, 0n, 5n])
    expect([base.account(A)?.balance, base.storage(A, 1n), base.account(B)]).toEqual([10n, 11n, null])
    expect([overlay.blockHash(7n), overlay.code(HASH)]).toEqual([HASH, CODE])
  })

  it('hides the slots of a storage that was wiped', () => {
    const overlay = new OverlaySource(sample())
    overlay.apply([change(A, { storageCleared: true, storage: [[3n, 1n]] })])
    expect([overlay.storage(A, 1n), overlay.storage(A, 3n)]).toEqual([0n, 1n])
    overlay.apply([change(A, { storage: [[4n, 4n]] })])
    expect([1n, 3n, 4n].map(key => overlay.storage(A, key))).toEqual([0n, 1n, 4n])
  })

  it('lays the same changes over another base', () => {
    const changes = new Changes()
    changes.add([change(A, { balance: 99n })])
    changes.blockHashes.set(8n, HASH)
    const next = new OverlaySource(new MemorySource({ accounts: [[B, change(B)]] }), changes)
    expect([(next.account(A) as { balance: bigint }).balance, next.blockHash(8n)]).toEqual([99n, HASH])
    expect(next.account(B)).not.toBeNull()
  })

  it('passes prefetch on, lists nothing where the base cannot, and may answer with promises', async () => {
    const keys: unknown[] = []
    const remote: Source = {
      account: async () => null,
      code: async () => CODE,
      storage: async () => 5n,
      blockHash: async () => HASH,
      prefetch: asked => void keys.push(...asked),
    }
    const overlay = new OverlaySource(remote)
    overlay.prefetch([{ kind: 'account', address: A }])
    expect(keys).toEqual([{ kind: 'account', address: A }])
    expect([overlay.entries, overlay.complete]).toEqual([undefined, false])
    expect(await overlay.storage(A, 1n)).toBe(5n)
  })
})

describe('random diffs', () => {
  const addresses: Address[] = [A, B, `0x${'cc'.repeat(20)}`]
  const slots = fc.uniqueArray(fc.tuple(fc.bigInt(0n, 4n), fc.bigInt(0n, 3n)), {
    selector: slot => slot[0],
    maxLength: 4,
  })
  const diff = fc.uniqueArray(
    fc.record({
      address: fc.constantFrom(...addresses),
      exists: fc.boolean(),
      storageCleared: fc.boolean(),
      nonce: fc.bigInt(0n, 9n),
      balance: fc.bigInt(0n, 9n),
      codeHash: fc.constantFrom(EMPTY_CODE_HASH, HASH),
      storage: slots,
    }),
    { selector: changed => changed.address, maxLength: 3 },
  )
  type Model = Map<Address, Map<bigint, bigint>>

  /** The plainest possible reading of a diff: whole maps, one account after the other. */
  function applyToModel(model: Model, changes: readonly AccountDiff[]): void {
    for (const { address, exists, storageCleared, storage } of changes) {
      const kept = storageCleared || !exists ? [] : [...(model.get(address) ?? [])]
      if (!exists) model.delete(address)
      else
        model.set(address, new Map([...kept, ...storage].filter(([, value], i, all) => keeps(all, i) && value !== 0n)))
    }
  }
  /** The last of several entries of one key counts. */
  const keeps = (all: readonly (readonly [bigint, bigint])[], i: number) =>
    all.findLastIndex(([key]) => key === all[i]![0]) === i

  const listing = (source: MemorySource | OverlaySource) =>
    [...source.entries!()]
      .map(({ address, storage }) => [address, [...storage].map(String).sort()])
      .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))

  const listed = (source: Source) => listedState(source)!.bytes
  const withoutRecords = (source: Source): Source =>
    Object.assign(Object.create(source), {
      entries: () => [...source.entries!()].map(({ address, account, storage }) => ({ address, account, storage })),
    })

  it('give the same state in memory, as an overlay, and in a model', () => {
    fc.assert(
      fc.property(fc.array(diff, { maxLength: 6 }), diffs => {
        const start = {
          accounts: [[A, { nonce: 1n, balance: 1n, codeHash: EMPTY_CODE_HASH, storage: [[1n, 1n]] }]],
        } as const
        const memory = new MemorySource(start as never)
        const overlay = new OverlaySource(new MemorySource(start as never))
        const model: Model = new Map([[A, new Map([[1n, 1n]])]])
        for (const changes of diffs) {
          memory.apply(changes)
          overlay.apply(changes)
          applyToModel(model, changes)
          // Listed after each change, so that kept records have had the chance to be those of before.
          for (const source of [memory, overlay]) expect(listed(source)).toEqual(listed(withoutRecords(source)))
        }
        const wanted = [...model].map(([address, map]) => [address, [...map].map(String).sort()])
        wanted.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
        expect(listing(memory)).toEqual(wanted)
        expect(listing(overlay)).toEqual(wanted)
        for (const address of addresses) {
          expect(overlay.account(address)).toEqual(memory.account(address))
          for (let key = 0n; key <= 4n; key++) {
            expect(overlay.storage(address, key)).toBe(model.get(address)?.get(key) ?? 0n)
            expect(memory.storage(address, key)).toBe(model.get(address)?.get(key) ?? 0n)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
