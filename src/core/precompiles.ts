// Precompiled contracts of the host's own: functions at addresses, the state that they are shown, and what they answer, which is checked
// here, since it comes from outside. The drive loop calls them.

import { PRECOMPILE_FAILURE, REVERT, SUCCESS } from '../abi.ts'
import { describe, InputError, PrecompileError } from '../errors.ts'
import { isHexOf } from '../input/hex.ts'
import { MAX_PRECOMPILE_OUTPUT, MAX_PRECOMPILES } from '../limits.ts'
import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  type Hex,
  type MaybePromise,
  type Precompile,
  type PrecompileCall,
  type PrecompileResult,
  type PrecompileState,
} from '../types.ts'
import { unlessAborted } from './abort.ts'
import type { Core } from './core.ts'
import type { CustomAnswer, CustomChange } from './custom-call.ts'

const NOTHING = new Uint8Array(0)
const WORD = 1n << 256n
const STATUSES = { success: SUCCESS, revert: REVERT, halt: PRECOMPILE_FAILURE } as const

/** The contracts of an engine, by address. */
export class Precompiles {
  readonly addresses: readonly Address[]
  readonly #contracts: ReadonlyMap<Address, Precompile>

  /** Throws an InputError for a list that is not in order. */
  constructor(contracts: readonly Precompile[]) {
    if (contracts.length > MAX_PRECOMPILES) {
      const expected = `at most ${MAX_PRECOMPILES} (MAX_PRECOMPILES)`
      throw new InputError({ field: 'precompiles', expected, found: `${contracts.length}` })
    }
    const byAddress = new Map<Address, Precompile>()
    for (const [i, contract] of contracts.entries()) {
      const field = `precompiles[${i}]`
      const address = addressOf(contract.address, `${field}.address`)
      if (typeof contract.run !== 'function') {
        throw new InputError({ field: `${field}.run`, expected: 'a function', found: describe(contract.run) })
      }
      if (byAddress.has(address)) {
        throw new InputError({ field: `${field}.address`, expected: 'one contract per address', found: address })
      }
      byAddress.set(address, contract)
    }
    this.#contracts = byAddress
    this.addresses = [...byAddress.keys()]
  }

  /**
   * The answer to a call; undefined: state has to be fetched first, and the call will be asked again. A PrecompileError: the function
   * threw, answered what is no result, or in a call that `isSync` with a promise. The signal gives up waiting for it.
   */
  answer(
    core: Core,
    call: PrecompileCall,
    { isSync = false, signal }: { isSync?: boolean | undefined; signal?: AbortSignal | undefined } = {},
  ): MaybePromise<CustomAnswer | undefined> {
    const contract = this.#contracts.get(call.address)
    if (!contract) throw new PrecompileError(call.address, 'is not one of this engine')
    const view = new CallView(core, call)
    const fail = (cause: unknown): undefined => {
      if (view.close().isLacking) return undefined
      throw new PrecompileError(call.address, 'threw an error', { name: contract.name, cause })
    }
    const finish = (result: PrecompileResult): CustomAnswer | undefined => {
      const { isLacking, changes } = view.close()
      return isLacking ? undefined : answerOf(result, contract, call, changes)
    }
    let result: MaybePromise<PrecompileResult>
    try {
      result = contract.run(call, view)
    } catch (cause) {
      return fail(cause)
    }
    if (!isThenable(result)) return finish(result)
    // A function that goes on after that must not see the state of another run.
    if (!isSync) return unlessAborted(Promise.resolve(result).then(finish, fail), signal, () => void view.close())
    result.then(undefined, () => {})
    view.close()
    throw new PrecompileError(call.address, 'answered with a promise in a synchronous call', {
      name: contract.name,
      code: 'PRECOMPILE_ASYNC',
    })
  }
}

function isThenable(value: unknown): value is Promise<PrecompileResult> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** The answer in the core's numbers. Throws a PrecompileError for what is no result. */
function answerOf(
  result: PrecompileResult,
  { name }: Precompile,
  { address }: PrecompileCall,
  changes: readonly CustomChange[],
): CustomAnswer {
  const refuse = (field: string, expected: string, found: unknown): never => {
    const cause = new InputError({ field, expected, found: describe(found) })
    throw new PrecompileError(address, 'answered what is no result', { name, cause })
  }
  if (typeof result !== 'object' || result === null) return refuse('result', 'an object', result)
  const { status = 'success', output = NOTHING, gasUsed = status === 'halt' ? 0n : undefined } = result
  if (!Object.hasOwn(STATUSES, status)) return refuse('status', 'success, revert or halt', status)
  if (typeof gasUsed !== 'bigint' || gasUsed < 0n || gasUsed >= 1n << 64n) {
    return refuse('gasUsed', 'a bigint from 0 to 2^64-1', gasUsed)
  }
  if (!(output instanceof Uint8Array)) return refuse('output', 'a Uint8Array', output)
  if (output.length > MAX_PRECOMPILE_OUTPUT) {
    const expected = `at most ${MAX_PRECOMPILE_OUTPUT} bytes (MAX_PRECOMPILE_OUTPUT)`
    return refuse('output', expected, `${output.length}`)
  }
  const isSuccess = status === 'success'
  return {
    status: STATUSES[status],
    gasUsed,
    output: status === 'halt' ? NOTHING : output,
    changes: isSuccess ? changes : [],
  }
}

