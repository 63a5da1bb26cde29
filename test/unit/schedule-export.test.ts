// What src/schedule writes for others: DOT, JSON, the Chrome trace of the workers, the tables of --explain. One golden file
// pins the DOT text (WEFT_GOLDEN=write writes it anew); everything else is parsed back.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTable } from '../../src/cli/table.ts'
import { type GraphJson, graphToDot, graphToJson } from '../../src/schedule/export.ts'
import { edgeAccuracy, graphOf, graphOfEdges } from '../../src/schedule/graph.ts'
import { levelsOf } from '../../src/schedule/levels.ts'
import { graphMetrics, metricsTables, type ParallelMetrics } from '../../src/schedule/metrics.ts'
import { simulate } from '../../src/schedule/simulate.ts'
import { timelineOf } from '../../src/schedule/timeline.ts'

const numbers = (...values: number[]): Uint32Array => Uint32Array.from(values)

/** Two swaps at one market, a transfer beside them, a chain of three counts. */
const block = graphOf(6, Float64Array.of(120_000, 21_000, 110_000, 43_000, 43_000, 26_000), [
  { name: '0xaa…: slot 0x8', readers: numbers(0, 2), writers: numbers(0, 2) },
  { name: '0xbb…: slot 0x0', readers: numbers(3, 4, 5), writers: numbers(3, 4, 5) },
  { name: '0xcc…: balance', readers: numbers(), writers: numbers(), deltas: numbers(0, 1, 2, 3, 4, 5) },
])

const graphs = fc.integer({ min: 1, max: 12 }).chain(count =>
  fc
    .record({
      gas: fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: count, maxLength: count }),
      pairs: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 30 }),
    })
    .map(({ gas, pairs }) =>
      graphOfEdges(
        count,
        Float64Array.from(gas),
        pairs.filter(([a, b]) => a < b),
      ),
    ),
)

