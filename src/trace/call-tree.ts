// The tree of calls of go-ethereum's callTracer: every message with its gas, input, output and the messages it made.
import { hexOf } from '../input/hex.ts'
import type { Address, Hex, Log } from '../types.ts'
import { callError } from './geth-errors.ts'
import type { CallEnd, CallStart, CallType, TraceEnd, Tracer, TraceSwitches } from './tracer.ts'

/** The options of geth's callTracer. */
export interface CallTreeOptions {
  /** Inner calls are left out. */
  onlyTopCall?: boolean
  /** Logs stand with the call that made them, unless it failed. */
  withLog?: boolean
}

/** One message; quantities are minimal hex, as geth prints them. */
export interface CallFrame {
  from: Address
  gas: Hex
  gasUsed: Hex
  /** Absent for a creation that failed. */
  to?: Address
  input: Hex
  output?: Hex
  error?: string
  /** The text of Error(string), or of a panic. */
  revertReason?: string
  calls?: CallFrame[]
  logs?: { address: Address; topics: readonly Hex[]; data: Hex; position: Hex }[]
  value?: Hex
  type: CallType
}

/** Builds the tree of a transaction: `result` after its end. */
export class CallTreeTracer implements Tracer {
  readonly switches: TraceSwitches
  readonly #onlyTopCall: boolean
  readonly #open: CallFrame[] = []
  #result: CallFrame | undefined

  constructor({ onlyTopCall = false, withLog = false }: CallTreeOptions = {}) {
    this.#onlyTopCall = onlyTopCall
    this.switches = { callData: !onlyTopCall, logs: withLog }
  }

  /** The outermost call; undefined when the transaction was refused. */
  get result(): CallFrame | undefined {
    return this.#result
  }

  begin(): void {
    this.#open.length = 0
    this.#result = undefined
  }

  enter({ type, depth, from, to, gas, value, input }: CallStart): void {
    if (depth > 0 && this.#onlyTopCall) return
    const frame: CallFrame = {
      from,
      gas: hexNumber(gas),
      gasUsed: '0x0',
      to,
      input: hexOf(input),
      ...(type !== 'STATICCALL' && { value: hexNumber(value) }),
      type,
    }
    if (depth === 0) this.#result = frame
    else {
      const parent = this.#open[depth - 1]!
      parent.calls ??= []
      parent.calls.push(frame)
    }
    this.#open[depth] = frame
  }

  exit(end: CallEnd): void {
    if (end.depth > 0 && this.#onlyTopCall) return
    const frame = this.#open[end.depth]!
    const error = callError(end)
    frame.gasUsed = hexNumber(end.gasUsed)
    if (end.output.length > 0) frame.output = hexOf(end.output)
    if (error === undefined) return
    frame.error = error
    if (frame.type === 'CREATE' || frame.type === 'CREATE2') delete frame.to
    const reason = revertReason(end.output)
    if (reason !== undefined) frame.revertReason = reason
    dropLogs(frame)
  }

  log({ address, topics, data }: Log, depth: number): void {
    if (depth > 0 && this.#onlyTopCall) return
    const frame = this.#open[depth]!
    frame.logs ??= []
    // As geth: how many inner calls came before it.
    frame.logs.push({ address, topics, data: hexOf(data), position: hexNumber(BigInt(frame.calls?.length ?? 0)) })
  }

  end({ gasLimit, gasUsed }: TraceEnd): void {
    if (!this.#result) return
    this.#result.gas = hexNumber(gasLimit)
    this.#result.gasUsed = hexNumber(gasUsed)
  }
}

function hexNumber(value: bigint): Hex {
  return `0x${value.toString(16)}`
}

/** What a frame logged that fails, and those below it, never happened. */
function dropLogs(frame: CallFrame): void {
  delete frame.logs
  for (const inner of frame.calls ?? []) dropLogs(inner)
}

// ---- Solidity's revert data -------------------------------------------------------------------------------------------------

const ERROR = '0x08c379a0'
const PANIC = '0x4e487b71'
const PANICS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])

/** The text of Error(string) or Panic(uint256); undefined for anything else. */
export function revertReason(data: Uint8Array): string | undefined {
  const selector = hexOf(data.subarray(0, 4))
  if (selector === PANIC && data.length >= 36) {
    const code = word(data, 4)
    return PANICS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
  }
  if (selector !== ERROR || data.length < 68) return undefined
  const offset = word(data, 4)
  if (offset > BigInt(data.length)) return undefined
  const start = 4 + Number(offset)
  if (start + 32 > data.length) return undefined
  const length = word(data, start)
  if (length > BigInt(data.length - start - 32)) return undefined
  return new TextDecoder().decode(data.subarray(start + 32, start + 32 + Number(length)))
}

function word(data: Uint8Array, at: number): bigint {
  return BigInt(hexOf(data.subarray(at, at + 32)))
}
