// One state transition: pre-state, block environment and transactions to post-state, receipts and roots, as the t8n protocol of EELS,
// evmone and geth has it. An invalid transaction is rejected and the rest goes on: the block runs again without it, which is
// simple and right, and fast enough for what tests are made of. Called by the command line.
import { keccak_256 } from '@noble/hashes/sha3.js'
import * as abi from './abi.ts'
import { putCode, type Writer } from './abi.ts'
import type { Fork } from './chain/forks.ts'
import type { BlockResult, Core } from './core/core.ts'
import type { DriveHooks } from './core/drive.ts'
import type { Engine } from './engine.ts'
import { InternalError, MissingStateError } from './errors.ts'
import { hexOf } from './input/hex.ts'
import type { PreState } from './input/pre-state.ts'
import { MemorySource } from './state/memory.ts'
import { listedState } from './state/preload.ts'
import type { TransitionEnv } from './t8n/env.ts'
import { requestsOf } from './t8n/requests.ts'
import { type IndexedTx, type Rejected, type RunResult, rejectionSentence, runSingly } from './t8n/singly.ts'
import type { TransitionTx } from './t8n/transactions.ts'
import { TraceSession } from './trace/session.ts'
import type { Tracer } from './trace/tracer.ts'
import {
  type Account,
  type AccountDiff,
  type Address,
  type Block,
  EMPTY_CODE_HASH,
  type Hex,
  type Source,
} from './types.ts'

/** What a transition begins with. */
export interface TransitionInput {
  fork: Fork
  pre: PreState
  env: TransitionEnv
  transactions: readonly TransitionTx[]
  /** Wei for the beneficiary; absent: nobody is paid, and the beneficiary's account is not touched. */
  reward?: bigint
  /** Only the transactions: no system calls, withdrawals, requests or rewards. */
  isStateTest?: boolean
  /** Each is asked for a tracer of every transaction in the block, and has a run of its own. */
  tracers?: readonly TracerOf[]
}

/** The tracer of a transaction, by its position among those in the block, which is that of its receipt. */
export type TracerOf = (index: number, hash: Hex) => Tracer

/** What a transition came to. */
export interface Transition {
  result: RunResult
  /** The transactions in the block. */
  included: readonly Uint8Array[]
  rejected: readonly Rejected[]
  /** The state afterwards. */
  state: MemorySource
  stateRoot: Hex
  /** From Prague on: request lists with their type in the first byte. */
  requests?: readonly Uint8Array[]
  /** Why the block as a whole is invalid; all else is then what the transactions alone come to. */
  blockException?: string
}

/** A core with the state before the block, and a way to run what has been begun on it. */
interface Bench {
  core: Core
  restart(): void
  drive(hooks?: DriveHooks): void | Promise<void>
}

/** Runs a transition. Throws MissingStateError where a block hash is needed that was not given. */
export function runTransition(engine: Engine, input: TransitionInput): Promise<Transition> {
  const { pre, env, fork } = input
  const state = new MemorySource({ accounts: pre.accounts, codes: pre.codes })
  const records = recordsOf(state, pre)
  const source = blockHashSource(env.blockHashes)
  const valid: IndexedTx[] = []
  const rejected: Rejected[] = []
  for (const [index, tx] of input.transactions.entries()) {
    if ('signed' in tx) valid.push({ index, signed: tx.signed })
    else rejected.push({ index, error: tx.error })
  }
  return engine.alone(async core => {
    const restart = (): void => {
      core.reset(fork.name)
      core.supply(records)
    }
    const bench: Bench = { core, restart, drive: hooks => engine.drive(core, source, hooks) }
    const run = input.isStateTest
      ? await runAlone(bench, input, valid, state)
      : await runAll(bench, input, valid, state)
    for (const tracerOf of input.tracers ?? []) await traceAgain(bench, input, run, tracerOf)
    return { ...run, rejected: [...rejected, ...run.rejected].sort((a, b) => a.index - b.index) }
  })
}

/**
 * Runs what is in the block once more, with tracers: which transactions those are, is known only after the first run. All that has
 * been read from the core stays valid, since it was copied.
 */
async function traceAgain(
  { core, restart, drive }: Bench,
  { env, fork, isStateTest = false }: TransitionInput,
  { included, blockException }: Transition,
  tracerOf: TracerOf,
): Promise<void> {
  const tracers = included.map((signed, i) => tracerOf(i, hexOf(keccak_256(signed))))
  restart()
  if (!isStateTest && blockException === undefined) {
    const session = new TraceSession(core, fork.name, tracers)
    const block = blockOf(env, included)
    core.beginBlock(block, { complete: true, rewards: false, rootReceipts: true })
    await drive(session.hooks)
    return
  }
  core.setBlock(env.block, true)
  for (const [i, signed] of included.entries()) {
    const session = new TraceSession(core, fork.name, [tracers[i]])
    core.beginTx(signed)
    await drive(session.hooks)
    core.commit()
  }
}

/** The transactions without a block. */
async function runAlone(
  { core, restart, drive }: Bench,
  { env, fork }: TransitionInput,
  transactions: readonly IndexedTx[],
  state: MemorySource,
): Promise<Transition> {
  restart()
  core.setBlock(env.block, true)
  const run = await runSingly(core, env.block, fork.rules, transactions, drive)
  state.apply(core.diff())
  return { ...run, state, stateRoot: core.stateRoot() }
}

