// The embedding ABI, version 1 (docs/ABI.md): the weft_* exports and nothing else. No function traps, whatever is passed and in
// whatever order: pointers outside memory and malformed structs are RUN_BAD_INPUT. None is re-entrant; pointers that they return
// are valid until the next call.

import {
  ABI_VERSION,
  ACCOUNT_RECORD_SIZE,
  BLOCK_STRUCT_SIZE,
  CALL_GAS,
  CALL_ORIGIN,
  DISPATCH_AUTO,
  DISPATCH_SEQUENTIAL,
  ENV_FORK,
  ENV_STRUCT_SIZE,
  FORK_COUNT,
  FRONTIER,
  INTERNAL_ERROR,
  HINTS_ALL,
  HINTS_TEMPLATES,
  JOB_DIGEST,
  JOB_INPUT,
  JOB_LENGTH,
  JOB_SIZE,
  OPTION_DISPATCH,
  OPTION_HASH,
  OPTION_HASH_MEMO,
  OPTION_HINTS,
  OPTION_LEARN,
  OPTION_SHARE_SIGNERS,
  OPTION_REPORT,
  OPTION_SPECULATIVE_RUNS,
  OUT_OF_MEMORY,
  REPORT_SPANS,
  RUN_BAD_INPUT,
  RUN_DONE,
  RUN_HASH,
  RUN_IDLE,
  RUN_PARALLEL,
  RUN_REQUEST,
  RUN_TRACE_FULL,
  RUN_YIELD,
  STORAGE_RECORD_SIZE,
  TX_FLAGS,
  TX_RLP,
  TX_RLP_LENGTH,
  TX_SENDER,
  TX_SENDER_GIVEN,
  TX_STRUCT_SIZE,
  TX_UNCHECKED,
} from './abi.ts'
import { arenaAge, exhausted, initArena, release, reserve, rewindArena, scratch } from './arena.ts'
import { beginBlock, blockProgress, blockResult, isAtRoots, runBlock, setDispatch } from './block.ts'
import { inMemory, isPiece, isStruct } from './bounds.ts'
import { beginCall, runCall } from './call.ts'
import { forgetCode, initCode } from './code.ts'
import { GAS_LIMIT, clearBlockHashes, env, forgetEnv, initEnv, setFork } from './env.ts'
import { forgetFrames, initFrames, resetFrames } from './frame.ts'
import { forgetDigests, setRemembering } from './hash-memo.ts'
import { dropOffer, forgetHashing, hashRequest, resetHashing, setLeast, takeDigests } from './hashing.ts'
import { holdBlock, holdCall, holdTx, input } from './input.ts'
import { keccak256 } from './keccak.ts'
import { changeState, readAccount, readSlotBelow } from './known-state.ts'
import { hashChains, hashJobs, hashMany } from './keccak-batch.ts'
import { logsHash, resetReceipts } from './receipts.ts'
import { resetLogs } from './logs.ts'
import { abandonFrames } from './message.ts'
import { setBlock, writeOutcome } from './outcome.ts'
import {
  DEFAULT_RUNS,
  abandonPhase,
  noteRequest,
  setLearning,
  setReport,
  setSpeculativeRuns,
} from './parallel/phase.ts'
import { setHints } from './parallel/predict.ts'
import { setShareSigners } from './parallel/recovery.ts'
import { setCustom } from './precompiles/addresses.ts'
import { showAccount, showSlot } from './precompiles/custom.ts'
import { resetPrecompiles } from './precompiles/run.ts'
import { requestCount, requestStruct, resetRequest } from './request.ts'
import { abandonRoots, forgetRoots } from './roots.ts'
import { abandonStateRoot, forgetStateRoot, stateRoot } from './state-root.ts'
import { forgetStore, resetStore, settle } from './state/store.ts'
import { beginView, commit, forgetView } from './state/view.ts'
import { offerCodes, supply, writeDiff } from './supply.ts'
import { fetchRecords, resetOptions, resetRecords, resumeTrace, setOption } from './trace.ts'
import { decodeTx } from './transaction/decode.ts'
import {
  TX_DONE,
  TX_HASH,
  TX_MISS,
  TX_NO_MEMORY,
  TX_PARALLEL,
  TX_TRACE_FULL,
  TX_YIELD,
  beginTx,
  runTx,
} from './transaction/execute.ts'
import { resetTxs } from './transaction/tx.ts'
import { addNodes, forgetKnown, prepareKnown, resetKnown, trieReport } from './trie/known.ts'
import { encodeChanges } from './trie/settle.ts'

