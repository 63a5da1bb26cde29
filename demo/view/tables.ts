// The figures behind the pictures: batches, hot objects, workers, predictions, hashes.

import { type HashMetrics, type HotObject, hottestObjects, type ParallelMetrics } from '../../src/index.ts'
import { type Child, el, table } from '../dom.ts'
import { duration, figure, grouped, shortName } from '../format.ts'
import type { GraphModel, Times } from './model.ts'
import { shapeOf } from './palette.ts'

/** Batches that are listed until more are asked for. */
const FEW = 12
const MOST_OBJECTS = 7

/** One row per batch: how many, how heavy, when. */
export function batchTable(model: GraphModel, times: Times): HTMLElement {
  const { graph, batches, isCritical } = model
  const total = graph.gas.reduce((sum, gas) => sum + gas, 0)
  const rows = batches.map((txs, batch) => {
    const gas = txs.reduce((sum, tx) => sum + graph.gas[tx]!, 0)
    const ran = [...txs].flatMap(tx => times.of[tx]!.runs)
    const start = ran.reduce((least, each) => Math.min(least, each.start), Number.POSITIVE_INFINITY)
    const end = ran.reduce((most, each) => Math.max(most, each.end), 0)
    const share = el('meter', {
      min: 0,
      max: 1,
      value: total === 0 ? 0 : gas / total,
      'aria-label': `Gas of batch ${batch + 1}`,
    })
    return [
      el(
        'span',
        { class: 'swatch' },
        el('span', { 'data-batch': batch % 8, 'aria-hidden': 'true' }, sign(batch)),
        ` ${batch + 1}`,
      ),
      grouped(txs.length),
      grouped(gas),
      share,
      grouped([...txs].filter(tx => isCritical[tx]).length),
      ran.length > 0 ? duration(start / 1000) : '–',
      ran.length > 0 ? duration(end / 1000) : '–',
    ] as Child[]
  })
  const columns = ['Batch', 'Transactions', 'Gas', 'Share', 'Critical', 'From', 'To']
  const place = el('div', {}, table('Batches', columns, rows.slice(0, FEW)))
  if (rows.length <= FEW) return place
  const all = el('button', { type: 'button', class: 'quiet' }, `Show all ${grouped(rows.length)} batches`)
  all.addEventListener('click', () => place.replaceChildren(table('Batches', columns, rows)))
  place.append(all)
  return place
}

function sign(batch: number): string {
  return { circle: '●', square: '■', diamond: '◆', triangle: '▲', hexagon: '⬢' }[shapeOf(batch)]
}

/** The objects at which most transactions meet. `choose`: one was chosen, or let go. */
export function hotObjects({ graph }: GraphModel, choose: (name: string | undefined) => void): HTMLElement {
  const objects = hottestObjects(graph, MOST_OBJECTS, 'transactions')
  if (objects.length === 0) return el('p', { class: 'hint' }, 'No two transactions meet anywhere.')
  const most = objects[0]!.transactions
  const buttons = objects.map(object => hotButton(object, most))
  for (const [i, button] of buttons.entries()) {
    button.addEventListener('click', () => {
      const isChosen = button.getAttribute('aria-pressed') === 'true'
      for (const each of buttons) each.setAttribute('aria-pressed', 'false')
      button.setAttribute('aria-pressed', String(!isChosen))
      choose(isChosen ? undefined : objects[i]!.name)
    })
  }
  return el('ul', { class: 'hot' }, ...buttons.map(button => el('li', {}, button)))
}

function hotButton({ name, transactions, readers, writers, deltas }: HotObject, most: number): HTMLButtonElement {
  const bar = el('span', { class: 'bar', 'aria-hidden': 'true' })
  bar.style.width = `${(100 * transactions) / most}%`
  const roles = `${grouped(readers)} read, ${grouped(writers)} write, ${grouped(deltas)} add`
  return el(
    'button',
    { type: 'button', 'aria-pressed': 'false', title: name },
    bar,
    el('span', { class: 'mono' }, shortName(name)),
    el('span', { class: 'hint' }, `${grouped(transactions)} transactions: ${roles}`),
  )
}

/** What the workers did with their time. */
export function workerTable({ workerMs }: ParallelMetrics): HTMLElement {
  const rows = workerMs.map(({ worker, transactions, run, rerun, frontier, wait }) => {
    const busy = run + rerun + frontier
    const times = [run, rerun, frontier, wait].map(ms => duration(ms))
    return [String(worker + 1), grouped(transactions), ...times, `${figure((100 * busy) / (busy + wait || 1))} %`]
  })
  return table('Workers', ['Worker', 'Transactions', 'Runs', 'Again', 'Commits', 'Waiting', 'Busy'], rows)
}

/** How well accesses to storage were foreseen. */
export function predictionTable({ prediction, edges }: ParallelMetrics): HTMLElement {
  const share = (part: number, whole: number): string => (whole === 0 ? '–' : `${figure((100 * part) / whole)} %`)
  const rows = prediction.map(({ source, predicted, actual, common, conflictActual, conflictCommon }) => [
    source,
    grouped(predicted),
    share(common, predicted),
    share(common, actual),
    share(conflictCommon, conflictActual),
  ])
  if (edges) {
    const { predicted, actual, common } = edges
    rows.push(['edges of the graph', grouped(predicted), share(common, predicted), share(common, actual), '–'])
  }
  return table('Predictions', ['Source', 'Keys', 'Right', 'Found', 'Found where transactions meet'], rows)
}

/** What was hashed, and where. */
export function hashTable({ work, adapter, reason, asked }: HashMetrics): HTMLElement {
  const places = { core: 'WASM, in place', wasm: 'WASM, in batches', webgpu: 'WebGPU' }
  const rows = work.map(({ purpose, backend, batches, messages, permutations, ms }) => [
    purpose,
    places[backend],
    grouped(batches),
    grouped(messages),
    grouped(permutations),
    batches > 0 ? duration(ms) : '–',
  ])
  const gpu = adapter ? `GPU: ${adapter}. ` : ''
  return el(
    'div',
    {},
    table('Hashing', ['For', 'Where', 'Batches', 'Messages', 'Permutations', 'Time'], rows),
    el('p', { class: 'hint' }, `${gpu}Hashing ${asked}: ${reason}.`),
  )
}
