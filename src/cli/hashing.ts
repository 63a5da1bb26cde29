// What `weft replay` does with hash backends: it reads --hash, and tells where the hashes of the blocks were made.
import { HASH_OPTIONS, type HashOption } from '../gpu/batch.ts'
import type { HashMetrics, HashWork } from '../gpu/hashing.ts'
import { count, grouped, type OptionValues, thousandths, UsageError } from './command.ts'
import { type Column, formatTable } from './table.ts'

export const HASH_HELP = `  --hash HOW      where large batches of hashes are made (roots, keys, predictions). auto (default): in WASM, and on a
                  GPU where there is one and so much to hash that it pays; wasm; webgpu: all, or an error`

/** Reads --hash. A UsageError names what is wrong. */
export function readHash(value: OptionValues[string]): HashOption | undefined {
  if (value === undefined) return undefined
  const option = HASH_OPTIONS.find(known => known === value)
  if (option) return option
  throw new UsageError(
    `"--hash" expected ${HASH_OPTIONS.join(', ')}, got ${JSON.stringify(String(value).slice(0, 40))}`,
  )
}

/** The figures of a block as JSON has them: milliseconds with three decimals. */
export function hashJson(hash: HashMetrics): HashMetrics {
  const rounded = (work: HashWork): HashWork => ({ ...work, ms: thousandths(work.ms) })
  return { ...hash, work: hash.work.map(rounded) }
}

const COLUMNS: readonly Column[] = [
  { title: 'hashes for', align: 'left' },
  { title: 'made', align: 'left' },
  { title: 'batches', align: 'right' },
  { title: 'messages', align: 'right' },
  { title: 'permutations', align: 'right' },
  { title: 'ms', align: 'right' },
]
const PLACES: Record<HashWork['backend'], string> = { core: 'in the core', wasm: 'in WASM', webgpu: 'on the GPU' }

/** Hashes of all blocks: with --verbose a table by purpose and place; by place in one line, where that is not what was to be expected. */
export function hashLines(all: readonly HashMetrics[], verbose: boolean): string[] {
  const last = all.at(-1)
  const work = all.flatMap(metrics => metrics.work)
  const lines = verbose && work.length > 0 ? ['', ...formatTable(COLUMNS, mergedBy(work, byPurpose).map(row)), ''] : []
  const isUsual = work.every(({ backend, redone }) => backend !== 'webgpu' && redone === undefined)
  if (!last || work.length === 0 || (last.asked === 'auto' && isUsual)) return lines
  const device = work.some(({ backend }) => backend === 'webgpu') && last.adapter ? [last.adapter] : []
  const redone = work.flatMap(({ redone }) => redone ?? []).slice(0, 1)
  lines.push(
    [
      `hashed ${mergedBy(work, ({ backend }) => backend)
        .map(placeText)
        .join(', ')}`,
      ...device,
    ].join(': '),
    ...redone.map(reason => `a batch for the GPU was done over in WASM: ${reason}`),
  )
  return lines
}

const byPurpose = ({ purpose, backend }: HashWork): string => `${purpose} ${backend}`

/** Work that has the same key, added up. */
function mergedBy(work: readonly HashWork[], key: (work: HashWork) => string): HashWork[] {
  const sums = new Map<string, HashWork>()
  for (const each of work) {
    const sum = sums.get(key(each)) ?? { ...each, batches: 0, messages: 0, permutations: 0, ms: 0 }
    for (const field of ['batches', 'messages', 'permutations', 'ms'] as const) sum[field] += each[field]
    sums.set(key(each), sum)
  }
  return [...sums.values()]
}

function row({ purpose, backend, batches, messages, permutations, ms }: HashWork): string[] {
  const own = backend === 'core'
  return [
    purpose,
    PLACES[backend],
    own ? '-' : grouped(batches),
    grouped(messages),
    grouped(permutations),
    own ? '-' : ms.toFixed(1),
  ]
}

function placeText({ backend, batches, messages, ms }: HashWork): string {
  const text = `${count(messages, 'message')} ${PLACES[backend]}`
  return backend === 'core' ? text : `${text} (${count(batches, 'batch', 'batches')}, ${ms.toFixed(1)} ms)`
}