describe('DOT', () => {
  it('is what the golden file says', () => {
    const file = fileURLToPath(new URL('golden/schedule.dot', import.meta.url))
    const text = graphToDot(block, { title: 'block "1"' })
    if (process.env.WEFT_GOLDEN === 'write') writeFileSync(file, text)
    expect(text).toBe(existsSync(file) ? readFileSync(file, 'utf8') : undefined)
  })

  it('has each transaction and each edge once', () => {
    fc.assert(
      fc.property(graphs, graph => {
        const lines = graphToDot(graph).split('\n')
        const nodes = lines.flatMap(line => /^ {4}(\d+) \[label="\1\\n/.exec(line)?.[1] ?? [])
        expect(nodes.map(Number).sort((a, b) => a - b)).toEqual([...Array(graph.count).keys()])
        expect(lines.filter(line => / -> /.test(line)).length).toBe(graph.successors.length)
        expect(lines.filter(line => line.includes('{')).length).toBe(lines.filter(line => line.includes('}')).length)
      }),
    )
  })
})

describe('JSON', () => {
  it('has the graph, its colours and its hottest objects', () => {
    const json = JSON.parse(graphToJson(block, { title: 'block 1', hottest: 1 })) as GraphJson
    expect(json).toEqual({
      title: 'block 1',
      gas: 363_000,
      colours: 3,
      components: 3,
      parallelism: 363 / 230,
      criticalPath: { gas: 230_000, transactions: [0, 2] },
      hottest: [{ name: '0xaa…: slot 0x8', transactions: 2, gas: 230_000, readers: 2, writers: 2, deltas: 0 }],
      transactions: [
        { index: 0, gas: 120_000, colour: 0, component: 0 },
        { index: 1, gas: 21_000, colour: 0, component: 1 },
        { index: 2, gas: 110_000, colour: 1, component: 0 },
        { index: 3, gas: 43_000, colour: 0, component: 2 },
        { index: 4, gas: 43_000, colour: 1, component: 2 },
        { index: 5, gas: 26_000, colour: 2, component: 2 },
      ],
      edges: [
        [0, 2],
        [3, 4],
        [4, 5],
      ],
    })
  })

  it('is parsed back to the same graph', () => {
    fc.assert(
      fc.property(graphs, graph => {
        const { edges, transactions } = JSON.parse(graphToJson(graph)) as GraphJson
        const gas = Float64Array.from(transactions, each => each.gas)
        expect(graphOfEdges(graph.count, gas, edges)).toEqual(graph)
        expect(transactions.map(({ colour }) => colour)).toEqual([...levelsOf(graph)])
      }),
    )
  })
})

describe('timeline', () => {
  it('has an event for each span, in order of time, on the thread of its worker', () => {
    const costs = { execution: Float64Array.of(12.5, 2, 11, 4, 4, 3), frontier: 0.25 }
    const none = graphOfEdges(6, block.gas, [])
    const { spans } = simulate(none, { workers: 2, costs, actual: block })
    const { traceEvents } = JSON.parse(timelineOf(spans, { gas: block.gas, title: 'block 1' }))
    const named = traceEvents.filter(({ ph }: { ph: string }) => ph === 'M')
    expect(named.map(({ args }: { args: { name: string } }) => args.name)).toEqual(['block 1', 'worker 0', 'worker 1'])
    const events = traceEvents.filter(({ ph }: { ph: string }) => ph === 'X')
    expect(events.length).toBe(spans.length)
    expect(events[0]).toEqual({
      ph: 'X',
      name: 'tx 0',
      cat: 'run',
      pid: 0,
      tid: 0,
      ts: 0,
      dur: 12.5,
      args: { run: 0, gas: 120_000 },
    })
    const reruns = events.filter(({ cat }: { cat: string }) => cat === 'rerun')
    expect(reruns.map(({ name, args }: { name: string; args: object }) => [name, args])).toContainEqual([
      'tx 2',
      { run: 1, gas: 110_000, reason: 'read before transaction 0 wrote' },
    ])
    for (let i = 1; i < events.length; i++) expect(events[i].ts).toBeGreaterThanOrEqual(events[i - 1].ts)
  })
})

describe('metrics', () => {
  const predicted = graphOfEdges(6, block.gas, [
    [0, 2],
    [0, 5],
    [3, 4],
  ])
  const metrics: ParallelMetrics = {
    workers: 2,
    dispatch: { asked: 'auto', chosen: 'dataflow', reason: 'parallelism 1.58 of 6 transactions' },
    transactions: 6,
    gas: 363_000,
    predicted: graphMetrics(predicted, 2),
    actual: graphMetrics(block, 2, true),
    edges: edgeAccuracy(predicted, block),
    prediction: [
      { source: 'static', predicted: 8, actual: 10, common: 6, conflictActual: 5, conflictCommon: 4 },
      { source: 'all', predicted: 0, actual: 10, common: 0, conflictActual: 5, conflictCommon: 0 },
    ],
    aborts: 2,
    reruns: 1,
    frontierReruns: 1,
    misses: 0,
    idle: 3,
    hashing: { hashes: 40, memoHits: 30, memoMisses: 10 },
    colours: 3,
    parallelism: 1.5,
    wastedGas: 69_000,
    ms: { predict: 0.1, graph: 0.05, execute: 1.5, roots: 0.25 },
    workerMs: [{ worker: 0, run: 1, rerun: 0.25, frontier: 0.25, wait: 0.5, transactions: 4 }],
    waits: [{ tx: 2, for: 0, object: '0xaa…: slot 0x8', microseconds: 12.34, kind: 'predicted' }],
    speedup: 1.2,
  }

  it('of a graph are what its parts say', () => {
    expect(graphMetrics(block, 2, true)).toEqual({
      edges: 3,
      levels: 3,
      colours: 3,
      components: 3,
      largestComponent: 3,
      criticalGas: 230_000,
      criticalTransactions: 2,
      parallelism: 363 / 230,
      bound: 363 / 230,
      hottest: [
        { name: '0xaa…: slot 0x8', transactions: 2, gas: 230_000, readers: 2, writers: 2, deltas: 0 },
        { name: '0xbb…: slot 0x0', transactions: 3, gas: 112_000, readers: 3, writers: 3, deltas: 0 },
      ],
      clique: { colours: 3, gas: 230_000, coloursAt: '0xbb…: slot 0x0', gasAt: '0xaa…: slot 0x8' },
    })
  })

  it('are printed as tables that the command line can align', () => {
    const text = metricsTables(metrics).map(({ columns, rows }) => formatTable(columns, rows).join('\n'))
    expect(text.length).toBe(6)
    expect(text[0]).toMatch(/^dispatch +dataflow \(auto\): parallelism 1\.58 of 6 transactions$/m)
    expect(text[0]).toMatch(/^wasted gas +69,000 \(19\.0 %\)$/m)
    expect(text[0]).toMatch(/^speed-up +1\.20, 76\.0 % of the bound$/m)
    expect(text[1]).toMatch(/^parallelism +1\.58 +1\.58$/m)
    expect(text[1]).toMatch(/^recall of edges +66\.7 %$/m)
    expect(text[2]).toMatch(/^static +8 +75\.0 % +60\.0 % +80\.0 %$/m)
    expect(text[2]).toMatch(/^all +0 +- +0\.0 % +0\.0 %$/m)
    expect(text[3]).toMatch(/^0xbb…: slot 0x0 +3 +112,000 +3 +3 +0$/m)
    expect(text[4]).toMatch(/^0 +4 +1\.000 +0\.250 +0\.250 +0\.500 +75\.0 %$/m)
    expect(text[5]).toMatch(/^tx 2 +tx 0 +12\.3 +predicted +0xaa…: slot 0x8$/m)
  })

  it('of a sequential run leave out what there was not', () => {
    const { predicted: _, actual: __, edges: ___, speedup: ____, ...rest } = metrics
    const asked = { asked: 'sequential', chosen: 'sequential', reason: 'asked for' } as const
    const tables = metricsTables({ ...rest, dispatch: asked, prediction: [], workerMs: [], waits: [] })
    expect(tables.length).toBe(1)
    expect(tables[0]!.rows[0]).toEqual(['dispatch', 'sequential: asked for'])
  })
})
