// A pre-state in JSON (address → {balance, nonce, codeHash or code, storage}) to plain state. The format is
// that of block files and of state tests; quantities may have leading zeros, as test fixtures write them.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { atMost, MAX_ACCOUNTS, MAX_CODE_BYTES } from '../limits.ts'
import { type Address, EMPTY_CODE_HASH, type FullAccount, type Hex } from '../types.ts'
import { Fields, type Place, readAddress, readObject, readQuantity, refuse, under } from './fields.ts'
import { hexOf } from './hex.ts'

/** Accounts by address, and the codes that stood in the accounts themselves. */
export interface PreState {
  accounts: Map<Address, FullAccount>
  codes: Map<Hex, Uint8Array>
}

/** Reads a pre-state; `place` is where it stands, for errors. */
export function readPreState(json: unknown, place: Place): PreState {
  const listed = Object.entries(readObject(json, place))
  if (listed.length > MAX_ACCOUNTS) {
    refuse(place, atMost(MAX_ACCOUNTS, 'accounts', 'MAX_ACCOUNTS'), `${listed.length} accounts`)
  }
  const state: PreState = { accounts: new Map(), codes: new Map() }
  for (const [key, value] of listed) {
    const at = under(place, key)
    const address = readAddress(key, at)
    if (state.accounts.has(address)) refuse(at, 'each address once', 'the same address in other letters')
    state.accounts.set(address, readAccount(new Fields(value, at), state.codes))
  }
  return state
}

function readAccount(account: Fields, codes: Map<Hex, Uint8Array>): FullAccount {
  const nonce = account.u64('nonce')
  const balance = account.u256('balance')
  return { nonce, balance, codeHash: readCodeHash(account, codes), storage: readStorage(account) }
}

function readCodeHash(account: Fields, codes: Map<Hex, Uint8Array>): Hex {
  if (!account.has('code')) return account.has('codeHash') ? account.hash('codeHash') : EMPTY_CODE_HASH
  const code = account.bytes('code', MAX_CODE_BYTES, 'MAX_CODE_BYTES')
  if (code.length === 0) return EMPTY_CODE_HASH
  const hash = hexOf(keccak_256(code))
  if (account.has('codeHash') && account.hash('codeHash') !== hash)
    account.refuse('codeHash', `the hash of code, ${hash}`)
  codes.set(hash, code)
  return hash
}

function readStorage(account: Fields): [bigint, bigint][] {
  const place = account.at('storage')
  return account.entries('storage').map(([key, value]) => {
    const at = under(place, key)
    return [readQuantity(key, at, 32), readQuantity(value, at, 32)]
  })
}
