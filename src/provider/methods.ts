// The methods of the provider, by name: eth_ and debug_ for clients, anvil_ and evm_ for tests. Anvil's names are also known as
// hardhat_, as viem and Hardhat have them.

import { hexOf } from '../input/hex.ts'
import type { TransactionJson } from '../signed.ts'
import { ExecutionError } from '../simulate/simulate.ts'
import { dumpState, loadState } from '../state/anvil-dump.ts'
import { CallTreeTracer } from '../trace/call-tree.ts'
import { PrestateTracer } from '../trace/prestate.ts'
import { StructLogTracer } from '../trace/struct-log.ts'
import type { Tracer } from '../trace/tracer.ts'
import { type Address, EMPTY_CODE_HASH, type Hex, type TxOutcome } from '../types.ts'
import { type Chain, type ChainBlock, logsOf } from './chain.ts'
import {
  blockJson,
  logJson,
  minedJson,
  type Params,
  quantityJson,
  readBlockOverrides,
  readRequest,
  readStateOverride,
  receiptJson,
  refuseParam,
} from './read.ts'

/** What answers a method. */
export type Method = (chain: Chain, params: Params) => unknown

/** The block that a parameter names; undefined where there is none. */
function blockAt(chain: Chain, named: unknown): ChainBlock | undefined {
  if (named === undefined || named === null || /^(?:latest|pending|safe|finalized)$/.test(String(named)))
    return chain.head
  if (named === 'earliest') return chain.blocks[0]
  if (typeof named === 'object') {
    const { blockHash, blockNumber } = named as { blockHash?: Hex; blockNumber?: Hex }
    return blockHash ? chain.blocks.find(({ hash }) => hash === blockHash) : blockAt(chain, blockNumber)
  }
  if (typeof named === 'string' && /^0x[0-9a-fA-F]{64}$/.test(named))
    return chain.blocks.find(({ hash }) => hash === named)
  const number = typeof named === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(named) ? BigInt(named) : undefined
  return chain.blocks.find(({ env }) => env.number === number)
}

function knownBlock(chain: Chain, named: unknown): ChainBlock {
  return (
    blockAt(chain, named) ??
    refuseParam('block', `a block of this chain, up to ${chain.head.env.number}`, JSON.stringify(named))
  )
}

/** State, and the environment of a call at that block. */
function placeAt(chain: Chain, params: Params, i: number) {
  const block = knownBlock(chain, params.raw(i))
  return { env: { ...block.env, baseFee: 0n }, source: chain.at(block) }
}

async function accountAt(chain: Chain, params: Params) {
  const state = chain.at(knownBlock(chain, params.raw(1)))
  return { state, account: await state.account(params.address(0)) }
}

function successOf(outcome: TxOutcome): Hex {
  if (outcome.status !== 'success') throw new ExecutionError(outcome)
  return hexOf(outcome.output)
}

/** A tracer by geth's name, and how to get its result. */
function tracerOf(params: Params, i: number): { tracer: Tracer; result: () => unknown } {
  const options = params.fields(i)
  const name = options.has('tracer') ? options.text('tracer') : undefined
  const config = (options.raw('tracerConfig') ?? {}) as Record<string, boolean>
  if (name === 'callTracer') {
    const tracer = new CallTreeTracer({ onlyTopCall: config.onlyTopCall === true, withLog: config.withLog === true })
    return { tracer, result: () => tracer.result }
  }
  if (name === 'prestateTracer') {
    const tracer = new PrestateTracer({ diffMode: config.diffMode === true })
    return { tracer, result: () => tracer.result }
  }
  if (name !== undefined) refuseParam('tracer', 'callTracer, prestateTracer or none', name)
  let text = ''
  const tracer = new StructLogTracer(
    piece => {
      text += piece
    },
    {
      stack: options.raw('disableStack') !== true,
      storage: options.raw('disableStorage') !== true,
      memory: options.raw('enableMemory') === true,
      returnData: options.raw('enableReturnData') === true,
    },
  )
  return { tracer, result: () => JSON.parse(text) }
}

