// One message on one contract, Osaka rules, storage empty: the cases of the folder evm-bench, and our own (bench/messages), which
// stand in for them where the folder is absent. One WASM instance serves all runs of a case, as a client keeps one and as anvil is
// one process: in a fresh instance half of a short case is the system handing out memory pages (ten-thousand-hashes 4.0 ms fresh,
// 2.3 ms kept). The core keeps codes for the life of an instance, so every run has codes that the instance has not seen, by a
// number behind their end: their analysis lies within the time. The time ends when the core is done: its logs lie in linear
// memory then, and are not made JavaScript objects. Rivals: anvil; evmone where EVMONE names a build of it; for five of the cases,
// the classics, EthereumJS. Gas and output of every run are checked.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OPTION_HASH_MEMO, putAccount, putCode, Writer } from '../../src/abi.ts'
import { createEnv } from '../../src/chain/env.ts'
import type { Core, Message } from '../../src/core/core.ts'
import { instantiateCore } from '../../src/core/load.ts'
import { readJsonFile } from '../../src/input/file.node.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import type { Address } from '../../src/types.ts'
import { type Field, importRival } from '../field.ts'
import { type Runner, WrongResult } from '../harness.ts'
import { type CaseEntry, demand, outputText } from './case.ts'

const OWN_FILE = fileURLToPath(new URL('../messages/messages.json', import.meta.url))

/** The cases that are compared with EthereumJS. */
const CLASSICS: readonly string[] = [
  'erc20.transfer',
  'erc20.mint',
  'erc20.approval-transfer',
  'snailtracer',
  'ten-thousand-hashes',
]

/** Classics are measured twice: as they are, and with a memo of Keccak, which three tokens gain a lot by. */
type MessageGroup = 'classic' | 'classic-memo' | 'micro'

/** Who calls whom, in all messages. */
export const CALLER: Address = '0x00000000000000000000000000000000000ca11a'
export const CONTRACT: Address = '0x00000000000000000000000000000000c0de0000'
/** More than any case uses; also for EthereumJS, where GAS must give the same. */
export const GAS: bigint = 1_000_000_000n

/** A file of evm-bench, its texts as bytes. */
export interface MessageCase {
  name: string
  caller: Address
  to: Address
  gasLimit: bigint
  /** The contract first. */
  codes: readonly (readonly [Address, Uint8Array])[]
  input: Uint8Array
  gasUsed: bigint
  output: string
}

/** A message as it is written: byte strings are `0x…` hex; an output is cut at 128 bytes. */
export interface MessageFile {
  name: string
  code: string
  calldata: string
  accounts?: Record<Address, { code: string }>
  gasUsed: number
  output: string
}

/** The cases of the folder; undefined where it is absent. */
export function messageCases(folder: string, field: Field, module: WebAssembly.Module): CaseEntry[] | undefined {
  if (!existsSync(folder)) return undefined
  const names = readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .map(file => file.slice(0, -'.json'.length))
  const others = names.filter(name => !CLASSICS.includes(name))
  const entryOf = (name: string, group: MessageGroup): CaseEntry =>
    entry(name, group, () => readJsonFile(join(folder, `${name}.json`)) as MessageFile, field, module)
  return [
    ...CLASSICS.map(name => entryOf(name, 'classic')),
    ...CLASSICS.map(name => entryOf(name, 'classic-memo')),
    ...others.map(name => entryOf(name, 'micro')),
  ]
}

/** Our own cases. */
export function ownCases(field: Field, module: WebAssembly.Module): CaseEntry[] {
  const messages = readJsonFile(OWN_FILE) as MessageFile[]
  return messages.map(message => {
    const group = message.name.startsWith('own.micro.') ? 'micro' : 'classic'
    return entry(message.name, group, () => message, field, module)
  })
}

function entry(
  name: string,
  group: MessageGroup,
  read: () => MessageFile,
  field: Field,
  module: WebAssembly.Module,
): CaseEntry {
  const hasMemo = group === 'classic-memo'
  return {
    name: hasMemo ? `${name}.memo` : name,
    group,
    load: async () => {
      const message = messageOf(read())
      const rivals = await field.take({
        anvil: async () => (await field.anvil()).runner(message),
        ...(!hasMemo && { evmone: async () => (await field.evmone()).runner(message) }),
        ...(group === 'classic' && { ethereumjs: () => ethereumJs(message) }),
      })
      return { gas: Number(message.gasUsed), ours: new WeftCall(message, module, hasMemo), rivals }
    },
  }
}

async function ethereumJs(message: MessageCase): Promise<Runner> {
  const { ethereumJsCall } = await importRival('@ethereumjs/evm', () => import('../rivals/ethereumjs-call.ts'))
  return ethereumJsCall(message)
}

function messageOf({ name, code, calldata, accounts = {}, gasUsed, output }: MessageFile): MessageCase {
  const others = Object.entries(accounts).map(
    ([address, account]) => [address as Address, bytes(account.code)] as const,
  )
  return {
    name,
    caller: CALLER,
    to: CONTRACT,
    gasLimit: GAS,
    codes: [[CONTRACT, bytes(code)], ...others],
    input: bytes(calldata),
    gasUsed: BigInt(gasUsed),
    output,
  }
}

function bytes(text: string): Uint8Array {
  const read = hexBytes(text)
  if (!read) throw new Error('a file of evm-bench holds text that is not hex')
  return read
}

/** The message on the raw core. */
class WeftCall implements Runner {
  readonly #case: MessageCase
  readonly #module: WebAssembly.Module
  readonly #message: Message
  readonly #hasMemo: boolean
  #core: Core | undefined
  #runs = 0

  constructor(message: MessageCase, module: WebAssembly.Module, hasMemo: boolean) {
    const { caller, to, input, gasLimit } = message
    this.#case = message
    this.#module = module
    this.#hasMemo = hasMemo
    this.#message = { from: caller, to, input, value: 0n, gas: gasLimit }
  }

  async prepare(): Promise<void> {
    this.#core ??= await instantiateCore(this.#module)
    const core = this.#core
    core.reset('osaka')
    const writer = new Writer()
    this.#runs++
    for (const [address, bytes] of this.#case.codes) {
      const code = numbered(bytes, this.#runs)
      const codeHash = hexOf(core.keccak(code))
      putAccount(writer, address, { nonce: 1n, balance: 0n, codeHash })
      putCode(writer, codeHash, code)
    }
    core.supply(writer)
    core.setBlock(createEnv('osaka'), true)
    if (this.#hasMemo) core.setOption(OPTION_HASH_MEMO, 1)
  }

  run(): void {
    const core = this.#core as Core
    core.beginCall(this.#message)
    let state = core.run()
    while (state === 'yield') state = core.run()
    if (state !== 'done') throw new WrongResult('weft: asked for state that the case does not have')
  }

  verify(): void {
    const result = (this.#core as Core).outcome()
    if (!('outcome' in result)) throw new WrongResult(`weft: rejected the message, reason ${result.rejection}`)
    const { status, gasUsed, output } = result.outcome
    demand('weft', 'status', 'success', status)
    demand('weft', 'gas', this.#case.gasUsed, gasUsed)
    demand('weft', 'output', this.#case.output, outputText(output))
  }
}

/** The code with a STOP and a number behind it: the same program under another hash. */
function numbered(code: Uint8Array, number: number): Uint8Array {
  const longer = new Uint8Array(code.length + 5)
  longer.set(code)
  new DataView(longer.buffer).setUint32(code.length + 1, number)
  return longer
}
