// The form of the Run tab: which block, how, and what became of it.

import { byId, el } from '../dom.ts'
import { EngineClient } from '../engine/client.ts'
import type { BlockChoice, Failure, Settings } from '../engine/protocol.ts'
import type { Isolation } from '../page/isolation.ts'
import { SAMPLES, type SampleName } from '../samples/samples.ts'
import { readFiles } from './files.ts'
import { showResult } from './result.ts'

/** What can be chosen beside the samples. */
const OTHERS = {
  file: { title: 'Your own', about: 'a block file, dropped or chosen' },
  remote: { title: 'From a node', about: 'any block by number, over JSON-RPC' },
} as const

/** Most threads that are offered. */
const MOST_THREADS = 16

/** Makes the form work. */
export function startRunPanel(isolation: Isolation): void {
  const client = new EngineClient()
  const form = byId<HTMLFormElement>('setup')
  offerBlocks()
  offerThreads(isolation)
  const files = readFiles(() => choose('file'))
  form.addEventListener('change', showOwn)
  showOwn()
  byId('cancel').addEventListener('click', () => client.cancel())
  form.addEventListener('submit', async event => {
    event.preventDefault()
    const choice = chosen(files())
    if ('message' in choice) return fail(choice)
    await run(client, choice)
  })
  form.dataset.ready = 'true'
  performance.mark('weft-ready')
}

function offerBlocks(): void {
  const choices = Object.entries({ ...SAMPLES, ...OTHERS }).map(([name, { title, about }], i) =>
    el(
      'label',
      { class: 'choice' },
      el('input', { type: 'radio', name: 'block', value: name, class: 'visually-hidden', checked: i === 0 }),
      el('strong', {}, title),
      el('span', {}, about),
    ),
  )
  byId('blocks').replaceChildren(...choices)
}

function offerThreads({ isolated, reason }: Isolation): void {
  const cores = navigator.hardwareConcurrency || 1
  const most = isolated ? Math.min(MOST_THREADS, Math.max(2, cores)) : 1
  const usual = Math.min(most, Math.max(1, cores), 8)
  const options = Array.from({ length: most }, (_, i) =>
    el('option', { value: i + 1, selected: i + 1 === usual }, i + 1),
  )
  byId<HTMLSelectElement>('threads').replaceChildren(...options)
  if (isolated) return
  const note = byId('isolation')
  note.textContent =
    `One thread only: this page is not cross-origin isolated, since ${reason}. Threads share memory, which browsers ` +
    'allow isolated pages alone. Everything else works.'
  note.hidden = false
}

function choose(name: keyof typeof OTHERS): void {
  const input = document.querySelector<HTMLInputElement>(`input[name=block][value=${name}]`)
  if (input) input.checked = true
  showOwn()
}

const chosenName = (): string =>
  document.querySelector<HTMLInputElement>('input[name=block]:checked')?.value ?? 'sample'

function showOwn(): void {
  byId('own-file').hidden = chosenName() !== 'file'
  byId('remote').hidden = chosenName() !== 'remote'
}

function chosen(files: readonly File[]): BlockChoice | Failure {
  const name = chosenName()
  if (name === 'file') {
    return files.length > 0
      ? { kind: 'files', files }
      : { message: 'Choose a block file first, or drop one on the page.' }
  }
  if (name !== 'remote') return { kind: 'sample', name: name as SampleName }
  const url = byId<HTMLInputElement>('rpc-url').value.trim()
  if (!/^https?:\/\/\S+$/.test(url))
    return { message: 'The address of the node has to begin with https:// or http://.' }
  return { kind: 'rpc', url, block: byId<HTMLInputElement>('rpc-block').value.trim() || 'latest' }
}

function settings(): Settings {
  const value = (id: string): string => byId<HTMLSelectElement>(id).value
  return {
    threads: Number(value('threads')),
    dispatch: value('dispatch') as Settings['dispatch'],
    hash: value('hash') as Settings['hash'],
    hints: byId<HTMLInputElement>('hints').checked,
    compare: byId<HTMLInputElement>('compare').checked,
  }
}

async function run(client: EngineClient, choice: BlockChoice): Promise<void> {
  const result = byId('result')
  busy(true)
  byId('failure').hidden = true
  const ending = await client.run(choice, settings(), (stage, part) => {
    byId('stage').textContent = stage
    const bar = byId<HTMLProgressElement>('bar')
    if (part === undefined) bar.removeAttribute('value')
    else bar.value = part
  })
  busy(false)
  const announce = byId('announce')
  if (ending.kind === 'cancelled') {
    announce.textContent = 'Cancelled.'
    return
  }
  if (ending.kind === 'failed') return fail(ending.failure)
  byId('steps').hidden = true
  result.hidden = false
  announce.textContent = showResult(result, ending.result)
}

function busy(isBusy: boolean): void {
  byId('progress').hidden = !isBusy
  byId('cancel').hidden = !isBusy
  byId<HTMLButtonElement>('run').disabled = isBusy
  byId('setup').setAttribute('aria-busy', String(isBusy))
  byId<HTMLProgressElement>('bar').removeAttribute('value')
  byId('stage').textContent = 'Starting'
}

function fail({ message, details }: Failure): void {
  const failure = byId('failure')
  failure.replaceChildren(
    el('p', {}, /[.!?]$/.test(message) ? message : `${message}.`),
    ...(details ? [el('p', {}, details)] : []),
  )
  failure.hidden = false
}
