// The Bench tab: what to measure, charts of what came out, and ways to take it along.

import type { CaseResult, Report } from '../../bench/report.ts'
import { el, table } from '../dom.ts'
import { duration, figure, grouped, rate } from '../format.ts'
import { charts } from './charts.ts'
import { type BenchNews, type BenchOrder, KINDS, type Kind } from './protocol.ts'
import { decodeSummary, encodeSummary, toPng } from './share.ts'

/** Fills the panel, below the heading that the page brings along. */
export function startBenchPanel(panel: HTMLElement): void {
  const boxes = (Object.keys(KINDS) as Kind[]).map(kind =>
    el(
      'label',
      { class: 'choice' },
      el('input', { type: 'checkbox', name: 'kind', value: kind, checked: true, class: 'visually-hidden' }),
      el('strong', {}, KINDS[kind].title),
      el('span', {}, KINDS[kind].about),
    ),
  )
  const start = el('button', { type: 'submit', class: 'primary', id: 'bench-run' }, 'Measure')
  const stop = el('button', { type: 'button', hidden: true, id: 'bench-stop' }, 'Stop')
  const stage = el('span', { id: 'bench-stage' })
  const bar = el('progress', { max: 1, 'aria-labelledby': 'bench-stage' })
  const progress = el('div', { class: 'progress', hidden: true }, bar, stage)
  const result = el('div', { class: 'bench-result', id: 'bench-result' })
  const announce = el('p', { class: 'visually-hidden', 'aria-live': 'polite', id: 'bench-announce' })
  const form = el(
    'form',
    { class: 'card setup' },
    el('fieldset', {}, el('legend', {}, 'Cases'), el('div', { class: 'choices' }, ...boxes)),
    el('div', { class: 'controls' }, el('div', { class: 'actions' }, start, stop)),
    progress,
  )
  panel.append(form, announce, result)

  let worker: Worker | undefined
  const busy = (isBusy: boolean): void => {
    start.disabled = isBusy
    stop.hidden = !isBusy
    progress.hidden = !isBusy
    if (isBusy) return
    worker?.terminate()
    worker = undefined
  }
  const take = (news: BenchNews): void => {
    if (news.kind === 'progress') {
      stage.textContent = news.name
      bar.value = news.part
      return
    }
    busy(false)
    if (news.kind === 'done') showReport(result, news.report)
    else result.replaceChildren(el('p', { class: 'failure', role: 'alert' }, news.message))
    announce.textContent = news.kind === 'done' ? 'Measured.' : 'It failed.'
  }
  stop.addEventListener('click', () => busy(false))
  form.addEventListener('submit', event => {
    event.preventDefault()
    const kinds = [...form.querySelectorAll<HTMLInputElement>('input:checked')].map(({ value }) => value as Kind)
    if (kinds.length === 0) return
    announce.textContent = ''
    busy(true)
    worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'weft-bench' })
    worker.onmessage = ({ data }: MessageEvent<BenchNews>) => take(data)
    worker.onerror = ({ message }) => take({ kind: 'failed', message: message || 'the worker could not be loaded' })
    const threads = crossOriginIsolated ? Math.max(2, navigator.hardwareConcurrency) : 1
    worker.postMessage({ kinds, threads } satisfies BenchOrder)
  })
  const shared = decodeSummary(location.hash)
  if (shared) showReport(result, shared, true)
}

function showReport(place: HTMLElement, report: Report, isShared = false): void {
  const { cases, seconds } = report
  const facts = factsOf(report)
  const title = isShared ? 'Measured by somebody else' : `Measured in ${figure(seconds)} s`
  const drawn = charts(report)
  place.dataset.wrong = String(cases.filter(({ error }) => error !== undefined).length)
  place.replaceChildren(
    el('div', { class: 'headline' }, el('h2', {}, title), el('p', { class: 'hint' }, facts)),
    el(
      'div',
      { class: 'charts' },
      ...drawn.map(chart => el('figure', { class: 'card chart-card' }, captionOf(chart), chart)),
    ),
    el(
      'section',
      { class: 'card view', 'aria-label': 'All cases' },
      el('header', {}, el('h2', {}, 'All cases')),
      caseTable(cases),
    ),
    actions(report, drawn),
  )
}

/** Where it was measured. */
function factsOf({ machine }: Report): string {
  const gpu = machine.adapter?.name ?? 'no GPU measured'
  return `${machine.node} on ${machine.system}, ${machine.cores} threads of the processor, ${gpu}`
}

function captionOf(chart: SVGElement): HTMLElement {
  return el('figcaption', {}, chart.querySelector('title')?.textContent ?? '')
}

function caseTable(cases: readonly CaseResult[]): HTMLElement {
  const rows = cases.map(result => {
    const { name, gas, items, ours, rivals, missing, error } = result
    if (!ours) return [name, '–', '–', missing ?? error ?? '–']
    const per = gas ? rate(gas, ours.medianMs) : items ? `${figure((items * 1000) / ours.medianMs / 1e6)} M/s` : '–'
    const others = Object.entries(rivals ?? {}).map(([rival, { medianMs }]) => `${rival} ${duration(medianMs)}`)
    return [name, duration(ours.medianMs), per, others.join(', ') || '–']
  })
  return table('All cases', ['Case', 'Time', 'Rate', 'Beside it'], rows)
}

function actions(report: Report, drawn: readonly SVGElement[]): HTMLElement {
  const said = el('span', { class: 'hint', 'aria-live': 'polite' })
  const button = (label: string, act: () => Promise<string>): HTMLElement => {
    const made = el('button', { type: 'button' }, label)
    made.addEventListener('click', async () => {
      said.textContent = await act().catch(error => String(error))
    })
    return made
  }
  const link = async (): Promise<string> => {
    const url = `${location.origin}${location.pathname}#bench?r=${await encodeSummary(report)}`
    await navigator.clipboard.writeText(url)
    return `Link copied: ${grouped(url.length)} characters, with the figures in it.`
  }
  const json = async (): Promise<string> => {
    save(new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: 'application/json' }), 'weft-bench.json')
    return 'The JSON of npm run bench.'
  }
  const png = async (): Promise<string> => {
    save(await toPng(drawn, `Weft: ${factsOf(report)}, ${report.machine.date.slice(0, 10)}`), 'weft-bench.png')
    return 'Saved.'
  }
  return el(
    'div',
    { class: 'share' },
    button('JSON', json),
    button('Copy link', link),
    drawn.length > 0 && button('PNG', png),
    said,
  )
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  el('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
