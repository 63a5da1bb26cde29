// The state manager of EthereumJS as a Source, and the way back: what a message changed goes into it.

import type { StateManagerInterface } from '@ethereumjs/common'
import type { EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { Account, createAddressFromString, type Address as JsAddress, KECCAK256_RLP } from '@ethereumjs/util'
import type { MessageEnd, UsedAccount } from '../core/message-end.ts'
import { MissingStateError } from '../errors.ts'
import { hexBytes, hexOf } from '../input/hex.ts'
import { type Address, EMPTY_CODE_HASH, type Hex, type Account as PlainAccount, type Source } from '../types.ts'
import type { WeftJournal } from './journal.ts'

const NO_STORAGE = hexOf(KECCAK256_RLP)
const NOTHING = new Uint8Array()

/** Answers the core from a state manager, and from a chain for BLOCKHASH. Made anew for each message. */
export class StateManagerSource implements Source {
  readonly #state: StateManagerInterface
  readonly #chain: EVMMockBlockchainInterface
  /** The accounts that were asked for, as the state manager has them. */
  readonly accounts: Map<Address, Account | undefined> = new Map()
  /** Codes are asked for by hash, state managers know them by account. */
  readonly #holders = new Map<Hex, JsAddress>()

  constructor(state: StateManagerInterface, chain: EVMMockBlockchainInterface) {
    this.#state = state
    this.#chain = chain
  }

  async account(name: Address): Promise<PlainAccount | null> {
    const address = createAddressFromString(name)
    const account = await this.#state.getAccount(address)
    this.accounts.set(name, account)
    if (account === undefined) return null
    const codeHash = hexOf(account.codeHash)
    if (codeHash !== EMPTY_CODE_HASH) this.#holders.set(codeHash, address)
    const hasStorage = hexOf(account.storageRoot) !== NO_STORAGE
    return { nonce: account.nonce, balance: account.balance, codeHash, hasStorage }
  }

  async code(codeHash: Hex): Promise<Uint8Array> {
    const holder = this.#holders.get(codeHash)
    if (!holder) throw new MissingStateError([{ kind: 'code', codeHash }])
    return this.#state.getCode(holder)
  }

  async storage(address: Address, key: bigint): Promise<bigint> {
    const value = await this.#state.getStorage(createAddressFromString(address), wordOf(key))
    return value.length === 0 ? 0n : BigInt(hexOf(value))
  }

  async blockHash(number: bigint): Promise<Hex> {
    return hexOf((await this.#chain.getBlock(Number(number))).hash())
  }
}

/** 32 bytes, big-endian. */
function wordOf(value: bigint): Uint8Array {
  return hexBytes(`0x${value.toString(16).padStart(64, '0')}`)!
}

/** Without leading zeros, as state managers keep values of slots. */
function shortest(value: bigint): Uint8Array {
  if (value === 0n) return NOTHING
  const digits = value.toString(16)
  return hexBytes(`0x${digits.length % 2 ? '0' : ''}${digits}`)!
}

/**
 * Puts what a message changed into the state manager, within the journal's checkpoint. Accounts that SELFDESTRUCT takes are left
 * without their balance: `runTx` of the VM deletes them at the end. Accounts that are empty are put as they are, for cleanup().
 */
export async function applyEnd(
  journal: WeftJournal,
  state: StateManagerInterface,
  { accounts, slots }: Pick<MessageEnd, 'accounts' | 'slots'>,
  before: ReadonlyMap<Address, Account | undefined>,
  codes: ReadonlyMap<Hex, Uint8Array>,
): Promise<void> {
  const gone = new Set<Address>()
  for (const used of accounts) {
    if (!used.exists) gone.add(used.address)
    if (used.changed || used.created) await applyAccount(journal, state, used, before.get(used.address), codes)
  }
  for (const { address, key, before: old, after } of slots) {
    if (old === after || gone.has(address)) continue
    await state.putStorage(createAddressFromString(address), key, shortest(after))
  }
}

async function applyAccount(
  journal: WeftJournal,
  state: StateManagerInterface,
  used: UsedAccount,
  before: Account | undefined,
  codes: ReadonlyMap<Hex, Uint8Array>,
): Promise<void> {
  // A contract that was created and taken by SELFDESTRUCT at once leaves nothing, and the VM asks for nothing of it.
  if (!used.exists && !used.existed) return
  const address = createAddressFromString(used.address)
  if (used.destroyed) {
    await journal.putAccount(address, accountWith(before, before?.nonce ?? 0n, 0n))
    return
  }
  await journal.putAccount(address, accountWith(before, used.nonce, used.balance))
  if (used.created) await state.clearStorage(address)
  const code = used.newCodeHash && codes.get(used.newCodeHash)
  if (code) await state.putCode(address, code)
}

/** The account with another nonce and balance; what else EthereumJS keeps of it stays. */
function accountWith(before: Account | undefined, nonce: bigint, balance: bigint): Account {
  return before ? new Account(nonce, balance, before.storageRoot, before.codeHash) : new Account(nonce, balance)
}
