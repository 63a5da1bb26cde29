// The state tests of one build are spread over several vitest files (state-simd-1.test.ts and so on), which run on all
// cores. In full, every data file is dealt out case by case, since a few of them hold most of the work: one case of
// legacy-cancun/stTimeConsuming takes a hundred seconds. The cases of slow-cases.json go one after the other to the
// shard that has least of them. In the sample, which has none of those, a data file belongs to one shard as a whole, so
// that it is read once. state-shards.test.ts checks that no case is left out or run twice.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import slow from './slow-cases.json' with { type: 'json' }
import { isFull, type NamedCase, stateTestFiles } from './state-cases.ts'

/** The shards of one build. An odd number: with the block tests they make an even number of files of similar length. */
export const SHARDS = [1, 2, 3, 4, 5] as const

/** One of the shards. */
export type Shard = (typeof SHARDS)[number]

/** The heaviest first, each to the shard that has least so far: a shard for every weight. */
function balance(weights: ReadonlyMap<string, number>): ReadonlyMap<string, Shard> {
  const loads = SHARDS.map(shard => ({ shard, load: 0 }))
  const heaviest = [...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  return new Map(
    heaviest.map(([name, weight]) => {
      const lightest = loads.reduce((best, next) => (next.load < best.load ? next : best))
      lightest.load += weight
      return [name, lightest.shard]
    }),
  )
}

const shardOfSlow = balance(new Map(Object.entries<number>(slow)))

/** The data files that a shard reads. */
export function filesOf(folder: string, shard: Shard, full: boolean = isFull): string[] {
  const files = stateTestFiles(folder)
  if (full) return files
  const bytes = new Map(files.map(file => [file, statSync(join(folder, `${file}.ndjson.gz`)).size]))
  const shardOfFile = balance(bytes)
  return files.filter(file => shardOfFile.get(file) === shard)
}

/** The cases that a shard runs, of those that are chosen from one of its files. */
export function casesOf(chosen: readonly NamedCase[], shard: Shard, full: boolean = isFull): readonly NamedCase[] {
  if (!full) return chosen
  // Where the deal begins depends on the number of cases: else the first shard would get all files that have only one.
  let next = chosen.length
  return chosen.filter(({ id }) => (shardOfSlow.get(id) ?? SHARDS[next++ % SHARDS.length]) === shard)
}
