// Transaction tests: signed bytes under each fork give hash, sender and intrinsic gas, or an exception. The core sees each as a block
// of one transaction whose sender, whoever it is, can pay everything; the receipt says who it was. Intrinsic gas is what
// the gas limit may not be below: the transaction is encoded again with that limit, and with one less.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { RLP } from '@ethereumjs/rlp'
import { describe, expect, it } from 'vitest'
import { createEnv } from '../../src/chain/env.ts'
import { findFork } from '../../src/chain/forks.ts'
import { drive } from '../../src/core/drive.ts'
import { Crypto } from '../../src/crypto/crypto.ts'
import type { Engine } from '../../src/engine.ts'
import { rejectionOf } from '../../src/errors.ts'
import { createEngine } from '../../src/index.ts'
import { hexOf } from '../../src/input/hex.ts'
import { type Address, type BlockEnv, EMPTY_CODE_HASH, type Hex, type Source } from '../../src/types.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'

interface Expected {
  hash?: Hex
  sender?: Address
  intrinsicGas: Hex
  exception?: string
}

interface TransactionTest {
  name: string
  test: { txbytes: Hex; result: Record<string, Expected> }
}

type Seen = { rejection: string } | { hash: Hex; sender: Address }

/**
 * What the tests' exceptions are called here, where it is not RLP_INVALID_HEADER: the core does not tell the ways apart in which a
 * field can have the wrong form, and a number that is too long for its field is one of them.
 */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  EC_RECOVERY_FAIL: ['INVALID_SIGNATURE_VRS'],
  INVALID_SIGNATURE_VRS: ['INVALID_SIGNATURE_VRS', 'RLP_INVALID_HEADER'],
  // A v below 35 that is not 27 or 28 names no chain, so here it is a matter of the signature.
  INVALID_CHAINID: ['INVALID_CHAINID', 'INVALID_SIGNATURE_VRS', 'RLP_INVALID_HEADER'],
  // Gas limit times fee beyond 2^256: nobody can pay that, and no block has 2^63 gas.
  GASLIMIT_PRICE_PRODUCT_OVERFLOW: ['INSUFFICIENT_ACCOUNT_FUNDS', 'GAS_ALLOWANCE_EXCEEDED'],
  INITCODE_SIZE_EXCEEDED: ['INITCODE_SIZE_EXCEEDED'],
  INTRINSIC_GAS_TOO_LOW: ['INTRINSIC_GAS_TOO_LOW'],
  NONCE_TOO_BIG: ['NONCE_IS_MAX'],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2: ['PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS'],
  TYPE_NOT_SUPPORTED: ['TYPE_NOT_SUPPORTED', 'TYPE_1_TX_PRE_FORK', 'TYPE_2_TX_PRE_FORK', 'RLP_INVALID_HEADER'],
}
const FORM = ['RLP_INVALID_HEADER']

describeWithData('transaction-tests', 'transaction tests', folder => {
  const files = readdirSync(folder).filter(name => name.endsWith('.ndjson.gz'))
  const testsOf = (file: string): TransactionTest[] => {
    const lines = gunzipSync(readFileSync(join(folder, file)))
      .toString()
      .trim()
    return lines.split('\n').map(line => JSON.parse(line))
  }

  it('are all here', () => {
    const tests = files.flatMap(testsOf)
    expect(tests.length).toBe(210)
    expect(tests.reduce((sum, { test }) => sum + Object.keys(test.result).length, 0)).toBe(2665)
  })

  describe.each(['scalar', 'simd'] as const)('%s', build => {
    it.each(files)('%s', async file => {
      const engine = await createEngine({ wasm: wasmBytes(build) })
      const failures: string[] = []
      for (const { name, test } of testsOf(file)) {
        for (const [fork, expected] of Object.entries(test.result)) {
          const problem = await problemOf(engine, fork, bytesOf(test.txbytes), expected)
          if (problem !== undefined) failures.push(`${name} ${fork}: ${problem}`)
        }
      }
      expect(failures).toEqual([])
    })
  })
})

async function problemOf(
  engine: Engine,
  fork: string,
  bytes: Uint8Array,
  { exception, hash, sender, intrinsicGas }: Expected,
): Promise<string | undefined> {
  let seen = await inBlock(engine, fork, bytes)
  if (exception !== undefined) {
    if (!('rejection' in seen)) return `expected ${exception}, got sender ${seen.sender}`
    const names = NAMES[exception.replace('TransactionException.', '')] ?? FORM
    if (!names.includes(seen.rejection)) return `expected ${exception}, got ${seen.rejection}`
    if (!exception.endsWith('INTRINSIC_GAS_TOO_LOW')) return undefined
  } else {
    if ('rejection' in seen && seen.rejection === beyondReach(bytes)) seen = await alone(engine, fork, bytes)
    if ('rejection' in seen) return `rejected: ${seen.rejection}`
    if (seen.hash !== hash || seen.sender !== sender)
      return `expected ${hash} ${sender}, got ${seen.hash} ${seen.sender}`
  }
  return intrinsicProblem(engine, fork, bytes, BigInt(intrinsicGas))
}

