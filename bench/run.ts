// Measures the cases that a filter leaves and makes the report. Called by main.ts, after the build is up to date.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createProgress } from '../src/cli/progress.ts'
import { compileCore } from '../src/core/load.ts'
import { blockCases, sampleCase } from './cases/blocks.ts'
import type { CaseEntry, Group } from './cases/case.ts'
import { CLASSICS, messageCases } from './cases/messages.ts'
import { Harness, type Plan } from './harness.ts'
import { describeMachine } from './machine.ts'
import { type CaseResult, compareBlocks, compareClassics, type Report, summarize } from './report.ts'

/** What is asked for on the command line. */
export interface BenchOptions {
  /** Only cases with this in their name, or of this group. */
  filter?: string | undefined
  /** Few runs, and every ninth mainnet block. */
  quick: boolean
  /** Prints a line at once: what is skipped, and cases that fail. */
  say: (line: string) => void
}

const QUICK_BLOCK_STEP = 9

/** A block takes EthereumJS seconds, and its 54 have one interpreter to warm up between them. */
const PLANS: Record<'full' | 'quick', Record<'message' | 'block', Plan>> = {
  full: {
    message: {
      warmUp: { runs: 6, ms: 400 },
      rounds: { usual: 7, slow: 3 },
      runsPerRound: 5,
      theirWarmUp: { runs: 1, processMs: 1000 },
    },
    block: {
      warmUp: { runs: 4, ms: 100 },
      rounds: { usual: 3, slow: 3 },
      runsPerRound: 5,
      theirWarmUp: { runs: 0, processMs: 5000 },
    },
  },
  quick: {
    message: {
      warmUp: { runs: 3, ms: 100 },
      rounds: { usual: 1, slow: 1 },
      runsPerRound: 3,
      theirWarmUp: { runs: 0, processMs: 500 },
    },
    block: {
      warmUp: { runs: 3, ms: 50 },
      rounds: { usual: 1, slow: 1 },
      runsPerRound: 3,
      theirWarmUp: { runs: 0, processMs: 500 },
    },
  },
}

/** Runs the benchmark; undefined when the filter leaves no case. */
export async function runBench({ filter, quick, say }: BenchOptions): Promise<Report | undefined> {
  const machine = describeMachine()
  const started = performance.now()
  const all = await findCases(quick, say)
  const chosen = all.filter(({ name, group }) => name.includes(filter ?? '') || group === filter)
  if (chosen.length === 0) return undefined
  const cases = await measureAll(chosen, quick, say)
  const count = (group: Group): number => all.filter(entry => entry.group === group).length
  const classics = compareClassics(cases, CLASSICS.length)
  const blocks = compareBlocks(cases, count('block') * (quick ? QUICK_BLOCK_STEP : 1))
  return {
    machine,
    quick,
    ...(filter !== undefined && { filter }),
    seconds: (performance.now() - started) / 1e3,
    cases,
    ...(classics && { classics }),
    ...(blocks && { blocks }),
    summary: summarize(classics, blocks),
  }
}

async function findCases(quick: boolean, say: (line: string) => void): Promise<CaseEntry[]> {
  const data = process.env.WEFT_DATA ?? fileURLToPath(new URL('../data', import.meta.url))
  const wasm = readFileSync(new URL('../build/weft.simd.wasm', import.meta.url))
  const module = await compileCore(new Uint8Array(wasm))
  const [messages, blocks] = [join(data, 'evm-bench'), join(data, 'mainnet-blocks')]
  const found = (folder: string, cases: CaseEntry[] | undefined): CaseEntry[] => {
    if (!cases) say(`skipped: no folder ${folder} (WEFT_DATA names the folder with the data)`)
    return cases ?? []
  }
  return [
    ...found(messages, messageCases(messages, module)),
    sampleCase(module),
    ...found(blocks, blockCases(blocks, quick ? QUICK_BLOCK_STEP : 1, module)),
  ]
}

async function measureAll(
  entries: readonly CaseEntry[],
  quick: boolean,
  say: (line: string) => void,
): Promise<CaseResult[]> {
  const plans = PLANS[quick ? 'quick' : 'full']
  const harnesses = { message: new Harness(plans.message), block: new Harness(plans.block) }
  const progress = createProgress()
  const results: CaseResult[] = []
  for (const [i, { name, group, load }] of entries.entries()) {
    progress.show(`${i + 1} of ${entries.length}: ${name}`)
    try {
      const { gas, ...runners } = await load()
      const harness = harnesses[group === 'classic' || group === 'micro' ? 'message' : 'block']
      results.push({ name, group, gas, ...(await harness.measure({ gas, ...runners })) })
    } catch (error) {
      progress.clear()
      const text = error instanceof Error ? error.message : String(error)
      say(`${name}: ${text}`)
      results.push({ name, group, error: text })
    }
  }
  progress.clear()
  return results
}
