// The blocks of bench/blocks/recipes.ts: every transaction succeeds, on Weft as on EthereumJS, and they meet as the
// recipe says. The exchange, whose state is written by hand, is held against what its contracts do themselves.
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { calldata, initcode } from '../../bench/blocks/calldata.ts'
import { Exchange } from '../../bench/blocks/exchange.ts'
import type { Hex } from '../../bench/blocks/format.ts'
import { keccak } from '../../bench/blocks/random.ts'
import { codeHashOf, signRaw } from '../../bench/blocks/raw.ts'
import { Troupe } from '../../bench/blocks/recipe-parts.ts'
import { RECIPE_NAMES, RECIPES, recipeBlock, recipeFile } from '../../bench/blocks/recipes.ts'
import { ManySignatures, ManyWallets } from '../../bench/blocks/signers.ts'
import { checkOutcome } from '../../src/chain/checks.ts'
import { createWeft, InvalidBlockError, MemorySource } from '../../src/index.ts'
import { readBlockFile } from '../../src/input/block-file.ts'
import type { AccountDiff, Block, BlockOutcome, PlainState } from '../../src/types.ts'
import { wasmBytes } from '../setup/weft.ts'

const SIZE = 60

let weft: Awaited<ReturnType<typeof createWeft>>
beforeAll(async () => {
  weft = await createWeft({ wasm: wasmBytes('simd') })
})

const replay = (block: Block, state: PlainState): Promise<BlockOutcome> =>
  weft.replayBlock(block, { source: new MemorySource(state) })

describe.each(RECIPE_NAMES)('recipe %s', name => {
  it('gives on Weft what EthereumJS says, and every transaction succeeds', async () => {
    const { file, labels } = await recipeFile(name, SIZE)
    const read = readBlockFile(file, { file: name })
    const outcome = await replay(read.block, read.state)
    const checks = checkOutcome(read.block, read.expected, outcome)
    expect(Object.entries(checks).filter(([, check]) => check !== true)).toEqual([])
    expect(outcome.receipts.map(({ status }) => status)).toEqual(Array(SIZE).fill('success'))
    expect(labels.length).toBe(SIZE)

    const fast = recipeBlock(name, SIZE)
    const again = await replay(fast.block, fast.state)
    expect(fast.block.transactions.map(bytesToHex)).toEqual(read.block.transactions.map(bytesToHex))
    expect(again.receiptsRoot).toBe(outcome.receiptsRoot)
    expect(again.stateRoot).toBeDefined()
    expect(again.receipts.map(({ sender }) => sender)).toEqual(fast.senders)
  })

  it('is the same again, and another one with another seed', () => {
    const [first, second, other] = [recipeBlock(name, 8), recipeBlock(name, 8), recipeBlock(name, 8, 'other')]
    expect(second).toEqual(first)
    expect(other.block.transactions[0]).not.toEqual(first.block.transactions[0])
  })

  it('has transactions that meet as it says', async () => {
    const { block, state } = recipeBlock(name, SIZE)
    const forward = await replay(block, state)
    const backward = await backwards(block, state)
    // What does not meet comes to the same in any order; each link of a chain does not.
    if (RECIPES[name].conflicts === 'none') {
      expect(backward?.stateRoot).toBe(forward.stateRoot)
      expect(gasOf(backward!).toReversed()).toEqual(gasOf(forward))
    }
    if (RECIPES[name].conflicts === 'chain') expect(backward?.stateRoot).not.toBe(forward.stateRoot)
  })
})

const gasOf = ({ receipts }: BlockOutcome): bigint[] => receipts.map(({ gasUsed }) => gasUsed)

/** The block with its transactions turned around; undefined where it is invalid then, because someone lacks funds. */
async function backwards(block: Block, state: PlainState): Promise<BlockOutcome | undefined> {
  try {
    return await replay({ ...block, transactions: block.transactions.toReversed() }, state)
  } catch (error) {
    if (error instanceof InvalidBlockError && error.code.includes('INSUFFICIENT_ACCOUNT_FUNDS')) return undefined
    throw error
  }
}

