// What `npm pack` would publish: everything package.json points to, the sources that the source maps name, and nothing
// that only this repository needs.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setUp } from '../setup/weft.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
setUp('dist')
const packed = listPacked()

function listPacked(): string[] {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error']
  const { stdout } = spawnSync(npm, args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' })
  return JSON.parse(stdout)[0].files.map((file: { path: string }) => file.path)
}

/** All file names in an object of conditions, such as an entry of `exports`. */
function targets(value: unknown): string[] {
  if (typeof value === 'string') return [value.replace(/^\.\//, '')]
  return Object.values(value as Record<string, unknown>).flatMap(targets)
}

it.each(['main', 'types', 'bin', 'exports', 'imports'])('holds every file that "%s" names', field => {
  expect(targets(manifest[field]).filter(file => !packed.includes(file))).toEqual([])
})

it('holds the source of every source map', () => {
  const maps = packed.filter(file => file.endsWith('.js.map'))
  const missing = maps
    .map(file => file.replace(/^dist\/(.*)\.js\.map$/, '$1.ts'))
    .filter(source => !packed.includes(source))
  expect(maps.length).toBeGreaterThan(0)
  expect(missing).toEqual([])
})

it('holds nothing that only the repository needs', () => {
  const allowed = /^(?:dist|src|assembly|include|docs)\/|^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$/
  expect(packed.filter(file => !allowed.test(file))).toEqual([])
  expect(packed.filter(file => /(?:^|\/)test\/|\.test\./.test(file))).toEqual([])
})

it('names the licence of every package that it installs', () => {
  const told = readFileSync(`${root}docs/THIRD-PARTY.md`, 'utf8').matchAll(/^\| (\S+) \| ([\d.]+) \| (\S+) \|/gm)
  const installed = Object.entries<string>(manifest.dependencies).map(([name, version]) => {
    const { license } = JSON.parse(readFileSync(`${root}node_modules/${name}/package.json`, 'utf8'))
    return [name, version, license]
  })
  expect([...told].map(([, ...row]) => row)).toEqual(installed)
})

it('can be imported by its name', () => {
  const { status, stderr } = spawnSync(process.execPath, ['-e', `import('${manifest.name}')`], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

describe('installed elsewhere', () => {
  let folder: string
  let installed: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weft-package-'))
    installed = install(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('starts threads, which find their program and their core', () => {
    const script = `
      import { createWeft } from 'weft-evm'
      import { existsSync } from 'node:fs'
      if (!existsSync(new URL(import.meta.resolve('weft-evm/weft.threads.wasm')))) throw new Error('no core')
      const weft = await createWeft({ threads: 2 })
      const { status, output } = await weft.call({ code: Uint8Array.of(0x60, 0x2a, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3) })
      await weft.close()
      console.log(status, output.at(-1))`
    const options = { cwd: folder, encoding: 'utf8', timeout: 60_000 } as const
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options)
    expect([stderr, stdout]).toEqual(['', 'success 42\n'])
  })

  it('replays a block on them', () => {
    const sample = `${root}bench/blocks/sample.json.gz`
    const args = [
      `${installed}/dist/src/cli/main.js`,
      'replay',
      sample,
      '--json',
      '--threads',
      '2',
      '--dispatch',
      'dataflow',
    ]
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 60_000 })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, parallel: { workers: 2, dispatch: { chosen: 'dataflow' } } })
  })

  it('measures itself, and names the rivals that are not there', () => {
    const args = [`${installed}/dist/src/cli/main.js`, 'bench', 'own.token-mint', '--quick', '--html', 'page.html']
    const { WEFT_DATA: _, EVMONE: __, ...env } = process.env
    const options = { cwd: folder, env, encoding: 'utf8', timeout: 110_000 } as const
    const { status, stdout, stderr } = spawnSync(process.execPath, args, options)
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/^own\.token-mint +\d+ /m)
    expect(stdout).toMatch(/^missing rival anvil: .*not installed/m)
    expect(stdout).toMatch(/^missing rival ethereumjs: .*not installed/m)
    expect(stdout).toMatch(/^missing rival evmone: EVMONE names no build/m)
    expect(packed).toEqual(expect.arrayContaining(['host.c', 'evmc.h'].map(name => `dist/bench/rivals/evmone/${name}`)))
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).toContain('own.token-mint')
  })
})

/** Puts the package where `npm install` would put it, with this repository's copies of its dependencies; returns its folder. */
function install(folder: string): string {
  const installed = join(folder, 'node_modules', manifest.name)
  for (const file of packed) {
    mkdirSync(dirname(join(installed, file)), { recursive: true })
    copyFileSync(join(root, file), join(installed, file))
  }
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
  }
  return installed
}
