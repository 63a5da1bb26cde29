// Keccak-256 of two messages at once, for the SIMD build: lane i of one message in the low half of a vector, of the other
// in the high half (the permutation is that of keccak.ts; chi is one instruction). Two messages cost about 1.3 times one.
//
// Both messages are padded in place (`padMessage`) and have the same number of blocks; most nodes of a trie level do. Messages of
// 64 bytes, the preimages of mappings, need no padding. Called by trie/batch.ts and parallel/memo.ts. As in keccak.ts one round per
// loop turn: unrolled, the vectors spill.

/** The 24 round constants (FIPS 202, section 3.2.5). */
const ROUND_CONSTANTS = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
  0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
  0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
  0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
])
const ROUNDS_END = ROUND_CONSTANTS + 192

/** Bytes that one permutation absorbs. */
export const RATE: u32 = 136

/** Bytes beyond a message that `padMessage` may write. */
export const PADDING_SPACE: usize = RATE + 8

/** The number of blocks a message takes with its padding. */
export function blockCount(length: u32): u32 {
  return length / RATE + 1
}

/** Writes the padding behind a message, up to a whole number of blocks. Returns where it ends. */
export function padMessage(message: usize, length: u32): usize {
  const end = message + blockCount(length) * RATE
  let at = message + length
  store<u64>(at, 1)
  for (at += 8; at < end; at += 8) store<u64>(at, 0)
  store<u8>(end - 1, load<u8>(end - 1) | 0x80)
  return end
}

function rotate(x: v128, bits: i32): v128 {
  return v128.or(i64x2.shl(x, bits), i64x2.shr_u(x, 64 - bits))
}

function absorbLow(state: v128, a: usize, b: usize, offset: usize): v128 {
  return v128.xor(state, i64x2.shuffle(v128.load(a + offset), v128.load(b + offset), 0, 2))
}

function absorbHigh(state: v128, a: usize, b: usize, offset: usize): v128 {
  return v128.xor(state, i64x2.shuffle(v128.load(a + offset), v128.load(b + offset), 1, 3))
}

