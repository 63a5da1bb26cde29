// Modular exponentiation, the precompile 0x05: EIP-198, gas by EIP-198 (Byzantium), EIP-2565 (Berlin) and EIP-7883
// (Osaka), lengths limited by EIP-7823 (Osaka). Called by the precompile dispatcher, which charges modexpGas() first,
// then provides modexpScratch() bytes; no state. Moduli of up to 64 bits are in modexp-word.ts; above, an odd modulus is
// Montgomery's case, an even one is 2^k q put together by the Chinese remainder theorem, and for exponents of a few bits
// plain division is cheaper than Montgomery's preparation.
import { BERLIN, OSAKA } from '../abi.ts'
import { mulHigh } from '../word/arithmetic.ts'
import {
  addTo,
  bitLength,
  evenLimbs,
  keepBits,
  LIMB_BITS,
  montgomery,
  montgomery10,
  multiply,
  negatedInverse,
  notLess,
  readLimbs,
  remainder,
  shiftLeft,
  shiftRight,
  subtract,
  trailingZeros,
  writeBytes,
} from './modexp-limbs.ts'
import { lowWord, powerLow, powerOdd, powerWord, readWord, WORD_SCRATCH } from './modexp-word.ts'

const HEADER: u32 = 96
const LENGTH_LIMIT: u64 = 1024

// ---- lengths and gas ------------------------------------------------------------------------------------------------

/** Length word `index` (0 base, 1 exponent, 2 modulus) of the input; u64.MAX_VALUE for every length of 2^64 or more. */
export function modexpLength(input: usize, len: u32, index: u32): u64 {
  let value: u64 = 0
  const first = index << 5
  for (let i = first; i < first + 32; i++) {
    if (value >> 56 != 0) return u64.MAX_VALUE
    value = (value << 8) | (i < len ? <u64>load<u8>(input + i) : 0)
  }
  return value
}

/**
 * The gas of a call on `fork`. u64.MAX_VALUE, which no gas limit pays, when the price does not fit and when EIP-7823
 * (Osaka) forbids a length: then too all gas is consumed. Prices from 2^57 on may already be saturated.
 */
export function modexpGas(fork: i32, input: usize, len: u32): u64 {
  const baseLen = modexpLength(input, len, 0)
  const expLen = modexpLength(input, len, 1)
  const modLen = modexpLength(input, len, 2)
  const longest = max(baseLen, modLen)
  const head = headBits(input, len, baseLen, expLen)
  if (fork >= OSAKA) {
    if (max(longest, expLen) > LENGTH_LIMIT) return u64.MAX_VALUE
    const words = (longest + 7) >> 3
    const complexity: u64 = longest <= 32 ? 16 : 2 * words * words
    return max(500, price(complexity, iterations(expLen, head, 16), 1))
  }
  // beyond 2^32 bytes the price is above 2^57 on every fork
  if (longest >> 32 != 0) return u64.MAX_VALUE
  const count = iterations(expLen, head, 8)
  if (fork < BERLIN) return price(complexity198(longest), count, 20)
  const words = (longest + 7) >> 3
  return max(200, price(words * words, count, 3))
}

/** The multiplication complexity of EIP-198. */
function complexity198(x: u64): u64 {
  if (x <= 64) return x * x
  if (x <= 1024) return (x * x) / 4 + 96 * x - 3072
  return (x * x) / 16 + 480 * x - 199680
}

/** The bit length of the exponent's first 32 bytes. */
function headBits(input: usize, len: u32, baseLen: u64, expLen: u64): u32 {
  const count = <u32>min(expLen, 32)
  if (baseLen >= <u64>len) return 0
  const at = <u64>HEADER + baseLen
  for (let i: u32 = 0; i < count && at + i < <u64>len; i++) {
    const byte: u32 = load<u8>(input + <usize>at + i)
    if (byte != 0) return 8 * (count - i) - (clz<u32>(byte) - 24)
  }
  return 0
}

