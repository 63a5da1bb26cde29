// A host that does what it is told (commands.ts) and holds the core to docs/ABI.md: no export traps, every status is one of those
// documented, and what is returned lies in memory.
import assert from 'node:assert/strict'
import * as abi from '../../../src/abi.ts'
import {
  type CoreExports,
  putAccount,
  putBlockHash,
  putCode,
  putEnv,
  putPrecompile,
  putSigner,
  putSlot,
  Writer,
} from '../../../src/abi.ts'
import { putAnswer } from '../../../src/core/custom-call.ts'
import { createEnv, EMPTY_CODE_HASH } from '../../../src/index.ts'
import { addressOf, CALLER, CONTRACT, hashOf } from '../../core/machine.ts'
import { CODES, type Command, CUSTOM, type Field, NODES, type PLAIN, type Place } from './commands.ts'

const STATUSES: readonly number[] = [
  abi.RUN_DONE,
  abi.RUN_REQUEST,
  abi.RUN_TRACE_FULL,
  abi.RUN_YIELD,
  abi.RUN_HASH,
  abi.RUN_IDLE,
  abi.RUN_BAD_INPUT,
  abi.OUT_OF_MEMORY,
  abi.TRIE_MISSING,
  abi.TRIE_MALFORMED,
]
/** Blocks of the host that are in use at once; older ones are given back. */
const KEPT = 12
const writer = new Writer()
type Of<K extends Command['kind']> = Extract<Command, { kind: K }>

/** Carries commands out on an instance. Throws an AssertionError, or what the instance throws. */
export class Host {
  readonly raw: CoreExports
  /** Statuses seen. */
  readonly statuses: Set<number> = new Set()
  #blocks: number[] = []

  constructor(raw: CoreExports) {
    this.raw = raw
  }

  do(command: Command): void {
    const { raw } = this
    switch (command.kind) {
      case 'reset':
        raw.weft_reset(command.fork)
        break
      case 'scene':
        this.#scene(command)
        break
      case 'option':
        this.#status(raw.weft_set_option(command.option, command.value))
        break
      case 'begin':
      case 'environment':
        this.#begin(command)
        break
      case 'transaction':
        this.#transaction(command)
        break
      case 'supply': {
        const { records, length = records.length } = command
        this.#status(raw.weft_supply(this.#pointer(command.at, records), length))
        break
      }
      case 'told':
        this.#told(command)
        break
      case 'precompiles':
        this.#status(raw.weft_set_precompiles(this.#pointer(command.at, new Uint8Array(2600)), command.count))
        break
      case 'look':
        this.#look(command)
        break
      case 'answer':
        this.#answer(command.which)
        break
      case 'digests':
        this.#digests(command.isMade)
        break
      case 'digest':
        this.#digest(command)
        break
      case 'batch':
        this.#batch(command)
        break
      case 'trie':
        this.#trie(command)
        break
      case 'alloc': {
        const pointer = raw.weft_alloc(command.length) >>> 0
        if (pointer) this.#inMemory(pointer, command.length)
        if (command.isKept) this.#blocks.push(pointer)
        else raw.weft_free(pointer)
        break
      }
      case 'free': {
        const pointer = this.#pointer(command.at, new Uint8Array(100))
        raw.weft_free(pointer)
        if (command.twice) raw.weft_free(pointer)
        break
      }
      default:
        this.#plain(command.kind)
    }
  }

  /** Gives all blocks back. Where a reset has taken them, weft_free ignores them. */
  close(): void {
    for (const block of this.#blocks) this.raw.weft_free(block)
    this.#blocks = []
  }

  #plain(kind: (typeof PLAIN)[number]): void {
    const { raw } = this
    if (kind === 'run') this.#status(raw.weft_run())
    else if (kind === 'commit') this.#status(raw.weft_commit())
    else if (kind === 'discard') raw.weft_discard()
    else if (kind === 'settle') raw.weft_settle()
    else if (kind === 'progress') raw.weft_progress()
    else if (kind === 'outcome') this.#outcome(raw.weft_outcome() >>> 0)
    else if (kind === 'diff') this.#piece(raw.weft_diff() >>> 0, 0)
    else if (kind === 'trace') this.#piece(raw.weft_trace() >>> 0, 0)
    else if (kind === 'hashRequest') this.#hashRequest()
    else if (kind === 'trieEncode') this.#trieEncode()
    else if (kind === 'trieReport') this.#trieReport()
    else {
      const at = this.#inMemory(raw.weft_request() >>> 0, 8)
      this.#inMemory(this.#u32(at + abi.REQUEST_ITEMS), this.#u32(at + abi.REQUEST_COUNT) * abi.ITEM_SIZE)
    }
  }

