// Does the result of a block agree with its header? One answer per header field: true, false, or 'unknown' where this
// cannot be told because only part of the state is known: the state root, and before Byzantium the receipts root as well (receipts
// then held the state root after each transaction, EIP-658). Used by the command line, benchmarks and demo.
import * as abi from '../../assembly/abi.ts'
import type { Block, BlockOutcome, ExpectedHeader } from '../types.ts'
import { forkByName } from './forks.ts'

/** Result of one comparison. */
export type Check = boolean | 'unknown'

/** The header fields that execution has to reproduce. */
export interface Checks {
  gasUsed: Check
  logsBloom: Check
  receiptsRoot: Check
  transactionsRoot: Check
  /** From Shanghai on. */
  withdrawalsRoot?: Check
  /** From Cancun on. */
  blobGasUsed?: Check
  /** From Prague on. */
  requestsHash?: Check
  stateRoot: Check
}

/** What the core gives as receipts root where it has none. */
const NO_ROOT = `0x${'0'.repeat(64)}`

/** Compares an outcome with the header of its block. */
export function checkOutcome(block: Block, expected: ExpectedHeader, outcome: BlockOutcome): Checks {
  // Before Byzantium receipts without state roots have no root themselves. With them, they are made before anybody is rewarded.
  const knowsReceipts = forkByName(block.env.fork).rules >= abi.BYZANTIUM || outcome.receiptsRoot !== NO_ROOT
  // Uncles that are known by hash only leave their miners unpaid, so the root cannot match.
  const knowsState = outcome.stateRoot !== undefined && block.unpaidUncles === 0
  return {
    gasUsed: outcome.gasUsed === expected.gasUsed,
    logsBloom: outcome.logsBloom === expected.logsBloom,
    receiptsRoot: knowsReceipts ? outcome.receiptsRoot === expected.receiptsRoot : 'unknown',
    transactionsRoot: outcome.transactionsRoot === expected.transactionsRoot,
    ...(expected.withdrawalsRoot && { withdrawalsRoot: outcome.withdrawalsRoot === expected.withdrawalsRoot }),
    ...(expected.blobGasUsed !== undefined && { blobGasUsed: outcome.blobGasUsed === expected.blobGasUsed }),
    ...(expected.requestsHash && { requestsHash: outcome.requestsHash === expected.requestsHash }),
    stateRoot: knowsState ? outcome.stateRoot === expected.stateRoot : 'unknown',
  }
}

/** No check says false. */
export function allOk(checks: Checks): boolean {
  return !Object.values(checks).includes(false)
}

/** A sentence about the first header field that differs, or undefined. */
export function firstMismatch(checks: Checks, expected: ExpectedHeader, outcome: BlockOutcome): string | undefined {
  const field = (Object.keys(checks) as (keyof Checks)[]).find(key => checks[key] === false)
  if (field === undefined) return undefined
  const isLong = field === 'logsBloom'
  return isLong
    ? '"logsBloom" differs from the header'
    : `"${field}" expected ${expected[field]} by the header, got ${outcome[field]}`
}
