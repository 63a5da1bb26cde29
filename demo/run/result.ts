// What came out of a run: figures, checks, and the views on it.

import { el } from '../dom.ts'
import type { HeaderCheck, RunResult } from '../engine/protocol.ts'
import { duration, figure, grouped, rate, short } from '../format.ts'
import { type Exploration, explore } from '../view/explore.ts'

/** Names of header fields as people say them. */
const FIELDS: Record<string, string> = {
  receiptsRoot: 'Receipts root',
  stateRoot: 'State root',
  transactionsRoot: 'Transactions root',
  withdrawalsRoot: 'Withdrawals root',
  requestsHash: 'Requests hash',
  logsBloom: 'Logs bloom',
  gasUsed: 'Gas used',
  blobGasUsed: 'Blob gas used',
}

let shown: Exploration | undefined

/** Fills the place of the result. Returns one sentence that says how it went. */
export function showResult(place: HTMLElement, result: RunResult): string {
  const wrong = result.checks.filter(({ check }) => check === false)
  const summary =
    wrong.length === 0
      ? `${result.title}: verified in ${duration(result.timing.execute)}.`
      : `${result.title}: ${wrong.map(({ field }) => FIELDS[field] ?? field).join(', ')} differ from the header.`
  shown?.close()
  shown = explore(result)
  place.replaceChildren(headline(result), figures(result), checks(result.checks), ...shown.elements)
  place.dataset.verified = String(wrong.length === 0)
  return summary
}

function headline({ title, number, fork, transactions, gasUsed }: RunResult): HTMLElement {
  const facts = `Block ${grouped(Number(number))}, ${fork}: ${grouped(transactions.length)} transactions, ${grouped(gasUsed)} gas`
  return el('div', { class: 'headline' }, el('h2', {}, title), el('p', { class: 'hint' }, facts))
}

function figures({ gasUsed, timing, sequential, parallel, settings, hash }: RunResult): HTMLElement {
  const one = (name: string, value: string, note: string): HTMLElement =>
    el('div', {}, el('dt', {}, name), el('dd', {}, el('strong', {}, value), el('span', {}, note)))
  const chosen = parallel?.dispatch.chosen ?? 'sequential'
  const asked = settings.dispatch === 'auto' && parallel ? `auto: ${parallel.dispatch.reason}` : 'as asked'
  const threads = `${settings.threads} ${settings.threads === 1 ? 'thread' : 'threads'}`
  const hashes = hash.work.reduce((sum, { messages }) => sum + messages, 0)
  return el(
    'dl',
    { class: 'figures' },
    one('Throughput', rate(gasUsed, timing.execute), `all transactions in ${duration(timing.execute)}`),
    sequential
      ? one(
          'Speed-up',
          `${figure(sequential.execute / timing.execute)}×`,
          `sequentially ${duration(sequential.execute)}`,
        )
      : one('Speed-up', '–', settings.compare ? 'this is sequential execution' : 'not measured'),
    one('Dispatch', chosen, asked),
    one('Threads', threads, timing.runs === 1 ? 'first run, nothing warmed up' : `median of ${timing.runs} runs`),
    one('Whole block', duration(timing.total), `with signers, state and ${grouped(hashes)} hashes`),
  )
}

function checks(list: readonly HeaderCheck[]): HTMLElement {
  const words = { true: 'matches', false: 'differs', unknown: 'cannot be told: only part of the state is known' }
  return el(
    'ul',
    { class: 'checks', 'aria-label': 'Compared with the block’s header' },
    ...list.map(({ field, check, expected, found }) => {
      const word = words[String(check) as keyof typeof words]
      const value = check === false ? `expected ${short(expected)}, got ${short(found)}` : short(found)
      return el(
        'li',
        { 'data-check': String(check), title: `${FIELDS[field] ?? field} ${word}: ${value}` },
        el('span', { class: 'mark', 'aria-hidden': 'true' }, check === true ? '✓' : check === false ? '✕' : '?'),
        el('span', {}, FIELDS[field] ?? field, el('span', { class: 'visually-hidden' }, ` ${word}`)),
        el('code', {}, field.endsWith('Used') ? grouped(Number(found)) : value),
      )
    }),
  )
}
