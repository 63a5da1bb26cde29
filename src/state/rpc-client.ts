// JSON-RPC over HTTP, in batches: one call of `batch` is one round trip. What passes by itself (a lost connection, a node that is busy,
// a rate limit) is asked again, later each time; what does not is a SourceError that says what to do.

import { describe, InputError, SourceError } from '../errors.ts'

/** How a node is asked. */
export interface RpcClientOptions {
  /** Sent with every request, for instance a key. */
  headers?: Readonly<Record<string, string>>
  /** Milliseconds that one HTTP request may take. Default: 20,000. */
  timeout?: number
  /** How often a request is sent again before it is given up: 0 or more. Default: 4, which takes some 8 seconds. */
  retries?: number
  /** Milliseconds before the first repetition; doubled for each further one. Default: 500. */
  backoff?: number
  /** Most calls in one HTTP request: 1 or more. Larger batches go as several at once. Default: 500. */
  batchSize?: number
  /** Most bytes of one answer. Default: 256 MiB. */
  maxAnswer?: number
  /** Sends the requests. Default: the runtime's own fetch. */
  fetch?: typeof fetch
}

/** A method and its parameters. */
export type RpcCall = readonly [method: string, params: readonly unknown[]]

/** What a node said to one call: a result, or why there is none. */
export type RpcAnswer = { result: unknown } | { error: { code: number; message: string } }

/** What talking to a node has cost so far. */
export interface RpcMetrics {
  /** Times that had to be waited for an answer, one after the other. */
  roundTrips: number
  /** HTTP requests, repetitions among them. */
  requests: number
  /** JSON-RPC calls in them. */
  calls: number
  retries: number
  /** Bytes of the answers. */
  received: number
  /** Milliseconds spent waiting. */
  ms: number
}

/** Why a node gave no answer that could be used; `code` of the SourceError. */
export type RpcErrorCode =
  /** No connection, or an HTTP status that no repetition changed. */
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_TIMEOUT'
  | 'SOURCE_RATE_LIMITED'
  /** The node is of another chain. */
  | 'SOURCE_WRONG_CHAIN'
  /** What came is no answer to what was asked. */
  | 'SOURCE_MALFORMED'
  /** The node does not have the block, or no longer has its state. */
  | 'SOURCE_STATE'
  /** The node refused for another reason; the message has its own words. */
  | 'SOURCE_REFUSED'

const ADVICE: Readonly<Record<RpcErrorCode, string>> = {
  SOURCE_UNREACHABLE: 'Check that the node is running, and the URL with its port and key.',
  SOURCE_TIMEOUT: 'Give it more time with the option "timeout", or less at once with "batchSize".',
  SOURCE_RATE_LIMITED:
    'Wait, give the options "retries" and "backoff" larger values, or ask a node without such a limit.',
  SOURCE_WRONG_CHAIN: 'Give the URL of a node of that chain, or leave the option "chainId" out.',
  SOURCE_MALFORMED: 'Check that the URL is that of a JSON-RPC endpoint of an Ethereum node.',
  SOURCE_STATE: 'Full nodes keep the state of some 128 blocks: take a newer block, or the URL of an archive node.',
  SOURCE_REFUSED: 'Check that the node has this method, and that the key may use it.',
}

/** A SourceError about a node. */
export function rpcError(code: RpcErrorCode, sentence: string, cause?: unknown): SourceError {
  return new SourceError(sentence, { code, details: ADVICE[code], cause })
}

const DEFAULTS = { timeout: 20_000, retries: 4, backoff: 500, batchSize: 500, maxAnswer: 256 * 2 ** 20 }
/** No pause is longer, whatever the node asks for. */
const MAX_PAUSE = 30_000
/** JSON-RPC errors that say "later": EIP-1474 and what providers use. */
const LIMIT_CODES: ReadonlySet<number> = new Set([-32005, -32016, -32029, -32097, 429])
const LIMIT_WORDS = /rate.?limit|too many requests|exceeded .*(?:capacity|quota|per second)|throttl/i
const STATE_WORDS =
  /missing trie node|(?:header|block|state|root)[^.]{0,40}(?:not found|not available|unavailable|pruned)|unknown block|resource not found|no state available|historical state/i

/** A request that may be sent again; `after`: milliseconds that the node asked for. */
class Passing extends Error {
  readonly failure: SourceError
  readonly after: number | undefined

