// Division without a 128 / 64 instruction: reciprocals of normalised divisors (highest bit set) and the quotient step that
// multiplies by them, after N. Möller and T. Granlund, "Improved division by invariant integers" (IEEE Transactions on
// Computers 60, 2011), algorithms 2, 4 and 6. Used by division.ts alone. WebAssembly's only wide enough instruction,
// i64.div_u, costs up to 40 cycles and gives 32 bits of quotient at a time; a step here gives 64.
import { mulHigh } from './arithmetic.ts'

/** floor((2^128 - 1) / d) - 2^64 for 2^63 ≤ d. */
export function reciprocal(d: u64): u64 {
  // Three Newton steps from an 11-bit start: 11, 20, 34 and 64 bits.
  const d40 = (d >> 24) + 1
  const v0 = <u64>(0x7fd00 / <u32>(d >> 55))
  const v1 = (v0 << 11) - ((v0 * v0 * d40) >> 40) - 1
  const v2 = (v1 << 13) + ((v1 * ((1 << 60) - v1 * d40)) >> 47)
  const odd = d & 1
  const e = ((v2 >> 1) & (0 - odd)) - v2 * ((d >> 1) + odd)
  const v3 = (v2 << 31) + (mulHigh(v2, e) >> 1)
  const low = v3 * d
  return v3 - (mulHigh(v3, d) + d + u64(low + d < low))
}

/** floor((2^192 - 1) / (d1 · 2^64 + d0)) - 2^64 for 2^63 ≤ d1. */
export function reciprocal2(d1: u64, d0: u64): u64 {
  let v = reciprocal(d1)
  let p = d1 * v + d0
  if (p < d0) {
    v--
    if (p >= d1) {
      v--
      p -= d1
    }
    p -= d1
  }
  const high = mulHigh(v, d0)
  const low = v * d0
  p += high
  if (p < high) {
    v--
    if (p > d1 || (p == d1 && low >= d0)) v--
  }
  return v
}
