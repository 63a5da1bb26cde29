// The contracts that the protocol itself calls in a block. assembly/system.ts has the same addresses as bytes.
import type { Address } from '../types.ts'

/** Who calls them. */
export const SYSTEM_ADDRESS: Address = '0xfffffffffffffffffffffffffffffffffffffffe'
/** EIP-4788, from Cancun on. */
export const BEACON_ROOTS: Address = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02'
/** EIP-2935, from Prague on. */
export const HISTORY: Address = '0x0000f90827f1c53a10cb7a02335b175320002935'
/** EIP-7002, from Prague on. */
export const WITHDRAWAL_REQUESTS: Address = '0x00000961ef480eb55e80d19ad83579a64c007002'
/** EIP-7251, from Prague on. */
export const CONSOLIDATION_REQUESTS: Address = '0x0000bbddc7ce488642fb579f8b00f3a590007251'

/** All of them. */
export const SYSTEM_CONTRACTS: readonly Address[] = [BEACON_ROOTS, HISTORY, WITHDRAWAL_REQUESTS, CONSOLIDATION_REQUESTS]
