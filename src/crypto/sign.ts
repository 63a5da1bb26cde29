// Signatures on secp256k1 with the nonce of RFC 6979 and a low s (EIP-2), by libsecp256k1 compiled to WASM by libauth. For the t8n
// protocol, where transactions come with the key they are to be signed with. Loaded on need, as secp256k1.ts.

/** r and s, 32 bytes each, and the parity of the point's y. */
export interface Signature {
  r: Uint8Array
  s: Uint8Array
  yParity: 0 | 1
}

/** Signs a 32-byte hash; undefined when the key is not in 1 … n - 1. */
export type Sign = (hash: Uint8Array, key: Uint8Array) => Signature | undefined

/** Loads libsecp256k1. */
export async function createSign(): Promise<Sign> {
  const libauth = await import('@bitauth/libauth/build/lib/bin/secp256k1/secp256k1-wasm.js')
  const wasm = await libauth.instantiateSecp256k1Wasm()
  const context = wasm.contextCreate(libauth.ContextFlag.SIGN)
  const message = wasm.malloc(32)
  const secret = wasm.malloc(32)
  const signature = wasm.malloc(65)
  const compact = wasm.malloc(64)
  const parity = wasm.malloc(4)
  return (hash, key) => {
    wasm.heapU8.set(hash, message)
    wasm.heapU8.set(key, secret)
    const isSigned = wasm.signRecoverable(context, signature, message, secret) === 1
    wasm.heapU8.fill(0, secret, secret + 32)
    if (!isSigned) return undefined
    wasm.recoverableSignatureSerialize(context, compact, parity, signature)
    return {
      r: wasm.heapU8.slice(compact, compact + 32),
      s: wasm.heapU8.slice(compact + 32, compact + 64),
      yParity: wasm.heapU8[parity] === 1 ? 1 : 0,
    }
  }
}
