// What a block taught (LESSON_* of the ABI) becomes learned programs: the bytes that the core wrote are read here, in the analysis
// thread, and what the learner makes of them goes back where it is new.

import { ANY_SELECTOR, MODE_WRITE } from '../../assembly/parallel/program.ts'
import * as abi from '../abi.ts'
import { Reader } from '../abi.ts'
import type { Hex } from '../types.ts'
import { explain, Learner, type Observed, type ObservedAccess } from './learn.ts'

/** A learned program. Empty: what was learned no longer holds. */
export interface LearnedProgram {
  codeHash: Hex
  /** ANY_SELECTOR (assembly/parallel/program.ts) where calldata has less than four bytes. */
  selector: number
  program: Uint32Array
}

/** A call of a lesson, with the hash of the code that ran. */
type Lesson = Observed & { codeHash: Hex }

/** Templates of which it is remembered what was told; beyond it the oldest is told again. */
const MAX_TOLD = 2048

/** Learns from one block after the other. */
export class Pupil {
  readonly #learner = new Learner()
  /** The programs that were told last, by code hash and selector. */
  readonly #told = new Map<string, Uint32Array>()

  /** Takes a lesson (LESSON_*); the programs that it changed. Throws where the bytes are no lesson. */
  learn(lesson: Uint8Array): LearnedProgram[] {
    const met = new Map<string, { codeHash: Hex; selector: number }>()
    for (const call of readLesson(lesson)) {
      this.#learner.learn(explain(call))
      const selector = selectorOf(call.data)
      met.set(`${call.codeHash}:${selector}`, { codeHash: call.codeHash, selector })
    }
    return [...met].flatMap(([name, template]) => this.#renewed(name, template))
  }

  #renewed(name: string, template: { codeHash: Hex; selector: number }): LearnedProgram[] {
    const program = this.#learner.program(template.codeHash, template.selector) ?? new Uint32Array()
    if (isSame(program, this.#told.get(name) ?? new Uint32Array())) return []
    this.#told.delete(name)
    if (program.length > 0) this.#told.set(name, program)
    const [oldest] = this.#told.keys()
    if (this.#told.size > MAX_TOLD) this.#told.delete(oldest!)
    return [{ ...template, program }]
  }
}

function selectorOf(data: Uint8Array): number {
  return data.length < 4 ? ANY_SELECTOR : new DataView(data.buffer, data.byteOffset).getUint32(0)
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a === b || (a.length === b.length && a.every((word, i) => word === b[i]))
}

/** The calls of a lesson. Throws where the bytes are no lesson. */
export function readLesson(bytes: Uint8Array): Lesson[] {
  const reader = new Reader(bytes)
  const preimages = readHashes(reader)
  let at = abi.LESSON_HEADER
  return Array.from({ length: reader.u32(abi.LESSON_CALLS) }, () => {
    const call = at
    const count = reader.u32(call + abi.LESSON_ACCESS_COUNT)
    const length = reader.u32(call + abi.LESSON_DATA_LENGTH)
    const accesses = call + abi.LESSON_CALL_SIZE
    const data = accesses + count * abi.LESSON_ACCESS_SIZE
    at = data + ((length + 7) & ~7)
    return {
      codeHash: reader.hex(call + abi.LESSON_CODE_HASH, 32),
      sender: addressAt(reader, call + abi.LESSON_SENDER),
      to: addressAt(reader, call + abi.LESSON_TO),
      data: reader.bytes(data, length),
      accesses: Array.from({ length: count }, (_, i) => readAccess(reader, accesses + i * abi.LESSON_ACCESS_SIZE)),
      preimages,
    }
  })
}

function readHashes(reader: Reader): Map<bigint, Uint8Array> {
  const first = reader.u32(abi.LESSON_HASHES)
  const preimages = new Map<bigint, Uint8Array>()
  for (let i = 0; i < reader.u32(abi.LESSON_HASH_COUNT); i++) {
    const at = first + i * abi.LESSON_HASH_SIZE
    const length = reader.u32(at + abi.LESSON_PREIMAGE_LENGTH)
    if (length > 0) preimages.set(reader.word(at + abi.LESSON_DIGEST), reader.bytes(at + abi.LESSON_PREIMAGE, length))
  }
  return preimages
}

function readAccess(reader: Reader, at: number): ObservedAccess {
  return {
    address: addressAt(reader, at + abi.LESSON_ADDRESS),
    key: reader.word(at + abi.LESSON_KEY),
    isStored: (reader.u32(at + abi.LESSON_MODE) & MODE_WRITE) !== 0,
    value: reader.word(at + abi.LESSON_VALUE),
  }
}

function addressAt(reader: Reader, at: number): bigint {
  return BigInt(reader.hex(at, 20))
}
