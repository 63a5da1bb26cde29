// Trie roots of the core against @ethereumjs/mpt and the official trie tests, in both builds.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builds, loadKernel } from '../kernel/load.ts'
import { describeWithData } from '../setup/data.ts'
import { random, randomBytes } from '../setup/random.ts'

interface Trie {
  heapBase(): number
  sortScratch(count: number): number
  sortEntries(entries: number, count: number, scratch: number): void
  trieScratch(entries: number, count: number): number
  trieRoot(out: number, entries: number, count: number, scratch: number): void
  orderedScratch(items: number, count: number): number
  orderedRoot(out: number, items: number, count: number, scratch: number): void
  planTrie(plan: number, size: number, entries: number, count: number): void
  encodeBatch(plan: number): number
  hashBatch(plan: number, count: number): void
  rootDigest(out: number, plan: number): void
  encodeAccount(out: number, nonce: bigint, balance: number, storageRoot: number, codeHash: number): number
  encodeStorageValue(out: number, word: number): number
}
type Kernel = Trie & { memory: WebAssembly.Memory }
type Pairs = [key: Uint8Array, value: Uint8Array][]

// plan.ts and batch.ts: where the batch ends, and the fields of a job.
const PLAN_BATCH_END = 24
const JOB_SIZE = 12
const EMPTY_ROOT = '56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
const CANARY = 0x5a

/** Bump allocation in the kernel's memory, so that every test starts on an empty page. */
class Room {
  kernel: Kernel
  top: number
  constructor(kernel: Kernel) {
    this.kernel = kernel
    this.top = kernel.heapBase()
  }
  take(size: number): number {
    const at = this.top
    this.top = (at + size + 15) & ~15
    const missing = this.top - this.kernel.memory.buffer.byteLength
    if (missing > 0) this.kernel.memory.grow((missing + 0xffff) >>> 16)
    return at
  }
  put(bytes: Uint8Array): number {
    const at = this.take(bytes.length)
    new Uint8Array(this.kernel.memory.buffer).set(bytes, at)
    return at
  }
  read(at: number, length: number): Uint8Array {
    return new Uint8Array(this.kernel.memory.buffer).slice(at, at + length)
  }
  /** Scratch memory with garbage in it and a canary behind it. */
  scratch(size: number): { at: number; intact(): boolean } {
    const at = this.take(size + 64)
    new Uint8Array(this.kernel.memory.buffer).fill(CANARY, at, at + size + 64)
    return { at, intact: () => this.read(at + size, 64).every(byte => byte === CANARY) }
  }
}

function putEntries(room: Room, pairs: Pairs): number {
  const words = pairs.flatMap(([key, value]) => [room.put(key), key.length, room.put(value), value.length])
  return room.put(new Uint8Array(Uint32Array.from(words).buffer))
}

function sortedEntries(room: Room, pairs: Pairs): number {
  const entries = putEntries(room, pairs)
  const scratch = room.scratch(room.kernel.sortScratch(pairs.length))
  room.kernel.sortEntries(entries, pairs.length, scratch.at)
  expect(scratch.intact()).toBe(true)
  return entries
}

function coreRoot(kernel: Kernel, pairs: Pairs): string {
  const room = new Room(kernel)
  const out = room.take(32)
  const entries = sortedEntries(room, pairs)
  const scratch = room.scratch(kernel.trieScratch(entries, pairs.length))
  kernel.trieRoot(out, entries, pairs.length, scratch.at)
  expect(scratch.intact()).toBe(true)
  return bytesToHex(room.read(out, 32))
}

function coreOrderedRoot(kernel: Kernel, values: Uint8Array[]): string {
  const room = new Room(kernel)
  const out = room.take(32)
  const words = values.flatMap(value => [room.put(value), value.length])
  const items = room.put(new Uint8Array(Uint32Array.from(words).buffer))
  const scratch = room.scratch(kernel.orderedScratch(items, values.length))
  kernel.orderedRoot(out, items, values.length, scratch.at)
  expect(scratch.intact()).toBe(true)
  return bytesToHex(room.read(out, 32))
}

async function oracleRoot(pairs: Pairs): Promise<string> {
  const trie = await createMPT()
  for (const [key, value] of pairs) await trie.put(key, value)
  return bytesToHex(trie.root())
}

const orderedPairs = (values: Uint8Array[]): Pairs => values.map((value, i) => [RLP.encode(i), value])

function uniquePairs(pairs: Pairs): Pairs {
  return [...new Map(pairs.map(pair => [bytesToHex(pair[0]), pair])).values()]
}

