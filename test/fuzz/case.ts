// A case of the differential fuzzer as plain JSON: a block environment, a state, and transactions that run on it one after the
// other. Everything is hex text, so that a case can be generated, shrunk, printed and committed (regressions/) without
// a second format. Both engines read it (weft.ts, ethereumjs.ts); neither changes it.

import type { Address, ForkName, Hex } from '../../src/types.ts'

/** One account; `storage` maps minimal hex keys to minimal hex values, none of them zero. */
export interface CaseAccount {
  nonce: Hex
  balance: Hex
  code: Hex
  storage: Record<Hex, Hex>
}

/** The block fields that a transaction can see. Fields that the fork does not have are ignored. */
export interface CaseEnv {
  number: Hex
  timestamp: Hex
  gasLimit: Hex
  coinbase: Address
  baseFee: Hex
  random: Hex
  excessBlobGas: Hex
}

/** EIP-7702: a signed authorization. */
export interface CaseAuthorization {
  chainId: Hex
  address: Address
  nonce: Hex
  yParity: Hex
  r: Hex
  s: Hex
}

/** A transaction; the sender is given, not signed for. Fields beyond those of its type are ignored. */
export interface CaseTransaction {
  type: number
  sender: Address
  /** Absent: a creation. */
  to?: Address
  nonce: Hex
  gas: Hex
  value: Hex
  data: Hex
  /** gasPrice, or maxFeePerGas. */
  fee: Hex
  tip: Hex
  accessList: { address: Address; storageKeys: Hex[] }[]
  blobFee: Hex
  blobHashes: Hex[]
  authorizations: CaseAuthorization[]
}

/** What both engines execute. */
export interface FuzzCase {
  /** Where the case comes from: seed and number, or what a regression is about. */
  name: string
  fork: ForkName
  env: CaseEnv
  accounts: Record<Address, CaseAccount>
  transactions: CaseTransaction[]
}

/** How one transaction ended, in what two engines have in common. */
export interface Ending {
  status: 'success' | 'revert' | 'halt' | 'rejected'
  /** The engine's own words for a halt or a rejection; shown, not compared. */
  reason: string
  gasUsed: bigint
  /** Empty for a halt or a rejection. */
  output: Hex
  /** `address topics data`, one text per log. */
  logs: string[]
  /** Of a successful creation. */
  created: string
}

/** What a case came to on one engine: every ending, and the state after the last transaction as one text per account. */
export interface CaseResult {
  endings: Ending[]
  state: Map<Address, string>
}

/** The text of an account in a CaseResult. Slots that are zero are left out. */
export function accountText(
  nonce: bigint,
  balance: bigint,
  codeHash: string,
  storage: Iterable<readonly [bigint, bigint]>,
): string {
  const slots = [...storage].filter(([, value]) => value !== 0n).sort(([a], [b]) => (a < b ? -1 : 1))
  const texts = slots.map(([key, value]) => `[0x${key.toString(16)}]=0x${value.toString(16)}`)
  return [`nonce ${nonce}`, `balance ${balance}`, `code ${codeHash.slice(0, 18)}`, ...texts].join(' ')
}

/** A log as text. */
export function logText(address: string, topics: readonly string[], data: string): string {
  return `${address} [${topics.join(' ')}] ${data}`
}

/** The first difference between two results, in words; undefined where they agree. */
export function differenceOf(left: CaseResult, right: CaseResult): string | undefined {
  for (const [i, ours] of left.endings.entries()) {
    const difference = endingDifference(ours, right.endings[i]!)
    if (difference !== undefined) return `transaction ${i}: ${difference}`
  }
  for (const address of [...new Set([...left.state.keys(), ...right.state.keys()])].sort()) {
    const [ours, theirs] = [left.state.get(address) ?? 'absent', right.state.get(address) ?? 'absent']
    if (ours !== theirs) return `state of ${address}: ${ours} | ${theirs}`
  }
  return undefined
}

function endingDifference(ours: Ending, theirs: Ending): string | undefined {
  if (ours.status !== theirs.status) {
    return `status: ${ours.status} (${ours.reason}) | ${theirs.status} (${theirs.reason})`
  }
  for (const field of ['gasUsed', 'output', 'created'] as const) {
    if (ours[field] !== theirs[field]) return `${field}: ${ours[field]} | ${theirs[field]}`
  }
  const at = Array.from({ length: Math.max(ours.logs.length, theirs.logs.length) }).findIndex(
    (_, i) => ours.logs[i] !== theirs.logs[i],
  )
  return at < 0 ? undefined : `log ${at}: ${ours.logs[at] ?? 'none'} | ${theirs.logs[at] ?? 'none'}`
}

/** What kind of difference it is, whatever the values: `gasUsed`, `status success|halt`, `state`… Shrinking keeps it. */
export function kindOf(difference: string): string {
  const [where = '', what = '', rest = ''] = difference.split(': ')
  if (where.startsWith('state')) return 'state'
  if (what !== 'status') return what.replace(/ \d+/, '')
  return `status ${rest.replaceAll(/ \([^)]*\)/g, '')}`
}
