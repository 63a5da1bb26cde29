// A whole state as the JSON that genesis files and the t8n protocol call "alloc": address to balance, nonce, code and storage. What
// comes out can be read back (input/pre-state.ts). Called by t8n and by the --dump options of the command line.

import { hexOf } from '../input/hex.ts'
import { type Address, EMPTY_CODE_HASH, type Hex } from '../types.ts'
import type { MemorySource } from './memory.ts'

/** One account; what is zero or empty, besides the balance, is left out as geth does. */
export interface AllocAccount {
  balance: Hex
  nonce?: Hex
  code?: Hex
  /** 32-byte keys and values. */
  storage?: Record<Hex, Hex>
}

/** All accounts by address, in order. */
export function allocJson(source: MemorySource): Record<Address, AllocAccount> {
  const alloc: [Address, AllocAccount][] = []
  for (const { address, account, storage } of source.entries()) {
    const { balance, nonce, codeHash } = account
    const slots = [...storage].sort(([a], [b]) => (a < b ? -1 : 1))
    alloc.push([
      address,
      {
        balance: quantityHex(balance),
        ...(nonce > 0n && { nonce: quantityHex(nonce) }),
        ...(codeHash !== EMPTY_CODE_HASH && { code: hexOf(source.code(codeHash)) }),
        ...(slots.length > 0 && { storage: Object.fromEntries(slots.map(slot => slot.map(wordHex))) }),
      },
    ])
  }
  return Object.fromEntries(alloc.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A number as 0x without leading zeros. */
export function quantityHex(number: bigint | number): Hex {
  return `0x${number.toString(16)}`
}

/** A number as 0x and 64 digits. */
export function wordHex(number: bigint): Hex {
  return `0x${number.toString(16).padStart(64, '0')}`
}
