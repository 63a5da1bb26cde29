// The fuzzer in short: some seeded cases of every fork without a mismatch; and the fuzzer itself: the same seed makes the same case,
// an engine that is wrong is found out, and what it is wrong about is made small.

import { beforeAll, describe, expect, it } from 'vitest'
import type { Hex } from '../../src/types.ts'
import { wasmBytes } from '../setup/weft.ts'
import { type CaseResult, differenceOf, type FuzzCase, kindOf } from './case.ts'
import { EthereumJsRunner, FORK_NAMES } from './ethereumjs.ts'
import { generateCase } from './generate.ts'
import { report } from './report.ts'
import { Arena } from './run.ts'
import { shrink } from './shrink.ts'
import { partingOf, type Trace } from './trace.ts'
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

/** An oracle that lives in another fork. */
class Outdated extends EthereumJsRunner {
  override run(given: FuzzCase, trace?: Trace): Promise<CaseResult> {
    return super.run({ ...given, fork: 'istanbul' }, trace)
  }
}

/** A core that takes one gas too much of whoever stores something. */
class Greedy extends WeftRunner {
  override async run(given: FuzzCase, asked: boolean, trace?: Trace): Promise<CaseResult> {
    const result = await super.run(given, asked, trace)
    const stores = JSON.stringify(given.accounts).includes('6001600055')
    return stores ? { ...result, endings: result.endings.map(end => ({ ...end, gasUsed: end.gasUsed + 1n })) } : result
  }
}

describe('the fuzzer itself', () => {
  const CONTRACT = `0x${'c0'.repeat(20)}` as const
  /** A case that calls a contract with this code. */
  const calling = (code: Hex): FuzzCase => {
    const { env, accounts, transactions, name } = generateCase(SEED, 3)
    const sender = `0x${'5e'.repeat(20)}` as const
    const transaction = { ...transactions[0]!, type: 0, sender, to: CONTRACT, nonce: '0x0' } as const
    const call = { ...transaction, gas: '0x30d40', value: '0x0', data: '0x11', fee: '0x0', tip: '0x0' } as const
    const contract = { nonce: '0x1', balance: '0x0', code, storage: {} } as const
    const all = { ...accounts, [CONTRACT]: contract }
    return { name, fork: 'berlin', env: { ...env, baseFee: '0x0' }, accounts: all, transactions: [call] }
  }
  const wrong = (): FuzzCase => calling('0x5b5b60ff506001600055600254500000')
  const codesOf = ({ accounts }: FuzzCase): Hex[] =>
    Object.values(accounts)
      .map(({ code }) => code)
      .filter(code => code !== '0x')

  it('finds an engine that is wrong, makes the case small and reports it', async () => {
    const greedy = new Arena([await Greedy.create('scalar', wasmBytes('scalar'))])
    const fails = async (given: FuzzCase): Promise<boolean> => (await greedy.mismatchOf(given)) !== undefined
    expect(await fails(wrong())).toBe(true)
    expect(await arena.mismatchOf(wrong())).toBeUndefined()
    const small = await shrink(wrong(), fails)
    expect(codesOf(small)).toEqual(['0x6001600055'])
    expect(small.transactions[0]!.data).toBe('0x')
    const text = await report(greedy, small, 'file.json')
    expect(text).toMatch(/weft scalar supplied \| ethereumjs\n\s+transaction 0: gasUsed: \d+\n\s+\d+\n/)
    expect(text).toMatch(/the traces agree in all of \d+ lines; the last of them:/)
  })

  it('prints the first line of the traces that differs, the three before it, and the case', async () => {
    const builds = [await WeftRunner.create('scalar', wasmBytes('scalar'))]
    const outdated = new Arena(builds, new Outdated())
    const fails = async (given: FuzzCase): Promise<boolean> => (await outdated.mismatchOf(given)) !== undefined
    // Two ADDs, and SLOAD, which costs 800 gas in Istanbul and 2,100 in Berlin.
    const given = calling('0x60016002016003016000545050')
    expect(await fails(given)).toBe(true)
    const text = await report(outdated, given, 'file.json')
    const at = text.indexOf('  the first line of the traces that differs')
    const lines = text.slice(at).split('\n').slice(1, 6)
    const gas = lines.map(line => Number(JSON.parse(line.slice(4)).gas))
    expect(lines.map(line => line.slice(0, 4))).toEqual(['    ', '    ', '    ', '  < ', '  > '])
    expect(lines.map(line => JSON.parse(line.slice(4)).opName)).toEqual(['ADD', 'PUSH1', 'SLOAD', 'POP', 'POP'])
    expect([gas[2]! - gas[3]!, gas[2]! - gas[4]!]).toEqual([2100, 800])
    // The reproduction is the case, and small.
    const small = await shrink(given, fails)
    const printed = (await report(outdated, small, 'file.json')).split('\n').at(-1)!
    expect(JSON.parse(printed)).toEqual(small)
    expect(codesOf(small)).toEqual([expect.stringMatching(/^0x60..54$/)])
  })

  it('knows how EthereumJS tells its steps otherwise, and nothing more', () => {
    const line = (pc: number, op: number, more: object = {}): string =>
      JSON.stringify({ pc, op, gas: '0x5', gasCost: '0x1', stack: [], depth: 1, refund: 0, ...more })
    const ours = [line(0, 1), line(1, 0x55, { refund: 4800 }), line(2, 0x37, { error: 'out of gas' }), line(3, 0)]
    const theirs = [line(0, 1, { gasCost: '0x7' }), line(1, 0x55)]
    expect(partingOf(ours, theirs)).toBeUndefined()
    expect(partingOf(ours, [...theirs, line(4, 1)])).toEqual({ before: ours.slice(0, 3), theirs: line(4, 1) })
    for (const change of [{ gas: '0x6' }, { stack: ['0x1'] }, { depth: 2 }, { pc: 1 }, { op: 2 }]) {
      const doctored = [line(0, 1, change), ...ours.slice(1)]
      expect(partingOf(doctored, theirs)).toEqual({ before: [], ours: doctored[0], theirs: theirs[0] })
    }
    // The refund counter, from the first step of a transaction on.
    expect(partingOf([line(0, 1, { refund: 9 }), line(1, 1, { refund: 9 })], [line(0, 1), line(1, 1)])).toBeUndefined()
    const late = line(1, 1, { refund: 9 })
    expect(partingOf([line(0, 1), late], [line(0, 1), line(1, 1)])).toMatchObject({ ours: late })
    expect(partingOf(ours.slice(0, 1), theirs)).toEqual({ before: ours.slice(0, 1), theirs: theirs[1] })
    expect(partingOf([line(0, 1), line(1, 1)], [line(0, 1)])).toEqual({ before: [line(0, 1)], ours: line(1, 1) })
  })

  it('traces of both engines agree', async () => {
    let compared = 0
    for (let number = 0; number < 40; number++) {
      const given = generateCase('traces', number)
      const { ours, theirs, isGone } = await arena.traces(given, { weft: arena.weft[1]!, asked: number % 2 === 0 })
      // docs/ORACLES.md: a traced REVERT of EthereumJS throws.
      if (theirs.some(line => line.includes('"rejected"')) && !isGone) continue
      expect(partingOf(ours, theirs), given.name).toBeUndefined()
      compared += ours.length
    }
    expect(compared).toBeGreaterThan(1000)
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
