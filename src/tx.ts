// Use-case: execute one signed transaction on a state.

import type { Core } from './core/core.ts'
import { InvalidTransactionError } from './errors.ts'
import { bytesOf } from './input/given.ts'
import type { Abortable, Run, Steps } from './run.ts'
import type { Tracer } from './trace/tracer.ts'
import type { Address, BlockEnv, Hex, Source, StateDiff, TxOutcome } from './types.ts'

/** Options of `runTx`. */
export interface TxOptions extends Abortable {
  env: BlockEnv
  /** State before the transaction. */
  source: Source
  /** Taken instead of the signer of the transaction; the signature is then not checked. */
  sender?: Address
  tracer?: Tracer
}

/** What a transaction came to, and what it changed. */
export type TxResult = TxOutcome & { diff: StateDiff }

/**
 * A signed transaction (consensus encoding, EIP-2718; bytes or hex). A revert or a halt is an outcome; InvalidTransactionError is thrown for a
 * transaction that no block may contain, MissingStateError or SourceError when state is missing.
 */
export function transactionRun(signed: Uint8Array | Hex, options: TxOptions): Run<TxResult> {
  const bytes = bytesOf('signed', signed)
  const { env, source, sender, tracer, signal } = options
  return { env, source, tracer, signal, steps: core => steps(core, bytes, sender) }
}

function* steps(core: Core, signed: Uint8Array, sender: Address | undefined): Steps<TxResult> {
  core.beginTx(signed, { sender })
  yield
  const result = core.outcome()
  if (!('outcome' in result)) throw new InvalidTransactionError(result.rejection)
  core.commit()
  return Object.assign(result.outcome, { diff: core.diff() })
}
