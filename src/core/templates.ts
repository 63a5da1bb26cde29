// Template programs on their way between host and core: what the binder wants to know, and what it is given.

import * as abi from '../abi.ts'
import { type Reader, Writer } from '../abi.ts'
import type { Hex } from '../types.ts'

/** A code that transactions called with a selector that no program is known for. */
export interface WantedTemplate {
  codeHash: Hex
  /** The first four bytes of the input; ANY_SELECTOR (assembly/parallel/program.ts) where it is shorter. */
  selector: number
  code: Uint8Array
  /** Gas limits of the transactions that called it, added up. */
  gas: bigint
}

/** A program for a code and a selector. */
export interface GivenProgram {
  codeHash: Hex
  selector: number
  /** Empty: the code does not know the selector, and its program for ANY_SELECTOR counts; of a learned one: there is none any more. */
  program: Uint32Array
  /** SOURCE_STATIC or SOURCE_LEARNED (assembly/parallel/program.ts). */
  source: number
}

/** The { count, items } at `at` (WANTED_*). */
export function readWanted(reader: Reader, at: number): WantedTemplate[] {
  const items = reader.u32(at + 4)
  return Array.from({ length: reader.u32(at) }, (_, i) => {
    const item = items + i * abi.WANTED_SIZE
    return {
      codeHash: reader.hex(item + abi.WANTED_CODE_HASH, 32),
      selector: reader.u32(item + abi.WANTED_SELECTOR),
      code: reader.bytes(reader.u32(item + abi.WANTED_CODE), reader.u32(item + abi.WANTED_CODE_LENGTH)),
      gas: reader.u64(item + abi.WANTED_GAS),
    }
  })
}

/** The struct PROGRAM_* and the words after it. */
export function programBytes({ codeHash, selector, program, source }: GivenProgram): Uint8Array {
  const writer = new Writer(abi.PROGRAM_STRUCT_SIZE + program.byteLength)
  const at = writer.room(abi.PROGRAM_STRUCT_SIZE + program.byteLength)
  writer.hex(at + abi.PROGRAM_CODE_HASH, codeHash)
  writer.u32(at + abi.PROGRAM_SELECTOR, selector)
  writer.u32(at + abi.PROGRAM_SOURCE, source)
  writer.u32(at + abi.PROGRAM_WORDS, program.length)
  // Words are little-endian on every machine that WASM engines run on.
  writer.put(at + abi.PROGRAM_STRUCT_SIZE, new Uint8Array(program.buffer, program.byteOffset, program.byteLength))
  return writer.bytes
}