const IDLE: u32 = 0
const TX: u32 = 1
const CALL: u32 = 2
const BLOCK: u32 = 3

/** Stands before a block of weft_alloc, mixed with its address, so that weft_free knows what it gave out. */
const TAG: u64 = 0x77656674616c6c6f
const TAG_SIZE: usize = 16

let ready: bool = false
let mode: u32 = IDLE
let finished: bool = true
/** The transaction waits for its signer. */
let signing: bool = false
let isUnchecked: bool = false
let blobMax: u32 = 0
/** A diff has been laid over a trie, and the root after it is not known yet. */
let changing: bool = false

// Who waits for digests of the host (RUN_HASH): the call that has to come again.
const NOBODY: u32 = 0
const RUN: u32 = 1
const STATE_ROOT: u32 = 2
const SUPPLY: u32 = 3
let hashing: u32 = NOBODY
/** The records that weft_supply waits with. */
let suppliedAt: usize = 0
let suppliedLength: u32 = 0

/** Every export begins here: an instance that was never reset is, under the rules of Frontier. */
function boot(): void {
  if (!ready) weft_reset(FRONTIER)
}

/** Marks ABI version 1 by its presence; never called. */
export function weft_abi_1(): void {}

/** The ABI version. */
export function weft_abi_version(): i32 {
  return ABI_VERSION
}

/** A block of `length` bytes for the host's data, 8-byte aligned; 0 when memory is exhausted. */
export function weft_alloc(length: u32): usize {
  boot()
  const size: u64 = <u64>length + TAG_SIZE
  const block = reserve(size)
  if (!block) return 0
  store<u64>(block, size)
  store<u64>(block, tagOf(block), 8)
  return block + TAG_SIZE
}

/** Gives back what weft_alloc returned; any other pointer is ignored. */
export function weft_free(pointer: usize): void {
  boot()
  const block = pointer - TAG_SIZE
  if (pointer & 7 || !inMemory(block, TAG_SIZE) || load<u64>(block, 8) != tagOf(block)) return
  store<u64>(block, 0, 8)
  release(block, load<u64>(block))
}

@inline
function tagOf(block: usize): u64 {
  return TAG ^ (((<u64>arenaAge) << 32) | block)
}

/**
 * Forgets all state, block hashes, options and runs; code stays. Puts a fork in force. After OUT_OF_MEMORY it forgets everything, the
 * blocks of weft_alloc too.
 */
export function weft_reset(fork: i32): void {
  ready = true
  initArena()
  abandonFrames()
  giveUpHashing()
  if (exhausted) {
    rewindArena()
    forgetHashing()
    forgetDigests()
    forgetRoots()
    forgetStateRoot()
    forgetCode()
    forgetEnv()
    forgetFrames()
    forgetStore()
    forgetView()
    forgetKnown()
  }
  initCode()
  initEnv()
  initFrames()
  resetStore()
  resetKnown()
  changing = false
  clearBlockHashes()
  setCustom(0, 0)
  setRemembering(false)
  resetFrames()
  resetTxs()
  resetLogs()
  resetReceipts()
  resetRequest()
  resetPrecompiles()
  resetOptions()
  resetHashing()
  if (ASC_FEATURE_THREADS) {
    abandonPhase()
    setDispatch(DISPATCH_SEQUENTIAL)
    setHints(HINTS_TEMPLATES)
    setReport(false)
    setLearning(false)
    setShareSigners(false)
    setSpeculativeRuns(DEFAULT_RUNS)
  }
  setFork(fork)
  beginView(fork)
  mode = IDLE
  finished = true
}

