// Values that a caller gives, in the forms that are taken: what is none of them is an InputError that names the field.

import { describe, InputError } from '../errors.ts'
import type { Address, Hex } from '../types.ts'
import { hexBytes, isHexOf } from './hex.ts'

/** An address in lower case. Throws InputError that names the field. */
export function addressOf(field: string, value: unknown): Address {
  if (typeof value === 'string' && isHexOf(value, 20)) return value.toLowerCase() as Address
  throw new InputError({ field, expected: '0x and 40 hex digits', found: describe(value) })
}

/** Bytes, given as they are or as hex. Throws InputError that names the field. */
export function bytesOf(field: string, value: Hex | Uint8Array, length?: number): Uint8Array {
  const bytes = typeof value === 'string' ? hexBytes(value) : value instanceof Uint8Array ? value : undefined
  if (bytes && (length === undefined || bytes.length === length)) return bytes
  const expected = length === undefined ? '0x hex with two digits per byte' : `0x and ${2 * length} hex digits`
  throw new InputError({ field, expected, found: describe(value) })
}
