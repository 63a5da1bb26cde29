// A node of one's own for tests: anvil from npm, with unlocked accounts that have 10,000 ether each.
import { once } from 'node:events'
import { startAnvil } from '../../bench/rivals/anvil-process.ts'
import type { Address, Hex } from '../../src/types.ts'

/** A running node. */
export interface Node {
  url: string
  accounts: readonly Address[]
  ask<T = Hex>(method: string, ...params: unknown[]): Promise<T>
  close(): Promise<void>
}

/** Starts a node that mines when it is told to; a string where it is not installed, which says so. */
export async function startNode(flags: readonly string[] = []): Promise<Node | string> {
  const started = await startAnvil(['--no-mining', '--port', '0', '--gas-limit', '400000000', ...flags]).catch(cause =>
    String(cause instanceof Error ? cause.message : cause),
  )
  if (typeof started === 'string') return started
  const { child, port } = started
  const url = `http://127.0.0.1:${port}`
  const ask = async <T>(method: string, ...params: unknown[]): Promise<T> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { result, error } = (await response.json()) as { result: T; error?: { message: string } }
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }
  return {
    url,
    accounts: await ask<Address[]>('eth_accounts'),
    ask,
    async close() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
