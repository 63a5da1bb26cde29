// The binder of the core beside its model. test/kernel/bind.ts is the whole core with the binder's functions; here it gets blocks and
// the template programs that it asks for, and its records come back as those of src/analysis/reference.ts.
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createTxFromRLP } from '@ethereumjs/tx'
import { keccak_256 } from '@noble/hashes/sha3.js'
import * as P from '../../assembly/parallel/program.ts'
import * as abi from '../../src/abi.ts'
import { type CoreExports, putAccount, putCode, putSigner, putSlot, Reader, Writer } from '../../src/abi.ts'
import { EMPTY_PROGRAM } from '../../src/analysis/analyst.ts'
import { type BoundState, type BoundTx, bind, environmentWords, type Predicted } from '../../src/analysis/reference.ts'
import { CodeTemplates } from '../../src/analysis/template.ts'
import { Core } from '../../src/core/core.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { MemorySource } from '../../src/state/memory.ts'
import { type Address, type Block, EMPTY_CODE_HASH, type Hex, type PlainState } from '../../src/types.ts'
import { type Build, loadKernel } from '../kernel/load.ts'

/** What test/kernel/bind.ts exports besides the ABI. */
export interface BindExports extends CoreExports {
  weft_thread_wanted(): number
  weft_thread_program(pointer: number, length: number): number
  addProgram(codeHash: number, selector: number, program: number, words: number, source: number): number
  forgetPrograms(): void
  setBindBounds(frames: number, evaluations: number, turns: number, frameTurns: number, records: number): void
  bindAll(count: number): number
  bindOne(index: number): number
  dataOf(index: number): number
  recordsEnd(): number
  unanswered(): number
  evaluationsLeftOver(): number
  openForTest(at: number): void
  closeForTest(): void
  recall(out: number, data: number, length: number): number
  hits(): number
  misses(): number
}

/** Rules before the gas limit of EIP-7825; blob transactions are not verified here, so nothing of this is called. */
const kzg = {} as NonNullable<Common['customCrypto']['kzg']>
const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague, customCrypto: { kzg } })

/** Bounds of the reference binder. */
const REFERENCE_BOUNDS = [2048, 500_000, 16_000, 2800, 8192] as const

/** One predicted access, with the source that named it first. */
export interface BoundAccess extends Predicted {
  source: number
}

/** A program that the binder asked for. */
export interface Wanted {
  hash: Hex
  selector: number
  program: Uint32Array
}

const TRANSFER_GAS = 21_000n

/** A transaction with its gas limit and its access list. */
export interface ListedTx extends BoundTx {
  gasLimit: bigint
  accessList: readonly { address: bigint; key: bigint }[]
}

/** Templates by code hash, kept over all blocks of a process. */
const known = new Map<Hex, CodeTemplates>()

/** The templates of a code. */
export function templatesOf(hash: Hex, code: Uint8Array): CodeTemplates {
  const templates = known.get(hash) ?? new CodeTemplates(code)
  known.set(hash, templates)
  return templates
}

/** The program of a selector; one that says nothing where the analyzer made one that is too large. */
export function programOf(hash: Hex, code: Uint8Array, selector: number): Uint32Array {
  const { program } = templatesOf(hash, code).template(selector)
  const isTooLarge = program.length > P.MAX_PROGRAM_WORDS || program[3]! > P.MAX_BLOCKS || program[2]! > P.MAX_NODES
  return isTooLarge ? EMPTY_PROGRAM : program
}

/** A core with its binder. */
export class BindingCore {
  readonly exports: BindExports
  readonly core: Core
  state!: BoundState
  txs!: ListedTx[]

  private constructor(exports: BindExports) {
    this.exports = exports
    this.core = new Core(exports)
  }

  static async load(build: Build): Promise<BindingCore> {
    return new BindingCore(await loadKernel<BindExports>('bind', build))
  }

  /** The bounds of the reference binder instead of the core's own. */
  useReferenceBounds(): void {
    this.exports.setBindBounds(...REFERENCE_BOUNDS)
  }

