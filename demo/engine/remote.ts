// A block of a node, with the state that it touches.

import { rpcBlock } from '../../src/index.ts'
import type { Loaded } from './blocks.ts'

/** Fetches a block by number, hash or name. The address is used for this and kept nowhere. */
export async function loadRemote({ url, block }: { url: string; block: string }, signal: AbortSignal): Promise<Loaded> {
  const name = /^\d+$/.test(block) ? BigInt(block) : (block as 'latest')
  const { source, expected, ...found } = await rpcBlock(url, name)
  signal.throwIfAborted()
  return { title: 'From a node', block: found.block, source, expected }
}
