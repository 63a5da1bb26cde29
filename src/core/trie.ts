// Tries of known nodes (weft_trie_*) behind plain types: accounts and slots below a root, and the root after a diff. An instance of
// the core for this alone: it executes nothing. Digests are made outside, in batches that lie in its memory.

import * as abi from '../abi.ts'
import { putAccount, putSlots, Reader, type TrieExports, Writer } from '../abi.ts'
import { WeftError } from '../errors.ts'
import type { Account, Address, Hex, StateDiff } from '../types.ts'
import { failure, guarded } from './guard.ts'

/** Messages in the memory of a core, as jobs of a hash backend, and their digests once those are made. */
export interface HashJobs {
  memory: WebAssembly.Memory
  /** Address of the jobs (JOB_*). */
  jobs: number
  count: number
}

/** A node that is known. */
export interface KnownNode {
  hash: Hex
  bytes: Uint8Array
  /** Something was read or changed below it. */
  isUsed: boolean
}

/** Why a trie has no answer: a node is missing, or something in one is malformed. */
export class TrieFault extends WeftError {
  readonly isMissing: boolean
  /** Undefined where a node that stands in another one is malformed. */
  readonly hash: Hex | undefined
  /** A hex digit for each nibble from the root to the node. */
  readonly path: string
  /** keccak of the address or slot that was asked for or changed. */
  readonly key: Hex
  /** keccak of the address, in a storage trie. */
  readonly account: Hex | undefined

  constructor(reader: Reader, at: number, isMissing: boolean) {
    super(isMissing ? 'a trie node is missing' : 'a trie node is malformed', { code: 'TRIE' })
    const hash = reader.hex(at + abi.TRIE_HASH, 32)
    this.isMissing = isMissing
    this.hash = /[1-9a-f]/.test(hash.slice(2)) ? hash : undefined
    this.path = reader.hex(at + abi.TRIE_PATH, 32).slice(2, 2 + reader.u32(at + abi.TRIE_PATH_LENGTH))
    this.key = reader.hex(at + abi.TRIE_KEY, 32)
    this.account = reader.u32(at + abi.TRIE_IN_STORAGE) ? reader.hex(at + abi.TRIE_ACCOUNT, 32) : undefined
  }
}

/** A core that holds trie nodes. */
export class TrieCore {
  readonly #exports: TrieExports
  readonly #writer = new Writer()
  #given = 0
  /** Room for one question and its answer. */
  readonly #question: number
  readonly #answer: number

  constructor(exports: TrieExports) {
    this.#exports = exports
    this.#question = this.#alloc(96)
    this.#answer = this.#alloc(abi.ACCOUNT_RECORD_SIZE)
  }

  /** Lays messages out as one batch. Their digests are read by `digests`; `free` takes the address of the jobs. */
  list(messages: readonly Uint8Array[]): HashJobs {
    const { memory } = this.#exports
    const count = messages.length
    const head = count * (abi.JOB_SIZE + 32)
    const jobs = this.#alloc(messages.reduce((sum, { length }) => sum + length, head))
    const words = new Uint32Array(memory.buffer, jobs, (count * abi.JOB_SIZE) / 4)
    const bytes = new Uint8Array(memory.buffer)
    let input = jobs + head
    for (const [i, message] of messages.entries()) {
      words.set([input, message.length, jobs + count * abi.JOB_SIZE + i * 32], i * 3)
      bytes.set(message, input)
      input += message.length
    }
    return { memory, jobs, count }
  }

