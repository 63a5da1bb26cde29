// Why a block is invalid, named as in execution-spec-tests (BlockException), with a sentence for each name. Transactions have
// names of their own (errors.ts). Used by header.ts, uncles.ts, the block decoder and the import of chains.
import { WeftError } from '../errors.ts'

const SENTENCES = {
  EXTRA_DATA_INVALID_DAO: 'the extra data of this block has to be "dao-hard-fork" (EIP-779)',
  EXTRA_DATA_TOO_BIG: 'the extra data has more than 32 bytes',
  GASLIMIT_TOO_BIG: 'the gas limit exceeds 2^63-1',
  GAS_USED_OVERFLOW: 'more gas is used than the gas limit allows',
  IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS: 'the difficulty has to be 0 since Paris (EIP-3675)',
  IMPORT_IMPOSSIBLE_LEGACY_WRONG_PARENT: 'the header has no base fee, and London is in force',
  IMPORT_IMPOSSIBLE_LONDON_WRONG_PARENT: 'the header has a base fee, and London is not in force',
  IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI: 'the header has no withdrawals root, and Shanghai is in force',
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POS: 'the difficulty is 0, and the terminal total difficulty is not reached',
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POW: 'the difficulty is not 0, and the terminal total difficulty is reached',
  IMPORT_IMPOSSIBLE_SHANGHAI: 'the header has a withdrawals root, and Shanghai is not in force',
  IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS: 'no block has uncles since Paris (EIP-3675)',
  INCORRECT_BLOB_GAS_USED: 'blobGasUsed is not the blob gas of the transactions',
  INCORRECT_BLOCK_FORMAT: 'the header or body does not have the fields of the fork in force',
  INCORRECT_EXCESS_BLOB_GAS: 'excessBlobGas does not follow from the parent (EIP-4844, EIP-7918)',
  INVALID_BASEFEE_PER_GAS: 'the base fee does not follow from the parent (EIP-1559)',
  INVALID_BLOCK_NUMBER: 'the number is not that of the parent plus 1',
  INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT: 'the timestamp is not later than that of the parent',
  INVALID_DIFFICULTY: 'the difficulty does not follow from the parent',
  INVALID_GASLIMIT: 'the gas limit is below 5,000 or differs from that of the parent by 1/1024 of it or more',
  INVALID_GAS_USED: 'gasUsed is not the gas that the transactions used',
  INVALID_LOG_BLOOM: 'the bloom filter is not that of the logs',
  INVALID_RECEIPTS_ROOT: 'the receipts root is not that of the receipts',
  INVALID_REQUESTS: 'the requests hash is not that of the requests (EIP-7685)',
  INVALID_STATE_ROOT: 'the state root is not that of the state after the block',
  INVALID_TRANSACTIONS_ROOT: 'the transactions root is not that of the transactions',
  INVALID_UNCLES_HASH: 'the uncles hash is not that of the uncles',
  INVALID_WITHDRAWALS_ROOT: 'the withdrawals root is not that of the withdrawals',
  RLP_BLOCK_LIMIT_EXCEEDED: 'the encoded block has more than 8,388,608 bytes (EIP-7934)',
  RLP_INVALID_ADDRESS: 'an address does not have 20 bytes',
  RLP_INVALID_FIELD_OVERFLOW_64: 'a number exceeds 2^64-1',
  RLP_STRUCTURES_ENCODING: 'the bytes are no RLP-encoded block',
  TOO_MANY_UNCLES: 'the block has more than two uncles',
  UNCLE_IN_CHAIN: 'an uncle has been included before',
  UNCLE_IS_ANCESTOR: 'an uncle is an ancestor of the block',
  UNCLE_IS_BROTHER: 'the block has the same uncle twice',
  UNCLE_PARENT_INCORRECT: 'the parent of an uncle is not an ancestor two to seven generations back',
  UNKNOWN_PARENT: 'the parent is not known',
  UNKNOWN_PARENT_ZERO: 'the parent hash is zero',
} as const

/** Name of the rule that a block breaks, without the prefix `BlockException.`. */
export type BlockException = keyof typeof SENTENCES

/** The rule in words. */
export function blockExceptionSentence(name: BlockException): string {
  return SENTENCES[name]
}

/** Bytes that cannot be read as a block; `exception` names the rule. */
export class BlockFormatError extends WeftError {
  readonly exception: BlockException

  constructor(exception: BlockException, details?: string) {
    super(SENTENCES[exception], { code: `BlockException.${exception}`, details })
    this.exception = exception
  }
}
