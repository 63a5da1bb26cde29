// Division and modular arithmetic on words with the EVM's rule that x / 0 = x mod 0 = 0 (Yellow Paper appendix H.2).
// Called by the interpreter; `out` may be the same pointer as any operand. Schoolbook division with 64-bit quotient digits
// from reciprocal.ts: the divisor is shifted until its highest bit is set, the dividend is shifted while it is read, the
// running remainder stays in locals. Limb i of the quotient is written after the last read of limb i of the dividend, so
// a quotient may replace its dividend. Operands that do not fit there (|a|, a + b, a · b) go to the scratch region.
import { mulHigh, mulWide } from './arithmetic.ts'
import { reciprocal, reciprocal2 } from './reciprocal.ts'
import { copyWord, fitsU64, isZeroWord, lessThan, setWord, storeLimbs, zeroWord } from './word.ts'

/** 512 bytes of this instance's own: workers share a memory, not their globals. */
let scratch: usize = 0

/** Gives the word operations 512 bytes of scratch memory. Must be called before sdiv, smod, addmod, mulmod and exp. */
export function setWordScratch(ptr: usize): void {
  scratch = ptr
}

/** The scratch region: division uses the first 256 bytes, exp the rest. */
@inline
export function wordScratch(): usize {
  return scratch
}

/** DIV: out = floor(a / b), 0 when b = 0. */
export function div(out: usize, a: usize, b: usize): void {
  if (fitsU64(a) && fitsU64(b)) {
    const divisor = load<u64>(b)
    return setWord(out, divisor ? load<u64>(a) / divisor : 0)
  }
  if (lessThan(a, b)) return zeroWord(out)
  divide(a, limbCount(a, 4), b, out, 0)
}

/** MOD: out = a mod b, 0 when b = 0. */
export function mod(out: usize, a: usize, b: usize): void {
  if (fitsU64(a) && fitsU64(b)) {
    const divisor = load<u64>(b)
    return setWord(out, divisor ? load<u64>(a) % divisor : 0)
  }
  if (lessThan(a, b)) return copyWord(out, a)
  divide(a, limbCount(a, 4), b, 0, out)
}

/** SDIV: two's complement, rounded towards zero; -2^255 / -1 = -2^255. */
export function sdiv(out: usize, a: usize, b: usize): void {
  const negative = (load<i64>(a, 24) ^ load<i64>(b, 24)) < 0
  const x = scratch
  const y = scratch + 32
  absolute(x, a)
  absolute(y, b)
  div(out, x, y)
  if (negative) negate(out, out)
}

/** SMOD: two's complement; the result has the sign of a. */
export function smod(out: usize, a: usize, b: usize): void {
  const negative = load<i64>(a, 24) < 0
  const x = scratch
  const y = scratch + 32
  absolute(x, a)
  absolute(y, b)
  mod(out, x, y)
  if (negative) negate(out, out)
}

/** ADDMOD: out = (a + b) mod m without wrapping at 2^256, 0 when m = 0. */
export function addmod(out: usize, a: usize, b: usize, m: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const s0 = a0 + load<u64>(b)
  let carry = u64(s0 < a0)
  let sum = a1 + load<u64>(b, 8)
  const s1 = sum + carry
  carry = u64(sum < a1) | u64(s1 < carry)
  sum = a2 + load<u64>(b, 16)
  const s2 = sum + carry
  carry = u64(sum < a2) | u64(s2 < carry)
  sum = a3 + load<u64>(b, 24)
  const s3 = sum + carry
  carry = u64(sum < a3) | u64(s3 < carry)
  const u = scratch
  storeLimbs(u, s0, s1, s2, s3)
  if (lessThan(a, m) && lessThan(b, m)) {
    if (carry || !lessThan(u, m)) subtract(u, m)
    return copyWord(out, u)
  }
  store<u64>(u, carry, 32)
  divide(u, limbCount(u, 5), m, 0, out)
}

/** MULMOD: out = (a · b) mod m without wrapping at 2^256, 0 when m = 0. */
export function mulmod(out: usize, a: usize, b: usize, m: usize): void {
  const u = scratch
  mulWide(u, a, b)
  divide(u, limbCount(u, 8), m, 0, out)
}

/** out = |a| of a two's complement number; |-2^255| = 2^255. */
@inline
function absolute(out: usize, a: usize): void {
  if (load<i64>(a, 24) < 0) negate(out, a)
  else copyWord(out, a)
}

function negate(out: usize, a: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const r0 = 0 - a0
  const r1 = ~a1 + u64(a0 == 0)
  const r2 = ~a2 + u64((a0 | a1) == 0)
  const r3 = ~a3 + u64((a0 | a1 | a2) == 0)
  storeLimbs(out, r0, r1, r2, r3)
}

