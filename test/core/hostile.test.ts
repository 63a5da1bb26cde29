// A host that does everything wrong: structs and records of random bytes, pointers outside memory, calls in any order, answers
// to questions that nobody asked (test/fuzz/abi, for some seconds). No export may trap, nothing may be returned that does not lie in
// memory, and after a reset the instance is as good as new. Then single cases, among them those that the fuzzer has found.
import { describe, expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import { type CoreExports, putAccount, putCode, putPrecompile, putSlot, Writer } from '../../src/abi.ts'
import { EMPTY_CODE_HASH } from '../../src/index.ts'
import { runCampaign } from '../fuzz/abi/campaign.ts'
import { addressOf, assemble, type Build, builds, CALLER, CONTRACT, execute, hashOf, instantiate } from './machine.ts'

const SECONDS = Number(process.env.WEFT_FUZZ_SECONDS ?? 8)
const writer = new Writer()
const EMPTY_ROOT = '56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

// ---- tests ----------------------------------------------------------------------------------------------------------------

describe.each(builds)('a hostile host, %s', (build: Build) => {
  it('cannot make the core trap', { timeout: (SECONDS + 60) * 1000 }, async () => {
    const { statuses, failure } = await runCampaign({ seed: 8, milliseconds: SECONDS * 1000, builds: [build] })
    expect(failure).toBeUndefined()
    // It got somewhere.
    const common = [abi.RUN_DONE, abi.RUN_REQUEST, abi.RUN_IDLE, abi.RUN_BAD_INPUT, abi.RUN_TRACE_FULL, abi.RUN_HASH]
    expect([...statuses]).toEqual(expect.arrayContaining([...common, abi.TRIE_MISSING, abi.OUT_OF_MEMORY]))
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

  it('cannot hang an update with records in memory that it has given back', () => {
    // Found by the fuzzer: the update took the block that held its records, and a record had no size any more.
    const raw = fresh()
    const root = put(raw, Buffer.from(EMPTY_ROOT, 'hex'))
    writer.clear()
    for (let i = 0; i < 40; i++) {
      putAccount(writer, addressOf(i + 1), { nonce: 1n, balance: 7n, codeHash: EMPTY_CODE_HASH })
    }
    const records = writer.bytes.slice()
    for (let size = records.length; size <= 65536; size *= 2) {
      const pointer = raw.weft_alloc(size) >>> 0
      raw.weft_free(pointer)
      new Uint8Array(raw.memory.buffer).set(records, pointer)
      expect([abi.RUN_DONE, abi.RUN_BAD_INPUT]).toContain(raw.weft_trie_update(root, pointer, records.length))
      for (let count = 1; count > 0; ) {
        count = raw.weft_trie_encode()
        const report = raw.weft_trie_report() >>> 0
        const jobs = new DataView(raw.memory.buffer).getUint32(report + abi.TRIE_JOBS, true)
        if (count > 0) expect(raw.weft_keccak_batch(jobs, count)).toBe(abi.RUN_DONE)
      }
    }
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
