// A state or a block with some values of one's own, in viem's names: the what-if of eth_call.

import { InputError } from '../errors.ts'
import { addressOf, bytesOf } from '../input/given.ts'
import { type AccountValues, State } from '../state/state.ts'
import type { Address, BlockEnv, Hex, MaybePromise, Source } from '../types.ts'

/** A slot and its value, 32 bytes each. */
export interface SlotOverride {
  slot: Hex
  value: Hex
}

/** What an account is taken to hold; what is absent stays. */
export type StateOverride = readonly {
  address: Address
  /** wei */
  balance?: bigint
  nonce?: number | bigint
  code?: Hex | Uint8Array
  /** These slots, and no others. */
  state?: readonly SlotOverride[]
  /** These slots, and the others as they are. */
  stateDiff?: readonly SlotOverride[]
}[]

/** What a block is taken to say; what is absent stays. */
export interface BlockOverrides {
  number?: bigint
  /** seconds since 1970 */
  time?: bigint
  gasLimit?: bigint
  feeRecipient?: Address
  baseFeePerGas?: bigint
  prevRandao?: Hex | bigint
}

/** The source with its overrides; itself where there are none. A promise where the source has to be waited for. */
export function overridden(source: Source, overrides: StateOverride = []): MaybePromise<Source> {
  if (overrides.length === 0) return source
  const state = new State(source)
  const pending = overrides.map(each => state.set(addressOf('stateOverride.address', each.address), valuesOf(each)))
  return pending.some(set => set instanceof Promise) ? Promise.all(pending).then(() => state) : state
}

function valuesOf({ address, balance, nonce, code, state, stateDiff }: StateOverride[number]): AccountValues {
  if (state && stateDiff) {
    throw new InputError({ field: 'stateOverride', expected: 'state or stateDiff', found: `both for ${address}` })
  }
  return {
    ...(balance !== undefined && { balance }),
    ...(nonce !== undefined && { nonce: BigInt(nonce) }),
    ...(code !== undefined && { code: bytesOf('stateOverride.code', code) }),
    storage: (state ?? stateDiff ?? []).map(({ slot, value }) => [BigInt(slot), BigInt(value)] as const),
    storageCleared: state !== undefined,
  }
}

/** The environment with its overrides. Throws InputError for those that viem has and nothing would come of. */
export function overriddenEnv(env: BlockEnv, overrides: BlockOverrides = {}): BlockEnv {
  const unknown = ['blobBaseFee', 'withdrawals'].find(name => overrides[name as keyof BlockOverrides] !== undefined)
  if (unknown) {
    throw new InputError({
      field: `blockOverrides.${unknown}`,
      expected: 'nothing: it cannot be overridden',
      found: 'a value',
    })
  }
  const { number, time, gasLimit, feeRecipient, baseFeePerGas, prevRandao } = overrides
  return {
    ...env,
    ...(number !== undefined && { number }),
    ...(time !== undefined && { timestamp: time }),
    ...(gasLimit !== undefined && { gasLimit }),
    ...(feeRecipient !== undefined && { coinbase: feeRecipient.toLowerCase() as Address }),
    ...(baseFeePerGas !== undefined && { baseFee: baseFeePerGas }),
    ...(prevRandao !== undefined && { random: BigInt(prevRandao) }),
  }
}
