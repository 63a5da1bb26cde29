// weft replay on threads: what its options accept, that results do not depend on them, and what is told of how a block ran.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ReplayOutcome, replayBlock } from '../../src/block.ts'
import type { BlockEngine } from '../../src/cli/engine.ts'
import { replayFiles } from '../../src/cli/replay.ts'
import { jsonLine, type ReplayResult } from '../../src/cli/replay-result.ts'
import { explain, readThreading, summaryLine, type Threading } from '../../src/cli/threads.ts'
import { InputError } from '../../src/errors.ts'
import { graphOf } from '../../src/schedule/graph.ts'
import type { ParallelMetrics } from '../../src/schedule/metrics.ts'
import { engineWith } from '../parallel/engines.ts'
import { dataFolder, describeWithData } from '../setup/data.ts'
import { agreeing, blockJson, fakeEngine } from './block.ts'
import { weft } from './golden.ts'

const sample = fileURLToPath(new URL('../../bench/blocks/sample.json.gz', import.meta.url))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-threads-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const plain: Threading = { threads: 2, explain: false, speedup: false }

/** A block in a file of its own. */
function blockFile(number: number): string {
  const file = join(folder, `block-${number}.json`)
  writeFileSync(file, JSON.stringify(blockJson(number)))
  return file
}

/** Replays in this process; on the build without threads where there is one. */
async function replay(files: string[], threading: Threading): Promise<ReplayResult[]> {
  const results: ReplayResult[] = []
  const load = async (): Promise<BlockEngine> => {
    const engine = await engineWith(threading.threads === 1 ? 0 : threading.threads)
    return { ...fakeEngine(), replayBlock: (block, how) => replayBlock(engine, block, how) }
  }
  await replayFiles(files, { load, threading, onResult: result => void results.push(result) })
  return results
}

describe('options', () => {
  it.each([
    [{ threads: '0' }, '"--threads" expected a number 1..64, got "0"'],
    [{ threads: '65' }, '"--threads" expected a number 1..64, got "65"'],
    [{ threads: '1.5' }, '"--threads" expected a number 1..64, got "1.5"'],
    [{ dispatch: 'fast' }, '"--dispatch" expected auto, dataflow, batched, sequential, got "fast"'],
    [{ hints: 'some' }, '"--hints" expected all, none, got "some"'],
    [{ graph: 'a.svg' }, '"--graph" expected a file name that ends in .dot or .json, got "a.svg"'],
    [{ graph: 'dot' }, '"--graph" expected a file name that ends in .dot or .json, got "dot"'],
    [{ timeline: 'a.dot' }, '"--timeline" expected a file name that ends in .json, got "a.dot"'],
    [{ threads: '1', dispatch: 'dataflow' }, '"--dispatch dataflow" needs "--threads" 2 or more'],
    [{ threads: '1', explain: true }, '"--explain" needs "--threads" 2 or more'],
    [{ threads: '1', graph: 'a.dot' }, '"--graph" needs "--threads" 2 or more'],
    [{ trace: 'call', dispatch: 'batched' }, '"--dispatch batched" and "--trace" exclude each other'],
    [{ trace: 'call', threads: '2', timeline: 'a.json' }, '"--timeline" and "--trace" exclude each other'],
  ])('%j are refused', (values, sentence) => {
    expect(() => readThreading(values)).toThrow(sentence)
  })

  it('have defaults: cores up to eight, one thread for traces', () => {
    const { threads, ...others } = readThreading({})
    expect(threads).toBeGreaterThanOrEqual(1)
    expect(threads).toBeLessThanOrEqual(8)
    expect(others).toEqual({ explain: false, speedup: false })
    expect(readThreading({ trace: 'call' }).threads).toBe(1)
    expect(readThreading({ threads: '1', dispatch: 'sequential', speedup: true }).threads).toBe(1)
    expect(readThreading({ threads: '64', explain: true, hints: 'none', dispatch: 'batched' })).toEqual({
      threads: 64,
      dispatch: 'batched',
      hints: 'none',
      explain: true,
      speedup: true,
    })
  })

  it('are mistakes of the caller, with exit code 2, before any block is read', () => {
    const { code, out, err } = weft(['replay', 'no-such-file', '--threads', 'many'])
    expect([code, out]).toEqual([2, ''])
    expect(err).toBe('error "--threads" expected a number 1..64, got "many"\n')
  })
})

