// Tries of known nodes (assembly/trie/changes.ts, settle.ts, lookup.ts) against @ethereumjs/mpt and the core's own bulk builder, in both
// builds: long series of random changes over few keys, so that branches come and go; faults; bytes that are no nodes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as abi from '../../assembly/abi.ts'
import { builds, loadKernel } from '../kernel/load.ts'
import { describeWithData } from '../setup/data.ts'
import { random, randomBytes } from '../setup/random.ts'

interface Tries {
  memory: WebAssembly.Memory
  open(): number
  resetKnown(): void
  addNodes(jobs: number, count: number): number
  isNode(at: number, end: number): number
  begin(root: number): void
  put(key: number, value: number, length: number): number
  remove(key: number): number
  finish(out: number): number
  find(out: number, root: number, key: number): number
  count(): number
  trieReport(): number
}

const EMPTY_ROOT = '56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/** One change: a value of no bytes takes the key out. */
type Change = [key: Uint8Array, value: Uint8Array]

class Kernel {
  readonly core: Tries
  readonly at: number

  constructor(core: Tries) {
    this.core = core
    this.at = core.open()
    core.resetKnown()
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.core.memory.buffer)
  }

  /** The root after changes, or the fault. */
  update(root: string, changes: readonly Change[]): { root: string; hashed: number } | { fault: number } {
    this.bytes.set(hexToBytes(root), this.at)
    this.core.begin(this.at)
    for (const [key, value] of changes) {
      this.bytes.set(key, this.at + 64)
      this.bytes.set(value, this.at + 128)
      const fault = value.length
        ? this.core.put(this.at + 64, this.at + 128, value.length)
        : this.core.remove(this.at + 64)
      if (fault) return { fault }
    }
    const hashed = this.core.finish(this.at)
    if (hashed < 0) return { fault: hashed }
    return { root: bytesToHex(this.bytes.slice(this.at, this.at + 32)), hashed }
  }

  find(root: string, key: Uint8Array): Uint8Array | number {
    this.bytes.set(hexToBytes(root), this.at)
    this.bytes.set(key, this.at + 64)
    const length = this.core.find(this.at + 128, this.at, this.at + 64)
    return length < 0 ? length : this.bytes.slice(this.at + 128, this.at + 128 + length)
  }

  /** Makes nodes known. */
  add(nodes: readonly Uint8Array[]): number {
    const jobs = this.at + 256
    const words = new Uint32Array(this.core.memory.buffer, jobs, nodes.length * 3)
    let end = jobs + nodes.length * 12
    for (const [i, node] of nodes.entries()) {
      words.set([end + 32, node.length, end], i * 3)
      this.bytes.set(keccak_256(node), end)
      this.bytes.set(node, end + 32)
      end += 32 + node.length
    }
    return this.core.addNodes(jobs, nodes.length)
  }

  /** All nodes known, by hash. */
  nodes(): Map<string, Uint8Array> {
    const at = this.core.trieReport()
    const view = new DataView(this.core.memory.buffer)
    const [first, base] = [view.getUint32(at + abi.TRIE_NODES, true), view.getUint32(at + abi.TRIE_BYTES, true)]
    const entries = Array.from({ length: this.core.count() }, (_, i): [string, Uint8Array] => {
      const node = first + i * abi.TRIE_NODE_SIZE
      const from = base + view.getUint32(node + abi.TRIE_NODE_OFFSET, true)
      const length = view.getUint32(node + abi.TRIE_NODE_LENGTH, true)
      return [bytesToHex(this.bytes.slice(node, node + 32)), this.bytes.slice(from, from + length)]
    })
    return new Map(entries)
  }

  /** Hash and path of the fault. */
  fault(): { hash: string; path: string; key: string } {
    const at = this.core.trieReport()
    const hex = (from: number) => bytesToHex(this.bytes.slice(at + from, at + from + 32))
    const length = new DataView(this.core.memory.buffer).getUint32(at + abi.TRIE_PATH_LENGTH, true)
    return { hash: hex(abi.TRIE_HASH), path: hex(abi.TRIE_PATH).slice(0, length), key: hex(abi.TRIE_KEY) }
  }
}

/** Kinds of key sets, each with few keys, so that most changes make or break branches. */
const keySets: Record<string, (next: (below: number) => number) => Uint8Array> = {
  'hashed keys': next => keccak_256(Uint8Array.of(next(24))),
  'keys that part at the first nibbles': next => Uint8Array.from([next(4) * 17, next(3), ...new Uint8Array(30)]),
  'keys that part at the last nibbles': next =>
    Uint8Array.from([...new Uint8Array(29).fill(0xab), next(2), next(3) << 4, next(20)]),
  'keys that part anywhere': next => {
    const key = new Uint8Array(32).fill(0x11)
    for (let times = next(3); times >= 0; times--) key[next(4) * 8 + 3] = next(3) * 16 + next(2)
    return key
  },
}
const values: Record<string, (next: (below: number) => number) => Uint8Array> = {
  short: next => randomBytes(next, 1 + next(3)),
  long: next => randomBytes(next, 1 + next(100)),
}
const cases = Object.keys(keySets).flatMap(keys => Object.keys(values).map(length => [keys, length] as const))

