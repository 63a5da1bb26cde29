// What each transaction of a block will probably access: from its templates (bind.ts), or from hints that the host gave instead. Only
// the order and the time of runs depend on it; a wrong prediction costs time, never a result.

import {
  HINTS_ALL,
  HINTS_GIVEN,
  HINTS_TEMPLATES,
  HINT_ADDRESS,
  HINT_KEY,
  HINT_MODE,
  HINT_SIZE,
  HINT_TX,
  HINT_WHAT,
} from '../abi.ts'
import { Buffer, bufferAt, exhausted } from '../arena.ts'
import { loadAddressBytes } from '../state/address.ts'
import { loadBigEndian } from '../word/word.ts'
import { beginBind, bindTx, calledTemplate, endBind } from './bind.ts'
import { TX_PREDICTED, TX_TEMPLATE, txState } from './control.ts'
import { now } from './clock.ts'
import { isWorthPredicting, noteCost } from './kinds.ts'
import { offerPending } from './memo.ts'
import { MODE_DELTA, MODE_READ, MODE_WRITE, SOURCE_HINT, WHAT_NONCE, WHAT_SLOT } from './program.ts'
import { ACCESS_KEY, ACCESS_MODE, ACCESS_RECORD, ACCESS_WHAT } from './records.ts'
import { isPredicted } from './templates.ts'

let hinting: u32 = 0

/** What the predictions of the blocks that begin from now on rest on: HINTS_*. */
export function setHints(how: u32): void {
  hinting = how
  if (how != HINTS_GIVEN) bufferAt(48).length = 0
}

/** Are predictions made from templates? */
@inline
export function isBound(): bool {
  return hinting == HINTS_TEMPLATES || hinting == HINTS_ALL
}

/** Takes hints for the next block (HINT_*), which stand in the order of their transactions. False: they do not. */
export function takeHints(pointer: usize, length: u32): bool {
  if (length % HINT_SIZE) return false
  let last: u32 = 0
  for (let at: u32 = 0; at < length; at += HINT_SIZE) {
    const tx = load<u32>(pointer + at, HINT_TX)
    const mode = load<u32>(pointer + at, HINT_MODE)
    if (tx < last || !mode || mode > <u32>(MODE_READ | MODE_WRITE | MODE_DELTA)) return false
    if (load<u32>(pointer + at, HINT_WHAT) > <u32>WHAT_NONCE) return false
    last = tx
  }
  const hints = bufferAt(48)
  if (!hints.ensure(length)) return true
  hints.length = length
  memory.copy(hints.ptr, pointer, length)
  return true
}

/**
 * Predicts the accesses of `count` transactions into the buffer of predictions; where those of each begin stands in its record.
 * `isThorough`: of all of them, worth it or not. Then endPrediction(). False: memory is exhausted.
 */
export function predictAll(count: u32, isThorough: bool): bool {
  const out = bufferAt(32)
  out.length = 0
  if (isBound() && !beginBind()) return false
  let hint: u32 = 0
  let since = now()
  for (let i: u32 = 0; i < count && !exhausted; i++) {
    store<u32>(txState(i), out.length, TX_PREDICTED)
    if (isBound()) {
      if (!isWorthPredicting(i) && !isThorough && hinting != HINTS_ALL) continue
      bindTx(i, out)
      store<u32>(txState(i), calledTemplate, TX_TEMPLATE)
      if (!calledTemplate) continue // it calls no code: that costs nothing
      const ended = now()
      if (isPredicted(i)) noteCost(i, ended - since)
      since = ended
    } else if (hinting == HINTS_GIVEN) hint = copyHints(i, hint, out)
  }
  return !exhausted
}

/** Offers the hashes of the predictions to the host. True: it makes them. */
export function offerPrediction(): bool {
  return isBound() && offerPending()
}

/** Makes the hashes of the predictions that are missing, and completes these. False: memory is exhausted. */
export function endPrediction(): bool {
  return !isBound() || endBind(bufferAt(32))
}

function copyHints(index: u32, from: u32, out: Buffer): u32 {
  const hints = bufferAt(48)
  let at = from
  for (; at < hints.length && load<u32>(hints.ptr + at, HINT_TX) <= index; at += HINT_SIZE) {
    const hint = hints.ptr + at
    const record = out.push(ACCESS_RECORD)
    const what = load<u32>(hint, HINT_WHAT)
    memory.fill(record, 0, ACCESS_RECORD)
    loadAddressBytes(record, hint + HINT_ADDRESS)
    store<u32>(record, load<u32>(hint, HINT_MODE), ACCESS_MODE)
    store<u32>(record, what | (SOURCE_HINT << 8), ACCESS_WHAT)
    if (what == WHAT_SLOT) loadBigEndian(record + ACCESS_KEY, hint + HINT_KEY)
  }
  return at
}
