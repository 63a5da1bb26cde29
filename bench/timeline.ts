// What the threads of this machine do when, on the committed sample block: one run of several, after the engine has seen its contracts.

import { fileURLToPath } from 'node:url'
import { replayBlock } from '../src/block.ts'
import { blockFileReader } from '../src/input/file.node.ts'
import type { Span } from '../src/schedule/simulate.ts'
import { MemorySource } from '../src/state/memory.ts'
import { demand } from './cases/case.ts'
import type { ParallelEngines } from './cases/parallel.ts'

const SAMPLE = fileURLToPath(new URL('./blocks/sample.json.gz', import.meta.url))
const RUNS = 8
/** More rows say no more. */
const MOST_THREADS = 8

/** The spans of one run. */
export interface Timeline {
  /** What was run, in words. */
  block: string
  threads: number
  /** In microseconds from the start of the run. */
  spans: readonly Pick<Span, 'worker' | 'kind' | 'tx' | 'start' | 'end'>[]
}

/** Records the fastest of some runs. Throws a WrongResult where a run does not give the block's receipts root. */
export async function recordTimeline(engines: ParallelEngines, cores: number): Promise<Timeline> {
  const threads = Math.max(2, Math.min(MOST_THREADS, cores))
  const engine = engines.with(threads)
  const { block, state, expected } = blockFileReader()(SAMPLE)
  let best: { ms: number; spans: readonly Span[] } | undefined
  for (let run = 0; run < RUNS; run++) {
    const source = new MemorySource({ ...state, complete: false })
    const options = { source, dispatch: 'dataflow', spans: true } as const
    const { receiptsRoot, spans, ms } = await replayBlock(engine, block, options)
    demand('weft', 'receipts root', expected.receiptsRoot, receiptsRoot)
    if (!best || ms.execute < best.ms) best = { ms: ms.execute, spans: spans! }
    await engine.analysed()
  }
  const spans = best!.spans.map(({ worker, kind, tx, start, end }) => ({
    ...{ worker, kind, tx },
    start: Math.round(start * 10) / 10,
    end: Math.round(end * 10) / 10,
  }))
  return { block: `the sample block, ${block.transactions.length} transactions`, threads, spans }
}
