// Batches that the core offers to its host (OPTION_HASH), seen from the ABI: the state root against @ethereumjs/mpt whoever makes the
// digests, hosts that do not write them, and calls in an order that nobody documented.
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { createLegacyTx } from '@ethereumjs/tx'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import { type CoreExports, putAccount, putCode, putSlots, Writer } from '../../src/abi.ts'
import type { Core } from '../../src/core/core.ts'
import { drive, driveStateRoot } from '../../src/core/drive.ts'
import { createEnv, EMPTY_CODE_HASH, type Hex } from '../../src/index.ts'
import { listedState } from '../../src/state/preload.ts'
import { addressOf, builds, crypto, hashOf, instantiate, sourceOf } from './machine.ts'

interface Entry {
  address: Hex
  nonce: bigint
  balance: bigint
  storage: [bigint, bigint][]
}

const uint = (bits: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: (1n << bits) - 1n })
/** Numbers of all lengths, not mostly long ones. */
const number: fc.Arbitrary<bigint> = fc.oneof(fc.constant(0n), uint(7n), uint(64n), uint(256n))
const entry: fc.Arbitrary<Entry> = fc.record({
  address: uint(160n).map((value): Hex => `0x${value.toString(16).padStart(40, '0')}`),
  nonce: uint(64n),
  balance: number,
  storage: fc.uniqueArray(fc.tuple(number, number), { selector: ([key]) => key, maxLength: 40 }),
})
const states = fc.uniqueArray(entry, { selector: ({ address }) => address, maxLength: 60 })

const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, '0'))
const short = (value: bigint): Uint8Array => (value === 0n ? new Uint8Array() : word(value).slice(32 - bytes(value)))
const bytes = (value: bigint): number => Math.ceil(value.toString(16).length / 2)

/** The state root by @ethereumjs/mpt. */
async function expectedRoot(state: readonly Entry[]): Promise<string> {
  const accounts = await createMPT({ useKeyHashing: true })
  for (const { address, nonce, balance, storage } of state) {
    const slots = await createMPT({ useKeyHashing: true })
    for (const [key, value] of storage) if (value) await slots.put(word(key), RLP.encode(short(value)))
    const fields = [short(nonce), short(balance), slots.root(), hexToBytes(EMPTY_CODE_HASH.slice(2))]
    await accounts.put(hexToBytes(address.slice(2)), RLP.encode(fields))
  }
  return bytesToHex(accounts.root())
}

function supply(raw: CoreExports, writer: Writer): number {
  const at = raw.weft_alloc(Math.max(8, writer.length)) >>> 0
  new Uint8Array(raw.memory.buffer).set(writer.bytes, at)
  const status = raw.weft_supply(at, writer.length)
  raw.weft_free(at)
  return status
}

function load(raw: CoreExports, state: readonly Entry[]): void {
  raw.weft_reset(abi.OSAKA)
  const writer = new Writer()
  for (const { address, nonce, balance, storage } of state) {
    putAccount(writer, address, { nonce, balance, codeHash: EMPTY_CODE_HASH }, true)
    putSlots(writer, address, storage)
  }
  if (writer.length > 0) expect(supply(raw, writer)).toBe(abi.RUN_DONE)
}

interface Request {
  kind: number
  purpose: number
  permutations: number
  messages: { message: Uint8Array; digest: number }[]
}

/** The batch that waits, with copies of its messages. */
function requested(raw: CoreExports): Request {
  const at = raw.weft_hash_request() >>> 0
  const view = new DataView(raw.memory.buffer)
  const field = (offset: number): number => view.getUint32(at + offset, true)
  const [input, count] = [field(abi.HASH_INPUT), field(abi.HASH_COUNT)]
  const size = field(abi.HASH_KEY_SIZE)
  const kind = field(abi.HASH_KIND)
  const copy = (from: number, length: number): Uint8Array =>
    new Uint8Array(raw.memory.buffer).slice(from, from + length)
  const messages = Array.from({ length: count }, (_, i) => {
    if (kind === abi.HASH_KEYS) {
      return { message: copy(input + i * size, size), digest: field(abi.HASH_OUTPUT) + i * 32 }
    }
    const job = input + i * abi.JOB_SIZE
    const message = copy(view.getUint32(job + abi.JOB_INPUT, true), view.getUint32(job + abi.JOB_LENGTH, true))
    return { message, digest: view.getUint32(job + abi.JOB_DIGEST, true) }
  })
  return { kind, purpose: field(abi.HASH_PURPOSE), permutations: field(abi.HASH_PERMUTATIONS), messages }
}