for (const build of builds) {
  describe(`tries of known nodes, ${build} build`, async () => {
    const core = await loadKernel<Tries>('known-trie', build)

    const times = build === 'simd' ? 10_000 : 2_000

    it.each(cases)(
      `${times} changes: %s, %s values`,
      async (keys, length) => {
        const next = random(keys.length * 31 + length.length)
        const kernel = new Kernel(core)
        const oracle = await createMPT()
        const model = new Map<string, Uint8Array>()
        let root = EMPTY_ROOT
        for (let done = 0; done < times; ) {
          const changes = Array.from({ length: 1 + next(next(4) ? 3 : 12) }, (): Change => {
            const isDeletion = next(5) < (model.size > 6 ? 3 : 1)
            return [keySets[keys]!(next), isDeletion ? new Uint8Array() : values[length]!(next)]
          })
          done += changes.length
          for (const [key, value] of changes) {
            await (value.length ? oracle.put(key, value) : oracle.del(key))
            if (value.length) model.set(bytesToHex(key), value)
            else model.delete(bytesToHex(key))
          }
          const after = kernel.update(root, changes)
          expect(after).toMatchObject({ root: bytesToHex(oracle.root()) })
          root = (after as { root: string }).root
          const key = keySets[keys]!(next)
          expect(kernel.find(root, key)).toEqual(model.get(bytesToHex(key)) ?? new Uint8Array())
        }
      },
      120_000,
    )

    /** A kernel with the trie of these entries, and one that knows only some of its nodes. */
    const partly = (entries: readonly Change[], isKnown: (hash: string, node: Uint8Array) => boolean) => {
      const whole = new Kernel(core)
      const { root } = whole.update(EMPTY_ROOT, entries) as { root: string }
      const nodes = [...whole.nodes()].filter(([hash, node]) => isKnown(hash, node)).map(([, node]) => node)
      const kernel = new Kernel(core)
      expect(kernel.add(nodes)).toBe(abi.RUN_DONE)
      return { kernel, root }
    }
    const key = (...nibbles: number[]): Uint8Array =>
      hexToBytes(
        nibbles
          .map(nibble => nibble.toString(16))
          .join('')
          .padEnd(64, nibbles.at(-1)!.toString(16)),
      )
    const value = new Uint8Array(40).fill(9)
    const leafOf = (bytes: Uint8Array, from: number): string => {
      const path = bytesToHex(bytes).slice(from)
      const prefix = path.length % 2 ? `3${path}` : `20${path}`
      return bytesToHex(keccak_256(RLP.encode([hexToBytes(prefix), value])))
    }

    it('names the sibling that a collapse needs, and needs it only then', () => {
      const [a, b, c] = [key(1, 2), key(1, 5), key(1, 6)]
      const sibling = leafOf(b, 2)
      const { kernel, root } = partly(
        [
          [a, value],
          [b, value],
        ],
        hash => hash !== sibling,
      )
      expect(kernel.update(root, [[a, new Uint8Array()]])).toEqual({ fault: abi.TRIE_MISSING })
      expect(kernel.fault()).toEqual({ hash: sibling, path: '15', key: bytesToHex(a) })
      // In either order the branch has two keys in the end, and nothing has to be known of the one that stays.
      const expected = new Kernel(core).update(EMPTY_ROOT, [
        [b, value],
        [c, value],
      ])
      const again = partly(
        [
          [a, value],
          [b, value],
        ],
        hash => hash !== sibling,
      )
      for (const changes of [
        [
          [a, new Uint8Array()],
          [c, value],
        ],
        [
          [c, value],
          [a, new Uint8Array()],
        ],
      ] as Change[][]) {
        expect(again.kernel.update(root, changes)).toMatchObject({ root: (expected as { root: string }).root })
      }
    })

    it('keeps the hash of a branch that becomes the end of an extension, but has to see that it is one', () => {
      const entries: Change[] = [
        [key(1), value],
        [key(2, 3), value],
        [key(2, 4), value],
      ]
      const isBelow = (_: string, node: Uint8Array) => node.length > 60 && RLP.decode(node).length === 17
      const { kernel, root } = partly(entries, (hash, node) => isBelow(hash, node) || hash === leafOf(key(1), 1))
      const after = kernel.update(root, [[key(1), new Uint8Array()]])
      expect(after).toMatchObject({
        hashed: 1,
        root: (new Kernel(core).update(EMPTY_ROOT, entries.slice(1)) as { root: string }).root,
      })
    })

    it('names the node that is missing on the way, and changes nothing', () => {
      const entries = [3, 4, 5].map((nibble): Change => [key(8, nibble), value])
      const missing = leafOf(key(8, 4), 2)
      const { kernel, root } = partly(entries, hash => hash !== missing)
      expect(kernel.find(root, key(8, 4))).toBe(abi.TRIE_MISSING)
      expect(kernel.fault()).toEqual({ hash: missing, path: '84', key: bytesToHex(key(8, 4)) })
      expect(
        kernel.update(root, [
          [key(8, 3), value.slice(1)],
          [key(8, 4), value.slice(2)],
        ]),
      ).toEqual({ fault: abi.TRIE_MISSING })
      expect(kernel.fault()).toEqual({ hash: missing, path: '84', key: bytesToHex(key(8, 4)) })
      expect(kernel.core.count()).toBe(4)
      expect(kernel.find(root, key(8, 3))).toEqual(value)
      expect(kernel.find(root, key(9))).toEqual(new Uint8Array())
    })

    it('names the root where that is missing', () => {
      const kernel = new Kernel(core)
      expect(kernel.find('12'.repeat(32), key(1))).toBe(abi.TRIE_MISSING)
      expect(kernel.fault()).toEqual({ hash: '12'.repeat(32), path: '', key: bytesToHex(key(1)) })
      expect(kernel.update('12'.repeat(32), [[key(1), value]])).toEqual({ fault: abi.TRIE_MISSING })
    })

    it('hashes only what a change passes', () => {
      const next = random(5)
      const entries = Array.from({ length: 4000 }, (): Change => [randomBytes(next, 32), value])
      const kernel = new Kernel(core)
      const built = kernel.update(EMPTY_ROOT, entries) as { root: string; hashed: number }
      expect(built.hashed).toBe(kernel.core.count())
      const changed = kernel.update(built.root, [[entries[0]![0], value.slice(1)]]) as { hashed: number }
      expect(changed.hashed).toBeGreaterThan(2)
      expect(changed.hashed).toBeLessThan(7)
      expect(kernel.update(built.root, [])).toEqual({ root: built.root, hashed: 0 })
      // Back again: every node is known already.
      const before = kernel.core.count()
      expect(kernel.update(built.root, [entries[0]!])).toMatchObject({ root: built.root })
      expect(kernel.core.count()).toBe(before)
    })

    describeWithData('trie-tests', 'official tests with hashed keys, change by change', folder => {
      const bytes = (text: string) => (text.startsWith('0x') ? hexToBytes(text.slice(2)) : utf8ToBytes(text))
      type Changes = [key: string, value: string | null][]
      const files = ['trietest_secureTrie', 'trieanyorder_secureTrie', 'hex_encoded_securetrie_test']
      for (const file of files) {
        const tests: Record<string, { in: Changes | Record<string, string | null>; root: string }> = JSON.parse(
          readFileSync(join(folder, `${file}.json`), 'utf8'),
        )
        it.each(Object.keys(tests))(`${file} %s`, name => {
          const { in: given, root } = tests[name]!
          const changes = (Array.isArray(given) ? given : Object.entries(given)).map(
            ([key, value]): Change => [keccak_256(bytes(key)), value === null ? new Uint8Array() : bytes(value)],
          )
          const kernel = new Kernel(core)
          const single = changes.reduce(
            (before, change) => (kernel.update(before, [change]) as { root: string }).root,
            EMPTY_ROOT,
          )
          expect(single).toBe(root.slice(2))
          expect(kernel.update(EMPTY_ROOT, changes)).toMatchObject({ root: single })
        })
      }
    })

    describe('bytes that are no nodes', () => {
      const branch = (child: unknown[] | Uint8Array, last = new Uint8Array()) =>
        RLP.encode([child, ...Array.from({ length: 15 }, () => new Uint8Array()), last] as never)
      const digest = new Uint8Array(32).fill(3)
      it.each([
        ['nothing', new Uint8Array()],
        ['a string', RLP.encode(digest)],
        ['an empty list', RLP.encode([])],
        ['three items', RLP.encode([digest, digest, digest])],
        ['a byte after the end', Uint8Array.from([...branch(digest), 0])],
        ['a byte too few', branch(digest).slice(0, -1)],
        ['a value in a branch', branch(digest, Uint8Array.of(1))],
        ['a reference of 31 bytes', branch(digest.slice(1))],
        ['an embedded node of 32 bytes', branch([Uint8Array.of(0x31), new Uint8Array(29).fill(8)])],
        ['an embedded list of one item', branch([Uint8Array.of(0x31)])],
        ['an empty path', RLP.encode([new Uint8Array(), digest])],
        ['a path of 65 nibbles', RLP.encode([new Uint8Array(33).fill(0x31), digest])],
        ['flags of no kind', RLP.encode([Uint8Array.of(0x41), digest])],
        ['an even path with a nibble before it', RLP.encode([Uint8Array.of(0x21, 0x11), digest])],
        ['an extension of no nibbles', RLP.encode([Uint8Array.of(0), digest])],
        ['an extension to nothing', RLP.encode([Uint8Array.of(0x11), new Uint8Array()])],
        ['a leaf without a value', RLP.encode([Uint8Array.of(0x31), new Uint8Array()])],
        ['a leaf with a list', RLP.encode([Uint8Array.of(0x31), [digest]])],
        ['a long length for a short list', Uint8Array.of(0xf8, 4, 0x31, 0x82, 1, 1)],
        ['more than any node has', RLP.encode([Uint8Array.of(0x31), new Uint8Array(600)])],
      ])('%s', (_, bytes) => {
        const kernel = new Kernel(core)
        expect(kernel.add([branch(digest), bytes])).toBe(abi.TRIE_MALFORMED)
        const index = new DataView(core.memory.buffer).getUint32(core.trieReport() + abi.TRIE_INDEX, true)
        expect([index, core.count()]).toEqual([1, 0])
      })

      it('but embedded ones are', () => {
        const kernel = new Kernel(core)
        const embedded = branch([Uint8Array.of(0x31), Uint8Array.of(5)])
        expect(kernel.add([branch(digest), embedded, Uint8Array.of(0x80), embedded])).toBe(abi.RUN_DONE)
        expect(core.count()).toBe(2)
      })

      // Paths that are too long or end too early, and nodes that lead anywhere, all under hashes that are right.
      it('never trap, whatever hostile nodes lead to', () => {
        const outcomes = new Set<number | string>()
        const seed = fc.integer()
        fc.assert(
          fc.property(seed, seed => {
            const next = random(seed)
            const kernel = new Kernel(core)
            const nodes: Uint8Array[] = [RLP.encode([Uint8Array.of(0x31), digest])]
            const reference = () => keccak_256(nodes[next(nodes.length)]!)
            for (let i = 0; i < 8; i++) {
              const path = randomBytes(next, next(4) ? 1 + next(3) : 1 + next(32))
              path[0] = next(2) ? 0x10 | next(16) : 0x30 | next(16)
              const children = Array.from({ length: 16 }, () => (next(3) ? reference() : new Uint8Array()))
              const isLeaf = path[0]! >= 0x30
              nodes.push(
                next(2)
                  ? RLP.encode([path, isLeaf ? digest : reference()])
                  : RLP.encode([...children, new Uint8Array()]),
              )
            }
            expect(kernel.add(nodes)).toBe(abi.RUN_DONE)
            const root = bytesToHex(keccak_256(nodes.at(-1)!))
            for (let i = 0; i < 6; i++) {
              const changes = Array.from(
                { length: 3 },
                (): Change => [randomBytes(next, 32), next(2) ? value : new Uint8Array()],
              )
              const found = kernel.find(root, changes[0]![0])
              const after = kernel.update(root, changes)
              outcomes.add(typeof found === 'number' ? found : 'found')
              outcomes.add('fault' in after ? after.fault : 'changed')
            }
          }),
          { numRuns: 400 },
        )
        expect([...outcomes]).toEqual(expect.arrayContaining([abi.TRIE_MALFORMED, 'found', 'changed']))
      })

      it('one byte of a node wrong: refused, or another node', () => {
        const next = random(17)
        const kernel = new Kernel(core)
        kernel.update(
          EMPTY_ROOT,
          Array.from({ length: 200 }, (): Change => [key(next(3), next(16), next(16)), values.short!(next)]),
        )
        const nodes = [...kernel.nodes().values()]
        for (const node of nodes) expect(core.isNode(...place(kernel, node))).toBe(1)
        let refused = 0
        for (let i = 0; i < 4000; i++) {
          const wrong = nodes[next(nodes.length)]!.slice()
          wrong[next(wrong.length)] = next(256)
          if (!core.isNode(...place(kernel, wrong))) refused++
          else expect([2, 17]).toContain(RLP.decode(wrong).length)
        }
        expect(refused).toBeGreaterThan(100)
      })
      const place = (kernel: Kernel, node: Uint8Array): [number, number] => {
        kernel.bytes.set(node, kernel.at)
        return [kernel.at, kernel.at + node.length]
      }
    })
  })
}
