// Blocks for the parallel engine, by name: free of conflicts, contended, fully serial. Each is made of n transactions
// that all succeed, from a state in which everyone has what they spend. draftRecipe says who does what; recipeBlock
// makes a block of it fast (no other engine runs it: 10,000 transactions take seconds), recipeFile makes the same
// transactions into a block file with the result that EthereumJS gives.

import { createTxFromRLP } from '@ethereumjs/tx'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { createEnv } from '../../src/chain/env.ts'
import { type Block, EMPTY_CODE_HASH, type FullAccount, type PlainState } from '../../src/types.ts'
import type { Hex } from './format.ts'
import { executeDrafts, type Generated, makeParent, makeWithdrawals, pricesAfter } from './generate.ts'
import { codeHashOf, signRaw } from './raw.ts'
import { type Play, Troupe } from './recipe-parts.ts'
import { NUMBER, TIMESTAMP } from './scene.ts'
import { osaka } from './transactions.ts'

/** How the transactions of a recipe meet. */
export type Conflicts = 'none' | 'some' | 'chain'

/** A kind of block. */
export interface NamedRecipe {
  /** What its transactions do. */
  about: string
  /** none: all independent, fees and ether credits apart · some: a few hot places · chain: each needs the one before. */
  conflicts: Conflicts
  /** The drafts of n transactions. */
  draft: (troupe: Troupe, n: number) => Play['drafts']
}

/** Pairs on which the contended swaps meet. */
const FEW = 8

/** All recipes. */
export const RECIPES = {
  'swaps-separate': {
    about: 'one exchange swap on each of n pairs, through the router',
    conflicts: 'none',
    draft: (troupe, n) => {
      const markets = troupe.markets(n)
      return markets.map(market => troupe.swap(market))
    },
  },
  'erc20-distinct': {
    about: 'ERC-20 transfers from n accounts to n others',
    conflicts: 'none',
    draft: (troupe, n) => {
      const token = troupe.token()
      return times(n, () => troupe.tokenTransfer(token, troupe.recipient()))
    },
  },
  'ether-distinct': {
    about: 'ether transfers from n accounts to n others',
    conflicts: 'none',
    draft: (troupe, n) => times(n, () => troupe.transfer(troupe.recipient())),
  },
  'nft-transfers': {
    about: 'each of n owners gives an NFT of one collection away',
    conflicts: 'none',
    draft: (troupe, n) => {
      const collection = troupe.collection()
      return times(n, i => troupe.give(collection, BigInt(i)))
    },
  },
  'swaps-few-pairs': {
    about: `swaps on ${FEW} pairs, a quarter of them through two`,
    conflicts: 'some',
    draft: (troupe, n) => {
      const markets = troupe.ring(FEW)
      return times(n, () => {
        const first = troupe.random.below(FEW)
        return troupe.random.chance(0.25)
          ? troupe.swapThrough(markets[first]!, markets[(first + 1) % FEW]!)
          : troupe.swap(markets[first]!)
      })
    },
  },
  'erc20-hot-holder': {
    about: 'ERC-20 transfers, half of them to one holder',
    conflicts: 'some',
    draft: (troupe, n) => {
      const [token, holder] = [troupe.token(), troupe.person()]
      return times(n, () =>
        troupe.tokenTransfer(token, troupe.random.chance(0.5) ? holder.address : troupe.recipient()),
      )
    },
  },
  'ether-coinbase': {
    about: 'ether transfers from n accounts to the fee recipient: credits, which commute',
    conflicts: 'none',
    draft: (troupe, n) => times(n, () => troupe.transfer(troupe.coinbase.address)),
  },
  mixed: {
    about: 'a third each of ether transfers, ERC-20 transfers and swaps, the swaps on few pairs; some mints',
    conflicts: 'some',
    draft: (troupe, n) => {
      const [token, collection, markets] = [troupe.token(), troupe.collection(), troupe.ring(4 * FEW)]
      const shares = { ether: 32, token: 32, swap: 32, mint: 4 }
      const drafts = {
        ether: () => troupe.transfer(troupe.recipient()),
        token: () => troupe.tokenTransfer(token, troupe.recipient()),
        swap: () => troupe.swap(troupe.random.pick(markets)),
        mint: () => troupe.mint(collection),
      }
      return times(n, () => drafts[troupe.random.weighted(shares)]())
    },
  },
  'nft-mint': {
    about: 'n accounts mint from one collection, which counts',
    conflicts: 'chain',
    draft: (troupe, n) => {
      const collection = troupe.collection()
      return times(n, () => troupe.mint(collection))
    },
  },
  'swaps-one-pair': {
    about: 'n swaps on one pair',
    conflicts: 'chain',
    draft: (troupe, n) => {
      const [market] = troupe.markets(1)
      return times(n, () => troupe.swap(market!))
    },
  },
  'erc20-chain': {
    about: 'tokens handed on from one account to the next; none has any before',
    conflicts: 'chain',
    draft: (troupe, n) => troupe.tokenChain(n),
  },
  'ether-chain': {
    about: 'ether handed on from one account to the next; none has enough before',
    conflicts: 'chain',
    draft: (troupe, n) => troupe.etherChain(n),
  },
} satisfies Record<string, NamedRecipe>

