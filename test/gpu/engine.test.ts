// Blocks whose hashes are made elsewhere: they come to the same whoever makes them and on how many threads, what a device fails at is
// an error or done over, as was asked, and nobody who hashes little ever loads a GPU.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type RecipeName, recipeBlock } from '../../bench/blocks/recipes.ts'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import { type ReplayOptions, type ReplayOutcome, replayBlock } from '../../src/block.ts'
import type { Engine } from '../../src/engine.ts'
import type { Costs } from '../../src/gpu/auto.ts'
import type { HashOption } from '../../src/gpu/batch.ts'
import { Hashing, type HashingSettings } from '../../src/gpu/hashing.ts'
import { createEngine, createWeft, InputError, MemorySource, type PlainState } from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import type { Block } from '../../src/types.ts'
import { describeWithData } from '../setup/data.ts'
import { cliFile, wasmBytes } from '../setup/weft.ts'
import { comparable } from '../spec/block-results.ts'
import { describeOnGpu } from './adapter.ts'
import { runProgram } from './program.ts'

interface Case {
  block: Block
  state: PlainState
}

function readCase(path: string): Case {
  const { block, state } = blockFileReader()(path)
  return { block, state }
}

const sample = readCase(SAMPLE_PATH)
const recipe = (name: RecipeName, n: number): Case => recipeBlock(name, n)

const engines: Engine[] = []
afterAll(() => Promise.all(engines.map(engine => engine.close())))

async function engineOf(
  hash: HashOption,
  { threads = 1, ...settings }: HashingSettings & { threads?: number } = {},
  build: 'scalar' | 'simd' = 'simd',
): Promise<Engine> {
  const wasm = threads > 1 ? { threads, threadsWasm: wasmBytes('threads') } : { wasm: wasmBytes(build) }
  const engine = await createEngine({ ...wasm, hash }, settings)
  engines.push(engine)
  return engine
}

const run = (engine: Engine, { block, state }: Case, options: Partial<ReplayOptions> = {}): Promise<ReplayOutcome> =>
  replayBlock(engine, block, { source: new MemorySource(state), ...options })

/** What a block came to, without how. */
function resultOf({ parallel: _, report: __, ...outcome }: ReplayOutcome): unknown {
  return comparable(outcome)
}

/** Nothing leaves the core. */
const inCore = 2 ** 31 - 1
/** `auto` that takes the GPU for everything, also a software adapter, as soon as it has hashed anything. */
const eager = ((): HashingSettings => {
  const cost = { wasmNs: 1000, gpuNs: 1, gpuMs: 0, crossover: 1 }
  const costs: Costs = { messages: cost, keys: cost, chains: cost }
  return { least: 1, worthMs: 0, software: true, costs }
})()

/** Who made the hashes for what. */
const places = ({ hash }: ReplayOutcome): string[] => hash.work.map(({ purpose, backend }) => `${purpose}: ${backend}`)

const permutations = ({ hash }: ReplayOutcome): number => hash.work.reduce((sum, work) => sum + work.permutations, 0)

const cases: [string, () => Case][] = [
  ['the sample block', () => sample],
  ['500 transfers', () => recipe('ether-distinct', 500)],
  ['300 swaps at several pools', () => recipe('swaps-few-pairs', 300)],
]

describe.each(['scalar', 'simd'] as const)('in WASM (%s)', build => {
  it.each(cases)('%s come to the same in batches of any size', async (_, make) => {
    const given = make()
    const core = await run(await engineOf('wasm', { least: inCore }, build), given)
    expect(core.stateRoot).toBeDefined()
    expect(core.hash.work.every(({ backend, ms, batches }) => backend === 'core' && ms === 0 && batches === 0)).toBe(
      true,
    )
    for (const least of [1, 50, undefined]) {
      const outcome = await run(await engineOf('wasm', least === undefined ? {} : { least }, build), given)
      expect(resultOf(outcome)).toEqual(resultOf(core))
      expect(permutations(outcome)).toBe(permutations(core))
      expect(outcome.hash).toMatchObject({ asked: 'wasm', reason: 'it was asked for' })
      if (least === 1) expect(places(outcome).filter(place => !place.endsWith('wasm'))).toEqual([])
    }
  })
})

