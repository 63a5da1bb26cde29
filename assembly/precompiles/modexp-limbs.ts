// Natural numbers for modexp: arrays of 28-bit limbs in u32, least significant first, with an even number of limbs.
// 28 bits leave room: products are summed in 64-bit columns and carried once at the end, not after every product, which
// measured 1.5 times faster than full 32-bit limbs. Montgomery's product is the word-by-word form of Koç, Acar and
// Kaliski (1996), two words at a time; the division is Knuth's algorithm D. Called by modexp.ts only; no state.

export const LIMB_BITS: u32 = 28
const MASK: u64 = 0xfffffff

// A column takes up to four products below 2^56 per pair of rows: after 32 pairs it is below 2^63.
const ROWS_PER_CARRY: u32 = 64

/** The number of limbs that `bits` bits need, rounded up to even. */
export function evenLimbs(bits: u64): u32 {
  return (<u32>((bits + LIMB_BITS - 1) / LIMB_BITS) + 1) & ~1
}

/** Reads `len` big-endian bytes, of which only the first `given` are in memory (the rest is zero), into `n` limbs. */
export function readLimbs(out: usize, n: u32, bytes: usize, len: u32, given: u32): void {
  let limb: u64 = 0
  let bits: u32 = 0
  const end = out + ((<usize>n) << 2)
  for (let i = len; i > 0 && out < end; i--) {
    const byte: u64 = i > given ? 0 : <u64>load<u8>(bytes + i - 1)
    limb |= byte << bits
    bits += 8
    if (bits >= LIMB_BITS) {
      store<u32>(out, <u32>(limb & MASK))
      out += 4
      limb >>= LIMB_BITS
      bits -= LIMB_BITS
    }
  }
  for (; out < end; out += 4) {
    store<u32>(out, <u32>limb)
    limb = 0
  }
}

/** Writes the `n` limbs at `x` as `len` big-endian bytes; `n` limbs hold at least `len` bytes. */
export function writeBytes(out: usize, len: u32, x: usize, n: u32): void {
  let pending: u64 = 0
  let bits: u32 = 0
  const end = x + ((<usize>n) << 2)
  for (let i = len; i > 0; i--) {
    if (bits < 8 && x < end) {
      pending |= (<u64>load<u32>(x)) << bits
      bits += LIMB_BITS
      x += 4
    }
    store<u8>(out + i - 1, <u8>pending)
    pending >>= 8
    bits = bits < 8 ? 0 : bits - 8
  }
}

/** The number of significant bits of the `n` limbs at `x`. */
export function bitLength(x: usize, n: u32): u32 {
  for (; n > 0; n--) {
    const limb = load<u32>(x + ((<usize>n) << 2) - 4)
    if (limb != 0) return n * LIMB_BITS - (clz<u32>(limb) - 4)
  }
  return 0
}

/** The number of zero bits below the lowest set bit of a number that is not zero. */
export function trailingZeros(x: usize): u32 {
  let bits: u32 = 0
  while (load<u32>(x) == 0) {
    x += 4
    bits += LIMB_BITS
  }
  return bits + ctz<u32>(load<u32>(x))
}

/** out = x << s over `n` limbs, for s below 28; the bits above limb n - 1 are lost. `out` may be `x`. */
export function shiftLeft(out: usize, x: usize, n: u32, s: u32): void {
  let carry: u32 = 0
  for (let i: usize = 0; i < (<usize>n) << 2; i += 4) {
    const limb = load<u32>(x + i)
    store<u32>(out + i, ((limb << s) | carry) & <u32>MASK)
    carry = limb >> (LIMB_BITS - s)
  }
}

/** out = x >> s over the `n` limbs of x, for any s; limbs above are taken as zero. `out` may be `x`. */
export function shiftRight(out: usize, x: usize, n: u32, s: u32): void {
  const skip = s / LIMB_BITS
  const by = s % LIMB_BITS
  for (let i: u32 = 0; i < n; i++) {
    const at = x + ((<usize>(i + skip)) << 2)
    const low: u64 = i + skip < n ? <u64>load<u32>(at) : 0
    const high: u64 = i + skip + 1 < n ? <u64>load<u32>(at, 4) : 0
    store<u32>(out + ((<usize>i) << 2), <u32>(((low | (high << LIMB_BITS)) >> by) & MASK))
  }
}