const value = fc.uint8Array({ minLength: 1, maxLength: 120 })
const shortValue = fc.uint8Array({ minLength: 1, maxLength: 3 })
/** 32-byte keys that share all but their last nibbles: leaves of one or two nibbles, embedded where values are short. */
const crowdedKey = fc
  .tuple(fc.constantFrom(0, 1, 15, 30, 31), fc.uint8Array({ minLength: 32, maxLength: 32, max: 1 }))
  .map(([from, tail]) => tail.map((bit, i) => (i < from ? 0xab : bit ? 0x17 : 0x10)))
const key32 = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), crowdedKey)
const pairs32 = fc
  .array(fc.tuple(key32, fc.oneof(value, shortValue)), { maxLength: 80 })
  .map(pairs => uniquePairs(pairs))
/** Keys of any length over few bytes: many are prefixes of others, so branches have values. */
const prefixKey = fc
  .array(fc.constantFrom(0x00, 0x01, 0x10, 0x11), { minLength: 1, maxLength: 6 })
  .map(bytes => Uint8Array.from(bytes))
const prefixPairs = fc
  .array(fc.tuple(prefixKey, fc.oneof(value, shortValue)), { maxLength: 60 })
  .map(pairs => uniquePairs(pairs))

for (const build of builds) {
  describe(`trie roots, ${build} build`, async () => {
    const kernel = await loadKernel<Trie>('trie', build)

    it('of nothing', () => {
      expect(coreRoot(kernel, [])).toBe(EMPTY_ROOT)
      expect(coreOrderedRoot(kernel, [])).toBe(EMPTY_ROOT)
    })

    it('of 32-byte keys, apart and crowded', async () => {
      await fc.assert(
        fc.asyncProperty(pairs32, async pairs => {
          expect(coreRoot(kernel, pairs)).toBe(await oracleRoot(pairs))
        }),
        { numRuns: 100 },
      )
    })

    it('of keys that are prefixes of others', async () => {
      await fc.assert(
        fc.asyncProperty(prefixPairs, async pairs => {
          expect(coreRoot(kernel, pairs)).toBe(await oracleRoot(pairs))
        }),
        { numRuns: 100 },
      )
    })

    it.each([1, 2, 3, 16, 17, 257, 2000])('of %i random keys', async count => {
      const next = random(count)
      const pairs: Pairs = Array.from({ length: count }, () => [
        randomBytes(next, 32),
        randomBytes(next, 1 + next(110)),
      ])
      expect(coreRoot(kernel, pairs)).toBe(await oracleRoot(pairs))
    })

    it('of values that fill several batches and more than one batch each', async () => {
      const next = random(7)
      const pairs: Pairs = Array.from({ length: 40 }, (_, i) => [
        randomBytes(next, 32),
        randomBytes(next, i % 8 === 7 ? 70_000 : i * 131 + 1),
      ])
      expect(coreRoot(kernel, pairs)).toBe(await oracleRoot(pairs))
    })

    it('of keys longer than any list of this chain has', async () => {
      const next = random(9)
      const shared = randomBytes(next, 300)
      const pairs: Pairs = [0, 1, 60, 150, 299].map(length => [
        concatBytes(shared.slice(0, length), randomBytes(next, 1 + next(200))),
        randomBytes(next, 40),
      ])
      expect(coreRoot(kernel, pairs)).toBe(await oracleRoot(pairs))
    })

    it('of lists', async () => {
      const next = random(11)
      for (const count of [1, 2, 15, 17, 127, 128, 129, 200, 255, 256, 257, 300]) {
        const values = Array.from({ length: count }, () => randomBytes(next, 1 + next(next(5) ? 30 : 900)))
        expect(coreOrderedRoot(kernel, values), `${count} items`).toBe(await oracleRoot(orderedPairs(values)))
      }
    })

    it('of a list with an index of three bytes', () => {
      const values = Array.from({ length: 66_000 }, (_, i) => Uint8Array.of(1 + (i % 250)))
      expect(coreOrderedRoot(kernel, values)).toBe(coreRoot(kernel, orderedPairs(values)))
    })

    it('neither traps nor leaves its scratch memory where keys are double or empty', () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 2, max: 1 }), value)), pairs => {
          expect(coreRoot(kernel, pairs)).toHaveLength(64)
        }),
      )
    })

    it('sorts as bytes compare', () => {
      fc.assert(
        fc.property(fc.oneof(pairs32, prefixPairs), pairs => {
          const room = new Room(kernel)
          const entries = sortedEntries(room, pairs)
          const words = new Uint32Array(room.read(entries, pairs.length * 16).buffer)
          const keys = pairs.map((_, i) => bytesToHex(room.read(words[i * 4]!, words[i * 4 + 1]!)))
          expect(keys).toEqual(pairs.map(([key]) => bytesToHex(key)).sort())
        }),
      )
    })

    it('with the digests made outside, whatever the size of the batch', () => {
      const next = random(13)
      const pairs: Pairs = Array.from({ length: 3000 }, () => [randomBytes(next, 32), randomBytes(next, 70)])
      const expected = coreRoot(kernel, pairs)
      for (const more of [0, 4_000_000]) {
        const room = new Room(kernel)
        const out = room.take(32)
        const entries = sortedEntries(room, pairs)
        const size = kernel.trieScratch(entries, pairs.length) + more
        const { at: plan, intact } = room.scratch(size)
        kernel.planTrie(plan, size, entries, pairs.length)
        const batches: number[] = []
        for (let count = kernel.encodeBatch(plan); count; count = kernel.encodeBatch(plan)) {
          batches.push(count)
          const view = new DataView(kernel.memory.buffer)
          const end = view.getUint32(plan + PLAN_BATCH_END, true)
          for (let job = end - JOB_SIZE; job >= end - count * JOB_SIZE; job -= JOB_SIZE) {
            const input = room.read(view.getUint32(job, true), view.getUint32(job + 4, true))
            new Uint8Array(kernel.memory.buffer).set(keccak_256(input), view.getUint32(job + 8, true))
          }
        }
        kernel.rootDigest(out, plan)
        expect(bytesToHex(room.read(out, 32))).toBe(expected)
        expect(intact()).toBe(true)
        // With room enough a batch is a whole level: first all leaves.
        if (more) expect(batches[0]).toBe(3000)
        else expect(batches.length).toBeGreaterThan(6)
      }
    })

    it('encodes accounts and storage values', () => {
      const u64 = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n))
      const u256 = fc
        .tuple(fc.bigInt(0n, 2n ** 256n - 1n), fc.integer({ min: 0, max: 255 }))
        .map(([number, shift]) => number >> BigInt(shift))
      const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
      fc.assert(
        fc.property(u64, u256, hash, hash, (nonce, balance, storageRoot, codeHash) => {
          const room = new Room(kernel)
          const littleEndian = hexToBytes(balance.toString(16).padStart(64, '0')).reverse()
          const word = room.put(littleEndian)
          const out = room.take(128)
          const accountEnd = kernel.encodeAccount(out, nonce, word, room.put(storageRoot), room.put(codeHash))
          const account = RLP.encode([nonce, balance, storageRoot, codeHash])
          expect(room.read(out, accountEnd - out)).toEqual(account)
          const valueEnd = kernel.encodeStorageValue(out, word)
          expect(room.read(out, valueEnd - out)).toEqual(RLP.encode(balance))
        }),
        { numRuns: 500 },
      )
    })

    describeWithData('trie-tests', 'official tests', folder => {
      const bytes = (text: string) => (text.startsWith('0x') ? hexToBytes(text.slice(2)) : utf8ToBytes(text))
      type Changes = [key: string, value: string | null][]
      const files = ['trietest', 'trieanyorder', 'trietest_secureTrie', 'trieanyorder_secureTrie']
      files.push('hex_encoded_securetrie_test')
      it('are all here but those about walking a trie, which nothing in Weft does', () => {
        const present = readdirSync(folder).map(name => name.replace('.json', ''))
        expect(present.sort()).toEqual([...files, 'trietestnextprev'].sort())
      })
      for (const file of files) {
        const tests: Record<string, { in: Changes | Record<string, string | null>; root: string }> = JSON.parse(
          readFileSync(join(folder, `${file}.json`), 'utf8'),
        )
        it.each(Object.keys(tests))(`${file} %s`, name => {
          const { in: changes, root } = tests[name]!
          // A later change of a key replaces an earlier one, null deletes: the trie is that of the final map.
          const map = new Map(Array.isArray(changes) ? changes : Object.entries(changes))
          const secure = file.toLowerCase().includes('securetrie')
          const pairs: Pairs = [...map]
            .filter((change): change is [string, string] => change[1] !== null)
            .map(([key, value]) => [secure ? keccak_256(bytes(key)) : bytes(key), bytes(value)])
          expect(coreRoot(kernel, pairs)).toBe(root.slice(2))
        })
      }
    })
  })
}
