// The charts of `npm run bench`'s page, as elements of this one.

import { amountBars } from '../../bench/page/bars.ts'
import { hashRates } from '../../bench/page/hashing.ts'
import { scalingCurves } from '../../bench/page/scaling.ts'
import type { Report } from '../../bench/report.ts'
import { figure } from '../format.ts'

/** Charts of what was measured; none for what was not. */
export function charts(report: Report): SVGElement[] {
  return [hashRates(report), scalingCurves(report), contractBars(report)].flatMap(text => {
    if (text === '') return []
    const svg = new DOMParser().parseFromString(text, 'text/html').querySelector('svg')
    return svg ? [document.importNode(svg, true)] : []
  })
}

function contractBars({ cases }: Report): string {
  const bars = cases
    .filter(({ group, ours }) => (group === 'classic' || group === 'micro') && ours)
    .map(({ name, gas, ours }) => {
      const value = (gas ?? 0) / ours!.medianMs / 1000
      return { name: name.replace(/^own\./, ''), value, hint: `${figure(ours!.medianMs)} ms` }
    })
  return bars.length === 0 ? '' : amountBars('Million gas per second, by contract', bars, value => figure(value))
}
