// The benchmark (bench/): the arithmetic of its report, that a wrong result cannot be reported, that its EthereumJS state
// undoes exactly what it should, and the command itself on one case.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { Account, createAddressFromString, hexToBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Harness, type Plan, type Runner, WrongResult } from '../../bench/harness.ts'
import { reportLines } from '../../bench/lines.ts'
import { describeMachine } from '../../bench/machine.ts'
import { type CaseResult, compareAll, compareGroup, type Report } from '../../bench/report.ts'
import { UndoLogState } from '../../bench/rivals/ethereumjs-state.ts'
import { type Figures, figuresOf, geometricMean, pooled, quantile, totalOf } from '../../bench/statistics.ts'
import { describeWithData } from '../setup/data.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Figures whose median, minimum and processor time are all different. */
function figures(medianMs: number, runs = 3): Figures {
  return { runs, medianMs, minMs: medianMs / 2, spread: 0.1, cpuMs: medianMs * 3, samples: [medianMs] }
}

function result(
  name: string,
  group: CaseResult['group'],
  ours: number,
  rivals: Record<string, number> = {},
): CaseResult {
  const theirs = Object.entries(rivals).map(([rival, ms]) => [rival, figures(ms)])
  return { name, group, gas: 1e6, ours: figures(ours), rivals: Object.fromEntries(theirs) }
}

describe('statistics', () => {
  it('takes quantiles of unsorted values', () => {
    expect(quantile([5, 1, 3], 0.5)).toBe(3)
    expect(quantile([10, 20, 1, 2], 0.5)).toBe(6)
    expect(quantile([4, 1, 2, 3, 5], 0.25)).toBe(2)
    expect(quantile([7], 0.75)).toBe(7)
    expect(() => quantile([], 0.5)).toThrow('at least one value')
  })

  it('takes geometric means', () => {
    expect(geometricMean([2, 8])).toBeCloseTo(4, 12)
    expect(geometricMean([10, 100, 1000])).toBeCloseTo(100, 10)
    expect(geometricMean([])).toBeUndefined()
  })

  it('sums runs up in figures', () => {
    const found = figuresOf([8, 2, 4, 6, 100], [3, 1, 2])
    expect(found).toEqual({ runs: 5, medianMs: 6, minMs: 2, spread: 4 / 6, cpuMs: 2, samples: [8, 2, 4, 6, 100] })
  })

  it('takes runs of several processes together', () => {
    const [first, second] = [figuresOf([8, 2, 4], [30, 20, 10]), figuresOf([1, 100, 3, 7], [5, 40, 5, 40])]
    expect(pooled([first, second])).toEqual(figuresOf([8, 2, 4, 1, 100, 3, 7], [20, 22.5]))
  })

  it('adds cases up by their medians', () => {
    const total = totalOf([figures(10, 3), figures(30, 5)])
    expect(total).toEqual({ runs: 3, medianMs: 40, minMs: 20, spread: 0.1, cpuMs: 120, samples: [] })
  })
})

describe('report', () => {
  const cases = [
    result('a', 'classic', 1, { ethereumjs: 20, anvil: 2 }),
    result('b', 'classic', 10, { ethereumjs: 800 }),
    result('micro.c', 'micro', 5),
    result('block.1', 'block', 1, { ethereumjs: 100 }),
    result('block.2', 'block', 9, { ethereumjs: 100 }),
    result('block.sample', 'sample', 1, { ethereumjs: 1000 }),
    { name: 'd', group: 'classic', error: 'ethereumjs: gas expected 1, got 2' } satisfies CaseResult,
  ]
  const compared = compareAll(cases, group => (group === 'block' ? 54 : 5))

  it('compares classics by their geometric mean and blocks by their total time', () => {
    const { classicsVsEthereumJS, classicsVsAnvil, blocksVsEthereumJS, microsVsAnvil } = compared.comparisons
    expect(classicsVsEthereumJS).toMatchObject({ cases: 2, of: 5, worst: 1 / 20 })
    expect(classicsVsEthereumJS!.ofMedians).toBeCloseTo(1 / 40, 12)
    expect(classicsVsAnvil).toMatchObject({ cases: 1, ofMedians: 0.5, ofFastest: 0.5, ofCpu: 0.5 })
    expect(blocksVsEthereumJS).toMatchObject({ cases: 2, of: 54, ofMedians: 1 / 20, worst: 9 / 100 })
    expect(microsVsAnvil).toBeUndefined()
    expect(compareGroup([], { group: 'block', rival: 'ethereumjs', by: 'total' }, 54)).toBeUndefined()
  })

  it('summarizes our time as a part of theirs, and says what was not measured', () => {
    expect(compared.summary).toEqual({
      classicsVsAnvil: 0.5,
      microsVsAnvil: null,
      classicsVsEthereumJS: expect.closeTo(1 / 40, 12),
      blocksVsEthereumJS: 1 / 20,
      parallel2VsSequential: null,
    })
  })

  it('shows figures, ratios, missing rivals and the machine, and no row for a case that failed', () => {
    const report: Report = {
      machine: { ...describeMachine(), cpu: 'Test CPU', commit: 'abc1234' },
      quick: false,
      seconds: 12,
      cases,
      rivals: { ethereumjs: { version: '10.1.3' }, anvil: { missing: 'not installed' } },
      ...compared,
    }
    const text = reportLines(report).join('\n')
    expect(text).toMatch(/^a +1000 +1\.000 +0\.500 +10 % +3 +20\.00 +0\.050 +2\.000 +0\.50$/m)
    expect(text).toMatch(/^micro\.c +200 +5\.000 +2\.500 +10 % +3 +- +- +- +-$/m)
    expect(text).toMatch(/^2 mainnet blocks +200 +10\.00 +5\.000 +10 % +3 +200\.0 +0\.050$/m)
    expect(text).not.toMatch(/^d /m)
    expect(text).toContain('classics against EthereumJS, geometric mean: 0.025 of their time (2 of 5;')
    expect(text).toContain('mainnet blocks against EthereumJS, total time: 0.050 of their time (2 of 54;')
    expect(text).toContain('missing rival anvil: not installed')
    expect(text).toContain('Test CPU')
    expect(text).toContain('abc1234')
  })
})

