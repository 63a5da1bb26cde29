// Use-case: one message on a state, without a transaction around it: no intrinsic gas, no fee, no nonce. Nothing is kept.

import { putAccount, putCode, Writer } from './abi.ts'
import { createEnv } from './chain/env.ts'
import type { Core } from './core/core.ts'
import { InternalError } from './errors.ts'
import { hexOf } from './input/hex.ts'
import type { Run, Steps } from './run.ts'
import { MemorySource } from './state/memory.ts'
import type { Tracer } from './trace/tracer.ts'
import {
  type Address,
  type BlockEnv,
  EMPTY_CODE_HASH,
  type ForkName,
  type Source,
  type StateDiff,
  type TxOutcome,
} from './types.ts'

/** Where the code of `call({ code })` stands. */
export const CODE_ADDRESS: Address = '0x00000000000000000000000000000000c0de0000'
const ZERO_ADDRESS: Address = '0x0000000000000000000000000000000000000000'
const NOTHING = new Uint8Array(0)
const DEFAULT_GAS = 1_000_000_000n

/** What to call. One of `to`, `code`, `create` says what is executed. */
export interface CallOptions {
  from?: Address
  to?: Address
  /** Code to run at an address of its own, without an account of that name in the source. */
  code?: Uint8Array
  /** `code` is initcode: run it as a creation. */
  create?: boolean
  input?: Uint8Array
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
  tracer?: Tracer
  /** The outcome has what the message changed. */
  withDiff?: boolean
}

/** What a message came to; with `withDiff` what it changed too. */
export type CallResult = TxOutcome & { diff?: StateDiff }

/** One message. A revert or a halt is an outcome. With `create`, `input` is appended to the code. */
export function messageRun(options: CallOptions): Run<CallResult> {
  const { from = ZERO_ADDRESS, to, input, value, gas, tracer } = options
  const messages = to ? [{ from, to, ...(input && { input }), ...(value && { value }), ...(gas && { gas }) }] : []
  const env = options.env ?? createEnv(options.fork ?? 'osaka')
  const source = options.source ?? new MemorySource()
  return { env, source, tracer, messages, steps: core => steps(core, options) }
}

function* steps(core: Core, options: CallOptions): Steps<CallResult> {
  const { from = ZERO_ADDRESS, code = NOTHING, input = NOTHING, value = 0n, gas = DEFAULT_GAS } = options
  putOwn(core, options, from, value)
  const message = { from, value, gas }
  const to = options.to ?? CODE_ADDRESS
  core.beginCall(options.create ? { ...message, input: joined(code, input) } : { ...message, to, input })
  yield
  const result = core.outcome()
  if (!('outcome' in result)) throw new InternalError('a message was rejected')
  if (!options.withDiff) return result.outcome
  core.commit()
  return Object.assign(result.outcome, { diff: core.diff() })
}

/** What a call brings along: its code, and without a state of its own the money that it sends. */
function putOwn(core: Core, options: CallOptions, from: Address, value: bigint): void {
  const writer = new Writer()
  if (!options.source && value > 0n) {
    putAccount(writer, from, { nonce: 0n, balance: value, codeHash: EMPTY_CODE_HASH })
  }
  if (options.code && !options.create) {
    const codeHash = hexOf(core.keccak(options.code))
    putAccount(writer, CODE_ADDRESS, { nonce: 1n, balance: 0n, codeHash })
    putCode(writer, codeHash, options.code)
  }
  core.supply(writer)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
