// Between the core and tracers: sets the core's options from what the tracers of a run want, and hands them the records that the
// core gives out (TRACE_* of assembly/abi.ts). The use-cases make one per traced run.
import * as abi from '../abi.ts'
import { opcodeByName } from '../chain/opcodes.ts'
import type { Core } from '../core/core.ts'
import type { DriveHooks } from '../core/drive.ts'
import { describe, type HaltReason, haltReasonOf, InputError } from '../errors.ts'
import { hexOf } from '../input/hex.ts'
import type { ForkName, Hex, TxStatus } from '../types.ts'
import { Step } from './step.ts'
import type { CallType, TraceEnd, Tracer, TraceSwitches } from './tracer.ts'

const CALL_TYPES: ReadonlyMap<number, CallType> = new Map([
  [0xf0, 'CREATE'],
  [0xf1, 'CALL'],
  [0xf2, 'CALLCODE'],
  [0xf4, 'DELEGATECALL'],
  [0xf5, 'CREATE2'],
  [0xfa, 'STATICCALL'],
  [0xff, 'SELFDESTRUCT'],
])

/** The tracers of a run by index of their transaction. */
export type Tracers = readonly (Tracer | undefined)[]

/** A traced run. */
export class TraceSession {
  readonly #fork: ForkName
  readonly #tracers: Tracers
  readonly #step = new Step()
  /** Gas at the beginning of the messages that are open. */
  readonly #gas: bigint[] = []
  #tracer: Tracer | undefined
  #wantsSteps = false
  #filter: Uint32Array | undefined
  #bytes = new Uint8Array()
  #view = new DataView(this.#bytes.buffer)

  /** Sets the core's options; to be called after reset and before begin. */
  constructor(core: Core, fork: ForkName, tracers: Tracers) {
    this.#fork = fork
    this.#tracers = tracers
    const wanted = tracers.filter(tracer => tracer !== undefined)
    const only = wanted.length === 1 ? tracers.findIndex(tracer => tracer !== undefined) : -1
    const switches = wanted.map(tracer => tracer.switches)
    const flags = switches.reduce((all, each) => all | flagsOf(each), 0)
    core.setOption(abi.OPTION_TRACE, wanted.length > 0 ? flags | abi.TRACE_CALLS : 0)
    core.setOption(abi.OPTION_TRACE_TX, only)
    core.setOption(abi.OPTION_TRACE_STACK_ITEMS, stackItemsOf(switches))
    const masks = switches.filter(({ steps }) => steps).map(maskOf)
    for (let word = 0; word < 8; word++) {
      const bits = masks.reduce((all, mask) => all | (mask ? mask[word]! : 0xffffffff), 0)
      core.setOption(abi.OPTION_TRACE_OPCODES + word, bits)
    }
  }

  /** What the run is to be driven with. */
  get hooks(): DriveHooks {
    return { onTrace: records => this.#take(records) }
  }

  #take(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at < bytes.length; at += this.#u32(at + abi.RECORD_SIZE)) this.#record(at)
  }

