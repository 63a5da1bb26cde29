// State that can be changed: values laid over a source, with snapshots to go back to. An engine runs on it as on any source; what a
// run changes is taken over with `apply`. So a chain of transactions, a forked chain and a what-if are all a State and some diffs.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, InputError, type StateKey } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import {
  type Account,
  type AccountDiff,
  type Address,
  EMPTY_CODE_HASH,
  type Foreseen,
  type Hex,
  type MaybePromise,
  type Source,
  type SourceEntry,
  type StateDiff,
} from '../types.ts'
import { MemorySource } from './memory.ts'
import { Changes, OverlaySource } from './overlay.ts'

/** New values of an account; what is absent stays. */
export interface AccountValues {
  nonce?: bigint
  /** wei */
  balance?: bigint
  code?: Uint8Array
  /** Slots to be set. */
  storage?: Iterable<readonly [key: bigint, value: bigint]>
  /** All other slots become zero. */
  storageCleared?: boolean
}

const ABSENT: Account = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }

/** A source with changes and snapshots. */
export class State implements Source {
  #base: Source
  /** All changes in order: a snapshot is a number of them. */
  readonly #diffs: StateDiff[] = []
  readonly #snapshots = new Map<number, number>()
  readonly #blockHashes = new Map<bigint, Hex>()
  #overlay: OverlaySource
  #changes = new Changes()
  #nextSnapshot = 1
  /** Present where the base can tell. */
  has?: (key: StateKey) => boolean

  /** `base`: what lies below and is never changed. Default: nothing. */
  constructor(base: Source = new MemorySource({ complete: true })) {
    this.#base = base
    this.#overlay = new OverlaySource(base, this.#changes)
    if (base.has) this.has = key => this.#overlay.has!(key)
  }

  /** What lies below. */
  get base(): Source {
    return this.#base
  }

  /** As below. */
  get speculative(): boolean {
    return this.#base.speculative ?? true
  }

  /** Lays all that was changed over another base, which has to be the same state from elsewhere: another node, for instance. */
  rebase(base: Source): void {
    this.#base = base
    if (base.has) this.has = key => this.#overlay.has!(key)
    else delete this.has
    this.#relay()
  }

  /** What is below is all there is: the state can be listed whole. */
  get isWhole(): boolean {
    return this.#base.entries !== undefined && this.#base.complete === true
  }

  account(address: Address): MaybePromise<Account | null> {
    return this.#overlay.account(address)
  }

  storage(address: Address, key: bigint): MaybePromise<bigint> {
    return this.#overlay.storage(address, key)
  }

  code(codeHash: Hex): MaybePromise<Uint8Array> {
    return this.#overlay.code(codeHash)
  }

  blockHash(number: bigint): MaybePromise<Hex> {
    return this.#overlay.blockHash(number)
  }

  prefetch(keys: readonly StateKey[], messages?: readonly Foreseen[]): void | Promise<void> {
    const has = this.has
    return this.#overlay.prefetch(has ? keys.filter(key => !has(key)) : keys, messages)
  }

  /**
   * All accounts: those of the base where it can list them, and those that were changed. Not `entries`, because the engine would then
   * be given all of them before every run.
   */
  list(): Iterable<SourceEntry> {
    if (this.#overlay.entries) return this.#overlay.entries()
    return new OverlaySource(new MemorySource(), this.#changes).entries!()
  }

  /** Takes over what a run changed. */
  apply(diff: StateDiff): void {
    this.#diffs.push(diff)
    this.#overlay.apply(diff)
  }

  /** Sets values of an account, which is there afterwards. A promise where the base has to be asked for the others. */
  set(address: Address, given: AccountValues): MaybePromise<void> {
    const values = { ...given, storage: [...(given.storage ?? [])] }
    checkValues(values)
    const before = this.account(address)
    if (before instanceof Promise) return before.then(before => this.apply([withValues(address, before, values)]))
    this.apply([withValues(address, before, values)])
  }

  /** Makes the hash of a block known. */
  setBlockHash(number: bigint, hash: Hex): void {
    this.#blockHashes.set(number, hash)
    this.#changes.blockHashes.set(number, hash)
  }

  /** How many changes have been made: what `at` takes. */
  get height(): number {
    return this.#diffs.length
  }

  /** The state as it was at a height, for itself: changing one does not change the other. */
  at(height: number): State {
    const state = new State(this.#base)
    for (const [number, hash] of this.#blockHashes) state.setBlockHash(number, hash)
    for (const diff of this.#diffs.slice(0, height)) state.apply(diff)
    return state
  }

  /** A number to go back to this state with. */
  snapshot(): number {
    this.#snapshots.set(this.#nextSnapshot, this.#diffs.length)
    return this.#nextSnapshot++
  }

  /** Goes back to a snapshot, which is used up, and so are all later ones. False: there is no such snapshot. */
  revert(snapshot: number): boolean {
    const length = this.#snapshots.get(snapshot)
    if (length === undefined) return false
    for (const later of [...this.#snapshots.keys()]) if (later >= snapshot) this.#snapshots.delete(later)
    this.#diffs.length = length
    this.#relay()
    return true
  }

  #relay(): void {
    this.#changes = new Changes()
    for (const [number, hash] of this.#blockHashes) this.#changes.blockHashes.set(number, hash)
    this.#overlay = new OverlaySource(this.#base, this.#changes)
    for (const diff of this.#diffs) this.#overlay.apply(diff)
  }
}

function withValues(address: Address, before: Account | null, values: AccountValues): AccountDiff {
  const { nonce, balance, codeHash } = before ?? ABSENT
  const { code, storage = [], storageCleared = false } = values
  return {
    address,
    exists: true,
    storageCleared,
    nonce: values.nonce ?? nonce,
    balance: values.balance ?? balance,
    codeHash: code === undefined ? codeHash : code.length === 0 ? EMPTY_CODE_HASH : hexOf(keccak_256(code)),
    ...(code?.length && { code }),
    storage: [...storage],
  }
}

function checkValues({ nonce = 0n, balance = 0n, storage = [] }: AccountValues): void {
  const check = (field: string, value: bigint, bits: bigint): void => {
    if (typeof value === 'bigint' && value >= 0n && value >> bits === 0n) return
    throw new InputError({ field, expected: `a bigint 0..2^${bits}-1`, found: describe(value) })
  }
  check('nonce', nonce, 64n)
  check('balance', balance, 256n)
  for (const [key, value] of storage) {
    check('storage key', key, 256n)
    check('storage value', value, 256n)
  }
}
