// A block of a node, and the state before it: what replayBlock needs of the network.

import type { Chain } from '../chain/chain.ts'
import { createEnv } from '../chain/env.ts'
import { SYSTEM_CONTRACTS } from '../chain/system.ts'
import { InputError } from '../errors.ts'
import { readBlockFile } from '../input/block-file.ts'
import { Fields } from '../input/fields.ts'
import { MAX_TRANSACTION_BYTES, MAX_TRANSACTIONS } from '../limits.ts'
import type { Block, ExpectedHeader, Foreseen, Hex } from '../types.ts'
import { openSource, type RpcSource, type RpcSourceOptions } from './rpc.ts'
import { RpcClient } from './rpc-client.ts'
import { askedChain, checked, forkOf, type RpcBlockName, readBlock } from './rpc-place.ts'

/** A block as a node has it. */
export interface RpcBlock {
  block: Block
  hash: Hex
  /** What the header claims, to compare the outcome with. */
  expected: ExpectedHeader
  /** State before the block. */
  source: RpcSource
}

/**
 * A block and the state before it, of which what the block touches is fetched already as far as the node can foresee it. Three round trips;
 * what then is missing costs one for each step that depends on the one before.
 */
export async function rpcBlock(
  url: string | URL,
  block: RpcBlockName = 'latest',
  options: RpcSourceOptions = {},
): Promise<RpcBlock> {
  const client = new RpcClient(url, options)
  const { chainId, header, json } = await readBlock(client, block, { isWhole: true, chainId: askedChain(options) })
  const { read, hash, messages } = checked(client, () => {
    const [number, hardfork] = [Number(header.u64('number')), forkOf(header, chainId, options.chain ?? options.fork)]
    const read = readBlockFile(
      { number, hardfork, block: json, preState: {}, chainId: `0x${chainId.toString(16)}` },
      { file: header.place.file },
    )
    return { read, hash: header.hash('hash'), messages: messagesOf(header) }
  })
  const found = options.chain ? onChain(read.block, options.chain) : read.block
  const { env } = found
  if (env.number === 0n) throw new InputError({ field: 'block', expected: 'a block with a parent', found: 'block 0' })
  const source = await openSource(client, { number: env.number - 1n, hash: env.parentHash, env }, options)
  const paid = found.withdrawals?.map(({ address }) => address) ?? []
  await source.prefetchBlock(hash, messages, [env.coinbase, ...SYSTEM_CONTRACTS, ...paid])
  return { block: found, hash, expected: read.expected, source }
}

/** The block with the blob parameters that it has on its chain. */
function onChain(block: Block, chain: Chain): Block {
  const { number, timestamp } = block.env
  const { blobMax, blobUpdateFraction } = createEnv(chain, { number, timestamp })
  return { ...block, env: { ...block.env, blobMax, blobUpdateFraction } }
}

/** The transactions as messages, for whoever foresees what they touch. */
function messagesOf(header: Fields): Foreseen[] {
  return header.array('transactions', MAX_TRANSACTIONS, 'MAX_TRANSACTIONS').map((item, i) => {
    const tx = new Fields(item, { file: header.place.file, path: `transactions[${i}]` })
    return {
      from: tx.address('from'),
      ...(tx.has('to') && { to: tx.address('to') }),
      input: tx.bytes('input', MAX_TRANSACTION_BYTES, 'MAX_TRANSACTION_BYTES'),
      value: tx.u256('value'),
      gas: tx.u64('gas'),
      ...feesOf(tx),
    }
  })
}

/** What a transaction pays, as it says it itself: a node has `gasPrice` of all, which from London on is what came of the two fees. */
function feesOf(tx: Fields): Pick<Foreseen, 'gasPrice' | 'maxFeePerGas' | 'maxPriorityFeePerGas'> {
  if (!tx.has('maxFeePerGas')) return { gasPrice: tx.u256('gasPrice') }
  return { maxFeePerGas: tx.u256('maxFeePerGas'), maxPriorityFeePerGas: tx.u256('maxPriorityFeePerGas') }
}
