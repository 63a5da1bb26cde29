// EVMInterface of @ethereumjs/evm over a Weft core. A message and all the messages in it run in the core; the core's questions are
// answered by the state manager, and what the message changed is put there when it is done.

import type { Common, StateManagerInterface } from '@ethereumjs/common'
import {
  type CustomPrecompile,
  type EVMInterface,
  type EVMMockBlockchainInterface,
  type EVMResult,
  type EVMRunCallOpts,
  type EVMRunCodeOpts,
  type ExecResult,
  getActivePrecompiles,
  paramsEVM,
} from '@ethereumjs/evm'
import { Account, Address, bigIntToBytes, createZeroAddress, generateAddress } from '@ethereumjs/util'
import type { Core, Message } from '../core/core.ts'
import type { MessageEnd } from '../core/message-end.ts'
import type { Engine } from '../engine.ts'
import { describe, InputError } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import type { Hex } from '../types.ts'
import { exceptionOf } from './failure.ts'
import { WeftJournal } from './journal.ts'
import { applyEnd, StateManagerSource } from './state.ts'
import { envOf, forkOf, type MessageBlock } from './surroundings.ts'

/** What EthereumJS takes where no gas limit is given. */
const DEFAULT_GAS = 0xffffffn
const GAS_END = 2n ** 63n
const NOTHING = new Uint8Array()

/** What a `WeftEVM` is made of; see `WeftEVMOptions`. */
export interface WeftEVMParts {
  common: Common
  stateManager: StateManagerInterface
  blockchain: EVMMockBlockchainInterface
  cliqueSigner?: (header: MessageBlock['header']) => { toString(): `0x${string}` }
  /** Those that the engine has. */
  customPrecompiles?: CustomPrecompile[]
}

/**
 * An EVM for the VM of EthereumJS, made by `createWeftEVM`. Gas, refunds, logs, return values, state and the sets of created and
 * destroyed accounts are those of EthereumJS. What is different, or not there:
 *
 * - A message is a transaction of its own: original values of slots (EIP-2200), transient storage and what it made warm end with it.
 *   `runTx` and system calls are so anyway. The plain EVM keeps them over several `runCall` until the journal is cleaned.
 * - There are no events (`beforeMessage`, `afterMessage`, `newContract`, `step`) and no `runState` in results: the interpreter is not
 *   in JavaScript. Weft's own tracers see every step (`createWeft().call`).
 * - `runCall` and `runCode` refuse, with an InputError, `message`, `depth`, `isCompiled`, `salt`, `pc`, `accessWitness` and gas from 2^63 on.
 * - Custom opcodes and parameters, precompiles that are taken away, unlimited code sizes, EIPs beside a hardfork, and Amsterdam are not supported.
 * - `selfdestruct` of a result names the accounts that go, each mapped to itself: the beneficiary is not told. From Cancun on it
 *   names only those that do go (EIP-6780).
 * - What a failed `runCode` wrote is undone; the plain EVM leaves that to its caller.
 * - `exceptionError` has the name that EthereumJS has for the EVMC status, without the place that it adds to some: a failed
 *   precompiled contract and a creation at an address that is taken say `out of gas` and `invalid opcode`. A creation on Frontier that
 *   cannot pay for its code is a success without code.
 * - `VM.shallowCopy()` gives the copy a plain EVM, as it does with every EVM that is not its own.
 */
export class WeftEVM implements EVMInterface {
  readonly common: Common
  readonly stateManager: StateManagerInterface
  readonly blockchain: EVMMockBlockchainInterface
  readonly journal: WeftJournal
  /** Always 0: state gas is Amsterdam's (EIP-8037). */
  stateGasReservoir = 0n
  /** Always 0, as above. */
  executionStateGasUsed = 0n
  readonly #engine: Engine
  readonly #cliqueSigner: WeftEVMParts['cliqueSigner']
  #precompiles: EVMInterface['precompiles']

