// Byte strings as the precompiles see them: big-endian, read beyond their end as zero. Called by the files beside it.

/** `length` bytes of the input: cut, or filled up with zeros. The result may share the input's memory. */
export function padded(input: Uint8Array, length: number): Uint8Array {
  if (input.length === length) return input
  if (input.length > length) return input.subarray(0, length)
  const whole = new Uint8Array(length)
  whole.set(input)
  return whole
}

/** `length` big-endian bytes of a number. */
export function bigEndian(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let rest = value
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** Is the number at `input[at…]`, as long as `limit`, below `limit`? Both big-endian. */
export function isBelow(input: Uint8Array, at: number, limit: Uint8Array): boolean {
  for (let i = 0; i < limit.length; i++) {
    const difference = input[at + i]! - limit[i]!
    if (difference !== 0) return difference < 0
  }
  return false
}

/** Are `input[from…to - 1]` all zero? */
export function isZero(input: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (input[i] !== 0) return false
  }
  return true
}

/** A truth value as a 32-byte word. */
export function word(value: boolean): Uint8Array {
  const bytes = new Uint8Array(32)
  if (value) bytes[31] = 1
  return bytes
}