/** Iterations of an exponent: `perByte` for every byte after the first 32, and the head's bits but one; at least 1. */
function iterations(expLen: u64, head: u32, perByte: u64): u64 {
  const bits: u64 = head > 0 ? head - 1 : 0
  if (expLen <= 32) return max(1, bits)
  const tail = expLen - 32
  return tail > u64.MAX_VALUE / 32 ? u64.MAX_VALUE : max(1, tail * perByte + bits)
}

/** ⌊complexity · count / divisor⌋, saturated; so is a saturated count. */
function price(complexity: u64, count: u64, divisor: u64): u64 {
  if (count == u64.MAX_VALUE) return complexity == 0 ? 0 : u64.MAX_VALUE
  const high = mulHigh(complexity, count)
  if (high >= divisor) return u64.MAX_VALUE
  // (high 2^64 + low) / divisor in two steps of 32 bits: high < divisor ≤ 20
  const low = complexity * count
  const upper = (high << 32) | (low >> 32)
  const quotient = upper / divisor
  return (quotient << 32) | ((((upper % divisor) << 32) | (low & 0xffffffff)) / divisor)
}

// ---- the power ------------------------------------------------------------------------------------------------------

// Exponents up to this many bits go by plain division: a product with division costs 1.6 Montgomery products, but
// preparing and ending Montgomery costs another three.
const DIRECT_BITS: u32 = 4
const TABLE_SIZE: u32 = 32
// numbers of the modulus' size in scratch: see modexpLimbs()
const NUMBERS: u32 = 7

// Registers of the running computation, set before they are read within one call of modexp().
let exponentAt: usize = 0
let exponentLen: u32 = 0
let exponentGiven: u32 = 0
let modulusAt: usize = 0
let limbs: u32 = 0
/** Montgomery's constant, or 0 while computing modulo 2^(28 limbs). */
let inverse: u64 = 0
let columns: usize = 0
let dividend: usize = 0
let table: usize = 0

/** Limbs of a number of the modulus' size: four bits of room for Montgomery's unreduced values. */
function numberLimbs(modLen: u32): u32 {
  return evenLimbs(((<u64>modLen) << 3) + 4) + 2
}

function dividendLimbs(baseLen: u32, modLen: u32): u32 {
  return max(evenLimbs((<u64>baseLen) << 3), 2 * numberLimbs(modLen)) + 4
}

/** Bytes of scratch (8-byte aligned) that modexp() needs; u32.MAX_VALUE when that is more than a memory can have. */
export function modexpScratch(baseLen: u32, expLen: u32, modLen: u32): u32 {
  if (modLen > 0x1000000 || baseLen > 0x40000000) return u32.MAX_VALUE
  const number = numberLimbs(modLen)
  const words = (NUMBERS + TABLE_SIZE + 4) * number + dividendLimbs(baseLen, modLen)
  return <u32>WORD_SCRATCH + (words << 2) + 32
}

/**
 * Writes base^exponent mod modulus to `out` as `modLen` big-endian bytes; nothing for modLen 0, zeros for modulus 0.
 * The three numbers follow each other in `input` after the 96 bytes of lengths; what lies beyond `inputLen` is zero.
 * `scratch` holds modexpScratch() bytes, 8-byte aligned; `out` overlaps neither it nor the input.
 */
