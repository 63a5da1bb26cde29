// What the engine learns from the blocks it executed: accesses that nobody could know from the code are predicted after a few blocks,
// and results stay those of sequential execution, whatever becomes of the thread that learns.
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as abi from '../../src/abi.ts'
import { readLesson } from '../../src/analysis/lesson.ts'
import { TemplateSupply } from '../../src/analysis/supply.ts'
import { type ReplayOutcome, replayBlock } from '../../src/block.ts'
import type { Core } from '../../src/core/core.ts'
import type { Engine } from '../../src/engine.ts'
import { createEngine, type WeftOptions } from '../../src/index.ts'
import type { SourceMetrics } from '../../src/schedule/metrics.ts'
import type { Address } from '../../src/types.ts'
import { assemble } from '../core/machine.ts'
import { setUp, wasmBytes } from '../setup/weft.ts'
import { block, contract, tx } from './cases.ts'
import { type Case, type Ending, endingOf, sequentialEnding } from './engines.ts'
import { SIGNERS, toCase } from './swarm/world.ts'

setUp('dist')
const OUTER: Address = `0x${'a1'.repeat(20)}`
const INNER: Address = `0x${'0'.repeat(28)}123456789abc`

/** Goes on where slot 0 says, so that nobody sees from the code what follows. */
const hidden = (...parts: (string | number)[]): Uint8Array => assemble(0, 'SLOAD JUMP JUMPDEST', ...parts)

/** Counts per caller in a mapping at slot 5, and calls whom slot 1 names. */
const outer = hidden(
  ...['CALLER', 0, 'MSTORE', 5, 32, 'MSTORE', 64, 0, 'KECCAK256 DUP1 SLOAD', 1, 'ADD SWAP1 SSTORE'],
  ...[0, 0, 0, 0, 0, 1, 'SLOAD GAS CALL STOP'],
)
/** Counts in slot 3: all transactions meet there. */
const inner = hidden(3, 'SLOAD', 1, 'ADD', 3, 'SSTORE STOP')

/** A block in which these signers call the outer contract. */
const calls = (...signers: number[]): Case =>
  toCase(
    block(
      'Prague',
      {
        [OUTER]: contract(outer, {
          storage: [
            [0, 4],
            [1, Number(INNER)],
          ],
        }),
        [INNER]: contract(inner, { storage: [[0, 4]] }),
      },
      signers.map(signer => tx(signer, OUTER)),
    ),
  )

/** Nobody sends a transaction in two blocks one after the other. */
const BLOCKS = [calls(0, 1, 2), calls(3, 4, 5), calls(0, 2, 4), calls(1, 3, 5)]

const engineWith = (options: WeftOptions = {}): Promise<Engine> =>
  createEngine({ threads: 2, threadsWasm: wasmBytes('threads'), ...options })

/** Executes the blocks one after the other, each when all before have been learned from; what came of them. */
async function execute(engine: Engine): Promise<{ ending: Ending; learned: SourceMetrics; all: SourceMetrics }[]> {
  const results: { ending: Ending; learned: SourceMetrics; all: SourceMetrics }[] = []
  for (const given of BLOCKS) {
    let outcome: ReplayOutcome | undefined
    const ending = await endingOf(async () => {
      outcome = await replayBlock(engine, given.block, {
        source: given.source(),
        dispatch: 'dataflow',
        hints: 'all',
        report: true,
      })
      const { report: _, ...rest } = outcome
      return rest
    })
    const of = (source: string): SourceMetrics => {
      const found = outcome?.parallel?.prediction.find(each => each.source === source)
      return found ?? { source: 'all', predicted: 0, actual: 0, common: 0, conflictActual: 0, conflictCommon: 0 }
    }
    results.push({ ending, learned: of('learned'), all: of('all') })
    await engine.analysed()
  }
  return results
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('an engine that learns', () => {
  it('predicts after a few blocks what the code hides: keys of the sender, and slots of another account', async () => {
    const engine = await engineWith()
    const results = await execute(engine)
    for (const [i, given] of BLOCKS.entries()) expect(results[i]!.ending).toEqual(await sequentialEnding(given))
    expect(results[0]!.learned.common).toBe(0)
    // Slot 0 of the outer contract is seen from its code; the mapping, slot 1 and two slots of the inner one are learned.
    expect(results[3]!.all).toMatchObject({ actual: 15, common: 15, predicted: 15 })
    expect(results[3]!.learned.common).toBe(12)
    await engine.close()
  })

  it('does not where it was told not to', async () => {
    const engine = await engineWith({ learn: false })
    for (const { learned } of await execute(engine)) expect(learned.predicted).toBe(0)
    await engine.close()
  })

  it('gives the same results when the thread dies over its first lesson', async () => {
    const post = Worker.prototype.postMessage
    let died = 0
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
      if (!(message instanceof Uint8Array) || died > 0) return post.call(this, message)
      died++
      void this.terminate()
    })
    const engine = await engineWith()
    const results = await execute(engine)
    for (const [i, given] of BLOCKS.entries()) expect(results[i]!.ending).toEqual(await sequentialEnding(given))
    expect(died).toBe(1)
    await engine.close()
  })
})

describe('lessons', () => {
  it('tell of the calls that were not foreseen, with keys, values before and hashes', async () => {
    const lessons: Uint8Array[] = []
    const post = Worker.prototype.postMessage
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
      if (message instanceof Uint8Array) lessons.push(message)
      return post.call(this, message)
    })
    const engine = await engineWith()
    await execute(engine)
    await engine.close()
    // What was learned is taught on, so that it can be unlearned.
    expect(lessons.length).toBe(BLOCKS.length)
    const first = readLesson(lessons[0]!)
    expect(first.map(({ sender }) => sender)).toEqual([0, 1, 2].map(i => BigInt(SIGNERS[i]!.address)))
    for (const { to, data, accesses, preimages } of first) {
      expect([to, data.length]).toEqual([BigInt(OUTER), 0])
      expect(accesses.map(({ address, isStored }) => [address === BigInt(OUTER), isStored])).toEqual(
        expect.arrayContaining([
          [true, false],
          [true, true],
          [false, true],
        ]),
      )
      expect(accesses.find(({ address, key }) => address === BigInt(OUTER) && key === 1n)?.value).toBe(BigInt(INNER))
      const mapped = accesses.find(({ key }) => key > 5n)!
      expect(preimages.get(mapped.key)?.at(-1)).toBe(5)
    }
  })

  it('are dropped while the thread lags, and not even recorded', () => {
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(() => {})
    let taken = 0
    let recorded = 0
    const core = {
      wanted: () => [],
      lesson: () => {
        taken++
        return new Uint8Array(abi.LESSON_HEADER)
      },
      setOption: () => recorded++,
    } as unknown as Core
    const supply = new TemplateSupply(true)
    for (let i = 0; i < 20; i++) {
      supply.feed(core)
      supply.collect(core)
    }
    supply.close()
    // One is being learned from, four wait.
    expect([taken, recorded]).toEqual([5, 5])
  })
})