/** x mod 2^bits in place over `n` limbs. */
export function keepBits(x: usize, n: u32, bits: u32): void {
  const whole = bits / LIMB_BITS
  if (whole >= n) return
  const at = x + ((<usize>whole) << 2)
  store<u32>(at, load<u32>(at) & ((1 << (bits % LIMB_BITS)) - 1))
  memory.fill(at + 4, 0, (<usize>(n - whole - 1)) << 2)
}

/** x ≥ y over `n` limbs? */
export function notLess(x: usize, y: usize, n: u32): bool {
  for (let i = (<usize>n) << 2; i > 0; i -= 4) {
    const a = load<u32>(x + i - 4)
    const b = load<u32>(y + i - 4)
    if (a != b) return a > b
  }
  return true
}

/** out = x - y mod 2^(28 n). `out` may be `x` or `y`. */
export function subtract(out: usize, x: usize, y: usize, n: u32): void {
  let borrow: i32 = 0
  for (let i: usize = 0; i < (<usize>n) << 2; i += 4) {
    const limb = <i32>load<u32>(x + i) - <i32>load<u32>(y + i) + borrow
    store<u32>(out + i, limb & <i32>MASK)
    borrow = limb >> LIMB_BITS
  }
}

/** x += y mod 2^(28 n). */
export function addTo(x: usize, y: usize, n: u32): void {
  let carry: u32 = 0
  for (let i: usize = 0; i < (<usize>n) << 2; i += 4) {
    const limb = load<u32>(x + i) + load<u32>(y + i) + carry
    store<u32>(x + i, limb & <u32>MASK)
    carry = limb >> LIMB_BITS
  }
}

/** -(x^-1) mod 2^28 for odd x: each of Newton's steps doubles the number of right bits, beginning with three. */
export function negatedInverse(x: u32): u32 {
  let inverse = x
  for (let bits = 3; bits < 28; bits *= 2) inverse *= 2 - x * inverse
  return (0 - inverse) & <u32>MASK
}

/** A loop, because memory.fill is a call out of WASM that costs more than a small product. */
function clearColumns(t: usize, count: u32): void {
  for (const end = t + ((<usize>count) << 3); t < end; t += 8) store<u64>(t, 0)
}

/** Carries columns [from, to) into 28 bits each; column `to` takes what remains. */
function carryColumns(from: usize, to: usize): void {
  let carry: u64 = 0
  for (; from < to; from += 8) {
    carry += load<u64>(from)
    store<u64>(from, carry & MASK)
    carry >>= LIMB_BITS
  }
  store<u64>(to, load<u64>(to) + carry)
}

/** The carried columns at `t` as `n` limbs; a carry beyond them is dropped. */
function columnsToLimbs(out: usize, t: usize, n: u32): void {
  let carry: u64 = 0
  const end = out + ((<usize>n) << 2)
  for (; out < end; out += 4, t += 8) {
    carry += load<u64>(t)
    store<u32>(out, <u32>(carry & MASK))
    carry >>= LIMB_BITS
  }
}

/**
 * out = x y mod 2^(28 columns), for even xn, yn and columns ≤ xn + yn. `out` may be `x` or `y`; `t` holds `columns` u64
 * and one more.
 */
export function multiply(out: usize, x: usize, xn: u32, y: usize, yn: u32, columns: u32, t: usize): void {
  clearColumns(t, columns + 1)
  for (let i: u32 = 0; i < xn && i < columns; i += 2) {
    const width = min(yn, columns - i)
    multiplyRows(t + ((<usize>i) << 3), x + ((<usize>i) << 2), y, y + ((<usize>width) << 2))
    if (i % ROWS_PER_CARRY == ROWS_PER_CARRY - 2) carryColumns(t, t + ((<usize>columns) << 3))
  }
  columnsToLimbs(out, t, columns)
}