/** Sets the block environment (ENV_*); not during a run. */
export function weft_set_block(pointer: usize): i32 {
  boot()
  if (!finished || !isStruct(pointer, ENV_STRUCT_SIZE) || !isFork(pointer)) return RUN_BAD_INPUT
  blobMax = setBlock(pointer)
  return RUN_DONE
}

/**
 * Puts precompiled contracts of the host's own at `count` addresses, 20 bytes each, until the next weft_reset; none before and at
 * most 128. Not during a run. The host is told of each call: KIND_CUSTOM.
 */
export function weft_set_precompiles(addresses: usize, count: u32): i32 {
  boot()
  if (!finished || !inMemory(addresses, <u64>count * 20)) return RUN_BAD_INPUT
  if (exhausted) return OUT_OF_MEMORY
  return setCustom(addresses, count) ? RUN_DONE : RUN_BAD_INPUT
}

@inline
function isFork(environment: usize): bool {
  return load<u32>(environment, ENV_FORK) < <u32>FORK_COUNT
}

/** Sets an option (OPTION_*), in force from the next weft_begin_* to the next weft_reset. */
export function weft_set_option(option: i32, value: i32): i32 {
  boot()
  if (option == OPTION_HASH) {
    if (value < 0) return RUN_BAD_INPUT
    if (exhausted) return OUT_OF_MEMORY
    setLeast(value)
    return RUN_DONE
  }
  if (!ASC_FEATURE_THREADS && option == OPTION_HASH_MEMO) {
    if (value < 0 || value > 1) return RUN_BAD_INPUT
    return setRemembering(value != 0) ? RUN_DONE : OUT_OF_MEMORY
  }
  if (ASC_FEATURE_THREADS) {
    if (option >= OPTION_DISPATCH && option <= OPTION_SHARE_SIGNERS) return setParallel(option, value)
  }
  return setOption(option, value)
}

function setParallel(option: i32, value: i32): i32 {
  if (value < 0) return RUN_BAD_INPUT
  if (option == OPTION_DISPATCH) {
    if (value > DISPATCH_AUTO) return RUN_BAD_INPUT
    setDispatch(value)
  } else if (option == OPTION_HINTS) {
    if (value > HINTS_ALL) return RUN_BAD_INPUT
    setHints(value)
  } else if (option == OPTION_REPORT) {
    if (value > REPORT_SPANS) return RUN_BAD_INPUT
    setReport(value)
  } else if (option == OPTION_LEARN) setLearning(value != 0)
  else if (option == OPTION_SHARE_SIGNERS) setShareSigners(value != 0)
  else setSpeculativeRuns(value)
  return RUN_DONE
}

/** Begins a signed transaction (TX_*). */
export function weft_begin_tx(pointer: usize): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  dropRun()
  if (!isStruct(pointer, TX_STRUCT_SIZE) || !isPiece(pointer + TX_RLP)) return RUN_BAD_INPUT
  const flags = load<u32>(pointer, TX_FLAGS)
  const length = load<u32>(pointer, TX_RLP_LENGTH)
  const refused = holdTx(load<u32>(pointer, TX_RLP), length)
  if (refused) return refused
  resetTxs()
  decodeTx(0, input, length, flags & TX_SENDER_GIVEN ? pointer + TX_SENDER : 0)
  mode = TX
  finished = false
  signing = requestCount > 0
  isUnchecked = (flags & TX_UNCHECKED) != 0
  beginTx(0, load<u64>(env + GAS_LIMIT), blobMax, isUnchecked)
  return RUN_DONE
}

/** Begins one message (CALL_*): no intrinsic gas, no fee, no nonce check. */
export function weft_begin_call(pointer: usize): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  dropRun()
  if (!isStruct(pointer, CALL_ORIGIN)) return RUN_BAD_INPUT // what follows was appended
  const refused = holdCall(pointer)
  if (refused) return refused
  if (load<i64>(input, CALL_GAS) < 0) return RUN_BAD_INPUT
  beginCall(input)
  mode = CALL
  finished = false
  return RUN_DONE
}