describe('harness', () => {
  const plan: Plan = {
    warmUp: { runs: 2, ms: 0 },
    rounds: { usual: 2, slow: 1 },
    runsPerRound: 2,
    theirWarmUp: { runs: 1, processMs: 0 },
  }

  function logged(log: string[], name: string, run: () => unknown = () => undefined): Runner {
    return {
      prepare: () => void log.push(`prepare ${name}`),
      run: () => {
        log.push(name)
        return run()
      },
      verify: () => void log.push(`verify ${name}`),
    }
  }

  it('warms up, then alternates; every run has fresh state and is verified', async () => {
    const log: string[] = []
    const measured = await new Harness(plan).measure({
      gas: 1,
      ours: logged(log, 'a'),
      rivals: { b: logged(log, 'b') },
    })
    const one = (name: string) => [`prepare ${name}`, name, `verify ${name}`]
    const round = [...one('a'), ...one('a'), ...one('b'), ...one('b')]
    expect(log).toEqual([...one('a'), ...one('a'), ...one('b'), ...round, ...round])
    expect(measured.ours.runs).toBe(4)
    expect(measured.rivals?.b?.runs).toBe(4)
  })

  it('alternates run by run where the plan says so, and the engine that is first changes', async () => {
    const log: string[] = []
    const runners = { ours: logged(log, 'a'), rivals: { b: logged(log, 'b') } }
    const measured = await new Harness({ ...plan, inTurns: true }).measure({ gas: 1, ...runners })
    expect(log.filter(line => line.length === 1).join('')).toBe('aab' + 'abba' + 'abba')
    expect([measured.ours.runs, measured.rivals?.b?.runs]).toEqual([4, 4])
  })

  it('collects garbage before each run that is not short, and before each round of those that are', async () => {
    const collections = async (ms: number): Promise<number> => {
      const slow = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
      const runners = { ours: logged([], 'a', slow), rivals: { b: logged([], 'b', slow) } }
      let count = 0
      const observer = new PerformanceObserver(list => {
        count += list.getEntries().length
      })
      observer.observe({ entryTypes: ['gc'] })
      await new Harness({ ...plan, inTurns: true }).measure({ gas: 1, ...runners })
      await setTimeout(20)
      observer.disconnect()
      return count
    }
    const [short, long] = [await collections(1), await collections(30)]
    expect(short).toBeGreaterThanOrEqual(1 + 2 * 2)
    expect(long).toBeGreaterThanOrEqual(1 + 2 * 2 * 2)
    expect(short).toBeLessThan(long)
  })

  it('has as many short runs in a round as fit, of each engine, and eight times as many at most', async () => {
    const quick = async (roundMs: number) => {
      const runners = { ours: logged([], 'a'), rivals: { b: logged([], 'b') } }
      const { ours, rivals } = await new Harness({ ...plan, roundMs }).measure({ gas: 1, ...runners })
      return [ours.runs, rivals?.b?.runs]
    }
    expect(await quick(0)).toEqual([4, 4])
    expect(await quick(1e6)).toEqual([32, 32])
  })

  it('takes the time that a run names instead of its own', async () => {
    const ours = logged([], 'a', () => 1234)
    const { ours: found } = await new Harness(plan).measure({ gas: 1, ours })
    expect(found.medianMs).toBe(1234)
    expect(found.cpuMs).toBeLessThan(1234)
  })

  it('reports no time for a result that is wrong once', async () => {
    let runs = 0
    const ours: Runner = {
      prepare: () => {},
      run: () => {
        runs++
      },
      verify: () => {
        if (runs === 5) throw new WrongResult('weft: gas expected 1, got 2')
      },
    }
    await expect(new Harness(plan).measure({ gas: 1, ours })).rejects.toThrow('gas expected 1, got 2')
    expect(runs).toBe(5)
  })
})

