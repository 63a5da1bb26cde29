// The fork table against EthereumJS's mainnet configuration, names and aliases, default environments, header checks.
import { Mainnet } from '@ethereumjs/common'
import { describe, expect, it } from 'vitest'
import * as abi from '../../assembly/abi.ts'
import { allOk, checkOutcome, firstMismatch } from '../../src/chain/checks.ts'
import { createEnv } from '../../src/chain/env.ts'
import { FORKS, findFork, forkByName, LATEST_FORK, mainnetFork } from '../../src/chain/forks.ts'
import { InputError } from '../../src/errors.ts'
import type { Block, BlockOutcome, ExpectedHeader } from '../../src/types.ts'

describe('fork table', () => {
  it('begins every fork where EthereumJS does', () => {
    for (const { name, block, timestamp } of Mainnet.hardforks) {
      const fork = findFork(name)
      if (!fork || fork.aliases.some(alias => alias.toLowerCase() === name.toLowerCase())) continue
      expect([name, fork.block]).toEqual([name, timestamp === undefined ? BigInt(block ?? -1) : undefined])
      expect([name, fork.timestamp]).toEqual([name, timestamp === undefined ? undefined : BigInt(timestamp)])
    }
  })

  it('has a row for every rule set of the core, in order', () => {
    expect([...new Set(FORKS.map(fork => fork.rules))]).toEqual([...Array(abi.FORK_COUNT).keys()])
  })

  it.each([
    ['frontier', 'frontier'],
    ['Frontier', 'frontier'],
    ['spuriousDragon', 'spuriousDragon'],
    ['Spurious Dragon', 'spuriousDragon'],
    ['tangerine_whistle', 'tangerineWhistle'],
    ['EIP150', 'tangerineWhistle'],
    ['EIP158', 'spuriousDragon'],
    ['ConstantinopleFix', 'petersburg'],
    ['Constantinople', 'constantinople'],
    ['MuirGlacier', 'istanbul'],
    ['GrayGlacier', 'london'],
    ['Merge', 'paris'],
    ['Paris', 'paris'],
    ['BPO1', 'bpo1'],
    ['bpo2', 'bpo2'],
  ])('knows %s as %s', (name, canonical) => expect(forkByName(name).name).toBe(canonical))

  it.each(['', 'amsterdam', '__proto__', 'constructor', 'x'.repeat(1e6)])('does not know %.20s', name => {
    expect(findFork(name)).toBeUndefined()
    expect(() => forkByName(name, { file: 'f.json', field: 'hardfork' })).toThrow(InputError)
    expect(() => forkByName(name, { file: 'f.json', field: 'hardfork' })).toThrow(/^f.json: "hardfork" expected one of/)
  })

  it.each([
    [0n, 0n, 'frontier'],
    [1149999n, 0n, 'frontier'],
    [1150000n, 0n, 'homestead'],
    [2463000n, 0n, 'tangerineWhistle'],
    [2675000n, 0n, 'spuriousDragon'],
    [4369999n, 0n, 'spuriousDragon'],
    [7280000n, 0n, 'petersburg'],
    [12964999n, 0n, 'berlin'],
    [15537393n, 1663224162n, 'london'],
    [15537394n, 1663224179n, 'paris'],
    [17034870n, 1681338455n, 'shanghai'],
    [19426587n, 1710338135n, 'cancun'],
    [22431084n, 1746612311n, 'prague'],
    [23935694n, 1764798551n, 'osaka'],
    [24000000n, 1765290071n, 'bpo1'],
    [24200000n, 1767747671n, 'bpo2'],
  ])('block %s at %s is %s', (number, time, name) => expect(mainnetFork(number, time).name).toBe(name))

  it.each([
    ['cancun', { target: 3, max: 6, updateFraction: 3338477 }],
    ['prague', { target: 6, max: 9, updateFraction: 5007716 }],
    ['osaka', { target: 6, max: 9, updateFraction: 5007716 }],
    ['bpo1', { target: 10, max: 15, updateFraction: 8346193 }],
    ['bpo2', { target: 14, max: 21, updateFraction: 11684671 }],
    ['shanghai', undefined],
  ])('%s has its blob parameters', (name, blobs) => expect(forkByName(name).blobs).toEqual(blobs))

  it.each([
    ['spuriousDragon', 5n],
    ['byzantium', 3n],
    ['constantinople', 2n],
    ['london', 2n],
    ['paris', 0n],
  ])('%s pays %s ether', (name, ether) => expect(forkByName(name).reward).toBe(ether * 10n ** 18n))
})

