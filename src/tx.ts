// Use-case: execute one signed transaction on a state.

import type { Engine } from './engine.ts'
import { InvalidTransactionError } from './errors.ts'
import { settled } from './state/guess.ts'
import { TraceSession } from './trace/session.ts'
import type { Tracer } from './trace/tracer.ts'
import type { Address, BlockEnv, Source, StateDiff, TxOutcome } from './types.ts'

/** Options of `runTx`. */
export interface TxOptions {
  env: BlockEnv
  /** State before the transaction. */
  source: Source
  /** Taken instead of the signer of the transaction; the signature is then not checked. */
  sender?: Address
  tracer?: Tracer
}

/**
 * Executes a signed transaction (consensus encoding, EIP-2718). A revert or a halt is an outcome; InvalidTransactionError is thrown
 * for a transaction that no block may contain, MissingStateError or SourceError when state is missing.
 */
export function runTx(
  engine: Engine,
  signed: Uint8Array,
  options: TxOptions,
): Promise<TxOutcome & { diff: StateDiff }> {
  const isObserved = options.tracer !== undefined
  return settled({ source: options.source, isObserved }, (source, isTrial) =>
    engine.alone(async core => {
      engine.prepare(core, options.env, source)
      const tracer = isTrial ? undefined : options.tracer
      const trace = tracer && new TraceSession(core, options.env.fork, [tracer])
      core.beginTx(signed, { sender: options.sender })
      await engine.drive(core, source, trace?.hooks)
      const result = core.outcome()
      if (!('outcome' in result)) throw new InvalidTransactionError(result.rejection)
      core.commit()
      return { ...result.outcome, diff: core.diff() }
    }),
  )
}
