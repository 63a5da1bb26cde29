// What the recipes are made of: people, tokens, collections and markets, and one draft for each thing they do. Whoever
// acts is a new account, so that transactions meet only where a recipe lets them.

import type { Wallet } from './accounts.ts'
import { argumentWord, calldata, swapAlong } from './calldata.ts'
import { Exchange, type Market } from './exchange.ts'
import type { Hex } from './format.ts'
import { Random } from './random.ts'
import { type Stage, TIMESTAMP, UNLIMITED } from './scene.ts'
import { ManyWallets } from './signers.ts'
import { mappingSlot, type Token, World } from './state.ts'
import type { Draft } from './transactions.ts'

/** A stage and what happens on it. */
export interface Play {
  stage: Stage
  drafts: Draft[]
}

const ETHER = 10n ** 18n
/** Above what is used, as wallets set them. */
const GAS = { transfer: 21_000, token: 65_000, swap: 220_000, hop: 130_000, mint: 130_000, give: 90_000 }
/** Storage of Collectible.sol. */
const COLLECTION = { name: 0, owners: 2n, balances: 3n, nextId: 6n }

/** The people of a recipe, and what they own. */
export class Troupe implements Stage {
  readonly random: Random
  readonly world: World
  readonly coinbase: Wallet
  private readonly wallets: ManyWallets
  private exchange: Exchange | undefined

  constructor(seed: string) {
    this.random = new Random(seed)
    this.world = new World(this.random)
    this.wallets = new ManyWallets(seed)
    this.coinbase = this.person()
  }

  /** A new account with a key, some history and ether. */
  person(balance: bigint = this.random.between(ETHER, 40n * ETHER)): Wallet {
    const wallet = this.wallets.next()
    const nonce = this.random.chance(0.2) ? 0n : this.random.between(1n, 900n)
    this.world.account(wallet.address, { balance, nonce })
    return wallet
  }

  /** An address that nobody else uses; two out of three have some ether. */
  recipient(): Hex {
    const address = this.random.hex(20)
    if (this.random.chance(0.67)) this.world.account(address, { balance: this.amount(900) })
    return address
  }

  /** Some amount of a token or of ether, up to `most` thousandths of a unit. */
  private amount(most: number): bigint {
    return this.random.between(1n, BigInt(most) * 10n ** 15n)
  }

  /** A new ERC-20 token. */
  token(): Token {
    return this.world.deployToken('Warp', 'WARP')
  }

  transfer(to: Hex): Draft {
    return { label: 'transfer', from: this.person(), to, value: this.amount(300), gas: GAS.transfer }
  }

  /** Half of the recipients have some already. One in five senders spends all there is, which clears a slot. */
  tokenTransfer(token: Token, to: Hex): Draft {
    const [from, amount] = [this.person(), this.amount(500_000)]
    this.world.grant(token, from.address, amount + (this.random.chance(0.2) ? 0n : this.amount(9_000)))
    if (this.random.chance(0.5)) this.world.grant(token, to, this.amount(70_000))
    return this.payToken(token, from, to, amount)
  }

  private payToken(token: Token, from: Wallet, to: Hex, amount: bigint): Draft {
    const data = calldata('Token', 'transfer(address,uint256)', to, amount)
    return { label: 'token transfer', from, to: token.address, data, gas: GAS.token }
  }

  /** Only the first has tokens; each gives what came on, so a transfer before its time fails. */
  tokenChain(n: number): Draft[] {
    const token = this.token()
    const people = Array.from({ length: n + 1 }, () => this.person())
    const amount = this.amount(500_000)
    this.world.grant(token, people[0]!.address, amount)
    return people.slice(1).map((to, i) => this.payToken(token, people[i]!, to.address, amount))
  }

