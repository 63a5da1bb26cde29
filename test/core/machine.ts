// What the tests of the core share: instances (with a limit on their memory where one is wanted), a few lines of assembler,
// worlds of accounts with code, and the same message in @ethereumjs/evm.
import { Common, type Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM, type EVMResult } from '@ethereumjs/evm'
import { Account, Address as EthAddress } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { eachOpcode } from '../../assembly/opcodes.ts'
import { type CoreExports, putCode, Writer } from '../../src/abi.ts'
import { Core, type Message } from '../../src/core/core.ts'
import { drive } from '../../src/core/drive.ts'
import { Crypto } from '../../src/crypto/crypto.ts'
import {
  type Address,
  createEnv,
  type ForkName,
  type FullAccount,
  type Hex,
  MemorySource,
  type TxOutcome,
} from '../../src/index.ts'
import { listedState } from '../../src/state/preload.ts'
import { wasmBytes } from '../setup/weft.ts'

export type Build = 'scalar' | 'simd'
export const builds: readonly Build[] = ['scalar', 'simd']

// ---- instances ------------------------------------------------------------------------------------------------------------

const modules = new Map<string, WebAssembly.Module>()

/** The core as a module; with `pages` its memory has at most that many, from the beginning on. */
export function moduleOf(build: Build, pages?: number): WebAssembly.Module {
  const name = `${build} ${pages}`
  let module = modules.get(name)
  if (!module) {
    const bytes = wasmBytes(build)
    module = new WebAssembly.Module(pages === undefined ? bytes : withMaximum(bytes, pages))
    modules.set(name, module)
  }
  return module
}

/** A fresh instance: as the host sees it, and as an embedder does. */
export function instantiate(build: Build, pages?: number): { core: Core; raw: CoreExports } {
  const raw = new WebAssembly.Instance(moduleOf(build, pages), {}).exports as unknown as CoreExports
  return { core: new Core(raw), raw }
}

/** The module with another memory section (section 5: one memory, flags, initial, maximum). */
function withMaximum(bytes: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  let at = 8
  while (at < bytes.length) {
    const [size, body] = readNumber(bytes, at + 1)
    if (bytes[at] === 5) {
      const [initial] = readNumber(bytes, body + 2)
      const section = [1, 1, ...number(Math.min(initial, pages)), ...number(pages)]
      const head = bytes.subarray(0, at)
      return Uint8Array.from([...head, 5, ...number(section.length), ...section, ...bytes.subarray(body + size)])
    }
    at = body + size
  }
  throw new Error('the module has no memory of its own')
}

/** Pages that the core's memory begins with. */
export const initialPages = (build: Build): number => instantiate(build).raw.memory.buffer.byteLength / 65536

function readNumber(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!
    value |= (byte & 127) << shift
    if (byte < 128) return [value, at]
  }
}

function number(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...number(value >>> 7)]
}

// ---- assembler ------------------------------------------------------------------------------------------------------------

const opcodes = new Map<string, number>()
eachOpcode(
  (opcode, name) => {
    const family = { PUSH: 0x5f, DUP: 0x7f, SWAP: 0x8f, LOG: 0xa0 }[name]
    opcodes.set(family === undefined ? name : name + (opcode - family), opcode)
  },
  () => {},
)

/** Bytecode from names, numbers (the shortest PUSH) and bytes (as they are). */
export function assemble(...parts: (string | number | bigint | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap(part => {
      if (part instanceof Uint8Array) return [...part]
      if (typeof part !== 'string') return push(BigInt(part))
      return part.split(' ').map(name => {
        const opcode = opcodes.get(name)
        if (opcode === undefined) throw new Error(`no opcode ${name}`)
        return opcode
      })
    }),
  )
}

