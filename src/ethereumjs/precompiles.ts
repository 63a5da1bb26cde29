// Custom precompiles of EthereumJS as Weft takes them.

import {
  type AddPrecompile,
  type CustomPrecompile,
  EVMError,
  type EVMInterface,
  type ExecResult,
} from '@ethereumjs/evm'
import { InputError } from '../errors.ts'
import type { Address, Precompile, PrecompileResult } from '../types.ts'

/** The contracts of the option `customPrecompiles`; `evm` is what they are told of. Throws an InputError for one that only takes another away. */
export function ownPrecompiles(customs: readonly CustomPrecompile[], evm: () => EVMInterface): Precompile[] {
  return customs.map((custom, i) => {
    const { address, function: run } = custom as Partial<AddPrecompile> & CustomPrecompile
    if (run === undefined) {
      const expected = 'one with a function: Weft takes no contract of the fork away'
      throw new InputError({ field: `customPrecompiles[${i}]`, expected, found: `${address} without` })
    }
    return {
      address: address.toString().toLowerCase() as Address,
      run: async ({ input, gas }) => {
        const _EVM = evm()
        return resultOf(await run({ data: input, gasLimit: gas, common: _EVM.common, _EVM }))
      },
    }
  })
}

function resultOf({ executionGasUsed, returnValue, exceptionError }: ExecResult): PrecompileResult {
  if (exceptionError === undefined) return { gasUsed: executionGasUsed, output: returnValue }
  const isRevert = exceptionError.error === EVMError.errorMessages.REVERT
  return isRevert ? { status: 'revert', gasUsed: executionGasUsed, output: returnValue } : { status: 'halt' }
}