export function modexp(
  out: usize,
  baseLen: u32,
  expLen: u32,
  modLen: u32,
  input: usize,
  inputLen: u32,
  scratch: usize,
): void {
  if (modLen == 0) return
  memory.fill(out, 0, modLen)
  const expAt = <u64>HEADER + baseLen
  const modAt = expAt + expLen
  const baseGiven = givenBytes(inputLen, HEADER, baseLen)
  const expGiven = givenBytes(inputLen, expAt, expLen)
  const modGiven = givenBytes(inputLen, modAt, modLen)

  const modSkip = zeroBytes(input + <usize>modAt, modLen, modGiven)
  const modulus = input + <usize>(modAt + modSkip)
  const size = modLen - modSkip
  const sizeGiven = modGiven - min(modSkip, modGiven)
  if (size == 0 || (size == 1 && load<u8>(modulus) == 1)) return

  const expSkip = zeroBytes(input + <usize>expAt, expLen, expGiven)
  exponentAt = input + <usize>(expAt + expSkip)
  exponentLen = expLen - expSkip
  exponentGiven = expGiven - min(expSkip, expGiven)
  if (exponentLen == 0) {
    store<u8>(out + modLen - 1, 1)
    return
  }

  const baseSkip = zeroBytes(input + HEADER, baseLen, baseGiven)
  const base = input + HEADER + baseSkip
  const length = baseLen - baseSkip
  const lengthGiven = baseGiven - min(baseSkip, baseGiven)
  out += modSkip
  if (size <= 8) {
    const word = readWord(modulus, size, sizeGiven)
    let power = powerWord(word, base, length, lengthGiven, exponentAt, exponentLen, exponentGiven, scratch)
    for (let i = size; i > 0; i--, power >>= 8) store<u8>(out + i - 1, <u8>power)
  } else {
    modexpLimbs(out, size, base, length, lengthGiven, modulus, sizeGiven, scratch)
  }
}

/** How many of the `len` bytes at offset `at` lie within the input. */
function givenBytes(inputLen: u32, at: u64, len: u32): u32 {
  return at < <u64>inputLen ? min(len, inputLen - <u32>at) : 0
}

/** Leading zero bytes of a number of which only the first `given` bytes are in memory: `len` when it is zero. */
function zeroBytes(bytes: usize, len: u32, given: u32): u32 {
  for (let i: u32 = 0; i < given; i++) {
    if (load<u8>(bytes + i) != 0) return i
  }
  return len
}

/** The general case: a modulus of `size` > 8 bytes whose first byte is not zero. Memory map of the scratch: see below. */
function modexpLimbs(
  out: usize,
  size: u32,
  base: usize,
  baseLen: u32,
  baseGiven: u32,
  modulus: usize,
  modGiven: u32,
  scratch: usize,
): void {
  //   words │ columns │ dividend │ modulus │ odd part │ divisor │ base │ result │ even result │ temporary │ table
  const count = numberLimbs(size)
  const bytes = (<usize>count) << 2
  columns = scratch + WORD_SCRATCH
  dividend = columns + (bytes << 2) + 16
  const whole = dividend + ((<usize>dividendLimbs(baseLen, size)) << 2)
  memory.fill(whole, 0, <usize>NUMBERS * bytes)
  const odd = whole + bytes
  const divisor = odd + bytes
  const reduced = divisor + bytes
  const result = reduced + bytes
  const even = result + bytes
  const temporary = even + bytes
  table = temporary + bytes

  readLimbs(whole, count, modulus, size, modGiven)
  const bits = bitLength(whole, count)
  const n = evenLimbs(bits)
  if (exponentLen == 1 && <u32>load<u8>(exponentAt) < 1 << DIRECT_BITS) {
    powerDirect(result, load<u8>(exponentAt), base, baseLen, baseGiven, whole, n, bits, divisor, reduced)
    writeBytes(out, size, result, n)
    return
  }

  const k = trailingZeros(whole)
  shiftRight(odd, whole, count, k)
  const oddBits = bits - k
  if (oddBits <= 64) {
    const q = load<u32>(odd) | ((<u64>load<u32>(odd, 4)) << 28) | ((<u64>load<u32>(odd, 8)) << 56)
    const power = powerOdd(q, base, baseLen, baseGiven, exponentAt, exponentLen, exponentGiven, scratch)
    storeWord(result, power)
  } else {
    limbs = evenLimbs(<u64>oddBits + 4)
    modulusAt = odd
    inverse = negatedInverse(load<u32>(odd))
    reduce(reduced, base, baseLen, baseGiven, odd, oddBits, limbs, divisor)
    powerMontgomery(result, reduced, oddBits, divisor, temporary)
  }
  if (k != 0) {
    powerEven(even, k, base, baseLen, baseGiven, reduced, temporary)
    combine(result, odd, oddBits, even, k, n, reduced, temporary, divisor)
  }
  writeBytes(out, size, result, n)
}

