// Measures cases one after the other, each group by its plan. Called by run.ts, and by apart-process.ts in a process of its own.

import type { Progress } from '../src/cli/progress.ts'
import type { CaseEntry, Group } from './cases/case.ts'
import { type Case, Harness, Missing, type Plan } from './harness.ts'
import type { CaseResult } from './report.ts'

/**
 * A block takes EthereumJS seconds, and its 54 have one interpreter to warm up between them. What runs in parallel does so in several
 * processes (apart.ts), in each of which it has one round.
 */
const PLANS: Record<'full' | 'quick', Record<'message' | 'block' | 'parallel', Plan>> = {
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
    parallel: {
      warmUp: { runs: 4, ms: 200 },
      rounds: { usual: 1, slow: 1 },
      runsPerRound: 7,
      roundMs: 280,
      inTurns: true,
      theirWarmUp: { runs: 3, processMs: 1000 },
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
    parallel: {
      warmUp: { runs: 3, ms: 50 },
      rounds: { usual: 5, slow: 3 },
      runsPerRound: 1,
      theirWarmUp: { runs: 2, processMs: 200 },
    },
  },
}

/** Measures. `say` is told of cases that fail. */
export async function measureAll(
  entries: readonly CaseEntry[],
  quick: boolean,
  { show }: Pick<Progress, 'show'>,
  say: (line: string) => void,
): Promise<CaseResult[]> {
  const harnesses = harnessesOf(PLANS[quick ? 'quick' : 'full'])
  const results: CaseResult[] = []
  for (const [i, { name, group, load }] of entries.entries()) {
    show(`${i + 1} of ${entries.length}: ${name}`)
    let loaded: Case | undefined
    try {
      loaded = await load()
      const measured = await harnesses[group].measure(loaded)
      const note = loaded.note?.()
      const { gas, items } = loaded
      results.push({ name, group, gas, ...(items !== undefined && { items }), ...measured, ...(note && { note }) })
    } catch (error) {
      results.push(failed(name, group, error, say))
    } finally {
      loaded?.close?.()
    }
  }
  return results
}

/** A case without figures: what it needs is missing, or it failed. Says so. */
export function failed(name: string, group: Group, error: unknown, say: (line: string) => void): CaseResult {
  const kind = error instanceof Missing ? 'missing' : 'error'
  const text = error instanceof Error ? error.message : String(error)
  const result: CaseResult = { name, group, [kind]: text }
  sayFailure(result, say)
  return result
}

/** Says why a case has no figures. */
export function sayFailure({ name, missing, error }: CaseResult, say: (line: string) => void): void {
  say(missing === undefined ? `error: ${name}: ${error}` : `missing: ${name}: ${missing}`)
}

/** One harness per kind of case: each remembers how long its rival has been running. */
function harnessesOf(plans: Record<'message' | 'block' | 'parallel', Plan>): Record<Group, Harness> {
  const [message, block, parallel] = [new Harness(plans.message), new Harness(plans.block), new Harness(plans.parallel)]
  return {
    classic: message,
    'classic-memo': message,
    micro: message,
    hash: message,
    gpu: message,
    part: message,
    startup: message,
    block,
    sample: block,
    root: block,
    parallel,
    'parallel-block': parallel,
  }
}