/** The block. */
async function runAll(
  bench: Bench,
  input: TransitionInput,
  transactions: readonly IndexedTx[],
  state: MemorySource,
): Promise<Transition> {
  const { core, restart, drive } = bench
  const { block, result, rejected } = await runValid(input, transactions, async candidate => {
    restart()
    core.beginBlock(candidate, { complete: true, rewards: false, rootReceipts: true })
    await drive()
    return core.blockResult()
  })
  if (result.rejection) {
    const alone = await runAlone(bench, input, transactions, state)
    return { ...alone, blockException: rejectionSentence(result.rejection) }
  }
  state.apply(core.diff())
  const stateRoot = payReward(core, state, input) ?? core.stateRoot()
  const { withdrawalsRoot, requestsHash, ...rest } = result
  const { rules } = input.fork
  const run = {
    ...rest,
    ...(rules >= abi.SHANGHAI && { withdrawalsRoot }),
    ...(rules >= abi.PRAGUE && { requestsHash }),
  }
  const transition = { result: run, included: block.transactions, rejected, state, stateRoot }
  if (rules < abi.BYZANTIUM) return { ...transition, result: await withStateRoots(bench, input, transition) }
  if (rules < abi.PRAGUE) return transition
  const requests = await requestsOf(requestsHash, result.receipts, () => {
    restart()
    return { core, block, drive }
  })
  return { ...transition, requests }
}

/** Before Byzantium a receipt has the state root after its transaction. The core keeps it to itself, so they run again one by one. */
async function withStateRoots(
  { core, restart, drive }: Bench,
  { env, fork }: TransitionInput,
  { result, included }: Transition,
): Promise<RunResult> {
  restart()
  core.setBlock(env.block, true)
  const indexed = included.map((signed, index) => ({ index, signed }))
  const { result: again } = await runSingly(core, env.block, fork.rules, indexed, drive)
  if (again.receiptsRoot === result.receiptsRoot) return again
  throw new InternalError(`expected the receipts root ${result.receiptsRoot}, got ${again.receiptsRoot}`)
}

/** Runs the block, each time without the transaction that was found invalid, until none is. */
async function runValid(
  { env }: TransitionInput,
  transactions: readonly IndexedTx[],
  run: (block: Block) => Promise<BlockResult>,
): Promise<{ block: Block; result: BlockResult; rejected: Rejected[] }> {
  const rejected: Rejected[] = []
  const left = [...transactions]
  for (;;) {
    const block = blockOf(
      env,
      left.map(tx => tx.signed),
    )
    const result = await run(block)
    if (!result.rejection || result.txIndex < 0) return { block, result, rejected }
    const [invalid] = left.splice(result.txIndex, 1)
    rejected.push({ index: invalid!.index, error: rejectionSentence(result.rejection) })
  }
}

function blockOf({ block: env, withdrawals }: TransitionEnv, transactions: readonly Uint8Array[]): Block {
  return { env, transactions, withdrawals, uncles: [], unpaidUncles: 0 }
}

function recordsOf(state: MemorySource, pre: PreState): Writer {
  const records = listedState(state)!
  for (const [hash, code] of pre.codes) putCode(records, hash, code)
  return records
}

/** All state is supplied beforehand; only block hashes are asked for. */
function blockHashSource(hashes: ReadonlyMap<bigint, Hex>): Source {
  return {
    account: () => null,
    code: () => new Uint8Array(),
    storage: () => 0n,
    blockHash: number => {
      const hash = hashes.get(number)
      if (hash) return hash
      const details = 'The env has to give it in blockHashes.'
      throw new MissingStateError([{ kind: 'blockHash', number }], { details })
    },
  }
}

// ---- reward -----------------------------------------------------------------------------------------------------------------

/**
 * Pays the beneficiary and the miners of uncles (Yellow Paper 11.3), with the reward that was asked for instead of the fork's. Returns
 * the new state root, or undefined when nobody is paid.
 */
function payReward(core: Core, state: MemorySource, { env, reward, fork }: TransitionInput): Hex | undefined {
  if (reward === undefined) return undefined
  const { ommers, block } = env
  credit(state, block.coinbase, reward + (reward / 32n) * BigInt(ommers.length), fork)
  for (const { address, delta } of ommers)
    credit(state, address, (reward * (8n - (delta < 8n ? delta : 8n))) / 8n, fork)
  // The rewards are paid in the host: the core knows those of the fork only.
  core.reset(fork.name)
  core.supply(listedState(state)!)
  return core.stateRoot()
}

/** Adds to a balance. The account is touched: from EIP-161 on it is gone when it is empty, before that it exists. */
function credit(state: MemorySource, address: Address, amount: bigint, { rules }: Fork): void {
  const before = state.account(address)
  const account = before ?? { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }
  const after = { ...account, balance: account.balance + amount }
  const exists = rules < abi.SPURIOUS_DRAGON || !isEmpty(after)
  const diff: AccountDiff = { address, ...after, exists, storageCleared: !exists, storage: [] }
  if (before || exists) state.apply([diff])
}

function isEmpty({ nonce, balance, codeHash }: Account): boolean {
  return nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH
}
