// A whole state as the JSON that genesis files and the t8n protocol call "alloc": address to balance, nonce, code and storage. What
// comes out can be read back. Called by t8n and by the --prestate and --dump options of the command line.
import type { Place } from '../input/fields.ts'
import { hexOf } from '../input/hex.ts'
import { withQuantities } from '../input/lenient.ts'
import { type PreState, readPreState } from '../input/pre-state.ts'
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

/** Reads an alloc: as a pre-state, but numbers may be decimal, and what is missing is zero. Throws InputError. */
export function readAlloc(json: unknown, place: Place): PreState {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return readPreState(json, place)
  const accounts = Object.entries(json).map(([address, account]) => [
    /^[0-9a-fA-F]{40}$/.test(address) ? `0x${address}` : address,
    typeof account === 'object' && account !== null ? readable(account) : account,
  ])
  return readPreState(Object.fromEntries(accounts), place)
}

function readable(account: object): unknown {
  return withQuantities({ nonce: '0x0', balance: '0x0', ...account }, ['nonce', 'balance'])
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
