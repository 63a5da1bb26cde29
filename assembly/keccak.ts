// Keccak-256 (FIPS 202's permutation with the original padding 0x01; Yellow Paper section 2). Used for the KECCAK256
// instruction, addresses, code hashes, tries and blooms. The sponge is 25 locals: nothing is stored between calls, so
// any number of workers may hash at once. One round per loop turn on purpose: with all 24 rounds unrolled V8 runs out
// of registers and is 2 to 3 times slower, two rounds per turn lose 10 %. In the scalar permutation lanes 1, 2, 8, 12,
// 17 and 20 are kept complemented, which leaves 5 of the 25 inversions of step chi (the Keccak team's "lane
// complementing"; 5 % here). keccak-pair.ts takes two messages at once through the halves of v128 lanes.

/** Bytes that one permutation absorbs. */
export const RATE: u32 = 136

/** The 24 round constants (FIPS 202, section 3.2.5). */
export const ROUND_CONSTANTS = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
  0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
  0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
  0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
])
export const ROUNDS_END = ROUND_CONSTANTS + 192

/** Hashes `len` bytes at `data` and writes the 32-byte digest to `out`, which may overlap the data. */
export function keccak256(out: usize, data: usize, len: u32): void {
  let a0: u64 = 0
  // -1: a complemented zero.
  let a1: u64 = -1
  let a2: u64 = -1
  let a3: u64 = 0
  let a4: u64 = 0
  let a5: u64 = 0
  let a6: u64 = 0
  let a7: u64 = 0
  let a8: u64 = -1
  let a9: u64 = 0
  let a10: u64 = 0
  let a11: u64 = 0
  let a12: u64 = -1
  let a13: u64 = 0
  let a14: u64 = 0
  let a15: u64 = 0
  let a16: u64 = 0
  let a17: u64 = -1
  let a18: u64 = 0
  let a19: u64 = 0
  let a20: u64 = -1
  let a21: u64 = 0
  let a22: u64 = 0
  let a23: u64 = 0
  let a24: u64 = 0
  const end = data + len
  let last = false
  while (true) {
    const left = <u32>(end - data)
    if (left >= RATE) {
      a0 ^= load<u64>(data, 0)
      a1 ^= load<u64>(data, 8)
      a2 ^= load<u64>(data, 16)
      a3 ^= load<u64>(data, 24)
      a4 ^= load<u64>(data, 32)
      a5 ^= load<u64>(data, 40)
      a6 ^= load<u64>(data, 48)
      a7 ^= load<u64>(data, 56)
      a8 ^= load<u64>(data, 64)
      a9 ^= load<u64>(data, 72)
      a10 ^= load<u64>(data, 80)
      a11 ^= load<u64>(data, 88)
      a12 ^= load<u64>(data, 96)
      a13 ^= load<u64>(data, 104)
      a14 ^= load<u64>(data, 112)
      a15 ^= load<u64>(data, 120)
      a16 ^= load<u64>(data, 128)
      data += RATE
    } else {
      last = true
      // The end of the message, at most seven bytes, and after it the first bit of the padding.
      const tail = lastBytes(end, left & 7, len) | ((<u64>1) << ((left & 7) << 3))
      switch (left >> 3) {
        case 0:
          a0 ^= tail
          break
        case 1:
          a1 ^= tail
          break
        case 2:
          a2 ^= tail
          break
        case 3:
          a3 ^= tail
          break
        case 4:
          a4 ^= tail
          break
        case 5:
          a5 ^= tail
          break
        case 6:
          a6 ^= tail
          break
        case 7:
          a7 ^= tail
          break
        case 8:
          a8 ^= tail
          break
        case 9:
          a9 ^= tail
          break
        case 10:
          a10 ^= tail
          break
        case 11:
          a11 ^= tail
          break
        case 12:
          a12 ^= tail
          break
        case 13:
          a13 ^= tail
          break
        case 14:
          a14 ^= tail
          break
        case 15:
          a15 ^= tail
          break
        default:
          a16 ^= tail
      }
      // The whole lanes: each case falls through to all lower ones.
      switch (left >> 3) {
        case 16:
          a15 ^= load<u64>(data, 120)
        case 15:
          a14 ^= load<u64>(data, 112)
        case 14:
          a13 ^= load<u64>(data, 104)
        case 13:
          a12 ^= load<u64>(data, 96)
        case 12:
          a11 ^= load<u64>(data, 88)
        case 11:
          a10 ^= load<u64>(data, 80)
        case 10:
          a9 ^= load<u64>(data, 72)
        case 9:
          a8 ^= load<u64>(data, 64)
        case 8:
          a7 ^= load<u64>(data, 56)
        case 7:
          a6 ^= load<u64>(data, 48)
        case 6:
          a5 ^= load<u64>(data, 40)
        case 5:
          a4 ^= load<u64>(data, 32)
        case 4:
          a3 ^= load<u64>(data, 24)
        case 3:
          a2 ^= load<u64>(data, 16)
        case 2:
          a1 ^= load<u64>(data, 8)
        case 1:
          a0 ^= load<u64>(data, 0)
        default:
      }
      a16 ^= 1 << 63
    }
    for (let constant: usize = ROUND_CONSTANTS; constant < ROUNDS_END; constant += 8) {
      const c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
      const c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
      const c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
      const c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
      const c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
      const d0 = c4 ^ rotl(c1, 1)
      const d1 = c0 ^ rotl(c2, 1)
      const d2 = c1 ^ rotl(c3, 1)
      const d3 = c2 ^ rotl(c4, 1)
      const d4 = c3 ^ rotl(c0, 1)
      const b0 = a0 ^ d0
      const b1 = rotl(a6 ^ d1, 44)
      const b2 = rotl(a12 ^ d2, 43)
      const b3 = rotl(a18 ^ d3, 21)
      const b4 = rotl(a24 ^ d4, 14)
      const b5 = rotl(a3 ^ d3, 28)
      const b6 = rotl(a9 ^ d4, 20)
      const b7 = rotl(a10 ^ d0, 3)
      const b8 = rotl(a16 ^ d1, 45)
      const b9 = rotl(a22 ^ d2, 61)
      const b10 = rotl(a1 ^ d1, 1)
      const b11 = rotl(a7 ^ d2, 6)
      const b12 = rotl(a13 ^ d3, 25)
      const b13 = rotl(a19 ^ d4, 8)
      const b14 = rotl(a20 ^ d0, 18)
      const b15 = rotl(a4 ^ d4, 27)
      const b16 = rotl(a5 ^ d0, 36)
      const b17 = rotl(a11 ^ d1, 10)
      const b18 = rotl(a17 ^ d2, 15)
      const b19 = rotl(a23 ^ d3, 56)
      const b20 = rotl(a2 ^ d2, 62)
      const b21 = rotl(a8 ^ d3, 55)
      const b22 = rotl(a14 ^ d4, 39)
      const b23 = rotl(a15 ^ d0, 41)
      const b24 = rotl(a21 ^ d1, 2)
      a0 = b0 ^ (b1 | b2) ^ load<u64>(constant)
      a1 = b1 ^ (~b2 | b3)
      a2 = b2 ^ (b3 & b4)
      a3 = b3 ^ (b4 | b0)
      a4 = b4 ^ (b0 & b1)
      a5 = b5 ^ (b6 | b7)
      a6 = b6 ^ (b7 & b8)
      a7 = b7 ^ (b8 | ~b9)
      a8 = b8 ^ (b9 | b5)
      a9 = b9 ^ (b5 & b6)
      a10 = b10 ^ (b11 | b12)
      a11 = b11 ^ (b12 & b13)
      a12 = b12 ^ (~b13 & b14)
      a13 = ~b13 ^ (b14 | b10)
      a14 = b14 ^ (b10 & b11)
      a15 = b15 ^ (b16 & b17)
      a16 = b16 ^ (b17 | b18)
      a17 = b17 ^ (~b18 | b19)
      a18 = ~b18 ^ (b19 & b15)
      a19 = b19 ^ (b15 | b16)
      a20 = b20 ^ (~b21 & b22)
      a21 = ~b21 ^ (b22 | b23)
      a22 = b22 ^ (b23 & b24)
      a23 = b23 ^ (b24 | b20)
      a24 = b24 ^ (b20 & b21)
    }
    if (last) break
  }
  store<u64>(out, a0)
  store<u64>(out, ~a1, 8)
  store<u64>(out, ~a2, 16)
  store<u64>(out, a3, 24)
}

/** The last `count` (0 to 7) of the `len` bytes before `end`, as a little-endian number; reads nothing outside them. */
@inline
function lastBytes(end: usize, count: u32, len: u32): u64 {
  if (count == 0) return 0
  if (len >= 8) return load<u64>(end - 8) >> (64 - (count << 3))
  let value: u64 = 0
  for (let i: u32 = 0; i < count; i++) value |= (<u64>load<u8>(end - count + i)) << (i << 3)
  return value
}
