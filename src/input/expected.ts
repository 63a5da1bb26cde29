// The expected result of a block, as `expected/<number>.json.gz` beside a block file holds it: one entry per receipt.
// Only the part that lets a failing block name its first wrong transaction; the post-state is compared by a test.
import { MAX_TRANSACTIONS } from '../limits.ts'
import type { Address, Hex } from '../types.ts'
import { Fields, under } from './fields.ts'

/** What is known of one receipt. */
export interface ExpectedReceipt {
  /** The transaction succeeded. */
  success: boolean
  gasUsed: bigint
  cumulativeGasUsed: bigint
  logCount: number
  /** keccak256(rlp(logs)), where there are logs. */
  logsHash?: Hex
  contractAddress?: Address
}

/** Reads a parsed file of expected receipts. */
export function readExpectedReceipts(json: unknown, file: string): ExpectedReceipt[] {
  const whole = new Fields(json, { file, path: '' })
  const receipts = whole.array('receipts', MAX_TRANSACTIONS, 'MAX_TRANSACTIONS')
  return receipts.map((item, i) => {
    const receipt = new Fields(item, under(whole.at('receipts'), i))
    return {
      success: smallNumber(receipt, 'status', 1) === 1,
      gasUsed: receipt.u64('gasUsed'),
      cumulativeGasUsed: receipt.u64('cumulativeGasUsed'),
      logCount: smallNumber(receipt, 'logsCount', 1e9),
      ...(receipt.has('logsHash') && { logsHash: receipt.hash('logsHash') }),
      ...(receipt.has('contractAddress') && { contractAddress: receipt.address('contractAddress') }),
    }
  })
}

function smallNumber(receipt: Fields, key: string, max: number): number {
  const value = receipt.raw(key)
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value
  return receipt.refuse(key, `a number 0..${max}`)
}
