// Everything a source can list, as records for the core: one supply before a run instead of many requests during it.

import { putAccount, putSlots, Writer } from '../abi.ts'
import type { Source } from '../types.ts'

/** The records of all accounts and slots; undefined when the source cannot list them. */
export function listedState(source: Source): Writer | undefined {
  const entries = source.entries?.()
  if (!entries) return undefined
  const writer = new Writer(1 << 16)
  for (const { address, account, storage } of entries) {
    putAccount(writer, address, account, true)
    putSlots(writer, address, storage)
  }
  return writer
}