/** Writes the digests of the batch that waits. */
function answer(raw: CoreExports): Request {
  const request = requested(raw)
  for (const { message, digest } of request.messages) {
    new Uint8Array(raw.memory.buffer).set(keccak_256(message), digest)
  }
  return request
}

/** Makes a call until it is done; the batches that it took. */
function finish(raw: CoreExports, call: () => number): Request[] {
  const requests: Request[] = []
  for (;;) {
    const status = call()
    if (status === abi.RUN_YIELD) continue
    if (status !== abi.RUN_HASH) {
      expect(status).toBe(abi.RUN_DONE)
      return requests
    }
    requests.push(answer(raw))
  }
}

/** The state root, and the batches that the host was asked for from `least` permutations on (0: none). */
function rootOf(raw: CoreExports, least: number): { root: string; requests: Request[] } {
  expect(raw.weft_set_option(abi.OPTION_HASH, least)).toBe(abi.RUN_DONE)
  const out = raw.weft_alloc(32) >>> 0
  const requests = finish(raw, () => raw.weft_state_root(out))
  const root = bytesToHex(new Uint8Array(raw.memory.buffer, out, 32))
  raw.weft_free(out)
  return { root, requests }
}

function own(raw: CoreExports): { messages: number; permutations: number } {
  const at = raw.weft_hash_request() >>> 0
  const view = new DataView(raw.memory.buffer)
  let [messages, permutations] = [0, 0]
  for (let purpose = 0; purpose < abi.PURPOSE_COUNT; purpose++) {
    messages += view.getUint32(at + abi.HASH_OWN + purpose * 8, true)
    permutations += view.getUint32(at + abi.HASH_OWN + purpose * 8 + 4, true)
  }
  return { messages, permutations }
}

const accounts = (count: number, slots: number): Entry[] =>
  Array.from({ length: count }, (_, i) => ({
    address: addressOf(i * 7 + 1),
    nonce: BigInt(i),
    balance: BigInt(i) << 40n,
    storage: Array.from({ length: slots }, (_, k): [bigint, bigint] => [BigInt(k), BigInt(i + 1)]),
  }))

describe.each(builds)('the state root (%s)', build => {
  it('is that of @ethereumjs/mpt, whoever makes the digests', { timeout: 300_000 }, async () => {
    const { raw } = instantiate(build)
    await fc.assert(
      fc.asyncProperty(states, fc.constantFrom(1, 2, 17, 100), async (state, least) => {
        const expected = await expectedRoot(state)
        load(raw, state)
        expect(rootOf(raw, 0).root).toBe(expected)
        const asked = rootOf(raw, least)
        expect(asked.root).toBe(expected)
        for (const { permutations } of asked.requests) expect(permutations).toBeGreaterThanOrEqual(least)
      }),
      { numRuns: 60 },
    )
  })

  it('is known for no account, and for one', () => {
    const { raw } = instantiate(build)
    load(raw, [])
    const empty = '56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
    for (const least of [0, 1]) expect(rootOf(raw, least).root).toBe(empty)
    load(raw, accounts(1, 0))
    const alone = rootOf(raw, 1)
    expect(alone.root).toBe(rootOf(raw, 0).root)
    expect(alone.requests.map(({ purpose }) => purpose)).toEqual([abi.PURPOSE_STATE_KEYS, abi.PURPOSE_STATE_NODES])
  })

  it('takes the storage of all accounts together, height by height', () => {
    const { raw } = instantiate(build)
    load(raw, accounts(2000, 4))
    const expected = rootOf(raw, 0).root
    const { root, requests } = rootOf(raw, 1)
    expect(root).toBe(expected)
    const [addresses, slots, leaves] = requests
    expect(addresses).toMatchObject({ kind: abi.HASH_KEYS, permutations: 2000 })
    expect(slots).toMatchObject({ kind: abi.HASH_KEYS, permutations: 8000 })
    expect(leaves).toMatchObject({ kind: abi.HASH_MESSAGES, permutations: 8000 })
    expect(requests.length).toBeLessThan(20)
    // What is offered and what is not is together all of it.
    const all = requests.reduce((sum, { permutations }) => sum + permutations, 0)
    load(raw, accounts(2000, 4))
    const some = rootOf(raw, 1000).requests.reduce((sum, { permutations }) => sum + permutations, 0)
    expect(some).toBeLessThan(all)
    expect(own(raw).permutations + some).toBe(all)
  })

  it('has groups of accounts, of which one may be larger than all others', () => {
    const { raw } = instantiate(build)
    const state = [...accounts(900, 1), { ...accounts(901, 3000)[900]! }, ...accounts(3000, 0).slice(901)]
    load(raw, state)
    const expected = rootOf(raw, 0).root
    expect(rootOf(raw, 1).root).toBe(expected)
    expect(rootOf(raw, 2 ** 31 - 1)).toEqual({ root: expected, requests: [] })
  })
})

