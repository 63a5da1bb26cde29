// Keccak-256 of two messages at once, for builds with SIMD: lane i of one message in the low half of a vector, of the other
// in the high half, where step chi is one instruction instead of two. Two messages cost about 1.3 times one.
//
// The messages have the same number of blocks and lie anywhere: the padding is made while they are read. Called by
// keccak-batch.ts and parallel/memo.ts. As in keccak.ts one round per loop turn: unrolled, the vectors spill.

import { keccak256, RATE, ROUND_CONSTANTS, ROUNDS_END } from './keccak.ts'

/** Bytes behind a message that may be read, and are not used. */
const READ_AHEAD: u64 = 15

/** The number of blocks a message takes with its padding. */
export function blockCount(length: u32): u32 {
  return length / RATE + 1
}

/** Whether a message lies far enough before the end of memory for `keccak256Pair`. */
export function isPairable(message: usize, length: u32): bool {
  return <u64>message + length + READ_AHEAD <= (<u64>(<u32>memory.size())) << 16
}

@inline
function rotate(x: v128, bits: i32): v128 {
  return v128.or(i64x2.shl(x, bits), i64x2.shr_u(x, 64 - bits))
}

/** 16 bytes of a message of which `left` are left: what is beyond them is padding. */
@inline
function chunk(data: usize, left: i32): v128 {
  if (left >= 16) return v128.load(data)
  return left > 0 ? lastChunk(data, left) : i64x2(left == 0 ? 1 : 0, 0)
}

function lastChunk(data: usize, left: i32): v128 {
  const index = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  const end = i8x16.splat(<i8>left)
  const first = v128.and(i8x16.eq(index, end), i8x16.splat(1))
  return v128.or(v128.and(v128.load(data), i8x16.lt_s(index, end)), first)
}

/** Lane 16, the last of a block. */
@inline
function lastLane(data: usize, left: i32): v128 {
  if (left >= 8) return v128.load64_zero(data)
  return left > 0 ? lastChunk(data, left) : i64x2(left == 0 ? 1 : 0, 0)
}

/** The digests of two messages that take the same number of blocks and are both pairable. */
export function keccak256Pair(outA: usize, outB: usize, a: usize, lengthA: u32, b: usize, lengthB: u32): void {
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
  let leftA = <i32>lengthA
  let leftB = <i32>lengthB
  while (true) {
    let x: v128
    let y: v128
    x = chunk(a, leftA)
    y = chunk(b, leftB)
    a0 = v128.xor(a0, i64x2.shuffle(x, y, 0, 2))
    a1 = v128.xor(a1, i64x2.shuffle(x, y, 1, 3))
    x = chunk(a + 16, leftA - 16)
    y = chunk(b + 16, leftB - 16)
    a2 = v128.xor(a2, i64x2.shuffle(x, y, 0, 2))
    a3 = v128.xor(a3, i64x2.shuffle(x, y, 1, 3))
    x = chunk(a + 32, leftA - 32)
    y = chunk(b + 32, leftB - 32)
    a4 = v128.xor(a4, i64x2.shuffle(x, y, 0, 2))
    a5 = v128.xor(a5, i64x2.shuffle(x, y, 1, 3))
    x = chunk(a + 48, leftA - 48)
    y = chunk(b + 48, leftB - 48)
    a6 = v128.xor(a6, i64x2.shuffle(x, y, 0, 2))
    a7 = v128.xor(a7, i64x2.shuffle(x, y, 1, 3))
    x = chunk(a + 64, leftA - 64)
    y = chunk(b + 64, leftB - 64)
    a8 = v128.xor(a8, i64x2.shuffle(x, y, 0, 2))
    a9 = v128.xor(a9, i64x2.shuffle(x, y, 1, 3))
    x = chunk(a + 80, leftA - 80)
    y = chunk(b + 80, leftB - 80)
    a10 = v128.xor(a10, i64x2.shuffle(x, y, 0, 2))
    a11 = v128.xor(a11, i64x2.shuffle(x, y, 1, 3))
    x = chunk(a + 96, leftA - 96)
    y = chunk(b + 96, leftB - 96)
    a12 = v128.xor(a12, i64x2.shuffle(x, y, 0, 2))
    a13 = v128.xor(a13, i64x2.shuffle(x, y, 1, 3))
    x = chunk(a + 112, leftA - 112)
    y = chunk(b + 112, leftB - 112)
    a14 = v128.xor(a14, i64x2.shuffle(x, y, 0, 2))
    a15 = v128.xor(a15, i64x2.shuffle(x, y, 1, 3))
    x = lastLane(a + 128, leftA - 128)
    y = lastLane(b + 128, leftB - 128)
    a16 = v128.xor(a16, i64x2.shuffle(x, y, 0, 2))
    const last = leftA < <i32>RATE
    if (last) a16 = v128.xor(a16, i64x2.splat(1 << 63))
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
    if (last) break
    a += RATE
    b += RATE
    leftA -= RATE
    leftB -= RATE
  }
  v128.store(outA, i64x2.shuffle(a0, a1, 0, 2))
  v128.store(outA, i64x2.shuffle(a2, a3, 0, 2), 16)
  v128.store(outB, i64x2.shuffle(a0, a1, 1, 3))
  v128.store(outB, i64x2.shuffle(a2, a3, 1, 3), 16)
}

/** Hashes the 64 bytes at `a` to `outA` and the 64 bytes at `b` to `outB`; nothing may overlap. With SIMD both at once. */
export function keccak256Pair64(outA: usize, outB: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    keccak256Pair(outA, outB, a, 64, b, 64)
  } else {
    keccak256(outA, a, 64)
    keccak256(outB, b, 64)
  }
}
