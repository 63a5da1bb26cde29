// One WASM instance behind plain types. A core does one thing at a time: reset, supply, begin, run until done, read.

import * as abi from '../abi.ts'
import {
  type AccessHint,
  type BlockFlags,
  blockSize,
  type CoreExports,
  logsLater,
  putBlock,
  putEnv,
  putHint,
  Reader,
  type RequestItem,
  readRequest,
  type ThreadExports,
  Writer,
} from '../abi.ts'
import { forkByName } from '../chain/forks.ts'
import { haltReasonOf } from '../errors.ts'
import type {
  Account,
  AccountDiff,
  Address,
  Block,
  BlockEnv,
  ForkName,
  Hex,
  PrecompileCall,
  Receipt,
  StateDiff,
  TxOutcome,
  TxStatus,
} from '../types.ts'

import { readAccount, readCustomCall } from './custom-call.ts'
import { failure, guarded } from './guard.ts'
import { type MessageEnd, readMessageEnd } from './message-end.ts'
import { type ParallelCounters, readCounters, readReport, type ThreadReport } from './report.ts'
import { type GivenProgram, programBytes, readWanted, type WantedTemplate } from './templates.ts'

/** What a run came to: done, waiting for answers, for its trace to be taken, for other threads to be called, for digests, or only pausing. */
export type RunState = 'done' | 'request' | 'trace' | 'yield' | 'parallel' | 'hash'

/** A batch of hashes that the core waits for, in its memory. Addresses are valid until it goes on. */
export interface HashRequest {
  /** Messages that lie anywhere: `input` is the address of the jobs (JOB_*). Keys: `size` bytes each from `input` on, digests from `output` on. */
  kind: 'messages' | 'keys'
  /** PURPOSE_*. */
  purpose: number
  input: number
  count: number
  size: number
  output: number
  permutations: number
}

/** Hashes by purpose that the core made without asking. */
export interface OwnHashes {
  /** PURPOSE_*. */
  purpose: number
  messages: number
  permutations: number
}

/** A message for `beginCall`: no intrinsic gas, no fee, no nonce check. */
export interface Message {
  from: Address
  /** Absent: the input is initcode. */
  to?: Address | undefined
  input: Uint8Array
  value: bigint
  gas: bigint
  isStatic?: boolean
  /** Executed instead of the recipient's code; not for a creation. */
  code?: Uint8Array | undefined
  /** The value is told, not moved, as by DELEGATECALL; not for a creation. */
  valueStays?: boolean
  /** The message is a transaction's that the host executes, which has counted the sender's nonce. */
  inTx?: TxSurroundings | undefined
}

/** What a transaction that the host executes gives its message. */
export interface TxSurroundings {
  origin: Address
  /** wei */
  gasPrice: bigint
  /** All that is warm beside precompiled contracts: accounts, and slots with their account. Keys are 32 bytes. */
  warm: readonly { address: Address; key?: Hex }[]
  /** Versioned hashes, 32 bytes each. */
  blobHashes: readonly Hex[]
}

/** How a transaction is begun. */
export interface TxFlags {
  /** Taken instead of the signer. */
  sender?: Address | undefined
  /** As eth_call: nothing is checked or paid. */
  unchecked?: boolean | undefined
}

/** Result of a transaction as the core states it: an outcome, or the number of a rejection. */
export type TxResult = { rejection: number } | { rejection: 0; outcome: TxOutcome }

/** Result of a block as the core states it. */
export interface BlockResult {
  /** 0, or why the block is invalid, and the transaction at fault (-1: none). */
  rejection: number
  txIndex: number
  gasUsed: bigint
  blobGasUsed: bigint
  receipts: Receipt[]
  receiptsRoot: Hex
  transactionsRoot: Hex
  withdrawalsRoot: Hex
  requestsHash: Hex
  logsBloom: Hex
}

/** Transactions of a block so far; `atRoots`: all are executed. */
export interface Progress {
  done: number
  atRoots: boolean
}

/** A core. Not re-entrant; after an InternalError it must not be used again. */
export class Core {
  readonly #exports: CoreExports
  readonly #writer = new Writer()
  #lastReader: Reader | undefined
  /** Blocks in the core's memory with what is about to begin; the core copies it. */
  #held: number[] = []
  /** Records that are to be supplied again when their codes are hashed. */
  #supplied: number | undefined

