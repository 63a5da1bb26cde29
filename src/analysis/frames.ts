// Where a run on guesses guessed: the messages that were open then. Their way from there on is not known, so it is theirs that is foreseen.

import { hexOf } from '../input/hex.ts'
import type { Step } from '../trace/step.ts'
import type { CallEnd, CallStart, Tracer, TraceSwitches } from '../trace/tracer.ts'
import type { Address, StateKey } from '../types.ts'

/** A message as it ran. */
export interface Frame {
  /** Whose code runs. */
  code: Address
  /** Whose storage is used. */
  self: Address
  /** What CALLER gives. */
  sender: Address
  /** What ORIGIN gives. */
  origin: Address
  value: bigint
  input: Uint8Array
  /** 0: a transaction's own. */
  depth: number
}

/** Messages that are remembered of one run. */
const MAX_FRAMES = 4096
/** Steps after which the clock is looked at. */
const STEPS_A_LOOK = 1024
const SLOAD = 0x54
const SSTORE = 0x55

/** What a FrameTracer goes by. */
export interface FrameWatch {
  /** The answer is at hand. */
  has: (key: StateKey) => boolean
  /** A message failed in which these were asked for, and were not at hand. */
  failed: (guessed: readonly StateKey[]) => void
  /** The run is to end, by an error: a loop over what was guessed may take as long as there is gas. */
  isLate: () => boolean
}

/** Notes the messages of any number of transactions in which something was asked for that is not at hand. */
export class FrameTracer implements Tracer {
  readonly switches: TraceSwitches = {
    callData: true,
    steps: true,
    stack: 1,
    opcodes: ['SLOAD', 'SSTORE', 'BALANCE', 'EXTCODESIZE', 'EXTCODEHASH'],
  }
  readonly #open: Frame[] = []
  readonly #found = new Map<string, Frame>()
  /** What was asked for in this transaction that is not at hand. */
  #guessed: StateKey[] = []
  /** How many those were when each open message began. */
  readonly #before: number[] = []
  readonly #watch: FrameWatch
  #steps = 0

  constructor(watch: FrameWatch) {
    this.#watch = watch
  }

  /** The messages, those that were open first first; equal ones once. Creations are not among them. */
  get frames(): Iterable<Frame> {
    return this.#found.values()
  }

  begin(): void {
    this.#guessed = []
  }

  enter({ type, depth, from, to, self, value, input }: CallStart): void {
    const above = this.#open[depth - 1]
    const sender = type === 'DELEGATECALL' && above ? above.sender : from
    this.#open.length = depth
    this.#open.push({ code: to, self, sender, origin: above?.origin ?? from, value, input, depth })
    this.#before[depth] = this.#guessed.length
    this.#look({ kind: 'account', address: to }, depth)
  }

  exit({ depth, status }: CallEnd): void {
    if (status !== 'success') this.#watch.failed(this.#guessed.slice(this.#before[depth]))
  }

  step(step: Step): void {
    if (++this.#steps % STEPS_A_LOOK === 0 && this.#watch.isLate()) throw new Error('the run on guesses took too long')
    const item = step.stackItem(step.stackItems - 1)
    const isSlot = step.opcode === SLOAD || step.opcode === SSTORE
    const { depth } = step
    if (isSlot) this.#look({ kind: 'storage', address: this.#open[depth]!.self, key: item }, depth)
    else this.#look({ kind: 'account', address: `0x${item.toString(16).padStart(64, '0').slice(24)}` }, depth)
  }

  #look(key: StateKey, depth: number): void {
    if (this.#watch.has(key)) return
    this.#guessed.push(key)
    for (let i = 0; i <= depth && this.#found.size < MAX_FRAMES; i++) {
      const frame = this.#open[i]!
      this.#found.set(`${frame.code}${frame.self}${frame.sender}${frame.value}${hexOf(frame.input)}`, frame)
    }
  }
}
