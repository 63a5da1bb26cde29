// A source that remembers what it was asked for.

import type { StateKey } from '../errors.ts'
import type { Account, Address, Foreseen, Hex, MaybePromise, Source } from '../types.ts'

/** Notes accounts and slots. It lists nothing, so that the engine has to ask. */
export class RecordingSource implements Source {
  /** Slots by account, in the order of the first question. */
  readonly asked: Map<Address, Set<bigint>> = new Map()
  readonly #source: Source
  /** Present where the source has it. */
  readonly has?: (key: StateKey) => boolean
  /** As below. */
  readonly speculative: boolean

  constructor(source: Source) {
    this.#source = source
    this.speculative = source.speculative ?? true
    if (source.has) this.has = key => source.has!(key)
  }

  account(address: Address): MaybePromise<Account | null> {
    this.#slots(address)
    return this.#source.account(address)
  }

  storage(address: Address, key: bigint): MaybePromise<bigint> {
    this.#slots(address).add(key)
    return this.#source.storage(address, key)
  }

  code(codeHash: Hex): MaybePromise<Uint8Array> {
    return this.#source.code(codeHash)
  }

  blockHash(number: bigint): MaybePromise<Hex> {
    return this.#source.blockHash(number)
  }

  prefetch(keys: readonly StateKey[], messages?: readonly Foreseen[]): void | Promise<void> {
    return this.#source.prefetch?.(keys, messages)
  }

  #slots(address: Address): Set<bigint> {
    const slots = this.asked.get(address) ?? new Set()
    this.asked.set(address, slots)
    return slots
  }
}
