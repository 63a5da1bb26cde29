// Everything a source can list, as records for the core: one supply before a run instead of many requests during it.

import { putAccount, putSlots, Writer } from '../abi.ts'
import type { Source, SourceEntry } from '../types.ts'

/** The records of all accounts and slots, in `writer`, which is emptied first; undefined when the source cannot list them. */
export function listedState(source: Source, writer: Writer = new Writer(1 << 16)): Writer | undefined {
  const entries = source.entries?.()
  if (!entries) return undefined
  writer.clear()
  for (const entry of entries) {
    if (entry.records) writer.append(entry.records)
    else putEntry(writer, entry)
  }
  return writer
}

/** The records of one account and its slots. */
export function entryRecords(entry: Omit<SourceEntry, 'records'>): Uint8Array {
  const writer = new Writer(256)
  putEntry(writer, entry)
  return writer.bytes.slice()
}

function putEntry(writer: Writer, { address, account, storage }: Omit<SourceEntry, 'records'>): void {
  putAccount(writer, address, account, true)
  putSlots(writer, address, storage)
}
