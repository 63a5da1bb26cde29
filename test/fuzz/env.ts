// Facts of the imaginary chain that fuzz cases run on and that are not worth a field of the case.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { hexOf } from '../../src/input/hex.ts'
import type { Hex } from '../../src/types.ts'

/** Hash of a block: as in the state tests, the hash of its number in decimal digits. */
export function blockHashOf(number: bigint): Hex {
  return hexOf(keccak_256(new TextEncoder().encode(number.toString())))
}
