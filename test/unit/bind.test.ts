// The binder of the core against its model in src/analysis/reference.ts: same programs, same state, same records. Programs that are
// no programs are refused, and those that are, whatever they say, are bound within bounds. The memo against @noble/hashes.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import * as P from '../../assembly/parallel/program.ts'
import { RECIPE_NAMES, recipeBlock } from '../../bench/blocks/recipes.ts'
import { RUN_BAD_INPUT, RUN_DONE } from '../../src/abi.ts'
import { Analyst, EMPTY_PROGRAM } from '../../src/analysis/analyst.ts'
import { explain, Learner } from '../../src/analysis/learn.ts'
import { bindLearned } from '../../src/analysis/reference.ts'
import { TemplateSupply } from '../../src/analysis/supply.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { hexOf } from '../../src/input/hex.ts'
import type { Hex } from '../../src/types.ts'
import { builds } from '../kernel/load.ts'
import { BindingCore, byPlace, merged } from '../setup/binding.ts'
import { describeWithData } from '../setup/data.ts'
import { setUp } from '../setup/weft.ts'

/** Real blocks with proxies, routers, access lists and loops in them. */
const MAINNET = [7279999, 12244000, 19426587]

/** Calldata that the code did not expect: cut, extended, other words. */
const DAMAGE = fc.array(fc.record({ at: fc.nat(200), byte: fc.nat(255) }), { maxLength: 6 })

