// What a thread beside the main one asks its host for, and the answers: signers of transactions and precompiled contracts.

import { putPrecompile, putSigner, type RequestItem, type Writer } from '../abi.ts'
import type { Crypto, CryptoGroup } from '../crypto/crypto.ts'
import { InternalError } from '../errors.ts'

/** The libraries that the items need and that have not been loaded. */
export function missingGroups(items: readonly RequestItem[], crypto: Crypto): CryptoGroup[] {
  const needs = items.map(item => (item.kind === 'precompile' ? crypto.needs(item.address) : 'secp256k1'))
  return needs.filter(group => group !== undefined).filter(group => !crypto.isLoaded(group))
}

/** Writes the answers. Throws an InternalError where something else is asked for: state is the main instance's business. */
export function putAnswers(writer: Writer, items: readonly RequestItem[], crypto: Crypto): void {
  for (const item of items) {
    if (item.kind === 'precompile') putPrecompile(writer, crypto.precompile(item.address, item.input))
    else if (item.kind === 'recover')
      putSigner(writer, item.index, crypto.recover(item.hash, item.r, item.s, item.parity))
    else throw new InternalError(`a thread was asked for ${item.kind}`)
  }
}
