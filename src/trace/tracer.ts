// What a tracer is: a consumer of what the core records while it runs (assembly/trace.ts). It says beforehand what it wants to see
// and is called for every record in the order of execution. Nothing is kept between calls, so memory is what the tracer itself
// keeps. Tracers of this folder, and anybody's own, are passed to runTx, call and replayBlock.
import type { HaltReason } from '../errors.ts'
import type { Address, ForkName, Hex, Log, TxStatus } from '../types.ts'
import type { Step } from './step.ts'

/** What is recorded. Each costs time; what is absent is off. */
export interface TraceSwitches {
  /** Every opcode. Calls and the end of the transaction are always told. */
  steps?: boolean
  /** The stack of every step: all of it, or so many items from the top. */
  stack?: boolean | number
  /** The whole memory at every step. */
  memory?: boolean
  /** Output of the last call at every step. */
  returnData?: boolean
  /** Key and value of SLOAD and SSTORE. */
  storage?: boolean
  /** Input and output of inner calls; those of the outermost are always there. */
  callData?: boolean
  logs?: boolean
  /** The accounts and slots that the transaction asked for or changed, told at its end. */
  state?: boolean
  /** Only steps of these opcodes, by byte or name. Default: all. */
  opcodes?: readonly (number | string)[]
}

/** What a tracer may be told of the transaction before its first record. */
export interface TraceContext {
  fork: ForkName
  /** Index in the block; 0 for a transaction or message on its own. */
  index: number
}

/** The opcode that a message comes from; CALL or CREATE for the outermost. */
export type CallType = 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL' | 'CREATE' | 'CREATE2' | 'SELFDESTRUCT'

/** A message begins. One that fails before it begins (depth, funds, collision) is told as well, its end follows at once. */
export interface CallStart {
  type: CallType
  /** 0 = outermost. */
  depth: number
  from: Address
  /** Whose code runs; the new contract; the beneficiary of SELFDESTRUCT. */
  to: Address
  /** Whose storage is used. */
  self: Address
  /** Gas it has, with the stipend. */
  gas: bigint
  value: bigint
  /** Calldata, or initcode. Empty for inner calls without the switch `callData`. */
  input: Uint8Array
}

/** A message ends. */
export interface CallEnd {
  depth: number
  status: TxStatus
  haltReason?: HaltReason
  gasUsed: bigint
  /** Output; revert data; the code of a new contract. Empty for inner calls without the switch `callData`. */
  output: Uint8Array
}

/** An account before and after the transaction. */
export interface TracedAccount {
  address: Address
  before: TracedValues | undefined
  after: TracedValues | undefined
}

/** What an account holds beside storage. */
export interface TracedValues {
  nonce: bigint
  balance: bigint
  codeHash: Hex
}

/** A slot before and after the transaction. */
export interface TracedSlot {
  address: Address
  key: bigint
  before: bigint
  after: bigint
}

/** The transaction or message is done. */
export interface TraceEnd {
  status: TxStatus
  haltReason?: HaltReason
  gasLimit: bigint
  /** As in the receipt: with intrinsic gas, after refunds. Of a message, what it used. */
  gasUsed: bigint
  gasRefunded: bigint
}

/** A consumer of one transaction's records. What it throws ends the run and reaches the caller. */
export interface Tracer {
  readonly switches: TraceSwitches
  begin?(context: TraceContext): void
  /** Before an opcode. `step` is valid during this call only. */
  step?(step: Step): void
  enter?(call: CallStart): void
  exit?(call: CallEnd): void
  /** A log; what a frame that fails later has logged is told as well. */
  log?(log: Log, depth: number): void
  /** With the switch `state`, after the outermost exit: all accounts, then codes that the run had, then slots. */
  account?(account: TracedAccount): void
  code?(codeHash: Hex, code: Uint8Array): void
  slot?(slot: TracedSlot): void
  /** Not called for a transaction that is refused. */
  end?(end: TraceEnd): void
}
