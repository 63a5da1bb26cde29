// The embedding ABI seen from TypeScript: structs of assembly/abi.ts to plain values and back. The only file that reads or
// writes the core's memory; everything else handles the types of types.ts.

import * as abi from '../assembly/abi.ts'
import {
  MODE_DELTA,
  MODE_READ,
  MODE_WRITE,
  WHAT_BALANCE,
  WHAT_CODE,
  WHAT_NONCE,
  WHAT_SLOT,
} from '../assembly/parallel/program.ts'
import { forkByName } from './chain/forks.ts'
import { describe, InputError } from './errors.ts'
import { hexOf, writeHex } from './input/hex.ts'
import type { Account, Address, Block, BlockEnv, Hex, Log } from './types.ts'

export * from '../assembly/abi.ts'

/** The exports of the core (docs/ABI.md). */
export interface CoreExports {
  memory: WebAssembly.Memory
  weft_abi_version(): number
  weft_alloc(length: number): number
  weft_free(pointer: number): void
  weft_reset(fork: number): void
  weft_set_block(pointer: number): number
  weft_begin_tx(pointer: number): number
  weft_begin_call(pointer: number): number
  weft_begin_block(pointer: number): number
  weft_set_precompiles(addresses: number, count: number): number
  weft_set_option(option: number, value: number): number
  weft_run(): number
  weft_trace(): number
  weft_progress(): number
  weft_request(): number
  weft_supply(pointer: number, length: number): number
  weft_state_account(out: number, address: number): number
  weft_state_slot(out: number, address: number, key: number): number
  weft_outcome(): number
  weft_commit(): number
  weft_discard(): void
  weft_diff(): number
  weft_settle(): void
  weft_state_root(out: number): number
  weft_hash_request(): number
  weft_logs_hash(out: number): number
  weft_keccak(out: number, pointer: number, length: number): number
  weft_keccak_batch(jobs: number, count: number): number
  weft_keccak_many(out: number, pointer: number, length: number, count: number): number
  weft_keccak_chains(out: number, words: number, depth: number, count: number): number
  weft_trie_add(jobs: number, count: number): number
  weft_trie_account(out: number, root: number, address: number): number
  weft_trie_slot(out: number, root: number, address: number, key: number): number
  weft_trie_update(root: number, records: number, length: number): number
  weft_trie_encode(): number
  weft_trie_report(): number
}

/** What hashing in bulk needs of them; every build has it. */
export type HashExports = Pick<
  CoreExports,
  | 'memory'
  | 'weft_alloc'
  | 'weft_free'
  | 'weft_keccak'
  | 'weft_keccak_batch'
  | 'weft_keccak_many'
  | 'weft_keccak_chains'
>

/** What tries of known nodes need; every build has it. */
export type TrieExports = HashExports &
  Pick<
    CoreExports,
    | 'weft_trie_add'
    | 'weft_trie_account'
    | 'weft_trie_slot'
    | 'weft_trie_update'
    | 'weft_trie_encode'
    | 'weft_trie_report'
  >

/** What the threads build exports besides (assembly/threads.ts). */
export interface ThreadExports extends CoreExports {
  weft_thread_control(): number
  weft_thread_join(control: number): number
  weft_thread_linger(): number
  weft_thread_lingering(): number
  weft_thread_request(): number
  weft_thread_room(length: number): number
  weft_thread_supply(pointer: number, length: number): number
  weft_thread_hints(pointer: number, length: number): number
  weft_thread_report(): number
  weft_thread_wanted(): number
  weft_thread_program(pointer: number, length: number): number
  weft_thread_lesson(): number
}

/** An access that a transaction of a block is expected to make. Whether it is right changes how fast the block runs, never its result. */
export interface AccessHint {
  /** Index of the transaction. */
  tx: number
  address: Address
  what: 'storage' | 'balance' | 'code' | 'nonce'
  /** Of a slot. */
  key?: bigint
  /** `delta`: the value is only added to. */
  mode: 'read' | 'write' | 'delta'
}

