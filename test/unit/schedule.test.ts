// The conflict graph (src/schedule): levels, critical path, components, bounds, colourings and simulated schedules, held
// against naive models on random graphs. Everything here is a pure function, so a failure prints a small graph.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { colouringOf, dsaturColours, greedyColours, welshPowellColours } from '../../src/schedule/colouring.ts'
import {
  type ConflictGraph,
  type ConflictObject,
  checkGraph,
  edgeAccuracy,
  graphOf,
  graphOfEdges,
  predecessorsOf,
} from '../../src/schedule/graph.ts'
import {
  batchesOf,
  bottomLevelsOf,
  boundsOf,
  cliqueBoundsOf,
  componentsOf,
  countOf,
  criticalPathOf,
  hottestObjects,
  levelsOf,
} from '../../src/schedule/levels.ts'
import { simulate } from '../../src/schedule/simulate.ts'

const numbers = (...values: number[]): Uint32Array => Uint32Array.from(values)

/** A block of up to 14 transactions on up to 5 objects. */
const blocks = fc.integer({ min: 1, max: 14 }).chain(count => {
  const indices = fc.uniqueArray(fc.nat(count - 1), { maxLength: count }).map(list => numbers(...list).sort())
  const object = fc.record({ readers: indices, writers: indices, deltas: indices })
  return fc
    .record({
      gas: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: count, maxLength: count }),
      objects: fc.array(object, { maxLength: 5 }),
    })
    .map(({ gas, objects }) => {
      const named: ConflictObject[] = objects.map((each, i) => ({ name: `object ${i}`, ...each }))
      return graphOf(count, Float64Array.from(gas), named)
    })
})

function edgesOf({ count, successorStart, successors }: ConflictGraph): [number, number][] {
  return Array.from({ length: count }, (_, from) =>
    Array.from(
      successors.subarray(successorStart[from]!, successorStart[from + 1]!),
      to => [from, to] as [number, number],
    ),
  ).flat()
}

/** Who waits for whom, said again without cleverness: each pair is looked at by itself. */
function naiveEdges({ count, objects = [] }: ConflictGraph): [number, number][] {
  const edges: [number, number][] = []
  for (let from = 0; from < count; from++) {
    for (let to = from + 1; to < count; to++) {
      const waits = objects.some(({ readers, writers, deltas = numbers() }) => {
        const overwritten = writers.some(each => each > from && each < to)
        return readers.includes(to) && (writers.includes(from) || deltas.includes(from)) && !overwritten
      })
      if (waits) edges.push([from, to])
    }
  }
  return edges
}

/** All paths, by brute force. */
function heaviestPathFrom(graph: ConflictGraph, from: number, weight: (transaction: number) => number): number {
  const next = edgesOf(graph).filter(([source]) => source === from)
  return weight(from) + Math.max(0, ...next.map(([, to]) => heaviestPathFrom(graph, to, weight)))
}

/** True if the two may not run side by side. */
function meet({ objects = [] }: ConflictGraph, left: number, right: number): boolean {
  return objects.some(({ readers, writers, deltas = numbers() }) => {
    const touches = (each: number) => readers.includes(each) || writers.includes(each) || deltas.includes(each)
    if (!touches(left) || !touches(right)) return false
    if (writers.includes(left) || writers.includes(right)) return true
    const readAndAdd = (a: number, b: number) => readers.includes(a) && deltas.includes(b)
    return readAndAdd(left, right) || readAndAdd(right, left)
  })
}