  constructor(failure: SourceError, after?: number) {
    super(failure.message)
    this.failure = failure
    this.after = after
  }
}

/** A batch that is too large for the node. */
class TooLarge extends Error {}

/** A node behind a URL. */
export class RpcClient {
  /** For error messages: without user, password, path and query, where keys stand. */
  readonly name: string
  readonly metrics: RpcMetrics = { roundTrips: 0, requests: 0, calls: 0, retries: 0, received: 0, ms: 0 }
  readonly url: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #fetch: typeof fetch
  readonly #limits: typeof DEFAULTS
  #batchSize: number

  constructor(url: string | URL, options: RpcClientOptions = {}) {
    this.url = checkedUrl(url)
    this.name = this.url.origin
    this.#headers = { 'content-type': 'application/json', ...options.headers }
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init))
    this.#limits = checkedLimits(options)
    this.#batchSize = this.#limits.batchSize
  }

  /** The results of calls, in order. What the node refuses is a SourceError. */
  async results(calls: readonly RpcCall[]): Promise<unknown[]> {
    const answers = await this.batch(calls)
    return answers.map((answer, i) => {
      if ('error' in answer) throw this.refusal(calls[i]![0], answer.error)
      return answer.result
    })
  }

  /** What the node says to each call, in order: one round trip. */
  async batch(calls: readonly RpcCall[]): Promise<RpcAnswer[]> {
    if (calls.length === 0) return []
    const started = performance.now()
    this.metrics.roundTrips++
    this.metrics.calls += calls.length
    try {
      const pieces: Promise<RpcAnswer[]>[] = []
      for (let at = 0; at < calls.length; at += this.#batchSize) {
        pieces.push(this.#piece(calls.slice(at, at + this.#batchSize)))
      }
      return (await Promise.all(pieces)).flat()
    } finally {
      this.metrics.ms += performance.now() - started
    }
  }

  /** The error of the node as a SourceError. */
  refusal(method: string, { code, message }: { code: number; message: string }): SourceError {
    const isState = STATE_WORDS.test(message)
    const sentence = `${this.name} refused ${method}: ${describe(message)} (${code})`
    return rpcError(isState ? 'SOURCE_STATE' : 'SOURCE_REFUSED', sentence)
  }

  /** One HTTP request; in halves where the node does not take that many calls at once. */
  async #piece(calls: readonly RpcCall[]): Promise<RpcAnswer[]> {
    try {
      return await this.#repeated(calls)
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error
      const half = Math.ceil(calls.length / 2)
      this.#batchSize = Math.min(this.#batchSize, half)
      this.metrics.roundTrips++
      return (await Promise.all([this.#piece(calls.slice(0, half)), this.#piece(calls.slice(half))])).flat()
    }
  }

  /** Sends until every call has an answer that is not "later". */
  async #repeated(calls: readonly RpcCall[]): Promise<RpcAnswer[]> {
    const answers: RpcAnswer[] = []
    let open = calls.map((_, i) => i)
    for (let attempt = 0; ; attempt++) {
      let passing: Passing
      try {
        const given = await this.#send(open.map(i => calls[i]!))
        for (const [k, i] of open.entries()) answers[i] = given[k]!
        const later = open.filter(i => isLimit(answers[i]!))
        if (later.length === 0) return answers
        open = later
        passing = new Passing(rpcError('SOURCE_RATE_LIMITED', `${this.name} limits how much it is asked`))
      } catch (error) {
        if (!(error instanceof Passing)) throw error
        passing = error
      }
      if (attempt >= this.#limits.retries) throw passing.failure
      this.metrics.retries++
      this.metrics.roundTrips++
      await pause(passing.after ?? this.#limits.backoff * 2 ** attempt * (0.75 + Math.random() / 2))
    }
  }

  async #send(calls: readonly RpcCall[]): Promise<RpcAnswer[]> {
    const requests = calls.map(([method, params], id) => ({ jsonrpc: '2.0', id, method, params }))
    const body = JSON.stringify(requests.length === 1 ? requests[0] : requests)
    const text = await this.#post(body, calls.length)
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch (cause) {
      throw rpcError('SOURCE_MALFORMED', `${this.name} answered ${describe(text)}, which is no JSON`, cause)
    }
    return this.#read(json, calls.length)
  }

  async #post(body: string, count: number): Promise<string> {
    const { timeout, maxAnswer } = this.#limits
    const signal = AbortSignal.timeout(timeout)
    this.metrics.requests++
    try {
      const response = await this.#fetch(this.url, { method: 'POST', headers: this.#headers, body, signal })
      const text = await readLimited(response, maxAnswer)
      if (text === undefined) {
        if (count > 1) throw new TooLarge()
        throw rpcError('SOURCE_MALFORMED', `${this.name} answered more than ${maxAnswer} bytes (option "maxAnswer")`)
      }
      this.metrics.received += text.length
      // Nodes say some errors with a status of their own and a body in the usual form.
      if (response.ok || /^\s*[[{].*"(?:error|result)"/s.test(text.slice(0, 2000))) return text
      throw this.#failed(response, count)
    } catch (cause) {
      if (cause instanceof SourceError || cause instanceof Passing || cause instanceof TooLarge) throw cause
      if (signal.aborted) {
        const sentence = `${this.name} did not answer ${count} calls within ${timeout} ms`
        throw new Passing(rpcError('SOURCE_TIMEOUT', sentence))
      }
      throw new Passing(rpcError('SOURCE_UNREACHABLE', `${this.name} cannot be reached`, innermost(cause)))
    }
  }

  #failed(response: Response, count: number): Error {
    const { status } = response
    if (status === 413 && count > 1) return new TooLarge()
    const after = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
    const wish = Number.isFinite(after) ? Math.min(after, MAX_PAUSE) : undefined
    const sentence = `${this.name} answered with HTTP status ${status}`
    if (status === 429) return new Passing(rpcError('SOURCE_RATE_LIMITED', sentence), wish)
    const failure = rpcError('SOURCE_UNREACHABLE', sentence)
    return status >= 500 ? new Passing(failure, wish) : failure
  }

  #read(json: unknown, count: number): RpcAnswer[] {
    const items = Array.isArray(json) ? json : [json]
    if (items.length !== count || (count > 1 && !Array.isArray(json))) {
      const [only] = items
      const error = isObject(only) && isError(only.error) ? only.error : undefined
      if (!error) throw this.#malformed(`${items.length} answers to ${count} calls`)
      if (isLimit({ error }))
        throw new Passing(rpcError('SOURCE_RATE_LIMITED', `${this.name}: ${describe(error.message)}`))
      // One error for the whole batch: no batches, or none of that size.
      throw new TooLarge()
    }
    const answers: RpcAnswer[] = []
    for (const item of items) {
      if (!isObject(item)) throw this.#malformed(describe(item))
      const id = count === 1 ? 0 : item.id
      const isNew = typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < count && !answers[id]
      if (!isNew) throw this.#malformed(`an answer with id ${describe(item.id)}`)
      if (isError(item.error)) answers[id] = { error: item.error }
      else if ('result' in item) answers[id] = { result: item.result }
      else throw this.#malformed('an answer without result and error')
    }
    return answers
  }

  #malformed(found: string): SourceError {
    return rpcError('SOURCE_MALFORMED', `expected JSON-RPC answers of ${this.name}, got ${found}`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isError(value: unknown): value is { code: number; message: string } {
  return isObject(value) && typeof value.code === 'number' && typeof value.message === 'string'
}

function isLimit(answer: RpcAnswer): boolean {
  return 'error' in answer && (LIMIT_CODES.has(answer.error.code) || LIMIT_WORDS.test(answer.error.message))
}

/** The text of an answer; undefined where it is longer than allowed. */
async function readLimited(response: Response, limit: number): Promise<string | undefined> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length
    if (length > limit) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}

/** What fetch hides in the cause of its TypeError. */
function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, Math.min(ms, MAX_PAUSE)))
}

function checkedUrl(url: string | URL): URL {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : url
  if (parsed instanceof URL && /^https?:$/.test(parsed.protocol)) return parsed
  throw new InputError({ field: 'url', expected: 'an http or https URL', found: describe(url) })
}

function checkedLimits(options: RpcClientOptions): typeof DEFAULTS {
  const limits = { ...DEFAULTS }
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = options[name] ?? DEFAULTS[name]
    const least = name === 'retries' || name === 'backoff' ? 0 : 1
    if (!Number.isFinite(value) || value < least) {
      throw new InputError({ field: name, expected: `a number from ${least} up`, found: describe(value) })
    }
    limits[name] = Math.floor(value)
  }
  return limits
}
