// Precompiled contracts of one's own and blocks that call them, for the tests that run these on threads and by schedules.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Address, Precompile } from '../../src/index.ts'
import { hexOf } from '../../src/input/hex.ts'
import { addressOf, assemble } from '../core/machine.ts'
import { block, contract, tx } from './cases.ts'
import type { Case } from './engines.ts'
import { SIGNERS, toCase } from './swarm/world.ts'

const HERE: Address = addressOf(0xca11)
const SLOW: Address = addressOf(0x5104)
/** Of the contract whose function throws. */
export const THROWS: Address = addressOf(0xdead)
const CALLS: Address = `0x${'c1'.repeat(20)}`
const COUNTS: Address = `0x${'c2'.repeat(20)}`
const NOBODY: Address = `0x${'d4'.repeat(20)}`

let seen: string[] = []

/** What the functions were called with and saw since this was asked last, in order. */
export function takeSeen(): string[] {
  const all = seen
  seen = []
  return all
}

/** Reads what others change, changes a slot that everybody shares and the caller's balance, and reverts now and then. */
export const shared: Precompile = {
  address: HERE,
  run({ self, caller, input, depth, gas }, state) {
    const count = state.storage(HERE, 0n)
    const other = state.storage(COUNTS, 0n)
    const { balance, nonce } = state.account(caller)!
    seen.push([self, caller, hexOf(input), depth, gas, count, other, balance, nonce].join())
    state.setStorage(HERE, 0n, count + 1n)
    state.setStorage(HERE, count + 1n, other + 1n)
    state.setBalance(caller, balance + 3n)
    state.log({ topics: [`0x${count.toString(16).padStart(64, '0')}`] })
    const output = new Uint8Array(32)
    output[31] = Number(count & 255n)
    return { gasUsed: 500n + count, output, ...(input[0]! % 5 === 4 && { status: 'revert' as const }) }
  },
}

/** The same, after a while. */
export const waits: Precompile = {
  address: SLOW,
  async run(call, state) {
    await sleep(1)
    return shared.run(call, state)
  },
}

/** Fails. */
export const throws: Precompile = {
  address: THROWS,
  run() {
    throw new RangeError('out of order')
  },
}

/** Calls HERE with its input, and adds what comes back to slot 0. */
const calling = assemble(
  ...['CALLDATASIZE', 0, 0, 'CALLDATACOPY', 32, 0, 'CALLDATASIZE', 0, 0, BigInt(HERE), 'GAS', 'CALL'],
  ...[0, 'MLOAD', 'ADD', 0, 'SLOAD', 'ADD', 0, 'SSTORE'],
)
const counting = assemble(0, 'SLOAD', 1, 'ADD', 0, 'SSTORE')

/**
 * Transactions that call these contracts, directly and through others, between such as change what they read and such as have nothing to do with
 * them. `slow`: the address of the one that waits is among them; `last`: one more, in the middle.
 */
export function ownContracts(count: number, { slow = true, last }: { slow?: boolean; last?: Address } = {}): Case {
  const accounts = { [CALLS]: contract(calling), [COUNTS]: contract(counting) }
  const to = [HERE, COUNTS, CALLS, NOBODY, slow ? SLOW : HERE, SIGNERS[0]!.address, COUNTS]
  const transactions = Array.from({ length: count }, (_, i) =>
    tx(i % SIGNERS.length, to[(i * 5) % to.length]!, { value: i % 3 === 0 ? '0x7' : '0x0', data: `0x0${(i % 9) + 1}` }),
  )
  if (last) transactions.splice(count >> 1, 0, tx(1, last))
  return toCase(block('osaka', accounts, transactions))
}
