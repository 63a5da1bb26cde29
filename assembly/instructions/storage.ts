// SLOAD, SSTORE, TLOAD, TSTORE (EIP-1153, 1283, 2200, 2929, 3529).

import { BERLIN, ISTANBUL, STATIC_MODE_VIOLATION } from '../abi.ts'
import { fork } from '../env.ts'
import { current } from '../frame.ts'
import { CALL_STIPEND, COLD_SLOT, MISS, NO_GAS, WARM_ACCESS, storePrice, storeRefund } from '../gas.ts'
import { addRefund } from '../message.ts'
import { ASKED, WARM, setSlot, slot, slotAt, transientSlot, warmSlot } from '../state/view.ts'
import { copyWord } from '../word/word.ts'

/** SLOAD: key → value. */
export function sload(sp: usize, gas: i64): i64 {
  const found = slot(current.self, sp)
  if (!found) return MISS
  const entry = slotAt(found - 1)
  entry.flags |= ASKED
  let left = gas
  if (fork >= BERLIN) {
    const cold = !(entry.flags & WARM)
    left -= cold ? COLD_SLOT : WARM_ACCESS
    if (left < 0) return NO_GAS
    if (cold) warmSlot(found - 1)
  }
  copyWord(sp, entry.value)
  return left
}

/** SSTORE: key, value → */
export function sstore(sp: usize, gas: i64): i64 {
  if (current.isStatic) return -STATIC_MODE_VIOLATION
  if (fork >= ISTANBUL && gas <= CALL_STIPEND) return NO_GAS
  const found = slot(current.self, sp)
  if (!found) return MISS
  const entry = slotAt(found - 1)
  entry.flags |= ASKED
  const cold = fork >= BERLIN && !(entry.flags & WARM)
  const left = gas - storePrice(entry, sp - 32) - (cold ? COLD_SLOT : 0)
  if (left < 0) return NO_GAS
  if (cold) warmSlot(found - 1)
  addRefund(storeRefund)
  setSlot(found - 1, sp - 32)
  return left
}

/** TLOAD: key → value. */
export function tload(sp: usize): void {
  copyWord(sp, slotAt(transientSlot(current.self, sp) - 1).value)
}

/** TSTORE: key, value → */
export function tstore(sp: usize, gas: i64): i64 {
  if (current.isStatic) return -STATIC_MODE_VIOLATION
  setSlot(transientSlot(current.self, sp) - 1, sp - 32)
  return gas
}
