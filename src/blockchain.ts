// A chain that grows block by block from genesis, branches included: decode, validate the header against its parent, validate
// uncles and body, execute, compare with the header (Yellow Paper 11). A block that breaks a rule is refused and changes nothing.
// Seals of proof of work are not checked. Used by the block-test runner.
//
// The core holds the state after one block. The next block on it goes on from there; for a block elsewhere the state is built anew
// from genesis and the diffs of the branch.

import * as abi from './abi.ts'
import { daoDiff } from './chain/dao.ts'
import { createEnv } from './chain/env.ts'
import { type BlockException, BlockFormatError } from './chain/exceptions.ts'
import { type Header, validateHeader } from './chain/header.ts'
import { type ChainRules, type ForkSchedule, rulesAt } from './chain/schedule.ts'
import { type Ancestor, validateUncles } from './chain/uncles.ts'
import type { BlockResult, Core } from './core/core.ts'
import type { Engine } from './engine.ts'
import { rejectionOf } from './errors.ts'
import { decodeBlock, type RlpBlock } from './input/block-rlp.ts'
import type { PreState } from './input/pre-state.ts'
import { MemorySource } from './state/memory.ts'
import { listedState } from './state/preload.ts'
import { TraceSession } from './trace/session.ts'
import type { Tracer } from './trace/tracer.ts'
import { type Block, EMPTY_CODE_HASH, type Hex, type Source, type StateDiff } from './types.ts'

/** EIP-7934: 10 MiB less 2 MiB for what the consensus layer adds. */
const MAX_BLOCK_SIZE = 8_388_608
const ZERO_HASH = `0x${'0'.repeat(64)}`

/** A block of the chain. */
export interface ChainBlock extends Ancestor {
  totalDifficulty: bigint
  rules: ChainRules
  parent?: ChainBlock
  /** What the block changed, in this order; absent as long as only the core knows. */
  diffs?: readonly StateDiff[]
}

/** What became of a block: it is in the chain, or the rule that it breaks. */
export type ImportResult = { block: ChainBlock } | { exception: string; details?: string }

/** The last block that was looked at: its header, the state before it, and the state after it if it was executed. */
export interface LastBlock {
  header: Header
  pre: MemorySource
  post?: MemorySource
}

/** Asked for the tracer of each transaction of a block, before the block is executed. */
export type BlockTracers = (header: Header, index: number) => Tracer | undefined

/** What a chain begins with. */
export interface Genesis {
  schedule: ForkSchedule
  chainId: bigint
  header: Header
  hash: Hex
  state: PreState
}

/** A chain. It has the core for itself from begin() on. */
export class Blockchain {
  readonly #engine: Engine
  readonly #core: Core
  readonly #genesis: Genesis
  readonly #blocks = new Map<Hex, ChainBlock>()
  readonly #codes: Map<Hex, Uint8Array>
  readonly #root: ChainBlock
  readonly #tracers: BlockTracers | undefined
  /** The block whose state the core holds; undefined when it holds no block's. */
  #held: ChainBlock | undefined
  /** For `last`: of a block that was executed and refused, what had been changed before it. */
  #last: { header: Header; parent: ChainBlock; added?: ChainBlock; before?: readonly StateDiff[] } | undefined
  /** The end of the canonical branch: greatest total difficulty, since Paris the newest block. */
  head: ChainBlock

