// The block tests as a vitest suite for one build: one test per data file, whose message names the tests that failed.
// known-block-failures.json (test → why) is compared both ways: a test that fails and is not in it fails, and so does one
// that is in it and passes. Called by blockchain-scalar.test.ts and blockchain-simd.test.ts, which run side by side.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type BlockTestResult, type Refusal, runBlockTest, UNNAMED } from '../../src/blocktest.ts'
import type { Engine } from '../../src/engine.ts'
import { createEngine } from '../../src/index.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { blockTestFiles, chooseBlockTests, LEFT_OUT, type NamedBlockTest, readBlockTests } from './block-cases.ts'
import knownFailures from './known-block-failures.json' with { type: 'json' }
import legacyNames from './legacy-exceptions.json' with { type: 'json' }
import { type Build, isFull } from './state-cases.ts'

const known: Readonly<Record<string, string>> = knownFailures
const legacy: Readonly<Record<string, readonly string[]>> = legacyNames

/** Memory of a core never shrinks, and some tests need gigabytes: above this a new core takes over. */
const LARGE = 256 * 1024 * 1024

/** Milliseconds for one file; in full, the blocks that stress one precompile take minutes. */
const PATIENCE = isFull ? 3_600_000 : 900_000

/** Registers the suite. */
export function blockTests(build: Build): void {
  describeWithData('blockchain-tests', `block tests, ${build}`, folder => {
    const total = { tests: 0, blocks: 0, refused: 0, named: 0 }
    let engine: Engine | undefined
    const fresh = async (): Promise<Engine> => {
      const isLarge = await engine?.alone(core => core.memorySize > LARGE)
      if (!engine || isLarge) engine = await createEngine({ wasm: wasmBytes(build) })
      return engine
    }

    it.each(blockTestFiles(folder))(
      '%s',
      async file => {
        const all = readBlockTests(folder, file)
        const chosen = chooseBlockTests(all, build)
        expect(chosen.length).toBeGreaterThan(0)
        const failures = new Map<string, string>()
        for (const test of chosen) {
          const { error, blocks = 0, refusals = [] } = await resultOf(await fresh(), test)
          const misnamed = refusals.map(wrongName).find(wrong => wrong !== undefined)
          if (error ?? misnamed) failures.set(test.id, error ?? misnamed!)
          total.blocks += blocks
          total.refused += refusals.length
          total.named += refusals.filter(({ expected }) => expected !== UNNAMED).length
        }
        total.tests += chosen.length
        expect(surprises(file, all, chosen, failures)).toEqual([])
      },
      PATIENCE,
    )

    it('Amsterdam', context => context.skip(LEFT_OUT.reason))

    it('known failures stand in files that exist', () => {
      const files = Object.keys(known).map(id => id.slice(0, id.indexOf(': ')))
      expect(files.filter(file => !existsSync(join(folder, `${file}.ndjson.gz`)))).toEqual([])
    })

    afterAll(() => {
      const { tests, blocks, refused, named } = total
      const sample = isFull ? '' : ' (sample)'
      console.log(
        `block tests, ${build}: ${tests} tests${sample}, ${blocks} blocks, ${refused} refused, ${named} by a name`,
      )
    })
  })
}

async function resultOf(engine: Engine, { id, json }: NamedBlockTest): Promise<Partial<BlockTestResult>> {
  try {
    return await runBlockTest(engine, id, json)
  } catch (error) {
    return { error: String(error) }
  }
}

/** The runner compares names of execution-spec-tests; legacy-exceptions.json says what those of older suites may be here. */
function wrongName({ expected, got }: Refusal): string | undefined {
  if (expected === UNNAMED || expected.includes('Exception.')) return undefined
  const name = got.slice(got.indexOf('.') + 1)
  const allowed = legacy[expected] ?? []
  return allowed.includes(name) ? undefined : `expected ${expected} (${allowed.join(' or ')}), got ${got}`
}

/** Everything about the tests of a file that is not as known-block-failures.json says, one line each. */
function surprises(
  file: string,
  all: readonly NamedBlockTest[],
  chosen: readonly NamedBlockTest[],
  failures: ReadonlyMap<string, string>,
): string[] {
  const unexpected = [...failures].filter(([id]) => !(id in known)).map(([id, error]) => `${id} | ${error}`)
  const passing = chosen.filter(({ id }) => id in known && !failures.has(id)).map(({ id }) => `${id} | passes now`)
  const ids = new Set(all.map(({ id }) => id))
  const unheard = Object.keys(known).filter(id => id.startsWith(`${file}: `) && !ids.has(id))
  return [...unexpected, ...passing, ...unheard.map(id => `${id} | no such test`)]
}
