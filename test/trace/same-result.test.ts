// A traced run comes to what the untraced one comes to: state tests of every fork, with everything switched on, and a block. The
// traced loop is another instance of the interpreter's and suspends whenever its buffer is full; state that arrives piece by piece
// suspends it as well. Needs the data folder for the state tests.
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import { createEngine, createWeft, Eip3155Tracer, MemorySource, type Source, type Tracer } from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { runStateTestCase, type StateTestResult } from '../../src/statetest.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import slow from '../spec/slow-cases.json' with { type: 'json' }
import { readCases, stateTestFiles } from '../spec/state-cases.ts'

/** Small files only, one in so many, and so many cases of each: some 300 in all. */
const LARGEST_FILE = 40_000
const FILE_SHARE = 4
const CASES = 4
const EVERYTHING: Tracer['switches'] = {
  steps: true,
  stack: true,
  memory: true,
  returnData: true,
  storage: true,
  callData: true,
  logs: true,
  state: true,
}

/** Counts what it is told, and that beginnings and ends match. */
class CountingTracer implements Tracer {
  readonly switches: Tracer['switches']
  steps = 0
  depth = 0
  ends = 0

  constructor(switches: Tracer['switches']) {
    this.switches = switches
  }

  step(): void {
    this.steps++
  }

  enter(call: { depth: number }): void {
    expect(call.depth).toBe(this.depth++)
  }

  exit(end: { depth: number }): void {
    expect(end.depth).toBe(--this.depth)
  }

  end(): void {
    this.ends++
  }
}

describeWithData('state-tests', 'state tests, traced and untraced', folder => {
  it.each(['simd', 'scalar'] as const)('agree, %s', async build => {
    const engine = await createEngine({ wasm: wasmBytes(build) })
    let cases = 0
    let steps = 0
    const small = stateTestFiles(folder).filter(
      file => !file.includes('Performance') && statSync(join(folder, `${file}.ndjson.gz`)).size < LARGEST_FILE,
    )
    for (const file of small.filter((_, i) => i % FILE_SHARE === (build === 'simd' ? 0 : 2))) {
      const all = readCases(folder, file).filter(({ id }) => !(id in slow))
      const spread = Array.from({ length: CASES }, (_, i) => all[Math.floor((i * all.length) / CASES)])
      for (const { id, test, fork, index } of new Set(spread.filter(each => each !== undefined))) {
        const plain = await runStateTestCase(engine, test(), { fork, index })
        for (const switches of [EVERYTHING, { callData: true }]) {
          const tracer = new CountingTracer(switches)
          const traced = await runStateTestCase(engine, test(), { fork, index }, { tracer })
          expect(comparable(traced), id).toEqual(comparable(plain))
          expect([tracer.depth, tracer.ends], id).toEqual([0, plain.result.rejection ? 0 : 1])
          steps += tracer.steps
        }
        cases++
      }
    }
    console.log(`traced as untraced, ${build}: ${cases} state tests, ${steps} steps`)
    expect(cases).toBeGreaterThan(100)
    expect(steps).toBeGreaterThan(10_000)
  })
})

function comparable({ pass, stateRoot, logsHash, error, result }: StateTestResult): unknown {
  return { pass, stateRoot, logsHash, error, result }
}

describe('a block', () => {
  it('is traced alike whether its state is there or arrives piece by piece', async () => {
    const weft = await createWeft({ wasm: wasmBytes('simd') })
    const { block, state } = blockFileReader()(SAMPLE_PATH)
    const source = new MemorySource(state)
    const plain = await weft.replayBlock(block, { source })
    const digests: string[][] = []
    for (const each of [source, withoutList(source)]) {
      const hashes = block.transactions.map(() => createHash('sha1'))
      const outcome = await weft.replayBlock(block, {
        source: each,
        tracer: index => new Eip3155Tracer(line => hashes[index]!.update(`${line}\n`), { storage: true }),
      })
      expect(outcome.receipts).toEqual(plain.receipts)
      expect(outcome.diff.length).toBe(plain.diff.length)
      digests.push(hashes.map(hash => hash.digest('hex')))
    }
    expect(digests[0]).toEqual(digests[1])
    expect(new Set(digests[0]).size).toBeGreaterThan(10)
  })
})

/** The source, asked for one answer at a time. */
function withoutList(source: MemorySource): Source {
  return {
    account: address => source.account(address),
    code: codeHash => source.code(codeHash),
    storage: (address, key) => source.storage(address, key),
    blockHash: number => source.blockHash(number),
  }
}
