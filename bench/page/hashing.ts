// The charts of hashing: rates over the size of a batch with the crossover, and libraries beside each other.

import type { Report } from '../report.ts'
import { amountBars, type Bar } from './bars.ts'
import { curves, type Mark, type Series } from './curves.ts'
import { powersAround } from './svg.ts'

type Point = readonly [count: number, rate: number]

const ON_GPU = /^hash\.gpu\.\d+$/
const IN_BATCHES = /^hash\.batch\.\d+$/

/** Hashes per second over the size of a batch, of us or of a rival, in the cases of such a name. */
function rates(cases: Report['cases'], name: RegExp, rival?: string): Point[] {
  return cases.flatMap(({ name: found, ours, rivals, items = 0 }) => {
    const taken = (rival === undefined ? ours : rivals?.[rival])?.medianMs
    return name.test(found) && taken !== undefined ? [[items, (items * 1000) / taken] as const] : []
  })
}

/** What stands under the rates: also that the GPU never wins, which no mark shows. */
export function rateCaption({ cases }: Report): string {
  const [gpu, wasm] = [rates(cases, ON_GPU), rates(cases, ON_GPU, 'wasm')]
  const isAhead = gpu.some(([, rate], i) => rate > (wasm[i]?.[1] ?? 0))
  return `Hashes per second over the size of a batch${gpu.length === 0 || isAhead ? '' : '; the GPU wins at none of these sizes'}.`
}

/** Rates of WASM, of the GPU where it was measured, of `auto` and of the fastest library; empty where none of it was measured. */
export function hashRates({ cases, auto, machine }: Report): string {
  const gpu = rates(cases, ON_GPU)
  // Beside the GPU its rates are those of the same turns.
  const wasm = gpu.length > 0 ? rates(cases, ON_GPU, 'wasm') : rates(cases, IN_BATCHES)
  const library = rates(cases, IN_BATCHES, 'hash-wasm')
  const chosen = (auto?.rows ?? [])
    .filter(({ kernel, count }) => kernel === 'messages' && count >= 16)
    .map(({ count, autoMs }): Point => [count, (count * 1000) / autoMs])
  const all = [...gpu, ...wasm, ...chosen, ...library]
  if (wasm.length === 0) return ''
  const series: Series[] = [
    { name: 'WASM, 1 thread', tone: 'ours', points: wasm },
    { name: machine.adapter?.software ? 'WebGPU (software)' : 'WebGPU', tone: 'bad', points: gpu },
    { name: 'auto', tone: 'good', points: chosen, style: 'dashed' } as const,
    { name: 'hash-wasm', tone: 'rival', points: library },
  ].filter(({ points }) => points.length > 0)
  return curves(
    'Hashes per second over the size of a batch',
    series,
    {
      title: 'messages in a batch',
      ticks: powersAround(
        all.map(([count]) => count),
        4,
      ),
      show: grouped,
    },
    {
      title: 'hashes per second',
      ticks: powersAround(
        all.map(([, rate]) => rate),
        10,
      ),
      show: amount,
    },
    crossover(wasm, gpu),
  )
}

/** Where the GPU begins to win, between two measured sizes. */
function crossover(wasm: readonly Point[], gpu: readonly Point[]): Mark[] {
  for (let i = 1; i < gpu.length; i++) {
    const gain = (k: number): number => Math.log(gpu[k]![1] / wasm[k]![1])
    if (gain(i - 1) >= 0 || gain(i) < 0) continue
    const share = gain(i - 1) / (gain(i - 1) - gain(i))
    const [from, to] = [gpu[i - 1]![0], gpu[i]![0]]
    const at = from * (to / from) ** share
    return [{ at, name: `the GPU wins from about ${grouped(at)}` }]
  }
  return []
}

/** Weft beside the libraries, per length of message. */
export function libraryBars({ cases }: Report): { caption: string; drawn: string }[] {
  const lengthOf = (name: string): number => Number(/^hash\.wasm\.(\d+)-bytes$/.exec(name)?.[1])
  const found = cases.filter(({ name, ours }) => ours && lengthOf(name) > 0)
  found.sort((a, b) => lengthOf(a.name) - lengthOf(b.name))
  return found.map(({ name, ours, rivals = {}, items = 1 }) => {
    const length = lengthOf(name)
    const each = (ms: number): number => (ms * 1e6) / items
    const single = cases.find(result => result.name === `${name}.single`)?.ours
    const bars: Bar[] = [
      { name: 'Weft, in a batch', value: each(ours!.medianMs), hint: 'SIMD, two at once', strong: true },
      ...(single
        ? [{ name: 'Weft, one by one', value: each(single.medianMs), hint: 'one call each', strong: true }]
        : []),
      ...Object.entries(rivals).map(([rival, { medianMs }]) => ({ name: rival, value: each(medianMs), hint: rival })),
    ]
    const drawn = amountBars(`Nanoseconds per message of ${length} bytes`, bars, value => `${grouped(value)} ns`)
    return { caption: `Time per message of ${length} bytes; less is better.`, drawn }
  })
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** `3.2 M` */
function amount(value: number): string {
  for (const [unit, name] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (value >= unit) return `${+(value / unit).toPrecision(2)} ${name}`
  }
  return String(+value.toPrecision(2))
}