/** Thrown where state has to be fetched before the function can go on. */
class StateLacking extends Error {
  constructor() {
    super('the state is not there yet: the function is called again when it is')
    this.name = 'StateLacking'
  }
}

/** The state as one call sees it. */
class CallView implements PrecompileState {
  readonly #call: PrecompileCall
  readonly #changes: CustomChange[] = []
  readonly #slots = new Map<string, bigint>()
  readonly #balances = new Map<Address, bigint>()
  /** Undefined when the call is over. */
  #core: Core | undefined
  #isLacking = false

  constructor(core: Core, call: PrecompileCall) {
    this.#core = core
    this.#call = call
  }

  /** The call is over. What it changed, and whether it needed what was not there. */
  close(): { isLacking: boolean; changes: readonly CustomChange[] } {
    this.#core = undefined
    return { isLacking: this.#isLacking, changes: this.#changes }
  }

  account(address: Address): Account | null {
    const at = addressOf(address, 'address')
    const account = this.#known(this.#open().stateAccount(at))
    const balance = this.#balances.get(at)
    if (balance === undefined || (balance === 0n && !account)) return account
    return { nonce: 0n, codeHash: EMPTY_CODE_HASH, ...account, balance }
  }

  storage(address: Address, key: bigint): bigint {
    const [at, slot] = [addressOf(address, 'address'), wordOf(key, 'key')]
    const core = this.#open()
    return this.#slots.get(`${at} ${slot}`) ?? this.#known(core.stateSlot(at, slot))
  }

  setStorage(address: Address, key: bigint, value: bigint): void {
    const change = { address: addressOf(address, 'address'), key: wordOf(key, 'key'), value: wordOf(value, 'value') }
    this.#open()
    this.#slots.set(`${change.address} ${change.key}`, change.value)
    this.#changes.push({ kind: 'storage', ...change })
  }

  setBalance(address: Address, balance: bigint): void {
    const change = { address: addressOf(address, 'address'), balance: wordOf(balance, 'balance') }
    this.#open()
    this.#balances.set(change.address, balance)
    this.#changes.push({ kind: 'balance', ...change })
  }

  log({ address = this.#call.self, topics, data = NOTHING }: Parameters<PrecompileState['log']>[0]): void {
    if (!Array.isArray(topics) || topics.length > 4) {
      throw new InputError({ field: 'topics', expected: 'at most 4 words', found: describe(topics) })
    }
    const wrong = topics.findIndex(topic => typeof topic !== 'string' || !isHexOf(topic, 32))
    if (wrong >= 0) {
      throw new InputError({
        field: `topics[${wrong}]`,
        expected: '32 bytes as 0x hex',
        found: describe(topics[wrong]),
      })
    }
    if (!(data instanceof Uint8Array) || data.length > MAX_PRECOMPILE_OUTPUT) {
      const expected = `a Uint8Array of at most ${MAX_PRECOMPILE_OUTPUT} bytes (MAX_PRECOMPILE_OUTPUT)`
      throw new InputError({ field: 'data', expected, found: describe(data) })
    }
    this.#open()
    this.#changes.push({
      kind: 'log',
      address: addressOf(address, 'address'),
      topics: [...(topics as Hex[])],
      data: data.slice(),
    })
  }

  #open(): Core {
    if (this.#core) return this.#core
    throw new InputError({ field: 'state', expected: 'to be used during its call', found: 'one that is over' })
  }

  #known<T>(answer: T | undefined): T {
    if (answer !== undefined) return answer
    this.#isLacking = true
    throw new StateLacking()
  }
}

function addressOf(value: unknown, field: string): Address {
  if (typeof value === 'string' && isHexOf(value, 20)) return value.toLowerCase() as Address
  throw new InputError({ field, expected: '20 bytes as 0x hex', found: describe(value) })
}

function wordOf(value: unknown, field: string): bigint {
  if (typeof value === 'bigint' && value >= 0n && value < WORD) return value
  throw new InputError({ field, expected: 'a bigint from 0 to 2^256-1', found: describe(value) })
}
