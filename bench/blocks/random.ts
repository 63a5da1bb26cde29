// The generator's only source of chance: xoshiro128** seeded by the Keccak-256 of a text, so the same seed gives
// the same block on every machine and engine. Not for cryptography: the keys it leads to are public.

import { bytesToHex, concatBytes, hexToBytes, type PrefixedHexString, utf8ToBytes } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'

/** A repeatable sequence of choices. */
export class Random {
  private readonly state: Uint32Array

  constructor(seed: string) {
    const digest = keccak_256(utf8ToBytes(seed))
    const view = new DataView(digest.buffer, digest.byteOffset)
    this.state = Uint32Array.from([0, 4, 8, 12], offset => view.getUint32(offset))
  }

  /** The next 32 bits. */
  next(): number {
    const s = this.state
    const result = Math.imul(rotateLeft(Math.imul(s[1]!, 5), 7), 9) >>> 0
    const shifted = s[1]! << 9
    s[2]! ^= s[0]!
    s[3]! ^= s[1]!
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= shifted
    s[3] = rotateLeft(s[3]!, 11)
    return result
  }

  /** A whole number in 0…limit-1; the bias of the modulus does not matter here. */
  below(limit: number): number {
    return this.next() % limit
  }

  /** A bigint in low…high, both included. */
  between(low: bigint, high: bigint): bigint {
    const wide = (BigInt(this.next()) << 64n) | (BigInt(this.next()) << 32n) | BigInt(this.next())
    return low + ((wide * (high - low + 1n)) >> 96n)
  }

  /** True with the given probability (0…1). */
  chance(probability: number): boolean {
    return this.next() < probability * 0x1_0000_0000
  }

  /** One of the list. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** One of the names, each as often as its weight says. */
  weighted<T extends string>(weights: Record<T, number>): T {
    const entries = Object.entries<number>(weights)
    let left = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0))
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0) return name as T
    }
    throw new Error('weights must be positive')
  }

  /** Random bytes as hex: an address (20) or a hash (32). */
  hex(length: number): PrefixedHexString {
    const words = Array.from({ length: Math.ceil(length / 4) }, () => this.next().toString(16).padStart(8, '0'))
    return bytesToHex(hexToBytes(`0x${words.join('')}`).slice(0, length))
  }

  /** The same items in a random order (Fisher–Yates); the given list stays as it is. */
  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list]
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      ;[result[i], result[j]] = [result[j]!, result[i]!]
    }
    return result
  }

  /** Both lists in one: each keeps its order, and where they meet is random. */
  interleaved<T>(left: readonly T[], right: readonly T[]): T[] {
    const result: T[] = []
    for (let i = 0, j = 0; i < left.length || j < right.length; ) {
      const takeLeft = this.below(left.length - i + right.length - j) < left.length - i
      result.push(takeLeft ? left[i++]! : right[j++]!)
    }
    return result
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** Keccak-256 of the bytes in a row. */
export function keccak(...parts: Uint8Array[]): Uint8Array {
  return keccak_256(concatBytes(...parts))
}
