// The blob base fee (EIP-4844): fake_exponential(1, excess blob gas, update fraction), a Taylor series in integers.

import { scratch } from './arena.ts'
import { addOverflow, mulOverflow } from './word/arithmetic.ts'
import { div } from './word/division.ts'
import { isZeroWord, setWord, zeroWord } from './word/word.ts'

/** Writes the blob base fee as a word; 2^256 - 1 when it is larger than a word (no block can get there). */
export function blobBaseFee(out: usize, excess: u64, fraction: u64): void {
  const term = scratch()
  const sum = scratch() + 32
  const factor = scratch() + 64
  if (!fraction) {
    setWord(out, 1)
    return
  }
  setWord(term, fraction)
  zeroWord(sum)
  for (let i: u64 = 1; !isZeroWord(term); i++) {
    let overflow = addOverflow(sum, sum, term)
    setWord(factor, excess)
    overflow = mulOverflow(term, term, factor) || overflow
    if (overflow) {
      memory.fill(out, 0xff, 32)
      return
    }
    setWord(factor, fraction)
    div(term, term, factor)
    setWord(factor, i)
    div(term, term, factor)
  }
  setWord(factor, fraction)
  div(out, sum, factor)
}