describe('results do not depend on threads', () => {
  const ways: Threading[] = [
    { ...plain, threads: 1 },
    ...[2, 3].flatMap(threads =>
      (['auto', 'dataflow', 'batched', 'sequential'] as const).map(dispatch => ({ ...plain, threads, dispatch })),
    ),
    { ...plain, dispatch: 'dataflow', hints: 'none' },
  ]
  const mainnet = dataFolder('mainnet-blocks')
  const files = [sample, ...(mainnet ? [join(mainnet, '19933122.json.gz')] : [])]

  it.each(files)('%s: JSON is the same but for "ms", "hash" and "parallel"', async file => {
    const lines = new Set<string>()
    for (const way of ways) {
      const [result] = await replay([file], way)
      expect([result!.error, result!.ok]).toEqual([undefined, true])
      expect(result!.parallel?.workers).toBe(way.threads === 1 ? undefined : way.threads)
      if (way.dispatch && way.dispatch !== 'auto') expect(result!.parallel?.dispatch.chosen).toBe(way.dispatch)
      const { ms, hash, parallel, ...rest } = JSON.parse(jsonLine(result!))
      expect(ms.total).toBeGreaterThan(0)
      if (parallel) expect(parallel).toEqual(JSON.parse(JSON.stringify(result!.parallel)))
      lines.add(JSON.stringify(rest))
    }
    expect(lines.size).toBe(1)
  })
})

describe('the sample block', () => {
  it('is explained in tables, as a graph and as a timeline', () => {
    const files = ['graph.json', 'timeline.json'].map(name => join(folder, name))
    const args = ['--threads', '2', '--explain', '--graph', files[0]!, '--timeline', files[1]!]
    const { code, out, err } = weft(['replay', sample, '--dispatch', 'dataflow', ...args])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^block 23,950,000\n/)
    expect(out).toMatch(/\ndispatch +dataflow: it was asked for\n/)
    expect(out).toMatch(/\nspeed-up +\d+\.\d\d, /)
    const [, levels] = /\nlevels +\d+ +(\d+)\n/.exec(out) ?? []
    const [, colours] = /\ncolours, free order +- +(\d+)\n/.exec(out) ?? []
    expect(Number(levels)).toBeGreaterThan(1)
    expect(out).toMatch(new RegExp(`\\nthe order of the block +${levels} +\\d\\.\\d\\d +\\d\\.\\d\\d\\n`))
    expect(out).toMatch(new RegExp(`\\nany order, dsatur +${colours} +\\d\\.\\d\\d +\\d\\.\\d\\d\\n`))
    expect(out.trimEnd().split('\n').at(-1)).toMatch(
      new RegExp(
        `^dataflow on 2 threads, ${levels} batches, parallelism \\d+\\.\\d, \\d+ runs? again, \\d+\\.\\d\\d times as fast`,
      ),
    )
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(140)

    const graph = JSON.parse(readFileSync(files[0]!, 'utf8'))
    expect([graph.title, graph.gas, graph.transactions.length, graph.colours]).toEqual([
      'block 23,950,000',
      19864313,
      360,
      Number(levels),
    ])
    for (const [from, to] of graph.edges) {
      expect(graph.transactions[from].colour).toBeLessThan(graph.transactions[to].colour)
    }
    const { traceEvents } = JSON.parse(readFileSync(files[1]!, 'utf8'))
    const ran = new Set(
      traceEvents.flatMap((event: { cat: string; name: string }) => (event.cat === 'run' ? event.name : [])),
    )
    expect(ran.size).toBeGreaterThan(300)
  })

  it('tells batches, parallelism, runs again and the speed-up in one line, and the same in JSON', () => {
    const args = ['replay', sample, '--threads', '2', '--speedup', '--dispatch', 'batched']
    const table = weft(args)
    expect(table.out.trimEnd().split('\n')).toHaveLength(6)
    expect(table.out).toMatch(
      /\nbatched on 2 threads, \d+ batches, parallelism \d+\.\d, \d+ runs? again, \d+\.\d\d times as fast as one after the other\n$/,
    )
    const { parallel, ok } = JSON.parse(weft([...args, '--json']).out)
    expect(ok).toBe(true)
    expect(parallel).toMatchObject({ workers: 2, transactions: 360, dispatch: { asked: 'batched', chosen: 'batched' } })
    expect(parallel.speedup).toBeGreaterThan(0)
    expect(parallel.actual.levels).toBeGreaterThan(1)
  })
})

