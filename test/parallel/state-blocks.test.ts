// Blocks made of all cases of one state test and fork, one after the other with following nonces: what the cases try on one
// transaction meets here what the ones before have left. A test with few cases has them repeated. A full run takes all
// tests but those with a case that takes more than a second (slow-cases.json, ENDLESS); the sample takes one in a few hundred, the
// same ones every time.
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import { forkByName } from '../../src/chain/forks.ts'
import { type FullAccount, MemorySource } from '../../src/index.ts'
import { readStateTestCase } from '../../src/statetest.ts'
import type { Address } from '../../src/types.ts'
import { describeWithData } from '../setup/data.ts'
import slow from '../spec/slow-cases.json' with { type: 'json' }
import { type NamedCase, readCases, stateTestFiles } from '../spec/state-cases.ts'
import { type Case, type Ending, expectSame, isFull, type Way } from './engines.ts'
import { type Signer, signAgain } from './sign.ts'
import { SYSTEM_CONTRACT_CODES, withSystemContracts } from './system.ts'

const WAYS: readonly Way[] = [
  { threads: 2, dispatch: 'dataflow' },
  { threads: 3, dispatch: 'batched' },
]
/** Transactions of a block at least and at most. */
const LEAST = 4
const MOST = 300
/** One in so many blocks of a file goes into the sample, and at least one. */
const SHARE = 150
/** Enough for everything but the tests that need an account with nearly all ether there is. */
const RICH = 1n << 120n
const U63 = (1n << 63n) - 1n
const PATIENCE = isFull ? 3_600_000 : 120_000

/** Billions of gas for SHA-256: one case takes over ten seconds, which slow-cases.json does not tell, and a block of them minutes. */
const ENDLESS = /static_Call50000_sha256/

/** All cases of a file by test and fork, those of one transaction that is to be refused left out. */
function groupsOf(folder: string, file: string): NamedCase[][] {
  const groups = new Map<string, NamedCase[]>()
  for (const each of readCases(folder, file)) {
    const name = each.id.slice(0, each.id.lastIndexOf(' '))
    const group = groups.get(name)
    if (group) group.push(each)
    else groups.set(name, [each])
  }
  return [...groups.values()].filter(group => !group.some(({ id }) => id in slow || ENDLESS.test(id)))
}

function sampleOf(groups: NamedCase[][]): NamedCase[][] {
  if (isFull) return groups
  const drawn = groups.map(group => [createHash('sha256').update(group[0]!.id).digest('hex'), group] as const)
  const sorted = drawn.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
  return sorted.slice(0, Math.ceil(groups.length / SHARE))
}

/** The block of the cases; undefined where none can be signed or all are to be refused. */
function blockOf(group: readonly NamedCase[]): Case | undefined {
  const test = group[0]!.test()
  const { pre, test: json } = test
  const inputs = group.slice(0, MOST).map(each => readStateTestCase(test, each))
  const accepted = inputs.filter(({ post }) => !post.has('expectException'))
  const transaction = json.fields('transaction')
  if (accepted.length === 0 || !transaction.has('secretKey')) return undefined
  const [address, nonce] = [transaction.address('sender'), transaction.u64('nonce')]
  const signer: Signer = { key: transaction.bytes('secretKey', 32, 'a key'), address }
  const again = Array.from({ length: Math.ceil(LEAST / accepted.length) }, () => accepted).flat()
  const transactions = again.map((input, i) => signAgain(input.transaction, nonce + BigInt(i), signer))
  const { env, rules } = accepted[0]!
  const gasLimit = env.gasLimit * BigInt(again.length)
  const rich = [...pre.accounts].map(([at, account]): [Address, FullAccount] => {
    const balance = at === address && account.balance < RICH ? RICH : account.balance
    return [at, { ...account, balance }]
  })
  const isPrague = rules.rules >= abi.PRAGUE
  const accounts = isPrague ? withSystemContracts(rich) : rich
  const codes = [...pre.codes, ...(isPrague ? SYSTEM_CONTRACT_CODES : [])]
  const number = env.number
  const blockHashes = Array.from({ length: 256 }, (_, i) => [number - BigInt(i + 1), env.parentHash] as const)
  // Before Byzantium receipts of a complete state hold its root, and transactions run one after the other.
  const complete = rules.rules >= abi.BYZANTIUM
  return {
    block: {
      env: { ...env, fork: forkByName(rules.name).name, gasLimit: gasLimit > U63 ? U63 : gasLimit, blobMax: 1000 },
      transactions,
      withdrawals: [],
      uncles: [],
      unpaidUncles: 0,
    },
    source: () => new MemorySource({ accounts, codes, blockHashes, complete }),
  }
}

describeWithData('state-tests', 'blocks of state tests', folder => {
  const count = { blocks: 0, transactions: 0, invalid: 0, large: 0 }

  it.each(stateTestFiles(folder))(
    '%s',
    async file => {
      for (const group of sampleOf(groupsOf(folder, file))) {
        const given = blockOf(group)
        if (!given) continue
        const ending: Ending = await expectSame(given, WAYS, group[0]!.id)
        count.blocks++
        count.transactions += given.block.transactions.length
        if ('invalid' in ending) count.invalid++
        if ('failed' in ending) count.large++
      }
    },
    PATIENCE,
  )

  it('are valid blocks for the most part', () => {
    const { blocks, transactions, invalid, large } = count
    const most = `${invalid} of them invalid, ${large} too large for the memory of a core`
    console.log(`blocks of state tests: ${blocks}, of ${transactions} transactions in all, ${most}`)
    expect(blocks).toBeGreaterThan(100)
    expect(large).toBeLessThan(blocks / 100)
    expect(invalid).toBeLessThan(blocks / 4)
  })
})
