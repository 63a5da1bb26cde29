// Precompiled contracts of one's own in blocks: the result is that of one thread, and the functions are called the same, in the same order
// and on the same state, whatever the number of threads and the dispatch.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DispatchOption, replayBlock } from '../../src/block.ts'
import type { Engine } from '../../src/engine.ts'
import { type Address, createEngine, type Precompile, PrecompileError, type Source } from '../../src/index.ts'
import { hexOf } from '../../src/input/hex.ts'
import { addressOf, assemble } from '../core/machine.ts'
import { wasmBytes } from '../setup/weft.ts'
import { block, contract, tx } from './cases.ts'
import { type Case, endingOf } from './engines.ts'
import { SIGNERS, toCase } from './swarm/world.ts'

const HERE: Address = addressOf(0xca11)
const SLOW: Address = addressOf(0x5104)
const THROWS: Address = addressOf(0xdead)
const CALLS: Address = `0x${'c1'.repeat(20)}`
const COUNTS: Address = `0x${'c2'.repeat(20)}`
const THREADS = [1, 2, 8]
const WAYS: DispatchOption[] = ['dataflow', 'batched', 'auto']

/** What the functions were called with and saw, in order. */
let seen: string[] = []

/** Reads what others change, changes a slot that everybody shares and the caller's balance, and reverts every fifth time. */
const shared: Precompile = {
  address: HERE,
  run({ self, caller, input, depth, gas }, state) {
    const count = state.storage(HERE, 0n)
    const other = state.storage(COUNTS, 0n)
    const { balance, nonce } = state.account(caller)!
    seen.push([self, caller, hexOf(input), depth, gas, count, other, balance, nonce].join())
    state.setStorage(HERE, 0n, count + 1n)
    state.setStorage(HERE, count + 1n, other + 1n)
    state.setBalance(caller, balance + 3n)
    state.log({ topics: [`0x${count.toString(16).padStart(64, '0')}`] })
    const output = new Uint8Array(32)
    output[31] = Number(count & 255n)
    return { gasUsed: 500n + count, output, ...(count % 5n === 4n && { status: 'revert' as const }) }
  },
}

const waits: Precompile = {
  address: SLOW,
  async run(call, state) {
    await sleep(1)
    return shared.run(call, state)
  },
}

const throws: Precompile = {
  address: THROWS,
  run() {
    throw new RangeError('out of order')
  },
}

/** Calls HERE or SLOW with its input, and adds what comes back to slot 0. */
const calling = (to: Address): Uint8Array =>
  assemble(32, 0, 'CALLDATASIZE', 0, 0, BigInt(to), 'GAS', 'CALL', 0, 'MLOAD', 'ADD', 0, 'SLOAD', 'ADD', 0, 'SSTORE')
const counting = assemble(0, 'SLOAD', 1, 'ADD', 0, 'SSTORE')

/** Transactions that call contracts of one's own, directly and by others, between others that have to do with them and such as have not. */
function given(count: number, last?: Address): Case {
  const accounts = { [CALLS]: contract(calling(HERE)), [COUNTS]: contract(counting) }
  const to = [HERE, COUNTS, CALLS, `0x${'d4'.repeat(20)}`, SLOW, SIGNERS[0]!.address, COUNTS] as Address[]
  const transactions = Array.from({ length: count }, (_, i) =>
    tx(i % SIGNERS.length, to[(i * 5) % to.length]!, { value: i % 3 === 0 ? '0x7' : '0x0', data: `0x0${(i % 9) + 1}` }),
  )
  if (last) transactions.splice(count >> 1, 0, tx(1, last))
  return toCase(block('osaka', accounts, transactions))
}

const bitByBit = ({ source }: Case): Source => {
  const all = source()
  return {
    account: async address => all.account(address),
    storage: async (address, key) => all.storage(address, key),
    code: async hash => all.code(hash),
    blockHash: async number => all.blockHash(number),
  }
}

const precompiles = [shared, waits, throws]
const engines = new Map<number, Engine>()
beforeAll(async () => {
  engines.set(0, await createEngine({ wasm: wasmBytes('simd'), precompiles }))
  for (const threads of THREADS) {
    engines.set(threads, await createEngine({ threads, threadsWasm: wasmBytes('threads'), precompiles }))
  }
})
afterAll(async () => {
  for (const engine of engines.values()) await engine.close()
})

/** How the block ends, and what the functions saw. */
async function run(threads: number, { block }: Case, source: Source, dispatch?: DispatchOption) {
  seen = []
  const ending = await endingOf(() =>
    replayBlock(engines.get(threads)!, block, { source, ...(dispatch && { dispatch }) }),
  )
  return { ending, seen }
}

describe.each(WAYS)('%s', dispatch => {
  it.each(THREADS)('with %d threads is as one after the other', async threads => {
    for (const count of [5, 60]) {
      const each = given(count)
      const expected = await run(0, each, each.source())
      expect(expected.ending).toHaveProperty('outcome')
      expect(expected.seen.length).toBeGreaterThanOrEqual(Math.floor(count / 5))
      for (let round = 0; round < 3; round++)
        expect(await run(threads, each, each.source(), dispatch)).toEqual(expected)
    }
  })

  it.each(THREADS)('with %d threads comes to the same on state that is asked for', async threads => {
    const each = given(30)
    const expected = await run(0, each, bitByBit(each))
    const { ending } = await run(threads, each, bitByBit(each), dispatch)
    expect(ending).toEqual(expected.ending)
  })

  it('fails with the error of the function, and the engine goes on', async () => {
    const failing = given(40, THROWS)
    const sound = given(20)
    const expected = await run(0, sound, sound.source())
    for (const threads of THREADS) {
      const error = await run(threads, failing, failing.source(), dispatch).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(PrecompileError)
      expect(error).toMatchObject({ address: THROWS, cause: { message: 'out of order' } })
      expect(await run(threads, sound, sound.source(), dispatch)).toEqual(expected)
    }
  })

  it('is given up while a function is waited for', async () => {
    const controller = new AbortController()
    const hangs: Precompile = {
      address: HERE,
      run: () => {
        controller.abort(new Error('given up'))
        return new Promise(() => {})
      },
    }
    const sound = toCase(block('osaka', { [COUNTS]: contract(counting) }, [tx(0, COUNTS), tx(1, COUNTS)]))
    const engine = await createEngine({ threads: 3, threadsWasm: wasmBytes('threads'), precompiles: [hangs] })
    const { block: long, source } = given(60)
    const replay = replayBlock(engine, long, { source: source(), dispatch, signal: controller.signal })
    await expect(replay).rejects.toThrow('given up')
    const { outcome } = (await endingOf(() => replayBlock(engine, sound.block, { source: sound.source() }))) as {
      outcome: { receipts: { status: string }[] }
    }
    expect(outcome.receipts.map(({ status }) => status)).toEqual(['success', 'success'])
    await engine.close()
  })
})