  #record(at: number): void {
    const kind = this.#u32(at)
    if (kind === abi.TRACE_STEP) {
      if (this.#wantsSteps && this.#passes(this.#u32(at + abi.STEP_OPCODE))) {
        this.#tracer?.step?.(this.#step.seek(this.#bytes, this.#view, at))
      }
    } else if (kind === abi.TRACE_ENTER) this.#enter(at)
    else if (kind === abi.TRACE_EXIT) this.#exit(at)
    else if (kind === abi.TRACE_LOG) this.#log(at)
    else if (kind === abi.TRACE_ACCOUNT) this.#account(at)
    else if (kind === abi.TRACE_SLOT) this.#slot(at)
    else if (kind === abi.TRACE_CODE) this.#code(at)
    else if (kind === abi.TRACE_TX) this.#end(at)
  }

  #passes(opcode: number): boolean {
    return this.#filter === undefined || ((this.#filter[opcode >> 5]! >> (opcode & 31)) & 1) === 1
  }

  #enter(at: number): void {
    const depth = this.#u32(at + abi.ENTER_DEPTH)
    if (depth === 0) this.#begin(this.#u32(at + abi.ENTER_TX))
    const gas = this.#u64(at + abi.ENTER_GAS)
    this.#gas[depth] = gas
    const length = this.#u32(at + abi.ENTER_INPUT_LENGTH)
    this.#tracer?.enter?.({
      type: CALL_TYPES.get(this.#u32(at + abi.ENTER_OPCODE)) ?? 'CALL',
      depth,
      from: this.#hex(at + abi.ENTER_FROM, 20),
      to: this.#hex(at + abi.ENTER_TO, 20),
      self: this.#hex(at + abi.ENTER_SELF, 20),
      gas,
      value: this.#word(at + abi.ENTER_VALUE),
      input: this.#bytes.slice(at + abi.ENTER_INPUT, at + abi.ENTER_INPUT + length),
    })
  }

  #begin(index: number): void {
    this.#tracer = this.#tracers[index]
    this.#wantsSteps = this.#tracer?.switches.steps === true
    this.#filter = this.#tracer && maskOf(this.#tracer.switches)
    this.#tracer?.begin?.({ fork: this.#fork, index })
  }

  #exit(at: number): void {
    if (!this.#tracer?.exit) return
    const depth = this.#u32(at + abi.EXIT_DEPTH)
    const length = this.#u32(at + abi.EXIT_OUTPUT_LENGTH)
    this.#tracer.exit({
      depth,
      ...ending(this.#view.getInt32(at + abi.EXIT_STATUS, true)),
      gasUsed: this.#gas[depth]! - this.#u64(at + abi.EXIT_GAS_LEFT),
      output: this.#bytes.slice(at + abi.EXIT_OUTPUT, at + abi.EXIT_OUTPUT + length),
    })
  }

  #log(at: number): void {
    const log = at + abi.TRACE_LOG_RECORD
    const topics = Array.from({ length: this.#u32(log + abi.LOG_TOPIC_COUNT) }, (_, i) =>
      this.#hex(log + abi.LOG_TOPICS + 32 * i, 32),
    )
    const from = log + abi.LOG_TOPICS + 32 * topics.length
    const data = this.#bytes.slice(from, from + this.#u32(log + abi.LOG_DATA_LENGTH))
    const depth = this.#u32(at + abi.TRACE_LOG_DEPTH)
    this.#tracer?.log?.({ address: this.#hex(log + abi.LOG_ADDRESS, 20), topics, data }, depth)
  }

  #account(at: number): void {
    const flags = this.#u32(at + abi.TRACED_FLAGS)
    const before = {
      nonce: this.#u64(at + abi.TRACED_NONCE),
      balance: this.#word(at + abi.TRACED_BALANCE),
      codeHash: this.#hex(at + abi.TRACED_CODE_HASH, 32),
    }
    const after = {
      nonce: this.#u64(at + abi.TRACED_NONCE_AFTER),
      balance: this.#word(at + abi.TRACED_BALANCE_AFTER),
      codeHash: this.#hex(at + abi.TRACED_CODE_HASH_AFTER, 32),
    }
    this.#tracer?.account?.({
      address: this.#hex(at + abi.TRACED_ADDRESS, 20),
      before: flags & abi.TRACED_EXISTS ? before : undefined,
      after: flags & abi.TRACED_EXISTS_AFTER ? after : undefined,
    })
  }

  #slot(at: number): void {
    this.#tracer?.slot?.({
      address: this.#hex(at + abi.TRACED_SLOT_ADDRESS, 20),
      key: this.#word(at + abi.TRACED_SLOT_KEY),
      before: this.#word(at + abi.TRACED_SLOT_VALUE),
      after: this.#word(at + abi.TRACED_SLOT_VALUE_AFTER),
    })
  }

  #code(at: number): void {
    const from = at + abi.CODE_BYTES
    const code = this.#bytes.slice(from, from + this.#u32(at + abi.CODE_LENGTH))
    this.#tracer?.code?.(this.#hex(at + abi.CODE_HASH, 32), code)
  }

  #end(at: number): void {
    const end: TraceEnd = {
      ...ending(this.#view.getInt32(at + abi.TRACE_TX_STATUS, true)),
      gasLimit: this.#u64(at + abi.TRACE_TX_GAS_LIMIT),
      gasUsed: this.#u64(at + abi.TRACE_TX_GAS_USED),
      gasRefunded: this.#u64(at + abi.TRACE_TX_GAS_REFUNDED),
    }
    this.#tracer?.end?.(end)
    this.#tracer = undefined
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, true)
  }

  #u64(at: number): bigint {
    return this.#view.getBigUint64(at, true)
  }

  #word(at: number): bigint {
    const high = (this.#view.getBigUint64(at) << 64n) | this.#view.getBigUint64(at + 8)
    const low = (this.#view.getBigUint64(at + 16) << 64n) | this.#view.getBigUint64(at + 24)
    return (high << 128n) | low
  }

  #hex(at: number, length: number): Hex {
    return hexOf(this.#bytes.subarray(at, at + length))
  }
}

function ending(status: number): { status: TxStatus; haltReason?: HaltReason } {
  if (status === abi.SUCCESS) return { status: 'success' }
  return status === abi.REVERT ? { status: 'revert' } : { status: 'halt', haltReason: haltReasonOf(status) }
}

function flagsOf(switches: TraceSwitches): number {
  return (
    (switches.steps ? abi.TRACE_STEPS : 0) |
    (switches.stack ? abi.TRACE_STACK : 0) |
    (switches.memory ? abi.TRACE_MEMORY : 0) |
    (switches.returnData ? abi.TRACE_RETURN_DATA : 0) |
    (switches.storage ? abi.TRACE_STORAGE : 0) |
    (switches.callData ? abi.TRACE_CALL_DATA : 0) |
    (switches.logs ? abi.TRACE_LOGS : 0) |
    (switches.state ? abi.TRACE_STATE : 0)
  )
}

/** 0 = all, where one of the tracers wants all. */
function stackItemsOf(all: readonly TraceSwitches[]): number {
  const wanted = all.filter(({ stack }) => stack !== undefined && stack !== false)
  if (wanted.some(({ stack }) => stack === true)) return 0
  return Math.max(0, ...wanted.map(({ stack }) => Number(stack)))
}

/** A bit per opcode, or undefined where all are wanted. */
function maskOf({ opcodes }: TraceSwitches): Uint32Array | undefined {
  if (opcodes === undefined) return undefined
  const mask = new Uint32Array(8)
  for (const opcode of opcodes) {
    const byte = typeof opcode === 'string' ? opcodeByName(opcode) : opcode
    if (byte === undefined || !(byte >= 0 && byte < 256)) {
      throw new InputError({ field: 'opcodes', expected: 'names or bytes of opcodes', found: describe(opcode) })
    }
    mask[byte >> 5]! |= 1 << (byte & 31)
  }
  return mask
}
