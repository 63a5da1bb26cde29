// What `auto` takes, and why it says it does; and that another choice is refused where it cannot be had, never replaced.
import { afterAll, describe, expect, it } from 'vitest'
import { type RecipeName, recipeBlock } from '../../bench/blocks/recipes.ts'
import type { CoreExports } from '../../src/abi.ts'
import { TemplateSupply } from '../../src/analysis/supply.ts'
import { type ReplayOptions, type ReplayOutcome, replayBlock } from '../../src/block.ts'
import { Core } from '../../src/core/core.ts'
import { compileThreads } from '../../src/core/load.ts'
import { sharedClock } from '../../src/core/thread.ts'
import { Crypto } from '../../src/crypto/crypto.ts'
import { Engine } from '../../src/engine.ts'
import { createEngine, InputError, MemorySource } from '../../src/index.ts'
import { Pool } from '../../src/pool/pool.ts'
import { wasmBytes } from '../setup/weft.ts'
import { PITFALLS } from './cases.ts'
import { type Case, endingOf, PARALLEL, sequentialEnding } from './engines.ts'
import { toCase } from './swarm/world.ts'

const engine = await createEngine({ threads: 2, threadsWasm: wasmBytes('threads') })
afterAll(() => engine.close())

function recipe(name: RecipeName, n: number): Case {
  const { block, state } = recipeBlock(name, n)
  return { block, source: () => new MemorySource(state) }
}

/** An engine to whose main instance the calling of its thread seems to take a tenth of a second. */
async function slowEngine(): Promise<Engine> {
  const module = await compileThreads(wasmBytes('threads'))
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 4096, shared: true })
  const clock = sharedClock()
  let late = 0
  class SlowPool extends Pool {
    /** More than linger, so that the thread is called for each block. */
    override get size(): number {
      return super.size + 1
    }
    override join(control: number): void {
      late += 100
      super.join(control)
    }
  }
  return new Engine(async () => {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory, now: () => clock() + late } })
    const core = new Core({ ...(exports as unknown as CoreExports), memory })
    const pool = new SlowPool(module, memory, 1)
    await pool.ready()
    return { core, pool, templates: new TemplateSupply(false) }
  }, new Crypto())
}

/** A block before Byzantium, with the whole state before it or a part. */
function frontierCase(complete: boolean): Case {
  const { block, source } = toCase(PITFALLS['accounts touched with nothing (frontier)']!.block)
  return { block, source: () => Object.assign(source(), { complete }) }
}

function run(
  { block, source }: Case,
  options: Omit<ReplayOptions, 'source'> = {},
  on: Engine = engine,
): Promise<ReplayOutcome> {
  return replayBlock(on, block, { source: source(), ...options })
}

/** What is chosen, and why, when the codes of the block have been analysed: those that it calls, then those that these call. */
async function choice(
  given: Case,
  options?: Omit<ReplayOptions, 'source'>,
  on: Engine = engine,
): Promise<[chosen: string, reason: string]> {
  for (let round = 0; round < 2; round++) {
    await run(given, options, on)
    await on.analysed()
  }
  const { chosen, reason } = (await run(given, options, on)).parallel!.dispatch
  return [chosen, reason]
}

