// From a seed and a number to a case: a few contracts, other accounts, one to three transactions. The same seed and number give
// the same case on every machine; nothing else is looked at.

import { RLP } from '@ethereumjs/rlp'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { Random } from '../../bench/blocks/random.ts'
import * as abi from '../../src/abi.ts'
import { findFork } from '../../src/chain/forks.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import type { Address, Hex } from '../../src/types.ts'
import { contractCode, initcode, type Scene } from './bytecode.ts'
import type { CaseAccount, CaseAuthorization, CaseTransaction, FuzzCase } from './case.ts'
import { FORK_NAMES } from './ethereumjs.ts'
import { precompileInput } from './precompile-input.ts'
import { addressOf, bytesHex, hex, randomBytes, wordOf } from './words.ts'

const COINBASE = addressOf(0xc01bba5en)
const NOBODY = addressOf(0xdeadn)
const EMPTY_ACCOUNT = addressOf(0xe0n)
const CONTRACTS = Array.from({ length: 6 }, (_, i) => addressOf(0x1000n + BigInt(i) * 0x11n))
const SENDER = addressOf(0xa11cen)
/** Who signs authorizations: private keys are keccak(index). */
const SIGNERS = [0, 1, 2].map(i => {
  const key = keccak_256(Uint8Array.of(i, 77))
  const publicKey = secp256k1.getPublicKey(key, false)
  return { key, address: hexOf(keccak_256(publicKey.subarray(1)).subarray(12)) }
})
const PRECOMPILES = [1, 2, 3, 4, 5, 6, 7, 9, 0x100]
const SLOW_PRECOMPILES = [8, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11]

/** The case of that number. */
export function generateCase(seed: string, number: number): FuzzCase {
  const random = new Random(`${seed}/${number}`)
  const fork = random.pick(FORK_NAMES)
  const { rules } = findFork(fork)!
  const slow = rules >= abi.BYZANTIUM && random.below(40) === 0
  const scene: Scene = {
    random,
    rules,
    addresses: [...CONTRACTS, ...CONTRACTS, SENDER, COINBASE, NOBODY, EMPTY_ACCOUNT, SIGNERS[0]!.address],
    precompiles: slow ? [...PRECOMPILES, ...SLOW_PRECOMPILES] : PRECOMPILES,
  }
  const accounts = accountsOf(scene)
  const count = random.pick([1, 1, 1, 2, 3])
  const baseFee = random.below(3) ? 0n : BigInt(random.below(20))
  const transactions = Array.from({ length: count }, (_, i) => transactionOf(scene, accounts, i, baseFee))
  return {
    name: `${seed}/${number}`,
    fork,
    env: {
      number: hex(1000 + random.below(3)),
      timestamp: hex(random.below(2) ? 1000 : 2 ** 33),
      gasLimit: hex(30_000_000),
      coinbase: random.pick([COINBASE, COINBASE, COINBASE, CONTRACTS[0]!, SENDER, addressOf(4)]),
      baseFee: hex(baseFee),
      random: hex(wordOf(random) | 1n),
      excessBlobGas: hex(random.below(3) ? 0 : random.below(60_000_000)),
    },
    accounts,
    transactions,
  }
}

// ---- state ------------------------------------------------------------------------------------------------------------------

function accountsOf(scene: Scene): Record<Address, CaseAccount> {
  const { random, rules } = scene
  const accounts: Record<Address, CaseAccount> = {}
  accounts[SENDER] = plain(random.below(4), 10n ** 18n)
  const contracts = 1 + random.below(CONTRACTS.length)
  for (const address of CONTRACTS.slice(0, contracts)) accounts[address] = contract(scene)
  if (random.below(2)) accounts[COINBASE] = plain(0, BigInt(random.below(3)))
  if (random.below(3) === 0) accounts[EMPTY_ACCOUNT] = plain(0, 0n)
  if (random.below(4) === 0) accounts[addressOf(1 + random.below(9))] = plain(0, BigInt(random.below(2)))
  for (const { address } of SIGNERS) if (random.below(3) === 0) accounts[address] = signer(scene)
  // Where the first contract would create next: empty, funded, or taken.
  if (random.below(6) === 0) {
    const target = createdBy(CONTRACTS[0]!, BigInt(accounts[CONTRACTS[0]!]!.nonce))
    accounts[target] = random.below(2) ? plain(0, 5n) : { ...plain(random.below(2), 0n), code: '0x00' }
  }
  if (rules >= abi.PRAGUE && random.below(4) === 0) {
    const target = random.pick(scene.addresses)
    accounts[random.pick(CONTRACTS)] = { ...plain(1, 7n), code: `0xef0100${target.slice(2)}`, storage: slots(random) }
  }
  return accounts
}