describe.each(builds)('a host that is asked for digests (%s)', build => {
  it('and does not write them, or not all, is told so until it has', () => {
    const { raw } = instantiate(build)
    load(raw, accounts(300, 2))
    const expected = rootOf(raw, 0).root
    raw.weft_set_option(abi.OPTION_HASH, 1)
    const out = raw.weft_alloc(32) >>> 0
    let status = raw.weft_state_root(out)
    while (status === abi.RUN_HASH) {
      expect(raw.weft_state_root(out)).toBe(abi.RUN_BAD_INPUT)
      const { messages } = answer(raw)
      const last = new Uint8Array(raw.memory.buffer, messages.at(-1)!.digest, 32)
      const digest = last.slice()
      last.fill(0)
      expect(raw.weft_state_root(out)).toBe(abi.RUN_BAD_INPUT)
      new Uint8Array(raw.memory.buffer).set(digest, messages.at(-1)!.digest)
      status = raw.weft_state_root(out)
    }
    expect(status).toBe(abi.RUN_DONE)
    expect(bytesToHex(new Uint8Array(raw.memory.buffer, out, 32))).toBe(expected)
  })

  it('and changes the state instead gets the root of the new one', () => {
    const { raw } = instantiate(build)
    load(raw, accounts(300, 2))
    raw.weft_set_option(abi.OPTION_HASH, 1)
    const out = raw.weft_alloc(32) >>> 0
    expect(raw.weft_state_root(out)).toBe(abi.RUN_HASH)
    answer(raw)
    expect(raw.weft_state_root(out)).toBe(abi.RUN_HASH)
    answer(raw)
    const writer = new Writer()
    putAccount(writer, addressOf(5), { nonce: 9n, balance: 9n, codeHash: EMPTY_CODE_HASH }, true)
    expect(supply(raw, writer)).toBe(abi.RUN_DONE)
    finish(raw, () => raw.weft_state_root(out))
    const root = bytesToHex(new Uint8Array(raw.memory.buffer, out, 32))
    load(raw, [...accounts(300, 2), { address: addressOf(5), nonce: 9n, balance: 9n, storage: [] }])
    expect(root).toBe(rootOf(raw, 0).root)
  })

  it('is asked for the hashes of codes, which have to be those that they are supplied under', () => {
    const { raw } = instantiate(build)
    raw.weft_reset(abi.OSAKA)
    raw.weft_set_option(abi.OPTION_HASH, 2)
    const codes = [0, 1, 135, 136, 24_576].map(length => new Uint8Array(length).fill(length & 255))
    const writer = new Writer()
    for (const code of codes) putCode(writer, hashOf(code), code)
    const at = raw.weft_alloc(writer.length) >>> 0
    const call = (): number => raw.weft_supply(at, writer.length)
    new Uint8Array(raw.memory.buffer).set(writer.bytes, at)
    expect(finish(raw, call).map(({ messages }) => messages.map(({ message }) => message))).toEqual([codes])
    // Another code than its hash says.
    new Uint8Array(raw.memory.buffer)[at + writer.length - 100]! ^= 1
    expect(call()).toBe(abi.RUN_HASH)
    answer(raw)
    expect(call()).toBe(abi.RUN_BAD_INPUT)
    // Records that change while they wait, and other records than those that wait.
    expect(call()).toBe(abi.RUN_HASH)
    expect(raw.weft_run()).toBe(abi.RUN_IDLE)
    expect(call()).toBe(abi.RUN_HASH)
    expect(raw.weft_supply(at, 8)).toBe(abi.RUN_BAD_INPUT)
    expect(call()).toBe(abi.RUN_HASH)
    answer(raw)
    new Uint8Array(raw.memory.buffer).set(writer.bytes.subarray(0, 200), at + 200)
    expect(call()).toBe(abi.RUN_BAD_INPUT)
  })

  it.each(['frontier', 'cancun'] as const)(
    'may make any call in between, and gets a status: a block on %s',
    async fork => {
      const { core, raw } = instantiate(build)
      const expected = await block(core, fork, 0)
      const out = raw.weft_alloc(64) >>> 0
      const writer = new Writer()
      putAccount(writer, addressOf(77), { nonce: 1n, balance: 1n, codeHash: EMPTY_CODE_HASH }, true)
      const calls: Record<string, () => unknown> = {
        [abi.RUN_BAD_INPUT]: () => supply(raw, writer),
        [`${abi.RUN_BAD_INPUT} `]: () => raw.weft_state_root(out),
        [`${abi.RUN_BAD_INPUT}  `]: () => raw.weft_run(),
        [abi.RUN_IDLE]: () => raw.weft_commit(),
        0: () => raw.weft_outcome(),
        '0 ': () => raw.weft_keccak(out, out, 32),
        undefined: () => raw.weft_settle(),
      }
      for (const [status, call] of Object.entries(calls)) {
        let asked = 0
        const onHash = (): void => {
          asked++
          expect(String(call())).toBe(status.trim())
          answer(raw)
        }
        // What was settled is the base of the diff.
        const { diff, ...rest } = await block(core, fork, 1, onHash)
        expect(rest).toEqual({ ...expected, diff: undefined })
        if (status !== 'undefined') expect(diff).toBe(expected.diff)
        expect(asked).toBeGreaterThan(3)
      }
    },
  )

  it('may give a run up, and the next knows nothing of it', async () => {
    const { core, raw } = instantiate(build)
    const expected = await block(core, 'frontier', 0)
    const ends: (() => void)[] = [
      () => raw.weft_discard(),
      () => expect(raw.weft_begin_tx(8)).toBe(abi.RUN_BAD_INPUT),
      () => raw.weft_reset(abi.OSAKA),
    ]
    for (const end of ends) {
      for (const after of [0, 1, 4, 9]) {
        let asked = 0
        const onHash = (): void => {
          if (asked++ < after) answer(raw)
          else {
            end()
            expect(raw.weft_run()).toBe(abi.RUN_IDLE)
            throw new Error('given up')
          }
        }
        await expect(block(core, 'frontier', 1, onHash)).rejects.toThrow('given up')
        expect(await block(core, 'frontier', 1, () => void answer(raw))).toEqual(expected)
      }
    }
  })
})