  /** Begins a block up to where its transactions would be bound. `senders` in order. */
  begin(block: Block, state: PlainState, senders: readonly Address[]): void {
    const { core } = this
    const source = new MemorySource(state)
    core.reset(block.env.fork)
    this.txs = []
    core.supply(recordsOf(state, source))
    core.beginBlock(block, { complete: true, rewards: false, rootReceipts: false })
    const ended = core.run()
    if (block.transactions.length === 0) return
    if (ended !== 'request') throw new Error('the senders were not asked for')
    const signers = new Writer()
    for (const item of core.request()) {
      if (item.kind !== 'recover') throw new Error(`expected recover, got ${item.kind}`)
      putSigner(signers, item.index, hexBytes(senders[item.index]!))
    }
    core.supply(signers)
    this.state = boundState(state, source)
    this.txs = block.transactions.map((bytes, i) => boundTx(block, bytes, senders[i]!))
  }

  /** Gives the binder the programs it asks for. */
  teach(): void {
    this.wantedPrograms()
  }

  /** What binding the block once does not know. */
  wanted(): Wanted[] {
    this.exports.bindAll(this.txs.length)
    const at = this.exports.weft_thread_wanted() >>> 0
    const reader = new Reader(this.exports.memory)
    return Array.from({ length: reader.u32(at) }, (_, i) => {
      const item = reader.u32(at + 4) + i * abi.WANTED_SIZE
      const hash = reader.hex(item + abi.WANTED_CODE_HASH, 32)
      const code = reader.bytes(reader.u32(item + abi.WANTED_CODE), reader.u32(item + abi.WANTED_CODE_LENGTH))
      const selector = reader.u32(item + abi.WANTED_SELECTOR)
      return { hash, selector, program: programOf(hash, code, selector) }
    })
  }

  /** Hands a program in: RUN_DONE or RUN_BAD_INPUT. */
  give(hash: Hex, selector: number, program: Uint32Array, source: number = P.SOURCE_STATIC): number {
    const { exports } = this
    const length = abi.PROGRAM_STRUCT_SIZE + program.byteLength
    const pointer = exports.weft_alloc(length) >>> 0
    const bytes = new Uint8Array(exports.memory.buffer, pointer, length)
    const view = new DataView(exports.memory.buffer, pointer, length)
    bytes.set(hexBytes(hash)!, abi.PROGRAM_CODE_HASH)
    view.setUint32(abi.PROGRAM_SELECTOR, selector, true)
    view.setUint32(abi.PROGRAM_SOURCE, source, true)
    view.setUint32(abi.PROGRAM_WORDS, program.length, true)
    bytes.set(new Uint8Array(program.buffer, program.byteOffset, program.byteLength), abi.PROGRAM_STRUCT_SIZE)
    const status = exports.weft_thread_program(pointer, length)
    exports.weft_free(pointer)
    return status
  }

  /** The records of a transaction from the core. */
  bound(index: number): BoundAccess[] {
    const from = this.exports.bindOne(index) >>> 0
    if (from === 0) throw new Error('the core ran out of memory')
    return readRecords(this.exports, from, this.exports.recordsEnd() >>> 0)
  }

  /** The records of all transactions. */
  boundAll(): BoundAccess[] {
    const from = this.exports.bindAll(this.txs.length) >>> 0
    if (from === 0) throw new Error('the core ran out of memory')
    return readRecords(this.exports, from, this.exports.recordsEnd() >>> 0)
  }

  /** The calldata of a transaction in the core's memory. */
  calldataOf(index: number): Uint8Array {
    const { memory } = this.exports
    return new Uint8Array(memory.buffer, this.exports.dataOf(index) >>> 0, this.txs[index]!.data.length)
  }

  /** The programs that binding asks for, until it asks for no more. */
  wantedPrograms(): Wanted[] {
    const all: Wanted[] = []
    for (let wanted = this.wanted(); wanted.length > 0; wanted = this.wanted()) {
      for (const { hash, selector, program } of wanted) this.give(hash, selector, program)
      all.push(...wanted)
    }
    return all
  }

  /** What the reference binder says of a transaction, with the envelope, in the same form. */
  expected(index: number): BoundAccess[] {
    const tx = this.txs[index]!
    const envelope: [bigint, number, number][] = [
      [tx.sender, P.WHAT_NONCE, P.MODE_DELTA],
      [tx.sender, P.WHAT_BALANCE, P.MODE_DELTA],
      ...(tx.value > 0n ? [[tx.to, P.WHAT_BALANCE, P.MODE_DELTA] as [bigint, number, number]] : []),
    ]
    const records = envelope.map(([address, what, mode]) => ({ address, what, mode, key: 0n, isMaybe: false }))
    // What has the gas of a transfer runs nothing, and the core does not look whether there is a code.
    if (tx.gasLimit <= TRANSFER_GAS) return merged(records)
    const listed = tx.accessList.map(slot => ({ ...slot, what: P.WHAT_SLOT, mode: P.MODE_READ, isMaybe: false }))
    records.push(...listed)
    if (!this.state.code(tx.to)) return merged(records)
    const programs = (code: Uint8Array, selector: number): Uint32Array =>
      programOf(hexOf(keccak_256(code)), code, selector)
    return merged([...records, ...bind(tx, this.state, programs)])
  }
}