function minedBy(chain: Chain, params: Params) {
  return chain.mined.get(params.hash(0))
}

async function nonceOf(chain: Chain, address: Address): Promise<bigint> {
  const account = await chain.state.account(address)
  return (account?.nonce ?? 0n) + BigInt(chain.pending.filter(({ json }) => json.from === address).length)
}

const eth: Record<string, Method> = {
  web3_clientVersion: () => 'weft',
  net_version: chain => String(chain.head.env.chainId),
  net_listening: () => true,
  eth_syncing: () => false,
  eth_chainId: chain => quantityJson(chain.head.env.chainId),
  eth_accounts: chain => [...chain.accounts],
  eth_requestAccounts: chain => [...chain.accounts],
  eth_blockNumber: chain => quantityJson(chain.head.env.number),
  eth_gasPrice: chain => quantityJson(chain.nextEnv().baseFee + 1n),
  eth_maxPriorityFeePerGas: () => '0x1',
  eth_blobBaseFee: () => '0x1',
  eth_feeHistory: (chain, params) => {
    const [newest, count] = [chain.blocks.indexOf(knownBlock(chain, params.raw(1))), Number(params.quantity(0))]
    const blocks = chain.blocks.slice(Math.max(0, newest + 1 - count), newest + 1)
    const rewards = Array.isArray(params.raw(2))
      ? { reward: blocks.map(() => (params.raw(2) as []).map(() => '0x1')) }
      : {}
    return {
      oldestBlock: quantityJson(blocks[0]!.env.number),
      baseFeePerGas: [...blocks.map(({ env }) => env.baseFee), chain.nextEnv().baseFee].map(quantityJson),
      gasUsedRatio: blocks.map(({ env, gasUsed }) => Number(gasUsed) / Number(env.gasLimit)),
      ...rewards,
    }
  },
  eth_getBalance: async (chain, params) => quantityJson((await accountAt(chain, params)).account?.balance ?? 0n),
  eth_getTransactionCount: async (chain, params) =>
    quantityJson(
      params.raw(1) === 'pending'
        ? await nonceOf(chain, params.address(0))
        : ((await accountAt(chain, params)).account?.nonce ?? 0n),
    ),
  eth_getCode: async (chain, params) => {
    const { state, account } = await accountAt(chain, params)
    return !account || account.codeHash === EMPTY_CODE_HASH ? '0x' : hexOf(await state.code(account.codeHash))
  },
  eth_getStorageAt: async (chain, params) => {
    const value = await chain.at(knownBlock(chain, params.raw(2))).storage(params.address(0), params.quantity(1))
    return `0x${value.toString(16).padStart(64, '0')}`
  },
  eth_call: async (chain, params) => {
    const calls = [readRequest(params.fields(0))]
    const { results } = await chain.engine.simulate({
      calls,
      ...placeAt(chain, params, 1),
      stateOverride: readStateOverride(params, 2),
      blockOverrides: readBlockOverrides(params, 3),
    })
    return successOf(results[0]!)
  },
  eth_estimateGas: async (chain, params) => {
    const on = { ...placeAt(chain, params, 1), stateOverride: readStateOverride(params, 2) }
    return quantityJson(await chain.engine.estimateGas(readRequest(params.fields(0)), on))
  },
  eth_createAccessList: async (chain, params) => {
    const { accessList, gasUsed } = await chain.engine.createAccessList(
      readRequest(params.fields(0)),
      placeAt(chain, params, 1),
    )
    return { accessList, gasUsed: quantityJson(gasUsed) }
  },
  eth_sendRawTransaction: (chain, params) => chain.send(params.bytes(0)),
  eth_sendTransaction: sendTransaction,
  eth_sendUnsignedTransaction: async (chain, params) => {
    const from = params.fields(0).address('from')
    const isOwn = chain.accounts.has(from)
    chain.accounts.add(from)
    return sendTransaction(chain, params).finally(() => isOwn || chain.accounts.delete(from))
  },
  txpool_status: chain => ({ pending: quantityJson(chain.pending.length), queued: '0x0' }),
  txpool_content: chain => ({ pending: poolOf(chain, waitingJson), queued: {} }),
  txpool_inspect: chain => ({
    pending: poolOf(chain, ({ to, value, gas, gasPrice, maxFeePerGas }) => {
      const price = BigInt((gasPrice ?? maxFeePerGas) as Hex)
      return `${to ?? 'contract creation'}: ${BigInt(value as Hex)} wei + ${BigInt(gas)} gas × ${price} wei`
    }),
    queued: {},
  }),
  eth_getTransactionByHash: (chain, params) => {
    const mined = minedBy(chain, params)
    const waiting = chain.pending.find(({ json }) => json.hash === params.hash(0))
    return mined ? minedJson(mined) : waiting ? waitingJson(waiting.json) : null
  },
  eth_getTransactionReceipt: (chain, params) => {
    const mined = minedBy(chain, params)
    return mined ? receiptJson(mined) : null
  },
  eth_getBlockByNumber: (chain, params) => blockOrNull(chain, params),
  eth_getBlockByHash: (chain, params) => blockOrNull(chain, params),
  eth_getBlockTransactionCountByNumber: transactionCount,
  eth_getBlockTransactionCountByHash: transactionCount,
  eth_getTransactionByBlockNumberAndIndex: transactionAt,
  eth_getTransactionByBlockHashAndIndex: transactionAt,
  eth_getUncleCountByBlockNumber: () => '0x0',
  eth_getUncleCountByBlockHash: () => '0x0',
  eth_getBlockReceipts: (chain, params) => {
    const block = blockAt(chain, params.raw(0))
    return block ? block.transactions.map(tx => receiptJson({ block, tx })) : null
  },
  eth_getLogs: (chain, params) => filteredLogs(chain, params),
  debug_traceTransaction: async (chain, params) => {
    const mined = minedBy(chain, params) ?? refuseParam('hash', 'a transaction in a block', params.hash(0))
    const { tracer, result } = tracerOf(params, 1)
    await chain.trace(mined, tracer)
    return result()
  },
  debug_traceCall: async (chain, params) => {
    const { tracer, result } = tracerOf(params, 2)
    const calls = [readRequest(params.fields(0))]
    await chain.engine.simulate({ calls, ...placeAt(chain, params, 1), tracer })
    return result()
  },
}

