// A node that is down, slow, of another chain, limits what it is asked, or answers nonsense: a SourceError that says what to do, and
// never a wrong result. What passes by itself is asked again.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createWeft,
  type ForkName,
  type ForkRule,
  InputError,
  type RpcClientOptions,
  rpcSource,
  SourceError,
} from '../../src/index.ts'
import type { Address, Hex } from '../../src/types.ts'
import { wasmBytes } from '../setup/weft.ts'

interface Request {
  id: number
  method: string
  params: unknown[]
}
type Reply = (response: ServerResponse, requests: Request[], attempt: number) => void

const HASH: Hex = `0x${'ab'.repeat(32)}`
const ADDRESS: Address = `0x${'11'.repeat(20)}`
const BLOCK = {
  hash: HASH,
  number: '0x7',
  timestamp: '0x64',
  gasLimit: '0x1c9c380',
  miner: `0x${'22'.repeat(20)}`,
  parentHash: `0x${'cd'.repeat(32)}`,
  baseFeePerGas: '0x7',
  mixHash: `0x${'01'.repeat(32)}`,
  difficulty: '0x0',
}

/** What a node says that is in order. */
function resultOf({ method }: Request): unknown {
  if (method === 'eth_chainId') return '0x1'
  if (method.startsWith('eth_getBlockBy')) return BLOCK
  if (method === 'eth_getCode') return '0x'
  return method === 'eth_createAccessList' ? { accessList: [], gasUsed: '0x0' } : '0x5'
}

const fine = (requests: Request[]): object[] =>
  requests.map(request => ({ jsonrpc: '2.0', id: request.id, result: resultOf(request) }))
