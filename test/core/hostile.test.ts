// A host that does everything wrong: structs and records of random bytes, pointers outside memory, calls in any order, answers
// to questions that nobody asked. No export may trap, nothing may be returned that does not lie in memory, and after a reset the
// instance is as good as new.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import {
  type CoreExports,
  putAccount,
  putBlockHash,
  putCode,
  putPrecompile,
  putSigner,
  putSlot,
  Writer,
} from '../../src/abi.ts'
import { EMPTY_CODE_HASH } from '../../src/index.ts'
import { addressOf, assemble, type Build, builds, CALLER, CONTRACT, execute, hashOf, instantiate } from './machine.ts'

const SECONDS = Number(process.env.WEFT_FUZZ_SECONDS ?? 8)

// ---- commands -------------------------------------------------------------------------------------------------------------

/** Where a pointer points: a block of the host, or one of the places where it should not. */
type Place = 'block' | 'unaligned' | 'zero' | 'end' | 'near the end' | 'beyond' | 'last' | number

type Command =
  | { kind: 'reset'; fork: number }
  | { kind: 'begin' | 'environment'; which: number; bytes: Uint8Array; fields: Field[]; at: Place }
  | { kind: 'supply'; records: Uint8Array; at: Place; length: number | undefined }
  | { kind: 'answer'; which: number }
  | { kind: 'run' | 'outcome' | 'commit' | 'discard' | 'diff' | 'settle' | 'request' | 'progress' }
  | { kind: 'digest'; which: number; at: Place; from: Place; length: number }
  | { kind: 'free'; at: Place; twice: boolean }

/** A field that is set to something that means something. */
type Field = { offset: number; value: number }

const place: fc.Arbitrary<Place> = fc.oneof(
  { weight: 8, arbitrary: fc.constant('block' as const) },
  { weight: 4, arbitrary: fc.constantFrom('unaligned', 'zero', 'end', 'near the end', 'beyond', 'last') },
  { weight: 2, arbitrary: fc.nat(0xffffffff) },
)
const outside: fc.Arbitrary<Place> = fc.constantFrom('block', 'unaligned', 'end', 'near the end', 'beyond', 'last')
const u32 = fc.oneof(
  fc.nat(300),
  fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8, 65536, 0x10000000),
  fc.nat(0xffffffff),
)
const bytes = (maxLength: number) => fc.oneof(fc.uint8Array({ maxLength }), fc.constant(new Uint8Array(maxLength)))

const writer = new Writer()
const written = (write: () => void): Uint8Array => {
  writer.clear()
  write()
  return writer.bytes.slice()
}
const codes = [
  assemble(0, 'SLOAD', 1, 'ADD', 0, 'SSTORE', 5, 'BALANCE', 0, 'MSTORE', 32, 0, 'LOG0'),
  assemble(192, 0, 'CODECOPY', 32, 0, 192, 0, 8, 'GAS', 'STATICCALL', 3, 'NUMBER', 'SUB', 'BLOCKHASH', 0, 0, 'REVERT'),
  assemble(0x5b600056, 0, 'MSTORE', 3, 29, 0, 'CREATE', 'SELFDESTRUCT'),
  assemble('JUMPDEST', 0, 0, 0, 0, 0, BigInt(CONTRACT), 'GAS', 'CALL', 0, 'JUMP'),
]
const account = fc.constantFrom(CALLER, CONTRACT, addressOf(1), addressOf(5))
const record = fc.oneof(
  fc
    .record({
      account,
      nonce: fc.bigInt(0n, 2n ** 64n - 1n),
      balance: fc.bigInt(0n, 2n ** 256n - 1n),
      code: fc.nat(4),
      flags: fc.nat(15),
    })
    .map(({ account, nonce, balance, code, flags }) =>
      written(() => {
        const codeHash = code === 4 ? EMPTY_CODE_HASH : hashOf(codes[code]!)
        putAccount(writer, account, { nonce, balance, codeHash })
        writer.u32(abi.ACCOUNT_FLAGS, flags)
      }),
    ),
  fc
    .tuple(account, fc.bigInt(0n, 3n), fc.bigInt(0n, 2n ** 256n - 1n))
    .map(([address, key, value]) => written(() => putSlot(writer, address, key, value))),
  fc.nat(3).map(i => written(() => putCode(writer, hashOf(codes[i]!), codes[i]!))),
  fc.nat(3).map(i => written(() => putCode(writer, EMPTY_CODE_HASH, codes[i]!))),
  fc.bigInt(0n, 2n ** 64n - 1n).map(number => written(() => putBlockHash(writer, number, EMPTY_CODE_HASH))),
  fc.option(bytes(40), { nil: undefined }).map(output => written(() => putPrecompile(writer, output))),
  fc
    .tuple(u32, fc.boolean())
    .map(([index, ok]) => written(() => putSigner(writer, index, ok ? new Uint8Array(20).fill(0xca) : undefined))),
)
const join = (parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]))
const records = fc.oneof(
  { weight: 4, arbitrary: fc.array(record, { maxLength: 4 }).map(join) },
  {
    // One of the bytes is another, or the end is missing.
    weight: 3,
    arbitrary: fc
      .tuple(fc.array(record, { minLength: 1, maxLength: 3 }), fc.nat(40), fc.nat(255), fc.nat(20))
      .map(([parts, at, value, cut]) => {
        const all = join(parts)
        all[at] = value
        return all.subarray(0, Math.max(0, all.length - cut))
      }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
)

/** The struct's size first; then some fields with numbers that go off somewhere; the rest is random or zero. */
const struct = fc.record({
  kind: fc.constantFrom('begin' as const, 'environment' as const),
  which: fc.nat(2),
  bytes: bytes(256),
  fields: fc.array(fc.record({ offset: fc.nat(63).map(n => n * 4), value: u32 }), { maxLength: 6 }),
  at: place,
})

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), fork: fc.integer() }) },
  { weight: 6, arbitrary: struct },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('supply' as const),
      records,
      at: place,
      length: fc.option(u32, { nil: undefined, freq: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer' as const), which: fc.nat(3) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('run' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('outcome', 'commit', 'discard', 'diff', 'settle', 'request', 'progress'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('digest' as const),
      which: fc.nat(2),
      at: outside,
      from: place,
      length: fc.oneof(fc.nat(1000), fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffff)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('free' as const), at: place, twice: fc.boolean() }) },
)

