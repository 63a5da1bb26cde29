// The fork table: names, execution rules (numbers of assembly/abi.ts), mainnet activation, blob parameters, block reward.
// Everything about forks that is data on the host side derives from this table. Execution rules themselves live in the
// core. Blob-parameter forks (EIP-7892) have a row of their own and the rules of Osaka.
// Sources: Yellow Paper 11.3, EIP-649, EIP-1234 (reward), EIP-4844, EIP-7691, EIP-7840, EIP-7892 (blobs).
import * as abi from '../../assembly/abi.ts'
import { describe, InputError } from '../errors.ts'

/** Canonical fork names, oldest first, as in block files. */
export type ForkName =
  | 'frontier'
  | 'homestead'
  | 'tangerineWhistle'
  | 'spuriousDragon'
  | 'byzantium'
  | 'constantinople'
  | 'petersburg'
  | 'istanbul'
  | 'berlin'
  | 'london'
  | 'paris'
  | 'shanghai'
  | 'cancun'
  | 'prague'
  | 'osaka'
  | 'bpo1'
  | 'bpo2'

/** Blobs per block and how fast their price moves (EIP-4844, EIP-7840). */
export interface BlobParameters {
  /** Blobs per block at which the price stays. */
  target: number
  /** Most blobs in one block. */
  max: number
  /** Base fee update fraction. */
  updateFraction: number
}

/** One row of the fork table. */
export interface Fork {
  name: ForkName
  /** Fork number of assembly/abi.ts: which execution rules hold. */
  rules: number
  /** Static block reward in wei. */
  reward: bigint
  /** First mainnet block, for forks up to Paris. */
  block?: bigint
  /** First mainnet timestamp in seconds, for forks after Paris. */
  timestamp?: bigint
  /** From Cancun on. */
  blobs?: BlobParameters
  /** Other names, among them those of test fixtures. Case, spaces, `-` and `_` do not matter. */
  aliases: readonly string[]
}

const ETHER = 10n ** 18n
const CANCUN_BLOBS: BlobParameters = { target: 3, max: 6, updateFraction: 3338477 }
const PRAGUE_BLOBS: BlobParameters = { target: 6, max: 9, updateFraction: 5007716 }
const BPO1_BLOBS: BlobParameters = { target: 10, max: 15, updateFraction: 8346193 }
const BPO2_BLOBS: BlobParameters = { target: 14, max: 21, updateFraction: 11684671 }

/** All forks, oldest first. Difficulty-bomb forks and the DAO fork are aliases: they change no execution rule. */
export const FORKS: readonly Fork[] = [
  { name: 'frontier', rules: abi.FRONTIER, reward: 5n * ETHER, block: 0n, aliases: ['chainstart'] },
  { name: 'homestead', rules: abi.HOMESTEAD, reward: 5n * ETHER, block: 1150000n, aliases: ['dao'] },
  {
    name: 'tangerineWhistle',
    rules: abi.TANGERINE_WHISTLE,
    reward: 5n * ETHER,
    block: 2463000n,
    aliases: ['EIP150', 'tangerine'],
  },
  {
    name: 'spuriousDragon',
    rules: abi.SPURIOUS_DRAGON,
    reward: 5n * ETHER,
    block: 2675000n,
    aliases: ['EIP158', 'EIP161', 'spurious'],
  },
  { name: 'byzantium', rules: abi.BYZANTIUM, reward: 3n * ETHER, block: 4370000n, aliases: [] },
  { name: 'constantinople', rules: abi.CONSTANTINOPLE, reward: 2n * ETHER, block: 7280000n, aliases: [] },
  {
    name: 'petersburg',
    rules: abi.PETERSBURG,
    reward: 2n * ETHER,
    block: 7280000n,
    aliases: ['constantinopleFix', 'stPetersburg'],
  },
  { name: 'istanbul', rules: abi.ISTANBUL, reward: 2n * ETHER, block: 9069000n, aliases: ['muirGlacier'] },
  { name: 'berlin', rules: abi.BERLIN, reward: 2n * ETHER, block: 12244000n, aliases: [] },
  { name: 'london', rules: abi.LONDON, reward: 2n * ETHER, block: 12965000n, aliases: ['arrowGlacier', 'grayGlacier'] },
  { name: 'paris', rules: abi.PARIS, reward: 0n, block: 15537394n, aliases: ['merge', 'theMerge'] },
  { name: 'shanghai', rules: abi.SHANGHAI, reward: 0n, timestamp: 1681338455n, aliases: [] },
  { name: 'cancun', rules: abi.CANCUN, reward: 0n, timestamp: 1710338135n, blobs: CANCUN_BLOBS, aliases: ['dencun'] },
  { name: 'prague', rules: abi.PRAGUE, reward: 0n, timestamp: 1746612311n, blobs: PRAGUE_BLOBS, aliases: ['pectra'] },
  { name: 'osaka', rules: abi.OSAKA, reward: 0n, timestamp: 1764798551n, blobs: PRAGUE_BLOBS, aliases: ['fusaka'] },
  { name: 'bpo1', rules: abi.OSAKA, reward: 0n, timestamp: 1765290071n, blobs: BPO1_BLOBS, aliases: [] },
  { name: 'bpo2', rules: abi.OSAKA, reward: 0n, timestamp: 1767747671n, blobs: BPO2_BLOBS, aliases: [] },
]

function normalized(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '')
}

const BY_NAME: ReadonlyMap<string, Fork> = new Map(
  FORKS.flatMap(fork => [fork.name, ...fork.aliases].map(name => [normalized(name), fork] as const)),
)

/** The newest fork that is active on mainnet; the default where a fork is not given. */
export const LATEST_FORK: Fork = FORKS[FORKS.length - 1]!

/** The fork of that name or alias, or undefined. Accepts `spuriousDragon`, `EIP158`, `ConstantinopleFix`, `Merge`, `BPO1`… */
export function findFork(name: string): Fork | undefined {
  return name.length > 40 ? undefined : BY_NAME.get(normalized(name))
}

/** The fork of that name or alias. Throws an InputError that names the known forks. */
export function forkByName(name: string, place: { file?: string; field?: string } = {}): Fork {
  const fork = findFork(name)
  if (fork) return fork
  const known = FORKS.map(row => row.name).join(', ')
  throw new InputError({ field: 'fork', ...place, expected: `one of ${known}`, found: describe(name) })
}

/** The fork of mainnet at a block number and timestamp (seconds). */
export function mainnetFork(number: bigint, timestamp: bigint): Fork {
  let active = FORKS[0]!
  for (const fork of FORKS) {
    const begun = fork.block !== undefined ? number >= fork.block : timestamp >= fork.timestamp!
    if (begun) active = fork
  }
  return active
}
