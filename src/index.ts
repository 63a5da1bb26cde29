// The public API of Weft: createWeft() and the names that go with it.

import { type ReplayOptions, replayBlock } from './block.ts'
import { type CallOptions, call } from './call.ts'
import { compileCore, instantiateCore, type WasmSource } from './core/load.ts'
import { Crypto } from './crypto/crypto.ts'
import { Engine } from './engine.ts'
import { runTx, type TxOptions } from './tx.ts'
import type { Block, BlockOutcome, StateDiff, TxOutcome } from './types.ts'

export type { ReplayOptions } from './block.ts'
export type { CallOptions } from './call.ts'
export { createEnv } from './chain/env.ts'
export type { WasmSource } from './core/load.ts'
export * from './errors.ts'
export { MemorySource } from './state/memory.ts'
export { Changes, OverlaySource } from './state/overlay.ts'
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

/** Options of `createWeft`. */
export interface WeftOptions {
  /** The core: a URL, bytes, a response or a compiled module. Default: the packaged build, with SIMD where there is SIMD. */
  wasm?: WasmSource
}

/** An engine. Calls on it queue: each has the core for itself. */
export interface Weft {
  /** Executes a block; throws InvalidBlockError when it is invalid. */
  replayBlock(block: Block, options: ReplayOptions): Promise<BlockOutcome>
  /** Executes a signed transaction; throws InvalidTransactionError when it is invalid. */
  runTx(signed: Uint8Array, options: TxOptions): Promise<TxOutcome & { diff: StateDiff }>
  /** Executes one message. */
  call(options: CallOptions): Promise<TxOutcome & { diff?: StateDiff }>
}

/** Makes an engine. The core is compiled here, so that a runtime without it fails now (LoadError), not in the first call. */
export async function createWeft(options: WeftOptions = {}): Promise<Weft> {
  const engine = await createEngine(options)
  return {
    replayBlock: (block, replay) => replayBlock(engine, block, replay),
    runTx: (signed, tx) => runTx(engine, signed, tx),
    call: message => call(engine, message),
  }
}

/** The engine below the public API, for the state-test runner. */
export async function createEngine(options: WeftOptions = {}): Promise<Engine> {
  const module = await compileCore(options.wasm)
  return new Engine(() => instantiateCore(module), new Crypto())
}
