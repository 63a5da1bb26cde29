// Schoolbook division of up to eight limbs by a word, for division.ts. The divisor is shifted until its highest bit is
// set, the dividend is shifted while it is read, and the running remainder stays in locals. Quotient digits of 64 bits
// come from the reciprocals of reciprocal.ts; a quotient of less than 2^49 comes from one floating-point division. Limb
// i of the quotient is written after the last read of limb i of the dividend, so a quotient may replace its dividend.
// Corrections that happen every other time are masks and not branches: a mispredicted branch costs as much as the
// digit.
import { shiftRight } from './bits.ts'
import { mulHigh, sub } from './arithmetic.ts'
import { reciprocal, reciprocal2 } from './reciprocal.ts'
import { copyWord, lessThan, setWord, storeLimbs, zeroWord } from './word.ts'

/** Number of limbs at `u` without leading zero limbs, at most `count`. */
@inline
export function limbCount(u: usize, count: i32): i32 {
  while (count > 0 && load<u64>(u + ((count - 1) << 3)) == 0) count--
  return count
}

/**
 * Divides the number of up to `limbs` limbs at `u` by the word at `b`. Writes floor(u / b) to `quotient` or, when that
 * is 0, u mod b to `remainder`; zero when b = 0. Only dividends of up to four limbs may have a quotient. Inlined into
 * DIV and MOD: a call takes 5 ns here, a tenth of a division.
 */
@inline
export function divide(u: usize, limbs: i32, b: usize, quotient: usize, remainder: usize): void {
  const length = limbCount(b, 4)
  const count = limbCount(u, limbs)
  if (length == 0 || count == 0) return zeroWord(quotient ? quotient : remainder)
  const top = load<u64>(b + ((length - 1) << 3))
  const highest = load<u64>(u + ((count - 1) << 3))
  // How many bits longer the dividend is.
  const bits = ((count - length) << 6) + <i32>clz<u64>(top) - <i32>clz<u64>(highest)
  if (bits < 0 || (bits == 0 && lessThan(u, b))) {
    if (quotient) zeroWord(quotient)
    else copyWord(remainder, u)
  } else if (bits == 0) {
    if (quotient) setWord(quotient, 1)
    else sub(remainder, u, b)
  } else if ((top & (top - 1)) == 0 && isPowerOfTwo(b)) divideByPowerOfTwo(u, b, length, quotient, remainder)
  else if (length == 1) divideByOne(u, count, top, quotient, remainder)
  else if (bits < 49 && count <= 4) divideOnce(u, count, b, length, bits, quotient, remainder)
  else if (length == 2) divideByTwo(u, count, b, quotient, remainder)
  else divideByFour(u, count, b, length, quotient, remainder)
}

/** Writes the number of up to `limbs` limbs at `u` modulo the word at `m` to `out`; zero when m = 0. */
export function reduce(out: usize, u: usize, limbs: i32, m: usize): void {
  divide(u, limbs, m, 0, out)
}

function isPowerOfTwo(b: usize): bool {
  return popcnt(load<u64>(b)) + popcnt(load<u64>(b, 8)) + popcnt(load<u64>(b, 16)) + popcnt(load<u64>(b, 24)) == 1
}

/** A quotient is a shift; a remainder the bits below, of which limbs above the dividend's are not needed. */
function divideByPowerOfTwo(u: usize, b: usize, length: i32, quotient: usize, remainder: usize): void {
  const top = load<u64>(b + ((length - 1) << 3))
  if (quotient) return shiftRight(quotient, <u64>((length - 1) << 6) + ctz<u64>(top), u, 0)
  const r0 = load<u64>(u) & (length == 1 ? top - 1 : -1)
  const r1 = length > 1 ? load<u64>(u, 8) & (length == 2 ? top - 1 : -1) : 0
  const r2 = length > 2 ? load<u64>(u, 16) & (length == 3 ? top - 1 : -1) : 0
  const r3 = length > 3 ? load<u64>(u, 24) & (top - 1) : 0
  storeLimbs(remainder, r0, r1, r2, r3)
}

/** The highest 53 bits of a number of at least two limbs, as a float of exactly that value. */
@inline
function leadingBits(u: usize, count: i32): f64 {
  const at = u + ((count - 1) << 3)
  const high = load<u64>(at)
  const shift = clz<u64>(high)
  const bits = (high << shift) | ((load<u64>(at - 8) >> 1) >> (shift ^ 63))
  return <f64>(<i64>(bits >> 11))
}

/**
 * A quotient below 2^49, estimated by one floating-point division of the leading 53 bits. Each operand is cut by less
 * than 2^-52 of itself and the division rounds by 2^-53, so the estimate is off by less than 1 and its whole part by at
 * most 1. `bits` is the difference of the bit lengths.
 */