  constructor(engine: Engine, core: Core, genesis: Genesis, tracers?: BlockTracers) {
    const { schedule, header, hash, state } = genesis
    const at = { number: header.number, timestamp: header.timestamp, parentTotalDifficulty: 0n }
    this.#engine = engine
    this.#core = core
    this.#genesis = genesis
    this.#tracers = tracers
    this.#codes = new Map(state.codes)
    this.#root = {
      hash,
      header,
      uncles: [],
      totalDifficulty: header.difficulty,
      rules: rulesAt(schedule, at),
      diffs: [],
    }
    this.#blocks.set(hash, this.#root)
    this.head = this.#root
  }

  /** Puts the genesis state into the core and returns its root. */
  begin(): Hex {
    this.#build(this.#root)
    return this.#core.stateRoot()
  }

  /** Decodes a block and adds it to the chain. */
  async add(encoded: Uint8Array): Promise<ImportResult> {
    try {
      return await this.#add(decodeBlock(encoded))
    } catch (error) {
      if (!(error instanceof BlockFormatError)) throw error
      return { exception: error.code, ...(error.details !== undefined && { details: error.details }) }
    }
  }

  async #add(block: RlpBlock): Promise<ImportResult> {
    const { header, hash } = block
    const known = this.#blocks.get(hash)
    if (known) return { block: known }
    const parent = this.#blocks.get(header.parentHash)
    if (!parent) return refused(header.parentHash === ZERO_HASH ? 'UNKNOWN_PARENT_ZERO' : 'UNKNOWN_PARENT')
    this.#last = { header, parent }
    const rules = this.#rules(header, parent)
    const wrong =
      this.#wrongSide(header, parent, rules) ??
      validateHeader(header, parent.header, rules) ??
      wrongBody(block, rules) ??
      validateUncles(block.uncles, parent, (uncle, before) => this.#rules(uncle, before as ChainBlock))
    if (wrong) return refused(wrong)
    return this.#execute(block, parent, rules)
  }

  #rules({ number, timestamp }: Header, parent: ChainBlock): ChainRules {
    return rulesAt(this.#genesis.schedule, { number, timestamp, parentTotalDifficulty: parent.totalDifficulty })
  }

  /** On a chain that goes over to proof of stake: is a block, of work if it has a difficulty, on its side (EIP-3675)? */
  #wrongSide(header: Header, parent: ChainBlock, { fork }: ChainRules): BlockException | undefined {
    const { schedule } = this.#genesis
    const isMerged = fork.rules >= abi.PARIS
    if (isMerged === (header.difficulty === 0n) || schedule.every(step => step.totalDifficulty === undefined)) {
      return undefined
    }
    if (!isMerged) return 'IMPORT_IMPOSSIBLE_PARIS_WRONG_POS'
    const work = schedule.findLast(step => step.fork.rules < abi.PARIS)!
    return validateHeader(header, parent.header, work) ?? 'IMPORT_IMPOSSIBLE_PARIS_WRONG_POW'
  }

  async #execute(block: RlpBlock, parent: ChainBlock, rules: ChainRules): Promise<ImportResult> {
    const before = this.#moveTo(parent, block.header.number === rules.daoBlock)
    const input = blockInput(block, rules, this.#genesis.chainId)
    this.#held = undefined
    const { header } = block
    const tracers = this.#tracers && input.transactions.map((_, i) => this.#tracers?.(header, i))
    const trace = tracers && new TraceSession(this.#core, rules.fork.name, tracers)
    this.#core.beginBlock(input, { complete: true, rewards: rules.fork.rules < abi.PARIS, rootReceipts: true })
    await this.#engine.drive(this.#core, this.#source(parent), trace?.hooks)
    const result = this.#core.blockResult()
    if (result.rejection) return rejected(result)
    this.#last = { header, parent, before }
    const mismatch = compare(header, result, this.#core, rules)
    if (mismatch) return refused(mismatch)
    const added = this.#append(block, parent, rules, before)
    this.#last = { header, parent, added }
    return { block: added }
  }

  #append(block: RlpBlock, parent: ChainBlock, rules: ChainRules, before: readonly StateDiff[]): ChainBlock {
    const { hash, header } = block
    const uncles = block.uncles.map(uncle => uncle.hash)
    const totalDifficulty = parent.totalDifficulty + header.difficulty
    const added: ChainBlock = { hash, header, uncles, parent, totalDifficulty, rules }
    this.#blocks.set(hash, added)
    this.#held = added
    if (before.length > 0) this.#keepDiff(added, before)
    const isMerged = rules.fork.rules >= abi.PARIS
    const headIsMerged = this.head.rules.fork.rules >= abi.PARIS
    if (isMerged || (!headIsMerged && totalDifficulty > this.head.totalDifficulty)) this.head = added
    return added
  }

  // ---- state --------------------------------------------------------------------------------------------------------------

  /** Brings the core to the state after a block, with the change of the DAO fork on it if asked for; returns that change. */
  #moveTo(block: ChainBlock, withDao: boolean): readonly StateDiff[] {
    if (this.#held && !this.#held.diffs) this.#keepDiff(this.#held, [])
    if (withDao) return this.#build(block, true)
    return this.#held === block ? [] : this.#build(block)
  }

  /** Takes the diff of the block that the core has just executed, and makes its state the base of the next. */
  #keepDiff(block: ChainBlock, before: readonly StateDiff[]): void {
    const diff = this.#core.diff()
    for (const { code, codeHash } of diff) if (code) this.#codes.set(codeHash, code)
    block.diffs = [...before, diff]
    this.#core.settle()
  }

  /** The last block, for who wants to see why a test fails. To be called before the next block is added. */
  last(): LastBlock | undefined {
    if (!this.#last) return undefined
    const { header, parent, added, before } = this.#last
    if (this.#held && !this.#held.diffs) this.#keepDiff(this.#held, [])
    const pre = this.#stateOf(parent)
    if (added) return { header, pre, post: this.#stateOf(added) }
    if (!before) return { header, pre }
    const post = this.#stateOf(parent)
    for (const diff of [...before, this.#core.diff()]) post.apply(diff)
    return { header, pre, post }
  }

  /** The state after a block whose diffs are known. */
  #stateOf(block: ChainBlock): MemorySource {
    const line: ChainBlock[] = []
    for (let at: ChainBlock | undefined = block; at; at = at.parent) line.unshift(at)
    const source = new MemorySource({ accounts: this.#genesis.state.accounts, codes: this.#codes })
    for (const { diffs = [] } of line) for (const diff of diffs) source.apply(diff)
    return source
  }

  #build(block: ChainBlock, withDao = false): readonly StateDiff[] {
    const source = this.#stateOf(block)
    const fork = withDao ? [daoDiff(address => source.account(address), EMPTY_CODE_HASH)] : []
    for (const diff of fork) source.apply(diff)
    this.#core.reset(block.rules.fork.name)
    this.#core.supply(listedState(source)!)
    this.#held = block
    return fork
  }

  /** Answers for a block on `parent`: all accounts and slots are in the core already. */
  #source(parent: ChainBlock): Source {
    return {
      account: () => null,
      storage: () => 0n,
      code: hash => this.#codes.get(hash) ?? new Uint8Array(),
      blockHash: number => {
        let at: ChainBlock | undefined = parent
        while (at && at.header.number > number) at = at.parent
        return at?.hash ?? (ZERO_HASH as Hex)
      },
    }
  }
}

/** What is executed of a decoded block under these rules. */
export function blockInput(block: RlpBlock, { fork, blobs }: ChainRules, chainId: bigint): Block {
  const { header, transactions, withdrawals, uncles } = block
  const { number, timestamp, gasLimit, coinbase, parentHash, baseFee = 0n, excessBlobGas = 0n } = header
  const random = fork.rules >= abi.PARIS ? BigInt(header.mixHash) : header.difficulty
  return {
    env: createEnv(fork, {
      ...{ chainId, number, timestamp, gasLimit, coinbase, parentHash, baseFee, excessBlobGas, random },
      ...(blobs && { blobMax: blobs.max, blobUpdateFraction: blobs.updateFraction }),
      ...(header.parentBeaconRoot && { parentBeaconRoot: header.parentBeaconRoot }),
    }),
    transactions,
    ...(withdrawals && { withdrawals }),
    uncles: uncles.map(uncle => ({ number: uncle.header.number, coinbase: uncle.header.coinbase })),
    unpaidUncles: 0,
  }
}

function refused(exception: BlockException): ImportResult {
  return { exception: `BlockException.${exception}` }
}

/** The core refused a transaction, or the block as a whole. */
function rejected({ rejection, txIndex }: BlockResult): ImportResult {
  // Bytes that are no transaction make a block that is no block.
  if (rejection === abi.REJECT_RLP) return refused('RLP_STRUCTURES_ENCODING')
  const { code } = rejectionOf(rejection)
  return { exception: code, ...(txIndex >= 0 && { details: `transaction ${txIndex}` }) }
}

/** What of the body can be told before it is executed. */
function wrongBody(block: RlpBlock, { fork }: ChainRules): BlockException | undefined {
  if (fork.rules >= abi.OSAKA && block.size > MAX_BLOCK_SIZE) return 'RLP_BLOCK_LIMIT_EXCEEDED'
  if (block.unclesHash !== block.header.ommersHash) return 'INVALID_UNCLES_HASH'
  const hasWithdrawals = block.withdrawals !== undefined
  return hasWithdrawals === fork.rules >= abi.SHANGHAI ? undefined : 'INCORRECT_BLOCK_FORMAT'
}

/** The first field of the header that the execution does not confirm. */
function compare(header: Header, result: BlockResult, core: Core, { fork }: ChainRules): BlockException | undefined {
  if (header.transactionsRoot !== result.transactionsRoot) return 'INVALID_TRANSACTIONS_ROOT'
  if (fork.rules >= abi.SHANGHAI && header.withdrawalsRoot !== result.withdrawalsRoot) return 'INVALID_WITHDRAWALS_ROOT'
  if (header.gasUsed !== result.gasUsed) return 'INVALID_GAS_USED'
  if (fork.rules >= abi.CANCUN && header.blobGasUsed !== result.blobGasUsed) return 'INCORRECT_BLOB_GAS_USED'
  if (fork.rules >= abi.PRAGUE && header.requestsHash !== result.requestsHash) return 'INVALID_REQUESTS'
  if (header.receiptsRoot !== result.receiptsRoot) return 'INVALID_RECEIPTS_ROOT'
  if (header.logsBloom !== result.logsBloom) return 'INVALID_LOG_BLOOM'
  return header.stateRoot === core.stateRoot() ? undefined : 'INVALID_STATE_ROOT'
}
