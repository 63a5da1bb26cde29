// Signers of a block's transactions and authorizations. Each takes its host a tenth of a millisecond and more, which for most blocks is more
// than their execution; no two have to do with each other. So the list of the main instance's request lies in shared memory, and every
// thread takes a few items at a time off it, asks its own host, and puts the answers into the table of transactions.

import { ITEM_SIZE } from '../abi.ts'
import { Buffer, bufferAt } from '../arena.ts'
import { lendRequest, requestCount, requestItems } from '../request.ts'
import { TX_DONE, TX_MISS, TX_YIELD } from '../transaction/execute.ts'
import { adoptTxs } from '../transaction/tx.ts'
import { atomicAdd, atomicStore } from './atomic.ts'
import { AUTHORIZATIONS_BUFFER, SIGNER_COUNT, SIGNER_ITEMS, SIGNER_NEXT, TXS_BUFFER, control } from './control.ts'
import { controlBlock, everybodyLeft, openGate } from './gate.ts'

/** Fewer are left to the main thread: to call another takes as long. The blocks of the simulation are small. */
const LEAST_SIGNERS: u32 = isDefined(SIM) ? 2 : 8
/** So many are asked for at once: no thread waits longer than their time for another's last. */
const AT_ONCE: u32 = isDefined(SIM) ? 1 : 4

let isShared: bool = false

/** Whether the other threads are asked too, for the blocks that begin from now on (OPTION_SHARE_SIGNERS). */
export function setShareSigners(on: bool): void {
  isShared = on
}

/** Lays the signers that have been asked for before all threads and lets these in. False: there are too few. */
export function shareSigners(): bool {
  if (!isShared || requestCount < LEAST_SIGNERS || !controlBlock()) return false
  store<u32>(control, <u32>requestItems(), SIGNER_ITEMS)
  store<u32>(control, requestCount, SIGNER_COUNT)
  store<u32>(control, <u32>changetype<usize>(bufferAt(14)), TXS_BUFFER)
  store<u32>(control, <u32>changetype<usize>(bufferAt(15)), AUTHORIZATIONS_BUFFER)
  atomicStore(control + SIGNER_NEXT, 0)
  openGate()
  return true
}

/** Are signers being recovered by all threads? */
export function isRecovering(): bool {
  return control != 0 && load<u32>(control, SIGNER_COUNT) != 0
}

/** The next signers for this thread's host: they are its request. False: none are left. */
export function takeSigners(): bool {
  const first = atomicAdd(control + SIGNER_NEXT, AT_ONCE)
  const count = load<u32>(control, SIGNER_COUNT)
  if (first >= count) return false
  lendRequest(<usize>load<u32>(control, SIGNER_ITEMS) + first * ITEM_SIZE, min<u32>(AT_ONCE, count - first))
  return true
}

/** The main instance takes part, and waits for the others: TX_MISS, TX_YIELD, TX_DONE. */
export function recoverSigners(): i32 {
  if (takeSigners()) return TX_MISS
  if (!everybodyLeft()) return TX_YIELD
  store<u32>(control, 0, SIGNER_COUNT)
  return TX_DONE
}

/** Sees the tables of the main instance. */
export function adoptSigners(): void {
  adoptTxs(
    changetype<Buffer>(load<u32>(control, TXS_BUFFER)),
    changetype<Buffer>(load<u32>(control, AUTHORIZATIONS_BUFFER)),
  )
}

/** The block was given up. The threads have been stopped by then. */
export function abandonRecovery(): void {
  if (control) store<u32>(control, 0, SIGNER_COUNT)
}
