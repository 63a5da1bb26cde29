// Plain types of the public API. Addresses, hashes and roots are lower-case 0x strings of full length; quantities are
// bigint (wei, gas, seconds unless a field says otherwise); code, calldata, output and signed transactions are bytes.
// Anyone may import this file; it imports only names.
import type { ForkName } from './chain/forks.ts'
import type { HaltReason, StateKey } from './errors.ts'

export type { ForkName } from './chain/forks.ts'
export type { HaltReason, StateKey } from './errors.ts'

/** Lower-case hex with 0x, two digits per byte. */
export type Hex = `0x${string}`
/** 20 bytes as lower-case hex: `0x` and 40 digits. */
export type Address = Hex
/** A value, or a promise for it where the source is remote. */
export type MaybePromise<T> = T | Promise<T>

/** What an account holds besides storage. */
export interface Account {
  /** 0..2^64-1 */
  nonce: bigint
  /** wei, 0..2^256-1 */
  balance: bigint
  /** keccak256 of the code; `EMPTY_CODE_HASH` where there is none. */
  codeHash: Hex
  /** Some slot is not zero: for sources that cannot list them. Asked only of accounts that a creation may collide with (EIP-7610). */
  hasStorage?: boolean
}

/** keccak256 of nothing: the code hash of an account without code. */
export const EMPTY_CODE_HASH: Hex = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

/** An account with its storage. */
export interface FullAccount extends Account {
  /** Slots; one that is not listed is zero. */
  storage?: Iterable<readonly [key: bigint, value: bigint]>
}

/** Looks a code up by its hash; undefined where there is none. */
export type CodeLookup = (codeHash: Hex) => Uint8Array | undefined

/** State as plain data: what a `MemorySource` begins with. */
export interface PlainState {
  accounts?: Iterable<readonly [Address, FullAccount]>
  /** Codes by hash: all of them, or a function for a large set that is read lazily. */
  codes?: Iterable<readonly [Hex, Uint8Array]> | CodeLookup
  blockHashes?: Iterable<readonly [bigint, Hex]>
  /** What is not here does not exist. */
  complete?: boolean
}

/** What transactions can see of the block they are in; the fields of ENV_* in assembly/abi.ts. */
export interface BlockEnv {
  fork: ForkName
  chainId: bigint
  number: bigint
  /** seconds since 1970 */
  timestamp: bigint
  gasLimit: bigint
  /** Receives the fees; the header calls it miner or beneficiary. */
  coinbase: Address
  /** wei per gas; 0 before London. */
  baseFee: bigint
  /** PREVRANDAO from Paris on, difficulty before: what opcode 0x44 gives. */
  random: bigint
  /** blob gas; 0 before Cancun. */
  excessBlobGas: bigint
  /** Most blobs in the block; 0 before Cancun. */
  blobMax: number
  /** Base fee update fraction of the blob price; 0 before Cancun. */
  blobUpdateFraction: number
  parentHash: Hex
  /** EIP-4788: stored by a system call at the start of the block. Absent: no such call. */
  parentBeaconRoot?: Hex
}

/** EIP-4895. */
export interface Withdrawal {
  index: bigint
  validatorIndex: bigint
  address: Address
  /** gwei */
  amount: bigint
}

/** What the rewards need of an uncle's header. */
export interface Uncle {
  number: bigint
  coinbase: Address
}

/** A block to execute. */
export interface Block {
  env: BlockEnv
  /** Signed transactions in consensus encoding (EIP-2718), in order. */
  transactions: readonly Uint8Array[]
  /** From Shanghai on. */
  withdrawals?: readonly Withdrawal[]
  /** Uncles whose header is known; they and the beneficiary are paid. Before Paris. */
  uncles: readonly Uncle[]
  /** Uncles known by hash only: the beneficiary is paid 1/32 of the reward for each, their miners nothing. */
  unpaidUncles: number
}

/** What a header claims about the result of its block. */
export interface ExpectedHeader {
  gasUsed: bigint
  logsBloom: Hex
  receiptsRoot: Hex
  transactionsRoot: Hex
  stateRoot: Hex
  withdrawalsRoot?: Hex
  blobGasUsed?: bigint
  requestsHash?: Hex
}

