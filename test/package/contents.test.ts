// What `npm pack` would publish: everything package.json points to, the sources that the source maps name, and nothing
// that only this repository needs.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
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
  const allowed = /^(?:dist|src|assembly|docs)\/|^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$/
  expect(packed.filter(file => !allowed.test(file))).toEqual([])
  expect(packed.filter(file => /(?:^|\/)test\/|\.test\./.test(file))).toEqual([])
})

it('can be imported by its name', () => {
  const { status, stderr } = spawnSync(process.execPath, ['-e', `import('${manifest.name}')`], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})