/** The first three limbs at x = word. */
function storeWord(x: usize, word: u64): void {
  store<u32>(x, <u32>word & 0xfffffff)
  store<u32>(x, <u32>(word >> 28) & 0xfffffff, 4)
  store<u32>(x, <u32>(word >> 56), 8)
}

/** `to` = the base modulo `modulus` (more than two limbs); leaves the modulus, shifted to its top bit, in `divisor`. */
function reduce(
  to: usize,
  base: usize,
  baseLen: u32,
  baseGiven: u32,
  modulus: usize,
  bits: u32,
  n: u32,
  divisor: usize,
): void {
  const used = (bits + LIMB_BITS - 1) / LIMB_BITS
  const shift = used * LIMB_BITS - bits
  shiftLeft(divisor, modulus, used, shift)
  const length = max(evenLimbs((<u64>baseLen) << 3), n) + 2
  readLimbs(dividend, length, base, baseLen, baseGiven)
  shiftLeft(dividend, dividend, length, shift)
  remainder(dividend, length, divisor, used)
  shiftRight(to, dividend, n, shift)
}

/** Square and multiply with a division after each step, for any modulus of `n` limbs and a small exponent. */
function powerDirect(
  result: usize,
  exponent: u32,
  base: usize,
  baseLen: u32,
  baseGiven: u32,
  modulus: usize,
  n: u32,
  bits: u32,
  divisor: usize,
  reduced: usize,
): void {
  reduce(reduced, base, baseLen, baseGiven, modulus, bits, n, divisor)
  memory.copy(result, reduced, (<usize>n) << 2)
  for (let bit: i32 = 30 - clz<u32>(exponent); bit >= 0; bit--) {
    multiplyDivide(result, result, n, bits, divisor)
    if ((exponent >> bit) & 1) multiplyDivide(result, reduced, n, bits, divisor)
  }
}

/** x = x y modulo the number whose shifted form is `divisor`. */
function multiplyDivide(x: usize, y: usize, n: u32, bits: u32, divisor: usize): void {
  const used = (bits + LIMB_BITS - 1) / LIMB_BITS
  const shift = used * LIMB_BITS - bits
  multiply(dividend, x, n, y, n, 2 * n, columns)
  store<u64>(dividend + ((<usize>n) << 3), 0)
  shiftLeft(dividend, dividend, 2 * n + 2, shift)
  remainder(dividend, 2 * n + 2, divisor, used)
  shiftRight(x, dividend, n, shift)
}

/** result = base^exponent modulo the odd `modulusAt` of `limbs` limbs; `base` < modulus, `divisor` as reduce() left it. */
function powerMontgomery(result: usize, base: usize, bits: u32, divisor: usize, temporary: usize): void {
  const used = (bits + LIMB_BITS - 1) / LIMB_BITS
  const shift = used * LIMB_BITS - bits
  // R^2 mod m, R = 2^(28 limbs)
  const length = 2 * limbs + 2
  memory.fill(dividend, 0, (<usize>length) << 2)
  store<u32>(dividend + ((<usize>limbs) << 3), 1 << shift)
  remainder(dividend, length, divisor, used)
  shiftRight(temporary, dividend, limbs, shift)

  times(base, base, temporary)
  power(result, base, temporary)
  memory.fill(temporary, 0, (<usize>limbs) << 2)
  store<u32>(temporary, 1)
  times(result, result, temporary)
  if (notLess(result, modulusAt, limbs)) subtract(result, result, modulusAt, limbs)
}