/** Begins a whole block (ENV_*, BLOCK_*). */
export function weft_begin_block(pointer: usize): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  dropRun()
  if (!isStruct(pointer, BLOCK_STRUCT_SIZE) || !isFork(pointer)) return RUN_BAD_INPUT
  const refused = holdBlock(pointer)
  if (refused) return refused
  blobMax = setBlock(input)
  beginBlock(input)
  mode = BLOCK
  finished = false
  return RUN_DONE
}

/** What was begun before is given up, also where what is to begin is refused. Its logs go. */
function dropRun(): void {
  giveUp()
  resetLogs()
}

function giveUp(): void {
  if (ASC_FEATURE_THREADS) abandonPhase()
  abandonFrames()
  giveUpHashing()
  resetPrecompiles()
  resetRequest()
  resetRecords()
  signing = false
  mode = IDLE
  finished = true
}

/** What waits for digests is given up: it begins anew when it is asked for again. */
function giveUpHashing(): void {
  hashing = NOBODY
  dropOffer()
  abandonRoots()
  abandonStateRoot()
}

/** Goes on with what waits for digests if that is `who`, else gives it up. False: the digests are not there. */
function resumeHashing(who: u32): bool {
  if (hashing == NOBODY) return true
  if (hashing != who) giveUpHashing()
  else if (!takeDigests()) return false
  hashing = NOBODY
  return true
}

/** Runs on: RUN_DONE, RUN_REQUEST, RUN_TRACE_FULL, RUN_YIELD, RUN_HASH, or a negative status. */
export function weft_run(): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  if (!resumeHashing(RUN)) return RUN_BAD_INPUT
  if (mode == IDLE) return RUN_IDLE
  if (finished) return RUN_DONE
  if (signing) {
    signing = false
    return RUN_REQUEST
  }
  if (ASC_FEATURE_THREADS) noteRequest()
  resetRequest()
  resumeTrace()
  const ended = mode == BLOCK ? runBlock() : mode == TX ? runTx() : runCall()
  if (exhausted || ended == TX_NO_MEMORY) return OUT_OF_MEMORY
  if (ended == TX_MISS) return RUN_REQUEST
  if (ended == TX_YIELD) return RUN_YIELD
  if (ended == TX_HASH) {
    hashing = RUN
    return RUN_HASH
  }
  if (ended == TX_PARALLEL) return RUN_PARALLEL
  if (ended == TX_TRACE_FULL) return RUN_TRACE_FULL
  if (ended != TX_DONE) return INTERNAL_ERROR
  finished = true
  return RUN_DONE
}

/** Transactions of the block executed so far; the top bit is set when only its commitments are left to make. */
export function weft_progress(): u32 {
  return blockProgress() | (isAtRoots() ? 0x80000000 : 0)
}

/** What the host has to supply: { count, items } (REQUEST_*, ITEM_*). */
export function weft_request(): usize {
  boot()
  return requestStruct()
}

/** Answers: records (RECORD_*, …). Also takes state that nobody asked for. RUN_HASH: their codes have to be hashed; nothing was taken yet. */
export function weft_supply(pointer: usize, length: u32): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  if (!inMemory(pointer, length) || hashing == RUN) return RUN_BAD_INPUT
  const isAgain = hashing == SUPPLY && pointer == suppliedAt && length == suppliedLength
  if (!resumeHashing(isAgain ? SUPPLY : NOBODY)) return RUN_BAD_INPUT
  if (!isAgain && offerCodes(pointer, length)) {
    hashing = SUPPLY
    suppliedAt = pointer
    suppliedLength = length
    return RUN_HASH
  }
  const taken = supply(pointer, length, isAgain)
  return exhausted ? OUT_OF_MEMORY : taken
}

/**
 * While a contract of the host's own is waited for (KIND_CUSTOM): writes the record of an account (ACCOUNT_*) as it sees it. RUN_REQUEST: it
 * is not there; weft_run asks for it, and then for the same call again. RUN_IDLE: no such contract is waited for.
 */
export function weft_state_account(out: usize, address: usize): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  if (!inMemory(out, ACCOUNT_RECORD_SIZE) || !inMemory(address, 20)) return RUN_BAD_INPUT
  return finished ? RUN_IDLE : showAccount(out, address)
}

