// What the page shows of a signed transaction: a reading of its RLP, which the engine has already found to be valid.

import { RLP } from '@ethereumjs/rlp'
import type { Hex, Receipt } from '../../src/index.ts'
import type { TxFacts } from './protocol.ts'

/** Places of to, value and data in the transaction types 0 to 4. */
const PLACES = [3, 4, 5, 5, 5] as const

/** Of a signed transaction in consensus encoding and its receipt. */
export function factsOf(signed: Uint8Array, receipt: Receipt): TxFacts {
  const { type, hash, sender, gasUsed, status, logs } = receipt
  const fields = RLP.decode(type === 0 ? signed : signed.subarray(1)) as Uint8Array[]
  const at = PLACES[type] ?? 5
  const [to, value, data] = [fields[at]!, fields[at + 1]!, fields[at + 2]!]
  return {
    ...{ hash, from: sender, type, status },
    ...(to.length > 0 && { to: hexOf(to) }),
    ...(data.length >= 4 && to.length > 0 && { selector: hexOf(data.subarray(0, 4)) }),
    value: value.length === 0 ? 0n : BigInt(hexOf(value)),
    gasUsed: Number(gasUsed),
    logs: logs.length,
  }
}

function hexOf(bytes: Uint8Array): Hex {
  return `0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`
}
