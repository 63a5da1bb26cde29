// The journal that the VM of EthereumJS sees: checkpoints of the state manager, the accounts that state clearing looks at in the end
// (EIP-161), and what a transaction finds warm (EIP-2929). What a message does within itself is the core's own journal.

import type { Common, StateManagerInterface } from '@ethereumjs/common'
import type { EVMInterface } from '@ethereumjs/evm'
import type { Account, Address, PrefixedHexString } from '@ethereumjs/util'
import { createAddressFromString } from '@ethereumjs/util'
import { InputError } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import type { Hex } from '../types.ts'

/** Block 2675119 made it consensus that the touch of RIPEMD-160 outlives a revert. */
const RIPEMD160 = '0x0000000000000000000000000000000000000003'

/** Digits without 0x in lower case, as EthereumJS names addresses and slots. */
type Digits = string

function digitsOf(text: string): Digits {
  return (text.startsWith('0x') ? text.slice(2) : text).toLowerCase()
}

type JournalInterface = EVMInterface['journal']

/** The journal of a `WeftEVM`, over its state manager. */
export class WeftJournal implements JournalInterface {
  /** Cold accounts and slots that messages have asked for, and the transaction's access list; from startReportingAccessList to cleanup. */
  accessList?: Map<Digits, Set<Digits>>
  /** Addresses that were touched, by the hash that the trie knows them by; from startReportingPreimages to cleanup. */
  preimages?: Map<PrefixedHexString, Uint8Array>
  /** What the transaction under way finds warm, by account: its slots. */
  readonly warm: Map<Digits, Set<Digits>> = new Map()
  readonly #state: StateManagerInterface
  readonly #common: Common
  /** In the order in which they were first touched. */
  readonly #touched = new Set<PrefixedHexString>()
  /** Number of touched accounts at each open checkpoint. */
  #marks: number[] = []

  constructor(state: StateManagerInterface, common: Common) {
    this.#state = state
    this.#common = common
  }

  async checkpoint(): Promise<void> {
    this.#marks.push(this.#touched.size)
    await this.#state.checkpoint()
  }

  async commit(): Promise<void> {
    this.#marks.pop()
    await this.#state.commit()
  }

  async revert(): Promise<void> {
    const kept = this.#marks.pop() ?? 0
    for (const address of [...this.#touched].slice(kept)) {
      if (address !== RIPEMD160) this.#touched.delete(address)
    }
    await this.#state.revert()
  }

  async putAccount(address: Address, account: Account): Promise<void> {
    this.#touch(address)
    await this.#state.putAccount(address, account)
  }

  async deleteAccount(address: Address): Promise<void> {
    this.#touch(address)
    await this.#state.deleteAccount(address)
  }

  #touch(address: Address): void {
    if (this.preimages !== undefined) {
      const key = this.#state.getAppliedKey?.(address.bytes)
      if (!key)
        throw new InputError({
          field: 'stateManager',
          expected: 'one with getAppliedKey, for preimages',
          found: 'none',
        })
      this.preimages.set(hexOf(key), address.bytes)
    }
    this.#touched.add(address.toString())
  }

  /** The transaction is over: nothing is touched or warm any more. */
  cleanJournal(): void {
    this.#touched.clear()
    this.#marks = []
    this.warm.clear()
  }

  /** Deletes the accounts that were touched and are empty (EIP-161), then cleanJournal. */
  async cleanup(): Promise<void> {
    if (this.#common.gteHardfork('spuriousDragon')) {
      for (const name of this.#touched) {
        const address = createAddressFromString(name)
        const account = await this.#state.getAccount(address)
        if (account?.isEmpty()) await this.#state.deleteAccount(address)
      }
    }
    this.cleanJournal()
    delete this.accessList
    delete this.preimages
  }

  addAlwaysWarmAddress(address: string, addToAccessList = false): void {
    const name = digitsOf(address)
    if (!this.warm.has(name)) this.warm.set(name, new Set())
    if (addToAccessList) this.#report(name)
  }

  addAlwaysWarmSlot(address: string, slot: string, addToAccessList = false): void {
    this.addAlwaysWarmAddress(address, addToAccessList)
    const name = digitsOf(address)
    this.warm.get(name)?.add(digitsOf(slot))
    if (addToAccessList) this.#report(name, digitsOf(slot))
  }

  startReportingAccessList(): void {
    this.accessList = new Map()
  }

  startReportingPreimages(): void {
    this.preimages = new Map()
  }

  /** A message has asked for an account, or one of its slots: reported where it was cold. */
  noteAccess(address: Hex, slot?: Hex): void {
    if (this.accessList === undefined) return
    const name = digitsOf(address)
    if (slot === undefined) {
      if (!this.warm.has(name)) this.#report(name)
    } else if (!this.warm.get(name)?.has(digitsOf(slot))) this.#report(name, digitsOf(slot))
  }

  #report(address: Digits, slot?: Digits): void {
    if (this.accessList === undefined) return
    const slots = this.accessList.get(address) ?? new Set()
    this.accessList.set(address, slots)
    if (slot !== undefined) slots.add(slot)
  }
}
