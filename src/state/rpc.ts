// State of a chain as a node tells it over JSON-RPC, at one block. All that is asked for in one turn of the event loop goes in one
// batch, and so does what is known to be needed soon. Every question names the block by its hash (EIP-1898), so that all answers are
// of the same state, whatever the chain does meanwhile. The node is trusted: see `witnessSource` for state that is proved.
//
// Before EIP-161 accounts may be there and empty, which a node does not tell from absent ones: they read as absent.

import { type Journal, openJournal } from '#platform'
import { MissingStateError, type StateKey, type WeftError } from '../errors.ts'
import type { Account, Address, BlockEnv, Foreseen, Hex, MaybePromise, Source } from '../types.ts'
import { BoundedCache } from './cache.ts'
import { addressesIn, addressIn } from './named.ts'
import { type RpcAnswer, type RpcCall, RpcClient, type RpcClientOptions, type RpcMetrics } from './rpc-client.ts'
import { Inquiry, NO_OUTLOOK, type Outlook } from './rpc-outlook.ts'
import { askedChain, type ChainChoice, checked, forkOf, headerEnv, type RpcBlockName, readBlock } from './rpc-place.ts'
import {
  callsFor,
  keptLine,
  nameOf,
  type RpcKey,
  readLine,
  readTold,
  sizeOf,
  type Told,
  type ToldAccount,
} from './rpc-question.ts'

/** Options of `rpcSource` and `rpcBlock`. */
export interface RpcSourceOptions extends RpcClientOptions, ChainChoice {
  /**
   * How it is found out beforehand what a run will need, so that it comes in few batches. 'analysis': from the codes that are called. true: the
   * node is asked as well what messages and blocks touch, which costs it executions: eth_createAccessList, or debug_traceCall where it gives no
   * list, for blocks eth_getBlockReceipts and debug_traceBlockByHash. false: neither; only what a run has missed is asked for. Default: true.
   */
  foresee?: boolean | 'analysis'
  /** Bytes of answers that are kept, roughly. Default: 256 MiB. */
  cacheBytes?: number
  /** A folder that keeps the answers from one run of the program to the next: a file per chain and block. Not in browsers. */
  cacheFolder?: string
}

/** State at the end of `block` (its number, hash or name). Asks the node for its chain and that block; later only for what is needed. */
export async function rpcSource(
  url: string | URL,
  block: RpcBlockName = 'latest',
  options: RpcSourceOptions = {},
): Promise<RpcSource> {
  const client = new RpcClient(url, options)
  const { chainId, header } = await readBlock(client, block, { isWhole: false, chainId: askedChain(options) })
  const place = checked(client, () => {
    const env = headerEnv(header, chainId, options.chain ?? forkOf(header, chainId, options.fork))
    return { number: env.number, hash: header.hash('hash'), env }
  })
  return openSource(client, place, options)
}

/** Which state a source gives. */
export interface RpcPlace {
  number: bigint
  hash: Hex
  env: BlockEnv
}

/** A source at a place, with what its cache file keeps. */
export async function openSource(client: RpcClient, place: RpcPlace, options: RpcSourceOptions): Promise<RpcSource> {
  const { cacheFolder } = options
  const journal = cacheFolder ? await openJournal(cacheFolder, `${place.env.chainId}-${place.hash}`) : undefined
  return new RpcSource(client, place, options, journal)
}

/** A key on its way to the node. */
interface Waiting {
  key: RpcKey
  resolve: (told: Told) => void
  reject: (error: unknown) => void
}

