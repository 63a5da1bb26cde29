// From drafts (who does what) to signed transactions. Nonces are given out in block order, so a list of drafts may be
// shuffled freely before. Signatures are those of RFC 6979, which need no randomness: same drafts, same bytes.
// EthereumJS encodes, hashes and signs; generate.ts calls this once per block.

import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import {
  createLegacyTx,
  createTx,
  isAccessList2930Tx,
  isBlob4844Tx,
  isEOACode7702Tx,
  isFeeMarket1559Tx,
  isLegacyTx,
  type TypedTransaction,
} from '@ethereumjs/tx'
import {
  bytesToHex,
  type EOACode7702AuthorizationListBytesItem,
  eoaCode7702SignAuthorization,
  type KZG,
} from '@ethereumjs/util'
import type { Wallet } from './accounts.ts'
import { type AccessJson, type AuthorizationJson, type Hex, quantity, quantityOf } from './format.ts'
import type { Random } from './random.ts'
import type { World } from './state.ts'

/** A delegation to be signed (EIP-7702). It does not count if `stale` (it names a nonce not reached yet) or if it is
 * for a chain other than 1 and 0 (any). */
export interface AuthorizationDraft {
  authority: Wallet
  delegate: Hex
  chainId?: number
  stale?: boolean
}

/** A transaction without nonce, fees and signature. */
export interface Draft {
  /** What it is, for statistics: "swap", "revert: product". */
  label: string
  from: Wallet
  /** `null` makes a contract. */
  to: Hex | null
  gas: number
  value?: bigint
  data?: Hex
  /** 0 (legacy), 1 (access list), 2 (fee market), 3 (blobs), 4 (delegations); drawn from 0…2 if not given. */
  type?: number
  /** Legacy without chain id, as before EIP-155. */
  unprotected?: boolean
  accessList?: AccessJson[]
  blobHashes?: Hex[]
  authorizations?: AuthorizationDraft[]
  /** The receipt will have status 0; generateBlock checks that. */
  fails?: boolean
}

/** What a transaction pays is drawn around these. */
export interface Prices {
  baseFee: bigint
  blobFee: bigint
}

/** EthereumJS refuses to hold a blob transaction without a KZG library, even where there is no blob to check. */
const NO_KZG = new Proxy({} as KZG, {
  get: (_, name) => () => {
    throw new Error(`blob transactions in a block carry no blobs, yet ${String(name)} was called`)
  },
})

const GWEI = 1_000_000_000n

/** Mainnet rules at Osaka, for everything that is encoded or run here. */
export function osaka(): Common {
  return new Common({ chain: Mainnet, hardfork: Hardfork.Osaka, customCrypto: { kzg: NO_KZG } })
}

/** Signs the drafts in order. */
export function signAll(
  drafts: Draft[],
  world: World,
  random: Random,
  prices: Prices,
  common: Common,
): TypedTransaction[] {
  const nonces = new Nonces(world)
  return drafts.map(draft => {
    const type = draft.type ?? drawType(random)
    const fields = {
      type,
      nonce: nonces.take(draft.from),
      gasLimit: BigInt(draft.gas),
      value: draft.value ?? 0n,
      data: draft.data ?? '0x',
      ...(draft.to === null ? {} : { to: draft.to }),
      ...(type >= 1 ? { chainId: 1n, accessList: draft.accessList ?? [] } : {}),
      ...drawFees(type, random, prices),
      ...(type === 3 ? { blobVersionedHashes: draft.blobHashes! } : {}),
      // After the sender's own nonce: it has grown before an authorization of the sender is looked at.
      ...(type === 4 ? { authorizationList: draft.authorizations!.map(each => authorize(each, nonces)) } : {}),
    }
    const tx = draft.unprotected
      ? signUnprotected(fields, draft.from, common)
      : createTx(fields, { common }).sign(draft.from.key)
    // Spares EthereumJS recovering what is known, half the time of a block of transfers.
    tx.cache.senderPubKey = draft.from.publicKey
    return tx
  })
}

/** Nonces as they will be when a transaction's turn comes. */
export class Nonces {
  private readonly next: Map<Hex, bigint> = new Map()
  private readonly world: World

  constructor(world: World) {
    this.world = world
  }

  peek({ address }: Wallet): bigint {
    return this.next.get(address) ?? this.world.accounts.get(address)?.nonce ?? 0n
  }

