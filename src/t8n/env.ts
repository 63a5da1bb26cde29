// The env of the t8n protocol to a block environment. What an execution client takes from the parent's header, the protocol gives
// either as a value (`currentBaseFee`) or as what it follows from (`parentBaseFee`, `parentGasUsed`, …). Called by t8n.ts.
import * as abi from '../abi.ts'
import { nextExcessBlobGas } from '../chain/blobs.ts'
import { bombDelayOf, nextDifficulty } from '../chain/difficulty.ts'
import { createEnv } from '../chain/env.ts'
import type { BlobParameters, Fork } from '../chain/forks.ts'
import { EMPTY_OMMERS_HASH, nextBaseFee } from '../chain/header.ts'
import { describe } from '../errors.ts'
import { Fields, type Place, refuse, under } from '../input/fields.ts'
import { hexQuantity, withQuantities } from '../input/lenient.ts'
import { MAX_BLOCK_HASHES, MAX_UNCLES, MAX_WITHDRAWALS } from '../limits.ts'
import type { Address, BlockEnv, Hex, Withdrawal } from '../types.ts'

/** An uncle of the block: how many blocks older it is. */
export interface Ommer {
  delta: bigint
  address: Address
}

/** A block environment and what the block has beside its transactions. */
export interface TransitionEnv {
  block: BlockEnv
  /** Before Paris. */
  difficulty?: bigint
  blockHashes: Map<bigint, Hex>
  ommers: readonly Ommer[]
  withdrawals: readonly Withdrawal[]
}

/** The rules under which an env is read. */
export interface EnvRules {
  fork: Fork
  /** The fork as the caller named it: forks that only move the difficulty bomb have a name of their own. */
  forkName: string
  chainId: bigint
  /** Instead of those of the fork. */
  blobs?: BlobParameters
}

const NUMBERS = [
  ...['currentNumber', 'currentTimestamp', 'currentGasLimit', 'currentDifficulty', 'currentRandom', 'currentBaseFee'],
  ...['currentExcessBlobGas', 'parentExcessBlobGas', 'parentBlobGasUsed', 'parentDifficulty', 'parentTimestamp'],
  ...['parentBaseFee', 'parentGasUsed', 'parentGasLimit'],
]

/** Reads an env. Throws InputError where something is missing that the fork needs. */
export function readTransitionEnv(json: unknown, place: Place, rules: EnvRules): TransitionEnv {
  const env = new Fields(withQuantities(json, NUMBERS), place, 'an env object')
  const { fork, chainId } = rules
  const blobs = rules.blobs ?? fork.blobs
  const number = env.u64('currentNumber')
  const blockHashes = readBlockHashes(env)
  const difficulty = fork.rules >= abi.PARIS ? undefined : readDifficulty(env, rules)
  const beaconRoot = fork.rules >= abi.CANCUN && env.has('parentBeaconBlockRoot')
  const block = createEnv(fork, {
    chainId,
    number,
    timestamp: env.u64('currentTimestamp'),
    gasLimit: env.u64('currentGasLimit'),
    coinbase: env.address('currentCoinbase'),
    baseFee: fork.rules >= abi.LONDON ? readBaseFee(env) : 0n,
    random: difficulty ?? env.u256('currentRandom'),
    ...(blobs && { blobMax: blobs.max, blobUpdateFraction: blobs.updateFraction }),
    ...(blobs && { excessBlobGas: readExcessBlobGas(env, blobs, fork) }),
    ...readParentHash(env, blockHashes.get(number - 1n)),
    ...(beaconRoot && { parentBeaconRoot: env.hash('parentBeaconBlockRoot') }),
  })
  const withdrawals = fork.rules >= abi.SHANGHAI ? readWithdrawals(env) : []
  return { block, ...(difficulty !== undefined && { difficulty }), blockHashes, ommers: readOmmers(env), withdrawals }
}

/** The given value, or 0. */
function optional(env: Fields, key: string): bigint {
  return env.has(key) ? env.u256(key) : 0n
}