/** One LOG. */
export interface Log {
  address: Address
  /** 0 to 4 words of 32 bytes. */
  topics: readonly Hex[]
  data: Uint8Array
}

/** How a transaction or call ended: all three are ordinary results. */
export type TxStatus = 'success' | 'revert' | 'halt'

/** Result of one transaction or message. */
export interface TxOutcome {
  status: TxStatus
  /** Gas paid for, after the refund. */
  gasUsed: bigint
  gasRefunded: bigint
  /** Return or revert data; the deployed code of a creation. */
  output: Uint8Array
  logs: readonly Log[]
  /** Address of the new contract. */
  createdAddress?: Address
  /** Only with status `halt`. */
  haltReason?: HaltReason
}

/** A receipt and what is known beside it. */
export interface Receipt {
  /** Transaction type 0..4. */
  type: number
  /** Hash of the transaction. */
  hash: Hex
  /** Recovered from the signature. */
  sender: Address
  status: TxStatus
  gasUsed: bigint
  cumulativeGasUsed: bigint
  /** Effective price, wei per gas. */
  gasPrice: bigint
  logs: readonly Log[]
  createdAddress?: Address
  /** Only with status `halt`. */
  haltReason?: HaltReason
}

/** One account that a run changed: the values after it. */
export interface AccountDiff {
  address: Address
  /** False: the account is gone; the other fields are those of an absent account. */
  exists: boolean
  /** The storage was wiped before the slots below were written. */
  storageCleared: boolean
  nonce: bigint
  balance: bigint
  codeHash: Hex
  /** Only where the run set the code. */
  code?: Uint8Array
  /** Slots that changed: key and value after the run, 0 = cleared. */
  storage: readonly (readonly [key: bigint, value: bigint])[]
}

/** Everything a run changed; an address stands at most once, the order means nothing. */
export type StateDiff = readonly AccountDiff[]

/** Where the time went, in milliseconds. */
export interface BlockTimes {
  /** Taking over the state that the source lists. */
  prepare: number
  /** Decoding and hashing transactions, recovering their signers. */
  senders: number
  /** Predictions, graph, system calls, transactions, withdrawals, requests. */
  execute: number
  /** Receipts root, bloom and the other commitments. */
  roots: number
  total: number
}

/** Result of a block. */
export interface BlockOutcome {
  gasUsed: bigint
  blobGasUsed: bigint
  receipts: readonly Receipt[]
  receiptsRoot: Hex
  transactionsRoot: Hex
  /** From Shanghai on. */
  withdrawalsRoot?: Hex
  /** From Prague on (EIP-7685). */
  requestsHash?: Hex
  /** Only where the whole state is known, or the source can tell (`Source.stateRoot`). */
  stateRoot?: Hex
  /** 256 bytes. */
  logsBloom: Hex
  diff: StateDiff
  ms: BlockTimes
}

/** One account with everything it holds, as `Source.entries` lists it. */
export interface SourceEntry {
  address: Address
  account: Account
  /** Slots that are not zero. */
  storage: Iterable<readonly [key: bigint, value: bigint]>
  /** All of that as the core takes it (KIND_ACCOUNT with STORAGE_CLEARED, KIND_STORAGE, docs/ABI.md), where the source keeps it. */
  readonly records?: Uint8Array
}

/** A message that is about to run. */
export interface Foreseen {
  from?: Address
  /** Absent: a creation. */
  to?: Address
  input?: Uint8Array
  /** wei */
  value?: bigint
  gas?: bigint
  /** wei per gas: this, or the two below. */
  gasPrice?: bigint
  maxFeePerGas?: bigint
  maxPriorityFeePerGas?: bigint
}

/**
 * The state that transactions run on. The core asks only for what it does not have; an answer may be a value or a promise, so
 * memory, a database and a remote node are the same to the engine. An answer must not change while a run lasts.
 */
