// The exports for tries of known nodes under hosts that pass anything in any order, and without memory: no call traps, and what was
// refused has changed nothing.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import { type CoreExports, putAccount, putSlot, Writer } from '../../src/abi.ts'
import { TrieCore } from '../../src/core/trie.ts'
import { EMPTY_CODE_HASH, type Hex, InternalError, type StateDiff } from '../../src/index.ts'
import { EMPTY_ROOT, trieCore, updated } from '../setup/witness.ts'
import { builds, initialPages, instantiate } from './machine.ts'

const address = (i: number): Hex => `0x${i.toString(16).padStart(40, '0')}`
/** Accounts with some slots, by their numbers. */
const diffOf = (from: number, to: number): StateDiff =>
  Array.from({ length: to - from }, (_, i) => ({
    ...{ address: address(from + i), exists: true, storageCleared: false, nonce: 1n, balance: 7n },
    ...{ codeHash: EMPTY_CODE_HASH, storage: Array.from({ length: i % 4 }, (_, slot) => [BigInt(slot), 5n] as const) },
  }))

const STATUSES = [abi.RUN_DONE, abi.RUN_IDLE, abi.RUN_BAD_INPUT, abi.TRIE_MISSING, abi.TRIE_MALFORMED]

/** A place in memory: inside a block of the host, or anywhere. */
const pointer = fc.oneof(
  { weight: 5, arbitrary: fc.nat(4000).map(offset => (block: number) => block + offset) },
  { weight: 1, arbitrary: fc.nat(0xffffffff).map(at => () => at) },
  { weight: 1, arbitrary: fc.constantFrom(0, 0xffffffff, 0xffffffe0, 0x400000).map(at => () => at) },
)
const length = fc.oneof(fc.nat(600), fc.constantFrom(0, 0x7fffffff, 0x80000000, 0xffffffff))
const name = fc.constantFrom(
  ...(['weft_trie_add', 'weft_trie_account', 'weft_trie_slot', 'weft_trie_update', 'weft_trie_encode'] as const),
  ...(['weft_trie_report', 'weft_reset'] as const),
)
const call = fc.record({ name, pointers: fc.tuple(pointer, pointer, pointer, pointer), length })
/** What the block holds: records of a diff, wrong in some bytes, or anything. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc
    .tuple(fc.array(fc.tuple(fc.nat(5), fc.nat(3), fc.boolean()), { maxLength: 8 }), fc.nat(400), fc.nat(255))
    .map(([parts, at, byte]) => {
      const writer = new Writer()
      for (const [account, slot, exists] of parts) {
        putAccount(writer, address(account), exists ? { nonce: 1n, balance: 1n, codeHash: EMPTY_CODE_HASH } : null)
        putSlot(writer, address(account), BigInt(slot), BigInt(slot))
      }
      const bytes = writer.bytes.slice()
      if (byte > 100) bytes[at] = byte
      return bytes
    }),
)

describe.each(builds)('tries of known nodes, %s build', build => {
  it('never trap, whatever is passed in whatever order', () => {
    const { raw } = instantiate(build)
    const block = raw.weft_alloc(4096)
    const seen = new Set<number>()
    const run = ({
      name,
      pointers,
      length,
    }: {
      name: keyof CoreExports
      pointers: ((block: number) => number)[]
      length: number
    }): void => {
      const [a, b, c, d] = pointers.map(at => at(block)) as [number, number, number, number]
      // What a call writes may not lie over what the core keeps: that is the host's own doing.
      const out = block + 3000
      if (name === 'weft_trie_add') seen.add(raw.weft_trie_add(a, length % 40))
      else if (name === 'weft_trie_account') seen.add(raw.weft_trie_account(out, b, c))
      else if (name === 'weft_trie_slot') seen.add(raw.weft_trie_slot(out, b, c, d))
      else if (name === 'weft_trie_update') seen.add(raw.weft_trie_update(a, block, length))
      else if (name === 'weft_trie_encode') seen.add(Math.min(0, raw.weft_trie_encode()))
      else if (name === 'weft_trie_report') expect(raw.weft_trie_report()).not.toBe(0)
      else raw.weft_reset(14)
    }
    fc.assert(
      fc.property(content, fc.array(call, { maxLength: 12 }), (bytes, calls) => {
        new Uint8Array(raw.memory.buffer).fill(0, block, block + 4096)
        new Uint8Array(raw.memory.buffer).set(bytes, block)
        // The root of the empty trie, so that some updates succeed.
        new Uint8Array(raw.memory.buffer).set(Buffer.from(EMPTY_ROOT.slice(2), 'hex'), block + 3500)
        run({
          name: 'weft_trie_update',
          pointers: Array.from({ length: 4 }, () => () => block + 3500),
          length: bytes.length,
        })
        for (const each of calls) run(each)
      }),
      { numRuns: 1500 },
    )
    for (const status of seen) expect(STATUSES).toContain(status)
    expect([...seen]).toEqual(expect.arrayContaining([abi.RUN_DONE, abi.RUN_IDLE, abi.RUN_BAD_INPUT, abi.TRIE_MISSING]))
  })

  it('run out of memory with a status, and serve again after a reset', () => {
    const { raw } = instantiate(build, initialPages(build) + 16)
    let root = EMPTY_ROOT
    const trie = new TrieCore(raw)
    const grow = (): void => {
      for (let i = 0; i < 200; i++) {
        trie.update(root, diffOf(i * 500, i * 500 + 500))
        for (let jobs = trie.next(); jobs; jobs = trie.next())
          expect(raw.weft_keccak_batch(jobs.jobs, jobs.count)).toBe(0)
        root = trie.root()
      }
    }
    expect(grow).toThrow(expect.objectContaining({ constructor: InternalError, code: 'OUT_OF_MEMORY' }))
    expect(raw.weft_trie_encode()).toBe(abi.OUT_OF_MEMORY)
    expect(raw.weft_trie_report()).toBe(0)
    raw.weft_reset(14)
    const again = new TrieCore(raw)
    again.update(EMPTY_ROOT, diffOf(0, 50))
    for (let jobs = again.next(); jobs; jobs = again.next()) raw.weft_keccak_batch(jobs.jobs, jobs.count)
    expect(again.root()).toBe(updated(trieCore(build), EMPTY_ROOT, diffOf(0, 50)))
  })

  it('forget their nodes at a reset, and refuse slots before their account', () => {
    const core = trieCore(build)
    const root = updated(core, EMPTY_ROOT, diffOf(0, 20))
    expect(core.trie.account(root, address(3))).toMatchObject({ nonce: 1n, hasStorage: true })
    const { raw } = instantiate(build)
    const trie = new TrieCore(raw)
    trie.update(EMPTY_ROOT, diffOf(0, 20))
    for (let jobs = trie.next(); jobs; jobs = trie.next()) raw.weft_keccak_batch(jobs.jobs, jobs.count)
    raw.weft_reset(14)
    expect(() => trie.account(root, address(3))).toThrow('a trie node is missing')

    const writer = new Writer()
    writer.room(32)
    writer.hex(0, EMPTY_ROOT)
    putSlot(writer, address(1), 1n, 1n)
    const at = raw.weft_alloc(writer.length)
    new Uint8Array(raw.memory.buffer).set(writer.bytes, at)
    expect(raw.weft_trie_update(at, at + 32, writer.length - 32)).toBe(abi.RUN_BAD_INPUT)
    expect(raw.weft_trie_encode()).toBe(abi.RUN_IDLE)
  })
})
