// What there is to know of one transaction, beside the graph.

import type { ParallelReport } from '../../src/index.ts'
import { type Child, el, table } from '../dom.ts'
import type { TxFacts } from '../engine/protocol.ts'
import { duration, ether, grouped, short, shortName } from '../format.ts'
import { comparedAccesses, type GraphModel, type Times, waitsFor } from './model.ts'

/** Predecessors and accesses that are listed at most; counters of hot contracts have hundreds. */
const MOST = 8
const MOST_ACCESSES = 40

/** What the panel is made of. */
export interface Known {
  report: ParallelReport
  transactions: readonly TxFacts[]
  times: Times
}

/** The panel of a transaction. `choose`: another one was asked for. */
export function detailOf(known: Known, model: GraphModel, tx: number, choose: (tx: number) => void): HTMLElement {
  const { report, transactions, times } = known
  const facts = transactions[tx]!
  const runs = report.runs[tx]!
  const close = el('button', { type: 'button', class: 'quiet', 'aria-label': 'Close' }, '✕')
  const rows: [string, Child][] = [
    ['From', hex(facts.from)],
    ['To', facts.to ? hex(facts.to) : 'a new contract'],
    ['Selector', facts.selector ? el('code', {}, facts.selector) : '–'],
    ['Value', ether(facts.value)],
    ['Gas', grouped(facts.gasUsed)],
    ['Result', `${facts.status}, ${facts.logs} ${facts.logs === 1 ? 'log' : 'logs'}`],
    ['Batch', `${model.batchOf[tx]! + 1} of ${model.batches.length}`],
    ['Runs', runs > 1 ? `${runs}: what it had read did not hold` : '1'],
    ['Committed', `after ${duration(times.of[tx]!.committed / 1000)}`],
  ]
  const element = el(
    'section',
    { class: 'detail', 'aria-label': `Transaction ${tx}` },
    el('header', {}, el('h3', {}, `Transaction ${tx}`), close),
    el('p', { class: 'hint mono', title: facts.hash }, short(facts.hash)),
    el('dl', { class: 'facts' }, ...rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])),
    waits(model, tx, choose),
    accesses(report, tx),
  )
  close.addEventListener('click', () => choose(-1))
  return element
}

/** What is said of a transaction that a pointer is over. */
export function briefOf({ report, transactions }: Known, model: GraphModel, tx: number): string[] {
  const { from, to, selector } = transactions[tx]!
  const list = comparedAccesses(report, tx)
  const foreseen = list.filter(each => each.foreseen === each.actual).length
  const waits = waitsFor(model, tx)
  const [last] = waits
  return [
    `Transaction ${tx}, batch ${model.batchOf[tx]! + 1}`,
    `${short(from)} → ${to ? short(to) : 'a new contract'}${selector ? `, ${selector}` : ''}`,
    list.length > 0 ? `${foreseen} of ${list.length} accesses as foreseen` : 'no access was recorded',
    last ? `waits for ${waits.length > 1 ? `${waits.length} others` : `transaction ${last.tx}`}` : 'waits for nobody',
  ]
}

function hex(value: string): HTMLElement {
  return el('code', { title: value }, short(value))
}

function waits(model: GraphModel, tx: number, choose: (tx: number) => void): HTMLElement {
  const list = waitsFor(model, tx)
  if (list.length === 0)
    return el('div', {}, el('h4', {}, 'Why it waited'), el('p', { class: 'hint' }, 'It waits for nobody.'))
  const items = list.slice(0, MOST).map(({ tx: before, objects }) => {
    const link = el('button', { type: 'button', class: 'quiet' }, `Transaction ${before}`)
    link.addEventListener('click', () => choose(before))
    const where = objects.length > 0 ? ` wrote ${objects.slice(0, 2).map(shortName).join(' and ')}` : ''
    const more = objects.length > 2 ? ` and ${objects.length - 2} more` : ''
    return el('li', { title: objects.join('\n') }, link, el('span', {}, where + more))
  })
  const rest = list.length > MOST && el('li', { class: 'hint' }, `and ${list.length - MOST} more`)
  return el('div', {}, el('h4', {}, 'Why it waited'), el('ul', { class: 'waits' }, ...items, rest))
}

function accesses(report: ParallelReport, tx: number): HTMLElement {
  const list = comparedAccesses(report, tx)
  const rows = list.slice(0, MOST_ACCESSES).map(({ name, foreseen, actual }) => {
    const word =
      foreseen === actual ? 'as foreseen' : foreseen === '' ? 'not foreseen' : actual === '' ? 'not needed' : 'in part'
    return [
      el('span', { class: 'mono', title: name }, shortName(name)),
      letters(foreseen),
      letters(actual),
      el('span', { class: foreseen === actual ? 'good' : 'hint' }, word),
    ]
  })
  const rest = list.length > MOST_ACCESSES && el('p', { class: 'hint' }, `and ${list.length - MOST_ACCESSES} more`)
  return el(
    'div',
    {},
    el('h4', {}, 'Reads (R), writes (W), adds (A)'),
    rows.length > 0
      ? table(`Accesses of transaction ${tx}`, ['Object', 'Predicted', 'Actual', ''], rows)
      : el('p', { class: 'hint' }, 'None was recorded.'),
    rest,
  )
}

function letters(text: string): Child {
  return text === '' ? '–' : el('code', {}, text)
}
