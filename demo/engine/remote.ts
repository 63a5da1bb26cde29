// A block of a node, with the state that it touches.

import { rpcBlock, SourceError } from '../../src/index.ts'
import type { Loaded } from './blocks.ts'

/** A visitor waits: what does not pass by itself soon is told. */
const RETRIES = 1

/** Fetches a block by number, hash or name. The address is used for this and kept nowhere. */
export async function loadRemote({ url, block }: { url: string; block: string }, signal: AbortSignal): Promise<Loaded> {
  const name = /^\d+$/.test(block) ? BigInt(block) : (block as 'latest')
  const stoppable: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([signal, init.signal]) : signal })
  try {
    const { source, expected, ...found } = await rpcBlock(url, name, { retries: RETRIES, fetch: stoppable })
    return { title: `Block ${found.block.env.number}`, block: found.block, source, expected }
  } catch (error) {
    signal.throwIfAborted()
    throw isUnreachable(error) ? unreachable(url, error) : error
  }
}

/** Browsers say "TypeError" for a host that is not there and for one that does not allow the page alike. */
function isUnreachable(error: unknown): boolean {
  return error instanceof SourceError && error.walk(cause => cause instanceof TypeError) !== null
}

function unreachable(url: string, cause: unknown): SourceError {
  const details =
    'Either nothing answers there, or it does not allow requests from this page: the node has to send ' +
    'Access-Control-Allow-Origin (geth: --http.corsdomain, reth: --http.corsdomain, anvil: allowed as it is).'
  return new SourceError(`the node at ${new URL(url).host} could not be reached from this page`, { cause, details })
}
