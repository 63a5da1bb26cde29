// The block file: a JSON-RPC block, the state before it, and codes, in the format of the mainnet block files that
// Weft replays, so one loader reads both. Quantities are minimal hex, hashes and codes full length, all lower case.
// `completeState` says that `preState` is the whole state, so that state roots can be checked, not only receipts.

import { bytesToHex, type PrefixedHexString } from '@ethereumjs/util'

/** `0x…` text. */
export type Hex = PrefixedHexString

/** An account of `preState` or `postState`; `codeHash` is absent from `preState` where there is no code. */
export interface AccountJson {
  balance: Hex
  nonce: Hex
  codeHash?: Hex
  storage: Record<Hex, Hex>
}

/** One signed entry of a type 4 transaction (EIP-7702). */
export interface AuthorizationJson {
  chainId: Hex
  address: Hex
  nonce: Hex
  yParity: Hex
  r: Hex
  s: Hex
}

/** One entry of an access list (EIP-2930). */
export interface AccessJson {
  address: Hex
  storageKeys: Hex[]
}

/** A transaction as eth_getBlockByNumber returns it. */
export interface TransactionJson {
  hash: Hex
  nonce: Hex
  blockHash: Hex
  blockNumber: Hex
  transactionIndex: Hex
  from: Hex
  to: Hex | null
  value: Hex
  gas: Hex
  gasPrice: Hex
  input: Hex
  type: Hex
  v: Hex
  r: Hex
  s: Hex
  yParity?: Hex
  chainId?: Hex
  maxFeePerGas?: Hex
  maxPriorityFeePerGas?: Hex
  maxFeePerBlobGas?: Hex
  accessList?: AccessJson[]
  blobVersionedHashes?: Hex[]
  authorizationList?: AuthorizationJson[]
}

/** A block as eth_getBlockByNumber(…, true) returns it; header fields are plain strings. */
export interface BlockJson {
  [field: string]: unknown
  hash: Hex
  parentHash: Hex
  stateRoot: Hex
  receiptsRoot: Hex
  logsBloom: Hex
  gasUsed: Hex
  transactions: TransactionJson[]
  withdrawals: { index: Hex; validatorIndex: Hex; address: Hex; amount: Hex }[]
}

/** A block with all it needs to be executed. */
export interface BlockFile {
  number: number
  hardfork: string
  block: BlockJson
  /** Root of `preState`; the header's own stateRoot is that after the block. */
  parentStateRoot: Hex
  completeState: true
  preState: Record<Hex, AccountJson>
  codes: Record<Hex, Hex>
  blockHashes: Record<string, Hex>
}

/** A receipt in short; `error` is EthereumJS' name for what went wrong. */
export interface ReceiptJson {
  status: number
  cumulativeGasUsed: Hex
  gasUsed: Hex
  logsCount: number
  logsHash?: Hex
  logsBloom?: Hex
  contractAddress?: Hex
  error?: string
}

/** What executing a BlockFile must give; `postState` lists the accounts and slots that differ from `preState`. */
export interface ExpectedFile {
  number: number
  receipts: ReceiptJson[]
  credits: { address: Hex; amount: Hex; kind: 'withdrawal' }[]
  postState: Record<Hex, AccountJson | null>
}

/** Minimal hex of a number: "0x0" for zero. */
export function quantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

/** Minimal hex of big-endian bytes. */
export function quantityOf(bytes: Uint8Array): Hex {
  return bytes.length === 0 ? '0x0' : quantity(BigInt(bytesToHex(bytes)))
}

/** 32 bytes of hex. */
export function word(value: bigint | number): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}
