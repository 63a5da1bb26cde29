// Which state tests go through the VM of EthereumJS: of each file the cases that stand first when all are ordered by a hash of their
// names, without slow ones. A case whose transaction is refused never reaches an EVM, so none of these is taken.

import slow from '../spec/slow-cases.json' with { type: 'json' }
import { type NamedCase, readCases, stateTestFiles } from '../spec/state-cases.ts'

/** Files and cases of a run: in full 2,000 and some of all 235 files, else a few of every eighth. */
export interface Share {
  /** One in so many files. */
  ofFiles: number
  /** Cases of a file, where it has so many. */
  perFile: number
}

/** The files of a run. */
export function sampledFiles(folder: string, { ofFiles }: Share): string[] {
  return stateTestFiles(folder).filter((_, i) => i % ofFiles === 0)
}

/** The cases of a file. */
export function sampledCases(folder: string, file: string, { perFile }: Share): NamedCase[] {
  const valid = readCases(folder, file).filter(each => !(each.id in slow) && !isRefused(each))
  const drawn = valid.map(each => [hashOf(each.id), each] as const).sort(([a], [b]) => a - b)
  return drawn.slice(0, perFile).map(([, each]) => each)
}

function isRefused({ test, fork, index }: NamedCase): boolean {
  const cases = (test().test.raw('post') as Record<string, { expectException?: string }[]>)[fork]
  return cases?.[index]?.expectException !== undefined
}

/** FNV-1a, 32 bits, and a mix: names that differ in their last digit only must not stand side by side. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0
}