/** One item of a request, decoded. */
export type RequestItem =
  | { kind: 'account'; address: Address }
  | { kind: 'storage'; address: Address; key: bigint }
  /** `optional`: asked in advance; it need not be answered. */
  | { kind: 'code'; codeHash: Hex; optional: boolean }
  | { kind: 'blockHash'; number: bigint }
  | { kind: 'precompile'; address: number; input: Uint8Array }
  /** `at`: address of the call in the core's memory, see core/custom-call.ts. */
  | { kind: 'custom'; at: number }
  | { kind: 'recover'; index: number; hash: Uint8Array; r: Uint8Array; s: Uint8Array; parity: 0 | 1 }

const U64 = 0xffffffffffffffffn

// ---- writing ----------------------------------------------------------------------------------------------------------------

/** A growing byte buffer in the host, for structs and records on their way into the core. Everything written is zero before. */
export class Writer {
  #bytes: Uint8Array
  #view: DataView
  length = 0

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** What has been written. Valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** Appends `size` zero bytes and returns their offset. */
  room(size: number): number {
    const at = this.#grow(size)
    this.#bytes.fill(0, at, this.length)
    return at
  }

  /** Appends bytes as they are. */
  append(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  clear(): void {
    this.length = 0
  }

  u32(at: number, value: number): void {
    this.#view.setUint32(at, value, true)
  }

  u64(at: number, value: bigint): void {
    this.#view.setBigUint64(at, value, true)
  }

  put(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at)
  }

