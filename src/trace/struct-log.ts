// The struct log of go-ethereum's debug_traceTransaction: { structLogs, gas, failed, returnValue }, written piece by piece, so that
// a transaction of ten million steps needs no more memory than one of ten.
import { opcodeName } from '../chain/opcodes.ts'
import { hexOf } from '../input/hex.ts'
import type { Address, ForkName } from '../types.ts'
import { stepError } from './geth-errors.ts'
import type { Step } from './step.ts'
import type { CallEnd, CallStart, TraceContext, TraceEnd, Tracer, TraceSwitches } from './tracer.ts'

/** What the entries hold; the names and defaults of geth, turned to say what is on. */
export interface StructLogOptions {
  /** Default: true. */
  stack?: boolean | number
  /** Default: false. */
  memory?: boolean
  /** Default: true. The slots that the contract has read or written so far, at SLOAD and SSTORE. */
  storage?: boolean
  /** Default: false. */
  returnData?: boolean
  /** Only these opcodes, by byte or name. */
  opcodes?: readonly (number | string)[]
}

/** Writes one JSON object per transaction in pieces. */
export class StructLogTracer implements Tracer {
  readonly switches: TraceSwitches
  readonly #write: (piece: string) => void
  readonly #selves: Address[] = []
  /** Per contract: slot → its text in the object. */
  readonly #storage = new Map<Address, Map<string, string>>()
  #fork: ForkName | undefined
  #isFirst = true
  #output: Uint8Array = new Uint8Array()

  constructor(write: (piece: string) => void, options: StructLogOptions = {}) {
    this.#write = write
    this.switches = { stack: true, storage: true, ...options, steps: true }
  }

  begin({ fork }: TraceContext): void {
    this.#fork = fork
    this.#isFirst = true
    this.#storage.clear()
    this.#write('{"structLogs":[')
  }

  enter({ depth, self }: CallStart): void {
    this.#selves[depth] = self
  }

  step(step: Step): void {
    const { opcode, error, refund } = step
    const text = [
      `{"pc":${step.pc},"op":"${opcodeName(opcode, this.#fork)}","gas":${step.gas},"gasCost":${step.gasCost}`,
      `"depth":${step.depth + 1}`,
      ...(error ? [`"error":"${stepError(error, opcode)}"`] : []),
      ...(this.switches.stack ? [`"stack":[${stackOf(step)}]`] : []),
      ...(this.switches.returnData && step.returnData.length > 0 ? [`"returnData":"${hexOf(step.returnData)}"`] : []),
      ...(this.switches.memory ? [`"memory":[${wordsOf(step.memory)}]`] : []),
      ...this.#storageOf(step),
      ...(refund ? [`"refund":${refund}`] : []),
    ]
    this.#write(`${this.#isFirst ? '' : ','}${text.join(',')}}`)
    this.#isFirst = false
  }

  exit(end: CallEnd): void {
    if (end.depth === 0) this.#output = end.output
  }

  end({ gasUsed, status }: TraceEnd): void {
    const returnValue = hexOf(this.#output)
    this.#write(`],"gas":${gasUsed},"failed":${status !== 'success'},"returnValue":"${returnValue}"}`)
  }

  #storageOf(step: Step): string[] {
    const slot = step.slotHex
    if (!slot) return []
    const self = this.#selves[step.depth]!
    const known = this.#storage.get(self) ?? new Map<string, string>()
    this.#storage.set(self, known)
    known.set(slot.key, `"${slot.key.slice(2)}":"${slot.value.slice(2)}"`)
    return [`"storage":{${[...known.values()].join(',')}}`]
  }
}

function stackOf(step: Step): string {
  return Array.from({ length: step.stackItems }, (_, i) => `"${step.stackItemHex(i)}"`).join(',')
}

function wordsOf(memory: Uint8Array): string {
  const words: string[] = []
  for (let at = 0; at < memory.length; at += 32) words.push(`"${hexOf(memory.subarray(at, at + 32)).slice(2)}"`)
  return words.join(',')
}