// ---- the host -------------------------------------------------------------------------------------------------------------

class Host {
  readonly raw: CoreExports
  #block = 0
  /** Set once something asked for more than there is. */
  #statuses = new Set<number>()

  constructor(raw: CoreExports) {
    this.raw = raw
  }

  get statuses(): ReadonlySet<number> {
    return this.#statuses
  }

  do(command: Command): void {
    const { raw } = this
    switch (command.kind) {
      case 'reset':
        raw.weft_reset(command.fork)
        break
      case 'begin':
      case 'environment':
        this.#begin(command)
        break
      case 'supply': {
        const { records, length = records.length } = command
        this.#status(raw.weft_supply(this.#pointer(command.at, records), length))
        break
      }
      case 'answer':
        this.#answer(command.which)
        break
      case 'digest':
        this.#digest(command)
        break
      case 'free': {
        const pointer = this.#pointer(command.at, new Uint8Array(100))
        raw.weft_free(pointer)
        if (command.twice) raw.weft_free(pointer)
        break
      }
      default:
        this.#plain(command.kind)
    }
  }

  #plain(kind: string): void {
    const { raw } = this
    if (kind === 'run') this.#status(raw.weft_run())
    else if (kind === 'commit') this.#status(raw.weft_commit())
    else if (kind === 'discard') raw.weft_discard()
    else if (kind === 'settle') raw.weft_settle()
    else if (kind === 'progress') raw.weft_progress()
    else if (kind === 'outcome') this.#inMemory(raw.weft_outcome() >>> 0, 72)
    else if (kind === 'diff') {
      const at = this.#inMemory(raw.weft_diff() >>> 0, 8)
      if (at) this.#inMemory(this.#u32(at), this.#u32(at + 4))
    } else {
      const at = this.#inMemory(raw.weft_request() >>> 0, 8)
      this.#inMemory(this.#u32(at + 4), this.#u32(at) * abi.ITEM_SIZE)
    }
  }

  #begin({ kind, which, bytes, fields, at }: Command & { kind: 'begin' | 'environment' }): void {
    const { raw } = this
    const sizes = [abi.TX_STRUCT_SIZE, abi.CALL_STRUCT_SIZE, abi.BLOCK_STRUCT_SIZE]
    const size = kind === 'environment' ? abi.ENV_STRUCT_SIZE : sizes[which]!
    const struct = new Uint8Array(256)
    struct.set(bytes)
    const view = new DataView(struct.buffer)
    view.setUint32(0, size, true)
    view.setUint32(abi.ENV_FORK, bytes.length % 16, true)
    if (kind === 'begin' && which === 1) this.#message(view)
    for (const { offset, value } of fields) view.setUint32(offset, value, true)
    // With more gas the time would go into loops; a negative one is tested below.
    if (kind === 'begin' && which === 1)
      view.setBigUint64(abi.CALL_GAS, view.getBigUint64(abi.CALL_GAS, true) & 0xfffffn, true)
    const pointer = this.#pointer(at, struct)
    if (kind === 'environment') this.#status(raw.weft_set_block(pointer))
    else if (which === 0) this.#status(raw.weft_begin_tx(pointer))
    else if (which === 1) this.#status(raw.weft_begin_call(pointer))
    else this.#status(raw.weft_begin_block(pointer))
  }

  /** A message to CONTRACT that is in order, as long as no field is changed. */
  #message(view: DataView): void {
    view.setUint32(abi.CALL_FLAGS, 0, true)
    view.setBigUint64(abi.CALL_GAS, 300_000n, true)
    view.setUint32(abi.CALL_INPUT, 0, true)
    view.setUint32(abi.CALL_INPUT_LENGTH, 0, true)
    for (let i = 0; i < 20; i++) {
      view.setUint8(abi.CALL_SENDER + i, 0xca)
      view.setUint8(abi.CALL_RECIPIENT + i, 0xc0)
    }
    for (let i = 0; i < 32; i++) view.setUint8(abi.CALL_VALUE + i, 0)
  }

  /** Answers what has been asked: in order, or with another kind, or only in part. */
  #answer(which: number): void {
    const { raw } = this
    const at = raw.weft_request() >>> 0
    const count = Math.min(this.#u32(at), 50)
    const view = new DataView(raw.memory.buffer)
    writer.clear()
    for (let i = 0; i < count; i++) {
      const item = this.#u32(at + 4) + i * abi.ITEM_SIZE
      const hex = (offset: number, length: number) =>
        `0x${Buffer.from(new Uint8Array(raw.memory.buffer, item + offset, length)).toString('hex')}` as const
      const address = hex(abi.ITEM_ADDRESS, 20)
      switch ((view.getUint32(item, true) + (which === 1 ? 1 : 0)) % 7) {
        case abi.KIND_ACCOUNT:
          putAccount(writer, address, { nonce: 1n, balance: 7n, codeHash: hashOf(codes[(i + which) % 4]!) })
          break
        case abi.KIND_STORAGE:
          putSlot(writer, address, BigInt(hex(abi.ITEM_KEY, 32)), 9n)
          break
        case abi.KIND_CODE:
          for (const code of codes) if (which !== 2) putCode(writer, hashOf(code), code)
          break
        case abi.KIND_BLOCK_HASH:
          putBlockHash(writer, view.getBigUint64(item + abi.ITEM_NUMBER, true), EMPTY_CODE_HASH)
          break
        case abi.KIND_PRECOMPILE:
          this.#inMemory(view.getUint32(item + abi.ITEM_PTR, true), view.getUint32(item + abi.ITEM_LEN, true))
          putPrecompile(writer, which === 3 ? undefined : new Uint8Array(32))
          break
        default:
          putSigner(writer, view.getUint32(item + abi.ITEM_PTR, true), new Uint8Array(20).fill(0xca))
      }
    }
    const records = writer.bytes.slice()
    this.#status(raw.weft_supply(this.#pointer('block', records), records.length))
  }

  #digest({ which, at, from, length }: Command & { kind: 'digest' }): void {
    const { raw } = this
    const out = this.#pointer(at, new Uint8Array(32))
    if (which === 0) this.#status(raw.weft_state_root(out))
    else if (which === 1) this.#status(raw.weft_logs_hash(out))
    else if (length < 0x7fffffff || typeof from === 'string') {
      this.#status(raw.weft_keccak(out, this.#pointer(from, new Uint8Array(1000)), Math.min(length, 0xffffffff)))
    }
  }

  /** An address; in a block of the host the bytes are put there. */
  #pointer(place: Place, bytes: Uint8Array): number {
    const { raw } = this
    const size = raw.memory.buffer.byteLength
    switch (place) {
      case 'block':
      case 'unaligned': {
        const shift = place === 'block' ? 0 : 3
        const block = raw.weft_alloc(bytes.length + 8) >>> 0
        if (block === 0) return 0
        if (this.#block) raw.weft_free(this.#block)
        this.#block = block
        new Uint8Array(raw.memory.buffer).set(bytes, block + shift)
        return block + shift
      }
      case 'zero':
        return 0
      case 'end':
        return size
      case 'near the end':
        return size - 5
      case 'beyond':
        return size + 64
      case 'last':
        return 0xffffffff
      default:
        return place
    }
  }

  #u32(at: number): number {
    return new DataView(this.raw.memory.buffer).getUint32(at, true)
  }

  #inMemory(at: number, length: number): number {
    expect(at + length).toBeLessThanOrEqual(this.raw.memory.buffer.byteLength)
    return at
  }

  #status(status: number): void {
    this.#statuses.add(status)
    expect([
      abi.RUN_DONE,
      abi.RUN_REQUEST,
      abi.RUN_YIELD,
      abi.RUN_IDLE,
      abi.RUN_BAD_INPUT,
      abi.OUT_OF_MEMORY,
    ]).toContain(status)
  }
}

