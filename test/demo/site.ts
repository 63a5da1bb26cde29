// The built page in a headless Chromium, for tests: built once, served as a static host would, with or without the headers that isolate it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { build } from 'vite'
import { type Browser, openChromium } from '../gpu/browser.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Where the page is built to: files of tests run at the same time. */
export const siteFolder: string = mkdtempSync(join(tmpdir(), 'weft-site-'))
process.once('exit', () => rmSync(siteFolder, { recursive: true, force: true }))

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/** Builds the page; dist/ has to be up to date. */
export async function buildSite(): Promise<void> {
  await build({
    root: join(root, 'demo'),
    configFile: join(root, 'demo/vite.config.ts'),
    logLevel: 'error',
    build: { outDir: siteFolder, emptyOutDir: true },
  })
}

/** A host of the built page. */
export interface Host {
  url: string
  close: () => void
}

/** Serves the page. `isolated`: with the headers of cross-origin isolation. `more`: what answers at other paths. */
export function serveSite(isolated: boolean, more: Record<string, RequestListener> = {}): Promise<Host> {
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = join(siteFolder, normalize(pathname === '/' ? '/index.html' : pathname))
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream')
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    }
    const answer = more[pathname]
    if (answer) answer(request, response)
    else if (existsSync(path)) response.end(readFileSync(path))
    else response.writeHead(404).end()
  })
  return new Promise(resolve =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ url: `http://127.0.0.1:${port}/`, close: () => void server.close() })
    }),
  )
}

/** Opens Chromium. `serviceWorkers`: whether pages may have them. */
export function openBrowser(program: string, serviceWorkers: 'allow' | 'block' = 'block'): Promise<Browser> {
  return openChromium(program, { serviceWorkers, viewport: { width: 1280, height: 900 } })
}

/** A page that is ready to run blocks, and what it complained of: errors on the console, exceptions, requests to other hosts. */
export interface Site {
  page: Page
  complaints: string[]
}

/** Opens the page. */
export async function openSite({ context }: Browser, url: string): Promise<Site> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('request', request => {
    if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith('blob:')) {
      complaints.push(`a request to ${request.url()}`)
    }
  })
  await page.goto(url)
  await page.waitForSelector('#setup[data-ready]')
  return { page, complaints }
}

/** How a block is to run: the controls by id. */
export interface Controls {
  block?: string
  threads?: number
  dispatch?: string
  hash?: string
  hints?: boolean
  /** Measured, beside sequential execution; default here: no, which takes a tenth of the time. */
  compare?: boolean
}

/** Sets the controls of the form. */
export async function setControls(page: Page, { block, hints, compare = false, ...selects }: Controls): Promise<void> {
  if (block) await page.check(`input[name=block][value=${block}]`, { force: true })
  for (const [id, value] of Object.entries(selects)) await page.selectOption(`#${id}`, String(value))
  await page.setChecked('#compare', compare)
  if (hints !== undefined) await page.setChecked('#hints', hints)
}

/** Presses Run and waits for the end, whatever it is. Returns the text that is announced, or the failure. */
export async function run(page: Page, controls: Controls = {}): Promise<string> {
  await setControls(page, controls)
  await page.evaluate("document.getElementById('announce').textContent = ''")
  await page.click('#run')
  await page.waitForSelector('#announce:not(:empty), #failure:not([hidden])', { state: 'attached', timeout: 100_000 })
  const failure = page.locator('#failure:not([hidden])')
  const isFailed = (await failure.count()) > 0
  return isFailed ? failure.innerText() : ((await page.locator('#announce').textContent()) ?? '')
}
