// The errors of Weft and the two tables that give the core's numbers a name: rejections (execution-spec-tests exception
// names) and halt reasons (EVMC names). A revert or a halt is never an error: it is a value in the outcome. These
// classes are for a transaction or block that is invalid, for state that is missing, and for input that is wrong.
// Every message is one sentence that says what was expected and what was found.
import * as abi from '../assembly/abi.ts'
import type { Receipt } from './types.ts'

/** What every error of Weft can carry besides its sentence. */
export interface WeftErrorOptions {
  /** Machine-readable name; the class has a default. */
  code?: string | undefined
  /** A second sentence, for instance what to do about it. */
  details?: string | undefined
  cause?: unknown
}

/** Base of all errors of this package: `message` is the sentence, the details and the cause's sentence in one line each. */
export class WeftError extends Error {
  /** The sentence alone. */
  readonly shortMessage: string
  /** Machine-readable name, stable between versions. */
  readonly code: string
  readonly details: string | undefined

  constructor(shortMessage: string, options: WeftErrorOptions = {}) {
    const cause = options.cause instanceof Error ? `Cause: ${options.cause.message}` : undefined
    const lines = [shortMessage, options.details, cause].filter(line => line !== undefined)
    super(lines.join('\n'), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.shortMessage = shortMessage
    this.code = options.code ?? 'WEFT'
    this.details = options.details
  }

  /** The first error of the cause chain (this one first) that `matches`; without a predicate, the innermost cause. */
  walk(): unknown
  walk(matches: (error: unknown) => boolean): unknown
  walk(matches?: (error: unknown) => boolean): unknown {
    let current: unknown = this
    while (!matches?.(current)) {
      const next = current instanceof Error ? current.cause : undefined
      if (next === undefined || next === null) return matches ? null : current
      current = next
    }
    return current
  }
}

/** Where in a block an invalid transaction stands. */
export interface RejectionPlace {
  /** Index of the transaction in its block. */
  index?: number | undefined
  /** Number of the block. */
  number?: bigint | undefined
  details?: string | undefined
  cause?: unknown
}

function places(place: RejectionPlace): string {
  const block = place.number === undefined ? '' : `block ${place.number}: `
  return place.index === undefined ? block : `${block}transaction ${place.index}: `
}

/** The transaction may not be in any block: it was refused before it ran and changed nothing. */
export class InvalidTransactionError extends WeftError {
  /** One of `REJECT_*` in assembly/abi.ts. */
  readonly rejection: number
  readonly index: number | undefined

  constructor(rejection: number, place: RejectionPlace = {}) {
    const { code, sentence } = rejectionOf(rejection)
    super(`${places(place)}${sentence} (${code})`, { code, details: place.details, cause: place.cause })
    this.rejection = rejection
    this.index = place.index
  }
}

/** The block is invalid; `index` names the transaction at fault where there is one. */
export class InvalidBlockError extends WeftError {
  /** One of `REJECT_*` in assembly/abi.ts. */
  readonly rejection: number
  readonly index: number | undefined
  /** Receipts of the transactions before the one at fault: what is wrong may have begun there. */
  readonly receipts: readonly Receipt[]

  constructor(rejection: number, place: RejectionPlace & { receipts?: readonly Receipt[] } = {}) {
    const { code, sentence } = rejectionOf(rejection)
    super(`${places(place)}${sentence} (${code})`, { code, details: place.details, cause: place.cause })
    this.rejection = rejection
    this.index = place.index
    this.receipts = place.receipts ?? []
  }
}

/** One thing a source can be asked for, as plain data. */
export type StateKey =
  | { kind: 'account'; address: `0x${string}` }
  | { kind: 'storage'; address: `0x${string}`; key: bigint }
  | { kind: 'code'; codeHash: `0x${string}` }
  | { kind: 'blockHash'; number: bigint }

function describeKey(key: StateKey): string {
  if (key.kind === 'account') return `account ${key.address}`
  if (key.kind === 'storage') return `slot 0x${key.key.toString(16)} of ${key.address}`
  return key.kind === 'code' ? `code ${key.codeHash}` : `hash of block ${key.number}`
}

function lacking(keys: readonly StateKey[]): string {
  const shown = keys.slice(0, 3).map(describeKey).join(', ')
  const more = keys.length > 3 ? ` and ${keys.length - 3} more` : ''
  return `the source does not have ${shown}${more}`
}

/** State was needed that the source does not have; `keys` names it. */
export class MissingStateError extends WeftError {
  readonly keys: readonly StateKey[]

