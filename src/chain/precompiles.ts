// Which addresses are precompiled contracts of a fork, from the core's table (assembly/precompiles/forks.ts).
import { extraPrecompile, lastPrecompile } from '../../assembly/precompiles/forks.ts'
import { type ForkName, forkByName } from './forks.ts'

/** Has the fork a precompiled contract there? `address` is lower-case hex. */
export function isPrecompile(address: `0x${string}`, fork: ForkName): boolean {
  const { rules } = forkByName(fork)
  const number = BigInt(address)
  return number > 0n && (number <= lastPrecompile(rules) || number === BigInt(extraPrecompile(rules)))
}