function transactionCount(chain: Chain, params: Params): Hex {
  return quantityJson(knownBlock(chain, params.raw(0)).transactions.length)
}

function transactionAt(chain: Chain, params: Params): unknown {
  const block = blockAt(chain, params.raw(0))
  const tx = block?.transactions[Number(params.quantity(1))]
  return block && tx ? minedJson({ block, tx }) : null
}

async function sendTransaction(chain: Chain, params: Params): Promise<Hex> {
  const tx = params.fields(0)
  const from = tx.address('from')
  const nonce = tx.has('nonce') ? tx.u64('nonce') : await nonceOf(chain, from)
  return chain.sendFrom({ ...readRequest(tx), from }, nonce)
}

/** A transaction that is in no block yet. */
function waitingJson(json: TransactionJson): Record<string, unknown> {
  return { ...json, blockHash: null, blockNumber: null, transactionIndex: null }
}

/** What waits, by sender and nonce. */
function poolOf<T>(chain: Chain, read: (json: TransactionJson) => T): Record<Address, Record<string, T>> {
  const pool: Record<Address, Record<string, T>> = {}
  for (const { json } of chain.pending) {
    pool[json.from] = { ...pool[json.from], [String(BigInt(json.nonce))]: read(json) }
  }
  return pool
}

function blockOrNull(chain: Chain, params: Params): unknown {
  const block = blockAt(chain, params.raw(0))
  return block ? blockJson(block, params.raw(1) === true) : null
}

