// Diffs over another source: the state after some runs, without changing what lies below. Consecutive blocks given
// together carry their state forward this way: each has a pre-state of its own, and the diffs so far stand over it.
import type { Account, Address, Foreseen, Hex, MaybePromise, StateDiff, StateKey } from '../types.ts'
import { type AccountLayer, keepCodes, layDiff, type Source, type SourceEntry } from './source.ts'

/** Changes that can be laid over any number of sources, one after the other. */
export class Changes {
  readonly accounts: Map<Address, AccountLayer> = new Map()
  readonly codes: Map<Hex, Uint8Array> = new Map()
  readonly blockHashes: Map<bigint, Hex> = new Map()

  /** Adds a later diff to the earlier ones. */
  add(diff: StateDiff): void {
    keepCodes(this.codes, diff)
    for (const changed of diff) this.accounts.set(changed.address, layDiff(this.accounts.get(changed.address), changed))
  }
}

/** `changes` over `base`. */
export class OverlaySource implements Source {
  readonly complete: boolean
  readonly #base: Source
  readonly #changes: Changes
  /** Present where the base can list its state. */
  readonly entries?: () => Iterable<SourceEntry>
  /** Present where the base can tell. */
  readonly has?: (key: StateKey) => boolean
  /** As below. */
  readonly speculative: boolean

  constructor(base: Source, changes: Changes = new Changes()) {
    this.#base = base
    this.#changes = changes
    this.complete = base.complete ?? false
    if (base.entries) this.entries = () => this.#entries()
    this.speculative = base.speculative ?? true
    if (base.has) this.has = key => this.#has(key) || base.has!(key)
  }

  account(address: Address): MaybePromise<Account | null> {
    const layer = this.#changes.accounts.get(address)
    return layer ? layer.account : this.#base.account(address)
  }

  code(codeHash: Hex): MaybePromise<Uint8Array> {
    return this.#changes.codes.get(codeHash) ?? this.#base.code(codeHash)
  }

  storage(address: Address, key: bigint): MaybePromise<bigint> {
    const layer = this.#changes.accounts.get(address)
    if (!layer) return this.#base.storage(address, key)
    return layer.storage.get(key) ?? (layer.storageCleared ? 0n : this.#base.storage(address, key))
  }

  blockHash(number: bigint): MaybePromise<Hex> {
    return this.#changes.blockHashes.get(number) ?? this.#base.blockHash(number)
  }

  prefetch(keys: readonly StateKey[], messages?: readonly Foreseen[]): void | Promise<void> {
    return this.#base.prefetch?.(keys, messages)
  }

  /** Lays one more diff over. */
  apply(diff: StateDiff): void {
    this.#changes.add(diff)
  }

  #has(key: StateKey): boolean {
    const { accounts, codes, blockHashes } = this.#changes
    if (key.kind === 'code') return codes.has(key.codeHash)
    if (key.kind === 'blockHash') return blockHashes.has(key.number)
    const layer = accounts.get(key.address)
    return layer !== undefined && (key.kind === 'account' || layer.storageCleared || layer.storage.has(key.key))
  }

  *#entries(): Iterable<SourceEntry> {
    const pending = new Map(this.#changes.accounts)
    for (const entry of this.#base.entries!()) {
      const layer = pending.get(entry.address)
      if (!layer) {
        yield entry
        continue
      }
      pending.delete(entry.address)
      const { address } = entry
      if (layer.account) yield { address, account: layer.account, storage: merged(entry, layer) }
    }
    for (const [address, layer] of pending) {
      if (layer.account) yield { address, account: layer.account, storage: withoutZeros(layer.storage) }
    }
  }
}

function merged(entry: SourceEntry, layer: AccountLayer): Map<bigint, bigint> {
  const slots = new Map(layer.storageCleared ? [] : entry.storage)
  for (const [key, value] of layer.storage) slots.set(key, value)
  return withoutZeros(slots)
}

function withoutZeros(slots: Map<bigint, bigint>): Map<bigint, bigint> {
  return new Map([...slots].filter(([, value]) => value !== 0n))
}