export interface Source {
  /** The account, or null where it does not exist. */
  account(address: Address): MaybePromise<Account | null>
  /** The code with that hash; never asked for the empty hash. */
  code(codeHash: Hex): MaybePromise<Uint8Array>
  /** The slot's value, 0n where it was never written. */
  storage(address: Address, key: bigint): MaybePromise<bigint>
  /** Hash of an earlier block. */
  blockHash(number: bigint): MaybePromise<Hex>
  /**
   * A hint that these will be asked for soon, so that a remote source can batch them; with `messages`, that these are about to run, for
   * sources that can find out what they touch.
   */
  prefetch?(keys: readonly StateKey[], messages?: readonly Foreseen[]): void | Promise<void>
  /**
   * The answer is at hand: it is no promise. Sources that have this and `prefetch` are run on guesses first: what a run misses is asked
   * for all at once, and it runs again, until nothing is missing.
   */
  has?(key: StateKey): boolean
  /** False: only what a run has missed is asked for, and not what codes say that it is going to need. Default: true. */
  readonly speculative?: boolean
  /**
   * All accounts and slots that the source has. Only for sources that can list them: what is not listed reads as absent, and
   * the core is given all of it beforehand instead of asking one by one.
   */
  entries?(): Iterable<SourceEntry>
  /** What is not in `entries` does not exist. A state root can be computed. */
  readonly complete?: boolean
  /** Root of the state that a diff makes of this one, for sources that know it without listing all they have. */
  stateRoot?(diff: StateDiff): MaybePromise<Hex>
}

/** What proves the state that a block reads and changes, in the parts of `debug_executionWitness`: see `witnessSource`. */
export interface Witness {
  /** Trie nodes as they are encoded, of the state trie and of storage tries, in any order. */
  state: readonly Uint8Array[]
  codes: readonly Uint8Array[]
  /** Encoded headers: of the parent block, and of blocks before it that follow one another. */
  headers: readonly Uint8Array[]
}

/**
 * A precompiled contract of one's own: a host function at an address. It is called as the fork's contracts are, by transactions and by all
 * four call opcodes; its account is always warm (EIP-2929). Where the fork has a contract there it takes its place, and the code that
 * the account may have is not executed.
 */
export interface Precompile {
  address: Address
  /** For error messages. */
  name?: string
  /**
   * Answers a call. What it answers has to depend on nothing but the call and the state that it looked at. It may be called more than once
   * for one call: again when state had to be fetched, in runs on guesses over a slow source, and when a block is run again. With threads it is called
   * in the order of the block and on committed state, as without. What it throws ends the run with a PrecompileError. A promise is waited
   * for, but in synchronous calls.
   */
  run(call: PrecompileCall, state: PrecompileState): MaybePromise<PrecompileResult>
}

/** A call of a precompiled contract. */
export interface PrecompileCall {
  /** The contract's. */
  address: Address
  /** For whom it acts: itself, or the caller with DELEGATECALL and CALLCODE. */
  self: Address
  caller: Address
  /** wei; moved already. With DELEGATECALL the value of the caller's own call, which is not moved. */
  value: bigint
  input: Uint8Array
  /** That the call has. */
  gas: bigint
  /** Nothing may be changed: changes end the call with STATIC_MODE_VIOLATION. */
  isStatic: boolean
  /** 0: the transaction itself calls it. */
  depth: number
}

/** What a precompiled contract answers. */
export interface PrecompileResult {
  /** Default: 'success'. Only that makes the changes; 'halt' takes all gas and has no output. */
  status?: TxStatus
  /** More than `call.gas` ends the call with OUT_OF_GAS; not needed with 'halt'. */
  gasUsed?: bigint
  /** Default: nothing. */
  output?: Uint8Array
}

/**
 * The state as a call sees it, with what the transaction has changed before. Only during the call. Looking and changing costs what the function
 * says. Changes are made when it has succeeded, and undone when a call around it fails; the function sees them at once.
 * Where state has to be fetched first, `account` and `storage` throw: let that pass, the function is called again.
 */
export interface PrecompileState {
  /** The account, or null where it does not exist. */
  account(address: Address): Account | null
  storage(address: Address, key: bigint): bigint
  /** An empty account gets nonce 1 with this: else it would go at the end of the transaction, with its storage (EIP-161). */
  setStorage(address: Address, key: bigint, value: bigint): void
  /** wei. Nobody checks where it comes from. */
  setBalance(address: Address, balance: bigint): void
  /** Writes a log; `address` is `self` unless it is given. */
  log(log: { address?: Address; topics: readonly Hex[]; data?: Uint8Array }): void
}
