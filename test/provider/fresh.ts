// A provider for each test of a file, on one engine, and viem's clients of it. Imported for its hooks too.
import { createPublicClient, createWalletClient, custom } from 'viem'
import { foundry } from 'viem/chains'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type Address, createProvider, createWeft, type Provider, TEST_ACCOUNTS, type Weft } from '../../src/index.ts'
import { wasmBytes } from '../setup/weft.ts'

export const [ANN, BOB] = TEST_ACCOUNTS as [Address, Address]

export let weft: Weft
export let provider: Provider
beforeAll(async () => {
  weft = await createWeft({ wasm: wasmBytes('simd') })
})
afterAll(() => weft.close())
beforeEach(async () => {
  provider = await createProvider(weft)
})
afterEach(() => provider.close())

export const options = () => ({ chain: foundry, transport: custom(provider), pollingInterval: 10 }) as const
export const open = () => createPublicClient({ ...options(), cacheTime: 0 })
export const wallet = () => createWalletClient({ ...options(), account: ANN })
export const ask = (method: string, ...params: unknown[]): Promise<unknown> => provider.request({ method, params })
