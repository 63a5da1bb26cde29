// weft-evm/ethereumjs: Weft as the EVM of @ethereumjs/vm 10. `createVM({ evm, ... })` with the object that `createWeftEVM` makes executes
// every message on the WASM core; transactions, fees, receipts, blocks and state stay with EthereumJS.

import type { Common, StateManagerInterface } from '@ethereumjs/common'
import { type CustomPrecompile, EVMMockBlockchain, type EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { createEngine, type WasmSource } from '../index.ts'
import { WeftEVM } from './evm.ts'
import { ownPrecompiles } from './precompiles.ts'
import type { MessageBlock } from './surroundings.ts'

export { WeftEVM } from './evm.ts'
export type { WeftJournal } from './journal.ts'
export type { MessageBlock } from './surroundings.ts'

/** Options of `createWeftEVM`. */
export interface WeftEVMOptions {
  /** Rules and chain: the same object that the VM gets. Hardforks from chainstart to osaka and bpo5, without further EIPs. */
  common: Common
  /** The state: the same object that the VM gets. */
  stateManager: StateManagerInterface
  /** Asked by BLOCKHASH. Default: the mock chain of @ethereumjs/evm, whose blocks all have one hash. */
  blockchain?: EVMMockBlockchainInterface
  /** Who sealed a header: needed for COINBASE on chains with Clique. */
  cliqueSigner?: (header: MessageBlock['header']) => { toString(): `0x${string}` }
  /**
   * Precompiled contracts beside those of the hardfork, or in their place. What one would read or change through `_EVM` is not the state of the
   * message under way; any `exceptionError` but a revert takes all gas.
   */
  customPrecompiles?: CustomPrecompile[]
  /** The core: a URL, bytes, a response or a compiled module. Default: the packaged build. */
  wasm?: WasmSource
}

/**
 * Makes an EVM for `createVM({ common, stateManager, evm })`. Throws a LoadError where the core cannot be had, and an InputError for
 * rules that Weft does not have. What it does not do is listed at `WeftEVM`.
 */
export async function createWeftEVM(options: WeftEVMOptions): Promise<WeftEVM> {
  const { blockchain = new EVMMockBlockchain(), wasm, customPrecompiles = [] } = options
  let evm: WeftEVM
  const precompiles = ownPrecompiles(customPrecompiles, () => evm)
  const engine = await createEngine({ hash: 'wasm', precompiles, ...(wasm !== undefined && { wasm }) })
  evm = new WeftEVM(engine, { ...options, blockchain, customPrecompiles })
  return evm
}
