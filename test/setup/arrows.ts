// The direction of imports, as ARCHITECTURE.md draws it, as data: which unit (a folder of src/, or a file directly in
// it) may import which. test/unit/arrows.test.ts holds the whole repository against it. A new unit is added here.
import { dirname, join } from 'node:path/posix'

/** From the top down; a unit may import every unit of a later row, never one of its own row. */
const rows = [
  ['cli', 'ethereumjs'],
  ['blocktest', 'statetest', 't8n', 'inline'],
  ['index'],
  ['provider', 'blockchain'],
  ['call', 'block'],
  ['simulate'],
  ['tx'],
  ['run'],
  ['engine'],
  ['pool', 'schedule'],
  ['analysis', 'signed'],
  ['state'],
  ['gpu', 'trace'],
  ['core'],
]

/** Units that anyone may import and that import only each other. */
const leaves = ['types', 'errors', 'limits', 'chain', 'inline-wasm.d']

/** Units beside the rows: whom they import besides themselves. Those of `core` up may import them. */
const aside: Record<string, readonly string[]> = {
  abi: [...leaves, 'input'],
  crypto: leaves,
  input: leaves,
}

/** Rows that are more than a place in the order: pool and trace know the core, not the state or the graph. */
const only: Record<string, readonly string[]> = {
  pool: ['core', 'abi', 'crypto', ...leaves],
  trace: ['core', 'abi', 'input', ...leaves],
}

/** Files of assembly/ that are plain numbers and names, read by both compilers; tsconfig.json lists the same. */
const shared = [
  'assembly/abi.ts',
  'assembly/opcodes.ts',
  'assembly/parallel/program.ts',
  'assembly/precompiles/forks.ts',
]

/** Folders outside src/ and what they may import outside themselves. The package (src/) imports none of them. */
const around: Record<string, readonly string[]> = {
  bench: ['src', 'assembly', 'scripts'],
  demo: ['src', 'assembly', 'bench', 'shaders'],
  examples: ['src'],
  test: ['src', 'assembly', 'bench', 'demo', 'examples', 'scripts', 'shaders'],
}

/** The unit of a file of src/: its folder, or its name where it lies directly in src/. */
export function unitOf(file: string): string {
  const [, first = ''] = file.split('/')
  return first.replace(/\.ts$/, '')
}

function srcMayImport(from: string, to: string): boolean {
  if (from === to) return true
  if (leaves.includes(to)) return true
  if (leaves.includes(from)) return false
  if (from in aside) return aside[from]?.includes(to) === true
  if (from in only) return only[from]?.includes(to) === true
  if (to in aside) return true
  const rowOf = (unit: string): number => rows.findIndex(row => row.includes(unit))
  return rowOf(from) < rowOf(to)
}

/** True for units that have a place in the table above. */
export function isPlaced(unit: string): boolean {
  return unit === 'abi' || leaves.includes(unit) || unit in aside || rows.some(row => row.includes(unit))
}

/**
 * What is wrong with one import, or undefined. `file` is relative to the root, `target` is the text between the quotes.
 * Packages and node: modules concern src/ only: it runs in browsers, except for cli/ and the *.node.ts files.
 */
export function wrongArrow(file: string, target: string): string | undefined {
  const folder = file.split('/')[0] ?? ''
  if (!target.startsWith('.')) {
    if (folder === 'assembly') return 'assembly/ imports nothing outside itself'
    const inNode = folder !== 'src' || file.startsWith('src/cli/') || file.endsWith('.node.ts')
    return target.startsWith('node:') && !inNode ? 'node: belongs in src/cli/ or a *.node.ts file' : undefined
  }
  const path = join(dirname(file), target)
  const targetFolder = path.split('/')[0] ?? ''
  if (folder === 'assembly') return targetFolder === folder ? undefined : 'assembly/ imports nothing outside itself'
  if (folder !== 'src') {
    return targetFolder === folder || around[folder]?.includes(targetFolder) !== false
      ? undefined
      : `${folder}/ may import ${around[folder]?.join(', ')}`
  }
  if (targetFolder === 'assembly') return shared.includes(path) ? undefined : `src/ may import ${shared.join(', ')}`
  if (targetFolder !== 'src') return 'src/ imports nothing of the folders around it'
  const [from, to] = [unitOf(file), unitOf(path)]
  return srcMayImport(from, to) ? undefined : `${from} may not import ${to}`
}