describe('EthereumJS state with an undo log', () => {
  const addresses = [
    '0x00000000000000000000000000000000000000a1',
    '0x00000000000000000000000000000000000000b2',
  ] as const
  const key = hexToBytes(`0x${'01'.padStart(64, '0')}`)
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom('checkpoint', 'commit', 'revert', 'clear') }),
    fc.record({ kind: fc.constantFrom('balance', 'slot'), who: fc.nat(1), value: fc.integer({ min: 1, max: 255 }) }),
  )

  it('reads as SimpleStateManager does after any changes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        const states = [new UndoLogState(), new SimpleStateManager()]
        let depth = 0
        for (const each of steps) {
          if ((each.kind === 'commit' || each.kind === 'revert') && depth === 0) continue
          depth += each.kind === 'checkpoint' ? 1 : each.kind === 'commit' || each.kind === 'revert' ? -1 : 0
          for (const state of states) await apply(state, each)
        }
        const [ours, simple] = await Promise.all(states.map(read))
        expect(ours).toEqual(simple)
      }),
      { numRuns: 200 },
    )
  })

  type Step = { kind: string; who?: number; value?: number }

  async function apply(state: UndoLogState | SimpleStateManager, { kind, who = 0, value = 0 }: Step): Promise<void> {
    const address = createAddressFromString(addresses[who]!)
    if (kind === 'checkpoint') await state.checkpoint()
    else if (kind === 'commit') await state.commit()
    else if (kind === 'revert') await state.revert()
    else if (kind === 'clear') await state.clearStorage(address)
    else if (kind === 'slot') await state.putStorage(address, key, new Uint8Array([value]))
    else await state.putAccount(address, new Account(0n, BigInt(value)))
  }

  async function read(state: UndoLogState | SimpleStateManager): Promise<unknown[]> {
    const found: unknown[] = []
    for (const name of addresses) {
      const address = createAddressFromString(name)
      found.push((await state.getAccount(address))?.balance, [...(await state.getStorage(address, key))])
    }
    return found
  }
})

describeWithData('evm-bench', 'npm run bench', () => {
  it('measures a case, verified, and writes its figures', { timeout: 240_000 }, () => {
    const { report, stdout } = measured('micro.loop')
    expect(stdout).toMatch(/^micro\.loop +\d+ /m)
    expect(report.cases.map(({ name, gas, error }) => ({ name, gas, error }))).toEqual([
      { name: 'micro.loop', gas: 26_000_003, error: undefined },
    ])
    expect(report.cases[0]!.ours!.medianMs).toBeGreaterThan(0)
    expect(report.machine.node).toBe(process.versions.node)
    expect(report.machine.adapter).toBeUndefined()
    expect(report.summary).toMatchObject({ classicsVsEthereumJS: null, blocksVsEthereumJS: null })
  })

  it('measures blocks in parallel, in a process of their own', { timeout: 240_000 }, () => {
    const { cases } = measured('parallel.ether-distinct.1000.auto2').report
    expect(cases.map(({ name, gas, error }) => ({ name, gas, error }))).toEqual([
      { name: 'parallel.ether-distinct.1000.auto2', gas: 21_000_000, error: undefined },
    ])
    expect([cases[0]!.ours!.runs, cases[0]!.rivals!.sequential!.runs]).toEqual([5, 5])
  })

  it('refuses a filter that no case has in its name', { timeout: 240_000 }, () => {
    const run = bench('--filter', 'no such case')
    expect(run.status, run.stderr).toBe(2)
    expect(run.stderr).toContain('"--filter" expected a group or a part of a case\'s name, got "no such case"')
  })

  /** What a quick run prints, and the report that it writes. */
  function measured(filter: string): { report: Report; stdout: string } {
    const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'))
    try {
      const json = join(folder, 'report.json')
      const { status, stdout, stderr } = bench('--quick', '--filter', filter, '--json', json)
      expect(status, stderr).toBe(0)
      return { report: JSON.parse(readFileSync(json, 'utf8')) as Report, stdout }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  function bench(...args: string[]) {
    const command = ['--import', 'tsx', join(root, 'bench/main.ts'), ...args]
    return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' })
  }
})