  constructor(keys: readonly StateKey[], options: WeftErrorOptions = {}, sentence: string = lacking(keys)) {
    super(sentence, { code: 'MISSING_STATE', ...options })
    this.keys = keys
  }
}

/** A trie node that a witness does not have. */
export interface MissingNode {
  hash: `0x${string}`
  /** A hex digit for each nibble from the root to the node. */
  path: string
  /** The account whose storage trie the node is of; absent in the state trie. */
  storageOf?: `0x${string}`
}

/** A witness does not have a node that an account or slot leads to, or that the root after the block depends on. */
export class MissingNodeError extends MissingStateError {
  readonly node: MissingNode

  constructor(node: MissingNode, key: StateKey) {
    const { hash, path, storageOf } = node
    const trie = storageOf === undefined ? 'the state trie' : `the storage trie of ${storageOf}`
    const place = path === '' ? `the root of ${trie}` : `at path ${path} of ${trie}`
    super([key], { code: 'MISSING_NODE' }, `the witness does not have node ${hash}, ${place}, for ${describeKey(key)}`)
    this.node = node
  }
}

/** A source threw or answered something that is no state; the cause is its own error. */
export class SourceError extends WeftError {
  constructor(shortMessage: string, options: WeftErrorOptions = {}) {
    super(shortMessage, { code: 'SOURCE', ...options })
  }
}

/** A precompiled contract of one's own failed: its function threw (the cause), or answered what is no result. Nothing was changed. */
export class PrecompileError extends WeftError {
  readonly address: `0x${string}`

  constructor(
    address: `0x${string}`,
    sentence: string,
    options: WeftErrorOptions & { name?: string | undefined } = {},
  ) {
    const { name, ...rest } = options
    super(`precompile ${name === undefined ? '' : `"${name}" at `}${address} ${sentence}`, {
      code: 'PRECOMPILE',
      ...rest,
    })
    this.address = address
  }
}

/** The WASM module or a crypto library could not be loaded, or its ABI version is not the expected one. */
export class LoadError extends WeftError {
  constructor(shortMessage: string, options: WeftErrorOptions = {}) {
    super(shortMessage, { code: 'LOAD', ...options })
  }
}

/** Why the GPU could not hash. */
export type GpuErrorCode =
  /** No WebGPU in this runtime, no adapter, or none that was acceptable. */
  | 'GPU_ABSENT'
  /** The device is gone. */
  | 'GPU_LOST'
  /** The device refused what it was told. */
  | 'GPU_INVALID'
  | 'GPU_OUT_OF_MEMORY'
  /** A message is too long for the device. */
  | 'GPU_LIMIT'

/** Hashing on the GPU was asked for and failed; nothing of it may be used. The message names the cause. */
export class GpuError extends WeftError {
  declare readonly code: GpuErrorCode

  constructor(code: GpuErrorCode, shortMessage: string, options: Omit<WeftErrorOptions, 'code'> = {}) {
    super(shortMessage, { ...options, code })
  }
}

/** What was wrong in a file or a JSON document. */
export interface InputProblem {
  /** Path or name of the document. */
  file?: string | undefined
  /** Path inside it, for instance `block.transactions[3].gas`. */
  field?: string | undefined
  expected: string
  /** Already in words; see `describe`. */
  found: string
  details?: string | undefined
  cause?: unknown
}

/** A file or value from outside does not have the documented form or passes a limit. */
export class InputError extends WeftError {
  readonly file: string | undefined
  readonly field: string | undefined
  readonly expected: string
  readonly found: string

