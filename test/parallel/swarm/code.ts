// Contracts of the swarm: a few statements each, over three slots and a handful of addresses, so that whatever one transaction
// does another one asks about. Statements that a fork does not know are not drawn for it.
import { keccak_256 } from '@noble/hashes/sha3.js'
import type { Random } from '../../../bench/blocks/random.ts'
import * as abi from '../../../src/abi.ts'
import { hexBytes, hexOf } from '../../../src/input/hex.ts'
import type { Address } from '../../../src/types.ts'
import { assemble } from '../../core/machine.ts'

/** What code is made from. */
export interface Site {
  random: Random
  /** Rules of the fork. */
  rules: number
  /** Accounts that statements name. */
  addresses: readonly Address[]
}

const SLOTS = 3
const SALTS = 2

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]))
const pushAddress = (address: Address): Uint8Array => join(Uint8Array.of(0x73), hexBytes(address)!)
const slot = ({ random }: Site): number => random.below(SLOTS)
const someone = ({ random, addresses }: Site): Uint8Array => pushAddress(random.pick(addresses))

/** A statement that leaves a word on the stack. */
function word(site: Site): Uint8Array {
  const { random, rules } = site
  switch (random.below(rules >= abi.ISTANBUL ? 8 : rules >= abi.CONSTANTINOPLE ? 7 : 6)) {
    case 0:
    case 1:
      return assemble(slot(site), 'SLOAD', random.below(3), 'ADD')
    case 2:
      return assemble(someone(site), 'BALANCE')
    case 3:
      return assemble(someone(site), 'EXTCODESIZE')
    case 4:
      return assemble(random.below(3))
    case 5:
      return assemble(0, 'CALLDATALOAD')
    case 6:
      return assemble(someone(site), 'EXTCODEHASH')
    default:
      return assemble('SELFBALANCE')
  }
}

/** Initcode of at most 32 bytes: it deploys something small, destroys itself, or stores. */
export function initcode(site: Site): Uint8Array {
  const { random } = site
  const runtimes = [
    () => assemble(0, 'SLOAD', 1, 'ADD', 0, 'SSTORE'),
    () => assemble(someone(site), 'SELFDESTRUCT'),
    () => assemble('CALLER', 'SELFDESTRUCT'),
    () => assemble('CALLVALUE', 1, 'SSTORE', 1, 'SLOAD', 0, 'SSTORE'),
  ]
  switch (random.below(6)) {
    case 0:
      return assemble('CALLER', 'SELFDESTRUCT')
    case 1:
      return assemble(7, 0, 'SSTORE')
    case 2:
      return assemble(someone(site), 'BALANCE', 0, 'SLOAD', 'ADD', 0, 'SSTORE')
    default: {
      const runtime = random.pick(runtimes)()
      const push = join(Uint8Array.of(0x5f + runtime.length), runtime)
      return assemble(push, 0, 'MSTORE', runtime.length, 32 - runtime.length, 'RETURN')
    }
  }
}

/** Address of what `creator` makes by CREATE2. */
export function create2Address(creator: Address, salt: number, code: Uint8Array): Address {
  const word = hexBytes(`0x${salt.toString(16).padStart(64, '0')}`)!
  return hexOf(keccak_256(join(Uint8Array.of(0xff), hexBytes(creator)!, word, keccak_256(code))).subarray(12))
}

function create(site: Site, children: Uint8Array[]): Uint8Array {
  const { random, rules } = site
  const isSalted = rules >= abi.CONSTANTINOPLE && random.below(3) > 0
  const code = isSalted && random.below(3) ? random.pick(children) : initcode(site)
  const padded = new Uint8Array(32)
  padded.set(code)
  const memory = assemble(join(Uint8Array.of(0x7f), padded), 0, 'MSTORE')
  const value = random.below(4) ? 0 : 1
  const made = isSalted
    ? assemble(random.below(SALTS), code.length, 0, value, 'CREATE2')
    : assemble(code.length, 0, value, 'CREATE')
  return join(memory, made, random.below(2) ? assemble('POP') : assemble(slot(site), 'SSTORE'))
}

function call(site: Site): Uint8Array {
  const { random, rules } = site
  const gas = random.pick([0, 0, 3000, 30_000, 90_000])
  const input = assemble(random.below(3), 0, 'MSTORE')
  const value = random.pick([0, 0, 1, 3, 10 ** 9])
  const kinds: (() => Uint8Array)[] = [
    () => assemble(0, 0, 32, 0, value, someone(site), gas, 'CALL'),
    () => assemble(0, 0, 32, 0, value, someone(site), gas, 'CALL'),
    () => assemble(0, 0, 32, 0, value, someone(site), gas, 'CALLCODE'),
  ]
  if (rules >= abi.HOMESTEAD) kinds.push(() => assemble(0, 0, 32, 0, someone(site), gas, 'DELEGATECALL'))
  if (rules >= abi.BYZANTIUM) kinds.push(() => assemble(0, 0, 32, 0, someone(site), gas, 'STATICCALL'))
  return join(input, random.pick(kinds)(), random.below(2) ? assemble('POP') : assemble(slot(site), 'SSTORE'))
}

function statement(site: Site, children: Uint8Array[], depth = 0): Uint8Array {
  const { random, rules } = site
  switch (random.below(depth ? 10 : 13)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return join(word(site), assemble(slot(site), 'SSTORE'))
    case 4:
    case 5:
    case 6:
      return call(site)
    case 7:
      return create(site, children)
    case 8:
      return join(word(site), assemble(0, 'MSTORE', slot(site), 'SLOAD', 32, 0, 'LOG1'))
    case 9:
      return ending(site)
    default: {
      // Only where the word is not zero. PC is five bytes before the body.
      const body = statement(site, children, depth + 1)
      const test = join(word(site), assemble('ISZERO', 'PC'))
      return join(test, Uint8Array.of(0x60, body.length + 5), assemble('ADD', 'JUMPI'), body, assemble('JUMPDEST'))
    }
  }

  function ending(at: Site): Uint8Array {
    const kinds = [assemble(someone(at), 'SELFDESTRUCT'), assemble('STOP'), Uint8Array.of(0xfe)]
    if (rules >= abi.BYZANTIUM) kinds.push(assemble(0, 0, 'REVERT'), assemble(slot(at), 'SLOAD', 0, 0, 'REVERT'))
    return random.pick(kinds)
  }
}

/** Code of a contract, of up to six statements. `children` are what it makes by CREATE2, now and then. */
export function contractCode(site: Site, children: Uint8Array[]): Uint8Array {
  const count = 1 + site.random.below(6)
  return join(...Array.from({ length: count }, () => statement(site, children)))
}

/** Salts that contracts use. */
export const salts: readonly number[] = Array.from({ length: SALTS }, (_, i) => i)