/** Is the intrinsic gas enough, and one less not? */
async function intrinsicProblem(
  engine: Engine,
  fork: string,
  bytes: Uint8Array,
  gas: bigint,
): Promise<string | undefined> {
  const enough = await alone(engine, fork, withGas(bytes, gas), SOMEBODY)
  if ('rejection' in enough && enough.rejection !== beyondReach(bytes))
    return `with its intrinsic gas ${gas}: ${enough.rejection}`
  const short = await alone(engine, fork, withGas(bytes, gas - 1n), SOMEBODY)
  const rejection = 'rejection' in short ? short.rejection : 'accepted'
  return rejection === 'INTRINSIC_GAS_TOO_LOW' ? undefined : `with one less than ${gas}: ${rejection}`
}

const envOf = (fork: string): BlockEnv => createEnv(findFork(fork)!, { gasLimit: (1n << 64n) - 1n })

/** As the only transaction of a block. */
function inBlock(engine: Engine, fork: string, bytes: Uint8Array): Promise<Seen> {
  const env = envOf(fork)
  const source = wealthy(nonceOf(bytes), env.coinbase)
  return engine.alone(async core => {
    engine.prepare(core, env, source)
    core.beginBlock(
      { env, transactions: [bytes], uncles: [], unpaidUncles: 0 },
      { complete: false, rewards: false, rootReceipts: false },
    )
    await engine.drive(core, source)
    const { rejection, receipts } = core.blockResult()
    return rejection ? { rejection: nameOf(rejection) } : { hash: receipts[0]!.hash, sender: receipts[0]!.sender }
  })
}

/** Outside a block; where the sender is not given it is what the library recovered, whatever becomes of the transaction. */
function alone(engine: Engine, fork: string, bytes: Uint8Array, sender?: Address): Promise<Seen> {
  const env = envOf(fork)
  const source = wealthy(nonceOf(bytes), env.coinbase)
  return engine.alone(async core => {
    engine.prepare(core, env, source)
    const crypto = new Listening()
    core.beginTx(bytes, { sender })
    await drive(core, { source, crypto: sender ? engine.crypto : crypto })
    const { rejection } = core.outcome()
    if (sender && rejection) return { rejection: nameOf(rejection) }
    return { hash: hexOf(core.keccak(bytes)), sender: sender ?? hexOf(crypto.signer!) }
  })
}

class Listening extends Crypto {
  signer: Uint8Array | undefined

  override recover(...signature: Parameters<Crypto['recover']>): Uint8Array | undefined {
    this.signer = super.recover(...signature)
    return this.signer
  }
}

/**
 * Why a well-formed transaction can be in no block: its value leaves nothing for gas, or its gas limit is that of no block (Yellow Paper
 * 4.4.4: at most 2^63-1).
 */
function beyondReach(bytes: Uint8Array): string | undefined {
  try {
    const { type, fields } = fieldsOf(bytes)
    const [gas, , value] = fields.slice(type === 0 ? 2 : type === 1 ? 3 : 4)
    if (gas!.length === 8 && gas![0]! >= 0x80) return 'GAS_ALLOWANCE_EXCEEDED'
    return value!.length === 32 && value!.every(byte => byte === 255) ? 'INSUFFICIENT_ACCOUNT_FUNDS' : undefined
  } catch {
    return undefined
  }
}

const SOMEBODY: Address = '0x00000000000000000000000000000000005e4de4'

/** A state where everybody has all the ether there can be and the nonce that is asked for, but the beneficiary has nothing. */
function wealthy(nonce: bigint, coinbase: Address): Source {
  const account = { nonce, balance: (1n << 256n) - 1n, codeHash: EMPTY_CODE_HASH }
  return {
    account: address => (address === coinbase ? null : account),
    code: () => new Uint8Array(),
    storage: () => 0n,
    blockHash: () => `0x${'00'.repeat(32)}`,
  }
}

const nameOf = (rejection: number): string => rejectionOf(rejection).code.split('.')[1]!

const bytesOf = (hex: Hex): Uint8Array => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))

/** The fields of a well-formed transaction, and its type. */
function fieldsOf(bytes: Uint8Array): { type: number; fields: Uint8Array[] } {
  const type = bytes[0]! < 0x80 ? bytes[0]! : 0
  return { type, fields: RLP.decode(type ? bytes.subarray(1) : bytes) as Uint8Array[] }
}

/** The nonce, or 0 where the bytes are no transaction. */
function nonceOf(bytes: Uint8Array): bigint {
  try {
    const { type, fields } = fieldsOf(bytes)
    const nonce = BigInt(`0x00${Buffer.from(fields[type ? 1 : 0]!).toString('hex')}`)
    return nonce < 1n << 64n ? nonce : 0n
  } catch {
    return 0n
  }
}

function withGas(bytes: Uint8Array, gas: bigint): Uint8Array {
  const { type, fields } = fieldsOf(bytes)
  fields[type === 0 ? 2 : type === 1 ? 3 : 4] = RLP.decode(RLP.encode(gas)) as Uint8Array
  const encoded = RLP.encode(fields)
  return type ? Uint8Array.of(type, ...encoded) : encoded
}
