// An EIP-1193 provider over an engine: what wallets and client libraries talk to, without a node and without a network.

import { LONDON } from '../abi.ts'
import type { Chain as ChainRuleset } from '../chain/chain.ts'
import { createEnv } from '../chain/env.ts'
import { forkByName } from '../chain/forks.ts'
import { INITIAL_BASE_FEE } from '../chain/header.ts'
import { InputError, InvalidTransactionError } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import { ExecutionError } from '../simulate/simulate.ts'
import { State } from '../state/state.ts'
import type { Address, BlockEnv } from '../types.ts'
import { Chain, type ChainEngine, type ChainSettings } from './chain.ts'
import { ProviderError } from './error.ts'
import type { Tell } from './filters.ts'
import { METHODS } from './methods.ts'
import { Params } from './read.ts'
import { TEST_ACCOUNTS, Wallet } from './wallet.ts'

const ETHER = 10n ** 18n

/** Options of `createProvider`. */
export interface ProviderOptions {
  /** What the chain begins with, for instance `new State(await rpcSource(url))`. Default: the ten accounts with 10,000 ether each. */
  state?: State
  /** The block that the state is after. Default: block 0 of chain 31337, with the newest rules; of `chain`, where there is one. */
  env?: BlockEnv
  /** Which forks its blocks have. Default: that of `env`, for ever. */
  chain?: ChainRuleset
  /** Accounts that transactions may come from unsigned. Default: the ten accounts that Anvil and Hardhat have. */
  accounts?: readonly Address[]
}

/** An EIP-1193 provider. */
export interface Provider {
  /** Answers a call of JSON-RPC. Throws a ProviderError. */
  request(call: { method: string; params?: unknown }): Promise<unknown>
  /** Calls the listener with each message of a subscription (eth_subscribe), as the event 'message'. There are no other events. */
  on(event: string, listener: (...values: unknown[]) => void): this
  removeListener(event: string, listener: (...values: unknown[]) => void): this
  /** Ends mining by a clock and subscriptions when all calls made so far are done; later calls fail (4900). The engine stays open. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A chain of one's own behind the interface of a node: for viem's and ethers' clients, with the methods that tests use. */
export async function createProvider(engine: ChainEngine, options: ProviderOptions = {}): Promise<Provider> {
  const { accounts = TEST_ACCOUNTS, chain: rules } = options
  const env = options.env ?? genesisOf(rules)
  if (rules && rules.chainId !== env.chainId) {
    throw new InputError({ field: 'env.chainId', expected: `${rules.chainId}, of the chain`, found: `${env.chainId}` })
  }
  const state = options.state ?? new State()
  const funds = options.state ? undefined : 10_000n * ETHER
  if (funds !== undefined) for (const address of accounts) await state.set(address, { balance: funds })
  const wallet = new Wallet(accounts)
  return new ChainProvider(
    (queue, tell) => new Chain(engine, state, env, { accounts, wallet, rules, funds, queue, tell }),
  )
}

type Listener = (...values: unknown[]) => void

/** A chain that answers calls one after the other: each sees all that was sent before it. */
class ChainProvider implements Provider {
  readonly #chain: Chain
  readonly #listeners = new Set<Listener>()
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(make: (queue: ChainSettings['queue'], tell: Tell) => Chain) {
    this.#chain = make(
      work => this.#queue(work),
      message => {
        // A turn later, so that what a listener throws does not reach the call that it is told of.
        for (const listener of this.#listeners) queueMicrotask(() => listener(message))
      },
    )
  }

  request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
    return this.#queue(() => {
      if (this.#isClosed) throw new ProviderError(4900, 'the provider is closed')
      return answerTo(this.#chain, method, params)
    })
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(work)
    this.#last = answer.catch(() => {})
    return answer
  }

  on(event: string, listener: Listener): this {
    if (event === 'message') this.#listeners.add(listener)
    return this
  }

  removeListener(event: string, listener: Listener): this {
    if (event === 'message') this.#listeners.delete(listener)
    return this
  }

  async close(): Promise<void> {
    await this.#queue(async () => {
      this.#isClosed = true
      this.#chain.clock.every(undefined)
      this.#listeners.clear()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Block 0. */
function genesisOf(chain: ChainRuleset | undefined): BlockEnv {
  const fields = { number: 0n, gasLimit: 60_000_000n }
  if (!chain) return createEnv('osaka', { ...fields, chainId: 31337n, baseFee: INITIAL_BASE_FEE })
  const env = createEnv(chain, { ...fields, timestamp: 0n })
  return forkByName(env.fork).rules >= LONDON ? { ...env, baseFee: INITIAL_BASE_FEE } : env
}

async function answerTo(chain: Chain, method: string, params: unknown): Promise<unknown> {
  const answer = METHODS.get(method)
  if (!answer) throw new ProviderError(-32601, `there is no method ${method}`)
  try {
    return (await answer(chain, new Params(method, params))) ?? null
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause
    if (cause instanceof ExecutionError) {
      const isRevert = cause.outcome.status === 'revert'
      const sentence = isRevert ? 'execution reverted' : cause.shortMessage
      throw new ProviderError(isRevert ? 3 : -32000, sentence, { data: hexOf(cause.outcome.output), cause })
    }
    if (cause instanceof InvalidTransactionError) throw new ProviderError(-32003, cause.shortMessage, { cause })
    if (cause instanceof InputError) throw new ProviderError(-32602, cause.shortMessage, { cause })
    throw new ProviderError(-32603, cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
