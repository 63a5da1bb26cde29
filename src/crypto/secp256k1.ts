// Public key recovery on secp256k1: transaction senders, EIP-7702 authorities and the precompile 0x01 (Yellow Paper
// appendices E.1 and F). libsecp256k1 compiled to WASM by libauth, ten times @noble/curves; its raw interface, imported
// on need and from its own module, because the package's entry point loads a whole Bitcoin library. Called by crypto.ts.
import { bigEndian, isBelow, isZero, padded } from './bytes.ts'

/** The curve's order n. */
const ORDER: Uint8Array = bigEndian(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n, 32)
const NOTHING = new Uint8Array()

/** Keccak-256 of `data`. */
export type Keccak = (data: Uint8Array) => Uint8Array

/**
 * The address (20 bytes) whose key signed the 32-byte `hash`, or undefined when r or s is not in 1 … n - 1 or no key fits.
 * A high s is taken: whether it is allowed (EIP-2) is the caller's question.
 */
export type Recover = (hash: Uint8Array, r: Uint8Array, s: Uint8Array, yParity: 0 | 1) => Uint8Array | undefined

/** Loads libsecp256k1; `keccak` makes the address from the key. */
export async function createRecover(keccak: Keccak): Promise<Recover> {
  const libauth = await import('@bitauth/libauth/build/lib/bin/secp256k1/secp256k1-wasm.js')
  const wasm = await libauth.instantiateSecp256k1Wasm()
  const { UNCOMPRESSED } = libauth.CompressionFlag
  const context = wasm.contextCreate(libauth.ContextFlag.VERIFY)
  const heap = wasm.heapU8
  const compact = wasm.malloc(64)
  const message = wasm.malloc(32)
  const signature = wasm.malloc(65)
  const key = wasm.malloc(64)
  const serialized = wasm.malloc(65)
  const length = wasm.mallocSizeT(65)

  return (hash, r, s, yParity) => {
    if (!isScalar(r) || !isScalar(s)) return undefined
    heap.set(r, compact)
    heap.set(s, compact + 32)
    heap.set(hash, message)
    if (wasm.recoverableSignatureParse(context, signature, compact, yParity) !== 1) return undefined
    if (wasm.recover(context, key, signature, message) !== 1) return undefined
    wasm.heapU32[length >> 2] = 65
    wasm.pubkeySerialize(context, serialized, length, key, UNCOMPRESSED)
    // byte 0 is the form, then x and y
    return keccak(heap.slice(serialized + 1, serialized + 65)).slice(12)
  }
}

/** The precompile 0x01: hash, v, r and s to an address as a word, or to nothing; it never fails. */
export function createEcrecover(recover: Recover): (input: Uint8Array) => Uint8Array {
  return input => {
    const bytes = padded(input, 128)
    const v = bytes[63]!
    if (!isZero(bytes, 32, 63) || (v !== 27 && v !== 28)) return NOTHING
    const parity = v === 28 ? 1 : 0
    const address = recover(bytes.subarray(0, 32), bytes.subarray(64, 96), bytes.subarray(96, 128), parity)
    if (address === undefined) return NOTHING
    const output = new Uint8Array(32)
    output.set(address, 12)
    return output
  }
}

function isScalar(bytes: Uint8Array): boolean {
  return bytes.length === 32 && isBelow(bytes, 0, ORDER) && !isZero(bytes, 0, 32)
}
