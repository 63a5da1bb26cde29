// Use-cases without signatures: transactions as if they were sent, the gas that one needs, what it accesses. Nonces, fees and the
// sender's code are not checked and nothing is paid, as with eth_call; the gas is that of a transaction.

import * as abi from '../abi.ts'
import { forkByName } from '../chain/forks.ts'
import { isPrecompile } from '../chain/precompiles.ts'
import { unlessAborted } from '../core/abort.ts'
import type { Core } from '../core/core.ts'
import type { Engine } from '../engine.ts'
import { InvalidTransactionError, WeftError } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import { type Abortable, atOnce, type Run, run, runSync, type Steps } from '../run.ts'
import { wordHex } from '../state/alloc.ts'
import { SynchronousSource } from '../state/guess.ts'
import { RecordingSource } from '../state/recording.ts'
import type { Tracer } from '../trace/tracer.ts'
import type { Address, BlockEnv, Hex, MaybePromise, Source, StateDiff, TxOutcome } from '../types.ts'
import { type BlockOverrides, overridden, overriddenEnv, type StateOverride } from './overrides.ts'
import { type AccessList, encodeRequest, foreseenOf, senderOf, type TxRequest } from './request.ts'

/** What transactions are simulated on. */
export interface SimulationOptions extends Abortable {
  env: BlockEnv
  source: Source
  stateOverride?: StateOverride
  blockOverrides?: BlockOverrides
}

/** Options of `simulate`. */
export interface SimulateOptions extends SimulationOptions {
  /** Executed one after the other, each on what the ones before left. */
  calls: readonly TxRequest[]
  /** Sees all of them. */
  tracer?: Tracer
}

/** What simulated transactions came to, and what they changed together. */
export interface Simulation {
  results: readonly TxOutcome[]
  diff: StateDiff
}

/** A simulated transaction ended by revert or halt where only success has an answer; `outcome` says how. */
export class ExecutionError extends WeftError {
  readonly outcome: TxOutcome

  constructor(outcome: TxOutcome) {
    const how = outcome.status === 'revert' ? 'was reverted' : `ended with ${outcome.haltReason}`
    const data = outcome.output.length > 0 ? `Its output is ${hexOf(outcome.output)}.` : undefined
    super(`the transaction ${how}`, { code: outcome.status === 'revert' ? 'REVERTED' : 'HALTED', details: data })
    this.outcome = outcome
  }
}

/** Where requests run, with the overrides laid over. A promise where the source has to be waited for. */
function placeOf(
  { env, source, stateOverride, blockOverrides, signal }: SimulationOptions,
  requests: readonly TxRequest[],
): MaybePromise<Place> {
  const messages = requests.map(foreseenOf)
  const whole = (source: Source): Place => ({ env: overriddenEnv(env, blockOverrides), source, messages, signal })
  const over = overridden(source, stateOverride)
  return over instanceof Promise ? unlessAborted(over, signal).then(whole) : whole(over)
}

/** Options with a source that answers at once, or throws a MissingStateError. */
function askedAtOnce<T extends SimulationOptions>(options: T): T {
  return { ...options, source: new SynchronousSource(options.source) }
}

type Place = Pick<Required<Run<unknown>>, 'env' | 'source' | 'messages' | 'signal'>

/** Most gas that a request without a limit of its own gets: what geth gives it. */
const GAS_CAP = 50_000_000n
/** EIP-7825. */
const OSAKA_CAP = 2n ** 24n
/** Gas that a call with value gives on top. */
const STIPEND = 2300n

/** Executes requests one after the other. Throws an InvalidTransactionError for one that cannot be executed at all. */
export async function simulate(engine: Engine, options: SimulateOptions): Promise<Simulation> {
  return run(engine, await simulationRun(options))
}

/** The same at once; see `runSync`. */
export function simulateSync(engine: Engine, options: SimulateOptions): Simulation {
  return runSync(engine, atOnce(simulationRun(askedAtOnce(options))))
}

function simulationRun(options: SimulateOptions): MaybePromise<Run<Simulation>> {
  const { calls, tracer } = options
  return placed(options, calls, place => ({ ...place, tracer, steps: core => simulateSteps(core, calls, place.env) }))
}

function placed<T>(
  options: SimulationOptions,
  requests: readonly TxRequest[],
  make: (place: Place) => T,
): MaybePromise<T> {
  const place = placeOf(options, requests)
  return place instanceof Promise ? place.then(make) : make(place)
}

function* simulateSteps(core: Core, calls: readonly TxRequest[], env: BlockEnv): Steps<Simulation> {
  const results: TxOutcome[] = []
  for (const request of calls) {
    results.push(yield* transact(core, request, request.gas ?? gasCap(env), env, results.length))
    core.commit()
  }
  return { results, diff: core.diff() }
}

/**
 * The least gas limit with which a request succeeds, to the unit. Throws an ExecutionError where it does not succeed with `request.gas`, or
 * all that a block gives.
 */
export async function estimateGas(engine: Engine, request: TxRequest, options: SimulationOptions): Promise<bigint> {
  return run(engine, await estimateRun(request, options))
}