/** Columns at t += (x[0] + x[1] 2^28) · y. */
function multiplyRows(t: usize, x: usize, y: usize, end: usize): void {
  const x0: u64 = load<u32>(x)
  const x1: u64 = load<u32>(x, 4)
  let y1: u64 = 0
  for (; y < end; y += 8, t += 16) {
    const y2: u64 = load<u32>(y)
    store<u64>(t, load<u64>(t) + x0 * y2 + x1 * y1)
    y1 = load<u32>(y, 4)
    store<u64>(t, load<u64>(t, 8) + x0 * y1 + x1 * y2, 8)
  }
  store<u64>(t, load<u64>(t) + x1 * y1)
}

/**
 * out = x y / 2^(28 n) mod m, below 2 m where x y ≤ m 2^(28 n). `m` is odd, `inverse` = negatedInverse(m[0]), n even.
 * `out` may be `x` or `y`; `t` holds 2 n + 1 u64.
 */
export function montgomery(out: usize, x: usize, y: usize, m: usize, n: u32, inverse: u64, t: usize): void {
  clearColumns(t, 2 * n + 1)
  for (let i: u32 = 0; i < n; i += 2, t += 16) {
    montgomeryRows(t, x + ((<usize>i) << 2), y, m, (<usize>n) << 2, inverse)
    if (i % ROWS_PER_CARRY == ROWS_PER_CARRY - 2) carryColumns(t + 16, t + ((<usize>n) << 3) + 8)
  }
  columnsToLimbs(out, t, n)
}

/**
 * Columns at t += (x[0] + x[1] 2^28) · y + (q0 + q1 2^28) · m, with q0 and q1 such that the two lowest columns become
 * multiples of 2^28; what they carry goes into the third, and they are done with.
 */
function montgomeryRows(t: usize, x: usize, y: usize, m: usize, size: usize, inverse: u64): void {
  const x0: u64 = load<u32>(x)
  const x1: u64 = load<u32>(x, 4)
  const end = y + size
  let y1: u64 = load<u32>(y)
  let m1: u64 = load<u32>(m)
  let column = load<u64>(t) + x0 * y1
  const q0 = (column * inverse) & MASK
  column = (column + q0 * m1) >> LIMB_BITS
  const y0 = y1
  const m0 = m1
  y1 = load<u32>(y, 4)
  m1 = load<u32>(m, 4)
  column += load<u64>(t, 8) + x0 * y1 + x1 * y0 + q0 * m1
  const q1 = (column * inverse) & MASK
  column = (column + q1 * m0) >> LIMB_BITS
  t += 16
  store<u64>(t, load<u64>(t) + column)
  for (y += 8, m += 8; y < end; y += 8, m += 8, t += 16) {
    const y2: u64 = load<u32>(y)
    const m2: u64 = load<u32>(m)
    store<u64>(t, load<u64>(t) + x0 * y2 + x1 * y1 + q0 * m2 + q1 * m1)
    y1 = load<u32>(y, 4)
    m1 = load<u32>(m, 4)
    store<u64>(t, load<u64>(t, 8) + x0 * y1 + x1 * y2 + q0 * m1 + q1 * m2, 8)
  }
  store<u64>(t, load<u64>(t) + x1 * y1 + q1 * m1)
}

/**
 * montgomery() for n = 10, which moduli of 65 to 276 bits take: one row at a time with all columns in locals. Measured
 * 1.15 times as fast as the general form; the smallest moduli are the worst per gas.
 */
