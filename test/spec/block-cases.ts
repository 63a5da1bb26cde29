// The block tests of the data folder (README there) as files and tests, and the choice of tests that a run takes. A full run takes
// all but those of Amsterdam; the sample takes a fifth of every network of every file, the same ones every time, since the
// order in which they are drawn is a hash of their names. Each build draws from the other end of that order.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Build, isFull, stateTestFiles } from './state-cases.ts'

/** Suites that are not run, and why. */
export const LEFT_OUT = {
  files: /amsterdam/,
  reason: 'Amsterdam is not implemented: its fixtures follow drafts of April 2026 (block access lists, EIP-7928)',
}

/** One in so many tests of a file and network goes into each build's sample. */
const SHARE = 5

/** Takes seconds: blocks of more than 10 Mgas that do nothing else, and hashes of more than a gigabyte of memory. */
const SLOW = /benchmark-gas-value_(30|60|100|150)M|^randomStatetest94_/

/** A test and what it is called in lists of failures: `folder/file: name`. */
export interface NamedBlockTest {
  id: string
  network: string
  json: unknown
}

/** Names of all files that are run, below `folder`, without `.ndjson.gz`, in order. */
export function blockTestFiles(folder: string): string[] {
  return stateTestFiles(folder).filter(file => !LEFT_OUT.files.test(file))
}

/** All tests of a file. */
export function readBlockTests(folder: string, file: string): NamedBlockTest[] {
  const lines = gunzipSync(readFileSync(join(folder, `${file}.ndjson.gz`))).toString()
  const parsed = lines.split('\n').filter(line => line !== '')
  return parsed.map(line => {
    const { name, test } = JSON.parse(line) as { name: string; test: { network: string } }
    return { id: `${file}: ${name}`, network: test.network, json: test }
  })
}

/** The tests that this run takes on that build, in the order of the file. */
export function chooseBlockTests(tests: readonly NamedBlockTest[], build: Build): readonly NamedBlockTest[] {
  if (isFull) return tests
  const chosen = new Set<NamedBlockTest>()
  for (const network of new Set(tests.map(test => test.network))) {
    const group = tests.filter(test => test.network === network)
    const drawn = group
      .filter(test => !SLOW.test(test.id.slice(test.id.indexOf(': ') + 2)))
      .map(test => [createHash('sha256').update(test.id).digest('hex'), test] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const count = Math.ceil(group.length / SHARE)
    for (const [, test] of build === 'simd' ? drawn.slice(0, count) : drawn.slice(-count)) chosen.add(test)
  }
  return tests.filter(test => chosen.has(test))
}
