// The old VM tests: one code execution under Frontier rules with gas left, output, logs and the state after it; without `post` it
// has to fail. They know no messages: `exec` gives address, code, caller, value and gas price, the value is not moved, and a
// CALL or CREATE would only be recorded (`callcreates`). Here each runs as an unchecked transaction, which pays nothing:
// the caller gets the value beforehand and the callee has it less, so that both are as the test says when the first
// opcode runs. A test that records a message cannot run like this and stands in NOT_RUN.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { putCode } from '../../src/abi.ts'
import { createEnv } from '../../src/chain/env.ts'
import type { Engine } from '../../src/engine.ts'
import { createEngine } from '../../src/index.ts'
import { readPreState } from '../../src/input/pre-state.ts'
import { encodeTransaction } from '../../src/input/transaction.ts'
import { MemorySource } from '../../src/state/memory.ts'
import { listedState } from '../../src/state/preload.ts'
import type { Address, FullAccount, Hex } from '../../src/types.ts'
import { blockHashOf } from '../fuzz/env.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { isFull } from './state-cases.ts'

interface AccountJson {
  nonce: Hex
  balance: Hex
  code: Hex
  storage: Record<Hex, Hex>
}

interface VmTest {
  env: Record<'currentCoinbase' | 'currentDifficulty' | 'currentGasLimit' | 'currentNumber' | 'currentTimestamp', Hex>
  exec: Record<'address' | 'caller' | 'code' | 'data' | 'gas' | 'gasPrice' | 'origin' | 'value', Hex>
  pre: Record<Address, AccountJson>
  gas?: Hex
  out?: Hex
  logs?: Hex
  post?: Record<Address, AccountJson>
  callcreates?: unknown[]
}

/** Tests that cannot run as real messages, with the reason. All 450 can: none of those that are left records a message. */
const NOT_RUN: Readonly<Record<string, string>> = {}

/** Hundreds of million gas each: only in a full run. */
const LONG: ReadonlySet<string> = new Set(['loop-divadd-unr100-10M', 'loop-mul', 'loop-mulmod-2M'])

const NO_FILE = { file: 'vm test', path: 'pre' }

describeWithData('vm-tests/legacy-constantinople', 'VM tests', folder => {
  const files = readdirSync(folder).filter(name => name.endsWith('.ndjson.gz'))
  const testsOf = (file: string): { name: string; test: VmTest }[] => {
    const lines = gunzipSync(readFileSync(join(folder, file)))
      .toString()
      .trim()
    return lines.split('\n').map(line => JSON.parse(line))
  }

  it('are all here', () => {
    expect(files.reduce((sum, file) => sum + testsOf(file).length, 0)).toBe(450)
  })

  for (const build of ['scalar', 'simd'] as const) {
    it.each(files)(`${build}: %s`, async file => {
      const engine = await createEngine({ wasm: wasmBytes(build) })
      const failures: string[] = []
      for (const { name, test } of testsOf(file)) {
        if (name in NOT_RUN || (!isFull && LONG.has(name))) continue
        const problem = await problemOf(engine, test)
        if (problem !== undefined) failures.push(`${name}: ${problem}`)
      }
      expect(failures).toEqual([])
    })
  }
})

