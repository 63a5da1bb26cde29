// An execution witness in JSON to plain bytes: the answer of debug_executionWitness, { state, codes, headers, keys? }, or the whole
// answer of a node with that in `result`.
//
//   state    array of encoded trie nodes, 0x hex
//   codes    array of codes, 0x hex
//   headers  array of encoded headers, 0x hex (reth, Nethermind, Erigon, execution-specs), or of header objects (geth)
//   keys     addresses and slots; may be there (reth), null (geth) or absent (execution-specs). Not used: a trie is asked by hashed key
import { describe, InputError } from '../errors.ts'
import {
  MAX_CODE_BYTES,
  MAX_HEADER_BYTES,
  MAX_NODE_BYTES,
  MAX_WITNESS_CODES,
  MAX_WITNESS_HEADERS,
  MAX_WITNESS_NODES,
} from '../limits.ts'
import type { Witness } from '../types.ts'
import { Fields, type Place, readBytes, under } from './fields.ts'
import { encodeRlp } from './rlp.ts'

/** Reads a witness; `place` is where it stands, for errors. Throws an InputError that names the field, and the index in it. */
export function readWitness(json: unknown, place: Place = { file: 'witness', path: '' }): Witness {
  const name = 'an execution witness (an object with "state", "codes" and "headers")'
  const whole = new Fields(json, place, name)
  const witness = whole.has('result') ? new Fields(whole.raw('result'), whole.at('result'), name) : whole
  if (witness.has('keys') && !Array.isArray(witness.raw('keys'))) witness.refuse('keys', 'an array, null or nothing')
  const bytes = (key: string, items: [most: number, name: string], each: [most: number, name: string]): Uint8Array[] =>
    witness.array(key, ...items).map((item, i) => readBytes(item, under(witness.at(key), i), ...each))
  return {
    state: bytes('state', [MAX_WITNESS_NODES, 'MAX_WITNESS_NODES'], [MAX_NODE_BYTES, 'MAX_NODE_BYTES']),
    codes: bytes('codes', [MAX_WITNESS_CODES, 'MAX_WITNESS_CODES'], [MAX_CODE_BYTES, 'MAX_CODE_BYTES']),
    headers: witness
      .array('headers', MAX_WITNESS_HEADERS, 'MAX_WITNESS_HEADERS')
      .map((header, i) => readHeader(header, under(witness.at('headers'), i))),
  }
}

function readHeader(header: unknown, place: Place): Uint8Array {
  if (typeof header === 'string') return readBytes(header, place, MAX_HEADER_BYTES, 'MAX_HEADER_BYTES')
  if (typeof header === 'object' && header !== null) return encodeHeader(new Fields(header, place))
  throw new InputError({
    file: place.file,
    field: place.path,
    expected: '0x hex, or a header object of JSON-RPC',
    found: describe(header),
  })
}

const HASH = 32
/** Fields of a header in their order (Yellow Paper 4.4; EIP-1559, 4895, 4844, 4788, 7685): a number, or so many bytes. */
const FIELDS: readonly (readonly [name: string, bytes: number | 'number' | 'any'])[] = [
  ['parentHash', HASH],
  ['sha3Uncles', HASH],
  ['miner', 20],
  ['stateRoot', HASH],
  ['transactionsRoot', HASH],
  ['receiptsRoot', HASH],
  ['logsBloom', 256],
  ['difficulty', 'number'],
  ['number', 'number'],
  ['gasLimit', 'number'],
  ['gasUsed', 'number'],
  ['timestamp', 'number'],
  ['extraData', 'any'],
  ['mixHash', HASH],
  ['nonce', 8],
  ['baseFeePerGas', 'number'],
  ['withdrawalsRoot', HASH],
  ['blobGasUsed', 'number'],
  ['excessBlobGas', 'number'],
  ['parentBeaconBlockRoot', HASH],
  ['requestsHash', HASH],
]
const FRONTIER_FIELDS = 15

/** The consensus encoding of a header object. Its own `hash` is not looked at: the hash of the bytes counts. */
function encodeHeader(header: Fields): Uint8Array {
  const absent = FIELDS.findIndex(([name], i) => i >= FRONTIER_FIELDS && !header.has(name))
  const present = absent < 0 ? FIELDS : FIELDS.slice(0, absent)
  return encodeRlp(
    present.map(([name, bytes]) => {
      if (bytes === 'number') return header.quantityBytes(name, 32)
      if (bytes === 'any') return header.bytes(name, MAX_HEADER_BYTES, 'MAX_HEADER_BYTES')
      return header.fixedBytes(name, bytes)
    }),
  )
}
