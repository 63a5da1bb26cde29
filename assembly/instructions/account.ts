// What an opcode may ask of other accounts and of the chain: BALANCE, EXTCODE*, SELFBALANCE, BLOCKHASH, BLOBHASH.

import { codeBytes, codeHash, codeLength } from '../code.ts'
import { NUMBER, blobHashCount, blobHashes, blockHash, env } from '../env.ts'
import { current } from '../frame.ts'
import { MISS, NO_GAS, accessAccount, perWord, useMemory } from '../gas.ts'
import { requestBlockHash } from '../request.ts'
import { BLOB_HASH_STRIDE } from '../transaction/tx.ts'
import { account, accountAt, balance, codeOf, isEmpty, needCode } from '../state/view.ts'
import { copyWord, fitsU64, loadBigEndian, setWord, zeroWord } from '../word/word.ts'
import { copyPadded } from './memory.ts'

/** BALANCE: address → balance. */
export function balanceOf(sp: usize, gas: i64): i64 {
  const found = account(sp)
  if (!found) return MISS
  const left = accessAccount(gas, found - 1)
  if (left >= 0) copyWord(sp, balance(accountAt(found - 1)))
  return left
}

/** SELFBALANCE: → balance (EIP-1884). */
export function selfbalance(sp: usize): void {
  copyWord(sp, balance(accountAt(current.self)))
}

/** EXTCODESIZE: address → size. */
export function extcodesize(sp: usize, gas: i64): i64 {
  const found = account(sp)
  if (!found) return MISS
  const code = codeOf(accountAt(found - 1))
  if (!needCode(code)) return MISS
  const left = accessAccount(gas, found - 1)
  if (left >= 0) setWord(sp, codeLength(code))
  return left
}

/** EXTCODECOPY: address, destination, source, size → */
export function extcodecopy(sp: usize, gas: i64): i64 {
  const found = account(sp)
  if (!found) return MISS
  const code = codeOf(accountAt(found - 1))
  if (!needCode(code)) return MISS
  let left = useMemory(gas, sp - 32, sp - 96)
  if (left < 0) return left
  left = perWord(left, load<u32>(sp - 96), 3)
  if (left < 0) return NO_GAS
  left = accessAccount(left, found - 1)
  if (left < 0) return left
  copyPadded(sp - 32, sp - 64, sp - 96, codeBytes(code), codeLength(code))
  return left
}

/** EXTCODEHASH: address → hash, 0 for a dead account (EIP-1052). */
export function extcodehash(sp: usize, gas: i64): i64 {
  const found = account(sp)
  if (!found) return MISS
  const left = accessAccount(gas, found - 1)
  if (left < 0) return left
  const entry = accountAt(found - 1)
  if (isEmpty(entry)) zeroWord(sp)
  else loadBigEndian(sp, codeHash(codeOf(entry)))
  return left
}

/** BLOCKHASH: number → hash of one of the last 256 blocks, else 0. */
export function blockhash(sp: usize, gas: i64): i64 {
  const present = load<u64>(env + NUMBER)
  const number = load<u64>(sp)
  if (!fitsU64(sp) || number >= present || present - number > 256) {
    zeroWord(sp)
    return gas
  }
  const hash = blockHash(number)
  if (!hash) {
    requestBlockHash(number)
    return MISS
  }
  loadBigEndian(sp, hash)
  return gas
}

/** BLOBHASH: index → versioned hash, 0 beyond the last (EIP-4844). */
export function blobhash(sp: usize): void {
  const index = load<u64>(sp)
  if (fitsU64(sp) && index < blobHashCount) loadBigEndian(sp, blobHashes + <usize>index * BLOB_HASH_STRIDE)
  else zeroWord(sp)
}
