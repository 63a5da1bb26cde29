// Addition, subtraction and multiplication of words modulo 2^256, and the same with an overflow answer for balances,
// fees and sizes. Called by the interpreter and the transaction rules. `out` may be the same pointer as an operand.
// Everything stays in locals: AssemblyScript has no multi-value return, so a product's high half is computed by
// `mulHigh` beside the native low half instead of being returned with it.
import { leadingZeros } from './bits.ts'
import { storeLimbs, zeroWord } from './word.ts'

const LOW: u64 = 0xffffffff

/** The high 64 bits of a 64 × 64 product, from four 32-bit products. */
@inline
export function mulHigh(a: u64, b: u64): u64 {
  const a0 = a & LOW
  const a1 = a >> 32
  const b0 = b & LOW
  const b1 = b >> 32
  const t = a1 * b0 + ((a0 * b0) >> 32)
  const w = a0 * b1 + (t & LOW)
  return a1 * b1 + (t >> 32) + (w >> 32)
}

/** out = a + b mod 2^256. */
export function add(out: usize, a: usize, b: usize): void {
  addOverflow(out, a, b)
}

/** out = a + b mod 2^256; true when the sum is 2^256 or more. */
@inline
export function addOverflow(out: usize, a: usize, b: usize): bool {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const r0 = a0 + load<u64>(b)
  let carry = u64(r0 < a0)
  const s1 = a1 + load<u64>(b, 8)
  const r1 = s1 + carry
  carry = u64(s1 < a1) | u64(r1 < carry)
  const s2 = a2 + load<u64>(b, 16)
  const r2 = s2 + carry
  carry = u64(s2 < a2) | u64(r2 < carry)
  const s3 = a3 + load<u64>(b, 24)
  const r3 = s3 + carry
  carry = u64(s3 < a3) | u64(r3 < carry)
  storeLimbs(out, r0, r1, r2, r3)
  return carry != 0
}

/** out = a - b mod 2^256. */
export function sub(out: usize, a: usize, b: usize): void {
  subUnderflow(out, a, b)
}

/** out = a - b mod 2^256; true when a < b. */
@inline
export function subUnderflow(out: usize, a: usize, b: usize): bool {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  let borrow = u64(a0 < b0)
  const s1 = a1 - b1
  const r1 = s1 - borrow
  borrow = u64(a1 < b1) | u64(s1 < borrow)
  const s2 = a2 - b2
  const r2 = s2 - borrow
  borrow = u64(a2 < b2) | u64(s2 < borrow)
  const s3 = a3 - b3
  const r3 = s3 - borrow
  borrow = u64(a3 < b3) | u64(s3 < borrow)
  storeLimbs(out, a0 - b0, r1, r2, r3)
  return borrow != 0
}

/** out = a · b mod 2^256. */
export function mul(out: usize, a: usize, b: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  const r0 = a0 * b0
  let r1 = mulHigh(a0, b0)
  const upper = a2 | a3 | b2 | b3
  if ((upper | a1 | b1) == 0) return storeLimbs(out, r0, r1, 0, 0)
  // Column 1: a0·b1 and a1·b0.
  let low = a0 * b1
  r1 += low
  let r2 = mulHigh(a0, b1) + u64(r1 < low)
  low = a1 * b0
  r1 += low
  let high = mulHigh(a1, b0) + u64(r1 < low)
  r2 += high
  let r3 = u64(r2 < high)
  // Column 2. Most numbers in contracts are below 2^128, and then this is all.
  low = a1 * b1
  r2 += low
  r3 += mulHigh(a1, b1) + u64(r2 < low)
  if (upper == 0) return storeLimbs(out, r0, r1, r2, r3)
  low = a0 * b2
  r2 += low
  r3 += mulHigh(a0, b2) + u64(r2 < low)
  low = a2 * b0
  r2 += low
  r3 += mulHigh(a2, b0) + u64(r2 < low)
  // Column 3: only the low halves count.
  r3 += a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0
  storeLimbs(out, r0, r1, r2, r3)
}

/** out = a · b mod 2^256; true when the product is 2^256 or more. */
export function mulOverflow(out: usize, a: usize, b: usize): bool {
  // With n leading zero bits in both together, the product is below 2^(512 - n) and at least 2^(510 - n).
  const zeros = leadingZeros(a) + leadingZeros(b)
  const overflows = zeros < 256 && (zeros < 255 || highHalf(a, b) != 0)
  mul(out, a, b)
  return overflows
}

/** Non-zero when a · b ≥ 2^256: the four high limbs of the product, or-ed together. */
function highHalf(a: usize, b: usize): u64 {
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  let c0: u64 = 0
  let c1: u64 = 0
  let c2: u64 = 0
  let c3: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    // c + x · b, of which the lowest limb is dropped: it belongs to the low half of the product.
    const x = load<u64>(a + i)
    let low = x * b0
    let carry = mulHigh(x, b0) + u64(c0 + low < low)
    low = x * b1
    let sum = c1 + low
    let high = mulHigh(x, b1) + u64(sum < low)
    c0 = sum + carry
    carry = high + u64(c0 < carry)
    low = x * b2
    sum = c2 + low
    high = mulHigh(x, b2) + u64(sum < low)
    c1 = sum + carry
    carry = high + u64(c1 < carry)
    low = x * b3
    sum = c3 + low
    high = mulHigh(x, b3) + u64(sum < low)
    c2 = sum + carry
    c3 = high + u64(c2 < carry)
  }
  return c0 | c1 | c2 | c3
}

/** Writes the full product a · b, eight limbs, at `out`, which must not overlap the operands. */
export function mulWide(out: usize, a: usize, b: usize): void {
  if ((load<u64>(a, 16) | load<u64>(a, 24) | load<u64>(b, 16) | load<u64>(b, 24)) == 0) {
    zeroWord(out + 32)
    return mul(out, a, b)
  }
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  let c0: u64 = 0
  let c1: u64 = 0
  let c2: u64 = 0
  let c3: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(a + i)
    let low = x * b0
    let sum = c0 + low
    let carry = mulHigh(x, b0) + u64(sum < low)
    store<u64>(out + i, sum)
    low = x * b1
    sum = c1 + low
    let high = mulHigh(x, b1) + u64(sum < low)
    c0 = sum + carry
    carry = high + u64(c0 < carry)
    low = x * b2
    sum = c2 + low
    high = mulHigh(x, b2) + u64(sum < low)
    c1 = sum + carry
    carry = high + u64(c1 < carry)
    low = x * b3
    sum = c3 + low
    high = mulHigh(x, b3) + u64(sum < low)
    c2 = sum + carry
    c3 = high + u64(c2 < carry)
  }
  storeLimbs(out + 32, c0, c1, c2, c3)
}
