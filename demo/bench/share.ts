// A report in an address, and charts as a picture. The address holds figures only: nothing of the visitor's but what the report names.

import type { Report } from '../../bench/report.ts'

/** The report without the samples of single runs, compressed, in letters that addresses may hold. */
export async function encodeSummary(report: Report): Promise<string> {
  const figures = (key: string, value: unknown): unknown =>
    key === 'samples' ? [] : typeof value === 'number' ? Number(value.toPrecision(4)) : value
  return btoa(JSON.stringify(report, figures)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** The report of an address; undefined where there is none, or it is broken. */
export function decodeSummary(hash: string): Report | undefined {
  const text = /^#bench\?r=([\w-]+)$/.exec(hash)?.[1]
  if (!text) return undefined
  try {
    const report = JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/'))) as Report
    return Array.isArray(report.cases) && typeof report.machine === 'object' ? report : undefined
  } catch {
    return undefined
  }
}

/** Draws charts one below the other on a picture, twice as large as they are, below a line that says where they were measured. */
export async function toPng(charts: readonly SVGElement[], line: string): Promise<Blob> {
  const sizes = charts.map(chart => chart.getBoundingClientRect())
  const canvas = document.createElement('canvas')
  canvas.width = 2 * Math.max(...sizes.map(({ width }) => width + 40))
  canvas.height = 2 * sizes.reduce((sum, { height }) => sum + height + 40, 30)
  const context = canvas.getContext('2d')!
  const { backgroundColor, color, fontFamily } = getComputedStyle(document.body)
  context.fillStyle = backgroundColor
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = color
  context.font = `24px ${fontFamily}`
  context.fillText(line, 40, 56, canvas.width - 80)
  let top = 100
  for (const [i, chart] of charts.entries()) {
    const image = await imageOf(chart, sizes[i]!)
    context.drawImage(image, 40, top, 2 * sizes[i]!.width, 2 * sizes[i]!.height)
    top += 2 * sizes[i]!.height + 80
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('the picture could not be made'))), 'image/png'),
  )
}

/** A picture does not see the page's style sheet, so what it says is written into the copy. */
async function imageOf(chart: SVGElement, { width, height }: DOMRect): Promise<HTMLImageElement> {
  const copy = chart.cloneNode(true) as SVGElement
  const [from, to] = [
    [chart, ...chart.querySelectorAll('*')],
    [copy, ...copy.querySelectorAll('*')],
  ]
  for (const [i, element] of to.entries()) {
    const { fill, stroke, fontFamily, fontSize, fontWeight, strokeWidth, strokeDasharray } = getComputedStyle(from[i]!)
    for (const [name, value] of Object.entries({ fill, stroke })) element.setAttribute(name, value)
    element.setAttribute('font-family', fontFamily)
    element.setAttribute('font-size', fontSize)
    element.setAttribute('font-weight', fontWeight)
    element.setAttribute('stroke-width', strokeWidth)
    element.setAttribute('stroke-dasharray', strokeDasharray)
  }
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  const image = new Image()
  image.src = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: 'image/svg+xml' }))
  await image.decode()
  return image
}
