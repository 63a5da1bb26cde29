// Signatures of the accounts whose keys everybody knows: those of viem and ethers with the same keys, also in what the accounts send.
import { BrowserProvider, verifyMessage } from 'ethers'
import { recoverTransactionAddress, verifyTypedData } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { type Address, createProvider, type Hex } from '../../src/index.ts'
import { ANN, ask, BOB, open, provider, wallet, weft } from './fresh.ts'

const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const LOGGER: Address = `0x${'10'.repeat(20)}`

describe('signatures', () => {
  const known = privateKeyToAccount(KEY)
  const typed = {
    domain: { name: 'Chat', chainId: 31_337 },
    types: {
      Note: [
        { name: 'text', type: 'string' },
        { name: 'next', type: 'Note[]' },
        { name: 'sums', type: 'uint8[]' },
      ],
    },
    primaryType: 'Note',
    message: { text: 'one', next: [{ text: 'two', next: [], sums: [1, 2] }], sums: [] },
  } as const

  it('are those of viem with the same key', async () => {
    expect(await wallet().signMessage({ message: 'hello' })).toBe(await known.signMessage({ message: 'hello' }))
    const signature = await wallet().signTypedData(typed as never)
    expect(signature).toBe(await known.signTypedData(typed as never))
    expect(await verifyTypedData({ ...(typed as object), address: ANN, signature } as never)).toBe(true)
    const fees = { gas: 21_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 5n }
    const transaction = { ...fees, type: 'eip1559', to: BOB, value: 1n, nonce: 0, chainId: 31_337 } as const
    expect(await wallet().signTransaction(transaction)).toBe(await known.signTransaction(transaction))
  })

  it('are those of all ten accounts, also of ethers', async () => {
    const browser = new BrowserProvider(provider, undefined, { cacheTimeout: -1 } as never)
    for (const signer of await browser.listAccounts()) {
      expect(verifyMessage('hello', await signer.signMessage('hello'))).toBe(signer.address)
      const data = { a: [{ name: 'b', type: 'bytes3[2]' }] }
      expect(await signer.signTypedData({ name: 'x' }, data, { b: ['0x010203', '0x000000'] })).toMatch(
        /^0x[0-9a-f]{130}$/,
      )
    }
    browser.destroy()
  })

  it('are in what their accounts send, and fill what was left out', async () => {
    const hash = await wallet().sendTransaction({ to: BOB, value: 3n })
    const raw = (await ask('eth_getRawTransactionByHash', hash)) as `0x02${string}`
    expect((await recoverTransactionAddress({ serializedTransaction: raw })).toLowerCase()).toBe(ANN)
    // And the chain of another takes it.
    const other = await createProvider(weft)
    expect(await other.request({ method: 'eth_sendRawTransaction', params: [raw] })).toBe(hash)
    const { tx } = (await ask('eth_fillTransaction', { from: ANN, to: BOB })) as { tx: Record<string, unknown> }
    expect(tx).toMatchObject({ nonce: '0x1', gas: '0x5208', maxPriorityFeePerGas: '0x3b9aca00', blockHash: null })
    const receipt = await ask('eth_sendRawTransactionSync', await ask('eth_signTransaction', { from: ANN, to: BOB }))
    expect(receipt).toMatchObject({ blockNumber: '0x2', status: '0x1', from: ANN })
    const found = await ask('eth_getTransactionBySenderAndNonce', ANN, '0x1')
    expect(found).toMatchObject({ hash: (receipt as { transactionHash: Hex }).transactionHash })
  })

  it('delegate accounts (EIP-7702)', async () => {
    const owner = privateKeyToAccount(`0x${'11'.repeat(32)}`)
    const authorization = await owner.signAuthorization({ chainId: 31_337, address: LOGGER, nonce: 0 })
    const hash = await wallet().sendTransaction({ authorizationList: [authorization], to: BOB })
    expect(await open().getTransactionReceipt({ hash })).toMatchObject({ status: 'success', type: 'eip7702' })
    expect(await open().getDelegation({ address: owner.address })).toBe(LOGGER)
  })

  it.each<[string, object, RegExp]>([
    ['a number that does not fit', { message: { ...typed.message, sums: [256] } }, /message\.sums\[0\]/],
    ['another type', { message: { ...typed.message, text: 5 } }, /message\.text/],
    ['a type that is not there', { primaryType: 'Letter' }, /Letter/],
    ['a word that is none', { types: { Note: [{ name: 'text', type: 'texts' }] } }, /a type of Solidity/],
  ])('are refused for %s', async (_, wrong, message) => {
    const refused = ask('eth_signTypedData_v4', ANN, { ...typed, ...wrong })
    await expect(refused).rejects.toMatchObject({ code: -32602, message: expect.stringMatching(message) })
  })
})
