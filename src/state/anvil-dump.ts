// The state file of Anvil (`--dump-state`, anvil_dumpState): accounts by address, and the block at which it was taken.

import { Fields, type Place, readBytes, readQuantity } from '../input/fields.ts'
import { hexOf } from '../input/hex.ts'
import { MAX_CODE_BYTES } from '../limits.ts'
import { type Address, type BlockEnv, EMPTY_CODE_HASH, type Hex } from '../types.ts'
import { quantityHex, wordHex } from './alloc.ts'
import { type AccountValues, State } from './state.ts'

/** An account of a state file. */
export interface DumpedAccount {
  nonce: number
  balance: Hex
  code: Hex
  storage: Record<Hex, Hex>
}

/** The parts of a state file that hold state; Anvil's blocks, transactions and historical states are left out. */
export interface StateDump {
  block: Record<string, unknown> | null
  accounts: Record<Address, DumpedAccount>
  best_block_number: number | Hex | null
  blocks: unknown[]
  transactions: unknown[]
  historical_states: null
}

/** All accounts of a state that it can list, as Anvil's `--load-state` reads them; `env`: the block that the state is after. */
export async function dumpState(state: State, env?: BlockEnv): Promise<StateDump> {
  const accounts: Record<Address, DumpedAccount> = {}
  for (const { address, account, storage } of state.list()) {
    const code = account.codeHash === EMPTY_CODE_HASH ? new Uint8Array() : await state.code(account.codeHash)
    accounts[address] = {
      nonce: Number(account.nonce),
      balance: quantityHex(account.balance),
      code: hexOf(code),
      storage: Object.fromEntries([...storage].map(([key, value]) => [wordHex(key), wordHex(value)])),
    }
  }
  const rest = { blocks: [], transactions: [], historical_states: null }
  return { block: env ? dumpedBlock(env) : null, accounts, best_block_number: env ? Number(env.number) : null, ...rest }
}

function dumpedBlock(env: BlockEnv): Record<string, unknown> {
  return {
    number: quantityHex(env.number),
    beneficiary: env.coinbase,
    timestamp: quantityHex(env.timestamp),
    gas_limit: Number(env.gasLimit),
    basefee: Number(env.baseFee),
    difficulty: '0x0',
    prevrandao: wordHex(env.random),
    blob_excess_gas_and_price: { excess_blob_gas: Number(env.excessBlobGas), blob_gasprice: 1 },
  }
}

/** Sets the accounts of a state file in a state, those that are there already slot by slot. Throws an InputError that names the field. */
export async function loadState(json: unknown, state: State = new State(), file = 'state'): Promise<State> {
  const whole = new Fields(json, { file, path: '' }, 'a state file (an object with "accounts")')
  const accounts = whole.fields('accounts', 'an object of accounts by address')
  for (const [address, account] of whole.entries('accounts')) {
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) accounts.refuse(address, 'a key of 0x and 40 hex digits')
    await state.set(address.toLowerCase() as Address, readAccount(new Fields(account, accounts.at(address))))
  }
  return state
}

function readAccount(account: Fields): AccountValues {
  const storage = account.entries('storage').map(([key, value]): [bigint, bigint] => {
    const place = account.at('storage')
    return [readQuantity(key, place, 32), readQuantity(value, place, 32)]
  })
  return {
    nonce: account.has('nonce') ? readNumber(account.raw('nonce'), account.at('nonce')) : 0n,
    balance: account.u256('balance'),
    code: account.has('code')
      ? readBytes(account.raw('code'), account.at('code'), MAX_CODE_BYTES, 'MAX_CODE_BYTES')
      : new Uint8Array(),
    storage,
  }
}

/** Anvil writes nonces as numbers. */
function readNumber(value: unknown, place: Place): bigint {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? BigInt(value)
    : readQuantity(value, place, 8)
}
