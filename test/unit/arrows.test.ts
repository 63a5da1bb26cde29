// Imports point one way (design, section 2; the table stands in test/setup/arrows.ts). Reads every TypeScript file of
// the repository with the compiler's own import scanner, type imports and dynamic imports included.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { isPlaced, unitOf, wrongArrow } from '../setup/arrows.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

function filesIn(folder: string, ending: string): string[] {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.filter(name => name.endsWith(ending)).map(name => `${folder}/${name.replaceAll('\\', '/')}`)
}

const text = (file: string): string => readFileSync(join(root, file), 'utf8')

function importsOf(file: string): string[] {
  return ts.preProcessFile(text(file), true, true).importedFiles.map(({ fileName }) => fileName)
}

it('every import points down', () => {
  const files = ['assembly', 'src', 'bench', 'demo', 'examples', 'test'].flatMap(folder => filesIn(folder, '.ts'))
  const wrong = files.flatMap(file =>
    importsOf(file)
      .map(target => ({ target, reason: wrongArrow(file, target) }))
      .filter(({ reason }) => reason !== undefined)
      .map(({ target, reason }) => `${file} imports ${target}: ${reason}`),
  )
  expect(files).toContain('assembly/abi.ts')
  expect(wrong).toEqual([])
})

it('every unit of src has a place in the table', () => {
  const unplaced = filesIn('src', '.ts').filter(file => !isPlaced(unitOf(file)))
  expect(unplaced).toEqual([])
})

it('shaders import nothing', () => {
  const importing = filesIn('shaders', '.wgsl').filter(file => /^\s*(#?import|#include)\b/m.test(text(file)))
  expect(importing).toEqual([])
})

it.each([
  ['assembly/gas.ts', '../src/abi.ts', 'assembly/ imports nothing outside itself'],
  ['assembly/gas.ts', 'as-bignum', 'assembly/ imports nothing outside itself'],
  ['src/core/drive.ts', '../state/source.ts', 'core may not import state'],
  [
    'src/core/drive.ts',
    '../../assembly/gas.ts',
    'src/ may import assembly/abi.ts, assembly/opcodes.ts, assembly/parallel/program.ts, assembly/precompiles/forks.ts',
  ],
  ['src/core/drive.ts', 'node:fs', 'node: belongs in src/cli/ or a *.node.ts file'],
  ['src/types.ts', './core/core.ts', 'types may not import core'],
  ['src/input/block.ts', '../state/memory.ts', 'input may not import state'],
  ['src/crypto/curves.ts', '../core/core.ts', 'crypto may not import core'],
  ['src/pool/pool.ts', '../state/source.ts', 'pool may not import state'],
  ['src/tx.ts', './block.ts', 'tx may not import block'],
  ['src/index.ts', '../bench/main.ts', 'src/ imports nothing of the folders around it'],
  ['bench/main.ts', '../test/setup/data.ts', 'bench/ may import src, assembly, scripts'],
])('refuses %s → %s', (file, target, reason) => {
  expect(wrongArrow(file, target)).toBe(reason)
})

it.each([
  ['assembly/state/store.ts', '../arena.ts'],
  ['src/cli/main.ts', '../index.ts'],
  ['src/cli/main.ts', 'node:fs'],
  ['src/core/platform.node.ts', 'node:fs/promises'],
  ['src/core/drive.ts', '../crypto/curves.ts'],
  ['src/block.ts', './state/source.ts'],
  ['src/chain/forks.ts', '../../assembly/abi.ts'],
  ['src/state/memory.ts', '../abi.ts'],
  ['demo/main.ts', '../bench/blocks/sample.ts'],
])('allows %s → %s', (file, target) => {
  expect(wrongArrow(file, target)).toBeUndefined()
})
