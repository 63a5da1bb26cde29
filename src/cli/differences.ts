// Where a block that does not verify first goes wrong: the first transaction whose status, gas or logs differ from the
// expected receipts, or whose hash or sender is not what the JSON claims.
import { keccak_256 } from '@noble/hashes/sha3.js'
import type { ClaimedTransaction } from '../input/block-file.ts'
import type { ExpectedReceipt } from '../input/expected.ts'
import { hexBytes, hexOf } from '../input/hex.ts'
import { encodeRlp } from '../input/rlp.ts'
import type { Hex, Log, Receipt } from '../types.ts'

/** keccak256(rlp(logs)), the form in which expected receipts and state tests give logs. */
export function hashLogs(logs: readonly Log[]): Hex {
  const items = logs.map(log => [hexBytes(log.address)!, log.topics.map(topic => hexBytes(topic)!), log.data])
  return hexOf(keccak_256(encodeRlp(items)))
}

/** A sentence about the first receipt that differs, or undefined where all agree. */
export function firstDifference(
  expected: readonly ExpectedReceipt[],
  receipts: readonly Receipt[],
): string | undefined {
  for (const [i, want] of expected.entries()) {
    const got = receipts[i]
    const difference = got ? receiptDifference(want, got) : 'a receipt expected, got none'
    if (difference) return `transaction ${i}: ${difference}`
  }
  if (receipts.length === expected.length) return undefined
  return `transaction ${expected.length}: no receipt expected, got one`
}

function receiptDifference(want: ExpectedReceipt, got: Receipt): string | undefined {
  const wantStatus = want.success ? 'success' : 'failure'
  const gotStatus = got.status === 'success' ? 'success' : 'failure'
  if (wantStatus !== gotStatus) return `status expected ${wantStatus}, got ${got.haltReason ?? got.status}`
  if (want.gasUsed !== got.gasUsed) return `gas expected ${want.gasUsed}, got ${got.gasUsed}`
  if (want.logCount !== got.logs.length) return `logs expected ${want.logCount}, got ${got.logs.length}`
  const hash = want.logsHash && hashLogs(got.logs)
  if (hash !== want.logsHash) return `hash of the logs expected ${want.logsHash}, got ${hash}`
  if (want.contractAddress && want.contractAddress !== got.createdAddress) {
    return `contract address expected ${want.contractAddress}, got ${got.createdAddress ?? 'none'}`
  }
  return undefined
}

/** A sentence about the first transaction whose hash or sender is not what the JSON claims, or undefined. */
export function wrongClaim(claimed: readonly ClaimedTransaction[], receipts: readonly Receipt[]): string | undefined {
  for (const [i, { hash, from }] of claimed.entries()) {
    const receipt = receipts[i]
    if (!receipt) return undefined
    const field = `"block.transactions[${i}]`
    if (hash && hash !== receipt.hash) return `${field}.hash" expected ${receipt.hash} by its content, got ${hash}`
    if (from && from !== receipt.sender)
      return `${field}.from" expected ${receipt.sender} by its signature, got ${from}`
  }
  return undefined
}
