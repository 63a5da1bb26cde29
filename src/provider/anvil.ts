// Methods for tests, which Anvil and Hardhat have as well: anvil_ and hardhat_, evm_.

import { hexOf } from '../input/hex.ts'
import { dumpState, loadState } from '../state/anvil-dump.ts'
import { RpcSource, rpcSource } from '../state/rpc.ts'
import { State } from '../state/state.ts'
import type { Hex } from '../types.ts'
import type { Chain } from './chain.ts'
import type { Method } from './place.ts'
import { type Params, quantityJson, refuseParam } from './read.ts'

/** A change of an account; true, as the nodes say. */
function sets(read: (params: Params) => Parameters<Chain['state']['set']>[1]): Method {
  return async (chain, params) => {
    await chain.state.set(params.address(0), read(params))
    return true
  }
}

/** The node whose state lies below the chain's. */
function nodeOf({ state }: Chain): RpcSource {
  const { base } = state
  if (base instanceof RpcSource) return base
  return refuseParam('chain', 'a fork of a node: anvil_reset with a jsonRpcUrl begins one', 'one of its own')
}

/** Begins anew, on the state of a node where there is to be one. */
async function reset(chain: Chain, params: Params): Promise<null> {
  const given = params.fields(0)
  const forking = given.has('forking') ? given.fields('forking') : undefined
  const url = forking?.has('jsonRpcUrl') ? forking.text('jsonRpcUrl') : undefined
  const number = forking?.raw('blockNumber') ?? undefined
  // viem says NaN where it is told nothing.
  const isNamed = number !== undefined && !Number.isNaN(number)
  if (!forking || (url === undefined && !isNamed)) {
    chain.reset()
    return null
  }
  const block = !isNamed ? 'latest' : typeof number === 'string' ? forking.u64('blockNumber') : (number as number)
  const source =
    url === undefined
      ? await nodeOf(chain).again({ block })
      : await rpcSource(url, block, chain.rules && { chain: chain.rules })
  const state = new State(source)
  const { funds } = chain
  if (funds !== undefined) await Promise.all([...chain.accounts].map(account => state.set(account, { balance: funds })))
  chain.begin(state, source.env)
  return null
}

const anvil: Readonly<Record<string, Method>> = {
  setBalance: sets(params => ({ balance: params.quantity(1) })),
  setNonce: sets(params => ({ nonce: params.quantity(1) })),
  setCode: sets(params => ({ code: params.bytes(1) })),
  setStorageAt: sets(params => ({ storage: [[params.quantity(1), params.quantity(2)]] })),
  impersonateAccount: (chain, params) => void chain.accounts.add(params.address(0)),
  stopImpersonatingAccount: (chain, params) => void chain.accounts.delete(params.address(0)),
  getAutomine: chain => chain.isAutomatic,
  getIntervalMining: chain => chain.clock.seconds ?? null,
  setLoggingEnabled: () => null, // there is no log
  setMinGasPrice: (_, params) =>
    refuseParam(
      'gasPrice',
      'nothing: the least price is the base fee (setNextBlockBaseFeePerGas)',
      String(params.quantity(0)),
    ),
  setRpcUrl: async (chain, params) => {
    const node = nodeOf(chain)
    chain.state.rebase(await node.again({ url: params.text(0) }))
    return null
  },
  setBlockTimestampInterval: (chain, params) => {
    chain.interval = params.quantity(0)
    return null
  },
  removeBlockTimestampInterval: chain => {
    const had = chain.interval !== undefined
    chain.interval = undefined
    return had
  },
  reset,
  setCoinbase: (chain, params) => void Object.assign(chain.next, { coinbase: params.address(0) }),
  setNextBlockBaseFeePerGas: (chain, params) => void Object.assign(chain.next, { baseFee: params.quantity(0) }),
  dropTransaction: (chain, params) => {
    const before = chain.pending.length
    chain.pending = chain.pending.filter(({ json }) => json.hash !== params.hash(0))
    return chain.pending.length < before ? params.hash(0) : null
  },
  mine: async (chain, params) => {
    const [count, interval] = [params.has(0) ? params.quantity(0) : 1n, params.has(1) ? params.quantity(1) : undefined]
    if (count > 10_000n) refuseParam('blocks', 'at most 10,000', String(count))
    for (let i = 0n; i < count; i++) {
      // viem says 0 where it is told nothing.
      if (i > 0n && interval) chain.next.timestamp = chain.head.env.timestamp + interval
      await chain.mine()
    }
    return null
  },
  dumpState: async chain => {
    const json = JSON.stringify(await dumpState(chain.state, chain.head.env))
    return hexOf(await through(new TextEncoder().encode(json), new CompressionStream('gzip')))
  },
  loadState: async (chain, params) => {
    const text = await through(params.bytes(0), new DecompressionStream('gzip'))
    await loadState(JSON.parse(new TextDecoder().decode(text)), chain.state, 'loadState')
    return true
  },
}

async function through(bytes: Uint8Array, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const piped = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream)
  return new Uint8Array(await new Response(piped).arrayBuffer())
}

const evm: Readonly<Record<string, Method>> = {
  evm_snapshot: chain => quantityJson(chain.snapshot()),
  evm_revert: (chain, params) => chain.revert(Number(params.quantity(0))),
  evm_mine: async (chain, params) => {
    if (params.has(0)) chain.next.timestamp = timeOf(params)
    await chain.mine()
    return '0x0'
  },
  evm_setAutomine: (chain, params) => {
    chain.isAutomatic = params.raw(0) === true
    if (chain.isAutomatic) chain.clock.every(undefined)
    return true
  },
  evm_setIntervalMining: (chain, params) => {
    const seconds = params.quantity(0)
    if (seconds > MAX_INTERVAL) refuseParam('interval', `at most ${MAX_INTERVAL} seconds`, String(seconds))
    chain.isAutomatic = false
    chain.clock.every(Number(seconds))
    return null
  },
  evm_increaseTime: (chain, params) => {
    chain.shift += params.quantity(0)
    return quantityJson(chain.shift)
  },
  evm_setNextBlockTimestamp: (chain, params) => void Object.assign(chain.next, { timestamp: timeOf(params) }),
  evm_setBlockGasLimit: (chain, params) => {
    chain.head.env = { ...chain.head.env, gasLimit: params.quantity(0) }
    return true
  },
}

/** Seconds: timers of more than 2^31 ms fire at once. */
const MAX_INTERVAL = 2_000_000n

function timeOf(params: Params): bigint {
  const value = params.raw(0)
  if (typeof value === 'object' && value !== null && 'timestamp' in value) return BigInt(value.timestamp as Hex)
  return params.quantity(0)
}

/** Methods for tests: those of Anvil under its names and Hardhat's, and evm_ under Anvil's too. */
export const TESTS: Readonly<Record<string, Method>> = {
  ...evm,
  ...Object.fromEntries(Object.entries(evm).map(([name, method]) => [name.replace(/^evm_/, 'anvil_'), method])),
  // anvil_mine takes other parameters than evm_mine.
  ...Object.fromEntries(
    Object.entries(anvil).flatMap(([name, method]) => [
      [`anvil_${name}`, method],
      [`hardhat_${name}`, method],
    ]),
  ),
}
