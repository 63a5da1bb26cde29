// Which block, state and environment a parameter names.

import type { State } from '../state/state.ts'
import type { Account, BlockEnv, Hex } from '../types.ts'
import type { Chain, ChainBlock } from './chain.ts'
import { type Params, refuseParam } from './read.ts'

/** What answers a method. */
export type Method = (chain: Chain, params: Params) => unknown

/** The block that a parameter names; undefined where there is none. */
export function blockAt(chain: Chain, named: unknown): ChainBlock | undefined {
  if (named === undefined || named === null || /^(?:latest|pending|safe|finalized)$/.test(String(named)))
    return chain.head
  if (named === 'earliest') return chain.blocks[0]
  if (typeof named === 'object') {
    const { blockHash, blockNumber } = named as { blockHash?: Hex; blockNumber?: Hex }
    return blockHash ? chain.blocks.find(({ hash }) => hash === blockHash) : blockAt(chain, blockNumber)
  }
  if (typeof named === 'string' && /^0x[0-9a-fA-F]{64}$/.test(named))
    return chain.blocks.find(({ hash }) => hash === named)
  const number = typeof named === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(named) ? BigInt(named) : undefined
  return chain.blocks.find(({ env }) => env.number === number)
}

/** The block that a parameter names. Throws an InputError where there is none. */
export function knownBlock(chain: Chain, named: unknown): ChainBlock {
  return (
    blockAt(chain, named) ??
    refuseParam('block', `a block of this chain, up to ${chain.head.env.number}`, JSON.stringify(named))
  )
}

/** State, and the environment of a call at the block that a parameter names. */
export function placeAt(chain: Chain, params: Params, i: number): { env: BlockEnv; source: State } {
  const block = knownBlock(chain, params.raw(i))
  return { env: { ...block.env, baseFee: 0n }, source: chain.at(block) }
}

/** The account that the first parameter names, at the block that the second does. */
export async function accountAt(chain: Chain, params: Params): Promise<{ state: State; account: Account | null }> {
  const state = chain.at(knownBlock(chain, params.raw(1)))
  return { state, account: await state.account(params.address(0)) }
}
