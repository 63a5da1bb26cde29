// Is a header valid as the child of its parent (Yellow Paper 4.3.4; EIP-150, 779, 1559, 3675, 4844, 4895, 7685, 7918)? A pure
// function of the two and of the rules in force. What follows from the body or from execution is not looked at here, and the
// seal of proof of work (nonce and mix hash, Ethash) is not checked at all. Called by the import of chains, for blocks and uncles.
import * as abi from '../../assembly/abi.ts'
import type { Address, Hex } from '../types.ts'
import { GAS_PER_BLOB, nextExcessBlobGas } from './blobs.ts'
import { hasDaoMark } from './dao.ts'
import { nextDifficulty } from './difficulty.ts'
import type { BlockException } from './exceptions.ts'
import type { ChainRules } from './schedule.ts'

/** A block header. Fields that the fork does not have are absent. */
export interface Header {
  parentHash: Hex
  ommersHash: Hex
  coinbase: Address
  stateRoot: Hex
  transactionsRoot: Hex
  receiptsRoot: Hex
  logsBloom: Hex
  difficulty: bigint
  number: bigint
  gasLimit: bigint
  gasUsed: bigint
  /** seconds since 1970 */
  timestamp: bigint
  extraData: Uint8Array
  /** PREVRANDAO from Paris on. */
  mixHash: Hex
  /** 8 bytes. */
  nonce: Hex
  /** From London on. */
  baseFee?: bigint
  /** From Shanghai on. */
  withdrawalsRoot?: Hex
  /** From Cancun on, as the next two. */
  blobGasUsed?: bigint
  excessBlobGas?: bigint
  parentBeaconRoot?: Hex
  /** From Prague on. */
  requestsHash?: Hex
}

/** keccak256(rlp([])): the ommers hash of a block without uncles. */
export const EMPTY_OMMERS_HASH: Hex = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'

const MAX_EXTRA_DATA = 32
const MIN_GAS_LIMIT = 5_000n
const MAX_GAS_LIMIT = 0x7fffffffffffffffn
const GAS_LIMIT_DIVISOR = 1_024n
/** wei per gas, of the first block of London (EIP-1559). */
export const INITIAL_BASE_FEE: bigint = 1_000_000_000n
const ELASTICITY = 2n
const BASE_FEE_DIVISOR = 8n
const ZERO_NONCE: Hex = '0x0000000000000000'

/** The first rule that `header` breaks as the child of `parent`, or undefined. `rules` are those of the header's place. */
export function validateHeader(header: Header, parent: Header, rules: ChainRules): BlockException | undefined {
  return (
    wrongFields(header, rules) ??
    wrongPlace(header, parent) ??
    wrongGas(header, parent, rules) ??
    wrongExtraData(header, rules) ??
    wrongConsensus(header, parent, rules) ??
    wrongBlobs(header, parent, rules)
  )
}

/** A header has the fields of its fork and no others. */
function wrongFields(header: Header, { fork }: ChainRules): BlockException | undefined {
  const hasWithdrawals = header.withdrawalsRoot !== undefined
  if (fork.rules >= abi.LONDON !== (header.baseFee !== undefined)) {
    return header.baseFee === undefined
      ? 'IMPORT_IMPOSSIBLE_LEGACY_WRONG_PARENT'
      : 'IMPORT_IMPOSSIBLE_LONDON_WRONG_PARENT'
  }
  if (fork.rules >= abi.SHANGHAI !== hasWithdrawals) {
    return hasWithdrawals ? 'IMPORT_IMPOSSIBLE_SHANGHAI' : 'IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI'
  }
  const sinceCancun = [header.blobGasUsed, header.excessBlobGas, header.parentBeaconRoot]
  const isCancun = fork.rules >= abi.CANCUN
  const isPrague = fork.rules >= abi.PRAGUE
  const fits =
    sinceCancun.every(field => (field !== undefined) === isCancun) && (header.requestsHash !== undefined) === isPrague
  return fits ? undefined : 'INCORRECT_BLOCK_FORMAT'
}

