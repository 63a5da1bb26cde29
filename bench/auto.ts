// Whether `auto` keeps its promise: on no batch slower than `wasm` by more than 5 % or 20 µs, whichever is more, in medians of 31 runs
// each, taken in turns. Every kernel, batches of 1 to 65,536, and both sides of each crossover. A software adapter may be chosen here,
// which `auto` does not do by itself: it takes the cores that other work needs.

import { formatTable } from '../src/cli/table.ts'
import type { Cost } from '../src/gpu/auto.ts'
import type { HashBackend, Kernel } from '../src/gpu/batch.ts'
import type { Hasher } from '../src/gpu/hasher.ts'
import { Sample } from './cases/batches.ts'
import { quantile } from './statistics.ts'

const KERNELS: readonly Kernel[] = ['messages', 'keys', 'chains']
const MOST = 65_536
const SIZES = [1, 4, 16, 64, 256, 1024, 4096, 16_384, MOST]
const RUNS = { full: 31, quick: 7 }
/** Before those that count, for so many milliseconds, three times at least: V8 compiles, and a device wakes up. */
const WARM_UP = { ms: 150, runs: 3 }
/**
 * Words by which the stack is moved before a call, another number in every round and the same for both: where Keccak's spilled words lie
 * modulo 4 KiB from what it reads makes it up to 2.5 times as slow (200 to 500 ns a hash, measured), and the way through `auto` would
 * otherwise have one place for all its runs.
 */
const STACK = { words: 512, step: 73 }
const ALLOWED = { part: 0.05, ms: 0.02 }

/** One kernel at one size. */
export interface AutoRow {
  kernel: Kernel
  count: number
  /** Where `auto` sent the batch. */
  backend: 'wasm' | 'webgpu'
  /** Medians. */
  wasmMs: number
  autoMs: number
  /** What `auto` took more than it may, in milliseconds; 0 or less: the promise holds. */
  overMs: number
}

/** All rows, and what was chosen by. */
export interface AutoProof {
  adapter: string
  /** Permutations from which each kernel goes to the GPU; null: never. */
  crossovers: Record<Kernel, number | null>
  rows: readonly AutoRow[]
  holds: boolean
}

/** Measures. `hasher`: made by `auto`, and one that has a GPU to choose. Throws a WrongResult for a wrong digest. */
export async function proveAuto({ backend, wasm, adapter, costs }: Hasher, quick: boolean): Promise<AutoProof> {
  const rows: AutoRow[] = []
  for (const kernel of KERNELS) {
    for (const count of sizesAround(costs?.[kernel])) {
      const sample = new Sample(wasm, kernel, count)
      rows.push(await compare(kernel, sample, wasm, backend, quick ? RUNS.quick : RUNS.full))
      sample.free()
    }
  }
  const crossover = (kernel: Kernel): number | null => {
    const from = costs?.[kernel].crossover ?? Number.POSITIVE_INFINITY
    return Number.isFinite(from) ? from : null
  }
  return {
    adapter: adapter?.name ?? 'none',
    crossovers: { messages: crossover('messages'), keys: crossover('keys'), chains: crossover('chains') },
    rows,
    holds: rows.every(({ overMs }) => overMs <= 0),
  }
}

function sizesAround(cost: Cost | undefined): number[] {
  const from = cost?.crossover ?? Number.POSITIVE_INFINITY
  const near = from <= MOST ? [from - 1, from] : []
  return [...new Set([...SIZES, ...near])].filter(count => count > 0).sort((a, b) => a - b)
}

async function compare(
  kernel: Kernel,
  sample: Sample,
  wasm: HashBackend,
  auto: HashBackend,
  runs: number,
): Promise<AutoRow> {
  const ms = { wasm: [] as number[], auto: [] as number[] }
  let last: AutoRow['backend'] = 'wasm'
  const hash = { wasm: () => wasm.hash(sample.batch), auto: () => auto.hash(sample.batch) }
  const time = async (name: 'wasm' | 'auto', round: number): Promise<number> => {
    const moved = Array<number>((round * STACK.step) % STACK.words).fill(0)
    sample.clear()
    const started = performance.now()
    const answer = Reflect.apply(hash[name], undefined, moved)
    const run = answer instanceof Promise ? await answer : answer
    const took = performance.now() - started
    if (name === 'auto') last = run.backend
    sample.verify(name)
    return took
  }
  const from = performance.now()
  for (let i = 0; i < WARM_UP.runs || performance.now() - from < WARM_UP.ms; i++) {
    await time('wasm', i)
    await time('auto', i)
  }
  for (let i = 0; i < runs; i++) {
    // Who goes first alternates, since the second finds the messages in the cache.
    for (const name of i & 1 ? (['wasm', 'auto'] as const) : (['auto', 'wasm'] as const)) {
      ms[name].push(await time(name, i))
    }
  }
  const [wasmMs, autoMs] = [quantile(ms.wasm, 0.5), quantile(ms.auto, 0.5)]
  const overMs = autoMs - wasmMs - Math.max(ALLOWED.ms, wasmMs * ALLOWED.part)
  return { kernel, count: sample.batch.count, backend: last, wasmMs, autoMs, overMs }
}

/** The table of the proof. */
export function autoLines({ adapter, crossovers, rows, holds }: AutoProof): string[] {
  const columns = ['auto against wasm', 'batch', 'goes to', 'wasm ms', 'auto ms', 'of wasm', 'more than allowed']
  const worst = rows.reduce((most, row) => (row.overMs > most.overMs ? row : most))
  const from = Object.entries(crossovers).map(([kernel, count]) => `${kernel} ${count ?? 'never'}`)
  return [
    ...formatTable(
      columns.map((title, i) => ({ title, align: i === 0 || i === 2 ? 'left' : 'right' })),
      rows.map(({ kernel, count, backend, wasmMs, autoMs, overMs }) => [
        kernel,
        String(count),
        backend,
        wasmMs.toFixed(4),
        autoMs.toFixed(4),
        (autoMs / wasmMs).toFixed(2),
        overMs > 0 ? `${(1000 * overMs).toFixed(0)} µs` : '-',
      ]),
    ),
    '',
    `auto ${holds ? 'is nowhere' : 'is somewhere'} slower than wasm by more than 5 % or 20 µs; nearest: ${worst.kernel}, batch of ${worst.count}, ${(1000 * (worst.autoMs - worst.wasmMs)).toFixed(0)} µs`,
    `on ${adapter}; the GPU from so many permutations on: ${from.join(', ')}`,
  ]
}
