// Small blocks in which everybody meets everybody (swarm/generate.ts), run in parallel and sequentially. `npm test` runs the same few
// hundred every time, the full run more. For a long run, with other blocks every time unless a seed is given:
//   WEFT_SWARM_MINUTES=10 [WEFT_SWARM_SEED=text] npm test -- test/parallel/swarm
// A failure prints the name of the block, which is its seed, and the block made small; WEFT_SWARM_BLOCK=name runs one again.
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FORKS } from '../../src/chain/forks.ts'
import { differences, type Ending, isFull, parallelEnding, sequentialEnding, type Way } from './engines.ts'
import { generateBlock, type Habits } from './swarm/generate.ts'
import { shrink } from './swarm/shrink.ts'
import { type SwarmBlock, toCase } from './swarm/world.ts'

const WAYS: readonly Way[] = [
  { threads: 2, dispatch: 'dataflow' },
  { threads: 3, dispatch: 'batched' },
  { threads: 8, dispatch: 'dataflow' },
]
const HABITS: Habits = { fewest: 2, most: 64 }
const MINUTES = Number(process.env.WEFT_SWARM_MINUTES ?? 0)
const SEED = process.env.WEFT_SWARM_SEED ?? (MINUTES ? `at ${Date.now()}` : 'weft')
const BLOCKS = MINUTES ? Number.POSITIVE_INFINITY : isFull ? 10_000 : 400
/** Runs of a block while it is made small: a race does not show every time. */
const TRIES = 20

interface Failure {
  way: Way
  expected: Ending
  got: Ending | string
}

/** The first way in which the block comes to something else. */
async function failureOf(given: SwarmBlock, ways: readonly Way[], tries = 1): Promise<Failure | undefined> {
  const made = toCase(given)
  const expected = await sequentialEnding(made)
  for (let i = 0; i < tries; i++) {
    for (const way of ways) {
      const got = await parallelEnding(made, way).catch((error: unknown) => String(error))
      if (!isDeepStrictEqual(got, expected)) return { way, expected, got }
    }
  }
  return undefined
}

/** Makes the block small and tells everything that is needed to look into it. */
async function report(given: SwarmBlock, first: Failure): Promise<string> {
  const { way } = first
  const small = await shrink(given, async smaller => {
    const failure = await failureOf(smaller, [way], TRIES).catch(() => undefined)
    return failure !== undefined
  })
  const again = await failureOf(small, [way], TRIES * 10)
  return [
    `block "${given.name}": ${way.threads} threads, ${way.dispatch}`,
    ...differences(first.expected, first.got),
    again ? 'made small:' : 'did not fail again:',
    JSON.stringify(small),
    ...(again ? differences(again.expected, again.got) : []),
  ].join('\n')
}

describe('swarm', () => {
  it(
    'of small blocks comes to the same in parallel',
    async () => {
      const only = process.env.WEFT_SWARM_BLOCK
      const counts = { blocks: 0, transactions: 0, invalid: 0, asked: 0, forks: new Set<string>(), statuses: new Map() }
      const end = performance.now() + MINUTES * 60_000
      for (let i = 0; i < (only === undefined ? BLOCKS : 1) && (!MINUTES || performance.now() < end); i++) {
        const given = generateBlock(only ?? `${SEED}/${i}`, HABITS)
        const failure = await failureOf(given, WAYS, only === undefined ? 1 : TRIES)
        if (failure) expect.fail(await report(given, failure))
        const ending = await sequentialEnding(toCase(given))
        counts.blocks++
        counts.transactions += given.transactions.length
        counts.forks.add(given.fork)
        if (given.asked) counts.asked++
        if ('invalid' in ending) counts.invalid++
        if ('outcome' in ending)
          for (const { status } of ending.outcome.receipts as { status: string }[]) {
            counts.statuses.set(status, (counts.statuses.get(status) ?? 0) + 1)
          }
      }
      const { blocks, transactions, invalid, forks, statuses } = counts
      const kinds = [...statuses].map(([status, count]) => `${count} ${status}`).join(', ')
      console.log(`swarm ${SEED}: ${blocks} blocks, ${transactions} transactions (${kinds}), ${invalid} blocks invalid`)
      if (only !== undefined) return
      expect(forks.size).toBe(FORKS.length)
      expect(invalid).toBeLessThan(blocks * 0.4)
      for (const status of ['success', 'revert', 'halt']) {
        expect(statuses.get(status), status).toBeGreaterThan(transactions / 100)
      }
    },
    MINUTES ? (MINUTES + 20) * 60_000 : 3_600_000,
  )

  it('is the same from the same seed', () => {
    expect(generateBlock('weft/7', HABITS)).toEqual(generateBlock('weft/7', HABITS))
    expect(generateBlock('weft/8', HABITS)).not.toEqual({ ...generateBlock('weft/7', HABITS), name: 'weft/8' })
  })
})