function readBaseFee(env: Fields): bigint {
  if (env.has('currentBaseFee')) return env.u256('currentBaseFee')
  if (!env.has('parentBaseFee'))
    env.refuse('currentBaseFee', 'a number, or parentBaseFee, parentGasUsed, parentGasLimit')
  const parent = { baseFee: env.u256('parentBaseFee'), gasUsed: env.u64('parentGasUsed') }
  return nextBaseFee({ ...parent, gasLimit: env.u64('parentGasLimit') })
}

function readExcessBlobGas(env: Fields, blobs: BlobParameters, { rules }: Fork): bigint {
  if (env.has('currentExcessBlobGas')) return env.u64('currentExcessBlobGas')
  const parent = {
    excessBlobGas: optional(env, 'parentExcessBlobGas'),
    blobGasUsed: optional(env, 'parentBlobGasUsed'),
  }
  return nextExcessBlobGas({ ...parent, baseFee: optional(env, 'parentBaseFee') }, blobs, rules)
}

function readDifficulty(env: Fields, { fork, forkName }: EnvRules): bigint {
  if (env.has('currentDifficulty')) return env.u256('currentDifficulty')
  if (!env.has('parentDifficulty')) env.refuse('currentDifficulty', 'a number, or parentDifficulty and parentTimestamp')
  const parent = {
    difficulty: env.u256('parentDifficulty'),
    timestamp: env.u64('parentTimestamp'),
    hasUncles: env.has('parentUncleHash') && isOmmersHash(env.hash('parentUncleHash')),
  }
  const [number, timestamp] = [env.u64('currentNumber'), env.u64('currentTimestamp')]
  return nextDifficulty(parent, number, timestamp, fork.rules, bombDelayOf(forkName))
}

/** Zero stands for "not given", which is a parent without uncles. */
function isOmmersHash(hash: Hex): boolean {
  return hash !== EMPTY_OMMERS_HASH && !/^0x0+$/.test(hash)
}

/** EIP-2935 stores it. The block hashes have it, or it is given by itself. */
function readParentHash(env: Fields, listed: Hex | undefined): { parentHash?: Hex } {
  if (listed) return { parentHash: listed }
  const key = ['parentHash', 'previousHash'].find(name => env.has(name))
  return key ? { parentHash: env.hash(key) } : {}
}

function readBlockHashes(env: Fields): Map<bigint, Hex> {
  const place = env.at('blockHashes')
  const listed = env.entries('blockHashes')
  if (listed.length > MAX_BLOCK_HASHES) refuse(place, `at most ${MAX_BLOCK_HASHES} hashes`, `${listed.length} hashes`)
  const hashes = new Fields(Object.fromEntries(listed), place)
  return new Map(
    listed.map(([number]) => {
      const key = hexQuantity(number)
      if (typeof key !== 'string' || !/^0x[0-9a-fA-F]{1,16}$/.test(key))
        refuse(place, 'block numbers', describe(number))
      return [BigInt(key as string), hashes.hash(number)]
    }),
  )
}

function readOmmers(env: Fields): Ommer[] {
  if (!env.has('ommers')) return []
  return env.array('ommers', MAX_UNCLES, 'MAX_UNCLES').map((json, i) => {
    const ommer = new Fields(withQuantities(json, ['delta']), under(env.at('ommers'), i))
    return { delta: ommer.u64('delta'), address: ommer.address('address') }
  })
}

function readWithdrawals(env: Fields): Withdrawal[] {
  if (!env.has('withdrawals')) return []
  return env.array('withdrawals', MAX_WITHDRAWALS, 'MAX_WITHDRAWALS').map((json, i) => {
    const numbers = ['index', 'validatorIndex', 'amount']
    const entry = new Fields(withQuantities(json, numbers), under(env.at('withdrawals'), i))
    const [index, validatorIndex, amount] = numbers.map(name => entry.u64(name)) as [bigint, bigint, bigint]
    return { index, validatorIndex, amount, address: entry.address('address') }
  })
}
