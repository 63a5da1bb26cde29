// Is a transaction valid (Yellow Paper 6.2; EIP-2, 155, 1559, 2681, 2930, 3607, 3860, 4844, 7623, 7702, 7825)? Its accounts are loaded.
// The first rule broken is returned as REJECT_*.

import {
  BERLIN,
  CANCUN,
  HOMESTEAD,
  ISTANBUL,
  LONDON,
  OSAKA,
  PRAGUE,
  REJECT_AUTHORIZATION_NONE,
  REJECT_BLOB_BLOCK,
  REJECT_BLOB_COUNT,
  REJECT_BLOB_FEE,
  REJECT_BLOB_NONE,
  REJECT_BLOB_VERSION,
  REJECT_BLOCK_GAS,
  REJECT_CHAIN_ID,
  REJECT_FLOOR_GAS,
  REJECT_GAS_CAP,
  REJECT_INITCODE_SIZE,
  REJECT_INSUFFICIENT_FUNDS,
  REJECT_INTRINSIC_GAS,
  REJECT_MAX_FEE,
  REJECT_NONCE_IS_MAX,
  REJECT_NONCE_TOO_HIGH,
  REJECT_NONCE_TOO_LOW,
  REJECT_NONE,
  REJECT_PRIORITY_FEE,
  REJECT_SENDER_NOT_EOA,
  REJECT_SIGNATURE,
  REJECT_TYPE_1_PRE_FORK,
  REJECT_TYPE_2_PRE_FORK,
  REJECT_TYPE_3_PRE_FORK,
  REJECT_TYPE_4_PRE_FORK,
  SHANGHAI,
  SPURIOUS_DRAGON,
} from '../abi.ts'
import { scratch } from '../arena.ts'
import { EMPTY_CODE, MAX_INITCODE_SIZE, isDelegation } from '../code.ts'
import { BASE_FEE, BLOB_BASE_FEE, CHAIN_ID, env, fork } from '../env.ts'
import { words } from '../gas.ts'
import { LAYER_VERSIONS, layer } from '../parallel/versions.ts'
import { accountAt, assumeNonce, canPay, codeOf, nonceOf } from '../state/view.ts'
import { addOverflow, mulOverflow } from '../word/arithmetic.ts'
import { copyWord, lessThan, setWord } from '../word/word.ts'
import { isLowS } from './decode.ts'
import { BLOB_HASH_STRIDE, Tx } from './tx.ts'

const TX_GAS: u64 = 21000
/** EIP-4844. */
export const GAS_PER_BLOB: u64 = 131072
/** EIP-7825. */
const MAX_TX_GAS: u64 = 16777216
/** EIP-7594: blobs of one transaction. */
const MAX_TX_BLOBS: u32 = 6
const AUTHORIZATION_GAS: u64 = 25000

/** What the fork says of the transaction, whatever the block and the state. */
export function validateForm(tx: Tx): u32 {
  if (tx.rejection) return tx.rejection
  const unknown = typeRejection(tx.type)
  if (unknown) return unknown
  if (tx.type == 0 && tx.hasChainId && fork < SPURIOUS_DRAGON) return REJECT_SIGNATURE
  if (tx.hasChainId && tx.chainId != load<u64>(env + CHAIN_ID)) return REJECT_CHAIN_ID
  if (fork >= HOMESTEAD && !isLowS(tx.s)) return REJECT_SIGNATURE
  return tx.nonce == u64.MAX_VALUE ? REJECT_NONCE_IS_MAX : REJECT_NONE
}

/** Is there gas enough in the transaction, and room for it and its blobs in the block? */
export function validateGas(tx: Tx, gasAvailable: u64, blobLimit: u32): u32 {
  if (fork >= SHANGHAI && tx.isCreate && tx.dataLength > MAX_INITCODE_SIZE) return REJECT_INITCODE_SIZE
  if (intrinsicGas(tx) > tx.gasLimit) return REJECT_INTRINSIC_GAS
  if (floorGas(tx) > tx.gasLimit) return REJECT_FLOOR_GAS
  if (fork >= OSAKA && tx.gasLimit > MAX_TX_GAS) return REJECT_GAS_CAP
  if (tx.gasLimit > min<u64>(gasAvailable, i64.MAX_VALUE)) return REJECT_BLOCK_GAS
  if (tx.type == 4 && !tx.authorizationCount) return REJECT_AUTHORIZATION_NONE
  return tx.type == 3 ? blobRejection(tx, blobLimit) : REJECT_NONE
}

