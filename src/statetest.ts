// State tests (GeneralStateTests format: { env, pre, transaction, post }): one transaction on one state per case. A case passes
// when state root and logs hash are the expected ones; for `expectException`, when the transaction is refused as well.

import { keccak_256 } from '@noble/hashes/sha3.js'
import * as abi from './abi.ts'
import { putCode, Writer } from './abi.ts'
import { createEnv } from './chain/env.ts'
import { type Fork, findFork } from './chain/forks.ts'
import type { TxResult } from './core/core.ts'
import type { Engine } from './engine.ts'
import { InputError, rejectionOf } from './errors.ts'
import { Fields, type Place, under } from './input/fields.ts'
import { hexOf, quantity } from './input/hex.ts'
import { type PreState, readPreState } from './input/pre-state.ts'
import { encodeTransaction } from './input/transaction.ts'
import { MemorySource } from './state/memory.ts'
import { listedState } from './state/preload.ts'
import { TraceSession } from './trace/session.ts'
import type { Tracer } from './trace/tracer.ts'
import { type Address, type BlockEnv, EMPTY_CODE_HASH, type Hex, type Source, type StateDiff } from './types.ts'

/** One entry of `post[fork]`. */
export interface StateTestCase {
  /** As the test names it. */
  fork: string
  index: number
}

/** What a case came to. */
export interface StateTestResult {
  pass: boolean
  stateRoot: Hex
  logsHash: Hex
  /** Why it did not pass. */
  error?: string
  /** What the transaction came to. */
  result: TxResult
  /** Positions of its data, gas limit and value in the test. */
  indexes: CaseIndexes
  /** The state after it, where it was asked for. */
  state?: MemorySource
}

/** Which of a test's data, gas limits and values a case takes. */
export interface CaseIndexes {
  data: number
  gas: number
  value: number
}

/** A state test, read; the pre-state is turned into records once for all its cases. */
export interface StateTest {
  name: string
  test: Fields
  records: Writer
  pre: PreState
}

/** Reads a test. Throws InputError when its pre-state is not well-formed. */
export function readStateTest(name: string, json: unknown): StateTest {
  const test = new Fields(json, { file: name, path: '' })
  const pre = readPreState(test.raw('pre'), test.at('pre'))
  const records = listedState(new MemorySource({ accounts: pre.accounts }))!
  for (const [hash, code] of pre.codes) putCode(records, hash, code)
  return { name, test, records, pre }
}

/** All cases of a test. */
export function* stateTestCases(test: StateTest): Iterable<StateTestCase> {
  for (const [fork, cases] of test.test.entries('post')) {
    for (let index = 0; Array.isArray(cases) && index < cases.length; index++) yield { fork, index }
  }
}

/** How a case is run. */
export interface StateTestOptions {
  /** The result has the state after the case. */
  dump?: boolean
  tracer?: Tracer | undefined
}

/** What a case executes. */
export interface StateTestInput {
  rules: Fork
  env: BlockEnv
  transaction: Uint8Array
  /** Absent: the transaction is signed. */
  sender: Address | undefined
  /** The entry of `post`. */
  post: Fields
}

/** Reads what a case executes. Throws InputError when the test is malformed or its fork unknown. */
export function readStateTestCase({ test, name }: StateTest, { fork, index }: StateTestCase): StateTestInput {
  const place = under(test.at('post'), fork)
  const post = new Fields(test.fields('post').array(fork, 1_000_000, 'cases')[index], under(place, index))
  const rules = findFork(fork)
  if (!rules) throw new InputError({ file: name, field: place.path, expected: 'a fork', found: fork })
  const env = readEnv(test, fork, rules)
  const signed = post.has('txbytes') ? post.bytes('txbytes', 1 << 24, 'transaction bytes') : undefined
  const transaction = signed ?? encodeUnsigned(test.fields('transaction'), post)
  const sender = signed ? undefined : test.fields('transaction').address('sender')
  return { rules, env, transaction, sender, post }
}