function plain(nonce: number, balance: bigint): CaseAccount {
  return { nonce: hex(nonce), balance: hex(balance), code: '0x', storage: {} }
}

function contract(scene: Scene): CaseAccount {
  const { random } = scene
  const code = random.below(40) ? contractCode(scene, 1 + random.below(16)) : randomBytes(random, random.below(80))
  const nonce = random.below(30) ? 1 : random.below(2) ? (1n << 64n) - 1n - BigInt(random.below(2)) : 0
  // A designator is no code of a contract; before Prague nobody could have made one.
  if (code[0] === 0xef) code[0] = 0x5b
  const balance = random.below(3) ? BigInt(random.below(5)) : wordOf(random) >> 40n
  return { nonce: hex(nonce), balance: hex(balance), code: bytesHex(code), storage: slots(random) }
}

function slots(random: Random): Record<Hex, Hex> {
  const storage: Record<Hex, Hex> = {}
  for (let key = 0; key < 4; key++) {
    if (random.below(3) === 0) storage[hex(key)] = hex(random.below(3) ? 1 + random.below(2) : wordOf(random) | 1n)
  }
  return storage
}

function signer(scene: Scene): CaseAccount {
  const { random, rules } = scene
  const account = plain(random.below(3), BigInt(random.below(100)))
  if (rules < abi.PRAGUE || random.below(2)) return account
  return { ...account, nonce: hex(1), code: `0xef0100${random.pick(scene.addresses).slice(2)}`, storage: slots(random) }
}

function createdBy(creator: Address, nonce: bigint): Address {
  return hexOf(keccak_256(RLP.encode([creator, nonce])).subarray(12))
}

// ---- transactions -------------------------------------------------------------------------------------------------------------

function transactionOf(
  scene: Scene,
  accounts: Record<Address, CaseAccount>,
  index: number,
  baseFee: bigint,
): CaseTransaction {
  const { random, rules } = scene
  const type = typeOf(random, rules)
  const nonce = BigInt(accounts[SENDER]!.nonce) + BigInt(index)
  const to = recipientOf(scene, type)
  const data = to === undefined ? initcode(scene) : dataOf(scene, to)
  const tip = BigInt(random.below(4))
  const fee =
    baseFee + (random.below(20) ? BigInt(random.below(10)) + (type >= 2 ? tip : 0n) : BigInt(random.below(3)) - 1n)
  const transaction: CaseTransaction = {
    type,
    sender: SENDER,
    ...(to !== undefined && { to }),
    nonce: hex(random.below(150) ? nonce : nonce + BigInt(random.below(3))),
    gas: '0x0',
    value: hex(random.below(2) ? 0 : random.below(30) ? random.below(10) : wordOf(random)),
    data: bytesHex(data),
    fee: hex(fee < 0n ? 0n : fee),
    tip: hex(tip),
    accessList: type > 0 ? accessListOf(scene) : [],
    blobFee: hex(random.below(20) ? 1_000_000 : 0),
    blobHashes: type === 3 ? blobHashesOf(random) : [],
    authorizations:
      type === 4
        ? Array.from({ length: random.below(30) ? 1 + random.below(3) : 0 }, () => authorizationOf(scene))
        : [],
  }
  transaction.gas = hex(gasOf(random, intrinsicGas(transaction, rules), to === undefined))
  return transaction
}

function typeOf(random: Random, rules: number): number {
  if (random.below(150) === 0) return random.below(5)
  const newest =
    rules >= abi.PRAGUE ? 4 : rules >= abi.CANCUN ? 3 : rules >= abi.LONDON ? 2 : rules >= abi.BERLIN ? 1 : 0
  return random.below(3) ? random.below(newest + 1) : newest
}

