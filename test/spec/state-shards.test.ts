// What the test files of the state tests run together: every case once on each build, in full and in the sample; and no
// shard has much more to do than another. Reads all cases and runs none.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { describeWithData } from '../setup/data.ts'
import slow from './slow-cases.json' with { type: 'json' }
import { BUILDS, chooseCases, readCases, stateTestFiles } from './state-cases.ts'
import { casesOf, filesOf, SHARDS } from './state-shards.ts'

const CASES = 125_626
const seconds: Readonly<Record<string, number>> = slow

it.each(BUILDS)('has a test file for each shard of %s', build => {
  const missing = [...SHARDS, SHARDS.length + 1].filter(
    shard => !existsSync(fileURLToPath(new URL(`state-${build}-${shard}.test.ts`, import.meta.url))),
  )
  expect(missing).toEqual([SHARDS.length + 1])
})

describeWithData('state-tests', 'shards of the state tests', folder => {
  it('run every case once, and share the work evenly', () => {
    const files = stateTestFiles(folder)
    expect(SHARDS.map(shard => filesOf(folder, shard, true))).toEqual(SHARDS.map(() => files))
    const counts = SHARDS.map(() => 0)
    const weights = SHARDS.map(() => 0)
    const wrong: string[] = []
    for (const file of files) {
      const cases = chooseCases(readCases(folder, file), 'simd', true)
      const dealt = SHARDS.map(shard => casesOf(cases, shard, true))
      const ids = new Set(dealt.flat().map(({ id }) => id))
      const total = dealt.reduce((sum, { length }) => sum + length, 0)
      if (ids.size !== total || ids.size !== cases.length) wrong.push(file)
      for (const [i, part] of dealt.entries()) {
        counts[i]! += part.length
        for (const { id } of part) weights[i]! += seconds[id] ?? 0
      }
    }
    expect(wrong).toEqual([])
    expect(counts.reduce((a, b) => a + b)).toBe(CASES)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(CASES / 500)
    // A case of a hundred seconds cannot be cut in two.
    expect(Math.max(...weights) - Math.min(...weights)).toBeLessThanOrEqual(100)
  })

  it.each(BUILDS)('run a fifth of the cases, of every file and fork, in the sample of %s', build => {
    const files = SHARDS.flatMap(shard => filesOf(folder, shard, false))
    expect(files.toSorted()).toEqual(stateTestFiles(folder))
    const missed: string[] = []
    let count = 0
    for (const file of files) {
      const cases = readCases(folder, file)
      const chosen = casesOf(chooseCases(cases, build, false), 1, false)
      count += chosen.length
      const forks = new Set(chosen.map(({ fork }) => fork))
      const quick = new Set(cases.filter(({ id }) => !(id in slow)).map(({ fork }) => fork))
      if (forks.size !== quick.size) missed.push(file)
    }
    expect(missed).toEqual([])
    expect(count).toBeGreaterThanOrEqual(CASES / 5)
  })
})