describe('auto', () => {
  it('looks for no GPU where there is little to hash', async () => {
    const { hash } = await run(await engineOf('auto'), sample)
    expect(hash).toMatchObject({ asked: 'auto', reason: expect.stringMatching(/too little to hash/) })
    expect(hash.adapter).toBeUndefined()
    expect(hash.work.every(({ backend }) => backend !== 'webgpu')).toBe(true)
  })

  it('does not load the package of the GPU then', { timeout: 60_000 }, () => {
    const { status, stdout } = runProgram(`
      import { createWeft, createEnv, MemorySource } from './dist/src/index.js'
      const loaded = () => process.report.getReport().sharedObjects.some(name => name.includes('dawn'))
      const weft = await createWeft()
      const block = { env: createEnv('osaka', { number: 1n }), transactions: [], uncles: [], unpaidUncles: 0 }
      await weft.replayBlock({ ...block, env: createEnv('cancun') }, { source: new MemorySource({ complete: true }) })
      const before = loaded()
      await createHasher().catch(() => {})
      await import('webgpu').catch(() => {})
      console.log(before, loaded())`)
    expect([status, stdout]).toEqual([0, 'false true\n'])
  })

  it('says what it found when it looked, and what it is for is in the outcome', async () => {
    const engine = await engineOf('auto', { least: 1, worthMs: 0 })
    const first = await run(engine, sample)
    const { hash } = await run(engine, sample)
    expect(hash.reason).not.toMatch(/too little/)
    expect(hash.work.map(({ purpose }) => purpose)).toEqual([...new Set(hash.work.map(({ purpose }) => purpose))])
    expect(hash.work.map(({ purpose }) => purpose)).toEqual(
      expect.arrayContaining(['transactions', 'receipts', 'withdrawals', 'state keys', 'state nodes']),
    )
    for (const { batches, messages, permutations, ms } of hash.work) {
      expect(messages).toBeGreaterThanOrEqual(batches)
      expect(permutations).toBeGreaterThanOrEqual(messages)
      expect(ms).toBeGreaterThan(0)
    }
    expect(resultOf(first)).toEqual(resultOf(await run(engine, sample)))
  })

  it('can be told otherwise for a block, and nothing else', async () => {
    const engine = await engineOf('auto')
    expect((await run(engine, sample, { hash: 'wasm' })).hash.asked).toBe('wasm')
    await expect(run(engine, sample, { hash: 'cuda' as never })).rejects.toThrow(InputError)
    await expect(createWeft({ wasm: wasmBytes('simd'), hash: 'gpu' as never })).rejects.toThrow(InputError)
  })
})

describe('threads', () => {
  it('have the hashes of predictions made in a batch, and what is predicted is the same', async () => {
    const given = recipe('erc20-hot-holder', 300)
    const expected = resultOf(await run(await engineOf('wasm', { least: inCore }), given))
    const engine = await engineOf('wasm', { threads: 2, least: 1 })
    const dispatch = { dispatch: 'dataflow', hints: 'all' } as const
    for (let round = 0; round < 3; round++) {
      const outcome = await run(engine, given, dispatch)
      expect(resultOf(outcome)).toEqual(expected)
      await engine.analysed()
    }
    const asked = await run(engine, given, dispatch)
    const binding = asked.hash.work.find(({ purpose }) => purpose === 'binding')!
    expect(binding).toMatchObject({ backend: 'wasm', batches: 1 })
    expect(binding.messages).toBeGreaterThan(300)
    expect(asked.parallel?.hashing.memoHits).toBeGreaterThan(0)
    // The same templates in a core that makes them itself.
    const other = await engineOf('wasm', { threads: 2, least: inCore })
    for (let round = 0; round < 3; round++) {
      await run(other, given, dispatch)
      await other.analysed()
    }
    const own = await run(other, given, dispatch)
    expect(own.parallel).toMatchObject({ colours: asked.parallel!.colours, gas: asked.parallel!.gas })
    expect(own.hash.work.find(({ purpose }) => purpose === 'binding')!.permutations).toBe(binding.permutations)
    expect(resultOf(own)).toEqual(expected)
  })
})