/** Runs one case. Throws InputError when the test is malformed or its fork unknown. */
export async function runStateTestCase(
  engine: Engine,
  test: StateTest,
  given: StateTestCase,
  { dump = false, tracer }: StateTestOptions = {},
): Promise<StateTestResult> {
  const { rules, env, transaction, sender, post } = readStateTestCase(test, given)
  return engine.alone(async core => {
    core.reset(rules.name)
    core.supply(test.records)
    core.setBlock(env, true)
    const trace = tracer && new TraceSession(core, rules.name, [tracer])
    core.beginTx(transaction, { sender })
    await engine.drive(core, NO_MORE_STATE, trace?.hooks)
    const result = core.outcome()
    const logsHash = core.logsHash()
    if (!result.rejection) core.commit()
    else if (createsCoinbase(test, rules, env.coinbase)) supplyEmpty(core, env.coinbase)
    return {
      ...judge(post, result.rejection, core.stateRoot(), logsHash),
      result,
      indexes: readIndexes(post),
      ...(dump && { state: stateAfter(test, core.diff()) }),
    }
  })
}

/** All state is supplied beforehand. Block hashes are those of the fixtures: the hash of the number in decimal digits. */
const NO_MORE_STATE: Source = {
  account: () => null,
  code: () => new Uint8Array(),
  storage: () => 0n,
  blockHash: number => hexOf(keccak_256(new TextEncoder().encode(number.toString()))),
}

function stateAfter({ pre }: StateTest, diff: StateDiff): MemorySource {
  const state = new MemorySource({ accounts: pre.accounts, codes: pre.codes })
  state.apply(diff)
  return state
}

type Judgement = Pick<StateTestResult, 'pass' | 'stateRoot' | 'logsHash' | 'error'>

function judge(post: Fields, rejection: number, stateRoot: Hex, logsHash: Hex): Judgement {
  const expected = { stateRoot: post.hash('hash'), logsHash: post.hash('logs') }
  const refused = rejection ? rejectionOf(rejection).code : undefined
  const fail = (error: string): Judgement => ({ pass: false, stateRoot, logsHash, error })
  const exception = post.has('expectException') ? post.text('expectException') : ''
  if (refused && !exception) return fail(`the transaction was refused: ${refused}`)
  if (!refused && exception) return fail(`expected the transaction to be refused (${exception})`)
  if (refused && !isNamed(exception, refused)) return fail(`expected ${exception}, got ${refused}`)
  if (stateRoot !== expected.stateRoot) return fail(`state root expected ${expected.stateRoot}, got ${stateRoot}`)
  if (logsHash !== expected.logsHash) return fail(`logs hash expected ${expected.logsHash}, got ${logsHash}`)
  return { pass: true, stateRoot, logsHash }
}

/** Execution-spec-tests name the reasons they allow, joined by `|`. The names of older suites say no more than that it is refused. */
function isNamed(exception: string, refused: string): boolean {
  return !exception.startsWith('TransactionException.') || exception.split('|').includes(refused)
}

/**
 * Before EIP-161 the tools that filled the older suites created the beneficiary's account, where there was none, even for a refused
 * transaction; execution-spec-tests (which have a `config`) do not.
 */
function createsCoinbase({ test, pre }: StateTest, fork: Fork, coinbase: Address): boolean {
  return fork.rules < abi.SPURIOUS_DRAGON && !test.has('config') && !pre.accounts.has(coinbase)
}

function supplyEmpty(core: { supply(writer: Writer): void }, address: Address): void {
  const writer = new Writer()
  abi.putAccount(writer, address, { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH })
  core.supply(writer)
}

// ---- reading ----------------------------------------------------------------------------------------------------------------

const U64_MAX = 0xffffffffffffffffn

