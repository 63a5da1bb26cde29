// Blocks in parallel against one after the other, in several processes one after the other, whose runs are taken together. Processes
// differ by some per cent, and by more where there is little to do but to look things up: 10,000 plain transfers under `auto` took 0.94 to 1.32
// of the sequential time in 14 of them, each in itself steady. Why is not known; where a process has its memory and code is likely, the stack's
// offset is not. So one process says nothing about five per cent, however often it runs a block.

import { fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Progress } from '../src/cli/progress.ts'
import type { CaseEntry } from './cases/case.ts'
import { failed, sayFailure } from './measure.ts'
import type { CaseResult } from './report.ts'
import { pooled } from './statistics.ts'

/** What a process is to measure. */
export interface ApartOrder {
  /** Of cases. */
  names: readonly string[]
  quick: boolean
  /** With the mainnet blocks. */
  folder: string
}

/** What it tells: at first what it is doing, at the end what it found. */
export type ApartMessage = { shown: string } | { results: CaseResult[] }

/** In quick runs there is one. */
const PROCESSES = 5

/** Measures those cases of parallelCases(). */
export async function measureApart(
  entries: readonly CaseEntry[],
  { quick, folder }: Omit<ApartOrder, 'names'>,
  { show }: Pick<Progress, 'show'>,
  say: (line: string) => void,
): Promise<CaseResult[]> {
  if (entries.length === 0) return []
  const order = { names: entries.map(({ name }) => name), quick, folder }
  const count = quick ? 1 : PROCESSES
  const found: CaseResult[][] = []
  try {
    for (let i = 1; i <= count; i++)
      found.push(await inProcess(order, text => show(`process ${i} of ${count}: ${text}`)))
  } catch (error) {
    return entries.map(({ name, group }) => failed(name, group, error, say))
  }
  const results = entries.map((_, i) => together(found.map(results => results[i]!)))
  for (const result of results) if (!result.ours) sayFailure(result, say)
  return results
}

function inProcess(order: ApartOrder, show: Progress['show']): Promise<CaseResult[]> {
  const program = fileURLToPath(new URL(`./apart-process${extname(import.meta.url)}`, import.meta.url))
  const child = fork(program, { serialization: 'advanced' })
  return new Promise((resolve, reject) => {
    child.on('message', (message: ApartMessage) => {
      if ('shown' in message) show(message.shown)
      else resolve(message.results)
    })
    child.on('error', reject)
    child.on('exit', (code, signal) =>
      reject(new Error(`expected results of a process, it ended with ${code ?? signal}`)),
    )
    child.send(order)
  })
}

/** One case in all processes: its runs together, or what went wrong in the first where something did. */
function together(results: readonly CaseResult[]): CaseResult {
  const last = results.at(-1)!
  const bad = results.find(({ ours }) => !ours)
  if (bad) return bad
  const rivals = Object.keys(last.rivals ?? {}).map(name => [name, pooled(results.map(each => each.rivals![name]!))])
  return { ...last, ours: pooled(results.map(({ ours }) => ours!)), rivals: Object.fromEntries(rivals) }
}
