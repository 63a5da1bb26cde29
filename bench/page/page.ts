// A report as one HTML file: static SVG, its style inside, no scripts, nothing fetched; light or dark as the reader's system is.

import { coreWords, milliseconds, part, RATIO_NAMES, sizeLine } from '../lines.ts'
import { memoryLines } from '../memory.ts'
import { comparedWith, RATIOS, type Ratio, type Report } from '../report.ts'
import { geometricMean } from '../statistics.ts'
import { amountBars, type Bar, columns, ratioBars } from './bars.ts'
import { hashRates, libraryBars, rateCaption } from './hashing.ts'
import { scalingCurves } from './scaling.ts'
import { STYLE } from './style.ts'
import { element, escaped } from './svg.ts'
import { SPAN_KINDS, workerTimeline } from './workers.ts'

/** The whole page. */
export function renderPage(report: Report): string {
  const { machine } = report
  const title = `Weft benchmark, ${machine.cpu}, ${machine.date.slice(0, 10)}`
  const body = [
    header(report),
    tiles(report),
    messages(report, 'classic', 'Classics', 'contracts that compute, store and hash; one message each'),
    messages(report, 'classic-memo', 'Classics with a memo', 'the core keeps digests of 64-byte messages during a run'),
    messages(report, 'micro', 'Micros', 'loops around one family of opcodes each'),
    blocks(report),
    scaling(report),
    timeline(report),
    hashing(report),
    parts(report),
    startup(report),
    tables(report),
  ].join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body><main>
${body}
</main></body>
</html>
`
}

function header({ machine, quick, filter, rivals, seconds, cases, coreGain }: Report): string {
  const { cpu, cores, memoryGiB, system, node, v8, commit, date, load, adapter } = machine
  const facts: [string, string][] = [
    ['machine', `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}`],
    ...(coreGain ? [['two threads', coreWords(coreGain)] as [string, string]] : []),
    ['runtime', `Node ${node}, V8 ${v8}`],
    ['GPU', adapter ? adapter.name : 'not looked for'],
    ['commit', `${commit}, ${date.slice(0, 16).replace('T', ' ')} UTC`],
    [
      'run',
      `${cases.length} cases in ${seconds.toFixed(0)} s${quick ? ', quick: few runs each' : ''}${filter ? `, only ${filter}` : ''}; load ${load.toFixed(1)} before it`,
    ],
    ...Object.entries(rivals).map(([name, { version, missing }]): [string, string] => [
      name,
      missing === undefined ? (version ?? 'there') : `missing: ${missing}`,
    ]),
  ]
  const rows = facts.map(([name, text]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(text)}</dd></div>`)
  const words =
    'Every result is checked before its time counts. Rivals run in turns with Weft, so that what else the machine does falls on all. Ratios are our time as a part of theirs: less than 1 is faster.'
  return `<header><h1>Weft benchmark</h1><p>${words}</p><dl>${rows.join('')}</dl></header>`
}

function tiles({ comparisons }: Report): string {
  const found = (Object.entries(RATIO_NAMES) as [Ratio, string][]).flatMap(([name, words]) => {
    const comparison = comparisons[name]
    if (!comparison) return []
    const { ofMedians, ofFastest, cases, of, worst } = comparison
    const [what, how] = words.split(', ') as [string, string]
    const tail = RATIOS[name].by === 'mean' ? `, worst ${part(worst)}` : ''
    const speed = ofMedians < 0.2 ? `, ${(1 / ofMedians).toFixed(0)}× as fast` : ''
    return [
      `<div class="tile"><b>${part(ofMedians)}</b><h3>${escaped(what)}</h3><p>${how}; ${cases} of ${of}${speed}${tail}; by fastest runs ${part(ofFastest)}</p></div>`,
    ]
  })
  return found.length > 0 ? `<section class="tiles">${found.join('')}</section>` : ''
}

function section(title: string, words: string, ...children: string[]): string {
  const shown = children.filter(Boolean)
  if (shown.length === 0) return ''
  return `<section><h2>${escaped(title)}</h2><p>${escaped(words)}</p><div class="figures">${shown.join('')}</div></section>`
}

function figure(caption: string, body: string): string {
  return `<figure>${body}<figcaption>${escaped(caption)}</figcaption></figure>`
}

function ratioBarsOf(cases: ReturnType<typeof comparedWith>, rival: string): string {
  const bars = cases.map(({ name, ours, rivals }): Bar => {
    const theirs = rivals[rival]!
    return {
      name: name.replace(/^(own\.)?(micro|parallel|root|part)\./, ''),
      value: ours.medianMs / theirs.medianMs,
      hint: `${name}: ${milliseconds(ours.medianMs)} ms, ${rival} ${milliseconds(theirs.medianMs)} ms`,
    }
  })
  if (bars.length === 0) return ''
  bars.sort((a, b) => a.value - b.value)
  const mean = geometricMean(bars.map(({ value }) => value))!
  if (bars.length > 1) bars.push({ name: 'geometric mean', value: mean, hint: `of ${bars.length}`, strong: true })
  return figure(`Our time as a part of ${rival}’s.`, ratioBars(`Our time as a part of ${rival}’s`, bars))
}

