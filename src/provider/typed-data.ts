// The hash of typed data that is signed (EIP-712).

import { keccak_256 } from '@noble/hashes/sha3.js'
import { bigEndian } from '../crypto/bytes.ts'
import { Fields, type Place, readAddress, readArray, readBytes, refuse, under } from '../input/fields.ts'
import { hexBytes } from '../input/hex.ts'
import { MAX_RPC_ITEMS, MAX_TRANSACTION_BYTES } from '../limits.ts'

/** A member of a struct. */
interface Member {
  name: string
  type: string
}

type Types = ReadonlyMap<string, readonly Member[]>

const utf8 = new TextEncoder()

/** The hash that is signed for typed data: `types`, `primaryType`, `domain` and `message`. Throws an InputError that names the field. */
export function hashTypedData(data: Fields): Uint8Array {
  const types = typesOf(data)
  const domain = structHash(types, 'EIP712Domain', data.raw('domain') ?? {}, data.at('domain'))
  const primary = data.text('primaryType')
  const parts = [Uint8Array.of(0x19, 0x01), domain]
  if (primary !== 'EIP712Domain') parts.push(structHash(types, primary, data.raw('message'), data.at('message')))
  return keccak_256(joined(parts))
}

function typesOf(data: Fields): Types {
  const types = new Map(
    data.entries('types').map(([name, listed]): [string, Member[]] => {
      const place = under(data.at('types'), name)
      const members = readArray(listed, place, MAX_RPC_ITEMS, 'MAX_RPC_ITEMS')
      return [name, members.map((member, i) => memberOf(new Fields(member, under(place, i), 'a member')))]
    }),
  )
  if (types.has('EIP712Domain')) return types
  // Which members a domain has tells its type, where nobody else does.
  const known: Member[] = [
    { name: 'name', type: 'string' },
    { name: 'version', type: 'string' },
    { name: 'chainId', type: 'uint256' },
    { name: 'verifyingContract', type: 'address' },
    { name: 'salt', type: 'bytes32' },
  ]
  const domain = new Fields(data.raw('domain') ?? {}, data.at('domain'))
  return types.set(
    'EIP712Domain',
    known.filter(({ name }) => domain.has(name)),
  )
}

function memberOf(member: Fields): Member {
  return { name: member.text('name'), type: member.text('type') }
}

function structHash(types: Types, name: string, value: unknown, place: Place): Uint8Array {
  const members = types.get(name) ?? refuse(place, `a value of a type in types, not of ${name}`, 'none of that name')
  const fields = new Fields(value, place, `an object of type ${name}`)
  const typeHash = keccak_256(utf8.encode(encodedType(types, name)))
  const values = members.map(member => wordOf(types, member.type, fields.raw(member.name), fields.at(member.name)))
  return keccak_256(joined([typeHash, ...values]))
}

/** The type, and those that it needs in the order of their names. */
function encodedType(types: Types, name: string): string {
  const needed = new Set<string>()
  const visit = (type: string): void => {
    const bare = type.replace(/(?:\[\d*\])+$/, '')
    if (needed.has(bare) || !types.has(bare)) return
    needed.add(bare)
    for (const member of types.get(bare)!) visit(member.type)
  }
  visit(name)
  needed.delete(name)
  return [name, ...[...needed].sort()]
    .map(
      each =>
        `${each}(${types
          .get(each)!
          .map(({ name, type }) => `${type} ${name}`)
          .join()})`,
    )
    .join('')
}

/** A value as the word that stands for it. */
function wordOf(types: Types, type: string, value: unknown, place: Place): Uint8Array {
  const list = /^(.*)\[(\d*)\]$/.exec(type)
  if (list) {
    const items = readArray(value, place, MAX_RPC_ITEMS, 'MAX_RPC_ITEMS')
    if (list[2] !== '' && items.length !== Number(list[2])) refuse(place, `${list[2]} items`, `${items.length}`)
    return keccak_256(joined(items.map((item, i) => wordOf(types, list[1]!, item, under(place, i)))))
  }
  if (types.has(type)) return structHash(types, type, value, place)
  if (type === 'string')
    return keccak_256(utf8.encode(typeof value === 'string' ? value : refuseValue(place, type, value)))
  if (type === 'bytes') return keccak_256(readBytes(value, place, MAX_TRANSACTION_BYTES, 'MAX_TRANSACTION_BYTES'))
  if (type === 'address') return bigEndian(BigInt(readAddress(value, place)), 32)
  if (type === 'bool')
    return bigEndian(value === true ? 1n : value === false ? 0n : refuseValue(place, type, value), 32)
  const fixed = /^bytes(\d+)$/.exec(type)
  if (fixed) return fixedWord(Number(fixed[1]), type, value, place)
  const integer = /^(u?)int(\d*)$/.exec(type)
  if (!integer) return refuse(place, 'a type of Solidity or of types', type.slice(0, 60))
  return integerWord(integer[1] !== 'u', BigInt(integer[2] || 256), { type, value, place })
}

function fixedWord(size: number, type: string, value: unknown, place: Place): Uint8Array {
  const bytes = typeof value === 'string' ? hexBytes(value) : undefined
  if (size > 32 || bytes?.length !== size) return refuseValue(place, type, value)
  const word = new Uint8Array(32)
  word.set(bytes)
  return word
}

function integerWord(
  isSigned: boolean,
  bits: bigint,
  { type, value, place }: { type: string; value: unknown; place: Place },
): Uint8Array {
  const isNumber = typeof value === 'bigint' || Number.isSafeInteger(value)
  const isText = typeof value === 'string' && /^(?:-?\d+|0x[0-9a-fA-F]+)$/.test(value)
  if (!isNumber && !isText) return refuseValue(place, type, value)
  const number = BigInt(value as bigint | number | string)
  const fits = isSigned ? BigInt.asIntN(Number(bits), number) : BigInt.asUintN(Number(bits), number)
  return fits === number ? bigEndian(BigInt.asUintN(256, number), 32) : refuseValue(place, type, value)
}

function refuseValue(place: Place, type: string, value: unknown): never {
  return refuse(place, `a value of type ${type}`, String(value).slice(0, 80))
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