  /** Use `createWeftEVM`. */
  constructor(
    engine: Engine,
    { common, stateManager, blockchain, cliqueSigner, customPrecompiles = [] }: WeftEVMParts,
  ) {
    forkOf(common)
    this.#engine = engine
    this.#cliqueSigner = cliqueSigner
    this.common = common
    this.stateManager = stateManager
    this.blockchain = blockchain
    this.journal = new WeftJournal(stateManager, common)
    // The VM asks the Common for parameters that the EVM of EthereumJS puts there.
    common.updateParams(paramsEVM)
    this.#precompiles = getActivePrecompiles(common, customPrecompiles)
    common.events.on('hardforkChanged', () => {
      this.#precompiles = getActivePrecompiles(common, customPrecompiles)
    })
  }

  /** Precompiled contracts in force, for who warms or lists them: the core has its own. */
  get precompiles(): EVMInterface['precompiles'] {
    return this.#precompiles
  }

  /** The function EthereumJS has for a precompiled contract; undefined where there is none. */
  getPrecompile(address: Address | `0x${string}`): ReturnType<NonNullable<EVMInterface['getPrecompile']>> {
    return this.#precompiles.get(address.toString().slice(2).padStart(40, '0').toLowerCase())
  }

  /** Executes a message with all that it calls. A revert or another failure is a result with `exceptionError`. */
  async runCall(opts: EVMRunCallOpts): Promise<EVMResult> {
    refuseUnknown(opts)
    const { caller = createZeroAddress(), to, value = 0n } = opts
    if (value < 0n) throw new InputError({ field: 'value', expected: '0 or more wei', found: describe(value) })
    await this.#prepareCaller(caller, opts)
    const { end, source } = await this.#execute(opts, {
      to: to?.toString(),
      input: opts.data ?? NOTHING,
      code: to && opts.code,
      valueStays: to !== undefined && opts.delegatecall === true,
    })
    const execResult = this.#resultOf(end, opts.gasLimit)
    if (to) return { execResult }
    const nonce = source.accounts.get(caller.toString())?.nonce ?? 0n
    const created = nonce > 0n ? generateAddress(caller.bytes, bigIntToBytes(nonce - 1n)) : undefined
    return { execResult, ...(created && { createdAddress: new Address(created) }) }
  }

  /** Executes code at the address `to` (default: zero), without moving the value or counting a nonce. */
  async runCode(opts: EVMRunCodeOpts): Promise<ExecResult> {
    refuseUnknown(opts)
    const { to = createZeroAddress(), code = NOTHING, data: input = NOTHING } = opts
    const { end } = await this.#execute(opts, { to: to.toString(), input, code, valueStays: true })
    return this.#resultOf(end, opts.gasLimit)
  }

  /** The nonce counts, and stays counted where the message fails; with `skipBalance`, the value is there. */
  async #prepareCaller(
    caller: Address,
    { value = 0n, skipBalance, skipNonceIncrement }: EVMRunCallOpts,
  ): Promise<void> {
    if (skipBalance !== true && skipNonceIncrement === true) return
    const account = (await this.stateManager.getAccount(caller)) ?? new Account()
    if (skipBalance === true && account.balance < value) account.balance = value
    if (skipNonceIncrement !== true) account.nonce++
    await this.journal.putAccount(caller, account)
  }

  /** Runs a message on the core and puts what it changed into the state manager. */
  async #execute(
    opts: EVMRunCallOpts & EVMRunCodeOpts,
    parts: Pick<Message, 'to' | 'input' | 'code' | 'valueStays'>,
  ): Promise<{ end: MessageEnd; source: StateManagerSource }> {
    const { caller = createZeroAddress(), gasLimit = DEFAULT_GAS, value = 0n, isStatic = false } = opts
    const message: Message = {
      ...parts,
      from: caller.toString(),
      value,
      gas: gasLimit,
      isStatic,
      inTx: {
        origin: (opts.origin ?? caller).toString(),
        gasPrice: opts.gasPrice ?? 0n,
        warm: [...this.#warm()],
        blobHashes: opts.blobVersionedHashes ?? [],
      },
    }
    const env = envOf(this.common, opts.block, this.#sealer(opts.block))
    const source = new StateManagerSource(this.stateManager, this.blockchain)
    const done = await this.#engine.alone(async core => {
      core.reset(env.fork)
      core.setPrecompiles(this.#engine.precompiles.addresses)
      core.setBlock(env, false, true)
      core.beginCall(message)
      await this.#engine.drive(core, source)
      const end = core.messageEnd()
      return { end, codes: newCodes(core, end) }
    })
    await this.#apply(done.end, source, done.codes)
    return { end: done.end, source }
  }

  async #apply(end: MessageEnd, source: StateManagerSource, codes: ReadonlyMap<Hex, Uint8Array>): Promise<void> {
    for (const { address } of end.accounts) this.journal.noteAccess(address)
    for (const { address, key } of end.slots) this.journal.noteAccess(address, hexOf(key))
    await this.journal.checkpoint()
    try {
      await applyEnd(this.journal, this.stateManager, end, source.accounts, codes)
    } catch (error) {
      await this.journal.revert()
      throw error
    }
    await this.journal.commit()
  }

  #resultOf(end: MessageEnd, gasLimit: bigint = DEFAULT_GAS): ExecResult {
    const exceptionError = exceptionOf(end.status)
    const destroyed = end.accounts.filter(used => used.destroyed)
    // As there, only where it decides what SELFDESTRUCT takes (EIP-6780).
    const created = this.common.isActivatedEIP(6780) ? end.accounts.filter(used => used.created) : []
    return {
      executionGasUsed: end.gasUsed,
      gas: gasLimit - end.gasUsed,
      returnValue: end.output,
      logs: end.logs,
      gasRefund: exceptionError ? 0n : end.refund,
      selfdestruct: new Map(destroyed.map(({ address }) => [address, address])),
      createdAddresses: new Set(created.map(({ address }) => address)),
      ...(exceptionError && { exceptionError }),
    }
  }

  /** What the VM has warmed, without precompiled contracts, which always are. */
  *#warm(): Generator<{ address: Hex; key?: Hex }> {
    for (const [digits, slots] of this.journal.warm) {
      const address: Hex = `0x${digits}`
      if (slots.size === 0 && !this.#precompiles.has(digits)) yield { address }
      for (const slot of slots) yield { address, key: `0x${slot}` }
    }
  }

  /** Who sealed the block on a chain with Clique, which has no beneficiary. */
  #sealer(block: MessageBlock | undefined): Hex | undefined {
    if (!block || this.common.consensusAlgorithm() !== 'clique') return
    if (this.#cliqueSigner) return this.#cliqueSigner(block.header).toString()
    throw new InputError({ field: 'cliqueSigner', expected: 'a function, on a chain with Clique', found: 'none' })
  }
}