  constructor(exports: CoreExports) {
    this.#exports = exports
  }

  /** Linear memory, for hash backends. */
  get memory(): WebAssembly.Memory {
    return this.#exports.memory
  }

  /** Bytes of linear memory. */
  get memorySize(): number {
    return this.#exports.memory.buffer.byteLength
  }

  /** Forgets all state; `fork` is in force. */
  reset(fork: ForkName): void {
    this.#release()
    if (this.#supplied !== undefined) this.#release(this.#supplied)
    this.#supplied = undefined
    guarded(() => this.#exports.weft_reset(forkByName(fork).rules))
  }

  /** Takes records (put* of abi.ts) over. 'hash', only with OPTION_HASH: their codes are to be hashed first, then the same again. */
  supply(writer: Writer): 'done' | 'hash' {
    if (writer.length === 0) return 'done'
    const pointer = this.#supplied ?? this.#copy(writer.bytes)
    this.#supplied = undefined
    const status = guarded(() => this.#exports.weft_supply(pointer, writer.length))
    if (status === abi.RUN_HASH) {
      this.#supplied = pointer
      return 'hash'
    }
    this.#check(status, 'weft_supply')
    this.#release(pointer)
    return 'done'
  }

  /** `complete`: state that is not supplied does not exist. `asksParent`: the parent's hash is not told, but asked for where it is needed. */
  setBlock(env: BlockEnv, complete: boolean, asksParent = false): void {
    this.#writer.clear()
    const at = putEnv(this.#writer, env, abi.ENV_STRUCT_SIZE, complete)
    if (asksParent)
      this.#writer.u32(at + abi.ENV_FLAGS, abi.ENV_ASK_PARENT_HASH | (complete ? abi.ENV_COMPLETE_STATE : 0))
    const pointer = this.#copy(this.#writer.bytes)
    this.#check(
      guarded(() => this.#exports.weft_set_block(pointer)),
      'weft_set_block',
    )
    this.#release(pointer)
  }

  /** Puts contracts of the host's own at these addresses, until the next reset. */
  setPrecompiles(addresses: readonly Address[]): void {
    if (addresses.length === 0) return
    this.#writer.clear()
    for (const address of addresses) this.#writer.hex(this.#writer.room(20), address)
    const pointer = this.#copy(this.#writer.bytes)
    this.#check(
      guarded(() => this.#exports.weft_set_precompiles(pointer, addresses.length)),
      'weft_set_precompiles',
    )
    this.#release(pointer)
  }

  /** The call at `at` of one of them, which the core waits for. */
  customCall(at: number): PrecompileCall {
    return readCustomCall(this.#reader, at)
  }

  /** An account as that call sees it; undefined: it has to be fetched first, which `run` asks for. */
  stateAccount(address: Address): Account | null | undefined {
    return this.#seen(
      abi.ACCOUNT_RECORD_SIZE,
      [address],
      (out, at) => this.#exports.weft_state_account(out, at),
      readAccount,
    )
  }

  /** A slot as that call sees it; undefined as above. */
  stateSlot(address: Address, key: bigint): bigint | undefined {
    return this.#seen(
      abi.STORAGE_RECORD_SIZE,
      [address, key],
      (out, at) => this.#exports.weft_state_slot(out, at, at + 32),
      (reader, at) => reader.word(at + abi.STORAGE_VALUE),
    )
  }

  #seen<T>(
    size: number,
    [address, key = 0n]: readonly [Address, bigint?],
    look: (out: number, at: number) => number,
    read: (reader: Reader, at: number) => T,
  ): T | undefined {
    const writer = this.#writer
    writer.clear()
    const at = writer.room(size + 64) + size
    writer.hex(at, address)
    writer.word(at + 32, key)
    const out = this.#copy(writer.bytes)
    const status = guarded(() => look(out, out + size))
    if (status !== abi.RUN_REQUEST) this.#check(status, 'weft_state_*')
    const value = status === abi.RUN_DONE ? read(this.#reader, out) : undefined
    this.#release(out)
    return value
  }

  /** Sets an option (OPTION_*) from the next begin to the next reset. */
  setOption(option: number, value: number): void {
    this.#check(
      guarded(() => this.#exports.weft_set_option(option, value)),
      'weft_set_option',
    )
  }

  beginTx(signed: Uint8Array, flags: TxFlags = {}): void {
    this.#release()
    const writer = this.#writer
    writer.clear()
    const at = writer.room(abi.TX_STRUCT_SIZE)
    const given = flags.sender ? abi.TX_SENDER_GIVEN : 0
    writer.u32(at + abi.TX_SIZE, abi.TX_STRUCT_SIZE)
    writer.u32(at + abi.TX_FLAGS, given | (flags.unchecked ? abi.TX_UNCHECKED : 0))
    writer.u32(at + abi.TX_RLP, this.#hold(signed))
    writer.u32(at + abi.TX_RLP_LENGTH, signed.length)
    if (flags.sender) writer.hex(at + abi.TX_SENDER, flags.sender)
    const pointer = this.#hold(writer.bytes)
    this.#check(
      guarded(() => this.#exports.weft_begin_tx(pointer)),
      'weft_begin_tx',
    )
    this.#release()
  }

  beginCall(message: Message): void {
    this.#release()
    const writer = this.#writer
    writer.clear()
    const at = writer.room(abi.CALL_STRUCT_SIZE)
    writer.u32(at + abi.CALL_SIZE, abi.CALL_STRUCT_SIZE)
    writer.u32(at + abi.CALL_FLAGS, flagsOf(message))
    writer.u64(at + abi.CALL_GAS, message.gas)
    writer.u32(at + abi.CALL_INPUT, this.#hold(message.input))
    writer.u32(at + abi.CALL_INPUT_LENGTH, message.input.length)
    writer.hex(at + abi.CALL_SENDER, message.from)
    if (message.to) writer.hex(at + abi.CALL_RECIPIENT, message.to)
    writer.word(at + abi.CALL_VALUE, message.value)
    if (message.code) {
      writer.u32(at + abi.CALL_CODE, this.#hold(message.code))
      writer.u32(at + abi.CALL_CODE_LENGTH, message.code.length)
    }
    if (message.inTx) this.#surround(writer, at, message.inTx)
    const pointer = this.#hold(writer.bytes)
    this.#check(
      guarded(() => this.#exports.weft_begin_call(pointer)),
      'weft_begin_call',
    )
    this.#release()
  }

  #surround(writer: Writer, at: number, { origin, gasPrice, warm, blobHashes }: TxSurroundings): void {
    const lists = new Writer()
    for (const { address, key } of warm) {
      const item = lists.room(abi.WARM_SIZE)
      lists.hex(item + abi.WARM_ADDRESS, address)
      if (key === undefined) continue
      lists.u32(item + abi.WARM_HAS_KEY, 1)
      lists.hex(item + abi.WARM_KEY, key)
    }
    const hashes = lists.length
    for (const hash of blobHashes) lists.hex(lists.room(32), hash)
    const pointer = this.#hold(lists.bytes)
    writer.hex(at + abi.CALL_ORIGIN, origin)
    writer.word(at + abi.CALL_GAS_PRICE, gasPrice)
    writer.u32(at + abi.CALL_WARM, pointer)
    writer.u32(at + abi.CALL_WARM_COUNT, warm.length)
    writer.u32(at + abi.CALL_BLOB_HASHES, pointer + hashes)
    writer.u32(at + abi.CALL_BLOB_HASH_COUNT, blobHashes.length)
  }

  beginBlock(block: Block, flags: BlockFlags): void {
    this.#release()
    const pointer = this.#alloc(blockSize(block))
    this.#held.push(pointer)
    this.#writer.clear()
    putBlock(this.#writer, block, pointer, flags)
    new Uint8Array(this.#exports.memory.buffer).set(this.#writer.bytes, pointer)
    this.#check(
      guarded(() => this.#exports.weft_begin_block(pointer)),
      'weft_begin_block',
    )
    this.#release()
  }

  /** Runs on. Throws InternalError when the core broke or its memory is exhausted. */
  run(): RunState {
    const state = guarded(() => this.#exports.weft_run())
    if (state === abi.RUN_DONE) return 'done'
    if (state === abi.RUN_REQUEST) return 'request'
    if (state === abi.RUN_TRACE_FULL) return 'trace'
    if (state === abi.RUN_YIELD) return 'yield'
    if (state === abi.RUN_PARALLEL) return 'parallel'
    if (state === abi.RUN_HASH) return 'hash'
    throw failure(state, 'weft_run')
  }

  /** Address of the control block that other threads join; only in the threads build. */
  threadControl(): number {
    const exports = this.#exports as ThreadExports
    return this.#address(() => exports.weft_thread_control(), 'weft_thread_control', abi.OUT_OF_MEMORY)
  }

  /** Takes what the transactions of the next block are expected to access, in the order of transactions; only in the threads build. */
  hint(hints: readonly AccessHint[]): void {
    const writer = new Writer(hints.length * abi.HINT_SIZE)
    for (const hint of hints) putHint(writer, hint)
    this.setOption(abi.OPTION_HINTS, abi.HINTS_GIVEN)
    const exports = this.#exports as ThreadExports
    const pointer = this.#copy(writer.bytes)
    const status = guarded(() => exports.weft_thread_hints(pointer, writer.length))
    this.#release(pointer)
    this.#check(status, 'weft_thread_hints')
  }

  /** Codes and selectors that the last block called and no program is known for; only in the threads build. */
  wanted(): WantedTemplate[] {
    const exports = this.#exports as ThreadExports
    const at = this.#address(() => exports.weft_thread_wanted(), 'weft_thread_wanted', abi.OUT_OF_MEMORY)
    return readWanted(this.#reader, at)
  }

  /** Hands a template program in for the blocks that follow; false: it is malformed. Only in the threads build. */
  giveProgram(given: GivenProgram): boolean {
    const exports = this.#exports as ThreadExports
    const bytes = programBytes(given)
    const pointer = this.#copy(bytes)
    const status = guarded(() => exports.weft_thread_program(pointer, bytes.length))
    this.#release(pointer)
    if (status !== abi.RUN_BAD_INPUT) this.#check(status, 'weft_thread_program')
    return status === abi.RUN_DONE
  }

  /** What the last block taught (LESSON_*), a copy; undefined where that is nothing. Only in the threads build, with OPTION_LEARN. */
  lesson(): Uint8Array | undefined {
    const exports = this.#exports as ThreadExports
    const at = this.#address(() => exports.weft_thread_lesson(), 'weft_thread_lesson', abi.OUT_OF_MEMORY)
    const reader = this.#reader
    return reader.u32(at + abi.LESSON_CALLS) ? reader.bytes(at, reader.u32(at + abi.LESSON_LENGTH)) : undefined
  }

  /** How the last block went that was to run in parallel. */
  parallelCounters(): ParallelCounters {
    const at = this.#reportAddress()
    return readCounters(this.#reader, at)
  }

  /** The same with all that was recorded. */
  parallelReport(): ThreadReport {
    const at = this.#reportAddress() // before the view is made: memory may grow in it
    return readReport(this.#reader, at)
  }

  #reportAddress(): number {
    const exports = this.#exports as ThreadExports
    return this.#address(() => exports.weft_thread_report(), 'weft_thread_report', abi.OUT_OF_MEMORY)
  }

  /** Threads that linger since the block before, and need not be called to this one; only in the threads build. */
  lingering(): number {
    return (this.#exports as ThreadExports).weft_thread_lingering()
  }

  /** What has been traced since the last call (TRACE_*): a view of the core's memory, valid until the core is called again. */
  trace(): Uint8Array<ArrayBuffer> {
    const at = this.#address(() => this.#exports.weft_trace(), 'weft_trace', abi.OUT_OF_MEMORY)
    const { buffer } = this.#exports.memory
    const header = new DataView(buffer, at)
    const records = header.getUint32(abi.TRACE_RECORDS, true)
    return new Uint8Array(buffer as ArrayBuffer, records, header.getUint32(abi.TRACE_LENGTH, true))
  }

  progress(): Progress {
    const progress = this.#exports.weft_progress()
    return { done: progress & 0x7fffffff, atRoots: progress < 0 }
  }

  request(): RequestItem[] {
    const at = this.#exports.weft_request() >>> 0
    return readRequest(this.#reader, at)
  }

  /** Outcome of the transaction or message that is done. */
  outcome(): TxResult {
    const at = this.#address(() => this.#exports.weft_outcome(), 'weft_outcome', abi.RUN_IDLE)
    const reader = this.#reader
    const rejection = reader.u32(at + abi.OUTCOME_REJECTION)
    if (rejection) return { rejection }
    const code = reader.i32(at + abi.OUTCOME_STATUS)
    const logs = logsLater(reader, reader.u32(at + abi.OUTCOME_LOGS), reader.u32(at + abi.OUTCOME_LOG_COUNT))
    const hasCreated = reader.u32(at + abi.OUTCOME_FLAGS) & abi.OUTCOME_HAS_CREATED
    return {
      rejection: 0,
      outcome: {
        ...ending(code),
        gasUsed: reader.u64(at + abi.OUTCOME_GAS_USED),
        gasRefunded: reader.u64(at + abi.OUTCOME_GAS_REFUNDED),
        output: reader.bytes(reader.u32(at + abi.OUTCOME_OUTPUT), reader.u32(at + abi.OUTCOME_OUTPUT_LENGTH)),
        get logs() {
          return logs()
        },
        ...(hasCreated && { createdAddress: reader.hex(at + abi.OUTCOME_CREATED, 20) }),
      },
    }
  }

  /** The end of the message that is done, with all that it used: for a host that keeps the state itself. */
  messageEnd(): MessageEnd {
    const at = this.#address(() => this.#exports.weft_outcome(), 'weft_outcome', abi.RUN_IDLE)
    return readMessageEnd(this.#reader, at)
  }

  /** Result of the block that is done. */
  blockResult(): BlockResult {
    const at = this.#address(() => this.#exports.weft_outcome(), 'weft_outcome', abi.RUN_IDLE)
    const reader = this.#reader
    const receipts = reader.u32(at + abi.RESULT_RECEIPTS)
    const logs = reader.u32(at + abi.RESULT_LOGS)
    return {
      rejection: reader.u32(at + abi.RESULT_REJECTION),
      txIndex: reader.i32(at + abi.RESULT_TX_INDEX),
      gasUsed: reader.u64(at + abi.RESULT_GAS_USED),
      blobGasUsed: reader.u64(at + abi.RESULT_BLOB_GAS_USED),
      receipts: Array.from({ length: reader.u32(at + abi.RESULT_RECEIPT_COUNT) }, (_, i) =>
        readReceipt(reader, receipts + i * abi.RECEIPT_STRUCT_SIZE, logs),
      ),
      receiptsRoot: reader.hex(at + abi.RESULT_RECEIPTS_ROOT, 32),
      transactionsRoot: reader.hex(at + abi.RESULT_TRANSACTIONS_ROOT, 32),
      withdrawalsRoot: reader.hex(at + abi.RESULT_WITHDRAWALS_ROOT, 32),
      requestsHash: reader.hex(at + abi.RESULT_REQUESTS_HASH, 32),
      logsBloom: reader.hex(at + abi.RESULT_BLOOM, 256),
    }
  }

  /** Takes the changes of the transaction or message into the state. */
  commit(): void {
    this.#check(
      guarded(() => this.#exports.weft_commit()),
      'weft_commit',
    )
  }

  /** Drops the changes of the transaction or message. */
  discard(): void {
    guarded(() => this.#exports.weft_discard())
  }

  /** What differs from the state that was supplied, or settled. */
  diff(): StateDiff {
    const at = this.#address(() => this.#exports.weft_diff(), 'weft_diff', abi.OUT_OF_MEMORY)
    const reader = this.#reader
    return readDiff(reader, reader.u32(at), reader.u32(at + 4))
  }

  /** Makes the present state the base of the next diff. */
  settle(): void {
    guarded(() => this.#exports.weft_settle())
  }

  /** Root of all accounts: the state root when the state is complete. Without OPTION_HASH. */
  stateRoot(): Hex {
    return this.#hash(out => this.#exports.weft_state_root(out), 'weft_state_root')
  }

  /** The same with OPTION_HASH; undefined: digests are wanted first, then the same again. */
  nextStateRoot(): Hex | undefined {
    let isWaiting = false
    const root = this.#hash(out => {
      const status = this.#exports.weft_state_root(out)
      isWaiting = status === abi.RUN_HASH
      return isWaiting ? abi.RUN_DONE : status
    }, 'weft_state_root')
    return isWaiting ? undefined : root
  }

  /** The batch of hashes that the last call waits for. */
  hashRequest(): HashRequest {
    const [reader, at] = this.#hashStruct()
    return {
      kind: reader.u32(at + abi.HASH_KIND) === abi.HASH_KEYS ? 'keys' : 'messages',
      purpose: reader.u32(at + abi.HASH_PURPOSE),
      input: reader.u32(at + abi.HASH_INPUT),
      count: reader.u32(at + abi.HASH_COUNT),
      size: reader.u32(at + abi.HASH_KEY_SIZE),
      output: reader.u32(at + abi.HASH_OUTPUT),
      permutations: reader.u32(at + abi.HASH_PERMUTATIONS),
    }
  }

  /** What the core has hashed without asking since the reset, with OPTION_HASH. */
  ownHashes(): OwnHashes[] {
    const [reader, at] = this.#hashStruct()
    return Array.from({ length: abi.PURPOSE_COUNT }, (_, purpose) => ({
      purpose,
      messages: reader.u32(at + abi.HASH_OWN + purpose * 8),
      permutations: reader.u32(at + abi.HASH_OWN + purpose * 8 + 4),
    }))
  }

  #hashStruct(): [Reader, number] {
    const at = this.#address(() => this.#exports.weft_hash_request(), 'weft_hash_request', abi.OUT_OF_MEMORY)
    return [this.#reader, at]
  }

  /** Makes the digests of a batch where it lies. */
  hash({ kind, input, count, size, output }: HashRequest): void {
    const { weft_keccak_batch, weft_keccak_many } = this.#exports
    const made = () =>
      kind === 'keys' ? weft_keccak_many(output, input, size, count) : weft_keccak_batch(input, count)
    this.#check(guarded(made), 'weft_keccak')
  }

  /** keccak(rlp(logs)) of the last run. */
  logsHash(): Hex {
    return this.#hash(out => this.#exports.weft_logs_hash(out), 'weft_logs_hash')
  }

  /** Keccak-256 of bytes. */
  keccak(data: Uint8Array): Uint8Array {
    const pointer = this.#copy(data, 32)
    this.#check(
      guarded(() => this.#exports.weft_keccak(pointer, pointer, data.length)),
      'weft_keccak',
    )
    const digest = this.#reader.bytes(pointer, 32)
    this.#release(pointer)
    return digest
  }

  /** One until memory grows: V8 throws away what it optimised for a class whenever a collection finds no object of it. */
  get #reader(): Reader {
    const { memory } = this.#exports
    if (!this.#lastReader?.isOf(memory)) this.#lastReader = new Reader(memory)
    return this.#lastReader
  }

  #hash(write: (out: number) => number, name: string): Hex {
    const pointer = this.#alloc(32)
    this.#check(
      guarded(() => write(pointer)),
      name,
    )
    const hash = this.#reader.hex(pointer, 32)
    this.#release(pointer)
    return hash
  }

  #alloc(length: number): number {
    const pointer = guarded(() => this.#exports.weft_alloc(length))
    if (pointer === 0) throw failure(abi.OUT_OF_MEMORY, 'weft_alloc')
    return pointer >>> 0
  }

  #copy(bytes: Uint8Array, least = 8): number {
    const pointer = this.#alloc(Math.max(bytes.length, least))
    new Uint8Array(this.#exports.memory.buffer).set(bytes, pointer)
    return pointer
  }

  #hold(bytes: Uint8Array): number {
    const pointer = this.#copy(bytes)
    this.#held.push(pointer)
    return pointer
  }

  /** Gives blocks back: one, or all. */
  #release(pointer?: number): void {
    if (pointer !== undefined) this.#exports.weft_free(pointer)
    else {
      for (const held of this.#held) this.#exports.weft_free(held)
      this.#held = []
    }
  }

  /** The address that the core returns; 0 means that it failed with `status`. */
  #address(work: () => number, name: string, status: number): number {
    const at = guarded(work) >>> 0
    if (at === 0) throw failure(status, name)
    return at
  }

  #check(status: number, name: string): void {
    if (status !== abi.RUN_DONE) throw failure(status, name)
  }
}

function flagsOf({ to, isStatic, code, valueStays, inTx }: Message): number {
  const kind = (to ? 0 : abi.CALL_CREATE) | (isStatic ? abi.CALL_STATIC : 0) | (inTx ? abi.CALL_IN_TX : 0)
  return kind | (code ? abi.CALL_HAS_CODE : 0) | (valueStays ? abi.CALL_VALUE_STAYS : 0)
}

function ending(status: number): { status: TxStatus } & Pick<TxOutcome, 'haltReason'> {
  if (status === abi.SUCCESS) return { status: 'success' }
  return status === abi.REVERT ? { status: 'revert' } : { status: 'halt', haltReason: haltReasonOf(status) }
}

function readReceipt(reader: Reader, at: number, logs: number): Receipt {
  const hasCreated = reader.u32(at + abi.RECEIPT_FLAGS) & abi.OUTCOME_HAS_CREATED
  const decoded = logsLater(reader, logs + reader.u32(at + abi.RECEIPT_LOGS), reader.u32(at + abi.RECEIPT_LOG_COUNT))
  return {
    type: reader.u32(at + abi.RECEIPT_TYPE),
    hash: reader.hex(at + abi.RECEIPT_HASH, 32),
    sender: reader.hex(at + abi.RECEIPT_SENDER, 20),
    ...ending(reader.i32(at + abi.RECEIPT_HALT)),
    gasUsed: reader.u64(at + abi.RECEIPT_GAS_USED),
    cumulativeGasUsed: reader.u64(at + abi.RECEIPT_CUMULATIVE_GAS),
    gasPrice: reader.word(at + abi.RECEIPT_GAS_PRICE),
    get logs() {
      return decoded()
    },
    ...(hasCreated && { createdAddress: reader.hex(at + abi.RECEIPT_CREATED, 20) }),
  }
}

/** Diff records to accounts: an account's record stands before its slots. */
function readDiff(reader: Reader, from: number, length: number): StateDiff {
  const accounts = new Map<Address, AccountDiff & { storage: [bigint, bigint][] }>()
  const codes = new Map<Hex, Uint8Array>()
  for (let at = from; at < from + length; at += reader.u32(at + abi.RECORD_SIZE)) {
    const kind = reader.u32(at + abi.RECORD_KIND)
    if (kind === abi.KIND_ACCOUNT) {
      const flags = reader.u32(at + abi.ACCOUNT_FLAGS)
      accounts.set(reader.hex(at + abi.ACCOUNT_ADDRESS, 20), {
        address: reader.hex(at + abi.ACCOUNT_ADDRESS, 20),
        exists: (flags & abi.ACCOUNT_EXISTS) !== 0,
        storageCleared: (flags & abi.ACCOUNT_STORAGE_CLEARED) !== 0,
        nonce: reader.u64(at + abi.ACCOUNT_NONCE),
        balance: reader.word(at + abi.ACCOUNT_BALANCE),
        codeHash: reader.hex(at + abi.ACCOUNT_CODE_HASH, 32),
        storage: [],
      })
    } else if (kind === abi.KIND_STORAGE) {
      const owner = accounts.get(reader.hex(at + abi.STORAGE_ADDRESS, 20))
      owner?.storage.push([reader.word(at + abi.STORAGE_KEY), reader.word(at + abi.STORAGE_VALUE)])
    } else {
      const hash = reader.hex(at + abi.CODE_HASH, 32)
      codes.set(hash, reader.bytes(at + abi.CODE_BYTES, reader.u32(at + abi.CODE_LENGTH)))
    }
  }
  return [...accounts.values()].map(account => {
    const code = codes.get(account.codeHash)
    return code ? { ...account, code } : account
  })
}
