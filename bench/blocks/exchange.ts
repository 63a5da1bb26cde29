// The exchange of bench/contracts (factory, pairs, router) as it stands in a state: code and storage as if the markets
// had been made through the factory and traded for a while, without running anything. Pairs stand where CREATE2 puts
// them, because the router computes their addresses.

import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { argumentWord, artifact } from './calldata.ts'
import type { Hex } from './format.ts'
import { keccak } from './random.ts'
import { TIMESTAMP } from './scene.ts'
import { balanceSlot, mappingSlot, type Token, type World } from './state.ts'

/** A market; its tokens in order of address. */
export interface Market {
  address: Hex
  tokens: [Token, Token]
}

/** Storage of ExchangePair.sol. */
const SLOT = { name: 3, token0: 5n, token1: 6n, reserves: 7n, priceSum0: 8n, priceSum1: 9n, lock: 10n, supply: 2n }
/** Storage of ExchangeFactory.sol. */
const PAIRS = 0n
const ALL_PAIRS: Hex = `0x${argumentWord(1n)}`
const FIRST_PAIR = BigInt(bytesToHex(keccak(hexToBytes(ALL_PAIRS))))
/** Owner of the shares that nobody may own. */
const NOBODY: Hex = `0x${'dead'.padStart(40, '0')}`
const NOBODYS_SLOT = balanceSlot(NOBODY)
const LOCKED_SHARES = 1000n
const FRACTION_BITS = 112n

/** One factory, one router, any number of markets. */
export class Exchange {
  readonly factory: Hex
  readonly router: Hex
  private readonly world: World
  private readonly pairCodeHash: Uint8Array
  private readonly pairs: Map<Hex, Hex> = new Map()
  private markets = 0n

  constructor(world: World) {
    this.world = world
    this.pairCodeHash = keccak(hexToBytes(artifact('ExchangePair').bytecode as Hex))
    this.factory = world.deploy('ExchangeFactory')
    const immutables = { factory: this.factory, pairCodeHash: bytesToHex(this.pairCodeHash) }
    this.router = world.deploy('ExchangeRouter', immutables)
  }

  /** Makes the market of two tokens, which holds these amounts of them; `owner` has the shares. */
  open(tokens: [Token, Token], reserves: [bigint, bigint], owner: Hex): Market {
    const inOrder = BigInt(tokens[0].address) < BigInt(tokens[1].address)
    const [token0, token1] = inOrder ? tokens : [tokens[1], tokens[0]]
    const [reserve0, reserve1] = inOrder ? reserves : [reserves[1], reserves[0]]
    const { world } = this
    const address = this.addressOf(token0.address, token1.address)
    world.deploy('ExchangePair', { factory: this.factory }, address)
    world.setTexts(address, SLOT.name, 'Exchange Shares', 'XS')
    const set = (slot: bigint, value: bigint): void => world.setSlot(address, `0x${argumentWord(slot)}`, value)
    set(SLOT.token0, BigInt(token0.address))
    set(SLOT.token1, BigInt(token1.address))
    // The last trade was an hour ago, a day after the first.
    const changedAt = BigInt(TIMESTAMP - 3_600)
    set(SLOT.reserves, reserve0 | (reserve1 << 112n) | (changedAt << 224n))
    set(SLOT.priceSum0, ((reserve1 << FRACTION_BITS) / reserve0) * 86_400n)
    set(SLOT.priceSum1, ((reserve0 << FRACTION_BITS) / reserve1) * 86_400n)
    set(SLOT.lock, 1n)
    const shares = squareRoot(reserve0 * reserve1)
    set(SLOT.supply, shares)
    world.setSlot(address, NOBODYS_SLOT, LOCKED_SHARES)
    world.setSlot(address, balanceSlot(owner), shares - LOCKED_SHARES)
    world.grant(token0, address, reserve0)
    world.grant(token1, address, reserve1)
    this.register(address, token0.address, token1.address)
    return { address, tokens: [token0, token1] }
  }

  private register(pair: Hex, token0: Hex, token1: Hex): void {
    const { world, factory } = this
    world.setSlot(factory, mappingSlot(token1, this.pairsOf(token0)), BigInt(pair))
    world.setSlot(factory, mappingSlot(token0, this.pairsOf(token1)), BigInt(pair))
    world.setSlot(factory, `0x${argumentWord(FIRST_PAIR + this.markets++)}`, BigInt(pair))
    world.setSlot(factory, ALL_PAIRS, this.markets)
    // A contract begins with nonce 1 and counts what it makes (EIP-161).
    world.account(factory).nonce = 1n + this.markets
  }

  /** Where the inner mapping of a token stands. */
  private pairsOf(token: Hex): Hex {
    let slot = this.pairs.get(token)
    if (slot === undefined) {
      slot = mappingSlot(token, PAIRS)
      this.pairs.set(token, slot)
    }
    return slot
  }

  /** EIP-1014. */
  private addressOf(token0: Hex, token1: Hex): Hex {
    const salt = keccak(hexToBytes(token0), hexToBytes(token1))
    return bytesToHex(keccak(Uint8Array.of(0xff), hexToBytes(this.factory), salt, this.pairCodeHash).subarray(12))
  }
}

/** Rounded down (Newton). */
function squareRoot(square: bigint): bigint {
  let root = 1n << BigInt((square.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (root + square / root) >> 1n
    if (next >= root) return root
    root = next
  }
}
