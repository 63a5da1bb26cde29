// Use-case: one message on a state, without a transaction around it: no intrinsic gas, no fee, no nonce. Nothing is kept.

import { putAccount, putCode, Writer } from './abi.ts'
import { createEnv } from './chain/env.ts'
import { unlessAborted } from './core/abort.ts'
import type { Core } from './core/core.ts'
import { InputError, InternalError } from './errors.ts'
import { addressOf, bytesOf } from './input/given.ts'
import { hexOf } from './input/hex.ts'
import { type Abortable, atOnce, type Run, type Steps } from './run.ts'
import { type BlockOverrides, overridden, overriddenEnv, type StateOverride } from './simulate/overrides.ts'
import { type AccountName, senderOf } from './simulate/request.ts'
import { SynchronousSource } from './state/guess.ts'
import { MemorySource } from './state/memory.ts'
import type { Tracer } from './trace/tracer.ts'
import {
  type Address,
  type BlockEnv,
  EMPTY_CODE_HASH,
  type ForkName,
  type Hex,
  type MaybePromise,
  type Source,
  type StateDiff,
  type TxOutcome,
} from './types.ts'

/** Where the code of `call({ code })` stands. */
export const CODE_ADDRESS: Address = '0x00000000000000000000000000000000c0de0000'
const NOTHING = new Uint8Array(0)
const DEFAULT_GAS = 1_000_000_000n

/** What to call. One of `to`, `code`, `create` says what is executed. */
export interface CallOptions extends Abortable {
  /** Default: the zero address. */
  from?: Address
  /** The same, as viem's actions name it. */
  account?: AccountName
  to?: Address
  /** Code to run at an address of its own, without an account of that name in the source. */
  code?: Uint8Array | Hex
  /** `code` is initcode: run it as a creation. */
  create?: boolean
  input?: Uint8Array | Hex
  /** The same, as viem's actions name it. */
  data?: Uint8Array | Hex
  /** wei */
  value?: bigint
  /** Gas of the message; default 10^9. */
  gas?: bigint
  /** Default: a block with the default values of the fork. */
  env?: BlockEnv
  /** Default: osaka. Only without `env`. */
  fork?: ForkName
  /** Default: an empty state. */
  source?: Source
  stateOverride?: StateOverride
  blockOverrides?: BlockOverrides
  tracer?: Tracer
  /** The outcome has what the message changed. */
  withDiff?: boolean
}

/** What a message came to; with `withDiff` what it changed too. */
export type CallResult = TxOutcome & { diff?: StateDiff }

/** What only a transaction has, which a message would silently do without. */
const OF_TRANSACTIONS = [
  ...['gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas'],
  ...['accessList', 'authorizationList', 'blobVersionedHashes', 'blobs'],
]

/**
 * One message. A revert or a halt is an outcome. With `create`, `input` is appended to the code. Throws InputError for what only a transaction
 * has. A promise where there are overrides and the source has to be waited for.
 */
export function messageRun(options: CallOptions): MaybePromise<Run<CallResult>> {
  const of = OF_TRANSACTIONS.find(name => options[name as keyof CallOptions] !== undefined)
  if (of !== undefined) {
    const details = 'A call is a message without a transaction around it: simulate takes transactions.'
    throw new InputError({ field: of, expected: 'nothing of a transaction', found: 'a value', details })
  }
  const { to, value = 0n, gas = DEFAULT_GAS, create = false, withDiff = false, tracer, signal } = options
  const call: PlainCall = {
    from: senderOf(options),
    ...(to !== undefined && { to: addressOf('to', to) }),
    ...(options.code !== undefined && { code: bytesOf('code', options.code) }),
    input: inputOf(options),
    ...{ value, gas, create, withDiff, isAlone: options.source === undefined },
  }
  const messages = call.to
    ? [{ from: call.from, to: call.to, input: call.input, value, ...(options.gas && { gas }) }]
    : []
  const env = overriddenEnv(options.env ?? createEnv(options.fork ?? 'osaka'), options.blockOverrides)
  const on = (source: Source): Run<CallResult> => ({
    ...{ env, source, tracer, signal, messages },
    steps: core => steps(core, call),
  })
  const source = overridden(options.source ?? new MemorySource(), options.stateOverride)
  return source instanceof Promise ? unlessAborted(source, signal).then(on) : on(source)
}

/** The same with a source that answers at once, or throws a MissingStateError. */
export function messageRunAtOnce(options: CallOptions): Run<CallResult> {
  const { source } = options
  return atOnce(messageRun(source ? { ...options, source: new SynchronousSource(source) } : options))
}

function inputOf({ input, data }: CallOptions): Uint8Array {
  if (input !== undefined && data !== undefined) {
    throw new InputError({ field: 'data', expected: 'input or data', found: 'both' })
  }
  return bytesOf(input === undefined ? 'data' : 'input', input ?? data ?? NOTHING)
}

/** A call with its values as they are used. */
interface PlainCall {
  from: Address
  to?: Address
  code?: Uint8Array
  input: Uint8Array
  value: bigint
  gas: bigint
  create: boolean
  withDiff: boolean
  /** There is no state but what it brings along. */
  isAlone: boolean
}

function* steps(core: Core, call: PlainCall): Steps<CallResult> {
  const { from, code = NOTHING, input, value, gas } = call
  putOwn(core, call)
  const message = { from, value, gas }
  const to = call.to ?? CODE_ADDRESS
  core.beginCall(call.create ? { ...message, input: joined(code, input) } : { ...message, to, input })
  yield
  const result = core.outcome()
  if (!('outcome' in result)) throw new InternalError('a message was rejected')
  if (!call.withDiff) return result.outcome
  core.commit()
  return Object.assign(result.outcome, { diff: core.diff() })
}

/** What a call brings along: its code, and without a state of its own the money that it sends. */
function putOwn(core: Core, { from, value, code, create, isAlone }: PlainCall): void {
  const writer = new Writer()
  if (isAlone && value > 0n) putAccount(writer, from, { nonce: 0n, balance: value, codeHash: EMPTY_CODE_HASH })
  if (code && !create) {
    const codeHash = hexOf(core.keccak(code))
    putAccount(writer, CODE_ADDRESS, { nonce: 1n, balance: 0n, codeHash })
    putCode(writer, codeHash, code)
  }
  core.supply(writer)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