export function montgomery10(out: usize, x: usize, y: usize, m: usize, inverse: u64): void {
  let t0: u64 = 0
  let t1: u64 = 0
  let t2: u64 = 0
  let t3: u64 = 0
  let t4: u64 = 0
  let t5: u64 = 0
  let t6: u64 = 0
  let t7: u64 = 0
  let t8: u64 = 0
  let t9: u64 = 0
  for (const end = x + 40; x < end; x += 4) {
    const limb: u64 = load<u32>(x)
    t0 += limb * <u64>load<u32>(y)
    const q = (t0 * inverse) & MASK
    t0 = (t0 + q * <u64>load<u32>(m)) >> LIMB_BITS
    t0 += t1 + limb * <u64>load<u32>(y, 4) + q * <u64>load<u32>(m, 4)
    t1 = t2 + limb * <u64>load<u32>(y, 8) + q * <u64>load<u32>(m, 8)
    t2 = t3 + limb * <u64>load<u32>(y, 12) + q * <u64>load<u32>(m, 12)
    t3 = t4 + limb * <u64>load<u32>(y, 16) + q * <u64>load<u32>(m, 16)
    t4 = t5 + limb * <u64>load<u32>(y, 20) + q * <u64>load<u32>(m, 20)
    t5 = t6 + limb * <u64>load<u32>(y, 24) + q * <u64>load<u32>(m, 24)
    t6 = t7 + limb * <u64>load<u32>(y, 28) + q * <u64>load<u32>(m, 28)
    t7 = t8 + limb * <u64>load<u32>(y, 32) + q * <u64>load<u32>(m, 32)
    t8 = t9 + limb * <u64>load<u32>(y, 36) + q * <u64>load<u32>(m, 36)
    t9 = 0
  }
  store<u32>(out, <u32>(t0 & MASK))
  t1 += t0 >> LIMB_BITS
  store<u32>(out, <u32>(t1 & MASK), 4)
  t2 += t1 >> LIMB_BITS
  store<u32>(out, <u32>(t2 & MASK), 8)
  t3 += t2 >> LIMB_BITS
  store<u32>(out, <u32>(t3 & MASK), 12)
  t4 += t3 >> LIMB_BITS
  store<u32>(out, <u32>(t4 & MASK), 16)
  t5 += t4 >> LIMB_BITS
  store<u32>(out, <u32>(t5 & MASK), 20)
  t6 += t5 >> LIMB_BITS
  store<u32>(out, <u32>(t6 & MASK), 24)
  t7 += t6 >> LIMB_BITS
  store<u32>(out, <u32>(t7 & MASK), 28)
  t8 += t7 >> LIMB_BITS
  store<u32>(out, <u32>(t8 & MASK), 32)
  t9 += t8 >> LIMB_BITS
  store<u32>(out, <u32>(t9 & MASK), 36)
}

/**
 * u mod m in place: Knuth's algorithm D without the quotient. `m` has `mn` ≥ 2 limbs and the top bit of its top limb
 * set; `u` has `un` > mn limbs, the top one zero. The remainder is the low `mn` limbs; the limbs above become zero.
 */
export function remainder(u: usize, un: u32, m: usize, mn: u32): void {
  const size = (<usize>mn) << 2
  const m1: u64 = load<u32>(m + size - 4)
  const m0: u64 = load<u32>(m + size - 8)
  for (let at = u + ((<usize>(un - mn)) << 2); at > u; ) {
    at -= 4
    const top = at + size
    const head = ((<u64>load<u32>(top)) << LIMB_BITS) | <u64>load<u32>(top - 4)
    let quotient = head / m1
    if (quotient > MASK) quotient = MASK
    let rest = head - quotient * m1
    while (rest <= MASK && quotient * m0 > ((rest << LIMB_BITS) | <u64>load<u32>(top - 8))) {
      quotient--
      rest += m1
    }
    if (quotient != 0) subtractMultiple(at, m, size, quotient)
  }
}

/** The limbs at x (one more than m has) -= quotient · m, where quotient is right or one too large. */
function subtractMultiple(x: usize, m: usize, size: usize, quotient: u64): void {
  let carry: i64 = 0
  for (let i: usize = 0; i < size; i += 4) {
    carry += <i64>load<u32>(x + i) - <i64>(quotient * <u64>load<u32>(m + i))
    store<u32>(x + i, <u32>(carry & MASK))
    carry >>= LIMB_BITS
  }
  if (carry + <i64>load<u32>(x + size) < 0) addTo(x, m, <u32>(size >> 2))
  store<u32>(x + size, 0)
}
