// EXP: power modulo 2^256 (Yellow Paper appendix H.2, 0x0a). Called by the interpreter, which has charged for the length of
// the exponent before (EIP-160), so the work here is bounded by the gas paid. Uses the upper half of the word scratch.
import { mul } from './arithmetic.ts'
import { wordScratch } from './division.ts'
import { copyWord, setWord } from './word.ts'

/** out = base ^ exponent mod 2^256; 0 ^ 0 = 1. */
export function exp(out: usize, base: usize, exponent: usize): void {
  const power = wordScratch() + 256
  const result = wordScratch() + 288
  copyWord(power, base)
  setWord(result, 1)
  let length = 4
  while (length > 0 && load<u64>(exponent + ((length - 1) << 3)) == 0) length--
  for (let i = 0; i < length; i++) {
    let bits = load<u64>(exponent + (i << 3))
    const count = i == length - 1 ? 64 - <i32>clz<u64>(bits) : 64
    for (let j = 0; j < count; j++) {
      if (bits & 1) mul(result, result, power)
      bits >>= 1
      mul(power, power, power)
    }
  }
  copyWord(out, result)
}
