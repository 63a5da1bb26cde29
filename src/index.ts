// The public API of Weft: createWeft() and the names that go with it.

import { type ReplayOptions, type ReplayOutcome, replayBlock } from './block.ts'
import { type CallOptions, call } from './call.ts'
import { compileCore, compileThreads, instantiateCore, type WasmSource } from './core/load.ts'
import { Crypto } from './crypto/crypto.ts'
import { Engine, type Machine, threadedMachine } from './engine.ts'
import { describe, InputError } from './errors.ts'
import { checkHashOption, type HashOption } from './gpu/batch.ts'
import type { HashingSettings } from './gpu/hashing.ts'
import { runTx, type TxOptions } from './tx.ts'
import type { Block, StateDiff, TxOutcome } from './types.ts'

export type { AccessHint } from './abi.ts'
export type { DispatchOption, ReplayOptions, ReplayOutcome } from './block.ts'
export type { CallOptions } from './call.ts'
export type { Check, Checks } from './chain/checks.ts'
export { checkOutcome } from './chain/checks.ts'
export { createEnv } from './chain/env.ts'
export type { WasmSource } from './core/load.ts'
export { hasThreads } from './core/load.ts'
export * from './errors.ts'
export type * from './gpu/batch.ts'
export type { HashMetrics, HashPurpose, HashWork } from './gpu/hashing.ts'
export type { BlockFile, BlockFileOptions } from './input/block-file.ts'
export { codeLookup, readBlockFile } from './input/block-file.ts'
export { decodeJson } from './input/json.ts'
export { readWitness } from './input/witness.ts'
export type { ConflictGraph, ConflictObject, Predecessors } from './schedule/graph.ts'
export { predecessorsOf } from './schedule/graph.ts'
export type { CriticalPath, HotObject } from './schedule/levels.ts'
export { batchesOf, criticalPathOf, hottestObjects, levelsOf } from './schedule/levels.ts'
export type * from './schedule/metrics.ts'
export type { ObservedAccess } from './schedule/observe.ts'
export type { ParallelReport } from './schedule/outcome.ts'
export type { Span } from './schedule/simulate.ts'
export { MemorySource } from './state/memory.ts'
export { Changes, OverlaySource } from './state/overlay.ts'
export type { RpcSourceOptions } from './state/rpc.ts'
export { RpcSource, rpcSource } from './state/rpc.ts'
export type { RpcBlock } from './state/rpc-block.ts'
export { rpcBlock } from './state/rpc-block.ts'
export type { RpcClientOptions, RpcErrorCode, RpcMetrics } from './state/rpc-client.ts'
export type { RpcBlockName } from './state/rpc-place.ts'
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
export type { TxOptions } from './tx.ts'
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
}

/** An engine. Calls on it queue: each has the core for itself. */
export interface Weft {
  /** Executes a block; throws InvalidBlockError when it is invalid. */
  replayBlock(block: Block, options: ReplayOptions): Promise<ReplayOutcome>
  /** Executes a signed transaction; throws InvalidTransactionError when it is invalid. */
  runTx(signed: Uint8Array, options: TxOptions): Promise<TxOutcome & { diff: StateDiff }>
  /** Executes one message. */
  call(options: CallOptions): Promise<TxOutcome & { diff?: StateDiff }>
  /** Ends the threads when all calls made so far are done. Later calls fail. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Makes an engine. The core is compiled here, so that a runtime without it fails now (LoadError), not in the first call. */
export async function createWeft(options: WeftOptions = {}): Promise<Weft> {
  const engine = await createEngine(options)
  return {
    replayBlock: (block, replay) => replayBlock(engine, block, replay),
    runTx: (signed, tx) => runTx(engine, signed, tx),
    call: message => call(engine, message),
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  }
}

/** The engine below the public API, for the state-test runner. `settings`: of hashing, for tests and benchmarks. */
export async function createEngine(options: WeftOptions = {}, settings: HashingSettings = {}): Promise<Engine> {
  const { threads = 1, learn = true, maximumMemory = DEFAULT_MEMORY, hash = 'auto' } = options
  checkHashOption(hash)
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new InputError({ field: 'threads', expected: `a number 1..${MAX_THREADS}`, found: describe(threads) })
  }
  const isThreaded = options.threadsWasm !== undefined || threads > 1
  const module = await (isThreaded ? compileThreads(options.threadsWasm) : compileCore(options.wasm))
  const make = async (): Promise<Machine> => {
    if (isThreaded) return threadedMachine(module, { threads, maximum: maximumMemory, learn })
    return { core: await instantiateCore(module) }
  }
  const engine = new Engine(make, new Crypto(), { hash, module, settings })
  // As with the core: what cannot be had is told now.
  if (hash === 'webgpu') await engine.hashing()
  return engine
}