describe('createEnv', () => {
  it('fills in what is not given', () => {
    const env = createEnv('bpo1', { number: 5n })
    expect([env.fork, env.number, env.blobMax, env.blobUpdateFraction]).toEqual(['bpo1', 5n, 15, 8346193])
    expect(createEnv('frontier').blobMax).toBe(0)
    expect(createEnv(LATEST_FORK).fork).toBe('bpo2')
  })
})

describe('header checks', () => {
  const root = (byte: string) => `0x${byte.repeat(32)}` as const
  const block = (fork: 'homestead' | 'cancun'): Block => ({
    env: createEnv(fork),
    transactions: [],
    uncles: [],
    unpaidUncles: 0,
  })
  const expected: ExpectedHeader = {
    gasUsed: 5n,
    logsBloom: '0x00',
    receiptsRoot: root('aa'),
    transactionsRoot: root('bb'),
    stateRoot: root('cc'),
    withdrawalsRoot: root('dd'),
    blobGasUsed: 131072n,
  }
  const outcome: BlockOutcome = {
    ...expected,
    blobGasUsed: 131072n,
    receipts: [],
    diff: [],
    ms: { prepare: 0, senders: 0, execute: 0, roots: 0, total: 0 },
  }

  it('agrees with an outcome that is the header', () => {
    const checks = checkOutcome(block('cancun'), expected, outcome)
    expect(Object.values(checks).every(check => check === true)).toBe(true)
    expect([allOk(checks), firstMismatch(checks, expected, outcome)]).toEqual([true, undefined])
  })

  it.each([
    ['gasUsed', { gasUsed: 6n }, '"gasUsed" expected 5 by the header, got 6'],
    ['logsBloom', { logsBloom: '0x01' }, '"logsBloom" differs from the header'],
    [
      'receiptsRoot',
      { receiptsRoot: root('ee') },
      `"receiptsRoot" expected ${root('aa')} by the header, got ${root('ee')}`,
    ],
    ['blobGasUsed', { blobGasUsed: 0n }, '"blobGasUsed" expected 131072 by the header, got 0'],
    ['withdrawalsRoot', { withdrawalsRoot: root('ee') }, undefined],
    ['transactionsRoot', { transactionsRoot: root('ee') }, undefined],
    ['stateRoot', { stateRoot: root('ee') }, undefined],
  ] as const)('sees another %s', (field, change, sentence) => {
    const wrong = { ...outcome, ...change }
    const checks = checkOutcome(block('cancun'), expected, wrong)
    expect(Object.entries(checks).filter(([, check]) => check === false)).toEqual([[field, false]])
    expect(allOk(checks)).toBe(false)
    if (sentence) expect(firstMismatch(checks, expected, wrong)).toBe(sentence)
  })

  it('knows receipts roots before Byzantium where receipts hold state roots, without which they have none', () => {
    const wrong = { ...outcome, receiptsRoot: root('ee') }
    const receipts = (fork: 'homestead' | 'cancun', got: BlockOutcome) =>
      checkOutcome(block(fork), expected, got).receiptsRoot
    expect([receipts('homestead', outcome), receipts('homestead', wrong)]).toEqual([true, false])
    const none = { ...outcome, receiptsRoot: root('00') }
    expect([receipts('homestead', none), receipts('cancun', none)]).toEqual(['unknown', false])
    const withUncle = { ...block('homestead'), unpaidUncles: 1 }
    expect(checkOutcome(withUncle, expected, outcome).receiptsRoot).toBe(true)
  })

  it('does not know the state root of a partial state, nor with uncles known by hash only', () => {
    const { stateRoot: _, ...partial } = outcome
    expect(checkOutcome(block('cancun'), expected, partial).stateRoot).toBe('unknown')
    const withUncle = { ...block('homestead'), unpaidUncles: 1 }
    expect(checkOutcome(withUncle, expected, outcome).stateRoot).toBe('unknown')
  })
})