  take(wallet: Wallet): bigint {
    const nonce = this.peek(wallet)
    this.next.set(wallet.address, nonce + 1n)
    return nonce
  }
}

/** The type of a transaction where the draft leaves it open. */
export function drawType(random: Random): number {
  return Number(random.weighted({ '0': 25, '1': 5, '2': 70 }))
}

/** A tip of up to 2 gwei (often none), and mostly room for the base fee to double. */
export function drawFees(type: number, random: Random, { baseFee, blobFee }: Prices): Record<string, bigint> {
  const tip = random.chance(0.1) ? 0n : random.between(1n, 2n * GWEI)
  if (type < 2) return { gasPrice: baseFee + tip }
  const room = random.chance(0.8) ? baseFee : 0n
  const fees = { maxPriorityFeePerGas: tip, maxFeePerGas: baseFee + tip + room }
  return type === 3 ? { ...fees, maxFeePerBlobGas: 2n * blobFee } : fees
}

/** EthereumJS signs the old form only under the old rules. */
function signUnprotected(fields: Parameters<typeof createLegacyTx>[0], from: Wallet, common: Common): TypedTransaction {
  const homestead = new Common({ chain: Mainnet, hardfork: Hardfork.Homestead })
  const { v, r, s } = createLegacyTx(fields, { common: homestead }).sign(from.key)
  return createLegacyTx({ ...fields, v: v!, r: r!, s: s! }, { common })
}

/** Only an authorization that counts uses up a nonce of its authority. */
function authorize({ authority, delegate, chainId = 1, stale }: AuthorizationDraft, nonces: Nonces): AuthorizationJson {
  const counts = chainId <= 1 && !stale
  const nonce = counts ? nonces.take(authority) : nonces.peek(authority) + (stale ? 7n : 0n)
  const unsigned = { chainId: quantity(chainId), address: delegate, nonce: quantity(nonce) }
  return authorizationJson(eoaCode7702SignAuthorization(unsigned, authority.key))
}

function authorizationJson(item: EOACode7702AuthorizationListBytesItem): AuthorizationJson {
  const [chainId, address, nonce, yParity, r, s] = item
  return {
    chainId: quantityOf(chainId),
    address: bytesToHex(address),
    nonce: quantityOf(nonce),
    yParity: quantityOf(yParity),
    r: quantityOf(r),
    s: quantityOf(s),
  }
}

/** The fields of TransactionJson that do not depend on the block's hash. */
export function transactionFields(tx: TypedTransaction, baseFee: bigint) {
  const signature = { v: quantity(tx.v!), r: quantity(tx.r!), s: quantity(tx.s!) }
  const common = {
    from: tx.getSenderAddress().toString(),
    to: tx.to?.toString() ?? null,
    value: quantity(tx.value),
    gas: quantity(tx.gasLimit),
    input: bytesToHex(tx.data),
    type: quantity(tx.type),
  }
  if (isLegacyTx(tx)) {
    const chain = tx.v! >= 35n ? { chainId: '0x1' as Hex } : {}
    return { ...common, gasPrice: quantity(tx.gasPrice), ...chain, ...signature }
  }
  const typed = {
    chainId: quantity(tx.chainId),
    accessList: tx.accessList.map(([address, keys]) => ({
      address: bytesToHex(address),
      storageKeys: keys.map(key => bytesToHex(key)),
    })),
    ...signature,
    yParity: signature.v,
  }
  if (isAccessList2930Tx(tx)) return { ...common, gasPrice: quantity(tx.gasPrice), ...typed }
  if (!(isFeeMarket1559Tx(tx) || isBlob4844Tx(tx) || isEOACode7702Tx(tx))) throw new Error(`unknown type ${tx}`)
  const fees = {
    gasPrice: quantity(baseFee + tx.getEffectivePriorityFee(baseFee)),
    maxFeePerGas: quantity(tx.maxFeePerGas),
    maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas),
  }
  if (isBlob4844Tx(tx)) {
    const blobs = { maxFeePerBlobGas: quantity(tx.maxFeePerBlobGas), blobVersionedHashes: tx.blobVersionedHashes }
    return { ...common, ...fees, ...blobs, ...typed }
  }
  if (!isEOACode7702Tx(tx)) return { ...common, ...fees, ...typed }
  return { ...common, ...fees, authorizationList: tx.authorizationList.map(authorizationJson), ...typed }
}
