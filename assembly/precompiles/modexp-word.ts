// Modular exponentiation for moduli of at most 64 bits, in registers. The forks up to Prague charge so little for them
// (EIP-2565: a third of a gas per squaring) that they need a path of their own. An even modulus is 2^k q: the power is
// computed modulo both and put together by the Chinese remainder theorem. Called by modexp.ts only; no state.
import { mulHigh } from '../word/arithmetic.ts'

// V8 does not replace a running function by its optimised code: long exponents are done in pieces of this many bytes.
const BYTES_PER_CALL: u32 = 32

/** Scratch that powerWord() needs: sixteen powers of the base. */
export const WORD_SCRATCH: usize = 128

/** The `len` ≤ 8 big-endian bytes at `bytes`, of which only the first `given` are in memory, as a number. */
export function readWord(bytes: usize, len: u32, given: u32): u64 {
  let word: u64 = 0
  for (let i: u32 = 0; i < len; i++) word = (word << 8) | (i < given ? <u64>load<u8>(bytes + i) : 0)
  return word
}

/** The low 64 bits of a number of `len` big-endian bytes, of which the first `given` are in memory. */
export function lowWord(bytes: usize, len: u32, given: u32): u64 {
  if (len <= 8) return readWord(bytes, len, given)
  const skip = len - 8
  return readWord(bytes + skip, 8, given > skip ? given - skip : 0)
}

/** base^exponent mod `modulus` > 1. Numbers are big-endian bytes; the exponent has no leading zero byte. */
export function powerWord(
  modulus: u64,
  base: usize,
  baseLen: u32,
  baseGiven: u32,
  exponent: usize,
  len: u32,
  given: u32,
  scratch: usize,
): u64 {
  const k = ctz<u64>(modulus)
  const q = modulus >> k
  const odd = powerOdd(q, base, baseLen, baseGiven, exponent, len, given, scratch)
  if (k == 0) return odd
  const even = powerLow(lowWord(base, baseLen, baseGiven), lowWord(exponent, len, given), len > 8)
  return odd + q * (((even - odd) * inverse64(q)) & (((<u64>1) << k) - 1))
}

/** base^exponent mod 2^64, for an exponent of 64 or more bits when `long` and with the given low bits. */
export function powerLow(base: u64, exponent: u64, long: bool): u64 {
  // an even base vanishes; for an odd one the exponent counts modulo the group's order, a divisor of 2^62
  if ((base & 1) == 0 && (long || exponent > 63)) return 0
  let power: u64 = 1
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) power *= base
    base *= base
  }
  return power
}

/** base^exponent mod odd q; 0 for q = 1. */
export function powerOdd(
  q: u64,
  base: usize,
  baseLen: u32,
  baseGiven: u32,
  exponent: usize,
  len: u32,
  given: u32,
  table: usize,
): u64 {
  if (q == 1) return 0
  const inverse = inverse64(q)
  const one = (0 - q) % q
  // the Montgomery form of 2, squared six times, is that of 2^64
  let square = addMod(one, one, q)
  for (let i = 0; i < 6; i++) square = product(square, square, q, inverse)

  const factor = product(reduce(base, baseLen, baseGiven, q, square, inverse), square, q, inverse)
  let power = one
  for (let i: usize = 0; i < WORD_SCRATCH; i += 8) {
    store<u64>(table + i, power)
    power = product(power, factor, q, inverse)
  }
  power = one
  for (let at: u32 = 0; at < len; at += BYTES_PER_CALL) {
    const rest = given > at ? given - at : 0
    power = raise(power, exponent + at, min(BYTES_PER_CALL, len - at), rest, table, q, inverse)
  }
  return product(power, 1, q, inverse)
}

/** Continues `power` over `count` exponent bytes, four bits at a time. */
function raise(power: u64, exponent: usize, count: u32, given: u32, table: usize, q: u64, inverse: u64): u64 {
  for (let i: u32 = 0; i < count; i++) {
    const byte: usize = i < given ? <usize>load<u8>(exponent + i) : 0
    power = product(power, power, q, inverse)
    power = product(power, power, q, inverse)
    power = product(power, power, q, inverse)
    power = product(power, power, q, inverse)
    power = product(power, load<u64>(table + ((byte >> 4) << 3)), q, inverse)
    power = product(power, power, q, inverse)
    power = product(power, power, q, inverse)
    power = product(power, power, q, inverse)
    power = product(power, power, q, inverse)
    power = product(power, load<u64>(table + ((byte & 15) << 3)), q, inverse)
  }
  return power
}

/** The base modulo q, eight bytes at a time from the top; `square` = 2^128 mod q. */
function reduce(base: usize, len: u32, given: u32, q: u64, square: u64, inverse: u64): u64 {
  const head = len & 7
  let rest = readWord(base, head, given) % q
  for (let at = head; at < len; at += 8) {
    const word = readWord(base + at, 8, given > at ? given - at : 0)
    rest = addMod(product(rest, square, q, inverse), word % q, q)
  }
  return rest
}

/** x y / 2^64 mod q (Montgomery), for x y < 2^64 q; `inverse` = q^-1 mod 2^64. */
function product(x: u64, y: u64, q: u64, inverse: u64): u64 {
  const high = mulHigh(x, y)
  const taken = mulHigh(x * y * inverse, q)
  return high - taken + (high < taken ? q : 0)
}

function addMod(x: u64, y: u64, q: u64): u64 {
  const sum = x + y
  return sum < x || sum >= q ? sum - q : sum
}

/** x^-1 mod 2^64 for odd x: each of Newton's steps doubles the number of right bits, beginning with three. */
export function inverse64(x: u64): u64 {
  let inverse = x
  for (let bits = 3; bits < 64; bits *= 2) inverse *= 2 - x * inverse
  return inverse
}
