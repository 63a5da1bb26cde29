// How many runs ahead do not hold where there are many threads: the mainnet blocks on sixteen, whatever the cores, always shared out. The
// first pass of an engine meets every code for the first time; in later ones templates are known, and how often kinds of transactions
// conflict. Where there are fewer cores than threads, which thread has none at what moment makes more difference than anything else: a
// pass tells 1.3 % or 2.1 %, so there are several.

import { existsSync } from 'node:fs'
import { replayBlock } from '../src/block.ts'
import type { Engine } from '../src/engine.ts'
import type { BlockFile } from '../src/input/block-file.ts'
import { blockFileReader } from '../src/input/file.node.ts'
import { MemorySource } from '../src/state/memory.ts'
import { blockFiles } from './cases/blocks.ts'
import { demand } from './cases/case.ts'
import { type ParallelEngines, untilAnalysed } from './cases/parallel.ts'

const THREADS = 16
const COLD_PASSES = 3
const WARM_PASSES = 5

/** Runs that were made again, per transaction. */
export interface RerunFacts {
  threads: number
  /** Of one pass. */
  transactions: number
  /** One per pass, each of a fresh engine; in older reports the only one. */
  cold: number | number[]
  /** One per pass of one engine. */
  warm: number[]
}

/** Runs the blocks of the folder in several passes; undefined where it is absent. `fresh`: makes engines that know no code. */
export async function measureReruns(fresh: () => ParallelEngines, folder: string): Promise<RerunFacts | undefined> {
  if (!existsSync(folder)) return undefined
  const read = blockFileReader()
  const blocks = blockFiles(folder).map(({ file }) => read(file))
  const transactions = blocks.reduce((sum, { block }) => sum + block.transactions.length, 0)
  const cold: number[] = []
  const warm: number[] = []
  for (let pass = 1; pass <= COLD_PASSES; pass++) {
    const engines = fresh()
    try {
      const engine = engines.with(THREADS)
      cold.push((await onePass(engine, blocks)) / transactions)
      if (pass < COLD_PASSES) continue
      // The codes that a block calls are analysed after it, those that these call after it has run once more.
      for (const file of blocks) await untilAnalysed(engine, () => runsAgain(engine, file))
      while (warm.length < WARM_PASSES) warm.push((await onePass(engine, blocks)) / transactions)
    } finally {
      await engines.close()
    }
  }
  return { threads: THREADS, transactions, cold, warm }
}

async function onePass(engine: Engine, blocks: readonly BlockFile[]): Promise<number> {
  let again = 0
  for (const file of blocks) {
    again += await runsAgain(engine, file)
    await engine.analysed()
  }
  return again
}

async function runsAgain(engine: Engine, { block, state, expected }: BlockFile): Promise<number> {
  const source = new MemorySource({ ...state, complete: false })
  const { parallel, gasUsed } = await replayBlock(engine, block, { source, dispatch: 'dataflow' })
  demand('weft', 'gas', expected.gasUsed, gasUsed)
  return parallel!.reruns + parallel!.frontierReruns
}

/** The figures in a line. */
export function rerunLine({ threads, transactions, cold, warm }: RerunFacts): string {
  const shares = [spread([cold].flat()), spread(warm)]
  return `runs again of ${transactions} transactions of mainnet blocks on ${threads} threads: ${shares[0]} with unknown codes, then ${shares[1]}`
}

function spread(shares: readonly number[]): string {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`
  const mean = percent(shares.reduce((sum, share) => sum + share, 0) / shares.length)
  if (shares.length === 1) return mean
  return `${mean} (${percent(Math.min(...shares))} to ${percent(Math.max(...shares))} in ${shares.length} passes)`
}
