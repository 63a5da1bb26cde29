// A Firefox as it comes, driven by WebDriver BiDi (w3c.github.io/webdriver-bidi), as far as one page needs it. playwright-core speaks to
// builds of its own alone, and puppeteer-core would bring eighty packages.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { findProgram } from '../gpu/browser.ts'

/** Firefox's path, or undefined where there is none. */
export function findFirefox(): string | undefined {
  return findProgram(process.env.WEFT_FIREFOX, ['firefox-esr', 'firefox'])
}

/** One page of a Firefox. */
export interface FirefoxPage {
  /** Loads a page and waits until it has. */
  open: (url: string) => Promise<void>
  /** The value of an expression, which is a text, a number or a boolean. */
  evaluate: (expression: string) => Promise<unknown>
  /** Waits until an expression is true, for 100 seconds at most. */
  waitFor: (expression: string) => Promise<void>
  /** Errors on the console and exceptions. */
  complaints: string[]
}

interface Message {
  id?: number
  type: string
  method?: string
  message?: string
  params?: { level: string; text: string }
  result?: Record<string, unknown>
}

const SESSION = /WebDriver BiDi listening on (ws:\/\/\S+)/
const PATIENCE_MS = 100_000

/** Opens a page in a new Firefox for as long as `use` takes. */
export async function withFirefox(program: string, use: (page: FirefoxPage) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'weft-firefox-'))
  const args = ['--headless', '--remote-debugging-port=0', '--profile', home, '--no-remote']
  const firefox = spawn(program, args, { env: { ...process.env, HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(firefox, 'exit')
  try {
    const session = await new Promise<string>((resolve, reject) => {
      let told = ''
      firefox.stderr.setEncoding('utf8').on('data', (piece: string) => {
        told += piece
        const found = SESSION.exec(told)?.[1]
        if (found) resolve(found)
      })
      firefox.once('exit', () => reject(new Error(`Firefox ended: ${told}`)))
    })
    await talk(new WebSocket(`${session}/session`), use)
  } finally {
    firefox.kill()
    await ended
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function talk(socket: WebSocket, use: (page: FirefoxPage) => Promise<void>): Promise<void> {
  const complaints: string[] = []
  const waiting = new Map<
    number,
    { resolve: (result: Record<string, unknown>) => void; reject: (error: Error) => void }
  >()
  socket.on('message', data => {
    const { id, type, message, method, params, result } = JSON.parse(String(data)) as Message
    if (method === 'log.entryAdded' && params?.level === 'error') complaints.push(params.text)
    const call = waiting.get(id ?? -1)
    if (type === 'success') call?.resolve(result!)
    else if (type === 'error') call?.reject(new Error(message))
  })
  await once(socket, 'open')
  let last = 0
  const send = (method: string, params: object): Promise<Record<string, unknown>> => {
    const id = ++last
    socket.send(JSON.stringify({ id, method, params }))
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
  }
  await send('session.new', { capabilities: {} })
  await send('session.subscribe', { events: ['log.entryAdded'] })
  const { context } = await send('browsingContext.create', { type: 'tab' })
  const evaluate = async (expression: string): Promise<unknown> => {
    const call = { expression, target: { context }, awaitPromise: true }
    const { type, result, exceptionDetails } = await send('script.evaluate', call)
    if (type !== 'success') throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`)
    return (result as { value?: unknown }).value
  }
  await use({
    complaints,
    evaluate,
    open: async url => void (await send('browsingContext.navigate', { context, url, wait: 'complete' })),
    waitFor: async expression => {
      for (const end = Date.now() + PATIENCE_MS; !(await evaluate(`Boolean(${expression})`)); await setTimeout(100)) {
        if (Date.now() > end) throw new Error(`waited in vain for ${expression}`)
      }
    },
  })
  socket.close()
}
