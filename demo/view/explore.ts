// The views of a run together: what is chosen in one is marked in the others.

import type { ParallelReport } from '../../src/index.ts'
import { type Child, el } from '../dom.ts'
import type { RunResult } from '../engine/protocol.ts'
import { duration, figure, grouped } from '../format.ts'
import { briefOf, detailOf, type Known } from './detail.ts'
import { GraphView } from './graph.ts'
import { type GraphKind, type GraphModel, graphModel, stateAt, type Times, timesOf } from './model.ts'
import { batchTable, hashTable, hotObjects, predictionTable, workerTable } from './tables.ts'
import { TimelineView } from './timeline.ts'

/** The views, and what ends them. */
export interface Exploration {
  elements: readonly HTMLElement[]
  close: () => void
}

/** A section with a heading and what is beside it. */
function card(title: string, note: string, tools: Child, ...children: readonly Child[]): HTMLElement {
  const heading = el('div', {}, el('h2', {}, title), el('p', { class: 'hint' }, note))
  return el('section', { class: 'card view', 'aria-label': title }, el('header', {}, heading, tools), ...children)
}

/** Makes the views of a result. */
export function explore(result: RunResult): Exploration {
  const hashing = card(
    'Hashing',
    'Keccak-256 for roots, keys, codes and predictions',
    undefined,
    hashTable(result.hash),
  )
  const { report, recorded } = result
  if (!report || !recorded) {
    const why = `Nothing was recorded: ${result.unrecorded ?? 'the block has no transactions'}.`
    return { elements: [el('p', { class: 'hint' }, why), hashing], close: () => {} }
  }
  return new Explorer(result, report, hashing)
}

class Explorer implements Exploration {
  readonly elements: readonly HTMLElement[]
  readonly #result: RunResult
  readonly #report: ParallelReport
  readonly #times: Times
  readonly #graph: GraphView
  readonly #timeline: TimelineView
  readonly #side = el('div', { class: 'side' })
  readonly #batches = el('div')
  readonly #summary = el('p', { class: 'hint' })
  #model: GraphModel
  #chosen: number | undefined

