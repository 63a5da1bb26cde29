// SELFDESTRUCT: beneficiary → (EIP-150, 161, 2929, 3529, 6780).

import { BERLIN, CANCUN, LONDON, SPURIOUS_DRAGON, STATIC_MODE_VIOLATION, TANGERINE_WHISTLE } from '../abi.ts'
import { scratch } from '../arena.ts'
import { fork } from '../env.ts'
import { current } from '../frame.ts'
import { COLD_ACCOUNT, MISS, NEW_ACCOUNT, NO_GAS, isCold } from '../gas.ts'
import { addRefund } from '../message.ts'
import {
  CREATED,
  account,
  accountAt,
  balance,
  credit,
  debit,
  destroy,
  exists,
  isEmpty,
  warmAccount,
} from '../state/view.ts'
import { traceSelfdestruct, tracing } from '../trace.ts'
import { copyWord, isZeroWord } from '../word/word.ts'

const REFUND: i64 = 24000

export function selfdestruct(sp: usize, gas: i64): i64 {
  const frame = current
  if (frame.isStatic) return -STATIC_MODE_VIOLATION
  const found = account(sp)
  if (!found) return MISS
  const heir = found - 1
  const amount = scratch()
  copyWord(amount, balance(accountAt(frame.self)))

  let left = gas
  const cold = fork >= BERLIN && isCold(heir)
  if (cold) left -= COLD_ACCOUNT
  if (fork >= TANGERINE_WHISTLE) {
    const heirEntry = accountAt(heir)
    const isNew = fork >= SPURIOUS_DRAGON ? !isZeroWord(amount) && isEmpty(heirEntry) : !exists(heirEntry)
    if (isNew) left -= NEW_ACCOUNT
  }
  if (left < 0) return NO_GAS
  if (cold) warmAccount(heir)

  // EIP-6780: the account goes only when it was created in this transaction; else the balance moves, to itself perhaps.
  const goes = fork < CANCUN || (accountAt(frame.self).flags & CREATED) != 0
  if (tracing) traceSelfdestruct(sp, amount)
  debit(frame.self, amount)
  credit(heir, amount)
  if (goes && destroy(frame.self) && fork < LONDON) addRefund(REFUND)
  return left
}
