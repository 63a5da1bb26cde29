// The public API of Weft: createWeft() and the names that go with it.

import { type ReplayOptions, type ReplayOutcome, replayBlock, replayBlockSync } from './block.ts'
import { type CallOptions, type CallResult, messageRun, messageRunAtOnce } from './call.ts'
import { instantiateKeccak } from './core/apart.ts'
import { compileCore, compileThreads, instantiateCore, type WasmSource } from './core/load.ts'
import { Precompiles } from './core/precompiles.ts'
import { Crypto, type CryptoGroup } from './crypto/crypto.ts'
import { Engine, type Machine, threadedMachine } from './engine.ts'
import { describe, InputError } from './errors.ts'
import { checkHashOption, type HashOption } from './gpu/batch.ts'
import type { HashingSettings } from './gpu/hashing.ts'
import { run, runSync } from './run.ts'
import type { TxRequest } from './simulate/request.ts'
import {
  type AccessListResult,
  createAccessList,
  createAccessListSync,
  estimateGas,
  estimateGasSync,
  type SimulateOptions,
  type Simulation,
  type SimulationOptions,
  simulate,
  simulateSync,
} from './simulate/simulate.ts'
import { type AccountProof, proofOf } from './state/proof.ts'
import { type TxOptions, type TxResult, transactionRun } from './tx.ts'
import type { Address, Block, Hex, Precompile, Source } from './types.ts'

export type { AccessHint } from './abi.ts'
export type { DispatchOption, ReplayOptions, ReplayOutcome } from './block.ts'
export type { CallOptions, CallResult } from './call.ts'
export type { Chain, ChainOptions, ForkBegin } from './chain/chain.ts'
export { defineChain } from './chain/chain.ts'
export type { Check, Checks } from './chain/checks.ts'
export { checkOutcome } from './chain/checks.ts'
export { createEnv } from './chain/env.ts'
export type { BlobParameters, Fork } from './chain/forks.ts'
export type { ChainRules } from './chain/schedule.ts'
export type { WasmSource } from './core/load.ts'
export { hasThreads } from './core/load.ts'
export type { CryptoGroup } from './crypto/crypto.ts'
export { CryptoNotLoadedError } from './crypto/crypto.ts'
export * from './errors.ts'
export type * from './gpu/batch.ts'
export type { HashMetrics, HashPurpose, HashWork } from './gpu/hashing.ts'
export type { BlockFile, BlockFileOptions, ClaimedTransaction } from './input/block-file.ts'
export { codeLookup, readBlockFile } from './input/block-file.ts'
export type { Place } from './input/fields.ts'
export { decodeJson } from './input/json.ts'
export { readWitness } from './input/witness.ts'
export type { ChainEngine } from './provider/chain.ts'
export { ProviderError } from './provider/error.ts'
export type { Provider, ProviderOptions } from './provider/provider.ts'
export { createProvider } from './provider/provider.ts'
export { TEST_ACCOUNTS } from './provider/wallet.ts'
export type { Abortable } from './run.ts'
export type { ConflictGraph, ConflictObject, EdgeAccuracy, Predecessors } from './schedule/graph.ts'
export { predecessorsOf } from './schedule/graph.ts'
export type { CliqueBounds, CriticalPath, HotObject } from './schedule/levels.ts'
export { batchesOf, criticalPathOf, hottestObjects, levelsOf } from './schedule/levels.ts'
export type * from './schedule/metrics.ts'
export type { ObservedAccess } from './schedule/observe.ts'
export type { ParallelReport } from './schedule/outcome.ts'
export type { Span } from './schedule/simulate.ts'
export type * from './simulate/overrides.ts'
export type { AccessList, AccountName, Authorization, TxRequest } from './simulate/request.ts'
export type { AccessListResult, SimulateOptions, Simulation, SimulationOptions } from './simulate/simulate.ts'
export { ExecutionError } from './simulate/simulate.ts'
export type { DumpedAccount, StateDump } from './state/anvil-dump.ts'
export { dumpState, loadState } from './state/anvil-dump.ts'
export { MemorySource } from './state/memory.ts'
export { Changes, OverlaySource } from './state/overlay.ts'
export type { AccountProof, SlotProof } from './state/proof.ts'
export type { RpcSourceOptions } from './state/rpc.ts'
export { RpcSource, rpcSource } from './state/rpc.ts'
export type { RpcBlock } from './state/rpc-block.ts'
export { rpcBlock } from './state/rpc-block.ts'
export type { RpcClientOptions, RpcErrorCode, RpcMetrics } from './state/rpc-client.ts'
export type { ChainChoice, ForkRule, RpcBlockName } from './state/rpc-place.ts'
export type { AccountLayer } from './state/source.ts'
export type { AccountValues } from './state/state.ts'
export { State } from './state/state.ts'
export type { WitnessOptions, WitnessReport } from './state/witness.ts'
export { WitnessSource, witnessSource } from './state/witness.ts'
export type { CallFrame, CallTreeOptions } from './trace/call-tree.ts'
export { CallTreeTracer } from './trace/call-tree.ts'
export type { Eip3155Options } from './trace/eip3155.ts'
export { Eip3155Tracer } from './trace/eip3155.ts'
export type { Prestate, PrestateAccount, PrestateOptions } from './trace/prestate.ts'
export { PrestateTracer } from './trace/prestate.ts'
export type { Step } from './trace/step.ts'
export type { StructLogOptions } from './trace/struct-log.ts'
export { StructLogTracer } from './trace/struct-log.ts'
export type * from './trace/tracer.ts'
export type { TxOptions, TxResult } from './tx.ts'
export * from './types.ts'

