// Weft inside EthereumJS: createVM({ evm }) executes messages on the WASM core; everything around them stays as it was.
//   npx tsx examples/ethereumjs.ts

import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createTx } from '@ethereumjs/tx'
import { Account, bytesToHex, createAddressFromPrivateKey, createAddressFromString, hexToBytes } from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import { createWeftEVM } from 'weft-evm/ethereumjs'

const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
const stateManager = new MerkleStateManager({ common })
const evm = await createWeftEVM({ common, stateManager })
const vm = await createVM({ common, stateManager, evm })

// A contract that adds the first word of its calldata to slot 0, and returns the sum.
const key = new Uint8Array(32).fill(1)
const counter = createAddressFromString('0x00000000000000000000000000000000000c0de0')
await stateManager.putAccount(createAddressFromPrivateKey(key), new Account(0n, 10n ** 18n))
await stateManager.putCode(counter, hexToBytes('0x5f355f5401805f555f5260205ff3'))

for (const [nonce, amount] of [5, 37].entries()) {
  const data = new Uint8Array(32).fill(amount, 31)
  const tx = createTx({ nonce, to: counter, gasLimit: 100_000n, gasPrice: 7n, data }, { common }).sign(key)
  const { totalGasSpent, execResult } = await runTx(vm, { tx, skipHardForkValidation: true })
  console.log(`+ ${amount} = ${BigInt(bytesToHex(execResult.returnValue))}, ${totalGasSpent} gas`)
}
console.log('state root', bytesToHex(await stateManager.getStateRoot()))
