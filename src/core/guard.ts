// How calls into an instance of the core fail. Called by core.ts and trie.ts.

import * as abi from '../abi.ts'
import { InternalError } from '../errors.ts'

/** Calls into the core. A trap is a bug in it: the instance is void. */
export function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new InternalError('the core trapped', { cause })
  }
}

/** The error of a function that returned another status than 0. */
export function failure(status: number, name: string): InternalError {
  if (status === abi.OUT_OF_MEMORY) return new InternalError('the core ran out of memory', { code: 'OUT_OF_MEMORY' })
  return new InternalError(`${name} expected status 0, got ${status}`)
}
