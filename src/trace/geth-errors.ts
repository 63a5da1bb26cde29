// How go-ethereum words the end of a frame, for the formats that come from it (struct log, call tree) and for the `error` of
// EIP-3155 lines.
import * as abi from '../abi.ts'
import { haltReasonOf } from '../errors.ts'
import type { CallEnd } from './tracer.ts'

const WORDS: Readonly<Record<string, string>> = {
  OUT_OF_GAS: 'out of gas',
  INVALID_INSTRUCTION: 'invalid opcode: INVALID',
  UNDEFINED_INSTRUCTION: 'invalid opcode',
  STACK_OVERFLOW: 'stack limit reached 1024',
  STACK_UNDERFLOW: 'stack underflow',
  BAD_JUMP_DESTINATION: 'invalid jump destination',
  INVALID_MEMORY_ACCESS: 'return data out of bounds',
  CALL_DEPTH_EXCEEDED: 'max call depth exceeded',
  STATIC_MODE_VIOLATION: 'write protection',
  PRECOMPILE_FAILURE: 'precompile failed',
  CONTRACT_VALIDATION_FAILURE: 'invalid code: must not begin with 0xef',
  ARGUMENT_OUT_OF_RANGE: 'nonce uint64 overflow',
  INSUFFICIENT_BALANCE: 'insufficient balance for transfer',
  FAILURE: 'contract address collision',
}

/** The words for a status of an opcode that failed. */
export function stepError(status: number, opcode: number): string {
  if (status === abi.UNDEFINED_INSTRUCTION) return `invalid opcode: opcode 0x${opcode.toString(16)} not defined`
  return WORDS[haltReasonOf(status)] ?? haltReasonOf(status)
}

/** The words for the end of a message; undefined for success. */
export function callError({ status, haltReason }: Pick<CallEnd, 'status' | 'haltReason'>): string | undefined {
  if (status === 'success') return undefined
  return status === 'revert' ? 'execution reverted' : (WORDS[haltReason ?? ''] ?? haltReason)
}
