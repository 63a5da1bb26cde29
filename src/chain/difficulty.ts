// The difficulty of a proof-of-work block from its parent (Yellow Paper 4.3.4; EIP-2, EIP-100) and the difficulty bomb with its
// delays (EIP-649, 1234, 2384, 3554, 4345, 5133). Called by header.ts; the seal itself (Ethash) is checked nowhere.
import * as abi from '../../assembly/abi.ts'

/** Least difficulty of a block. */
const MIN_DIFFICULTY = 131_072n
const BOMB_PERIOD = 100_000n

/** By how many blocks a fork puts the bomb off, counted from the real block number. Names as in test fixtures, lower case. */
const BOMB_DELAYS: readonly (readonly [names: readonly string[], delay: bigint])[] = [
  [['byzantium'], 3_000_000n],
  [['constantinople', 'constantinoplefix', 'petersburg', 'istanbul'], 5_000_000n],
  [['muirglacier', 'berlin'], 9_000_000n],
  [['london'], 9_700_000n],
  [['arrowglacier'], 10_700_000n],
  [['grayglacier'], 11_400_000n],
]

/** The delay of the difficulty bomb under a fork; 0 before Byzantium. Knows the forks that change nothing else. */
export function bombDelayOf(fork: string): bigint {
  const name = fork.toLowerCase()
  return BOMB_DELAYS.find(([names]) => names.includes(name))?.[1] ?? 0n
}

/** What the difficulty of the next block depends on. */
export interface DifficultyParent {
  difficulty: bigint
  timestamp: bigint
  /** The block has uncles (EIP-100). */
  hasUncles: boolean
}

/** The difficulty of block `number` at `timestamp`; `rules` is a fork number of assembly/abi.ts. */
export function nextDifficulty(
  parent: DifficultyParent,
  number: bigint,
  timestamp: bigint,
  rules: number,
  bombDelay: bigint,
): bigint {
  const step = parent.difficulty / 2048n
  const smooth = parent.difficulty + step * direction(parent, timestamp - parent.timestamp, rules)
  const counted = number > bombDelay ? number - bombDelay : 0n
  const period = counted / BOMB_PERIOD
  // As the Yellow Paper has it, the bound comes last; some clients apply it before the bomb. It never mattered on mainnet.
  return larger(smooth + (period > 1n ? 1n << (period - 2n) : 0n), MIN_DIFFICULTY)
}

function direction(parent: DifficultyParent, elapsed: bigint, rules: number): bigint {
  if (rules < abi.HOMESTEAD) return elapsed < 13n ? 1n : -1n
  if (rules < abi.BYZANTIUM) return larger(1n - elapsed / 10n, -99n)
  return larger((parent.hasUncles ? 2n : 1n) - elapsed / 9n, -99n)
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
