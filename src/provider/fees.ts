// What gas costs, and has cost.

import { blobBaseFee } from '../chain/blobs.ts'
import { MAX_FEE_BLOCKS } from '../limits.ts'
import type { BlockEnv } from '../types.ts'
import { type ChainBlock, TIP } from './chain.ts'
import { knownBlock, type Method } from './place.ts'
import { quantityJson } from './read.ts'

/** wei per blob gas; 1 before Cancun, as it begins. */
function blobPrice({ excessBlobGas, blobUpdateFraction }: BlockEnv): bigint {
  return blobUpdateFraction === 0 ? 1n : blobBaseFee(excessBlobGas, blobUpdateFraction)
}

/** The tip that so many percent of a block's gas paid at most; 0 where there was none. */
function rewardsOf({ env, transactions, gasUsed }: ChainBlock, percentiles: readonly number[]): bigint[] {
  const paid = transactions
    .map(({ gasPrice, outcome }) => ({ tip: gasPrice - env.baseFee, gas: outcome.gasUsed }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
  return percentiles.map(percent => {
    let left = (Number(gasUsed) * percent) / 100
    for (const { tip, gas } of paid) {
      left -= Number(gas)
      if (left <= 0) return tip
    }
    return 0n
  })
}

/** Methods about fees. */
export const FEES: Readonly<Record<string, Method>> = {
  eth_gasPrice: chain => quantityJson(chain.nextEnv().baseFee + TIP),
  eth_maxPriorityFeePerGas: () => quantityJson(TIP),
  eth_blobBaseFee: chain => quantityJson(blobPrice(chain.nextEnv())),
  eth_feeHistory: (chain, params) => {
    const newest = chain.blocks.indexOf(knownBlock(chain, params.raw(1)))
    const first = Math.max(0, newest + 1 - Math.min(Number(params.quantity(0)), MAX_FEE_BLOCKS))
    const blocks = chain.blocks.slice(first, newest + 1)
    const percentiles = Array.isArray(params.raw(2)) ? (params.raw(2) as unknown[]).map(Number) : []
    const envs = [...blocks.map(({ env }) => env), chain.blocks[newest + 1]?.env ?? chain.nextEnv()]
    return {
      oldestBlock: quantityJson(chain.blocks[first]!.env.number),
      baseFeePerGas: envs.map(({ baseFee }) => quantityJson(baseFee)),
      gasUsedRatio: blocks.map(({ env, gasUsed }) => Number(gasUsed) / Number(env.gasLimit)),
      baseFeePerBlobGas: envs.map(env => quantityJson(blobPrice(env))),
      blobGasUsedRatio: blocks.map(() => 0),
      reward: percentiles.length > 0 ? blocks.map(block => rewardsOf(block, percentiles).map(quantityJson)) : [],
    }
  },
}