/** A number of the environment; the fixtures have some beyond 64 bits, which no rule can tell from the largest. */
function bounded(env: Fields, name: string, fallback: bigint): bigint {
  if (!env.has(name)) return fallback
  const value = quantity(env.text(name), 32) ?? 0n
  return value > U64_MAX ? U64_MAX : value
}

function readEnv(test: Fields, forkName: string, fork: Fork): BlockEnv {
  const env = test.fields('env')
  const merged = fork.rules >= abi.PARIS
  const random = env.has('currentRandom') ? (quantity(env.text('currentRandom'), 32) ?? 0n) : 0n
  const difficulty = env.has('currentDifficulty') ? (quantity(env.text('currentDifficulty'), 32) ?? 0n) : 0n
  return createEnv(fork, {
    ...readConfig(test, forkName),
    number: bounded(env, 'currentNumber', 1n),
    timestamp: bounded(env, 'currentTimestamp', 1n),
    gasLimit: bounded(env, 'currentGasLimit', U64_MAX),
    coinbase: env.address('currentCoinbase'),
    baseFee: fork.rules >= abi.LONDON ? bounded(env, 'currentBaseFee', 0n) : 0n,
    random: merged ? random : difficulty,
    excessBlobGas: fork.rules >= abi.CANCUN ? bounded(env, 'currentExcessBlobGas', 0n) : 0n,
    ...(env.has('previousHash') && { parentHash: env.hash('previousHash') }),
  })
}

function readConfig(test: Fields, forkName: string): Partial<BlockEnv> {
  if (!test.has('config')) return {}
  const config = test.fields('config')
  const chain = config.has('chainid') ? { chainId: config.u64('chainid') } : {}
  const schedule = config.has('blobSchedule') ? config.fields('blobSchedule') : undefined
  if (!schedule?.has(forkName)) return chain
  const blobs = schedule.fields(forkName)
  return { ...chain, blobMax: Number(blobs.u64('max')), blobUpdateFraction: Number(blobs.u64('baseFeeUpdateFraction')) }
}

function readIndexes(post: Fields): CaseIndexes {
  const { data = 0, gas = 0, value = 0 } = post.has('indexes') ? (post.raw('indexes') as Partial<CaseIndexes>) : {}
  return { data, gas, value }
}

/** A test without signed bytes: its fields with a signature that nobody looks at, since the sender is given. */
function encodeUnsigned(transaction: Fields, post: Fields): Uint8Array {
  const indexes = post.fields('indexes')
  const pick = (name: string, by: string): unknown =>
    transaction.array(name, 1_000_000, 'cases')[Number(indexes.raw(by))]
  const accessList = transaction.has('accessLists') ? (pick('accessLists', 'data') ?? undefined) : undefined
  const to = transaction.text('to')
  const optional = [
    'gasPrice',
    'maxFeePerGas',
    'maxPriorityFeePerGas',
    'maxFeePerBlobGas',
    'blobVersionedHashes',
    'authorizationList',
  ]
  const tx = {
    ...Object.fromEntries(optional.filter(name => transaction.has(name)).map(name => [name, transaction.raw(name)])),
    type: typeOf(transaction, accessList !== undefined),
    chainId: '0x1',
    nonce: transaction.raw('nonce'),
    gas: pick('gasLimit', 'gas'),
    value: pick('value', 'value'),
    input: pick('data', 'data'),
    ...(to !== '' && to !== '0x' && { to }),
    ...(accessList !== undefined && { accessList }),
    v: transaction.has('maxFeePerGas') || accessList ? '0x0' : '0x1b',
    r: '0x1',
    s: '0x1',
  }
  const place: Place = { file: transaction.place.file, path: 'transaction' }
  return encodeTransaction(tx, place)
}

function typeOf(transaction: Fields, hasAccessList: boolean): Hex {
  if (transaction.has('authorizationList')) return '0x4'
  if (transaction.has('blobVersionedHashes')) return '0x3'
  if (transaction.has('maxFeePerGas')) return '0x2'
  return hasAccessList ? '0x1' : '0x0'
}
