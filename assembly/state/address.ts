// An address inside the core: 160 bits as a little-endian number in 24 bytes (two u64, one u32, four zero bytes), the low
// part of a stack word. Big-endian only at the ABI and where it is hashed or encoded.

export const ADDRESS_SIZE: u32 = 24

/** Copies an address. */
@inline
export function copyAddress(out: usize, address: usize): void {
  store<u64>(out, load<u64>(address))
  store<u64>(out, load<u64>(address, 8), 8)
  store<u64>(out, load<u32>(address, 16), 16)
}

/** The word of an address, high bits cleared. */
@inline
export function addressToWord(out: usize, address: usize): void {
  copyAddress(out, address)
  store<u64>(out, 0, 24)
}

@inline
export function equalAddresses(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8) && load<u32>(a, 16) == load<u32>(b, 16)
}

@inline
export function hashAddress(address: usize): u32 {
  const mixed =
    (load<u64>(address) ^ (load<u64>(address, 8) * 0x9e3779b97f4a7c15) ^ load<u32>(address, 16)) * 0xd6e8feb86659fd93
  return <u32>(mixed >> 32)
}

/** The address `number` (precompiles, system accounts). */
@inline
export function setAddress(out: usize, number: u64): void {
  store<u64>(out, number)
  store<u64>(out, 0, 8)
  store<u64>(out, 0, 16)
}

/** The number of an address below 2^64, else u64.MAX. */
@inline
export function addressNumber(address: usize): u64 {
  return load<u64>(address, 8) | load<u32>(address, 16) ? u64.MAX_VALUE : load<u64>(address)
}

/** Address from its 20 big-endian bytes. */
export function loadAddressBytes(out: usize, bytes: usize): void {
  store<u64>(out, bswap<u64>(load<u64>(bytes, 12)))
  store<u64>(out, bswap<u64>(load<u64>(bytes, 4)), 8)
  store<u64>(out, bswap<u32>(load<u32>(bytes)), 16)
}

/** Writes the 20 big-endian bytes of an address. */
export function storeAddressBytes(bytes: usize, address: usize): void {
  const low = load<u64>(address)
  const middle = load<u64>(address, 8)
  store<u32>(bytes, bswap<u32>(load<u32>(address, 16)))
  store<u64>(bytes, bswap<u64>(middle), 4)
  store<u64>(bytes, bswap<u64>(low), 12)
}
