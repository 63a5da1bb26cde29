// How many runs ahead do not hold where there are many threads: the mainnet blocks on sixteen, whatever the cores, always shared out. The
// first pass meets every code for the first time; in the later ones templates are known, and how often kinds of transactions conflict.

import { existsSync } from 'node:fs'
import { replayBlock } from '../src/block.ts'
import type { BlockFile } from '../src/input/block-file.ts'
import { blockFileReader } from '../src/input/file.node.ts'
import { MemorySource } from '../src/state/memory.ts'
import { blockFiles } from './cases/blocks.ts'
import { demand } from './cases/case.ts'
import { type ParallelEngines, untilAnalysed } from './cases/parallel.ts'

const THREADS = 16
const WARM_PASSES = 5

/** Runs that were made again, per transaction. */
export interface RerunFacts {
  threads: number
  /** Of one pass. */
  transactions: number
  cold: number
  /** One per pass. */
  warm: number[]
}

/** Runs the blocks of the folder in several passes; undefined where it is absent. `engines`: fresh ones, since all but the first pass know the codes. */
export async function measureReruns(engines: ParallelEngines, folder: string): Promise<RerunFacts | undefined> {
  if (!existsSync(folder)) return undefined
  const read = blockFileReader()
  const blocks = blockFiles(folder).map(({ file }) => read(file))
  const transactions = blocks.reduce((sum, { block }) => sum + block.transactions.length, 0)
  const engine = engines.with(THREADS)
  const passes: number[] = []
  const runsAgain = async ({ block, state, expected }: BlockFile): Promise<number> => {
    const source = new MemorySource({ ...state, complete: false })
    const { parallel, gasUsed } = await replayBlock(engine, block, { source, dispatch: 'dataflow' })
    demand('weft', 'gas', expected.gasUsed, gasUsed)
    return parallel!.reruns + parallel!.frontierReruns
  }
  for (let pass = 0; pass <= WARM_PASSES; pass++) {
    let again = 0
    for (const file of blocks) {
      again += await runsAgain(file)
      await engine.analysed()
    }
    passes.push(again / transactions)
    // The codes that a block calls are analysed after it, those that these call after it has run once more.
    if (pass === 0) for (const file of blocks) await untilAnalysed(engine, () => runsAgain(file))
  }
  return { threads: THREADS, transactions, cold: passes[0]!, warm: passes.slice(1) }
}

/** The figures in a line. */
export function rerunLine({ threads, transactions, cold, warm }: RerunFacts): string {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`
  const mean = warm.reduce((sum, share) => sum + share, 0) / warm.length
  const spread = `${percent(mean)} (${percent(Math.min(...warm))} to ${percent(Math.max(...warm))} in ${warm.length} passes)`
  return `runs again of ${transactions} transactions of mainnet blocks on ${threads} threads: ${percent(cold)} with unknown codes, then ${spread}`
}