const say = (response: ServerResponse, value: unknown, status = 200, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof value === 'string' ? value : JSON.stringify(value))
}
const isState = (requests: Request[]): boolean => requests.some(({ method }) => method === 'eth_getBalance')

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A node that opens properly, and answers questions of state with `reply`. */
async function listen(reply: Reply, whole = false): Promise<string> {
  let attempt = 0
  server = createServer((incoming: IncomingMessage, response) => {
    let text = ''
    incoming.on('data', part => {
      text += part
    })
    incoming.on('end', () => {
      const json = JSON.parse(text) as Request | Request[]
      const requests = Array.isArray(json) ? json : [json]
      if (whole || isState(requests)) reply(response, requests, attempt++)
      else say(response, fine(requests))
    })
  })
  await new Promise<void>(resolve => server!.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server!.address() as AddressInfo).port}`
}

const quick: RpcClientOptions = { retries: 2, backoff: 1, timeout: 300 }

async function ask(reply: Reply, options: RpcClientOptions = quick) {
  const source = await rpcSource(await listen(reply), 'latest', options)
  return { source, account: await source.account(ADDRESS) }
}

describe('what does not pass', () => {
  const cases: Record<string, [code: string, advice: RegExp, reply: Reply]> = {
    'a node that hangs up': ['SOURCE_UNREACHABLE', /running/, response => response.destroy()],
    'HTTP 503 for ever': ['SOURCE_UNREACHABLE', /running/, response => say(response, 'busy', 503)],
    'HTTP 401': ['SOURCE_UNREACHABLE', /key/, response => say(response, 'no', 401)],
    'a node that never answers': ['SOURCE_TIMEOUT', /timeout/, () => {}],
    'an answer that never ends': ['SOURCE_TIMEOUT', /timeout/, response => void response.write('[')],
    'HTTP 429 for ever': ['SOURCE_RATE_LIMITED', /retries/, response => say(response, 'slow down', 429)],
    'a limit on every call': [
      'SOURCE_RATE_LIMITED',
      /retries/,
      (response, requests) =>
        say(
          response,
          requests.map(({ id }) => ({ id, error: { code: -32005, message: 'limit' } })),
        ),
    ],
    'a limit as one error for all': [
      'SOURCE_RATE_LIMITED',
      /retries/,
      response => say(response, { id: null, error: { code: -1, message: 'Too many requests' } }),
    ],
    'a page': ['SOURCE_MALFORMED', /URL/, response => say(response, '<html>')],
    null: ['SOURCE_MALFORMED', /URL/, response => say(response, 'null')],
    'a number': ['SOURCE_MALFORMED', /URL/, response => say(response, '[1,2,3]')],
    'too few answers': ['SOURCE_MALFORMED', /URL/, (response, requests) => say(response, fine(requests).slice(1))],
    'an answer twice': [
      'SOURCE_MALFORMED',
      /URL/,
      (response, requests) =>
        say(
          response,
          fine(requests).map(() => ({ id: 0, result: '0x' })),
        ),
    ],
    'an id that was not asked': [
      'SOURCE_MALFORMED',
      /URL/,
      (response, requests) =>
        say(
          response,
          fine(requests).map((item, i) => ({ ...item, id: i + 77 })),
        ),
    ],
    'neither result nor error': [
      'SOURCE_MALFORMED',
      /URL/,
      (response, requests) =>
        say(
          response,
          requests.map(({ id }) => ({ id })),
        ),
    ],
    'a balance that is no number': [
      'SOURCE_MALFORMED',
      /URL/,
      (response, requests) =>
        say(
          response,
          requests.map(({ id }) => ({ id, result: 'many' })),
        ),
    ],
    'a balance of 33 bytes': [
      'SOURCE_MALFORMED',
      /URL/,
      (response, requests) =>
        say(
          response,
          requests.map(({ id }) => ({ id, result: `0x1${'0'.repeat(64)}` })),
        ),
    ],
    'state that is no longer there': [
      'SOURCE_STATE',
      /archive/,
      (response, requests) =>
        say(
          response,
          requests.map(({ id }) => ({ id, error: { code: -32000, message: `missing trie node ${HASH}` } })),
        ),
    ],
    'another error': [
      'SOURCE_REFUSED',
      /method/,
      (response, requests) =>
        say(
          response,
          requests.map(({ id }) => ({ id, error: { code: -32601, message: 'not\u001b[31m here' } })),
        ),
    ],
  }
  it.each(Object.entries(cases))('%s', async (_, [code, advice, reply]) => {
    const error = await ask(reply).catch(error => error)
    expect(error).toBeInstanceOf(SourceError)
    expect(error).toMatchObject({ code, details: expect.stringMatching(advice) })
    expect(error.shortMessage).toMatch(/^[ -~]+$/)
    expect(error.shortMessage).toContain('127.0.0.1')
  })

  it('no node at all', async () => {
    const url = await listen(() => {})
    await new Promise(resolve => server!.close(resolve))
    await expect(rpcSource(url, 'latest', quick)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringMatching(/cannot be reached[\s\S]*running[\s\S]*ECONNREFUSED/),
    })
  })

  it('an answer that is longer than allowed', async () => {
    const url = await listen((response, requests) => say(response, fine(requests)))
    await expect(rpcSource(url, 'latest', { ...quick, maxAnswer: 40 })).rejects.toThrow('more than 40 bytes')
  })

  it('is never taken for a result of a call', async () => {
    const weft = await createWeft({ wasm: wasmBytes('simd') })
    const source = await rpcSource(await listen(response => say(response, '<html>')), 'latest', quick)
    await expect(weft.call({ to: ADDRESS, env: source.env, source })).rejects.toMatchObject({
      code: 'SOURCE_MALFORMED',
    })
    await weft.close()
  })

  it('does not show a key that stands in the URL', async () => {
    const url = `${await listen(response => say(response, '<html>'))}/v2/SECRET?key=SECRET`
    const source = await rpcSource(url, 'latest', quick)
    const error = await Promise.resolve(source.account(ADDRESS)).catch(error => error)
    expect(JSON.stringify(error) + error.stack).not.toContain('SECRET')
  })
})

describe('what passes', () => {
  const passing: Record<string, Reply> = {
    'a lost connection': (response, requests, attempt) =>
      attempt < 2 ? response.destroy() : say(response, fine(requests)),
    'HTTP 503': (response, requests, attempt) =>
      attempt < 2 ? say(response, 'busy', 503) : say(response, fine(requests)),
    'HTTP 429 with a wish': (response, requests, attempt) =>
      attempt < 1 ? say(response, '', 429, { 'retry-after': '0' }) : say(response, fine(requests)),
    'a slow answer': (response, requests, attempt) => void (attempt < 1 || say(response, fine(requests))),
    'a limit on some calls': (response, requests, attempt) =>
      say(
        response,
        fine(requests).map((item, i) =>
          attempt < 2 && i % 2 ? { id: i, error: { code: 429, message: 'rate limit' } } : item,
        ),
      ),
    'answers in another order': (response, requests) => say(response, fine(requests).reverse()),
  }
  it.each(Object.entries(passing))('%s', async (_, reply) => {
    const { account } = await ask(reply)
    expect(account).toMatchObject({ nonce: 5n, balance: 5n })
  })

  it.each(['an error for all', 'HTTP 413'])('batches that are too large are halved: %s', async how => {
    const tooMany = { id: null, error: { code: -32600, message: 'batch too large' } }
    const { source } = await ask((response, requests) => {
      if (requests.length <= 2) say(response, fine(requests))
      else if (how === 'HTTP 413') say(response, '', 413)
      else say(response, tooMany)
    })
    expect(await source.storage(ADDRESS, 1n)).toBe(5n)
    const before = source.metrics.requests
    await source.account(`0x${'33'.repeat(20)}`)
    expect(source.metrics.requests - before).toBe(2) // it has learned
  })

  it('what is asked for twice at once goes once', async () => {
    const source = await rpcSource(await listen((response, requests) => say(response, fine(requests))), 'latest', quick)
    const answers = await Promise.all([source.account(ADDRESS), source.account(ADDRESS), source.storage(ADDRESS, 1n)])
    expect(answers[0]).toBe(answers[1])
    expect(source.metrics).toMatchObject({ roundTrips: 2, requests: 2, calls: 2 + 3 + 1 })
  })
})

describe('a chain that changes', () => {
  it('gives no block hash of another branch', async () => {
    const source = await rpcSource(
      await listen((response, requests) => {
        const isLater = requests.length === 2 && requests.every(({ method }) => method === 'eth_getBlockByNumber')
        const hash = `0x${'ef'.repeat(32)}`
        say(response, isLater ? requests.map(({ id }) => ({ id, result: { ...BLOCK, hash } })) : fine(requests))
      }, true),
      'latest',
      quick,
    )
    const answer = Promise.resolve(source.blockHash(3n))
    await expect(answer).rejects.toThrow('the chain has changed')
  })
})

it('the rules are those of mainnet at that block, or what one says', async () => {
  const url = await listen((response, requests) => say(response, fine(requests)))
  const forkOf = async (fork?: ForkName | ForkRule) =>
    (await rpcSource(url, 'latest', { ...quick, ...(fork && { fork }) })).env.fork
  expect(await forkOf()).toBe('frontier')
  expect(await forkOf('london')).toBe('london')
  expect(await forkOf(({ number, timestamp }) => (number === 7n && timestamp === 100n ? 'shanghai' : 'osaka'))).toBe(
    'shanghai',
  )
})

it.each([
  ['url', () => rpcSource('ftp://here', 'latest')],
  ['url', () => rpcSource('nonsense', 'latest')],
  ['block', () => rpcSource('http://127.0.0.1:1', -1n)],
  ['block', () => rpcSource('http://127.0.0.1:1', '0x12')],
  ['timeout', () => rpcSource('http://127.0.0.1:1', 1n, { timeout: 0 })],
  ['retries', () => rpcSource('http://127.0.0.1:1', 1n, { retries: Number.NaN })],
])('an option %s that means nothing is an InputError', async (field, open) => {
  const error = await open().catch(error => error)
  expect(error).toBeInstanceOf(InputError)
  expect(error.field).toBe(field)
})