// ---- tests ----------------------------------------------------------------------------------------------------------------

describe.each(builds)('a hostile host, %s', (build: Build) => {
  it('cannot make the core trap', { timeout: (SECONDS + 60) * 1000 }, async () => {
    const seen = new Set<number>()
    let runs = 0
    let instance: ReturnType<typeof instantiate> | undefined
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), async commands => {
        const { raw, core } = instance ?? instantiate(build)
        instance = undefined // kept only if all goes well
        const host = new Host(raw)
        for (const command of commands) host.do(command)
        for (const status of host.statuses) seen.add(status)
        raw.weft_reset(abi.OSAKA)
        if (++runs % 20 === 0) expect((await execute(core, codes[0]!)).status).toBe('success')
        instance = { raw, core }
      }),
      { numRuns: 100_000, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false },
    )
    // It got somewhere: everything but exhausted memory is common.
    expect([...seen]).toEqual(expect.arrayContaining([abi.RUN_DONE, abi.RUN_REQUEST, abi.RUN_IDLE, abi.RUN_BAD_INPUT]))
  })

  const fresh = () => instantiate(build).raw
  const put = (raw: CoreExports, bytes: Uint8Array): number => {
    const pointer = raw.weft_alloc(bytes.length) >>> 0
    new Uint8Array(raw.memory.buffer).set(bytes, pointer)
    return pointer
  }
  const message = (change?: (view: DataView) => void): Uint8Array => {
    const view = new DataView(new ArrayBuffer(abi.CALL_STRUCT_SIZE))
    view.setUint32(0, abi.CALL_STRUCT_SIZE, true)
    view.setBigUint64(abi.CALL_GAS, 1000n, true)
    change?.(view)
    return new Uint8Array(view.buffer)
  }

  it('may call anything on a new instance', () => {
    const calls: ((raw: CoreExports) => unknown)[] = [
      raw => expect(raw.weft_run()).toBe(abi.RUN_IDLE),
      raw => expect(raw.weft_commit()).toBe(abi.RUN_IDLE),
      raw => expect(raw.weft_outcome()).toBe(0),
      raw => expect(raw.weft_supply(0, 0)).toBe(abi.RUN_DONE),
      raw => raw.weft_discard(),
      raw => raw.weft_settle(),
      raw => expect(raw.weft_diff()).not.toBe(0),
      raw => expect(raw.weft_request()).not.toBe(0),
      raw => expect(raw.weft_progress()).toBeDefined(),
      raw => expect(raw.weft_begin_call(put(raw, message()))).toBe(abi.RUN_DONE),
      raw => raw.weft_free(4096),
    ]
    for (const call of calls) call(fresh())
    const raw = fresh()
    for (const call of calls.slice(0, -2)) call(raw)
  })

  it('is told by RUN_BAD_INPUT what does not lie in memory', () => {
    const raw = fresh()
    const end = raw.memory.buffer.byteLength
    for (const at of [end, end - 3, end - 100, 0xffffffff, 0x80000000]) {
      const begins = [raw.weft_begin_tx(at), raw.weft_begin_call(at), raw.weft_begin_block(at), raw.weft_set_block(at)]
      expect(begins).toEqual(Array(4).fill(abi.RUN_BAD_INPUT))
      expect(raw.weft_supply(at, 101)).toBe(abi.RUN_BAD_INPUT)
    }
    for (const out of [end, end - 31, 0xffffffff, 0x80000000]) {
      const digests = [raw.weft_state_root(out), raw.weft_logs_hash(out), raw.weft_keccak(out, 0, 1)]
      expect(digests).toEqual(Array(3).fill(abi.RUN_BAD_INPUT))
    }
    const out = put(raw, new Uint8Array(32))
    expect([raw.weft_keccak(out, 0, 0x80000000), raw.weft_keccak(out, end - 5, 6)]).toEqual(
      Array(2).fill(abi.RUN_BAD_INPUT),
    )
    expect(raw.weft_supply(end, 0)).toBe(abi.RUN_DONE)
  })

  it('is told by RUN_BAD_INPUT what a struct says wrongly', () => {
    const raw = fresh()
    const begin = (change: (view: DataView) => void) => raw.weft_begin_call(put(raw, message(change)))
    expect(begin(() => {})).toBe(abi.RUN_DONE)
    // Up to there the struct went before fields were appended.
    expect(begin(view => view.setUint32(0, abi.CALL_ORIGIN, true))).toBe(abi.RUN_DONE)
    expect(begin(view => view.setUint32(0, abi.CALL_ORIGIN - 1, true))).toBe(abi.RUN_BAD_INPUT)
    const flagged = (flags: number, field: number, value: number) =>
      begin(view => {
        view.setUint32(abi.CALL_FLAGS, flags, true)
        view.setUint32(field, value, true)
      })
    for (const count of [abi.CALL_WARM_COUNT, abi.CALL_BLOB_HASH_COUNT]) {
      expect(flagged(abi.CALL_IN_TX, count, 0x7fffffff)).toBe(abi.RUN_BAD_INPUT)
      expect(flagged(0, count, 0x7fffffff)).toBe(abi.RUN_DONE) // does not count without the flag
    }
    expect(flagged(abi.CALL_HAS_CODE, abi.CALL_CODE_LENGTH, 0x7fffffff)).toBe(abi.RUN_BAD_INPUT)
    expect(flagged(abi.CALL_CREATE | abi.CALL_HAS_CODE, abi.CALL_CODE, 0)).toBe(abi.RUN_BAD_INPUT)
    expect(flagged(abi.CALL_CREATE | abi.CALL_VALUE_STAYS, abi.CALL_CODE, 0)).toBe(abi.RUN_BAD_INPUT)
    expect(begin(view => view.setUint32(0, 0xffffffff, true))).toBe(abi.RUN_BAD_INPUT)
    expect(begin(view => view.setUint32(abi.CALL_INPUT_LENGTH, 0x7fffffff, true))).toBe(abi.RUN_BAD_INPUT)
    expect(begin(view => view.setUint32(abi.CALL_INPUT, 0xfffffff0, true))).toBe(abi.RUN_BAD_INPUT)
    expect(begin(view => view.setBigUint64(abi.CALL_GAS, 1n << 63n, true))).toBe(abi.RUN_BAD_INPUT)
    // A refused begin leaves nothing to run.
    expect(raw.weft_run()).toBe(abi.RUN_IDLE)
    const env = new Uint8Array(abi.ENV_STRUCT_SIZE)
    new DataView(env.buffer).setUint32(0, abi.ENV_STRUCT_SIZE, true)
    new DataView(env.buffer).setUint32(abi.ENV_FORK, abi.FORK_COUNT, true)
    expect(raw.weft_set_block(put(raw, env))).toBe(abi.RUN_BAD_INPUT)
  })

  it('cannot change the environment during a run, and gets no outcome before its end', () => {
    const raw = fresh()
    const env = new Uint8Array(abi.ENV_STRUCT_SIZE)
    new DataView(env.buffer).setUint32(0, abi.ENV_STRUCT_SIZE, true)
    expect(raw.weft_begin_call(put(raw, message()))).toBe(abi.RUN_DONE)
    expect(raw.weft_set_block(put(raw, env))).toBe(abi.RUN_BAD_INPUT)
    expect([raw.weft_outcome(), raw.weft_commit(), raw.weft_run()]).toEqual([0, abi.RUN_IDLE, abi.RUN_REQUEST])
    expect([raw.weft_outcome(), raw.weft_commit()]).toEqual([0, abi.RUN_IDLE])
    raw.weft_discard()
    expect([raw.weft_run(), raw.weft_set_block(put(raw, env))]).toEqual([abi.RUN_IDLE, abi.RUN_DONE])
  })

  it('may change its blocks when a begin has returned', async () => {
    const { raw, core } = instantiate(build)
    core.reset('osaka')
    const writer = new Writer()
    const code = assemble('CALLDATASIZE', 0, 0, 'CALLDATACOPY', 'CALLDATASIZE', 0, 'RETURN')
    putAccount(writer, CALLER, { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH })
    putAccount(writer, addressOf(0), { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH })
    putAccount(writer, CONTRACT, { nonce: 1n, balance: 0n, codeHash: hashOf(code) })
    putCode(writer, hashOf(code), code)
    core.supply(writer)
    const input = put(raw, new Uint8Array(100).fill(7))
    const pointer = put(
      raw,
      message(view => {
        view.setUint32(abi.CALL_INPUT, input, true)
        view.setUint32(abi.CALL_INPUT_LENGTH, 100, true)
        for (let i = 0; i < 20; i++) view.setUint8(abi.CALL_SENDER + i, 0xca)
        for (let i = 0; i < 20; i++) view.setUint8(abi.CALL_RECIPIENT + i, 0xc0)
      }),
    )
    expect(raw.weft_begin_call(pointer)).toBe(abi.RUN_DONE)
    new Uint8Array(raw.memory.buffer).fill(0xff, input, input + 100)
    new Uint8Array(raw.memory.buffer).fill(0xff, pointer, pointer + abi.CALL_STRUCT_SIZE)
    expect(core.run()).toBe('done')
    const result = core.outcome()
    expect('outcome' in result && [result.outcome.output, result.outcome.gasUsed < 1000n]).toEqual([
      new Uint8Array(100).fill(7),
      true,
    ])
  })

  it('cannot free what it does not have, nor anything twice', () => {
    const raw = fresh()
    const first = raw.weft_alloc(5000)
    raw.weft_free(first)
    raw.weft_free(first)
    raw.weft_free(first + 8)
    raw.weft_free(0)
    raw.weft_free(0xfffffff8)
    const [a, b] = [raw.weft_alloc(5000), raw.weft_alloc(5000)]
    expect(a).not.toBe(b)
  })

  it('cannot smuggle in answers that nobody waits for', async () => {
    // The precompile's answer of one run must not be that of the next.
    const { core } = instantiate(build)
    core.reset('osaka')
    writer.clear()
    putPrecompile(writer, new Uint8Array([1, 2, 3]))
    core.supply(writer)
    const code = assemble(0, 0, 0, 0, 1, 'GAS', 'STATICCALL', 'POP', 'RETURNDATASIZE', 0, 'MSTORE', 32, 0, 'RETURN')
    const outcome = await execute(core, code)
    expect(BigInt(`0x${Buffer.from(outcome.output).toString('hex')}`)).toBe(0n)
  })

  it('finds no absent account where it has supplied only a slot', () => {
    const { raw, core } = instantiate(build)
    core.reset('osaka')
    writer.clear()
    putSlot(writer, addressOf(0), 1n, 2n)
    core.supply(writer)
    expect(raw.weft_begin_call(put(raw, message()))).toBe(abi.RUN_DONE)
    expect(core.run()).toBe('request')
    expect(core.request()).toContainEqual({ kind: 'account', address: addressOf(0) })
  })

  it('does not have a transaction executed whose signer it did not tell', () => {
    const { core } = instantiate(build)
    core.reset('osaka')
    // nonce 0, price 0, gas 21000, to 0x11…, value 0, no data, v 27, r 1, s 1
    const fields = [0x80, 0x80, 0x82, 0x52, 0x08, 0x94, ...Array(20).fill(0x11), 0x80, 0x80, 27, 1, 1]
    core.beginTx(Uint8Array.from([0xc0 + fields.length, ...fields]))
    expect([core.run(), core.request().map(({ kind }) => kind)]).toEqual(['request', ['recover']])
    expect([core.run(), core.outcome()]).toEqual(['done', { rejection: abi.REJECT_SIGNATURE }])
  })

  it('does not lose memory by giving runs up', () => {
    const { raw, core } = instantiate(build)
    const init = assemble(new Uint8Array(40_000).fill(0x5b), 0, 'BALANCE')
    const begin = () => core.beginCall({ from: CALLER, input: init, value: 0n, gas: 10n ** 7n })
    core.reset('osaka')
    const sizes = Array.from({ length: 300 }, (_, i) => {
      begin()
      expect(core.run()).toBe('request')
      if (i % 3 === 0) raw.weft_discard()
      if (i % 3 === 1) core.reset('osaka')
      return core.memorySize
    })
    expect(sizes.at(-1)).toBe(sizes[10])
  })
})
