// A block file to what replayBlock needs. The format: { number, hardfork, block, preState, blockHashes, codes?,
// completeState?, chainId?, witness? } where `block` is the answer of eth_getBlockByNumber(full = true) and codes stand by hash,
// inline or in codes.json(.gz) beside the file. With an execution witness (witness.ts), here or in another file, preState and
// blockHashes need not be there. All fields are checked here, once; who calls it are the command line
// (through input/file.node.ts), the benchmarks and the browser page.

import * as abi from '../../assembly/abi.ts'
import { createEnv } from '../chain/env.ts'
import { type Fork, forkByName } from '../chain/forks.ts'
import { describe } from '../errors.ts'
import { atMost, MAX_BLOCK_HASHES, MAX_CODE_BYTES, MAX_TRANSACTIONS, MAX_UNCLES, MAX_WITHDRAWALS } from '../limits.ts'
import {
  type Address,
  type Block,
  type BlockEnv,
  type CodeLookup,
  EMPTY_CODE_HASH,
  type ExpectedHeader,
  type Hex,
  type PlainState,
  type Withdrawal,
  type Witness,
} from '../types.ts'
import { Fields, readBytes, readHash, refuse, under } from './fields.ts'
import { type PreState, readPreState } from './pre-state.ts'
import { encodeTransaction } from './transaction.ts'
import { readWitness } from './witness.ts'

/** What the JSON says of a transaction beside its signed fields. Claims: the core computes both. */
export interface ClaimedTransaction {
  hash?: Hex
  from?: Address
}

/** A block file, read and checked. */
export interface BlockFile {
  file: string
  number: bigint
  /** Hash of the block; a claim. */
  hash?: Hex
  fork: Fork
  block: Block
  /** The pre-state: `new MemorySource(state)`. */
  state: PlainState
  /** What proves the pre-state: `witnessSource(witness, block.env)`. */
  witness?: Witness
  expected: ExpectedHeader
  claimed: readonly ClaimedTransaction[]
}

/** How a block file is read. */
export interface BlockFileOptions {
  /** Name for error messages. */
  file: string
  /** Codes from elsewhere; called once, and only if the pre-state needs a code that is not inline. */
  otherCodes?: (() => CodeLookup | undefined) | undefined
  /** The pre-state is proved by a witness from elsewhere, and need not be in the file. */
  isProved?: boolean
}

/** Reads a parsed block file. Throws an InputError that names file, field, expected and found. */
export function readBlockFile(json: unknown, options: BlockFileOptions): BlockFile {
  const { file } = options
  const whole = new Fields(json, { file, path: '' }, 'a block file (an object with "block" and "preState")')
  const header = whole.fields('block', 'a block object of JSON-RPC')
  const fork = forkByName(whole.text('hardfork'), { file, field: 'hardfork' })
  const number = readNumber(whole, header)
  const transactions = header.array('transactions', MAX_TRANSACTIONS, 'MAX_TRANSACTIONS')
  const witness = whole.has('witness') ? readWitness(whole.raw('witness'), whole.at('witness')) : undefined
  const isProved = options.isProved || witness !== undefined
  const preState = readPreState(whole.raw('preState') ?? (isProved ? {} : undefined), whole.at('preState'))
  return {
    file,
    number,
    ...(header.has('hash') && { hash: header.hash('hash') }),
    fork,
    block: {
      env: readEnv(whole, header, fork),
      transactions: transactions.map((tx, i) => encodeTransaction(tx, under(header.at('transactions'), i))),
      ...(fork.rules >= abi.SHANGHAI && { withdrawals: readWithdrawals(header) }),
      uncles: [],
      unpaidUncles: header.has('uncles') ? header.array('uncles', MAX_UNCLES, 'MAX_UNCLES').length : 0,
    },
    state: {
      accounts: preState.accounts,
      codes: readCodes(whole, preState, options),
      blockHashes: readBlockHashes(whole),
      complete: whole.flag('completeState', false),
    },
    ...(witness && { witness }),
    expected: readExpectedHeader(header, fork),
    claimed: transactions.map((tx, i) => readClaims(new Fields(tx, under(header.at('transactions'), i)))),
  }
}

function readNumber(whole: Fields, header: Fields): bigint {
  const number = whole.raw('number')
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    return whole.refuse('number', 'a block number')
  }
  if (header.u64('number') !== BigInt(number)) header.refuse('number', `the file's number, 0x${number.toString(16)}`)
  return BigInt(number)
}