function wrongPlace(header: Header, parent: Header): BlockException | undefined {
  if (header.number !== parent.number + 1n) return 'INVALID_BLOCK_NUMBER'
  return header.timestamp > parent.timestamp ? undefined : 'INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT'
}

function wrongGas(header: Header, parent: Header, { fork }: ChainRules): BlockException | undefined {
  const isFirstOfLondon = fork.rules >= abi.LONDON && parent.baseFee === undefined
  const reference = isFirstOfLondon ? parent.gasLimit * ELASTICITY : parent.gasLimit
  const bound = reference / GAS_LIMIT_DIVISOR
  if (header.gasLimit > MAX_GAS_LIMIT) return 'GASLIMIT_TOO_BIG'
  if (header.gasLimit >= reference + bound || header.gasLimit <= reference - bound) return 'INVALID_GASLIMIT'
  if (header.gasLimit < MIN_GAS_LIMIT) return 'INVALID_GASLIMIT'
  if (header.gasUsed > header.gasLimit) return 'GAS_USED_OVERFLOW'
  if (fork.rules < abi.LONDON) return undefined
  return header.baseFee === nextBaseFee(parent) ? undefined : 'INVALID_BASEFEE_PER_GAS'
}

/** The base fee of the block after `parent` (EIP-1559); of the first one of London where the parent has none. */
export function nextBaseFee(parent: Pick<Header, 'baseFee' | 'gasLimit' | 'gasUsed'>): bigint {
  const { baseFee, gasUsed } = parent
  if (baseFee === undefined) return INITIAL_BASE_FEE
  const target = parent.gasLimit / ELASTICITY
  if (gasUsed === target || target === 0n) return baseFee
  const distance = gasUsed > target ? gasUsed - target : target - gasUsed
  const change = (baseFee * distance) / target / BASE_FEE_DIVISOR
  if (gasUsed < target) return baseFee - change
  return baseFee + (change > 0n ? change : 1n)
}

function wrongExtraData(header: Header, { daoBlock }: ChainRules): BlockException | undefined {
  if (header.extraData.length > MAX_EXTRA_DATA) return 'EXTRA_DATA_TOO_BIG'
  return hasDaoMark(header.extraData, header.number, daoBlock) ? undefined : 'EXTRA_DATA_INVALID_DAO'
}

/** Proof of work: the difficulty. Since Paris: its fields are constants (EIP-3675), mixHash is free. */
function wrongConsensus(header: Header, parent: Header, rules: ChainRules): BlockException | undefined {
  if (rules.fork.rules >= abi.PARIS) {
    if (header.difficulty !== 0n) return 'IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS'
    if (header.ommersHash !== EMPTY_OMMERS_HASH) return 'IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS'
    return header.nonce === ZERO_NONCE ? undefined : 'INCORRECT_BLOCK_FORMAT'
  }
  const { number, timestamp, difficulty } = header
  const before = { ...parent, hasUncles: parent.ommersHash !== EMPTY_OMMERS_HASH }
  const expected = nextDifficulty(before, number, timestamp, rules.fork.rules, rules.bombDelay)
  return difficulty === expected ? undefined : 'INVALID_DIFFICULTY'
}

function wrongBlobs(header: Header, parent: Header, { fork, blobs }: ChainRules): BlockException | undefined {
  if (fork.rules < abi.CANCUN || !blobs) return undefined
  if (header.excessBlobGas !== nextExcessBlobGas(parent, blobs, fork.rules)) return 'INCORRECT_EXCESS_BLOB_GAS'
  // That it does not exceed the limit follows from the transactions, of which the first one too many is then named.
  return header.blobGasUsed! % GAS_PER_BLOB === 0n ? undefined : 'INCORRECT_BLOB_GAS_USED'
}