function push(value: bigint): number[] {
  const hex = value.toString(16)
  const bytes = [...Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')]
  return [0x5f + bytes.length, ...bytes]
}

/** An opcode by its byte. */
export const byte = (...values: number[]): Uint8Array => Uint8Array.from(values)

// ---- worlds ---------------------------------------------------------------------------------------------------------------

export const CALLER: Address = `0x${'ca'.repeat(20)}`
export const CONTRACT: Address = `0x${'c0'.repeat(20)}`

export const addressOf = (number: number): Address => `0x${number.toString(16).padStart(40, '0')}`

const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`

export const hashOf = (bytes: Uint8Array): Hex => hexOf(keccak_256(bytes))

export interface Entry {
  code?: Uint8Array
  balance?: bigint
  nonce?: bigint
  storage?: readonly (readonly [bigint, bigint])[]
}

export type World = Record<Address, Entry>

/** The world as a source: complete and listed beforehand, unless it is wrapped. */
export function sourceOf(world: World): MemorySource {
  const codes = new Map<Hex, Uint8Array>()
  const accounts = Object.entries(world).map(([address, entry]): [Address, FullAccount] => {
    const code = entry.code ?? new Uint8Array()
    codes.set(hashOf(code), code)
    const account = { nonce: entry.nonce ?? 1n, balance: entry.balance ?? 0n, codeHash: hashOf(code) }
    return [address as Address, { ...account, storage: entry.storage ?? [] }]
  })
  return new MemorySource({ accounts, codes, complete: true })
}

export const crypto = new Crypto()

/** Gives a core the whole world, codes too, so that it asks for nothing. */
export function supplyWorld(core: Core, world: World): void {
  core.supply(listedState(sourceOf(world))!)
  const writer = new Writer()
  for (const { code } of Object.values(world)) if (code) putCode(writer, hashOf(code), code)
  core.supply(writer)
}

/** Sends a message to CONTRACT (or creates) in a world that is supplied whole. */
export async function send(core: Core, world: World, message: Partial<Message>, fork: ForkName = 'osaka') {
  const source = sourceOf(world)
  core.reset(fork)
  core.supply(listedState(source)!)
  core.setBlock(createEnv(fork), true)
  core.beginCall({ from: CALLER, to: CONTRACT, input: new Uint8Array(), value: 0n, gas: 1_000_000n, ...message })
  await drive(core, { source, crypto })
  const result = core.outcome()
  if (!('outcome' in result)) throw new Error(`rejected: ${result.rejection}`)
  return result.outcome
}

/** One contract, one message. */
export const execute = (core: Core, code: Uint8Array, gas = 1_000_000n, fork: ForkName = 'osaka'): Promise<TxOutcome> =>
  send(core, { [CALLER]: { balance: 10n ** 18n }, [CONTRACT]: { code } }, { gas }, fork)

// ---- @ethereumjs/evm ------------------------------------------------------------------------------------------------------

/** The same message in @ethereumjs/evm, with caller and callee warm as in a transaction. */
export async function executeThere(
  world: World,
  message: Partial<Message>,
  fork: ForkName = 'osaka',
): Promise<EVMResult> {
  const common = new Common({ chain: Mainnet, hardfork: fork as Hardfork })
  const evm = await createEVM({ common })
  for (const [address, entry] of Object.entries(world)) {
    const at = new EthAddress(Buffer.from(address.slice(2), 'hex'))
    await evm.stateManager.putAccount(at, new Account(entry.nonce ?? 1n, entry.balance ?? 0n))
    if (entry.code?.length) await evm.stateManager.putCode(at, entry.code)
    for (const [key, value] of entry.storage ?? []) await evm.stateManager.putStorage(at, word(key), word(value))
  }
  const bytes = (hex: Hex): Uint8Array => Buffer.from(hex.slice(2), 'hex')
  const { to, from = CALLER } = { to: CONTRACT, ...message }
  evm.journal.addWarmedAddress(bytes(from))
  if (to) evm.journal.addWarmedAddress(bytes(to))
  return evm.runCall({
    caller: new EthAddress(bytes(from)),
    ...(to && { to: new EthAddress(bytes(to)) }),
    data: message.input ?? new Uint8Array(),
    value: message.value ?? 0n,
    gasLimit: message.gas ?? 1_000_000n,
  })
}

const word = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')

/** What both engines say of a message. */
export interface Report {
  ok: boolean
  gasUsed: bigint
  output: Hex
  /** address, topics and data of each */
  logs: string[]
}

export const mine = (outcome: TxOutcome): Report => ({
  ok: outcome.status === 'success',
  gasUsed: outcome.gasUsed,
  output: hexOf(outcome.output),
  logs: outcome.logs.map(log => [log.address, ...log.topics, hexOf(log.data)].join()),
})

export const theirs = ({ execResult }: EVMResult): Report => ({
  ok: execResult.exceptionError === undefined,
  gasUsed: execResult.executionGasUsed,
  output: hexOf(execResult.returnValue),
  logs: (execResult.exceptionError ? [] : (execResult.logs ?? [])).map(([address, topics, data]) =>
    [address, ...topics, data].map(hexOf).join(),
  ),
})
