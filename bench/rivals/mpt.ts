// State roots by @ethereumjs/mpt, built as its users build them: one put after the other.

import type { Entry } from '../cases/state-root.ts'
import { importRival } from '../field.ts'

/** The root of a state of accounts without code. */
export async function mptRoot(): Promise<(state: readonly Entry[]) => Promise<Uint8Array>> {
  const { createMPT } = await importRival('@ethereumjs/mpt', () => import('@ethereumjs/mpt'))
  const { RLP } = await importRival('@ethereumjs/rlp', () => import('@ethereumjs/rlp'))
  return async state => {
    const accounts = await createMPT({ useKeyHashing: true })
    for (const { address, nonce, balance, codeHash, slots } of state) {
      const storage = await createMPT({ useKeyHashing: true })
      for (const { key, value } of slots) await storage.put(key, RLP.encode(value))
      await accounts.put(address, RLP.encode([nonce, balance, storage.root(), codeHash]))
    }
    return accounts.root()
  }
}
