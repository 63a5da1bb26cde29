// EXP: power modulo 2^256 (Yellow Paper appendix H.2, 0x0a). Called by the interpreter, which has charged for the
// length of the exponent before (EIP-160). Most powers in contracts are a shift (2^n, 256^n) or a decimal scale (10^n):
// the first kind is recognised, the second costs one multiplication by a small number per set bit. Uses all of the word
// scratch.
import { mul } from './arithmetic.ts'
import { leadingZeros } from './bits.ts'
import { wordScratch } from './division.ts'
import { copyWord, fitsU64, setWord, zeroWord } from './word.ts'

/** out = base ^ exponent mod 2^256; 0 ^ 0 = 1. */
export function exp(out: usize, base: usize, exponent: usize): void {
  const bits = 256 - leadingZeros(exponent)
  if (bits == 0) return setWord(out, 1)
  const lowest = load<u64>(base)
  if (fitsU64(base) && (lowest & (lowest - 1)) == 0) return powerOfPowerOfTwo(out, lowest, load<u64>(exponent), bits)
  // Every factor of two of an even base is in the power at least 256 times.
  if ((lowest & 1) == 0 && bits > 8) return zeroWord(out)
  const copies = wordScratch()
  copyWord(copies, exponent)
  copyWord(copies + 32, base)
  if (bits <= 32) powerByBits(out, copies + 32, copies, bits)
  else powerByNibbles(out, copies, bits)
}

/** The power of 0 or 2^n for an exponent of `bits` significant bits. */
function powerOfPowerOfTwo(out: usize, base: u64, exponent: u64, bits: i32): void {
  zeroWord(out)
  if (base == 1) return setWord(out, 1)
  if (base == 0 || bits > 8) return
  const shift = <usize>(ctz<u64>(base) * exponent)
  if (shift < 256) store<u8>(out + (shift >> 3), <u8>((<u32>1) << (<u32>shift & 7)))
}

function powerByBits(out: usize, base: usize, exponent: usize, bits: i32): void {
  const e = load<u64>(exponent)
  copyWord(out, base)
  for (let i = bits - 2; i >= 0; i--) {
    mul(out, out, out)
    if ((e >> i) & 1) mul(out, out, base)
  }
}

/** Four bits of the exponent at a time; the powers 1 to 15 of the base stand after the exponent, 512 bytes in all. */
function powerByNibbles(out: usize, exponent: usize, bits: i32): void {
  const base = exponent + 32
  for (let i: usize = 64; i < 512; i += 32) mul(exponent + i, exponent + i - 32, base)
  let nibble = (bits - 1) >> 2
  copyWord(out, exponent + (nibbleAt(exponent, nibble) << 5))
  while (--nibble >= 0) {
    mul(out, out, out)
    mul(out, out, out)
    mul(out, out, out)
    mul(out, out, out)
    const digit = nibbleAt(exponent, nibble)
    if (digit) mul(out, out, exponent + (digit << 5))
  }
}

@inline
function nibbleAt(word: usize, i: i32): usize {
  return <usize>((load<u8>(word + (i >> 1)) >> ((i & 1) << 2)) & 15)
}