/** u -= m, modulo 2^256. */
function subtract(u: usize, m: usize): void {
  let borrow: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(u + i)
    const y = load<u64>(m + i)
    const difference = x - y
    store<u64>(u + i, difference - borrow)
    borrow = u64(x < y) | u64(difference < borrow)
  }
}

/** Number of limbs at `u` without leading zero limbs, at most `count`. */
@inline
function limbCount(u: usize, count: i32): i32 {
  while (count > 0 && load<u64>(u + ((count - 1) << 3)) == 0) count--
  return count
}

/**
 * Divides the `count` limbs at `u` by the word at `b`. Writes floor(u / b) to `quotient` and u mod b to `remainder`, each
 * unless the pointer is 0. A quotient is only asked for when it fits a word.
 */
function divide(u: usize, count: i32, b: usize, quotient: usize, remainder: usize): void {
  const length = limbCount(b, 4)
  if (length == 0) return zeroWord(quotient ? quotient : remainder)
  if (count < length) {
    if (quotient) return zeroWord(quotient)
    const u0 = load<u64>(u)
    const u1 = count > 1 ? load<u64>(u, 8) : 0
    const u2 = count > 2 ? load<u64>(u, 16) : 0
    return storeLimbs(remainder, count > 0 ? u0 : 0, u1, u2, 0)
  }
  if (length == 1) divideByOne(u, count, load<u64>(b), quotient, remainder)
  else if (length == 2) divideByTwo(u, count, b, quotient, remainder)
  else divideByFour(u, count, b, length, quotient, remainder)
}

/** Clears the limbs of a quotient from `count` on. */
@inline
function clearFrom(quotient: usize, count: i32): void {
  for (let i = count; i < 4; i++) store<u64>(quotient + (i << 3), 0)
}

/** Möller–Granlund algorithm 4: two limbs by one. */
function divideByOne(u: usize, count: i32, b: u64, quotient: usize, remainder: usize): void {
  const shift = clz<u64>(b)
  const back = shift ^ 63
  const d = b << shift
  const v = reciprocal(d)
  let next = load<u64>(u + ((count - 1) << 3))
  let r = (next >> 1) >> back
  for (let i = count - 1; i >= 0; i--) {
    const limb = next
    next = i ? load<u64>(u + ((i - 1) << 3)) : 0
    const x = (limb << shift) | ((next >> 1) >> back)
    const low = v * r
    const q0 = low + x
    let q = mulHigh(v, r) + r + u64(q0 < low) + 1
    r = x - q * d
    if (r > q0) {
      q--
      r += d
    }
    if (r >= d) {
      q++
      r -= d
    }
    if (quotient) store<u64>(quotient + (i << 3), q)
  }
  if (quotient) clearFrom(quotient, count)
  else setWord(remainder, r >> shift)
}

/** Quotient digit of algorithm 6: three limbs (r1, r0, x) by two, (r1, r0) < (d1, d0). May be one too small or too large. */
function divideByTwo(u: usize, count: i32, b: usize, quotient: usize, remainder: usize): void {
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const shift = clz<u64>(b1)
  const back = shift ^ 63
  const d1 = (b1 << shift) | ((b0 >> 1) >> back)
  const d0 = b0 << shift
  const v = reciprocal2(d1, d0)
  let limb = load<u64>(u + ((count - 1) << 3))
  let next = load<u64>(u + ((count - 2) << 3))
  let r1 = (limb >> 1) >> back
  let r0 = (limb << shift) | ((next >> 1) >> back)
  for (let i = count - 2; i >= 0; i--) {
    limb = next
    next = i ? load<u64>(u + ((i - 1) << 3)) : 0
    const x = (limb << shift) | ((next >> 1) >> back)
    let low = v * r1
    const q0 = low + r0
    let q = mulHigh(v, r1) + r1 + u64(q0 < low)
    r1 = r0 - q * d1
    // (r1, r0) = (r1, x) - q · d0 - d
    low = d0 * q
    let high = mulHigh(d0, q) + u64(x < low)
    r0 = x - low
    high += u64(r0 < d0)
    r0 -= d0
    r1 -= high + d1
    q++
    if (r1 >= q0) {
      q--
      r0 += d0
      r1 += d1 + u64(r0 < d0)
    }
    if (r1 > d1 || (r1 == d1 && r0 >= d0)) {
      q++
      r1 -= d1 + u64(r0 < d0)
      r0 -= d0
    }
    if (quotient) store<u64>(quotient + (i << 3), q)
  }
  if (quotient) clearFrom(quotient, count - 1)
  else storeLimbs(remainder, (r0 >> shift) | ((r1 << 1) << back), r1 >> shift, 0, 0)
}