/** State at one block. Made by `rpcSource`. What was answered once is answered at once later, without a promise. */
export class RpcSource implements Source {
  /** Number and hash of the block whose state this is. */
  readonly number: bigint
  readonly hash: Hex
  /** The environment to run in: of `rpcSource` that of the block itself, as `eth_call` takes it; of `rpcBlock` that of the block after. */
  readonly env: BlockEnv
  readonly #client: RpcClient
  readonly #options: RpcSourceOptions
  readonly #cache: BoundedCache<Told>
  readonly #journal: Journal | undefined
  /** An account that has the code. */
  readonly #owners = new Map<Hex, Address>()
  /** What the node foresaw; it goes with the next batch. */
  #outlook: Outlook = NO_OUTLOOK
  /** What went with the last one: slots among it may point at accounts. */
  #followed: readonly StateKey[] = []
  /** Answers on their way. */
  readonly #asked = new Map<string, Promise<Told>>()
  #waiting: Waiting[] = []
  /** The node is asked. */
  readonly #canForesee: boolean
  /** Codes are analysed for what a run is going to need: the option `foresee` is not false. */
  readonly speculative: boolean

  /** Not for callers: see `rpcSource`. */
  constructor(client: RpcClient, { number, hash, env }: RpcPlace, options: RpcSourceOptions = {}, journal?: Journal) {
    this.#client = client
    this.#options = options
    this.number = number
    this.hash = hash
    this.env = env
    this.#cache = new BoundedCache(options.cacheBytes ?? 256 * 2 ** 20)
    const { foresee = true } = options
    this.#canForesee = foresee === true
    this.speculative = foresee !== false
    this.#journal = journal
    for (const line of journal?.lines ?? []) {
      const kept = readLine(line)
      if (kept) this.#keep(kept.key, kept.told)
    }
  }

  /** What asking the node has cost so far. */
  get metrics(): Readonly<RpcMetrics> {
    return this.#client.metrics
  }

  /**
   * A source like this one, of another node where `url` is given, and at another block of the same chain where `block` is. Throws a
   * SourceError where the node is of another chain, or has no such block.
   */
  again({
    url = this.#client.url,
    block = this.hash,
  }: {
    url?: string | URL
    block?: RpcBlockName
  }): Promise<RpcSource> {
    const { chain, fork } = this.#options
    const choice = chain ? { chain } : { chainId: this.env.chainId, ...(fork && { fork }) }
    return rpcSource(url, block, { ...this.#options, ...choice })
  }

  account(address: Address): MaybePromise<Account | null> {
    return this.#ask({ kind: 'account', address }, told => (told as ToldAccount).account)
  }

  storage(address: Address, key: bigint): MaybePromise<bigint> {
    return this.#ask({ kind: 'storage', address, key }, told => told as bigint)
  }

  code(codeHash: Hex): MaybePromise<Uint8Array> {
    const address = this.#owners.get(codeHash)
    if (address === undefined) throw new MissingStateError([{ kind: 'code', codeHash }])
    return this.#ask({ kind: 'account', address }, told => (told as ToldAccount).code)
  }

  blockHash(number: bigint): MaybePromise<Hex> {
    return number === this.number ? this.hash : this.#ask({ kind: 'blockHash', number }, told => told as Hex)
  }

  has(key: StateKey): boolean {
    if (key.kind === 'blockHash' && key.number === this.number) return true
    return key.kind === 'code' ? this.#owners.has(key.codeHash) : this.#cache.has(nameOf(key))
  }

  /**
   * Fetches keys in one round trip. With `messages` the node is asked what they touch, in the same; that comes with whatever is asked for
   * next.
   */
  async prefetch(keys: readonly StateKey[], messages: readonly Foreseen[] = []): Promise<void> {
    const outlook = this.#takeOutlook()
    const wanted = [...keys, ...outlook.keys]
    const subject = { messages: [...messages, ...outlook.messages], refused: outlook.refused }
    const inquiry = new Inquiry(this.hash, this.#canForesee ? subject : {})
    if (inquiry.calls.length > 0) await this.#foresee(wanted, inquiry)
    else await Promise.all(this.#request(wanted))
  }

  /**
   * Fetches what a block touches whatever its transactions do, `others` among it, and asks what else it touches: as the node traces the block
   * of that hash, or as each transaction would on the state before it. That comes with whatever is asked for next.
   */
  async prefetchBlock(hash: Hex, messages: readonly Foreseen[], others: readonly Address[]): Promise<void> {
    const addresses = messages.flatMap(({ from, to }) => [from, to].flatMap(address => address ?? []))
    // Where the node does not say whom they call, those whom they name are looked at.
    const isAlone = this.speculative && !this.#canForesee
    const named = isAlone ? messages.flatMap(({ input }) => (input ? addressesIn(input) : [])) : []
    const keys = [...addresses, ...others, ...named].map((address): StateKey => ({ kind: 'account', address }))
    await this.#foresee(keys, new Inquiry(this.hash, this.#canForesee ? { messages, block: hash } : {}))
  }

  /** Asks for keys, and in the same batch what other keys are going to be needed. */
  async #foresee(keys: readonly StateKey[], inquiry: Inquiry): Promise<void> {
    const wanted = keys.filter(isRpcKey).filter(key => !this.has(key) && !this.#asked.has(nameOf(key)))
    const unique = [...new Map(wanted.map(key => [nameOf(key), key])).values()]
    const calls = unique.map(key => callsFor(key, this))
    const answers = await this.#client.batch([...calls.flat(), ...inquiry.calls])
    this.#take(unique, calls, answers)
    this.#outlook = inquiry.read(answers.slice(answers.length - inquiry.calls.length))
  }

  /** What was foreseen and has not been asked for; with it the accounts that the slots point at which were foreseen before. */
  #takeOutlook(): Outlook {
    const outlook = this.#outlook
    const pointed = this.#followed.flatMap((key): StateKey[] => {
      const told = key.kind === 'storage' && this.#cache.get(nameOf(key))
      const address = typeof told === 'bigint' && addressIn(told)
      return address ? [{ kind: 'account', address }] : []
    })
    this.#outlook = NO_OUTLOOK
    this.#followed = outlook.keys
    return { ...outlook, keys: [...outlook.keys, ...pointed] }
  }

  #ask<T>(key: RpcKey, read: (told: Told) => T): MaybePromise<T> {
    const told = this.#cache.get(nameOf(key))
    return told === undefined ? this.#request([key, ...this.#takeOutlook().keys])[0]!.then(read) : read(told)
  }

