// The contracts that a block from Prague on has to find (EIP-7002, 7251), for states that lack them.

import { codeHashOf } from '../../bench/blocks/raw.ts'
import { CONSOLIDATION_REQUESTS, SYSTEM_CODES, WITHDRAWAL_REQUESTS } from '../../bench/blocks/system.ts'
import { hexBytes } from '../../src/input/hex.ts'
import type { Address, FullAccount, Hex } from '../../src/types.ts'

const CONTRACTS = [WITHDRAWAL_REQUESTS, CONSOLIDATION_REQUESTS].map(address => {
  const code = SYSTEM_CODES[address]!
  return { address, code: hexBytes(code)!, codeHash: codeHashOf(code) }
})

/** Codes of the contracts, by hash. */
export const SYSTEM_CONTRACT_CODES: readonly (readonly [Hex, Uint8Array])[] = CONTRACTS.map(
  ({ codeHash, code }) => [codeHash, code] as const,
)

/** The accounts, and the contracts where they are not among them. */
export function withSystemContracts(accounts: Iterable<readonly [Address, FullAccount]>): [Address, FullAccount][] {
  const all = new Map<Address, FullAccount>(accounts)
  for (const { address, codeHash } of CONTRACTS) {
    if (!all.has(address)) all.set(address, { nonce: 1n, balance: 0n, codeHash })
  }
  return [...all]
}
