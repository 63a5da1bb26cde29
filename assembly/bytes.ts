// Short copies and fills. Engines call a function of their own for memory.copy and memory.fill (V8: 10 to 15 ns), and what contracts copy is mostly a
// few words: call data, results, arguments of events.

const SHORT: u32 = 64

/** Copies `n` bytes, which may overlap, as memory.copy does. */
export function copyBytes(to: usize, from: usize, n: u32): void {
  if (!ASC_FEATURE_SIMD || n > SHORT) memory.copy(to, from, n)
  else if (n >= 32) copyHalves(to, from, n)
  else if (n >= 16) {
    const first = v128.load(from)
    const last = v128.load(from + n - 16)
    v128.store(to, first)
    v128.store(to + n - 16, last)
  } else if (n >= 4) copyFew(to, from, n)
  else if (n) copyUpTo3(to, from, n)
}

/** Sets `n` bytes, at most some hundred, to zero. */
@inline
export function clearBytes(at: usize, n: usize): void {
  if (ASC_FEATURE_SIMD) {
    const end = at + (n & ~15)
    for (; at < end; at += 16) v128.store(at, i64x2.splat(0))
    n &= 15
  }
  for (const end = at + n; at < end; at++) store<u8>(at, 0)
}

/** 32 to 64 bytes: everything is read before anything is written. */
@inline
function copyHalves(to: usize, from: usize, n: u32): void {
  const a = v128.load(from)
  const b = v128.load(from, 16)
  const c = v128.load(from + n - 32)
  const d = v128.load(from + n - 32, 16)
  v128.store(to, a)
  v128.store(to, b, 16)
  v128.store(to + n - 32, c)
  v128.store(to + n - 32, d, 16)
}

/** 4 to 15 bytes. */
@inline
function copyFew(to: usize, from: usize, n: u32): void {
  if (n >= 8) {
    const first = load<u64>(from)
    const last = load<u64>(from + n - 8)
    store<u64>(to, first)
    store<u64>(to + n - 8, last)
  } else {
    const first = load<u32>(from)
    const last = load<u32>(from + n - 4)
    store<u32>(to, first)
    store<u32>(to + n - 4, last)
  }
}

@inline
function copyUpTo3(to: usize, from: usize, n: u32): void {
  const first = load<u8>(from)
  const middle = load<u8>(from + (n >> 1))
  const last = load<u8>(from + n - 1)
  store<u8>(to, first)
  store<u8>(to + (n >> 1), middle)
  store<u8>(to + n - 1, last)
}
