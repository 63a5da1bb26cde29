// State from a real node: calls, blocks, bindings to one block, and how often the node is asked. The limits of round trips are those
// of the issue; what is printed is what was seen.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allOk, checkOutcome, firstMismatch } from '../../src/chain/checks.ts'
import {
  createWeft,
  dumpState,
  MemorySource,
  OverlaySource,
  type RpcSource,
  rpcBlock,
  rpcSource,
  State,
  StructLogTracer,
  type Weft,
} from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import type { Address, Hex } from '../../src/types.ts'
import { absenceNote, dataFolder } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { exchangeBlocks, word } from './exchange.ts'
import { startNode } from './node.ts'

/** Adds slots up: keccak(i . 0) for i below 100, as a mapping has them. */
const HUNDRED: Hex = '0x5f5f5b80606414601c57805f5260405f2054820191506001016002565b505f5260205ff3'
const READER: Address = `0x${'5e'.repeat(20)}`
const mappingKey = (i: number): Hex => hexOf(keccak_256(hexBytes(`0x${word(i)}${word(0)}`)!))

// From Prague on a block calls system contracts, which anvil does not have.
const fork = 'cancun'
const node = await startNode(['--hardfork', fork])

if (typeof node === 'string') it('state of anvil', context => context.skip(node))
else {
  let weft: Weft
  beforeAll(async () => {
    weft = await createWeft({ wasm: wasmBytes('simd') })
    await node.ask('anvil_setCode', READER, HUNDRED)
    for (let i = 0; i < 100; i++) await node.ask('anvil_setStorageAt', READER, mappingKey(i), `0x${word(i + 1)}`)
    await node.ask('anvil_mine', '0x1')
  })
  afterAll(async () => {
    await weft.close()
    await node.close()
  })

  describe('a call that touches 100 slots', () => {
    it.each([
      ['foreseen by the node', true],
      ['found by running on guesses', false],
    ])('%s: at most 3 round trips, the first for the block', async (how, foresee) => {
      const source = await rpcSource(node.url, 'latest', { foresee })
      const { output } = await weft.call({ to: READER, env: source.env, source })
      expect(hexOf(output)).toBe(`0x${word(5050)}`)
      expect(hexOf(output)).toBe(await node.ask('eth_call', { to: READER }, 'latest'))
      expect(source.metrics.roundTrips).toBeLessThanOrEqual(3)
      const { roundTrips, requests, calls } = source.metrics
      console.log(`100 slots, ${how}: ${roundTrips} round trips, ${requests} requests, ${calls} calls`)
      // What is known is not asked for again.
      await weft.call({ to: READER, env: source.env, source })
      expect(source.metrics.requests).toBe(requests)
    })

    it('asks no more with a tracer, which sees one run', async () => {
      const source = await rpcSource(node.url, 'latest')
      let loads = 0
      const tracer = new StructLogTracer(() => loads++, { opcodes: ['SLOAD'] })
      await weft.call({ to: READER, env: source.env, source, tracer })
      expect(source.metrics.roundTrips).toBeLessThanOrEqual(3)
      expect(loads).toBeGreaterThanOrEqual(100)
      expect(loads).toBeLessThan(200)
    })
  })

  it('is the state of one block, whatever the chain does meanwhile', async () => {
    const source = await rpcSource(node.url, 'latest')
    // What anvil is told to set becomes part of its newest block.
    await node.ask('anvil_mine', '0x1')
    await node.ask('anvil_setStorageAt', READER, mappingKey(0), `0x${word(1001)}`)
    const { output } = await weft.call({ to: READER, env: source.env, source })
    expect(BigInt(hexOf(output))).toBe(5050n)
    const later = await rpcSource(node.url, source.number + 1n)
    expect(BigInt(hexOf((await weft.call({ to: READER, env: later.env, source: later })).output))).toBe(6050n)
    await node.ask('anvil_setStorageAt', READER, mappingKey(0), `0x${word(1)}`)
  })

  describe('blocks', () => {
    let numbers: Hex[]
    beforeAll(async () => {
      numbers = (await exchangeBlocks(node)).blocks
    }, 60_000)

    it.each([
      ['foreseen by the node', true],
      ['by analysis of their codes', 'analysis' as const],
      ['on guesses', false],
    ])('of an exchange are replayed, %s', async (how, foresee) => {
      const trips: number[] = []
      for (const number of numbers) {
        const { block, expected, source } = await rpcBlock(node.url, BigInt(number), { foresee, fork })
        const outcome = await weft.replayBlock(block, { source })
        expect(outcome.receipts.map(({ status }) => status)).toEqual(block.transactions.map(() => 'success'))
        expect(block.transactions.length).toBeGreaterThan(0)
        expect(firstMismatch(checkOutcome(block, expected, outcome), expected, outcome)).toBe(undefined)
        trips.push(source.metrics.roundTrips)
      }
      console.log(`${numbers.length} blocks, ${how}: round trips ${trips.join(', ')}`)
      if (foresee) expect(Math.max(...trips)).toBeLessThanOrEqual(5)
    })

    it('are replayed on two threads, and over diffs', async () => {
      const threaded = await createWeft({ threadsWasm: wasmBytes('threads'), threads: 2 })
      const { block, expected, source } = await rpcBlock(node.url, BigInt(numbers.at(-1)!), { fork })
      const outcome = await threaded.replayBlock(block, { source: new OverlaySource(source), dispatch: 'dataflow' })
      await threaded.close()
      expect(allOk(checkOutcome(block, expected, outcome))).toBe(true)
      expect(source.metrics.roundTrips).toBeLessThanOrEqual(5)
    })
  })

  it('replays a block of mainnet on the state that it is loaded with', async context => {
    const folder = dataFolder('mainnet-blocks')
    if (!folder) return context.skip(absenceNote('mainnet-blocks'))
    const { block, state, expected } = blockFileReader()(join(folder, '19426587.json.gz'))
    // Transactions go by the chain, the number and the time: the node's lists are those of a node of that chain at the parent.
    const env = { ...block.env, number: block.env.number - 1n, timestamp: block.env.timestamp - 12n }
    const dump = JSON.stringify(await dumpState(new State(new MemorySource(state)), env))
    const place = ['--chain-id', '1', '--number', String(env.number), '--timestamp', String(env.timestamp)]
    const parent = await startNode(['--hardfork', fork, ...place])
    if (typeof parent === 'string') throw new Error(parent)
    await parent.ask('anvil_loadState', hexOf(gzipSync(dump)))
    const source = await rpcSource(parent.url, 'latest')
    const outcome = await weft.replayBlock(block, { source }).finally(() => parent.close())
    expect(Object.values(checkOutcome(block, expected, outcome))).not.toContain(false)
    const { roundTrips, calls } = source.metrics
    console.log(`mainnet block ${block.env.number}: ${roundTrips} round trips, ${calls} calls`)
    expect(roundTrips).toBeLessThanOrEqual(5)
  })

  it('keeps answers in a folder, and reads a file whose end was cut off', async () => {
    const cacheFolder = mkdtempSync(join(tmpdir(), 'weft-rpc-'))
    try {
      const run = async (): Promise<[Hex, RpcSource]> => {
        const source = await rpcSource(node.url, 2n, { cacheFolder })
        return [hexOf((await weft.call({ to: READER, env: source.env, source })).output), source]
      }
      const [first] = await run()
      const [second, cached] = await run()
      expect([second, cached.metrics.roundTrips]).toEqual([first, 1])
      const file = join(cacheFolder, `31337-${cached.hash}.jsonl`)
      writeFileSync(file, readFileSync(file, 'utf8').slice(0, -40))
      const [third, damaged] = await run()
      expect([third, damaged.metrics.roundTrips]).toEqual([first, 2])
      expect((await run())[1].metrics.roundTrips).toBe(1)
    } finally {
      rmSync(cacheFolder, { recursive: true, force: true })
    }
  })

  it('forgets what was not needed for longest, and asks for it again', async () => {
    const source = await rpcSource(node.url, 2n, { cacheBytes: 20_000 })
    const call = () => weft.call({ to: READER, env: source.env, source })
    const { output } = await call()
    expect((await call()).output).toEqual(output)
  })

  it('answers BLOCKHASH, and says so when the chain is another one by then', async () => {
    const source = await rpcSource(node.url, 2n)
    const own = await node.ask<{ hash: Hex; parentHash: Hex }>('eth_getBlockByNumber', '0x2', false)
    expect([await source.blockHash(2n), await source.blockHash(1n)]).toEqual([own.hash, own.parentHash])
  })

  it('says what to do for another chain, and for a block that is not there', async () => {
    await expect(rpcSource(node.url, 'latest', { chainId: 1n })).rejects.toMatchObject({
      code: 'SOURCE_WRONG_CHAIN',
      message: expect.stringContaining('expected a node of chain 1'),
    })
    await expect(rpcSource(node.url, 1_000_000n)).rejects.toMatchObject({ code: 'SOURCE_STATE' })
    await expect(rpcSource(node.url, `0x${'12'.repeat(32)}`)).rejects.toMatchObject({ code: 'SOURCE_STATE' })
  })
}
