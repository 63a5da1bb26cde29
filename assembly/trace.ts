// Tracing (EIP-3155 and what tracers want beside it): records of steps, calls and logs in a buffer of bounded size. Their layout
// stands in abi.ts. When the buffer is full the run suspends with RUN_TRACE_FULL, the host fetches the records and lets it go on,
// so that memory does not depend on how long a run is. One record always fits: then the buffer grows beyond its limit.
//
//   buffer   │ { records, length } of weft_trace │ bit per opcode │ record │ record │ …
//
// Called by the interpreter's traced loop before and after each opcode, and once per message and log by everything else, behind
// a branch on `tracing`. A step record is written before its opcode and completed after it; until then it is `pending`.

import {
  ENTER_DEPTH,
  ENTER_FROM,
  ENTER_GAS,
  ENTER_INPUT,
  ENTER_INPUT_LENGTH,
  ENTER_OPCODE,
  ENTER_SELF,
  ENTER_TO,
  ENTER_TX,
  ENTER_VALUE,
  EXIT_DEPTH,
  EXIT_GAS_LEFT,
  EXIT_OUTPUT,
  EXIT_OUTPUT_LENGTH,
  EXIT_STATUS,
  LOG_SIZE,
  OPTION_TRACE,
  OPTION_TRACE_OPCODES,
  OPTION_TRACE_STACK_ITEMS,
  OPTION_TRACE_TX,
  OUT_OF_MEMORY,
  RECORD_KIND,
  RECORD_SIZE,
  REVERT,
  RUN_BAD_INPUT,
  RUN_DONE,
  STEP_DATA,
  STEP_DEPTH,
  STEP_ERROR,
  STEP_FLAGS,
  STEP_GAS,
  STEP_GAS_COST,
  STEP_HAS_SLOT,
  STEP_MEMORY,
  STEP_MEMORY_SIZE,
  STEP_OPCODE,
  STEP_PC,
  STEP_REFUND,
  STEP_RETURN_DATA,
  STEP_STACK_HEIGHT,
  STEP_STACK_ITEMS,
  SUCCESS,
  TRACE_CALL_DATA,
  TRACE_ENTER,
  TRACE_EXIT,
  TRACE_LENGTH,
  TRACE_LOG,
  TRACE_LOGS,
  TRACE_LOG_DEPTH,
  TRACE_LOG_RECORD,
  TRACE_MEMORY,
  TRACE_RECORDS,
  TRACE_RETURN_DATA,
  TRACE_STACK,
  TRACE_STEP,
  TRACE_STEPS,
  TRACE_STORAGE,
  TRACE_TX,
  TRACE_TX_GAS_LIMIT,
  TRACE_TX_GAS_REFUNDED,
  TRACE_TX_GAS_USED,
  TRACE_TX_INDEX,
  TRACE_TX_SIZE,
  TRACE_TX_STATUS,
} from './abi.ts'
import { Buffer, bufferAt, exhausted } from './arena.ts'
import { checks } from './env.ts'
import { Frame, MESSAGE_CREATE, current, frameCount, parent, returnData, returnLength } from './frame.ts'
import { storeAddressBytes } from './state/address.ts'
import { storeBigEndian } from './word/word.ts'

const SLOAD: u32 = 0x54
const SSTORE: u32 = 0x55
const CREATE: u32 = 0xf0
const CALL: u32 = 0xf1
const CALLCODE: u32 = 0xf2
const DELEGATECALL: u32 = 0xf4
const SELFDESTRUCT: u32 = 0xff

const MASK: u32 = 16
const FIRST: u32 = 64
/** Bytes of records from which on the run suspends. */
const LIMIT: u32 = FIRST + 262144

let buffer: Buffer = changetype<Buffer>(0)
let options: u32 = 0
let stackItems: u32 = 0
let selected: i32 = -1
let index: i32 = 0
let fetched: bool = false
/** Offset of the step record whose opcode is being executed; 0 = none. */
let pending: u32 = 0
/** Gas that the pending opcode passed on and got back at once. */
let returnedGas: i64 = 0
/** Frames whose beginning has been recorded. */
let announced: u32 = 0

