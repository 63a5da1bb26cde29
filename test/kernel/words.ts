// Word operations for the tests: `apply` runs one operation over many cases laid out in memory, so that a property test
// crosses into WASM once per thousand cases and not once per case.
import { clearBytes, copyBytes } from '../../assembly/bytes.ts'
import { add, addOverflow, mul, mulOverflow, sub, subUnderflow } from '../../assembly/word/arithmetic.ts'
import {
  and,
  byteAt,
  clz as countLeadingZeros,
  not,
  or,
  sar,
  shl,
  shr,
  signExtend,
  xor,
} from '../../assembly/word/bits.ts'
import { addmod, div, mod, mulmod, sdiv, setWordScratch, smod } from '../../assembly/word/division.ts'
import { exp } from '../../assembly/word/exp.ts'
import {
  byteLength,
  copyWord,
  equalWords,
  fitsU64,
  isZeroWord,
  lessThan,
  loadAddress,
  loadBigEndian,
  loadBytes,
  setWord,
  signedLessThan,
  storeAddress,
  storeBigEndian,
  zeroWord,
} from '../../assembly/word/word.ts'

export { clearBytes, copyBytes, loadBytes, setWordScratch }

/**
 * Runs `operation` on `count` cases of three words at `cases`; the result, 32 bytes, replaces the word `alias` of each
 * case.
 */
export function apply(operation: i32, cases: usize, count: i32, alias: i32): void {
  for (let i = 0; i < count; i++) {
    const a = cases + i * 96
    one(operation, a + (alias << 5), a, a + 32, a + 64)
  }
}

function flag(out: usize, value: bool): void {
  setWord(out, u64(value))
}

function one(operation: i32, out: usize, a: usize, b: usize, c: usize): void {
  switch (operation) {
    case 0:
      return add(out, a, b)
    case 1:
      return sub(out, a, b)
    case 2:
      return mul(out, a, b)
    case 3:
      return div(out, a, b)
    case 4:
      return mod(out, a, b)
    case 5:
      return sdiv(out, a, b)
    case 6:
      return smod(out, a, b)
    case 7:
      return addmod(out, a, b, c)
    case 8:
      return mulmod(out, a, b, c)
    case 9:
      return exp(out, a, b)
    case 10:
      return signExtend(out, a, b)
    case 11:
      return and(out, a, b)
    case 12:
      return or(out, a, b)
    case 13:
      return xor(out, a, b)
    case 14:
      return not(out, a)
    case 15:
      return byteAt(out, a, b)
    case 16:
      return shl(out, a, b)
    case 17:
      return shr(out, a, b)
    case 18:
      return sar(out, a, b)
    case 19:
      return countLeadingZeros(out, a)
    case 20:
      return setWord(out, <u64>byteLength(a))
    case 21:
      return flag(out, lessThan(a, b))
    case 22:
      return flag(out, signedLessThan(a, b))
    case 23:
      return flag(out, equalWords(a, b))
    case 24:
      return flag(out, isZeroWord(a))
    case 25:
      return flag(out, fitsU64(a))
    case 26:
      return flag(out, addOverflow(out, a, b))
    case 27:
      return flag(out, subUnderflow(out, a, b))
    case 28:
      return flag(out, mulOverflow(out, a, b))
    case 29:
      return loadBigEndian(out, a)
    case 30:
      return storeBigEndian(out, a)
    case 31:
      return loadAddress(out, a)
    case 32: {
      copyWord(c, a)
      zeroWord(out)
      return storeAddress(out, c)
    }
  }
}