describe('graphOf', () => {
  it('has an edge exactly where a transaction reads what another one wrote last', () => {
    fc.assert(
      fc.property(blocks, graph => {
        checkGraph(graph)
        expect(edgesOf(graph)).toEqual(naiveEdges(graph))
      }),
      { numRuns: 500 },
    )
  })

  it('lists each edge once from both ends', () => {
    fc.assert(
      fc.property(blocks, graph => {
        const { predecessorStart, predecessors } = predecessorsOf(graph)
        const turned = Array.from({ length: graph.count }, (_, to) =>
          Array.from(predecessors.subarray(predecessorStart[to]!, predecessorStart[to + 1]!), from => [from, to]),
        ).flat()
        const order = ([a, b]: number[], [c, d]: number[]) => a! - c! || b! - d!
        expect(turned.sort(order)).toEqual(edgesOf(graph))
      }),
    )
  })

  it('makes no edge between those that only add, nor from a reader', () => {
    const gas = new Float64Array(4).fill(1)
    const adding = { name: 'balance', readers: numbers(), writers: numbers(), deltas: numbers(0, 1, 2, 3) }
    expect(graphOf(4, gas, [adding]).successors.length).toBe(0)
    expect(edgesOf(graphOf(4, gas, [{ ...adding, readers: numbers(2) }]))).toEqual([
      [0, 2],
      [1, 2],
    ])
    const readFirst = { name: 'slot', readers: numbers(0, 1), writers: numbers(3) }
    expect(graphOf(4, gas, [readFirst]).successors.length).toBe(0)
  })

  it.each([
    ['an unknown transaction', { readers: numbers(4) }, '"slot: readers[0]" expected an index below 4, got 4'],
    ['one twice', { writers: numbers(1, 1) }, '"slot: writers[1]" expected an index above 1, got 1'],
    ['a list out of order', { deltas: numbers(3, 2) }, '"slot: deltas[1]" expected an index above 3, got 2'],
  ])('refuses %s', (_, lists, message) => {
    const object = { name: 'slot', readers: numbers(), writers: numbers(), ...lists }
    expect(() => graphOf(4, new Float64Array(4), [object])).toThrow(message)
  })

  it('refuses edges that do not lead to a higher index, and weights that are none', () => {
    const two = new Float64Array(2)
    expect(() => graphOfEdges(2, two, [[1, 0]])).toThrow(
      'expected an edge from a lower to a higher index below 2, got 1 → 0',
    )
    expect(() => graphOfEdges(2, two, [[1, 1]])).toThrow('1 → 1')
    expect(() => graphOfEdges(2, two, [[0, 2]])).toThrow('0 → 2')
    expect(() => graphOf(3, two, [])).toThrow('"gas" expected 3 numbers, one per transaction, got 2')
    expect(() => graphOf(2, Float64Array.of(1, Number.NaN), [])).toThrow(
      '"gas[1]" expected a number from 0 up, got NaN',
    )
    const [successorStart, successors] = [numbers(0, 1, 1), numbers(0)]
    expect(() => checkGraph({ count: 2, gas: two, successorStart, successors })).toThrow('0 → 0')
    expect(() => checkGraph({ count: 2, gas: two, successorStart: numbers(0, 1), successors })).toThrow('3 offsets')
  })

  it('is compared edge by edge', () => {
    const gas = new Float64Array(4)
    const predicted = graphOfEdges(4, gas, [
      [0, 1],
      [0, 3],
      [1, 2],
    ])
    const actual = graphOfEdges(4, gas, [
      [0, 1],
      [1, 2],
      [1, 3],
      [2, 3],
      [0, 1],
    ])
    expect(edgeAccuracy(predicted, actual)).toEqual({
      predicted: 3,
      actual: 4,
      common: 2,
      precision: 2 / 3,
      recall: 1 / 2,
    })
    const none = graphOfEdges(4, gas, [])
    expect(edgeAccuracy(none, none)).toMatchObject({ precision: 1, recall: 1 })
    expect(() => edgeAccuracy(predicted, graphOfEdges(3, new Float64Array(3), []))).toThrow('expected 4')
  })
})

