// The state tests of the data folder (README there) as files, tests and cases, and the choice of cases that a run takes.
// A full run takes all 125,626; the sample takes a fifth of every fork of every file, the same ones every time, because
// the order in which they are drawn is a hash of their names. Each build draws from the other end of that order, so
// that together they see twice as many. slow-cases.json (case → seconds of processor time) lists those that take
// over a second; no sample takes them. state-shards.ts spreads the cases over test files.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readStateTest, type StateTest, type StateTestCase } from '../../src/statetest.ts'
import slow from './slow-cases.json' with { type: 'json' }

/** The builds that run the vectors. */
export const BUILDS = ['scalar', 'simd'] as const

/** One of the builds. */
export type Build = (typeof BUILDS)[number]

/** `npm run test:spec`: every case on both builds. */
export const isFull: boolean = process.env.WEFT_SPEC === 'full'

/** One in so many cases of a file and fork, rounded up, goes into each build's sample. */
const SHARE = 5

/** A case and what it is called in lists of failures: `folder/file: name fork index`. */
export interface NamedCase extends StateTestCase {
  id: string
  /** The test it belongs to, read at the first call. */
  test: () => StateTest
}

/** Names of all files below `folder`, without `.ndjson.gz`, in order. */
export function stateTestFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ndjson.gz'))
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).slice(0, -'.ndjson.gz'.length))
  return names.sort()
}

/** All cases of a file. */
export function readCases(folder: string, file: string): NamedCase[] {
  const lines = gunzipSync(readFileSync(join(folder, `${file}.ndjson.gz`))).toString()
  const cases: NamedCase[] = []
  for (const line of lines.split('\n')) {
    if (line === '') continue
    const { name, test: json } = JSON.parse(line) as { name: string; test: { post: Record<string, unknown[]> } }
    let read: StateTest | undefined
    const test = (): StateTest => {
      read ??= readStateTest(name, json)
      return read
    }
    for (const [fork, { length }] of Object.entries(json.post)) {
      for (let index = 0; index < length; index++) {
        cases.push({ id: `${file}: ${name} ${fork} ${index}`, test, fork, index })
      }
    }
  }
  return cases
}

/** The cases that this run takes on that build, in the order of the file. */
export function chooseCases(cases: readonly NamedCase[], build: Build, full: boolean = isFull): readonly NamedCase[] {
  if (full) return cases
  const byFork = new Map<string, NamedCase[]>()
  for (const each of cases) {
    if (each.id in slow) continue
    const group = byFork.get(each.fork)
    if (group) group.push(each)
    else byFork.set(each.fork, [each])
  }
  const chosen = new Set<NamedCase>()
  for (const group of byFork.values()) {
    const drawn = group.map(each => [hashOf(each.id), each] as const).sort(([a], [b]) => a - b)
    const count = Math.ceil(group.length / SHARE)
    for (const [, each] of build === 'simd' ? drawn.slice(0, count) : drawn.slice(-count)) chosen.add(each)
  }
  return cases.filter(each => chosen.has(each))
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