/** EIP-1559 and 4844: does the transaction offer enough? */
export function validateFees(tx: Tx): u32 {
  if (fork >= LONDON) {
    if (lessThan(tx.maxFee, tx.priorityFee)) return REJECT_PRIORITY_FEE
    if (lessThan(tx.maxFee, env + BASE_FEE)) return REJECT_MAX_FEE
  }
  if (tx.type == 3 && lessThan(tx.blobFee, env + BLOB_BASE_FEE)) return REJECT_BLOB_FEE
  return REJECT_NONE
}

/** What the sender's account says. */
export function validateSender(tx: Tx, sender: u32): u32 {
  const entry = accountAt(sender)
  const code = codeOf(entry)
  if (code != EMPTY_CODE && !(fork >= PRAGUE && isDelegation(code))) return REJECT_SENDER_NOT_EOA
  if (ASC_FEATURE_THREADS) {
    if (layer == LAYER_VERSIONS) assumeNonce(entry, tx.nonce)
  }
  const nonce = nonceOf(entry)
  if (tx.nonce < nonce) return REJECT_NONCE_TOO_LOW
  if (tx.nonce > nonce) return REJECT_NONCE_TOO_HIGH
  const cost = scratch()
  return upfrontCost(cost, tx) && canPay(entry, cost) ? REJECT_NONE : REJECT_INSUFFICIENT_FUNDS
}

/** gasLimit · maxFee + value + blob gas · max blob fee; false when it exceeds 2^256. */
function upfrontCost(out: usize, tx: Tx): bool {
  const factor = out + 32
  setWord(factor, tx.gasLimit)
  copyWord(out, tx.maxFee)
  if (mulOverflow(out, out, factor) || addOverflow(out, out, tx.value)) return false
  if (tx.type != 3) return true
  setWord(factor, tx.blobCount * GAS_PER_BLOB)
  return !mulOverflow(factor, factor, tx.blobFee) && !addOverflow(out, out, factor)
}

/** Gas paid before the first opcode. */
export function intrinsicGas(tx: Tx): u64 {
  const zeros = zeroBytes(tx)
  let gas = TX_GAS + zeros * 4 + (<u64>tx.dataLength - zeros) * (fork >= ISTANBUL ? 16 : 68)
  if (tx.isCreate && fork >= HOMESTEAD) gas += 32000
  if (tx.isCreate && fork >= SHANGHAI) gas += 2 * words(tx.dataLength)
  return (
    gas + <u64>tx.accessAddresses * 2400 + <u64>tx.accessKeys * 1900 + <u64>tx.authorizationCount * AUTHORIZATION_GAS
  )
}

/** EIP-7623: the least that a transaction with this data pays. */
export function floorGas(tx: Tx): u64 {
  if (fork < PRAGUE) return 0
  const zeros = zeroBytes(tx)
  return TX_GAS + 10 * (zeros + 4 * (<u64>tx.dataLength - zeros))
}

function zeroBytes(tx: Tx): u64 {
  let zeros: u64 = 0
  for (let i: u32 = 0; i < tx.dataLength; i++) zeros += <u64>(load<u8>(tx.data + i) == 0)
  return zeros
}

function typeRejection(type: u32): u32 {
  if (type == 1 && fork < BERLIN) return REJECT_TYPE_1_PRE_FORK
  if (type == 2 && fork < LONDON) return REJECT_TYPE_2_PRE_FORK
  if (type == 3 && fork < CANCUN) return REJECT_TYPE_3_PRE_FORK
  if (type == 4 && fork < PRAGUE) return REJECT_TYPE_4_PRE_FORK
  return REJECT_NONE
}

function blobRejection(tx: Tx, blobLimit: u32): u32 {
  if (!tx.blobCount) return REJECT_BLOB_NONE
  // What the block has left comes before what one transaction may carry: the order of execution-specs.
  if (tx.blobCount > blobLimit) return REJECT_BLOB_BLOCK
  if (fork >= OSAKA && tx.blobCount > MAX_TX_BLOBS) return REJECT_BLOB_COUNT
  for (let i: u32 = 0; i < tx.blobCount; i++) {
    if (load<u8>(tx.blobHashes + <usize>i * BLOB_HASH_STRIDE) != 1) return REJECT_BLOB_VERSION
  }
  return REJECT_NONE
}
