// State roots of fresh accounts with four slots each: all keys are hashed, all nodes made. Against @ethereumjs/mpt, and a large state
// by `auto` against WASM alone. `supplied`: with the way of the state into the core, which the others have behind them.

import { OPTION_HASH, putAccount, putSlots, Writer } from '../../src/abi.ts'
import type { Core } from '../../src/core/core.ts'
import { driveStateRoot } from '../../src/core/drive.ts'
import { instantiateCore } from '../../src/core/load.ts'
import { Hashing, HashLog } from '../../src/gpu/hashing.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { type Address, EMPTY_CODE_HASH, type Hex } from '../../src/types.ts'
import type { Field } from '../field.ts'
import type { Case, Runner } from '../harness.ts'
import { mptRoot } from '../rivals/mpt.ts'
import { type CaseEntry, demand } from './case.ts'

/** An account as a trie library takes it: bytes, numbers without leading zeros. */
export interface Entry {
  address: Uint8Array
  nonce: Uint8Array
  balance: Uint8Array
  codeHash: Uint8Array
  slots: { key: Uint8Array; value: Uint8Array }[]
}

const SLOTS = 4
const SMALL = 10_000
const LARGE = 1_000_000
/** Accounts that are supplied at a time. */
const PIECE = 10_000

/** A number of 64 bits for each index: the state is made of them. */
function mixed(index: number, salt: number): bigint {
  const product = BigInt.asUintN(64, (BigInt(index) + 1n) * 0x9e3779b97f4a7c15n + BigInt(salt) * 0xd6e8feb86659fd93n)
  return BigInt.asUintN(64, (product ^ (product >> 31n)) * 0xbf58476d1ce4e5b9n) | 1n
}

const addressOf = (index: number): Address => `0x${(mixed(index, 0) * 0x1_0000_0000n).toString(16).padStart(40, '0')}`
const slotsOf = (index: number): [bigint, bigint][] =>
  Array.from({ length: SLOTS }, (_, i) => [BigInt(i), mixed(index, i + 2)])
const accountOf = (index: number) => ({ nonce: 1n, balance: mixed(index, 1), codeHash: EMPTY_CODE_HASH })

/** Empties the core and gives it accounts 0 to `count`. */
function supplyAccounts(core: Core, count: number): void {
  core.reset('osaka')
  for (let from = 0; from < count; from += PIECE) {
    const writer = new Writer(2 ** 23)
    for (let i = from; i < Math.min(count, from + PIECE); i++) {
      putAccount(writer, addressOf(i), accountOf(i), true)
      putSlots(writer, addressOf(i), slotsOf(i))
    }
    core.supply(writer)
  }
}

function entryOf(index: number): Entry {
  const bytes = (value: bigint): Uint8Array => hexBytes(`0x${value.toString(16).padStart(16, '0')}`)!
  const key = (slot: bigint): Uint8Array => hexBytes(`0x${slot.toString(16).padStart(64, '0')}`)!
  return {
    address: hexBytes(addressOf(index))!,
    nonce: Uint8Array.of(1),
    balance: shortened(bytes(accountOf(index).balance)),
    codeHash: hexBytes(EMPTY_CODE_HASH)!,
    slots: slotsOf(index).map(([slot, value]) => ({ key: key(slot), value: shortened(bytes(value)) })),
  }
}

const shortened = (bytes: Uint8Array): Uint8Array => bytes.subarray(bytes.findIndex(byte => byte !== 0))

/** Everybody's root has to be that of the first who has one. */
class Roots {
  #expected: Hex | undefined

  runner(name: string, root: () => Hex | Promise<Hex>): Runner {
    let found: Hex | undefined
    return {
      prepare: () => {},
      run: async () => {
        found = await root()
      },
      verify: () => {
        this.#expected ??= found
        demand(name, 'state root', this.#expected, found)
      },
    }
  }
}

/** The cases of group `root`; in quick runs a tenth of their size. */
export function rootCases(module: WebAssembly.Module, field: Field, isQuick: boolean): CaseEntry[] {
  const size = isQuick ? SMALL / 10 : SMALL
  const entry = (name: string, load: () => Promise<Case>): CaseEntry => ({ name: `root.${name}`, group: 'root', load })
  const rival = async (roots: Roots): Promise<Record<string, Runner>> => {
    const state = Array.from({ length: size }, (_, i) => entryOf(i))
    return field.take({
      '@ethereumjs/mpt': async () => {
        const root = await mptRoot()
        return roots.runner('@ethereumjs/mpt', async () => hexOf(await root(state)))
      },
    })
  }
  return [
    entry(`wasm.${size}`, async () => {
      const [core, roots] = [await instantiateCore(module), new Roots()]
      supplyAccounts(core, size)
      const ours = roots.runner('wasm', () => core.stateRoot())
      return { gas: 0, items: size, ours, rivals: await rival(roots) }
    }),
    entry(`wasm.${size}.supplied`, async () => {
      const [core, roots] = [await instantiateCore(module), new Roots()]
      const ours = roots.runner('wasm', () => {
        supplyAccounts(core, size)
        return core.stateRoot()
      })
      return { gas: 0, items: size, ours, rivals: await rival(roots) }
    }),
  ]
}

/** The case of group `gpu`: a software adapter may be chosen. */
export function largeRootCase(module: WebAssembly.Module): CaseEntry {
  return { name: `root.auto.${LARGE}`, group: 'gpu', load: () => largeCase(module) }
}

/** One large state, by `auto` and in WASM, from the same core. */
async function largeCase(module: WebAssembly.Module): Promise<Case> {
  const [core, roots] = [await instantiateCore(module), new Roots()]
  supplyAccounts(core, LARGE)
  const hashing = new Hashing('auto', { module, settings: { software: true } })
  let log = new HashLog()
  const auto = roots.runner('auto', async () => {
    log = new HashLog()
    core.setOption(OPTION_HASH, hashing.least)
    return driveStateRoot(core, { onHash: () => hashing.hash(core, log) })
  })
  const wasm = roots.runner('wasm', () => {
    core.setOption(OPTION_HASH, 0)
    return core.stateRoot()
  })
  const note = (): string => {
    const { adapter, reason, work } = hashing.metrics(core, log)
    const there = work.filter(({ backend }) => backend === 'webgpu')
    const share = there.reduce((sum, each) => sum + each.permutations, 0)
    return `${adapter ?? reason}: ${share} permutations on the GPU`
  }
  return { gas: 0, items: LARGE, ours: auto, rivals: { wasm }, note, close: () => hashing.close() }
}
