// Which state a node is asked for: its chain, a block by number, hash or name, and the environment that the block's header describes.

import type { Chain } from '../chain/chain.ts'
import { createEnv } from '../chain/env.ts'
import { type ForkName, LATEST_FORK, mainnetFork } from '../chain/forks.ts'
import { describe, InputError } from '../errors.ts'
import { Fields, readQuantity, refuse } from '../input/fields.ts'
import type { BlockEnv, Hex } from '../types.ts'
import { quantityHex } from './alloc.ts'
import { type RpcClient, rpcError } from './rpc-client.ts'

/** A block by number, hash or name. */
export type RpcBlockName = bigint | number | Hex | 'latest' | 'safe' | 'finalized' | 'earliest'

/** The chain of a node and one of its blocks. */
export interface ReadBlock {
  chainId: bigint
  header: Fields
  json: unknown
}

/** The chain that a node has to be of; undefined: any. Throws an InputError for options that say it twice. */
export function askedChain({ chain, chainId, fork }: ChainChoice): bigint | undefined {
  if (!chain) return chainId
  if (chainId === undefined && fork === undefined) return chain.chainId
  const found = chainId === undefined ? 'a fork beside it' : 'a chain id beside it'
  throw new InputError({ field: 'chain', expected: 'to say both chain id and forks', found })
}

/** The options that tell which chain a node is of. */
export interface ChainChoice {
  /** The chain that the node has to be of. Default: any. */
  chainId?: bigint
  /** The rules in force, or what tells them of a block, for a chain of its own. Default: those of mainnet; on other chains the newest. */
  fork?: ForkName | ForkRule
  /** A chain of one's own, instead of the two above: its id, forks and blob parameters. */
  chain?: Chain
}

/** Reads a block, with its transactions where `isWhole`, and the chain in one round trip. `chainId`: that it has to be. */
export async function readBlock(
  client: RpcClient,
  block: RpcBlockName,
  { isWhole, chainId }: { isWhole: boolean; chainId: bigint | undefined },
): Promise<ReadBlock> {
  const named = blockParameter(block)
  const isHash = named.length === 66
  const method = isHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
  const [chain, json] = await client.results([
    ['eth_chainId', []],
    [method, [named, isWhole]],
  ])
  return checked(client, () => {
    const found = readQuantity(chain, { file: 'eth_chainId', path: '' }, 32)
    if (chainId !== undefined && found !== chainId) {
      throw rpcError('SOURCE_WRONG_CHAIN', `expected a node of chain ${chainId}, ${client.name} is of chain ${found}`)
    }
    if (json === null) throw rpcError('SOURCE_STATE', `${client.name} does not have block ${named}`)
    const header = new Fields(json, { file: method, path: '' }, 'a block')
    const key = isHash ? 'hash' : 'number'
    const told = isHash ? header.hash('hash') : quantityHex(header.u64('number'))
    if (named.startsWith('0x') && told !== named) refuse(header.at(key), `${named}, as asked`, told)
    return { chainId: found, header, json }
  })
}

function blockParameter(block: RpcBlockName): string {
  if (typeof block === 'bigint' || (typeof block === 'number' && Number.isSafeInteger(block))) {
    if (block >= 0) return quantityHex(block)
  } else if (typeof block === 'string') {
    if (/^(?:latest|safe|finalized|earliest)$/.test(block)) return block
    if (/^0x[0-9a-fA-F]{64}$/.test(block)) return block.toLowerCase()
  }
  const expected = "a block number, a block hash, 'latest', 'safe', 'finalized' or 'earliest'"
  throw new InputError({ field: 'block', expected, found: describe(block) })
}

/** Turns what is wrong with an answer into a SourceError that names the method and the field. */
export function checked<T>(client: RpcClient, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw rpcError('SOURCE_MALFORMED', `${client.name} did not answer as a node does: ${error.shortMessage}`)
  }
}

/** Tells the rules of a block of a chain of its own by its number and its timestamp (seconds since 1970). */
export type ForkRule = (block: { number: bigint; timestamp: bigint }) => ForkName

/** The rules of a block: those asked for, those of mainnet, or on other chains the newest. */
export function forkOf(header: Fields, chainId: bigint, asked: ForkName | ForkRule | Chain | undefined): ForkName {
  const block = { number: header.u64('number'), timestamp: header.u64('timestamp') }
  if (typeof asked === 'object') return asked.forkAt(block)
  if (typeof asked === 'function') return asked(block)
  if (asked !== undefined || chainId !== 1n) return asked ?? LATEST_FORK.name
  return mainnetFork(block.number, block.timestamp).name
}

/** The environment that a header describes. */
export function headerEnv(header: Fields, chainId: bigint, fork: ForkName | Chain): BlockEnv {
  const difficulty = header.has('difficulty') ? header.u256('difficulty') : 0n
  return createEnv(fork, {
    chainId,
    number: header.u64('number'),
    timestamp: header.u64('timestamp'),
    gasLimit: header.u64('gasLimit'),
    coinbase: header.address('miner'),
    baseFee: header.has('baseFeePerGas') ? header.u256('baseFeePerGas') : 0n,
    random: difficulty === 0n && header.has('mixHash') ? BigInt(header.hash('mixHash')) : difficulty,
    excessBlobGas: header.has('excessBlobGas') ? header.u64('excessBlobGas') : 0n,
    parentHash: header.hash('parentHash'),
  })
}
