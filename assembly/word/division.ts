// Division and modular arithmetic on words with the EVM's rule that x / 0 = x mod 0 = 0 (Yellow Paper appendix H.2).
// Called by the interpreter; `out` may be the same pointer as any operand. What fits one machine division is done here,
// everything else by long-division.ts. Operands that fit neither locals nor their own word (|a|, a + b, a · b) go to
// the scratch region, which is the instance's own: workers share a memory, not their globals.
import { mulHigh, mulWide } from './arithmetic.ts'
import { divide, reduce } from './long-division.ts'
import { fitsU64, setWord, storeLimbs } from './word.ts'

let scratch: usize = 0

/** Gives the word operations 512 bytes of scratch memory. Must be called before sdiv, smod, addmod, mulmod and exp. */
export function setWordScratch(ptr: usize): void {
  scratch = ptr
}

/** The scratch region: this file uses the first 80 bytes, exp all of it. */
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
  divide(a, 4, b, out, 0)
}

/** MOD: out = a mod b, 0 when b = 0. */
export function mod(out: usize, a: usize, b: usize): void {
  if (fitsU64(a) && fitsU64(b)) {
    const divisor = load<u64>(b)
    return setWord(out, divisor ? load<u64>(a) % divisor : 0)
  }
  divide(a, 4, b, 0, out)
}

/** SDIV: two's complement, rounded towards zero; -2^255 / -1 = -2^255. */
export function sdiv(out: usize, a: usize, b: usize): void {
  const signs = load<i64>(a, 24) ^ load<i64>(b, 24)
  div(out, absolute(a, scratch), absolute(b, scratch + 32))
  if (signs < 0) negate(out, out)
}

/** SMOD: two's complement; the result has the sign of a. */
export function smod(out: usize, a: usize, b: usize): void {
  const sign = load<i64>(a, 24)
  mod(out, absolute(a, scratch), absolute(b, scratch + 32))
  if (sign < 0) negate(out, out)
}

/** Where |a| stands: in its own place, or at `copy` when a is negative. |-2^255| = 2^255. */
@inline
function absolute(a: usize, copy: usize): usize {
  if (load<i64>(a, 24) >= 0) return a
  negate(copy, a)
  return copy
}

function negate(out: usize, a: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const r1 = ~a1 + u64(a0 == 0)
  const r2 = ~a2 + u64((a0 | a1) == 0)
  const r3 = ~a3 + u64((a0 | a1 | a2) == 0)
  storeLimbs(out, 0 - a0, r1, r2, r3)
}

/** ADDMOD: out = (a + b) mod m without wrapping at 2^256, 0 when m = 0. */
export function addmod(out: usize, a: usize, b: usize, m: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const s0 = a0 + load<u64>(b)
  let carry = u64(s0 < a0)
  let t = a1 + load<u64>(b, 8)
  const s1 = t + carry
  carry = u64(t < a1) | u64(s1 < carry)
  t = a2 + load<u64>(b, 16)
  const s2 = t + carry
  carry = u64(t < a2) | u64(s2 < carry)
  t = a3 + load<u64>(b, 24)
  const s3 = t + carry
  carry = u64(t < a3) | u64(s3 < carry)
  // sum - m is the answer when both are below m, and whenever the sum lies in m … 2m; otherwise there is more to
  // divide.
  const m0 = load<u64>(m)
  const m1 = load<u64>(m, 8)
  const m2 = load<u64>(m, 16)
  const m3 = load<u64>(m, 24)
  const d0 = s0 - m0
  let borrow = u64(s0 < m0)
  t = s1 - m1
  const d1 = t - borrow
  borrow = u64(s1 < m1) | u64(t < borrow)
  t = s2 - m2
  const d2 = t - borrow
  borrow = u64(s2 < m2) | u64(t < borrow)
  t = s3 - m3
  const d3 = t - borrow
  borrow = u64(s3 < m3) | u64(t < borrow)
  if (carry < borrow) return storeLimbs(out, s0, s1, s2, s3)
  const left = carry - borrow
  if (left == 0 && (d3 < m3 || (d3 == m3 && (d2 < m2 || (d2 == m2 && (d1 < m1 || (d1 == m1 && d0 < m0))))))) {
    return storeLimbs(out, d0, d1, d2, d3)
  }
  const u = scratch
  storeLimbs(u, d0, d1, d2, d3)
  store<u64>(u, left, 32)
  reduce(out, u, 5, m)
}

/** MULMOD: out = (a · b) mod m without wrapping at 2^256, 0 when m = 0. */
export function mulmod(out: usize, a: usize, b: usize, m: usize): void {
  const u = scratch
  mulWide(u, a, b)
  if ((load<u64>(m, 8) & load<u64>(m, 16) & load<u64>(m, 24)) == -1 && load<u64>(m)) return reduceNearTop(out, u, m)
  reduce(out, u, 8, m)
}

/**
 * Reduces eight limbs modulo m = 2^256 - c with 0 < c < 2^64: the high half times c is folded onto the low half, twice.
 * Such are 2^256 - 1, with which contracts take the high half of a product, and the field prime of secp256k1.
 */
function reduceNearTop(out: usize, u: usize, m: usize): void {
  const c = 0 - load<u64>(m)
  // low + high · c: four limbs and a fifth
  let x = load<u64>(u, 32)
  let low = x * c
  let r0 = load<u64>(u) + low
  let carry = mulHigh(x, c) + u64(r0 < low)
  x = load<u64>(u, 40)
  low = x * c
  let t = load<u64>(u, 8) + low
  let high = mulHigh(x, c) + u64(t < low)
  let r1 = t + carry
  carry = high + u64(r1 < carry)
  x = load<u64>(u, 48)
  low = x * c
  t = load<u64>(u, 16) + low
  high = mulHigh(x, c) + u64(t < low)
  let r2 = t + carry
  carry = high + u64(r2 < carry)
  x = load<u64>(u, 56)
  low = x * c
  t = load<u64>(u, 24) + low
  high = mulHigh(x, c) + u64(t < low)
  let r3 = t + carry
  carry = high + u64(r3 < carry)
  // The fifth limb is at most c; folding it can carry out of the top once more, worth c again.
  low = carry * c
  r0 += low
  high = mulHigh(carry, c) + u64(r0 < low)
  r1 += high
  carry = u64(r1 < high)
  r2 += carry
  carry = u64(r2 < carry)
  r3 += carry
  carry = u64(r3 < carry)
  // r - m = r + c - 2^256: adding c once more overflows exactly when r ≥ m, and then gives r - m.
  const s0 = r0 + c
  let next = u64(s0 < c)
  const s1 = r1 + next
  next = u64(s1 < next)
  const s2 = r2 + next
  next = u64(s2 < next)
  const s3 = r3 + next
  if (carry | u64(s3 < next)) storeLimbs(out, s0, s1, s2, s3)
  else storeLimbs(out, r0, r1, r2, r3)
}
