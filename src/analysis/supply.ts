import { DO_OPEN, NODE_UNKNOWN, PROGRAM_HEADER, PROGRAM_MAGIC } from '../../assembly/parallel/program.ts'

/** A program that says nothing: for code whose analysis failed or came to too much, so that it is not wanted again. */
export const EMPTY_PROGRAM: Uint32Array<ArrayBuffer> = Uint32Array.of(
  PROGRAM_MAGIC,
  14,
  1,
  1,
  0,
  PROGRAM_HEADER,
  12,
  0,
  NODE_UNKNOWN,
  0,
  0,
  0,
  13,
  DO_OPEN,
)
