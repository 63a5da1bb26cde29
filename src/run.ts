// How a run is made on an engine: state put in, steps driven, an outcome read. The same steps serve calls that may wait and calls that
// must not.

import { nextTurn } from '#platform'
import type { Core } from './core/core.ts'
import { type Answers, type DriveHooks, drive } from './core/drive.ts'
import { CryptoNotLoadedError } from './crypto/crypto.ts'
import type { Engine } from './engine.ts'
import { InternalError } from './errors.ts'
import { type Expected, SynchronousSource, settled } from './state/guess.ts'
import { TraceSession } from './trace/session.ts'
import type { Tracer } from './trace/tracer.ts'
import type { BlockEnv, Foreseen, MaybePromise, Source } from './types.ts'

/** What is done on a core: each `yield` stands behind a begin, and is over when what was begun has run to its end. */
export type Steps<T> = Generator<undefined, T>

/** A run to be made. `steps` may be asked for more than once: see `settled`. */
export interface Run<T> {
  env: BlockEnv
  source: Source
  steps: (core: Core) => Steps<T>
  tracer?: Tracer | undefined
  /** A hint for sources: what is about to run. */
  messages?: readonly Foreseen[]
  /** Gives the run up. */
  signal?: AbortSignal | undefined
}

/** What may be said of every run. */
export interface Abortable {
  /**
   * Gives the run up where it waits, for the source or a precompiled contract of one's own, or comes up for air: the promise rejects with the
   * signal's reason, and nothing is changed.
   */
  signal?: AbortSignal
}

/** Makes a run; waits for the source and the crypto libraries where it has to. */
export function run<T>(engine: Engine, { source, env, steps, tracer, messages = [], signal }: Run<T>): Promise<T> {
  const runOn = (source: Source, tracer: Tracer | undefined): Promise<T> =>
    engine.alone(async core => {
      signal?.throwIfAborted()
      engine.prepare(core, env, source)
      const hooks = { ...hooksOf(core, env, tracer), ...abortHooks(signal) }
      const made = steps(core)
      for (let step = made.next(); ; step = made.next()) {
        if (step.done) return step.value
        const waiting = engine.drive(core, source, hooks)
        if (waiting) await waiting
      }
    })
  const expected = (source: Source): Promise<Expected> => engine.foresight.expected(source, env, runOn)
  return settled({ source, messages, expected, isObserved: tracer !== undefined, signal }, (source, isTrial) =>
    runOn(source, isTrial ? undefined : tracer),
  )
}

/**
 * The same at once. Throws a MissingStateError that names the key where the source answers with a promise, a CryptoNotLoadedError where a
 * library is needed that `load` has not loaded, an InputError while another call is running.
 */
export function runSync<T>(engine: Engine, { source: slow, env, steps, tracer, signal }: Run<T>): T {
  signal?.throwIfAborted()
  const source = new SynchronousSource(slow)
  return engine.now(core => {
    engine.prepare(core, env, source)
    const hooks = hooksOf(core, env, tracer)
    const made = steps(core)
    for (let step = made.next(); ; step = made.next()) {
      if (step.done) return step.value
      driveAtOnce(engine, core, source, hooks)
    }
  })
}

/** Runs what has been begun on the core, waiting for nothing. Throws as `runSync`. */
export function driveAtOnce(
  engine: Engine,
  core: Core,
  source: SynchronousSource,
  hooks: DriveHooks | undefined,
): void {
  const answers = { source, crypto: loadedOnly(engine), precompiles: engine.precompiles, isSync: true }
  atOnce(drive(core, answers, hooks))
}

/** What was made for a synchronous run: its source answers at once, so it is no promise. */
export function atOnce<T>(made: MaybePromise<T>): T {
  if (made instanceof Promise) throw new InternalError('a synchronous run had to wait')
  return made
}

function hooksOf(core: Core, env: BlockEnv, tracer: Tracer | undefined): DriveHooks | undefined {
  return tracer && new TraceSession(core, env.fork, [tracer]).hooks
}

function abortHooks(signal: AbortSignal | undefined): DriveHooks {
  if (!signal) return {}
  const wait = async (): Promise<void> => {
    await nextTurn()
    signal.throwIfAborted()
  }
  return { signal, wait }
}

/** The libraries that are loaded; the others are an error rather than something to wait for. */
function loadedOnly({ crypto }: Engine): Answers['crypto'] {
  return {
    needs: address => crypto.needs(address),
    isLoaded: group => {
      if (crypto.isLoaded(group)) return true
      throw new CryptoNotLoadedError(group)
    },
    load: group => crypto.load(group),
    precompile: (address, input) => crypto.precompile(address, input),
    recover: (hash, r, s, parity) => crypto.recover(hash, r, s, parity),
  }
}
