// Which tests and cases of a file are run: by name as geth's --run and evmone's -k choose, by fork and index as geth's
// --statetest.* options do. Called by statetest and blocktest.
import { findFork } from '../chain/forks.ts'
import { describe } from '../errors.ts'
import { type OptionValues, UsageError } from './command.ts'

/** What was asked for; everything that is absent lets all tests pass. */
export interface Selection {
  /** The name matches somewhere. */
  pattern?: RegExp
  /** The name contains it. */
  substring?: string
  /** The name is this. */
  name?: string
  fork?: string
  /** Position in `post[fork]`. */
  index?: number
}

/** Reads the options. Throws UsageError. */
export function readSelection(values: OptionValues): Selection {
  const text = (key: string): string | undefined => (typeof values[key] === 'string' ? values[key] : undefined)
  const [run, substring, name] = [text('run'), text('match'), text('statetest.name')]
  const [fork, index] = [text('statetest.fork'), text('statetest.index')]
  return {
    ...(run !== undefined && { pattern: readPattern(run) }),
    ...(substring !== undefined && { substring }),
    ...(name !== undefined && { name }),
    ...(fork !== undefined && { fork }),
    // geth's default, -1, means all.
    ...(index !== undefined && index !== '-1' && { index: readIndex(index) }),
  }
}

/** Is the test of this name asked for? */
export function selectsName({ pattern, substring, name }: Selection, test: string): boolean {
  if (pattern && !pattern.test(test)) return false
  if (substring !== undefined && !test.includes(substring)) return false
  return name === undefined || name === test
}

/** Is the case asked for? Forks agree by their rules' name, so `Petersburg` asks for `ConstantinopleFix` as well. */
export function selectsCase(selection: Selection, testCase: { fork: string; index: number }): boolean {
  if (selection.index !== undefined && selection.index !== testCase.index) return false
  const { fork } = selection
  if (fork === undefined || fork === testCase.fork) return true
  const wanted = findFork(fork)
  return wanted !== undefined && wanted === findFork(testCase.fork)
}

function readPattern(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch {
    throw new UsageError(`"--run" expected a regular expression, got ${describe(text)}`)
  }
}

function readIndex(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`"--statetest.index" expected a number 0..999999999, got ${describe(text)}`)
}
