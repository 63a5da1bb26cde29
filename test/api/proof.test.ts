// Proofs of accounts and slots, there or not: roots and nodes are those of the tries of EthereumJS.
import { createMerkleProof, createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Address,
  createWeft,
  EMPTY_CODE_HASH,
  type FullAccount,
  type Hex,
  MemorySource,
  State,
  type Weft,
} from '../../src/index.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { random, randomBytes } from '../setup/random.ts'
import { wasmBytes } from '../setup/weft.ts'

let weft: Weft
beforeAll(async () => {
  weft = await createWeft({ wasm: wasmBytes('simd') })
})
afterAll(() => weft.close())

const wordOf = (value: bigint): Uint8Array => hexBytes(`0x${value.toString(16).padStart(64, '0')}`)!

interface Whole {
  accounts: [Address, FullAccount & { storage: [bigint, bigint][] }][]
}

/** Accounts, some with slots. */
function wholeState(seed: number, count: number): Whole {
  const next = random(seed)
  const big = (bytes: number): bigint => BigInt(hexOf(randomBytes(next, bytes)))
  return {
    accounts: Array.from({ length: count }, () => [
      hexOf(randomBytes(next, 20)),
      {
        ...{ nonce: BigInt(next(300)), balance: big(1 + next(12)), codeHash: EMPTY_CODE_HASH },
        storage: Array.from({ length: next(3) === 0 ? next(80) : 0 }, () => [
          big(1 + next(32)),
          big(1 + next(31)) + 1n,
        ]),
      },
    ]),
  }
}

/** A trie of EthereumJS. */
async function trieOf(entries: [Uint8Array, Uint8Array][]): Promise<MerklePatriciaTrie> {
  const trie = await createMPT({ useKeyHashing: true })
  for (const [key, value] of entries) await trie.put(key, value)
  return trie
}
const storageTrie = (storage: [bigint, bigint][]) =>
  trieOf(storage.map(([key, value]) => [wordOf(key), RLP.encode(value)]))
const nodesTo = async (trie: MerklePatriciaTrie, key: Uint8Array): Promise<Hex[]> =>
  (await createMerkleProof(trie, key)).map(hexOf)

describe.each([1, 2, 40, 700])('%d accounts', count => {
  it('are proved as EthereumJS proves them, and so are slots, and what is not there', async () => {
    const { accounts } = wholeState(count, count)
    const tries = await Promise.all(accounts.map(([, { storage }]) => storageTrie(storage)))
    const state = await trieOf(
      accounts.map(([address, { nonce, balance, codeHash }], i) => {
        return [hexBytes(address)!, RLP.encode([nonce, balance, tries[i]!.root(), hexBytes(codeHash)!])]
      }),
    )
    const source = new MemorySource({ accounts, complete: true })
    const richest = accounts
      .map((_, i) => i)
      .sort((a, b) => accounts[b]![1].storage.length - accounts[a]![1].storage.length)
    for (const i of [richest[0]!, count - 1]) {
      const [address, { storage, ...values }] = accounts[i]!
      const keys = [...storage.slice(0, 6).map(([key]) => key), 12_345n]
      const proof = await weft.getProof(address, keys, source)
      expect(proof).toMatchObject({
        address,
        ...values,
        stateRoot: hexOf(state.root()),
        storageHash: hexOf(tries[i]!.root()),
      })
      expect(proof.accountProof).toEqual(await nodesTo(state, hexBytes(address)!))
      const values_ = new Map(storage)
      for (const { key, value, proof: nodes } of proof.storageProof) {
        expect(value).toBe(values_.get(key) ?? 0n)
        expect(nodes).toEqual(storage.length > 0 ? await nodesTo(tries[i]!, wordOf(key)) : ['0x80'])
      }
      expect(proof.storageProof.map(({ key }) => key)).toEqual(keys)
    }
    const nobody: Address = `0x${'ab'.repeat(20)}`
    const proof = await weft.getProof(nobody, [], source)
    expect(proof).toMatchObject({ nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH })
    expect(proof.accountProof).toEqual(await nodesTo(state, hexBytes(nobody)!))
  })
})

it('a State is proved with what was changed, on an engine with threads too', async () => {
  const { accounts } = wholeState(9, 30)
  const [address] = accounts[0]!
  const state = new State(new MemorySource({ accounts, complete: true }))
  const before = await weft.getProof(address, [5n], state)
  await state.set(address, { balance: 77n, storage: [[5n, 6n]] })
  const after = await weft.getProof(address.toUpperCase().replace('X', 'x') as Address, [5n], state)
  expect([after.balance, after.storageProof[0]!.value]).toEqual([77n, 6n])
  expect(after.stateRoot).not.toBe(before.stateRoot)
  const threaded = await createWeft({ threads: 2, threadsWasm: wasmBytes('threads') })
  expect(await threaded.getProof(address, [5n], state)).toEqual(after)
  await threaded.close()
})

it.each<[string, () => Promise<unknown>]>([
  ['source', () => weft.getProof(`0x${'ab'.repeat(20)}`, [], new MemorySource())],
  ['source', () => weft.getProof(`0x${'ab'.repeat(20)}`, [], new State(new MemorySource()))],
  ['address', () => weft.getProof('0x12', [], new State())],
  ['keys[1]', () => weft.getProof(`0x${'ab'.repeat(20)}`, [1n, 2n ** 256n], new State())],
])('%s that cannot be is refused', async (field, run) => {
  await expect(run()).rejects.toMatchObject({ code: 'INPUT', field })
})