describe('levels', () => {
  it('are the longest paths, and every edge goes to a higher one', () => {
    fc.assert(
      fc.property(blocks, graph => {
        const levels = levelsOf(graph)
        for (const [from, to] of edgesOf(graph)) expect(levels[to]).toBeGreaterThan(levels[from]!)
        const turned: ConflictGraph = graphOfEdges(
          graph.count,
          graph.gas,
          edgesOf(graph).map(([from, to]) => [graph.count - 1 - to, graph.count - 1 - from] as const),
        )
        for (let i = 0; i < graph.count; i++) {
          expect(levels[i]! + 1).toBe(heaviestPathFrom(turned, graph.count - 1 - i, () => 1))
        }
      }),
    )
  })

  it('make batches of independent transactions', () => {
    fc.assert(
      fc.property(blocks, graph => {
        const batches = batchesOf(levelsOf(graph))
        expect(batches.flatMap(batch => [...batch]).sort((a, b) => a - b)).toEqual([...Array(graph.count).keys()])
        const edges = edgesOf(graph)
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0)
          expect(edges.some(([from, to]) => batch.includes(from) && batch.includes(to))).toBe(false)
        }
      }),
    )
  })

  it('give the critical path and the weight below each transaction', () => {
    fc.assert(
      fc.property(blocks, graph => {
        const heaviest = Array.from(graph.gas, (_, i) => heaviestPathFrom(graph, i, each => graph.gas[each]!))
        expect([...bottomLevelsOf(graph)]).toEqual(heaviest)
        const { gas, transactions } = criticalPathOf(graph)
        expect(gas).toBe(Math.max(...heaviest))
        expect([...transactions].reduce((sum, each) => sum + graph.gas[each]!, 0)).toBe(gas)
        const edges = edgesOf(graph).map(String)
        for (let i = 1; i < transactions.length; i++) {
          expect(edges).toContain(`${transactions[i - 1]},${transactions[i]}`)
        }
      }),
    )
  })

  it('do not mind an empty block', () => {
    const empty = graphOf(0, new Float64Array(0), [])
    expect(levelsOf(empty).length).toBe(0)
    expect(batchesOf(levelsOf(empty))).toEqual([])
    expect(criticalPathOf(empty)).toEqual({ gas: 0, transactions: numbers() })
    expect(boundsOf(empty, 4)).toEqual({ gas: 0, criticalGas: 0, parallelism: 1, speedup: 1 })
    expect(componentsOf(empty).count).toBe(0)
    expect(cliqueBoundsOf(empty)).toEqual({ colours: 0, gas: 0 })
    expect(simulate(empty, { workers: 2 })).toMatchObject({ makespan: 0, speedup: 1, reached: 1 })
  })
})

describe('components', () => {
  it('hold what edges connect', () => {
    fc.assert(
      fc.property(blocks, graph => {
        const label = Array.from({ length: graph.count }, (_, i) => i)
        for (let round = 0; round < graph.count; round++) {
          for (const [from, to] of edgesOf(graph)) label[from] = label[to] = Math.min(label[from]!, label[to]!)
        }
        const roots = [...new Set(label)].sort((a, b) => a - b)
        const { count, component, sizes, gas } = componentsOf(graph)
        expect(count).toBe(roots.length)
        expect([...component]).toEqual(label.map(each => roots.indexOf(each)))
        for (const [i, root] of roots.entries()) {
          const members = label.flatMap((each, transaction) => (each === root ? [transaction] : []))
          expect(sizes[i]).toBe(members.length)
          expect(gas[i]).toBe(members.reduce((sum, each) => sum + graph.gas[each]!, 0))
        }
      }),
    )
  })
})

describe('objects', () => {
  const graph = graphOf(5, Float64Array.of(10, 20, 30, 40, 50), [
    { name: 'counter', readers: numbers(0, 1, 2), writers: numbers(0, 1, 2) },
    { name: 'setting', readers: numbers(0, 1, 2, 3, 4), writers: numbers() },
    { name: 'total', readers: numbers(4), writers: numbers(), deltas: numbers(0, 3) },
    { name: 'price', readers: numbers(3, 4), writers: numbers(2) },
  ])

  it('are ranked by gas or by transactions, those that everyone only reads left out', () => {
    expect(hottestObjects(graph, 9).map(({ name, gas }) => [name, gas])).toEqual([
      ['price', 120],
      ['total', 100],
      ['counter', 60],
    ])
    expect(hottestObjects(graph, 1, 'transactions')).toEqual([
      { name: 'price', transactions: 3, gas: 120, readers: 2, writers: 1, deltas: 0 },
    ])
  })

  it('give cliques: all writers, one reader, one of those that add', () => {
    expect(cliqueBoundsOf(graph)).toEqual({ colours: 3, gas: 90, coloursAt: 'counter', gasAt: 'total' })
  })
})

describe.each([
  ['greedy', greedyColours],
  ['welsh-powell', welshPowellColours],
  ['dsatur', dsaturColours],
] as const)('%s colouring', (method, colour) => {
  it('never gives one colour to two transactions that meet, and is no worse than it has to be', () => {
    fc.assert(
      fc.property(blocks, fc.integer({ min: 1, max: 5 }), (graph, workers) => {
        const colours = colour(graph)
        let mostMet = 0
        for (let i = 0; i < graph.count; i++) {
          let met = 0
          for (let j = 0; j < graph.count; j++) {
            if (i === j || !meet(graph, i, j)) continue
            met++
            expect(colours[i]).not.toBe(colours[j])
          }
          mostMet = Math.max(mostMet, met)
        }
        const bounds = cliqueBoundsOf(graph)
        expect(countOf(colours)).toBeLessThanOrEqual(mostMet + 1)
        expect(countOf(colours)).toBeGreaterThanOrEqual(bounds.colours)

        const { count, batchedMakespan, listMakespan } = colouringOf(graph, method, workers)
        const gas = graph.gas.reduce((sum, each) => sum + each, 0)
        expect(count).toBe(countOf(colours))
        for (const makespan of [batchedMakespan, listMakespan]) {
          expect(makespan).toBeGreaterThanOrEqual(Math.max(gas / workers, bounds.gas))
          expect(makespan).toBeLessThanOrEqual(gas)
        }
      }),
    )
  })
})

