// What the two kinds of cases have in common: a name to filter by, and work that is loaded when its turn has come.

import { hexOf } from '../../src/input/hex.ts'
import { type Case, WrongResult } from '../harness.ts'

/** Cases are reported, and compared with a rival, by group. */
export type Group =
  | 'classic'
  | 'classic-memo'
  | 'micro'
  | 'block'
  | 'sample'
  | 'parallel'
  | 'parallel-block'
  | 'hash'
  | 'root'
  | 'gpu'
  | 'part'
  | 'startup'

/** A case before it is loaded. */
export interface CaseEntry {
  name: string
  group: Group
  /** Throws a Missing where what the case needs is not there. */
  load(): Promise<Case>
}

/** Throws a WrongResult naming engine and field unless both are the same. */
export function demand(engine: string, field: string, expected: unknown, found: unknown): void {
  if (expected !== found) throw new WrongResult(`${engine}: ${field} expected ${expected}, got ${found}`)
}

/** Output as evm-bench files give it: at most its first 128 bytes. */
export function outputText(output: Uint8Array): string {
  return hexOf(output.subarray(0, 128))
}
