// Parameters of JSON-RPC to values and back.

import { describe, InputError } from '../errors.ts'
import {
  Fields,
  type Place,
  readAddress,
  readArray,
  readBytes,
  readHash,
  readObject,
  readQuantity,
  refuse,
  under,
} from '../input/fields.ts'
import { hexOf } from '../input/hex.ts'
import { MAX_RPC_ITEMS, MAX_TRANSACTION_BYTES } from '../limits.ts'
import type { BlockOverrides, StateOverride } from '../simulate/overrides.ts'
import type { Authorization, TxRequest } from '../simulate/request.ts'
import type { Address, Hex, Log } from '../types.ts'
import type { ChainBlock, MinedTransaction, SentRequest } from './chain.ts'

/** The parameters of one call. Every reader throws an InputError that names the parameter. */
export class Params {
  readonly #params: readonly unknown[]
  readonly #method: string

  constructor(method: string, params: unknown) {
    this.#params = Array.isArray(params) ? params : []
    this.#method = method
  }

  /** The parameter is there and not null. */
  has(i: number): boolean {
    return (this.#params[i] ?? undefined) !== undefined
  }

  raw(i: number): unknown {
    return this.#params[i]
  }

  address(i: number): Address {
    return readAddress(this.#params[i], this.place(i))
  }

  /** A quantity; viem and ethers also give numbers where Anvil takes them. */
  quantity(i: number): bigint {
    const value = this.#params[i]
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
    return readQuantity(value, this.place(i), 32)
  }

  hash(i: number): Hex {
    return readHash(this.#params[i], this.place(i))
  }

  text(i: number): Hex {
    const value = this.#params[i]
    return typeof value === 'string' ? (value as Hex) : refuse(this.place(i), 'a string', describe(value))
  }

  bytes(i: number): Uint8Array {
    return readBytes(this.#params[i], this.place(i), MAX_TRANSACTION_BYTES, 'MAX_TRANSACTION_BYTES')
  }

  /** A list of words, as quantities or as 32 bytes. */
  words(i: number): bigint[] {
    return wordsOf(this.#params[i] ?? [], this.place(i))
  }

  /** An object of such lists by address. */
  wordsByAddress(i: number): (readonly [Address, bigint[]])[] {
    const place = this.place(i)
    const listed = Object.entries(readObject(this.#params[i], place))
    return listed.map(([address, keys]) => [readAddress(address, place), wordsOf(keys, under(place, address))])
  }

  fields(i: number): Fields {
    return new Fields(this.#params[i] ?? {}, this.place(i))
  }

  /** Where a parameter stands, for errors. */
  place(i: number): Place {
    return { file: this.#method, path: `params[${i}]` }
  }
}

function wordsOf(listed: unknown, place: Place): bigint[] {
  return readArray(listed, place, MAX_RPC_ITEMS, 'MAX_RPC_ITEMS').map((key, i) =>
    readQuantity(key, under(place, i), 32),
  )
}

/** A transaction object of JSON-RPC as a request. */
export function readRequest(tx: Fields): TxRequest {
  const data = tx.has('input') ? 'input' : 'data'
  const numbers = ['value', 'gas', 'gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas'] as const
  return {
    ...(tx.has('from') && { from: tx.address('from') }),
    ...(tx.has('to') && { to: tx.address('to') }),
    ...(tx.has(data) && { data: tx.bytes(data, MAX_TRANSACTION_BYTES, 'MAX_TRANSACTION_BYTES') }),
    ...Object.fromEntries(numbers.filter(name => tx.has(name)).map(name => [name, tx.u256(name)])),
    ...(tx.has('accessList') && { accessList: tx.raw('accessList') as NonNullable<TxRequest['accessList']> }),
    ...(tx.has('blobVersionedHashes') && {
      blobVersionedHashes: tx.array('blobVersionedHashes', MAX_RPC_ITEMS, 'MAX_RPC_ITEMS') as Hex[],
    }),
    ...(tx.has('authorizationList') && { authorizationList: readAuthorizations(tx) }),
  }
}

function readAuthorizations(tx: Fields): Authorization[] {
  return tx.array('authorizationList', MAX_RPC_ITEMS, 'MAX_RPC_ITEMS').map((item, i) => {
    const given = new Fields(item, under(tx.at('authorizationList'), i))
    const numbers = { chainId: given.u256('chainId'), nonce: given.u64('nonce'), yParity: Number(given.u64('yParity')) }
    const [r, s] = [given.u256('r'), given.u256('s')].map(quantityJson) as [Hex, Hex]
    return { ...numbers, address: given.address('address'), r, s }
  })
}

/** A transaction object that says who sends it. */
export function readSentRequest(tx: Fields): SentRequest {
  return { ...readRequest(tx), from: tx.address('from'), ...(tx.has('nonce') && { nonce: tx.u64('nonce') }) }
}

/** The overrides of JSON-RPC, an object by address, as the list that viem has. */
export function readStateOverride(given: unknown, place: Place): StateOverride {
  const listed = new Fields(given ?? {}, place)
  return Object.keys((given ?? {}) as object).map(address => {
    const values = listed.fields(address)
    if (values.has('movePrecompileToAddress')) values.refuse('movePrecompileToAddress', 'nothing: contracts stay')
    const slots = (key: string) =>
      values.entries(key).map(([slot, value]) => ({ slot: slot as Hex, value: value as Hex }))
    return {
      address: address as Address,
      ...(values.has('balance') && { balance: values.u256('balance') }),
      ...(values.has('nonce') && { nonce: values.u64('nonce') }),
      ...(values.has('code') && { code: values.raw('code') as Hex }),
      ...(values.has('state') && { state: slots('state') }),
      ...(values.has('stateDiff') && { stateDiff: slots('stateDiff') }),
    }
  })
}

/** The overrides of a block, quantities as hex. */
export function readBlockOverrides(given: Fields): BlockOverrides {
  const unknown = ['blobBaseFee', 'withdrawals'].find(name => given.has(name))
  if (unknown) refuseParam(unknown, 'nothing: it cannot be overridden', 'a value')
  return {
    ...(given.has('number') && { number: given.u64('number') }),
    ...(given.has('time') && { time: given.u64('time') }),
    ...(given.has('gasLimit') && { gasLimit: given.u64('gasLimit') }),
    ...(given.has('feeRecipient') && { feeRecipient: given.address('feeRecipient') }),
    ...(given.has('baseFeePerGas') && { baseFeePerGas: given.u256('baseFeePerGas') }),
    ...(given.has('prevRandao') && { prevRandao: given.u256('prevRandao') }),
  }
}

/** A number as a word of 32 bytes. */
export function wordJson(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

/** A number as JSON-RPC has it. */
export function quantityJson(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

const ZERO_HASH: Hex = `0x${'0'.repeat(64)}`
const ZERO_BLOOM: Hex = `0x${'0'.repeat(512)}`

/** A block; its roots and bloom are zeros. */
export function blockJson({ env, hash, gasUsed, transactions }: ChainBlock, isWhole: boolean): Record<string, unknown> {
  return {
    hash,
    number: quantityJson(env.number),
    parentHash: env.parentHash,
    timestamp: quantityJson(env.timestamp),
    gasLimit: quantityJson(env.gasLimit),
    gasUsed: quantityJson(gasUsed),
    baseFeePerGas: quantityJson(env.baseFee),
    miner: env.coinbase,
    mixHash: `0x${env.random.toString(16).padStart(64, '0')}`,
    difficulty: '0x0',
    totalDifficulty: '0x0',
    nonce: '0x0000000000000000',
    extraData: '0x',
    size: '0x0',
    sha3Uncles: ZERO_HASH,
    stateRoot: ZERO_HASH,
    transactionsRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    logsBloom: ZERO_BLOOM,
    excessBlobGas: quantityJson(env.excessBlobGas),
    blobGasUsed: '0x0',
    uncles: [],
    withdrawals: [],
    transactions: transactions.map(tx => (isWhole ? minedJson({ block: { env, hash }, tx }) : tx.json.hash)),
  }
}

type Mined = { block: Pick<ChainBlock, 'env' | 'hash'>; tx: MinedTransaction }

/** A transaction that is in a block. */
export function minedJson({ block, tx }: Mined): Record<string, unknown> {
  return {
    ...tx.json,
    gasPrice: quantityJson(tx.gasPrice),
    blockHash: block.hash,
    blockNumber: quantityJson(block.env.number),
    transactionIndex: quantityJson(tx.index),
  }
}

/** Its receipt; the bloom is zeros. */
export function receiptJson({ block, tx }: Mined & { block: ChainBlock }): Record<string, unknown> {
  const { outcome, json } = tx
  return {
    transactionHash: json.hash,
    transactionIndex: quantityJson(tx.index),
    blockHash: block.hash,
    blockNumber: quantityJson(block.env.number),
    from: json.from,
    to: json.to,
    type: json.type,
    status: outcome.status === 'success' ? '0x1' : '0x0',
    gasUsed: quantityJson(outcome.gasUsed),
    cumulativeGasUsed: quantityJson(tx.cumulativeGas),
    effectiveGasPrice: quantityJson(tx.gasPrice),
    contractAddress: json.to === null ? (outcome.createdAddress ?? null) : null,
    logs: outcome.logs.map((log, i) => logJson({ ...log, block, tx, index: tx.firstLog + i })),
    logsBloom: ZERO_BLOOM,
  }
}

/** A log with the place where it stands. */
export interface PlacedLog extends Log {
  block: ChainBlock
  tx: MinedTransaction
  index: number
}

/** The logs of a block, in order. */
export function logsOf(block: ChainBlock): PlacedLog[] {
  return block.transactions.flatMap(tx =>
    tx.outcome.logs.map((log, i) => ({ ...log, block, tx, index: tx.firstLog + i })),
  )
}

/** A log and where it stands. */
export function logJson({ address, topics, data, block, tx, index }: PlacedLog): Record<string, unknown> {
  return {
    ...{ address, topics, data: hexOf(data) },
    blockHash: block.hash,
    blockNumber: quantityJson(block.env.number),
    blockTimestamp: quantityJson(block.env.timestamp),
    transactionHash: tx.json.hash,
    transactionIndex: quantityJson(tx.index),
    logIndex: quantityJson(index),
    removed: false,
  }
}

/** Throws the error for a parameter that says something else. */
export function refuseParam(field: string, expected: string, found: string): never {
  throw new InputError({ field, expected, found })
}
