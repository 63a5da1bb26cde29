// Logs that are looked for, filters that are polled, and subscriptions that are told.

import type { Fields } from '../input/fields.ts'
import { MAX_TOPICS } from '../limits.ts'
import type { Address, Hex } from '../types.ts'
import type { Chain, ChainBlock, Watcher } from './chain.ts'
import { ProviderError } from './error.ts'
import { knownBlock, type Method } from './place.ts'
import { blockJson, logJson, logsOf, type PlacedLog, quantityJson, refuseParam } from './read.ts'

type Topic = Hex | readonly (Hex | null)[] | null

/** Which logs are wanted. */
interface LogFilter {
  addresses: readonly Address[] | undefined
  topics: readonly Topic[]
  /** Blocks as they were named. */
  range: { from: unknown; to: unknown }
}

function readLogFilter(filter: Fields): LogFilter {
  const [hash, from, to] = ['blockHash', 'fromBlock', 'toBlock'].map(key => filter.raw(key))
  if (hash !== undefined && (from ?? to) !== undefined) filter.refuse('blockHash', 'a range of blocks or a hash')
  return {
    addresses: filter.has('address')
      ? [filter.raw('address')].flat().map(address => String(address).toLowerCase() as Address)
      : undefined,
    topics: filter.has('topics') ? (filter.array('topics', MAX_TOPICS, 'MAX_TOPICS') as Topic[]) : [],
    range: hash === undefined ? { from, to } : { from: hash, to: hash },
  }
}

function isWanted({ addresses, topics }: LogFilter, log: PlacedLog): boolean {
  if (addresses && !addresses.includes(log.address)) return false
  return topics.every((wanted, i) => {
    if (wanted === null) return true
    const choices = [wanted].flat()
    return i < log.topics.length && choices.some(choice => choice === null || choice.toLowerCase() === log.topics[i])
  })
}

/** The logs of blocks that a filter is after. */
function logsIn(blocks: readonly ChainBlock[], filter: LogFilter): unknown[] {
  return blocks
    .flatMap(logsOf)
    .filter(log => isWanted(filter, log))
    .map(logJson)
}

/** The logs of all blocks between those that a filter names. */
function logsBetween(chain: Chain, filter: LogFilter): unknown[] {
  const { from, to } = filter.range
  const [first, last] = [knownBlock(chain, from).env.number, lastOf(chain, to)]
  return logsIn(
    chain.blocks.filter(({ env }) => env.number >= first && env.number <= last),
    filter,
  )
}

/** The last block of a range, which need not be there yet. */
function lastOf(chain: Chain, named: unknown): bigint {
  const isNumber = typeof named === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(named)
  return isNumber ? BigInt(named) : knownBlock(chain, named).env.number
}

/** Something that is polled: what there is of it, and how much of that has been told. */
type Filter = { told: number } & ({ kind: 'blocks' } | { kind: 'transactions' } | { kind: 'logs'; logs: LogFilter })

/** Something that is told as it happens. */
interface Subscription {
  close(): void
}

/** Takes a message for who subscribed: what EIP-1193 calls `message`. */
export type Tell = (message: { type: 'eth_subscription'; data: { subscription: Hex; result: unknown } }) => void

/** The filters and subscriptions of a chain, by their ids. */
export class Filters {
  readonly #chain: Chain
  readonly #tell: Tell
  readonly #filters = new Map<Hex, Filter>()
  readonly #subscriptions = new Map<Hex, Subscription>()
  #next = 1

  constructor(chain: Chain, tell: Tell) {
    this.#chain = chain
    this.#tell = tell
  }

  /** Blocks from now on. */
  addBlocks(): Hex {
    return this.#add({ kind: 'blocks', told: this.#chain.blocks.length })
  }

  /** Transactions from now on. */
  addTransactions(): Hex {
    return this.#add({ kind: 'transactions', told: this.#chain.taken.length })
  }