/** The same of a slot: STORAGE_*. */
export function weft_state_slot(out: usize, address: usize, key: usize): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  if (!inMemory(out, STORAGE_RECORD_SIZE) || !inMemory(address, 20) || !inMemory(key, 32)) return RUN_BAD_INPUT
  return finished ? RUN_IDLE : showSlot(out, address, key)
}

/** What has been traced since the last call: { records, length } (TRACE_*). 0 when memory is exhausted. */
export function weft_trace(): usize {
  boot()
  return exhausted ? 0 : fetchRecords()
}

/**
 * The outcome of the transaction or message (OUTCOME_*) that is done and neither committed nor discarded, or of the last block
 * (RESULT_*). 0 when there is none.
 */
export function weft_outcome(): usize {
  boot()
  if (mode == IDLE || !finished || exhausted) return 0
  return mode == BLOCK ? blockResult() : writeOutcome(mode == CALL)
}

/** Takes the changes of the transaction or message that is done into the state. Blocks do so themselves. */
export function weft_commit(): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  if (mode == IDLE || mode == BLOCK || !finished) return RUN_IDLE
  giveUpHashing()
  commit()
  weft_discard()
  return exhausted ? OUT_OF_MEMORY : RUN_DONE
}

/** Drops the changes of the last transaction or message, or gives a run up. What a block has changed so far stays. */
export function weft_discard(): void {
  boot()
  if (exhausted || mode == IDLE) return
  giveUp()
  beginView(0)
}

/** The state diff against the base: { records pointer, length } (RECORD_*); 0 when memory is exhausted. */
export function weft_diff(): usize {
  boot()
  const diff = changetype<usize>(writeDiff())
  return exhausted ? 0 : diff
}

/** Makes the present state the base of the next diff. */
export function weft_settle(): void {
  boot()
  if (hashing == STATE_ROOT) giveUpHashing()
  settle()
}

/** Writes the root of all accounts known, 32 bytes: the state root when the state is complete. RUN_HASH: digests are wanted. */
export function weft_state_root(out: usize): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  if (!inMemory(out, 32) || hashing == RUN || !resumeHashing(STATE_ROOT)) return RUN_BAD_INPUT
  if (!stateRoot(out)) {
    hashing = STATE_ROOT
    return RUN_HASH
  }
  return exhausted ? OUT_OF_MEMORY : RUN_DONE
}

/** The batch of hashes that the last call waits for, and what the core has hashed itself (HASH_*). 0 when memory is exhausted. */
export function weft_hash_request(): usize {
  boot()
  return exhausted ? 0 : hashRequest()
}

/** Writes keccak(rlp(logs)) of the last run, 32 bytes. */
export function weft_logs_hash(out: usize): i32 {
  boot()
  if (!inMemory(out, 32)) return RUN_BAD_INPUT
  logsHash(out)
  return exhausted ? OUT_OF_MEMORY : RUN_DONE
}

/** Writes the Keccak-256 digest of `length` bytes. */
export function weft_keccak(out: usize, pointer: usize, length: u32): i32 {
  if (!inMemory(out, 32) || !inMemory(pointer, length)) return RUN_BAD_INPUT
  keccak256(out, pointer, length)
  return RUN_DONE
}

/** Hashes `count` messages that lie anywhere (JOB_*). No digest may lie over a message of the same batch, or over a job. */
export function weft_keccak_batch(jobs: usize, count: u32): i32 {
  boot()
  if (!areJobs(jobs, count)) return RUN_BAD_INPUT
  if (exhausted) return OUT_OF_MEMORY
  hashJobs(jobs, count, scratch())
  return RUN_DONE
}

function areJobs(jobs: usize, count: u32): bool {
  const length = <u64>count * JOB_SIZE
  if (!inMemory(jobs, length)) return false
  const end = jobs + <usize>length
  for (let job = jobs; job < end; job += JOB_SIZE) {
    if (!inMemory(load<u32>(job, JOB_INPUT), load<u32>(job, JOB_LENGTH))) return false
    const digest: usize = load<u32>(job, JOB_DIGEST)
    if (!inMemory(digest, 32) || (digest < end && digest + 32 > jobs)) return false
  }
  return true
}

