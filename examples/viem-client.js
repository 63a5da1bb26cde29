// viem's clients on a chain of one's own: no node, no process, no network.

import { createPublicClient, createTestClient, createWalletClient, custom } from 'viem'
import { foundry } from 'viem/chains'
import { createProvider, createWeft, TEST_ACCOUNTS } from 'weft-evm'

const weft = await createWeft()
const options = { chain: foundry, transport: custom(await createProvider(weft)), pollingInterval: 10 }
const [reader, test] = [createPublicClient(options), createTestClient({ ...options, mode: 'anvil' })]
const wallet = createWalletClient({ ...options, account: TEST_ACCOUNTS[0] })
const to = '0x00000000000000000000000000000000000000b0'

const snapshot = await test.snapshot()
const hash = await wallet.sendTransaction({ to, value: 5n })
const { status, blockNumber } = await reader.waitForTransactionReceipt({ hash })
console.log(status, `in block ${blockNumber}`, await reader.getBalance({ address: to }))

await test.revert({ id: snapshot })
console.log('reverted', await reader.getBalance({ address: to }))
