// RLP decoding (Yellow Paper appendix B), strict: the shortest form of every length and of every single byte, nothing after the
// end. Items are read one after the other, so that the reader of a format says what it expects where. Throws RlpError.
import { WeftError } from '../errors.ts'
import type { RlpItem } from './rlp.ts'

/** Deepest nesting that decodeRlp follows. */
const MAX_DEPTH = 1024

/** Bytes that are not RLP, or not the item that was asked for. */
export class RlpError extends WeftError {
  constructor(sentence: string) {
    super(sentence, { code: 'RLP' })
  }
}

/** The items of a list, or of bytes that are to hold one item, in order. */
export class RlpItems {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, from = 0, end: number = bytes.length) {
    this.#bytes = bytes
    this.#at = from
    this.#end = end
  }

  /** There is another item. */
  get more(): boolean {
    return this.#at < this.#end
  }

  /** The next item is a list. */
  get isList(): boolean {
    return this.more && this.#bytes[this.#at]! >= 0xc0
  }

  /** The next item, a byte string. A view of the input. */
  bytes(): Uint8Array {
    if (this.isList) throw new RlpError('expected a byte string, got a list')
    const { from, end } = this.#next()
    return this.#bytes.subarray(from, end)
  }

  /** The items of the next item, a list. */
  list(): RlpItems {
    if (this.more && !this.isList) throw new RlpError('expected a list, got a byte string')
    const { from, end } = this.#next()
    return new RlpItems(this.#bytes, from, end)
  }

  /** The next item as it is encoded, header included. A view of the input. Of a list only the header is checked. */
  encoded(): Uint8Array {
    const start = this.#at
    return this.#bytes.subarray(start, this.#next().end)
  }

  /** Throws when there is another item. */
  close(): void {
    if (this.more) throw new RlpError(`expected the end, got ${this.#end - this.#at} more bytes`)
  }

  #next(): { from: number; end: number } {
    const first = this.more ? this.#bytes[this.#at]! : undefined
    if (first === undefined) throw new RlpError('expected another item, got the end')
    if (first < 0x80) return { from: this.#at, end: ++this.#at }
    const short = first < 0xc0 ? 0x80 : 0xc0
    const sizeLength = Math.max(first - short - 55, 0)
    const from = this.#at + 1 + sizeLength
    const length = sizeLength ? this.#longLength(sizeLength) : first - short
    if (length > this.#end - from) throw new RlpError(`expected ${length} bytes, got ${Math.max(this.#end - from, 0)}`)
    if (first === 0x81 && this.#bytes[from]! < 0x80) throw new RlpError('expected a byte below 0x80 without a header')
    this.#at = from + length
    return { from, end: this.#at }
  }

  /** A length of more than 55 in `count` bytes, which begin after the first byte of the item. */
  #longLength(count: number): number {
    if (this.#end - this.#at <= count) throw new RlpError('expected a length, got the end')
    if (this.#bytes[this.#at + 1] === 0) throw new RlpError('expected a length without leading zeros')
    let length = 0
    for (let i = 1; i <= count; i++) length = length * 256 + this.#bytes[this.#at + i]!
    if (length < 56) throw new RlpError(`expected the short form for ${length} bytes`)
    return length
  }
}

/** The one item that `bytes` are. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const items = new RlpItems(bytes)
  const item = decodeItem(items, 0)
  items.close()
  return item
}

function decodeItem(items: RlpItems, depth: number): RlpItem {
  if (!items.isList) return items.bytes()
  if (depth === MAX_DEPTH) throw new RlpError(`expected at most ${MAX_DEPTH} levels`)
  const inner = items.list()
  const decoded: RlpItem[] = []
  while (inner.more) decoded.push(decodeItem(inner, depth + 1))
  return decoded
}