/** result = base^exponent mod 2^k. */
function powerEven(
  result: usize,
  k: u32,
  base: usize,
  baseLen: u32,
  baseGiven: u32,
  reduced: usize,
  temporary: usize,
): void {
  if (k <= 64) {
    const low = lowWord(exponentAt, exponentLen, exponentGiven)
    storeWord(result, powerLow(lowWord(base, baseLen, baseGiven), low, exponentLen > 8))
    keepBits(result, 4, k)
  } else {
    limbs = evenLimbs(k)
    inverse = 0
    readLimbs(reduced, limbs, base, baseLen, baseGiven)
    power(result, reduced, temporary)
    keepBits(result, limbs, k)
  }
}

/** result = result + q ((even - result) q^-1 mod 2^k): what is `result` modulo q and `even` modulo 2^k. */
function combine(
  result: usize,
  q: usize,
  qBits: u32,
  even: usize,
  k: u32,
  n: u32,
  inverted: usize,
  temporary: usize,
  two: usize,
): void {
  const n2 = evenLimbs(k)
  memory.fill(inverted, 0, (<usize>n2) << 2)
  store<u32>(inverted, 0x10000000 - negatedInverse(load<u32>(q)))
  memory.fill(two, 0, (<usize>n2) << 2)
  store<u32>(two, 2)
  // Newton: inverted (2 - q inverted) has twice as many right limbs
  for (let right: u32 = 1; right < n2; ) {
    right = min(2 * right, n2)
    multiply(temporary, q, right, inverted, right, right, columns)
    subtract(temporary, two, temporary, right)
    multiply(inverted, inverted, right, temporary, right, right, columns)
  }
  subtract(even, even, result, n2)
  multiply(even, even, n2, inverted, n2, n2, columns)
  keepBits(even, n2, k)
  multiply(temporary, q, evenLimbs(qBits), even, n2, n, columns)
  addTo(result, temporary, n)
}

/**
 * result = base^exponent by sliding windows over the exponent, whose first byte is not zero; modulo what times() computes
 * with. `square` is a number of room. The table holds the odd powers.
 */
function power(result: usize, base: usize, square: usize): void {
  const end = (<u64>exponentLen) << 3
  let at: u64 = clz<u32>(exponentByte(0)) - 24
  const window = windowBits(end - at)
  const size = (<usize>limbs) << 2
  memory.copy(table, base, size)
  if (window > 1) times(square, base, base)
  const last = table + (size << (window - 1))
  for (let entry = table + size; entry < last; entry += size) times(entry, entry - size, square)
  for (let first = true; at < end; first = false) {
    let width = <u32>min(<u64>window, end - at)
    let bits = exponentBits(at, width)
    if (bits >> (width - 1) == 0) {
      times(result, result, result)
      at++
      continue
    }
    const zeros = ctz<u32>(bits)
    bits >>= zeros
    width -= zeros
    at += width
    const entry = table + <usize>(bits >> 1) * size
    if (first) {
      memory.copy(result, entry, size)
    } else {
      for (; width > 0; width--) times(result, result, result)
      times(result, result, entry)
    }
  }
}

/** out = x y in the ring of the running computation. */
function times(out: usize, x: usize, y: usize): void {
  if (inverse == 0) multiply(out, x, limbs, y, limbs, limbs, columns)
  else if (limbs == 10) montgomery10(out, x, y, modulusAt, inverse)
  else montgomery(out, x, y, modulusAt, limbs, inverse, columns)
}

/** The window with the fewest products for an exponent of so many bits; at most 6, for TABLE_SIZE odd powers. */
function windowBits(bits: u64): u32 {
  if (bits > 671) return 6
  if (bits > 239) return 5
  if (bits > 79) return 4
  return bits > 23 ? 3 : 1
}

function exponentByte(index: u32): u32 {
  return index < exponentGiven ? load<u8>(exponentAt + index) : 0
}

/** The `width` ≤ 6 bits of the exponent from bit `at` on, counted from the top. */
function exponentBits(at: u64, width: u32): u32 {
  const index = <u32>(at >> 3)
  const pair = (exponentByte(index) << 8) | exponentByte(index + 1)
  return (pair >> (16 - (<u32>at & 7) - width)) & ((1 << width) - 1)
}
