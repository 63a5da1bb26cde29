// The BLAKE2b compression function F with a chosen number of rounds (RFC 7693 section 3.2), the precompile 0x09 of
// EIP-152. Called by the precompile dispatcher, which has charged one gas per round; pure, no state.
// The sixteen state words are locals and the permutation comes from a table: one loop iteration per round.

/** Scratch that blake2Compress() needs: the sixteen state words. */
export const BLAKE2_SCRATCH: u32 = 128

// SIGMA of RFC 7693 with every index as a byte offset, ten rows of sixteen.
const SIGMA: usize = memory.data<u8>([
  0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 112, 80, 32, 64, 72, 120, 104, 48, 8, 96, 0, 16, 88,
  56, 40, 24, 88, 64, 96, 0, 40, 16, 120, 104, 80, 112, 24, 48, 56, 8, 72, 32, 56, 72, 24, 8, 104, 96, 88, 112, 16, 48,
  40, 80, 32, 0, 120, 64, 72, 0, 40, 56, 16, 32, 80, 120, 112, 8, 88, 96, 48, 64, 24, 104, 16, 96, 48, 80, 0, 88, 64,
  24, 32, 104, 56, 40, 120, 112, 8, 72, 96, 40, 8, 120, 112, 104, 32, 80, 0, 56, 48, 24, 72, 16, 64, 88, 104, 88, 56,
  112, 96, 8, 24, 72, 40, 0, 120, 32, 64, 48, 16, 80, 48, 120, 112, 72, 88, 24, 0, 64, 96, 16, 104, 56, 8, 32, 80, 40,
  80, 16, 64, 32, 56, 48, 8, 40, 120, 88, 72, 112, 24, 96, 104, 0,
])
const IV: usize = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1,
  0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
])

// V8 does not replace a running function by its optimised code, so one call stays short: a million rounds are then paid
// at full speed from the third call on. A multiple of ten, so that every call begins with row 0 of SIGMA.
const ROUNDS_PER_CALL: u32 = 200

// EIP-152: rounds u32 (big-endian), h[8], m[16], t[2] (little-endian), final flag u8
const INPUT_H: usize = 4
const INPUT_M: usize = 68
const INPUT_T: usize = 196
const INPUT_FINAL: usize = 212

/**
 * Runs F on the 213-byte input of EIP-152 and writes the new h to `out` (64 bytes, may not overlap the input). False,
 * with nothing written, when the final flag is neither 0 nor 1. `scratch` holds BLAKE2_SCRATCH bytes.
 */
export function blake2Compress(out: usize, input213: usize, scratch: usize): bool {
  const final: u32 = load<u8>(input213, INPUT_FINAL)
  if (final > 1) return false
  const v = scratch
  memory.copy(v, input213 + INPUT_H, 64)
  memory.copy(v + 64, IV, 64)
  store<u64>(v, load<u64>(v, 96) ^ load<u64>(input213, INPUT_T), 96)
  store<u64>(v, load<u64>(v, 104) ^ load<u64>(input213, INPUT_T + 8), 104)
  if (final) store<u64>(v, ~load<u64>(v, 112), 112)

  let left = bswap<u32>(load<u32>(input213))
  while (left > 0) {
    const count = min(left, ROUNDS_PER_CALL)
    rounds(v, input213 + INPUT_M, count)
    left -= count
  }
  for (let i: usize = 0; i < 64; i += 8) {
    store<u64>(out + i, load<u64>(input213 + i, INPUT_H) ^ load<u64>(v + i) ^ load<u64>(v + i, 64))
  }
  return true
}

