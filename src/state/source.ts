// What the sources of this folder share: layers of account and slot values over a base. The interface itself, Source,
// stands in types.ts.
import type { Account, AccountDiff, Hex, StateDiff } from '../types.ts'

export type { Source, SourceEntry } from '../types.ts'

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