function filteredLogs(chain: Chain, params: Params): unknown[] {
  const filter = params.fields(0)
  const [hash, from, to] = ['blockHash', 'fromBlock', 'toBlock'].map(key => filter.raw(key))
  const [first, last] = hash ? [hash, hash] : [from, to]
  const bounds = [first, last].map(named => knownBlock(chain, named).env.number) as [bigint, bigint]
  const addresses = filter.has('address')
    ? [filter.raw('address')].flat().map(address => String(address).toLowerCase())
    : undefined
  const topics = (filter.raw('topics') ?? []) as (Hex | Hex[] | null)[]
  const isWanted = (topic: Hex | undefined, wanted: Hex | Hex[] | null): boolean =>
    wanted === null || (topic !== undefined && [wanted].flat().includes(topic))
  return chain.blocks
    .filter(({ env }) => env.number >= bounds[0] && env.number <= bounds[1])
    .flatMap(logsOf)
    .filter(
      log =>
        (!addresses || addresses.includes(log.address)) && topics.every((wanted, i) => isWanted(log.topics[i], wanted)),
    )
    .map(logJson)
}

/** A change of an account; true, as the nodes say. */
function sets(read: (params: Params) => Parameters<Chain['state']['set']>[1]): Method {
  return async (chain, params) => {
    await chain.state.set(params.address(0), read(params))
    return true
  }
}

const tests: Record<string, Method> = {
  setBalance: sets(params => ({ balance: params.quantity(1) })),
  setNonce: sets(params => ({ nonce: params.quantity(1) })),
  setCode: sets(params => ({ code: params.bytes(1) })),
  setStorageAt: sets(params => ({ storage: [[params.quantity(1), params.quantity(2)]] })),
  impersonateAccount: (chain, params) => void chain.accounts.add(params.address(0)),
  stopImpersonatingAccount: (chain, params) => void chain.accounts.delete(params.address(0)),
  getAutomine: chain => chain.isAutomatic,
  setLoggingEnabled: () => null, // there is no log
  setBlockTimestampInterval: (chain, params) => {
    chain.interval = params.quantity(0)
    return null
  },
  removeBlockTimestampInterval: chain => {
    const had = chain.interval !== undefined
    chain.interval = undefined
    return had
  },
  reset: (chain, params) => {
    const given = params.fields(0)
    const url = given.has('forking') ? given.fields('forking').raw('jsonRpcUrl') : undefined
    if (url !== undefined) refuseParam('jsonRpcUrl', 'none: a fork is a State over rpcSource', 'a URL')
    chain.reset()
    return null
  },
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

const evm: Record<string, Method> = {
  evm_snapshot: chain => quantityJson(chain.snapshot()),
  evm_revert: (chain, params) => chain.revert(Number(params.quantity(0))),
  evm_mine: async (chain, params) => {
    if (params.has(0)) chain.next.timestamp = timeOf(params)
    await chain.mine()
    return '0x0'
  },
  evm_setAutomine: (chain, params) => {
    chain.isAutomatic = params.raw(0) === true
    return true
  },
  evm_setIntervalMining: (_, params) => {
    const seconds = params.quantity(0)
    if (seconds > 0n) refuseParam('interval', '0: blocks are mined when they are asked for', String(seconds))
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

function timeOf(params: Params): bigint {
  const value = params.raw(0)
  if (typeof value === 'object' && value !== null && 'timestamp' in value) return BigInt(value.timestamp as Hex)
  return params.quantity(0)
}

const named = Object.entries(tests).flatMap(([name, method]) => [
  [`anvil_${name}`, method] as const,
  [`hardhat_${name}`, method] as const,
])

/** All methods by name. */
export const METHODS: ReadonlyMap<string, Method> = new Map([
  ...Object.entries(eth),
  ...Object.entries(evm),
  ...Object.entries(evm).map(([name, method]) => [name.replace(/^evm_/, 'anvil_'), method] as const),
  ...named, // anvil_mine takes other parameters than evm_mine
])
