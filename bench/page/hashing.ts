// The charts of hashing: rates over the size of a batch with the crossover, and libraries beside each other.

import type { Report } from '../report.ts'
import { amountBars, type Bar } from './bars.ts'
import { curves, type Mark, type Series } from './curves.ts'
import { powersAround } from './svg.ts'

type Point = readonly [count: number, rate: number]

/** Rates of WASM, GPU and `auto`; empty where no case on the GPU ran. */
export function hashRates({ cases, auto, machine }: Report): string {
  const found = cases.filter(({ name, ours }) => /^hash\.gpu\.\d+$/.test(name) && ours)
  const points = (ms: (result: (typeof found)[number]) => number | undefined): Point[] =>
    found.flatMap(result => {
      const taken = ms(result)
      return taken === undefined ? [] : [[result.items!, (result.items! * 1000) / taken] as const]
    })
  const gpu = points(({ ours }) => ours!.medianMs)
  const wasm = points(({ rivals }) => rivals?.wasm?.medianMs)
  const chosen = (auto?.rows ?? [])
    .filter(({ kernel, count }) => kernel === 'messages' && count >= 16)
    .map(({ count, autoMs }): Point => [count, (count * 1000) / autoMs])
  const all = [...gpu, ...wasm, ...chosen]
  if (gpu.length === 0) return ''
  const series: Series[] = [
    { name: 'WASM, one thread', tone: 'ours', points: wasm },
    { name: machine.adapter?.software ? 'WebGPU (software)' : 'WebGPU', tone: 'rival', points: gpu },
    ...(chosen.length > 0 ? [{ name: 'auto', tone: 'good', points: chosen, style: 'dashed' } as const] : []),
  ]
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
  return cases.flatMap(({ name, ours, rivals = {}, items = 1 }) => {
    const [, length] = /^hash\.wasm\.(\d+)-bytes$/.exec(name) ?? []
    if (length === undefined || !ours) return []
    const each = (ms: number): number => (ms * 1e6) / items
    const single = cases.find(result => result.name === `${name}.single`)?.ours
    const bars: Bar[] = [
      { name: 'Weft, in a batch', value: each(ours.medianMs), hint: 'SIMD, two at once', strong: true },
      ...(single
        ? [{ name: 'Weft, one by one', value: each(single.medianMs), hint: 'one call each', strong: true }]
        : []),
      ...Object.entries(rivals).map(([rival, { medianMs }]) => ({ name: rival, value: each(medianMs), hint: rival })),
    ]
    const drawn = amountBars(`Nanoseconds per message of ${length} bytes`, bars, value => `${grouped(value)} ns`)
    return [{ caption: `Time per message of ${length} bytes; less is better.`, drawn }]
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
