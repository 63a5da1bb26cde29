// The seam between the core's tries and the hash backends: the jobs that encodeBatch lists are a batch as they stand, and
// whoever makes the digests, the root is the same.
import { describe, expect, it } from 'vitest'
import { JOB_SIZE } from '../../assembly/abi.ts'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import type { HashBackend } from '../../src/gpu/batch.ts'
import { WasmHasher } from '../../src/gpu/wasm.ts'
import { WebGpuHasher } from '../../src/gpu/webgpu.ts'
import { createWeft, witnessSource } from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { loadKernel } from '../kernel/load.ts'
import { wasmBytes } from '../setup/weft.ts'
import { coreModule, provedBlock } from '../setup/witness.ts'
import { describeOnGpu } from './adapter.ts'
import { pattern } from './batches.ts'

interface Trie {
  memory: WebAssembly.Memory
  heapBase(): number
  trieScratch(entries: number, count: number): number
  trieRoot(out: number, entries: number, count: number, scratch: number): void
  planTrie(plan: number, size: number, entries: number, count: number): void
  encodeBatch(plan: number): number
  rootDigest(out: number, plan: number): void
}

const ENTRIES = 5000
const KEY = 32
const VALUE = 70
/** plan.ts: where the jobs of a batch end. */
const PLAN_BATCH_END = 24
/** More scratch memory than needed makes batches larger. */
const MORE = 2 ** 20

/** Entries sorted by key, and behind them the scratch memory for a trie of them. */
async function trie(): Promise<{ kernel: Trie; entries: number; scratch: number; size: number }> {
  const kernel = await loadKernel<Trie>('trie', 'simd')
  kernel.memory.grow(100)
  const entries = (kernel.heapBase() + 32 + 15) & ~15
  const keys = entries + ENTRIES * 16
  const values = keys + ENTRIES * KEY
  const bytes = new Uint8Array(kernel.memory.buffer)
  pattern(bytes.subarray(keys, values + ENTRIES * VALUE), 3)
  const list = new Uint32Array(kernel.memory.buffer, entries, ENTRIES * 4)
  for (let i = 0; i < ENTRIES; i++) {
    // Keys in order: their first two bytes count.
    bytes.set([i >> 5, (i << 3) & 0xff], keys + i * KEY)
    list.set([keys + i * KEY, KEY, values + i * VALUE, VALUE], i * 4)
  }
  const scratch = (values + ENTRIES * VALUE + 15) & ~15
  return { kernel, entries, scratch, size: kernel.trieScratch(entries, ENTRIES) + MORE }
}

function rootAt(kernel: Trie): string {
  return Buffer.from(new Uint8Array(kernel.memory.buffer, kernel.heapBase(), 32)).toString('hex')
}

/** The root with all digests by the core, then with all by `backend`. */
async function expectSameRoot(backend: HashBackend): Promise<void> {
  const { kernel, entries, scratch, size } = await trie()
  kernel.trieRoot(kernel.heapBase(), entries, ENTRIES, scratch)
  const expected = rootAt(kernel)
  kernel.planTrie(scratch, size, entries, ENTRIES)
  let batches = 0
  for (;;) {
    const count = kernel.encodeBatch(scratch)
    if (count === 0) break
    const end = new Uint32Array(kernel.memory.buffer)[(scratch + PLAN_BATCH_END) / 4]!
    await backend.hash({ kind: 'messages', memory: kernel.memory, jobs: end - count * JOB_SIZE, count })
    batches++
  }
  kernel.rootDigest(kernel.heapBase(), scratch)
  expect(batches).toBeGreaterThan(3)
  expect(rootAt(kernel)).toBe(expected)
}

describe('the root of a trie hashed by another core', () => {
  it('is the same', async () => expectSameRoot(await WasmHasher.create(wasmBytes('simd'))))
})

describeOnGpu('the root of a trie hashed on the GPU', () => {
  it('is the same', async () => {
    const backend = await WebGpuHasher.create()
    await expectSameRoot(backend)
    backend.close()
  })
})

describeOnGpu('a witness hashed on the GPU', () => {
  it('proves the same, and gives the same root', async () => {
    const { block, state } = blockFileReader()(SAMPLE_PATH)
    const proved = provedBlock(block, state)
    const weft = await createWeft({ wasm: wasmBytes('simd') })
    const backend = await WebGpuHasher.create()
    const wasm = coreModule('simd')
    const source = await witnessSource(proved.witness, proved.block.env, { wasm, hash: backend })
    const { stateRoot } = await weft.replayBlock(proved.block, { source })
    const other = await witnessSource(proved.witness, proved.block.env, { wasm })
    expect(stateRoot).toBe((await weft.replayBlock(proved.block, { source: other })).stateRoot)
    expect(source.report()).toMatchObject({ hash: { backend: 'webgpu' }, surplus: other.report().surplus })
    backend.close()
  })
})
