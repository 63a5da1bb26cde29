// Signatures of the accounts whose keys are known.

import { keccak_256 } from '@noble/hashes/sha3.js'
import type { Signature } from '../crypto/sign.ts'
import { Fields } from '../input/fields.ts'
import { hexOf } from '../input/hex.ts'
import type { Hex } from '../types.ts'
import type { Method } from './place.ts'
import { type Params, readSentRequest, refuseParam } from './read.ts'
import { hashTypedData } from './typed-data.ts'

/** r, s and v of a signature in one. */
function signatureJson({ r, s, yParity }: Signature): Hex {
  return `${hexOf(r)}${hexOf(s).slice(2)}${(27 + yParity).toString(16)}` as Hex
}

/** What is signed of a message (EIP-191). */
function messageHash(message: Uint8Array): Uint8Array {
  const prefix = new TextEncoder().encode(`\x19Ethereum Signed Message:\n${message.length}`)
  return keccak_256(Uint8Array.of(...prefix, ...message))
}

function signsMessage(message: number, account: number): Method {
  return async ({ wallet }, params) =>
    signatureJson(await wallet.sign(params.address(account), messageHash(params.bytes(message))))
}

/** Typed data, as it is or as JSON. */
function typedData(params: Params, i: number): Fields {
  const given = params.raw(i)
  if (typeof given !== 'string') return params.fields(i)
  try {
    return new Fields(JSON.parse(given), { file: 'typed data', path: '' })
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return refuseParam('data', 'typed data, as an object or as JSON', given.slice(0, 60))
  }
}

/** Methods that sign. */
export const SIGNING: Readonly<Record<string, Method>> = {
  eth_sign: signsMessage(1, 0),
  personal_sign: signsMessage(0, 1),
  eth_signTypedData_v4: async ({ wallet }, params) =>
    signatureJson(await wallet.sign(params.address(0), hashTypedData(typedData(params, 1)))),
  eth_signTransaction: async (chain, params) => {
    const request = readSentRequest(params.fields(0))
    return hexOf(await chain.wallet.signTransaction(request.from, await chain.fill(request), chain.head.env.chainId))
  },
}
