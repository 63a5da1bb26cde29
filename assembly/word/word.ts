// 256-bit words: 32 bytes at a pointer, four little-endian 64-bit limbs, the lowest first. Everything in assembly/ that
// touches a word goes through assembly/word; big-endian bytes occur only at memory, calldata, code and the ABI. This
// file holds moves, comparison and byte order. `out` may be the same pointer as an operand; words that overlap in part
// are not supported. Nothing here needs alignment, allocates or traps.

/** Copies a word. */
@inline
export function copyWord(out: usize, a: usize): void {
  if (ASC_FEATURE_SIMD) {
    const low = v128.load(a)
    const high = v128.load(a, 16)
    v128.store(out, low)
    v128.store(out, high, 16)
  } else {
    const l0 = load<u64>(a)
    const l1 = load<u64>(a, 8)
    const l2 = load<u64>(a, 16)
    const l3 = load<u64>(a, 24)
    storeLimbs(out, l0, l1, l2, l3)
  }
}

/** Exchanges two words. */
@inline
export function swapWords(a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    const low = v128.load(a)
    const high = v128.load(a, 16)
    v128.store(a, v128.load(b))
    v128.store(a, v128.load(b, 16), 16)
    v128.store(b, low)
    v128.store(b, high, 16)
  } else {
    swapLimb(a, b)
    swapLimb(a + 8, b + 8)
    swapLimb(a + 16, b + 16)
    swapLimb(a + 24, b + 24)
  }
}

@inline
function swapLimb(a: usize, b: usize): void {
  const limb = load<u64>(a)
  store<u64>(a, load<u64>(b))
  store<u64>(b, limb)
}

/** Writes four limbs, the lowest first. */
@inline
export function storeLimbs(out: usize, l0: u64, l1: u64, l2: u64, l3: u64): void {
  if (ASC_FEATURE_SIMD) {
    v128.store(out, i64x2.replace_lane(i64x2.splat(l0), 1, l1))
    v128.store(out, i64x2.replace_lane(i64x2.splat(l2), 1, l3), 16)
  } else {
    store<u64>(out, l0)
    store<u64>(out, l1, 8)
    store<u64>(out, l2, 16)
    store<u64>(out, l3, 24)
  }
}

/** Sets a word to zero. */
@inline
export function zeroWord(out: usize): void {
  if (ASC_FEATURE_SIMD) {
    v128.store(out, i64x2.splat(0))
    v128.store(out, i64x2.splat(0), 16)
  } else {
    storeLimbs(out, 0, 0, 0, 0)
  }
}

/** Sets a word to a 64-bit number. */
@inline
export function setWord(out: usize, lo: u64): void {
  if (ASC_FEATURE_SIMD) {
    v128.store(out, i64x2.replace_lane(i64x2.splat(0), 0, lo))
    v128.store(out, i64x2.splat(0), 16)
  } else {
    storeLimbs(out, lo, 0, 0, 0)
  }
}

