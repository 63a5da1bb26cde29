// Arithmetic of the EVM on bigints, by opcode: for folding constants in the analyzer and for the reference binder. The core has its own.

/** 2^256 - 1. */
export const MASK: bigint = (1n << 256n) - 1n
const SIGN = 1n << 255n

function signed(x: bigint): bigint {
  return x & SIGN ? x - (1n << 256n) : x
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = (b * b) & MASK) if (e & 1n) result = (result * b) & MASK
  return result
}

function signExtend(index: bigint, x: bigint): bigint {
  if (index >= 31n) return x
  const bits = index * 8n + 8n
  const low = x & ((1n << bits) - 1n)
  return low >> (bits - 1n) ? (low | (MASK << bits)) & MASK : low
}

const truth = (is: boolean): bigint => (is ? 1n : 0n)

/** The result of a pure opcode with its operands in stack order; 0 for an opcode that is none. */
export function evaluate(op: number, a: bigint, b: bigint, c: bigint): bigint {
  switch (op) {
    case 0x01:
      return (a + b) & MASK
    case 0x02:
      return (a * b) & MASK
    case 0x03:
      return (a - b) & MASK
    case 0x04:
      return b === 0n ? 0n : a / b
    case 0x05:
      return b === 0n ? 0n : (signed(a) / signed(b)) & MASK
    case 0x06:
      return b === 0n ? 0n : a % b
    case 0x07:
      return b === 0n ? 0n : (signed(a) % signed(b)) & MASK
    case 0x08:
      return c === 0n ? 0n : (a + b) % c
    case 0x09:
      return c === 0n ? 0n : (a * b) % c
    case 0x0a:
      return power(a, b)
    case 0x0b:
      return signExtend(a, b)
    case 0x10:
      return truth(a < b)
    case 0x11:
      return truth(a > b)
    case 0x12:
      return truth(signed(a) < signed(b))
    case 0x13:
      return truth(signed(a) > signed(b))
    case 0x14:
      return truth(a === b)
    case 0x15:
      return truth(a === 0n)
    case 0x16:
      return a & b
    case 0x17:
      return a | b
    case 0x18:
      return a ^ b
    case 0x19:
      return a ^ MASK
    case 0x1a:
      return a >= 32n ? 0n : (b >> (248n - a * 8n)) & 0xffn
    case 0x1b:
      return a >= 256n ? 0n : (b << a) & MASK
    case 0x1c:
      return a >= 256n ? 0n : b >> a
    case 0x1d:
      return (signed(b) >> (a >= 256n ? 255n : a)) & MASK
    case 0x1e:
      return BigInt(256 - (a === 0n ? 0 : a.toString(2).length))
    default:
      return 0n
  }
}
