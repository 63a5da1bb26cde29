// What a block's outcome tells of how it ran, where that is asked for.
import { afterAll, describe, expect, it } from 'vitest'
import { recipeBlock } from '../../bench/blocks/recipes.ts'
import * as abi from '../../src/abi.ts'
import { type ReplayOptions, type ReplayOutcome, replayBlock } from '../../src/block.ts'
import { createEngine, MemorySource } from '../../src/index.ts'
import { wasmBytes } from '../setup/weft.ts'

const COUNT = 60
const { block, state } = recipeBlock('swaps-few-pairs', COUNT)
const engine = await createEngine({ threads: 2, threadsWasm: wasmBytes('threads') })
afterAll(() => engine.close())

const run = (options: Omit<ReplayOptions, 'source'>): Promise<ReplayOutcome> =>
  replayBlock(engine, block, { source: new MemorySource(state), ...options })

describe.each(['dataflow', 'batched'] as const)('of a block by %s', dispatch => {
  it('there is nothing recorded unless it is asked for', async () => {
    const { report, spans } = await run({ dispatch })
    expect([report, spans]).toEqual([undefined, undefined])
  })

  it('spans tell what the threads did when, and nothing else is recorded', async () => {
    const { report, spans, parallel } = await run({ dispatch, spans: true })
    expect(report).toBeUndefined()
    expect(parallel!.prediction).toEqual([])
    const committed = new Set<number>()
    const atFrontier = spans!.filter(({ kind, reason }) => kind === 'frontier' || reason === 'at the frontier')
    for (const { tx } of atFrontier) committed.add(tx)
    expect(committed.size).toBe(atFrontier.length)
    const ran = new Set(spans!.flatMap(({ tx, kind }) => (kind === 'run' ? [tx] : [])))
    expect(ran.size).toBe(COUNT)
    for (const { start, end } of spans!) expect(end).toBeGreaterThanOrEqual(start)
    expect(parallel!.workerMs.reduce((sum, { transactions }) => sum + transactions, 0)).toBeGreaterThanOrEqual(COUNT)
  })

  it('a report has the spans, and what transactions accessed', async () => {
    const { report, spans, parallel } = await run({ dispatch, report: true, spans: true })
    expect(spans).toBeUndefined()
    expect(report!.spans.length).toBeGreaterThan(0)
    expect(new Set(report!.accesses.map(({ tx }) => tx)).size).toBe(COUNT)
    expect(parallel!.prediction.find(({ source }) => source === 'all')!.actual).toBeGreaterThan(COUNT)
  })
})

it('a block that ran sequentially has no spans', async () => {
  const { spans, parallel } = await run({ dispatch: 'sequential', spans: true })
  expect([spans, parallel!.dispatch.chosen]).toEqual([undefined, 'sequential'])
})

it('the core refuses to record what it does not know', async () => {
  await engine.alone(core => {
    expect(() => core.setOption(abi.OPTION_REPORT, abi.REPORT_SPANS + 1)).toThrow()
  })
  expect((await run({ dispatch: 'dataflow' })).receipts).toHaveLength(COUNT)
})