/** TRACE_* flags of the transaction that is running; 0 = it is not traced. */
export let tracing: u32 = 0

// ---- options and buffer -----------------------------------------------------------------------------------------------------

/** Puts the defaults back. */
export function resetOptions(): void {
  buffer = bufferAt(27)
  options = 0
  stackItems = 0
  selected = -1
  tracing = 0
  if (!buffer.ensure(FIRST)) return
  memory.fill(buffer.ptr, 0, MASK)
  memory.fill(buffer.ptr + MASK, 0xff, 32)
  resetRecords()
}

/** Sets OPTION_*: RUN_DONE, RUN_BAD_INPUT or OUT_OF_MEMORY. */
export function setOption(option: i32, value: i32): i32 {
  if (exhausted) return OUT_OF_MEMORY
  const word = option - OPTION_TRACE_OPCODES
  if (option == OPTION_TRACE) options = value
  else if (option == OPTION_TRACE_STACK_ITEMS) stackItems = value
  else if (option == OPTION_TRACE_TX) selected = value
  else if (word >= 0 && word < 8) store<i32>(buffer.ptr + MASK + word * 4, value)
  else return RUN_BAD_INPUT
  return RUN_DONE
}

/** Forgets the records of an earlier run. */
export function resetRecords(): void {
  buffer.length = FIRST
  fetched = false
  pending = 0
}

/** Begins transaction `number` of the run; a message on its own has number 0, a system call -1. */
export function beginTrace(number: i32): void {
  tracing = number >= 0 && (selected < 0 || selected == number) ? options : 0
  index = number
  pending = 0
  returnedGas = 0
  announced = 0
}

/** The opcode that is all there is in this frame is none of the contract's. */
export function hideSteps(): void {
  tracing &= ~TRACE_STEPS
}

/** weft_trace(): the records so far. They are gone when the run goes on. */
export function fetchRecords(): usize {
  store<u32>(buffer.ptr, <u32>buffer.ptr + FIRST, TRACE_RECORDS)
  store<u32>(buffer.ptr, buffer.length - FIRST, TRACE_LENGTH)
  fetched = true
  return buffer.ptr
}

/** The host lets the run go on. */
export function resumeTrace(): void {
  if (fetched) resetRecords()
}

@inline
export function isTraceFull(): bool {
  return buffer.length >= LIMIT
}

/** A record of `size` bytes, not cleared; 0 when memory is exhausted. */
export function addRecord(kind: u32, size: u64): usize {
  const at = buffer.length
  if (!buffer.ensure(<u64>at + size)) return 0
  buffer.length = at + <u32>size
  const record = buffer.ptr + at
  store<u32>(record, kind, RECORD_KIND)
  store<u32>(record, <u32>size, RECORD_SIZE)
  return record
}

@inline
function padded(length: u32): u32 {
  return (length + 7) & ~7
}

// ---- steps ------------------------------------------------------------------------------------------------------------------

