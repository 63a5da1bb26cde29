// Who and what is there before the block: three tokens, markets between them, counters, a delegate, people with
// ether. Kinds of block (kinds.ts, rarities.ts) draw on it and give people the tokens their transactions will spend,
// so that a transaction fails only where it is meant to.

import { type Wallet, Wallets } from './accounts.ts'
import type { Hex } from './format.ts'
import { Random } from './random.ts'
import { allowanceSlot, type Pair, type Token, World } from './state.ts'

/** Height of the generated block: shortly after Osaka on mainnet, before the blob parameters changed (EIP-7892). */
export const NUMBER = 23_950_000
/** Its time, 12 seconds per block after Osaka's 1764798551. */
export const TIMESTAMP = 1_764_970_223

const ETHER = 10n ** 18n
/** 2^256-1: an allowance that is never used up. */
export const UNLIMITED: bigint = 2n ** 256n - 1n

/** What every block has before its transactions. */
export interface Stage {
  random: Random
  world: World
  /** The fee recipient. */
  coinbase: Wallet
}

/** The stage on which a block plays. */
export class Scene implements Stage {
  readonly random: Random
  readonly world: World
  readonly weth: Token
  readonly tokens: [Token, Token]
  readonly pairs: Pair[]
  readonly counter: Hex
  readonly factory: Hex
  readonly delegate: Hex
  /** The fee recipient. It can sign: some builders do pay from this account. */
  readonly coinbase: Wallet
  private readonly wallets: Wallets

  /** Markets beyond the first three all trade the same two tokens, each with its own reserves. */
  constructor(seed: string, pairs: number) {
    this.random = new Random(seed)
    this.world = new World(this.random)
    this.wallets = new Wallets(seed)
    this.weth = { address: this.world.deploy('WrappedEther'), contract: 'WrappedEther' }
    this.tokens = [this.world.deployToken('Warp', 'WARP'), this.world.deployToken('Shuttle', 'SHTL')]
    const [warp, shuttle] = this.tokens
    this.pairs = [
      this.world.deployPair([this.weth, warp], [2_000n * ETHER, 5_000_000n * ETHER]),
      this.world.deployPair([warp, shuttle], [3_000_000n * ETHER, 800_000n * ETHER]),
      this.world.deployPair([shuttle, this.weth], [400_000n * ETHER, 600n * ETHER]),
    ]
    while (this.pairs.length < pairs) {
      this.pairs.push(this.world.deployPair([warp, shuttle], [90_000n * ETHER, 24_000n * ETHER]))
    }
    this.counter = this.world.deploy('Counter')
    this.world.setSlot(this.counter, `0x${'0'.repeat(64)}`, 41n)
    this.factory = this.world.deploy('CounterFactory')
    this.delegate = this.world.deploy('Delegate')
    this.coinbase = this.person()
  }

  /** A new account with a key, some history and ether. */
  person(): Wallet {
    const wallet = this.wallets.next()
    this.world.account(wallet.address, {
      balance: this.random.between(ETHER, 40n * ETHER),
      nonce: this.random.chance(0.2) ? 0n : this.random.between(1n, 900n),
    })
    return wallet
  }

  /** A new account that does not exist yet but can sign. */
  stranger(): Wallet {
    return this.wallets.next()
  }

  /** Some amount of a token or of ether, up to `most` thousandths of a unit. */
  amount(most: number): bigint {
    return this.random.between(1n, BigInt(most) * 10n ** 15n)
  }

  /** Gives `owner` what a sale of `amount` on the pair will take, and the pair the right to take it. */
  prepareSale(pair: Pair, zeroForOne: boolean, owner: Hex, amount: bigint): void {
    const token = pair.tokens[zeroForOne ? 0 : 1]
    this.world.grant(token, owner, amount)
    this.addAllowance(token, owner, pair.address, this.random.chance(0.5) ? UNLIMITED : amount)
  }

  /** Raises an allowance by `amount`, so that several drafts of one owner can count on it. */
  addAllowance(token: Token, owner: Hex, spender: Hex, amount: bigint): void {
    const sum = this.world.slot(token.address, allowanceSlot(owner, spender)) + amount
    this.world.allow(token, owner, spender, sum > UNLIMITED ? UNLIMITED : sum)
  }
}