/** Codes that the message deployed, by hash. */
function newCodes(core: Core, { accounts }: MessageEnd): ReadonlyMap<Hex, Uint8Array> {
  const codes = new Map<Hex, Uint8Array>()
  if (!accounts.some(({ newCodeHash }) => newCodeHash !== undefined)) return codes
  core.commit()
  for (const { codeHash, code } of core.diff()) if (code) codes.set(codeHash, code)
  return codes
}

/** Options that would change what a message does, and that the core cannot do. */
function refuseUnknown(opts: EVMRunCallOpts & EVMRunCodeOpts): void {
  const refused = {
    message: opts.message !== undefined,
    depth: (opts.depth ?? 0) !== 0,
    isCompiled: opts.isCompiled === true,
    salt: opts.salt !== undefined,
    pc: (opts.pc ?? 0) !== 0,
    accessWitness: opts.accessWitness !== undefined,
  }
  for (const [field, isThere] of Object.entries(refused)) {
    if (isThere) throw new InputError({ field, expected: 'none: Weft begins a message itself', found: 'one' })
  }
  const { gasLimit = DEFAULT_GAS } = opts
  if (gasLimit < 0n || gasLimit >= GAS_END) {
    throw new InputError({ field: 'gasLimit', expected: '0 to 2^63-1', found: describe(gasLimit) })
  }
}
