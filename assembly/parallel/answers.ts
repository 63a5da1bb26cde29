// What binding asks of the state before the block and of the block's environment. The store answers where it can; nobody is asked:
// what is not there is counted and stays unknown.

import { EMPTY_CODE, codeHash, codeLength, isCodeLoaded } from '../code.ts'
import { BASE_FEE, BLOB_BASE_FEE, CHAIN_ID, COINBASE, GAS_LIMIT, NUMBER, RANDOM, TIMESTAMP, env } from '../env.ts'
import {
  EXISTS,
  PLACEHOLDER,
  STORAGE_KNOWN,
  findAccount,
  findSlot,
  isComplete,
  readSlot,
  storedAccount,
} from '../state/store.ts'
import { effectivePrice } from '../transaction/execute.ts'
import { Tx } from '../transaction/tx.ts'
import { copyWord, loadBigEndian, setWord, zeroWord } from '../word/word.ts'
import { BoundFrame } from './frames.ts'

const BALANCE: u32 = 0x31
const EXTCODESIZE: u32 = 0x3b

/** Accounts, slots and codes that binding wanted to know and the store did not have. */
export let unansweredCount: u32 = 0

export function resetUnanswered(): void {
  unansweredCount = 0
}

function unanswered(): bool {
  unansweredCount++
  return false
}

/** The value of a slot of the frame's storage. */
export function answerSlot(out: usize, frame: BoundFrame, key: usize): bool {
  const found = frame.account ? findSlot(frame.account - 1, key) : 0
  if (found) readSlot(out, found - 1)
  else if (isComplete || (frame.account && storedAccount(frame.account - 1).flags & STORAGE_KNOWN)) zeroWord(out)
  else return unanswered()
  return true
}

/** Index + 1 in the store of an account that is known there; 0 and `isAbsent` when it does not exist, 0 when it is not known. */
export let isAbsent: bool = false
export function knownAccount(address: usize): u32 {
  const found = findAccount(address)
  isAbsent = !found && isComplete
  if (isAbsent) return 0
  if (found && (isComplete || !(storedAccount(found - 1).flags & PLACEHOLDER))) return found
  unanswered()
  return 0
}

/** BALANCE, EXTCODESIZE or EXTCODEHASH (by opcode) of the account that a word's low bytes name. */
export function answerAccount(out: usize, op: u32, word: usize): bool {
  const found = knownAccount(word)
  if (!found) {
    if (isAbsent) zeroWord(out)
    return isAbsent
  }
  const account = storedAccount(found - 1)
  if (op == BALANCE) copyWord(out, account.balance)
  else if (op == EXTCODESIZE) {
    if (!isCodeLoaded(account.code)) return unanswered()
    setWord(out, codeLength(account.code))
  } else if (account.flags & EXISTS) loadBigEndian(out, codeHash(account.code))
  else zeroWord(out)
  return true
}

/** A word of the block or the transaction, by opcode. */
export function answerEnvironment(out: usize, op: u32, tx: Tx): bool {
  switch (op) {
    case 0x3a:
      effectivePrice(out, tx)
      return true
    case 0x41:
      return constant(out, COINBASE)
    case 0x42:
      return constant(out, TIMESTAMP)
    case 0x43:
      return constant(out, NUMBER)
    case 0x44:
      return constant(out, RANDOM)
    case 0x45:
      return constant(out, GAS_LIMIT)
    case 0x46:
      return constant(out, CHAIN_ID)
    case 0x48:
      return constant(out, BASE_FEE)
    case 0x4a:
      return constant(out, BLOB_BASE_FEE)
    default:
      return false
  }
}

function constant(out: usize, offset: usize): bool {
  copyWord(out, env + offset)
  return true
}

/** The code is there, and not empty. */
export function isRunnable(code: u32): bool {
  if (code == EMPTY_CODE) return false
  return isCodeLoaded(code) ? codeLength(code) != 0 : unanswered()
}
