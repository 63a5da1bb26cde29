// A source that holds its state in memory: pre-states of block files and tests, and the end of any chain of diffs.
// Not complete (the default), it stands for a snapshot of what a block reads: absent accounts and slots still read as
// absent, but no state root can be computed and a missing code or block hash is an error that names it.
import { MissingStateError } from '../errors.ts'
import {
  type Account,
  type Address,
  type CodeLookup,
  EMPTY_CODE_HASH,
  type Hex,
  type PlainState,
  type StateDiff,
} from '../types.ts'
import { entryRecords } from './preload.ts'
import { keepCodes, layDiff, type Source, type SourceEntry } from './source.ts'

/** An account of the source. It is replaced when it changes, so what was made of it stays right. */
class Listed implements SourceEntry {
  readonly address: Address
  readonly account: Account
  readonly storage: Map<bigint, bigint>
  /** Slots that are not here are zero. */
  readonly storageCleared = true
  #records: Uint8Array | undefined

  constructor(address: Address, account: Account, storage: Map<bigint, bigint>) {
    this.address = address
    this.account = account
    this.storage = storage
  }

  /** Made when it is first listed: of a state that many runs begin with, only what changes is encoded again. */
  get records(): Uint8Array {
    this.#records ??= entryRecords(this)
    return this.#records
  }
}

/** State in memory. Answers are never promises. */
export class MemorySource implements Source {
  readonly complete: boolean
  readonly #accounts = new Map<Address, Listed>()
  readonly #codes: Map<Hex, Uint8Array>
  readonly #lookup: CodeLookup | undefined
  readonly #blockHashes: Map<bigint, Hex>

  constructor(state: PlainState = {}) {
    this.complete = state.complete ?? false
    this.#lookup = typeof state.codes === 'function' ? state.codes : undefined
    this.#codes = new Map(typeof state.codes === 'function' ? [] : state.codes)
    this.#blockHashes = new Map(state.blockHashes)
    for (const [address, { nonce, balance, codeHash, storage }] of state.accounts ?? []) {
      const slots = new Map<bigint, bigint>()
      for (const [key, value] of storage ?? []) if (value !== 0n) slots.set(key, value)
      this.#accounts.set(address, new Listed(address, { nonce, balance, codeHash }, slots))
    }
  }

  account(address: Address): Account | null {
    return this.#accounts.get(address)?.account ?? null
  }

  code(codeHash: Hex): Uint8Array {
    let code = this.#codes.get(codeHash)
    if (code) return code
    if (codeHash === EMPTY_CODE_HASH) return new Uint8Array(0)
    code = this.#lookup?.(codeHash)
    if (!code) throw new MissingStateError([{ kind: 'code', codeHash }])
    this.#codes.set(codeHash, code)
    return code
  }

  storage(address: Address, key: bigint): bigint {
    return this.#accounts.get(address)?.storage.get(key) ?? 0n
  }

  blockHash(number: bigint): Hex {
    const hash = this.#blockHashes.get(number)
    if (!hash) throw new MissingStateError([{ kind: 'blockHash', number }])
    return hash
  }

  entries(): Iterable<SourceEntry> {
    return this.#accounts.values()
  }

  /** Takes a diff over: afterwards this is the state after the run that made it. */
  apply(diff: StateDiff): void {
    keepCodes(this.#codes, diff)
    for (const changed of diff) {
      const layer = layDiff(this.#accounts.get(changed.address), changed)
      for (const [key, value] of changed.storage) if (value === 0n) layer.storage.delete(key)
      const { account, storage } = layer
      if (account) this.#accounts.set(changed.address, new Listed(changed.address, account, storage))
      else this.#accounts.delete(changed.address)
    }
  }

  /** Makes the hash of a block known, for blocks that follow one another. */
  setBlockHash(number: bigint, hash: Hex): void {
    this.#blockHashes.set(number, hash)
  }
}
