// Use-case: one message on a state, without a transaction around it: no intrinsic gas, no fee, no nonce. Nothing is kept.

import { putAccount, putCode, Writer } from './abi.ts'
import { createEnv } from './chain/env.ts'
import type { Engine } from './engine.ts'
import { InternalError } from './errors.ts'
import { hexOf } from './input/hex.ts'
import { MemorySource } from './state/memory.ts'
import { TraceSession } from './trace/session.ts'
import type { Tracer } from './trace/tracer.ts'
import type { Address, BlockEnv, ForkName, Source, StateDiff, TxOutcome } from './types.ts'

/** Where the code of `call({ code })` stands. */
export const CODE_ADDRESS: Address = '0x00000000000000000000000000000000c0de0000'
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

/** Executes a message. A revert or a halt is an outcome. With `create`, `input` is appended to the code. */
export function call(engine: Engine, options: CallOptions): Promise<TxOutcome & { diff?: StateDiff }> {
  const source = options.source ?? new MemorySource()
  const env = options.env ?? createEnv(options.fork ?? 'osaka')
  const from = options.from ?? '0x0000000000000000000000000000000000000000'
  const { code = new Uint8Array(), input = new Uint8Array(), value = 0n, gas = DEFAULT_GAS } = options
  return engine.alone(async core => {
    engine.prepare(core, env, source)
    const writer = new Writer()
    if (!options.source && value > 0n) {
      putAccount(writer, from, { nonce: 0n, balance: value, codeHash: hexOf(core.keccak(new Uint8Array())) })
    }
    if (options.code && !options.create) {
      const codeHash = hexOf(core.keccak(code))
      putAccount(writer, CODE_ADDRESS, { nonce: 1n, balance: 0n, codeHash })
      putCode(writer, codeHash, code)
    }
    core.supply(writer)
    const trace = options.tracer && new TraceSession(core, env.fork, [options.tracer])
    const message = { from, value, gas }
    const to = options.to ?? CODE_ADDRESS
    core.beginCall(options.create ? { ...message, input: joined(code, input) } : { ...message, to, input })
    await engine.drive(core, source, trace?.hooks)
    const result = core.outcome()
    if (!('outcome' in result)) throw new InternalError('a message was rejected')
    if (!options.withDiff) return result.outcome
    core.commit()
    return { ...result.outcome, diff: core.diff() }
  })
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