/** Whether a word is zero. */
@inline
export function isZeroWord(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

/** Whether two words are equal. */
@inline
export function equalWords(a: usize, b: usize): bool {
  if (ASC_FEATURE_SIMD) {
    const low = v128.xor(v128.load(a), v128.load(b))
    const high = v128.xor(v128.load(a, 16), v128.load(b, 16))
    return !v128.any_true(v128.or(low, high))
  }
  return (
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
    0
  )
}

/** Whether a < b, unsigned. */
export function lessThan(a: usize, b: usize): bool {
  let x = load<u64>(a, 24)
  let y = load<u64>(b, 24)
  if (x == y) {
    x = load<u64>(a, 16)
    y = load<u64>(b, 16)
    if (x == y) {
      x = load<u64>(a, 8)
      y = load<u64>(b, 8)
      if (x == y) return load<u64>(a) < load<u64>(b)
    }
  }
  return x < y
}

/** Whether a < b, both in two's complement. */
export function signedLessThan(a: usize, b: usize): bool {
  const x = load<i64>(a, 24)
  const y = load<i64>(b, 24)
  return x == y ? lessThan(a, b) : x < y
}

/** Whether a < 2^64. */
@inline
export function fitsU64(a: usize): bool {
  return (load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

/** Number of bytes the number needs without leading zeros, 0 to 32. */
export function byteLength(a: usize): i32 {
  let limb = load<u64>(a, 24)
  if (limb) return 32 - <i32>(clz(limb) >> 3)
  limb = load<u64>(a, 16)
  if (limb) return 24 - <i32>(clz(limb) >> 3)
  limb = load<u64>(a, 8)
  if (limb) return 16 - <i32>(clz(limb) >> 3)
  return 8 - <i32>(clz(load<u64>(a)) >> 3)
}

/** Reverses 16 bytes. One shuffle, where bswap<u64> is a long sequence of shifts and masks. */
@inline
function reverse(x: v128): v128 {
  return i8x16.shuffle(x, x, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
}

/** Moves the first `n` bytes of `x` (n ≤ 16) to the low end in reverse order and clears the rest. */
@inline
function reverseFirst(x: v128, n: i32): v128 {
  // swizzle gives zero for every index above 15, and n - 1 - k wraps to such an index as soon as k ≥ n.
  const indices = i8x16.sub(i8x16.splat(<i8>(n - 1)), i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
  return i8x16.swizzle(x, indices)
}

/** Reads 32 big-endian bytes. */
@inline
export function loadBigEndian(out: usize, bytes: usize): void {
  if (ASC_FEATURE_SIMD) {
    const high = reverse(v128.load(bytes))
    const low = reverse(v128.load(bytes, 16))
    v128.store(out, low)
    v128.store(out, high, 16)
  } else {
    reverseScalar(out, bytes)
  }
}

/** Writes 32 big-endian bytes. */
@inline
export function storeBigEndian(bytes: usize, a: usize): void {
  loadBigEndian(bytes, a)
}

function reverseScalar(out: usize, bytes: usize): void {
  const l3 = bswap<u64>(load<u64>(bytes))
  const l2 = bswap<u64>(load<u64>(bytes, 8))
  const l1 = bswap<u64>(load<u64>(bytes, 16))
  const l0 = bswap<u64>(load<u64>(bytes, 24))
  storeLimbs(out, l0, l1, l2, l3)
}

/**
 * Reads a big-endian number of `n` bytes, 0 ≤ n ≤ 32, as PUSHn does. Inlined, so that a constant `n` leaves only its
 * own case. Reads at most [bytes, bytes + 32), so the caller pads its buffer by 16 bytes.
 */
@inline
export function loadBytes(out: usize, bytes: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) {
    if (n <= 16) {
      v128.store(out, reverseFirst(v128.load(bytes), n))
      v128.store(out, i64x2.splat(0), 16)
    } else {
      const high = reverseFirst(v128.load(bytes), n - 16)
      const low = reverse(v128.load(bytes + n - 16))
      v128.store(out, low)
      v128.store(out, high, 16)
    }
  } else {
    loadBytesScalar(out, bytes, n)
  }
}

function loadBytesScalar(out: usize, bytes: usize, n: i32): void {
  const l0 = limbOfBytes(bytes, n)
  const l1 = limbOfBytes(bytes, n - 8)
  const l2 = limbOfBytes(bytes, n - 16)
  const l3 = limbOfBytes(bytes, n - 24)
  storeLimbs(out, l0, l1, l2, l3)
}

/** The limb whose lowest byte is the last of the `n` bytes at `bytes`; 0 when n ≤ 0. */
@inline
function limbOfBytes(bytes: usize, n: i32): u64 {
  if (n >= 8) return bswap<u64>(load<u64>(bytes + n - 8))
  return n > 0 ? bswap<u64>(load<u64>(bytes)) >> (64 - (n << 3)) : 0
}

/** Reads a 20-byte address as a number. */
export function loadAddress(out: usize, bytes: usize): void {
  const high = <u64>bswap<u32>(load<u32>(bytes))
  if (ASC_FEATURE_SIMD) {
    v128.store(out, reverse(v128.load(bytes, 4)))
    store<u64>(out, high, 16)
    store<u64>(out, 0, 24)
  } else {
    const l1 = bswap<u64>(load<u64>(bytes, 4))
    const l0 = bswap<u64>(load<u64>(bytes, 12))
    storeLimbs(out, l0, l1, high, 0)
  }
}

/** Writes the low 20 bytes of a word as an address. */
export function storeAddress(bytes: usize, a: usize): void {
  const high = bswap<u32>(load<u32>(a, 16))
  if (ASC_FEATURE_SIMD) {
    v128.store(bytes, reverse(v128.load(a)), 4)
  } else {
    const l0 = bswap<u64>(load<u64>(a))
    const l1 = bswap<u64>(load<u64>(a, 8))
    store<u64>(bytes, l1, 4)
    store<u64>(bytes, l0, 12)
  }
  store<u32>(bytes, high)
}