  constructor(result: RunResult, report: ParallelReport, hashing: HTMLElement) {
    this.#result = result
    this.#report = report
    this.#times = timesOf(report)
    this.#model = graphModel(report, 'actual')
    this.#graph = new GraphView(this.#model, {
      choose: tx => this.#choose(tx),
      describe: tx => briefOf(this.#known, this.#model, tx),
    })
    this.#timeline = new TimelineView(report.spans, this.#times, this.#model, {
      choose: tx => this.#graph.choose(tx, true),
      moment: time => {
        this.#graph.moment = time === undefined ? undefined : tx => stateAt(this.#times.of[tx]!, time)
      },
    })
    this.elements = [this.#graphCard(), this.#timelineCard(), ...this.#tableCards(), hashing]
    this.#refresh()
    Object.assign(this.elements[0]!, { weftStage: this.#graph.stage })
  }

  close(): void {
    this.#timeline.close()
  }

  #graphCard(): HTMLElement {
    const critical = el('input', { type: 'checkbox', id: 'critical', checked: true })
    critical.addEventListener('change', () => {
      this.#graph.critical = critical.checked
    })
    const find = el('input', {
      type: 'number',
      id: 'find',
      min: 0,
      max: this.#report.actual.count - 1,
      placeholder: '0',
    })
    find.addEventListener('change', () => {
      const tx = find.value === '' ? -1 : Number(find.value)
      if (tx >= 0 && tx < this.#report.actual.count) this.#graph.choose(tx, true)
    })
    const tools = el(
      'div',
      { class: 'tools' },
      this.#kinds(),
      el('label', { class: 'check', for: 'critical' }, critical, 'Critical path'),
      el('label', { for: 'find', class: 'find' }, 'Transaction ', find),
    )
    const body = el('div', { class: 'graph-body' }, this.#graph.element, this.#side)
    const title = 'Conflict graph'
    const heading = el('div', {}, el('h2', {}, title), this.#summary)
    return el('section', { class: 'card view', 'aria-label': title }, el('header', {}, heading, tools), body)
  }

  /** Actual or predicted. */
  #kinds(): HTMLElement {
    const one = (kind: GraphKind, label: string): HTMLElement => {
      const input = el('input', {
        type: 'radio',
        name: 'graph',
        value: kind,
        checked: kind === 'actual',
        class: 'visually-hidden',
      })
      input.addEventListener('change', () => this.#show(kind))
      return el('label', {}, input, label)
    }
    return el(
      'fieldset',
      { class: 'switch' },
      el('legend', { class: 'visually-hidden' }, 'Graph'),
      one('actual', 'Actual'),
      one('predicted', 'Predicted'),
    )
  }

  #timelineCard(): HTMLElement {
    const { recorded, settings } = this.#result
    const { aborts, dispatch, workers } = recorded!
    const how = dispatch.chosen === settings.dispatch ? '' : `, recorded with ${dispatch.chosen} dispatch`
    const again =
      aborts === 0
        ? 'no run was thrown away'
        : `${grouped(aborts)} ${aborts === 1 ? 'run' : 'runs'} thrown away, hatched`
    const note = `${workers} ${workers === 1 ? 'worker' : 'workers'} in ${duration(this.#times.end / 1000)}${how}; ${again}; commits below`
    return card('Timeline', note, undefined, this.#timeline.element)
  }

  #tableCards(): HTMLElement[] {
    const recorded = this.#result.recorded!
    const cards = [
      card('Batches', 'Transactions of a batch do not touch each other', undefined, this.#batches),
      card('Workers', 'What each did with its time', undefined, workerTable(recorded)),
      card(
        'Predictions',
        'Storage keys, foreseen from bytecode, access lists and earlier blocks',
        undefined,
        predictionTable(recorded),
      ),
    ]
    for (const half of cards.slice(1)) half.classList.add('half')
    return cards
  }

  #show(kind: GraphKind): void {
    this.#model = graphModel(this.#report, kind)
    this.#graph.show(this.#model)
    this.#timeline.show(this.#model)
    this.#refresh()
  }

  /** What depends on which graph is shown. */
  #refresh(): void {
    const { graph, batches, critical } = this.#model
    const gas = graph.gas.reduce((sum, each) => sum + each, 0)
    const bound = critical.gas > 0 ? gas / critical.gas : 1
    this.#summary.textContent =
      `${grouped(graph.successors.length)} edges, ${grouped(batches.length)} ${batches.length === 1 ? 'batch' : 'batches'}; ` +
      `critical path of ${grouped(critical.transactions.length)}: at most ${figure(bound)}× by any number of threads`
    this.#batches.replaceChildren(batchTable(this.#model, this.#times))
    this.#showSide()
  }

  #choose(tx: number | undefined): void {
    this.#chosen = tx
    this.#timeline.choose(tx)
    this.#showSide()
  }

  get #known(): Known {
    return { report: this.#report, transactions: this.#result.transactions, times: this.#times }
  }

  #showSide(): void {
    if (this.#chosen === undefined) {
      const list = hotObjects(this.#model, name => this.#emphasise(name))
      this.#side.replaceChildren(
        el('h3', {}, 'Where they meet'),
        list,
        el('p', { class: 'hint' }, 'Choose a transaction in the graph to see what it read and wrote.'),
      )
      return
    }
    const detail = detailOf(this.#known, this.#model, this.#chosen, tx =>
      this.#graph.choose(tx < 0 ? undefined : tx, true),
    )
    this.#side.replaceChildren(detail)
  }

  #emphasise(name: string | undefined): void {
    const object = this.#model.graph.objects?.find(each => each.name === name)
    const members = object && new Set([...object.readers, ...object.writers, ...(object.deltas ?? [])])
    this.#graph.emphasise(members)
  }
}