  /** Promises of what is not at hand; it goes with all else of this turn of the event loop. */
  #request(keys: readonly StateKey[]): Promise<Told>[] {
    const promises: Promise<Told>[] = []
    for (const key of keys) {
      if (!isRpcKey(key) || this.has(key)) continue
      const name = nameOf(key)
      let promise = this.#asked.get(name)
      if (!promise) {
        if (this.#waiting.length === 0) queueMicrotask(() => void this.#flush())
        promise = new Promise((resolve, reject) => this.#waiting.push({ key, resolve, reject }))
        this.#asked.set(name, promise)
        promise.catch(() => {}).finally(() => this.#asked.delete(name))
      }
      promises.push(promise)
    }
    return promises
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    try {
      const keys = waiting.map(({ key }) => key)
      const calls = keys.map(key => callsFor(key, this))
      const told = this.#take(keys, calls, await this.#client.batch(calls.flat()))
      for (const [i, { resolve }] of waiting.entries()) resolve(told[i]!)
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }

  /** Reads the answers to the calls of keys, and keeps them. */
  #take(keys: readonly RpcKey[], calls: readonly RpcCall[][], answers: readonly RpcAnswer[]): Told[] {
    let at = 0
    const told = keys.map((key, i) => {
      const results = calls[i]!.map(([method]) => {
        const answer = answers[at++]!
        if ('error' in answer) throw this.#client.refusal(method, answer.error) as WeftError
        return answer.result
      })
      return checked(this.#client, () => readTold(key, results, this.hash))
    })
    for (const [i, key] of keys.entries()) this.#keep(key, told[i]!)
    this.#journal?.append(keys.map((key, i) => keptLine(key, told[i]!)))
    return told
  }

  #keep(key: RpcKey, told: Told): void {
    this.#cache.set(nameOf(key), told, sizeOf(told))
    if (key.kind !== 'account') return
    const { account } = told as ToldAccount
    if (account) this.#owners.set(account.codeHash, key.address)
  }
}

function isRpcKey(key: StateKey): key is RpcKey {
  return key.kind !== 'code'
}