/** Writes the record of the opcode that comes next. */
export function openStep(frame: Frame, opcode: u32, pc: usize, sp: usize, gas: i64, refund: i64): void {
  const mask = <u32>load<u8>(buffer.ptr + MASK + (opcode >> 3))
  if (!((mask >> (opcode & 7)) & 1)) return
  const height = <u32>((sp - frame.bottom) >> 5)
  const items = tracing & TRACE_STACK ? (stackItems && stackItems < height ? stackItems : height) : 0
  const operands: u32 = opcode == SLOAD ? 1 : opcode == SSTORE ? 2 : 0
  const hasSlot = operands && tracing & TRACE_STORAGE && height >= operands
  const memoryBytes = tracing & TRACE_MEMORY ? frame.memorySize : 0
  const dataBytes = tracing & TRACE_RETURN_DATA ? returnLength() : 0
  const size = <u64>STEP_DATA + items * 32 + (hasSlot ? 64 : 0) + <u64>memoryBytes + padded(dataBytes)
  const offset = buffer.length
  const record = addRecord(TRACE_STEP, size)
  if (!record) return
  pending = offset
  store<u32>(record, <u32>(pc - frame.code), STEP_PC)
  store<u32>(record, opcode, STEP_OPCODE)
  store<i64>(record, gas, STEP_GAS)
  store<i64>(record, 0, STEP_GAS_COST)
  store<i64>(record, refund, STEP_REFUND)
  store<u32>(record, frame.depth, STEP_DEPTH)
  store<u32>(record, frame.memorySize, STEP_MEMORY_SIZE)
  store<u32>(record, height, STEP_STACK_HEIGHT)
  store<u32>(record, items, STEP_STACK_ITEMS)
  store<u32>(record, memoryBytes, STEP_MEMORY)
  store<u32>(record, dataBytes, STEP_RETURN_DATA)
  store<i32>(record, 0, STEP_ERROR)
  store<u32>(record, hasSlot ? STEP_HAS_SLOT : 0, STEP_FLAGS)
  let at = record + STEP_DATA
  for (let from = sp - (items << 5); from < sp; at += 32) storeBigEndian(at, (from += 32))
  if (hasSlot) {
    storeBigEndian(at, sp)
    if (opcode == SSTORE) storeBigEndian(at + 32, sp - 32)
    else memory.fill(at + 32, 0, 32)
    at += 64
  }
  memory.copy(at, frame.memory, memoryBytes)
  memory.copy(at + memoryBytes, returnData(), dataBytes)
}

/** The opcode is done and `gas` is left; what SLOAD loaded is on top of the stack. */
export function closeStep(sp: usize, gas: i64): void {
  if (!pending) return
  const record = buffer.ptr + pending
  store<i64>(record, load<i64>(record, STEP_GAS) - gas + returnedGas, STEP_GAS_COST)
  if (load<u32>(record, STEP_FLAGS) && load<u32>(record, STEP_OPCODE) == SLOAD) {
    storeBigEndian(record + STEP_DATA + load<u32>(record, STEP_STACK_ITEMS) * 32 + 32, sp)
  }
  pending = 0
  returnedGas = 0
}

/** The opcode waits for state and is executed again. */
export function dropStep(): void {
  if (!pending) return
  buffer.length = pending
  pending = 0
}

/** The opcode ends its frame with `status`. */
export function failStep(status: i32): void {
  if (!pending || status == SUCCESS || status == REVERT) return
  const record = buffer.ptr + pending
  const check = load<u64>(checks() + ((<usize>load<u32>(record, STEP_OPCODE)) << 3))
  store<i64>(record, <i64>(check & 0xffff), STEP_GAS_COST)
  store<i32>(record, status, STEP_ERROR)
  pending = 0
}

// ---- messages ---------------------------------------------------------------------------------------------------------------

/** Records the beginning of the running frame, unless that has been done. The caller's operands are still above its stack. */
export function traceFrame(frame: Frame): void {
  if (announced >= frameCount) return
  announced = frameCount
  let opcode: u32 = frame.kind == MESSAGE_CREATE ? CREATE : CALL
  let from = frame.caller
  let to = frame.address
  if (frame.depth) {
    const caller = parent()
    opcode = load<u8>(caller.pc - 1)
    from = caller.address
    // The child's stack begins where the operands lie: five of them above the address for CALLCODE, four for DELEGATECALL.
    if (opcode == CALLCODE) to = frame.stack + 160
    else if (opcode == DELEGATECALL) to = frame.stack + 128
  }
  // A creation's input is its initcode, which is code of the frame, unless that stands for something else (a collision).
  const isInitcode = frame.kind == MESSAGE_CREATE && !frame.inputLength
  const input = isInitcode ? frame.code : frame.input
  const length = isInitcode ? frame.codeLength : frame.inputLength
  const record = enter(opcode, frame.depth, frame.gas, input, length)
  if (!record) return
  storeAddressBytes(record + ENTER_FROM, from)
  storeAddressBytes(record + ENTER_TO, to)
  storeAddressBytes(record + ENTER_SELF, frame.address)
  storeBigEndian(record + ENTER_VALUE, frame.value)
}

