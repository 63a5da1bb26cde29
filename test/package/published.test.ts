// The package as `npm pack` makes it and somebody else installs it: checked by publint and by are-the-types-wrong, run in Node by each
// entry, bundled by Vite and run on a page and in a worker, and held to a size.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { build, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, withPage } from '../gpu/browser.ts'
import { setUp } from '../setup/weft.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
setUp('dist')
const folder = mkdtempSync(join(tmpdir(), 'weft-published-'))
const installed = join(folder, 'node_modules', manifest.name)
let tarball: string

beforeAll(() => {
  const options = { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' } as const
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const { stdout, stderr } = spawnSync('npm', args, options)
  expect(stdout, stderr).toContain('filename')
  tarball = join(folder, JSON.parse(stdout)[0].filename)
  mkdirSync(installed, { recursive: true })
  expect(spawnSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']).status).toBe(0)
  for (const name of Object.keys(manifest.dependencies)) {
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Problem {
  kind: string
  resolutionKind?: string
  resolutionOption?: string
}

it('is what publint asks of a package', async () => {
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false })
  expect(messages).toEqual([])
})

it('has types that resolve for users of ES modules and of bundlers', async () => {
  const typed = Object.keys(manifest.exports).filter(name => manifest.exports[name].types)
  expect(typed).toContain('./inline')
  const published = createPackageFromTarballData(new Uint8Array(readFileSync(tarball)))
  const { problems } = (await checkPackage(published, { entrypoints: typed })) as { problems: Problem[] }
  // Two things are meant: there is no CommonJS build (Node from 20.19 on can require() this one), and what knew neither `exports` nor
  // `imports`, the resolution "node10", is not served.
  const told = problems.filter(({ kind, resolutionKind, resolutionOption }) => {
    return kind !== 'CJSResolvesToESM' && (resolutionKind ?? resolutionOption) !== 'node10'
  })
  expect(told.map(({ kind, ...rest }) => [kind, JSON.stringify(rest).slice(0, 300)])).toEqual([])
  expect(problems.length).toBeGreaterThan(0) // it has looked
})

const PROGRAM = `const { status, output } = await weft.call({ code: Uint8Array.of(0x60, 0x2a, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3) })`

describe('runs in Node', () => {
  const run = (script: string): string[] => {
    const options = { cwd: folder, encoding: 'utf8', timeout: 60_000 } as const
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options)
    return [stderr, stdout]
  }
  const ends = `${PROGRAM}\nconsole.log(status, output.at(-1))\nawait weft.close()`

  it.each([
    ['as it is', `import { createWeft } from 'weft-evm'\nconst weft = await createWeft()`],
    ['with the core in the code', `import { createWeft } from 'weft-evm/inline'\nconst weft = await createWeft()`],
    [
      'with a compiled module',
      `import { createWeft } from 'weft-evm'\nimport { readFileSync } from 'node:fs'
       const file = new URL(import.meta.resolve('weft-evm/weft.wasm'))
       const weft = await createWeft({ wasm: new WebAssembly.Module(readFileSync(file)) })`,
    ],
    [
      'by require()',
      `import { createRequire } from 'node:module'
       const { createWeft } = createRequire(process.cwd() + '/x.js')('weft-evm')\nconst weft = await createWeft()`,
    ],
    [
      'in a worker',
      `import { Worker } from 'node:worker_threads'
       const code = \`import { parentPort } from 'node:worker_threads'
         const { createWeft } = await import('weft-evm'); const weft = await createWeft(); ${PROGRAM}; parentPort.postMessage(output.at(-1))\`
       const { writeFileSync } = await import('node:fs')
       writeFileSync('worker.mjs', code)
       const answer = await new Promise((resolve, reject) => new Worker('./worker.mjs', { execArgv: [] }).on('message', resolve).on('error', reject))
       if (answer !== 42) throw new Error(answer)
       const { createWeft } = await import('weft-evm')\nconst weft = await createWeft()`,
    ],
  ])('%s', (_, begin) => {
    // Node 20 says once that require() of an ES module is new.
    const [stderr, stdout] = run(`${begin}\n${ends}`)
    expect([
      stderr!.replace(/^\(node.*ExperimentalWarning: (?:CommonJS|Support for loading)[\s\S]*?\n.*\n/, ''),
      stdout,
    ]).toEqual(['', 'success 42\n'])
  })
})

describe('bundled by Vite', () => {
  const app = join(folder, 'app')
  const sizes = (): Map<string, number> => {
    const assets = join(app, 'dist/assets')
    return new Map(
      readdirSync(assets).map(name => [name, gzipSync(readFileSync(join(assets, name)), { level: 9 }).length]),
    )
  }
  beforeAll(async () => {
    mkdirSync(app)
    writeFileSync(join(app, 'index.html'), '<!doctype html><script type="module" src="/main.js"></script>')
    const work = `const weft = await createWeft()\n${PROGRAM}`
    writeFileSync(
      join(app, 'main.js'),
      `import { createWeft } from 'weft-evm'
       const own = async () => { ${work}; await weft.close(); return status + output.at(-1) }
       const inWorker = () => new Promise((resolve, reject) => {
         const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
         worker.onmessage = ({ data }) => resolve(data)
         worker.onerror = ({ message }) => reject(new Error(message))
       })
       window.answer = Promise.all([own(), inWorker()])`,
    )
    writeFileSync(
      join(app, 'worker.js'),
      `import { createWeft } from 'weft-evm'\n${work}\npostMessage(status + output.at(-1))`,
    )
    await build({ root: app, logLevel: 'error', worker: { format: 'es' }, build: { target: 'es2022' } })
  }, 120_000)

  it('ships the three cores as files of their own', () => {
    const names = [...sizes().keys()]
      .filter(name => name.endsWith('.wasm'))
      .map(name => name.replace(/-[\w-]{8}\.wasm$/, ''))
    expect([...new Set(names)].toSorted()).toEqual(['weft', 'weft.simd', 'weft.threads'])
  })

  it('keeps to its size: code and cores, gzipped', () => {
    const all = [...sizes()]
    const largest = (pattern: RegExp): number =>
      Math.max(...all.flatMap(([name, size]) => (pattern.test(name) ? size : [])))
    const main = largest(/^index-.*\.js$/)
    console.log(
      `gzipped: main entry ${main} bytes; ${all
        .filter(([name]) => name.endsWith('.wasm'))
        .map(([name, size]) => `${name.replace(/-[\w-]{8}(?=\.wasm)/, '')} ${size}`)
        .join(', ')}`,
    )
    expect(main).toBeLessThan(64 * 1024)
    expect(largest(/^weft-.*\.wasm$/)).toBeLessThan(60 * 1024)
    expect(largest(/^weft\.simd.*\.wasm$/)).toBeLessThan(60 * 1024)
    expect(largest(/^weft\.threads.*\.wasm$/)).toBeLessThan(80 * 1024)
  })

  const program = findChromium()
  it('runs on a page and in a worker of it', async context => {
    if (!program) return context.skip('no Chromium could be had on this machine (scripts/setup-system.mjs)')
    const server = await preview({ root: app, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } })
    try {
      const answer = await withPage(program, async page => {
        await page.goto(server.resolvedUrls!.local[0]!)
        return await page.evaluate('window.answer')
      })
      expect(answer).toEqual(['success42', 'success42'])
    } finally {
      await server.close()
    }
  })
})
