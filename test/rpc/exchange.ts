// Real contracts on a node: tokens, an exchange and a counter that accounts meet at.
import { readFileSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { ARTIFACTS_PATH, type Artifacts } from '../../bench/contracts/compile.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { encodeRlp } from '../../src/input/rlp.ts'
import type { Address, Hex } from '../../src/types.ts'
import type { Node } from './node.ts'

/** Compiled contracts by name. */
export const { contracts } = JSON.parse(readFileSync(ARTIFACTS_PATH, 'utf8')) as Artifacts
/** A word of 64 digits. */
export const word = (value: bigint | number | Hex): string => BigInt(value).toString(16).padStart(64, '0')
/** Call data of a function with words as its arguments. */
export const call = (contract: string, signature: string, ...words: (bigint | number | Hex)[]): Hex =>
  `${contracts[contract]!.selectors[signature]}${words.map(word).join('')}` as Hex

/** What was deployed, and the blocks that were mined. */
export interface Exchange {
  blocks: Hex[]
  tokens: readonly [Address, Address]
  router: Address
  counter: Address
}

/** Deploys tokens and an exchange, then mines blocks in which accounts trade, pay, deploy, and meet at one pair. */
export async function exchangeBlocks({ accounts, ask }: Node): Promise<Exchange> {
  const [maker] = accounts
  const nonces = new Map<Address, number>()
  const send = async (from: Address, to: Address | undefined, data: string, value = 0): Promise<Address> => {
    const nonce = nonces.get(from) ?? Number(await ask('eth_getTransactionCount', from, 'latest'))
    nonces.set(from, nonce + 1)
    const tx = { from, to, data, gas: '0x4c4b40', nonce: `0x${nonce.toString(16)}`, value: `0x${value.toString(16)}` }
    await ask('eth_sendTransaction', tx)
    return createdBy(from, nonce)
  }
  const deploy = (name: string, from: Address, ...words: (bigint | number | Hex)[]): Promise<Address> =>
    send(from, undefined, `${contracts[name]!.bytecode}${words.map(word).join('')}`)
  const mined: Hex[] = []
  const mine = async (): Promise<void> => {
    await ask('anvil_mine', '0x1')
    mined.push(await ask('eth_blockNumber'))
  }
  const name = [64, 128, 1, `0x${'41'.padEnd(64, '0')}`, 1, `0x${'41'.padEnd(64, '0')}`] as const
  const [a, b] = [await deploy('Token', maker!, ...name), await deploy('Token', maker!, ...name)]
  const factory = await deploy('ExchangeFactory', maker!)
  const router = await deploy('ExchangeRouter', maker!, factory)
  const counter = await deploy('Counter', maker!, 7)
  const wrapped = await deploy('WrappedEther', maker!)
  await mine()
  for (const account of accounts) {
    for (const token of [a, b]) {
      await send(maker!, token, call('Token', 'mint(address,uint256)', account, 10n ** 20n))
      await send(account, token, call('Token', 'approve(address,uint256)', router, 10n ** 30n))
    }
  }
  await mine()
  const add = [a, b, 10n ** 18n, 10n ** 18n, maker!, 10n ** 12n] as const
  await send(
    maker!,
    router,
    call('ExchangeRouter', 'addLiquidity(address,address,uint256,uint256,address,uint256)', ...add),
  )
  await mine()
  for (const [i, account] of accounts.entries()) {
    const path = i % 2 ? [a, b] : [b, a]
    const swap = [10n ** 15n, 0, 160, account, 10n ** 12n, 2, ...path]
    await send(
      account,
      router,
      call('ExchangeRouter', 'swapExactTokensForTokens(uint256,uint256,address[],address,uint256)', ...swap),
    )
    await send(account, counter, call('Counter', 'increment()'))
    await send(account, a, call('Token', 'transfer(address,uint256)', accounts[(i + 1) % 10]!, 5))
    await send(account, wrapped, call('WrappedEther', 'deposit()'), 1000)
    await send(account, wrapped, call('WrappedEther', 'withdraw(uint256)', 400))
    await send(account, `0x${'77'.repeat(20)}`, '0x', 1)
    if (i % 5 === 0) await deploy('Counter', account, i)
  }
  await send(maker!, counter, call('Counter', 'stamp()'))
  await mine()
  return { blocks: mined, tokens: [a, b], router, counter }
}

function createdBy(from: Address, nonce: number): Address {
  const bytes = nonce === 0 ? [] : [nonce]
  const encoded = encodeRlp([hexBytes(from)!, Uint8Array.from(bytes)])
  return `0x${hexOf(keccak_256(encoded)).slice(26)}`
}
