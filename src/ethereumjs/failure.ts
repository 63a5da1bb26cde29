// The names that EthereumJS has for the ends of messages.

import { EVMError } from '@ethereumjs/evm'
import * as abi from '../abi.ts'

const MESSAGES = EVMError.errorMessages

type Sentence = (typeof MESSAGES)[keyof typeof MESSAGES]

/** By EVMC status. EthereumJS tells some apart that EVMC does not: which check of a precompiled contract failed, why memory cannot grow. */
const SENTENCES: Readonly<Record<number, Sentence>> = {
  [abi.REVERT]: MESSAGES.REVERT,
  [abi.OUT_OF_GAS]: MESSAGES.OUT_OF_GAS,
  [abi.INVALID_INSTRUCTION]: MESSAGES.INVALID_OPCODE,
  [abi.UNDEFINED_INSTRUCTION]: MESSAGES.INVALID_OPCODE,
  [abi.STACK_OVERFLOW]: MESSAGES.STACK_OVERFLOW,
  [abi.STACK_UNDERFLOW]: MESSAGES.STACK_UNDERFLOW,
  [abi.BAD_JUMP_DESTINATION]: MESSAGES.INVALID_JUMP,
  [abi.INVALID_MEMORY_ACCESS]: MESSAGES.OUT_OF_GAS,
  [abi.STATIC_MODE_VIOLATION]: MESSAGES.STATIC_STATE_CHANGE,
  [abi.CONTRACT_VALIDATION_FAILURE]: MESSAGES.INVALID_BYTECODE_RESULT,
  [abi.ARGUMENT_OUT_OF_RANGE]: MESSAGES.OUT_OF_RANGE,
  [abi.INSUFFICIENT_BALANCE]: MESSAGES.INSUFFICIENT_BALANCE,
}

/** The exception of an EVMC status; none for SUCCESS. */
export function exceptionOf(status: number): EVMError | undefined {
  return status === abi.SUCCESS ? undefined : new EVMError(SENTENCES[status] ?? MESSAGES.OUT_OF_GAS)
}