describe('DSATUR', () => {
  it('needs two colours where two suffice, unlike greedy in a bad order', () => {
    // A crown: pairs meet unless they stand opposite. First-fit in index order needs a colour per pair.
    const size = 6
    const objects: ConflictObject[] = []
    for (let left = 0; left < size; left++) {
      for (let right = 0; right < size; right++) {
        if (left === right) continue
        const both = numbers(2 * left, 2 * right + 1).sort()
        objects.push({ name: `${left} ${right}`, readers: both, writers: both })
      }
    }
    const crown = graphOf(2 * size, new Float64Array(2 * size).fill(1), objects)
    expect(countOf(greedyColours(crown))).toBe(size)
    expect(countOf(dsaturColours(crown))).toBe(2)
  })
})

describe('simulated schedule', () => {
  const options = fc.record({
    workers: fc.integer({ min: 1, max: 6 }),
    dispatch: fc.constantFrom('dataflow' as const, 'batched' as const),
  })

  it('keeps the edges, uses a worker for one thing at a time and stays within 2 - 1/p of the bound', () => {
    fc.assert(
      fc.property(blocks, options, (graph, { workers, dispatch }) => {
        const { makespan, bound, sequential, spans, busy, reached } = simulate(graph, { workers, dispatch })
        const runs = spans.filter(({ kind }) => kind === 'run').sort((a, b) => a.tx - b.tx)
        expect(runs.map(({ tx }) => tx)).toEqual([...Array(graph.count).keys()])
        for (const [from, to] of edgesOf(graph)) expect(runs[to]!.start).toBeGreaterThanOrEqual(runs[from]!.end)
        for (const left of spans) {
          for (const right of spans) {
            if (left === right || left.worker !== right.worker || left.start === left.end) continue
            expect(left.end <= right.start || right.end <= left.start).toBe(true)
          }
        }
        expect(busy.reduce((sum, each) => sum + each, 0)).toBe(sequential)
        expect(makespan).toBeGreaterThanOrEqual(sequential / bound - 1e-9)
        expect(reached).toBeLessThanOrEqual(1 + 1e-9)
        if (dispatch === 'dataflow')
          expect(makespan).toBeLessThanOrEqual(((2 - 1 / workers) * sequential) / bound + 1e-9)
        if (workers === 1) expect(makespan).toBe(sequential)
      }),
      { numRuns: 300 },
    )
  })

  it('commits in order and charges what is not execution', () => {
    fc.assert(
      fc.property(blocks, options, (graph, { workers, dispatch }) => {
        const costs = {
          execution: graph.gas,
          dispatch: 2,
          frontier: 3,
          prepare: 5,
          preparePerTransaction: 1,
          barrier: 7,
        }
        const { makespan, spans, busy } = simulate(graph, { workers, dispatch, costs })
        const runs = spans.filter(({ kind }) => kind === 'run').sort((a, b) => a.tx - b.tx)
        expect(runs.map(({ tx }) => tx)).toEqual([...Array(graph.count).keys()])
        // What ran at the frontier needs no commit, and had no queue to wait in.
        const ends = runs.map(({ tx, start, end }) => {
          const commit = spans.find(span => span.kind === 'frontier' && span.tx === tx)
          expect(end - start).toBeCloseTo(graph.gas[tx]! + (commit ? costs.dispatch : 0))
          if (commit) expect(commit.start).toBeGreaterThanOrEqual(end)
          return commit?.end ?? end
        })
        expect(ends).toEqual([...ends].sort((a, b) => a - b))
        const ahead = spans.filter(({ kind }) => kind === 'frontier').length
        const work = graph.gas.reduce((sum, each) => sum + each, 0) + ahead * (costs.dispatch + costs.frontier)
        expect(busy.reduce((sum, each) => sum + each, 0)).toBeCloseTo(work)
        const levels = countOf(levelsOf(graph))
        const waits = 5 + graph.count / workers + (dispatch === 'batched' ? 7 * (levels - 1) : 0)
        expect(makespan).toBeGreaterThanOrEqual(work / workers + 5 + graph.count / workers - 1e-9)
        expect(makespan).toBeLessThanOrEqual(work + waits + 1e-9)
      }),
    )
  })

  it('runs again at the frontier what began before an edge that was not foreseen', () => {
    const gas = Float64Array.of(10, 10, 10)
    const none = graphOfEdges(3, gas, [])
    const chain = graphOfEdges(3, gas, [
      [0, 1],
      [1, 2],
    ])
    const costs = { execution: gas, frontier: 1 }
    const foreseen = simulate(chain, { workers: 2, costs, actual: chain })
    expect(foreseen).toMatchObject({ reruns: 0, frontierReruns: 0, sequential: 30, makespan: 30 })
    // 0 at the frontier and 1 side by side; 1 again from 11 to 21, after its commit failed; 2 from 10 to 20, and again from 22.
    const missed = simulate(none, { workers: 2, costs, actual: chain })
    expect(missed).toMatchObject({ reruns: 0, frontierReruns: 2, makespan: 32, bound: 1 })
    expect(missed.spans.filter(({ kind }) => kind === 'rerun').map(({ tx, reason }) => [tx, reason])).toEqual([
      [1, 'read before transaction 0 wrote'],
      [2, 'read before transaction 1 wrote'],
    ])
  })

  it('leaves transactions to their turn whose like ran in vain', () => {
    const count = 200
    const gas = new Float64Array(count).fill(10)
    const none = graphOfEdges(count, gas, [])
    // Every fifth meets the one before it, which nobody foresaw.
    const chain = Array.from({ length: count / 5 - 1 }, (_, i): [number, number] => [5 * i, 5 * i + 5])
    const actual = graphOfEdges(count, gas, chain)
    const kinds = Uint32Array.from(gas, (_, i) => (i % 5 === 0 ? 1 : 0))
    const again = (options: { kinds?: Uint32Array; actual: typeof actual }) => {
      const { reruns, frontierReruns, makespan } = simulate(none, { workers: 8, ...options })
      return { runs: reruns + frontierReruns, makespan }
    }
    expect(again({ actual }).runs).toBeGreaterThan(20)
    expect(again({ actual, kinds }).runs).toBeLessThan(12)
    expect(again({ actual: none, kinds })).toEqual(again({ actual: none }))
  })

  it('runs again ahead of the frontier what can be seen not to hold, and breaks off what takes long', () => {
    const late = (gas: Float64Array) => {
      const graph = graphOfEdges(3, gas, [])
      const { spans, ...rest } = simulate(graph, { workers: 3, actual: graphOfEdges(3, gas, [[1, 2]]) })
      return { ...rest, second: spans.filter(({ tx }) => tx === 2).map(({ kind, start, end }) => [kind, start, end]) }
    }
    // 0 keeps the frontier. 1 ends when 2 has run, which somebody without work runs again.
    expect(late(Float64Array.of(100, 10, 5))).toMatchObject({
      reruns: 1,
      frontierReruns: 0,
      makespan: 100,
      second: [
        ['run', 0, 5],
        ['rerun', 10, 15],
      ],
    })
    // It ends at 50, and 2 looks at its answers every 100 µs.
    expect(late(Float64Array.of(1000, 50, 500))).toMatchObject({
      reruns: 1,
      frontierReruns: 0,
      makespan: 1000,
      second: [
        ['run', 0, 100],
        ['rerun', 100, 600],
      ],
    })
    expect(late(Float64Array.of(1000, 50, 500)).busy.reduce((sum, each) => sum + each, 0)).toBe(1000 + 50 + 100 + 500)
  })

  it('refuses colours that an edge goes against, and numbers of workers that are none', () => {
    const graph = graphOfEdges(2, Float64Array.of(1, 1), [[0, 1]])
    const wrong = { workers: 2, dispatch: 'batched', colours: numbers(1, 1) } as const
    expect(() => simulate(graph, wrong)).toThrow(
      '"colours[1]" expected more than 1, the colour of its predecessor 0, got 1',
    )
    expect(() => simulate(graph, { workers: 0 })).toThrow('"workers" expected a number from 1 up, got 0')
    expect(() => simulate(graph, { workers: 1, costs: { execution: new Float64Array(3) } })).toThrow('costs.execution')
  })
})