/** Hashes `count` messages of `length` bytes that follow one another at `pointer`, to as many digests at `out`. */
export function weft_keccak_many(out: usize, pointer: usize, length: u32, count: u32): i32 {
  if (!inMemory(out, (<u64>count) << 5) || !inMemory(pointer, <u64>count * length)) return RUN_BAD_INPUT
  hashMany(out, pointer, length, count)
  return RUN_DONE
}

/**
 * Slots of nested mappings: `count` chains of `depth` keys, outermost first, and a slot, 32 bytes each. Digest k of a chain is
 * keccak(key k . digest k + 1), the innermost one keccak(key . slot); `depth` digests per chain go to `out`, which must not overlap.
 */
export function weft_keccak_chains(out: usize, words: usize, depth: u32, count: u32): i32 {
  boot()
  if (depth > 0xffff || !inMemory(out, (<u64>count * depth) << 5)) return RUN_BAD_INPUT
  if (!inMemory(words, (<u64>count * (depth + 1)) << 5)) return RUN_BAD_INPUT
  if (exhausted) return OUT_OF_MEMORY
  hashChains(out, words, depth, count, scratch())
  return RUN_DONE
}

// ---- tries of known nodes -------------------------------------------------------------------------------------------------

/** Takes trie nodes over whose digests have been made, jobs (JOB_*). They stay until weft_reset. */
export function weft_trie_add(jobs: usize, count: u32): i32 {
  boot()
  if (exhausted || !prepareKnown()) return OUT_OF_MEMORY
  if (!areJobs(jobs, count)) return RUN_BAD_INPUT
  const ended = addNodes(jobs, count)
  return exhausted ? OUT_OF_MEMORY : ended
}

/** Writes the record of an account (ACCOUNT_*) as the state of that root has it. */
export function weft_trie_account(out: usize, root: usize, address: usize): i32 {
  boot()
  if (exhausted || !prepareKnown()) return OUT_OF_MEMORY
  if (!inMemory(out, ACCOUNT_RECORD_SIZE) || !inMemory(root, 32) || !inMemory(address, 20)) return RUN_BAD_INPUT
  return readAccount(out, root, address)
}

/** Writes the record of a slot (STORAGE_*) as the state of that root has it. */
export function weft_trie_slot(out: usize, root: usize, address: usize, key: usize): i32 {
  boot()
  if (exhausted || !prepareKnown()) return OUT_OF_MEMORY
  if (!inMemory(out, STORAGE_RECORD_SIZE) || !inMemory(root, 32)) return RUN_BAD_INPUT
  if (!inMemory(address, 20) || !inMemory(key, 32)) return RUN_BAD_INPUT
  return readSlotBelow(out, root, address, key)
}

/** Lays a diff (the records of weft_diff) over the state of a root; weft_trie_encode makes the root after it. */
export function weft_trie_update(root: usize, records: usize, length: u32): i32 {
  boot()
  changing = false
  if (exhausted || !prepareKnown()) return OUT_OF_MEMORY
  if (!inMemory(root, 32) || !inMemory(records, length)) return RUN_BAD_INPUT
  const ended = changeState(root, records, length)
  if (exhausted) return OUT_OF_MEMORY
  changing = ended == RUN_DONE
  return ended
}

/**
 * Lists the next nodes to hash, from the leaves up (TRIE_JOBS), and returns how many; their digests have to be written before the next
 * call, of this or any other function. 0: the root stands at TRIE_ROOT, and the new nodes are known.
 */
export function weft_trie_encode(): i32 {
  boot()
  if (exhausted) return OUT_OF_MEMORY
  if (!changing) return RUN_IDLE
  const count = encodeChanges()
  if (exhausted) return OUT_OF_MEMORY
  changing = count > 0
  return count
}

/** What the functions above have to tell (TRIE_*); 0 when memory is exhausted. */
export function weft_trie_report(): usize {
  boot()
  return exhausted || !prepareKnown() ? 0 : trieReport()
}
