// An EIP-1193 provider over an engine: what wallets and client libraries talk to, without a node and without a network.

import { LONDON } from '../abi.ts'
import type { Chain } from '../chain/chain.ts'
import { createEnv } from '../chain/env.ts'
import { forkByName } from '../chain/forks.ts'
import { INITIAL_BASE_FEE } from '../chain/header.ts'
import { InputError, InvalidTransactionError, WeftError } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import { ExecutionError } from '../simulate/simulate.ts'
import { State } from '../state/state.ts'
import type { Address, BlockEnv, Hex } from '../types.ts'
import { type ChainEngine, Chain as OwnChain } from './chain.ts'
import { METHODS } from './methods.ts'
import { Params } from './read.ts'

/** The ten accounts that Anvil and Hardhat begin with; their keys are known to everybody. */
export const TEST_ACCOUNTS: readonly Address[] = [
  '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
  '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc',
  '0x90f79bf6eb2c4f870365e785982e1f101e93b906',
  '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65',
  '0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc',
  '0x976ea74026e726554db657fa54763abd0c3a0aa9',
  '0x14dc79964da2c08b23698b3d3cc7ca32193d9955',
  '0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f',
  '0xa0ee7a142d267c1f36714e4a8f75612f20a79720',
]
const ETHER = 10n ** 18n

/** Options of `createProvider`. */
export interface ProviderOptions {
  /** What the chain begins with, for instance `new State(await rpcSource(url))`. Default: the ten accounts with 10,000 ether each. */
  state?: State
  /** The block that the state is after. Default: block 0 of chain 31337, with the newest rules; of `chain`, where there is one. */
  env?: BlockEnv
  /** Which forks its blocks have. Default: that of `env`, for ever. */
  chain?: Chain
  /** Accounts that transactions may come from unsigned. Default: the ten accounts that Anvil and Hardhat have. */
  accounts?: readonly Address[]
}

/** An error of JSON-RPC, as EIP-1193 has it. */
export class ProviderError extends WeftError {
  /** Number of JSON-RPC or EIP-1193: -32601 no such method, -32602 wrong parameters, 3 reverted, -32003 transaction refused, -32603 otherwise. */
  readonly data: Hex | undefined
  readonly rpcCode: number

  constructor(rpcCode: number, sentence: string, options: { data?: Hex; cause?: unknown } = {}) {
    super(sentence, { code: 'RPC', cause: options.cause })
    this.rpcCode = rpcCode
    this.data = options.data
    // What clients look at.
    Object.defineProperty(this, 'code', { value: rpcCode, enumerable: true })
  }
}

/** An EIP-1193 provider. */
export interface Provider {
  /** Answers a call of JSON-RPC. Throws a ProviderError. */
  request(call: { method: string; params?: unknown }): Promise<unknown>
  /** Nothing is ever emitted: for libraries that subscribe without asking. */
  on(event: string, listener: (...values: unknown[]) => void): this
  removeListener(event: string, listener: (...values: unknown[]) => void): this
}

/** A chain of one's own behind the interface of a node: for viem's and ethers' clients, with the methods that tests use. */
export async function createProvider(engine: ChainEngine, options: ProviderOptions = {}): Promise<Provider> {
  const { accounts = TEST_ACCOUNTS, chain: rules } = options
  const env = options.env ?? genesisOf(rules)
  if (rules && rules.chainId !== env.chainId) {
    throw new InputError({ field: 'env.chainId', expected: `${rules.chainId}, of the chain`, found: `${env.chainId}` })
  }
  const state = options.state ?? new State()
  if (!options.state) for (const address of accounts) await state.set(address, { balance: 10_000n * ETHER })
  const chain = new OwnChain(engine, state, env, { accounts, rules })
  let last: Promise<unknown> = Promise.resolve()
  const provider: Provider = {
    request({ method, params }) {
      // One after the other: a call sees all that was sent before it.
      const answer = last.then(() => answerTo(chain, method, params))
      last = answer.catch(() => {})
      return answer
    },
    on: () => provider,
    removeListener: () => provider,
  }
  return provider
}

/** Block 0. */
function genesisOf(chain: Chain | undefined): BlockEnv {
  const fields = { number: 0n, gasLimit: 60_000_000n }
  if (!chain) return createEnv('osaka', { ...fields, chainId: 31337n, baseFee: INITIAL_BASE_FEE })
  const env = createEnv(chain, { ...fields, timestamp: 0n })
  return forkByName(env.fork).rules >= LONDON ? { ...env, baseFee: INITIAL_BASE_FEE } : env
}

async function answerTo(chain: OwnChain, method: string, params: unknown): Promise<unknown> {
  const answer = METHODS.get(method)
  if (!answer) throw new ProviderError(-32601, `there is no method ${method}`)
  try {
    return (await answer(chain, new Params(method, params))) ?? null
  } catch (cause) {
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