describe.each(builds)('the binder (%s)', build => {
  let core: BindingCore
  beforeAll(async () => {
    core = await BindingCore.load(build)
    core.useReferenceBounds()
  })

  const expectSame = (index: number): void =>
    expect(byPlace(merged(core.bound(index))), `transaction ${index}`).toEqual(byPlace(core.expected(index)))

  it.each(RECIPE_NAMES)('binds %s as the reference does', name => {
    const { block, state, senders } = recipeBlock(name, 12)
    core.begin(block, state, senders)
    core.teach()
    let records = 0
    for (let i = 0; i < core.txs.length; i++) {
      expectSame(i)
      records += core.bound(i).length
    }
    expect(records).toBeGreaterThanOrEqual(core.txs.length * 2)
    expect(core.exports.unanswered()).toBe(0)
  })

  it('gives the same records for a block at once as for its transactions one by one', () => {
    const { block, state, senders } = recipeBlock('swaps-separate', 20)
    core.begin(block, state, senders)
    core.teach()
    const single = core.txs.flatMap((_, i) => core.bound(i))
    expect([...byPlace(core.boundAll()).keys()].toSorted()).toEqual([...byPlace(single).keys()].toSorted())
  })

  it('predicts the slots of an ERC-20 transfer and of a swap', () => {
    const { block, state, senders } = recipeBlock('erc20-distinct', 3)
    core.begin(block, state, senders)
    core.teach()
    const slots = core.bound(0).filter(({ what, source }) => what === P.WHAT_SLOT && source === P.SOURCE_STATIC)
    expect(slots.filter(({ mode }) => mode & P.MODE_WRITE).length).toBe(2)
  })

  it('follows pointers through the values of three slots, no further', () => {
    const { block, state, senders } = recipeBlock('erc20-distinct', 1)
    core.begin(block, state, senders)
    const to = core.txs[0]!.to
    // Each of five slots names the next one: PUSH0 SLOAD SLOAD SLOAD SLOAD SLOAD POP STOP.
    const code = Uint8Array.of(0x5f, 0x54, 0x54, 0x54, 0x54, 0x54, 0x50, 0x00)
    const codeHash = hexOf(keccak_256(code))
    const storage = new Map([0n, 11n, 12n, 13n, 14n].map((key, i) => [key, BigInt(11 + i)] as const))
    const accounts = Array.from(state.accounts!, ([address, account]) =>
      BigInt(address) === to ? ([address, { ...account, codeHash, storage }] as const) : ([address, account] as const),
    )
    const codes = [...(state.codes as Iterable<readonly [Hex, Uint8Array]>), [codeHash, code] as const]
    core.begin(block, { ...state, accounts, codes }, senders)
    core.teach()
    const keys = core.bound(0).filter(({ what }) => what === P.WHAT_SLOT)
    expect(keys.map(({ key }) => key).toSorted((a, b) => Number(a - b))).toEqual([0n, 11n, 12n, 13n])
    expectSame(0)
  })

  it('binds what was learned as the reference does, slots of other accounts too, beside what is static', () => {
    const { block, state, senders } = recipeBlock('erc20-distinct', 6)
    core.exports.forgetPrograms()
    core.begin(block, state, senders)
    const learner = new Learner()
    const pair = Buffer.alloc(64, 7)
    for (const { sender, to, data } of core.txs.slice(0, 3)) {
      const preimage = Buffer.from(pair)
      preimage.write(sender.toString(16).padStart(64, '0'), 'hex')
      const [key, pool] = [BigInt(hexOf(keccak_256(preimage))), 0x1234567890abcdef1234567890abcdef12345678n]
      const accesses = [
        { address: to, key: key + 3n, isStored: true },
        { address: to, key: 9n, isStored: false, value: pool },
        { address: pool, key, isStored: false },
        { address: sender, key: 4n, isStored: true },
      ]
      learner.learn(explain({ sender, to, data, codeHash: 'any', accesses, preimages: new Map([[key, preimage]]) }))
    }
    const [tx] = core.txs.slice(5)
    const selector = new DataView(tx!.data.buffer, tx!.data.byteOffset).getUint32(0)
    const program = learner.program('any', selector)!
    const code = hexOf(keccak_256(core.state.code(tx!.to)!))
    const slots = (): string[] =>
      core
        .bound(5)
        .filter(({ source }) => source === P.SOURCE_LEARNED)
        .map(({ address, key, mode }) => `${address} ${key} ${mode}`)
    expect(slots()).toEqual([])
    expect(core.give(code, selector, program, P.SOURCE_LEARNED)).toBe(RUN_DONE)
    const expected = merged(bindLearned(tx!, core.state, program))
    expect(expected.length).toBeGreaterThanOrEqual(4)
    expect(slots().toSorted()).toEqual(expected.map(({ address, key, mode }) => `${address} ${key} ${mode}`).toSorted())
    core.teach()
    expect(core.bound(5).some(({ source }) => source === P.SOURCE_STATIC)).toBe(true)
    expect(slots().length).toBeGreaterThanOrEqual(3)
    expect(core.give(code, selector, new Uint32Array(), P.SOURCE_LEARNED)).toBe(RUN_DONE)
    expect(slots()).toEqual([])
  })

  it('binds calldata that nobody expects as the reference does', () => {
    const { block, state, senders } = recipeBlock('swaps-separate', 1)
    core.begin(block, state, senders)
    core.teach()
    const [tx] = core.txs
    const bytes = core.calldataOf(0)
    const original = bytes.slice()
    fc.assert(
      fc.property(DAMAGE, damage => {
        bytes.set(original)
        for (const { at, byte } of damage) bytes[4 + (at % (original.length - 4))] = byte
        tx!.data = bytes.slice()
        core.teach()
        expectSame(0)
      }),
      { numRuns: 60 },
    )
  })
})

