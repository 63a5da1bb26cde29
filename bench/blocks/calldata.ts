// Calldata of the contracts in bench/contracts: selectors from artifacts.json, arguments in the Solidity ABI.
// Covers what the generator sends: 32-byte words, and the Call[] of Delegate.sol.

import { bytesToHex, hexToBytes, utf8ToBytes } from '@ethereumjs/util'
import artifactsJson from '../contracts/artifacts.json' with { type: 'json' }
import type { Artifacts, Contract } from '../contracts/compile.ts'
import { type Hex, word } from './format.ts'

/** A static argument: a number, an address or hash as hex, or a truth value. */
export type Argument = bigint | Hex | boolean

/** One entry of Delegate.sol's Call[]. */
export interface Call {
  target: Hex
  value: bigint
  data: Hex
}

/** The compiled contract of that name. */
export function artifact(name: string): Contract {
  const contract = (artifactsJson as Artifacts).contracts[name]
  if (contract === undefined) throw new Error(`no contract named ${name} in bench/contracts/artifacts.json`)
  return contract
}

/** The argument as a 32-byte word, without `0x`. */
export function argumentWord(argument: Argument): string {
  return word(BigInt(argument)).slice(2)
}

/** Calldata for a function whose arguments are all static. */
export function calldata(contract: string, signature: string, ...args: Argument[]): Hex {
  return `${selector(contract, signature)}${args.map(argumentWord).join('')}` as Hex
}

/** Initcode: creation code and static constructor arguments. */
export function initcode(contract: string, ...args: Argument[]): Hex {
  return `${artifact(contract).bytecode}${args.map(argumentWord).join('')}` as Hex
}

/** Initcode of Token, whose constructor takes two strings of at most 31 bytes. */
export function tokenInitcode(name: string, symbol: string): Hex {
  const head = argumentWord(64n) + argumentWord(128n)
  return `${artifact('Token').bytecode}${head}${shortString(name)}${shortString(symbol)}` as Hex
}

/** Calldata of ExchangeRouter.swapExactTokensForTokens. */
export function swapAlong(path: Hex[], amountIn: bigint, minimumOut: bigint, to: Hex, deadline: bigint): Hex {
  const name = selector('ExchangeRouter', 'swapExactTokensForTokens(uint256,uint256,address[],address,uint256)')
  const words = [amountIn, minimumOut, 0xa0n, to, deadline, BigInt(path.length), ...path]
  return `${name}${words.map(argumentWord).join('')}` as Hex
}

/** Calldata of Delegate.execute. */
export function execute(calls: Call[]): Hex {
  return `${selector('Delegate', 'execute((address,uint256,bytes)[])')}${argumentWord(32n)}${encodeCalls(calls)}` as Hex
}

/** Calldata of Delegate.executeSigned. */
export function executeSigned(calls: Call[], v: bigint, r: bigint, s: bigint): Hex {
  const head = [0x80n, v, r, s].map(argumentWord).join('')
  const name = selector('Delegate', 'executeSigned((address,uint256,bytes)[],uint8,bytes32,bytes32)')
  return `${name}${head}${encodeCalls(calls)}` as Hex
}

/** The bytes whose hash the account signs for Delegate.executeSigned: abi.encode(chainId, account, nonce, calls). */
export function signedCallsPreimage(account: Hex, nonce: bigint, calls: Call[]): Uint8Array {
  const head = [1n, account, nonce, 0x80n].map(argumentWord).join('')
  return hexToBytes(`0x${head}${encodeCalls(calls)}`)
}

function selector(contract: string, signature: string): string {
  const found = artifact(contract).selectors[signature]
  if (found === undefined) throw new Error(`${contract} has no function ${signature}`)
  return found
}

/** Length, then offsets counted from behind the length, then (target, value, 0x60, length, padded data) each. */
function encodeCalls(calls: Call[]): string {
  const bodies = calls.map(({ target, value, data }) => {
    const digits = data.slice(2)
    const padded = digits.padEnd(Math.ceil(digits.length / 64) * 64, '0')
    return [target, value, 0x60n, BigInt(digits.length / 2)].map(argumentWord).join('') + padded
  })
  let offset = BigInt(32 * calls.length)
  let offsets = ''
  for (const body of bodies) {
    offsets += argumentWord(offset)
    offset += BigInt(body.length / 2)
  }
  return argumentWord(BigInt(calls.length)) + offsets + bodies.join('')
}

function shortString(text: string): string {
  return argumentWord(BigInt(text.length)) + bytesToHex(utf8ToBytes(text)).slice(2).padEnd(64, '0')
}