function rounds(v: usize, m: usize, count: u32): void {
  let v0 = load<u64>(v)
  let v1 = load<u64>(v, 8)
  let v2 = load<u64>(v, 16)
  let v3 = load<u64>(v, 24)
  let v4 = load<u64>(v, 32)
  let v5 = load<u64>(v, 40)
  let v6 = load<u64>(v, 48)
  let v7 = load<u64>(v, 56)
  let v8 = load<u64>(v, 64)
  let v9 = load<u64>(v, 72)
  let va = load<u64>(v, 80)
  let vb = load<u64>(v, 88)
  let vc = load<u64>(v, 96)
  let vd = load<u64>(v, 104)
  let ve = load<u64>(v, 112)
  let vf = load<u64>(v, 120)
  let row = SIGMA
  for (let i: u32 = 0; i < count; i++) {
    v0 += v4 + load<u64>(m + <usize>load<u8>(row))
    vc = rotr<u64>(vc ^ v0, 32)
    v8 += vc
    v4 = rotr<u64>(v4 ^ v8, 24)
    v0 += v4 + load<u64>(m + <usize>load<u8>(row, 1))
    vc = rotr<u64>(vc ^ v0, 16)
    v8 += vc
    v4 = rotr<u64>(v4 ^ v8, 63)
    v1 += v5 + load<u64>(m + <usize>load<u8>(row, 2))
    vd = rotr<u64>(vd ^ v1, 32)
    v9 += vd
    v5 = rotr<u64>(v5 ^ v9, 24)
    v1 += v5 + load<u64>(m + <usize>load<u8>(row, 3))
    vd = rotr<u64>(vd ^ v1, 16)
    v9 += vd
    v5 = rotr<u64>(v5 ^ v9, 63)
    v2 += v6 + load<u64>(m + <usize>load<u8>(row, 4))
    ve = rotr<u64>(ve ^ v2, 32)
    va += ve
    v6 = rotr<u64>(v6 ^ va, 24)
    v2 += v6 + load<u64>(m + <usize>load<u8>(row, 5))
    ve = rotr<u64>(ve ^ v2, 16)
    va += ve
    v6 = rotr<u64>(v6 ^ va, 63)
    v3 += v7 + load<u64>(m + <usize>load<u8>(row, 6))
    vf = rotr<u64>(vf ^ v3, 32)
    vb += vf
    v7 = rotr<u64>(v7 ^ vb, 24)
    v3 += v7 + load<u64>(m + <usize>load<u8>(row, 7))
    vf = rotr<u64>(vf ^ v3, 16)
    vb += vf
    v7 = rotr<u64>(v7 ^ vb, 63)
    v0 += v5 + load<u64>(m + <usize>load<u8>(row, 8))
    vf = rotr<u64>(vf ^ v0, 32)
    va += vf
    v5 = rotr<u64>(v5 ^ va, 24)
    v0 += v5 + load<u64>(m + <usize>load<u8>(row, 9))
    vf = rotr<u64>(vf ^ v0, 16)
    va += vf
    v5 = rotr<u64>(v5 ^ va, 63)
    v1 += v6 + load<u64>(m + <usize>load<u8>(row, 10))
    vc = rotr<u64>(vc ^ v1, 32)
    vb += vc
    v6 = rotr<u64>(v6 ^ vb, 24)
    v1 += v6 + load<u64>(m + <usize>load<u8>(row, 11))
    vc = rotr<u64>(vc ^ v1, 16)
    vb += vc
    v6 = rotr<u64>(v6 ^ vb, 63)
    v2 += v7 + load<u64>(m + <usize>load<u8>(row, 12))
    vd = rotr<u64>(vd ^ v2, 32)
    v8 += vd
    v7 = rotr<u64>(v7 ^ v8, 24)
    v2 += v7 + load<u64>(m + <usize>load<u8>(row, 13))
    vd = rotr<u64>(vd ^ v2, 16)
    v8 += vd
    v7 = rotr<u64>(v7 ^ v8, 63)
    v3 += v4 + load<u64>(m + <usize>load<u8>(row, 14))
    ve = rotr<u64>(ve ^ v3, 32)
    v9 += ve
    v4 = rotr<u64>(v4 ^ v9, 24)
    v3 += v4 + load<u64>(m + <usize>load<u8>(row, 15))
    ve = rotr<u64>(ve ^ v3, 16)
    v9 += ve
    v4 = rotr<u64>(v4 ^ v9, 63)
    row += 16
    if (row == SIGMA + 160) row = SIGMA
  }
  store<u64>(v, v0)
  store<u64>(v, v1, 8)
  store<u64>(v, v2, 16)
  store<u64>(v, v3, 24)
  store<u64>(v, v4, 32)
  store<u64>(v, v5, 40)
  store<u64>(v, v6, 48)
  store<u64>(v, v7, 56)
  store<u64>(v, v8, 64)
  store<u64>(v, v9, 72)
  store<u64>(v, va, 80)
  store<u64>(v, vb, 88)
  store<u64>(v, vc, 96)
  store<u64>(v, vd, 104)
  store<u64>(v, ve, 112)
  store<u64>(v, vf, 120)
}
