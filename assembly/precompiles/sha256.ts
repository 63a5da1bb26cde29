// SHA-256 (FIPS 180-4), the precompile 0x02 of Yellow Paper appendix E.1, also used for request hashes (EIP-7685).
// Called by the precompile dispatcher with the caller's scratch; pure, no state. Whole blocks are read straight from
// the data, only the last one or two are copied for padding.

/** Scratch that sha256() needs: the message schedule and the padded tail. */
export const SHA256_SCRATCH: u32 = 384

// Round constants: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
])

const TAIL: usize = 256

/** Writes the 32-byte digest of `len` bytes at `data` to `out`, which must not overlap the data. `scratch` holds SHA256_SCRATCH bytes, 8-byte aligned. */
export function sha256(out: usize, data: usize, len: u32, scratch: usize): void {
  store<u32>(out, 0x6a09e667)
  store<u32>(out, 0xbb67ae85, 4)
  store<u32>(out, 0x3c6ef372, 8)
  store<u32>(out, 0xa54ff53a, 12)
  store<u32>(out, 0x510e527f, 16)
  store<u32>(out, 0x9b05688c, 20)
  store<u32>(out, 0x1f83d9ab, 24)
  store<u32>(out, 0x5be0cd19, 28)

  let rest = len
  let from = data
  for (; rest >= 64; rest -= 64, from += 64) compress(out, from, scratch)

  const tail = scratch + TAIL
  memory.copy(tail, from, rest)
  store<u8>(tail + rest, 0x80)
  const blocks: u32 = rest < 56 ? 64 : 128
  memory.fill(tail + rest + 1, 0, blocks - rest - 9)
  store<u64>(tail + blocks - 8, bswap<u64>((<u64>len) << 3))
  compress(out, tail, scratch)
  if (blocks == 128) compress(out, tail + 64, scratch)

  for (let i: usize = 0; i < 32; i += 4) store<u32>(out + i, bswap<u32>(load<u32>(out + i)))
}

/** The 64 words of the message schedule at `w`. */
function schedule(w: usize, block: usize): void {
  if (ASC_FEATURE_SIMD) {
    for (let i: usize = 0; i < 64; i += 16) {
      const x = v128.load(block + i)
      v128.store(w + i, v128.shuffle<u8>(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
    }
  } else {
    for (let i: usize = 0; i < 64; i += 4) store<u32>(w + i, bswap<u32>(load<u32>(block + i)))
  }
  let back1 = load<u32>(w, 60)
  let back2 = load<u32>(w, 56)
  const end = w + 192
  for (let p = w; p < end; p += 4) {
    const x = load<u32>(p, 4)
    const s0 = rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3)
    const s1 = rotr<u32>(back2, 17) ^ rotr<u32>(back2, 19) ^ (back2 >> 10)
    const next = load<u32>(p) + s0 + load<u32>(p, 36) + s1
    store<u32>(p, next, 64)
    back2 = back1
    back1 = next
  }
}

/** One block. Eight rounds per iteration, so that the eight variables return to their places. */
function compress(state: usize, block: usize, w: usize): void {
  schedule(w, block)
  let a = load<u32>(state)
  let b = load<u32>(state, 4)
  let c = load<u32>(state, 8)
  let d = load<u32>(state, 12)
  let e = load<u32>(state, 16)
  let f = load<u32>(state, 20)
  let g = load<u32>(state, 24)
  let h = load<u32>(state, 28)
  const end = K + 256
  for (let k = K; k < end; k += 32, w += 32) {
    h += (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + (g ^ (e & (f ^ g))) + load<u32>(w) + load<u32>(k)
    d += h
    h += (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)) + ((a & b) | (c & (a | b)))
    g +=
      (rotr<u32>(d, 6) ^ rotr<u32>(d, 11) ^ rotr<u32>(d, 25)) + (f ^ (d & (e ^ f))) + load<u32>(w, 4) + load<u32>(k, 4)
    c += g
    g += (rotr<u32>(h, 2) ^ rotr<u32>(h, 13) ^ rotr<u32>(h, 22)) + ((h & a) | (b & (h | a)))
    f +=
      (rotr<u32>(c, 6) ^ rotr<u32>(c, 11) ^ rotr<u32>(c, 25)) + (e ^ (c & (d ^ e))) + load<u32>(w, 8) + load<u32>(k, 8)
    b += f
    f += (rotr<u32>(g, 2) ^ rotr<u32>(g, 13) ^ rotr<u32>(g, 22)) + ((g & h) | (a & (g | h)))
    e +=
      (rotr<u32>(b, 6) ^ rotr<u32>(b, 11) ^ rotr<u32>(b, 25)) +
      (d ^ (b & (c ^ d))) +
      load<u32>(w, 12) +
      load<u32>(k, 12)
    a += e
    e += (rotr<u32>(f, 2) ^ rotr<u32>(f, 13) ^ rotr<u32>(f, 22)) + ((f & g) | (h & (f | g)))
    d +=
      (rotr<u32>(a, 6) ^ rotr<u32>(a, 11) ^ rotr<u32>(a, 25)) +
      (c ^ (a & (b ^ c))) +
      load<u32>(w, 16) +
      load<u32>(k, 16)
    h += d
    d += (rotr<u32>(e, 2) ^ rotr<u32>(e, 13) ^ rotr<u32>(e, 22)) + ((e & f) | (g & (e | f)))
    c +=
      (rotr<u32>(h, 6) ^ rotr<u32>(h, 11) ^ rotr<u32>(h, 25)) +
      (b ^ (h & (a ^ b))) +
      load<u32>(w, 20) +
      load<u32>(k, 20)
    g += c
    c += (rotr<u32>(d, 2) ^ rotr<u32>(d, 13) ^ rotr<u32>(d, 22)) + ((d & e) | (f & (d | e)))
    b +=
      (rotr<u32>(g, 6) ^ rotr<u32>(g, 11) ^ rotr<u32>(g, 25)) +
      (a ^ (g & (h ^ a))) +
      load<u32>(w, 24) +
      load<u32>(k, 24)
    f += b
    b += (rotr<u32>(c, 2) ^ rotr<u32>(c, 13) ^ rotr<u32>(c, 22)) + ((c & d) | (e & (c | d)))
    a +=
      (rotr<u32>(f, 6) ^ rotr<u32>(f, 11) ^ rotr<u32>(f, 25)) +
      (h ^ (f & (g ^ h))) +
      load<u32>(w, 28) +
      load<u32>(k, 28)
    e += a
    a += (rotr<u32>(b, 2) ^ rotr<u32>(b, 13) ^ rotr<u32>(b, 22)) + ((b & c) | (d & (b | c)))
  }
  store<u32>(state, load<u32>(state) + a)
  store<u32>(state, load<u32>(state, 4) + b, 4)
  store<u32>(state, load<u32>(state, 8) + c, 8)
  store<u32>(state, load<u32>(state, 12) + d, 12)
  store<u32>(state, load<u32>(state, 16) + e, 16)
  store<u32>(state, load<u32>(state, 20) + f, 20)
  store<u32>(state, load<u32>(state, 24) + g, 24)
  store<u32>(state, load<u32>(state, 28) + h, 28)
}
