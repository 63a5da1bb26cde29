// A block of the swarm as plain data, which can be printed and made smaller, and as a block that runs. Nonces are counted when
// it is made to run, so that a transaction can be taken out without breaking those after it.
import type { Wallet } from '../../../bench/blocks/accounts.ts'
import { codeHashOf } from '../../../bench/blocks/raw.ts'
import { ManyWallets } from '../../../bench/blocks/signers.ts'
import * as abi from '../../../src/abi.ts'
import { createEnv } from '../../../src/chain/env.ts'
import { findFork } from '../../../src/chain/forks.ts'
import { type FullAccount, MemorySource, type Source } from '../../../src/index.ts'
import { hexBytes } from '../../../src/input/hex.ts'
import { type Address, EMPTY_CODE_HASH, type Hex, type Withdrawal } from '../../../src/types.ts'
import type { Case } from '../engines.ts'
import { authorize, signTransaction } from '../sign.ts'
import { SYSTEM_CONTRACT_CODES, withSystemContracts } from '../system.ts'

const wallets = new ManyWallets('swarm')
/** Who signs. */
export const SIGNERS: readonly Wallet[] = Array.from({ length: 6 }, () => wallets.next())

/** An account as it is before the block. */
export interface SwarmAccount {
  nonce: number
  balance: Hex
  code: Hex
  storage: readonly (readonly [number, number])[]
}

/** EIP-7702: signer `by` lets `to` be its code. */
export interface SwarmAuthorization {
  by: number
  to: Address
  chainId: number
  /** Added to the nonce that is due. */
  skip: number
}

/** A transaction before it is signed. */
export interface SwarmTransaction {
  type: number
  from: number
  /** Absent: `data` is initcode. */
  to?: Address
  value: Hex
  gas: number
  data: Hex
  /** Above the base fee. */
  tip: number
  /** Added to the nonce that is due: anything but 0 makes the block invalid. */
  skip: number
  accessList: readonly { address: Address; storageKeys: readonly Hex[] }[]
  authorizations: readonly SwarmAuthorization[]
  blobs: number
}

/** A block of the swarm. */
export interface SwarmBlock {
  name: string
  fork: string
  coinbase: Address
  baseFee: number
  gasLimit: number
  accounts: Readonly<Record<Address, SwarmAccount>>
  transactions: readonly SwarmTransaction[]
  withdrawals: readonly { address: Address; amount: number }[]
  /** The source cannot list its state: every account and slot is asked for. */
  asked: boolean
}

const hex = (value: number | bigint): Hex => `0x${value.toString(16)}`
const HASH = (number: bigint): Hex => `0x${number.toString(16).padStart(64, 'b')}`

/** The block, signed, and its state. */
export function toCase(given: SwarmBlock): Case {
  const { rules, name } = findFork(given.fork)!
  const env = createEnv(name, {
    number: 1000n,
    timestamp: 1_000_000n,
    gasLimit: BigInt(given.gasLimit),
    coinbase: given.coinbase,
    baseFee: rules >= abi.LONDON ? BigInt(given.baseFee) : 0n,
    random: 7n,
    parentHash: HASH(999n),
    ...(rules >= abi.CANCUN && { parentBeaconRoot: HASH(1n) }),
  })
  const withdrawals = given.withdrawals.map(
    ({ address, amount }, i): Withdrawal => ({
      ...{ address, index: BigInt(i), validatorIndex: BigInt(i), amount: BigInt(amount) },
    }),
  )
  const block = {
    env,
    transactions: signAll(given, rules),
    ...(rules >= abi.SHANGHAI && { withdrawals }),
    uncles: [],
    unpaidUncles: 0,
  }
  return { block, source: sourceMaker(given, rules) }
}

/** Signs the transactions; each takes the nonce that is due after those before it. */
function signAll({ accounts, transactions, baseFee }: SwarmBlock, rules: number): Uint8Array[] {
  const nonces = SIGNERS.map(({ address }) => accounts[address]?.nonce ?? 0)
  return transactions.map(tx => {
    const nonce = nonces[tx.from]!++
    const authorizationList = tx.authorizations.map(({ by, to, chainId, skip }) => {
      const due = nonces[by]!
      if (skip === 0 && chainId < 2) nonces[by] = due + 1
      return authorize(BigInt(chainId), to, BigInt(due + skip), SIGNERS[by]!)
    })
    const price = hex((rules >= abi.LONDON ? baseFee : 1) + tx.tip)
    const json = {
      type: hex(tx.type),
      nonce: hex(Math.max(0, nonce + tx.skip)),
      gas: hex(tx.gas),
      ...(tx.to !== undefined && { to: tx.to }),
      ...{ value: tx.value, input: tx.data },
      ...(tx.type < 2 ? { gasPrice: price } : { maxFeePerGas: price, maxPriorityFeePerGas: hex(tx.tip) }),
      ...(tx.type > 0 && { accessList: tx.accessList }),
      ...(tx.type === 3 && { maxFeePerBlobGas: '0x10', blobVersionedHashes: blobHashes(tx.blobs) }),
      ...(tx.type === 4 && { authorizationList }),
    }
    return signTransaction(json as typeof json & { nonce: Hex }, SIGNERS[tx.from]!)
  })
}

function blobHashes(count: number): Hex[] {
  return Array.from({ length: count }, (_, i) => `0x01${i.toString(16).padStart(62, '0')}` as Hex)
}

function sourceMaker({ accounts, asked }: SwarmBlock, rules: number): () => Source {
  const codes = new Map<Hex, Uint8Array>(SYSTEM_CONTRACT_CODES)
  const entries = (Object.entries(accounts) as [Address, SwarmAccount][]).map(
    ([address, { nonce, balance, code, storage }]): [Address, FullAccount] => {
      const codeHash = code === '0x' ? EMPTY_CODE_HASH : codeHashOf(code)
      if (code !== '0x') codes.set(codeHash, hexBytes(code)!)
      const slots = storage.map(([key, value]) => [BigInt(key), BigInt(value)] as const)
      return [address, { nonce: BigInt(nonce), balance: BigInt(balance), codeHash, storage: slots }]
    },
  )
  const all = rules >= abi.PRAGUE ? withSystemContracts(entries) : entries
  const blockHashes = Array.from({ length: 256 }, (_, i) => [BigInt(999 - i), HASH(BigInt(999 - i))] as const)
  return () => {
    // Before Byzantium receipts of a complete state hold its root, and transactions run one after the other.
    const complete = !asked && rules >= abi.BYZANTIUM
    const source = new MemorySource({ accounts: all, codes, blockHashes, complete })
    if (!asked) return source
    return {
      account: address => source.account(address),
      code: codeHash => source.code(codeHash),
      storage: (address, key) => source.storage(address, key),
      blockHash: number => source.blockHash(number),
    }
  }
}
