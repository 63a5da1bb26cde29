// Blocks whose result is known by arithmetic: what a block pays is paid once, on every fork.
import { Common, Mainnet } from '@ethereumjs/common'
import { createLegacyTx } from '@ethereumjs/tx'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Address,
  createEnv,
  createWeft,
  EMPTY_CODE_HASH,
  type ForkName,
  InvalidBlockError,
  MemorySource,
  type Weft,
} from '../../src/index.ts'
import { wasmBytes } from '../setup/weft.ts'

const A: Address = `0x${'aa'.repeat(20)}`
const COINBASE: Address = `0x${'cc'.repeat(20)}`

describe('a block without transactions', () => {
  let weft: Weft

  beforeAll(async () => {
    weft = await createWeft({ wasm: wasmBytes('simd') })
  })

  const balances = async (fork: ForkName, amount?: bigint) => {
    const account = { nonce: 0n, balance: 1000n, codeHash: EMPTY_CODE_HASH }
    const source = new MemorySource({ complete: true, accounts: [[A, account]] })
    const withdrawals = amount === undefined ? [] : [{ index: 0n, validatorIndex: 0n, address: A, amount }]
    const env = createEnv(fork, { coinbase: COINBASE })
    const { diff } = await weft.replayBlock(
      { env, transactions: [], withdrawals, uncles: [], unpaidUncles: 0 },
      { source },
    )
    return diff.map(({ address, balance }) => [address, balance])
  }

  it.each(['shanghai', 'cancun'] as const)('pays a withdrawal once on %s', async fork => {
    expect(await balances(fork, 1n)).toEqual([[A, 1_000_001_000n]])
    expect(await balances(fork, 0n)).toEqual([])
  })

  it.each([
    ['frontier', 5n],
    ['byzantium', 3n],
    ['london', 2n],
  ] as const)('pays the reward once on %s', async (fork, ether) => {
    expect(await balances(fork)).toEqual([[COINBASE, ether * 10n ** 18n]])
  })

  it('changes nothing on Paris', async () => {
    expect(await balances('paris')).toEqual([])
  })
})

describe('a block with an invalid transaction', () => {
  const transaction = (nonce: number) => {
    const fields = { nonce, gasPrice: 1, gasLimit: 21000, to: A, value: 1 }
    return createLegacyTx(fields, { common: new Common({ chain: Mainnet }) }).sign(new Uint8Array(32).fill(1))
  }

  it.each([
    ['homestead', 0, 'INVALID_SIGNATURE'], // EIP-155 is not there yet
    ['byzantium', 0, 'NONCE_MISMATCH_TOO_HIGH'],
    ['cancun', 2, 'NONCE_MISMATCH_TOO_HIGH'],
  ] as const)('ends as invalid on %s, with transaction %i at fault', { timeout: 20_000 }, async (fork, index, code) => {
    const weft = await createWeft({ wasm: wasmBytes('simd') })
    const sender = transaction(0).getSenderAddress().toString() as Address
    const source = new MemorySource({
      accounts: [[sender, { nonce: 0n, balance: 10n ** 9n, codeHash: EMPTY_CODE_HASH }]],
    })
    const transactions = [0, 1, 2, 3].map(i => transaction(i >= index ? i + 7 : i).serialize())
    const block = { env: createEnv(fork), transactions, withdrawals: [], uncles: [], unpaidUncles: 0 }
    const refusal = await weft.replayBlock(block, { source }).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(InvalidBlockError)
    expect(refusal).toMatchObject({ code: expect.stringContaining(code), index })
  })
})