function divideOnce(u: usize, count: i32, b: usize, length: i32, bits: i32, quotient: usize, remainder: usize): void {
  const scale = reinterpret<f64>((<i64>(1023 + bits)) << 52)
  let q = <u64>(<i64>((leadingBits(u, count) / leadingBits(b, length)) * scale))
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  let x = load<u64>(u)
  let low = q * b0
  let r0 = x - low
  let carry = mulHigh(q, b0) + u64(x < low)
  x = load<u64>(u, 8)
  low = q * b1
  let t = x - low
  let r1 = t - carry
  carry = mulHigh(q, b1) + u64(x < low) + u64(t < carry)
  x = load<u64>(u, 16)
  low = q * b2
  t = x - low
  let r2 = t - carry
  carry = mulHigh(q, b2) + u64(x < low) + u64(t < carry)
  x = load<u64>(u, 24)
  low = q * b3
  t = x - low
  let r3 = t - carry
  carry = mulHigh(q, b3) + u64(x < low) + u64(t < carry)
  if (carry) {
    q--
    r0 += b0
    carry = u64(r0 < b0)
    t = r1 + b1
    r1 = t + carry
    carry = u64(t < b1) | u64(r1 < carry)
    t = r2 + b2
    r2 = t + carry
    carry = u64(t < b2) | u64(r2 < carry)
    r3 += b3 + carry
  } else if (r3 > b3 || (r3 == b3 && (r2 > b2 || (r2 == b2 && (r1 > b1 || (r1 == b1 && r0 >= b0)))))) {
    q++
    carry = u64(r0 < b0)
    r0 -= b0
    t = r1 - b1
    const next = u64(r1 < b1) | u64(t < carry)
    r1 = t - carry
    t = r2 - b2
    r3 -= b3 + (u64(r2 < b2) | u64(t < next))
    r2 = t - next
  }
  if (quotient) setWord(quotient, q)
  else storeLimbs(remainder, r0, r1, r2, r3)
}

/** Clears the limbs of a quotient from `count` on. */
@inline
function clearFrom(quotient: usize, count: i32): void {
  for (let i = count; i < 4; i++) store<u64>(quotient + (i << 3), 0)
}

/** Möller–Granlund algorithm 4: two limbs by one. */
function divideByOne(u: usize, count: i32, b: u64, quotient: usize, remainder: usize): void {
  let next = load<u64>(u + ((count - 1) << 3))
  if (count == 1) return setWord(quotient ? quotient : remainder, quotient ? next / b : next % b)
  const shift = clz<u64>(b)
  const back = shift ^ 63
  const d = b << shift
  const v = reciprocal(d)
  let r = (next >> 1) >> back
  if (next < b) {
    // The highest digit is 0: begin with the remainder it leaves.
    count--
    const limb = next
    next = load<u64>(u + ((count - 1) << 3))
    r = (limb << shift) | ((next >> 1) >> back)
  }
  for (let i = count - 1; i >= 0; i--) {
    const limb = next
    next = i ? load<u64>(u + ((i - 1) << 3)) : 0
    const x = (limb << shift) | ((next >> 1) >> back)
    const low = v * r
    const q0 = low + x
    let q = mulHigh(v, r) + r + u64(q0 < low) + 1
    r = x - q * d
    const over = 0 - u64(r > q0)
    q += over
    r += d & over
    if (r >= d) {
      q++
      r -= d
    }
    if (quotient) store<u64>(quotient + (i << 3), q)
  }
  if (quotient) clearFrom(quotient, count)
  else setWord(remainder, r >> shift)
}

/** Möller–Granlund algorithm 5: three limbs by two. */
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
  if (r1 == 0 && r0 < d1 && count > 2) {
    // The highest digit is 0.
    count--
    limb = next
    next = load<u64>(u + ((count - 2) << 3))
    r1 = r0
    r0 = (limb << shift) | ((next >> 1) >> back)
  }
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
    const over = 0 - u64(r1 >= q0)
    q += 1 + over
    const back0 = d0 & over
    r0 += back0
    r1 += (d1 & over) + u64(r0 < back0)
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
 * Divisors of three and four limbs. One of three is taken times 2^64 with the dividend, which leaves the quotient as it
 * is. The digit comes from the two highest limbs of the divisor and is at most one too large.
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
  if (r3 == 0 && r2 < d3 && count > 4) {
    // The highest digit is 0, as it is for a product of two numbers below the modulus.
    count--
    r3 = r2
    r2 = r1
    r1 = r0
    r0 = shiftedLimb(u, count - 3, from, shift)
  }
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
      const over = 0 - u64(s1 >= q0)
      q += 1 + over
      const back2 = d2 & over
      s0 += back2
      s1 += (d3 & over) + u64(s0 < back2)
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