  /** Logs from now on, or from the block on that it names as its first. */
  addLogs(fields: Fields): Hex {
    const logs = readLogFilter(fields)
    const { blocks } = this.#chain
    const from =
      logs.range.from === undefined ? blocks.length : blocks.indexOf(knownBlock(this.#chain, logs.range.from))
    return this.#add({ kind: 'logs', logs, told: from })
  }

  #add(filter: Filter): Hex {
    const id = this.#id()
    this.#filters.set(id, filter)
    return id
  }

  #id(): Hex {
    return quantityJson(this.#next++)
  }

  /** What there is since it was last asked. Blocks that a revert took away are not told. */
  changes(id: Hex): unknown[] {
    const filter = this.#filter(id)
    const { blocks, taken } = this.#chain
    const all = filter.kind === 'transactions' ? taken : blocks
    const from = Math.min(filter.told, all.length)
    filter.told = all.length
    if (filter.kind === 'transactions') return taken.slice(from)
    const fresh = blocks.slice(from)
    if (filter.kind === 'blocks') return fresh.map(({ hash }) => hash)
    const last = lastOf(this.#chain, filter.logs.range.to)
    return logsIn(
      fresh.filter(({ env }) => env.number <= last),
      filter.logs,
    )
  }

  /** All logs that a filter for logs is after. */
  logs(id: Hex): unknown[] {
    const filter = this.#filter(id)
    if (filter.kind !== 'logs') throw notFound()
    return logsBetween(this.#chain, filter.logs)
  }

  #filter(id: Hex): Filter {
    const filter = this.#filters.get(id)
    if (!filter) throw notFound()
    return filter
  }

  remove(id: Hex): boolean {
    return this.#filters.delete(id)
  }

  /** Tells what happens from now on: 'newHeads', 'logs' or 'newPendingTransactions'. */
  subscribe(kind: unknown, fields: Fields): Hex {
    const id = this.#id()
    const tell = (result: unknown): void => this.#tell({ type: 'eth_subscription', data: { subscription: id, result } })
    const none = (): void => {}
    if (kind === 'newHeads') {
      return this.#watch(id, { transaction: none, block: block => tell(headJson(block)) })
    }
    if (kind === 'newPendingTransactions') return this.#watch(id, { transaction: tell, block: none })
    if (kind !== 'logs') return refuseParam('kind', 'newHeads, logs or newPendingTransactions', String(kind))
    const filter = readLogFilter(fields)
    const block = (block: ChainBlock): void => logsIn([block], filter).forEach(tell)
    return this.#watch(id, { transaction: none, block })
  }

  #watch(id: Hex, watcher: Watcher): Hex {
    const { watchers } = this.#chain
    watchers.add(watcher)
    this.#subscriptions.set(id, { close: () => void watchers.delete(watcher) })
    return id
  }

  unsubscribe(id: Hex): boolean {
    this.#subscriptions.get(id)?.close()
    return this.#subscriptions.delete(id)
  }
}

function notFound(): ProviderError {
  return new ProviderError(-32000, 'filter not found')
}

function headJson(block: ChainBlock): unknown {
  const { transactions, uncles, withdrawals, size, totalDifficulty, ...head } = blockJson(block, false)
  return head
}

/** Methods about logs, filters and subscriptions. */
export const FILTERING: Readonly<Record<string, Method>> = {
  eth_getLogs: (chain, params) => logsBetween(chain, readLogFilter(params.fields(0))),
  eth_newFilter: ({ filters }, params) => filters.addLogs(params.fields(0)),
  eth_newBlockFilter: ({ filters }) => filters.addBlocks(),
  eth_newPendingTransactionFilter: ({ filters }) => filters.addTransactions(),
  eth_getFilterChanges: ({ filters }, params) => filters.changes(params.text(0)),
  eth_getFilterLogs: ({ filters }, params) => filters.logs(params.text(0)),
  eth_uninstallFilter: ({ filters }, params) => filters.remove(params.text(0)),
  eth_subscribe: ({ filters }, params) => filters.subscribe(params.raw(0), params.fields(1)),
  eth_unsubscribe: ({ filters }, params) => filters.unsubscribe(params.text(0)),
}
