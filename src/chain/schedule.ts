// Which rules hold in which block of a chain: forks that begin at a block, at a time or at a total difficulty, the delay of the
// difficulty bomb, blob parameters (EIP-7892), the DAO fork. Reads the network names of blockchain tests; mainnet is one more
// schedule. Used by header validation and by the import of chains.
import * as abi from '../../assembly/abi.ts'
import { MAINNET_DAO_BLOCK } from './dao.ts'
import { bombDelayOf } from './difficulty.ts'
import { type BlobParameters, FORKS, type Fork, findFork } from './forks.ts'

/** Rules that are in force from some point of a chain on. */
export interface ChainRules {
  fork: Fork
  /** Blocks by which the difficulty bomb is late. */
  bombDelay: bigint
  /** From Cancun on. */
  blobs?: BlobParameters
  /** Block of the DAO fork, where the chain had one. */
  daoBlock?: bigint
}

/** Rules and where they begin; the first of a schedule begins at genesis. */
export interface ChainStep extends ChainRules {
  block?: bigint
  /** seconds since 1970 */
  timestamp?: bigint
  /** Total difficulty up to the parent (EIP-3675). */
  totalDifficulty?: bigint
}

/** All rules of a chain, oldest first. */
export type ForkSchedule = readonly ChainStep[]

/** Where a block stands: what decides which rules hold in it. */
export interface ChainPosition {
  number: bigint
  timestamp: bigint
  /** Of all blocks up to the parent. */
  parentTotalDifficulty: bigint
}

/** The rules of a block. */
export function rulesAt(schedule: ForkSchedule, at: ChainPosition): ChainRules {
  return schedule.findLast(step => hasBegun(step, at)) ?? schedule[0]!
}

function hasBegun({ block, timestamp, totalDifficulty }: ChainStep, at: ChainPosition): boolean {
  if (block !== undefined) return at.number >= block
  if (timestamp !== undefined) return at.timestamp >= timestamp
  return totalDifficulty === undefined || at.parentTotalDifficulty >= totalDifficulty
}

/** Blob parameters that a test states for the forks by name. */
export type BlobSchedule = (fork: string) => BlobParameters | undefined

const TRANSITION =
  /^(?<from>\w+?)To(?<to>[A-Z]\w*?)At(?:Time(?<seconds>\d+)(?<kilo>k?)|Diff(?<difficulty>[0-9A-F]+)|(?<block>\d+))$/

/**
 * The schedule of a network as tests name it: a fork (`Berlin`), or two and where the second begins (`BerlinToLondonAt5`,
 * `ParisToShanghaiAtTime15k`, `ArrowGlacierToParisAtDiffC0000`). Undefined for a fork that is not known.
 */
export function scheduleOf(network: string, blobs: BlobSchedule = () => undefined): ForkSchedule | undefined {
  const parts = TRANSITION.exec(network)?.groups
  if (!parts) return steps([rulesOf(network, blobs)])
  const { from, to, seconds, kilo, difficulty, block } = parts
  if (to === 'Dao') {
    const rules = rulesOf(from!, blobs)
    return steps([rules && { ...rules, daoBlock: BigInt(block!) }])
  }
  const begin: Partial<ChainStep> = seconds
    ? { timestamp: BigInt(seconds) * (kilo ? 1000n : 1n) }
    : difficulty
      ? { totalDifficulty: BigInt(`0x${difficulty}`) }
      : { block: BigInt(block!) }
  const next = rulesOf(to!, blobs)
  return steps([rulesOf(from!, blobs), next && { ...next, ...begin }])
}

function steps(found: readonly (ChainStep | undefined)[]): ForkSchedule | undefined {
  return found.every(step => step !== undefined) ? found : undefined
}

function rulesOf(name: string, blobs: BlobSchedule): ChainStep | undefined {
  const fork = findFork(name)
  if (!fork) return undefined
  const parameters = blobs(name) ?? fork.blobs
  return { fork, bombDelay: bombDelayOf(name), ...(parameters && { blobs: parameters }) }
}

/** Where a fork begins. */
type Begin = { name: string; block?: bigint; timestamp?: bigint }

/** The schedule of mainnet, difficulty-bomb forks included. */
export function mainnetSchedule(): ForkSchedule {
  const bombForks: Begin[] = [
    { name: 'muirGlacier', block: 9_200_000n },
    { name: 'arrowGlacier', block: 13_773_000n },
    { name: 'grayGlacier', block: 15_050_000n },
  ]
  return [...(FORKS as readonly Begin[]), ...bombForks]
    .sort((a, b) => Number((a.block ?? a.timestamp!) - (b.block ?? b.timestamp!)))
    .map(({ name, block, timestamp }): ChainStep => {
      const rules = rulesOf(name, () => undefined)!
      const hadDao = rules.fork.rules === abi.HOMESTEAD
      return {
        ...rules,
        ...(block !== undefined && { block }),
        ...(timestamp !== undefined && { timestamp }),
        ...(hadDao && { daoBlock: MAINNET_DAO_BLOCK }),
      }
    })
}
