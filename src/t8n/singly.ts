// Transactions one after the other without the block around them: no system calls, withdrawals or requests. This is what state tests
// ask of t8n (--state-test of EELS), and what remains of a block that is invalid as a whole. Called by t8n.ts.
import { keccak_256 } from '@noble/hashes/sha3.js'
import * as abi from '../abi.ts'
import { GAS_PER_BLOB } from '../chain/blobs.ts'
import type { Core } from '../core/core.ts'
import { rejectionOf } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import type { RlpItem } from '../input/rlp.ts'
import { decodeRlp } from '../input/rlp-decode.ts'
import type { BlockEnv, Hex } from '../types.ts'
import { bloomOf, encodeReceipt, listRoot, type TransitionReceipt } from './receipts.ts'

/** What a run of transactions came to, with or without a block. */
export interface RunResult {
  gasUsed: bigint
  blobGasUsed: bigint
  receipts: readonly TransitionReceipt[]
  receiptsRoot: Hex
  transactionsRoot: Hex
  logsBloom: Hex
  /** Only of blocks, from Shanghai on. */
  withdrawalsRoot?: Hex
  /** Only of blocks, from Prague on. */
  requestsHash?: Hex
}

/** A transaction and its position in the input. */
export interface IndexedTx {
  index: number
  signed: Uint8Array
}

/** A transaction that is not in the block. */
export interface Rejected {
  /** Position in the input. */
  index: number
  error: string
}

/** A rejection of the core in words, with the name that execution-spec-tests have for it. */
export function rejectionSentence(rejection: number): string {
  const { code, sentence } = rejectionOf(rejection)
  return `${sentence} (${code})`
}

/** Runs transactions on a core that holds the state and the environment; the state stays in the core. */
export async function runSingly(
  core: Core,
  env: BlockEnv,
  rules: number,
  transactions: readonly IndexedTx[],
  drive: () => void | Promise<void>,
): Promise<{ result: RunResult; included: Uint8Array[]; rejected: Rejected[] }> {
  const included: Uint8Array[] = []
  const rejected: Rejected[] = []
  const receipts: TransitionReceipt[] = []
  const encoded: Uint8Array[] = []
  let [gasUsed, blobs] = [0n, 0]
  for (const { index, signed } of transactions) {
    core.beginTx(signed)
    await drive()
    const result = core.outcome()
    if (!('outcome' in result)) {
      rejected.push({ index, error: rejectionSentence(result.rejection) })
      continue
    }
    const fields = fieldsOf(signed, env.baseFee)
    if (fields.gasLimit > env.gasLimit - gasUsed) {
      core.discard()
      rejected.push({ index, error: rejectionSentence(abi.REJECT_BLOCK_GAS) })
      continue
    }
    core.commit()
    gasUsed += result.outcome.gasUsed
    blobs += fields.blobs
    const { type, gasPrice } = fields
    const hash = hexOf(keccak_256(signed))
    const root = rules < abi.BYZANTIUM && { stateRoot: core.stateRoot() }
    const receipt = { ...result.outcome, type, hash, gasPrice, cumulativeGasUsed: gasUsed, ...root }
    receipts.push(receipt)
    encoded.push(encodeReceipt(receipt))
    included.push(signed)
  }
  const result = {
    ...{ gasUsed, blobGasUsed: BigInt(blobs) * GAS_PER_BLOB, receipts },
    receiptsRoot: listRoot(encoded),
    transactionsRoot: listRoot(included),
    logsBloom: hexOf(bloomOf(receipts.flatMap(receipt => receipt.logs))),
  }
  return { result, included, rejected }
}

/** What a receipt needs of a transaction that has been executed, so that its form is right. */
function fieldsOf(
  signed: Uint8Array,
  baseFee: bigint,
): { type: number; gasLimit: bigint; gasPrice: bigint; blobs: number } {
  const type = signed[0]! < 0x80 ? signed[0]! : 0
  const fields = decodeRlp(type === 0 ? signed : signed.subarray(1)) as readonly RlpItem[]
  const number = (at: number): bigint => BigInt(`0x0${hexOf(fields[at] as Uint8Array).slice(2)}`)
  if (type === 0) return { type, gasPrice: number(1), gasLimit: number(2), blobs: 0 }
  if (type === 1) return { type, gasPrice: number(2), gasLimit: number(3), blobs: 0 }
  const [tip, fee] = [number(2), number(3)]
  let gasPrice = baseFee + tip
  if (gasPrice > fee) gasPrice = fee
  return { type, gasPrice, gasLimit: number(4), blobs: type === 3 ? (fields[10] as readonly RlpItem[]).length : 0 }
}
