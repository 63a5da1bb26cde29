// Bitwise operations, shifts and byte access on words (Yellow Paper appendix H.2, group 10s; shifts EIP-145, CLZ
// EIP-7939). Called by the interpreter with pointers into the stack, `out` often the same as an operand: every limb is
// read before the first is written. Shift amounts are words; 256 and more shifts everything out.
import { copyWord, fitsU64, setWord, storeLimbs, zeroWord } from './word.ts'

/** out = a & b. */
@inline
export function and(out: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    const low = v128.and(v128.load(a), v128.load(b))
    const high = v128.and(v128.load(a, 16), v128.load(b, 16))
    v128.store(out, low)
    v128.store(out, high, 16)
  } else {
    const l0 = load<u64>(a) & load<u64>(b)
    const l1 = load<u64>(a, 8) & load<u64>(b, 8)
    const l2 = load<u64>(a, 16) & load<u64>(b, 16)
    const l3 = load<u64>(a, 24) & load<u64>(b, 24)
    storeLimbs(out, l0, l1, l2, l3)
  }
}

/** out = a | b. */
@inline
export function or(out: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    const low = v128.or(v128.load(a), v128.load(b))
    const high = v128.or(v128.load(a, 16), v128.load(b, 16))
    v128.store(out, low)
    v128.store(out, high, 16)
  } else {
    const l0 = load<u64>(a) | load<u64>(b)
    const l1 = load<u64>(a, 8) | load<u64>(b, 8)
    const l2 = load<u64>(a, 16) | load<u64>(b, 16)
    const l3 = load<u64>(a, 24) | load<u64>(b, 24)
    storeLimbs(out, l0, l1, l2, l3)
  }
}

/** out = a ^ b. */
@inline
export function xor(out: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    const low = v128.xor(v128.load(a), v128.load(b))
    const high = v128.xor(v128.load(a, 16), v128.load(b, 16))
    v128.store(out, low)
    v128.store(out, high, 16)
  } else {
    const l0 = load<u64>(a) ^ load<u64>(b)
    const l1 = load<u64>(a, 8) ^ load<u64>(b, 8)
    const l2 = load<u64>(a, 16) ^ load<u64>(b, 16)
    const l3 = load<u64>(a, 24) ^ load<u64>(b, 24)
    storeLimbs(out, l0, l1, l2, l3)
  }
}

/** out = ~a. */
@inline
export function not(out: usize, a: usize): void {
  if (ASC_FEATURE_SIMD) {
    const low = v128.not(v128.load(a))
    const high = v128.not(v128.load(a, 16))
    v128.store(out, low)
    v128.store(out, high, 16)
  } else {
    const l0 = ~load<u64>(a)
    const l1 = ~load<u64>(a, 8)
    const l2 = ~load<u64>(a, 16)
    const l3 = ~load<u64>(a, 24)
    storeLimbs(out, l0, l1, l2, l3)
  }
}

/** BYTE: byte `index` of `value`, counted from the most significant; 0 when index ≥ 32. */
export function byteAt(out: usize, index: usize, value: usize): void {
  const i = load<u64>(index)
  let byte: u64 = 0
  if (i < 32 && fitsU64(index)) byte = load<u8>(value + 31 - <usize>i)
  setWord(out, byte)
}

/** SHL: out = value << shift. */
export function shl(out: usize, shift: usize, value: usize): void {
  const s = load<u64>(shift)
  if (s >= 256 || !fitsU64(shift)) return zeroWord(out)
  let l0 = load<u64>(value)
  let l1 = load<u64>(value, 8)
  let l2 = load<u64>(value, 16)
  let l3 = load<u64>(value, 24)
  if (s & 128) {
    l3 = l1
    l2 = l0
    l1 = 0
    l0 = 0
  }
  if (s & 64) {
    l3 = l2
    l2 = l1
    l1 = l0
    l0 = 0
  }
  // A shift by 64 is a shift by 0 in WebAssembly, so the carried bits are shifted by 1 and then by up to 63.
  const bits = s & 63
  const back = bits ^ 63
  storeLimbs(
    out,
    l0 << bits,
    (l1 << bits) | ((l0 >> 1) >> back),
    (l2 << bits) | ((l1 >> 1) >> back),
    (l3 << bits) | ((l2 >> 1) >> back),
  )
}

/** SHR: out = value >> shift, filled with zeros. */
export function shr(out: usize, shift: usize, value: usize): void {
  const s = load<u64>(shift)
  if (s >= 256 || !fitsU64(shift)) return zeroWord(out)
  shiftRight(out, s, value, 0)
}

/** SAR: out = value >> shift, filled with the sign bit. */
export function sar(out: usize, shift: usize, value: usize): void {
  const s = load<u64>(shift)
  const fill = <u64>(load<i64>(value, 24) >> 63)
  if (s >= 256 || !fitsU64(shift)) return storeLimbs(out, fill, fill, fill, fill)
  shiftRight(out, s, value, fill)
}

/** out = value >> s with `fill` (0 or all ones) from above, 0 ≤ s < 256. */
@inline
export function shiftRight(out: usize, s: u64, value: usize, fill: u64): void {
  let l0 = load<u64>(value)
  let l1 = load<u64>(value, 8)
  let l2 = load<u64>(value, 16)
  let l3 = load<u64>(value, 24)
  if (s & 128) {
    l0 = l2
    l1 = l3
    l2 = fill
    l3 = fill
  }
  if (s & 64) {
    l0 = l1
    l1 = l2
    l2 = l3
    l3 = fill
  }
  const bits = s & 63
  const back = bits ^ 63
  storeLimbs(
    out,
    (l0 >> bits) | ((l1 << 1) << back),
    (l1 >> bits) | ((l2 << 1) << back),
    (l2 >> bits) | ((l3 << 1) << back),
    (l3 >> bits) | ((fill << 1) << back),
  )
}

/** SIGNEXTEND: repeats the sign bit of byte `byteIndex` (0 = lowest) upwards; unchanged when byteIndex ≥ 31. */
export function signExtend(out: usize, byteIndex: usize, value: usize): void {
  const index = load<u64>(byteIndex)
  if (index >= 31 || !fitsU64(byteIndex)) return copyWord(out, value)
  copyWord(out, value)
  const limb = <usize>(index & 24)
  const unused = 56 - ((index & 7) << 3)
  const top = (load<i64>(out + limb) << unused) >> unused
  const fill = top >> 63
  store<i64>(out + limb, top)
  if (limb < 24) {
    store<i64>(out, fill, 24)
    if (limb < 16) {
      store<i64>(out, fill, 16)
      if (limb < 8) store<i64>(out, fill, 8)
    }
  }
}

/** CLZ: number of leading zero bits, 256 for zero. */
export function clz(out: usize, value: usize): void {
  setWord(out, <u64>leadingZeros(value))
}

/** Number of leading zero bits of a word, 0 to 256. */
export function leadingZeros(a: usize): i32 {
  let limb = load<u64>(a, 24)
  if (limb) return <i32>i64.clz(limb)
  limb = load<u64>(a, 16)
  if (limb) return 64 + <i32>i64.clz(limb)
  limb = load<u64>(a, 8)
  if (limb) return 128 + <i32>i64.clz(limb)
  return 192 + <i32>i64.clz(load<u64>(a))
}
