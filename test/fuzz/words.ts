// Numbers that EVM bugs like: powers of two and their neighbours, small offsets, sizes that straddle a word. Shared by the
// generators of code, transactions and states.

import type { Random } from '../../bench/blocks/random.ts'
import type { Address, Hex } from '../../src/types.ts'

const MAX = (1n << 256n) - 1n

/** Minimal hex of a number. */
export function hex(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

/** Bytes as hex. */
export function bytesHex(bytes: Uint8Array | readonly number[]): Hex {
  return `0x${Buffer.from(bytes as Uint8Array).toString('hex')}`
}

/** Random bytes. */
export function randomBytes(random: Random, length: number): number[] {
  return Array.from({ length }, () => random.below(256))
}

/** Any word, with a liking for the edges. */
export function wordOf(random: Random): bigint {
  switch (random.below(10)) {
    case 0:
    case 1:
      return BigInt(random.below(4))
    case 2:
      return BigInt(random.below(300))
    case 3:
      return 1n << BigInt(random.below(256))
    case 4:
      return (1n << BigInt(random.below(257))) - 1n
    case 5:
      return MAX - BigInt(random.below(40))
    case 6:
      return (1n << 255n) + BigInt(random.below(3)) - 1n
    case 7:
      return (1n << BigInt(64 * (1 + random.below(3)))) + BigInt(random.below(3)) - 1n
    default:
      return BigInt(random.hex(1 + random.below(32)))
  }
}

/** An offset into memory or data: mostly small, now and then far away. */
export function offsetOf(random: Random): bigint {
  const draw = random.below(300)
  if (draw < 200) return BigInt(random.below(5) * 32)
  if (draw < 290) return BigInt(random.below(200))
  if (draw < 298) return BigInt(random.below(3000))
  return draw === 298 ? (1n << BigInt(random.below(70))) - BigInt(random.below(2)) : wordOf(random)
}

/** A size of memory or data: mostly none, a word, or a few bytes. */
export function sizeOf(random: Random): bigint {
  const draw = random.below(300)
  if (draw < 50) return 0n
  if (draw < 150) return BigInt(32 * (1 + random.below(4)))
  if (draw < 285) return BigInt(random.below(70))
  if (draw < 297) return BigInt(random.below(1500))
  return draw < 299 ? (1n << BigInt(random.below(70))) - BigInt(random.below(2)) : wordOf(random)
}

/** An address from a small number. */
export function addressOf(number: bigint | number): Address {
  return `0x${number.toString(16).padStart(40, '0')}`
}