/** The shifted dividend's limb i; `from` is the first limb that exists. */
@inline
function shiftedLimb(u: usize, i: i32, from: i32, shift: u64): u64 {
  const limb = i >= from ? load<u64>(u + (i << 3)) : 0
  const below = i > from ? load<u64>(u + ((i - 1) << 3)) : 0
  return (limb << shift) | ((below >> 1) >> (shift ^ 63))
}

/**
 * Divisors of three and four limbs. One of three is taken times 2^64 with the dividend, which leaves the quotient as it is.
 * The digit comes from the two highest limbs of the divisor and is at most one too large.
 */
function divideByFour(u: usize, count: i32, b: usize, length: i32, quotient: usize, remainder: usize): void {
  const from = 4 - length
  u -= from << 3
  count += from
  let d3 = load<u64>(b, 24)
  let d2 = load<u64>(b, 16)
  let d1 = load<u64>(b, 8)
  let d0 = load<u64>(b)
  if (from) {
    d3 = d2
    d2 = d1
    d1 = d0
    d0 = 0
  }
  const shift = clz<u64>(d3)
  const back = shift ^ 63
  d3 = (d3 << shift) | ((d2 >> 1) >> back)
  d2 = (d2 << shift) | ((d1 >> 1) >> back)
  d1 = (d1 << shift) | ((d0 >> 1) >> back)
  d0 <<= shift
  const v = reciprocal2(d3, d2)
  let r3 = (load<u64>(u + ((count - 1) << 3)) >> 1) >> back
  let r2 = shiftedLimb(u, count - 1, from, shift)
  let r1 = shiftedLimb(u, count - 2, from, shift)
  let r0 = shiftedLimb(u, count - 3, from, shift)
  for (let i = count - 4; i >= 0; i--) {
    const x = shiftedLimb(u, i, from, shift)
    let q: u64 = -1
    if (r3 == d3 && r2 == d2) {
      // The digit is 2^64 - 1: r · 2^64 + x - (2^64 - 1) · d = (r - d) · 2^64 + x + d.
      const below = u64(r0 < d0)
      const difference = r1 - d1
      const lower = 0 - (u64(r1 < d1) | u64(difference < below))
      const t2 = difference - below
      const t1 = r0 - d0
      r0 = x + d0
      let carry = u64(r0 < x)
      r1 = t1 + d1
      let sum = r1 + carry
      carry = u64(r1 < t1) | u64(sum < carry)
      r1 = sum
      r2 = t2 + d2
      sum = r2 + carry
      carry = u64(r2 < t2) | u64(sum < carry)
      r2 = sum
      r3 = lower + d3 + carry
    } else {
      let low = v * r3
      const q0 = low + r2
      q = mulHigh(v, r3) + r3 + u64(q0 < low)
      let s1 = r2 - q * d3
      low = d2 * q
      let high = mulHigh(d2, q) + u64(r1 < low)
      let s0 = r1 - low
      high += u64(s0 < d2)
      s0 -= d2
      s1 -= high + d3
      q++
      if (s1 >= q0) {
        q--
        s0 += d2
        s1 += d3 + u64(s0 < d2)
      }
      if (s1 > d3 || (s1 == d3 && s0 >= d2)) {
        q++
        s1 -= d3 + u64(s0 < d2)
        s0 -= d2
      }
      // (s1, s0, r0, x) - q · (d1, d0)
      low = q * d0
      let borrow = mulHigh(q, d0) + u64(x < low)
      const t0 = x - low
      low = q * d1
      high = mulHigh(q, d1) + u64(r0 < low)
      const difference = r0 - low
      high += u64(difference < borrow)
      const t1 = difference - borrow
      borrow = u64(s0 < high)
      s0 -= high
      const negative = s1 < borrow
      s1 -= borrow
      r0 = t0
      r1 = t1
      r2 = s0
      r3 = s1
      if (negative) {
        q--
        r0 += d0
        let carry = u64(r0 < d0)
        let sum = r1 + d1
        r1 = sum + carry
        carry = u64(sum < d1) | u64(r1 < carry)
        sum = r2 + d2
        r2 = sum + carry
        carry = u64(sum < d2) | u64(r2 < carry)
        r3 += d3 + carry
      }
    }
    if (quotient) store<u64>(quotient + (i << 3), q)
  }
  if (quotient) return clearFrom(quotient, count - 3)
  r0 = (r0 >> shift) | ((r1 << 1) << back)
  r1 = (r1 >> shift) | ((r2 << 1) << back)
  r2 = (r2 >> shift) | ((r3 << 1) << back)
  r3 >>= shift
  if (from) storeLimbs(remainder, r1, r2, r3, 0)
  else storeLimbs(remainder, r0, r1, r2, r3)
}