const signer = new Uint8Array(32).fill(1)
const transfers = Array.from({ length: 30 }, (_, i) => {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Homestead })
  const fields = { nonce: i, gasPrice: 1, gasLimit: 21000, to: addressOf(0x50000 + i), value: 1 }
  return createLegacyTx(fields, { common }).sign(signer)
})

/** A block of transfers in a whole state, with state roots in its receipts on Frontier: its roots, and the changes. */
async function block(core: Core, fork: 'frontier' | 'cancun', least: number, onHash?: () => void) {
  const sender = transfers[0]!.getSenderAddress().toString() as Hex
  const source = sourceOf({ [sender]: { balance: 10n ** 18n, nonce: 0n }, [addressOf(3)]: { storage: [[1n, 2n]] } })
  core.reset(fork)
  core.supply(listedState(source)!)
  core.setOption(abi.OPTION_HASH, least)
  const withdrawals = Array.from({ length: 20 }, (_, i) => {
    return { index: BigInt(i), validatorIndex: 0n, address: addressOf(0x60000 + i), amount: 1n }
  })
  const transactions = transfers.map(tx => tx.serialize())
  const input = { env: createEnv(fork), transactions, withdrawals, uncles: [], unpaidUncles: 0 }
  core.beginBlock(input, { complete: true, rewards: false, rootReceipts: true })
  await drive(core, { source, crypto }, onHash && { onHash })
  const { rejection, receiptsRoot, withdrawalsRoot, transactionsRoot } = core.blockResult()
  core.setOption(abi.OPTION_HASH, 0)
  const stateRoot = await driveStateRoot(core, {})
  return { rejection, receiptsRoot, withdrawalsRoot, transactionsRoot, stateRoot, diff: core.diff().length }
}
