// Memory that runs out: instances that may grow by this many pages and no more, through everything that takes memory. A run
// then ends with OUT_OF_MEMORY or as if nothing was the matter, never with a trap, and a reset makes the instance as new.

import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createLegacyTx } from '@ethereumjs/tx'
import { beforeAll, describe, expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import { type CoreExports, putAccount, putCode, putSlot, Writer } from '../../src/abi.ts'
import type { Core } from '../../src/core/core.ts'
import { drive } from '../../src/core/drive.ts'
import { type Block, createEnv, EMPTY_CODE_HASH, InternalError } from '../../src/index.ts'
import {
  addressOf,
  assemble,
  type Build,
  builds,
  CALLER,
  CONTRACT,
  crypto,
  execute,
  hashOf,
  initialPages,
  instantiate,
  send,
  sourceOf,
} from './machine.ts'

const SELF = BigInt(CONTRACT)
const LOOP = (count: number, ...body: (string | number | bigint)[]): Uint8Array =>
  assemble(count, 'JUMPDEST', ...body, 1, 'SWAP1', 'SUB', 'DUP1', push3(count), 'JUMPI', 'STOP')
/** Offset of the JUMPDEST behind the count. */
const push3 = (count: number): number => assemble(count).length

const call = async (core: Core, code: Uint8Array, gas: bigint): Promise<unknown> => {
  const { status, gasUsed, output, logs } = await execute(core, code, gas)
  return [status, gasUsed, hashOf(output), logs.length]
}

const signer = new Uint8Array(32).fill(1)
const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka })
const transfers = Array.from({ length: 40 }, (_, i) => {
  const to = addressOf(0x50000 + i)
  return createLegacyTx({ nonce: i, gasPrice: 1, gasLimit: 21000, to, value: 1 }, { common }).sign(signer)
})

async function block(core: Core): Promise<unknown> {
  const sender = transfers[0]!.getSenderAddress().toString() as typeof CALLER
  const source = sourceOf({ [sender]: { balance: 10n ** 18n, nonce: 0n } })
  core.reset('cancun')
  const withdrawals = Array.from({ length: 100 }, (_, i) => {
    return { index: BigInt(i), validatorIndex: 0n, address: addressOf(0x60000 + i), amount: 1n }
  })
  const transactions = transfers.map(tx => tx.serialize())
  const input: Block = { env: createEnv('cancun'), transactions, withdrawals, uncles: [], unpaidUncles: 0 }
  core.beginBlock(input, { complete: false, rewards: false, rootReceipts: false })
  await drive(core, { source, crypto })
  const { rejection, receiptsRoot, withdrawalsRoot, gasUsed } = core.blockResult()
  return [rejection, receiptsRoot, withdrawalsRoot, gasUsed, core.diff().length, core.stateRoot()]
}

function state(core: Core): unknown {
  core.reset('osaka')
  const writer = new Writer()
  for (let i = 0; i < 3000; i++) {
    putAccount(writer, addressOf(i + 1), { nonce: 1n, balance: BigInt(i), codeHash: EMPTY_CODE_HASH })
    putSlot(writer, addressOf(i + 1), BigInt(i), 7n)
  }
  core.supply(writer)
  for (let i = 0; i < 20; i++) {
    writer.clear()
    const code = new Uint8Array(24576).fill(i)
    putCode(writer, hashOf(code), code)
    core.supply(writer)
  }
  return core.stateRoot()
}

async function storage(core: Core): Promise<unknown> {
  const outcome = await call(core, LOOP(3000, 'DUP1', 'DUP1', 'SSTORE', 'DUP1', 'DUP1', 'TSTORE'), 100_000_000n)
  core.commit()
  return [outcome, core.diff()[0]?.storage.length, core.stateRoot()]
}

const scenarios: [string, (core: Core) => unknown][] = [
  ['memory and return data', core => call(core, assemble(1, 1 << 20, 'MSTORE', 1 << 20, 0, 'RETURN'), 10n ** 9n)],
  ['storage', storage],
  ['logs', core => call(core, LOOP(300, 10_000, 0, 'LOG0'), 10n ** 9n)],
  [
    'frames with memory and stacks',
    core => {
      const fill = Array(200).fill(1)
      return call(core, assemble(...fill, 1, 1 << 15, 'MSTORE', 0, 0, 0, 0, 0, SELF, 'GAS', 'CALL', 'STOP'), 10n ** 9n)
    },
  ],
  [
    'creations',
    core => {
      const code = assemble('CODESIZE', 0, 0, 'CODECOPY', 'CODESIZE', 0, 0, 'CREATE', 'STOP', new Uint8Array(20_000))
      return call(core, code, 10n ** 8n)
    },
  ],
  [
    'contracts and their code',
    async core => {
      const init = assemble('ADDRESS', 0, 'MSTORE', 20_000, 0, 'RETURN')
      const word = BigInt(`0x${Buffer.from(init).toString('hex')}`)
      const create = [word, 0, 'MSTORE', init.length, 32 - init.length, 0, 'CREATE', 'POP']
      const outcome = await call(core, LOOP(60, ...create), 10n ** 9n)
      core.commit()
      return [outcome, core.diff().length]
    },
  ],
  [
    'modexp',
    core =>
      send(core, { [CALLER]: {} }, { to: addressOf(5), input: modexp(1 << 16), gas: 10n ** 12n }, 'london').then(
        o => o.output.length,
      ),
  ],
  ['a block', block],
  ['much state', state],
]

