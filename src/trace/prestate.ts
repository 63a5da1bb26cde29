// The state that a transaction needed, as go-ethereum's prestateTracer gives it: every account and slot that it asked for, before it
// ran; in diff mode what it changed, before and after. Code stands there where the run had it, which it has where it mattered.
import { hexOf } from '../input/hex.ts'
import { type Address, EMPTY_CODE_HASH, type Hex } from '../types.ts'
import type { TracedAccount, TracedSlot, TracedValues, Tracer, TraceSwitches } from './tracer.ts'

/** Options of geth's prestateTracer. */
export interface PrestateOptions {
  diffMode?: boolean
}

/** An account; what is absent is zero or empty, and after the transaction of diff mode, unchanged. */
export interface PrestateAccount {
  balance?: Hex
  code?: Hex
  nonce?: number
  /** Slots and values of 32 bytes. */
  storage?: Record<Hex, Hex>
}

/** Accounts by address. */
export type Prestate = Record<Address, PrestateAccount>

/** Collects the accounts of a transaction: `result` after its end. */
export class PrestateTracer implements Tracer {
  readonly switches: TraceSwitches = { state: true }
  readonly #diffMode: boolean
  #accounts = new Map<Address, TracedAccount & { slots: TracedSlot[] }>()
  #codes = new Map<Hex, Uint8Array>()

  constructor({ diffMode = false }: PrestateOptions = {}) {
    this.#diffMode = diffMode
  }

  begin(): void {
    this.#accounts = new Map()
    this.#codes = new Map()
  }

  account(account: TracedAccount): void {
    this.#accounts.set(account.address, { ...account, slots: [] })
  }

  code(codeHash: Hex, code: Uint8Array): void {
    this.#codes.set(codeHash, code)
  }

  slot(slot: TracedSlot): void {
    this.#accounts.get(slot.address)?.slots.push(slot)
  }

  /** The accounts before the transaction; in diff mode those that it changed, before and after. */
  get result(): Prestate | { post: Prestate; pre: Prestate } {
    return this.#diffMode ? this.#diff() : this.#before()
  }

  #before(): Prestate {
    const pre: Prestate = {}
    for (const { address, before, after, slots } of this.#accounts.values()) {
      const isCreated = !before && after && (after.nonce > 0n || after.codeHash !== EMPTY_CODE_HASH)
      if (!isCreated) pre[address] = this.#whole(before, storageOf(slots, 'before', true))
    }
    return pre
  }

  #diff(): { post: Prestate; pre: Prestate } {
    const pre: Prestate = {}
    const post: Prestate = {}
    for (const { address, before, after, slots } of this.#accounts.values()) {
      const changed = slots.filter(slot => slot.before !== slot.after)
      const isSame = before && after && sameValues(before, after)
      if ((isSame || (!before && !after)) && changed.length === 0) continue
      if (before) pre[address] = this.#whole(before, storageOf(changed, 'before'))
      if (after) post[address] = this.#changes(before, after, storageOf(changed, 'after'))
    }
    return { post, pre }
  }

  #whole(values: TracedValues | undefined, storage: Record<Hex, Hex>): PrestateAccount {
    if (!values) return { balance: '0x0' }
    const code = this.#codes.get(values.codeHash)
    return {
      balance: `0x${values.balance.toString(16)}`,
      ...(code && { code: hexOf(code) }),
      ...(values.nonce > 0n && { nonce: Number(values.nonce) }),
      ...(Object.keys(storage).length > 0 && { storage }),
    }
  }

  #changes(before: TracedValues | undefined, after: TracedValues, storage: Record<Hex, Hex>): PrestateAccount {
    const code = after.codeHash === (before?.codeHash ?? EMPTY_CODE_HASH) ? undefined : this.#codes.get(after.codeHash)
    return {
      ...(after.balance !== (before?.balance ?? 0n) && { balance: `0x${after.balance.toString(16)}` as Hex }),
      ...(code && { code: hexOf(code) }),
      ...(after.nonce !== (before?.nonce ?? 0n) && { nonce: Number(after.nonce) }),
      ...(Object.keys(storage).length > 0 && { storage }),
    }
  }
}

function sameValues(a: TracedValues, b: TracedValues): boolean {
  return a.nonce === b.nonce && a.balance === b.balance && a.codeHash === b.codeHash
}

/** The slots at one of the two times. Zero is the absence of a slot, except where what was asked is the point. */
function storageOf(slots: readonly TracedSlot[], when: 'before' | 'after', withZero = false): Record<Hex, Hex> {
  const kept = withZero ? slots : slots.filter(slot => slot[when] !== 0n)
  return Object.fromEntries(kept.map(slot => [wordHex(slot.key), wordHex(slot[when])]))
}

function wordHex(word: bigint): Hex {
  return `0x${word.toString(16).padStart(64, '0')}`
}
