// Chains of one's own: which fork is in force in which of their blocks, and what their blobs cost. Mainnet's stand in forks.ts.
import { CANCUN } from '../../assembly/abi.ts'
import { describe, InputError } from '../errors.ts'
import { bombDelayOf } from './difficulty.ts'
import { type BlobParameters, FORKS, type Fork, type ForkName, forkByName } from './forks.ts'
import { type ChainRules, type ChainStep, rulesAt } from './schedule.ts'

/** A fork and where it begins: at a block, or at a time. */
export interface ForkBegin {
  fork: ForkName
  block?: bigint | number
  /** seconds since 1970 */
  timestamp?: bigint | number
}

/** What makes a chain. */
export interface ChainOptions {
  /** EIP-155: 1 to 2^64-1. */
  chainId: bigint | number
  /** Oldest first, without those that the chain never had. The first begins at genesis; none by block stands behind one by time. */
  forks: readonly ForkBegin[]
  /** Blob parameters of forks from Cancun on, where they are not mainnet's (EIP-7840). */
  blobSchedule?: Partial<Record<ForkName, BlobParameters>>
}

/** A chain: see `defineChain`. */
export interface Chain {
  readonly chainId: bigint
  /** The fork in force in a block. Its own function: it can be passed on, as the option `fork` of `rpcSource`. */
  readonly forkAt: (block: { number: bigint; timestamp: bigint }) => ForkName
  /** The rules in force in a block, blob parameters among them. */
  rulesAt(block: { number: bigint; timestamp: bigint }): ChainRules
}

const U64 = 1n << 64n

/** A chain of one's own, for `createEnv`, `createProvider` and `rpcBlock`. Throws an InputError that names what is wrong with it. */
export function defineChain({ chainId, forks, blobSchedule = {} }: ChainOptions): Chain {
  const id = wholeNumber(chainId, 'chainId')
  if (id === 0n) throw new InputError({ field: 'chainId', expected: 'a number from 1 to 2^64-1', found: '0' })
  if (forks.length === 0) throw new InputError({ field: 'forks', expected: 'at least one fork', found: 'none' })
  const schedule: ChainStep[] = []
  for (const [i, begin] of forks.entries())
    schedule.push(stepOf(begin, `forks[${i}]`, schedule.at(-1), blobsOf(blobSchedule)))
  const at: Chain['rulesAt'] = block => rulesAt(schedule, { ...block, parentTotalDifficulty: 0n })
  return { chainId: id, rulesAt: at, forkAt: block => at(block).fork.name }
}

/** A fork of the list, checked against the one before it. */
function stepOf(
  { fork: name, block, timestamp }: ForkBegin,
  field: string,
  before: ChainStep | undefined,
  blobs: ReadonlyMap<Fork, BlobParameters>,
): ChainStep {
  const fork = forkByName(name, { field: `${field}.fork` })
  if (before && FORKS.indexOf(fork) <= FORKS.indexOf(before.fork)) {
    throw new InputError({ field: `${field}.fork`, expected: `a fork after ${before.fork.name}`, found: fork.name })
  }
  if ((block === undefined) === (timestamp === undefined)) {
    const found = block === undefined ? 'neither' : 'both'
    throw new InputError({ field, expected: 'a block or a timestamp', found })
  }
  const key = block === undefined ? 'timestamp' : 'block'
  const begin = wholeNumber(block ?? timestamp, `${field}.${key}`)
  const last = before?.[key]
  if (key === 'block' && before?.timestamp !== undefined) {
    throw new InputError({
      field: `${field}.block`,
      expected: 'a timestamp, as the fork before has',
      found: `${begin}`,
    })
  }
  if (last !== undefined && begin < last) {
    throw new InputError({
      field: `${field}.${key}`,
      expected: `${last} or more, as the fork before`,
      found: `${begin}`,
    })
  }
  if (!before && begin !== 0n) {
    throw new InputError({
      field: `${field}.${key}`,
      expected: '0: the first fork begins at genesis',
      found: `${begin}`,
    })
  }
  const parameters = blobs.get(fork) ?? fork.blobs
  return { fork, bombDelay: bombDelayOf(fork.name), [key]: begin, ...(parameters && { blobs: parameters }) }
}

function blobsOf(schedule: Partial<Record<string, BlobParameters>>): ReadonlyMap<Fork, BlobParameters> {
  const found = new Map<Fork, BlobParameters>()
  for (const [name, parameters] of Object.entries(schedule)) {
    const field = `blobSchedule.${name}`
    const fork = forkByName(name, { field })
    if (fork.rules < CANCUN) throw new InputError({ field, expected: 'a fork from cancun on', found: fork.name })
    const { target, max, updateFraction } = parameters ?? {}
    if (!isCount(target) || !isCount(max) || target > max) {
      const expected = 'a target and a max from 0 up, the target not above the max'
      throw new InputError({ field, expected, found: `${describe(target)} and ${describe(max)}` })
    }
    if (!isCount(updateFraction) || updateFraction === 0) {
      const expected = 'a whole number from 1 up'
      throw new InputError({ field: `${field}.updateFraction`, expected, found: describe(updateFraction) })
    }
    found.set(fork, { target, max, updateFraction })
  }
  return found
}

/** A count that the core can hold. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff
}

function wholeNumber(value: unknown, field: string): bigint {
  const number = typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : -1n
  if (number >= 0n && number < U64) return number
  throw new InputError({ field, expected: 'a whole number from 0 to 2^64-1', found: describe(value) })
}
