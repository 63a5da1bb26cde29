// Drafts to signed transactions in consensus encoding, for blocks of thousands of them: what transactions.ts does with
// EthereumJS and RFC 6979 nonces, here with the signatures of signers.ts, a hundred times faster. Legacy (EIP-155),
// access list (EIP-2930) and fee market (EIP-1559) only; drafts of other types are refused.

import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { encodeRlp, type RlpItem } from '../../src/input/rlp.ts'
import type { AccessJson } from './format.ts'
import { keccak, type Random } from './random.ts'
import { ManySignatures } from './signers.ts'
import type { World } from './state.ts'
import { type Draft, drawFees, drawType, Nonces, type Prices } from './transactions.ts'

const CHAIN_ID = 1n
const EMPTY = new Uint8Array(0)

/** Signs the drafts in order: same drafts and seed, same bytes. */
export function signRaw(drafts: Draft[], world: World, random: Random, prices: Prices, seed: string): Uint8Array[] {
  const nonces = new Nonces(world)
  const signatures = new ManySignatures(seed)
  return drafts.map(draft => {
    const type = draft.type ?? drawType(random)
    if (type > 2 || draft.unprotected) throw new Error(`${draft.label}: only types 0 to 2 are signed here`)
    const fees = drawFees(type, random, prices)
    const price = type === 2 ? [fees.maxPriorityFeePerGas!, fees.maxFeePerGas!] : [fees.gasPrice!]
    const body: RlpItem[] = [
      ...[nonces.take(draft.from), ...price, BigInt(draft.gas)].map(integer),
      draft.to === null ? EMPTY : hexToBytes(draft.to),
      integer(draft.value ?? 0n),
      hexToBytes(draft.data ?? '0x'),
    ]
    const protection = [integer(CHAIN_ID), EMPTY, EMPTY]
    const unsigned = type === 0 ? [...body, ...protection] : [integer(CHAIN_ID), ...body, accessItems(draft.accessList)]
    const kind = type === 0 ? undefined : type
    const { r, s, yParity } = signatures.sign(keccak(encodeRlp(unsigned, kind)), draft.from)
    const v = type === 0 ? 35n + 2n * CHAIN_ID + BigInt(yParity) : BigInt(yParity)
    return encodeRlp([...(type === 0 ? body : unsigned), ...[v, r, s].map(integer)], kind)
  })
}

/** Big-endian without leading zeros; zero is nothing. */
function integer(value: bigint): Uint8Array {
  if (value === 0n) return EMPTY
  const digits = value.toString(16)
  return hexToBytes(`0x${digits.length % 2 === 0 ? '' : '0'}${digits}`)
}

function accessItems(list: AccessJson[] = []): RlpItem[] {
  return list.map(({ address, storageKeys }) => [hexToBytes(address), storageKeys.map(key => hexToBytes(key))])
}

/** Hash of a code. */
export function codeHashOf(code: `0x${string}`): `0x${string}` {
  return bytesToHex(keccak(hexToBytes(code)))
}
