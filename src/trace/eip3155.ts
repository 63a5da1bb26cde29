// EIP-3155: one JSON object per opcode and line, in the shape of revme (see also goevmlab), then a summary of the outermost frame.
// Values are those before the opcode; `pass`, the state root and the fork are for whoever runs a test to add.
import { opcodeName } from '../chain/opcodes.ts'
import { hexOf } from '../input/hex.ts'
import type { ForkName } from '../types.ts'
import { callError, stepError } from './geth-errors.ts'
import type { Step } from './step.ts'
import type { CallEnd, TraceContext, Tracer, TraceSwitches } from './tracer.ts'

/** What the lines hold. */
export interface Eip3155Options {
  /** Default: the whole stack. A number: so many items from the top. False: `stack` is empty. */
  stack?: boolean | number
  /** Adds `memory`. */
  memory?: boolean
  /** Adds `returnData`. */
  returnData?: boolean
  /** Adds `storage` to SLOAD and SSTORE: the slot read or written. */
  storage?: boolean
  /** Only these opcodes, by byte or name. */
  opcodes?: readonly (number | string)[]
}

/** Writes every line, without its line break, to `write`. */
export class Eip3155Tracer implements Tracer {
  readonly switches: TraceSwitches
  readonly #write: (line: string) => void
  readonly #names: string[] = []

  constructor(write: (line: string) => void, options: Eip3155Options = {}) {
    this.#write = write
    this.switches = { stack: true, ...options, steps: true }
  }

  begin({ fork }: TraceContext): void {
    for (let opcode = 0; opcode < 256; opcode++) this.#names[opcode] = opcodeName(opcode, fork as ForkName)
  }

  step(step: Step): void {
    this.#write(this.#line(step))
  }

  exit(end: CallEnd): void {
    if (end.depth > 0) return
    const error = callError(end)
    const summary = { output: hexOf(end.output), gasUsed: `0x${end.gasUsed.toString(16)}` }
    this.#write(JSON.stringify(error === undefined ? summary : { ...summary, error }))
  }

  // By hand: JSON.stringify of an object takes three times as long, and no value here needs escaping.
  #line(step: Step): string {
    const { opcode, error } = step
    const head = `{"pc":${step.pc},"op":${opcode},"gas":"0x${step.gas.toString(16)}","gasCost":"0x${step.gasCost.toString(16)}"`
    const data = this.switches.returnData ? `,"returnData":"${hexOf(step.returnData)}"` : ''
    const state = `${data},"refund":${step.refund},"memSize":${step.memorySize},"opName":"${this.#names[opcode]}"`
    return `${head},"stack":[${stackOf(step)}],"depth":${step.depth + 1}${state}${this.#optional(step, opcode, error)}}`
  }

  #optional(step: Step, opcode: number, error: number): string {
    let text = error ? `,"error":"${stepError(error, opcode)}"` : ''
    if (this.switches.memory) text += `,"memory":"${hexOf(step.memory)}"`
    const slot = step.slotHex
    return slot ? `${text},"storage":{"${slot.key}":"${slot.value}"}` : text
  }
}

function stackOf(step: Step): string {
  const count = step.stackItems
  let text = ''
  for (let i = 0; i < count; i++) text += `${i ? ',' : ''}"${step.stackItemHex(i)}"`
  return text
}