  // ---- what the core returns --------------------------------------------------------------------------------------------------

  #outcome(at: number): void {
    if (at === 0) return
    const size = this.#u32(at)
    assert.ok(size === abi.OUTCOME_STRUCT_SIZE || size === abi.RESULT_STRUCT_SIZE, `outcome of ${size} bytes`)
    this.#inMemory(at, size)
    if (size === abi.OUTCOME_STRUCT_SIZE) {
      this.#piece(at, abi.OUTCOME_OUTPUT)
      this.#piece(at, abi.OUTCOME_USED)
      this.#walk(this.#u32(at + abi.OUTCOME_USED), this.#u32(at + abi.OUTCOME_USED_LENGTH), abi.RECORD_SIZE)
      this.#logs(this.#u32(at + abi.OUTCOME_LOGS), this.#u32(at + abi.OUTCOME_LOG_COUNT))
    } else {
      const count = this.#u32(at + abi.RESULT_RECEIPT_COUNT)
      this.#inMemory(this.#u32(at + abi.RESULT_RECEIPTS), count * abi.RECEIPT_STRUCT_SIZE)
      this.#logs(this.#u32(at + abi.RESULT_LOGS), this.#u32(at + abi.RESULT_LOG_COUNT))
    }
  }

  #logs(from: number, count: number): void {
    let at = from
    for (let i = 0; i < count; i++) at += this.#u32(this.#inMemory(at, abi.LOG_TOPICS) + abi.LOG_SIZE)
    this.#inMemory(from, at - from)
  }

  /** The { address, length } at a field. */
  #piece(at: number, field: number): void {
    if (at === 0) return
    this.#inMemory(at + field, 8)
    this.#inMemory(this.#u32(at + field), this.#u32(at + field + 4))
  }

  /** Records that say their sizes fill the bytes that they are said to. */
  #walk(from: number, length: number, size: number): void {
    let at = from
    while (at < from + length) {
      assert.ok(this.#u32(at + size) >= 8, 'a record without a size')
      at += this.#u32(at + size)
    }
    assert.equal(at, from + length)
  }

  #hashRequest(): void {
    const at = this.raw.weft_hash_request() >>> 0
    if (at === 0) return
    this.#inMemory(at, abi.HASH_STRUCT_SIZE)
    const count = this.#u32(at + abi.HASH_COUNT)
    const input = this.#u32(at + abi.HASH_INPUT)
    if (this.#u32(at + abi.HASH_KIND) === abi.HASH_MESSAGES) this.#jobs(input, count)
    if (this.#u32(at + abi.HASH_KIND) !== abi.HASH_KEYS) return
    this.#inMemory(input, count * this.#u32(at + abi.HASH_KEY_SIZE))
    this.#inMemory(this.#u32(at + abi.HASH_OUTPUT), count * 32)
  }

  #jobs(jobs: number, count: number): void {
    this.#inMemory(jobs, count * abi.JOB_SIZE)
    for (let job = jobs; job < jobs + count * abi.JOB_SIZE; job += abi.JOB_SIZE) {
      this.#piece(job, abi.JOB_INPUT)
      this.#inMemory(this.#u32(job + abi.JOB_DIGEST), 32)
    }
  }

  #trieEncode(): void {
    const count = this.raw.weft_trie_encode()
    if (count <= 0) this.#status(count)
    if (count <= 0) return
    const jobs = this.#u32((this.raw.weft_trie_report() >>> 0) + abi.TRIE_JOBS)
    this.#jobs(jobs, count)
    this.#status(this.raw.weft_keccak_batch(jobs, count))
  }

  #trieReport(): void {
    const at = this.raw.weft_trie_report() >>> 0
    if (at === 0) return
    this.#inMemory(at, abi.TRIE_STRUCT_SIZE)
    this.#inMemory(this.#u32(at + abi.TRIE_NODES), this.#u32(at + abi.TRIE_NODE_COUNT) * abi.TRIE_NODE_SIZE)
  }

  // ---- what it is given -----------------------------------------------------------------------------------------------------------

  /** All that a run needs, in order: a sender, a contract, options and an environment. */
  #scene({ code, fork, isComplete, trace, hash, custom }: Of<'scene'>): void {
    const { raw } = this
    raw.weft_reset(fork)
    this.#status(raw.weft_set_option(abi.OPTION_TRACE, trace))
    this.#status(raw.weft_set_option(abi.OPTION_HASH, hash))
    writer.clear()
    for (const address of [CUSTOM, addressOf(5)]) writer.hex(writer.room(20), address)
    this.#status(raw.weft_set_precompiles(this.#pointer('block', writer.bytes.slice()), custom))
    const codeHash = hashOf(CODES[code]!)
    writer.clear()
    putAccount(writer, CALLER, { nonce: 1n, balance: 10n ** 18n, codeHash: EMPTY_CODE_HASH })
    putAccount(writer, CONTRACT, { nonce: 1n, balance: 5n, codeHash })
    putCode(writer, codeHash, CODES[code]!)
    const records = this.#pointer('block', writer.bytes.slice())
    while (raw.weft_supply(records, writer.length) === abi.RUN_HASH) this.#digests(true)
    writer.clear()
    putEnv(writer, { ...createEnv('osaka'), number: 20n, gasLimit: 3_000_000n }, abi.ENV_STRUCT_SIZE, isComplete)
    writer.u32(abi.ENV_FORK, fork)
    this.#status(raw.weft_set_block(this.#pointer('block', writer.bytes.slice())))
  }

  #begin({ kind, which, bytes, fields, at }: Of<'begin' | 'environment'>): void {
    const { raw } = this
    const sizes = [abi.TX_STRUCT_SIZE, abi.CALL_STRUCT_SIZE, abi.BLOCK_STRUCT_SIZE]
    const size = kind === 'environment' ? abi.ENV_STRUCT_SIZE : sizes[which]!
    const struct = new Uint8Array(256)
    struct.set(bytes)
    const view = new DataView(struct.buffer)
    view.setUint32(0, size, true)
    view.setUint32(abi.ENV_FORK, bytes.length % 16, true)
    if (kind === 'begin' && which === 1) this.#message(view)
    setFields(view, fields)
    // With more gas the time would go into loops; a negative one is tested in test/core/hostile.test.ts.
    if (kind === 'begin' && which === 1)
      view.setBigUint64(abi.CALL_GAS, view.getBigUint64(abi.CALL_GAS, true) & 0xfffffn, true)
    const pointer = this.#pointer(at, struct)
    if (kind === 'environment') this.#status(raw.weft_set_block(pointer))
    else if (which === 0) this.#status(raw.weft_begin_tx(pointer))
    else if (which === 1) this.#status(raw.weft_begin_call(pointer))
    else this.#status(raw.weft_begin_block(pointer))
  }

  /** A message to CONTRACT that is in order, as long as no field is changed. */
  #message(view: DataView): void {
    view.setUint32(abi.CALL_FLAGS, 0, true)
    view.setBigUint64(abi.CALL_GAS, 300_000n, true)
    view.setUint32(abi.CALL_INPUT, 0, true)
    view.setUint32(abi.CALL_INPUT_LENGTH, 0, true)
    for (let i = 0; i < 20; i++) {
      view.setUint8(abi.CALL_SENDER + i, 0xca)
      view.setUint8(abi.CALL_RECIPIENT + i, 0xc0)
    }
    for (let i = 0; i < 32; i++) view.setUint8(abi.CALL_VALUE + i, 0)
  }

  /** A transaction alone, or as often in a block. */
  #transaction({ rlp, flags, inBlock, flagsOfBlock }: Of<'transaction'>): void {
    const { raw } = this
    const bytes = this.#pointer('block', rlp)
    const struct = new Uint8Array(inBlock ? abi.BLOCK_STRUCT_SIZE : abi.TX_STRUCT_SIZE)
    const view = new DataView(struct.buffer)
    view.setUint32(0, struct.length, true)
    if (inBlock === 0) {
      view.setUint32(abi.TX_FLAGS, flags, true)
      view.setUint32(abi.TX_RLP, bytes, true)
      view.setUint32(abi.TX_RLP_LENGTH, rlp.length, true)
      struct.fill(0xca, abi.TX_SENDER, abi.TX_SENDER + 20)
      this.#status(raw.weft_begin_tx(this.#pointer('block', struct)))
      return
    }
    const pieces = new Uint32Array(inBlock * 2).map((_, i) => (i % 2 ? rlp.length : bytes))
    view.setUint32(abi.ENV_FORK, rlp.length % abi.FORK_COUNT, true)
    view.setBigUint64(abi.ENV_NUMBER, 20n, true)
    view.setBigUint64(abi.ENV_GAS_LIMIT, 3_000_000n, true)
    view.setBigUint64(abi.ENV_CHAIN_ID, 1n, true)
    view.setBigUint64(abi.ENV_BLOB_UPDATE_FRACTION, 3_338_477n, true)
    view.setUint32(abi.ENV_BLOB_MAX, 6, true)
    view.setUint32(abi.ENV_FLAGS, flags, true)
    view.setUint32(abi.BLOCK_FLAGS, flagsOfBlock, true)
    view.setUint32(abi.BLOCK_TXS, this.#pointer('block', new Uint8Array(pieces.buffer)), true)
    view.setUint32(abi.BLOCK_TX_COUNT, inBlock, true)
    this.#status(raw.weft_begin_block(this.#pointer('block', struct)))
  }

  /** A run up to the call of a contract of the host's own: what comes next meets it. */
  #told({ fork, isComplete, trace }: Of<'told'>): void {
    const { raw } = this
    this.#scene({ kind: 'scene', code: CODES.length - 1, fork, isComplete, trace, hash: 0, custom: 1 })
    const message = new Uint8Array(abi.CALL_STRUCT_SIZE)
    const view = new DataView(message.buffer)
    view.setUint32(0, abi.CALL_STRUCT_SIZE, true)
    this.#message(view)
    this.#status(raw.weft_begin_call(this.#pointer('block', message)))
    for (let i = 0; i < 6; i++) {
      const status = raw.weft_run()
      this.#status(status)
      const at = raw.weft_request() >>> 0
      if (status !== abi.RUN_REQUEST || this.#u32(this.#u32(at + abi.REQUEST_ITEMS)) === abi.KIND_CUSTOM) return
      this.#answer(0)
    }
  }

  /** Looks at the state as a contract of the host's own. */
  #look({ isSlot, account, key, at, from }: Of<'look'>): void {
    const { raw } = this
    writer.clear()
    writer.hex(writer.room(64), account)
    writer.word(32, key)
    const asked = this.#pointer(from, writer.bytes.slice())
    const out = this.#pointer(at, new Uint8Array(abi.ACCOUNT_RECORD_SIZE))
    if (isSlot) this.#status(raw.weft_state_slot(out, asked, asked + 32))
    else this.#status(raw.weft_state_account(out, asked))
  }

  /** Answers what has been asked: in order, or with another kind or key, or only in part. */
  #answer(which: number): void {
    const { raw } = this
    const at = raw.weft_request() >>> 0
    const count = Math.min(this.#u32(at), 50)
    writer.clear()
    for (let i = 0; i < count; i++) this.#answerItem(this.#u32(at + 4) + i * abi.ITEM_SIZE, i, which)
    const records = writer.bytes.slice()
    this.#status(raw.weft_supply(this.#pointer('block', records), records.length))
  }

  #answerItem(item: number, i: number, which: number): void {
    const { buffer } = this.raw.memory
    const view = new DataView(buffer, item, abi.ITEM_SIZE)
    const hex = (offset: number, length: number) =>
      `0x${Buffer.from(new Uint8Array(buffer, item + offset, length)).toString('hex')}` as const
    const address = hex(abi.ITEM_ADDRESS, 20)
    switch ((view.getUint32(0, true) + (which === 1 ? 1 : 0)) % 8) {
      case abi.KIND_ACCOUNT:
        putAccount(writer, address, {
          nonce: 1n,
          balance: 7n,
          codeHash: hashOf(CODES[(i + which) % CODES.length]!),
        })
        break
      case abi.KIND_STORAGE:
        putSlot(writer, address, BigInt(hex(abi.ITEM_KEY, 32)), 9n)
        break
      case abi.KIND_CODE:
        for (const code of CODES) if (which !== 2) putCode(writer, hashOf(code), code)
        break
      case abi.KIND_BLOCK_HASH:
        putBlockHash(writer, view.getBigUint64(abi.ITEM_NUMBER, true), EMPTY_CODE_HASH)
        break
      case abi.KIND_PRECOMPILE:
        this.#inMemory(view.getUint32(abi.ITEM_PTR, true), view.getUint32(abi.ITEM_LEN, true))
        putPrecompile(writer, which === 3 ? undefined : new Uint8Array(32))
        break
      case abi.KIND_CUSTOM: {
        if (view.getUint32(0, true) === abi.KIND_CUSTOM) {
          const call = this.#inMemory(view.getUint32(abi.ITEM_PTR, true), abi.CUSTOM_STRUCT_SIZE)
          this.#piece(call, abi.CUSTOM_INPUT)
        }
        const status = [abi.SUCCESS, abi.SUCCESS, abi.REVERT, abi.PRECOMPILE_FAILURE][which]!
        const log = { kind: 'log' as const, address, topics: [EMPTY_CODE_HASH], data: new Uint8Array(9) }
        const changes = [
          { kind: 'storage' as const, address: CONTRACT, key: 1n, value: BigInt(this.statuses.size) },
          { kind: 'balance' as const, address, balance: 3n },
          log,
        ]
        putAnswer(writer, { status, gasUsed: 20n, output: new Uint8Array(21), changes })
        break
      }
      default:
        putSigner(writer, view.getUint32(abi.ITEM_PTR, true), new Uint8Array(20).fill(0xca))
    }
  }

  /** Makes the digests that are wanted, or only writes over the request's first. */
  #digests(isMade: boolean): void {
    const { raw } = this
    const at = raw.weft_hash_request() >>> 0
    if (at === 0) return
    const [kind, input, count] = [abi.HASH_KIND, abi.HASH_INPUT, abi.HASH_COUNT].map(field => this.#u32(at + field))
    const output = this.#u32(at + abi.HASH_OUTPUT)
    if (kind === 0) return
    if (!isMade) {
      const digest = kind === abi.HASH_KEYS ? output : this.#u32(input! + abi.JOB_DIGEST)
      new Uint8Array(raw.memory.buffer, digest, 32).fill(0xee)
    } else if (kind === abi.HASH_KEYS)
      this.#status(raw.weft_keccak_many(output, input!, this.#u32(at + abi.HASH_KEY_SIZE), count!))
    else this.#status(raw.weft_keccak_batch(input!, count!))
  }

  #digest({ which, at, from, length }: Of<'digest'>): void {
    const { raw } = this
    const out = this.#pointer(at, new Uint8Array(32))
    if (which === 0) this.#status(raw.weft_state_root(out))
    else if (which === 1) this.#status(raw.weft_logs_hash(out))
    else if (length < 0x7fffffff || typeof from === 'string')
      this.#status(raw.weft_keccak(out, this.#pointer(from, new Uint8Array(1000)), length))
  }

  /** Batches of hashes; digests go to a block of the host or to where the core has to refuse them. */
  #batch({ which, messages, count, fields, at }: Of<'batch'>): void {
    const { raw } = this
    const input = this.#pointer('block', messages)
    const out = this.#pointer('block', new Uint8Array(32 * 16))
    const isTooMany = count > 4
    const far = isTooMany ? 0xffffff00 : out
    if (which === 1) this.#status(raw.weft_keccak_many(far, input, messages.length >> 2, count))
    else if (which === 2) this.#status(raw.weft_keccak_chains(far, input, messages.length & 3, count))
    else {
      const jobs = this.#pointer(isTooMany ? at : 'block', jobsOf(input, messages.length, out, fields))
      this.#status(raw.weft_keccak_batch(jobs, isTooMany ? 0x20000000 + (count & 0xff) : count))
    }
  }

  #trie({ which, node, key, records, at }: Of<'trie'>): void {
    const { raw } = this
    const bytes = NODES[node]!
    const root = this.#pointer(key === 3 ? at : 'block', Buffer.from(hashOf(bytes).slice(2), 'hex'))
    const address = this.#pointer('block', new Uint8Array(20).fill(key))
    const out = this.#pointer('block', new Uint8Array(abi.ACCOUNT_RECORD_SIZE))
    if (which === 0) {
      const input = this.#pointer('block', bytes)
      const digest = this.#pointer('block', Buffer.from(hashOf(bytes).slice(2), 'hex'))
      const job = new Uint8Array(Uint32Array.of(input, bytes.length, digest).buffer)
      this.#status(raw.weft_trie_add(this.#pointer(key === 3 ? at : 'block', job), key === 2 ? 0x20000000 : 1))
    } else if (which === 1) this.#status(raw.weft_trie_account(out, root, address))
    else if (which === 2) this.#status(raw.weft_trie_slot(out, root, address, root))
    else this.#status(raw.weft_trie_update(root, this.#pointer(at, records), records.length))
  }

  // ---- memory ---------------------------------------------------------------------------------------------------------------------

  /** An address; in a block of the host the bytes are put there. */
  #pointer(place: Place, bytes: Uint8Array): number {
    const { raw } = this
    const size = raw.memory.buffer.byteLength
    switch (place) {
      case 'block':
      case 'unaligned': {
        const shift = place === 'block' ? 0 : 3
        const block = raw.weft_alloc(bytes.length + 8) >>> 0
        if (block === 0) return size // nothing to be had: somewhere that is refused
        this.#blocks.push(block)
        if (this.#blocks.length > KEPT) raw.weft_free(this.#blocks.shift()!)
        new Uint8Array(raw.memory.buffer).set(bytes, block + shift)
        return block + shift
      }
      case 'zero':
        return 0
      case 'end':
        return size
      case 'near the end':
        return size - 5
      case 'beyond':
        return size + 64
      case 'last':
        return 0xffffffff
      default:
        return place
    }
  }

  #u32(at: number): number {
    return new DataView(this.raw.memory.buffer).getUint32(at, true)
  }

  #inMemory(at: number, length: number): number {
    const size = this.raw.memory.buffer.byteLength
    assert.ok(at + length <= size, `${length} bytes at ${at} of ${size}`)
    return at
  }

  #status(status: number): void {
    this.statuses.add(status)
    assert.ok(STATUSES.includes(status), `status ${status}`)
  }
}

/** Four jobs over one message; of the fields only those beyond memory, because the core writes digests wherever it is told to. */
function jobsOf(input: number, length: number, out: number, fields: readonly Field[]): Uint8Array {
  const jobs = new DataView(new ArrayBuffer(abi.JOB_SIZE * 4))
  for (let i = 0; i < 4; i++) {
    jobs.setUint32(i * abi.JOB_SIZE + abi.JOB_INPUT, input, true)
    jobs.setUint32(i * abi.JOB_SIZE + abi.JOB_LENGTH, length, true)
    jobs.setUint32(i * abi.JOB_SIZE + abi.JOB_DIGEST, out + i * 32, true)
  }
  const beyond = fields.filter(({ value }) => value > 0x10000000)
  setFields(jobs, beyond)
  return new Uint8Array(jobs.buffer)
}

function setFields(view: DataView, fields: readonly Field[]): void {
  for (const { offset, value } of fields) view.setUint32(offset, value, true)
}
