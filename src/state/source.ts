// Where state comes from. The core asks only for what it does not have, and the host asks a Source; an answer may be a
// value or a promise, so memory, a database and a remote node are the same thing to the engine. An answer must not
// change while a block or transaction runs.
import type { Account, AccountDiff, Address, Hex, MaybePromise, StateDiff, StateKey } from '../types.ts'

/** One account with everything it holds, as `Source.entries` lists it. */
export interface SourceEntry {
  address: Address
  account: Account
  /** Slots that are not zero. */
  storage: Iterable<readonly [key: bigint, value: bigint]>
}

/** The state that transactions run on. */
export interface Source {
  /** The account, or null where it does not exist. */
  account(address: Address): MaybePromise<Account | null>
  /** The code with that hash; never asked for the empty hash. */
  code(codeHash: Hex): MaybePromise<Uint8Array>
  /** The slot's value, 0n where it was never written. */
  storage(address: Address, key: bigint): MaybePromise<bigint>
  /** Hash of an earlier block. */
  blockHash(number: bigint): MaybePromise<Hex>
  /** A hint that these will be asked for soon, so that a remote source can batch them. */
  prefetch?(keys: readonly StateKey[]): void | Promise<void>
  /** All of the state. Only where it is complete: what is not listed does not exist. */
  entries?(): Iterable<SourceEntry>
  /** What is not in `entries` does not exist. A state root can be computed. */
  readonly complete?: boolean
}

/** Slots and account values that stand over a base: the part that `MemorySource` and `OverlaySource` share. */
export interface AccountLayer {
  /** null: known not to exist. */
  account: Account | null
  /** Slots that are not in `storage` are zero, whatever lies below. */
  storageCleared: boolean
  storage: Map<bigint, bigint>
}

/** Folds one account of a diff into a layer, or makes the layer it begins. */
export function layDiff(layer: AccountLayer | undefined, diff: AccountDiff): AccountLayer {
  const cleared = diff.storageCleared || !diff.exists
  const { nonce, balance, codeHash } = diff
  const storage = layer && !cleared ? layer.storage : new Map<bigint, bigint>()
  if (diff.exists) for (const [key, value] of diff.storage) storage.set(key, value)
  return {
    account: diff.exists ? { nonce, balance, codeHash } : null,
    storageCleared: cleared || (layer?.storageCleared ?? false),
    storage,
  }
}

/** Keeps the codes that a diff deployed. */
export function keepCodes(codes: Map<Hex, Uint8Array>, diff: StateDiff): void {
  for (const { code, codeHash } of diff) if (code) codes.set(codeHash, code)
}
