// Errors of JSON-RPC, as clients read them.

import { WeftError } from '../errors.ts'
import type { Hex } from '../types.ts'

/** An error of JSON-RPC, as EIP-1193 has it. */
export class ProviderError extends WeftError {
  /** What a call that was reverted gave back. */
  readonly data: Hex | undefined
  /**
   * Number of JSON-RPC or EIP-1193: -32601 no such method, -32602 wrong parameters, 3 reverted, -32003 transaction refused, -32000 ended
   * otherwise or no such filter, 4900 closed, 4902 another chain, -32603 otherwise.
   */
  readonly rpcCode: number

  constructor(rpcCode: number, sentence: string, options: { data?: Hex; cause?: unknown } = {}) {
    super(sentence, { code: 'RPC', cause: options.cause })
    this.rpcCode = rpcCode
    this.data = options.data
    // What clients look at.
    Object.defineProperty(this, 'code', { value: rpcCode, enumerable: true })
  }
}
