// Makes messages.json, the messages that the benchmark has where there is no evm-bench: `npm run messages`. Contracts of
// bench/contracts and the micros beside this file; gas and output are what EthereumJS gives, so that Weft is held against another
// engine. test/unit/bench-messages.test.ts makes the codes again and compares. Same form as the files of evm-bench.

import { writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { Account, createAddressFromString } from '@ethereumjs/util'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { outputText } from '../cases/case.ts'
import { CALLER, CONTRACT, GAS, type MessageFile } from '../cases/messages.ts'
import artifacts from '../contracts/artifacts.json' with { type: 'json' }
import { CALLEE, microCodes } from './micros.ts'

/** Where the messages are committed. */
export const MESSAGES_PATH: string = fileURLToPath(new URL('messages.json', import.meta.url))

/** Contracts by the name of their case: the same five kinds of work as the classics of evm-bench. */
const CLASSICS = {
  'own.token-transfer': 'TokenTransferRun',
  'own.token-mint': 'TokenMintRun',
  'own.token-approve': 'TokenApproveRun',
  'own.spheres': 'Spheres',
  'own.hashes': 'HashRun',
} as const

/** What a message is before it has run. */
export type Draft = Omit<MessageFile, 'gasUsed' | 'output'>

/** All messages without their results. */
export function draftMessages(): Draft[] {
  const classics = Object.entries(CLASSICS).map(([name, contract]): Draft => {
    const { runtime, selectors } = artifacts.contracts[contract]
    return { name, code: runtime, calldata: selectors['run()'] }
  })
  const micros = microCodes().map(([name, code]): Draft => {
    const accounts = { [CALLEE]: { code: '0x00' } }
    const calldata = `0x${'123456789abcdef0'.repeat(4)}`
    return { name: `own.micro.${name}`, code: hexOf(code), calldata, ...(name.endsWith('call') && { accounts }) }
  })
  return [...classics, ...micros]
}

async function run(draft: Draft): Promise<MessageFile> {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka })
  const stateManager = new SimpleStateManager({ common })
  const codes = [[CONTRACT, draft.code], ...Object.entries(draft.accounts ?? {}).map(([at, { code }]) => [at, code])]
  for (const [name, code] of codes) {
    const address = createAddressFromString(name!)
    await stateManager.putAccount(address, new Account(1n))
    await stateManager.putCode(address, hexBytes(code!)!)
  }
  const evm = await createEVM({ common, stateManager })
  const { execResult } = await evm.runCall({
    caller: createAddressFromString(CALLER),
    to: createAddressFromString(CONTRACT),
    data: hexBytes(draft.calldata)!,
    gasLimit: GAS,
  })
  if (execResult.exceptionError) throw new Error(`${draft.name}: ${execResult.exceptionError.error}`)
  return { ...draft, gasUsed: Number(execResult.executionGasUsed), output: outputText(execResult.returnValue) }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const messages: MessageFile[] = []
  for (const draft of draftMessages()) {
    messages.push(await run(draft))
    const { name, gasUsed } = messages.at(-1)!
    console.log(`${name.padEnd(24)} ${gasUsed.toLocaleString('en-US')} gas`)
  }
  writeFileSync(MESSAGES_PATH, `${JSON.stringify(messages, null, 2)}\n`)
}