  /** All but the first own a tenth of what they send, enough for the gas. */
  etherChain(n: number): Draft[] {
    const people = Array.from({ length: n + 1 }, (_, i) => this.person(i === 0 ? 2n * ETHER : ETHER / 10n))
    return people.slice(1).map(({ address }, i) => ({
      label: 'transfer',
      from: people[i]!,
      to: address,
      value: ETHER,
      gas: GAS.transfer,
    }))
  }

  /** So many markets, no two with the same tokens, of as few tokens as that needs. */
  markets(count: number): Market[] {
    const tokens: Token[] = [this.token()]
    const markets: Market[] = []
    while (markets.length < count) {
      const latest = this.token()
      for (const other of tokens) if (markets.length < count) markets.push(this.open([latest, other]))
      tokens.push(latest)
    }
    return markets
  }

  /** So many tokens, and a market between each and the next, the last and the first. */
  ring(size: number): Market[] {
    const tokens = Array.from({ length: size }, () => this.token())
    return tokens.map((token, i) => this.open([token, tokens[(i + 1) % size]!]))
  }

  /** Large enough that thousands of swaps do not move the price out of reach. */
  private open(tokens: [Token, Token]): Market {
    this.exchange ??= new Exchange(this.world)
    const reserve = (): bigint => this.random.between(1_000_000n * ETHER, 9_000_000n * ETHER)
    return this.exchange.open(tokens, [reserve(), reserve()], this.random.hex(20))
  }

  /** A swap on one market, in either direction. */
  swap(market: Market): Draft {
    const [token0, token1] = market.tokens
    return this.swapPath(this.random.chance(0.5) ? [token0, token1] : [token1, token0], 'swap', GAS.swap)
  }

  /** A swap from one market through the next; they share a token. */
  swapThrough(first: Market, second: Market): Draft {
    const shared = first.tokens.find(token => second.tokens.includes(token))!
    const other = ({ tokens }: Market): Token => tokens.find(token => token !== shared)!
    return this.swapPath([other(first), shared, other(second)], 'swap through two pairs', GAS.swap + GAS.hop)
  }

  private swapPath(path: Token[], label: string, gas: number): Draft {
    const [from, amount] = [this.person(), this.amount(700_000)]
    const [sold, bought] = [path[0]!, path[path.length - 1]!]
    const { router } = this.exchange!
    this.world.grant(sold, from.address, amount + (this.random.chance(0.3) ? 0n : this.amount(9_000)))
    if (this.random.chance(0.5)) this.world.grant(bought, from.address, this.amount(70_000))
    this.world.allow(sold, from.address, router, this.random.chance(0.5) ? UNLIMITED : amount)
    const deadline = BigInt(TIMESTAMP + 600)
    const addresses = path.map(({ address }) => address)
    return { label, from, to: router, data: swapAlong(addresses, amount, 1n, from.address, deadline), gas }
  }

  /** A new ERC-721 collection, with ids from 0 up minted by hand (`give`), and the counter far above them. */
  collection(): Hex {
    const address = this.world.deploy('Collectible')
    this.world.setTexts(address, COLLECTION.name, 'Selvage', 'SLVG')
    this.world.setSlot(address, `0x${argumentWord(COLLECTION.nextId)}`, 1_000_000n)
    return address
  }

  mint(collection: Hex): Draft {
    return {
      label: 'mint',
      from: this.person(),
      to: collection,
      data: calldata('Collectible', 'mint()'),
      gas: GAS.mint,
    }
  }

  /** Somebody owns this one and gives it to somebody else. */
  give(collection: Hex, id: bigint): Draft {
    const [from, to] = [this.person(), this.recipient()]
    const { address } = from
    this.world.setSlot(collection, mappingSlot(`0x${argumentWord(id)}`, COLLECTION.owners), BigInt(address))
    this.world.setSlot(collection, mappingSlot(address, COLLECTION.balances), 1n + BigInt(this.random.below(3)))
    const data = calldata('Collectible', 'transferFrom(address,address,uint256)', address, to, id)
    return { label: 'NFT transfer', from, to: collection, data, gas: GAS.give }
  }
}