/** Base 3, exponent 2, modulus of `length` bytes. */
function modexp(length: number): Uint8Array {
  const input = new Uint8Array(96 + 2 + length).fill(1)
  input.fill(0, 0, 96)
  input[31] = 1
  input[63] = 1
  new DataView(input.buffer).setUint32(92, length)
  input[96] = 3
  input[97] = 2
  return input
}

/** What a scenario comes to, or that memory was exhausted. Anything else is thrown. */
async function attempt(work: (core: Core) => unknown, core: Core): Promise<unknown> {
  try {
    return await work(core)
  } catch (error) {
    if (error instanceof InternalError && error.code === 'OUT_OF_MEMORY') return 'exhausted'
    throw error
  }
}

/** Pages beyond those that a small run needs: one by one at first, then ever wider. */
const allowances = [
  ...Array(8).keys(),
  10,
  12,
  16,
  17,
  24,
  32,
  33,
  48,
  64,
  80,
  96,
  128,
  160,
  200,
  256,
  400,
  600,
  1000,
  1600,
]

/** The fewest pages with which a reset and a small run succeed. */
async function fewestPages(build: Build): Promise<number> {
  for (let pages = 16; ; pages++) {
    const { core } = instantiate(build, pages)
    try {
      if ((await attempt(core => execute(core, assemble('GAS')), core)) !== 'exhausted') return pages
    } catch {
      // Less than the arena itself takes; the core is built with enough (asconfig.json).
    }
  }
}

describe.each(builds)('exhausted memory, %s', (build: Build) => {
  let fewest: number

  beforeAll(async () => {
    fewest = await fewestPages(build)
    expect(fewest).toBeLessThan(initialPages(build))
  })

  it('does not keep an instance from being used for small things', async () => {
    const { core } = instantiate(build, initialPages(build))
    expect((await execute(core, assemble(1, 0, 'SSTORE'))).status).toBe('success')
    expect(core.memorySize).toBe(initialPages(build) * 65536)
  })

  it.each(scenarios)('%s: as with enough memory, or OUT_OF_MEMORY; then as new', async (_, work) => {
    const wanted = await work(instantiate(build).core)
    const seen = new Set<string>()
    let enough = 0
    for (const allowance of allowances) {
      const { core, raw } = instantiate(build, fewest + allowance)
      const first = await attempt(work, core)
      seen.add(first === 'exhausted' ? 'exhausted' : 'enough')
      if (seen.size === 2 && first !== 'exhausted' && ++enough > 2) break
      if (first !== 'exhausted') expect(first).toEqual(wanted)
      else checkExhausted(raw)
      raw.weft_reset(abi.OSAKA)
      expect((await execute(core, assemble('GAS'))).status).toBe('success')
      // What went before leaves nothing behind: the second time is like the first.
      if (first === 'exhausted') expect(await attempt(work, core)).toEqual('exhausted')
    }
    expect([...seen].sort()).toEqual(['enough', 'exhausted'])
  })

  it('ends a run that asks for more than there can be', async () => {
    const { core, raw } = instantiate(build)
    const three = assemble(3n << 30n, 'MLOAD')
    expect(await attempt(core => execute(core, three, 2n ** 62n), core)).toBe('exhausted')
    checkExhausted(raw)
    expect((await execute(core, assemble('GAS'))).status).toBe('success')

    const nested = instantiate(build, 4096)
    const code = assemble(1, 30 << 20, 'MSTORE', 0, 0, 0, 0, 0, SELF, 'GAS', 'CALL', 'STOP')
    expect(await attempt(core => execute(core, code, 2n ** 62n), nested.core)).toBe('exhausted')
    expect((await execute(nested.core, assemble('GAS'))).status).toBe('success')
  })

  it('says so by every export until the reset', async () => {
    const { core, raw } = instantiate(build)
    core.reset('osaka')
    expect(raw.weft_alloc(0xfffffff0)).toBe(0)
    checkExhausted(raw)
    raw.weft_reset(abi.OSAKA)
    expect(raw.weft_run()).toBe(abi.RUN_IDLE)
    expect(raw.weft_alloc(64)).not.toBe(0)
  })
})

function checkExhausted(raw: CoreExports): void {
  expect([raw.weft_run(), raw.weft_commit(), raw.weft_outcome(), raw.weft_diff()]).toEqual([
    abi.OUT_OF_MEMORY,
    abi.OUT_OF_MEMORY,
    0,
    0,
  ])
  expect([raw.weft_begin_block(0), raw.weft_begin_call(0), raw.weft_begin_tx(0), raw.weft_supply(0, 0)]).toEqual(
    Array(4).fill(abi.OUT_OF_MEMORY),
  )
  raw.weft_discard()
  raw.weft_settle()
  expect([raw.weft_state_root(0x8000), raw.weft_logs_hash(0x8000)]).toEqual([abi.OUT_OF_MEMORY, abi.OUT_OF_MEMORY])
}
