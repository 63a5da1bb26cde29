// The state before the generated block: accounts, code, and storage laid out as solc lays it out (a mapping's value
// stands at keccak256(key . slot)). Token balances and allowances are set in storage directly, and the supply
// with them, so the state is what minting and approving would have left.

import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { argumentWord, artifact } from './calldata.ts'
import { type AccountJson, type Hex, quantity } from './format.ts'
import { keccak, type Random } from './random.ts'
import { SYSTEM_CODES } from './system.ts'

/** An account; storage values are never zero. */
export interface Account {
  balance: bigint
  nonce: bigint
  code: Hex
  storage: Map<Hex, bigint>
}

/** A deployed token: which contract, and so where its mappings stand. */
export interface Token {
  address: Hex
  contract: 'Token' | 'WrappedEther'
}

/** A deployed market. */
export interface Pair {
  address: Hex
  tokens: [Token, Token]
}

/** The slot of a mapping's value. */
export function mappingSlot(key: Hex, slot: bigint | Hex): Hex {
  return bytesToHex(keccak(hexToBytes(`0x${argumentWord(key)}${argumentWord(slot)}`)))
}

/** The slot of a token balance; both token contracts keep balances in slot 0. */
export function balanceSlot(owner: Hex): Hex {
  return mappingSlot(owner, 0n)
}

/** The slot of an allowance; both token contracts keep them in slot 1. */
export function allowanceSlot(owner: Hex, spender: Hex): Hex {
  return mappingSlot(spender, mappingSlot(owner, 1n))
}

const SUPPLY_SLOT: Hex = `0x${'2'.padStart(64, '0')}`

/** All accounts there are. */
export class World {
  readonly accounts: Map<Hex, Account> = new Map()
  private readonly random: Random
  private readonly codes: Map<string, Hex> = new Map()

  /** A world with nothing but the protocol's own contracts. */
  constructor(random: Random) {
    this.random = random
    for (const [address, code] of Object.entries(SYSTEM_CODES))
      this.account(address as Hex, { nonce: 1n, code: code as Hex })
  }

  /** The account at the address, made if it is not there, with the given fields set. */
  account(address: Hex, fields: Partial<Account> = {}): Account {
    let account = this.accounts.get(address)
    if (account === undefined) {
      account = { balance: 0n, nonce: 0n, code: '0x', storage: new Map() }
      this.accounts.set(address, account)
    }
    return Object.assign(account, fields)
  }

  /** Puts a contract at an address, a random one by default, with its immutables filled in. */
  deploy(name: string, immutables: Record<string, Hex> = {}, address: Hex = this.random.hex(20)): Hex {
    this.account(address, { nonce: 1n, code: this.codeOf(name, immutables) })
    return address
  }

  /** Thousands of markets have the same code; one text for all of them is quick to compare. */
  private codeOf(name: string, immutables: Record<string, Hex>): Hex {
    const key = `${name} ${Object.values(immutables).join()}`
    let text = this.codes.get(key)
    if (text === undefined) {
      const { runtime, immutables: places } = artifact(name)
      const code = hexToBytes(runtime as Hex)
      for (const [immutable, offsets] of Object.entries(places)) {
        const value = hexToBytes(`0x${argumentWord(immutables[immutable]!)}`)
        for (const offset of offsets) code.set(value, offset)
      }
      text = bytesToHex(code)
      this.codes.set(key, text)
    }
    return text
  }

  /** An ERC-20 token; its name and symbol stand in slots 3 and 4 as short strings. */
  deployToken(name: string, symbol: string): Token {
    const address = this.deploy('Token')
    this.setTexts(address, 3, name, symbol)
    return { address, contract: 'Token' }
  }

  /** Sets strings of at most 31 bytes in slots that follow one another. */
  setTexts(address: Hex, first: number, ...texts: string[]): void {
    for (const [i, text] of texts.entries()) {
      const bytes = new Uint8Array(32)
      bytes.set(new TextEncoder().encode(text))
      bytes[31] = 2 * text.length
      this.setSlot(address, `0x${argumentWord(BigInt(first + i))}`, BigInt(bytesToHex(bytes)))
    }
  }

  /** A market holding the given amounts of its tokens. */
  deployPair(tokens: [Token, Token], reserves: [bigint, bigint]): Pair {
    const address = this.deploy('Pair', { token0: tokens[0].address, token1: tokens[1].address })
    this.setSlot(address, `0x${argumentWord(0n)}`, reserves[0] | (reserves[1] << 128n))
    this.grant(tokens[0], address, reserves[0])
    this.grant(tokens[1], address, reserves[1])
    return { address, tokens }
  }

  /** Adds to a token balance, and to what backs it: the supply, or the ether in the wrapper. */
  grant(token: Token, owner: Hex, amount: bigint): void {
    const slot = balanceSlot(owner)
    this.setSlot(token.address, slot, this.slot(token.address, slot) + amount)
    if (token.contract === 'WrappedEther') this.account(token.address).balance += amount
    else this.setSlot(token.address, SUPPLY_SLOT, this.slot(token.address, SUPPLY_SLOT) + amount)
  }

  /** Sets an allowance. */
  allow(token: Token, owner: Hex, spender: Hex, amount: bigint): void {
    this.setSlot(token.address, allowanceSlot(owner, spender), amount)
  }

  /** The value of a slot. */
  slot(address: Hex, slot: Hex): bigint {
    return this.accounts.get(address)?.storage.get(slot) ?? 0n
  }

  /** Sets a slot; zero removes it. */
  setSlot(address: Hex, slot: Hex, value: bigint): void {
    if (value === 0n) this.account(address).storage.delete(slot)
    else this.account(address).storage.set(slot, value)
  }

  /** The accounts as JSON in order of address, and the codes they name. */
  toJson(): { preState: Record<Hex, AccountJson>; codes: Record<Hex, Hex> } {
    const preState: Record<Hex, AccountJson> = {}
    const codes: Record<Hex, Hex> = {}
    for (const [address, account] of [...this.accounts].sort(byKey)) {
      const json: AccountJson = { balance: quantity(account.balance), nonce: quantity(account.nonce), storage: {} }
      if (account.code !== '0x') {
        json.codeHash = bytesToHex(keccak(hexToBytes(account.code)))
        codes[json.codeHash] = account.code
      }
      for (const [slot, value] of [...account.storage].sort(byKey))
        json.storage[quantity(BigInt(slot))] = quantity(value)
      preState[address] = json
    }
    return { preState, codes }
  }
}

function byKey(left: [string, unknown], right: [string, unknown]): number {
  return left[0] < right[0] ? -1 : 1
}
