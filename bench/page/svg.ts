// The little of SVG that the charts need: elements as text, scales, ticks. Colours are classes, which the page's style sheet gives values
// for light and dark.

/** Text that may stand in HTML and in attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, found => `&#${found.charCodeAt(0)};`)
}

/** An element. Numbers are cut to a tenth of a pixel; attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: Record<string, string | number | undefined>,
  ...children: readonly string[]
): string {
  const list = Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return []
    return ` ${key}="${typeof value === 'number' ? Math.round(value * 10) / 10 : escaped(value)}"`
  })
  return `<${name}${list.join('')}>${children.join('')}</${name}>`
}

/** A chart that fits the width it is given. `label` says what it shows, for those who do not see it. */
export function chart(width: number, height: number, label: string, children: readonly string[]): string {
  const title = element('title', {}, escaped(label))
  return element('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', class: 'chart' }, title, ...children)
}

/** Words at a place; `anchor` says which end of them is there. */
export function label(
  x: number,
  y: number,
  words: string,
  { anchor = 'start', tone = 'ink' }: { anchor?: 'start' | 'middle' | 'end'; tone?: string } = {},
): string {
  return element('text', { x, y, class: `t-${tone}`, 'text-anchor': anchor }, escaped(words))
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, tone: string): string {
  return element('line', { x1, y1, x2, y2, class: `l-${tone}` })
}

/** A rectangle with a hint. */
export function box(x: number, y: number, width: number, height: number, tone: string, hint?: string): string {
  const title = hint === undefined ? [] : [element('title', {}, escaped(hint))]
  return element('rect', { x, y, width: Math.max(0.4, width), height, class: `f-${tone}` }, ...title)
}

/** From values to pixels. */
export type Scale = (value: number) => number

/** Equal distances for equal differences. */
export function linear([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  return value => start + ((value - from) / (to - from)) * (end - start)
}

/** Equal distances for equal ratios; all values are positive. */
export function logarithmic([from, to]: readonly [number, number], pixels: readonly [number, number]): Scale {
  const scale = linear([Math.log(from), Math.log(to)], pixels)
  return value => scale(Math.log(value))
}

/** Some four to eight round numbers from 0 to `most`. */
export function ticksTo(most: number): number[] {
  const rough = most / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= rough)!
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step)
}

/** The powers of `base` around the values: at most one beyond the least and the greatest. */
export function powersAround(values: readonly number[], base: number): number[] {
  const exponent = (value: number): number => Math.log(value) / Math.log(base)
  const from = Math.floor(exponent(Math.min(...values)) + 1e-9)
  const to = Math.ceil(exponent(Math.max(...values)) - 1e-9)
  return Array.from({ length: Math.max(1, to - from) + 1 }, (_, i) => base ** (from + i))
}