/** The digests of two padded messages of `blocks` blocks each; 0 blocks: of two messages of 64 bytes without padding. */
export function keccak256Pair(outA: usize, outB: usize, a: usize, b: usize, blocks: u32): void {
  let a0 = i64x2.splat(0)
  let a1 = i64x2.splat(0)
  let a2 = i64x2.splat(0)
  let a3 = i64x2.splat(0)
  let a4 = i64x2.splat(0)
  let a5 = i64x2.splat(0)
  let a6 = i64x2.splat(0)
  let a7 = i64x2.splat(0)
  let a8 = i64x2.splat(0)
  let a9 = i64x2.splat(0)
  let a10 = i64x2.splat(0)
  let a11 = i64x2.splat(0)
  let a12 = i64x2.splat(0)
  let a13 = i64x2.splat(0)
  let a14 = i64x2.splat(0)
  let a15 = i64x2.splat(0)
  let a16 = i64x2.splat(0)
  let a17 = i64x2.splat(0)
  let a18 = i64x2.splat(0)
  let a19 = i64x2.splat(0)
  let a20 = i64x2.splat(0)
  let a21 = i64x2.splat(0)
  let a22 = i64x2.splat(0)
  let a23 = i64x2.splat(0)
  let a24 = i64x2.splat(0)
  const bare = blocks == 0
  while (true) {
    a0 = absorbLow(a0, a, b, 0)
    a1 = absorbHigh(a1, a, b, 0)
    a2 = absorbLow(a2, a, b, 16)
    a3 = absorbHigh(a3, a, b, 16)
    a4 = absorbLow(a4, a, b, 32)
    a5 = absorbHigh(a5, a, b, 32)
    a6 = absorbLow(a6, a, b, 48)
    a7 = absorbHigh(a7, a, b, 48)
    if (bare) {
      a8 = i64x2.splat(1)
      a16 = i64x2.splat(1 << 63)
    } else {
      a8 = absorbLow(a8, a, b, 64)
      a9 = absorbHigh(a9, a, b, 64)
      a10 = absorbLow(a10, a, b, 80)
      a11 = absorbHigh(a11, a, b, 80)
      a12 = absorbLow(a12, a, b, 96)
      a13 = absorbHigh(a13, a, b, 96)
      a14 = absorbLow(a14, a, b, 112)
      a15 = absorbHigh(a15, a, b, 112)
      a16 = absorbHigh(a16, a, b, 120)
    }
    for (let constant: usize = ROUND_CONSTANTS; constant < ROUNDS_END; constant += 8) {
      const c0 = v128.xor(v128.xor(v128.xor(v128.xor(a0, a5), a10), a15), a20)
      const c1 = v128.xor(v128.xor(v128.xor(v128.xor(a1, a6), a11), a16), a21)
      const c2 = v128.xor(v128.xor(v128.xor(v128.xor(a2, a7), a12), a17), a22)
      const c3 = v128.xor(v128.xor(v128.xor(v128.xor(a3, a8), a13), a18), a23)
      const c4 = v128.xor(v128.xor(v128.xor(v128.xor(a4, a9), a14), a19), a24)
      const d0 = v128.xor(c4, rotate(c1, 1))
      const d1 = v128.xor(c0, rotate(c2, 1))
      const d2 = v128.xor(c1, rotate(c3, 1))
      const d3 = v128.xor(c2, rotate(c4, 1))
      const d4 = v128.xor(c3, rotate(c0, 1))
      const b0 = v128.xor(a0, d0)
      const b1 = rotate(v128.xor(a6, d1), 44)
      const b2 = rotate(v128.xor(a12, d2), 43)
      const b3 = rotate(v128.xor(a18, d3), 21)
      const b4 = rotate(v128.xor(a24, d4), 14)
      const b5 = rotate(v128.xor(a3, d3), 28)
      const b6 = rotate(v128.xor(a9, d4), 20)
      const b7 = rotate(v128.xor(a10, d0), 3)
      const b8 = rotate(v128.xor(a16, d1), 45)
      const b9 = rotate(v128.xor(a22, d2), 61)
      const b10 = rotate(v128.xor(a1, d1), 1)
      const b11 = rotate(v128.xor(a7, d2), 6)
      const b12 = rotate(v128.xor(a13, d3), 25)
      const b13 = rotate(v128.xor(a19, d4), 8)
      const b14 = rotate(v128.xor(a20, d0), 18)
      const b15 = rotate(v128.xor(a4, d4), 27)
      const b16 = rotate(v128.xor(a5, d0), 36)
      const b17 = rotate(v128.xor(a11, d1), 10)
      const b18 = rotate(v128.xor(a17, d2), 15)
      const b19 = rotate(v128.xor(a23, d3), 56)
      const b20 = rotate(v128.xor(a2, d2), 62)
      const b21 = rotate(v128.xor(a8, d3), 55)
      const b22 = rotate(v128.xor(a14, d4), 39)
      const b23 = rotate(v128.xor(a15, d0), 41)
      const b24 = rotate(v128.xor(a21, d1), 2)
      a0 = v128.xor(v128.xor(b0, v128.andnot(b2, b1)), v128.load64_splat(constant))
      a1 = v128.xor(b1, v128.andnot(b3, b2))
      a2 = v128.xor(b2, v128.andnot(b4, b3))
      a3 = v128.xor(b3, v128.andnot(b0, b4))
      a4 = v128.xor(b4, v128.andnot(b1, b0))
      a5 = v128.xor(b5, v128.andnot(b7, b6))
      a6 = v128.xor(b6, v128.andnot(b8, b7))
      a7 = v128.xor(b7, v128.andnot(b9, b8))
      a8 = v128.xor(b8, v128.andnot(b5, b9))
      a9 = v128.xor(b9, v128.andnot(b6, b5))
      a10 = v128.xor(b10, v128.andnot(b12, b11))
      a11 = v128.xor(b11, v128.andnot(b13, b12))
      a12 = v128.xor(b12, v128.andnot(b14, b13))
      a13 = v128.xor(b13, v128.andnot(b10, b14))
      a14 = v128.xor(b14, v128.andnot(b11, b10))
      a15 = v128.xor(b15, v128.andnot(b17, b16))
      a16 = v128.xor(b16, v128.andnot(b18, b17))
      a17 = v128.xor(b17, v128.andnot(b19, b18))
      a18 = v128.xor(b18, v128.andnot(b15, b19))
      a19 = v128.xor(b19, v128.andnot(b16, b15))
      a20 = v128.xor(b20, v128.andnot(b22, b21))
      a21 = v128.xor(b21, v128.andnot(b23, b22))
      a22 = v128.xor(b22, v128.andnot(b24, b23))
      a23 = v128.xor(b23, v128.andnot(b20, b24))
      a24 = v128.xor(b24, v128.andnot(b21, b20))
    }
    if (blocks <= 1) break
    blocks--
    a += RATE
    b += RATE
  }
  v128.store(outA, i64x2.shuffle(a0, a1, 0, 2))
  v128.store(outA, i64x2.shuffle(a2, a3, 0, 2), 16)
  v128.store(outB, i64x2.shuffle(a0, a1, 1, 3))
  v128.store(outB, i64x2.shuffle(a2, a3, 1, 3), 16)
}
