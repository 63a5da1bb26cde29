// Reads named fields of a JSON object that came from outside. Each reader gives the typed value or throws an InputError
// that names file, field, expected and found; paths are put together only when something is wrong. Used by the readers
// of block files, transactions and state tests.
import { describe, InputError } from '../errors.ts'
import { atMost } from '../limits.ts'
import type { Address, Hex } from '../types.ts'
import { hexBytes, isHexOf, quantity, quantityBytes } from './hex.ts'

/** Where in which document a value stands. */
export interface Place {
  file: string
  /** '' for the document itself. */
  path: string
}

/** Throws the error for a value of the wrong form. */
export function refuse(place: Place, expected: string, found: string): never {
  throw new InputError({ file: place.file, field: place.path === '' ? undefined : place.path, expected, found })
}

/** `path.key`, with a key from outside shortened and made printable. */
export function under(place: Place, key: string | number): Place {
  if (typeof key === 'number') return { file: place.file, path: `${place.path}[${key}]` }
  const name = /^\w{1,66}$/.test(key) ? key : describe(key)
  return { file: place.file, path: place.path === '' ? name : `${place.path}.${name}` }
}

const QUANTITY_NAME: Record<number, string> = {
  1: 'a 0x quantity 0..255',
  8: 'a 0x quantity 0..2^64-1',
  32: 'a 0x quantity 0..2^256-1',
}

/** A quantity of at most 1, 8 or 32 bytes. */
export function readQuantity(value: unknown, place: Place, maxBytes: 1 | 8 | 32): bigint {
  const number = typeof value === 'string' ? quantity(value, maxBytes) : undefined
  return number ?? refuse(place, QUANTITY_NAME[maxBytes]!, describe(value))
}

/** A 20-byte address in lower case. */
export function readAddress(value: unknown, place: Place): Address {
  if (typeof value === 'string' && isHexOf(value, 20)) return value.toLowerCase() as Address
  return refuse(place, '0x and 40 hex digits', describe(value))
}

/** A 32-byte hash in lower case. */
export function readHash(value: unknown, place: Place): Hex {
  if (typeof value === 'string' && isHexOf(value, 32)) return value.toLowerCase() as Hex
  return refuse(place, '0x and 64 hex digits', describe(value))
}

/** Bytes of exactly that length, for lists: the place is asked for only when they are not. */
export function fixedBytesOf(value: unknown, length: number, place: () => Place): Uint8Array {
  const bytes = typeof value === 'string' && value.length === 2 + 2 * length ? hexBytes(value) : undefined
  return bytes ?? refuse(place(), `0x and ${2 * length} hex digits`, describe(value))
}

/** Bytes of any length up to a limit. */
export function readBytes(value: unknown, place: Place, limit: number, limitName: string): Uint8Array {
  if (typeof value === 'string' && value.length > 2 + 2 * limit) {
    return refuse(place, atMost(limit, 'bytes', limitName), `${(value.length - 2) / 2} bytes`)
  }
  const bytes = typeof value === 'string' ? hexBytes(value) : undefined
  return bytes ?? refuse(place, '0x hex with two digits per byte', describe(value))
}

/** A JSON object, as a record of unknown values. */
export function readObject(value: unknown, place: Place, name = 'an object'): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  return refuse(place, name, describe(value))
}

/** A JSON array with at most `limit` items. */
export function readArray(value: unknown, place: Place, limit: number, limitName: string): unknown[] {
  if (!Array.isArray(value)) return refuse(place, 'an array', describe(value))
  if (value.length > limit) return refuse(place, atMost(limit, 'items', limitName), `${value.length} items`)
  return value
}

/** The fields of one JSON object. A missing field reads as undefined and is refused like any wrong value. */
export class Fields {
  readonly place: Place
  readonly #record: Record<string, unknown>

  constructor(value: unknown, place: Place, name?: string) {
    this.place = place
    this.#record = readObject(value, place, name)
  }

  /** The field is there and not null. */
  has(key: string): boolean {
    return (this.#record[key] ?? undefined) !== undefined
  }

  /** The value itself. Keys are names of the format or checked hex, never names that Object.prototype has. */
  raw(key: string): unknown {
    return this.#record[key]
  }

  at(key: string): Place {
    return under(this.place, key)
  }

  refuse(key: string, expected: string): never {
    return refuse(this.at(key), expected, describe(this.raw(key)))
  }

  quantity(key: string, maxBytes: 1 | 8 | 32): bigint {
    const value = this.raw(key)
    const number = typeof value === 'string' ? quantity(value, maxBytes) : undefined
    return number ?? this.refuse(key, QUANTITY_NAME[maxBytes]!)
  }

  /** 0..2^64-1 */
  u64(key: string): bigint {
    return this.quantity(key, 8)
  }

  /** 0..2^256-1 */
  u256(key: string): bigint {
    return this.quantity(key, 32)
  }

  /** A quantity as RLP stores it. */
  quantityBytes(key: string, maxBytes: 1 | 8 | 32): Uint8Array {
    const value = this.raw(key)
    const bytes = typeof value === 'string' ? quantityBytes(value, maxBytes) : undefined
    return bytes ?? this.refuse(key, QUANTITY_NAME[maxBytes]!)
  }

  /** Bytes of exactly that length. */
  fixedBytes(key: string, length: number): Uint8Array {
    return fixedBytesOf(this.raw(key), length, () => this.at(key))
  }

  bytes(key: string, limit: number, limitName: string): Uint8Array {
    const value = this.raw(key)
    const bytes = typeof value === 'string' && value.length <= 2 + 2 * limit ? hexBytes(value) : undefined
    return bytes ?? readBytes(value, this.at(key), limit, limitName)
  }

  address(key: string): Address {
    return readAddress(this.raw(key), this.at(key))
  }

  hash(key: string): Hex {
    return readHash(this.raw(key), this.at(key))
  }

  text(key: string): string {
    const value = this.raw(key)
    return typeof value === 'string' ? value : this.refuse(key, 'a string')
  }

  /** true, false, or the default where the field is absent. */
  flag(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback
    return typeof value === 'boolean' ? value : this.refuse(key, 'true or false')
  }

  fields(key: string, name?: string): Fields {
    return new Fields(this.raw(key), this.at(key), name)
  }

  array(key: string, limit: number, limitName: string): unknown[] {
    return readArray(this.raw(key), this.at(key), limit, limitName)
  }

  /** Keys and values of an object that is used as a map; empty where the field is absent. */
  entries(key: string): [string, unknown][] {
    return this.has(key) ? Object.entries(readObject(this.raw(key), this.at(key))) : []
  }
}
