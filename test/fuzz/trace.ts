// Traces of both engines as EIP-3155 lines, and the first place where two of them part. Compared is what goevmlab compares, and the
// refund counter: depth, pc, opcode, gas, stack. What EthereumJS tells otherwise is no difference: it has no step for the STOP beyond
// the end of code and none for an opcode that fails while its gas is worked out; it calls an undefined opcode INVALID, counts the refund
// of SSTORE before its step, and that of authorizations (EIP-7702) nowhere that a step could tell.

import { hex } from './words.ts'

/** A line of JSON without its line break: an opcode, or the end of a transaction. */
export type TraceLine = string

/** Lines kept of one run; a shrunk case has some dozen. */
const MOST_LINES = 200_000
const LINES_BEFORE = 3
const STOP = 0x00
const SSTORE = 0x55
const INVALID = 0xfe

/** Collects the lines of a run. */
export class Trace {
  readonly lines: TraceLine[] = []

  add(line: TraceLine): void {
    if (this.lines.length < MOST_LINES) this.lines.push(line)
  }
}

/** What EthereumJS tells before an opcode. */
export interface JsStep {
  pc: number
  opcode: { name: string; code: number; fee: number; dynamicFee?: bigint }
  gasLeft: bigint
  gasRefund: bigint
  depth: number
  stack: bigint[]
  memoryWordCount: bigint
}

/** A step of EthereumJS in the form of Weft's. */
export function jsLine({ pc, opcode, gasLeft, gasRefund, depth, stack, memoryWordCount }: JsStep): TraceLine {
  return JSON.stringify({
    ...{ pc, op: opcode.code, gas: hex(gasLeft), gasCost: hex(opcode.dynamicFee ?? BigInt(opcode.fee)) },
    ...{ stack: stack.map(item => hex(item)), depth: depth + 1, refund: Number(gasRefund) },
    ...{ memSize: Number(memoryWordCount) * 32, opName: opcode.name },
  })
}

/** The line that ends a transaction. */
export function endLine(
  index: number,
  { status, gasUsed, output }: { status: string; gasUsed: bigint; output: string },
): TraceLine {
  return JSON.stringify({ transaction: index, status, gasUsed: hex(gasUsed), output })
}

/** Where two traces part. */
export interface Parting {
  /** Up to three lines that both have, in Weft's words. */
  before: TraceLine[]
  /** The first line that differs; absent where a trace has ended. */
  ours?: TraceLine
  theirs?: TraceLine
}

/** The first line that differs, or undefined where all agree. */
export function partingOf(ours: readonly TraceLine[], theirs: readonly TraceLine[]): Parting | undefined {
  const [left, right] = [comparable(ours), comparable(theirs)]
  const before = (i: number): TraceLine[] => left.slice(Math.max(0, i - LINES_BEFORE), i).map(({ line }) => line)
  let at = 0
  for (const [i, { line, key, fails }] of left.entries()) {
    const other = right[at]
    if (key === other?.key) at++
    else if (!fails) return { before: before(i), ours: line, ...(other && { theirs: other.line }) }
  }
  const rest = right[at]
  return rest && { before: before(left.length), theirs: rest.line }
}

interface Comparable {
  line: TraceLine
  /** What of it two engines have in common. */
  key: string
  /** The opcode fails. */
  fails: boolean
}

function comparable(lines: readonly TraceLine[]): Comparable[] {
  const all: Comparable[] = []
  // What a transaction's authorizations refund is in the counter before the first opcode, and in EthereumJS beside it.
  let refundBefore: number | undefined
  for (const line of lines) {
    const { pc, op, gas, stack, depth, refund, error, ...end } = JSON.parse(line)
    if (pc === undefined) {
      refundBefore = undefined
      all.push({ line, key: JSON.stringify(end), fails: false })
      continue
    }
    refundBefore ??= refund as number
    if (op === STOP) continue
    const told = String(error).startsWith('invalid opcode') ? INVALID : op
    const counted = op === SSTORE ? 0 : refund - refundBefore
    all.push({ line, key: JSON.stringify([depth, pc, told, gas, stack, counted]), fails: error !== undefined })
  }
  return all
}
