// What stands at an address: a precompiled contract of the fork, one of the host's own, or neither.

import { CUSTOM_COUNT, CUSTOM_LIST, MAX_CUSTOM, env } from '../env.ts'
import { ADDRESS_SIZE, addressNumber, equalAddresses, loadAddressBytes } from '../state/address.ts'
import { P256_VERIFY, extraPrecompile, lastPrecompile } from './forks.ts'

/** Set in what precompileAt() says of a contract of the host's own; the rest is its index. */
export const IS_CUSTOM: u32 = 0x80000000

/** The number of the precompiled contract at an address (24 bytes), IS_CUSTOM and an index for one of the host's own, 0 for none. */
@inline
export function precompileAt(address: usize, fork: i32): u32 {
  const custom = customAt(address)
  if (custom) return custom
  const number = addressNumber(address)
  if (number > <u64>P256_VERIFY) return 0
  return isNumber(<i32>number, fork) ? <u32>number : 0
}

function isNumber(number: i32, fork: i32): bool {
  return (number >= 1 && number <= lastPrecompile(fork)) || (number != 0 && number == extraPrecompile(fork))
}

/** IS_CUSTOM and the index of the host's own contract at an address; 0 where there is none. */
@inline
export function customAt(address: usize): u32 {
  return load<u32>(env, CUSTOM_COUNT) ? findCustom(address) : 0
}

function findCustom(address: usize): u32 {
  const count = load<u32>(env, CUSTOM_COUNT)
  for (let i: u32 = 0; i < count; i++) if (equalAddresses(customAddress(i), address)) return IS_CUSTOM | i
  return 0
}

/** The address (24 bytes) of what precompileAt() has named. */
@inline
export function customAddress(custom: u32): usize {
  return env + CUSTOM_LIST + (custom & ~IS_CUSTOM) * ADDRESS_SIZE
}

/** The host's own contracts are from now on at these `count` addresses, 20 bytes each. False: they are too many. */
export function setCustom(addresses: usize, count: u32): bool {
  if (count > MAX_CUSTOM) return false
  for (let i: u32 = 0; i < count; i++) loadAddressBytes(customAddress(i), addresses + i * 20)
  store<u32>(env, count, CUSTOM_COUNT)
  return true
}