describe('the exchange', () => {
  it('stands as its own contracts would have made it', async () => {
    const troupe = new Troupe('exchange')
    const exchange = new Exchange(troupe.world)
    const [maker, first, second] = [troupe.person(), troupe.token(), troupe.token()]
    const before = stateOf(troupe)
    const create = { label: 'router', from: maker, to: null, data: initcode('ExchangeRouter', exchange.factory) }
    const data = calldata('ExchangeFactory', 'createPair(address,address)', second.address, first.address)
    const drafts = [
      { ...create, gas: 3_000_000 },
      { label: 'pair', from: maker, to: exchange.factory, data, gas: 3_000_000 },
    ]
    const { block } = recipeBlock('ether-distinct', 1)
    const prices = { baseFee: block.env.baseFee, blobFee: 1n }
    const transactions = signRaw(drafts, troupe.world, troupe.random, prices, 'exchange')
    const outcome = await replay(
      { ...block, transactions },
      { ...before, blockHashes: [[block.env.number - 1n, block.env.parentHash]] },
    )
    expect(outcome.receipts.map(({ status }) => status)).toEqual(['success', 'success'])

    const router = troupe.world.account(exchange.router).code
    expect(find(outcome, outcome.receipts[0]!.createdAddress!).codeHash).toBe(codeHashOf(router))

    const market = exchange.open([first, second], [10n ** 20n, 4n * 10n ** 20n], maker.address)
    const made = find(outcome, market.address)
    const byHand = troupe.world.account(market.address)
    expect(made.codeHash).toBe(codeHashOf(byHand.code))
    const slots = new Map([...byHand.storage].map(([slot, value]) => [BigInt(slot), value]))
    // Name, symbol, both tokens and the lock; the rest is liquidity and trade.
    expect(made.storage.map(([slot]) => slot).sort()).toEqual([10n, 3n, 4n, 5n, 6n])
    for (const [slot, value] of made.storage) expect(slots.get(slot), `slot ${slot}`).toBe(value)

    const factory = find(outcome, exchange.factory)
    const { storage, nonce } = troupe.world.account(exchange.factory)
    expect(new Map(factory.storage)).toEqual(new Map([...storage].map(([slot, value]) => [BigInt(slot), value])))
    expect(factory.nonce).toBe(nonce)
  })
})

function find(outcome: BlockOutcome, address: Hex): AccountDiff {
  return outcome.diff.find(each => each.address === address)!
}

function stateOf({ world }: Troupe): PlainState {
  const { preState, codes } = world.toJson()
  return {
    accounts: Object.entries(preState).map(([address, { balance, nonce, codeHash, storage }]) => [
      address as Hex,
      {
        balance: BigInt(balance),
        nonce: BigInt(nonce),
        codeHash: codeHash ?? bytesToHex(keccak()),
        storage: Object.entries(storage).map(([key, value]) => [BigInt(key), BigInt(value)] as const),
      },
    ]),
    codes: Object.entries(codes).map(([hash, code]) => [hash as Hex, hexToBytes(code)]),
    complete: true,
  }
}

describe('signatures in quantity', () => {
  it('are valid, with low s, and recover to their wallets, across batches', () => {
    const [wallets, signatures] = [new ManyWallets('test'), new ManySignatures('test')]
    for (let i = 0; i < 1100; i++) {
      const wallet = wallets.next()
      const hash = keccak(wallet.key)
      const { r, s, yParity } = signatures.sign(hash, wallet)
      // All of them take seconds.
      if (i > 20 && (i < 505 || i > 520) && i < 1090) continue
      expect(s <= secp256k1.Point.Fn.ORDER >> 1n).toBe(true)
      const signature = new secp256k1.Signature(r, s, yParity)
      const point = signature.recoverPublicKey(hash)
      expect(bytesToHex(point.toBytes(false).subarray(1))).toBe(bytesToHex(wallet.publicKey))
      expect(bytesToHex(secp256k1.getPublicKey(wallet.key, false).subarray(1))).toBe(bytesToHex(wallet.publicKey))
      expect(wallet.address).toBe(bytesToHex(keccak(wallet.publicKey).subarray(12)))
    }
  })
})
