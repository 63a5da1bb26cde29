// Precompiled contracts of the host's own through the bare ABI: what the core tells, shows and takes, and what it refuses.
import { describe, expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import { type CoreExports, putAccount, putEnv, putPrecompile, putSlot, Reader, Writer } from '../../src/abi.ts'
import { type CustomAnswer, putAnswer, readAccount, readCustomCall } from '../../src/core/custom-call.ts'
import { type Address, createEnv, EMPTY_CODE_HASH } from '../../src/index.ts'
import { hexBytes } from '../../src/input/hex.ts'
import {
  addressOf,
  assemble,
  type Build,
  builds,
  CALLER,
  CONTRACT,
  hashOf,
  instantiate,
  supplyWorld,
} from './machine.ts'

const HERE = addressOf(0xca11)
const KEPT = addressOf(0x4e47)
const CODE = assemble(32, 0, 'CALLDATASIZE', 0, 5, BigInt(HERE), 'GAS', 'CALL', 'POP', 32, 0, 'RETURN')
const writer = new Writer()

describe.each(builds)('contracts of the host’s own, %s', (build: Build) => {
  /** An instance before the call of HERE by CONTRACT; all state is there, or only the accounts that call. */
  function told({ isComplete = true, to = CONTRACT, flags = 0 } = {}) {
    const { core, raw } = instantiate(build)
    raw.weft_reset(abi.OSAKA)
    const world = { [CALLER]: { balance: 10n ** 18n }, [CONTRACT]: { code: CODE, balance: 6n } }
    if (isComplete) supplyWorld(core, { ...world, [KEPT]: { balance: 3n, storage: [[1n, 2n]] } })
    else supplyWorld(core, { ...world, [addressOf(0)]: {}, [HERE]: {} })
    expect(raw.weft_set_precompiles(put(raw, hexBytes(HERE)!), 1)).toBe(abi.RUN_DONE)
    writer.clear()
    putEnv(writer, createEnv('osaka'), abi.ENV_STRUCT_SIZE, isComplete)
    expect(raw.weft_set_block(put(raw, writer.bytes))).toBe(abi.RUN_DONE)
    const message = new DataView(new ArrayBuffer(abi.CALL_STRUCT_SIZE))
    message.setUint32(0, abi.CALL_STRUCT_SIZE, true)
    message.setUint32(abi.CALL_FLAGS, flags, true)
    message.setBigUint64(abi.CALL_GAS, 100_000n, true)
    const bytes = new Uint8Array(message.buffer)
    bytes.set(hexBytes(CALLER)!, abi.CALL_SENDER)
    bytes.set(hexBytes(to)!, abi.CALL_RECIPIENT)
    expect(raw.weft_begin_call(put(raw, bytes))).toBe(abi.RUN_DONE)
    expect(raw.weft_run()).toBe(abi.RUN_REQUEST)
    return raw
  }

  function put(raw: CoreExports, bytes: Uint8Array): number {
    const pointer = raw.weft_alloc(bytes.length) >>> 0
    new Uint8Array(raw.memory.buffer).set(bytes, pointer)
    return pointer
  }

  /** Kinds of the items that wait, and the call where there is one. */
  function request(raw: CoreExports) {
    const at = raw.weft_request() >>> 0
    const reader = new Reader(raw.memory)
    const first = reader.u32(at + abi.REQUEST_ITEMS)
    const items = Array.from({ length: reader.u32(at) }, (_, i) => first + i * abi.ITEM_SIZE)
    const kinds = items.map(item => reader.u32(item))
    const size = reader.u32(first + abi.ITEM_LEN)
    if (kinds[0] !== abi.KIND_CUSTOM) return { kinds }
    expect(size).toBe(abi.CUSTOM_STRUCT_SIZE)
    expect(reader.u32(reader.u32(first + abi.ITEM_PTR))).toBe(abi.CUSTOM_STRUCT_SIZE)
    expect(reader.hex(first + abi.ITEM_ADDRESS, 20)).toBe(HERE)
    return { kinds, call: readCustomCall(reader, reader.u32(first + abi.ITEM_PTR)) }
  }

  const supplied = (raw: CoreExports, write: () => void): number => {
    writer.clear()
    write()
    return raw.weft_supply(put(raw, writer.bytes), writer.length)
  }
  const answer = (changes: CustomAnswer['changes'] = [], more: Partial<CustomAnswer> = {}): CustomAnswer => ({
    ...{ status: abi.SUCCESS, gasUsed: 7n, output: Uint8Array.of(...new Uint8Array(31), 9), changes },
    ...more,
  })

  const look = (raw: CoreExports, address: Address, key?: bigint) => {
    writer.clear()
    writer.hex(writer.room(abi.ACCOUNT_RECORD_SIZE + 64), address)
    writer.word(32, key ?? 0n)
    const at = put(raw, writer.bytes)
    const out = at + 64
    const status = key === undefined ? raw.weft_state_account(out, at) : raw.weft_state_slot(out, at, at + 32)
    const reader = new Reader(raw.memory)
    if (status !== abi.RUN_DONE) return status
    const size = key === undefined ? abi.ACCOUNT_RECORD_SIZE : abi.STORAGE_RECORD_SIZE
    expect([reader.u32(out + abi.RECORD_SIZE), reader.hex(out + (key === undefined ? 32 : 8), 20)]).toEqual([
      size,
      address,
    ])
    return key === undefined ? readAccount(reader, out) : reader.word(out + abi.STORAGE_VALUE)
  }

  function outcome(raw: CoreExports) {
    const at = raw.weft_outcome() >>> 0
    const reader = new Reader(raw.memory)
    const output = reader.bytes(reader.u32(at + abi.OUTCOME_OUTPUT), reader.u32(at + abi.OUTCOME_OUTPUT_LENGTH))
    const used: { kind: number; at: number }[] = []
    const [first, length] = [reader.u32(at + abi.OUTCOME_USED), reader.u32(at + abi.OUTCOME_USED_LENGTH)]
    for (let record = first; record < first + length; record += reader.u32(record + abi.RECORD_SIZE)) {
      used.push({ kind: reader.u32(record), at: record })
    }
    return {
      status: reader.i32(at + abi.OUTCOME_STATUS),
      last: output.at(-1),
      logs: reader.u32(at + abi.OUTCOME_LOG_COUNT),
      used,
      reader,
    }
  }

  it('are told of a call, and make what they answer', () => {
    const raw = told()
    const { kinds, call } = request(raw)
    expect(kinds).toEqual([abi.KIND_CUSTOM])
    expect(call).toMatchObject({ address: HERE, self: HERE, caller: CONTRACT, value: 5n, depth: 1, isStatic: false })
    const changes: CustomAnswer['changes'] = [
      { kind: 'storage', address: KEPT, key: 1n, value: 7n },
      { kind: 'balance', address: KEPT, balance: 1n },
      { kind: 'log', address: KEPT, topics: [EMPTY_CODE_HASH], data: Uint8Array.of(1, 2, 3) },
    ]
    expect(supplied(raw, () => putAnswer(writer, answer(changes)))).toBe(abi.RUN_DONE)
    expect(raw.weft_run()).toBe(abi.RUN_DONE)
    expect(outcome(raw)).toMatchObject({ status: abi.SUCCESS, last: 9, logs: 1 })
    expect(raw.weft_commit()).toBe(abi.RUN_DONE)
  })

  it('see the state in the middle of the run, and what they saw is in its record', () => {
    const raw = told()
    expect(look(raw, CONTRACT)).toEqual({ nonce: 1n, balance: 1n, codeHash: hashOf(CODE) })
    expect(look(raw, HERE)).toEqual({ nonce: 0n, balance: 5n, codeHash: EMPTY_CODE_HASH })
    expect(look(raw, KEPT, 1n)).toBe(2n)
    expect(look(raw, addressOf(0x99))).toBeNull()
    expect(look(raw, addressOf(0x99), 4n)).toBe(0n)
    expect(request(raw).kinds).toEqual([abi.KIND_CUSTOM])
    supplied(raw, () => putAnswer(writer, answer()))
    expect(raw.weft_run()).toBe(abi.RUN_DONE)
    const { used, reader } = outcome(raw)
    const slots = used.filter(({ kind }) => kind === abi.TRACE_SLOT)
    const of = slots.map(({ at }) => reader.hex(at + abi.TRACED_SLOT_ADDRESS, 20))
    expect([of, slots.map(({ at }) => reader.u32(at + abi.TRACED_SLOT_ASKED))]).toEqual([
      [KEPT, addressOf(0x99)],
      [1, 1],
    ])
    const asked = used.find(
      ({ kind, at }) => kind === abi.TRACE_ACCOUNT && reader.hex(at + abi.TRACED_ADDRESS, 20) === CONTRACT,
    )!
    const exact = abi.ASKED_BALANCE | abi.ASKED_NONCE | abi.ASKED_CODE | abi.ASKED_EXISTS
    expect(reader.u32(asked.at + abi.TRACED_ASKED) & exact).toBe(exact)
  })

  it('are told again of a call when the state that they wanted has been supplied, and may change what they never saw', () => {
    const raw = told({ isComplete: false })
    const first = request(raw).call
    expect([look(raw, KEPT), look(raw, KEPT, 1n)]).toEqual([abi.RUN_REQUEST, abi.RUN_REQUEST])
    expect(raw.weft_run()).toBe(abi.RUN_REQUEST)
    expect(request(raw).kinds).toContain(abi.KIND_ACCOUNT)
    supplied(raw, () => putAccount(writer, KEPT, { nonce: 1n, balance: 3n, codeHash: EMPTY_CODE_HASH }))
    expect(raw.weft_run()).toBe(abi.RUN_REQUEST)
    expect(request(raw).kinds).toEqual([abi.KIND_STORAGE])
    supplied(raw, () => putSlot(writer, KEPT, 1n, 2n))
    expect(raw.weft_run()).toBe(abi.RUN_REQUEST)
    expect(request(raw)).toEqual({ kinds: [abi.KIND_CUSTOM], call: first })
    expect(look(raw, KEPT, 1n)).toBe(2n)
    const changes: CustomAnswer['changes'] = [
      { kind: 'storage', address: KEPT, key: 5n, value: 1n },
      { kind: 'balance', address: addressOf(0x77), balance: 1n },
    ]
    expect(supplied(raw, () => putAnswer(writer, answer(changes)))).toBe(abi.RUN_DONE)
    expect(raw.weft_run()).toBe(abi.RUN_REQUEST)
    expect(request(raw).kinds).toEqual([abi.KIND_STORAGE, abi.KIND_ACCOUNT])
    supplied(raw, () => {
      putSlot(writer, KEPT, 5n, 0n)
      putAccount(writer, addressOf(0x77), null)
    })
    expect(raw.weft_run()).toBe(abi.RUN_DONE)
    expect(outcome(raw)).toMatchObject({ status: abi.SUCCESS, last: 9 })
  })

  it('cannot change anything in a static call', () => {
    const raw = told({ to: HERE, flags: abi.CALL_STATIC })
    expect(request(raw).call).toMatchObject({ isStatic: true, depth: 0, gas: 100_000n })
    supplied(raw, () => putAnswer(writer, answer([{ kind: 'balance', address: KEPT, balance: 1n }])))
    expect(raw.weft_run()).toBe(abi.RUN_DONE)
    expect(outcome(raw)).toMatchObject({ status: abi.STATIC_MODE_VIOLATION, last: undefined })
  })

  it('end by their status and gas', () => {
    const ended = (more: Partial<CustomAnswer>) => {
      const raw = told({ to: HERE })
      expect(supplied(raw, () => putAnswer(writer, answer([], more)))).toBe(abi.RUN_DONE)
      expect(raw.weft_run()).toBe(abi.RUN_DONE)
      const { status, last, reader } = outcome(raw)
      return [status, last, reader.u64((raw.weft_outcome() >>> 0) + abi.OUTCOME_GAS_USED)]
    }
    expect(ended({})).toEqual([abi.SUCCESS, 9, 7n])
    expect(ended({ status: abi.REVERT })).toEqual([abi.REVERT, 9, 7n])
    expect(ended({ status: abi.PRECOMPILE_FAILURE })).toEqual([abi.PRECOMPILE_FAILURE, undefined, 100_000n])
    expect(ended({ gasUsed: 100_001n })).toEqual([abi.OUT_OF_GAS, undefined, 100_000n])
    expect(ended({ gasUsed: 2n ** 64n - 1n, status: abi.REVERT })).toEqual([abi.OUT_OF_GAS, undefined, 100_000n])
  })

  const log: CustomAnswer['changes'][number] = {
    kind: 'log',
    address: KEPT,
    topics: [EMPTY_CODE_HASH],
    data: new Uint8Array(5),
  }
  const CHANGES = abi.ANSWER_OUTPUT + 32
  const spoilt: [string, CustomAnswer['changes'], (bytes: DataView) => void][] = [
    ['another status', [], view => view.setInt32(abi.ANSWER_STATUS, abi.OUT_OF_GAS, true)],
    ['a status below zero', [], view => view.setInt32(abi.ANSWER_STATUS, -1, true)],
    ['output beyond its end', [], view => view.setUint32(abi.ANSWER_LENGTH, 33, true)],
    ['output of 4 GiB', [], view => view.setUint32(abi.ANSWER_LENGTH, 0xffffffff, true)],
    ['changes beyond its end', [], view => view.setUint32(abi.ANSWER_CHANGES, 8, true)],
    ['changes of 4 GiB', [log], view => view.setUint32(abi.ANSWER_CHANGES, 0xfffffff8, true)],
    ['half a change', [log], view => view.setUint32(abi.ANSWER_CHANGES, 16, true)],
    ['a change that is no change', [log], view => view.setUint32(CHANGES, abi.KIND_ACCOUNT, true)],
    ['a change of another size', [log], view => view.setUint32(CHANGES + abi.RECORD_SIZE, 64, true)],
    ['a change without a size', [log], view => view.setUint32(CHANGES + abi.RECORD_SIZE, 0, true)],
    ['a log of another size', [log], view => view.setUint32(CHANGES + abi.LOGGED_LOG, 48, true)],
    ['a log with five topics', [log], view => view.setUint32(CHANGES + abi.LOGGED_LOG + abi.LOG_TOPIC_COUNT, 5, true)],
    ['a log with more data', [log], view => view.setUint32(CHANGES + abi.LOGGED_LOG + abi.LOG_DATA_LENGTH, 9, true)],
    [
      'a log with 4 GiB',
      [log],
      view => view.setUint32(CHANGES + abi.LOGGED_LOG + abi.LOG_DATA_LENGTH, 0xfffffffc, true),
    ],
    [
      'a slot of another size',
      [{ kind: 'balance', address: KEPT, balance: 1n }],
      view => view.setUint32(CHANGES, abi.KIND_STORAGE, true),
    ],
  ]
  it.each(spoilt)('are refused an answer with %s, and may answer again', (_, changes, spoil) => {
    const raw = told()
    const status = supplied(raw, () => {
      putAnswer(writer, answer(changes))
      spoil(new DataView(writer.bytes.buffer, writer.bytes.byteOffset, writer.length))
    })
    expect(status).toBe(abi.RUN_BAD_INPUT)
    expect(raw.weft_run()).toBe(abi.RUN_REQUEST)
    expect(request(raw).kinds).toEqual([abi.KIND_CUSTOM])
    expect(supplied(raw, () => putAnswer(writer, answer(changes)))).toBe(abi.RUN_DONE)
    expect(raw.weft_run()).toBe(abi.RUN_DONE)
    expect(outcome(raw)).toMatchObject({ status: abi.SUCCESS, last: 9 })
  })

  it('are not taken for the fork’s, nor answers that nobody asked for', () => {
    const raw = told()
    expect(supplied(raw, () => putPrecompile(writer, Uint8Array.of(1)))).toBe(abi.RUN_DONE)
    expect(raw.weft_run()).toBe(abi.RUN_REQUEST)
    expect(
      supplied(raw, () => putAnswer(writer, answer([], { output: Uint8Array.of(...new Uint8Array(31), 1) }))),
    ).toBe(abi.RUN_DONE)
    // It has been answered: another answer comes too late.
    expect(
      supplied(raw, () => putAnswer(writer, answer([], { output: Uint8Array.of(...new Uint8Array(31), 2) }))),
    ).toBe(abi.RUN_DONE)
    expect(request(raw).call?.address).toBe(HERE)
    expect(raw.weft_run()).toBe(abi.RUN_DONE)
    expect(outcome(raw).last).toBe(1)
    raw.weft_discard()
    expect(supplied(raw, () => putAnswer(writer, answer()))).toBe(abi.RUN_DONE)
    // Balances and logs are no state to supply.
    expect(
      supplied(raw, () => writer.u32(writer.room(abi.BALANCE_RECORD_SIZE) + abi.RECORD_KIND, abi.KIND_BALANCE)),
    ).toBe(abi.RUN_BAD_INPUT)
  })

  it('see nothing but while they are waited for, and of nothing outside memory', () => {
    const raw = told()
    const end = raw.memory.buffer.byteLength
    const out = put(raw, new Uint8Array(128))
    for (const [to, from] of [
      [end - 90, out],
      [0xffffffff, out],
      [out, end - 19],
      [out, 0x80000000],
    ] as const) {
      expect([raw.weft_state_account(to, from), raw.weft_state_slot(to, from, from)]).toEqual([
        abi.RUN_BAD_INPUT,
        abi.RUN_BAD_INPUT,
      ])
    }
    supplied(raw, () => putAnswer(writer, answer()))
    expect([look(raw, KEPT), look(raw, KEPT, 1n)]).toEqual([abi.RUN_IDLE, abi.RUN_IDLE])
    expect(raw.weft_run()).toBe(abi.RUN_DONE)
    expect([look(raw, KEPT), look(raw, KEPT, 1n)]).toEqual([abi.RUN_IDLE, abi.RUN_IDLE])
    raw.weft_discard()
    expect(look(raw, KEPT)).toBe(abi.RUN_IDLE)
    expect(instantiate(build).raw.weft_state_account(out, out)).toBe(abi.RUN_IDLE)
    const given = told()
    given.weft_discard()
    expect([look(given, KEPT), given.weft_run()]).toEqual([abi.RUN_IDLE, abi.RUN_IDLE])
  })

  it('are listed before a run, 128 at most, until the next reset', () => {
    const raw = told()
    const list = put(raw, new Uint8Array(20 * 129))
    expect(raw.weft_set_precompiles(list, 1)).toBe(abi.RUN_BAD_INPUT)
    raw.weft_discard()
    expect([129, 0xffffffff, 0x0ccccccd].map(count => raw.weft_set_precompiles(list, count))).toEqual(
      Array(3).fill(abi.RUN_BAD_INPUT),
    )
    expect([0, 1, 128].map(count => raw.weft_set_precompiles(list, count))).toEqual([0, 0, 0])
    expect(raw.weft_set_precompiles(raw.memory.buffer.byteLength - 39, 2)).toBe(abi.RUN_BAD_INPUT)
    raw.weft_reset(abi.OSAKA)
    const message = new DataView(new ArrayBuffer(abi.CALL_STRUCT_SIZE))
    message.setUint32(0, abi.CALL_STRUCT_SIZE, true)
    message.setBigUint64(abi.CALL_GAS, 1000n, true)
    writer.clear()
    putEnv(writer, createEnv('osaka'), abi.ENV_STRUCT_SIZE, true)
    raw.weft_set_block(put(raw, writer.bytes))
    raw.weft_begin_call(put(raw, new Uint8Array(message.buffer)))
    expect(raw.weft_run()).toBe(abi.RUN_DONE)
  })

  it('may answer with more than there is memory for: that is told, and over after a reset', () => {
    const raw = told()
    writer.clear()
    putAnswer(writer, answer([], { output: new Uint8Array(5_000_000) }))
    expect(raw.weft_supply(put(raw, writer.bytes), writer.length)).toBe(abi.RUN_DONE)
    expect(raw.weft_run()).toBe(abi.RUN_DONE)
    const small = instantiate(build, 56).raw
    small.weft_reset(abi.OSAKA)
    small.weft_set_precompiles(put(small, hexBytes(CONTRACT)!), 1)
    const message = new DataView(new ArrayBuffer(abi.CALL_STRUCT_SIZE))
    message.setUint32(0, abi.CALL_STRUCT_SIZE, true)
    message.setBigUint64(abi.CALL_GAS, 1000n, true)
    const bytes = new Uint8Array(message.buffer)
    bytes.set(hexBytes(CONTRACT)!, abi.CALL_RECIPIENT)
    writer.clear()
    putEnv(writer, createEnv('osaka'), abi.ENV_STRUCT_SIZE, true)
    small.weft_set_block(put(small, writer.bytes))
    small.weft_begin_call(put(small, bytes))
    expect(small.weft_run()).toBe(abi.RUN_REQUEST)
    writer.clear()
    putAnswer(writer, answer([], { output: new Uint8Array(1_500_000) }))
    expect(small.weft_supply(put(small, writer.bytes), writer.length)).toBe(abi.OUT_OF_MEMORY)
    expect(small.weft_run()).toBe(abi.OUT_OF_MEMORY)
    small.weft_reset(abi.OSAKA)
    expect(small.weft_run()).toBe(abi.RUN_IDLE)
  })
})
