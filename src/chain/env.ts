// A block environment from a fork and whatever fields are known; the rest gets defaults that are valid for the fork.
// Used by the command line, the state-test runner and anyone who wants to run one transaction without a block.
import type { BlockEnv, ForkName } from '../types.ts'
import type { Chain } from './chain.ts'
import { type Fork, forkByName } from './forks.ts'

const ZERO_ADDRESS = '0x0000000000000000000000000000000000000000'
const ZERO_HASH = '0x0000000000000000000000000000000000000000000000000000000000000000'

/**
 * A complete environment: `fields` over the defaults (mainnet's chain id, block 1, timestamp 1, gas limit 2^63-1,
 * everything else zero, blob parameters of the fork). Of a chain: its id, and the fork and blob parameters of that block.
 */
export function createEnv(rules: Fork | ForkName | Chain, fields: Partial<Omit<BlockEnv, 'fork'>> = {}): BlockEnv {
  const [number, timestamp] = [fields.number ?? 1n, fields.timestamp ?? 1n]
  if (typeof rules === 'object' && 'rulesAt' in rules) {
    const { fork, blobs } = rules.rulesAt({ number, timestamp })
    const blobFields = { blobMax: blobs?.max ?? 0, blobUpdateFraction: blobs?.updateFraction ?? 0 }
    return createEnv(fork, { chainId: rules.chainId, ...blobFields, ...fields })
  }
  const row = typeof rules === 'string' ? forkByName(rules) : rules
  return {
    chainId: 1n,
    number,
    timestamp,
    gasLimit: 0x7fffffffffffffffn,
    coinbase: ZERO_ADDRESS,
    baseFee: 0n,
    random: 0n,
    excessBlobGas: 0n,
    blobMax: row.blobs?.max ?? 0,
    blobUpdateFraction: row.blobs?.updateFraction ?? 0,
    parentHash: ZERO_HASH,
    ...fields,
    fork: row.name,
  }
}
