// Which numbers are addresses of precompiled contracts on which fork: 1–4 Frontier, 5–8 EIP-196–198, 9 EIP-152, 10 EIP-4844, 11–17
// EIP-2537, 256 EIP-7951. Both compilers read this file: no types but i32.

import { BYZANTIUM, CANCUN, ISTANBUL, OSAKA, PRAGUE } from '../abi.ts'

export const P256_VERIFY = 0x100

/** The contracts of a fork have the numbers from 1 to this one, */
export function lastPrecompile(fork: i32): i32 {
  if (fork >= PRAGUE) return 17
  if (fork >= CANCUN) return 10
  if (fork >= ISTANBUL) return 9
  return fork >= BYZANTIUM ? 8 : 4
}

/** and this one, where it is not 0. */
export function extraPrecompile(fork: i32): i32 {
  return fork >= OSAKA ? P256_VERIFY : 0
}