/** The same at once; see `runSync`. */
export function estimateGasSync(engine: Engine, request: TxRequest, options: SimulationOptions): bigint {
  return runSync(engine, atOnce(estimateRun(request, askedAtOnce(options))))
}

function estimateRun(request: TxRequest, options: SimulationOptions): MaybePromise<Run<bigint>> {
  return placed(options, [request], place => ({ ...place, steps: core => estimateSteps(core, request, place.env) }))
}

function* estimateSteps(core: Core, request: TxRequest, env: BlockEnv): Steps<bigint> {
  let enough = request.gas ?? gasCap(env)
  const first = yield* transact(core, request, enough, env)
  core.discard()
  if (first.status !== 'success') throw new ExecutionError(first)
  // Most need just what they use before the refund, or a little more where a call keeps back a part of its gas.
  const used = first.gasUsed + first.gasRefunded
  let tooLittle = used - 1n
  let guess = ((used + STIPEND) * 64n) / 63n
  while (tooLittle + 1n < enough) {
    const gas = guess > tooLittle && guess < enough ? guess : (tooLittle + enough) / 2n
    guess = 0n
    const succeeds = yield* succeedsWith(core, request, gas, env)
    if (succeeds) enough = gas
    else tooLittle = gas
  }
  return enough
}

/** Does it succeed with that much gas? Too little to begin with is no. */
function* succeedsWith(core: Core, request: TxRequest, gas: bigint, env: BlockEnv): Steps<boolean> {
  try {
    const { status } = yield* transact(core, request, gas, env)
    return status === 'success'
  } catch (error) {
    if (error instanceof InvalidTransactionError) return false
    throw error
  } finally {
    core.discard()
  }
}

/** What a request accesses, and its gas with that as its access list. */
export interface AccessListResult {
  accessList: AccessList
  gasUsed: bigint
}

/** The accounts and slots that a request accesses beyond those that are warm anyway. Throws an ExecutionError where it does not succeed. */
export async function createAccessList(
  engine: Engine,
  request: TxRequest,
  options: SimulationOptions,
): Promise<AccessListResult> {
  const runs = listRuns(engine, request, await placeOf(options, [request]))
  let next = runs.next()
  while (!next.done) next = runs.next(await run(engine, next.value))
  return next.value
}

/** The same at once; see `runSync`. */
export function createAccessListSync(engine: Engine, request: TxRequest, options: SimulationOptions): AccessListResult {
  const runs = listRuns(engine, request, atOnce(placeOf(askedAtOnce(options), [request])))
  let next = runs.next()
  while (!next.done) next = runs.next(runSync(engine, next.value))
  return next.value
}

/** Runs that follow one another: each `yield` is a run to be made, and gives what it came to. */
type Runs<T> = Generator<Run<TxOutcome>, T, TxOutcome>

function* listRuns(
  engine: Engine,
  request: TxRequest,
  { env, source, messages, signal }: Place,
): Runs<AccessListResult> {
  let accessList: AccessList = request.accessList ?? []
  // With an access list gas is another, and with it what is accessed can be: it ends when nothing is added any more.
  for (let before = -1; ; ) {
    const recording = new RecordingSource(source)
    const listed = { ...request, accessList }
    const gas = request.gas ?? gasCap(env)
    const steps = (core: Core): Steps<TxOutcome> => {
      recording.asked.clear() // of runs on guesses: the last one is the true one
      return transact(core, listed, gas, env)
    }
    const outcome = yield { env, source: recording, messages, signal, steps }
    if (outcome.status !== 'success') throw new ExecutionError(outcome)
    accessList = listOf(engine, recording, { request, outcome, env })
    const size = accessList.reduce((sum, { storageKeys }) => sum + 1 + storageKeys.length, 0)
    if (size <= before) return { accessList, gasUsed: outcome.gasUsed }
    before = size
  }
}

function listOf(
  engine: Engine,
  recording: RecordingSource,
  { request, outcome, env }: { request: TxRequest; outcome: TxOutcome; env: BlockEnv },
): AccessList {
  const isWarm = (address: Address): boolean =>
    address === senderOf(request) ||
    address === (request.to?.toLowerCase() ?? outcome.createdAddress) ||
    address === env.coinbase ||
    engine.precompiles.addresses.includes(address) ||
    isPrecompile(address, env.fork)
  return [...recording.asked]
    .filter(([address, slots]) => slots.size > 0 || !isWarm(address))
    .map(([address, slots]) => ({ address, storageKeys: [...slots].map((key): Hex => wordHex(key)) }))
}

/** Runs a request to its end; it is neither committed nor discarded. */
function* transact(core: Core, request: TxRequest, gas: bigint, env: BlockEnv, index?: number): Steps<TxOutcome> {
  core.beginTx(encodeRequest(request, gas, env.chainId), { sender: senderOf(request), unchecked: true })
  yield
  const result = core.outcome()
  if (!('outcome' in result)) throw new InvalidTransactionError(result.rejection, { index })
  return result.outcome
}

function gasCap({ gasLimit, fork }: BlockEnv): bigint {
  const cap = forkByName(fork).rules >= abi.OSAKA ? OSAKA_CAP : GAS_CAP
  return gasLimit < cap ? gasLimit : cap
}