  constructor(problem: InputProblem) {
    const file = problem.file === undefined ? '' : `${problem.file}: `
    const field = problem.field === undefined ? '' : `"${problem.field}" `
    const sentence = `${file}${field}expected ${problem.expected}, got ${problem.found}`
    super(sentence, { code: 'INPUT', details: problem.details, cause: problem.cause })
    this.file = problem.file
    this.field = problem.field
    this.expected = problem.expected
    this.found = problem.found
  }
}

/** A bug in Weft: the core trapped or broke its own ABI. The instance must not be used again. */
export class InternalError extends WeftError {
  constructor(shortMessage: string, options: WeftErrorOptions = {}) {
    super(shortMessage, { code: 'INTERNAL', ...options })
  }
}

/**
 * A value in words for an error message: short, on one line, and in printable ASCII, because the value may come from an
 * untrusted file and the message may go to a terminal.
 */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return value.length > 44 ? `${printable(value.slice(0, 40))}...` : printable(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function printable(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// ---- the core's numbers in words --------------------------------------------------------------------------------------

/** The names of the EVMC status codes that end a transaction other than by success or revert. */
export type HaltReason =
  | 'FAILURE'
  | 'OUT_OF_GAS'
  | 'INVALID_INSTRUCTION'
  | 'UNDEFINED_INSTRUCTION'
  | 'STACK_OVERFLOW'
  | 'STACK_UNDERFLOW'
  | 'BAD_JUMP_DESTINATION'
  | 'INVALID_MEMORY_ACCESS'
  | 'CALL_DEPTH_EXCEEDED'
  | 'STATIC_MODE_VIOLATION'
  | 'PRECOMPILE_FAILURE'
  | 'CONTRACT_VALIDATION_FAILURE'
  | 'ARGUMENT_OUT_OF_RANGE'
  | 'INSUFFICIENT_BALANCE'
  | 'INTERNAL_ERROR'
  | 'REJECTED'
  | 'OUT_OF_MEMORY'

const HALT_REASONS: ReadonlyMap<number, HaltReason> = new Map<number, HaltReason>([
  [abi.FAILURE, 'FAILURE'],
  [abi.OUT_OF_GAS, 'OUT_OF_GAS'],
  [abi.INVALID_INSTRUCTION, 'INVALID_INSTRUCTION'],
  [abi.UNDEFINED_INSTRUCTION, 'UNDEFINED_INSTRUCTION'],
  [abi.STACK_OVERFLOW, 'STACK_OVERFLOW'],
  [abi.STACK_UNDERFLOW, 'STACK_UNDERFLOW'],
  [abi.BAD_JUMP_DESTINATION, 'BAD_JUMP_DESTINATION'],
  [abi.INVALID_MEMORY_ACCESS, 'INVALID_MEMORY_ACCESS'],
  [abi.CALL_DEPTH_EXCEEDED, 'CALL_DEPTH_EXCEEDED'],
  [abi.STATIC_MODE_VIOLATION, 'STATIC_MODE_VIOLATION'],
  [abi.PRECOMPILE_FAILURE, 'PRECOMPILE_FAILURE'],
  [abi.CONTRACT_VALIDATION_FAILURE, 'CONTRACT_VALIDATION_FAILURE'],
  [abi.ARGUMENT_OUT_OF_RANGE, 'ARGUMENT_OUT_OF_RANGE'],
  [abi.INSUFFICIENT_BALANCE, 'INSUFFICIENT_BALANCE'],
  [abi.INTERNAL_ERROR, 'INTERNAL_ERROR'],
  [abi.REJECTED, 'REJECTED'],
  [abi.OUT_OF_MEMORY, 'OUT_OF_MEMORY'],
])

/** The name of an EVMC status code; `FAILURE` for a number that has none. SUCCESS and REVERT are no halt reasons. */
export function haltReasonOf(status: number): HaltReason {
  return HALT_REASONS.get(status) ?? 'FAILURE'
}

/** A rejection in words. */
export interface Rejection {
  /** execution-spec-tests exception name. */
  code: string
  sentence: string
}

const TX = 'TransactionException'
const BLOCK = 'BlockException'
// The core does not tell the ways apart in which RLP can be wrong; RLP_INVALID_HEADER stands for all of them.
const REJECTIONS: ReadonlyMap<number, Rejection> = new Map(
  (
    [
      [abi.REJECT_NONCE_TOO_LOW, TX, 'NONCE_MISMATCH_TOO_LOW', 'the nonce is lower than that of the sender'],
      [abi.REJECT_NONCE_TOO_HIGH, TX, 'NONCE_MISMATCH_TOO_HIGH', 'the nonce is higher than that of the sender'],
      [abi.REJECT_NONCE_IS_MAX, TX, 'NONCE_IS_MAX', 'the nonce is 2^64-1, which no transaction may have (EIP-2681)'],
      [abi.REJECT_INSUFFICIENT_FUNDS, TX, 'INSUFFICIENT_ACCOUNT_FUNDS', 'the sender cannot pay value and maximum fee'],
      [abi.REJECT_INTRINSIC_GAS, TX, 'INTRINSIC_GAS_TOO_LOW', 'the gas limit is below the intrinsic gas'],
      [
        abi.REJECT_FLOOR_GAS,
        TX,
        'INTRINSIC_GAS_BELOW_FLOOR_GAS_COST',
        'the gas limit is below the floor cost of the calldata (EIP-7623)',
      ],
      [abi.REJECT_BLOCK_GAS, TX, 'GAS_ALLOWANCE_EXCEEDED', 'the gas limit exceeds the gas left in the block'],
      [abi.REJECT_GAS_CAP, TX, 'GAS_LIMIT_EXCEEDS_MAXIMUM', 'the gas limit exceeds 2^24 (EIP-7825)'],
      [abi.REJECT_SENDER_NOT_EOA, TX, 'SENDER_NOT_EOA', 'the sender has code (EIP-3607)'],
      [abi.REJECT_INITCODE_SIZE, TX, 'INITCODE_SIZE_EXCEEDED', 'the initcode exceeds 49,152 bytes (EIP-3860)'],
      [abi.REJECT_MAX_FEE, TX, 'INSUFFICIENT_MAX_FEE_PER_GAS', 'the maximum fee is below the base fee of the block'],
      [
        abi.REJECT_PRIORITY_FEE,
        TX,
        'PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS',
        'the priority fee is higher than the maximum fee',
      ],
      [
        abi.REJECT_BLOB_FEE,
        TX,
        'INSUFFICIENT_MAX_FEE_PER_BLOB_GAS',
        'the maximum blob fee is below the blob base fee of the block',
      ],
      [abi.REJECT_TYPE_1_PRE_FORK, TX, 'TYPE_1_TX_PRE_FORK', 'type 1 (access list) needs Berlin'],
      [abi.REJECT_TYPE_2_PRE_FORK, TX, 'TYPE_2_TX_PRE_FORK', 'type 2 (fee market) needs London'],
      [abi.REJECT_TYPE_3_PRE_FORK, TX, 'TYPE_3_TX_PRE_FORK', 'type 3 (blobs) needs Cancun'],
      [abi.REJECT_TYPE_4_PRE_FORK, TX, 'TYPE_4_TX_PRE_FORK', 'type 4 (set code) needs Prague'],
      [abi.REJECT_TYPE_UNKNOWN, TX, 'TYPE_NOT_SUPPORTED', 'the transaction type is unknown'],
      [abi.REJECT_BLOB_NONE, TX, 'TYPE_3_TX_ZERO_BLOBS', 'a blob transaction needs at least one blob'],
      [
        abi.REJECT_BLOB_VERSION,
        TX,
        'TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH',
        'a blob hash does not begin with version 0x01',
      ],
      [abi.REJECT_BLOB_COUNT, TX, 'TYPE_3_TX_BLOB_COUNT_EXCEEDED', 'too many blobs for one transaction'],
      [
        abi.REJECT_BLOB_BLOCK,
        TX,
        'TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED',
        'too many blobs for what is left in the block',
      ],
      [abi.REJECT_BLOB_CREATE, TX, 'TYPE_3_TX_CONTRACT_CREATION', 'a blob transaction cannot create a contract'],
      [
        abi.REJECT_AUTHORIZATION_NONE,
        TX,
        'TYPE_4_EMPTY_AUTHORIZATION_LIST',
        'a set-code transaction needs at least one authorization',
      ],
      [
        abi.REJECT_AUTHORIZATION_CREATE,
        TX,
        'TYPE_4_TX_CONTRACT_CREATION',
        'a set-code transaction cannot create a contract',
      ],
      [
        abi.REJECT_AUTHORIZATION_FORMAT,
        TX,
        'TYPE_4_INVALID_AUTHORIZATION_FORMAT',
        'an authorization does not have the form of EIP-7702',
      ],
      [abi.REJECT_SIGNATURE, TX, 'INVALID_SIGNATURE_VRS', 'the signature is invalid'],
      [abi.REJECT_CHAIN_ID, TX, 'INVALID_CHAINID', 'the transaction is signed for another chain'],
      [abi.REJECT_RLP, TX, 'RLP_INVALID_HEADER', 'the bytes are no encoded transaction'],
      [
        abi.REJECT_COST_OVERFLOW,
        TX,
        'GASLIMIT_PRICE_PRODUCT_OVERFLOW',
        'gas limit times fee, plus value, exceeds 2^256-1',
      ],
      [abi.REJECT_SYSTEM_CALL_EMPTY, BLOCK, 'SYSTEM_CONTRACT_EMPTY', 'a system contract has no code'],
      [abi.REJECT_SYSTEM_CALL_FAILED, BLOCK, 'SYSTEM_CONTRACT_CALL_FAILED', 'a system call failed'],
      [
        abi.REJECT_DEPOSIT_LAYOUT,
        BLOCK,
        'INVALID_DEPOSIT_EVENT_LAYOUT',
        'a deposit log does not have the form of EIP-6110',
      ],
    ] as const
  ).map(([number, family, name, sentence]) => [number, { code: `${family}.${name}`, sentence }]),
)

/** Exception name and sentence of one of the core's `REJECT_*` numbers. */
export function rejectionOf(rejection: number): Rejection {
  return REJECTIONS.get(rejection) ?? { code: `${BLOCK}.UNKNOWN`, sentence: `rejected with number ${rejection}` }
}
