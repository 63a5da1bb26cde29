// Calls whose accesses nobody predicted: the graph lets those of one contract wait for each other that have a party in common, its sender or
// an address that is its first argument; until predictions of that kind have shown that they do not meet.
import { describe, expect, it } from 'vitest'
import { type ReplayOptions, replayBlock } from '../../src/block.ts'
import type { Engine } from '../../src/engine.ts'
import { createEngine } from '../../src/index.ts'
import type { Address, Hex } from '../../src/types.ts'
import { assemble } from '../core/machine.ts'
import { wasmBytes } from '../setup/weft.ts'
import { block, contract, tx } from './cases.ts'
import type { Case } from './engines.ts'
import { SIGNERS, type SwarmTransaction, toCase } from './swarm/world.ts'

const TOKEN: Address = `0x${'a1'.repeat(20)}`
const OTHER: Address = `0x${'b2'.repeat(20)}`
const HOLDER: Address = `0x${'c3'.repeat(20)}`
/** An account without code. */
const SOMEBODY: Address = SIGNERS[3]!.address

/** A call with a selector and arguments. */
const call = (from: number, to: Address, ...args: (Address | number)[]): SwarmTransaction => {
  const words = args.map(arg => (typeof arg === 'number' ? arg.toString(16) : arg.slice(2)).padStart(64, '0'))
  const data: Hex = `0xaabbccdd${words.join('')}`
  return tx(from, to, { data })
}

/** Writes the slot that the argument at `offset` names. */
const writer = (offset: number): Uint8Array => assemble(1, offset, 'CALLDATALOAD SSTORE STOP')

/** A block of calls of two such contracts. */
const calls = (code: Uint8Array, transactions: SwarmTransaction[]): Case =>
  toCase(block('osaka', { [TOKEN]: contract(code), [OTHER]: contract(code) }, transactions))

/** Edges of the graph that a block is run by. */
async function edgesOf(engine: Engine, { block, source }: Case, hints?: ReplayOptions['hints']): Promise<string[]> {
  const options = {
    source: Object.assign(source(), { complete: true }),
    dispatch: 'dataflow',
    report: true,
    ...(hints && { hints }),
  } as const
  const { successorStart, successors } = (await replayBlock(engine, block, options)).report!.predicted
  return [...successors].map((to, i) => `${successorStart.findLastIndex(start => start <= i)} → ${to}`)
}

const newEngine = (): Promise<Engine> => createEngine({ threads: 2, threadsWasm: wasmBytes('threads') })

describe('calls with a party in common', () => {
  const given = calls(writer(4), [
    call(0, TOKEN, HOLDER),
    call(1, TOKEN, HOLDER),
    call(0, TOKEN, TOKEN),
    call(2, TOKEN, 5),
    call(3, TOKEN, 5),
    call(4, TOKEN, SIGNERS[1]!.address),
    call(5, OTHER, HOLDER),
    call(2, SOMEBODY, HOLDER),
    call(2, SOMEBODY, HOLDER),
  ])

  it('wait for each other where nothing is known of the code', async () => {
    const engine = await newEngine()
    expect(await edgesOf(engine, given)).toEqual(['0 → 1', '0 → 2', '1 → 5'])
    await engine.close()
  })

  it('do not, where the host says what is accessed', async () => {
    const engine = await newEngine()
    expect(await edgesOf(engine, given, [])).toEqual([])
    await engine.close()
  })

  it('do as the code says where that is known', async () => {
    const engine = await newEngine()
    await edgesOf(engine, given)
    await engine.analysed()
    expect(await edgesOf(engine, given)).toEqual(['0 → 1', '3 → 4'])
    await engine.close()
  })

  it('wait for each other by what is no party, when predictions have shown that they meet', async () => {
    const engine = await newEngine()
    const numbered = calls(
      writer(4),
      [0, 1, 2, 3, 4, 5].map(from => call(from, TOKEN, 5)),
    )
    expect(await edgesOf(engine, numbered)).toEqual([])
    await engine.analysed()
    const chain = ['0 → 1', '1 → 2', '2 → 3', '3 → 4', '4 → 5']
    // The first is predicted, of those that follow only some.
    for (let i = 0; i < 20; i++) expect(await edgesOf(engine, numbered)).toEqual(chain)
    await engine.close()
  })

  it('do not wait any more when predictions have shown that they do not meet', async () => {
    const engine = await newEngine()
    // What is written is named by the second argument.
    const apart = calls(
      writer(36),
      Array.from({ length: 18 }, (_, i) => call(i % 6, TOKEN, HOLDER, 1000 + i)),
    )
    expect((await edgesOf(engine, apart)).length).toBeGreaterThan(17)
    await engine.analysed()
    // The first is predicted, of those that follow only some.
    for (let i = 0; i < 20; i++) expect(await edgesOf(engine, apart)).toEqual([])
    await engine.close()
  })
})