function enter(opcode: u32, depth: u32, gas: i64, input: usize, length: u32): usize {
  if (depth && !(tracing & TRACE_CALL_DATA)) length = 0
  const record = addRecord(TRACE_ENTER, <u64>ENTER_INPUT + padded(length))
  if (!record) return 0
  memory.fill(record + ENTER_OPCODE, 0, ENTER_INPUT - ENTER_OPCODE)
  store<u32>(record, opcode, ENTER_OPCODE)
  store<u32>(record, depth, ENTER_DEPTH)
  store<i64>(record, gas, ENTER_GAS)
  store<u32>(record, index, ENTER_TX)
  store<u32>(record, length, ENTER_INPUT_LENGTH)
  memory.copy(record + ENTER_INPUT, input, length)
  return record
}

/** Records how the running frame ends: with `length` bytes of output at `output`, and `gas` left. */
export function traceExit(status: i32, gas: i64, output: usize, length: u32): void {
  announced = frameCount - 1
  exit(status, current.depth, gas, output, status == SUCCESS || status == REVERT ? length : 0)
}

function exit(status: i32, depth: u32, gas: i64, output: usize, length: u32): void {
  if (depth && !(tracing & TRACE_CALL_DATA)) length = 0
  const record = addRecord(TRACE_EXIT, <u64>EXIT_OUTPUT + padded(length))
  if (!record) return
  store<i32>(record, status, EXIT_STATUS)
  store<u32>(record, depth, EXIT_DEPTH)
  store<i64>(record, gas, EXIT_GAS_LEFT)
  store<u32>(record, length, EXIT_OUTPUT_LENGTH)
  memory.copy(record + EXIT_OUTPUT, output, length)
}

/**
 * Records a call or creation of the running frame that fails before it begins, and gives `left` of `gas` back. `to` is an
 * address, `value` 0 or a pointer.
 */
export function traceRefusal(
  opcode: u32,
  status: i32,
  to: usize,
  value: usize,
  gas: i64,
  left: i64,
  input: usize,
  length: u32,
): void {
  const frame = current
  returnedGas = left
  const record = enter(opcode, frame.depth + 1, gas, input, length)
  if (!record) return
  storeAddressBytes(record + ENTER_FROM, frame.address)
  storeAddressBytes(record + ENTER_TO, to)
  const ownStorage = opcode == CALLCODE || opcode == DELEGATECALL
  storeAddressBytes(record + ENTER_SELF, ownStorage ? frame.address : to)
  if (value) storeBigEndian(record + ENTER_VALUE, value)
  exit(status, frame.depth + 1, left, 0, 0)
}

/** Records SELFDESTRUCT of the running frame. */
export function traceSelfdestruct(heir: usize, amount: usize): void {
  const depth = current.depth + 1
  const record = enter(SELFDESTRUCT, depth, 0, 0, 0)
  if (!record) return
  storeAddressBytes(record + ENTER_FROM, current.address)
  storeAddressBytes(record + ENTER_TO, heir)
  storeAddressBytes(record + ENTER_SELF, current.address)
  storeBigEndian(record + ENTER_VALUE, amount)
  exit(SUCCESS, depth, 0, 0, 0)
}

/** Records a log that has just been written. */
export function traceLog(log: usize): void {
  if (!(tracing & TRACE_LOGS)) return
  const size = load<u32>(log, LOG_SIZE)
  const record = addRecord(TRACE_LOG, <u64>TRACE_LOG_RECORD + size)
  if (!record) return
  store<u64>(record, current.depth, TRACE_LOG_DEPTH)
  memory.copy(record + TRACE_LOG_RECORD, log, size)
}

/** Records the end of the transaction. */
export function traceTx(status: i32, gasLimit: u64, gasUsed: u64, gasRefunded: u64): void {
  const record = addRecord(TRACE_TX, TRACE_TX_SIZE)
  if (!record) return
  store<i32>(record, index, TRACE_TX_INDEX)
  store<i32>(record, status, TRACE_TX_STATUS)
  store<u64>(record, gasLimit, TRACE_TX_GAS_LIMIT)
  store<u64>(record, gasUsed, TRACE_TX_GAS_USED)
  store<u64>(record, gasRefunded, TRACE_TX_GAS_REFUNDED)
}
