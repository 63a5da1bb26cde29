// Promises about the package as a whole: what the WASM files import and say about themselves, that every dependency is
// pinned, and that no file ties the repository to one registry or one machine.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { ABI_VERSION } from '../../assembly/abi.ts'
import { wasmBytes } from '../setup/weft.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const text = (file: string): string => readFileSync(join(root, file), 'utf8')
const manifest = JSON.parse(text('package.json'))

describe.each(['scalar', 'simd'] as const)('the %s build', build => {
  let module: WebAssembly.Module
  beforeAll(async () => {
    module = await WebAssembly.compile(wasmBytes(build))
  })

  it('imports nothing, so that any runtime can host it', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([])
  })

  it('names itself, its version and its ABI in the custom section', () => {
    const sections = WebAssembly.Module.customSections(module, 'weft').map(bytes => new TextDecoder().decode(bytes))
    expect(sections.map(section => JSON.parse(section))).toEqual([
      { name: manifest.name, version: manifest.version, abi: ABI_VERSION },
    ])
  })
})

it('the threads build imports its memory and the time, nothing else, and has the same ABI', async () => {
  const module = await WebAssembly.compile(wasmBytes('threads'))
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => `${from}.${name} ${kind}`)
  expect(imports.toSorted()).toEqual(['env.memory memory', 'env.now function'])
  const [section] = WebAssembly.Module.customSections(module, 'weft')
  expect(JSON.parse(new TextDecoder().decode(section))).toMatchObject({ version: manifest.version, abi: ABI_VERSION })
})

describe('package.json', () => {
  it('pins every dependency', () => {
    const all = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(all.length).toBeGreaterThan(0)
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  it('agrees with the lockfile, which names no host and holds a hash of the packages', () => {
    const { packages } = JSON.parse(text('package-lock.json'))
    const { '': own, ...others } = packages
    expect([own.version, own.dependencies, own.devDependencies]).toEqual([
      manifest.version,
      manifest.dependencies,
      manifest.devDependencies,
    ])
    const entries = Object.entries<Record<string, unknown>>(others)
    expect(entries.filter(([, entry]) => 'resolved' in entry)).toEqual([])
    // Binaries of the formatter and of anvil for other systems could not be downloaded where the lockfile was made, so they stand
    // there with their version only. They are optional and never part of the package.
    const unhashed = entries.filter(
      ([path, entry]) => !('integrity' in entry) && !/@biomejs\/cli-|@foundry-rs\/anvil-/.test(path),
    )
    expect(unhashed).toEqual([])
  })
})

describe('the files of the repository', () => {
  const ignored = new Set(
    text('.gitignore')
      .split('\n')
      .map(line => line.replace(/\/$/, '')),
  )
  const skipped = (name: string): boolean => ignored.has(name) || name === '.git' || /\.(gz|tgz|wasm|png)$/.test(name)

  function filesUnder(folder: string): string[] {
    return readdirSync(join(root, folder))
      .filter(name => !skipped(name))
      .map(name => join(folder, name))
      .flatMap(path => (statSync(join(root, path)).isDirectory() ? filesUnder(path) : [path]))
  }

  it.each([
    ['package registry', /\bregistry\.\w[\w-]*\.(?:org|com|io|dev)\b|\bnpmjs\.org\b/],
    ['path of one machine', /(?<![\w.:/@~*$}-])\/(?:work|root|home\/\w+)\/\w/],
  ])('mention no %s', (_, pattern) => {
    const found = filesUnder('').filter(file => pattern.test(text(file)))
    expect(found).toEqual([])
  })

  it('are searched with patterns that find something', () => {
    expect(filesUnder('')).toContain(join('test', 'unit', 'package.test.ts'))
  })
})