function readEnv(whole: Fields, header: Fields, fork: Fork): BlockEnv {
  const merged = fork.rules >= abi.PARIS
  return createEnv(fork, {
    chainId: readChainId(whole),
    number: header.u64('number'),
    timestamp: header.u64('timestamp'),
    gasLimit: header.u64('gasLimit'),
    coinbase: header.address('miner'),
    baseFee: fork.rules >= abi.LONDON ? header.u256('baseFeePerGas') : 0n,
    random: merged ? BigInt(header.hash('mixHash')) : header.u256('difficulty'),
    excessBlobGas: fork.rules >= abi.CANCUN ? header.u64('excessBlobGas') : 0n,
    parentHash: header.hash('parentHash'),
    ...(fork.rules >= abi.CANCUN && { parentBeaconRoot: header.hash('parentBeaconBlockRoot') }),
  })
}

function readChainId(whole: Fields): bigint {
  const value = whole.raw('chainId')
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  return value === undefined ? 1n : whole.u64('chainId')
}

function readExpectedHeader(header: Fields, fork: Fork): ExpectedHeader {
  const bloom = header.text('logsBloom').toLowerCase() as Hex
  header.fixedBytes('logsBloom', 256)
  return {
    gasUsed: header.u64('gasUsed'),
    logsBloom: bloom,
    receiptsRoot: header.hash('receiptsRoot'),
    transactionsRoot: header.hash('transactionsRoot'),
    stateRoot: header.hash('stateRoot'),
    ...(fork.rules >= abi.SHANGHAI && { withdrawalsRoot: header.hash('withdrawalsRoot') }),
    ...(fork.rules >= abi.CANCUN && { blobGasUsed: header.u64('blobGasUsed') }),
    ...(fork.rules >= abi.PRAGUE && { requestsHash: header.hash('requestsHash') }),
  }
}

function readWithdrawals(header: Fields): Withdrawal[] {
  return header.array('withdrawals', MAX_WITHDRAWALS, 'MAX_WITHDRAWALS').map((item, i) => {
    const entry = new Fields(item, under(header.at('withdrawals'), i))
    return {
      index: entry.u64('index'),
      validatorIndex: entry.u64('validatorIndex'),
      address: entry.address('address'),
      amount: entry.u64('amount'),
    }
  })
}

function readClaims(tx: Fields): ClaimedTransaction {
  return { ...(tx.has('hash') && { hash: tx.hash('hash') }), ...(tx.has('from') && { from: tx.address('from') }) }
}

function readBlockHashes(whole: Fields): [bigint, Hex][] {
  const place = whole.at('blockHashes')
  const listed = whole.entries('blockHashes')
  if (listed.length > MAX_BLOCK_HASHES) {
    refuse(place, atMost(MAX_BLOCK_HASHES, 'hashes', 'MAX_BLOCK_HASHES'), `${listed.length} hashes`)
  }
  return listed.map(([number, hash]) => {
    const at = under(place, number)
    if (!/^\d{1,19}$/.test(number)) refuse(place, 'decimal block numbers as keys', describe(number))
    return [BigInt(number), readHash(hash, at)]
  })
}

/** Codes by hash: in the account, then inline in the file, then from elsewhere. Decoded when first asked for. */
function readCodes(whole: Fields, state: PreState, options: BlockFileOptions): CodeLookup {
  const inline = whole.has('codes') ? codeLookup(whole.raw('codes'), options.file, 'codes') : undefined
  const isKnown = (hash: Hex) => hash === EMPTY_CODE_HASH || state.codes.has(hash) || inline?.(hash) !== undefined
  const needsMore = [...state.accounts.values()].some(account => !isKnown(account.codeHash))
  const others = needsMore ? options.otherCodes?.() : undefined
  return hash => state.codes.get(hash) ?? inline?.(hash) ?? others?.(hash)
}

/** A lookup over a JSON object { codeHash: "0x…code" } that decodes a code when it is asked for. */
export function codeLookup(json: unknown, file: string, path = ''): CodeLookup {
  const codes = new Fields(json, { file, path }, 'an object of codes by hash')
  return hash =>
    codes.has(hash) ? readBytes(codes.raw(hash), codes.at(hash), MAX_CODE_BYTES, 'MAX_CODE_BYTES') : undefined
}
