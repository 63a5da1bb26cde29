// witnessSource and readWitness: which forms are read, what a witness answers, and what is said where it lacks something, holds
// something wrong or too much. The state is small, so that every node of its tries is known by name.
import { describe, expect, it } from 'vitest'
import type { Header } from '../../src/chain/header.ts'
import type { HashBackend } from '../../src/gpu/batch.ts'
import { WasmHasher } from '../../src/gpu/wasm.ts'
import {
  createWeft,
  EMPTY_CODE_HASH,
  type FullAccount,
  type Hex,
  InputError,
  MemorySource,
  MissingNodeError,
  MissingStateError,
  readWitness,
  type StateDiff,
  type Witness,
  type WitnessSource,
  witnessSource,
} from '../../src/index.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { encodeRlp } from '../../src/input/rlp.ts'
import { wasmBytes } from '../setup/weft.ts'
import { coreModule, encodeHeader, hashOf, nodesOf, wholeWitness, witnessJson } from '../setup/witness.ts'

const zeros = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`
const address = (i: number): Hex => `0x${i.toString(16).padStart(40, '0')}`
const code = Uint8Array.of(0x60, 1, 0x60, 0, 0x55)
const CONTRACT = address(7)

/** Accounts 1 to 40 with nothing but a balance, and a contract with slots 1 to 20. */
function state(): MemorySource {
  const accounts = Array.from({ length: 40 }, (_, i): [Hex, FullAccount] => [
    address(i + 1),
    { nonce: 0n, balance: BigInt(i + 1), codeHash: EMPTY_CODE_HASH },
  ])
  const storage = Array.from({ length: 20 }, (_, i) => [BigInt(i + 1), BigInt(i + 100)] as const)
  accounts.push([CONTRACT, { nonce: 1n, balance: 5n, codeHash: hashOf(code), storage }])
  return new MemorySource({ accounts: new Map(accounts), codes: [[hashOf(code), code]] })
}

const { root, witness: whole } = wholeWitness(state(), [])
const header = (number: bigint, changes: Partial<Header> = {}): Header => ({
  ...{ parentHash: zeros(32), ommersHash: zeros(32), coinbase: zeros(20), stateRoot: root },
  ...{ transactionsRoot: zeros(32), receiptsRoot: zeros(32), logsBloom: zeros(256), difficulty: 0n, number },
  ...{ gasLimit: 30_000_000n, gasUsed: 0n, timestamp: number, extraData: new Uint8Array(), mixHash: zeros(32) },
  ...{ nonce: zeros(8), baseFee: 7n, withdrawalsRoot: zeros(32), ...changes },
})
const grandparent = encodeHeader(header(8n, { stateRoot: zeros(32) }))
const parent = encodeHeader(header(9n, { parentHash: hashOf(grandparent) }))
const block = { number: 10n, parentHash: hashOf(parent) }
const witness: Witness = { ...whole, headers: [parent] }
const wasm = coreModule('simd')

const open = (changes: Partial<Witness> = {}, of = block): Promise<WitnessSource> =>
  witnessSource({ ...witness, ...changes }, of, { wasm })

/** The change of one account, or of slots of the contract. */
const accountChange = (i: number, exists: boolean): StateDiff => [
  {
    ...{
      address: address(i),
      exists,
      storageCleared: false,
      nonce: 0n,
      balance: 9n,
      codeHash: EMPTY_CODE_HASH,
      storage: [],
    },
  },
]
const slotChange = (...storage: [bigint, bigint][]): StateDiff => [
  {
    ...{ address: CONTRACT, exists: true, storageCleared: false, nonce: 1n, balance: 5n },
    codeHash: hashOf(code),
    storage,
  },
]
/** The root by the bulk of nodes made anew from the whole state. */
function rootAfter(diff: StateDiff): Hex {
  const after = state()
  after.apply(diff)
  return nodesOf(after.entries()).root
}

describe('a witness', () => {
  it('answers as the state does that it was made of', async () => {
    const source = await open()
    const memory = state()
    expect(source.preStateRoot).toBe(root)
    for (let i = 0; i < 50; i++) {
      const expected = memory.account(address(i))
      expect(source.account(address(i))).toEqual(expected && { ...expected, ...(i === 7 && { hasStorage: true }) })
      expect(source.storage(CONTRACT, BigInt(i))).toBe(memory.storage(CONTRACT, BigInt(i)))
      expect(source.storage(address(i + 8), 1n)).toBe(0n)
    }
    expect(source.code(hashOf(code))).toEqual(code)
    expect(source.code(EMPTY_CODE_HASH)).toEqual(new Uint8Array())
    expect(source.blockHash(9n)).toBe(hashOf(parent))
    expect(source.blockHash(8n)).toBe(hashOf(grandparent))
  })

  it.each([
    ['a balance', accountChange(3, true)],
    ['a new account', accountChange(99, true)],
    ['an account less', accountChange(3, false)],
    ['a contract less, with its storage', [{ ...slotChange()[0]!, exists: false }]],
    ['its storage wiped', [{ ...slotChange()[0]!, storageCleared: true }]],
    ['its storage wiped and one slot written', [{ ...slotChange([3n, 8n])[0]!, storageCleared: true }]],
    ['a slot', slotChange([2n, 77n])],
    ['a new slot', slotChange([200n, 77n])],
    ['a slot less', slotChange([2n, 0n])],
    [
      'all slots but one less',
      slotChange(...Array.from({ length: 19 }, (_, i): [bigint, bigint] => [BigInt(i + 1), 0n])),
    ],
    ['all slots less', slotChange(...Array.from({ length: 20 }, (_, i): [bigint, bigint] => [BigInt(i + 1), 0n]))],
    [
      'every account less',
      [...state().entries()].flatMap(({ address }) => [{ ...accountChange(1, false)[0]!, address }]),
    ],
    ['nothing', []],
  ])('has the root after a change: %s', async (_, diff) => {
    const source = await open()
    const expected = rootAfter(diff)
    expect(await source.stateRoot(diff)).toBe(expected)
    // A second time, and two at once: an update leaves the state before it as it was.
    expect(await Promise.all([source.stateRoot(diff), source.stateRoot([]), source.stateRoot(diff)])).toEqual([
      expected,
      root,
      expected,
    ])
    const needed = await open({ state: source.needed().state })
    expect(await needed.stateRoot(diff)).toBe(expected)
  })

  it('is hashed by any backend, in one batch and one for each level of nodes', async () => {
    const batches: number[] = []
    const backend = await WasmHasher.create(wasmBytes('scalar'))
    const counting: HashBackend = {
      name: backend.name,
      close: () => {},
      hash: async batch => {
        batches.push(batch.count)
        return backend.hash(batch)
      },
    }
    const source = await witnessSource(witness, block, { wasm, hash: counting })
    expect(batches).toEqual([witness.state.length + 1])
    expect(await source.stateRoot(slotChange([2n, 77n], [3n, 78n]))).toBe(rootAfter(slotChange([2n, 77n], [3n, 78n])))
    expect(batches.length).toBeGreaterThan(3)
    expect(batches.length).toBeLessThan(10)
    expect(source.report().hash).toMatchObject({ backend: 'wasm' })
  })

  it('executes a block: the outcome has the state root', async () => {
    const weft = await createWeft({ wasm: wasmBytes('simd') })
    const env = {
      ...block,
      fork: 'shanghai' as const,
      chainId: 1n,
      timestamp: 10n,
      gasLimit: 30_000_000n,
      coinbase: address(1),
    }
    const rest = { baseFee: 7n, random: 1n, excessBlobGas: 0n, blobMax: 0, blobUpdateFraction: 0 }
    const withdrawals = [{ index: 1n, validatorIndex: 1n, address: address(3), amount: 4n }]
    const input = { env: { ...env, ...rest }, transactions: [], withdrawals, uncles: [], unpaidUncles: 0 }
    const outcome = await weft.replayBlock(input, { source: await open() })
    expect(outcome.stateRoot).toBe(rootAfter(outcome.diff))
    const without = await weft.replayBlock(input, { source: state() })
    expect(without).not.toHaveProperty('stateRoot')
  })
})

describe('what is missing', () => {
  const nodeOf = (hash: Hex): Uint8Array => witness.state.find(node => hashOf(node) === hash)!
  /** Each node that an action needs, taken away, gives an error that names it. */
  async function expectNamed(action: (source: WitnessSource) => unknown, about: RegExp): Promise<string[]> {
    const all = await open()
    await action(all)
    const messages: string[] = []
    for (const node of all.needed().state) {
      const hash = hashOf(node)
      const source = await open({ state: witness.state.filter(other => other !== nodeOf(hash)) })
      const error = await Promise.resolve()
        .then(() => action(source))
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      expect(error).toBeInstanceOf(MissingNodeError)
      expect(error).toBeInstanceOf(MissingStateError)
      expect(error).toMatchObject({ code: 'MISSING_NODE', node: { hash } })
      expect((error as Error).message).toMatch(about)
      messages.push((error as Error).message)
    }
    return messages
  }

  it('of an account is named with its path', async () => {
    const messages = await expectNamed(
      source => source.account(address(3)),
      new RegExp(`of the state trie, for account ${address(3)}$`),
    )
    expect(messages.length).toBeGreaterThan(1)
    expect(messages).toContain(
      `the witness does not have node ${root}, the root of the state trie, for account ${address(3)}`,
    )
    const path = hashOf(hexBytes(address(3))!).slice(2)
    expect(messages.some(message => message.includes(`, at path ${path[0]} of the state trie`))).toBe(true)
  })

  it('of a slot is named with its path', async () => {
    const messages = await expectNamed(
      source => source.storage(CONTRACT, 2n),
      new RegExp(`, for slot 0x2 of ${CONTRACT}$`),
    )
    expect(messages.filter(message => message.includes(`the root of the storage trie of ${CONTRACT}`))).toHaveLength(1)
    expect(messages.filter(message => message.includes('of the state trie')).length).toBeGreaterThan(1)
  })

  it('for the root after a change is named, siblings of what goes too', async () => {
    const all = Array.from({ length: 19 }, (_, i): [bigint, bigint] => [BigInt(i + 1), 0n])
    // The last slot is not read: its node is needed only because all others go.
    const messages = await expectNamed(
      source => source.stateRoot(slotChange(...all)),
      /for (slot 0x[\da-f]+ of|account) 0x/,
    )
    const sibling = hashOf(hexBytes(`0x${20n.toString(16).padStart(64, '0')}`)!)
    expect(messages.some(message => message.includes(`at path ${sibling[2]} of the storage trie`))).toBe(true)
    await expectNamed(source => source.stateRoot(accountChange(3, false)), /for account 0x0{38}03$/)
  })

  it('leaves the source as it was', async () => {
    const all = await open()
    await all.stateRoot(slotChange([2n, 0n]))
    all.storage(CONTRACT, 2n)
    const last = all.needed().state.at(-1)!
    const source = await open({ state: witness.state.filter(node => hashOf(node) !== hashOf(last)) })
    await expect(source.stateRoot(slotChange([2n, 0n]))).rejects.toThrow(MissingNodeError)
    expect(await source.stateRoot([])).toBe(root)
  })

  it('a code and a block hash', async () => {
    const source = await open({ codes: [] })
    expect(() => source.code(hashOf(code))).toThrow(`the source does not have code ${hashOf(code)}`)
    expect(() => source.blockHash(7n)).toThrow(
      'the source does not have hash of block 7\nThe headers of the witness tell the hashes from block 8 on.',
    )
  })
})

describe('what is wrong', () => {
  it('a node with another hash is not found', async () => {
    const state = witness.state.map(node => node.slice())
    const wrong = state.find(node => hashOf(node) === root)!
    wrong[wrong.length - 5]! ^= 1
    const source = await open({ state })
    expect(() => source.account(address(3))).toThrow(
      `the witness does not have node ${root}, the root of the state trie`,
    )
    expect(source.report()).toMatchObject({ nodes: state.length, surplus: state.length })
  })

  it('a node that is no node is named by its index', async () => {
    const state = [...witness.state.slice(0, 4), Uint8Array.of(0xc1, 0x80), ...witness.state.slice(4)]
    await expect(open({ state })).rejects.toThrow(
      'witness: "state[4]" expected a node of a state or storage trie in canonical RLP, got 2 other bytes',
    )
    await expect(open({ state })).rejects.toThrow(InputError)
  })

  it('a code with another hash is not found', async () => {
    const source = await open({ codes: [Uint8Array.of(1)] })
    expect(() => source.code(hashOf(code))).toThrow(MissingStateError)
  })

  it('an account or a slot in a form that it has in no state', async () => {
    const keyOf = (text: Hex): Uint8Array => Uint8Array.of(0x20, ...hexBytes(hashOf(hexBytes(text)!))!)
    const over = async (node: Uint8Array, ...others: Uint8Array[]): Promise<WitnessSource> => {
      const headers = [encodeHeader(header(9n, { stateRoot: hashOf(node) }))]
      return open({ state: [node, ...others], headers }, { number: 10n, parentHash: hashOf(headers[0]!) })
    }
    const path = (text: Hex): string => hashOf(hexBytes(text)!).slice(2)
    const word = encodeRlp([keyOf(address(1)), Uint8Array.of(5)])
    const account = `"state" expected what belongs at path ${path(address(1))} of the state trie, got`
    const source = await over(word)
    expect(() => source.account(address(1))).toThrow(`witness: ${account} node ${hashOf(word)}`)
    expect(source.account(address(2))).toBeNull()
    await expect(source.stateRoot(accountChange(1, true))).rejects.toThrow(`witness: ${account} another node`)
    await expect(source.stateRoot(accountChange(1, true))).rejects.toThrow(InputError)

    const slot = `0x${'0'.repeat(63)}1` as const
    const zero = encodeRlp([keyOf(slot), Uint8Array.of(0)])
    const fields = [Uint8Array.of(1), new Uint8Array(), hexBytes(hashOf(zero))!, hexBytes(EMPTY_CODE_HASH)!]
    const withSlot = await over(encodeRlp([keyOf(address(1)), encodeRlp(fields)]), zero)
    expect(withSlot.account(address(1))).toMatchObject({ nonce: 1n, hasStorage: true })
    expect(() => withSlot.storage(address(1), 1n)).toThrow(
      `"state" expected what belongs at path ${path(slot)} of the storage trie of ${address(1)}, got node ${hashOf(zero)}`,
    )
    const short = encodeRlp([Uint8Array.of(0x31), encodeRlp(fields)])
    const shortened = await over(short)
    expect(() => shortened.account(address(1))).toThrow('"state" expected what belongs at the root of the state trie')
  })

  it.each([
    ['without the parent', [grandparent], '"headers" expected the header of the parent, '],
    ['none', [], '"headers" expected the header of the parent, '],
    ['no header', [parent, Uint8Array.of(0xc0)], '"headers[1]" expected an encoded header, got 1 other bytes'],
    [
      'a header of another chain',
      [parent, encodeHeader(header(8n, { gasUsed: 1n }))],
      '"headers[1]" expected an ancestor of block 10 whose descendants are here, got another header',
    ],
  ])('headers: %s', async (_, headers, sentence) => {
    await expect(open({ headers })).rejects.toThrow(InputError)
    await expect(open({ headers })).rejects.toThrow(`witness: ${sentence}`)
  })

  it('headers: a gap, and a number that does not follow', async () => {
    const early = encodeHeader(header(7n))
    await expect(open({ headers: [parent, early] })).rejects.toThrow(
      '"headers[1]" expected an ancestor of block 10 whose',
    )
    const skipping = encodeHeader(header(8n, { parentHash: hashOf(grandparent) }))
    await expect(open({ headers: [skipping] }, { number: 10n, parentHash: hashOf(skipping) })).rejects.toThrow(
      '"headers[0].number" expected 9, as the block that names it is 10, got 8',
    )
  })
})

describe('what is too much', () => {
  it('is accepted in any order and counted', async () => {
    const { nodes } = nodesOf(
      new MemorySource({ accounts: [[address(1), { nonce: 0n, balance: 1n, codeHash: EMPTY_CODE_HASH }]] }).entries(),
    )
    const empty = Uint8Array.of(0x80)
    const state = [...nodes, ...witness.state.toReversed(), empty, witness.state[0]!]
    const headers = [grandparent, parent, parent]
    const source = await open({ state, headers, codes: [code, code, Uint8Array.of(1)] })
    expect(source.account(address(3))).toMatchObject({ balance: 3n })
    const used = source.needed().state.length
    expect(source.report()).toMatchObject({ nodes: state.length, codes: 3, headers: 3, surplus: state.length - used })
    expect(used).toBeLessThan(5)
    expect(source.blockHash(7n)).toBe(zeros(32))
  })
})

describe('readWitness', () => {
  const json = witnessJson(witness)
  it.each([
    ['execution-specs: without keys', json],
    ['reth: with keys', { ...json, keys: [address(1), zeros(32)] }],
    ['keys that are null', { ...json, keys: null }],
    ['the answer of a node', { jsonrpc: '2.0', id: 1, result: json }],
  ])('reads the form of %s', (_, form) => {
    expect(readWitness(JSON.parse(JSON.stringify(form)))).toEqual(witness)
  })

  it('reads header objects, as geth writes them', () => {
    const { parentHash, stateRoot, withdrawalsRoot, logsBloom, mixHash, nonce } = header(9n, {
      parentHash: hashOf(grandparent),
    })
    const object = {
      ...{ parentHash, stateRoot, withdrawalsRoot, logsBloom, mixHash, nonce },
      ...{ sha3Uncles: zeros(32), miner: zeros(20), transactionsRoot: zeros(32), receiptsRoot: zeros(32) },
      ...{ difficulty: '0x0', number: '0x9', gasLimit: '0x1c9c380', gasUsed: '0x0', timestamp: '0x9', extraData: '0x' },
      ...{ baseFeePerGas: '0x7', blobGasUsed: null, excessBlobGas: null, parentBeaconBlockRoot: null, hash: zeros(32) },
    }
    expect(readWitness({ ...json, headers: [object] }).headers.map(hexOf)).toEqual([hexOf(parent)])
  })

  it.each([
    [[], 'expected an execution witness (an object with "state", "codes" and "headers"), got an array of 0'],
    [{}, '"state" expected an array, got nothing'],
    [{ ...json, state: { [root]: '0x80' } }, '"state" expected an array, got an object'],
    [{ ...json, state: ['0x80', 'c0'] }, '"state[1]" expected 0x hex with two digits per byte, got "c0"'],
    [{ ...json, state: [zeros(577)] }, '"state[0]" expected at most 576 bytes (MAX_NODE_BYTES), got 577 bytes'],
    [{ ...json, codes: undefined }, '"codes" expected an array, got nothing'],
    [{ ...json, headers: [7] }, '"headers[0]" expected 0x hex, or a header object of JSON-RPC, got 7'],
    [{ ...json, headers: [{}] }, '"headers[0].parentHash" expected 0x and 64 hex digits, got nothing'],
    [{ ...json, headers: Array.from({ length: 257 }, () => '0x') }, '"headers" expected at most 256 items'],
    [{ ...json, keys: 'all' }, '"keys" expected an array, null or nothing, got "all"'],
    [{ result: 'no' }, '"result" expected an execution witness'],
  ])('refuses %#', (form, sentence) => {
    expect(() => readWitness(form, { file: 'w.json', path: '' })).toThrow(`w.json: ${sentence}`)
  })
})