async function problemOf(engine: Engine, test: VmTest): Promise<string | undefined> {
  if (test.callcreates?.length) return 'records messages: it belongs in NOT_RUN'
  const { exec, env } = test
  if (exec.origin !== exec.caller) return 'origin and caller differ: no transaction can do that'
  const value = BigInt(exec.value)
  const gas = BigInt(exec.gas) + intrinsicGas(exec.data)
  const { accounts, codes } = readPreState(test.pre, NO_FILE)
  const before = new Map<Address, FullAccount>(accounts)
  const codeHash = await hashOf(engine, exec.code)
  codes.set(codeHash, Uint8Array.from(Buffer.from(exec.code.slice(2), 'hex')))
  const empty = { nonce: 0n, balance: 0n, codeHash: await hashOf(engine, '0x') }
  const callee = before.get(exec.address) ?? empty
  before.set(exec.address, { ...callee, codeHash, balance: callee.balance - value })
  const caller = before.get(exec.caller) ?? empty
  before.set(exec.caller, { ...caller, balance: caller.balance + value })
  const source = new MemorySource({ accounts: before, codes })
  source.blockHash = blockHashOf
  const block = createEnv('frontier', {
    number: BigInt(env.currentNumber),
    timestamp: BigInt(env.currentTimestamp),
    gasLimit: gas > BigInt(env.currentGasLimit) ? gas : BigInt(env.currentGasLimit),
    coinbase: env.currentCoinbase,
    random: BigInt(env.currentDifficulty),
    ...(BigInt(env.currentNumber) > 0n && { parentHash: blockHashOf(BigInt(env.currentNumber) - 1n) }),
  })
  return engine.alone(async core => {
    core.reset('frontier')
    const writer = listedState(source)!
    for (const [hash, code] of codes) putCode(writer, hash, code)
    core.supply(writer)
    core.setBlock(block, true)
    core.beginTx(messageOf(exec, gas), { sender: exec.caller, unchecked: true })
    await engine.drive(core, source)
    const result = core.outcome()
    if (!('outcome' in result)) return `rejected with ${result.rejection}`
    const { status, output, gasUsed, gasRefunded } = result.outcome
    if (!test.post) return status === 'halt' ? undefined : `expected a failure, got ${status}`
    if (status !== 'success') return `${status} ${result.outcome.haltReason}`
    const gasLeft = gas - gasUsed - gasRefunded
    if (gasLeft !== BigInt(test.gas!)) return `gas left expected ${BigInt(test.gas!)}, got ${gasLeft}`
    const out = `0x${Buffer.from(output).toString('hex')}`
    if (out !== test.out) return `output expected ${test.out}, got ${out}`
    if (core.logsHash() !== test.logs) return `logs hash expected ${test.logs}, got ${core.logsHash()}`
    core.commit()
    source.apply(core.diff())
    return stateProblem(source, test)
  })
}

/** The accounts afterwards; the caller's nonce and the caller itself where it is not in the test come of the transaction. */
function stateProblem(source: MemorySource, { post, exec }: VmTest): string | undefined {
  const found = new Map<string, string>()
  for (const { address, account, storage } of source.entries()) {
    const nonce = address === exec.caller ? 'any' : account.nonce
    if (address === exec.caller && !(address in post!) && account.balance === 0n) continue
    found.set(address, textOf(nonce, account.balance, account.codeHash, storage))
  }
  const { accounts } = readPreState(post, { file: 'vm test', path: 'post' })
  const expected = new Map<string, string>()
  for (const [address, { nonce, balance, codeHash, storage = [] }] of accounts) {
    expected.set(address, textOf(address === exec.caller ? 'any' : nonce, balance, codeHash, storage))
  }
  for (const address of new Set([...found.keys(), ...expected.keys()])) {
    const [got, wanted] = [found.get(address) ?? 'absent', expected.get(address) ?? 'absent']
    if (got !== wanted) return `${address} expected ${wanted}, got ${got}`
  }
  return undefined
}

function textOf(
  nonce: bigint | string,
  balance: bigint,
  codeHash: Hex,
  storage: Iterable<readonly [bigint, bigint]>,
): string {
  const slots = [...storage].filter(([, value]) => value !== 0n).sort(([a], [b]) => (a < b ? -1 : 1))
  return `nonce ${nonce} balance ${balance} code ${codeHash} ${slots.map(([key, value]) => `${key}=${value}`)}`
}

function hashOf(engine: Engine, code: Hex): Promise<Hex> {
  return engine.alone(core => {
    const digest = core.keccak(Uint8Array.from(Buffer.from(code.slice(2), 'hex')))
    return `0x${Buffer.from(digest).toString('hex')}` as const
  })
}

function messageOf(exec: VmTest['exec'], gas: bigint): Uint8Array {
  const json = {
    nonce: '0x0',
    gasPrice: minimal(exec.gasPrice),
    gas: `0x${gas.toString(16)}`,
    to: exec.address,
    value: minimal(exec.value),
    input: exec.data,
    v: '0x1b',
    r: '0x1',
    s: '0x1',
  }
  return encodeTransaction(json, { file: 'vm test', path: 'exec' })
}

const minimal = (hex: Hex): Hex => `0x${BigInt(hex).toString(16)}`

/** Frontier: 21,000, 4 for a zero byte, 68 for another. */
function intrinsicGas(data: Hex): bigint {
  const bytes = Buffer.from(data.slice(2), 'hex')
  const zeros = bytes.filter(byte => byte === 0).length
  return BigInt(21000 + 4 * zeros + 68 * (bytes.length - zeros))
}
