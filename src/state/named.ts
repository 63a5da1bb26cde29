// What a message names: addresses, and messages of which it is to make calls. Found by their looks, so for hints only.

import { hexOf } from '../input/hex.ts'
import type { Address, StateKey } from '../types.ts'

/** Numbers are smaller, addresses hardly ever. */
const LEAST_ADDRESS = 1n << 128n
/** Bytes before an address in a word. */
const PADDING = 12
/** Zeros in an address at most; more of them are a number and its padding. */
const MAX_ZEROS = 6
/** Slots that are asked for with an account of which nothing is known but that it is called: contracts keep their variables there. */
const LOW_SLOTS = 13
/** Where proxies keep whose code they run (EIP-1967). */
const IMPLEMENTATION = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbcn

/** The address that a word is, where it looks like one. */
export function addressIn(word: bigint): Address | undefined {
  return word >= LEAST_ADDRESS && word >> 160n === 0n ? `0x${word.toString(16).padStart(40, '0')}` : undefined
}

/** Addresses in call data, wherever they begin: the first ones. */
export function addressesIn(data: Uint8Array, most = 16): Address[] {
  const found = new Set<Address>()
  let zeros = 0
  for (let i = 4; i + 20 <= data.length && found.size < most; i++) {
    if (data[i] === 0) zeros++
    else {
      const bytes = data.subarray(i, i + 20)
      if (zeros >= PADDING && bytes.filter(byte => byte === 0).length <= MAX_ZEROS) {
        found.add(hexOf(bytes))
        i += 19
      }
      zeros = 0
    }
  }
  return [...found]
}

/** Byte strings in ABI-encoded call data that may be messages themselves, a selector and arguments: the first ones. */
export function messagesIn(data: Uint8Array, most = 4): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let at = 4; at + 32 < data.length && found.length < most; at += 32) {
    const word = data.subarray(at, at + 32)
    if (word.subarray(0, 29).some(byte => byte !== 0)) continue
    const length = (word[29]! << 16) | (word[30]! << 8) | word[31]!
    const bytes = data.subarray(at + 32, at + 32 + length)
    // A selector and at least one argument, which begins with zeros: other strings look different.
    if (bytes.length === length && length >= 36 && bytes[0] !== 0 && bytes.subarray(4, 8).every(byte => byte === 0)) {
      found.push(bytes)
    }
  }
  return found
}

/** An account that is going to be called, and slots that most contracts have. */
export function contractKeys(address: Address): StateKey[] {
  const slots = [...Array.from({ length: LOW_SLOTS }, (_, i) => BigInt(i)), IMPLEMENTATION]
  return [{ kind: 'account', address }, ...slots.map((key): StateKey => ({ kind: 'storage', address, key }))]
}