describeWithData('mainnet-blocks', 'the binder on mainnet blocks', folder => {
  const read = blockFileReader()
  const there = new Set(readdirSync(folder))
  it.each(MAINNET.filter(number => there.has(`${number}.json.gz`)))(
    '%d',
    async number => {
      const core = await BindingCore.load('simd')
      core.useReferenceBounds()
      const file = read(join(folder, `${number}.json.gz`))
      core.begin(
        file.block,
        file.state,
        file.claimed.map(({ from }) => from!),
      )
      core.teach()
      let slots = 0
      for (let i = 0; i < core.txs.length; i++) {
        if (!core.state.code(core.txs[i]!.to)) continue
        const bound = merged(core.bound(i))
        expect(byPlace(bound), `transaction ${i}`).toEqual(byPlace(core.expected(i)))
        slots += bound.filter(({ what }) => what === P.WHAT_SLOT).length
      }
      expect(slots).toBeGreaterThan(100)
    },
    60_000,
  )
})

describe('template programs', () => {
  let core: BindingCore
  const hash = hexOf(keccak_256(Uint8Array.of(1)))
  beforeAll(async () => {
    core = await BindingCore.load('simd')
    const { block, state, senders } = recipeBlock('swaps-separate', 4)
    core.begin(block, state, senders)
  })

  it('takes a program that says nothing', () => {
    expect(core.give(hash, 1, EMPTY_PROGRAM)).toBe(RUN_DONE)
  })

  it('takes the program for any selector where a selector is unknown, but not before it is there', () => {
    core.exports.forgetPrograms()
    expect(core.give(hash, 7, new Uint32Array())).toBe(RUN_BAD_INPUT)
    expect(core.give(hash, P.ANY_SELECTOR, EMPTY_PROGRAM)).toBe(RUN_DONE)
    expect(core.give(hash, 7, new Uint32Array())).toBe(RUN_DONE)
  })

  it('refuses a program of which any word is wrong', () => {
    const words = Array.from(EMPTY_PROGRAM)
    const wrong: [number, number][] = [
      [0, 1],
      [1, 13],
      [2, 0],
      [2, P.MAX_NODES + 1],
      [3, 0],
      [3, 2],
      [4, P.MAX_SITES + 1],
      [5, 11],
      [6, 14],
      [6, 0xffffffff],
      [8, P.NODE_CONST],
      [12, 14],
      [12, 0xffffffff],
      [13, 0],
      [13, P.DO_SLOT],
      [13, P.DO_CALL],
      [13, P.DO_FORGET | (1 << 8)],
    ]
    for (const [at, value] of wrong) {
      expect(core.give(hash, 1, Uint32Array.from(words.with(at, value))), `word ${at} = ${value}`).toBe(RUN_BAD_INPUT)
    }
    expect(core.give(hash, 1, Uint32Array.from([...words, 0]))).toBe(RUN_BAD_INPUT)
    expect(core.give(hash, 1, EMPTY_PROGRAM, 9)).toBe(RUN_BAD_INPUT)
  })

  it('binds real programs with any words in them, or refuses them, and ends', () => {
    core.exports.setBindBounds(64, 5000, 1000, 500, 1000)
    const programs = core.wantedPrograms()
    let taken = 0
    fc.assert(
      fc.property(
        fc.nat(programs.length - 1),
        fc.array(fc.tuple(fc.nat(100_000), fc.nat(80)), { minLength: 1, maxLength: 4 }),
        (which, changes) => {
          const { hash: code, selector, program } = programs[which]!
          const changed = program.slice()
          for (const [where, value] of changes) changed[8 + (where % (changed.length - 8))] = value
          if (core.give(code, selector, changed) === RUN_DONE) taken++
          expect(core.boundAll().length).toBeGreaterThanOrEqual(8)
        },
      ),
      { numRuns: 1500 },
    )
    expect(taken).toBeGreaterThan(100)
  })
})

