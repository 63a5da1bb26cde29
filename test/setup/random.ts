// A small generator for seeded cases: the same numbers for the same seed, everywhere and always.

/** Whole numbers below what it is asked with (mulberry32). */
export function random(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** Random bytes. */
export function randomBytes(next: (below: number) => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => next(256))
}