  /** Digests of jobs that `list` laid out, from the message at `from` on. */
  digests({ jobs, count }: HashJobs, from: number): Hex[] {
    const reader = new Reader(this.#exports.memory)
    const first = jobs + count * abi.JOB_SIZE
    return Array.from({ length: count - from }, (_, i) => reader.hex(first + (from + i) * 32, 32))
  }

  free({ jobs }: HashJobs): void {
    this.#exports.weft_free(jobs)
  }

  /** Takes the first `count` messages over as nodes, once they are hashed. Returns the index of one that is none, and then takes none. */
  add({ jobs }: HashJobs, count: number): number | undefined {
    const status = guarded(() => this.#exports.weft_trie_add(jobs, count))
    const { reader, at } = this.#report()
    if (status === abi.TRIE_MALFORMED) return reader.u32(at + abi.TRIE_INDEX)
    this.#check(status, 'weft_trie_add')
    this.#given = reader.u32(at + abi.TRIE_NODE_COUNT)
    return undefined
  }

  /** Nodes that `add` took, each once. */
  get given(): number {
    return this.#given
  }

  /** How many of the nodes that were given have been needed. */
  used(): number {
    const { reader, at } = this.#report()
    const first = reader.u32(at + abi.TRIE_NODES) + abi.TRIE_NODE_USED
    let used = 0
    for (let i = 0; i < this.#given; i++) used += reader.u32(first + i * abi.TRIE_NODE_SIZE)
    return used
  }

  /** Throws a TrieFault. */
  account(root: Hex, address: Address): Account | null {
    this.#ask(root, address)
    const at = this.#answer
    this.#check(
      guarded(() => this.#exports.weft_trie_account(at, this.#question, this.#question + 32)),
      'weft_trie_account',
    )
    const reader = new Reader(this.#exports.memory)
    const flags = reader.u32(at + abi.ACCOUNT_FLAGS)
    if (!(flags & abi.ACCOUNT_EXISTS)) return null
    return {
      nonce: reader.u64(at + abi.ACCOUNT_NONCE),
      balance: reader.word(at + abi.ACCOUNT_BALANCE),
      codeHash: reader.hex(at + abi.ACCOUNT_CODE_HASH, 32),
      ...(flags & abi.ACCOUNT_HAS_STORAGE && { hasStorage: true }),
    }
  }

  /** Throws a TrieFault. */
  slot(root: Hex, address: Address, key: bigint): bigint {
    this.#ask(root, address, key)
    const [at, question] = [this.#answer, this.#question]
    this.#check(
      guarded(() => this.#exports.weft_trie_slot(at, question, question + 32, question + 64)),
      'weft_trie_slot',
    )
    return new Reader(this.#exports.memory).word(at + abi.STORAGE_VALUE)
  }

  #ask(root: Hex, address: Address, key?: bigint): void {
    const writer = this.#writer
    writer.clear()
    writer.room(96)
    writer.hex(0, root)
    writer.hex(32, address)
    if (key !== undefined) writer.word(64, key)
    new Uint8Array(this.#exports.memory.buffer).set(writer.bytes, this.#question)
  }

  /** Lays a diff over the state of a root. Throws a TrieFault, and then nothing has changed. `next` has the batches that lead to the new root. */
  update(root: Hex, diff: StateDiff): void {
    const writer = new Writer(65536)
    writer.room(32)
    writer.hex(0, root)
    for (const { address, exists, storageCleared, storage, codeHash, nonce, balance } of diff) {
      putAccount(writer, address, exists ? { nonce, balance, codeHash } : null, storageCleared)
      if (exists) putSlots(writer, address, storage)
    }
    const at = this.#alloc(writer.length)
    new Uint8Array(this.#exports.memory.buffer).set(writer.bytes, at)
    try {
      this.#check(
        guarded(() => this.#exports.weft_trie_update(at, at + 32, writer.length - 32)),
        'weft_trie_update',
      )
    } finally {
      this.#exports.weft_free(at)
    }
  }

  /** Nodes that have to be hashed now; undefined: none are left, `root` is known. */
  next(): HashJobs | undefined {
    const count = guarded(() => this.#exports.weft_trie_encode())
    if (count < 0) this.#check(count, 'weft_trie_encode')
    const { reader, at } = this.#report()
    return count > 0 ? { memory: this.#exports.memory, jobs: reader.u32(at + abi.TRIE_JOBS), count } : undefined
  }

  /** The root after the last update. */
  root(): Hex {
    const { reader, at } = this.#report()
    return reader.hex(at + abi.TRIE_ROOT, 32)
  }

  /** All nodes, those that were given first. */
  nodes(): KnownNode[] {
    const { reader, at } = this.#report()
    const first = reader.u32(at + abi.TRIE_NODES)
    const bytes = reader.u32(at + abi.TRIE_BYTES)
    return Array.from({ length: reader.u32(at + abi.TRIE_NODE_COUNT) }, (_, i) => {
      const node = first + i * abi.TRIE_NODE_SIZE
      return {
        hash: reader.hex(node + abi.TRIE_NODE_DIGEST, 32),
        bytes: reader.bytes(bytes + reader.u32(node + abi.TRIE_NODE_OFFSET), reader.u32(node + abi.TRIE_NODE_LENGTH)),
        isUsed: reader.u32(node + abi.TRIE_NODE_USED) !== 0,
      }
    })
  }

  #report(): { reader: Reader; at: number } {
    const at = guarded(() => this.#exports.weft_trie_report()) >>> 0
    if (at === 0) this.#check(abi.OUT_OF_MEMORY, 'weft_trie_report')
    return { reader: new Reader(this.#exports.memory), at }
  }

  #alloc(length: number): number {
    const pointer = guarded(() => this.#exports.weft_alloc(length)) >>> 0
    if (pointer === 0) this.#check(abi.OUT_OF_MEMORY, 'weft_alloc')
    return pointer
  }

  #check(status: number, name: string): void {
    if (status === abi.RUN_DONE) return
    if (status === abi.TRIE_MISSING || status === abi.TRIE_MALFORMED) {
      const { reader, at } = this.#report()
      throw new TrieFault(reader, at, status === abi.TRIE_MISSING)
    }
    throw failure(status, name)
  }
}
