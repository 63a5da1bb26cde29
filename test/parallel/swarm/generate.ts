// From a seed to a block of the swarm: six signers, a few contracts, a beneficiary that is often one of them, and 2 to 64
// transactions that meet everywhere. The same seed gives the same block on every machine.
import { Random } from '../../../bench/blocks/random.ts'
import * as abi from '../../../src/abi.ts'
import { FORKS } from '../../../src/chain/forks.ts'
import { hexOf } from '../../../src/input/hex.ts'
import type { Address, Hex } from '../../../src/types.ts'
import { contractCode, create2Address, initcode, type Site, salts } from './code.ts'
import { SIGNERS, type SwarmAccount, type SwarmBlock, type SwarmTransaction } from './world.ts'

const CONTRACTS = [1, 2, 3, 4].map((i): Address => `0x${'c0de'.repeat(9)}000${i}`)
const NOBODY: Address = `0x${'dead'.repeat(10)}`
const PRECOMPILES = [1, 2, 4].map((i): Address => `0x${i.toString(16).padStart(40, '0')}`)
const FORK_RULES = FORKS.map(({ name, rules }) => ({ name, rules }))

/** How large blocks are, and of which forks. */
export interface Habits {
  fewest: number
  most: number
  /** Names; all by default. */
  forks?: readonly string[]
}

/** The block of a seed. */
export function generateBlock(name: string, { fewest, most, forks }: Habits): SwarmBlock {
  const random = new Random(name)
  const { name: fork, rules } = random.pick(FORK_RULES.filter(each => forks?.includes(each.name) ?? true))
  const signers = SIGNERS.map(({ address }) => address)
  const coinbase = random.pick([signers[0]!, CONTRACTS[0]!, NOBODY, `0x${'c01b'.repeat(10)}` as Address, signers[5]!])
  const addresses = [...signers.slice(0, 4), ...CONTRACTS, ...CONTRACTS, coinbase, coinbase, NOBODY]
  if (random.chance(0.3)) addresses.push(...PRECOMPILES)
  const site: Site = { random, rules, addresses }
  const children = [initcode(site), initcode(site)]
  const targets = [...addresses]
  for (const creator of CONTRACTS.slice(0, 2)) {
    for (const salt of salts) for (const code of children) targets.push(create2Address(creator, salt, code))
  }
  const wide: Site = { ...site, addresses: [...addresses, ...random.shuffled(targets).slice(0, 6)] }
  const accounts = accountsOf(wide, children)
  // Most blocks are valid; some have one transaction that is not.
  const faulty = random.chance(0.12)
  const [low, high] = [fewest, Math.max(fewest, random.chance(0.6) ? Math.min(most, 12) : most)]
  const count = low + random.below(high - low + 1)
  const transactions = Array.from({ length: count }, () => transactionOf(wide))
  if (faulty) spoil(random, transactions)
  return {
    name,
    fork,
    coinbase,
    baseFee: random.pick([0, 7, 7, 1000]),
    gasLimit: random.chance(0.03) ? 400_000 : 100_000_000,
    accounts,
    transactions,
    withdrawals: random.chance(0.3) ? [{ address: random.pick(addresses), amount: random.below(3) }] : [],
    asked: random.chance(0.2),
  }
}

function spoil(random: Random, transactions: SwarmTransaction[]): void {
  const at = random.below(transactions.length)
  const faults: Partial<SwarmTransaction>[] = [
    { skip: 1 },
    { skip: -1 },
    { value: '0xffffffffffffffffffffffff' },
    { gas: 20_000 },
    { from: 5, value: '0x10000000000' },
  ]
  transactions[at] = { ...transactions[at]!, ...random.pick(faults) }
}

function accountsOf(site: Site, children: Uint8Array[]): Record<Address, SwarmAccount> {
  const { random, rules } = site
  const accounts: Record<Address, SwarmAccount> = {}
  const ether = 10n ** 18n
  for (const [i, { address }] of SIGNERS.entries()) {
    // The last has little: what it can pay for depends on who came before.
    const balance = i === 5 ? BigInt(random.below(3)) * 10n ** 8n : i === 4 ? 10n ** 10n : ether
    const isDelegated = rules >= abi.PRAGUE && random.chance(0.15)
    const code: Hex = isDelegated ? `0xef0100${random.pick(site.addresses).slice(2)}` : '0x'
    accounts[address] = {
      nonce: random.below(3) + (isDelegated ? 1 : 0),
      balance: `0x${balance.toString(16)}`,
      code,
      storage: [],
    }
  }
  for (const address of CONTRACTS) {
    const storage = [0, 1, 2].filter(() => random.chance(0.4)).map(key => [key, 1 + random.below(3)] as const)
    const balance: Hex = random.pick(['0x0', '0x1', '0xff', '0x3b9aca07'])
    accounts[address] = { nonce: 1, balance, code: hexOf(contractCode(site, children)), storage }
  }
  // Before Spurious Dragon there are empty accounts.
  if (rules < abi.SPURIOUS_DRAGON && random.chance(0.5)) {
    accounts[NOBODY] = { nonce: 0, balance: '0x0', code: '0x', storage: [] }
  }
  return accounts
}

function transactionOf(site: Site): SwarmTransaction {
  const { random, rules, addresses } = site
  const from = random.chance(0.03) ? 4 + random.below(2) : random.below(4)
  const type = typeOf(random, rules)
  const creates = type < 3 && random.chance(0.08)
  const to = random.chance(0.6) ? random.pick(CONTRACTS) : random.pick(addresses)
  const data = creates ? hexOf(initcode(site)) : random.chance(0.5) ? '0x' : wordOf(random.below(4))
  const authorizations = type === 4 ? Array.from({ length: 1 + random.below(2) }, () => authorizationOf(site)) : []
  const least = 21_000 + (creates ? 42_000 : 0) + 900 + authorizations.length * 25_000 + (type > 0 ? 9_000 : 0)
  // Sometimes the gas ends at an access.
  const more = random.chance(0.75) ? 400_000 : random.below(60_000)
  const isPlain = !creates && data === '0x' && type === 0 && random.chance(0.3)
  return {
    type,
    from,
    ...(!creates && { to }),
    value: random.pick(['0x0', '0x0', '0x1', '0x5', '0x3b9aca00']),
    gas: isPlain ? 21_000 : least + more,
    data,
    tip: random.pick([0, 0, 1, 5]),
    skip: 0,
    accessList:
      type > 0 && random.chance(0.5)
        ? [{ address: random.pick(addresses), storageKeys: random.chance(0.5) ? [wordOf(random.below(3))] : [] }]
        : [],
    authorizations,
    blobs: type === 3 ? 1 + random.below(2) : 0,
  }
}

const wordOf = (value: number): Hex => `0x${value.toString(16).padStart(64, '0')}`

function typeOf(random: Random, rules: number): number {
  const types = [0, 0, 0]
  if (rules >= abi.BERLIN) types.push(1)
  if (rules >= abi.LONDON) types.push(2, 2)
  if (rules >= abi.CANCUN && random.chance(0.1)) types.push(3)
  if (rules >= abi.PRAGUE) types.push(4, 4)
  return random.pick(types)
}

function authorizationOf({ random, addresses }: Site): SwarmTransaction['authorizations'][number] {
  const to = random.chance(0.2) ? (`0x${'0'.repeat(40)}` as Address) : random.pick(addresses)
  return { by: random.below(6), to, chainId: random.pick([0, 1, 1, 1, 2]), skip: random.chance(0.1) ? 1 : 0 }
}
