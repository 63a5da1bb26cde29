// The transactions of the t8n protocol to signed bytes: JSON objects, signed or with the key to sign them (EIP-155, EIP-2718), or one
// RLP list of all. A transaction that cannot be encoded is rejected like one that is invalid, since tests of clients are made
// with such transactions too. Called by t8n.ts.
import * as abi from '../abi.ts'
import type { Sign } from '../crypto/sign.ts'
import { InputError } from '../errors.ts'
import { Fields, type Place, readArray, readBytes, refuse, under } from '../input/fields.ts'
import { hexQuantity, withQuantities } from '../input/lenient.ts'
import { RlpError, RlpItems } from '../input/rlp-decode.ts'
import { encodeTransaction } from '../input/transaction.ts'
import { MAX_FILE_BYTES, MAX_TRANSACTIONS } from '../limits.ts'
import { signAgain } from '../signed.ts'

/** A transaction, or why it cannot be encoded. */
export type TransitionTx = { signed: Uint8Array } | { error: string }

/** What signing depends on. */
export interface SigningRules {
  chainId: bigint
  /** Fork number of assembly/abi.ts. */
  rules: number
  sign: Sign
}

const NUMBERS = ['type', 'chainId', 'nonce', 'gas', 'gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas', 'value']
const MORE_NUMBERS = ['maxFeePerBlobGas', 'v', 'r', 's', 'yParity']

/** Reads `txs`: an array of objects, or RLP as hex text. Throws InputError where it is neither. */
export function readTransactions(json: unknown, place: Place, rules: SigningRules): TransitionTx[] {
  if (typeof json === 'string') return readEncodedList(readBytes(json, place, MAX_FILE_BYTES, 'MAX_FILE_BYTES'), place)
  return readArray(json ?? [], place, MAX_TRANSACTIONS, 'MAX_TRANSACTIONS').map((tx, i) => {
    try {
      return { signed: readTransaction(tx, under(place, i), rules) }
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      const { field = 'transaction', expected, found } = error
      return { error: `"${field}" expected ${expected}, got ${found}` }
    }
  })
}

/** A list in which a legacy transaction is a list and a typed one a byte string, as in a block. */
function readEncodedList(encoded: Uint8Array, place: Place): TransitionTx[] {
  try {
    const whole = new RlpItems(encoded)
    const list = whole.list()
    whole.close()
    const all: TransitionTx[] = []
    while (list.more) all.push({ signed: list.isList ? list.encoded() : list.bytes() })
    return all
  } catch (error) {
    if (error instanceof RlpError)
      refuse(place, 'an RLP list of transactions', `bytes that are none (${error.message})`)
    throw error
  }
}

function readTransaction(json: unknown, place: Place, rules: SigningRules): Uint8Array {
  const given = new Fields(json, place, 'a transaction object')
  const type = given.has('type') ? given.raw('type') : typeOf(given)
  const tx: Record<string, unknown> = {
    ...(json as object),
    type,
    gas: given.raw(given.has('gas') ? 'gas' : 'gasLimit'),
    chainId: given.has('chainId') ? given.raw('chainId') : `0x${rules.chainId.toString(16)}`,
  }
  if (tx.to === '' || tx.to === '0x') delete tx.to
  if (!given.has('input') && !given.has('data')) tx.input = '0x'
  const hasKey = given.has('secretKey') && !/^0x0*$/.test(given.text('secretKey'))
  const isLegacy = /^0x0*$/.test(String(hexQuantity(type)))
  const unsigned = { v: isLegacy ? '0x1b' : '0x0', yParity: undefined, r: '0x1', s: '0x1' }
  const readable = withQuantities(hasKey ? { ...tx, ...unsigned } : tx, [...NUMBERS, ...MORE_NUMBERS])
  const encoded = encodeTransaction(readable, place)
  return hasKey ? signed(encoded, given, rules) : encoded
}

function typeOf(tx: Fields): string {
  if (tx.has('authorizationList')) return '0x4'
  if (tx.has('blobVersionedHashes')) return '0x3'
  if (tx.has('maxFeePerGas')) return '0x2'
  return tx.has('accessList') ? '0x1' : '0x0'
}

/** The transaction with the signature of its key. */
function signed(encoded: Uint8Array, given: Fields, { chainId, rules, sign }: SigningRules): Uint8Array {
  const isTyped = encoded[0]! < 0x80
  const isBound = !isTyped && rules >= abi.SPURIOUS_DRAGON && given.flag('protected', true)
  const signing = { sign, key: given.fixedBytes('secretKey', 32), chainId: isBound ? chainId : undefined }
  return signAgain(encoded, signing) ?? given.refuse('secretKey', 'a key of secp256k1')
}
