// What analyses codes and learns from blocks, wherever it runs: in the analysis thread, or in idle turns of the host's own. It starts no
// threads itself, so that bundlers find no worker that needs itself.

import {
  ANY_SELECTOR,
  DO_OPEN,
  MAX_BLOCKS,
  MAX_NODES,
  MAX_PROGRAM_WORDS,
  NODE_UNKNOWN,
  PROGRAM_HEADER,
  PROGRAM_MAGIC,
} from '../../assembly/parallel/program.ts'
import type { Hex } from '../types.ts'
import type { Bounds } from './abstract.ts'
import { type LearnedProgram, Pupil } from './lesson.ts'
import { CodeTemplates } from './template.ts'

/** A program that says nothing. */
export const EMPTY_PROGRAM: Uint32Array<ArrayBuffer> = Uint32Array.from([
  ...[PROGRAM_MAGIC, 14, 1, 1, 0, PROGRAM_HEADER, 12, 0],
  ...[NODE_UNKNOWN, 0, 0, 0],
  ...[13, DO_OPEN],
])

/** A code and a selector to be analysed. */
export interface AnalysisJob {
  codeHash: Hex
  selector: number
  code: Uint8Array
}

/** What came of it. `isAny`: the code does not know the selector, and this is its program for all such. */
export interface AnalysisAnswer {
  codeHash: Hex
  selector: number
  program: Uint32Array
  isAny: boolean
}

/** What the thread is asked for: a template, or to learn from a block (LESSON_*). */
export type Job = AnalysisJob | Uint8Array

/** What it answers. */
export type Answer = AnalysisAnswer | LearnedProgram[]

/** Codes whose bytecode an analyst remembers. */
const MAX_CODES = 64

/** Analyses codes, and remembers the last ones; learns from blocks. */
export class Analyst {
  readonly #codes = new Map<Hex, CodeTemplates>()
  readonly #pupil = new Pupil()
  readonly #bounds: Bounds | undefined

  constructor(bounds?: Bounds) {
    this.#bounds = bounds
  }

  /** Does what it is asked for. Throws where a lesson is none. */
  work(job: Job): Answer {
    return job instanceof Uint8Array ? this.#pupil.learn(job) : this.analyse(job)
  }

  /** Never throws: where the analysis fails, or comes to more than the core takes, the program says nothing. */
  analyse({ codeHash, selector, code }: AnalysisJob): AnalysisAnswer {
    try {
      const templates = this.#templates(codeHash, code)
      const isAny = selector !== ANY_SELECTOR && !templates.bytecode.mentions(selector)
      const { program } = templates.template(selector)
      return { codeHash, selector, program: isTooLarge(program) ? EMPTY_PROGRAM : program, isAny }
    } catch {
      return { codeHash, selector, program: EMPTY_PROGRAM, isAny: false }
    }
  }

  #templates(codeHash: Hex, code: Uint8Array): CodeTemplates {
    const known = this.#codes.get(codeHash) ?? new CodeTemplates(code, this.#bounds)
    this.#codes.delete(codeHash)
    this.#codes.set(codeHash, known)
    const [oldest] = this.#codes.keys()
    if (this.#codes.size > MAX_CODES) this.#codes.delete(oldest!)
    return known
  }
}

function isTooLarge(program: Uint32Array): boolean {
  return program.length > MAX_PROGRAM_WORDS || program[2]! > MAX_NODES || program[3]! > MAX_BLOCKS
}