function messages(
  { cases }: Report,
  group: 'classic' | 'classic-memo' | 'micro',
  title: string,
  words: string,
): string {
  const slow = comparedWith(cases, group, 'ethereumjs').map(({ name, ours, rivals }): Bar => {
    const theirs = rivals.ethereumjs!
    const hint = `${name}: ${milliseconds(ours.medianMs)} ms, EthereumJS ${milliseconds(theirs.medianMs)} ms`
    return { name, value: theirs.medianMs / ours.medianMs, hint, strong: true }
  })
  const times = (value: number): string => `${value.toFixed(0)}×`
  return section(
    title,
    words,
    ratioBarsOf(comparedWith(cases, group, 'anvil'), 'anvil'),
    ratioBarsOf(comparedWith(cases, group, 'evmone'), 'evmone'),
    slow.length > 0
      ? figure('How many times as fast as EthereumJS.', amountBars('Times as fast as EthereumJS', slow, times))
      : '',
  )
}

function blocks({ cases }: Report): string {
  const bars = [...comparedWith(cases, 'block', 'ethereumjs'), ...comparedWith(cases, 'sample', 'ethereumjs')].map(
    ({ name, ours, rivals }): Bar => {
      const theirs = rivals.ethereumjs!
      const hint = `${name}: ${milliseconds(ours.medianMs)} ms, EthereumJS ${milliseconds(theirs.medianMs)} ms`
      return { name: name.replace('block.', ''), value: theirs.medianMs / ours.medianMs, hint, strong: true }
    },
  )
  if (bars.length === 0) return ''
  const drawn = columns('Times as fast as EthereumJS', bars, value => `${value.toFixed(0)}×`)
  const words =
    'mainnet blocks and the committed sample block on one thread, each from its own pre-state, senders recovered beforehand'
  return section(
    'Blocks',
    words,
    figure(
      'How many times as fast as EthereumJS with its state in memory, by block.',
      `<div class="wide">${drawn}</div>`,
    ),
  )
}

function scaling(report: Report): string {
  const drawn = scalingCurves(report)
  const words =
    'mainnet blocks in a model fed with measured times, where there are not enough cores; beside it the best that any schedule could do, and what was measured here'
  const blocks = comparedWith(report.cases, 'parallel', 'sequential')
  const shared = ratioBarsOf(blocks, 'sequential').replaceAll('sequential’s', 'a sequential run’s')
  return section('Threads', words, drawn ? figure('Speed-up against one thread.', drawn) : '', shared)
}

function timeline({ timeline }: Report): string {
  if (!timeline) return ''
  const legend = SPAN_KINDS.map(([tone, words]) => `<span><i class="b-${tone}"></i>${escaped(words)}</span>`).join('')
  const words = `${timeline.block}, on ${timeline.threads} threads`
  return section(
    'A block on its threads',
    words,
    figure(
      'What each thread did when.',
      `<div class="wide">${workerTimeline(timeline)}</div><p class="legend">${legend}</p>`,
    ),
  )
}

function hashing(report: Report): string {
  const { adapter } = report.machine
  const rates = hashRates(report)
  const on = adapter ? `; GPU: ${adapter.name}` : ''
  return section(
    'Keccak',
    `messages of 64 bytes${on}`,
    rates ? figure(rateCaption(report), rates) : '',
    ...libraryBars(report).map(({ caption, drawn }) => figure(caption, drawn)),
  )
}

/** State roots and senders: what the engine does beside running code, against libraries that do the same. */
function parts({ cases }: Report): string {
  const words = 'state roots of fresh accounts with four slots each, and the senders of signed transactions'
  const roots = ratioBarsOf(comparedWith(cases, 'root', '@ethereumjs/mpt'), '@ethereumjs/mpt')
  return section(
    'Roots and senders',
    words,
    roots,
    ratioBarsOf(comparedWith(cases, 'part', '@noble/curves'), '@noble/curves'),
  )
}

function startup({ cases, memory, sizes }: Report): string {
  const bars = cases.flatMap(({ name, group, ours }): Bar[] => {
    if (group !== 'startup' || !ours) return []
    const words = STARTUPS[name] ?? name
    return [{ name: words, value: ours.medianMs, hint: `fastest ${milliseconds(ours.minMs)} ms`, strong: true }]
  })
  const facts = [...(memory ? memoryLines(memory) : []), ...(sizes ? [sizeLine(sizes)] : [])]
  const lines = facts.map(line => `<p>${escaped(line)}.</p>`).join('')
  const drawn =
    bars.length > 0 ? amountBars('Milliseconds to the first result', bars, value => `${value.toFixed(0)} ms`) : ''
  return section(
    'Start-up and memory',
    'from nothing to the first result, each time in a process of its own',
    drawn && figure('Milliseconds to the first result.', drawn),
    lines && `<div class="facts">${lines}</div>`,
  )
}

const STARTUPS: Record<string, string> = {
  'startup.compiled': 'with a compiled module',
  'startup.package': 'from the package’s file',
  'startup.process': 'with the start of Node',
}

function tables({ cases }: Report): string {
  const names = [...new Set(cases.flatMap(({ rivals = {} }) => Object.keys(rivals)))]
  const cell = (text: string): string => element('td', {}, escaped(text))
  const rows = cases.map(({ name, ours, rivals = {}, error, missing }) => {
    const figures = ours
      ? [
          milliseconds(ours.medianMs),
          milliseconds(ours.minMs),
          `${(ours.spread * 100).toFixed(0)} %`,
          String(ours.runs),
        ]
      : [error ?? `missing: ${missing ?? ''}`, '', '', '']
    const theirs = names.map(rival => (rivals[rival] ? milliseconds(rivals[rival].medianMs) : ''))
    return `<tr>${[name, ...figures, ...theirs].map(cell).join('')}</tr>`
  })
  const head = ['case', 'median ms', 'fastest ms', 'spread', 'runs', ...names.map(name => `${name} ms`)]
  const titles = head.map(text => element('th', {}, escaped(text))).join('')
  return `<section><details><summary>All figures</summary><div class="wide"><table><thead><tr>${titles}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div></details></section>`
}