describeWithData('mainnet-blocks', 'mainnet blocks', folder => {
  const numbers = [116525, 4370000, 17034869, 19929064]

  it.each(numbers)('%i in WASM', async number => {
    const given = readCase(join(folder, `${number}.json.gz`))
    const expected = resultOf(await run(await engineOf('wasm', { least: inCore }), given))
    expect(resultOf(await run(await engineOf('wasm', { least: 1 }), given))).toEqual(expected)
    expect(resultOf(await run(await engineOf('auto', { threads: 2 }), given))).toEqual(expected)
  })

  describeOnGpu('on the GPU', () => {
    it.each(numbers)('%i', { timeout: 300_000 }, async number => {
      const given = readCase(join(folder, `${number}.json.gz`))
      const expected = resultOf(await run(await engineOf('wasm', { least: inCore }), given))
      const outcome = await run(await engineOf('webgpu'), given)
      expect(resultOf(outcome)).toEqual(expected)
      expect(outcome.hash.work.every(({ backend }) => backend === 'webgpu')).toBe(true)
    })
  })
})

describeOnGpu('on the GPU', () => {
  it.each(cases)('%s come to the same, down to single nodes', { timeout: 300_000 }, async (_, make) => {
    const given = make()
    const expected = await run(await engineOf('wasm', { least: inCore }), given)
    for (const threads of [1, 2]) {
      const engine = await engineOf('webgpu', { threads })
      for (let round = 0; round < 2; round++) {
        const outcome = await run(engine, given, threads > 1 ? { dispatch: 'dataflow', hints: 'all' } : {})
        expect(resultOf(outcome)).toEqual(resultOf(expected))
        expect(outcome.hash).toMatchObject({ asked: 'webgpu', adapter: expect.any(String) })
        // What binding needs at once is not part of a batch.
        const elsewhere = places(outcome).filter(place => !place.endsWith('webgpu') && place !== 'binding: core')
        expect(elsewhere).toEqual([])
        await engine.analysed()
      }
    }
  })

  it('auto takes it where it pays, but not for codes', { timeout: 300_000 }, async () => {
    const expected = await run(await engineOf('wasm', { least: inCore }), sample)
    for (const threads of [1, 2]) {
      const engine = await engineOf('auto', { ...eager, threads })
      await run(engine, sample)
      const outcome = await run(engine, sample)
      expect(resultOf(outcome)).toEqual(resultOf(expected))
      expect(outcome.hash).toMatchObject({ reason: expect.stringMatching(/large batches go to the GPU/) })
      for (const { purpose, backend, redone } of outcome.hash.work) {
        if (purpose === 'binding' && backend === 'core') continue
        expect([purpose, backend, redone]).toEqual([purpose, purpose === 'codes' ? 'wasm' : 'webgpu', undefined])
      }
    }
  })

  /** The device goes in the middle of batch `number` of the next block. */
  async function destroyAt(engine: Engine, option: HashOption, number: number): Promise<void> {
    const hashing = await engine.hashing(option)
    const hash = hashing.hash.bind(hashing)
    let batches = 0
    hashing.hash = (core, log) => {
      const pending = hash(core, log)
      if (++batches === number) hashing.device!.destroy()
      return pending
    }
  }

  it.each([1, 2])('auto does over in WASM what a device that goes had begun, %i threads', async threads => {
    const expected = resultOf(await run(await engineOf('wasm', { least: inCore }), sample))
    for (const number of [2, 5, 9]) {
      const engine = await engineOf('auto', { ...eager, threads })
      await run(engine, sample)
      await destroyAt(engine, 'auto', number)
      const outcome = await run(engine, sample, threads > 1 ? { dispatch: 'dataflow' } : {})
      expect(resultOf(outcome)).toEqual(expected)
      const redone = outcome.hash.work.filter(work => work.redone !== undefined)
      expect(redone).toEqual([expect.objectContaining({ backend: 'wasm', redone: expect.stringMatching(/lost/) })])
      expect(outcome.hash.reason).toMatch(/^the GPU failed: .*lost/)
      // From then on WASM.
      const next = await run(engine, sample)
      expect(resultOf(next)).toEqual(expected)
      expect(next.hash.work.every(({ backend }) => backend !== 'webgpu')).toBe(true)
    }
  })

  it.each([1, 2])(
    'webgpu fails with a device that goes, and takes another for the next block, %i threads',
    async threads => {
      const expected = resultOf(await run(await engineOf('wasm', { least: inCore }), sample))
      const engine = await engineOf('webgpu', { threads })
      for (const number of [1, 4]) {
        await destroyAt(engine, 'webgpu', number)
        await expect(run(engine, sample)).rejects.toMatchObject({ name: 'GpuError', code: 'GPU_LOST' })
        const hashing = await engine.hashing('webgpu')
        hashing.hash = Hashing.prototype.hash
        expect(resultOf(await run(engine, sample))).toEqual(expected)
      }
    },
  )
})