/** Accesses by place, each once; the source is left out. */
export function byPlace(accesses: readonly Predicted[]): Map<string, string> {
  return new Map(
    accesses.map(({ address, what, key, mode, isMaybe }) => [
      `${address.toString(16)} ${what} ${key.toString(16)}`,
      `${mode}${isMaybe ? ' maybe' : ''}`,
    ]),
  )
}

/** Each place once. */
export function merged(records: readonly Predicted[]): BoundAccess[] {
  const places = new Map<string, BoundAccess>()
  for (const record of records) {
    const address = BigInt.asUintN(160, record.address)
    const name = `${address} ${record.what} ${record.key}`
    const before = places.get(name)
    places.set(name, {
      ...record,
      address,
      source: 0,
      mode: record.mode | (before?.mode ?? 0),
      isMaybe: record.isMaybe && (before?.isMaybe ?? true),
    })
  }
  return [...places.values()]
}

function readRecords({ memory }: CoreExports, from: number, end: number): BoundAccess[] {
  const view = new DataView(memory.buffer)
  const number = (at: number, limbs: number): bigint => {
    let value = 0n
    for (let i = limbs - 1; i >= 0; i--) value = (value << 32n) | BigInt(view.getUint32(at + 4 * i, true))
    return value
  }
  const records: BoundAccess[] = []
  for (let at = from; at < end; at += 64) {
    const mode = view.getUint32(at + 24, true)
    const what = view.getUint32(at + 28, true)
    records.push({
      address: number(at, 6),
      mode: mode & 255,
      isMaybe: (mode & 256) !== 0,
      what: what & 255,
      source: what >>> 8,
      key: number(at + 32, 8),
    })
  }
  return records
}

function recordsOf(state: PlainState, source: MemorySource): Writer {
  const writer = new Writer(1 << 16)
  const codes = new Set<Hex>()
  for (const [address, account] of state.accounts ?? []) {
    putAccount(writer, address, account, true)
    for (const [key, value] of account.storage ?? []) putSlot(writer, address, key, value)
    if (account.codeHash !== EMPTY_CODE_HASH) codes.add(account.codeHash)
  }
  for (const hash of codes) putCode(writer, hash, source.code(hash))
  return writer
}

function boundState(state: PlainState, source: MemorySource): BoundState {
  const accounts = new Map(
    [...(state.accounts ?? [])].map(([address, { balance, codeHash, storage }]) => [
      BigInt(address),
      { balance, codeHash, slots: new Map(storage) },
    ]),
  )
  const at = (address: bigint): (typeof accounts extends Map<bigint, infer T> ? T : never) | undefined =>
    accounts.get(BigInt.asUintN(160, address))
  return {
    code: address => {
      const hash = at(address)?.codeHash ?? EMPTY_CODE_HASH
      return hash === EMPTY_CODE_HASH ? undefined : source.code(hash)
    },
    codeHash: address => BigInt(at(address)?.codeHash ?? 0),
    balance: address => at(address)?.balance ?? 0n,
    slot: (address, key) => at(address)?.slots.get(key) ?? 0n,
  }
}

function boundTx({ env }: Block, bytes: Uint8Array, sender: Address): ListedTx {
  const tx = createTxFromRLP(bytes, { common, freeze: false })
  const offered = 'maxFeePerGas' in tx ? tx.maxFeePerGas : tx.gasPrice
  const priority = 'maxPriorityFeePerGas' in tx ? tx.maxPriorityFeePerGas : offered
  const most = env.baseFee + priority
  const listed = 'accessList' in tx ? tx.accessList : []
  return {
    accessList: listed.flatMap(([address, keys]) =>
      keys.map(key => ({ address: BigInt(hexOf(address)), key: BigInt(hexOf(key)) })),
    ),
    gasLimit: tx.gasLimit,
    sender: BigInt(sender),
    to: BigInt(tx.to?.toString() ?? 0),
    value: tx.value,
    data: tx.data,
    env: environmentWords(env, least(offered, most)),
  }
}

function least(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}