const DEFAULT_MEMORY = 2 ** 30
const MAX_THREADS = 64

/** Options of `createWeft`. */
export interface WeftOptions {
  /** The core: a URL, bytes, a response or a compiled module. Default: the packaged build, with SIMD where there is SIMD. */
  wasm?: WasmSource
  /** Threads that run the transactions of a block, this one among them: 1 (default) to 64. More than 1 needs shared memory. */
  threads?: number
  /** The threads build of the core. Default: the packaged one, where there is more than one thread. */
  threadsWasm?: WasmSource
  /** Learns from the blocks that run in parallel what their contracts access, for the ones after. Results do not depend on it. Default: true. */
  learn?: boolean
  /** Bytes of memory that the threads may share at most. Default: 1 GiB. */
  maximumMemory?: number
  /**
   * Where the large batches of hashes of blocks are made: roots, keys, predictions. Default: 'auto', the core, and a GPU where there
   * is one and so much to hash that it pays. Another choice is never replaced: where it cannot be had, or fails, it is a GpuError.
   */
  hash?: HashOption
  /** Precompiled contracts of one's own, beside those of the fork or in their place. */
  precompiles?: readonly Precompile[]
}

/** An engine. Calls on it queue: each has the core for itself. */
export interface Weft {
  /** Executes a block; throws InvalidBlockError when it is invalid. */
  replayBlock(block: Block, options: ReplayOptions): Promise<ReplayOutcome>
  /** Executes a signed transaction, bytes or hex; throws InvalidTransactionError when it is invalid. */
  runTx(signed: Uint8Array | Hex, options: TxOptions): Promise<TxResult>
  /** Executes one message, without a transaction around it. */
  call(options: CallOptions): Promise<CallResult>
  /** Executes unsigned transactions one after the other, as eth_simulateV1: nothing is checked or paid. */
  simulate(options: SimulateOptions): Promise<Simulation>
  /** The least gas limit with which an unsigned transaction succeeds. Throws an ExecutionError where it does not. */
  estimateGas(request: TxRequest, options: SimulationOptions): Promise<bigint>
  /** What an unsigned transaction accesses. Throws an ExecutionError where it does not succeed. */
  createAccessList(request: TxRequest, options: SimulationOptions): Promise<AccessListResult>
  /**
   * Proves an account and slots of it by the tries of a state that is whole: a `State` or a source that lists all it has. Throws an InputError
   * for another.
   */
  getProof(address: Address, keys: readonly bigint[], source: Source): Promise<AccountProof>
  /**
   * The same at once. Throw a MissingStateError where the source would have to be waited for, a CryptoNotLoadedError where a
   * library is needed that `load` has not loaded, an InputError while another call is running. A block runs on one thread and is hashed in
   * WASM: an InputError where the engine has more threads, or is to hash on a GPU.
   */
  replayBlockSync(block: Block, options: ReplayOptions): ReplayOutcome
  runTxSync(signed: Uint8Array | Hex, options: TxOptions): TxResult
  callSync(options: CallOptions): CallResult
  simulateSync(options: SimulateOptions): Simulation
  estimateGasSync(request: TxRequest, options: SimulationOptions): bigint
  createAccessListSync(request: TxRequest, options: SimulationOptions): AccessListResult
  /** Loads libraries that synchronous calls may need: signatures (default), curves of precompiles. */
  load(...groups: CryptoGroup[]): Promise<void>
  /** Ends the threads when all calls made so far are done. Later calls fail. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Makes an engine. The core is compiled here, so that a runtime without it fails now (LoadError), not in the first call. */
export async function createWeft(options: WeftOptions = {}): Promise<Weft> {
  const engine = await createEngine(options)
  await engine.ready()
  return {
    replayBlock: (block, replay) => replayBlock(engine, block, replay),
    runTx: async (signed, tx) => run(engine, transactionRun(signed, tx)),
    call: async message => {
      const made = messageRun(message)
      // Not a turn later where there is nothing to wait for: from now on a synchronous call is refused.
      return run(engine, made instanceof Promise ? await made : made)
    },
    simulate: simulation => simulate(engine, simulation),
    estimateGas: (request, simulation) => estimateGas(engine, request, simulation),
    createAccessList: (request, simulation) => createAccessList(engine, request, simulation),
    getProof: (address, keys, source) => proofOf(engine.module, source, address, keys),
    replayBlockSync: (block, replay) => replayBlockSync(engine, block, replay),
    runTxSync: (signed, tx) => runSync(engine, transactionRun(signed, tx)),
    callSync: message => runSync(engine, messageRunAtOnce(message)),
    simulateSync: simulation => simulateSync(engine, simulation),
    estimateGasSync: (request, simulation) => estimateGasSync(engine, request, simulation),
    createAccessListSync: (request, simulation) => createAccessListSync(engine, request, simulation),
    load: (...groups) => load(engine, groups),
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  }
}

async function load(engine: Engine, groups: readonly CryptoGroup[]): Promise<void> {
  for (const group of groups.length > 0 ? groups : (['secp256k1'] as const)) await engine.crypto.load(group)
}

/** The engine below the public API, for the state-test runner. `settings`: of hashing, for tests and benchmarks. */
export async function createEngine(options: WeftOptions = {}, settings: HashingSettings = {}): Promise<Engine> {
  const { threads = 1, learn = true, maximumMemory = DEFAULT_MEMORY, hash = 'auto' } = options
  checkHashOption(hash)
  const precompiles = new Precompiles(options.precompiles ?? [])
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new InputError({ field: 'threads', expected: `a number 1..${MAX_THREADS}`, found: describe(threads) })
  }
  const isThreaded = options.threadsWasm !== undefined || threads > 1
  const module = await (isThreaded ? compileThreads(options.threadsWasm) : compileCore(options.wasm))
  const make = async (): Promise<Machine> => {
    if (isThreaded) return threadedMachine(module, { threads, maximum: maximumMemory, learn })
    return { core: await instantiateCore(module) }
  }
  const crypto = new Crypto({ keccak: () => instantiateKeccak(module) })
  const engine = new Engine(make, crypto, { hash, module, settings }, precompiles)
  // As with the core: what cannot be had is told now.
  if (hash === 'webgpu') await engine.hashing()
  return engine
}