describe('a block that ran sequentially', () => {
  const figures = (change: Partial<ParallelMetrics> = {}): ParallelMetrics => ({
    workers: 2,
    dispatch: { asked: 'auto', chosen: 'sequential', reason: '1 transactions are too few to share out' },
    transactions: 1,
    gas: 21000,
    colours: 0,
    parallelism: 1,
    prediction: [],
    aborts: 0,
    reruns: 0,
    frontierReruns: 0,
    misses: 0,
    wastedGas: 0,
    idle: 0,
    hashing: { hashes: 0, memoHits: 0, memoMisses: 0 },
    ms: { predict: 0, graph: 0, execute: 1, roots: 1 },
    workerMs: [],
    waits: [],
    ...change,
  })

  it('has the graph of another run, and a note instead of a timeline', async () => {
    const [graph, timeline] = [join(folder, 'one.dot'), join(folder, 'one.json')]
    const [result] = await replay([sample], {
      ...plain,
      dispatch: 'sequential',
      explain: true,
      speedup: true,
      graph,
      timeline,
    })
    expect(result!.parallel).toMatchObject({ dispatch: { chosen: 'sequential' }, transactions: 360 })
    expect(result!.parallel!.actual!.levels).toBeGreaterThan(1)
    expect(result!.parallel!.speedup).toBeUndefined()
    expect(readFileSync(graph, 'utf8')).toMatch(
      /^digraph conflicts \{\n {2}graph \[label="block 23,950,000\\n360 transactions/,
    )
    expect(result!.notes).toEqual(['block 23,950,000 ran sequentially, so it has no timeline: it was asked for'])
    expect(existsSync(timeline)).toBe(false)
  })

  it('says so where there is no graph at all', async () => {
    const asked = { ...plain, explain: true, graph: join(folder, 'none.dot') }
    const again = async (): Promise<ReplayOutcome> => ({ ...agreeing({} as never), parallel: figures() })
    const { notes, lines } = await explain({ number: 7n, outcome: await again(), again }, figures(), asked, false)
    expect(notes).toEqual(['block 7: no conflict graph: 1 transactions are too few to share out'])
    expect(lines.join('\n')).toContain('sequential (auto): 1 transactions are too few')
    expect(lines.join('\n')).not.toContain('conflict graph')
  })

  it('says so where there cannot be one, for no dispatch but the sequential is to be had', async () => {
    const asked = { ...plain, explain: true, graph: join(folder, 'roots.dot') }
    const reason = 'receipts hold state roots, which need one transaction after the other'
    const parallel = figures({ dispatch: { asked: 'auto', chosen: 'sequential', reason } })
    const outcome = { ...agreeing({} as never), parallel }
    const again = async (): Promise<never> => {
      throw new InputError({ field: 'dispatch', expected: 'sequential or auto', found: '"dataflow"' })
    }
    const { notes } = await explain({ number: 7n, outcome, again }, parallel, asked, false)
    expect(notes).toEqual([`block 7: no conflict graph: ${reason}`])
  })

  it('cannot be asked to run otherwise before Byzantium, where its whole state is known', () => {
    const { block, ...json } = blockJson(8) as { block: Record<string, unknown> }
    const { withdrawals, withdrawalsRoot, baseFeePerGas, ...frontier } = block
    const file = join(folder, 'frontier.json')
    writeFileSync(file, JSON.stringify({ ...json, hardfork: 'frontier', completeState: true, block: frontier }))
    const { code, err } = weft(['replay', file, '--threads', '2', '--dispatch', 'dataflow'])
    expect(err).toBe(
      `error ${file}: "dispatch" expected sequential or auto for a block before Byzantium whose receipts hold state roots, got "dataflow"\n`,
    )
    expect(code).toBe(2)
  })

  it('has no DSATUR colouring where that would take long, and says so', async () => {
    const asked = { ...plain, explain: true }
    const linesFor = async (count: number): Promise<string> => {
      const actual = graphOf(count, new Float64Array(count).fill(21000), [])
      const report = {
        predicted: actual,
        actual,
        foreseen: [],
        accesses: [],
        colours: new Uint32Array(count),
        runs: new Uint32Array(count),
        spans: [],
      }
      const again = async (): Promise<ReplayOutcome> => ({ ...agreeing({} as never), parallel: figures(), report })
      const { lines } = await explain({ number: 7n, outcome: await again(), again }, figures(), asked, false)
      return lines.join('\n')
    }
    expect(await linesFor(5000)).toMatch(/\nany order, dsatur +1 +2\.00 +2\.00\n/)
    const many = await linesFor(5001)
    expect(many).not.toContain('any order, dsatur')
    expect(many).toMatch(
      /\nany order, welsh-powell +1 +2\.00 +2\.00\n\nDSATUR is left out above 5,000 transactions\.\n/,
    )
  })

  it('is summed up with its reason, and several by their number', () => {
    expect(summaryLine([])).toBeUndefined()
    expect(summaryLine([figures()])).toBe(
      'sequential on 2 threads, 0 runs again, 1 transactions are too few to share out',
    )
    const dataflow = figures({
      dispatch: { asked: 'auto', chosen: 'dataflow', reason: '' },
      reruns: 2,
      frontierReruns: 1,
    })
    expect(summaryLine([dataflow, figures(), dataflow])).toBe(
      'dataflow 2 blocks, sequential 1 block on 2 threads, 6 runs again',
    )
  })
})

describe('files', () => {
  it('that cannot be written are the error of their block, and the others still run', async () => {
    const graph = join(folder, 'missing', 'a.dot')
    const results = await replay([sample, sample], { ...plain, graph })
    expect(results.map(({ exitCode, ok }) => [exitCode, ok])).toEqual([
      [2, true],
      [2, true],
    ])
    expect(results[0]!.error).toBe(
      `${join(folder, 'missing', 'a-23950000.dot')}: expected a file that can be written, got no such folder`,
    )
  })

  it('are asked for in vain of an engine without threads', async () => {
    const results: ReplayResult[] = []
    const asked = { ...plain, explain: true, graph: join(folder, 'fake.dot') }
    await replayFiles([blockFile(5)], {
      load: async () => fakeEngine(),
      threading: asked,
      onResult: result => void results.push(result),
    })
    expect(results).toMatchObject([{ ok: true, exitCode: 0 }])
    expect(results[0]!.parallel).toBeUndefined()
    expect(JSON.parse(jsonLine(results[0]!))).not.toHaveProperty('parallel')
  })
})

describeWithData('mainnet-blocks', 'several mainnet blocks', data => {
  it('have a file each, and one line together', () => {
    const files = [4369999, 4370000].map(number => join(data, `${number}.json.gz`))
    const { code, out, err } = weft([
      'replay',
      ...files,
      '--threads',
      '2',
      '--dispatch',
      'dataflow',
      '--graph',
      join(folder, 'main.dot'),
    ])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/\ndataflow 2 blocks on 2 threads, \d+ runs? again\n$/)
    for (const number of ['4,369,999', '4,370,000']) {
      const file = join(folder, `main-${number.replaceAll(',', '')}.dot`)
      expect(readFileSync(file, 'utf8')).toContain(`label="block ${number}\\n`)
    }
  })
})