  hex(at: number, hex: Hex): void {
    if (writeHex(this.#bytes, at, hex)) return
    throw new InputError({
      field: 'hex text of a source',
      expected: '0x and two digits per byte',
      found: describe(hex),
    })
  }

  /** Bytes that have been written before. */
  copy(at: number, from: number, length: number): void {
    this.#bytes.copyWithin(at, from, from + length)
  }

  /** Makes room for `size` bytes more, which hold anything, and returns their offset. */
  #grow(size: number): number {
    const at = this.length
    const end = at + size
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    this.length = end
    return at
  }

  /** A word, big-endian. */
  word(at: number, value: bigint): void {
    // A limb is written modulo 2^64 (ToBigUint64), so nothing needs to be masked.
    this.#view.setBigUint64(at + 24, value)
    if (value <= U64) return
    const upper = value >> 64n
    this.#view.setBigUint64(at + 16, upper)
    if (upper <= U64) return
    const top = upper >> 64n
    this.#view.setBigUint64(at + 8, top)
    this.#view.setBigUint64(at, top >> 64n)
  }
}

function record(writer: Writer, kind: number, size: number): number {
  const padded = (size + 7) & ~7
  const at = writer.room(padded)
  writer.u32(at + abi.RECORD_KIND, kind)
  writer.u32(at + abi.RECORD_SIZE, padded)
  return at
}

/** Record of an account; `storageCleared`: slots that are not supplied are zero. */
export function putAccount(writer: Writer, address: Address, account: Account | null, storageCleared = false): void {
  const at = record(writer, abi.KIND_ACCOUNT, abi.ACCOUNT_RECORD_SIZE)
  writer.hex(at + abi.ACCOUNT_ADDRESS, address)
  if (!account) return
  const cleared = storageCleared ? abi.ACCOUNT_STORAGE_CLEARED : 0
  const hasStorage = account.hasStorage ? abi.ACCOUNT_HAS_STORAGE : 0
  writer.u32(at + abi.ACCOUNT_FLAGS, abi.ACCOUNT_EXISTS | cleared | hasStorage)
  writer.u64(at + abi.ACCOUNT_NONCE, account.nonce)
  writer.word(at + abi.ACCOUNT_BALANCE, account.balance)
  writer.hex(at + abi.ACCOUNT_CODE_HASH, account.codeHash)
}

export function putSlot(writer: Writer, address: Address, key: bigint, value: bigint): void {
  const at = record(writer, abi.KIND_STORAGE, abi.STORAGE_RECORD_SIZE)
  writer.hex(at + abi.STORAGE_ADDRESS, address)
  writer.word(at + abi.STORAGE_KEY, key)
  writer.word(at + abi.STORAGE_VALUE, value)
}

/** Records of the slots of one account: its address is decoded once (9.4 → 7.0 ms for the state of 1,000 exchange pairs, 25,000 records). */
export function putSlots(
  writer: Writer,
  address: Address,
  slots: Iterable<readonly [key: bigint, value: bigint]>,
): void {
  let first = -1
  for (const [key, value] of slots) {
    const at = record(writer, abi.KIND_STORAGE, abi.STORAGE_RECORD_SIZE)
    if (first < 0) {
      writer.hex(at + abi.STORAGE_ADDRESS, address)
      first = at
    } else writer.copy(at + abi.STORAGE_ADDRESS, first + abi.STORAGE_ADDRESS, 20)
    writer.word(at + abi.STORAGE_KEY, key)
    writer.word(at + abi.STORAGE_VALUE, value)
  }
}

export function putCode(writer: Writer, codeHash: Hex, code: Uint8Array): void {
  const at = record(writer, abi.KIND_CODE, abi.CODE_BYTES + code.length)
  writer.u32(at + abi.CODE_LENGTH, code.length)
  writer.hex(at + abi.CODE_HASH, codeHash)
  writer.put(at + abi.CODE_BYTES, code)
}

export function putBlockHash(writer: Writer, number: bigint, hash: Hex): void {
  const at = record(writer, abi.KIND_BLOCK_HASH, abi.BLOCK_HASH_RECORD_SIZE)
  writer.u64(at + abi.BLOCK_HASH_NUMBER, number)
  writer.hex(at + abi.BLOCK_HASH_HASH, hash)
}

/** Output of a precompile; undefined = it failed. */
export function putPrecompile(writer: Writer, output: Uint8Array | undefined): void {
  const at = record(writer, abi.KIND_PRECOMPILE, abi.PRECOMPILE_OUTPUT + (output?.length ?? 0))
  if (!output) return
  writer.u32(at + abi.PRECOMPILE_OK, 1)
  writer.u32(at + abi.PRECOMPILE_LENGTH, output.length)
  writer.put(at + abi.PRECOMPILE_OUTPUT, output)
}

/** Signer of a signature; undefined = there is none. */
export function putSigner(writer: Writer, index: number, address: Uint8Array | undefined): void {
  const at = record(writer, abi.KIND_RECOVER, abi.RECOVER_RECORD_SIZE)
  writer.u32(at + abi.RECOVER_INDEX, index)
  if (!address) return
  writer.u32(at + abi.RECOVER_OK, 1)
  writer.put(at + abi.RECOVER_ADDRESS, address)
}

/** The environment struct, in the first ENV_STRUCT_SIZE bytes of a struct of `size`. */
export function putEnv(writer: Writer, env: BlockEnv, size: number, complete: boolean): number {
  const at = writer.room(size)
  writer.u32(at + abi.ENV_SIZE, size)
  writer.u32(at + abi.ENV_FORK, forkByName(env.fork).rules)
  writer.u64(at + abi.ENV_NUMBER, env.number)
  writer.u64(at + abi.ENV_TIMESTAMP, env.timestamp)
  writer.u64(at + abi.ENV_GAS_LIMIT, env.gasLimit)
  writer.u64(at + abi.ENV_CHAIN_ID, env.chainId)
  writer.u64(at + abi.ENV_EXCESS_BLOB_GAS, env.excessBlobGas)
  writer.u32(at + abi.ENV_BLOB_MAX, env.blobMax)
  writer.u64(at + abi.ENV_BLOB_UPDATE_FRACTION, BigInt(env.blobUpdateFraction))
  writer.hex(at + abi.ENV_COINBASE, env.coinbase)
  writer.word(at + abi.ENV_BASE_FEE, env.baseFee)
  writer.word(at + abi.ENV_RANDOM, env.random)
  writer.hex(at + abi.ENV_PARENT_HASH, env.parentHash)
  if (env.parentBeaconRoot) writer.hex(at + abi.ENV_PARENT_BEACON_ROOT, env.parentBeaconRoot)
  const beacon = env.parentBeaconRoot ? abi.ENV_HAS_BEACON_ROOT : 0
  writer.u32(at + abi.ENV_FLAGS, beacon | (complete ? abi.ENV_COMPLETE_STATE : 0))
  return at
}

/** How a block is run. */
export interface BlockFlags {
  /** State that is not supplied does not exist. */
  complete: boolean
  /** Pay the static block reward. */
  rewards: boolean
  /** The state is the whole state: receipts before Byzantium hold its root. */
  rootReceipts: boolean
}

/** Bytes that putBlock() writes. */
export function blockSize({ transactions, withdrawals = [], uncles }: Block): number {
  const fixed = abi.BLOCK_STRUCT_SIZE + withdrawals.length * abi.WITHDRAWAL_SIZE + uncles.length * abi.UNCLE_SIZE
  return transactions.reduce((size, { length }) => size + 8 + length, fixed)
}

/** The block input with everything it points to, laid out for the address `base`. The core asks for the senders. */
export function putBlock(writer: Writer, block: Block, base: number, flags: BlockFlags): void {
  const at = putEnv(writer, block.env, abi.BLOCK_STRUCT_SIZE, flags.complete)
  const { transactions, withdrawals = [], uncles } = block
  writer.u32(
    at + abi.BLOCK_FLAGS,
    (flags.rewards ? abi.BLOCK_REWARD : 0) |
      (flags.rootReceipts ? abi.BLOCK_ROOT_RECEIPTS : 0) |
      (block.unpaidUncles ? abi.BLOCK_UNCLES_UNPAID : 0),
  )
  const items = writer.room(transactions.length * 8)
  writer.u32(at + abi.BLOCK_TXS, base + items)
  writer.u32(at + abi.BLOCK_TX_COUNT, transactions.length)
  for (const [i, bytes] of transactions.entries()) {
    writer.u32(items + i * 8, base + writer.length)
    writer.append(bytes)
    writer.u32(items + i * 8 + 4, bytes.length)
  }
  writer.u32(at + abi.BLOCK_WITHDRAWALS, base + writer.length)
  writer.u32(at + abi.BLOCK_WITHDRAWAL_COUNT, withdrawals.length)
  for (const withdrawal of withdrawals) {
    const to = writer.room(abi.WITHDRAWAL_SIZE)
    writer.u64(to, withdrawal.index)
    writer.u64(to + 8, withdrawal.validatorIndex)
    writer.u64(to + 16, withdrawal.amount)
    writer.hex(to + 24, withdrawal.address)
  }
  writer.u32(at + abi.BLOCK_UNCLES, base + writer.length)
  writer.u32(at + abi.BLOCK_UNCLE_COUNT, uncles.length || block.unpaidUncles)
  for (const uncle of uncles) {
    const to = writer.room(abi.UNCLE_SIZE)
    writer.u64(to, uncle.number)
    writer.hex(to + 8, uncle.coinbase)
  }
}

// ---- reading ----------------------------------------------------------------------------------------------------------------

/** Reads the core's memory as it is now (make a new one after every call into the core), or a copy of a part of it. */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(from: WebAssembly.Memory | Uint8Array) {
    this.#bytes = from instanceof Uint8Array ? from : new Uint8Array(from.buffer)
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength)
  }

  /** Reads it as it is now: a memory that grows has another buffer. */
  isOf(memory: WebAssembly.Memory): boolean {
    return this.#bytes.buffer === memory.buffer
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true)
  }

  i32(at: number): number {
    return this.#view.getInt32(at, true)
  }

  u64(at: number): bigint {
    return this.#view.getBigUint64(at, true)
  }

  f64(at: number): number {
    return this.#view.getFloat64(at, true)
  }

  /** A big-endian word. */
  word(at: number): bigint {
    const high = (this.#view.getBigUint64(at) << 64n) | this.#view.getBigUint64(at + 8)
    const low = (this.#view.getBigUint64(at + 16) << 64n) | this.#view.getBigUint64(at + 24)
    return (high << 128n) | low
  }

  /** A copy of `length` bytes. */
  bytes(at: number, length: number): Uint8Array {
    return this.#bytes.slice(at, at + length)
  }

  hex(at: number, length: number): Hex {
    return hexOf(this.#bytes.subarray(at, at + length))
  }
}

const HINT_WHAT = { storage: WHAT_SLOT, balance: WHAT_BALANCE, code: WHAT_CODE, nonce: WHAT_NONCE } as const
const HINT_MODE = { read: MODE_READ, write: MODE_WRITE, delta: MODE_DELTA } as const

/** Appends an access hint (HINT_*). */
export function putHint(w: Writer, hint: AccessHint): void {
  const at = w.room(abi.HINT_SIZE)
  w.hex(at + abi.HINT_ADDRESS, hint.address)
  w.u32(at + abi.HINT_TX, hint.tx)
  w.u32(at + abi.HINT_MODE, HINT_MODE[hint.mode])
  w.u32(at + abi.HINT_WHAT, HINT_WHAT[hint.what])
  if (hint.key !== undefined) w.word(at + abi.HINT_KEY, hint.key)
}

/** The items of the request at `at`. */
export function readRequest(reader: Reader, at: number): RequestItem[] {
  const first = reader.u32(at + abi.REQUEST_ITEMS)
  return Array.from({ length: reader.u32(at + abi.REQUEST_COUNT) }, (_, i) =>
    readItem(reader, first + i * abi.ITEM_SIZE),
  )
}

function readItem(reader: Reader, at: number): RequestItem {
  switch (reader.u32(at + abi.ITEM_KIND)) {
    case abi.KIND_ACCOUNT:
      return { kind: 'account', address: reader.hex(at + abi.ITEM_ADDRESS, 20) }
    case abi.KIND_STORAGE: {
      const address = reader.hex(at + abi.ITEM_ADDRESS, 20)
      return { kind: 'storage', address, key: reader.word(at + abi.ITEM_KEY) }
    }
    case abi.KIND_CODE:
      return {
        kind: 'code',
        codeHash: reader.hex(at + abi.ITEM_KEY, 32),
        optional: reader.u64(at + abi.ITEM_NUMBER) !== 0n,
      }
    case abi.KIND_BLOCK_HASH:
      return { kind: 'blockHash', number: reader.u64(at + abi.ITEM_NUMBER) }
    case abi.KIND_PRECOMPILE: {
      const input = reader.bytes(reader.u32(at + abi.ITEM_PTR), reader.u32(at + abi.ITEM_LEN))
      return { kind: 'precompile', address: Number(reader.u64(at + abi.ITEM_NUMBER)), input }
    }
    case abi.KIND_CUSTOM:
      return { kind: 'custom', at: reader.u32(at + abi.ITEM_PTR) }
    default:
      return {
        kind: 'recover',
        index: reader.u32(at + abi.ITEM_PTR),
        hash: reader.bytes(at + abi.ITEM_KEY, 32),
        r: reader.bytes(at + abi.ITEM_R, 32),
        s: reader.bytes(at + abi.ITEM_S, 32),
        parity: reader.u32(at + abi.ITEM_PARITY) ? 1 : 0,
      }
  }
}

const NO_LOGS: readonly Log[] = []

/**
 * A function that gives `count` log records from `at` on. Their bytes are copied now and decoded when they are first asked for:
 * a block may have ten thousand, and most callers want the roots.
 */
export function logsLater(reader: Reader, at: number, count: number): () => readonly Log[] {
  if (count === 0) return () => NO_LOGS
  let end = at
  for (let i = 0; i < count; i++) end += reader.u32(end + abi.LOG_SIZE)
  let bytes: Uint8Array | undefined = reader.bytes(at, end - at)
  let logs: readonly Log[] = NO_LOGS
  return () => {
    if (bytes) logs = readLogs(new Reader(bytes), count)
    bytes = undefined
    return logs
  }
}

function readLogs(reader: Reader, count: number): Log[] {
  const logs: Log[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const topicCount = reader.u32(at + abi.LOG_TOPIC_COUNT)
    const data = at + abi.LOG_TOPICS + topicCount * 32
    logs.push({
      address: reader.hex(at + abi.LOG_ADDRESS, 20),
      topics: Array.from({ length: topicCount }, (_, t) => reader.hex(at + abi.LOG_TOPICS + t * 32, 32)),
      data: reader.bytes(data, reader.u32(at + abi.LOG_DATA_LENGTH)),
    })
    at += reader.u32(at + abi.LOG_SIZE)
  }
  return logs
}
