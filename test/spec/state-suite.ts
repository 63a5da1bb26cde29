// A shard of the state tests as a vitest suite for one build: one test per data file, whose message names the cases that
// failed. known-failures.json (case → why) is compared both ways: a case that fails and is not in it fails the test, and so
// does one that is in it and passes. Called by state-scalar-1.test.ts to state-simd-5.test.ts, which run side by side.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { createEngine } from '../../src/index.ts'
import { runStateTestCase } from '../../src/statetest.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import knownFailures from './known-failures.json' with { type: 'json' }
import slow from './slow-cases.json' with { type: 'json' }
import { type Build, chooseCases, isFull, type NamedCase, readCases } from './state-cases.ts'
import { casesOf, filesOf, type Shard } from './state-shards.ts'

const known: Readonly<Record<string, string>> = knownFailures

/** Memory of a core never shrinks, and some cases need gigabytes: above this a new core takes over. */
const LARGE = 256 * 1024 * 1024

/** Milliseconds for one file. In full, legacy-cancun/stTimeConsuming takes several minutes on a quiet core. */
const PATIENCE = isFull ? 7_200_000 : 900_000

/** Registers the suite. */
export function stateTests(build: Build, shard: Shard): void {
  const title = `state tests, ${build}, shard ${shard}`
  describeWithData('state-tests', title, folder => {
    let ran = 0
    let engine: Engine | undefined
    const fresh = async (): Promise<Engine> => {
      const isLarge = await engine?.alone(core => core.memorySize > LARGE)
      if (!engine || isLarge) engine = await createEngine({ wasm: wasmBytes(build) })
      return engine
    }

    it.each(filesOf(folder, shard))(
      '%s',
      async file => {
        const cases = readCases(folder, file)
        const all = chooseCases(cases, build)
        expect(all.length).toBeGreaterThan(0)
        const chosen = casesOf(all, shard)
        const failures = new Map<string, string>()
        for (const each of chosen) {
          const error = await failureOf(await fresh(), each)
          if (error !== undefined) failures.set(each.id, error)
        }
        ran += chosen.length
        expect(surprises(file, cases, chosen, failures)).toEqual([])
      },
      PATIENCE,
    )

    it('known failures and slow cases stand in files that exist', () => {
      const files = [...Object.keys(known), ...Object.keys(slow)].map(id => id.slice(0, id.indexOf(': ')))
      expect(files.filter(file => !existsSync(join(folder, `${file}.ndjson.gz`)))).toEqual([])
    })

    afterAll(() => console.log(`${title}: ${ran} cases${isFull ? '' : ' (sample)'}`))
  })
}

async function failureOf(engine: Engine, { test, fork, index }: NamedCase): Promise<string | undefined> {
  try {
    const { pass, error } = await runStateTestCase(engine, test(), { fork, index })
    return pass ? undefined : error
  } catch (error) {
    return String(error)
  }
}

/** Everything about the cases of a file that is not as known-failures.json and slow-cases.json say, one line each. */
function surprises(
  file: string,
  cases: readonly NamedCase[],
  chosen: readonly NamedCase[],
  failures: ReadonlyMap<string, string>,
): string[] {
  const unexpected = [...failures].filter(([id]) => !(id in known)).map(([id, error]) => `${id} | ${error}`)
  const passing = chosen.filter(({ id }) => id in known && !failures.has(id)).map(({ id }) => `${id} | passes now`)
  const ids = new Set(cases.map(({ id }) => id))
  const named = [...Object.keys(known), ...Object.keys(slow)].filter(id => id.startsWith(`${file}: `))
  const unheard = named.filter(id => !ids.has(id))
  return [...unexpected, ...passing, ...unheard.map(id => `${id} | no such case`)]
}
