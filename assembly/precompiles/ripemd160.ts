// RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996), the precompile 0x03 of Yellow Paper appendix E.1.
// Called by the precompile dispatcher, which pads the 20 bytes to a word; pure, no state. Both lines run in one loop, so
// that their two dependency chains overlap.

/** Scratch that ripemd160() needs: the padded tail. */
export const RIPEMD160_SCRATCH: u32 = 128

// Per step: byte offset of the left message word, left rotation, the same for the right line.
const STEPS: usize = memory.data<u8>([
  0, 11, 20, 8, 4, 14, 56, 9, 8, 15, 28, 9, 12, 12, 0, 11, 16, 5, 36, 13, 20, 8, 8, 15, 24, 7, 44, 15, 28, 9, 16, 5, 32,
  11, 52, 7, 36, 13, 24, 7, 40, 14, 60, 8, 44, 15, 32, 11, 48, 6, 4, 14, 52, 7, 40, 14, 56, 9, 12, 12, 60, 8, 48, 6, 28,
  7, 24, 9, 16, 6, 44, 13, 52, 8, 12, 15, 4, 13, 28, 7, 40, 11, 0, 12, 24, 9, 52, 8, 60, 7, 20, 9, 12, 15, 40, 11, 48,
  7, 56, 7, 0, 12, 60, 7, 36, 15, 32, 12, 20, 9, 48, 7, 8, 11, 16, 6, 56, 7, 36, 15, 44, 13, 4, 13, 32, 12, 8, 11, 12,
  11, 60, 9, 40, 13, 20, 7, 56, 6, 4, 15, 16, 7, 12, 11, 36, 14, 28, 8, 60, 9, 56, 6, 32, 13, 24, 6, 4, 15, 36, 14, 8,
  14, 44, 12, 28, 8, 32, 13, 0, 13, 48, 5, 24, 6, 8, 14, 52, 5, 40, 13, 44, 12, 0, 13, 20, 7, 16, 7, 48, 5, 52, 5, 4,
  11, 32, 15, 36, 12, 24, 5, 44, 14, 16, 8, 40, 15, 4, 11, 0, 14, 12, 14, 32, 15, 44, 14, 48, 9, 60, 6, 16, 8, 0, 14,
  52, 9, 20, 6, 12, 14, 48, 9, 28, 5, 8, 12, 60, 6, 52, 9, 56, 8, 36, 12, 20, 6, 28, 5, 24, 5, 40, 15, 8, 12, 56, 8, 16,
  9, 48, 8, 0, 15, 60, 5, 20, 5, 40, 12, 36, 11, 16, 9, 28, 6, 4, 12, 48, 8, 20, 5, 8, 13, 32, 14, 40, 12, 28, 6, 56, 5,
  24, 8, 4, 12, 8, 13, 12, 13, 52, 6, 32, 14, 56, 5, 44, 11, 0, 15, 24, 8, 12, 13, 60, 5, 36, 11, 52, 6, 44, 11,
])
// Added constants of the five rounds: left line, right line.
const ADDED: usize = memory.data<u32>([
  0x00000000, 0x50a28be6, 0x5a827999, 0x5c4dd124, 0x6ed9eba1, 0x6d703ef3, 0x8f1bbcdc, 0x7a6d76e9, 0xa953fd4e,
  0x00000000,
])

/**
 * Writes the 20-byte digest of `len` bytes at `data` to `out`, which must not overlap the data. `scratch` holds
 * RIPEMD160_SCRATCH bytes.
 */
export function ripemd160(out: usize, data: usize, len: u32, scratch: usize): void {
  store<u32>(out, 0x67452301)
  store<u32>(out, 0xefcdab89, 4)
  store<u32>(out, 0x98badcfe, 8)
  store<u32>(out, 0x10325476, 12)
  store<u32>(out, 0xc3d2e1f0, 16)

  let rest = len
  let from = data
  for (; rest >= 64; rest -= 64, from += 64) compress(out, from)

  memory.copy(scratch, from, rest)
  store<u8>(scratch + rest, 0x80)
  const blocks: u32 = rest < 56 ? 64 : 128
  memory.fill(scratch + rest + 1, 0, blocks - rest - 9)
  store<u64>(scratch + blocks - 8, (<u64>len) << 3)
  compress(out, scratch)
  if (blocks == 128) compress(out, scratch + 64)
}

/** The Boolean function of round `r` (0–4). */
function mix(r: u32, x: u32, y: u32, z: u32): u32 {
  switch (r) {
    case 0:
      return x ^ y ^ z
    case 1:
      return (x & y) | (~x & z)
    case 2:
      return (x | ~y) ^ z
    case 3:
      return (x & z) | (y & ~z)
    default:
      return x ^ (y | ~z)
  }
}

function compress(state: usize, block: usize): void {
  let a = load<u32>(state)
  let b = load<u32>(state, 4)
  let c = load<u32>(state, 8)
  let d = load<u32>(state, 12)
  let e = load<u32>(state, 16)
  let a2 = a
  let b2 = b
  let c2 = c
  let d2 = d
  let e2 = e
  let step = STEPS
  for (let round: u32 = 0; round < 5; round++) {
    const added = load<u32>(ADDED + ((<usize>round) << 3))
    const added2 = load<u32>(ADDED + ((<usize>round) << 3), 4)
    for (const end = step + 64; step < end; step += 4) {
      const x = load<u32>(block + <usize>load<u8>(step))
      const t = rotl<u32>(a + mix(round, b, c, d) + x + added, load<u8>(step, 1)) + e
      a = e
      e = d
      d = rotl<u32>(c, 10)
      c = b
      b = t
      const x2 = load<u32>(block + <usize>load<u8>(step, 2))
      const t2 = rotl<u32>(a2 + mix(4 - round, b2, c2, d2) + x2 + added2, load<u8>(step, 3)) + e2
      a2 = e2
      e2 = d2
      d2 = rotl<u32>(c2, 10)
      c2 = b2
      b2 = t2
    }
  }
  const first = load<u32>(state, 4) + c + d2
  store<u32>(state, load<u32>(state, 8) + d + e2, 4)
  store<u32>(state, load<u32>(state, 12) + e + a2, 8)
  store<u32>(state, load<u32>(state, 16) + a + b2, 12)
  store<u32>(state, load<u32>(state) + b + c2, 16)
  store<u32>(state, first)
}