describe('auto runs a block sequentially, and says why', () => {
  it('when it has too few transactions', async () => {
    expect(await choice(recipe('swaps-separate', 3))).toEqual(['sequential', '3 transactions are too few to share out'])
    const [chosen] = await choice(recipe('swaps-separate', 150))
    expect(chosen).toBe('dataflow')
  })

  it('when there is too little work', async () => {
    const reason = 'there is too little work to share out'
    expect(await choice(recipe('ether-distinct', 300))).toEqual(['sequential', reason])
  })

  it.each([
    ['erc20-chain', 600],
    ['swaps-one-pair', 200],
  ] as const)(
    'when it is one chain, from its predictions and then from what is known of its kinds: %s',
    async (name, size) => {
      const given = recipe(name, size)
      // Whether a prediction pays is decided by measured times, which a busy machine changes.
      const options = { hints: 'all' } as const
      await choice(given, options)
      const reasons: string[] = []
      for (let round = 0; round < 20; round++) {
        const { chosen, reason } = (await run(given, options)).parallel!.dispatch
        expect(chosen).toBe('sequential')
        reasons.push(reason)
      }
      const shares = reasons.flatMap(
        reason => /^one chain of dependencies takes (\d+) % of the time$/.exec(reason)?.[1] ?? [],
      )
      for (const share of shares) {
        expect(Number(share)).toBeGreaterThan(85)
        expect(Number(share)).toBeLessThanOrEqual(100)
      }
      // Sixteen blocks later it looks again.
      const known = reasons.filter(reason => reason === 'blocks with such transactions were one chain of dependencies')
      expect(shares.length).toBeGreaterThanOrEqual(1)
      expect(known.length).toBe(20 - shares.length)
      expect(known.length).toBeGreaterThanOrEqual(17)
    },
  )

  it('when blocks with such transactions were not faster, and looks again after sixteen', async () => {
    const slow = await slowEngine()
    const { block, source } = recipe('swaps-separate', 150)
    const reasons: string[] = []
    for (let round = 0; round < 40; round++) {
      const { parallel } = await replayBlock(slow, block, { source: source() })
      await slow.analysed()
      reasons.push(parallel!.dispatch.reason)
    }
    await slow.close()
    const known = reasons.map(reason => reason === 'blocks with such transactions were not faster on several threads')
    // One block may be chance. What four gained is known from the fifth on, when the codes have been analysed by the first or second.
    expect(known.slice(0, 4)).not.toContain(true)
    expect(known[8]).toBe(true)
    const looks = known.flatMap((isKnown, round) => (round > 8 && !isKnown ? [round] : []))
    expect(looks.length).toBeGreaterThanOrEqual(1)
    expect(looks.length).toBeLessThanOrEqual(2)
  })

  it('when receipts hold state roots', async () => {
    const reason = 'receipts hold state roots, which need one transaction after the other'
    const given = frontierCase(true)
    expect(await choice(given)).toEqual(['sequential', reason])
    expect(await endingOf(() => run(given))).toEqual(await sequentialEnding(given))
  })

  it('when it is traced', async () => {
    const given = recipe('swaps-separate', 40)
    expect(await choice(given, { tracer: () => undefined })).toEqual(['sequential', 'it is traced'])
  })
})

describe('auto shares a block out, and says why', () => {
  it('with how far it is from one chain', async () => {
    // One that has seen no such blocks: on a busy machine four may have been no faster, which would decide.
    const fresh = await createEngine({ threads: 2, threadsWasm: wasmBytes('threads') })
    const [chosen, reason] = await choice(recipe('swaps-separate', 150), {}, fresh).finally(() => fresh.close())
    expect(chosen).toBe('dataflow')
    const [, times] = /^the work is (\d+\.\d) times that of the longest chain of dependencies$/.exec(reason) ?? []
    expect(Number(times)).toBeGreaterThan(30)
  })

  it('also after large blocks of one chain, which it knows at a glance', async () => {
    const fresh = await createEngine({ threads: 2, threadsWasm: wasmBytes('threads') })
    const chain = ['sequential', 'blocks with such transactions were one chain of dependencies']
    expect(await choice(recipe('erc20-chain', 600), { hints: 'all' }, fresh)).toEqual(chain)
    const [chosen] = await choice(recipe('swaps-separate', 600), {}, fresh).finally(() => fresh.close())
    expect(chosen).toBe('dataflow')
  })
})

describe('a choice is never replaced', () => {
  it.each(PARALLEL)('%s of a block whose receipts hold state roots is refused', async dispatch => {
    const given = frontierCase(true)
    const error = await run(given, { dispatch }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InputError)
    expect(error).toMatchObject({
      field: 'dispatch',
      expected: 'sequential or auto for a block before Byzantium whose receipts hold state roots',
      found: JSON.stringify(dispatch),
    })
    expect(await endingOf(() => run(given, { dispatch: 'sequential' }))).toEqual(await sequentialEnding(given))
  })

  it.each(PARALLEL)('%s of such a block is taken where the source is not complete', async dispatch => {
    const given = frontierCase(false)
    const { parallel } = await run(given, { dispatch })
    expect(parallel!.dispatch).toEqual({ asked: dispatch, chosen: dispatch, reason: 'it was asked for' })
  })

  it.each(PARALLEL)('%s is taken for what auto would not share out', async dispatch => {
    for (const given of [recipe('swaps-separate', 2), recipe('ether-distinct', 20), recipe('erc20-chain', 20)]) {
      const { parallel } = await run(given, { dispatch })
      expect(parallel!.dispatch).toEqual({ asked: dispatch, chosen: dispatch, reason: 'it was asked for' })
    }
  })
})
