// The fuzzer in short: some seeded cases of every fork without a mismatch; and the fuzzer itself: the same seed makes the same case,
// an engine that is wrong is found out, and what it is wrong about is made small.

import { beforeAll, describe, expect, it } from 'vitest'
import { wasmBytes } from '../setup/weft.ts'
import { type CaseResult, differenceOf, type FuzzCase, kindOf } from './case.ts'
import { FORK_NAMES } from './ethereumjs.ts'
import { generateCase } from './generate.ts'
import { report } from './report.ts'
import { Arena } from './run.ts'
import { shrink } from './shrink.ts'
import { WeftRunner } from './weft.ts'

const SEED = 'npm test'
const CASES = 250
/** On a loaded machine fewer cases must do. */
const ENOUGH_MS = 15_000

let arena: Arena

beforeAll(async () => {
  arena = await Arena.create({ scalar: wasmBytes('scalar'), simd: wasmBytes('simd') })
})

describe('differential fuzzing against EthereumJS', () => {
  it('finds no mismatch in a short run', async () => {
    const start = performance.now()
    const mismatches: string[] = []
    let number = 0
    for (; number < CASES && performance.now() - start < ENOUGH_MS; number++) {
      const given = await arena.aimed(generateCase(SEED, number))
      const mismatch = await arena.mismatchOf(given)
      if (mismatch) mismatches.push(`${given.name} ${given.fork}: ${mismatch.between}: ${mismatch.difference}`)
    }
    expect(mismatches).toEqual([])
    expect(number).toBeGreaterThan(10)
  })

  it('makes the same case of the same seed and number, and others of others', () => {
    expect(generateCase(SEED, 7)).toEqual(generateCase(SEED, 7))
    expect(generateCase(SEED, 8)).not.toEqual({ ...generateCase(SEED, 7), name: `${SEED}/8` })
    expect(generateCase('other', 7)).not.toEqual({ ...generateCase(SEED, 7), name: 'other/7' })
  })

  it('draws every fork and type of transaction, creations and calls', () => {
    const cases = Array.from({ length: 400 }, (_, number) => generateCase(SEED, number))
    const transactions = cases.flatMap(given => given.transactions)
    expect(new Set(cases.map(given => given.fork))).toEqual(new Set(FORK_NAMES))
    expect(new Set(transactions.map(({ type }) => type))).toEqual(new Set([0, 1, 2, 3, 4]))
    expect(new Set(transactions.map(({ to }) => to === undefined))).toEqual(new Set([true, false]))
  })
})

/** A core that takes one gas too much of whoever stores something. */
class Greedy extends WeftRunner {
  override async run(given: FuzzCase, asked: boolean): Promise<CaseResult> {
    const result = await super.run(given, asked)
    const stores = JSON.stringify(given.accounts).includes('6001600055')
    return stores ? { ...result, endings: result.endings.map(end => ({ ...end, gasUsed: end.gasUsed + 1n })) } : result
  }
}

describe('the fuzzer itself', () => {
  const wrong = (): FuzzCase => {
    const given = generateCase(SEED, 3)
    const { env, transactions } = given
    const transaction = {
      ...transactions[0]!,
      type: 0,
      to: env.coinbase,
      gas: '0x30d40',
      value: '0x0',
      data: '0x11',
    } as const
    const contract = { nonce: '0x1', balance: '0x0', code: '0x5b5b60ff506001600055600254500000', storage: {} } as const
    const accounts = { ...given.accounts, [env.coinbase]: contract }
    return { ...given, fork: 'berlin', accounts, transactions: [transaction] }
  }

  it('finds an engine that is wrong, makes the case small and reports it', async () => {
    const greedy = new Arena([await Greedy.create('scalar', wasmBytes('scalar'))])
    const fails = async (given: FuzzCase): Promise<boolean> => (await greedy.mismatchOf(given)) !== undefined
    expect(await fails(wrong())).toBe(true)
    expect(await arena.mismatchOf(wrong())).toBeUndefined()
    const small = await shrink(wrong(), fails)
    const codes = Object.values(small.accounts).map(({ code }) => code)
    expect(codes.filter(code => code !== '0x')).toEqual(['0x6001600055'])
    expect(small.transactions[0]!.data).toBe('0x')
    const text = await report(greedy, small, 'file.json')
    expect(text).toMatch(/weft scalar supplied \| ethereumjs\n\s+transaction 0: gasUsed: \d+\n\s+\d+\n/)
  })

  it('tells differences by kind', () => {
    const ending = { status: 'success', reason: '', gasUsed: 1n, output: '0x', logs: ['a'], created: '' } as const
    const result = (changes: object): CaseResult => ({
      endings: [{ ...ending, logs: [...ending.logs], ...changes }],
      state: new Map([['0x01', 'nonce 1']]),
    })
    const kind = (changes: object): string => kindOf(differenceOf(result(changes), result({})) ?? 'none')
    expect(differenceOf(result({}), result({}))).toBeUndefined()
    expect(kind({ status: 'halt', reason: 'x' })).toBe('status halt | success')
    expect(kind({ gasUsed: 2n })).toBe('gasUsed')
    expect(kind({ output: '0x00' })).toBe('output')
    expect(kind({ logs: [] })).toBe('log')
    const other = { ...result({}), state: new Map([['0x02', 'nonce 1']]) } as CaseResult
    expect(kindOf(differenceOf(result({}), other)!)).toBe('state')
  })
})