/** Name of a recipe. */
export type RecipeName = keyof typeof RECIPES

/** All names, in the order of the table. */
export const RECIPE_NAMES: readonly RecipeName[] = Object.keys(RECIPES) as RecipeName[]

function times<T>(n: number, make: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => make(i))
}

/** Who does what, and the state before: the same name, n and seed give the same. */
export function draftRecipe(name: RecipeName, n: number, seed: string): Play {
  const troupe = new Troupe(`${seed}/${name}`)
  const drafts = RECIPES[name].draft(troupe, n)
  return { stage: troupe, drafts }
}

/** A block made by a recipe, ready for `replayBlock`. */
export interface RecipeBlock {
  name: RecipeName
  block: Block
  /** The whole state: `new MemorySource(state)`. */
  state: PlainState
  /** What each transaction is. */
  labels: string[]
  /** Who sent each transaction. */
  senders: Hex[]
}

/**
 * The block of a recipe, without its result. Differs from recipeFile's in the parent's hash only, and not at all with the root of the state
 * before it, which that file names.
 */
export function recipeBlock(
  name: RecipeName,
  n: number,
  seed = 'weft',
  parentStateRoot: Uint8Array = new Uint8Array(32),
): RecipeBlock {
  const { stage, drafts } = draftRecipe(name, n, seed)
  const common = osaka()
  const state = plainState(stage.world)
  const parent = makeParent(stage, parentStateRoot, drafts, common)
  const transactions = signRaw(drafts, stage.world, stage.random, pricesAfter(parent), seed)
  const withdrawals = makeWithdrawals(stage).map(({ index, validatorIndex, address, amount }) => ({
    index,
    validatorIndex,
    address: address.toString(),
    amount,
  }))
  const parentHash = bytesToHex(parent.hash())
  const env = createEnv('osaka', {
    number: BigInt(NUMBER),
    timestamp: BigInt(TIMESTAMP),
    gasLimit: parent.gasLimit,
    coinbase: stage.coinbase.address,
    baseFee: parent.calcNextBaseFee(),
    random: BigInt(stage.random.hex(32)),
    excessBlobGas: parent.calcNextExcessBlobGas(parent.common),
    parentHash,
    parentBeaconRoot: stage.random.hex(32),
  })
  return {
    name,
    block: { env, transactions, withdrawals, uncles: [], unpaidUncles: 0 },
    state: { ...state, blockHashes: [[BigInt(NUMBER - 1), parentHash]], complete: true },
    labels: drafts.map(({ label }) => label),
    senders: drafts.map(({ from }) => from.address),
  }
}

/** The block of a recipe as a file, with the result that EthereumJS gives. For a few hundred transactions. */
export function recipeFile(name: RecipeName, n: number, seed = 'weft'): Promise<Generated> {
  const { stage, drafts } = draftRecipe(name, n, seed)
  return executeDrafts(stage, drafts, (prices, common) =>
    signRaw(drafts, stage.world, stage.random, prices, seed).map((bytes, i) => {
      const transaction = createTxFromRLP(bytes, { common })
      transaction.cache.senderPubKey = drafts[i]!.from.publicKey
      return transaction
    }),
  )
}

function plainState({ accounts }: Play['stage']['world']): PlainState {
  const codes = new Map<Hex, Uint8Array>()
  const hashes = new Map<Hex, Hex>()
  const entries = [...accounts].map(([address, { nonce, balance, code, storage }]): [Hex, FullAccount] => {
    let codeHash = code === '0x' ? EMPTY_CODE_HASH : hashes.get(code)
    if (codeHash === undefined) {
      codeHash = codeHashOf(code)
      hashes.set(code, codeHash)
      codes.set(codeHash, hexToBytes(code))
    }
    return [
      address,
      { nonce, balance, codeHash, storage: [...storage].map(([key, value]) => [BigInt(key), value] as const) },
    ]
  })
  return { accounts: entries, codes }
}
