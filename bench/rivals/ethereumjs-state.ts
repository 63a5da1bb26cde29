// State in memory for EthereumJS, with an undo log. Its own SimpleStateManager copies all accounts and slots at every
// checkpoint, and its MerkleStateManager encodes what it keeps: neither would show what its interpreter can do on a whole
// block. A get or put is a map access here and a revert undoes what was written since the checkpoint, so the rival of
// blocks.ts spends its time in the VM. State roots do not exist; nothing that the benchmark runs asks for one.

import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import { OriginalStorageCache } from '@ethereumjs/statemanager'
import { Account, type Address, bytesToUnprefixedHex } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'

const NOTHING = new Uint8Array(0)
const NO_ROOT = new Uint8Array(32)

type Undo = () => void

/** A state manager for one run: fill it with the put methods, then give it to a VM. */
export class UndoLogState implements StateManagerInterface {
  readonly originalStorageCache: OriginalStorageCache
  readonly #accounts = new Map<string, Account>()
  readonly #codes = new Map<string, Uint8Array>()
  readonly #storage = new Map<string, Map<string, Uint8Array>>()
  /** What takes the writes since the first checkpoint back, in order. */
  readonly #log: Undo[] = []
  /** Length of the log at each open checkpoint. */
  readonly #checkpoints: number[] = []

  constructor() {
    this.originalStorageCache = new OriginalStorageCache((address, key) => this.getStorage(address, key))
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const account = this.#accounts.get(address.toString())
    return account && copyOf(account)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    this.#write(this.#accounts, address.toString(), account && copyOf(account))
  }

  async deleteAccount(address: Address): Promise<void> {
    this.#write(this.#accounts, address.toString(), undefined)
    this.#write(this.#codes, address.toString(), undefined)
    await this.clearStorage(address)
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account()
    account.nonce = fields.nonce ?? account.nonce
    account.balance = fields.balance ?? account.balance
    account.storageRoot = fields.storageRoot ?? account.storageRoot
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
    return this.#storage.get(address.toString())?.get(bytesToUnprefixedHex(key)) ?? NOTHING
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const name = address.toString()
    let slots = this.#storage.get(name)
    if (slots === undefined) {
      slots = new Map()
      this.#write(this.#storage, name, slots)
    }
    this.#write(slots, bytesToUnprefixedHex(key), value)
  }

  async clearStorage(address: Address): Promise<void> {
    this.#write(this.#storage, address.toString(), undefined)
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
    return NO_ROOT
  }

  async setStateRoot(): Promise<void> {}

  async hasStateRoot(): Promise<boolean> {
    return false
  }

  clearCaches(): void {}

  shallowCopy(): never {
    throw new Error('the state of a benchmark run is not copied')
  }

  #write<T>(map: Map<string, T>, key: string, value: T | undefined): void {
    if (this.#checkpoints.length > 0) {
      const before = map.get(key)
      this.#log.push(() => set(map, key, before))
    }
    set(map, key, value)
  }
}

function set<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}

/** The VM changes accounts in place before it puts them. */
function copyOf({ nonce, balance, storageRoot, codeHash }: Account): Account {
  return new Account(nonce, balance, storageRoot, codeHash)
}