describe.each(builds)('the keccak memo (%s)', build => {
  it('has what binding hashed, right, and nothing else', async () => {
    const core = await BindingCore.load(build)
    const { block, state, senders } = recipeBlock('erc20-distinct', 40)
    core.begin(block, state, senders)
    core.teach()
    const { exports } = core
    const at = exports.weft_alloc(256) >>> 0
    exports.openForTest(at)
    const bytes = new Uint8Array(exports.memory.buffer)
    const digest = (preimage: Uint8Array): Uint8Array | undefined => {
      bytes.set(preimage, at + 64)
      return exports.recall(at + 160, at + 64, preimage.length) ? bytes.slice(at + 160, at + 192) : undefined
    }
    let found = 0
    for (const sender of senders) {
      for (let slot = 0; slot < 10; slot++) {
        const preimage = new Uint8Array(64)
        preimage.set(Buffer.from(sender.slice(2), 'hex'), 12)
        preimage[63] = slot
        const known = digest(preimage)
        if (known) found++
        if (known) expect(known).toEqual(keccak_256(preimage))
        preimage[0] = 1
        expect(digest(preimage)).toBeUndefined()
      }
    }
    expect(found).toBe(senders.length)
    expect(exports.hits()).toBe(found)
    exports.closeForTest()
    exports.weft_free(at)
  })
})

describe.each([true, false])('the supply of template programs (own thread: %s)', inThread => {
  let core: BindingCore
  beforeAll(async () => {
    if (inThread) setUp('dist')
    core = await BindingCore.load('simd')
    const { block, state, senders } = recipeBlock('swaps-separate', 4)
    core.exports.forgetPrograms()
    core.begin(block, state, senders)
  })

  afterEach(() => void vi.restoreAllMocks())

  const slots = (): number => core.boundAll().filter(({ what }) => what === P.WHAT_SLOT).length

  it('analyses what a block wanted, and gives it to the core before the next one', async () => {
    // An idle turn has ten milliseconds, which on a busy machine are not enough: here its clock stands still.
    if (!inThread) vi.spyOn(performance, 'now').mockReturnValue(0)
    const supply = new TemplateSupply(false, inThread)
    const counts: number[] = []
    for (let block = 0; block < 8; block++) {
      supply.feed(core.core)
      counts.push(slots())
      supply.collect(core.core)
      await supply.idle()
    }
    expect(counts[0]).toBe(0)
    expect(counts[7]).toBeGreaterThan(40)
    expect(counts[7]).toBe(counts[6])
    expect(core.core.wanted()).toEqual([])
    for (let i = 0; i < core.txs.length; i++) expect(byPlace(merged(core.bound(i)))).toEqual(byPlace(core.expected(i)))

    // What the core forgets it gets again, without another analysis.
    core.exports.forgetPrograms()
    for (let block = 0; block < 8; block++) {
      slots()
      supply.collect(core.core)
      supply.feed(core.core)
    }
    expect(slots()).toBe(counts[7])
    supply.close()
  })

  it('is told once what is wanted', () => {
    core.exports.forgetPrograms()
    slots()
    expect(core.core.wanted().length).toBeGreaterThan(0)
    expect(core.core.wanted()).toEqual([])
    slots()
    expect(core.core.wanted().length).toBeGreaterThan(0)
  })

  it('takes nothing after close', async () => {
    const supply = new TemplateSupply(false, inThread)
    core.exports.forgetPrograms()
    slots()
    supply.collect(core.core)
    supply.close()
    await supply.idle()
    supply.feed(core.core)
    expect(slots()).toBe(0)
  })
})

describe('an analyst', () => {
  it('says nothing about code that cannot be analysed, and does not throw', () => {
    const analyst = new Analyst()
    const broken = { codeHash: '0x00', selector: 1, code: undefined as unknown as Uint8Array } as const
    expect(analyst.analyse(broken).program).toEqual(EMPTY_PROGRAM)
  })

  it('knows a selector that the code does not mention', () => {
    const code = Uint8Array.from([0x60, 0x00, 0x54, 0x00])
    expect(new Analyst().analyse({ codeHash: '0x01', selector: 0x12345678, code }).isAny).toBe(true)
    expect(new Analyst().analyse({ codeHash: '0x01', selector: P.ANY_SELECTOR, code }).isAny).toBe(false)
  })
})
