// replayBlockSync: the sample block as replayBlock executes it, and what cannot be done without waiting.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import {
  type BlockFile,
  checkOutcome,
  createWeft,
  InputError,
  InvalidBlockError,
  MemorySource,
  type MissingStateError,
  type Source,
  StructLogTracer,
  type Weft,
} from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { wasmBytes } from '../setup/weft.ts'
import { comparable } from '../spec/block-results.ts'

let weft: Weft
let file: BlockFile
beforeAll(async () => {
  weft = await createWeft({ wasm: wasmBytes('simd') })
  file = blockFileReader()(SAMPLE_PATH)
  await weft.load('secp256k1', 'bn254', 'bls12-381', 'p256')
})
afterAll(() => weft.close())

const whole = () => new MemorySource(file.state)
/** The same state, asked for bit by bit. */
const asked = (answer: <T>(value: T) => T | Promise<T> = value => value): Source => {
  const all = whole()
  return {
    account: address => answer(all.account(address)),
    storage: (address, key) => answer(all.storage(address, key)),
    code: hash => answer(all.code(hash)),
    blockHash: number => answer(all.blockHash(number)),
  }
}
const thrown = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe('replayBlockSync', () => {
  it('comes to what replayBlock does, and to the header', async () => {
    let progress = 0
    const onProgress = (done: number): void => {
      progress = done
    }
    const outcome = weft.replayBlockSync(file.block, { source: whole(), onProgress })
    expect(comparable(outcome)).toEqual(comparable(await weft.replayBlock(file.block, { source: whole() })))
    expect(Object.values(checkOutcome(file.block, file.expected, outcome))).toEqual(Array(8).fill(true))
    expect(progress).toBe(file.block.transactions.length)
    expect(outcome.hash).toMatchObject({ asked: 'wasm' })
    const bitByBit = weft.replayBlockSync(file.block, { source: asked(), dispatch: 'sequential', hash: 'auto' })
    // Of a source that does not list its state nobody knows the root.
    const { stateRoot, ...rest } = outcome
    expect(comparable(bitByBit)).toEqual(comparable(rest))
  })

  it('traces', () => {
    const pieces: string[] = []
    const third = new StructLogTracer(piece => void pieces.push(piece))
    weft.replayBlockSync(file.block, { source: whole(), tracer: index => (index === 3 ? third : undefined) })
    expect(JSON.parse(pieces.join(''))).toMatchObject({ failed: false })
  })

  it('names what would have to be waited for, and the engine goes on', async () => {
    const error = thrown(() => weft.replayBlockSync(file.block, { source: asked(value => Promise.resolve(value)) }))
    expect(error).toMatchObject({ code: 'MISSING_STATE', keys: [{ kind: 'account' }] })
    expect((error as MissingStateError).message).toMatch(/0x[0-9a-f]{40}/)
    const root = { ...asked(), stateRoot: async () => Promise.reject(new Error('later')) }
    expect(thrown(() => weft.replayBlockSync(file.block, { source: root }))).toMatchObject({
      field: 'source.stateRoot',
    })
    const told = weft.replayBlockSync(file.block, { source: { ...asked(), stateRoot: () => file.expected!.stateRoot } })
    expect(told.stateRoot).toBe(file.expected!.stateRoot)
    const fresh = await createWeft({ wasm: wasmBytes('simd') })
    expect(thrown(() => fresh.replayBlockSync(file.block, { source: whole() }))).toMatchObject({ group: 'secp256k1' })
    await fresh.close()
  })

  it('throws for a block that is invalid', () => {
    const block = { ...file.block, env: { ...file.block.env, gasLimit: 100_000n } }
    expect(() => weft.replayBlockSync(block, { source: whole() })).toThrow(InvalidBlockError)
  })

  it('refuses more threads, a GPU, a running call, an aborted signal', async () => {
    const threaded = await createWeft({ threads: 2, threadsWasm: wasmBytes('threads') })
    const error = thrown(() => threaded.replayBlockSync(file.block, { source: whole() }))
    expect(error).toBeInstanceOf(InputError)
    expect(error).toMatchObject({ field: 'engine', found: 'one with threads' })
    await threaded.close()
    const options = { source: whole() }
    expect(() => weft.replayBlockSync(file.block, { ...options, hash: 'webgpu' })).toThrow(/a GPU has to be waited for/)
    expect(() => weft.replayBlockSync(file.block, { ...options, dispatch: 'dataflow' })).toThrow(/"dispatch" expected/)
    const signal = AbortSignal.abort(new Error('given up'))
    expect(() => weft.replayBlockSync(file.block, { ...options, signal })).toThrow('given up')
    const running = weft.call({ code: '0x00' })
    expect(() => weft.replayBlockSync(file.block, options)).toThrow(/a call that is not done/)
    await running
  })
})
