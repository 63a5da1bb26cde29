// Measures in the browser with the harness of `npm run bench`, on cases of the same names.

import type { CaseEntry } from '../../bench/cases/case.ts'
import { gpuCases, HashBackends, hashCases } from '../../bench/cases/hash.ts'
import { ownCases } from '../../bench/cases/messages.ts'
import { ParallelEngines, recipeCase } from '../../bench/cases/parallel.ts'
import { Field } from '../../bench/field.ts'
import { type Case, Harness, Missing, type Plan, type Runner } from '../../bench/harness.ts'
import type { Machine } from '../../bench/machine.ts'
import { type CaseResult, compareAll, type Report } from '../../bench/report.ts'
import type { BenchNews, BenchOrder } from './protocol.ts'

/** Seconds rather than minutes: visitors wait. */
const PLAN: Plan = {
  warmUp: { runs: 2, ms: 60 },
  rounds: { usual: 1, slow: 1 },
  runsPerRound: 3,
  theirWarmUp: { runs: 1, processMs: 100 },
}

const post = (news: BenchNews): void => postMessage(news)

/** Rivals that run in a browser; the others need Node. */
class BrowserField extends Field {
  override take(makers: Record<string, () => Runner | Promise<Runner>>): Promise<Record<string, Runner>> {
    const here = Object.entries(makers).filter(([name]) => name === '@noble/hashes' || name === 'hash-wasm')
    return super.take(Object.fromEntries(here))
  }
}

self.onmessage = ({ data }: MessageEvent<BenchOrder>) => {
  measure(data)
    .then(report => post({ kind: 'done', report }))
    .catch(error => post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }))
}

async function measure({ kinds, threads }: BenchOrder): Promise<Report> {
  const began = performance.now()
  const plain = await compiled(new URL('../../dist/weft.simd.wasm', import.meta.url))
  const shared = await compiled(new URL('../../dist/weft.threads.wasm', import.meta.url))
  const [engines, backends, field] = [new ParallelEngines(plain, shared), new HashBackends(plain), new BrowserField()]
  const make = {
    contracts: () => ownCases(field, plain).filter(({ group }) => group === 'classic'),
    hashing: () => [...hashCases(backends, field), ...gpuCases(backends, field)],
    scaling: () => scalingCases(engines, threads),
  }
  const entries = kinds.flatMap(kind => make[kind]())
  const cases: CaseResult[] = []
  const harness = new Harness(PLAN)
  for (const [i, entry] of entries.entries()) {
    post({ kind: 'progress', name: entry.name, part: i / entries.length })
    cases.push(await measureCase(harness, entry))
  }
  const adapter = kinds.includes('hashing') ? await backends.adapter().catch(() => undefined) : undefined
  await Promise.all([engines.close(), backends.close(), field.close()])
  return {
    machine: { ...machine(), ...(adapter && { adapter: { name: adapter.name, software: adapter.software } }) },
    quick: true,
    seconds: (performance.now() - began) / 1e3,
    cases,
    rivals: field.facts,
    ...compareAll(cases, group => entries.filter(entry => entry.group === group).length),
  }
}

async function compiled(url: URL): Promise<WebAssembly.Module> {
  return WebAssembly.compileStreaming(await fetch(url))
}

function scalingCases(engines: ParallelEngines, most: number): CaseEntry[] {
  const counts = [1, 2, 4, 8, 16].filter(count => count <= most)
  return counts.map(threads =>
    recipeCase(engines, { name: 'swaps-separate', size: 1000, dispatch: 'dataflow', threads }),
  )
}

async function measureCase(harness: Harness, { name, group, load }: CaseEntry): Promise<CaseResult> {
  let loaded: Case | undefined
  try {
    loaded = await load()
    const measured = await harness.measure(loaded)
    const [{ gas, items }, note] = [loaded, loaded.note?.()]
    return { name, group, gas, ...(items !== undefined && { items }), ...measured, ...(note && { note }) }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return error instanceof Missing ? { name, group, missing: text } : { name, group, error: text }
  } finally {
    loaded?.close?.()
  }
}

/** As far as browsers tell. Load, commit and V8 are not to be had. */
function machine(): Machine {
  const agent = navigator.userAgent
  const browser = /(?:Firefox|Edg|Chrome|Version)\/[\d.]+/.exec(agent)?.[0].replace('/', ' ') ?? 'unknown browser'
  return {
    cpu: 'unknown (browsers do not tell)',
    cores: navigator.hardwareConcurrency,
    memoryGiB: (navigator as { deviceMemory?: number }).deviceMemory ?? 0,
    system: /\(([^)]*)\)/.exec(agent)?.[1] ?? 'unknown',
    node: browser,
    v8: '',
    commit: 'browser page',
    date: new Date().toISOString(),
    load: 0,
  }
}
