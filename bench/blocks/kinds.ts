// The kinds of block: what its transactions do and where they meet. `contention` is the share of transactions that go
// to one hot recipient or market: 0 makes a block without conflicts (fees apart), 1 one where all meet.
// Everyday transactions stand here, in functions that add one draft each; the rare ones of a mixed block stand in
// rarities.ts.

import type { Wallet } from './accounts.ts'
import { calldata } from './calldata.ts'
import type { Hex } from './format.ts'
import { rarities } from './rarities.ts'
import { Scene, UNLIMITED } from './scene.ts'
import { balanceSlot, type Pair, type Token } from './state.ts'
import type { Draft } from './transactions.ts'

/** mixed: like a mainnet block, and everything rare once · transfers, tokens, swaps: only that · serial: each
 * transaction reads what the one before wrote. */
export type Kind = 'mixed' | 'transfers' | 'tokens' | 'swaps' | 'serial'

/** What kind of block to make. */
export interface Recipe {
  seed: string
  kind: Kind
  transactions: number
  /** 0…1 */
  contention: number
}

/** Gas limits as wallets set them: above what is used, the same for all. */
const GAS = { transfer: 21_000, token: 65_000, approve: 60_000, wrap: 60_000, swap: 220_000, count: 60_000 }

/** The scene and the drafts of a block, in block order. */
export function draftBlock(recipe: Recipe): { scene: Scene; drafts: Draft[] } {
  const { seed, kind, transactions, contention } = recipe
  const scene = new Scene(seed, kind === 'swaps' ? Math.max(3, Math.min(64, Math.ceil(transactions / 8))) : 3)
  const everyday = new Everyday(scene, contention)
  if (kind === 'mixed') return { scene, drafts: mixed(scene, everyday, transactions) }
  const one: Record<Exclude<Kind, 'mixed'>, (from: Wallet) => Draft> = {
    transfers: from => everyday.transfer(from),
    tokens: from => everyday.tokenTransfer(from, scene.tokens[0]),
    swaps: from => everyday.swap(from),
    serial: from => everyday.increment(from),
  }
  return { scene, drafts: Array.from({ length: transactions }, () => one[kind](scene.person())) }
}

/** Shares of a mixed block, roughly those of mainnet. */
const SHARES = { transfer: 30, tokenTransfer: 30, approve: 6, transferFrom: 5, wrap: 4, unwrap: 3, swap: 22 }

function mixed(scene: Scene, everyday: Everyday, transactions: number): Draft[] {
  const rare = rarities(scene)
  if (transactions < rare.length) throw new Error(`a mixed block has at least ${rare.length} transactions`)
  const common = transactions - rare.length
  const people = Array.from({ length: Math.max(1, Math.ceil(common * 0.6)) }, () => scene.person())
  const drafts = Array.from({ length: common }, () =>
    everyday[scene.random.weighted(SHARES)](scene.random.pick(people)),
  )
  return scene.random.interleaved(rare, drafts)
}

class Everyday {
  private readonly scene: Scene
  private readonly contention: number
  private readonly hotRecipient: Hex

  constructor(scene: Scene, contention: number) {
    this.scene = scene
    this.contention = contention
    this.hotRecipient = scene.person().address
  }

  /** The hot one, somebody new, or an account that exists and does nothing else. */
  private recipient(): Hex {
    const { random } = this.scene
    if (random.chance(this.contention)) return this.hotRecipient
    const address = random.hex(20)
    if (random.chance(0.7)) this.scene.world.account(address, { balance: this.scene.amount(900) })
    return address
  }

  private pair(): Pair {
    const { random, pairs } = this.scene
    return random.chance(this.contention) ? pairs[0]! : pairs[1 + random.below(pairs.length - 1)]!
  }

  private token(): Token {
    const { random, tokens, weth } = this.scene
    return { warp: tokens[0], shuttle: tokens[1], weth }[random.weighted({ warp: 60, shuttle: 25, weth: 15 })]
  }

  transfer(from: Wallet): Draft {
    return { label: 'transfer', from, to: this.recipient(), value: this.scene.amount(300), gas: GAS.transfer }
  }

  tokenTransfer(from: Wallet, token: Token = this.token()): Draft {
    const { world, random } = this.scene
    const [to, amount] = [this.recipient(), this.scene.amount(500_000)]
    // One in five spends all there is, which clears the slot and earns a refund.
    world.grant(token, from.address, amount + (random.chance(0.2) ? 0n : this.scene.amount(9_000)))
    if (random.chance(0.5)) world.grant(token, to, this.scene.amount(70_000))
    const draft = {
      label: 'token transfer',
      from,
      to: token.address,
      data: calldata(token.contract, 'transfer(address,uint256)', to, amount),
      gas: GAS.token,
    }
    if (!random.chance(0.06)) return draft
    const storageKeys = [balanceSlot(from.address), balanceSlot(to)]
    return { ...draft, gas: 72_000, type: 1 + random.below(2), accessList: [{ address: token.address, storageKeys }] }
  }

  approve(from: Wallet): Draft {
    const { random } = this.scene
    const token = this.token()
    const amount = random.chance(0.5) ? UNLIMITED : this.scene.amount(80_000)
    const data = calldata(token.contract, 'approve(address,uint256)', random.hex(20), amount)
    return { label: 'approval', from, to: token.address, data, gas: GAS.approve }
  }

  transferFrom(from: Wallet): Draft {
    const token = this.token()
    const [owner, to, amount] = [this.scene.random.hex(20), this.recipient(), this.scene.amount(200_000)]
    this.scene.world.grant(token, owner, 2n * amount)
    this.scene.addAllowance(token, owner, from.address, this.scene.random.chance(0.5) ? UNLIMITED : amount)
    const data = calldata(token.contract, 'transferFrom(address,address,uint256)', owner, to, amount)
    return { label: 'token transferFrom', from, to: token.address, data, gas: 80_000 }
  }

  wrap(from: Wallet): Draft {
    // A plain transfer to the wrapper does the same as deposit().
    const data = this.scene.random.chance(0.5) ? calldata('WrappedEther', 'deposit()') : '0x'
    return { label: 'wrap', from, to: this.scene.weth.address, value: this.scene.amount(200), data, gas: GAS.wrap }
  }

  unwrap(from: Wallet): Draft {
    const amount = this.scene.amount(3_000)
    this.scene.world.grant(this.scene.weth, from.address, amount + this.scene.amount(1_000))
    const data = calldata('WrappedEther', 'withdraw(uint256)', amount)
    return { label: 'unwrap', from, to: this.scene.weth.address, data, gas: GAS.wrap }
  }

  swap(from: Wallet): Draft {
    const pair = this.pair()
    const zeroForOne = this.scene.random.chance(0.5)
    const sellsEther = pair.tokens[zeroForOne ? 0 : 1] === this.scene.weth
    const amount = this.scene.amount(sellsEther ? 900 : 700_000)
    this.scene.prepareSale(pair, zeroForOne, from.address, amount)
    const data = calldata('Pair', 'sell(bool,uint256,uint256,address)', zeroForOne, amount, 0n, from.address)
    return { label: 'swap', from, to: pair.address, data, gas: GAS.swap }
  }

  increment(from: Wallet): Draft {
    return { label: 'count', from, to: this.scene.counter, data: calldata('Counter', 'increment()'), gas: GAS.count }
  }
}
