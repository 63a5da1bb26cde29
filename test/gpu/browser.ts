// A headless Chromium with the compiled package, for tests: found by WEFT_CHROMIUM or in PATH, driven by playwright-core.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const root = fileURLToPath(new URL('../../', import.meta.url))

const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.wgsl': 'text/plain',
}

/** The path of the first program that runs: the one that `named` names, or one of `names` in PATH. */
export function findProgram(named: string | undefined, names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const paths = folders.flatMap(folder => names.map(name => join(folder, name)))
  const candidates = [named ?? [], paths].flat()
  return candidates.find(path => existsSync(path) && spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0)
}

/** Chromium's path, or undefined where there is none. A path and not a name: playwright-core does not look in PATH. */
export function findChromium(): string | undefined {
  return findProgram(process.env.WEFT_CHROMIUM, ['chromium', 'chromium-browser', 'google-chrome'])
}

/** A Chromium that is open. */
export interface Browser {
  context: BrowserContext
  close: () => Promise<void>
}

/** Opens Chromium with WebGPU, computed in software where there is no GPU. */
export async function openChromium(
  program: string,
  options: Pick<BrowserContextOptions, 'serviceWorkers' | 'viewport'> = {},
): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'weft-chromium-'))
  // The driver that Node's tests use is none for Chromium, which brings its own (and finds no adapter when pointed to that one).
  const { VK_DRIVER_FILES, LD_LIBRARY_PATH, ...env } = process.env
  const context = await chromium.launchPersistentContext(profile, {
    ...options,
    env: env as Record<string, string>,
    executablePath: program,
    headless: true,
    // Without the second flag a Chromium without a GPU has no adapter at all; with it SwiftShader.
    args: ['--no-sandbox', '--enable-unsafe-webgpu', '--no-first-run', '--disable-background-networking'],
  })
  const close = async (): Promise<void> => {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
  return { context, close }
}

/** Serves dist/ as it is, but for the imports that a bundler or an import map resolves. Isolated, so that there are threads. */
function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const headers = {
      'Content-Type': TYPES[extname(pathname)] ?? 'text/html',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    }
    if (pathname === '/') return void response.writeHead(200, headers).end('<!doctype html><title>Weft</title>')
    try {
      if (!/^\/dist\/[\w./-]+$/.test(pathname) || pathname.includes('..')) throw new Error('not of the package')
      const file = readFileSync(join(root, pathname))
      const isCode = pathname.endsWith('.js')
      const text = (): string => file.toString().replace(/'#(platform|port)'/g, "'/dist/src/core/$1.web.js'")
      response.writeHead(200, headers).end(isCode ? text() : file)
    } catch {
      response.writeHead(404).end()
    }
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
}

/** Opens an empty page of the package's origin for as long as `use` takes. */
export async function withPage<T>(program: string, use: (page: Page) => Promise<T>): Promise<T> {
  const server = await serve()
  const { context, close } = await openChromium(program)
  try {
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    return await use(page)
  } finally {
    await close()
    server.close()
  }
}