describe('weft replay --hash', () => {
  const weft = (flags: readonly string[], env: Record<string, string> = {}) => {
    const given = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env }
    return spawnSync(process.execPath, [cliFile, 'replay', SAMPLE_PATH, ...flags], { encoding: 'utf8', env: given })
  }
  const nothing = { VK_DRIVER_FILES: '/nonexistent.json', VK_ICD_FILENAMES: '/nonexistent.json' }

  it('refuses what it does not know', () => {
    const { status, stderr } = weft(['--hash', 'cuda'])
    expect([status, stderr]).toEqual([2, 'error "--hash" expected auto, wasm, webgpu, got "cuda"\n'])
  })

  it('has the figures in JSON and, with --verbose, in a table', () => {
    const { hash, ok } = JSON.parse(weft(['--hash', 'wasm', '--json', '--threads', '1']).stdout)
    expect(ok).toBe(true)
    expect(hash).toMatchObject({ asked: 'wasm', reason: 'it was asked for' })
    expect(Object.keys(hash.work[0])).toEqual(['purpose', 'backend', 'batches', 'messages', 'permutations', 'ms'])
    const { stdout } = weft(['--hash', 'wasm', '--verbose', '--threads', '1'])
    expect(stdout).toMatch(/\nhashes for +made +batches +messages +permutations +ms\n/)
    expect(stdout).toMatch(/\nreceipts +in WASM +/)
    expect(stdout).toMatch(/\nhashed [\d,]+ messages in /)
  })

  it('webgpu without a driver is an error, auto is not', () => {
    if (process.platform !== 'linux') return
    const { status, stdout, stderr } = weft(['--hash', 'webgpu'], nothing)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/error WebGPU found no adapter: there is no GPU, or no driver for it\n$/)
    expect(weft(['--hash', 'auto'], nothing).status).toBe(0)
  })

  describeOnGpu('webgpu', () => {
    it('makes everything there', () => {
      const { status, stdout } = weft(['--hash', 'webgpu'])
      expect(status).toBe(0)
      expect(stdout).toMatch(/\nhashed [\d,]+ messages on the GPU \([\d,]+ batches, [\d.]+ ms\): .+\n$/)
    })
  })
})
