// A state or a block with some values of one's own, in viem's names: the what-if of eth_call.

import { describe, InputError } from '../errors.ts'
import { hexBytes } from '../input/hex.ts'
import { State } from '../state/state.ts'
import type { Address, BlockEnv, Hex, Source } from '../types.ts'

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
  code?: Hex
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

/** The source with its overrides; itself where there are none. */
export async function overridden(source: Source, overrides: StateOverride = []): Promise<Source> {
  if (overrides.length === 0) return source
  const state = new State(source)
  for (const { address, balance, nonce, code, state: slots, stateDiff } of overrides) {
    if (slots && stateDiff) {
      throw new InputError({ field: 'stateOverride', expected: 'state or stateDiff', found: `both for ${address}` })
    }
    const bytes = code === undefined ? undefined : hexBytes(code)
    if (code !== undefined && !bytes) {
      throw new InputError({ field: 'stateOverride.code', expected: '0x hex', found: describe(code) })
    }
    await state.set(address.toLowerCase() as Address, {
      ...(balance !== undefined && { balance }),
      ...(nonce !== undefined && { nonce: BigInt(nonce) }),
      ...(bytes && { code: bytes }),
      storage: (slots ?? stateDiff ?? []).map(({ slot, value }) => [BigInt(slot), BigInt(value)] as const),
      storageCleared: slots !== undefined,
    })
  }
  return state
}

/** The environment with its overrides. */
export function overriddenEnv(env: BlockEnv, overrides: BlockOverrides = {}): BlockEnv {
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
