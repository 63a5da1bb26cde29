// Blocks from their RLP: [header, [transactions], [uncles]] and, from Shanghai on, [withdrawals] (Yellow Paper 4.3; EIP-2718, 4895).
// Strict: lengths, numbers without leading zeros, nothing left over. Which fields the fork asks for, header.ts checks;
// transactions stay encoded, the core reads them. Throws BlockFormatError, which names the rule.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { type BlockException, BlockFormatError } from '../chain/exceptions.ts'
import type { Header } from '../chain/header.ts'
import type { UncleHeader } from '../chain/uncles.ts'
import type { Address, Hex, Withdrawal } from '../types.ts'
import { hexOf } from './hex.ts'
import { RlpError, RlpItems } from './rlp-decode.ts'

/** A block as it is encoded. */
export interface RlpBlock {
  /** keccak256 of the encoded header. */
  hash: Hex
  header: Header
  /** Consensus encodings (EIP-2718). */
  transactions: Uint8Array[]
  uncles: UncleHeader[]
  /** keccak256 of the encoded list of uncles: what `header.ommersHash` has to be. */
  unclesHash: Hex
  /** Absent where the encoding has no such list. */
  withdrawals?: Withdrawal[]
  /** Bytes of the whole encoding. */
  size: number
}

/** Fields of a header of each fork: before London, London, Shanghai, Cancun, Prague. */
const HEADER_LENGTHS = [15, 16, 17, 20, 21]
const TYPE_LIMIT = 0x80

/** Reads an encoded block. */
export function decodeBlock(encoded: Uint8Array): RlpBlock {
  return named(() => {
    const whole = new RlpItems(encoded)
    const block = whole.list()
    whole.close()
    const header = readHeader(block.encoded())
    const transactions = eachOf(block.list(), readTransaction)
    const encodedUncles = block.encoded()
    const withdrawals = block.more ? eachOf(block.list(), readWithdrawal) : undefined
    block.close()
    return {
      ...header,
      transactions,
      uncles: eachOf(new RlpItems(encodedUncles).list(), items => readHeader(items.encoded())),
      unclesHash: hexOf(keccak_256(encodedUncles)),
      ...(withdrawals && { withdrawals }),
      size: encoded.length,
    }
  })
}

/** Reads an encoded header. */
export function decodeHeader(encoded: Uint8Array): UncleHeader {
  return named(() => readHeader(encoded))
}

/** Errors of RLP as errors of the block format. */
function named<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RlpError)) throw error
    throw new BlockFormatError('RLP_STRUCTURES_ENCODING', error.shortMessage)
  }
}

function eachOf<T>(items: RlpItems, read: (items: RlpItems) => T): T[] {
  const all: T[] = []
  while (items.more) all.push(read(items))
  return all
}

/** A list is a legacy transaction; a typed one is a byte string that begins with its type. */
function readTransaction(items: RlpItems): Uint8Array {
  if (items.isList) return items.encoded()
  const typed = items.bytes()
  if (typed.length > 0 && typed[0]! < TYPE_LIMIT) return typed
  throw new RlpError('expected a transaction list or a type byte')
}

function readWithdrawal(items: RlpItems): Withdrawal {
  const fields = items.list()
  const index = number(fields)
  const validatorIndex = number(fields)
  const address: Address = fixed(fields, 20, 'RLP_INVALID_ADDRESS')
  const amount = number(fields)
  fields.close()
  return { index, validatorIndex, address, amount }
}

function readHeader(encoded: Uint8Array): UncleHeader {
  const whole = new RlpItems(encoded)
  const fields = whole.list()
  whole.close()
  const header: Header = {
    parentHash: fixed(fields, 32),
    ommersHash: fixed(fields, 32),
    coinbase: fixed(fields, 20, 'RLP_INVALID_ADDRESS'),
    stateRoot: fixed(fields, 32),
    transactionsRoot: fixed(fields, 32),
    receiptsRoot: fixed(fields, 32),
    logsBloom: fixed(fields, 256),
    difficulty: integer(fields, 32),
    number: number(fields),
    gasLimit: number(fields),
    gasUsed: number(fields),
    timestamp: number(fields),
    extraData: fields.bytes(),
    mixHash: fixed(fields, 32),
    nonce: fixed(fields, 8),
  }
  readLaterFields(header, [...laterFields(fields)])
  return { hash: hexOf(keccak_256(encoded)), header }
}

function* laterFields(fields: RlpItems): Iterable<Uint8Array> {
  while (fields.more) yield fields.encoded()
}

/** The fields that forks have added, all those of a fork or none of them. */
function readLaterFields(header: Header, later: Uint8Array[]): void {
  if (!HEADER_LENGTHS.includes(15 + later.length)) throw new BlockFormatError('INCORRECT_BLOCK_FORMAT')
  const [baseFee, withdrawalsRoot, blobGasUsed, excessBlobGas, parentBeaconRoot, requestsHash] = later.map(
    field => new RlpItems(field),
  )
  if (baseFee) header.baseFee = integer(baseFee, 32)
  if (withdrawalsRoot) header.withdrawalsRoot = fixed(withdrawalsRoot, 32)
  if (blobGasUsed) header.blobGasUsed = number(blobGasUsed)
  if (excessBlobGas) header.excessBlobGas = number(excessBlobGas)
  if (parentBeaconRoot) header.parentBeaconRoot = fixed(parentBeaconRoot, 32)
  if (requestsHash) header.requestsHash = fixed(requestsHash, 32)
}

/** A byte string of `length` bytes. */
function fixed(items: RlpItems, length: number, otherwise: BlockException = 'RLP_STRUCTURES_ENCODING'): Hex {
  const bytes = items.bytes()
  if (bytes.length !== length) throw new BlockFormatError(otherwise, `expected ${length} bytes, got ${bytes.length}`)
  return hexOf(bytes)
}

/** 0..2^64-1 */
function number(items: RlpItems): bigint {
  return integer(items, 8)
}

function integer(items: RlpItems, maxBytes: number): bigint {
  const bytes = items.bytes()
  if (bytes.length > maxBytes) {
    const name = maxBytes === 8 ? 'RLP_INVALID_FIELD_OVERFLOW_64' : 'RLP_STRUCTURES_ENCODING'
    throw new BlockFormatError(name, `expected at most ${maxBytes} bytes, got ${bytes.length}`)
  }
  if (bytes[0] === 0) throw new RlpError('expected a number without leading zeros')
  return bytes.length === 0 ? 0n : BigInt(hexOf(bytes))
}
