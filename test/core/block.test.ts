// Blocks whose result is known by arithmetic: what a block pays is paid once, on every fork.
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Address,
  createEnv,
  createWeft,
  EMPTY_CODE_HASH,
  type ForkName,
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
