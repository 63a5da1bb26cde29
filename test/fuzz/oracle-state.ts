// State in memory for EthereumJS with an undo log, light enough for thousands of small runs in a second. Its own SimpleStateManager
// copies everything at each checkpoint and knows no storage roots, which EIP-7610 asks for; here an account with slots
// bears a root that is merely not the empty one.

import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import { OriginalStorageCache } from '@ethereumjs/statemanager'
import { Account, type Address, bytesToUnprefixedHex, KECCAK256_RLP } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'

const NOTHING = new Uint8Array(0)
const SOME_ROOT = new Uint8Array(32).fill(1)

/** The state manager; `clear` makes it ready for the next case. */
export class OracleState implements StateManagerInterface {
  readonly originalStorageCache: OriginalStorageCache = new OriginalStorageCache((address, key) =>
    this.getStorage(address, key),
  )
  /** By lower-case address. */
  readonly accounts: Map<string, Account> = new Map()
  /** By address; keys are 64 digits, values without leading zeros and never zero. */
  readonly storage: Map<string, Map<string, Uint8Array>> = new Map()
  readonly #codes = new Map<string, Uint8Array>()
  readonly #log: (() => void)[] = []
  readonly #checkpoints: number[] = []

  clear(): void {
    for (const map of [this.accounts, this.storage, this.#codes]) map.clear()
    this.#log.length = 0
    this.#checkpoints.length = 0
    this.originalStorageCache.clear()
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const account = this.accounts.get(address.toString())
    if (account === undefined) return
    const root = this.storage.get(address.toString())?.size ? SOME_ROOT : KECCAK256_RLP
    return new Account(account.nonce, account.balance, root, account.codeHash)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    if (account === undefined) return this.deleteAccount(address)
    const { nonce, balance, storageRoot, codeHash } = account
    this.#write(this.accounts, address.toString(), new Account(nonce, balance, storageRoot, codeHash))
  }

  async deleteAccount(address: Address): Promise<void> {
    this.#write(this.accounts, address.toString(), undefined)
    this.#write(this.#codes, address.toString(), undefined)
    await this.clearStorage(address)
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account()
    account.nonce = fields.nonce ?? account.nonce
    account.balance = fields.balance ?? account.balance
    account.codeHash = fields.codeHash ?? account.codeHash
    await this.putAccount(address, account)
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    this.#write(this.#codes, address.toString(), code)
    await this.modifyAccountFields(address, { codeHash: keccak_256(code) })
  }

  async getCode(address: Address): Promise<Uint8Array> {
    return this.#codes.get(address.toString()) ?? NOTHING
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    return this.storage.get(address.toString())?.get(bytesToUnprefixedHex(key)) ?? NOTHING
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const name = address.toString()
    let slots = this.storage.get(name)
    if (slots === undefined) {
      slots = new Map()
      this.#write(this.storage, name, slots)
    }
    const isZero = value.every(byte => byte === 0)
    this.#write(slots, bytesToUnprefixedHex(key), isZero ? undefined : value)
  }

  async clearStorage(address: Address): Promise<void> {
    this.#write(this.storage, address.toString(), undefined)
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#log.length)
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop()
    if (this.#checkpoints.length === 0) this.#log.length = 0
  }

  async revert(): Promise<void> {
    const from = this.#checkpoints.pop() ?? 0
    while (this.#log.length > from) this.#log.pop()!()
  }

  async getStateRoot(): Promise<Uint8Array> {
    return SOME_ROOT
  }

  async setStateRoot(): Promise<void> {}

  async hasStateRoot(): Promise<boolean> {
    return false
  }

  clearCaches(): void {}

  shallowCopy(): never {
    throw new Error('the state of a fuzz case is not copied')
  }

  #write<T>(map: Map<string, T>, key: string, value: T | undefined): void {
    if (this.#checkpoints.length > 0) {
      const before = map.get(key)
      this.#log.push(() => put(map, key, before))
    }
    put(map, key, value)
  }
}

function put<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
