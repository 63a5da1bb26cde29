// A block from a node. Filled in below.
import type { Loaded } from './blocks.ts'

export async function loadRemote(_choice: { url: string; block: string }, _signal: AbortSignal): Promise<Loaded> {
  throw new Error('not there yet')
}
