// The blob gas market from header to header (EIP-4844, 7691, 7892, 7918), for header validation. The price that transactions pay
// is computed in the core (assembly/blobfee.ts); this is the same formula for the host.
import * as abi from '../../assembly/abi.ts'
import type { BlobParameters } from './forks.ts'

/** Blob gas of one blob. */
export const GAS_PER_BLOB = 131_072n
/** EIP-7918: execution gas that a blob costs at least. */
const BLOB_BASE_COST = 8_192n

/** What the parent's header says of blobs; both 0 before Cancun. */
export interface BlobParent {
  excessBlobGas?: bigint
  blobGasUsed?: bigint
  baseFee?: bigint
}

/** The excess blob gas of the block after `parent`, with the blob parameters of that block. */
export function nextExcessBlobGas(parent: BlobParent, blobs: BlobParameters, rules: number): bigint {
  const { excessBlobGas = 0n, blobGasUsed = 0n, baseFee = 0n } = parent
  const target = BigInt(blobs.target) * GAS_PER_BLOB
  const total = excessBlobGas + blobGasUsed
  if (total < target) return 0n
  const price = blobBaseFee(excessBlobGas, blobs.updateFraction)
  const isReserve = rules >= abi.OSAKA && BLOB_BASE_COST * baseFee > GAS_PER_BLOB * price
  if (!isReserve) return total - target
  return excessBlobGas + (blobGasUsed * BigInt(blobs.max - blobs.target)) / BigInt(blobs.max)
}

/** Price of one blob gas in wei: e^(excess / fraction), in the integer steps of EIP-4844. */
export function blobBaseFee(excessBlobGas: bigint, updateFraction: number): bigint {
  const fraction = BigInt(updateFraction)
  let sum = 0n
  let term = fraction
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * excessBlobGas) / (fraction * i)
  }
  return sum / fraction
}