function recipientOf({ random, addresses }: Scene, type: number): Address | undefined {
  const draw = random.below(20)
  if (draw < 3 && type < 3) return undefined
  if (draw < 15) return CONTRACTS[0]!
  if (draw < 19) return random.pick(addresses)
  return addressOf(random.pick(PRECOMPILES))
}

function dataOf({ random }: Scene, to: Address): number[] {
  const number = BigInt(to)
  if (number <= 9n) return precompileInput(random, Number(number))
  if (random.below(30) === 0) return randomBytes(random, random.below(2000))
  return random.below(2) ? [] : randomBytes(random, random.below(100)).map(byte => (byte & 1 ? byte : 0))
}

function accessListOf({ random, addresses, precompiles }: Scene): CaseTransaction['accessList'] {
  return Array.from({ length: random.below(4) }, () => ({
    address: random.below(6) ? random.pick(addresses) : addressOf(random.pick(precompiles)),
    storageKeys: Array.from(
      { length: random.below(4) },
      () => `0x${random.below(5).toString(16).padStart(64, '0')}` as Hex,
    ),
  }))
}

function blobHashesOf(random: Random): Hex[] {
  const count = random.below(15) ? 1 + random.below(3) : random.below(12)
  return Array.from({ length: count }, () => `0x0${random.below(40) ? 1 : 2}${random.hex(31).slice(2)}` as Hex)
}

const signed = new Map<string, CaseAuthorization>()

function authorizationOf({ random, addresses }: Scene): CaseAuthorization {
  const chainId = random.pick([0, 1, 1, 2])
  const nonce = random.pick([0, 0, 1, 1, 2])
  const address = random.below(6) ? random.pick(addresses) : addressOf(random.below(4))
  const who = random.below(SIGNERS.length)
  const name = `${chainId} ${nonce} ${address} ${who}`
  let authorization = signed.get(name)
  if (authorization === undefined) {
    const fields = RLP.encode([BigInt(chainId), address, BigInt(nonce)])
    const digest = keccak_256(Uint8Array.of(5, ...fields))
    const signature = secp256k1.sign(digest, SIGNERS[who]!.key, { prehash: false, format: 'recovered' })
    authorization = {
      chainId: hex(chainId),
      address,
      nonce: hex(nonce),
      yParity: hex(signature[0]!),
      r: hex(BigInt(hexOf(signature.subarray(1, 33)))),
      s: hex(BigInt(hexOf(signature.subarray(33)))),
    }
    signed.set(name, authorization)
  }
  if (random.below(15)) return authorization
  return random.below(2)
    ? { ...authorization, s: hex(secp256k1.Point.Fn.ORDER - BigInt(authorization.s)) }
    : { ...authorization, r: hex(wordOf(random)) }
}

/** What the transaction pays before its first opcode: enough to aim a gas limit, no oracle. */
export function intrinsicGas({ to, data, accessList, authorizations }: CaseTransaction, rules: number): number {
  const bytes = hexBytes(data)!
  const zeros = bytes.filter(byte => byte === 0).length
  const others = bytes.length - zeros
  let gas = 21000 + zeros * 4 + others * (rules >= abi.ISTANBUL ? 16 : 68)
  if (to === undefined && rules >= abi.HOMESTEAD) gas += 32000
  if (to === undefined && rules >= abi.SHANGHAI) gas += 2 * Math.ceil(bytes.length / 32)
  for (const { storageKeys } of accessList) gas += 2400 + 1900 * storageKeys.length
  gas += 25000 * authorizations.length
  return rules >= abi.PRAGUE ? Math.max(gas, 21000 + 10 * (zeros + 4 * others)) : gas
}

/** A creation may get enough for the longest code there can be, which costs 200 gas a byte. */
function gasOf(random: Random, intrinsic: number, creates: boolean): number {
  const draw = random.below(20)
  if (draw < 15) return intrinsic + 80_000 + random.below(120_000)
  if (draw < 17) return intrinsic + random.below(60_000)
  if (draw < 18) return intrinsic + random.below(3000)
  if (draw < 19) return intrinsic + (creates ? 5_000_000 : 300_000)
  return Math.max(0, intrinsic + random.below(3) - 2)
}
