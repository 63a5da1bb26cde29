// What a message is surrounded by, from the objects of EthereumJS: the rules of a Common, the environment of a block.

import type { Common } from '@ethereumjs/common'
import type { EVMRunCallOpts } from '@ethereumjs/evm'
import { findFork, forkByName } from '../chain/forks.ts'
import { describe, InputError } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import type { BlockEnv, ForkName } from '../types.ts'

/** A block as far as a message sees it. */
export type MessageBlock = NonNullable<EVMRunCallOpts['block']>

const ZERO_ADDRESS = '0x0000000000000000000000000000000000000000'
const ZERO_HASH = '0x0000000000000000000000000000000000000000000000000000000000000000'
/** Gas limit and base fee of the block that EthereumJS takes where there is none. */
const NO_BLOCK = { gasLimit: 0n, baseFee: 0n }

/** Hardforks of EthereumJS that have the rules of another; blob parameters come from the header. */
const SAME_RULES: Readonly<Record<string, ForkName>> = {
  mergeNetsplitBlock: 'paris',
  bpo3: 'bpo2',
  bpo4: 'bpo2',
  bpo5: 'bpo2',
}

/** The fork whose rules a Common has in force. Throws an InputError for rules that Weft does not have. */
export function forkOf(common: Common): ForkName {
  const name = common.hardfork()
  const fork = SAME_RULES[name] ?? findFork(name)?.name
  if (!fork)
    throw new InputError({
      field: 'common.hardfork()',
      expected: 'chainstart to osaka, or bpo1 to bpo5',
      found: describe(name),
    })
  const [extra] = common.eips()
  if (extra !== undefined) {
    throw new InputError({
      field: 'common.eips()',
      expected: 'the rules of a hardfork as they are',
      found: `EIP-${extra} beside them`,
    })
  }
  return fork
}

/** The environment of a block; without one, the empty block that EthereumJS takes. */
export function envOf(common: Common, block: MessageBlock | undefined, coinbase?: BlockEnv['coinbase']): BlockEnv {
  const fork = forkOf(common)
  const header = block?.header
  const hasBlobs = common.isActivatedEIP(4844)
  return {
    fork,
    chainId: common.chainId(),
    number: header?.number ?? 0n,
    timestamp: header?.timestamp ?? 0n,
    gasLimit: header?.gasLimit ?? NO_BLOCK.gasLimit,
    coinbase: coinbase ?? header?.coinbase.toString() ?? ZERO_ADDRESS,
    baseFee: header?.baseFeePerGas ?? NO_BLOCK.baseFee,
    random: randomOf(common, header),
    excessBlobGas: hasBlobs ? excessOf(header) : 0n,
    blobMax: 0, // of blocks and transactions, not of messages
    blobUpdateFraction: hasBlobs ? fractionOf(fork, header) : 0,
    parentHash: ZERO_HASH, // asked for where it is needed
  }
}

function randomOf(common: Common, header: MessageBlock['header'] | undefined): bigint {
  if (!header) return 0n
  if (!common.isActivatedEIP(4399)) return header.difficulty
  return header.prevRandao.length === 0 ? 0n : BigInt(hexOf(header.prevRandao))
}

/** Blob parameters are in the Common of a header of @ethereumjs/block, not in one that only an EVM has. */
function fractionOf(fork: ForkName, header: MessageBlock['header'] | undefined): number {
  const { common } = (header ?? {}) as { common?: Common }
  if (common) return Number(common.param('blobGasPriceUpdateFraction'))
  return forkByName(fork).blobs?.updateFraction ?? 0
}

/** EthereumJS asks a header for the price of blob gas, the core computes it from the excess: a header without it costs 1 wei. */
function excessOf(header: MessageBlock['header'] | undefined): bigint {
  if (!header) return 0n
  const { excessBlobGas } = header as { excessBlobGas?: bigint }
  if (excessBlobGas !== undefined) return excessBlobGas
  const price = header.getBlobGasPrice()
  if (price === undefined || price === 1n) return 0n
  throw new InputError({
    field: 'block.header',
    expected: 'excessBlobGas, where blob gas costs more than 1 wei',
    found: 'none',
  })
}
