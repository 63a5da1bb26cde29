// Which addresses are precompiled contracts on which fork.

import { BYZANTIUM, CANCUN, ISTANBUL, OSAKA, PRAGUE } from '../abi.ts'
import { addressNumber } from '../state/address.ts'

export const P256_VERIFY: u64 = 0x100

/** Is the address (24 bytes) a precompile? 1–4 Frontier, 5–8 EIP-196–198, 9 EIP-152, 10 EIP-4844, 11–17 EIP-2537, 256 EIP-7951. */
@inline
export function isPrecompile(address: usize, fork: i32): bool {
  const number = addressNumber(address)
  return number - 1 < 17 ? number <= lastPrecompile(fork) : number == P256_VERIFY && fork >= OSAKA
}

function lastPrecompile(fork: i32): u64 {
  if (fork >= PRAGUE) return 17
  if (fork >= CANCUN) return 10
  if (fork >= ISTANBUL) return 9
  return fork >= BYZANTIUM ? 8 : 4
}
