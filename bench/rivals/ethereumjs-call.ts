// The rival of messages.ts: @ethereumjs/evm with its SimpleStateManager, the state manager that its documentation names for
// running messages. A fresh EVM and state for every run, made outside the time.

import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM, type EVM, type EVMResult } from '@ethereumjs/evm'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { Account, createAddressFromString } from '@ethereumjs/util'
import { demand, outputText } from '../cases/case.ts'
import type { MessageCase } from '../cases/messages.ts'
import type { Runner } from '../harness.ts'

/** The message on EthereumJS. */
export function ethereumJsCall({ caller, to, input, gasLimit, codes, gasUsed, output }: MessageCase): Runner {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka })
  const message = {
    caller: createAddressFromString(caller),
    to: createAddressFromString(to),
    data: input,
    gasLimit,
    value: 0n,
  }
  let evm: EVM
  let result: EVMResult
  return {
    async prepare() {
      const stateManager = new SimpleStateManager({ common })
      for (const [name, code] of codes) {
        const address = createAddressFromString(name)
        await stateManager.putAccount(address, new Account(1n))
        await stateManager.putCode(address, code)
      }
      evm = await createEVM({ common, stateManager })
    },
    async run() {
      result = await evm.runCall(message)
    },
    verify() {
      const { exceptionError, executionGasUsed, returnValue } = result.execResult
      demand('ethereumjs', 'error', undefined, exceptionError?.error)
      demand('ethereumjs', 'gas', gasUsed, executionGasUsed)
      demand('ethereumjs', 'output', output, outputText(returnValue))
    },
  }
}
