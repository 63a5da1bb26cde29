// Dynamic gas: memory, copies, cold and warm access, SSTORE, calls. Base gas stands in opcodes.ts.
//
// An instruction takes the gas that is left and returns what is left after it; a negative result is a way to end:
// the negated status, or one of the two below.

import { BERLIN, CONSTANTINOPLE, ISTANBUL, LONDON, OUT_OF_GAS, SPURIOUS_DRAGON, TANGERINE_WHISTLE } from './abi.ts'
import { fork } from './env.ts'
import { current, growMemory } from './frame.ts'
import { Slot, WARM, accountAt, warmAccount } from './state/view.ts'
import { equalWords, fitsU64, isZeroWord } from './word/word.ts'

export const NO_GAS: i64 = -OUT_OF_GAS
/** State is missing: the host has to supply it, then the instruction is executed again. Nothing has been changed. */
export const MISS: i64 = -1000
/** Linear memory is exhausted. */
export const NO_MEMORY: i64 = -1001

// EIP-2929
export const WARM_ACCESS: i64 = 100
export const COLD_ACCOUNT: i64 = 2600
export const COLD_SLOT: i64 = 2100
export const CALL_VALUE: i64 = 9000
export const CALL_STIPEND: i64 = 2300
export const NEW_ACCOUNT: i64 = 25000
export const CODE_DEPOSIT: i64 = 200

/** Largest memory of a frame, in words: what a u32 byte size can say. Its price of 3.5e13 gas is beyond any block. */
const MAX_WORDS: u64 = 0x7fffff0

@inline
export function words(bytes: u64): u64 {
  return (bytes + 31) >> 5
}

/** 3 gas (or 6) per word of data copied or hashed. */
@inline
export function perWord(gas: i64, bytes: u32, price: i64): i64 {
  return gas - <i64>words(bytes) * price
}

/** Pays for and makes memory [offset, offset + size). Afterwards, unless it fails, a non-empty range fits u32. */
export function useMemory(gas: i64, offset: usize, size: usize): i64 {
  if (isZeroWord(size)) return gas
  if (!fitsU64(offset) || !fitsU64(size)) return NO_GAS
  return useRange(gas, load<u64>(offset), load<u64>(size))
}

/** The same for plain numbers; `size` is not 0. */
export function useRange(gas: i64, offset: u64, size: u64): i64 {
  const end = offset + size
  const frame = current
  if (end <= frame.memorySize && end >= offset) return gas
  if (end < offset || end > MAX_WORDS << 5) return NO_GAS
  const after = words(end)
  const before = <u64>frame.memorySize >> 5
  const left = gas - <i64>(3 * (after - before) + ((after * after) >> 9) - ((before * before) >> 9))
  if (left < 0) return NO_GAS
  return growMemory(<u32>(after << 5)) ? left : NO_MEMORY
}

/** Price of touching an account (EIP-2929); 0 before Berlin, where it is part of the base gas. Warms the account. */
export function accessAccount(gas: i64, index: u32): i64 {
  if (fork < BERLIN) return gas
  const cold = isCold(index)
  const left = gas - (cold ? COLD_ACCOUNT : WARM_ACCESS)
  if (left < 0) return NO_GAS
  if (cold) warmAccount(index)
  return left
}

@inline
export function isCold(index: u32): bool {
  return !(accountAt(index).flags & WARM)
}

/** EIP-150: what may be passed on of the gas that is left. */
@inline
export function allButOne64th(gas: i64): i64 {
  return fork >= TANGERINE_WHISTLE ? gas - (gas >> 6) : gas
}

/** Price of a byte of EXP's exponent (EIP-160). */
@inline
export function exponentByte(): i64 {
  return fork >= SPURIOUS_DRAGON ? 50 : 10
}

/** Change of the refund counter by the last call of storePrice. */
export let storeRefund: i64 = 0

/** Price of SSTORE, without the surcharge for a cold slot, and its refund (EIP-1283, 2200, 2929, 3529). */
export function storePrice(slot: Slot, value: usize): i64 {
  storeRefund = 0
  const isNet = fork >= ISTANBUL || fork == CONSTANTINOPLE
  const clears: i64 = fork >= LONDON ? 4800 : 15000
  if (!isNet) {
    if (isZeroWord(value)) {
      if (!isZeroWord(slot.value)) storeRefund = clears
      return 5000
    }
    return isZeroWord(slot.value) ? 20000 : 5000
  }
  const load: i64 = fork >= BERLIN ? WARM_ACCESS : fork >= ISTANBUL ? 800 : 200
  const reset: i64 = fork >= BERLIN ? 5000 - COLD_SLOT : 5000
  if (equalWords(slot.value, value)) return load
  if (equalWords(slot.original, slot.value)) {
    if (isZeroWord(slot.original)) return 20000
    if (isZeroWord(value)) storeRefund = clears
    return reset
  }
  if (!isZeroWord(slot.original)) {
    if (isZeroWord(slot.value)) storeRefund -= clears
    else if (isZeroWord(value)) storeRefund += clears
  }
  if (equalWords(slot.original, value)) storeRefund += (isZeroWord(slot.original) ? 20000 : reset) - load
  return load
}
