// A JSON-RPC transaction object to its signed consensus encoding: legacy RLP (EIP-155 or older) or EIP-2718 with types
// 1 (EIP-2930), 2 (EIP-1559), 3 (EIP-4844) and 4 (EIP-7702). Only form and ranges are checked here; whether the
// transaction is valid is the core's business, and so is the sender: `from` and `hash` are claims.
// Bytes are written straight into one buffer, because 1,400 transactions come with a block.
import { InputError } from '../errors.ts'
import { MAX_TRANSACTION_BYTES } from '../limits.ts'
import { Fields, fixedBytesOf, type Place, under } from './fields.ts'
import { encodeRlp, type RlpItem } from './rlp.ts'

const EMPTY = new Uint8Array(0)

/** The signed encoding of a transaction object of JSON-RPC. `place` is where it stands, for errors. */
export function encodeTransaction(json: unknown, place: Place): Uint8Array {
  const tx = new Fields(json, place, 'a transaction object')
  const type = tx.has('type') ? Number(tx.quantity('type', 1)) : 0
  if (type > 4) tx.refuse('type', 'a transaction type 0x0..0x4')
  const body = [...unsignedFields(tx, type), ...signature(tx, type)]
  const bytes = encodeRlp(body, type === 0 ? undefined : type)
  if (bytes.length > MAX_TRANSACTION_BYTES) tooLong(place, bytes.length)
  return bytes
}

function tooLong(place: Place, length: number): never {
  const expected = `at most ${MAX_TRANSACTION_BYTES} bytes (MAX_TRANSACTION_BYTES)`
  throw new InputError({ file: place.file, field: place.path, expected, found: `${length} bytes` })
}

function unsignedFields(tx: Fields, type: number): RlpItem[] {
  const nonce = tx.quantityBytes('nonce', 8)
  const gas = tx.quantityBytes('gas', 8)
  const to = tx.has('to') ? tx.fixedBytes('to', 20) : EMPTY
  const value = tx.quantityBytes('value', 32)
  const data = tx.bytes(tx.has('input') ? 'input' : 'data', MAX_TRANSACTION_BYTES, 'MAX_TRANSACTION_BYTES')
  if (type === 0) return [nonce, tx.quantityBytes('gasPrice', 32), gas, to, value, data]
  const chainId = tx.quantityBytes('chainId', 8)
  const list = accessList(tx)
  if (type === 1) return [chainId, nonce, tx.quantityBytes('gasPrice', 32), gas, to, value, data, list]
  const tip = tx.quantityBytes('maxPriorityFeePerGas', 32)
  const fee = tx.quantityBytes('maxFeePerGas', 32)
  const common = [chainId, nonce, tip, fee, gas, to, value, data, list]
  if (type === 3) return [...common, tx.quantityBytes('maxFeePerBlobGas', 32), blobHashes(tx)]
  return type === 4 ? [...common, authorizations(tx)] : common
}

/** v, r, s. A typed transaction carries the y parity, which JSON-RPC nodes give as `yParity`, `v`, or both. */
function signature(tx: Fields, type: number): RlpItem[] {
  const r = tx.quantityBytes('r', 32)
  const s = tx.quantityBytes('s', 32)
  return [type === 0 ? tx.quantityBytes('v', 8) : parity(tx), r, s]
}

function parity(tx: Fields): Uint8Array {
  const key = tx.has('yParity') ? 'yParity' : 'v'
  const value = tx.quantity(key, 32)
  if (value > 1n) tx.refuse(key, '0x0 or 0x1')
  if (key === 'yParity' && tx.has('v') && tx.quantity('v', 32) !== value) {
    tx.refuse('v', `the same as yParity (0x${value})`)
  }
  return tx.quantityBytes(key, 32)
}

function accessList(tx: Fields): RlpItem[] {
  if (!tx.has('accessList')) return []
  const items = tx.array('accessList', MAX_TRANSACTION_BYTES / 20, 'MAX_TRANSACTION_BYTES')
  return items.map((item, i) => {
    const entry = new Fields(item, under(tx.at('accessList'), i))
    const keys = entry.array('storageKeys', MAX_TRANSACTION_BYTES / 32, 'MAX_TRANSACTION_BYTES')
    return [
      entry.fixedBytes('address', 20),
      keys.map((key, j) => fixedBytesOf(key, 32, () => under(entry.at('storageKeys'), j))),
    ]
  })
}

function blobHashes(tx: Fields): RlpItem[] {
  const hashes = tx.array('blobVersionedHashes', MAX_TRANSACTION_BYTES / 32, 'MAX_TRANSACTION_BYTES')
  return hashes.map((hash, i) => fixedBytesOf(hash, 32, () => under(tx.at('blobVersionedHashes'), i)))
}

function authorizations(tx: Fields): RlpItem[] {
  const items = tx.array('authorizationList', MAX_TRANSACTION_BYTES / 64, 'MAX_TRANSACTION_BYTES')
  return items.map((item, i) => {
    const entry = new Fields(item, under(tx.at('authorizationList'), i))
    const yParity = entry.quantityBytes(entry.has('yParity') ? 'yParity' : 'v', 1)
    const signed = [
      entry.quantityBytes('chainId', 32),
      entry.fixedBytes('address', 20),
      entry.quantityBytes('nonce', 8),
    ]
    return [...signed, yParity, entry.quantityBytes('r', 32), entry.quantityBytes('s', 32)]
  })
}
